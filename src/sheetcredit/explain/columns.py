"""A whole column that is off in many rows for one reason: another definition, or another unit.

Each of its cells alone would be a slip of the hand; so many slips of one kind in one column are none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from sheetcredit.explain.hypothesis import Hypothesis, Residual, SearchLimits
from sheetcredit.explain.slips import likely_slip
from sheetcredit.explain.ties import INFINITY, CellRef, OfficeTies

_UNIT_SLIPS = ("times-1000", "over-1000", "times-1000000", "over-1000000")


def column_hypotheses(ties: OfficeTies, residual: Residual, limits: SearchLimits) -> Iterator[Hypothesis]:
    """Corrections of all cells of a column that comparisons by key find too large, or all too small."""
    columns: dict[tuple[str, str], dict[CellRef, set[int]]] = defaultdict(lambda: defaultdict(set))
    for index in residual.broken:
        if ties.rule_of(index).kind == "compare" and ties.is_keyed(index):
            for cell, _ in ties.members(index):
                columns[cell.sheet, cell.column][cell].add(index)
    for (sheet, column), cells in sorted(columns.items()):
        if len(cells) >= limits.column_rows:
            for sign in (1, -1):
                hypothesis = _of_column(ties, residual, limits, sheet, column, cells, sign)
                if hypothesis is not None:
                    yield hypothesis


def _of_column(
    ties: OfficeTies, residual: Residual, limits: SearchLimits, sheet: str, column: str,
    cells: Mapping[CellRef, set[int]], sign: int,
) -> Hypothesis | None:  # fmt: skip
    """All cells of a column whose keyed ties want a change of that sign; None where they are too few."""
    table = ties.table(sheet)
    if table is None or column not in table.columns:
        return None
    changes: dict[CellRef, int] = {}
    ranges: dict[CellRef, tuple[int, int]] = {}
    for cell, broken in cells.items():
        low, high = -INFINITY, INFINITY
        more = max(0, ties.declared_half(cell) - ties.half(cell))  # the right number is rounded
        for index, times in ties.touched_by(cell):
            if index in broken:
                rounded = ties.rule_of(index).tolerance == "rounding"
                least, most = residual.allowed(index, times, more if rounded else 0)
                low, high = max(low, least), min(high, most)
        change = low if low > 0 else high if high < 0 else 0
        if low <= high and change * sign > 0 and abs(change) < INFINITY // 2:
            ranges[cell] = low, high
            changes[cell] = (low + high) // 2 if abs(low) < INFINITY // 2 > abs(high) else change
    places = (CellRef(sheet, row + 1, column) for row in table.rows)
    rows = sum(any(ties.is_keyed(index) for index, _ in ties.touched_by(place)) for place in places)
    if len(changes) < limits.column_rows or len(changes) * limits.column_share < rows:
        return None
    effects: dict[int, int] = {}
    wider: dict[int, int] = {}
    for cell, change in changes.items():
        more = max(0, ties.declared_half(cell) - ties.half(cell))
        for index, times in ties.touched_by(cell):
            effects[index] = effects.get(index, 0) + times * change
            if more and ties.rule_of(index).tolerance == "rounding":
                wider[index] = wider.get(index, 0) + more
    clears, breaks = residual.weigh(effects, wider)
    if len(clears) - 2 * breaks < len(changes):
        return None
    unit = 1 if column in ("customers", "groups", "members") else ties.unit(next(iter(changes)))
    sizes = sorted(abs(change) for change in changes.values())
    definition = next(one for one in table.sheet.columns if one.name == column)
    details = {
        "header": definition.header, "sheet": sheet, "count": len(changes), "rows": rows,
        "least": (sizes[0], unit), "most": (sizes[-1], unit),
    }  # fmt: skip
    cell = CellRef(sheet, table.header_row + 1, column)
    return Hypothesis(
        cell, _cause(ties, column, ranges, sign), None, effects, wider=wider, details=details, clears=clears,
        breaks=breaks, of_column=True,
    )  # fmt: skip


def _cause(ties: OfficeTies, column: str, ranges: Mapping[CellRef, tuple[int, int]], sign: int) -> str:
    """Another unit where every change is the same slip of the unit; otherwise another definition."""
    found = set()
    for cell, (low, high) in ranges.items():
        value, unit = ties.value(cell) or 0, ties.unit(cell)
        slip = likely_slip(value, value + low, value + high, max(1, 2 * ties.declared_half(cell)), unit)
        found.add(slip.cause if slip else "")
    if len(found) == 1 and (slip_of_all := found.pop()) in _UNIT_SLIPS:
        return f"column-{slip_of_all}"
    kind = "customers" if column == "customers" and sign < 0 else "more" if sign < 0 else "less"
    return f"column-{kind}"
