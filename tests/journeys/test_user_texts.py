"""What the user wrote in `Giải trình` is never lost, whatever became of the table around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sheetcredit import run
from sheetcredit.checks.explanations import read_explanations
from sheetcredit.cli.main import main
from sheetcredit.filling import filled_cells
from sheetcredit.model.errors import CannotWrite
from sheetcredit.model.grid import Book, CellValue, address
from sheetcredit.report import check_readings
from sheetcredit.rulebook import our_rulebook
from sheetcredit.template.reading import Reading
from sheetcredit.workbooks import read_office
from sheetcredit.xlsx.patch import patch_cells
from tests.journeys.test_on_paper import renamed
from tests.seeds_of import GOLDEN, MISTAKEN, copy_of, digest

FINDINGS, HEADER = "Kiểm tra", 7
RULES = our_rulebook()
COLUMNS = {column.name: place for place, column in enumerate(RULES.office.sheet("findings").columns)}
WHY = COLUMNS["explanation"]
Rows = list[list[CellValue]]
Change = Callable[[Rows], None]


@pytest.fixture(scope="module")
def explained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook with twelve mistakes after a run, with a text beside every third finding and one below."""
    path = copy_of(MISTAKEN, tmp_path_factory.mktemp("explained"))
    run(path)
    rows = rows_of(path)
    texts = {address(row, WHY): f"lời {row}" for row in range(HEADER + 1, len(rows), 3)}
    patch_cells(path, {FINDINGS: texts | {address(len(rows) + 3, WHY): "lời không có dòng"}})
    return path


def rows_of(path: Path) -> Rows:
    return [list(row) for row in read_office(path, RULES).book.grids[FINDINGS].rows]


def texts_of(rows: Rows) -> set[str]:
    return {value for row in rows for value in row if isinstance(value, str) and "lời" in value}


def written(path: Path, change: Change) -> tuple[Reading, Rows]:
    """The reading with `Kiểm tra` changed, and its rows as the tool would leave them."""
    reading = read_office(path, RULES)
    rows = rows_of(path)
    change(rows)
    return changed(reading, rows)


def changed(reading: Reading, rows: Rows) -> tuple[Reading, Rows]:
    grid = replace(reading.book.grids[FINDINGS], rows=rows)
    book: Book = replace(reading.book, grids={**reading.book.grids, FINDINGS: grid})
    reading = replace(reading, book=book)
    (report,) = check_readings([reading], RULES)
    after = [list(row) for row in rows]
    for cell, value in filled_cells(RULES.office, reading, report).get(FINDINGS, {}).items():
        letters = cell.rstrip("0123456789")
        row, column = int(cell[len(letters) :]) - 1, ord(letters) - ord("A")
        after += [[] for _ in range(row + 1 - len(after))]
        after[row] += [None] * (column + 1 - len(after[row]))
        after[row][column] = value  # type: ignore[assignment]
    return reading, after


def sort_with_header(rows: Rows) -> None:
    body = rows[HEADER:]
    body.sort(key=lambda row: str(row[COLUMNS["message"]]), reverse=True)
    rows[HEADER:] = body


def type_over_all(rows: Rows) -> None:
    rows[HEADER] = [f"Header {place}" for place in range(len(COLUMNS))]


def type_over_some(rows: Rows) -> None:
    rows[HEADER][WHY], rows[HEADER][COLUMNS["key"]] = "Why", "Key"


def empty_header(rows: Rows) -> None:
    rows[HEADER] = [None] * len(COLUMNS)


def copy_a_line(rows: Rows) -> None:
    twin = list(rows[HEADER + 1])
    twin[WHY] = "lời thứ hai"
    rows.insert(HEADER + 4, twin)


def move_the_column(rows: Rows) -> None:
    for row in rows[HEADER:]:
        row.insert(2, row.pop(WHY) if len(row) > WHY else None)


def move_and_rename(rows: Rows) -> None:
    move_the_column(rows)
    rows[HEADER][2] = "Why"


CHANGES: dict[str, Change] = {
    change.__name__: change
    for change in (
        sort_with_header, type_over_all, type_over_some, empty_header, copy_a_line, move_the_column, move_and_rename
    )
}  # fmt: skip


@pytest.mark.parametrize("kind", CHANGES)
def test_no_text_is_lost(kind: str, explained: Path) -> None:
    wanted: list[set[str]] = []

    def change(rows: Rows) -> None:
        CHANGES[kind](rows)
        wanted.append(texts_of(rows))

    _, after = written(explained, change)
    said = " ".join(texts_of(after))
    assert len(wanted[0]) > 10 and all(text in said for text in wanted[0])
    headers = [header for header in after[HEADER] if header]
    assert "Khóa" in headers and "Giải trình" in headers


@pytest.mark.parametrize("kind", ["sort_with_header", "type_over_all", "type_over_some", "copy_a_line"])
def test_texts_stay_beside_their_findings(kind: str, explained: Path) -> None:
    before = read_explanations(read_office(explained, RULES).book, RULES.office)
    reading, after = written(explained, CHANGES[kind])
    assert read_explanations(reading.book, RULES.office).keys() == before.keys()
    found = {str(row[COLUMNS["key"]]): row[WHY] for row in after[HEADER + 1 :] if len(row) > COLUMNS["key"]}
    assert {key: found[key] for key in before} == {key: one.text for key, one in before.items()}


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_no_text_is_lost_whatever_was_done(explained: Path, data: st.DataObject) -> None:
    reading, rows = read_office(explained, RULES), rows_of(explained)
    width = len(COLUMNS)
    rows[HEADER:] = [[*row, *[None] * (width - len(row))] for row in rows[HEADER:]]
    for kind in data.draw(
        st.lists(st.sampled_from(["sort", "header", "swap", "text", "drop", "twin"]), max_size=4)
    ):
        row = data.draw(st.integers(HEADER, len(rows) - 1))
        one, other = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, width - 1))
        if kind == "sort":
            order = data.draw(st.permutations(range(HEADER, len(rows))))
            rows[HEADER:] = [rows[place] for place in order]
        elif kind == "header":
            rows[HEADER][one] = data.draw(st.sampled_from([None, "Why", "STT", "Khóa"]))
        elif kind == "swap":
            for line in rows[HEADER:]:
                line[one], line[other] = line[other], line[one]
        elif kind in ("text", "twin") and "Giải trình" not in rows[HEADER]:
            continue  # nobody knows where to write one
        elif kind == "text":
            rows[max(row, HEADER + 1)][rows[HEADER].index("Giải trình")] = f"lời mới {row}"
        elif kind == "drop":
            rows[row][COLUMNS["key"]] = None
        else:
            twin, why = list(rows[row]), rows[HEADER].index("Giải trình")
            twin[why] = f"lời nữa {row}"
            rows.insert(max(row, HEADER + 1), twin)
    try:
        _, after = changed(reading, [list(row) for row in rows])
    except CannotWrite as refused:
        assert refused.code == "E-TOOL-HEADERS"
        return
    said = " ".join(texts_of(after))
    assert all(text in said for text in texts_of(rows))


def test_a_long_text_is_kept_whole(explained: Path, tmp_path: Path) -> None:
    path = copy_of(explained, tmp_path)
    text = "lời " + "giải trình dài " * 2_000
    patch_cells(path, {FINDINGS: {address(HEADER + 1, WHY): text.strip()}})
    run(path)
    assert text.strip() in texts_of(rows_of(path))


FOREIGN = [
    ("TH_DuNo", "'Hội Nông dân'!$I$13"), ("TH_DuNo", "'Tổng hợp'!$C$16"), ("TH_NguonVon_HTKHTangTruong", "'Tổng hợp'!$F$14"),
    ("TH_DaLap", "'Tổng hợp'!$B$16"), ("TH_HND", "'Tổng hợp'!$E$30"), ("KT_TomTat", "'Kiểm tra'!$A$2"),
    ("KT_TomTat", "'Kiểm tra'!$I$12"), ("KT_Bang", "'Thông tin'!$A$5"), ("DC_Bang", "'Sổ ngân hàng'!$A$8"),
]  # fmt: skip


@pytest.mark.parametrize("command", ["run", "fill", "reconcile", "seal"])
@pytest.mark.parametrize(("name", "target"), FOREIGN)
def test_a_name_that_leads_astray_stops_every_command(
    name: str, target: str, command: str, tmp_path: Path
) -> None:
    path = copy_of(GOLDEN, tmp_path)
    renamed(name, target)(path)
    before = digest(path)
    main([command, str(path), "-q"])
    after = read_office(path, RULES).book
    if digest(path) != before:  # a command that does not need the name
        unchanged = read_office(GOLDEN, RULES).book
        for sheet, grid in unchanged.grids.items():
            if sheet not in ("Tổng hợp", "Đối chiếu", FINDINGS):
                assert list(after.grids[sheet].rows) == list(grid.rows)
        sheet, _, cell = target.replace("$", "").replace("'", "").partition("!")
        row, column = int(cell[1:]) - 1, ord(cell[0]) - ord("A")
        assert after.grids[sheet].value(row, column) == unchanged.grids[sheet].value(row, column)


@pytest.mark.parametrize("name", ["NP_Bang", "NK_Bang"])
def test_hidden_records_stay_on_their_own_sheets(name: str, tmp_path: Path) -> None:
    path = copy_of(GOLDEN, tmp_path)
    patch_cells(path, {"Hội Nông dân": {"I13": "12.447,00"}})
    renamed(name, "'Sổ ngân hàng'!$A$8")(path)
    before = list(read_office(path, RULES).book.grids["Sổ ngân hàng"].rows)
    main(["fix", "--apply", str(path)])
    main(["seal", str(path)])
    assert list(read_office(path, RULES).book.grids["Sổ ngân hàng"].rows) == before
