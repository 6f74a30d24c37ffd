"""Places of an office workbook's cells, found as the tool finds them: by sheet, code and column."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from shutil import copy

from seeds.content import to_content
from seeds.generate import golden_office
from sheetcredit.build.workbook import build_workbook
from sheetcredit.model.grid import CellValue
from sheetcredit.rulebook import our_rulebook
from sheetcredit.template.locate import Table, locate_table
from sheetcredit.template.reading import Reading
from sheetcredit.workbooks import read_office
from sheetcredit.xlsx.patch import patch_cells


@cache
def _golden(folder: Path) -> Path:
    return build_workbook(folder / "golden.xlsx", to_content(golden_office()))


def golden_copy(target: Path) -> Path:
    """A fresh copy of the golden workbook."""
    built = (
        _golden(target.parent)
        if not (target.parent / "golden.xlsx").exists()
        else target.parent / "golden.xlsx"
    )
    copy(built, target)
    return target


def read(path: Path) -> Reading:
    return read_office(path, our_rulebook())


def table_of(path: Path, sheet: str) -> Table:
    table = read(path).table_named(sheet)
    assert table is not None
    return table


def row_of(path: Path, sheet: str, code: str) -> int:
    """Excel's row of the (first) row with that code in its key column."""
    table = table_of(path, sheet)
    key = table.columns[table.sheet.key[0]]
    return next(row for row in table.rows if table.grid.text(row, key) == code) + 1


def cell_of(path: Path, sheet: str, code: str, column: str) -> str:
    return table_of(path, sheet).cell(row_of(path, sheet, code) - 1, column)


def value_of(path: Path, sheet: str, cell: str) -> CellValue:
    letters = cell.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return read(path).book.grids[sheet].value(int(cell[len(letters) :]) - 1, column - 1)


def put(path: Path, sheet: str, code: str, **values: object) -> None:
    """Write columns of the row with that code."""
    table = table_of(path, sheet)
    row = row_of(path, sheet, code) - 1
    patch_cells(path, {sheet: {table.cell(row, name): value for name, value in values.items()}})  # type: ignore[misc]


def swap_rows(path: Path, sheet: str, one: str, other: str) -> None:
    """Exchange two rows of a table."""
    table = table_of(path, sheet)
    first, second = (row_of(path, sheet, code) - 1 for code in (one, other))
    edits: dict[str, CellValue] = {}
    for name, place in table.columns.items():
        edits[table.cell(first, name)] = table.grid.value(second, place)
        edits[table.cell(second, name)] = table.grid.value(first, place)
    patch_cells(path, {sheet: edits})  # type: ignore[dict-item]


def findings_table(path: Path) -> tuple[Table, list[Mapping[str, str]]]:
    """`Kiểm tra`: its table, and its rows as texts by column name (with the zero-based `row`)."""
    office = our_rulebook().office
    sheet = office.sheet("findings")
    book = read(path).book
    table = locate_table(book.path, sheet, book.grids[sheet.sheet], office.conventions).table
    assert table is not None
    rows: list[Mapping[str, str]] = []
    for row in range(table.header_row + 1, len(table.grid.rows)):
        texts = {name: table.grid.text(row, place) for name, place in table.columns.items()}
        if texts["key"]:
            rows.append(texts | {"row": str(row)})
    return table, rows


def explain(path: Path, code: str, cell: str, text: str | None) -> None:
    """Type into `Giải trình` beside the finding of that code and cell."""
    table, rows = findings_table(path)
    row = next(row for row in rows if (row["code"], row["cell"]) == (code, cell))
    patch_cells(path, {table.sheet.sheet: {table.cell(int(row["row"]), "explanation"): text}})
