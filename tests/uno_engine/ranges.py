"""Cells: their values as Excel tells them, and what Excel makes of a value that a program writes."""

# mypy: disable-error-code="misc"
# (xlwings declares its properties as writable; those that the program only reads are read-only here)

from __future__ import annotations

import re
from datetime import datetime, timedelta
from types import NoneType
from typing import TYPE_CHECKING, Any

from xlwings import base_classes

if TYPE_CHECKING:
    from tests.uno_engine.engine import Sheet
    from tests.uno_engine.inside import Corners

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
    """Cells by their corners."""

    def __init__(self, sheet: Sheet, corners: Corners) -> None:
        self._sheet, self._corners = sheet, corners
        self.options: dict[str, Any] = {}

    def _ask(self, question: str, *given: Any) -> Any:
        return self._sheet.book.ask(question, *given, self._sheet.name, *self._corners)

    @property
    def api(self) -> Any:
        return self  # xlwings asks whether there is any, whenever it writes

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
        for row, column, code in self._ask("errors"):
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
        rows: list[list[Any]] = self._ask("values")
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
        values = [["" if isinstance(item, Entered) else item for item in row] for row in typed]
        formulas = [
            (row, column, item)
            for row, line in enumerate(typed)
            for column, item in enumerate(line)
            if isinstance(item, Entered)
        ]
        self._sheet.book.forget()
        self._ask("write", values, formulas)

    @property
    def formula(self) -> tuple[tuple[str, ...], ...]:
        return tuple(map(tuple, self._ask("formulas")))

    def select(self) -> None:
        self._ask("select")


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
