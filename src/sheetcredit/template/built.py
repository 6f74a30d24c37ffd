"""A workbook that was just built, without a file: its parts, and what a reader would read in it.

Who fills a new workbook at once need not pack it, unpack it and read it first.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from itertools import repeat
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from sheetcredit.model.grid import Book, CellValue, Formula, Grid
from sheetcredit.template.rows_at_once import TableSheet
from sheetcredit.template.writer import Packager, Workbook, xl_cell_to_rowcol

_DATE = (1980, 1, 31, 0, 0, 0)  # as XlsxWriter dates the parts of a file
_NAMED = re.compile(r"(?:'((?:[^']|'')*)'|([^'!]+))!(\$[A-Z]+\$[0-9]+)(?::\$[A-Z]+\$[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Built:
    """The bytes of a workbook, nothing in it compressed, and its values as they are read from the file.

    `book` has no path and no digest; plain sums for which the file keeps no value are empty.
    """

    data: bytes
    book: Book


class _Parts(Packager):  # type: ignore[misc]  # XlsxWriter declares no types
    """Keeps the parts, and leaves nothing to be packed."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[tuple[str, bytes]] = []

    def _create_package(self) -> list[object]:
        for content, name, binary in super()._create_package():
            self.parts.append((name, content.getvalue() if binary else content.getvalue().encode()))
        return []


class UnpackedWorkbook(Workbook):  # type: ignore[misc]  # XlsxWriter declares no types
    """A workbook of which no file is made."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        super().__init__(BytesIO(), {**options, "in_memory": True})
        self._kept = _Parts()

    def _get_packager(self) -> _Parts:
        return self._kept

    def built(self, formulas_of: Collection[str]) -> Built:
        """What came of it when it is closed; formulas of the named sheets only, as when reading a file."""
        packed = BytesIO()
        with ZipFile(packed, "w", ZIP_STORED) as package:
            for name, content in self._kept.parts:
                package.writestr(ZipInfo(name, _DATE), content)
        grids = {page.name: _grid(page, page.name in formulas_of) for page in self.worksheets()}
        return Built(packed.getvalue(), Book("", grids, self._names()))

    def _names(self) -> dict[str, tuple[str, int, int]]:
        """Each workbook-wide name's first cell, zero-based."""
        found = {}
        for name, local, formula, _ in self.defined_names:
            place = _NAMED.fullmatch(formula.removeprefix("="))
            if local == -1 and place is not None:
                sheet = place[2] or place[1].replace("''", "'")
                found[name] = (sheet, *xl_cell_to_rowcol(place[3]))
        return found


def _grid(page: TableSheet, with_formulas: bool) -> Grid:
    """The values of a sheet as far as any reach, all rows of one length."""
    formulas: dict[tuple[int, int], Formula] = {}
    cells: dict[int, dict[int, CellValue]] = {}
    for row, line in sorted(page.table.items()):
        for column, cell in sorted(line.items()):
            if type(cell).__name__ == "Formula" and with_formulas:
                formulas[row, column] = Formula(cell.formula, str(cell.value) or None)
            if (value := _value(page, cell)) != "":
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


def _value(page: TableSheet, cell: Any) -> CellValue:
    """What a cell of XlsxWriter's holds, as a reader gives it: every number is a float."""
    kind = type(cell).__name__
    if kind == "Number":
        return float(f"{cell.number:.16G}")
    if kind == "String":
        return str(page.str_table.string_array[cell.string])
    if kind == "Boolean":
        return bool(cell.boolean)
    if kind == "Datetime":
        return _day(cell.number)
    if kind != "Formula":
        return ""
    return cell.value if isinstance(cell.value, str) else float(cell.value)


def _day(number: float) -> date | datetime:
    moment = datetime(1899, 12, 30) + timedelta(days=number)
    return moment if number % 1 else moment.date()
