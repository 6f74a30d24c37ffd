"""Rows that were met before, byte for byte: titles, headers, labels stand alike in all workbooks of a form.

What was once read of such a row is taken instead of reading it again. Rows that come but once are not kept.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from sheetcredit.model.grid import CellValue, Formula

_OFTEN = 4
_MOST_ROWS, _MOST_MET, _MOST_BYTES = 1024, 8192, 4096


class KnownRow(NamedTuple):
    """What a row's bytes say, whatever workbook they stand in.

    `numbers` holds its number, or nothing where no cell has a value; `values` are its cells from column A on.
    `shared` tells which of them are shared strings: the place in `values`, and the number as written.
    `formulas` stand by their column (from 0); None where they have to be read at length. `extent`: no cell
    lies beyond so many rows and columns.
    """

    numbers: tuple[int, ...]
    values: list[CellValue]
    shared: tuple[tuple[int, bytes], ...]
    formulas: tuple[tuple[int, Formula], ...] | None
    extent: tuple[int, int]


class KnownRows:
    """Rows by their bytes, up to `</row>`."""

    def __init__(self) -> None:
        self.known: dict[bytes, KnownRow] = {}
        self._met: dict[int, int] = {}

    def is_usual(self, row: bytes) -> bool:
        """Whether a row that is not known has been met often enough to be worth knowing."""
        mark = hash(row)
        times = self._met.get(mark, 0) + 1
        if times >= _OFTEN:
            return len(row) <= _MOST_BYTES
        if len(self._met) >= _MOST_MET:
            self._met.clear()
        self._met[mark] = times
        return False

    def keep(self, row: bytes, read: KnownRow) -> None:
        """Know a row from now on."""
        if len(self.known) >= _MOST_ROWS:
            self.known.clear()
        self.known[row] = read


@lru_cache(maxsize=8)
def known_rows(_dates: frozenset[bytes], _not_numbers: frozenset[bytes], _whole: bool) -> KnownRows:
    """What is known of rows in workbooks whose styles mean the same, for as long as the process lives."""
    return KnownRows()
