"""`sheetcredit fix`: the safe repairs of a workbook shown, or applied and logged on `Nhật ký`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sheetcredit.model.errors import BadUsage, CannotWrite
from sheetcredit.model.grid import Book, address
from sheetcredit.model.text import harmless, word
from sheetcredit.repair.find import NewValue, Repair, find_repairs
from sheetcredit.rulebook import Rulebook, our_rulebook
from sheetcredit.template.definition import Sheet
from sheetcredit.template.locate import header_text
from sheetcredit.template.reading import understand
from sheetcredit.workbook.patch import patch_cells
from sheetcredit.workbook.read import read_book


@dataclass(frozen=True, slots=True)
class Fixed:
    """The repairs of one workbook; `written_to` where they were applied, None when only shown."""

    file: str
    repairs: tuple[Repair, ...]
    written_to: Path | None = None


def fix(
    path: str | Path, apply: bool = False, out: str | Path | None = None, rulebook: Rulebook | None = None
) -> Fixed:
    """The safe repairs of a workbook, applied in place or into `out` if asked for.

    Raises:
        BadUsage: `out` without `apply`.
        CannotRead, NotOurTemplate: the workbook cannot be read.
        CannotWrite: it has no sheet to log the repairs on, or cannot be written; it is as it was.
    """
    if out is not None and not apply:
        raise BadUsage("E-FIX-OUT")
    office = (rulebook or our_rulebook()).office
    source = Path(path)
    book = read_book(source, [sheet.sheet for sheet in office.sheets if sheet.kind != "output"])
    repairs = find_repairs(understand(book, office), office)
    if not apply:
        return Fixed(str(path), tuple(repairs))
    if not book.writable:
        raise CannotWrite("E-READ-ONLY-FORMAT", path=source, format=source.suffix)
    edits: dict[str, dict[str, NewValue]] = {}
    for repair in repairs:
        edits.setdefault(repair.sheet, {})[repair.cell] = repair.new
    if repairs:
        tab, cells = _logged(book, office.sheet("journal"), repairs, datetime.now())
        edits.setdefault(tab, {}).update(cells)
    written = patch_cells(source, edits, Path(out) if out else None, digest=book.digest)
    return Fixed(str(path), tuple(repairs), written)


def _logged(
    book: Book, sheet: Sheet, repairs: Sequence[Repair], now: datetime
) -> tuple[str, dict[str, NewValue]]:
    """The journal's tab and the cells of the new lines, below all that stand there."""
    place = book.names.get(sheet.table_name or "")
    grid = book.grids.get(place[0]) if place else None
    if place is None or grid is None:
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
    cells: dict[str, NewValue] = {}
    for row, repair in enumerate(repairs, start=max([*filled, header_row]) + 1):
        line = {
            "time": f"{now:%Y-%m-%d %H:%M:%S}", "sheet": repair.sheet, "cell": repair.cell,
            "old": harmless(repair.old), "new": harmless(str(repair.new)),
            "kind": ", ".join(word(f"repair-{kind}") for kind in repair.kinds),
        }  # fmt: skip
        cells |= {address(row, column): line[name] for name, column in columns.items()}
    return tab, cells
