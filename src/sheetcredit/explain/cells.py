"""A few rows whose sum is the gap: counted twice, or left out on the other side. Bounded, and says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache

from sheetcredit.explain.hypothesis import WORD_OF_MOUTH, Hypothesis, Plausibility, Residual, SearchLimits
from sheetcredit.explain.slips import Slip, likely_slip
from sheetcredit.explain.ties import INFINITY, CellRef, OfficeTies, Touch
from sheetcredit.template.locate import Table


@dataclass(frozen=True, slots=True)
class Subset:
    """Places of the numbers that add up to the gap (none found: empty); whether the search was cut short."""

    places: tuple[int, ...]
    stopped: bool


def subset_of(numbers: Sequence[int], low: int, high: int, most_rows: int, most_steps: int) -> Subset:
    """The smallest set of up to `most_rows` numbers whose sum lies within [low, high].

    At most `most_steps` sums are looked at. Of equal size, the first in the numbers' order.
    """
    steps = 0
    used = [place for place, number in enumerate(numbers) if number]
    chosen: list[tuple[tuple[int, ...], int]] = [((), 0)]
    for size in range(1, most_rows + 1):
        grown: list[tuple[tuple[int, ...], int]] = []
        for places, total in chosen:
            for place in used:
                if places and place <= places[-1]:
                    continue
                if steps >= most_steps:
                    return Subset((), True)
                steps += 1
                more = total + numbers[place]
                if low <= more <= high:
                    return Subset((*places, place), False)
                if size < most_rows:
                    grown.append(((*places, place), more))
        chosen = grown
    return Subset((), False)


# One wrong cell: for each cell of a broken tie, the correction that clears the most.

_OPEN = INFINITY // 2
_COPIED = {"balance": "opening", "current": "opening"}
"""A column that is typed over last year's, and the column of last year's closing."""

PreviousValue = Callable[[CellRef], int | None]
"""The value that a cell had in the previous period's workbook, if there is one."""

_TieBounds = Sequence[tuple[int, int, bool, int, int]]
"""Of each tie: its index, the cell's sign, whether it is broken, the least and most change it allows."""


class CellCorrections:
    """Corrections of single cells, weighed against what is left of the gaps."""

    def __init__(self, ties: OfficeTies, limits: SearchLimits, previous: PreviousValue | None = None) -> None:
        self._ties = ties
        self._previous = previous
        self._limits = limits
        self._plausible = Plausibility(ties, limits)
        self._noise = cache(self._noise_of)

    def correction(self, cell: CellRef, residual: Residual, *, strict: bool = True) -> Hypothesis | None:
        """The best correction of a cell; None when it would break as much as it clears.

        Unless `strict`, the best is given however much it breaks.
        """
        touches = self._ties.touched_by(cell)
        if residual.broken.isdisjoint(index for index, _ in touches):
            return None
        wider = self._wider(cell, touches)
        bounds = [
            (index, sign, index in residual.broken, *residual.allowed(index, sign, wider.get(index, 0)))
            for index, sign in touches
        ]
        best: Hypothesis | None = None
        for low, high in _best_ranges(bounds, strict):
            hypothesis = self._hypothesis(cell, bounds, low, high, wider, residual)
            if hypothesis and (best is None or hypothesis.order < best.order):
                best = hypothesis
        return best

    def _wider(self, cell: CellRef, touches: Iterable[Touch]) -> Mapping[int, int]:
        """What rounding will leave once the right number stands there, beyond what it leaves now."""
        more = self._ties.declared_half(cell) - self._ties.half(cell)
        if more <= 0:
            return {}
        return {i: more for i, _ in touches if self._ties.rule_of(i).tolerance == "rounding"}

    def _hypothesis(
        self,
        cell: CellRef,
        bounds: _TieBounds,
        low: int,
        high: int,
        wider: Mapping[int, int],
        residual: Residual,
    ) -> Hypothesis | None:
        ties = self._ties
        value = ties.value(cell)
        if value is None:
            return None
        step, unit = max(1, 2 * ties.declared_half(cell)), ties.unit(cell)
        slip = self._copied(cell, value, low, high, step) or likely_slip(
            value, value + low, value + high, step, unit
        )
        details: Mapping[str, object] = {}
        if ties.is_total(cell):
            slip, details = self._total(cell, value, low, high)
        if slip is None:
            several = sum(broken for _, _, broken, *_ in bounds) > 1
            cause = "odd-one-out" if several else "sum"
            slip = Slip(cause, _middle(value, low, high, step), WORD_OF_MOUTH)
        change = slip.suggestion - value
        effects = {index: sign * change for index, sign, *_ in bounds}
        clears, breaks = residual.weigh(effects, wider)
        if not clears:
            return None
        weight = slip.weight + self._plausible.evidence(cell, slip.suggestion)
        weight += self._rounding(effects, clears, residual)
        return Hypothesis(
            cell, slip.cause, slip.suggestion, effects, weight, wider, details, clears, breaks
        )  # fmt: skip

    def _copied(self, cell: CellRef, value: int, low: int, high: int, step: int) -> Slip | None:
        """A value left from the opening column, or from the previous period."""
        row = self._ties.row_of(cell)
        if not value or row is None:
            return None
        if cell.column in _COPIED and row.get(_COPIED[cell.column]) == value:
            return Slip("opening-left", _middle(value, low, high, step), 0.0)
        if self._previous is not None and self._previous(cell) == value:
            return Slip("previous-left", _middle(value, low, high, step), 0.0)
        return None

    def _total(self, cell: CellRef, value: int, low: int, high: int) -> tuple[Slip, Mapping[str, object]]:
        """A total that misses rows, or was typed over."""
        table = self._ties.table(cell.sheet)
        covered = self._ties.covered(table, cell.column) if table else None
        suggestion = _middle(value, low, high, 1)
        if table is None or covered is None:
            return Slip("total-typed", suggestion, 0.0), {}
        missed = [row + 1 for row in table.rows if not covered[0] <= row + 1 <= covered[1]]
        if not missed and self._ties.is_filtered(table, cell.column):
            return self._filtered(cell, table, suggestion, (value + low, value + high))
        if not missed:
            return Slip("total-formula", suggestion, 0.0), {}
        rows = f"{missed[0]}" if len(missed) == 1 else f"{missed[0]}-{missed[-1]}"
        return Slip("total-range", suggestion, 0.0), {"rows": rows}

    def _filtered(
        self, cell: CellRef, table: Table, suggestion: int, right: tuple[int, int]
    ) -> tuple[Slip, Mapping[str, object]]:
        """A SUBTOTAL that leaves out what a filter hides: which rows, if few make up what is missing."""
        value = self._ties.value(cell) or 0
        cells = [CellRef(cell.sheet, row + 1, cell.column) for row in table.rows]
        numbers = [self._ties.value(one) or 0 for one in cells]
        found = subset_of(
            numbers, right[0] - value, right[1] - value, self._limits.subset_rows, self._limits.subset_steps
        )
        if not found.places:
            return Slip("total-filtered", suggestion, 0.0), {}
        rows = ", ".join(str(cells[place].row) for place in found.places)
        return Slip("total-filtered-rows", suggestion, 0.0), {"rows": rows}

    def _rounding(self, effects: Mapping[int, int], clears: Set[int], residual: Residual) -> float:
        """What the correction does to rounded sums that hold anyway: rounding errors mostly cancel out."""
        found = 0.0
        for index, change in effects.items():
            noise = self._noise(index) if change and index not in clears else 0.0
            if noise:
                gap = residual.gaps[index]
                found += (gap * gap - (gap + change) ** 2) / (2 * noise)
        return max(-self._limits.most_evidence, min(self._limits.most_evidence, found))

    def _noise_of(self, index: int) -> float:
        """The variance of a tie's gap by rounding alone; 0 where nothing is rounded."""
        if self._ties.rule_of(index).tolerance != "rounding" or self._ties.high[index] > _OPEN:
            return 0.0
        return sum(self._ties.half(cell) ** 2 for cell, _ in self._ties.members(index)) / 3

    def of_proportions(self, residual: Residual) -> Iterable[Hypothesis]:
        """Corrections of the number that bounds are a percentage of: a plan that the balance is held to."""
        for index in residual.broken:
            rule, tie = self._ties.rule_of(index), self._ties.tie(index)
            if rule.kind != "row" or rule.operator != "between" or not rule.column or tie.sheet is None:
                continue
            cell = CellRef(tie.sheet, tie.row or 0, rule.column)
            value, left, right = self._ties.value(cell), tie.left, tie.right
            most = tie.high + right
            if any(member == cell for member, _ in self._ties.members(index)) or not value or right <= 0:
                continue
            least_value, most_value = -(-value * left // most), value * left // right
            step = max(1, 2 * self._ties.declared_half(cell))
            slip = likely_slip(value, least_value, most_value, step, self._ties.unit(cell))
            slip = slip or Slip("sum", round(left / (right + most) * 2 * value / step) * step, WORD_OF_MOUTH)
            effects = {index: max(0, -residual.gaps[index]) or residual.high[index] - residual.gaps[index]}
            effects |= {i: s * (slip.suggestion - value) for i, s in self._ties.touched_by(cell)}
            clears, breaks = residual.weigh(effects)
            if clears:
                yield Hypothesis(
                    cell, slip.cause, slip.suggestion, effects, slip.weight, clears=clears, breaks=breaks
                )


def _best_ranges(bounds: _TieBounds, strict: bool) -> list[tuple[int, int]]:
    """The ranges of changes that clear the most broken ties, less twice the held ones they break.

    Each tie allows an interval of changes; the ends of the broken ties' intervals are all the
    places where the count can be best.
    """
    points = {
        point for _, _, broken, low, high in bounds if broken for point in (low, high) if abs(point) < _OPEN
    }
    best = 0 if strict else -INFINITY
    ranges: dict[tuple[int, int], None] = {}
    for point in sorted(points, key=lambda p: (abs(p), p)):
        net = clears = 0
        least, most = -INFINITY, INFINITY
        for _, _, broken, low, high in bounds:
            if low <= point <= high:
                if broken:
                    net += 1
                    clears += 1
                least, most = max(least, low), min(most, high)
            elif not broken:
                net -= 2
        if clears and net >= best and net > (0 if strict else -INFINITY):
            if net > best:
                ranges.clear()
            best = net
            ranges[least, most] = None
    return list(ranges)


def _middle(value: int, low: int, high: int, step: int) -> int:
    """A whole number of steps in the middle of what is allowed, or the nearer bound of an open range."""
    if low <= -_OPEN:
        return value + high
    if high >= _OPEN:
        return value + low
    middle = (2 * value + low + high + step) // (2 * step) * step
    return middle if value + low <= middle <= value + high else value + (low + high) // 2
