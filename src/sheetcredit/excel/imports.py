"""`Nhập số liệu` in a book that is open in Excel: one press shows what would change, the next writes it.

The preview stands on `Nguồn số liệu`, below what an earlier import left there. Its hidden column holds the
files and a digest of what was shown: what is written is what was looked at, or nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from sheetcredit.excel.live import (
    LiveCells,
    LiveValue,
    chosen_files,
    go_to,
    read_live,
    sheets_now,
    write_live,
)
from sheetcredit.excel.phrases import phrase
from sheetcredit.imports.apply import import_cells
from sheetcredit.imports.figures import Exports
from sheetcredit.imports.importing import exports_among, read_and_choose
from sheetcredit.imports.plan import ImportPlan, Value, plan_import
from sheetcredit.imports.preview import preview_lines
from sheetcredit.model.errors import CannotWrite
from sheetcredit.model.finding import digest_of
from sheetcredit.model.grid import Book, address, serial_of
from sheetcredit.model.text import word
from sheetcredit.rulebook import Rulebook
from sheetcredit.template.reading import Reading, understand
from sheetcredit.template.sources import sources_sheet

if TYPE_CHECKING:
    import xlwings

_PREVIEW = "preview"


def press_import(book: xlwings.Book, rules: Rulebook) -> str:
    """What one press does; returns what the message box says.

    Raises:
        BadUsage: no file is an export, or they are of another office or day than the book.
        CannotWrite: the book has no `Nguồn số liệu`, or too few rows, or no file can be chosen.
    """
    reading = _read(book, rules)
    sheet = sources_sheet()
    if (sheet.table_name or "") not in reading.book.names:
        raise CannotWrite("E-LIVE-SOURCES")
    tab = reading.book.names[sheet.table_name or ""][0]
    waiting = _shown_before(reading.book)
    if waiting is None:
        files = chosen_files(book, phrase("pick-exports"))
        return _show(book, reading, rules, files, tab) if files else phrase("nothing-picked")
    row, digest, count, files = waiting
    ask = phrase("import-apply", cells=count, sheet=tab)
    if book.app.alert(ask, phrase("title"), buttons="yes_no", mode="info") != "yes":
        _put(book, {tab: _emptied(reading.book, row)})
        return phrase("import-dropped")
    _, plan = _planned(reading, rules, files)
    if _digest(plan) != digest:
        _show(book, reading, rules, files, tab)
        return phrase("import-changed", sheet=tab)
    _put(book, {**import_cells(plan, rules, reading.book)})
    go_to(book, tab)
    return phrase("import-written", cells=len(plan.changes), sheet=tab)


def _read(book: xlwings.Book, rules: Rulebook) -> Reading:
    """The book as it is now, with the sheets that an import writes."""
    sheets = sheets_now(book)
    tables = [sheet.sheet for sheet in rules.office.tables()]
    others = [rules.office.sheet(sheet).sheet for sheet in ("info", "journal")]
    others += [name for name in sheets if name.startswith(sources_sheet().sheet)]
    return understand(read_live(book, sheets, [*tables, *others], tables), rules.office)


def _planned(reading: Reading, rules: Rulebook, files: Sequence[Path]) -> tuple[Exports, ImportPlan]:
    exports, choice = read_and_choose(exports_among(files, Path(reading.file)), rules)
    return exports, plan_import(reading, choice, rules)


def _digest(plan: ImportPlan) -> str:
    """Changes as soon as a cell, what it held or what it is to hold changes."""
    return digest_of(*((one.tab, one.cell, str(one.old), str(one.new)) for one in plan.changes))


def _show(book: xlwings.Book, reading: Reading, rules: Rulebook, files: Sequence[Path], tab: str) -> str:
    """Write the preview, and show it."""
    exports, plan = _planned(reading, rules, files)
    if not plan.changes:
        return phrase("import-nothing-new")
    _, header, first = reading.book.names[sources_sheet().table_name or ""]
    grid = reading.book.grids[tab]
    before = _shown_before(reading.book)
    used = [row for row in range(header, len(grid.rows)) if grid.text(row, first)]
    top = before[0] if before else max([*used, header]) + 2
    heading = word("import-book", path=Path(reading.file).name)
    lines = list(preview_lines(exports, plan, rules.office, heading))
    key = [_PREVIEW, _digest(plan), len(plan.changes), [str(file) for file in files]]
    cells: dict[str, Value] = {
        **_emptied(reading.book, top),
        **{address(top + number, first): word("import-preview-line") for number in range(len(lines))},
        **{address(top + number, first + _place("note")): line for number, line in enumerate(lines)},
        address(top, first + _place("key")): json.dumps(key, ensure_ascii=False),
    }
    _put(book, {tab: cells})
    go_to(book, tab, address(top, first))
    over = sum(one.overwrites for one in plan.changes)
    counted = len({source.file for source in exports.sources})
    return phrase("import-preview", files=counted, cells=len(plan.changes), over=over, sheet=tab)


def _place(name: str) -> int:
    """Which column of the table a column is, from 0."""
    return [column.name for column in sources_sheet().columns].index(name)


def _shown_before(book: Book) -> tuple[int, str, int, list[Path]] | None:
    """Where a preview stands that was not decided yet: its first row, digest, number of cells and files."""
    tab, header, first = book.names[sources_sheet().table_name or ""]
    grid = book.grids[tab]
    for row in range(header + 1, len(grid.rows)):
        try:
            kind, digest, count, files = json.loads(grid.text(row, first + _place("key")))
        except (ValueError, TypeError):
            continue
        if kind == _PREVIEW:
            return row, str(digest), int(count), [Path(str(file)) for file in files]
    return None


def _emptied(book: Book, top: int) -> dict[str, Value]:
    """The cells of the table from a row on that hold something, emptied."""
    tab, _, first = book.names[sources_sheet().table_name or ""]
    grid = book.grids[tab]
    columns = range(first, first + len(sources_sheet().columns))
    return {
        address(row, place): None
        for row in range(top, len(grid.rows)) for place in columns if grid.value(row, place) is not None
    }  # fmt: skip


def _put(book: xlwings.Book, cells: Mapping[str, Mapping[str, Value]]) -> None:
    live: dict[str, LiveCells] = {
        tab: {cell: _live(value) for cell, value in some.items()} for tab, some in cells.items()
    }
    write_live(book, live, live)


def _live(value: Value) -> LiveValue:
    return Decimal(str(serial_of(value))) if isinstance(value, date) else value
