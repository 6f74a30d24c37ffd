"""`Thông tin` read wherever its labels stand; a workbook that is not ours refused."""

from __future__ import annotations

from datetime import date

import pytest

from sheetcredit.model.errors import NotOurTemplate
from sheetcredit.model.period import Period
from sheetcredit.model.text import message_catalogue
from tests.tables import Table, tiny

INFO = "Thông tin"
NAMES = {"TT_MaPGD": (INFO, "B1"), "TT_NoiNhan": (INFO, "B10"), "TT_Ky": (INFO, "B4")}


def test_what_the_sheet_says() -> None:
    info = tiny().reading().info
    assert (info.office, info.office_name, info.period) == ("0312", "PGD An Dương", Period(2024, 1))
    assert (info.as_of, info.unit, info.unit_name) == (date(2024, 3, 31), 10**6, "triệu đồng")
    assert info.share_rounding == "thường"


def test_labels_moved() -> None:
    table = tiny().sheets[INFO].moved(rows=6, columns=2).put({"A1": "NGÂN HÀNG CHÍNH SÁCH XÃ HỘI"})
    assert tiny().sheet(INFO, table).found() == set()


def test_values_after_an_empty_cell_and_labels_with_a_colon() -> None:
    cells = {
        (row, column * 2): f"{value}:" if column == 0 else value
        for (row, column), value in tiny().sheets[INFO].cells.items()
    }
    assert tiny().sheet(INFO, Table(cells)).found() == set()


def test_a_hint_beside_an_empty_cell_is_not_its_value() -> None:
    hint = str(message_catalogue("form")["hint-office_name"]["vi"])
    office = tiny().put(INFO, B2=None, C2=hint)
    assert office.found() == {("V-REQUIRED", INFO, "B2")}


def test_with_its_name_a_cell_is_read_whatever_stands_beside() -> None:
    office = tiny().named(TT_TenPGD=(INFO, "B2")).put(INFO, B2=None, C2="Điền tên")
    assert office.found() == {("V-REQUIRED", INFO, "B2")}
    office = tiny().named(TT_TenPGD=(INFO, "C2")).put(INFO, B2="(bắt buộc)", C2="PGD Kiến Thụy")
    assert office.reading().info.office_name == "PGD Kiến Thụy"


def test_a_name_that_stayed_behind_is_not_followed() -> None:
    table = tiny().sheets[INFO].moved(rows=2)
    office = tiny().sheet(INFO, table).named(TT_TenPGD=(INFO, "B2"))
    assert office.reading().info.office_name == "PGD An Dương"


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ({"B1": None}, ("V-REQUIRED", "B1")),
        ({"A1": None, "B1": None}, ("V-REQUIRED", None)),
        ({"B1": 312}, ("V-CODE", "B1")),
        ({"B1": "03x2"}, ("V-CODE-FORM", "B1")),
        ({"B1": "'9999"}, ("R15", "B1")),
        ({"B4": "Quý I/2024"}, ("V-FORM", "B4")),
        ({"B4": "2024q1"}, ("V-FORM", "B4")),
        ({"B5": "cuối quý"}, ("V-DATE", "B5")),
        ({"B5": date(2024, 4, 1)}, ("R12", "B5")),
        ({"B5": "31/3/2024"}, None),
        ({"B6": "đô la"}, ("V-CHOICE", "B6")),
        ({"B6": "TRIỆU  ĐỒNG"}, None),
        ({"B6": "trđ"}, None),
        ({"B7": "'1"}, None),
        ({"B8": "làm tròn xuống"}, ("V-CHOICE", "B8")),
        ({"B8": "Cân đủ 100%"}, None),
        ({"B9": "NguyÔn ThÞ Lan"}, None),
    ],
)
def test_odd_values(cells: dict[str, object], found: tuple[str, str | None] | None) -> None:
    report = tiny().put(INFO, **cells)  # type: ignore[arg-type]
    assert report.found() == ({(found[0], INFO, found[1])} if found else set())


def test_the_period_is_used_even_if_badly_written() -> None:
    assert tiny().put(INFO, B4="2024q1").reading().info.period == Period(2024, 1)


def test_without_date_the_period_tells_the_day() -> None:
    assert tiny().put(INFO, B5=None).reading().info.day == date(2024, 3, 31)


def test_a_legacy_font_is_a_note() -> None:
    office = tiny().put(INFO, B9="NguyÔn ThÞ Lan")
    assert office.found(notes=True) == {("V-FONT", INFO, "B9")}


def test_another_version() -> None:
    with pytest.raises(NotOurTemplate) as error:
        tiny().put(INFO, B7=2).reading()
    assert error.value.code == "E-VERSION"


def test_not_our_template() -> None:
    office = tiny().without(*list(tiny().sheets)[4:])
    with pytest.raises(NotOurTemplate) as error:
        office.reading()
    assert error.value.code == "E-TEMPLATE"


def test_without_its_details() -> None:
    assert tiny().without(INFO).found() == {("S-MISSING", INFO, None)}


def test_places() -> None:
    reading = tiny().reading()
    assert reading.place(INFO, 0, "period") == ("B4", 4)
    assert reading.place("Hội CCB", 2, "balance") == ("I2", 2)
    assert reading.place("Hội CCB", 2, "nothing") == (None, 2)
