"""A group booked under another commune or association: equal and opposite breaks, one change clears both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sheetcredit.explain.hypothesis import Hypothesis, Residual
from sheetcredit.explain.ties import INFINITY, CellRef, OfficeTies, RowValues
from sheetcredit.rules.ties import KEYS
from sheetcredit.template.locate import Table

_Place = tuple[str, str]
"""A commune and an association."""

_COMMUNE, _ASSOCIATION = KEYS.index("commune"), KEYS.index("association")


def unbalanced(ties: OfficeTies, residual: Residual) -> tuple[list[_Place], list[_Place]]:
    """The places that list a group too many, and those that list one too few."""
    surplus: set[_Place] = set()
    lack: set[_Place] = set()
    for index in residual.broken:
        tie, rule = ties.tie(index), ties.rule_of(index)
        commune, association = tie.key[_COMMUNE], tie.key[_ASSOCIATION]
        if rule.kind != "compare" or tie.measure != "groups" or commune is None or association is None:
            continue
        assert rule.left and rule.right
        sign = 1 if rule.left.frames == ("groups",) else -1 if rule.right.frames == ("groups",) else 0
        if sign:
            (surplus if residual.gaps[index] * sign > 0 else lack).add((commune, association))
    return sorted(surplus), sorted(lack)


def effects_of_row(ties: OfficeTies, frame: str, row: RowValues, times: int) -> dict[int, int]:
    """What adding a row (`times` 1) or taking it away (-1) does to the gaps."""
    effects: dict[int, int] = {}
    for index, sign, column in ties.keyed(frame, row):
        effects[index] = effects.get(index, 0) + sign * times * (row.get(column) or 0)
    return effects


def misbooked_groups(ties: OfficeTies, residual: Residual) -> Iterator[Hypothesis]:
    """Hypotheses that move one group to the place that lacks it."""
    surplus, lack = unbalanced(ties, residual)
    pairs = [
        (one, other) for one in surplus for other in lack if (one[0] == other[0]) != (one[1] == other[1])
    ]
    if not pairs:
        return
    rows: dict[_Place, list[RowValues]] = {place: [] for place in surplus}
    for row in ties.rows("groups"):
        if (row["commune"], row["association"]) in rows:
            rows[row["commune"], row["association"]].append(row)
    for origin, target in pairs:
        for row in rows[origin]:
            moved = {**row, "commune": target[0], "association": target[1]}
            effects = together(
                (effects_of_row(ties, "groups", row, -1), effects_of_row(ties, "groups", moved, 1))
            )
            clears, breaks = residual.weigh(effects)
            if len(clears) > 2 * breaks:
                yield _move(row, origin, target, effects, clears, breaks)


def together(effects: Iterable[Mapping[int, int]]) -> dict[int, int]:
    """Several changes as one."""
    added: dict[int, int] = {}
    for each in effects:
        for index, change in each.items():
            added[index] = added.get(index, 0) + change
    return added


def _move(
    row: RowValues,
    origin: _Place,
    target: _Place,
    effects: Mapping[int, int],
    clears: frozenset[int],
    breaks: int,
) -> Hypothesis:
    column = "commune" if origin[0] != target[0] else "association"
    suggestion = target[0] if column == "commune" else target[1]
    return Hypothesis(
        CellRef(row["sheet"], row["row"], column), f"misbooked-{column}", suggestion, effects,
        details={"group": row["group"] or f"#{row['row']}", "to": suggestion}, clears=clears, breaks=breaks,
    )  # fmt: skip


# Whole rows: one that a list lacks though the other sides have it, or one that stands there twice.

_MOVEMENT = {"opening": 1, "disbursement": 1, "collection": -1, "write_off": -1, "balance": -1}
_ENTRUSTED = ("groups", "ledger", "statements")
_LACKING, _TWICE = -2.0, 0.0
_NUMBERS_OF_A_GROUP = ("members", "customers", "balance", "overdue", "deposits")
_UNKNOWN = 1 << 50
"""How far a sum may be off once a row is known to be missing from it whose number nothing else tells."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A row that may be missing: where, under which keys, and the Excel row after which it belongs."""

    frame: str
    keys: Mapping[str, str | None]
    table: Table
    after: int


def row_hypotheses(
    ties: OfficeTies, residual: Residual, programmes: Sequence[str] = ()
) -> Iterator[Hypothesis]:
    """Rows that are missing, and rows that repeat another; `programmes`: the codes the office lends under."""
    for wanted in (*_wanted_places(ties, residual), *_wanted_totals(ties, residual, programmes)):
        hypothesis = _missing(ties, residual, wanted)
        if hypothesis:
            yield hypothesis
    yield from _repeated(ties, residual)


def _wanted_places(ties: OfficeTies, residual: Residual) -> Iterator[_Wanted]:
    places: dict[_Place, None] = {}
    for index in sorted(residual.broken):
        tie = ties.tie(index)
        commune, association = tie.key[KEYS.index("commune")], tie.key[KEYS.index("association")]
        if ties.rule_of(index).kind == "compare" and commune is not None and association is not None:
            places[commune, association] = None
    if not places:
        return
    _, lack = unbalanced(ties, residual)
    for frame in _ENTRUSTED:
        present = {(row["commune"], row["association"]) for row in ties.rows(frame)}
        for place in places:
            if place in lack if frame == "groups" else place not in present:
                table = _table(ties, frame, place[1])
                if table is not None:
                    keys = {"commune": place[0], "association": place[1]}
                    yield _Wanted(frame, keys, table, _row_before(ties, frame, table, place))


def _wanted_totals(ties: OfficeTies, residual: Residual, programmes: Sequence[str]) -> Iterator[_Wanted]:
    """Rows of tables that only tie as a whole: programmes, direct lending, the ledger's direct part."""
    broken = [ties.tie(index) for index in residual.broken if ties.rule_of(index).kind == "compare"]
    if not any(tie.key == (None,) * len(KEYS) for tie in broken):
        return
    for frame in ("programmes", "direct", "ledger"):
        table = _table(ties, frame, "99")
        if table is None:
            continue
        if frame == "ledger":
            last = max((r["row"] for r in ties.rows(frame) if r["association"] == "99"), default=0)
            yield _Wanted(frame, {"association": "99"}, table, last or _last(table))
            continue
        present = {row["programme"] for row in ties.rows(frame)}
        named = {tie.key[KEYS.index("programme")] for tie in broken}
        lacking = {code for code in named if code is not None and code not in present}
        if frame == "programmes" and not lacking:
            lacking = {code for code in programmes if code not in present}
        code = next(iter(lacking)) if len(lacking) == 1 and frame == "programmes" else None
        yield _Wanted(frame, {"programme": code, "association": "99"}, table, _last(table))


def _last(table: Table) -> int:
    return (table.rows[-1] if table.rows else table.header_row) + 1


def _table(ties: OfficeTies, frame: str, association: str) -> Table | None:
    for table in ties.reading.tables.values():
        own = table.sheet.constants.get("association")
        if (table.sheet.frame or table.sheet.id) == frame and (own is None or own == association):
            return table
    return None


def _row_before(ties: OfficeTies, frame: str, table: Table, place: _Place) -> int:
    """The Excel row after which a row of that place belongs, in the table's order."""
    rows = [row for row in ties.rows(frame) if row["sheet"] == table.sheet.sheet]
    before = [r["row"] for r in rows if (r["commune"] or "", r["association"] or "") <= place]
    return max(before, default=rows[0]["row"] if rows else table.header_row + 2)


def _missing(ties: OfficeTies, residual: Residual, wanted: _Wanted) -> Hypothesis | None:
    """The row with the numbers that clear the most, if they are such as a row may have."""
    by_column: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for index, sign, column in ties.keyed(wanted.frame, wanted.keys):
        by_column[column].append((index, sign))
    numbers: dict[str, int] = {}
    effects: dict[int, int] = {}
    wider: dict[int, int] = {}
    for column, touches in by_column.items():
        half = _half(wanted.table, column, ties.reading.info.unit)
        rounded = {i: half for i, _ in touches if half and ties.rule_of(i).tolerance == "rounding"}
        numbers[column] = _number(residual, touches, rounded)
        for index, sign in touches:
            effects[index] = sign * numbers[column]
            wider |= {index: rounded[index]} if numbers[column] and index in rounded else {}
        if numbers[column] and wanted.frame == "statements" and not any(map(ties.is_keyed, dict(touches))):
            wider |= dict.fromkeys(dict(touches), _UNKNOWN)
    clears, breaks = residual.weigh(effects, wider)
    if len(clears) <= 2 * breaks or not _credible(wanted.frame, numbers):
        return None
    key = next(column for column in wanted.table.sheet.columns if column.key)
    filled = sum(1 for number in numbers.values() if number)
    own = {column.name: column for column in wanted.table.sheet.columns}
    details = {
        "after": wanted.after,
        "numbers": {n: (v, own[n].header) for n, v in numbers.items() if v and n in own},
        "unit": 1 if wanted.table.sheet.unit == "dong" else ties.reading.info.unit,
        "keys": dict(wanted.keys),
    }  # fmt: skip
    weight = _LACKING if filled > 2 else 3 * _LACKING
    cell = CellRef(wanted.table.sheet.sheet, wanted.after, key.name)
    return Hypothesis(cell, "row-missing", None, effects, weight, wider, details, clears, breaks)


def _half(table: Table, column: str, unit: int) -> int:
    found = next((c for c in table.sheet.columns if c.name == column), None)
    if found is None or found.type != "amount" or table.sheet.unit == "dong":
        return 0
    return int(unit // 10**found.decimals // 2)


def _number(residual: Residual, touches: Sequence[tuple[int, int]], rounded: Mapping[int, int]) -> int:
    """The number that the row must have in a column, as the narrowest ties want it; 0 if none does."""
    if residual.broken.isdisjoint(index for index, _ in touches):
        return 0
    low, high = -INFINITY, INFINITY
    ranges = (residual.allowed(i, s, rounded.get(i, 0)) for i, s in touches)
    for least, most in sorted(ranges, key=lambda each: each[1] - each[0]):
        if max(low, least) <= min(high, most):
            low, high = max(low, least), min(high, most)
    if low <= -INFINITY // 2 or high >= INFINITY // 2:
        return 0
    step = 2 * max(rounded.values(), default=0) or 1
    middle = (low + high + step) // (2 * step) * step
    return middle if low <= middle <= high else (low + high) // 2


def _credible(frame: str, numbers: Mapping[str, int]) -> bool:
    """Whether a row may have these numbers: none negative, a balance, and movements that lead to it."""
    if min(numbers.values(), default=0) < 0 or not numbers.get("balance"):
        return False
    if frame == "groups":
        return numbers.get("groups", 0) >= 1
    if frame == "programmes":
        left_over = sum(sign * numbers.get(name, 0) for name, sign in _MOVEMENT.items())
        return abs(left_over) * 20 <= numbers["balance"] or not numbers.get("opening")
    return True


def _repeated(ties: OfficeTies, residual: Residual) -> Iterator[Hypothesis]:
    """Groups that equal another of their place in every number, where the place lists one too many."""
    surplus, _ = unbalanced(ties, residual)
    if not surplus:
        return
    seen: dict[tuple[object, ...], RowValues] = {}
    for row in ties.rows("groups"):
        place = row["commune"], row["association"]
        if place not in surplus or not row["balance"]:
            continue
        numbers = (
            *place,
            *(row[name] for name in ("members", "customers", "balance", "overdue", "deposits")),
        )
        first = seen.setdefault(numbers, row)
        if first is row:
            continue
        effects = effects_of_row(ties, "groups", row, -1)
        clears, breaks = residual.weigh(effects)
        if len(clears) > 2 * breaks:
            yield Hypothesis(
                CellRef(row["sheet"], row["row"], "group"), "row-repeated", None, effects, _TWICE,
                details={"first": first["row"]}, clears=clears, breaks=breaks,
            )  # fmt: skip
