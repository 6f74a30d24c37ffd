"""One figure for each cell of the template, and where the exports do not agree.

Compared is like with like: a figure on another basis is held against ours only where the difference has a
name. However many rows differ, a measure and a cause are one difference.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from sheetcredit.imports.figures import Exports, ImportedFigure, Source
from sheetcredit.imports.trust import Cause, Trust

INFO = "info"
Value = TypeVar("Value")
Place = tuple[str, tuple[str, ...], str]
"""Table, key of the row, column."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure on which two sources do not agree.

    `rows` cells differ in `table`, by `total` together (what `other` says less what `ours` says; amounts in
    đồng). `files`: how many further files say so, too. `cause` is None where none is known; one that is not
    `compared` tells of two things that are different by definition, with no rows counted.
    """

    table: str
    column: str
    ours: Source
    other: Source
    basis: str
    other_basis: str
    rows: int
    total: Decimal
    files: int = 0
    cause: Cause | None = None

    @property
    def compared(self) -> bool:
        """Whether the two mean the same and differ all the same."""
        return self.cause is None or self.cause.compare


@dataclass(frozen=True, slots=True)
class ChosenFigures:
    """What the exports say: the figures taken by their place, and the differences between sources."""

    taken: dict[Place, ImportedFigure]
    differences: tuple[Difference, ...]
    as_of: date | None
    office: str | None


def choose(exports: Exports, trust: Trust) -> ChosenFigures:
    """The figures to take, by order of trust, and where sources differ beyond what they round."""
    as_of = _most(source.as_of for source in exports.sources)
    office = _most(source.office for source in exports.sources)
    by_place: dict[Place, list[ImportedFigure]] = defaultdict(list)
    together = [one.stands_for(figure) for figure in exports.figures for one in trust.together]
    for figure in (*exports.figures, *filter(None, together)):
        by_place[figure.table, figure.key, figure.column].append(figure)
    taken: dict[Place, ImportedFigure] = {}
    apart: list[_Apart] = []
    for place, figures in by_place.items():
        figures.sort(key=trust.rank)
        usable = [figure for figure in figures if not trust.only_compares(figure)]
        ours = usable[0] if usable else figures[0]
        if usable:
            taken[place] = ours
        apart += _apart(ours, (figure for figure in figures if figure is not ours), trust)
    counted = {place[:2] for place, figure in taken.items() if not isinstance(figure.value, str)}
    # A list of names alone makes no row: it may name what is closed, and lack what owes.
    taken = {place: figure for place, figure in taken.items() if place[:2] in counted or place[0] == INFO}
    return ChosenFigures(taken, tuple(_differences(apart, trust)), as_of, office)


def _most(values: Iterable[Value | None]) -> Value | None:
    """What most sources say; those of another day or office were refused when they were read."""
    counted = Counter(value for value in values if value is not None)
    return counted.most_common(1)[0][0] if counted else None


# Differences between sources.


@dataclass(frozen=True, slots=True)
class _Apart:
    """Two figures of one place that do not agree."""

    ours: ImportedFigure
    other: ImportedFigure
    cause: Cause | None

    @property
    def gap(self) -> Decimal:
        return _gap(self.ours, self.other)


def _gap(ours: ImportedFigure, other: ImportedFigure) -> Decimal:
    return Decimal(other.value) - Decimal(ours.value)


def _apart(ours: ImportedFigure, others: Iterable[ImportedFigure], trust: Trust) -> Iterator[_Apart]:
    if isinstance(ours.value, str):
        return
    for other in others:
        if isinstance(other.value, str):
            continue
        alike = trust.basis_of(ours) == trust.basis_of(other)
        differ = abs(_gap(ours, other)) > ours.slack + other.slack
        cause = trust.cause_of(ours, other) if differ or not alike else None
        if (differ and (alike or cause is not None)) or (cause is not None and not cause.compare):
            yield _Apart(ours, other, cause)


def _differences(apart: Sequence[_Apart], trust: Trust) -> Iterator[Difference]:
    """One a measure and cause; where no cause is known, one a measure and pair of kinds."""
    groups: dict[tuple[object, ...], list[_Apart]] = defaultdict(list)
    for one in apart:
        kinds = (one.ours.source.kind, one.other.source.kind) if one.cause is None else ()
        groups[one.other.column, one.cause.id if one.cause else "", kinds].append(one)
    for alike in groups.values():
        yield _difference(alike, trust)


def _weight(pair: Sequence[_Apart]) -> tuple[int, bool]:
    """What is told first: where most rows differ, and cells of the template before what only compares."""
    return len(pair), not pair[0].other.table.startswith("~")


def _difference(alike: Sequence[_Apart], trust: Trust) -> Difference:
    """Told of the table and pair of files where most rows differ; the other files are counted."""
    pairs: dict[tuple[str, Source, Source], list[_Apart]] = defaultdict(list)
    for one in alike:
        pairs[one.other.table, one.ours.source, one.other.source].append(one)
    most = max(pairs.values(), key=_weight)
    ours, other = most[0].ours, most[0].other
    files = {one.other.source.file for one in alike} - {other.source.file}
    counted = most[0].cause is None or most[0].cause.compare
    rows, total = (len(most), sum((one.gap for one in most), Decimal(0))) if counted else (0, Decimal(0))
    return Difference(
        other.table, other.column, ours.source, other.source, trust.basis_of(ours), trust.basis_of(other),
        rows, total, len(files), most[0].cause,
    )  # fmt: skip
