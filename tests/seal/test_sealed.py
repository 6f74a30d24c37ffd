"""What a seal covers, and what is said when the data no longer is what was sealed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcredit.model.grid import Book, Grid
from sheetcredit.model.text import fold
from sheetcredit.rulebook import our_rulebook
from sheetcredit.seal.changes import CELL, FINDINGS, OLD, ROW, VOID, changes_between, find_void_seals
from sheetcredit.seal.code import Seal, code_of, plain, seal_cells, seal_of
from sheetcredit.seal.content import (
    Snapshot,
    data_digest,
    same,
    sheet_marks,
    snapshot,
    text_of,
    typeable,
)
from sheetcredit.seal.record import Record, read_record, record_cells, record_of
from sheetcredit.template.reading import Reading, understand
from tests.tables import Table, Workbook, place_of, tiny

OFFICE = our_rulebook().office
SUMMARY = "Tổng hợp"


def workbook() -> Workbook:
    """The tiny office, with a figure behind its name and places for a seal."""
    details = """
        Mã niêm phong        |
        Lần nộp              |
        Thời điểm niêm phong |
        Người niêm phong     |
        Bộ quy tắc           |
        Chữ ký số            |
    """
    names = {"TH_DuNo": (SUMMARY, "B1"), "NP_Bang": ("Niêm phong", "A1")}
    book = tiny()
    for row, line in enumerate(details.strip().splitlines(), start=10):
        book = book.put("Thông tin", **{f"A{row}": line.split("|")[0].strip()})
    return book.sheet(SUMMARY, "Tổng dư nợ | 407").sheet("Niêm phong", "").named(**names)


def sealed(book: Workbook, record: bool = True, beside: bool = True) -> Workbook:
    """The workbook with a seal on what it holds."""
    reading = book.reading()
    lines = snapshot(reading, OFFICE)
    seal = Seal("", "2024-04-05 08:00:00 +07:00", "Trần Thị Bình", "0.1.0-ABCD", 1)
    seal = replace(seal, code=code_of(seal.digest_for(lines)))
    info = reading.info
    if not beside:
        info = replace(info, cells={name: place for name, place in info.cells.items() if name != "signature"})
    cells = {cell: str(value) for cell, value in seal_cells(info, seal, lines).items() if value is not None}
    book = book.put("Thông tin", **cells)
    if record:
        kept = Record(seal.code, info.office or "", str(info.period), 1, record_of(lines))
        tab, written = record_cells(reading.book, OFFICE.sheet("record"), kept)
        table = book.sheets[tab].put({})
        cells_by_place = {place_of(cell): text for cell, text in written.items() if text}
        book = book.sheet(tab, replace(table, cells={**table.cells, **cells_by_place}))
    return book


def told(book: Workbook) -> set[tuple[str, str | None, str | None]]:
    return {(f.code, f.sheet, f.cell) for f in find_void_seals([book.reading()], OFFICE)}


SEAL_CELL = "B10"
GOOD = sealed(workbook())
VOIDED = (VOID, "Thông tin", SEAL_CELL)


def test_a_seal_on_unchanged_data_is_silent() -> None:
    assert told(GOOD) == set()
    assert seal_of(GOOD.reading().info) is not None
    assert told(workbook()) == set(), "no seal, nothing to say"


@pytest.mark.parametrize(
    "changed",
    [
        GOOD.put("Hội CCB", I2="'50"),  # kept as text: another finding, the same number
        GOOD.put("Tổ TK&VV", B2="  Nguyễn  Thị Lan ", B4="Phạm Văn Hoà"),
        GOOD.put("Thông tin", B9="Người khác"),
        GOOD.put("Kiểm tra", A20="một dòng"),
        GOOD.put("Thông tin", **{SEAL_CELL: GOOD.sheets["Thông tin"].cells[9, 1]}),
    ],
)
def test_what_changes_no_number_voids_nothing(changed: Workbook) -> None:
    assert told(changed) == set()


def test_sorting_and_moving_rows_and_columns_voids_nothing() -> None:
    ledger = GOOD.sheets["Sổ ngân hàng"]
    rows = {row: {c: v for (r, c), v in ledger.cells.items() if r == row} for row in range(7)}
    order = [0, 5, 4, 3, 2, 1, 6]
    turned = {(new, c): v for new, old in enumerate(order) for c, v in rows[old].items()}
    assert told(GOOD.sheet("Sổ ngân hàng", replace(ledger, cells=turned))) == set()
    assert told(GOOD.sheet("Sổ ngân hàng", ledger.moved(rows=3, columns=2))) == set()


def test_the_code_may_be_typed_as_people_do() -> None:
    code = str(GOOD.sheets["Thông tin"].cells[9, 1])
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert told(GOOD.put("Thông tin", **{SEAL_CELL: f"'{typed}"})) == set()


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "old", "new"),
    [
        ("Hội CCB", "I2", 51.0, 50, 51),
        ("Tổ TK&VV", "L2", 91.5, None, None),
        ("Sổ ngân hàng", "G2", 110000001.0, 110000000, 110000001),
        (SUMMARY, "B1", 408.0, 407, 408),
    ],
)
def test_a_changed_number_is_named_with_old_and_new(
    sheet: str, cell: str, value: float, old: int | None, new: int | None
) -> None:
    reading = GOOD.put(sheet, **{cell: value}).reading()
    seal, note = find_void_seals([reading], OFFICE)
    assert (seal.code, seal.sheet, seal.cell) == VOIDED
    assert seal.blocks and not note.blocks
    assert (note.code, note.sheet, note.cell) == (CELL, sheet, cell)
    if old is not None and new is not None:
        assert (note.expected, note.value, note.difference) == (old, new, new - old)
    assert seal.details["refilled"] is (sheet == SUMMARY)


def test_rows_that_came_and_went_are_named() -> None:
    added = GOOD.sheet(
        "Trực tiếp", GOOD.sheets["Trực tiếp"].with_row(3, "'03 | Việc làm | 1 | 0 | 0 | 0 | 0 | 0")
    )
    assert told(added) == {VOIDED, (ROW, "Trực tiếp", "A3")}
    gone = GOOD.put("Hội CCB", **dict.fromkeys([f"{letter}2" for letter in "ABCDEFGHIJKL"]))
    assert told(gone) == {VOIDED, (ROW, "Hội CCB", None)}


def test_a_moved_row_is_still_compared_by_its_key() -> None:
    groups = GOOD.put("Tổ TK&VV", H3=211.0).sheets["Tổ TK&VV"].moved(rows=2)
    assert told(GOOD.sheet("Tổ TK&VV", groups)) == {VOIDED, (CELL, "Tổ TK&VV", "H5")}


def test_the_details_beside_the_code_are_covered() -> None:
    row = {str(v): r for (r, c), v in GOOD.sheets["Thông tin"].cells.items() if c == 0}
    for label in ("Thời điểm niêm phong", "Người niêm phong", "Bộ quy tắc", "Lần nộp"):
        changed = GOOD.put("Thông tin", **{f"B{row[label] + 1}": "7"})
        (finding,) = find_void_seals([changed.reading()], OFFICE)
        assert (finding.code, finding.sheet, finding.cell) == VOIDED, label
        assert finding.details["items"] == ()


def test_without_a_record_the_seal_is_void_all_the_same() -> None:
    bare = sealed(workbook(), record=False)
    assert told(bare) == set()
    assert told(bare.put("Hội CCB", I2=51.0)) == {VOIDED}


def test_an_older_workbook_keeps_all_in_one_cell_and_names_the_sheets() -> None:
    old = sealed(workbook(), record=False, beside=False)
    assert told(old) == set()
    assert "; " in str(old.sheets["Thông tin"].cells[9, 1])
    (finding,) = find_void_seals([old.put("Hội CCB", I2=51.0).put("Đoàn TN", I2=1.0).reading()], OFFICE)
    assert "Hội CCB, Đoàn TN" in finding.message()


def test_a_workbook_that_serves_another_period_is_not_called_void() -> None:
    assert told(GOOD.put("Thông tin", B4="2024Q2", B5="2024-06-30")) == {(OLD, "Thông tin", SEAL_CELL)}


@pytest.mark.parametrize("text", ["{", "[]", '{"submission": "x"}', '["a"]'])
def test_a_record_written_over_by_hand_is_as_good_as_none(text: str) -> None:
    broken = GOOD.put("Niêm phong", C2=f"'{text}").put("Hội CCB", I2=51.0)
    assert told(broken) == {VOIDED}


def test_a_file_without_defined_names_is_not_judged() -> None:
    reading = GOOD.put("Hội CCB", I2=51.0).reading()
    assert find_void_seals([replace(reading, book=replace(reading.book, names={}))], OFFICE) == []


def read_again(book: Book, record: Record) -> Record | None:
    tab, cells = record_cells(book, OFFICE.sheet("record"), record)
    places = {place_of(cell): text for cell, text in cells.items()}
    height = max(row for row, _ in places) + 1
    rows = [[places.get((row, column)) or "" for column in range(4)] for row in range(height)]
    return read_record(replace(book, grids={**book.grids, tab: Grid(tab, rows)}), OFFICE)


VALUES = st.dictionaries(
    st.sampled_from(["balance", "overdue", "leader"]), st.text(min_size=1, max_size=9), min_size=1, max_size=3
)
ROWS = st.dictionaries(
    st.tuples(st.sampled_from(["groups", "youth"]), st.text(max_size=6)), VALUES, max_size=6
)


@given(ROWS, ROWS, st.sampled_from(["", "returned"]))
def test_a_record_says_the_same_when_it_is_read_again(
    rows: dict[tuple[str, str], dict[str, str]], before: dict[tuple[str, str], dict[str, str]], answered: str
) -> None:
    book = workbook().book()
    first = Record("CODE", "0312", "2024Q1", 1, rows, None, answered)
    second = Record("CODE", "0312", "2024Q1", 2, rows, before, answered, 1)
    assert read_again(book, first) == first
    assert read_again(book, second) == second


ANYTHING = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["#seal", "#columns", "groups", "youth", "[]", "{}", "[" * 9000, '{"submission": 1e999}']
    ),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.sampled_from(["balance", "1"]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    ).map(json.dumps),
    st.fixed_dictionaries(
        {"office": st.just("0312"), "period": st.just("2024Q1"), "submission": st.integers(-1, 3)}
        | {"returns": st.integers() | st.none()}
    ).map(json.dumps),
)


@given(st.lists(st.tuples(ANYTHING, ANYTHING, ANYTHING, ANYTHING), max_size=5), ANYTHING)
def test_whatever_stands_in_the_record_or_as_a_seal_is_told_and_nothing_breaks(
    lines: list[tuple[str, str, str, str]], code: str
) -> None:
    table = Table(
        {(row, column): text for row, line in enumerate(lines, 1) for column, text in enumerate(line)}
    )
    changed = GOOD.sheet("Niêm phong", table)
    places = dict(changed.sheets["Thông tin"].cells) | {place_of(SEAL_CELL): code}
    changed = changed.sheet("Thông tin", Table(places))
    for finding in find_void_seals([changed.reading()], OFFICE):
        assert finding.code in FINDINGS
        assert len(finding.message()) < 10_000


@given(ROWS)
def test_a_record_that_replaces_a_longer_one_leaves_nothing_of_it(
    rows: dict[tuple[str, str], dict[str, str]],
) -> None:
    long = {("farmers", str(number)): {"balance": str(number)} for number in range(30)}
    book = GOOD.book()
    _, cells = record_cells(book, OFFICE.sheet("record"), Record("CODE", "0312", "2024Q1", 1, long))
    places = {place_of(cell): text for cell, text in cells.items()}
    full = [[places.get((row, column)) or "" for column in range(4)] for row in range(60)]
    longer = replace(book, grids={**book.grids, "Niêm phong": Grid("Niêm phong", full)})
    wanted = Record("CODE", "0312", "2024Q1", 1, rows)
    _, change = record_cells(longer, OFFICE.sheet("record"), wanted)
    for cell, text in change.items():
        row, column = place_of(cell)
        full[row][column] = text or ""
    assert read_record(longer, OFFICE) == wanted


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (-0.0, "0"),
        (1500.0, "1500"),
        (437439.000001, "437439.000001"),
        (None, ""),
        ("'x", "'x"),
    ],
)
def test_numbers_count_to_fifteen_digits(value: object, text: str) -> None:
    assert text_of(value) == text


@given(st.text(max_size=20) | st.text(st.characters(max_codepoint=127), max_size=20))
def test_values_are_compared_as_names_are(text: str) -> None:
    assert same(text) == fold(text)


def test_every_part_of_the_data_changes_the_digest() -> None:
    lines: Snapshot = snapshot(GOOD.reading(), OFFICE)
    digest = data_digest(lines)
    seen = {digest}
    for place, line in lines.items():
        for name in line.values:
            values = {**line.values, name: line.values[name] + "7"}
            seen.add(data_digest({**lines, place: replace(line, values=values)}))
        seen.add(data_digest({key: value for key, value in lines.items() if key != place}))
    assert len(seen) == 1 + sum(len(line.values) + 1 for line in lines.values())


def test_codes_have_no_letter_to_mistake_and_compare_however_typed() -> None:
    code = code_of(bytes(range(32)))
    assert code == "000G-40R4-0M30-E209"
    assert not set("ILOU") & set(typeable(bytes(range(256)), 400))
    assert plain("oool-iL12 ") == "00011112"
    assert len(sheet_marks(snapshot(GOOD.reading(), OFFICE))) == 11


def test_changes_come_in_the_order_of_the_workbook() -> None:
    reading: Reading = understand(GOOD.put("Tổ TK&VV", H2=1.0, I2=2.0).put("Hội CCB", I2=51.0).book(), OFFICE)
    old = read_record(GOOD.book(), OFFICE)
    assert old is not None
    found = changes_between(old.rows, snapshot(reading, OFFICE), reading, OFFICE)
    assert [change.place for change in found] == ["Hội CCB!I2", "Tổ TK&VV!H2", "Tổ TK&VV!I2"]
    assert changes_between(old.rows, snapshot(GOOD.reading(), OFFICE), reading, OFFICE) == []
