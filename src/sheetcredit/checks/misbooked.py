"""A group booked under another commune or association: equal and opposite breaks, one change clears both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sheetcredit.checks.hypothesis import Hypothesis, Residual
from sheetcredit.checks.tie_frame import KEYS
from sheetcredit.checks.ties import CellRef, OfficeTies, Row

Place = tuple[str, str]
"""A commune and an association."""

_COMMUNE, _ASSOCIATION = KEYS.index("commune"), KEYS.index("association")


def unbalanced(ties: OfficeTies, residual: Residual) -> tuple[list[Place], list[Place]]:
    """The places that list a group too many, and those that list one too few."""
    surplus: set[Place] = set()
    lack: set[Place] = set()
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


def effects_of_row(ties: OfficeTies, frame: str, row: Row, times: int) -> dict[int, int]:
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
    rows: dict[Place, list[Row]] = {place: [] for place in surplus}
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
    row: Row, origin: Place, target: Place, effects: Mapping[int, int], clears: frozenset[int], breaks: int
) -> Hypothesis:
    column = "commune" if origin[0] != target[0] else "association"
    suggestion = target[0] if column == "commune" else target[1]
    return Hypothesis(
        CellRef(row["sheet"], row["row"], column), f"misbooked-{column}", suggestion, effects,
        details={"group": row["group"] or f"#{row['row']}", "to": suggestion}, clears=clears, breaks=breaks,
    )  # fmt: skip
