"""Columns that are off in many rows for one reason: a definition, a unit, the settings of Excel.

Each of their cells alone would be a slip of the hand; so many slips of one kind are none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from sheetcredit.explain.hypothesis import Hypothesis, Residual, SearchLimits
from sheetcredit.explain.slips import likely_slip
from sheetcredit.explain.ties import INFINITY, CellRef, OfficeTies
from sheetcredit.template.locate import Table

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


def thousands_hypotheses(ties: OfficeTies, residual: Residual, limits: SearchLimits) -> Iterator[Hypothesis]:
    """Sheets on which Excel with English settings made 5.352 of `5.352`: all such amounts times a thousand.

    Told by many amounts with a fraction of at most three digits: in columns that take none, and elsewhere
    where more ties hold with than without. Whole amounts (6 of `6.000`) belong to them where they do as well.
    """
    near = {cell.sheet for index in residual.broken for cell, _ in ties.members(index)}
    for sheet in sorted(near):
        table = ties.table(sheet)
        if table is None or table.sheet.unit == "dong":
            continue
        certain, doubtful = _thousandths(ties, table)
        if (
            sum(bool(more % (999 * ties.unit(c))) for c, more in (certain | doubtful).items())
            < limits.column_rows
        ):
            continue
        changes = certain | _belonging(ties, residual, certain, doubtful)
        if len(changes) < limits.column_rows:
            continue
        effects, wider = _effects(ties, changes)
        clears, breaks = residual.weigh(effects, wider)
        columns = {cell.column for cell in changes}
        headers = [column.header for column in table.sheet.columns if column.name in columns]
        details = {"columns": ", ".join(headers), "sheet": sheet, "count": len(changes)}
        first = min(changes, key=lambda cell: (cell.row, table.columns[cell.column])).column
        yield Hypothesis(
            CellRef(sheet, table.header_row + 1, first), "sheet-thousands", None, effects, wider=wider,
            details=details, clears=clears, breaks=breaks, of_column=True,
        )  # fmt: skip


def _thousandths(ties: OfficeTies, table: Table) -> tuple[dict[CellRef, int], dict[CellRef, int]]:
    """By cell of the table and its total row, what a thousand times its value adds (đồng).

    First fractions in columns that take none, then what may be thousands as well: below a thousand, with at
    most three digits after the comma; in a column that takes decimals only where none is larger.
    """
    frame = table.sheet.frame or table.sheet.id
    rows = [row for name in (frame, f"{frame}.total") for row in ties.rows(name)]
    rows = [row for row in rows if row["sheet"] == table.sheet.sheet]
    certain: dict[CellRef, int] = {}
    doubtful: dict[CellRef, int] = {}
    for column in (one for one in table.sheet.columns if one.type == "amount" and one.name in table.columns):
        place = table.columns[column.name]
        typed = [row for row in rows if (row["row"] - 1, place) not in table.grid.formulas]
        held = {
            CellRef(row["sheet"], row["row"], column.name): (row[column.name], row["unit"])
            for row in typed if isinstance(row.get(column.name), int) and row[column.name]
        }  # fmt: skip
        if column.decimals and any(abs(value) >= 1000 * unit for value, unit in held.values()):
            continue
        for cell, (value, unit) in held.items():
            if value % unit and not value * 1000 % unit and not column.decimals:
                certain[cell] = value * 999
            elif abs(value) < 1000 * unit and not value * 1000 % unit:
                doubtful[cell] = value * 999
    return certain, doubtful


def _belonging(
    ties: OfficeTies, residual: Residual, certain: Mapping[CellRef, int], doubtful: Mapping[CellRef, int]
) -> dict[CellRef, int]:
    """Of the doubtful changes, those with which more ties hold than without, beside the certain ones."""
    taken: dict[CellRef, int] = {}
    gaps, wider = _effects(ties, certain)
    for cell, change in (*doubtful.items(), *doubtful.items()):  # one may be seen only after another
        touched = ties.touched_by(cell)
        if cell in taken or all(index not in residual.broken for index, _ in touched):
            continue
        more = max(0, ties.declared_half(cell) - ties.half(cell))
        better = 0
        for index, times in touched:
            now, room = gaps.get(index, 0), wider.get(index, 0)
            better += residual.holds(index, now + times * change, room + more)
            better -= residual.holds(index, now, room)
        if better > 0:
            taken[cell] = change
            for index, times in touched:
                gaps[index] = gaps.get(index, 0) + times * change
    return taken


def _effects(ties: OfficeTies, changes: Mapping[CellRef, int]) -> tuple[dict[int, int], dict[int, int]]:
    """What changes add to the gaps of ties, and by how much these may be wider: right numbers are rounded."""
    effects: dict[int, int] = {}
    wider: dict[int, int] = {}
    for cell, change in changes.items():
        more = max(0, ties.declared_half(cell) - ties.half(cell))
        for index, times in ties.touched_by(cell):
            effects[index] = effects.get(index, 0) + times * change
            if more and ties.rule_of(index).tolerance == "rounding":
                wider[index] = wider.get(index, 0) + more
    return effects, wider


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
    effects, wider = _effects(ties, changes)
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
