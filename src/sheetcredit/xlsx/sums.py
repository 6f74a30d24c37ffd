"""Plain sums of a sheet, worked out where the file keeps no value for them.

A workbook that a program wrote or patched keeps none until a spreadsheet program has saved it. Only
formulas that can be told for certain are worked out: the sum of a range, and cells added or taken away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from sheetcredit.model.grid import CellValue, Formula, Grid

_SUM = re.compile(r"SUM\(\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})\)")
_CHAIN = re.compile(r"[+-]?\$?[A-Z]{1,3}\$?\d{1,7}(?:[+-]\$?[A-Z]{1,3}\$?\d{1,7})*")
_STEP = re.compile(r"([+-]?)\$?([A-Z]{1,3})\$?(\d{1,7})")
_MOST_CELLS = 1_000_000
KEPT_NOUGHT = ("0", "0.0", "-0")

Place = tuple[int, int]


class _Terms(NamedTuple):
    """A plain sum: of a range (zero-based rows and columns), or of `steps` (sign, row, column)."""

    rows: range
    columns: range
    steps: tuple[tuple[int, int, int], ...]

    @property
    def added(self) -> bool:
        """Whether it is the sum of a range."""
        return not self.steps

    def places(self) -> Iterator[tuple[int, int, int]]:
        """Sign, row and column of each cell."""
        yield from self.steps
        yield from ((1, row, column) for row in self.rows for column in self.columns)


def evaluate(grid: Grid, formula: str) -> Decimal | None:
    """The value of a plain sum of a range, or of cells added and taken away; None for anything else."""
    terms = _terms(formula)
    if terms is None:
        return None
    if terms.added and not _says_anything(grid, terms):
        return Decimal(0)
    added, places = terms.added, list(terms.places())
    texts = [value for _, row, column in places if isinstance(value := grid.value(row, column), str)]
    if texts and (not added or any(text.startswith("#") for text in texts)):
        return None  # a text that is added, unlike one in a range, is an error or a number: Excel knows which
    return sum((sign * _number(grid, row, column) for sign, row, column in places), Decimal(0))


def _says_anything(grid: Grid, terms: _Terms) -> bool:
    """Whether a range holds more than noughts and empty cells."""
    left, right = terms.columns.start, terms.columns.stop
    lines = grid.rows[terms.rows.start : terms.rows.stop]
    if right - left == 1:  # as nearly always
        with suppress(IndexError):  # a line that ends before the column
            return any(map(itemgetter(left), lines))
    return any(any(line[left:right]) for line in lines)


def with_sums(grid: Grid) -> Grid:
    """The grid with the value of each plain sum for which the file keeps none, sums of sums included.

    And of each for which it keeps 0 that is not 0; such a formula goes on saying what was kept.
    """
    unknown = {place for place, formula in grid.formulas.items() if formula.cached in (None, "")}
    noughts = {p for p, f in grid.formulas.items() if f.cached in KEPT_NOUGHT and _terms(f.text) is not None}
    if not unknown and not any(evaluate(grid, grid.formulas[place].text) for place in noughts):
        return grid
    rows: list[list[CellValue]] = [list(row) for row in grid.rows]
    formulas = dict(grid.formulas)
    filled = Grid(grid.sheet, rows, formulas, grid.hidden)
    pending, found = unknown | noughts, True
    while found:
        found = False
        for row, column in sorted(pending):
            text = grid.formulas[row, column].text
            terms = _terms(text)
            if terms is None or any((r, c) in pending for _, r, c in terms.places()):
                continue
            value = evaluate(filled, text)
            if value is None:
                continue
            if (row, column) in unknown:
                formulas[row, column] = Formula(text, f"{value.normalize():f}")
            if value or (row, column) in unknown:
                _put(rows, row, column, float(value))
            pending.discard((row, column))
            found = True
    return Grid(grid.sheet, list(map(tuple, rows)), formulas, grid.hidden)


def _put(rows: list[list[CellValue]], row: int, column: int, value: float) -> None:
    """Set a value, making room where the file's values end before it."""
    rows.extend([] for _ in range(row + 1 - len(rows)))
    rows[row].extend("" for _ in range(column + 1 - len(rows[row])))
    rows[row][column] = value


@lru_cache(maxsize=4096)
def _terms(formula: str) -> _Terms | None:
    """What a plain sum adds up; None for anything else. The same few formulas stand in every workbook."""
    text = formula.replace(" ", "")
    if match := _SUM.fullmatch(text):
        left, top, right, bottom = _column(match[1]), int(match[2]), _column(match[3]), int(match[4])
        if (bottom - top + 1) * (right - left + 1) > _MOST_CELLS:
            return None
        return _Terms(range(top - 1, bottom), range(left, right + 1), ())
    if _CHAIN.fullmatch(text):
        return _Terms(range(0), range(0), tuple(_steps(text)))
    return None


def _steps(text: str) -> Iterator[tuple[int, int, int]]:
    for sign, letters, row in _STEP.findall(text):
        yield (-1 if sign == "-" else 1), int(row) - 1, _column(letters)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _number(grid: Grid, row: int, column: int) -> Decimal:
    value = grid.value(row, column)
    return (
        Decimal(repr(value))
        if isinstance(value, (int, float)) and not isinstance(value, bool)
        else Decimal(0)
    )
