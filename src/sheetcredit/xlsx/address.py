"""Cell addresses as Excel writes them: `B7`, `$B$7`, `A1:C9`. Rows and columns count from 1."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple

MAX_ROW = 1_048_576
MAX_COLUMN = 16_384

_ADDRESS = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})")
_RECTANGLE = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})(?::\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6}))?")
_WHOLE_COLUMNS = re.compile(r"\$?([A-Za-z]{1,3}):\$?([A-Za-z]{1,3})")
_WHOLE_ROWS = re.compile(r"\$?([1-9][0-9]{0,6}):\$?([1-9][0-9]{0,6})")


@lru_cache(maxsize=1024)
def column_number(letters: str) -> int:
    """`A` is 1, `XFD` is 16,384. The result may lie beyond the last column: the caller decides."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


@lru_cache(maxsize=1024)
def column_letters(number: int) -> str:
    """The letters of a column: 28 is `AB`."""
    letters = ""
    while number:
        number, digit = divmod(number - 1, 26)
        letters = chr(65 + digit) + letters
    return letters


def parse_address(text: str) -> tuple[int, int]:
    """`$B$7` → (7, 2), that is (row, column). Raises ValueError for anything that is not one cell."""
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise ValueError(text)
    row, column = int(match[2]), column_number(match[1])
    if row > MAX_ROW or column > MAX_COLUMN:
        raise ValueError(text)
    return row, column


def format_address(row: int, column: int) -> str:
    """(7, 2) → `B7`."""
    return f"{column_letters(column)}{row}"


class Area(NamedTuple):
    """A rectangle of cells, both corners included."""

    top: int
    left: int
    bottom: int
    right: int

    @classmethod
    def parse(cls, text: str) -> Area:
        """`B7`, `A1:C9`, `A:C` or `1:9`, with or without `$`; raises ValueError otherwise."""
        if match := _RECTANGLE.fullmatch(text):
            letters, digits, last_letters, last_digits = match.groups()
            top, left = int(digits), column_number(letters)
            bottom, right = (int(last_digits), column_number(last_letters)) if last_letters else (top, left)
        elif match := _WHOLE_COLUMNS.fullmatch(text):
            top, left, bottom, right = 1, column_number(match[1]), MAX_ROW, column_number(match[2])
        elif match := _WHOLE_ROWS.fullmatch(text):
            top, left, bottom, right = int(match[1]), 1, int(match[2]), MAX_COLUMN
        else:
            raise ValueError(text)
        if top > bottom or left > right:
            top, bottom = min(top, bottom), max(top, bottom)
            left, right = min(left, right), max(left, right)
        if bottom > MAX_ROW or right > MAX_COLUMN:
            raise ValueError(text)
        return cls(top, left, bottom, right)

    @property
    def size(self) -> int:
        """Number of cells."""
        return (self.bottom - self.top + 1) * (self.right - self.left + 1)

    def holds(self, row: int, column: int) -> bool:
        """Whether the cell lies inside."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right

    def overlaps(self, other: Area) -> bool:
        """Whether the two have a cell in common."""
        return (
            self.top <= other.bottom
            and other.top <= self.bottom
            and self.left <= other.right
            and other.left <= self.right
        )

    def extended(self, row: int, column: int) -> Area:
        """The smallest rectangle that also holds the cell."""
        return Area(
            min(self.top, row), min(self.left, column), max(self.bottom, row), max(self.right, column)
        )

    def __str__(self) -> str:
        first = format_address(self.top, self.left)
        return first if self.size == 1 else f"{first}:{format_address(self.bottom, self.right)}"


def around(cells: Collection[tuple[int, int]]) -> Area:
    """The smallest rectangle that holds all the cells (row, column); there must be one."""
    rows, columns = [row for row, _ in cells], [column for _, column in cells]
    return Area(min(rows), min(columns), max(rows), max(columns))
