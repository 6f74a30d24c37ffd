"""Plain sums of a sheet, worked out where the file keeps no value for them.

A workbook that a program wrote keeps none until a spreadsheet program has saved it. The sum of a range and
cells added or taken away are worked out here, in exact arithmetic: they are nearly all formulas of a form;
to ask the formula engine about every office would take three times as long as to read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, TypeGuard

from sheetcredit.model.grid import CellValue, Formula, Grid
from sheetcredit.xlsx.address import Area, parse_address

_CELL = r"\$?[A-Z]{1,3}\$?[1-9][0-9]{0,6}"
_SUM = re.compile(rf"SUM\(({_CELL}:{_CELL})\)")
_CHAIN = re.compile(rf"[+-]?{_CELL}(?:[+-]{_CELL})*")
_STEP = re.compile(rf"([+-]?)({_CELL})")
_MOST_CELLS = 1_000_000
CACHED_ZERO = ("0", "0.0", "-0")
"""How programs write the value of a formula that they did not compute."""


class _Terms(NamedTuple):
    """A plain sum: of a range (zero-based rows and columns), or of `steps` (sign, row, column)."""

    rows: range
    columns: range
    steps: tuple[tuple[int, int, int], ...]

    def cells(self) -> Iterator[tuple[int, int, int]]:
        """Sign, row and column of each cell."""
        yield from self.steps
        yield from ((1, row, column) for row in self.rows for column in self.columns)


def read_by(formula: str) -> list[tuple[int, int]]:
    """Zero-based row and column of the cells that a plain sum adds up; none for anything else."""
    terms = _terms(formula)
    return [(row, column) for _, row, column in terms.cells()] if terms else []


def evaluate(grid: Grid, formula: str) -> Decimal | None:
    """The value of a plain sum of a range, or of cells added and taken away; None for anything else."""
    terms = _terms(formula)
    if terms is None:
        return None
    if terms.steps:
        signed = [(sign, grid.value(row, column)) for sign, row, column in terms.cells()]
        if any(isinstance(value, str) for _, value in signed):
            return None  # a text that is added, unlike one in a range, is an error or a number
        return _total(value if sign > 0 else -value for sign, value in signed if _is_number(value))
    left, right = terms.columns.start, terms.columns.stop
    lines = grid.rows[terms.rows.start : terms.rows.stop]
    values = [value for line in lines for value in line[left:right]]
    if any(isinstance(value, str) and value.startswith("#") for value in values):
        return None
    return _total(value for value in values if _is_number(value))


def with_sums(grid: Grid) -> Grid:
    """The grid with the value of each plain sum that has no cached value, sums of sums included.

    And of each whose cached value is 0 but should not be; such a formula goes on saying what is cached.
    """
    unknown = {cell for cell, formula in grid.formulas.items() if formula.cached in (None, "")}
    zeros = {c for c, f in grid.formulas.items() if f.cached in CACHED_ZERO and _terms(f.text) is not None}
    if not unknown and not any(evaluate(grid, grid.formulas[cell].text) for cell in zeros):
        return grid
    rows: list[list[CellValue]] = [list(row) for row in grid.rows]
    formulas = dict(grid.formulas)
    filled = Grid(grid.sheet, rows, formulas, grid.hidden)
    pending, found = unknown | zeros, True
    while found:
        found = False
        for row, column in sorted(pending):
            text = grid.formulas[row, column].text
            terms = _terms(text)
            if terms is None or any((r, c) in pending for _, r, c in terms.cells()):
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
    return replace(grid, rows=list(map(tuple, rows)), formulas=formulas)


def _put(rows: list[list[CellValue]], row: int, column: int, value: float) -> None:
    """Set a value, making room where the file's values end before it."""
    rows.extend([] for _ in range(row + 1 - len(rows)))
    rows[row].extend("" for _ in range(column + 1 - len(rows[row])))
    rows[row][column] = value


@lru_cache(maxsize=4096)
def _terms(formula: str) -> _Terms | None:
    """What a plain sum adds up; None for anything else. The same few formulas stand in every workbook."""
    text = formula.replace(" ", "")
    try:
        if match := _SUM.fullmatch(text):
            area = Area.parse(match[1])
            rows, columns = range(area.top - 1, area.bottom), range(area.left - 1, area.right)
            return _Terms(rows, columns, ()) if area.size <= _MOST_CELLS else None
        if _CHAIN.fullmatch(text):
            return _Terms(range(0), range(0), tuple(_steps(text)))
    except ValueError:  # beyond the last row or column
        pass
    return None


def _steps(text: str) -> Iterator[tuple[int, int, int]]:
    for sign, address in _STEP.findall(text):
        row, column = parse_address(address)
        yield (-1 if sign == "-" else 1), row - 1, column - 1


def _is_number(value: CellValue) -> TypeGuard[float]:
    return type(value) is float or type(value) is int  # neither a truth value nor a text


def _total(numbers: Iterable[float]) -> Decimal:
    """The exact sum: of whole numbers as such, which nearly all are, of others as they are written."""
    whole, total = 0, Decimal(0)
    for number in numbers:
        if isinstance(number, int) or number.is_integer():
            whole += int(number)
        else:
            total += Decimal(repr(number))
    return total + whole
