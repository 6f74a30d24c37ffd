"""A sheet typed on a machine with English settings: one repair for all of it."""

from __future__ import annotations

from pathlib import Path

from sheetcredit.cli.main import main
from sheetcredit.repair.fix import fix
from sheetcredit.report import reconcile
from sheetcredit.xlsx.patch import patch_cells
from tests.checks.cells import table_of
from tests.seeds_of import GOLDEN

FARMERS = "Hội Nông dân"


def typed_with_english_settings(target: Path, rows: int) -> tuple[Path, dict[str, float]]:
    """Amounts of 1,000 and more as Excel then holds them, in the first rows; and what they should be."""
    table = table_of(GOLDEN, FARMERS)
    right: dict[str, float] = {}
    for row in table.rows[:rows]:
        for name in ("opening", "disbursement", "collection", "balance"):
            value = table.grid.value(row, table.columns[name])
            if isinstance(value, (int, float)) and value >= 1000 and value % 1000:
                right[table.cell(row, name)] = float(value)
    wrong = {FARMERS: {cell: round(value / 1000, 3) for cell, value in right.items()}}
    return patch_cells(GOLDEN, wrong, target), right


def test_one_repair_for_the_whole_sheet(tmp_path: Path) -> None:
    book, right = typed_with_english_settings(tmp_path / "us.xlsx", 16)
    assert len(reconcile(book).findings) > 20
    assert {one.cell: float(str(one.new)) for one in fix(book).repairs} == right
    assert main(["fix", str(book), "--apply", "--quiet"]) == 0
    assert reconcile(book).findings == () and fix(book).repairs == ()


def test_one_row_is_a_slip_and_is_left_to_the_person(tmp_path: Path) -> None:
    book, _ = typed_with_english_settings(tmp_path / "us.xlsx", 1)
    assert fix(book).repairs == ()
    assert fix(GOLDEN).repairs == ()


def test_round_thousands_of_such_a_sheet_too(tmp_path: Path) -> None:
    """`6.000` is held as 6: the row that opening and movements must lead to says so."""
    table = table_of(GOLDEN, FARMERS)
    row = table.rows[3]
    value = {name: table.grid.value(row, place) for name, place in table.columns.items()}
    opening, lent = int(float(str(value["opening"]))), int(float(str(value["disbursement"])))
    assert opening > 4000 and lent + opening - 4000 >= 1000
    book, right = typed_with_english_settings(tmp_path / "us.xlsx", 16)
    cells = {table.cell(row, "opening"): 4000, table.cell(row, "disbursement"): lent + opening - 4000}
    patch_cells(book, {FARMERS: {cell: round(number / 1000, 3) for cell, number in cells.items()}})
    repairs = {one.cell: float(str(one.new)) for one in fix(book).repairs}
    assert repairs == right | cells
