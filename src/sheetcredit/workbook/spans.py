"""What a scan of a sheet part finds: where its rows, cells and formulas lie, in bytes."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

USUAL_FORMULA = re.compile(
    rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"([^<>]*)>'
    rb'<f(?:(?: aca="false")?>([^<]+)</f>| t="shared" si="([0-9]{1,9})"/>)'
    rb"(?:<v>[^<]*</v>|<v/>)?</c>"
)
"""Column, row and other attributes of a cell, and its own formula or the number of the one it shares."""
HOLE = b"\0"
"""Stands for a formula's own row number in the text of a group; no XML can hold this character."""


class Cell(NamedTuple):
    """A cell's address (from 1) and its bytes, [start, end)."""

    row: int
    column: int
    start: int
    end: int


class Row(NamedTuple):
    """A row's number (from 1) and its bytes, [start, end)."""

    number: int
    start: int
    head_end: int
    end: int


@dataclass(slots=True)
class SheetScan:
    """The skeleton of one sheet part."""

    start: int = -1
    """Offset of the sheetData element; its content lies in [head_end, end)."""
    head_end: int = -1
    end: int = -1
    rows: list[Row] = field(default_factory=list)
    """The wanted rows, and for each that is missing the one before it, in document order."""
    cells: dict[int, list[Cell]] = field(default_factory=dict)
    """The cells of the wanted rows, in document order."""
    special: list[Cell] = field(default_factory=list)
    """The cells with the first of a shared formula, an array formula, a data table, or anything unusual."""
    plain: dict[bytes, list[Cell]] = field(default_factory=dict)
    """Formulas of their own: raw text with a `HOLE` for its own row number → the cells that hold it."""
    shared: dict[bytes, list[Cell]] = field(default_factory=dict)
    """Number of a shared formula → the cells that only point at it."""

    @property
    def formulas(self) -> list[Cell]:
        """All cells that hold an `f` element, in document order."""
        groups = [self.special, *self.plain.values(), *self.shared.values()]
        return sorted((cell for cells in groups for cell in cells), key=lambda cell: cell.start)

    def add_usual(self, match: re.Match[bytes], cell: Cell) -> None:
        """Enter a formula that `USUAL_FORMULA` has matched; a column filled down counts as one text."""
        if (text := match[4]) is not None:
            self.plain.setdefault(text.replace(match[2], HOLE), []).append(cell)
        else:
            self.shared.setdefault(match[5], []).append(cell)


def wanted_indices(numbers: Sequence[int], wanted: Collection[int]) -> list[int]:
    """Where the wanted rows stand among `numbers` (ascending), or the one before each that is missing."""
    found = set()
    for number in wanted:
        index = bisect_left(numbers, number)
        if index == len(numbers) or numbers[index] != number:
            index -= 1
        found.add(index)
    return sorted(found - {-1})


def plain_attributes(raw: bytes) -> bool:
    """Whether the first `>` really ended the tag, and no attribute hides an address in another spelling."""
    return raw.count(b'"') % 2 == 0 and b"'" not in raw
