"""Rows written as ones met before: titles, headers, totals stand alike in all workbooks of a form.

Such rows differ in what stands in `<v>` at most. What was once read of one tells where its values belong,
instead of reading it again. Rows that come but once are not kept.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from sheetcredit.model.grid import CellValue

_OFTEN = 4
_MOST_ROWS, _MOST_MET, _MOST_BYTES = 1024, 8192, 4096
pieces_of = re.compile(rb'<v>([^<>&"]*)</v>').split
"""A row apart: its values at the odd places, and what stands around them, its frame, at the even ones."""

Frame = tuple[bytes, ...]


class KnownCell(NamedTuple):
    """A cell with a value: its column (from 0), and how it is written.

    `plain`: anything that looks like a number is one, and no date.
    """

    column: int
    kind: bytes
    style: bytes
    plain: bool


class KnownFormula(NamedTuple):
    """A formula: its column (from 0), the type of its cell and its text as written.

    `cell` counts the row's cells with a value; None where none is kept for it.
    """

    column: int
    kind: bytes
    text: bytes
    cell: int | None


class KnownRow(NamedTuple):
    """What a row's frame says, whatever workbook it stands in.

    `number` is None where no cell has anything in it. `values` are its cells from column A on, empty where
    one of `cells`, which stand in the order of their values, has its own. `formulas` is None where any has to
    be read at length. `extent`: no cell lies beyond so many rows and columns.
    """

    number: int | None
    values: list[CellValue]
    cells: tuple[KnownCell, ...]
    formulas: tuple[KnownFormula, ...] | None
    extent: tuple[int, int]


class KnownRows:
    """Rows by their frame, up to `</row>`."""

    def __init__(self) -> None:
        self.known: dict[Frame, KnownRow | None] = {}
        self._met: dict[int, int] = {}

    def is_usual(self, frame: Frame) -> bool:
        """Whether the frame of a row that is not known was met often enough to be worth knowing."""
        if frame in self.known:  # there is nothing to be known of such rows
            return False
        mark = hash(frame)
        times = self._met.get(mark, 0) + 1
        if times >= _OFTEN:
            return sum(map(len, frame)) <= _MOST_BYTES
        if len(self._met) >= _MOST_MET:
            self._met.clear()
        self._met[mark] = times
        return False

    def keep(self, frame: Frame, read: KnownRow | None) -> None:
        """Know such rows from now on, or that each has to be read."""
        if len(self.known) >= _MOST_ROWS:
            self.known.clear()
        self.known[frame] = read


@lru_cache(maxsize=8)
def known_rows(_dates: frozenset[bytes], _not_numbers: frozenset[bytes], _whole: bool) -> KnownRows:
    """What is known of rows in workbooks whose styles mean the same, for as long as the process lives."""
    return KnownRows()
