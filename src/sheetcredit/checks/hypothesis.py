"""A guess at what went wrong: one correction, and what it would do to the ties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sheetcredit.checks.ties import CellRef, OfficeTies

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
    included, the numbers cannot tell apart.
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


def touched(hypotheses: Iterable[Hypothesis]) -> set[int]:
    """The ties that corrections change."""
    return {index for hypothesis in hypotheses for index in hypothesis.effects}
