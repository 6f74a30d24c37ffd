"""The three sides of every commune × association: what the association states, its groups, the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.model.finding import Finding
from sheetcredit.rules.ties import FAILED, NOT_EVALUATED
from sheetcredit.template.definition import Office
from sheetcredit.template.reading import Reading

ComparisonState = Literal["equal", "rounding", "differs", "unknown"]
_ALWAYS = "balance"
_SIDES = ("R05", "R06", "R16")
"""Statement against groups, statement against ledger, groups against ledger."""
_PLACE = ("commune", "association", "measure")


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
    state: ComparisonState
    cause: str

    @property
    def difference_groups(self) -> int:
        """Statement less groups."""
        return self.statement - self.groups

    @property
    def difference(self) -> int:
        """Statement less ledger."""
        return self.statement - self.ledger


@dataclass(frozen=True, slots=True)
class _Words:
    """What the lines are worded with; `measures`: order and header in the ledger, whether it is an amount."""

    catalogues: Catalogues
    measures: Mapping[str, tuple[int, str, bool]]


def compare(
    office: Office,
    ties: pl.DataFrame,
    readings: Sequence[Reading],
    catalogues: Catalogues,
    findings: Mapping[str, Iterable[Finding]],
) -> dict[str, list[Comparison]]:
    """By file: the balance of every commune × association, and the other measures where the sides differ.

    `findings` are those of the breaks, by file: a line names the cause of its own.
    """
    ledger = office.sheet("ledger").columns
    measures = {c.name: (order, c.header, c.type == "amount") for order, c in enumerate(ledger)}
    words = _Words(catalogues, measures)
    days = {reading.file: reading.info.day for reading in readings}
    offices = {reading.file: reading.info.office for reading in readings}
    lines: dict[str, list[Comparison]] = {file: [] for file in days}
    causes = {
        file: {finding.key: finding.suspects[0].cause_text() for finding in of_file if finding.suspects}
        for file, of_file in findings.items()
    }
    for file, *row in _sides(ties).iter_rows():
        line = _line(words, days[file], offices[file], causes.get(file, {}), *row)
        if line is not None:
            lines[file].append(line)
    rank = {entry.code: place for place, entry in enumerate(catalogues.of("associations"))}
    for each in lines.values():
        each.sort(key=lambda c: (c.commune, rank.get(c.association, 99), measures[c.measure][0]))
    return lines


def _sides(ties: pl.DataFrame) -> pl.DataFrame:
    """One row a file, commune, association and measure that may be shown; left, right, state of each rule."""
    here = ties.filter(pl.col("rule").is_in(_SIDES))
    differing = here.filter(pl.col("state") == FAILED)["file"].unique().to_list()
    shown = here.filter((pl.col("measure") == _ALWAYS) | pl.col("file").is_in(differing))
    return shown.group_by("file", *_PLACE, maintain_order=True).agg(
        pl.col(what).filter(pl.col("rule") == rule).last().alias(f"{rule}/{what}")
        for rule in _SIDES
        for what in ("left", "right", "state")
    )


def _line(
    words: _Words,
    day: date,
    office: str | None,
    causes: Mapping[str, str],
    commune: str,
    association: str,
    measure: str,
    *sides: int | None,
) -> Comparison | None:
    """A line of `Đối chiếu`; None for a measure that need not be shown. `sides`: as `_sides` gives them."""
    state = _state(sides)
    if measure != _ALWAYS and state != "differs":
        return None
    (stated, grouped, _), (stated_too, booked, _), (grouped_too, booked_too, _) = (  # one a rule
        sides[:3],
        sides[3:6],
        sides[6:],
    )
    _, header, amount = words.measures[measure]
    keys = (f"{rule}||{commune}/{association}|{measure}" for rule in ("R06", "R05", "R16")) if causes else ()
    return Comparison(
        commune, words.catalogues.name_of("communes", commune, day, office=office),
        association, words.catalogues.name_of("associations", association, day),
        measure, header, amount,
        (stated_too or 0) if stated is None else stated,
        (grouped_too or 0) if grouped is None else grouped,
        (booked_too or 0) if booked is None else booked,
        state, next((causes[key] for key in keys if key in causes), ""),
    )  # fmt: skip


def _state(sides: Sequence[int | None]) -> ComparisonState:
    states = sides[2::3]
    if FAILED in states:
        return "differs"
    if NOT_EVALUATED in states or None in states:
        return "unknown"
    return "equal" if sides[0::3] == sides[1::3] else "rounding"
