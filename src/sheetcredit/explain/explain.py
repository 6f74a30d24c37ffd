"""Which corrections explain the failed ties: hypotheses, weighed by what they would clear and break.

A hypothesis is one correction: of a cell, of a block of cells pasted one row off, of a row. It is good
when it makes many failed ties hold and breaks none that held; between equals, the one that looks
like a known slip of the hand and leaves usual numbers comes first. The best are taken as made, the
gaps that are left are looked at again, until nothing is left to explain: the shortest way out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sheetcredit.explain.cells import CellCorrections, PreviousValue, subset_of
from sheetcredit.explain.columns import column_hypotheses, thousands_hypotheses
from sheetcredit.explain.hypothesis import WORD_OF_MOUTH, Hypothesis, Residual, SearchLimits, load_limits
from sheetcredit.explain.rows import misbooked_groups, row_hypotheses
from sheetcredit.explain.shifted import Shifts
from sheetcredit.explain.ties import CellRef, OfficeTies, Tie


@dataclass(frozen=True, slots=True)
class Causes:
    """By failed tie, its suspects (best first); and the corrections that together clear the most.

    `complete`: whether every failed tie holds once they are made.
    """

    suspects: Mapping[int, tuple[Hypothesis, ...]]
    way_out: tuple[Hypothesis, ...]
    complete: bool = True


def explain(
    ties: OfficeTies,
    limits: SearchLimits | None = None,
    previous: PreviousValue | None = None,
    programmes: Sequence[str] = (),
) -> Causes:
    """Suspects of every failed tie of an office, and the shortest way out.

    `previous` gives a cell's value in the previous period's workbook; `programmes` are the codes that
    the office is known to lend under.
    """
    if not ties.failed_indexes:
        return Causes({}, ())
    search = _Search(ties, limits or load_limits(), previous, programmes)
    way_out = search.way_out()
    return Causes(search.suspects(way_out), way_out, not search.residual.broken)


class _Search:
    """The hypotheses about one office, and what is left to explain."""

    def __init__(
        self,
        ties: OfficeTies,
        limits: SearchLimits,
        previous: PreviousValue | None,
        programmes: Sequence[str],
    ) -> None:
        self.ties = ties
        self.limits = limits
        self.residual = Residual(ties)
        self._cells = CellCorrections(ties, limits, previous)
        self._shifts = Shifts(ties, limits)
        self._programmes = programmes
        self._pool: dict[CellRef, Hypothesis | None] = {}
        self._first: list[Hypothesis] = []

    def way_out(self) -> tuple[Hypothesis, ...]:
        """Corrections that explain what is broken, fewest first found; verified by making them."""
        taken: list[Hypothesis] = []
        while self.residual.broken and len(taken) < self.limits.most_corrections:
            pool = self._candidates()
            if not self._first:
                self._first = pool
            step = self._independent(pool)
            if not step:
                break
            for hypothesis in step:
                self.residual.apply(hypothesis)
                for index in hypothesis.effects:
                    for cell, _ in self.ties.members(index):
                        self._pool.pop(cell, None)
            taken += step
        return self._without_needless(taken)

    def _candidates(self) -> list[Hypothesis]:
        """All that may be wrong as things stand, best first."""
        near = {cell for index in self.residual.broken for cell, _ in self.ties.members(index)}
        for cell in near:
            if cell not in self._pool:
                self._pool[cell] = self._cells.correction(cell, self.residual)
        pool = [h for h in self._pool.values() if h is not None]
        pool += self._cells.of_proportions(self.residual)
        pool += misbooked_groups(self.ties, self.residual)
        pool += row_hypotheses(self.ties, self.residual, self._programmes)
        pool += self._shifts.hypotheses(self.residual, near)
        pool += column_hypotheses(self.ties, self.residual, self.limits)
        pool += thousands_hypotheses(self.ties, self.residual, self.limits)
        return sorted((h for h in pool if h.net > 0), key=lambda hypothesis: hypothesis.order)

    def _independent(self, pool: Sequence[Hypothesis]) -> list[Hypothesis]:
        """The best of the pool, and those after it that neither it nor a better one has to do with."""
        same: dict[frozenset[int], list[Hypothesis]] = defaultdict(list)
        for hypothesis in pool:
            same[hypothesis.clears].append(hypothesis)
        blocked: set[int] = set()
        step: list[Hypothesis] = []
        for hypothesis in pool:
            effects = {index for index, change in hypothesis.effects.items() if change}
            if blocked.isdisjoint(effects):
                step.append(replace(hypothesis, alike=self._alike(hypothesis, same[hypothesis.clears])))
            blocked |= effects
        return step

    def _alike(self, best: Hypothesis, others: Iterable[Hypothesis]) -> int:
        """How many corrections clear the same and are about as likely."""
        least = best.weight - self.limits.cannot_tell
        return sum(other.weight >= least and other.net == best.net for other in others)

    def _without_needless(self, taken: list[Hypothesis]) -> tuple[Hypothesis, ...]:
        """The way out without the corrections that the others make needless, those that clear most first."""
        if not self.residual.broken:
            for hypothesis in list(reversed(taken)):
                rest = [other for other in taken if other is not hypothesis]
                if rest and not self._left_after(rest):
                    taken = rest
        return tuple(sorted(taken, key=lambda hypothesis: -len(hypothesis.clears)))

    def _left_after(self, corrections: Iterable[Hypothesis]) -> set[int]:
        """What stays broken when just these corrections are made."""
        residual = Residual(self.ties)
        for correction in corrections:
            residual.apply(correction)
        return residual.broken

    def suspects(self, way_out: Sequence[Hypothesis]) -> dict[int, tuple[Hypothesis, ...]]:
        """By failed tie: the corrections of the way out that concern it, then what else may be."""
        chosen: dict[int, list[Hypothesis]] = defaultdict(list)
        for hypothesis in way_out:
            for index, change in hypothesis.effects.items():
                if change:
                    chosen[index].append(hypothesis)
        others: dict[int, list[Hypothesis]] = defaultdict(list)
        for hypothesis in self._first:
            for index in hypothesis.clears:
                if len(others[index]) < self.limits.most_suspects:
                    others[index].append(hypothesis)
        return {
            tie.index: self._ranked(tie, chosen[tie.index], others[tie.index]) for tie in self.ties.failed
        }

    def _ranked(
        self, tie: Tie, chosen: Sequence[Hypothesis], others: Sequence[Hypothesis]
    ) -> tuple[Hypothesis, ...]:
        first = sorted(chosen, key=lambda h: (tie.index not in h.clears, h.order))
        ranked = list(first)
        for other in others if ranked or others else self._last_resort(tie):
            if all(other.cell != known.cell for known in ranked):
                ranked.append(other)
        if all(hypothesis.weight <= WORD_OF_MOUTH / 2 for hypothesis in ranked):
            ranked[1:1] = self._of_rows(tie)
        return tuple(ranked[: self.limits.most_suspects])

    def _last_resort(self, tie: Tie) -> list[Hypothesis]:
        """What would clear a tie even if it breaks others: better than to name no cell."""
        fresh = Residual(self.ties)
        found = (
            self._cells.correction(cell, fresh, strict=False) for cell, _ in self.ties.members(tie.index)
        )
        return sorted((h for h in found if h and tie.index in h.clears), key=lambda h: h.order)[
            : self.limits.most_suspects
        ]

    def _of_rows(self, tie: Tie) -> list[Hypothesis]:
        """A few rows whose numbers add up to the gap, on the side that has too much."""
        if self.ties.rule_of(tie.index).kind == "row":
            return []
        sign = 1 if tie.gap > 0 else -1
        members = [
            cell for cell, at in self.ties.members(tie.index) if at == sign and not self.ties.is_total(cell)
        ]
        low, high = sorted((sign * (tie.gap - tie.high), sign * (tie.gap - tie.low)))
        numbers = [self.ties.value(cell) or 0 for cell in members]
        found = subset_of(numbers, low, high, self.limits.subset_rows, self.limits.subset_steps)
        if not found.places:
            cause = [Hypothesis(members[0], "subset-stopped", None, {}, WORD_OF_MOUTH)] if members else []
            return cause if found.stopped else []
        rows = ", ".join(str(members[place].row) for place in found.places)
        cell = members[found.places[0]]
        return [Hypothesis(cell, "subset", None, {}, WORD_OF_MOUTH, details={"rows": rows})]
