"""`Nhật ký`: what the tool changed at somebody's wish, one line a change, below all that stands there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sheetcredit.model.errors import CannotWrite
from sheetcredit.model.grid import Book, address
from sheetcredit.model.text import harmless
from sheetcredit.template.definition import Sheet
from sheetcredit.template.headers import header_text


class JournalLine(NamedTuple):
    """One change: the cell, what it held, what it holds, and what was done, in words."""

    sheet: str
    cell: str
    old: str
    new: str
    kind: str


def journal_cells(
    book: Book, sheet: Sheet, changes: Sequence[JournalLine], now: datetime
) -> tuple[str, dict[str, str]]:
    """The journal's tab and the cells of the new lines.

    Raises:
        CannotWrite: the workbook has no journal, or one without our headers.
    """
    place = book.names.get(sheet.table_name or "")
    grid = book.grid(sheet.sheet)
    if place is None or grid is None or place[0] != grid.sheet:
        raise CannotWrite("E-JOURNAL", path=book.path, sheet=sheet.sheet)
    tab, header_row, first = place
    known = {header_text(column.header): column.name for column in sheet.columns}
    headers = [(grid.text(header_row, column), column) for column in range(first, first + len(sheet.columns))]
    columns = {known[header_text(text)]: column for text, column in headers if header_text(text) in known}
    if len(columns) < len(sheet.columns):
        raise CannotWrite("E-JOURNAL", path=book.path, sheet=sheet.sheet)
    filled = [
        row for row in range(len(grid.rows)) if any(grid.text(row, column) for column in columns.values())
    ]
    cells: dict[str, str] = {}
    for row, change in enumerate(changes, start=max([*filled, header_row]) + 1):
        line = {
            "time": f"{now:%Y-%m-%d %H:%M:%S}", "sheet": change.sheet, "cell": change.cell,
            "old": harmless(change.old), "new": harmless(change.new), "kind": change.kind,
        }  # fmt: skip
        cells |= {address(row, column): line[name] for name, column in columns.items()}
    return tab, cells
