"""The three sides of every commune × association: what the association states, its groups, the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import polars as pl

from sheetcredit.checks.tie_frame import FAILED, NOT_EVALUATED
from sheetcredit.model.finding import Finding
from sheetcredit.template.catalogue import Catalogues
from sheetcredit.template.definition import Office
from sheetcredit.template.reading import Reading

State = Literal["equal", "rounding", "differs", "unknown"]
_ALWAYS = "balance"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One line of `Đối chiếu`: a measure of a commune × association, in đồng (or counted)."""

    commune: str
    commune_name: str
    association: str
    association_name: str
    measure: str
    header: str
    amount: bool
    statement: int
    groups: int
    ledger: int
    state: State
    cause: str

    @property
    def difference(self) -> int:
        """Statement less ledger."""
        return self.statement - self.ledger


class _Tie(NamedTuple):
    left: int
    right: int
    state: int


def compare(
    office: Office, ties: pl.DataFrame, reading: Reading, catalogues: Catalogues, findings: Iterable[Finding]
) -> list[Comparison]:
    """The balance of every commune × association, and the other measures where the sides differ."""
    causes = {finding.key: finding.suspects[0].cause_text() for finding in findings if finding.suspects}
    here = ties.filter((pl.col("file") == reading.file) & pl.col("rule").is_in(["R05", "R06", "R16"]))
    chosen = here.select("rule", "commune", "association", "measure", "left", "right", "state").rows()
    sides: dict[tuple[str, str, str], dict[str, _Tie]] = {}
    for rule, commune, association, measure, left, right, state in chosen:
        sides.setdefault((commune, association, measure), {})[rule] = _Tie(left, right, state)
    columns = {column.name: column for column in office.sheet("ledger").columns}
    rank = {entry.code: place for place, entry in enumerate(catalogues.of("associations"))}
    lines = []
    for (commune, association, measure), rules in sides.items():
        state = _state(rules)
        if measure != _ALWAYS and state != "differs":
            continue
        day = reading.info.day
        lines.append(
            Comparison(
                commune, catalogues.name_of("communes", commune, day),
                association, catalogues.name_of("associations", association, day),
                measure, columns[measure].header, columns[measure].type == "amount",
                _side(rules, ("R05", "left"), ("R06", "left")),
                _side(rules, ("R05", "right"), ("R16", "left")),
                _side(rules, ("R06", "right"), ("R16", "right")),
                state,
                next((causes[key] for key in _keys(commune, association, measure) if key in causes), ""),
            )
        )  # fmt: skip
    order = list(columns)
    return sorted(lines, key=lambda c: (c.commune, rank.get(c.association, 99), order.index(c.measure)))


def _state(rules: Mapping[str, _Tie]) -> State:
    states = {tie.state for tie in rules.values()}
    if FAILED in states:
        return "differs"
    if NOT_EVALUATED in states or len(rules) < 3:
        return "unknown"
    return "equal" if all(tie.left == tie.right for tie in rules.values()) else "rounding"


def _side(rules: Mapping[str, _Tie], *places: tuple[str, Literal["left", "right"]]) -> int:
    return next((getattr(rules[rule], side) or 0 for rule, side in places if rule in rules), 0)


def _keys(commune: str, association: str, measure: str) -> list[str]:
    return [f"{rule}||{commune}/{association}|{measure}" for rule in ("R06", "R05", "R16")]
