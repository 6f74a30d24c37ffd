"""One sheet's raw values, whoever read them: a file reader or a live book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from sheetcredit.model.text import fold

CellValue = int | float | str | bool | date | datetime | time | timedelta | None


class Formula(NamedTuple):
    """A formula cell: its text without the equals sign, and the value the file stores for it, if any.

    `computed` is what it gives, where that is known and contradicts the stored value.
    """

    text: str
    cached: str | None
    computed: str | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """The values of a sheet from A1 on; `rows[r][c]` counts from zero, an empty cell is `""` or None.

    `formulas` is filled where the reader can tell them (not for .xls, .ods or a live book).
    """

    sheet: str
    rows: Sequence[Sequence[CellValue]]
    formulas: Mapping[tuple[int, int], Formula] = field(default_factory=dict)
    hidden: bool = False
    merged: Sequence[tuple[int, int, int, int]] = ()
    """First row, first column, last row, last column of each merged area, where the reader can tell them."""
    formats: Mapping[tuple[int, int], str] = field(default_factory=dict)
    """Number formats under which a cell may show another number than its value: of no others."""

    def value(self, row: int, column: int) -> CellValue:
        """The value at zero-based coordinates; None outside the grid or where the cell is empty."""
        if 0 <= row < len(self.rows) and 0 <= column < len(self.rows[row]):
            value = self.rows[row][column]
            return None if value == "" else value
        return None

    def text(self, row: int, column: int) -> str:
        """The value as text, empty where there is none."""
        value = self.value(row, column)
        return value if isinstance(value, str) else "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook's grids and the places its defined names point to (zero-based row and column)."""

    path: str
    grids: Mapping[str, Grid]
    names: Mapping[str, tuple[str, int, int]] = field(default_factory=dict)
    writable: bool = True
    recalculates: bool = False
    """Whether a spreadsheet program computes all formulas anew when it opens the file."""
    digest: bytes | None = None
    """SHA-256 of the file as it was read: who writes into it later can tell whether it is still that file."""

    custom: bytes | None = None
    """What is kept of ours inside the workbook: the mapping of a template of the office's own."""

    def grid(self, sheet: str) -> Grid | None:
        """The sheet of that name, however it is cased, spaced or composed."""
        if sheet in self.grids:
            return self.grids[sheet]
        return next((grid for name, grid in self.grids.items() if fold(name) == fold(sheet)), None)

    def named(self, name: str) -> CellValue:
        """The value behind a defined name; None when the name or the value is missing."""
        if name not in self.names:
            return None
        sheet, row, column = self.names[name]
        grid = self.grids.get(sheet)
        return grid.value(row, column) if grid else None


def serial_of(value: date | datetime) -> float:
    """The number behind a cell that is shown as a date."""
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    # Excel counts a 29 February 1900 that never was: before March its days are one behind.
    epoch = datetime(1899, 12, 31) if moment < datetime(1900, 3, 1) else datetime(1899, 12, 30)
    return round((moment - epoch).total_seconds() / 86_400, 7)


def column_letters(column: int) -> str:
    """Excel's letters of a zero-based column: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def address(row: int, column: int) -> str:
    """The A1 address of zero-based coordinates."""
    return f"{column_letters(column)}{row + 1}"
