"""Rows of a table that the tool fills: folded behind what leads them, as high as their texts."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from sheetcredit.report import run
from sheetcredit.xlsx.row_looks import RowLook, TableLook, with_looks
from tests.seeds_of import GOLDEN, MISTAKEN, copy_of, digest

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported")

SHEET, HEADER = "Kiểm tra", 8


def page(path: Path) -> Worksheet:
    sheet = load_workbook(path)[SHEET]
    assert isinstance(sheet, Worksheet)
    return sheet


def lines(sheet: Worksheet) -> list[int]:
    return [row for row in range(HEADER + 1, sheet.max_row + 1) if sheet.cell(row, 1).value is not None]


def test_what_follows_is_folded_behind_its_cause(tmp_path: Path) -> None:
    path = copy_of(MISTAKEN, tmp_path)
    report = run(path)
    sheet = page(path)
    looks = [sheet.row_dimensions[row] for row in lines(sheet)]
    findings = report.findings
    assert [bool(look.outlineLevel) for look in looks[: len(findings)]] == [bool(f.follows) for f in findings]
    assert [bool(look.hidden) for look in looks] == [bool(look.outlineLevel) for look in looks]
    seen = [row for row, look in zip(lines(sheet), looks, strict=True) if not look.hidden]
    of_findings = [row for row in seen if row <= HEADER + len(findings)]
    assert len(of_findings) <= 12
    assert all(sheet.cell(row, 5).value for row in of_findings)  # the cell that its link leads to
    outline = sheet.sheet_properties.outlinePr
    assert outline is not None and outline.summaryBelow is False
    assert sheet.sheet_format.outlineLevelRow == 1
    assert not sheet.protection.sheet
    assert str(sheet.print_area).endswith(f"${lines(sheet)[-1]}")


def test_longer_texts_make_higher_rows(tmp_path: Path) -> None:
    path = copy_of(MISTAKEN, tmp_path)
    run(path)
    sheet = page(path)
    high = {row: sheet.row_dimensions[row].height for row in lines(sheet)}
    longest = {row: max(len(str(sheet.cell(row, column).value or "")) for column in (7, 8)) for row in high}
    assert high[max(longest, key=longest.__getitem__)] > high[min(longest, key=longest.__getitem__)]


def test_nothing_but_the_tools_own_sheets_changes(tmp_path: Path) -> None:
    path = copy_of(MISTAKEN, tmp_path)
    run(path)
    with ZipFile(MISTAKEN) as before, ZipFile(path) as after:
        changed = {name for name in before.namelist() if before.read(name) != after.read(name)}
    own = {f"xl/worksheets/sheet{place}.xml" for place in (11, 12, 13)}
    assert changed - own <= {"xl/workbook.xml"}
    once = digest(path)
    run(path)
    assert digest(path) == once


def test_a_workbook_put_right_has_nothing_folded(tmp_path: Path) -> None:
    path = copy_of(MISTAKEN, tmp_path)
    run(path)
    folded = path.read_bytes()
    look = TableLook(HEADER, {HEADER + 1: RowLook({7: "một dòng"})})
    path.write_bytes(with_looks(folded, {SHEET: look}, "a.xlsx"))
    sheet = page(path)
    assert not any(look.outlineLevel or look.hidden for look in sheet.row_dimensions.values())
    assert str(sheet.print_area).endswith(f"${HEADER + 1}")


def test_behind_a_password_all_rows_stay_in_sight(tmp_path: Path) -> None:
    path = copy_of(MISTAKEN, tmp_path)
    book = load_workbook(path)
    book[SHEET].protection.set_password("mật khẩu")
    book.save(path)
    run(path)
    sheet = page(path)
    assert sheet.protection.sheet
    assert any(look.outlineLevel for look in sheet.row_dimensions.values())
    assert not any(look.hidden for look in sheet.row_dimensions.values())


def test_a_row_that_a_filter_hides_stays_hidden(tmp_path: Path) -> None:
    path = copy_of(GOLDEN, tmp_path)
    book = load_workbook(path)
    book[SHEET].row_dimensions[40].hidden = True
    book.save(path)
    run(path)
    assert page(path).row_dimensions[40].hidden


@given(st.lists(st.tuples(st.booleans(), st.text(max_size=200)), max_size=12))
def test_any_rows_of_any_sheet(rows: list[tuple[bool, str]]) -> None:
    """Also where the sheet has no row, property or width yet: what is asked for is there, and twice is once."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet["A1"], sheet["A2"] = "tiêu đề", "dòng"
    look = TableLook(
        1, {number: RowLook({1: text}, folded) for number, (folded, text) in enumerate(rows, start=2)}
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        book.save(path)
        data = with_looks(path.read_bytes(), {sheet.title: look}, "a.xlsx")
        assert with_looks(data, {sheet.title: look}, "a.xlsx") == data
        path.write_bytes(data)
        found = load_workbook(path).worksheets[0].row_dimensions
    assert [bool(found[number].hidden) for number in look.rows] == [folded for folded, _ in rows]
    assert all(found[number].height for number in look.rows)
