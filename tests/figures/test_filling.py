"""What is written where: by names and headers, clearing what an earlier run left, losing no one's text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from sheetcredit.cli.main import main
from sheetcredit.filling import filled_cells, headline
from sheetcredit.model.errors import CannotWrite
from sheetcredit.model.finding import Finding
from sheetcredit.model.grid import column_letters
from sheetcredit.outcome import Report
from sheetcredit.report import check_readings, run
from sheetcredit.rulebook import our_rulebook
from sheetcredit.workbooks import read_office
from sheetcredit.xlsx.patch import patch_cells
from tests.seeds_of import GOLDEN, MISTAKEN, copy_of, digest

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported")

RULES = our_rulebook()
OURS = {"Tổng hợp", "Đối chiếu", "Kiểm tra"}
HEADERS = [column.header for column in our_rulebook().office.sheet("findings").columns]


def edits_of(path: Path) -> dict[str, dict[str, Any]]:
    book = our_rulebook()
    reading = read_office(path, book)
    (report,) = check_readings([reading], book)
    return filled_cells(book.office, reading, report)


def told(report: Report) -> list[Finding]:
    """What `Kiểm tra` lists: the findings, then what is worth knowing."""
    return [*report.findings, *report.notices]


def findings(path: Path) -> tuple[Worksheet, int, dict[str, str]]:
    """`Kiểm tra`, the row of its headers, and the letters of each header's column."""
    sheet = load_workbook(path)["Kiểm tra"]
    assert isinstance(sheet, Worksheet)
    row = next(row for row in range(1, 40) if any(cell.value == "Giải trình" for cell in sheet[row]))
    letters = {str(cell.value): cell.column_letter for cell in sheet[row] if cell.value}
    return sheet, row, letters


def column(path: Path, header: str) -> list[Any]:
    sheet, row, letters = findings(path)
    values = [sheet[f"{letters[header]}{line}"].value for line in range(row + 1, sheet.max_row + 1)]
    while values and values[-1] is None:
        values.pop()
    return values


def test_only_our_sheets_are_written() -> None:
    for seed in (GOLDEN, MISTAKEN):
        assert set(edits_of(seed)) == OURS


def test_filling_twice_writes_nothing_more(tmp_path: Path) -> None:
    path = copy_of(MISTAKEN, tmp_path)
    run(path)
    before = digest(path)
    assert edits_of(path) == {}
    run(path)
    assert digest(path) == before


def test_the_summary_alone(tmp_path: Path) -> None:
    book = our_rulebook()
    reading = read_office(GOLDEN, book)
    (report,) = check_readings([reading], book)
    assert set(filled_cells(book.office, reading, report, summary_only=True)) == {"Tổng hợp"}


def test_rows_of_an_earlier_run_are_emptied(tmp_path: Path) -> None:
    path = copy_of(MISTAKEN, tmp_path)
    report = run(path)
    assert column(path, "Mã lỗi") == [finding.code for finding in told(report)]
    table = read_office(path, our_rulebook()).table_named("Tổ TK&VV")
    assert table is not None
    first = next(f for f in report.findings if f.code == "R10")
    patch_cells(path, {"Tổ TK&VV": {first.cell or "": 36}})
    again = run(path)
    assert len(again.findings) == len(report.findings) - 1
    assert column(path, "Mã lỗi") == [finding.code for finding in told(again)]
    sheet, row, letters = findings(path)
    left = row + len(told(again)) + 1
    assert {sheet[f"{letters[header]}{left}"].value for header in HEADERS if header != "Đến ô"} == {None}


def test_text_below_the_table_stays(tmp_path: Path) -> None:
    path = copy_of(MISTAKEN, tmp_path)
    count = len(told(run(path)))
    _, row, letters = findings(path)
    below = f"{letters['Nội dung']}{row + count + 4}"
    patch_cells(path, {"Kiểm tra": {below: "Người kiểm tra: Nguyễn Văn A"}})
    run(path)
    assert findings(path)[0][below].value == "Người kiểm tra: Nguyễn Văn A"


def test_a_text_beside_no_finding_is_never_lost(tmp_path: Path) -> None:
    path = copy_of(MISTAKEN, tmp_path)
    _, row, letters = findings(path)
    # Typed before anything was checked, where the first findings will stand.
    patch_cells(path, {"Kiểm tra": {f"{letters['Giải trình']}{row + 2}": "ghi chú riêng"}})
    for _ in range(3):
        report = run(path)
        texts = column(path, "Giải trình")
        assert [text for text in texts if text] == ["ghi chú riêng"]
        assert len(texts) == len(told(report)) + 1


def reordered(path: Path, order: list[str]) -> None:
    """The table of `Kiểm tra` with its columns in another order (the user dragged them)."""
    _, row, letters = findings(path)
    moved = {header: letters[name] for header, name in zip(order, HEADERS, strict=True)}
    patch_cells(path, {"Kiểm tra": {f"{letter}{row}": header for header, letter in moved.items()}})


def test_columns_that_the_user_moved(tmp_path: Path) -> None:
    path = copy_of(MISTAKEN, tmp_path)
    order = [header for header in HEADERS if header != "Đến ô"]
    order = ["STT", *sorted(order[1:])]
    order.insert(HEADERS.index("Đến ô"), "Đến ô")
    reordered(path, order)
    report = run(path)
    assert column(path, "Mã lỗi") == [finding.code for finding in told(report)]
    assert column(path, "Ô") == [finding.cell for finding in told(report)]
    assert column(path, "Khóa") == [finding.key for finding in told(report)]
    assert edits_of(path) == {}


def test_a_column_of_the_users_own_is_not_written_over(tmp_path: Path) -> None:
    path = copy_of(MISTAKEN, tmp_path)
    _, row, letters = findings(path)
    own = letters["Cần làm"]
    patch_cells(path, {"Kiểm tra": {f"{own}{row}": "Người xử lý", f"{own}{row + 1}": "chị Hương"}})
    run(path)
    sheet = findings(path)[0]
    assert sheet[f"{own}{row + 1}"].value == "chị Hương"
    assert sheet[f"{own}{row + 2}"].value is None


def move_down(path: Path, sheet_name: str, by: int) -> None:
    """Rows inserted above everything on a sheet, names following as Excel makes them."""
    book: Workbook = load_workbook(path)
    sheet = book[sheet_name]
    ranges = [str(area) for area in sheet.merged_cells.ranges]
    for area in ranges:
        sheet.unmerge_cells(area)
    sheet.insert_rows(1, by)
    for defined in book.defined_names.values():
        for title, cell in defined.destinations:
            if title == sheet_name and ":" not in cell:
                letters, number = cell.replace("$", "").rstrip("0123456789"), cell.rsplit("$", 1)[1]
                defined.attr_text = f"'{title}'!${letters}${int(number) + by}"
    book.save(path)


@pytest.mark.parametrize("sheet", ["Tổng hợp", "Đối chiếu", "Kiểm tra"])
def test_rows_inserted_above(sheet: str, tmp_path: Path) -> None:
    path = copy_of(MISTAKEN, tmp_path)
    before = edits_of(path)[sheet]
    move_down(path, sheet, 3)

    def moved(cell: str) -> str:
        letters = cell.rstrip("0123456789")
        return f"{letters}{int(cell[len(letters) :]) + 3}"

    assert edits_of(path)[sheet] == {moved(cell): value for cell, value in before.items()}


@pytest.mark.parametrize(
    ("name", "sheet"),
    [("TH_DuNo", "Tổng hợp"), ("TH_DaLap", "Tổng hợp"), ("KT_Bang", "Kiểm tra"), ("KT_TomTat", "Kiểm tra"),
     ("DC_Bang", "Đối chiếu")],
)  # fmt: skip
def test_a_missing_name_is_told(name: str, sheet: str, tmp_path: Path) -> None:
    path = copy_of(GOLDEN, tmp_path)
    book = load_workbook(path)
    del book.defined_names[name]
    book.save(path)
    before = digest(path)
    with pytest.raises(CannotWrite) as caught:
        run(path)
    assert caught.value.code == "E-NO-NAME"
    assert (caught.value.details["name"], caught.value.details["sheet"]) == (name, sheet)
    assert digest(path) == before


def test_a_broken_name_is_a_missing_one(tmp_path: Path) -> None:
    path = copy_of(GOLDEN, tmp_path)
    book = load_workbook(path)
    book.defined_names["TH_DuNo"].attr_text = "'Tổng hợp'!#REF!"
    book.save(path)
    with pytest.raises(CannotWrite) as caught:
        run(path)
    assert caught.value.code == "E-NO-NAME"


def test_the_headline_of_a_clean_workbook_and_of_one_that_is_not() -> None:
    book = our_rulebook()
    reading = read_office(MISTAKEN, book)
    (report,) = check_readings([reading], book)
    lines = headline(report).split("\n")
    assert len(lines) == 4
    first = report.fix_first[0].suspect
    assert f"{first.sheet}!{first.cell}" in lines[1]


def test_letters_of_columns() -> None:
    assert [column_letters(place) for place in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_a_line_a_cause_and_what_follows_from_it_right_behind() -> None:
    findings = check_readings([read_office(MISTAKEN, RULES)], RULES)[0].findings
    assert len([finding for finding in findings if not finding.follows]) <= 12
    leader = None
    for finding in findings:
        leader = leader if finding.follows else finding
        assert leader is not None and finding.follows in ("", leader.key)
    # What else is wrong with the very cell of a cause is settled with it.
    (sign,) = [finding for finding in findings if finding.code == "V-RANGE"]
    assert (sign.sheet, sign.cell, bool(sign.follows)) == ("Sổ ngân hàng", "G30", True)


COMPARISON = RULES.office.sheet("comparison")


def compared(path: Path) -> tuple[list[str], list[dict[str, Any]]]:
    """The headers of `Đối chiếu`, and its lines by them."""
    rows = [list(row) for row in load_workbook(path)["Đối chiếu"].iter_rows(values_only=True)]
    at = next(place for place, row in enumerate(rows) if COMPARISON.column("statement").header in row)
    headers = [str(header) for header in rows[at] if header]
    lines = [dict(zip(headers, row, strict=False)) for row in rows[at + 1 :] if row[0] is not None]
    return headers, lines


def test_both_differences_of_each_line(tmp_path: Path) -> None:
    path = copy_of(MISTAKEN, tmp_path)
    run(path)
    _, lines = compared(path)
    assert lines and any(line["Lệch với tổ"] != line["Chênh lệch"] for line in lines)
    for line in lines:
        assert line["Lệch với tổ"] == pytest.approx(line["Hội báo cáo"] - line["Cộng theo tổ"])
        assert line["Chênh lệch"] == pytest.approx(line["Hội báo cáo"] - line["Sổ ngân hàng"])


@pytest.mark.parametrize("headers", [True, False], ids=["with-headers", "headers-typed-over"])
def test_a_comparison_made_before_keeps_its_columns(tmp_path: Path, headers: bool) -> None:
    """Older workbooks have one difference: its column stays where it is, and no other is put beside it."""
    made = copy_of(MISTAKEN, tmp_path)
    run(made)
    book = load_workbook(made)
    sheet = book["Đối chiếu"]
    column = next(cell.column for cell in sheet[8] if cell.value == "Lệch với tổ")
    sheet.delete_cols(column)
    sheet["L9"] = "ghi chú của tôi"
    old = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=9)]
    if not headers:
        for cell in sheet[8]:
            if cell.value:
                cell.value = f"cột {cell.column}"
    book.save(made)
    patch_cells(made, {"Đối chiếu": {"F9": -1}})
    run(made)
    sheet = load_workbook(made)["Đối chiếu"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=9)] == old


def test_lines_that_differ_come_first_where_asked(tmp_path: Path) -> None:
    path = copy_of(MISTAKEN, tmp_path)
    assert main(["run", str(path), "--broken-first", "--quiet"]) == 1
    states = [line["Kết quả"] == "Lệch" for line in compared(path)[1]]
    assert any(states) and not all(states) and states == sorted(states, reverse=True)
