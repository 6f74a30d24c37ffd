"""A workbook made in memory: what a reader would read in it before there is a file, and then its parts.

Who fills a new workbook at once need not pack it, unpack it, read it and patch it first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from io import BytesIO
from itertools import repeat
from typing import Any

from sheetcredit.model.grid import Book, CellValue, Formula, Grid
from sheetcredit.template.plain_texts import PlainPackager, PlainWorkbook
from sheetcredit.template.rows_at_once import TableSheet
from sheetcredit.template.writer import xl_cell_to_rowcol

Put = Callable[[str, bytes], None]
"""Takes a part of the file: its name and its content."""
_NAMED = re.compile(r"(?:'((?:[^']|'')*)'|([^'!]+))!(\$[A-Z]+\$[0-9]+)(?::\$[A-Z]+\$[0-9]+)?")


class _Parts(PlainPackager):
    """Hands each part on as soon as it is finished, and leaves nothing to be packed."""

    def __init__(self, put: Put) -> None:
        super().__init__()
        self._put = put

    def _filename(self, name: str) -> object:
        self._hand_on()  # the next is begun when the last is finished
        return super()._filename(name)

    def _create_package(self) -> list[object]:
        super()._create_package()
        self._hand_on()
        return []

    def _hand_on(self) -> None:
        for content, name, binary in self.filenames:
            self._put(name, content.getvalue() if binary else content.getvalue().encode())
        self.filenames.clear()


class WorkbookInMemory(PlainWorkbook):
    """A workbook of which no file is made."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        super().__init__(BytesIO(), {**options, "in_memory": True})
        self._put: Put = _nowhere

    def book(self, formulas_of: Collection[str]) -> Book:
        """What it says now, as it would be read; formulas of the named sheets only, as when reading a file.

        It has no path and no digest; plain sums for which the file keeps no value are empty.
        """
        texts = list(self.str_table.string_table)
        grids = {page.name: _grid(page, texts, page.name in formulas_of) for page in self.worksheets()}
        return Book("", grids, self._names())

    def write_parts(self, put: Put) -> None:
        """All parts of the file, in their order; then nothing more can be changed."""
        self._put = put
        self.close()

    def _get_packager(self) -> _Parts:
        return _Parts(self._put)

    def _names(self) -> dict[str, tuple[str, int, int]]:
        """Each workbook-wide name's first cell, zero-based."""
        found = {}
        for name, local, formula, _ in self.defined_names:
            place = _NAMED.fullmatch(formula.removeprefix("="))
            if local == -1 and place is not None:
                sheet = place[2] or place[1].replace("''", "'")
                found[name] = (sheet, *xl_cell_to_rowcol(place[3]))
        return found


def _nowhere(_name: str, _content: bytes) -> None:
    """Where parts go that nobody asked for."""


def _grid(page: TableSheet, texts: Sequence[str], with_formulas: bool) -> Grid:
    """The values of a sheet as far as any reach, all rows of one length."""
    formulas: dict[tuple[int, int], Formula] = {}
    cells: dict[int, dict[int, CellValue]] = {}
    for row, line in sorted(page.table.items()):
        for column, cell in sorted(line.items()):
            if type(cell).__name__ == "Formula" and with_formulas:
                formulas[row, column] = Formula(cell.formula, str(cell.value) or None)
            if (value := _value(cell, texts)) != "":
                cells.setdefault(row, {})[column] = value
    first, columns = page.values_at_once()
    told = [place for place, column in enumerate(columns, start=1) if any(value != "" for value in column)]
    width = max([*told, *(max(line) + 1 for line in cells.values())], default=0)
    rows: list[Sequence[CellValue]] = []
    beyond = [repeat("")] * (width - len(columns))
    at_once = list(zip(*columns[:width], *beyond, strict=False)) if columns else []
    last = max([*cells, first + len(at_once) - 1])
    for row in range(last + 1):
        if first <= row < first + len(at_once):
            rows.append(at_once[row - first])
        else:
            line = cells.get(row, {})
            rows.append(tuple(line.get(column, "") for column in range(width)))
    return Grid(page.name, rows, formulas, hidden=bool(page.hidden))


def _value(cell: Any, texts: Sequence[str]) -> CellValue:
    """What a cell of XlsxWriter's holds, as a reader gives it: every number is a float."""
    kind = type(cell).__name__
    if kind == "Number":
        return float(f"{cell.number:.16G}")
    if kind == "String":
        text: str = texts[cell.string]
        return text
    if kind == "Boolean":
        return bool(cell.boolean)
    if kind == "Datetime":
        return _day(cell.number)
    if kind != "Formula":
        return ""
    return str(cell.value) if isinstance(cell.value, str) else float(cell.value)


def _day(number: float) -> date | datetime:
    moment = datetime(1899, 12, 30) + timedelta(days=number)
    return moment if number % 1 else moment.date()
