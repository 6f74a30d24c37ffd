"""How usual a number is in its place, learnt from the workbook itself.

A wrong cell is told from the right ones beside it by what would be stranger: that this number
stands there, or that the corrected one would. Three things are looked at: whether zero, how round,
and the ratio to another number of the row (a balance to the customers who owe it).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, log1p
from statistics import median

from sheetcredit.checks.limits import Limits
from sheetcredit.checks.ties import CellRef, OfficeTies, Row

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

    def __init__(self, ties: OfficeTies, limits: Limits) -> None:
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
    def _likely(habits: _Column, row: Row, value: int) -> float:
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
