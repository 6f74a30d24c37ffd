"""Quarter after quarter: each workbook made from the one before, entries typed, and run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from shutil import copy
from zipfile import ZipFile

import pytest

from sheetcredit.cli.main import main
from sheetcredit.consolidate.branch_report import branch_rulebook
from sheetcredit.next_period import make_next
from sheetcredit.report import reconcile, run
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.patch import patch_cells
from tests.checks.cells import cell_of, read, table_of, value_of
from tests.checks.next_quarters import SHEETS, enter, next_quarter, restated
from tests.checks.periods import Row, Tables, golden_tables, row_of
from tests.seeds_of import GOLDEN

QUARTER = Path(__file__).parent / "quarter"
FARMERS, INFO, GROUPS = "Hội Nông dân", "Thông tin", "Tổ TK&VV"


@pytest.fixture
def first(tmp_path: Path) -> Path:
    book = Path(copy(GOLDEN, tmp_path / "an-duong-2024Q1.xlsx"))
    assert main(["run", str(book), "--quiet"]) == 0
    return book


def openings(tables: Tables) -> dict[str, list[float]]:
    return {
        name: [float(row["opening"]) for row in rows] for name, rows in tables.items() if "opening" in rows[0]
    }


def openings_in(book: Path) -> dict[str, list[float]]:
    found = {}
    for name, sheet in SHEETS.items():
        table = table_of(book, sheet)
        if "opening" in table.columns:
            held = [table.grid.value(row, table.columns["opening"]) or 0 for row in table.rows]
            found[name] = [float(value) for value in held]  # type: ignore[arg-type]
    return found


def test_five_quarters_in_a_row_each_clean_and_each_mistake_found(first: Path) -> None:
    book, tables = first, golden_tables()
    for turn, period in enumerate(("2024Q2", "2024Q3", "2024Q4", "2025Q1"), start=1):
        made = make_next(book)
        assert str(made.period) == period and made.new_year == (period == "2025Q1")
        assert made.path.name == f"an-duong-{period}.xlsx"
        # On 1/1/2025 six communes of An Dương became three, and three went to a district of the city.
        assert (len(made.restated), len(made.divided)) == ((3, 3) if made.new_year else (0, 0))
        tables = next_quarter(restated(tables, made.restated), made.new_year)
        assert openings_in(made.path) == openings(tables)
        enter(made.path, tables)
        report = run(made.path)
        assert report.previous == book and {f.code for f in report.findings if f.severity != "note"} <= {
            "R15"
        }, period
        cell = cell_of(made.path, FARMERS, "11617", "balance")
        right = value_of(made.path, FARMERS, cell)
        slip = patch_cells(
            made.path, {FARMERS: {cell: int(float(str(right))) + 7 * turn}}, first.parent / "sai.xlsx"
        )
        assert FARMERS in {f.sheet for f in reconcile(slip, previous=book).findings if f.severity == "error"}
        slip.unlink()
        book = made.path


def test_a_mistake_in_the_first_quarter_is_found_there_and_then(first: Path) -> None:
    cell = cell_of(first, FARMERS, "11617", "balance")
    right = int(float(str(value_of(first, FARMERS, cell))))
    slip = patch_cells(first, {FARMERS: {cell: right + 7}}, first.parent / "sai.xlsx")
    assert (FARMERS, cell) in {(f.sheet, f.cell) for f in reconcile(slip).findings if f.severity == "error"}


def test_offices_of_a_branch_with_one_missing_the_quarter_before() -> None:
    """Openings are compared office by office: only the one that did not report then is asked about."""
    report = reconcile(QUARTER / "branch-2024q2.xlsx", branch_rulebook(), QUARTER / "branch-2024q1.xlsx")
    asked = [f for f in report.findings if f.severity != "note"]
    assert [(f.code, f.sheet, f.cell, f.severity) for f in asked] == [
        ("N-NO-PREVIOUS", "Đơn vị", "E14", "query")
    ]


def plus(**changes: int) -> Callable[[Row], None]:
    """A mistake: some columns of a row are larger by so much."""

    def change(row: Row) -> None:
        row.update({name: row[name] + more for name, more in changes.items()})

    return change


PLANTED: dict[str, tuple[str, dict[str, str], Callable[[Row], None], set[str]]] = {
    "2024Q1": ("farmers", {"commune": "11617"}, plus(balance=70), {"R02", "R05", "R06"}),
    "2024Q2": ("programmes", {"programme": "01"}, plus(disbursement=-20_000), {"R21", "R02"}),
    "2024Q3": ("ledger", {"association": "12"}, plus(balance=90_000_000), {"R06"}),
    "2024Q4": ("funding", {"source": "302"}, plus(current=-500), {"R30"}),
    "2025Q1": ("groups", {"association": "13"}, plus(overdue=30), {"R05", "R16"}),
}
"""By quarter: the sheet and the row, what is wrong there, and a code that must be among those found."""


def test_one_mistake_in_any_of_five_quarters_is_found_in_that_one_alone(first: Path) -> None:
    """Made by the command line only: `next`, entries typed, `run`."""
    book, tables = first, golden_tables()
    for period, (sheet, keys, change, codes) in PLANTED.items():
        previous = book
        if period != "2024Q1":
            assert main(["next", str(book), "--quiet"]) == 0
            book = book.with_name(f"an-duong-{period}.xlsx")
            moved = make_next(previous, first.parent / "khac.xlsx")
            moved.path.unlink()
            tables = next_quarter(restated(tables, moved.restated), moved.new_year)
            enter(book, tables)
        wrong = {name: [dict(row) for row in rows] for name, rows in tables.items()}
        change(row_of(wrong, sheet, **keys))
        slip = enter(Path(copy(book, first.parent / "sai.xlsx")), {sheet: wrong[sheet]})
        found = reconcile(slip, previous=previous if previous != book else None)
        slip.unlink()
        here = {f.code for f in found.findings if f.severity != "note" and f.code != "R15"}
        assert found.blocks and here & codes, (period, here)
        right = run(book)
        assert {f.code for f in right.findings if f.severity != "note"} <= {"R15"}, period


def test_the_workbook_is_empty_where_entries_go_and_the_same_elsewhere(first: Path) -> None:
    made = make_next(first)
    before, after = read(first), read(made.path)
    assert after.info.as_of == made.period.last_day and after.info.office == "0312"
    names = {"prepared_by", "checked_by", "director", "unit", "send_to"}
    assert {n: after.info.values[n] for n in names} == {n: before.info.values[n] for n in names}
    for name, sheet in SHEETS.items():
        old, new = table_of(first, sheet), table_of(made.path, sheet)
        assert (old.rows, old.total_row, old.columns) == (new.rows, new.total_row, new.columns)
        for column in old.sheet.columns:
            held = [new.grid.value(row, new.columns[column.name]) for row in new.rows]
            emptied = (column.numeric and column.name not in ("plan", "opening")) or column.type == "choice"
            kept = [old.grid.value(row, old.columns[column.name]) for row in old.rows]
            assert held == ([None] * len(held) if emptied else kept), (name, column.name)
    assert after.book.grids["Kiểm tra"].value(8, 0) is None
    with ZipFile(first) as one, ZipFile(made.path) as other:
        changed = {name for name in one.namelist() if one.read(name) != other.read(name)}
        parts = {one.part for one in Package.open(first).sheets}
        assert changed <= parts | {"xl/workbook.xml", "xl/calcChain.xml", "xl/theme/theme1.xml"}
        assert b"2024Q1" not in b"".join(other.read(part).split(b"<oddFooter")[-1] for part in parts)


def test_a_copy_of_last_quarter_blocks_and_one_sheet_left_is_asked_once(first: Path) -> None:
    copied = patch_cells(
        first, {INFO: {"C10": "2024Q2", "C11": date(2024, 6, 30)}}, first.parent / "chep.xlsx"
    )
    tables = next_quarter(golden_tables(), new_year=False)
    assert {"H-COPY"} <= {f.code for f in reconcile(copied, previous=first).findings if f.severity == "error"}
    copied.unlink()
    made = make_next(first).path
    left = {**tables, "farmers": golden_tables()["farmers"]}
    enter(made, left)
    asked = [f for f in reconcile(made).findings if f.code == "H-SAME"]
    assert [(f.sheet, f.severity) for f in asked] == [(FARMERS, "query")]


def test_made_on_the_command_line(first: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["next", str(first)]) == 0
    out = first.parent / "an-duong-2024Q2.xlsx"
    assert out.is_file() and "2024Q2" in capsys.readouterr().out
    assert main(["next", str(first)]) == 2  # nothing is overwritten
    assert "an-duong-2024Q2" in capsys.readouterr().err
    assert main(["next", str(first), str(first.parent / "khac.xlsx"), "--quiet"]) == 0
    assert main(["next", str(first), str(first.parent / "khac.xlsm")]) == 2
    blank = patch_cells(first, {INFO: {"C10": None}}, first.parent / "trong.xlsx")
    assert main(["next", str(blank), str(first.parent / "x.xlsx")]) == 2


def test_communes_that_ended_stand_under_the_new_ones(tmp_path: Path) -> None:
    book = patch_cells(GOLDEN, {INFO: {"C10": "2025Q2", "C11": date(2025, 6, 30)}}, tmp_path / "q2.xlsx")
    made = make_next(book)
    assert made.restated and made.divided
    codes = {value_of(made.path, GROUPS, f"C{row + 1}") for row in table_of(made.path, GROUPS).rows}
    assert not codes & made.restated.keys() and set(made.restated.values()) <= codes
