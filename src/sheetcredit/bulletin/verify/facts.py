"""What a report says, in the words of claims: every figure by its meaning, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from sheetcredit.bulletin.verify.claims import Claim, significant_step
from sheetcredit.bulletin.verify.lexicon import Kind, Lexicon, Meaning, load_lexicon
from sheetcredit.bulletin.verify.numbers import Value as Reading
from sheetcredit.model.grid import address
from sheetcredit.model.period import Period
from sheetcredit.template.definition import Figure, load_office

if TYPE_CHECKING:
    from sheetcredit.figures.summary import FigureValue


class Known(Protocol):
    """What is needed of a report to hold a text against it."""

    @property
    def period(self) -> Period | None:
        """The quarter."""

    @property
    def unit(self) -> int:
        """What the amounts count, in đồng."""

    @property
    def figures(self) -> Mapping[str, FigureValue]:
        """The figures of `Tổng hợp` by defined name."""

    @property
    def names(self) -> Mapping[str, tuple[str, int, int]]:
        """The places of the defined names."""

    @property
    def year_before(self) -> Mapping[str, FigureValue]:
        """The figures against the same period of the year before, where there is its report."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure in đồng, counts or per cent; `step` is the worth of its last digit, `name` its cell's."""

    meaning: Meaning
    kind: Kind
    number: Decimal
    step: Decimal
    name: str | None = None
    place: str = ""


class Facts:
    """The figures of one report by their meaning, and what the rows of its workbook say."""

    def __init__(self, report: Known, rows: Iterable[Fact] = (), lexicon: Lexicon | None = None) -> None:
        self.lexicon = lexicon or load_lexicon()
        self.period = report.period
        self.unit = report.unit
        summary = load_office().sheet("summary")
        figures = self._facts(self.lexicon.figures, report.figures, summary.figures, report.names)
        self._by_meaning = {fact.meaning: fact for fact in figures}
        against = self._facts(
            self.lexicon.year_before_figures, report.year_before, summary.year_before_figures, report.names
        )
        self.against_year_before = {fact.meaning: fact for fact in against}
        self._rows: dict[Meaning, list[Fact]] = {}
        for fact in rows:
            if fact.meaning not in self._by_meaning:
                self._rows.setdefault(fact.meaning, []).append(fact)

    def all(self) -> tuple[Fact, ...]:
        """Every figure that could be computed."""
        return tuple(self._by_meaning.values())

    def ways(self, meaning: Meaning) -> Sequence[Fact]:
        """The facts of exactly that meaning: one, or several where a name may mean several sums of rows."""
        if meaning in self._rows:
            return self._rows[meaning]
        fact = self.of(meaning)
        return [] if fact is None else [fact]

    def of(self, meaning: Meaning) -> Fact | None:
        """The fact of exactly that meaning: a figure, or what follows from figures."""
        if meaning.aspect == "share" and meaning.base is None:
            base = self.lexicon.base_of(meaning.measure, meaning.part)
            meaning = Meaning(measure=meaning.measure, part=meaning.part, aspect="share", base=base)
        return self._by_meaning.get(meaning) or self._derived(meaning)

    def _facts(
        self,
        meanings: Mapping[str, Meaning],
        figures: Mapping[str, FigureValue],
        definitions: Iterable[Figure],
        places: Mapping[str, tuple[str, int, int]],
    ) -> Iterator[Fact]:
        defined = {figure.name: figure for figure in definitions}
        for name, meaning in meanings.items():
            value = figures.get(name)
            if value is None:
                continue
            place = ""
            if where := places.get(name):
                place = f"{where[0]}!{address(where[1], where[2])}"
            if defined[name].ratio:
                step = Decimal(1).scaleb(-defined[name].decimals)
                yield Fact(meaning, "percent", Decimal(value) * 100, step, name, place)
            elif defined[name].amount:
                yield Fact(meaning, "amount", Decimal(value) * self.unit, Decimal(self.unit), name, place)
            else:
                yield Fact(meaning, "count", Decimal(value), Decimal(1), name, place)

    def _derived(self, meaning: Meaning) -> Fact | None:
        """The opening (level less change), or a share of something no figure has it of."""
        level = self._level(meaning.measure, meaning.part)
        if level is None or meaning.aspect == "level":
            return level
        if meaning.aspect == "opening":
            change = self._by_meaning.get(
                Meaning(measure=meaning.measure, part=meaning.part, aspect="change")
            )
            if change is None:
                return None
            return Fact(meaning, level.kind, level.number - change.number, 2 * level.step)
        if meaning.aspect == "share" and meaning.base is not None:
            whole = (
                self._level(meaning.base, None) if meaning.base != meaning.measure or meaning.part else None
            )
            if whole is None or not whole.number or whole.kind != level.kind:
                return None
            return Fact(meaning, "percent", level.number * 100 / whole.number, Decimal("0.0001"))
        return None

    def _level(self, measure: str, part: str | None) -> Fact | None:
        if adds := self.lexicon.measures[measure].adds:
            added = [fact for name in adds if (fact := self._level(name, part))]
            if len(added) < len(adds):
                return None
            meaning = Meaning(measure=measure, part=part, aspect="level")
            step = sum((fact.step for fact in added), Decimal(0))
            return Fact(meaning, added[0].kind, sum((fact.number for fact in added), Decimal(0)), step)
        meaning = Meaning(measure=measure, part=part, aspect="level")
        rows = self._rows.get(meaning, [])
        return self._by_meaning.get(meaning) or (rows[0] if len(rows) == 1 else None)


def agreeing(claim: Claim, fact: Fact, scale: Decimal = Decimal(1)) -> Reading | None:
    """The reading of a claim (its unit taken `scale` times) that a fact bears out; None where none does.

    A number printed with fewer digits than the fact must be the fact rounded; one with more may differ by
    what the fact itself was rounded.
    """
    return next((value for value in claim.values if _agrees(claim, value, fact, scale)), None)


def _agrees(claim: Claim, value: Reading, fact: Fact, scale: Decimal) -> bool:
    if claim.implied:
        return fact.number == 0
    number, step = claim.number(value) * scale, claim.step(value) * scale
    off = fact.number - number
    if claim.quantity.upper is not None:
        return 0 <= off <= claim.quantity.upper * claim.scale * scale - number
    if claim.bound:
        rough = significant_step(number, step)
        least, most = {
            "over": (Decimal(0), rough), "nearly": (-rough, Decimal(0)), "about": (-rough, rough),
            "at_most": (-number, Decimal(0)), "at_least": (Decimal(0), abs(off)),
        }[claim.bound]  # fmt: skip
        return least <= off <= most
    if step > fact.step:
        return abs(off) <= step / 2 or abs(off) < (step + fact.step) / 2
    return off == 0 if step == fact.step else abs(off) <= fact.step / 2
