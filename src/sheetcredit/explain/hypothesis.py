"""Corrections that may explain failed ties: their effects, how likely they are, where the search stops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from math import log, log1p
from statistics import median

from sheetcredit.explain.ties import CellRef, OfficeTies, RowValues
from sheetcredit.model.checked_yaml import Definition, check_definition, read_yaml
from sheetcredit.model.resources import schemas_folder


class SearchLimits(Definition, frozen=True, kw_only=True):
    """How far the search for causes goes (`schemas/office/_explain.yaml`, whose head explains each)."""

    most_suspects: int
    most_corrections: int
    subset_rows: int
    subset_steps: int
    block_rows: int
    least_rows: int
    column_rows: int
    column_share: int
    most_evidence: float
    cannot_tell: float
    goes_with: dict[str, tuple[str, ...]]


@cache
def load_limits() -> SearchLimits:
    """The bounds as the YAML states them.

    Raises:
        BadDefinition: the YAML has a mistake; the error names file, place and remedy.
    """
    path = schemas_folder() / "office" / "_explain.yaml"
    return check_definition(SearchLimits, read_yaml(path), path)


# A guess at what went wrong: one correction, and what it would do to the ties.

CERTAIN = 0.0
WORD_OF_MOUTH = -16.0
"""The weight of a number that no known slip explains: possible, but anything could be said so."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One correction, of a cell or of whole rows.

    `effects`: by index of a tie, what the correction adds to its gap. `wider`: by index, by how much
    the tie's interval grows, as the right number is rounded and the wrong one was not. `weight` is
    the logarithm of how likely the slip is, compared with others that clear the same. `clears` and
    `breaks` are the ties as they stood when it was weighed. `alike`: how many corrections, this one
    included, the numbers cannot tell apart. `of_column`: it is one of many cells of a column, and `cell` is
    that column's header.
    """

    cell: CellRef
    cause: str
    suggestion: int | str | None
    effects: Mapping[int, int]
    weight: float = CERTAIN
    wider: Mapping[int, int] = field(default_factory=dict)
    details: Mapping[str, object] = field(default_factory=dict)
    clears: frozenset[int] = frozenset()
    breaks: int = 0
    alike: int = 1
    of_column: bool = False

    @property
    def net(self) -> int:
        """Failed ties cleared, less twice the held ties broken: a right correction breaks nothing."""
        return len(self.clears) - 2 * self.breaks

    @property
    def order(self) -> tuple[object, ...]:
        """Best first."""
        cell = self.cell
        return (-self.net, -self.weight, cell.sheet, cell.row, cell.column)


class Residual:
    """The gaps that are left once some corrections are taken as made."""

    def __init__(self, ties: OfficeTies) -> None:
        self.gaps = list(ties.gaps)
        self.low = list(ties.low)
        self.high = list(ties.high)
        self.broken = set(ties.failed_indexes)

    def holds(self, index: int, change: int = 0, wider: int = 0) -> bool:
        """Whether a tie would hold after its gap changed."""
        return self.low[index] - wider <= self.gaps[index] + change <= self.high[index] + wider

    def weigh(
        self, effects: Mapping[int, int], wider: Mapping[int, int] | None = None
    ) -> tuple[frozenset[int], int]:
        """The broken ties that a correction clears, and how many that hold it breaks."""
        wider = wider or {}
        clears, breaks = [], 0
        for index, change in effects.items():
            held = self.holds(index, change, wider.get(index, 0))
            if index in self.broken:
                if held:
                    clears.append(index)
            elif not held:
                breaks += 1
        return frozenset(clears), breaks

    def allowed(self, index: int, sign: int, wider: int = 0) -> tuple[int, int]:
        """The changes of a cell (counted `sign` times in the gap) that make a tie hold."""
        low = self.low[index] - wider - self.gaps[index]
        high = self.high[index] + wider - self.gaps[index]
        return (low, high) if sign > 0 else (-high, -low)

    def apply(self, hypothesis: Hypothesis) -> None:
        """Takes a correction as made."""
        for index, more in hypothesis.wider.items():
            self.low[index] -= more
            self.high[index] += more
        for index, change in hypothesis.effects.items():
            self.gaps[index] += change
            (self.broken.discard if self.holds(index) else self.broken.add)(index)


# How usual a number is in its place, learnt from the workbook itself.
#
# A wrong cell is distinguished from the right ones beside it by what would be stranger: that this number
# stands there, or that the corrected one would. Three things are looked at: whether zero, how round,
# and the ratio to another number of the row (a balance to the customers who owe it).

_ROUND = 1_000
_FAR = 2.0


@dataclass(frozen=True, slots=True)
class _Column:
    """A column's habits: the logarithms of how often a number is zero, and not; round, and not."""

    zero: tuple[float, float]
    round: tuple[float, float]
    ratios: tuple[tuple[str, float, float], ...]
    """The columns a number goes with: the middle of their log ratio and its spread."""


class Plausibility:
    """What is usual in the columns of a workbook; each column is learnt once."""

    def __init__(self, ties: OfficeTies, limits: SearchLimits) -> None:
        self._ties = ties
        self._limits = limits
        self._columns: dict[tuple[str, str], _Column] = {}

    def evidence(self, cell: CellRef, value: int) -> float:
        """How much likelier (in logarithms) `value` is in a cell than what stands there now."""
        row, frame, now = self._ties.row_of(cell), self._ties.frame_of(cell), self._ties.value(cell)
        if row is None or frame is None or now is None or frame.endswith(".total"):
            return 0.0
        if value < 0 <= now:
            return 2 * -self._limits.most_evidence
        habits = self._habits(frame, cell.column)
        found = self._likely(habits, row, value) - self._likely(habits, row, now)
        most = self._limits.most_evidence
        return max(-most, min(most, found))

    def _habits(self, frame: str, column: str) -> _Column:
        if (frame, column) not in self._columns:
            self._columns[frame, column] = self._learn(frame, column)
        return self._columns[frame, column]

    def _learn(self, frame: str, column: str) -> _Column:
        rows = self._ties.rows(frame)
        values = [row[column] for row in rows if isinstance(row.get(column), int)]
        full = [value for value in values if value]
        ratios = []
        for base in self._limits.goes_with.get(column, ()):
            logs = [
                log(row[column] / row[base])
                for row in rows
                if (row.get(column) or 0) > 0 and (row.get(base) or 0) > 0
            ]
            if len(logs) >= self._limits.least_rows:
                middle = median(logs)
                spread = median(abs(each - middle) for each in logs) * 1.5
                ratios.append((base, middle, max(spread, 0.01)))
        round_ones = sum(value % _ROUND == 0 for value in full)
        return _Column(
            _logs(len(values) - len(full), len(full)),
            _logs(round_ones, len(full) - round_ones),
            tuple(ratios),
        )

    @staticmethod
    def _likely(habits: _Column, row: RowValues, value: int) -> float:
        """The logarithm of a number's likelihood; wide tails, as unusual groups exist."""
        if value == 0:
            return habits.zero[0]
        found = habits.zero[1] + habits.round[value % _ROUND != 0]
        if value < 0:
            return found - 10.0
        for base, middle, spread in habits.ratios:
            beside = row.get(base) or 0
            if beside > 0:
                distance = abs(log(value / beside) - middle) / spread
                found -= log1p(distance * distance / _FAR) * _FAR
        return found


def _logs(yes: int, no: int) -> tuple[float, float]:
    """The logarithms of two shares, never of nothing."""
    both = yes + no + 1
    return log((yes + 0.5) / both), log((no + 0.5) / both)
