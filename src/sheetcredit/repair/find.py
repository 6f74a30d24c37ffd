"""What can be repaired in a workbook: cells whose value is certain but badly written.

Formulas, dates, anything ambiguous and every cell outside the tables and details are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from sheetcredit.model.grid import CellValue, Grid, address
from sheetcredit.model.money import parse_number
from sheetcredit.repair.texts import Kind, repaired_text, single_spaced
from sheetcredit.template.cells import read_codes, read_numbers
from sheetcredit.template.definition import Column, Office
from sheetcredit.template.locate import Table
from sheetcredit.template.reading import Reading

_EXACT_DIGITS = 15  # what a spreadsheet keeps of a number
NewValue = str | Decimal


@dataclass(frozen=True, slots=True)
class Repair:
    """One cell: what it holds, what it should hold, and why; `column` is its header."""

    sheet: str
    cell: str
    column: str
    old: str
    new: NewValue
    kinds: tuple[Kind, ...]


def find_repairs(reading: Reading, office: Office) -> list[Repair]:
    """All safe repairs, in the order of the sheets and rows."""
    repairs: list[Repair] = []
    for sheet in office.sheets:
        if sheet.kind == "labels":
            repairs += _of_details(reading, office)
        elif sheet.id in reading.tables:
            repairs += _of_table(reading.tables[sheet.id])
    return repairs


def _of_details(reading: Reading, office: Office) -> Iterator[Repair]:
    sheet = office.sheet("info")
    grid = reading.book.grids.get(sheet.sheet)
    for column in sheet.columns:
        place = reading.info.cells.get(column.name)
        if grid is not None and place is not None and not column.filled:
            yield from _of_cell(grid, place[0], place[1], column)


def _of_table(table: Table) -> Iterator[Repair]:
    columns = [(table.columns[c.name], c) for c in table.sheet.columns if c.name in table.columns]
    for row in table.rows:
        for place, column in columns:
            yield from _of_cell(table.grid, row, place, column)
    if table.total_row is not None:
        for place, column in columns:
            if column.total:
                yield from _of_cell(table.grid, table.total_row, place, column)


def _of_cell(grid: Grid, row: int, place: int, column: Column) -> Iterator[Repair]:
    value = grid.value(row, place)
    if value is None or isinstance(value, bool) or (row, place) in grid.formulas:
        return
    found = _better(value, column)
    if found is not None:
        old = value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)
        yield Repair(grid.sheet, address(row, place), column.header, old, *found)


def _better(value: CellValue, column: Column) -> tuple[NewValue, tuple[Kind, ...]] | None:
    """What the cell should hold, or None where it is right or not certain."""
    if column.type == "code":
        return _better_code(value, column)
    if not isinstance(value, str):
        return None
    if column.numeric:
        return _better_number(value, column)
    if column.type in ("text", "choice"):
        repaired = repaired_text(value)
        return (repaired.text, repaired.kinds) if repaired.kinds and repaired.text else None
    return None


def _better_number(text: str, column: Column) -> tuple[NewValue, tuple[Kind, ...]] | None:
    (read,), oddities = read_numbers([text], column)
    if read is None or [oddity.code for oddity in oddities] != ["V-TEXTNUM"]:
        return None
    number = parse_number(text.strip().replace("\u00a0", ""))
    if number is None or float(number) != read or len(number.normalize().as_tuple().digits) > _EXACT_DIGITS:
        return None
    return number, ("number",)


def _better_code(value: CellValue, column: Column) -> tuple[NewValue, tuple[Kind, ...]] | None:
    (code,), oddities = read_codes([value], column)
    if code is None:
        return None
    if oddities:
        return code, ("code",)
    if isinstance(value, str) and value != code and single_spaced(value) == code:
        return code, ("spaces",)
    return None
