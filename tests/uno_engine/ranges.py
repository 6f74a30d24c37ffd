"""Cells: their values as Excel tells them, and what Excel makes of a value that a program writes."""

# mypy: disable-error-code="misc"
# (xlwings declares its properties as writable; those that the program only reads are read-only here)

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import NoneType
from typing import TYPE_CHECKING, Any

from xlwings import base_classes

if TYPE_CHECKING:
    from tests.uno_engine.engine import Sheet
    from tests.uno_engine.inside import Corners

ERROR_RESULT = 4  # com.sun.star.sheet.FormulaResult.ERROR
ERROR_NAMES = {
    502: "#VALUE!",
    503: "#NUM!",
    519: "#VALUE!",
    524: "#REF!",
    525: "#NAME?",
    532: "#DIV/0!",
    32767: "#N/A",
}
FIRST_DAY = datetime(1899, 12, 30)
NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?%?")


class Error:
    """What a cell with an error holds."""

    def __init__(self, name: str) -> None:
        self.name = name


class Range(base_classes.Range):
    """Cells: LibreOffice's object, or where its corners are."""

    def __init__(self, sheet: Sheet, cells: Any = None, corners: Corners | None = None) -> None:
        self._sheet, self._cells = sheet, cells
        if corners is None:
            at = cells.RangeAddress
            corners = at.StartRow + 1, at.StartColumn + 1, at.EndRow + 1, at.EndColumn + 1
        self._corners = corners
        self.options: dict[str, Any] = {}

    @property
    def cells(self) -> Any:
        if self._cells is None:
            top, left, bottom, right = self._corners
            self._cells = self._sheet.sheet.getCellRangeByPosition(left - 1, top - 1, right - 1, bottom - 1)
        return self._cells

    @property
    def api(self) -> Any:
        return self.cells

    @property
    def sheet(self) -> Sheet:
        return self._sheet

    @property
    def row(self) -> int:
        return self._corners[0]

    @property
    def column(self) -> int:
        return self._corners[1]

    @property
    def shape(self) -> tuple[int, int]:
        top, left, bottom, right = self._corners
        return bottom - top + 1, right - left + 1

    def __len__(self) -> int:
        return self.shape[0] * self.shape[1]

    def __call__(self, row: int, column: int | None = None) -> Range:
        if column is None:
            row, column = divmod(row - 1, self.shape[1])
            row, column = row + 1, column + 1
        return self._sheet.range((self.row + row - 1, self.column + column - 1))

    def _name_errors(self, rows: list[list[Any]]) -> None:
        top, left, *_ = self._corners
        for area in self.cells.queryFormulaCells(ERROR_RESULT).RangeAddresses:
            for row in range(area.StartRow + 1 - top, area.EndRow + 2 - top):
                for column in range(area.StartColumn + 1 - left, area.EndColumn + 2 - left):
                    code = self.cells.getCellByPosition(column, row).getError()
                    rows[row][column] = Error(ERROR_NAMES.get(code, "#VALUE!"))

    def _tell_dates(self, rows: list[list[Any]]) -> None:
        top, left, bottom, right = self._corners
        for first, start, last, end in self._sheet.dates:
            for row in range(max(first, top), min(last, bottom) + 1):
                for column in range(max(start, left), min(end, right) + 1):
                    days = rows[row - top][column - left]
                    rows[row - top][column - left] = FIRST_DAY + timedelta(days=days)

    @property
    def raw_value(self) -> list[list[Any]]:
        rows = [list(row) for row in self.cells.getDataArray()]
        kinds = {kind for row in rows for kind in set(map(type, row))}
        if float in kinds:  # a date is a number with a format
            self._tell_dates(rows)
        if NoneType in kinds:
            self._name_errors(rows)
        return rows

    @raw_value.setter
    def raw_value(self, value: Any) -> None:
        scalar = not isinstance(value, list | tuple)
        rows = [[value] * self.shape[1]] * self.shape[0] if scalar else value
        typed = [[as_typed(item) for item in row] for row in rows]
        values = tuple(tuple("" if isinstance(item, Entered) else item for item in row) for row in typed)
        self._sheet.book.forget()
        with self._sheet_open():
            self.cells.setDataArray(values)
            for row, line in enumerate(typed):
                for column, item in enumerate(line):
                    if isinstance(item, Entered):
                        self.cells.getCellByPosition(column, row).setFormula(item)

    @contextmanager
    def _sheet_open(self) -> Iterator[None]:
        sheet = self._sheet.sheet
        locked = sheet.isProtected()
        if locked:
            sheet.unprotect("")
        try:
            yield
        finally:
            if locked:
                sheet.protect("")

    @property
    def formula(self) -> tuple[tuple[str, ...], ...]:
        formulas: tuple[tuple[str, ...], ...] = self.cells.getFormulaArray()
        return formulas

    def select(self) -> None:
        self._sheet.book.controller.select(self.cells)


class Entered(str):
    """What Excel takes for a formula."""


def as_typed(value: Any) -> float | str:
    """What Excel makes of a value that a program writes into a cell: texts are taken as if typed."""
    if isinstance(value, bool):
        raise TypeError("LibreOffice takes no booleans in an array")
    if value is None:
        return ""
    if not isinstance(value, str):
        return float(value)
    if value.startswith("'"):
        return value[1:]
    if value[:1] in ("=", "+", "-", "@") and len(value) > 1:
        return Entered(value if value.startswith("=") else f"={value}")
    if NUMBER.fullmatch(value):
        return float(re.sub(r"[.,%]", "", value))
    return value
