"""Faults of real exports, each planted alone: read rightly, or refused in one finding that names it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from sheetcredit.catalogue.catalogue import Catalogues, load_catalogues
from sheetcredit.catalogue.own_offices import OwnOffice, OwnOffices
from sheetcredit.imports.figures import Quality
from sheetcredit.imports.read import read_exports
from sheetcredit.rulebook import Rulebook
from tests.imports.small import (
    GROUP,
    LOAN,
    SCORED,
    bctd,
    codes,
    figures,
    len31,
    loans,
    printed,
    query,
    read,
    telegram,
    write_query,
)

MILLION = 1_000_000
FUNDS = [
    ["Nguồn vốn cân đối từ TW (KHA)", 90_000.0, 30_000.0, 60_000.0], ["Tổng huy động vốn", 9_000.0, 3_000.0, 6_000.0],
    ["Tiền gửi tiết kiệm qua Tổ TK&VV", 1_500.0, 500.0, 1_000.0], ["Tổng dư nợ", 120_000.0, 40_000.0, 80_000.0],
    ["Dư nợ Kế hoạch A", 90_000.0, 30_000.0, 60_000.0], ["Dư nợ Kế hoạch B", 30_000.0, 10_000.0, 20_000.0],
    ["Nguồn vốn nhận UTĐT tại ĐP", 30_000.0, 10_000.0, 20_000.0],
]  # fmt: skip


# --- dates -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "lent", "day"),
    [
        ("10/7/2026 12:00:00 AM", "6/15/2024 12:00:00 AM", date(2026, 10, 7)),
        ("10/7/2026", "6/15/2024", date(2026, 10, 7)),
        ("10/7/2026 12:00:00 AM", "6/5/2024 12:00:00 AM", date(2026, 10, 7)),
        ("10/07/2026", "15/06/2024", date(2026, 7, 10)), ("10/07/2026", "05/06/2024", date(2026, 7, 10)),
        ("2026-07-10", "15/06/2024", date(2026, 7, 10)), (46213, 45000, date(2026, 7, 10)),
    ],
)  # fmt: skip
def test_day_and_month_are_told_by_all_the_dates_of_a_file(
    said: object, lent: object, day: date, tmp_path: Path
) -> None:
    exports = read(query(tmp_path / "x.xlsx", loans({"Ngày số liệu": said, "Ngày vay": lent})))
    assert [source.as_of for source in exports.sources] == [day]


def test_two_orders_of_day_and_month_are_refused(tmp_path: Path) -> None:
    rows = loans({"Ngày vay": "15/06/2024"}, {"Ngày vay": "6/15/2024"})
    exports = read(query(tmp_path / "x.xlsx", rows))
    assert (codes(exports), exports.figures) == (["I-DAY-UNCLEAR"], ())


def test_the_name_of_a_file_tells_no_day(tmp_path: Path) -> None:
    exports = read(query(tmp_path / "009901_DU_NO__CHI_tiet_DEN_07-10-2026_.xlsx", loans({})))
    assert exports.sources[0].as_of == date(2026, 3, 31)
    undated = query(
        tmp_path / "31032026.xlsx", [{name: v for name, v in LOAN.items() if name != "Ngày số liệu"}]
    )
    exports = read(undated)
    assert exports.sources[0].as_of is None
    assert [finding.code for finding in exports.findings] == ["I-NO-DAY"]


@pytest.mark.parametrize(
    ("name", "code"),
    [("009901_31032026_DSTO", "I-NO-DAY"), ("009901_07042026_DSTO", "I-NAME-DAY"), ("Khoanh No_2026-04-07", "I-NAME-DAY"),
     ("DS to T3", "I-NO-DAY"), ("99999999", "I-NO-DAY")],
)  # fmt: skip
def test_a_file_without_a_day_whose_name_tells_another_one_is_asked_about(
    name: str, code: str, tmp_path: Path
) -> None:
    group = {"Mã PGD": "009901", "TÊN XÃ": "Xã Thử Một", "ĐƠN VỊ ỦY THÁC": "HỘI PHỤ NỮ", "MÃ TỔ": "0012301",
             "TÊN TỔ TRƯỞNG": "BÀ A", "SỐ TỔ VIÊN": 30, "TỔNG DƯ NỢ": 900 * MILLION}  # fmt: skip
    exports = read(query(tmp_path / "x.xlsx", loans({})), query(tmp_path / f"{name}.xlsx", [group]))
    assert [finding.code for finding in exports.findings] == [code]


def test_the_column_of_the_day_counts_and_not_the_month_of_printing(tmp_path: Path) -> None:
    exports = read(
        query(
            tmp_path / "x.xlsx", [SCORED], above={(1, 1): "Kỳ chấm điểm tháng 04/2026 (in ngày 05/04/2026)"}
        )
    )
    assert exports.sources[0].as_of == date(2026, 3, 31)


def test_several_days_in_one_file_are_refused(tmp_path: Path) -> None:
    exports = read(query(tmp_path / "x.xlsx", loans({}, {"Ngày số liệu": "28/02/2026"})))
    assert (codes(exports), exports.figures) == (["I-DAYS"], ())


def test_a_file_of_another_day_is_refused_and_named(tmp_path: Path) -> None:
    late = query(tmp_path / "late.xlsx", [{**SCORED, "NGAYBC": "03/04/2026"}])
    exports = read(
        query(tmp_path / "x.xlsx", loans({})), query(tmp_path / "y.xlsx", [SCORED]), late,
    )  # fmt: skip
    assert [(finding.code, Path(finding.file).name) for finding in exports.findings] == [
        ("I-DAY", "late.xlsx")
    ]
    assert {figure.source.file.name for figure in exports.figures} == {"x.xlsx", "y.xlsx"}


def test_the_day_of_drawing_is_not_that_of_the_data(tmp_path: Path) -> None:
    lines = [len31("1", "Xã Thử Một", 50 * MILLION), len31("Tổng cộng", None, 50 * MILLION)]
    exports = read(query(tmp_path / "x.xlsx", loans({})), printed(tmp_path / "len.xlsx", lines))
    assert (exports.sources[1].as_of, exports.sources[1].drawn) == (date(2026, 3, 31), date(2026, 4, 2))


@pytest.mark.parametrize(
    "line",
    ["(Ban hành kèm theo Quyết định số 15/QĐ-NHCS ngày 05/03/2014)", "In ngày 02/04/2026 lúc 08:15",
     "Doanh số phát sinh từ ngày 01/03/2026 đến ngày 31/03/2026"],
)  # fmt: skip
def test_other_dates_above_a_table_are_not_that_of_the_data(line: str, tmp_path: Path) -> None:
    heading = {(0, 0): "THÔNG TIN TỔ TK&VV ĐẾN NGÀY 31/03/2026", (1, 0): line}
    exports = read(query(tmp_path / "x.xlsx", [GROUP], above=heading))
    assert (codes(exports), exports.sources[0].as_of) == ([], date(2026, 3, 31))


def test_two_days_above_a_table_are_refused(tmp_path: Path) -> None:
    heading = {(0, 0): "ĐẾN NGÀY 31/03/2026", (1, 0): "Ngày 30 tháng 4 năm 2026"}
    assert codes(read(query(tmp_path / "x.xlsx", [GROUP], above=heading))) == ["I-DAYS"]


# --- headers and codes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("row", [1, 2, 5, 8, 40])
def test_the_header_may_stand_in_any_row(row: int, tmp_path: Path) -> None:
    exports = read(query(tmp_path / "x.xlsx", loans({}, {}), header_row=row))
    assert exports.sources[0].header_row == row
    assert figures(exports, "groups")[("0012301",), "balance"] == 100 * MILLION


@pytest.mark.parametrize(
    ("name", "written"),
    [("Dư nợ khoanh", "Dư nợ\n khoanh"), ("Tổng dư nợ", "TỔNG  DƯ NỢ"), ("Mã tổ", "mã tổ "), ("Mã ĐVUT", "Ma DVUT"),
     ("Mã chương trình", "Mã CT"), ("Tổng dư nợ", "Tổng dư nợ (đồng)")],
)  # fmt: skip
def test_headers_are_known_however_they_are_written(name: str, written: str, tmp_path: Path) -> None:
    exports = read(query(tmp_path / "x.xlsx", loans({}), rename={name: written}))
    assert codes(exports) == []
    assert figures(exports, "groups")[("0012301",), "balance"] == 50 * MILLION


@pytest.mark.parametrize("office", ["009901", 9901, 9901.0, "9901"])
@pytest.mark.parametrize("group", ["0012301", 12301, 12301.0, "12301", "12301.0"])
@pytest.mark.parametrize("association", ["11", 11, 11.0])
def test_codes_get_back_the_zeros_they_lost(
    office: object, group: object, association: object, tmp_path: Path
) -> None:
    changed = {
        "Mã PGD": office,
        "Mã tổ": group,
        "Mã ĐVUT": association,
        "Mã xã": 990011,
        "Mã chương trình": 3,
    }
    exports = read(query(tmp_path / "x.xlsx", loans(changed, {})))
    assert exports.sources[0].office == "009901"
    assert figures(exports, "groups")[("0012301",), "balance"] == 100 * MILLION
    assert figures(exports, "ledger")[("990011", "11"), "balance"] == 100 * MILLION
    assert figures(exports, "programmes")[("03",), "balance"] == 100 * MILLION


# --- rows that count once, or not at all -----------------------------------------------------------------


@pytest.mark.parametrize("times", [2, 3])
def test_a_loan_of_several_savings_books_counts_once(times: int, tmp_path: Path) -> None:
    rows = [{**LOAN, "Số dư tiền gửi 105": 100.0 * (number + 1)} for number in range(times)]
    exports = read(query(tmp_path / "x.xlsx", rows))
    found = figures(exports, "groups")
    assert (found[("0012301",), "balance"], found[("0012301",), "deposits"]) == (50 * MILLION, 100 * times)
    assert exports.sources[0].left_out == (("row-repeated", times - 1),)


def test_a_loan_repeated_with_another_balance_is_refused(tmp_path: Path) -> None:
    exports = read(query(tmp_path / "x.xlsx", [LOAN, {**LOAN, "Tổng dư nợ": 49_000_000.0}]))
    assert (codes(exports), exports.figures) == (["I-REPEATED"], ())


def test_savings_that_each_row_of_a_customer_repeats_count_once(tmp_path: Path) -> None:
    rows = loans(*[{"Mã KH": "9900000007", "Số dư tiền gửi 105": 700.0}] * 3, {"Số dư tiền gửi 105": 50.0})
    exports = read(query(tmp_path / "x.xlsx", rows))
    assert figures(exports, "groups")[("0012301",), "deposits"] == 750
    assert figures(exports, "ledger")[("990011", "11"), "deposits"] == 750


def test_savings_go_to_the_group_in_which_the_customer_still_owes(tmp_path: Path) -> None:
    customer = {"Mã KH": "9900000007", "Số dư tiền gửi 105": 700.0}
    rows = loans({**customer, "Mã tổ": "0012302", "Tổng dư nợ": 0.0}, customer, {"Mã tổ": "0012302"})
    found = figures(read(query(tmp_path / "x.xlsx", rows)), "groups")
    assert (found[("0012301",), "deposits"], found[("0012302",), "deposits"]) == (700, 0)


def test_members_and_people_who_only_save_are_told_apart(tmp_path: Path) -> None:
    member = {"Số khế ước": None, "Mã chương trình": None, "Tổng dư nợ": 0.0, "Số dư tiền gửi 105": 30.0}
    alone = {**member, "Mã tổ": "0000000", "Mã xã": "990100", "Mã ĐVUT": "99"}
    exports = read(query(tmp_path / "x.xlsx", loans({}, member, alone)))
    found = figures(exports, "groups")
    assert (found[("0012301",), "customers"], found[("0012301",), "members"]) == (1, 2)
    assert found[("0012301",), "deposits"] == 30
    assert {key for key, _ in figures(exports, "ledger")} == {("990011", "11")}
    assert exports.sources[0].left_out == (("row-savers", 1),)


def test_a_loan_paid_off_counts_for_the_movements_only(tmp_path: Path) -> None:
    closed = {"Tổng dư nợ": 0.0, "Thu nợ TH Năm": 2_000_000.0, "Tình trạng món vay": "CLOSE"}
    exports = read(query(tmp_path / "x.xlsx", loans({}, closed, {**closed, "Mã tổ": "0012399"})))
    found = figures(exports, "programmes")
    assert (found[("03",), "customers"], found[("03",), "collection"]) == (1, 4 * MILLION)
    assert found[("03",), "opening"] == 54 * MILLION
    assert {key for key, _ in figures(exports, "groups")} == {("0012301",)}
    assert figures(exports, "ledger")[("990011", "11"), "groups"] == 1


def test_direct_lending_has_no_group(tmp_path: Path) -> None:
    exports = read(
        query(tmp_path / "x.xlsx", loans({}, {"Mã tổ": None, "Mã ĐVUT": "99", "Số dư tiền gửi 105": 5.0}))
    )
    found = figures(exports, "ledger")
    assert (found[("990011", "99"), "groups"], found[("990011", "99"), "deposits"]) == (0, 0)
    assert figures(exports, "direct")[("03",), "balance"] == 50 * MILLION


def test_rows_of_bc0437_repeated_letter_for_letter_count_once(tmp_path: Path) -> None:
    heading = {(0, 0): "THÔNG TIN TỔ TK&VV DO KHÁC QUẢN LÝ ĐẾN NGÀY 31/03/2026"}
    exports = read(query(tmp_path / "x.xlsx", [GROUP, GROUP], header_row=2, above=heading))
    found = figures(exports, "groups")
    assert (found[("0012301",), "balance"], found[("0012301",), "members"]) == (1250 * MILLION, 30)
    exports = read(
        query(tmp_path / "x.xlsx", [GROUP, {**GROUP, "Số tổ viên": 31}], header_row=2, above=heading)
    )
    assert (codes(exports), exports.figures) == (["I-REPEATED"], ())


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        ("Tổng cộng", "row-total"),
        ("CỘNG", "row-total"),
        ("Người lập biểu", "row-text"),
        ("Mã PGD", "row-header"),
    ],
)
def test_rows_that_are_no_data_are_left_out_with_a_reason(label: str, reason: str, tmp_path: Path) -> None:
    below = [[None, label, None, None, None, None, "Mã tổ" if reason == "row-header" else None], []]
    exports = read(query(tmp_path / "x.xlsx", loans({}), below=below))
    assert (codes(exports), exports.sources[0].left_out) == ([], ((reason, 1),))
    assert {key for key, _ in figures(exports, "ledger")} == {("990011", "11")}


def test_a_total_without_any_label_is_refused(tmp_path: Path) -> None:
    below = [[None] * 12 + [50_000_000.0]]
    exports = read(query(tmp_path / "x.xlsx", loans({}), below=below))
    assert (codes(exports), exports.figures) == (["I-KEY"], ())


def test_a_total_row_right_under_the_header_is_no_loan(tmp_path: Path) -> None:
    job = {"Mã đơn vị": 9901, "Mã xã": "11", "Tên xã": "Xã Thử Một", "Mã tổ": "0012301", "Mã món vay": "6600990100000001",
           "Dư nợ\n trong hạn": 50 * MILLION, "Dư nợ\nquá hạn": 0, "Dư nợ\n khoanh": 0, "Mã\nCAPQLV": "21"}  # fmt: skip
    total = {"Mã đơn vị": "Tổng cộng", "Dư nợ\n trong hạn": 50 * MILLION}
    good = query(tmp_path / "x.xlsx", [total, job], header_row=8, above={(2, 3): "Ngày 31 tháng 03 năm 2026"})
    book = query(tmp_path / "hstd.xlsx", loans({}))
    exports = read(good, book)
    assert codes(exports) == []
    assert figures(exports, "~jobs")[("990011",), "balance"] == 50 * MILLION
    wrong = query(tmp_path / "x.xlsx", [{**total, "Dư nợ\n trong hạn": 60 * MILLION}, job], header_row=8)
    exports = read(wrong, book)
    assert [finding.code for finding in exports.findings] == ["I-TOTAL"]


# --- formulas, text and units ----------------------------------------------------------------------------


def test_what_a_formula_left_as_zero_is_worked_out_from_the_codes(tmp_path: Path) -> None:
    heading = {(0, 0): "THÔNG TIN TỔ TK&VV ĐẾN NGÀY 31/03/2026"}
    found = figures(read(query(tmp_path / "x.xlsx", [GROUP], above=heading)), "groups")
    assert (found[("0012301",), "association"], found[("0012301",), "rating"]) == ("11", "Khá")
    assert found[("0012301",), "score"] == Decimal("84.9")


@pytest.mark.parametrize(
    ("value", "code"),
    [("=F6*2", "I-UNCOMPUTED"), ("năm mươi", "I-CELL"), (0.5, "I-FRACTION"), ("1,234", "I-CELL")],
)
def test_an_amount_that_is_none_is_refused_with_its_cell(value: object, code: str, tmp_path: Path) -> None:
    exports = read(query(tmp_path / "x.xlsx", loans({}, {"Tổng dư nợ": value})))
    assert exports.figures == ()
    assert [(one.code, one.sheet, one.cell) for one in exports.findings] == [(code, "BCQUERY", "M7")]


@pytest.mark.parametrize("text", ["50.000.000", "50 000 000", "50000000", "50,000,000", " 50.000.000 "])
def test_amounts_as_text_are_numbers(text: str, tmp_path: Path) -> None:
    exports = read(query(tmp_path / "x.xlsx", loans({"Tổng dư nợ": text}, {})))
    assert figures(exports, "groups")[("0012301",), "balance"] == 100 * MILLION


def test_the_unit_may_stand_far_to_the_right(tmp_path: Path) -> None:
    lines = [bctd("1", "Xã Thử Một", 50.123456, 1), bctd("TỔNG CỘNG", None, 50.123456, 1)]
    book = query(tmp_path / "x.xlsx", loans({}))
    for unit in ("Đơn vị: triệu đồng, hộ", None):
        page = printed(
            tmp_path / "p.xlsx", lines, title="Mẫu biểu số: 01.1/BCTD", marks=17, unit=unit, unit_column=90
        )
        exports = read(page, book)
        assert codes(exports) == []
        assert figures(exports, "~communes")[("990011",), "balance"] == 50_123_456


def test_a_unit_that_the_figures_contradict_is_refused(tmp_path: Path) -> None:
    book = query(tmp_path / "x.xlsx", loans({}))
    dong = [bctd("1", "Xã Thử Một", 50_000_000.0, 1), bctd("TỔNG CỘNG", None, 50_000_000.0, 1)]
    page = printed(tmp_path / "p.xlsx", dong, title="01.1/BCTD", marks=17, unit="Đơn vị: triệu đồng")
    assert codes(read(page, book)) == ["I-UNIT"]
    million = [len31("1", "Xã Thử Một", 50), len31("Tổng cộng", None, 50)]
    assert codes(read(printed(tmp_path / "p.xlsx", million), book)) == ["I-UNIT"]
    said = printed(tmp_path / "p.xlsx", million, unit="Đơn vị tính: Triệu đồng")
    found = [
        one
        for one in read(said, book).figures
        if one.source.kind == "len31_communes" and one.table == "~communes"
    ]
    balance = next(one for one in found if one.column == "balance")
    assert (balance.value, balance.slack, balance.quality) == (50 * MILLION, 500_000, Quality.ROUNDED)


def test_two_units_on_one_page_are_refused(tmp_path: Path) -> None:
    above = {(0, 3): "Đơn vị tính: đồng", (1, 3): "Đơn vị tính: triệu đồng"}
    assert codes(read(query(tmp_path / "x.xlsx", loans({}), above=above))) == ["I-UNIT-TWO"]


# --- names, groups and offices ---------------------------------------------------------------------------


def test_two_groups_whose_leaders_share_a_name_are_never_one(tmp_path: Path) -> None:
    book = query(
        tmp_path / "x.xlsx", loans({}, {"Mã tổ": "0012302"}, {"Mã tổ": "0012303", "Tên tổ": "Tổ trưởng 03"})
    )
    lines = [
        len31("A", "Xã Thử Một", 150 * MILLION, 3), len31("1", "Tổ trưởng 01", 100 * MILLION, 2),
        len31("2", "Tổ trưởng 03", 50 * MILLION), len31("Tổng cộng", None, 150 * MILLION, 3),
    ]  # fmt: skip
    exports = read(book, printed(tmp_path / "p.xlsx", lines))
    assert codes(exports) == []
    found = {
        one.key: one.value
        for one in exports.figures
        if one.source.kind == "len31_leaders" and one.column == "balance"
    }
    assert found == {("0012303",): 50 * MILLION}
    assert ("row-merged", 1) in exports.sources[1].left_out


def test_a_name_that_was_cut_off_is_its_group_only_where_no_other_begins_so(tmp_path: Path) -> None:
    long = "Nguyễn Thị Hoàng Mai Phương"
    cut = long[:25]
    lines = [
        len31("A", "Xã Thử Một", 50 * MILLION),
        len31("1", cut, 50 * MILLION),
        len31("Tổng cộng", None, 50 * MILLION),
    ]
    page = printed(tmp_path / "p.xlsx", lines)
    one = read(query(tmp_path / "x.xlsx", loans({"Tên tổ": long})), page)
    assert [
        figure.key
        for figure in one.figures
        if figure.source.kind == "len31_leaders" and figure.table == "groups"
    ] != []
    both = read(
        query(tmp_path / "x.xlsx", loans({"Tên tổ": long}, {"Tên tổ": cut + "a", "Mã tổ": "0012302"})), page
    )
    assert [
        figure
        for figure in both.figures
        if figure.source.kind == "len31_leaders" and figure.table == "groups"
    ] == []


def test_a_group_under_two_associations_is_told_and_not_filled(tmp_path: Path) -> None:
    exports = read(query(tmp_path / "x.xlsx", loans({}, {"Mã ĐVUT": "12"})))
    assert codes(exports) == ["I-SEVERAL"]
    found = figures(exports, "groups")
    assert (("0012301",), "association") not in found
    assert found[("0012301",), "balance"] == 100 * MILLION


def test_two_spellings_of_a_leader_are_one_leader(tmp_path: Path) -> None:
    rows = loans({"Tên tổ": "Hoàng Thị Hoà"}, {"Tên tổ": "HOÀNG THỊ HÒA "})
    exports = read(query(tmp_path / "x.xlsx", rows))
    assert codes(exports) == []
    assert figures(exports, "groups")[("0012301",), "leader"] == "Hoàng Thị Hoà"


def test_rows_without_the_code_of_a_table_are_told(tmp_path: Path) -> None:
    exports = read(query(tmp_path / "x.xlsx", loans({}, {"Mã chương trình": None})))
    assert codes(exports) == ["I-NO-CODE"]


def test_customers_are_people_and_not_loans(tmp_path: Path) -> None:
    rows = loans({}, {"Mã KH": "9900000001", "Mã chương trình": "06"})
    exports = read(query(tmp_path / "x.xlsx", rows))
    assert figures(exports, "ledger")[("990011", "11"), "customers"] == 1
    assert figures(exports, "programmes")[("06",), "customers"] == 1
    page = printed(
        tmp_path / "p.xlsx",
        [bctd("1", "Cho vay hỗ trợ tạo việc làm", 50.0, 1), bctd("2", "Cho vay NS&VSMT nông thôn", 50.0, 1), bctd("TỔNG CỘNG", None, 100.0, 2)],
        title="01.2/BCTD", marks=17, unit="Đơn vị: triệu đồng",
    )  # fmt: skip
    total = [one for one in read(page).figures if one.table == "~totals" and one.column == "customers"]
    assert [(one.value, one.basis) for one in total] == [(2, "sum_over_programmes")]


@pytest.mark.parametrize("written", ["Thử Một", "xã thử một", "XÃ THỬ MỘT", "Xã  Thử Một"])
def test_communes_are_known_with_and_without_their_title(written: str, tmp_path: Path) -> None:
    lines = [len31("1", written, 50 * MILLION), len31("Tổng cộng", None, 50 * MILLION)]
    exports = read(query(tmp_path / "x.xlsx", loans({})), printed(tmp_path / "p.xlsx", lines))
    assert codes(exports) == []
    assert ("~communes", ("990011",), "len31_communes") in {
        (one.table, one.key, one.source.kind) for one in exports.figures
    }


def test_a_commune_that_nobody_knows_or_two_are_named_is_told(tmp_path: Path) -> None:
    lines = [len31("1", "Lê Lợi", 50 * MILLION), len31("Tổng cộng", None, 50 * MILLION)]
    page = printed(tmp_path / "p.xlsx", lines)
    assert codes(read(query(tmp_path / "x.xlsx", loans({})), page)) == ["I-NAME"]
    two = loans({"Tên xã": "Xã Lê Lợi"}, {"Tên xã": "Phường Lê Lợi", "Mã xã": "990012", "Mã tổ": "0012302"})
    assert codes(read(query(tmp_path / "x.xlsx", two), page)) == ["I-NAME"]
    exact = [len31("1", "Phường Lê Lợi", 50 * MILLION), len31("Tổng cộng", None, 50 * MILLION)]
    exports = read(query(tmp_path / "x.xlsx", two), printed(tmp_path / "p.xlsx", exact))
    assert ("990012",) in {one.key for one in exports.figures if one.source.kind == "len31_communes"}


def test_communes_of_an_office_that_the_catalogues_know_get_our_codes(tmp_path: Path) -> None:
    """The bank's code of a commune stands in no catalogue: its name tells which of the office's it is."""
    ours = load_catalogues()
    put_right = OwnOffices(((OwnOffice(code="0312", pos="009901"),),))
    rulebook = Rulebook(catalogues=Catalogues(ours.entries, ours.limits, ours.nation, put_right))
    rows = loans(
        {"Tên xã": "Phường An Dương"}, {"Mã xã": "990012", "Tên xã": "An Phong", "Mã tổ": "0012302"},
        {"Mã xã": "990013", "Tên xã": "Xã Nơi Khác", "Mã tổ": "0012303"},
    )  # fmt: skip
    lines = [
        len31("1", "Phường An Dương", 50 * MILLION), len31("2", "Phường An Phong", 50 * MILLION),
        len31("3", "Xã Nơi Khác", 50 * MILLION), len31("Tổng cộng", None, 150 * MILLION),
    ]  # fmt: skip
    paths = [query(tmp_path / "x.xlsx", rows), printed(tmp_path / "p.xlsx", lines)]
    exports = read_exports(paths, rulebook)
    assert codes(exports) == []
    for source in exports.sources:
        keys = {one.key[0] for one in exports.figures if one.table == "~communes" and one.source is source}
        assert keys == {"11581", "11593", "990013"}
    assert figures(exports, "info")[(), "office"] == "0312"


def test_a_file_of_a_whole_branch_gives_one_office(tmp_path: Path) -> None:
    branch = query(tmp_path / "b.xlsx", [SCORED, {**SCORED, "Mã PGD": "009902", "Mã tổ": "0012400"}])
    alone = read(branch)
    assert (codes(alone), alone.figures) == (["I-OFFICES"], ())
    together = read(branch, query(tmp_path / "x.xlsx", loans({})))
    assert codes(together) == []
    scores = [one for one in together.sources if one.kind == "scores"]
    assert [(one.taken, one.office, one.left_out) for one in scores] == [
        (1, "009901", (("row-other-office", 1),))
    ]
    assert {one.key for one in together.figures if one.column == "score"} == {("0012301",)}
    assert codes(read(branch, office="009902")) == []


def test_an_office_code_on_the_first_row_of_a_block_holds_for_the_block(tmp_path: Path) -> None:
    rows = [
        SCORED,
        {**SCORED, "Mã PGD": None, "Mã tổ": "0012302"},
        {**SCORED, "Mã PGD": "009902", "Mã tổ": "0012400"},
    ]
    exports = read(query(tmp_path / "b.xlsx", rows), office="009901")
    assert {one.key for one in exports.figures if one.column == "score"} == {("0012301",), ("0012302",)}


def test_a_loan_of_two_offices_is_refused(tmp_path: Path) -> None:
    exports = read(query(tmp_path / "x.xlsx", [LOAN, {**LOAN, "Mã PGD": "009902"}]), office="009901")
    assert codes(exports) == ["I-LOAN-OFFICES"]
    assert exports.figures == ()


def test_a_file_of_another_office_is_refused_and_named(tmp_path: Path) -> None:
    theirs = query(tmp_path / "theirs.xlsx", loans({"Mã PGD": "009902"}))
    exports = read(theirs, query(tmp_path / "x.xlsx", loans({})), query(tmp_path / "y.xlsx", [SCORED]))
    assert [(one.code, Path(one.file).name) for one in exports.findings] == [("I-OFFICE", "theirs.xlsx")]
    assert {one.source.file.name for one in exports.figures} == {"x.xlsx", "y.xlsx"}


# --- telegram --------------------------------------------------------------------------------------------


def test_the_column_of_a_telegram_is_found_by_the_code_of_the_office(tmp_path: Path) -> None:
    path = telegram(tmp_path / "t.xlsx", {"DB1": FUNDS})
    exports = read(path, office="009901")
    assert codes(exports) == []
    assert figures(exports, "funding") == {
        (("101",), "current"): 60_000 * MILLION, (("301",), "current"): 5_000 * MILLION,
        (("302",), "current"): 1_000 * MILLION,
    }  # fmt: skip
    assert {one.slack for one in exports.figures if one.key == ("301",)} == {10_000}
    for office in ("009955", None):
        exports = read(path, office=office)
        assert (codes(exports), exports.figures) == (["I-OFFICE-COLUMN"], ())


def test_a_telegram_without_codes_is_no_guess(tmp_path: Path) -> None:
    path = telegram(tmp_path / "t.xlsx", {"DB1": FUNDS}, codes=[None, "Đơn vị: Triệu đồng"])
    assert codes(read(path, office="009901")) == ["I-OFFICE-COLUMN"]


def test_a_missing_indicator_gives_nothing_and_is_told(tmp_path: Path) -> None:
    lines = [line for line in FUNDS if line[0] != "Tiền gửi tiết kiệm qua Tổ TK&VV"]
    exports = read(telegram(tmp_path / "t.xlsx", {"DB1": lines}), office="009901")
    assert codes(exports) == ["I-MISSING"]
    assert set(figures(exports, "funding")) == {(("101",), "current")}


def test_the_sheet_of_plans_has_other_labels(tmp_path: Path) -> None:
    plan: list[list[Any]] = [["Vốn TW", 1.0, 1.0, 64_800.0], ["Huy động vốn", 1.0, 1.0, 7_000.0], ["Tiền gửi tiết kiệm qua Tổ TKVV", 1.0, 1.0, 1_100.0],
            ["KHA", 1.0, 1.0, 64_800.0], ["Cho vay giải quyết việc làm", 1.0, 1.0, 500.0], ["Tổng dư nợ", 1.0, 1.0, 86_400.0]]  # fmt: skip
    exports = read(
        telegram(tmp_path / "t.xlsx", {"DB1": FUNDS, "KH_GIAO_DAU_NAM": plan, "Y": FUNDS}), office="009901"
    )
    assert codes(exports) == []
    found = figures(exports, "funding")
    assert (found[("101",), "plan"], found[("301",), "plan"]) == (64_800 * MILLION, 5_900 * MILLION)
    assert found[("101",), "opening"] == 60_000 * MILLION
    assert figures(exports, "programmes")[("03",), "plan"] == 500 * MILLION


# --- files that are not what they should be --------------------------------------------------------------


@pytest.mark.parametrize(
    "content", [b"", b"not a workbook at all", b"PK\x03\x04cut off", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1cut"]
)
def test_a_file_that_cannot_be_read_is_told_and_the_others_are_read(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "bad.xls").write_bytes(content)
    exports = read(tmp_path / "bad.xls", query(tmp_path / "x.xlsx", loans({})))
    assert [(one.code, Path(one.file).name) for one in exports.findings] == [("I-UNREADABLE", "bad.xls")]
    assert figures(exports, "groups")[("0012301",), "balance"] == 50 * MILLION


def test_the_right_form_without_rows_is_refused(tmp_path: Path) -> None:
    empty = query(tmp_path / "x.xlsx", [dict.fromkeys(LOAN)])
    assert codes(read(empty)) == ["I-EMPTY"]


def test_a_form_that_looks_alike_is_not_taken(tmp_path: Path) -> None:
    alike = [{"Mã PGD": "009901", "Mã khác hàng": "1", "Tên khách hàng": "x", "Số khế ước": "1", "Dư nợ": 5}]
    assert codes(read(query(tmp_path / "x.xlsx", alike))) == ["I-UNKNOWN"]


def test_a_copy_that_staff_made_beside_the_export_is_not_added(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        write_query(book, "Lọc", loans({}))
        write_query(book, "BCQUERY", loans({}, {}))
        write_query(book, "Ghi chú", [{"Việc": "gọi lại", "Ai": "A"}])
    exports = read(path)
    assert codes(exports) == ["I-SHEET-TWICE"]
    assert [source.sheet for source in exports.sources] == ["BCQUERY"]
    with xlsxwriter.Workbook(path) as book:
        write_query(book, "Một", loans({}))
        write_query(book, "Hai", loans({}, {}))
    exports = read(path)
    assert (codes(exports), exports.figures) == (["I-SHEETS-ALIKE"], ())


def test_a_page_that_lost_a_line_does_not_add_up(tmp_path: Path) -> None:
    book = query(tmp_path / "x.xlsx", loans({}))
    lost = [len31("1", "Xã Thử Một", 50 * MILLION), len31("Tổng cộng", None, 90 * MILLION)]
    assert codes(read(book, printed(tmp_path / "p.xlsx", lost))) == ["I-TOTAL"]
    cut_off = [len31("1", "Xã Thử Một", 50 * MILLION)]
    assert codes(read(book, printed(tmp_path / "p.xlsx", cut_off))) == ["I-NO-TOTAL"]


def test_a_report_of_the_end_of_the_year_gives_the_openings_only(tmp_path: Path) -> None:
    name = "Cho vay hỗ trợ tạo việc làm"
    lines = [bctd("1", name, 42.5, 1, 9.0), bctd("TỔNG CỘNG", None, 42.5, 1, 9.0)]
    page = printed(
        tmp_path / "p.xlsx",
        lines,
        title="01.2/BCTD",
        marks=17,
        unit="Đơn vị: triệu đồng",
        day="Ngày 31 Tháng 12 Năm 2025",
    )
    exports = read(query(tmp_path / "x.xlsx", loans({})), page, query(tmp_path / "y.xlsx", [SCORED]))
    assert codes(exports) == []
    given = [
        (one.table, one.key, one.column, one.value)
        for one in exports.figures
        if one.source.kind == "bctd_01_2"
    ]
    assert ("programmes", ("03",), "opening", 42_500_000) in given
    assert {column for _, _, column, _ in given} == {"opening"}
