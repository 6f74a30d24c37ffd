"""Claims held against the figures of a workbook: each is traced to one, or told why it is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from sheetcredit.bulletin.verify.claims import Claim, When
from sheetcredit.bulletin.verify.facts import Fact, Facts, agreeing
from sheetcredit.bulletin.verify.lexicon import RATIOS, Lexicon, Meaning, kind_of
from sheetcredit.bulletin.verify.numbers import Value
from sheetcredit.bulletin.verify.related import lacks_unit, since_opening
from sheetcredit.bulletin.verify.rounding import Amount, ratio_of
from sheetcredit.bulletin.verify.wording import LANGUAGES, about, finding, printed, words
from sheetcredit.model.finding import Finding
from sheetcredit.model.period import Period

_SLIPS = tuple(Decimal(10) ** power for power in (3, -3, 6, -6))


@dataclass(frozen=True, slots=True)
class Traced:
    """A claim with what was found, and the figure it was traced to: None where to none.

    There is neither where it is of nothing that a workbook holds.
    """

    claim: Claim
    fact: Fact | None = None
    findings: tuple[Finding, ...] = ()


def compare(file: str, claims: Iterable[Claim], facts: Facts) -> list[Traced]:
    """Each claim of a text traced to a figure of the report, or the reason why not."""
    return [_Tracing(file, claim, facts).traced() for claim in claims]


@dataclass(frozen=True)
class _Tracing:
    file: str
    claim: Claim
    facts: Facts

    def traced(self) -> Traced:
        claim = self.claim
        if claim.meaning is not None and not self.facts.lexicon.measures[claim.meaning.measure].ours:
            return Traced(claim)
        if claim.who is None and claim.meaning is not None and claim.against_year_before:
            fact = self.facts.against_year_before.get(claim.meaning)
            if fact is not None:
                return self._against_year_before(self._with_unit(claim.meaning), fact)
        if claim.meaning is None or claim.who is not None or _is_apart(claim.meaning):
            code = "B-UNKNOWN" if claim.unit is None else "B-UNTRACED"
            said = about(claim.meaning, self.facts.lexicon) if claim.meaning else words("aspect-nothing")
            return Traced(
                claim, None, (finding(self.file, code, claim.spot, said=said, value=self._value()),)
            )
        found: list[Finding] = []
        if lacks_unit(claim, self.facts.lexicon):
            unit = words(f"unit-{kind_of(claim.meaning, self.facts.lexicon)}")
            found.append(self._finding("B-UNIT", said=self._said(claim.meaning), unit=unit))
        with_unit = self._with_unit(claim.meaning)
        fact, reading, more = self._fact_of(with_unit)
        if reading is not None:
            claim = replace(claim, quantity=replace(claim.quantity, values=(reading,)))
        return Traced(claim, fact, (*found, *more))

    def _against_year_before(self, claim: Claim, fact: Fact) -> Traced:
        """A change against the same period of the year before, which is at hand."""
        grown = replace(fact, number=fact.number * claim.against_year_before)
        reading = agreeing(claim, grown) if self._same_kind(claim, fact) else None
        if reading is not None:
            return Traced(replace(claim, quantity=replace(claim.quantity, values=(reading,))), fact)
        return Traced(claim, None, (self._why_not(claim, [grown]),))

    def _with_unit(self, meaning: Meaning) -> Claim:
        """The claim in the unit that its meaning asks for, where the text gives none."""
        if self.claim.unit is not None or self.claim.implied:
            return self.claim
        kind = kind_of(meaning, self.facts.lexicon)
        scale = Decimal(self.facts.unit if kind == "amount" else 1)
        return replace(self.claim, quantity=replace(self.claim.quantity, kind=kind, scale=scale))

    def _fact_of(self, claim: Claim) -> tuple[Fact | None, Value | None, list[Finding]]:
        meaning = claim.meaning
        if meaning is None:
            return None, None, []
        candidates = list(self._candidates(meaning))
        for fact in candidates:
            if self._same_kind(claim, fact) and (reading := agreeing(claim, fact)):
                unsaid = meaning.aspect == "plan" and fact.meaning.aspect == "plan_growth"
                return fact, reading, [self._basis("B-BASIS", fact)] if unsaid else []
        return None, None, [self._why_not(claim, candidates)]

    def _candidates(self, meaning: Meaning) -> Iterator[Fact]:
        if self.facts.lexicon.measures[meaning.measure].flow and not since_opening(self.claim):
            return  # the workbook counts what flowed since the start of the year
        aspects = {"plan": ("plan_level", "plan_growth"), "ratio": RATIOS}.get(
            meaning.aspect, (meaning.aspect,)
        )
        for aspect in aspects:
            base = meaning.base if aspect == "share" else None
            wanted = Meaning(measure=meaning.measure, part=meaning.part, aspect=aspect, base=base)
            yield from self.facts.ways(wanted)

    def _same_kind(self, claim: Claim, fact: Fact) -> bool:
        return claim.implied or claim.kind == fact.kind

    def _why_not(self, claim: Claim, candidates: list[Fact]) -> Finding:
        """The likeliest reason why no figure bears a claim out."""
        if claim.guessed or claim.elsewhere:
            return self._finding("B-UNTRACED", said=self._said(claim.meaning))
        for fact in candidates:
            if claim.kind == fact.kind == "amount" and any(agreeing(claim, fact, slip) for slip in _SLIPS):
                return self._finding("B-UNIT-WRONG", figure=self._told(fact), expected=self._expected(fact))
        near = [fact for fact in self.facts.all() if self._kin(fact)]
        for fact in near:
            if self._same_kind(claim, fact) and agreeing(claim, fact) and fact not in candidates:
                return self._basis("B-BASIS-WRONG", fact)
        for fact in near:
            if not self._same_kind(claim, fact) and self._same_digits(claim, fact):
                return self._finding("B-UNIT-WRONG", figure=self._told(fact), expected=self._in_unit(fact))
        if not candidates:
            return self._finding("B-UNTRACED", said=self._said(claim.meaning))
        fact = candidates[0]
        if rounded := self._otherwise_rounded(claim, fact):
            return rounded
        other = next(
            (f for f in self.facts.all() if self._same_kind(claim, f) and f.number and agreeing(claim, f)),
            None,
        )
        hint = self._told(other) if other else None
        return self._finding(
            "B-VALUE-OTHER" if hint else "B-VALUE",
            said=self._said(claim.meaning),
            cell=fact.place or fact.name or words("computed"),
            due=self._due(fact),
            other=hint or "",
            expected=self._expected(fact),
            difference=claim.number(claim.value) / claim.scale - self._expected(fact),
        )

    def _kin(self, fact: Fact) -> bool:
        """Whether a figure is of the same measure and part."""
        meaning = self.claim.meaning
        if meaning is None:
            return False
        return (fact.meaning.measure, fact.meaning.part) == (meaning.measure, meaning.part)

    def _same_digits(self, claim: Claim, fact: Fact) -> bool:
        number = self._in_unit(fact)
        return any(abs(claim.signed(value)) == abs(number) != 0 for value in claim.values)

    def _otherwise_rounded(self, claim: Claim, fact: Fact) -> Finding | None:
        """A share that is right by another way of rounding than the report's."""
        if fact.meaning.aspect != "share" or fact.meaning.base is None:
            return None
        part = self.facts.of(Meaning(measure=fact.meaning.measure, part=fact.meaning.part, aspect="level"))
        whole = self.facts.of(Meaning(measure=fact.meaning.base, aspect="level"))
        if part is None or whole is None:
            return None
        ratio = ratio_of(
            *(Amount.of(f.number, f.step if f.kind == "amount" else Decimal(0)) for f in (part, whole))
        )
        shown = claim.value
        if ratio is None:
            return None
        method = "half_up" if ratio.rounds_to(shown.value, shown.decimals) else ""
        method = method or ("cut_off" if ratio.cuts_to(shown.value, shown.decimals) else "")
        if not method:
            return None
        return self._finding(
            "B-ROUNDED",
            cell=fact.place or fact.name or words("computed"),
            due=self._due(fact),
            method=words(f"method-{method}"),
            expected=self._expected(fact),
        )

    def _basis(self, code: str, fact: Fact) -> Finding:
        said = self._said(self.claim.meaning)
        return self._finding(code, said=said, is_=self._said(fact.meaning), figure=self._told(fact))

    def _finding(self, code: str, **details: object) -> Finding:
        return finding(self.file, code, self.claim.spot, value=self._value(), **details)

    def _value(self) -> Decimal:
        return self.claim.signed(self.claim.value)

    def _expected(self, fact: Fact) -> Decimal:
        """A fact in the claim's unit."""
        if fact.kind == "amount" and self.claim.kind == "amount":
            return fact.number / self.claim.scale
        return self._in_unit(fact)

    def _due(self, fact: Fact) -> dict[str, str]:
        """A fact in the claim's unit, as it is printed."""
        percent = fact.kind == "percent"
        decimals = _decimals(fact.step) if fact.name else self.claim.value.decimals
        return printed(self._expected(fact), percent, decimals if percent else None)

    def _in_unit(self, fact: Fact) -> Decimal:
        """A fact in its own unit, as the workbook shows it."""
        return fact.number / self.facts.unit if fact.kind == "amount" else fact.number

    def _said(self, meaning: Meaning | None) -> dict[str, str]:
        return about(meaning, self.facts.lexicon) if meaning else {}

    def _told(self, fact: Fact) -> dict[str, str]:
        percent = fact.kind == "percent"
        shown = printed(self._in_unit(fact), percent, _decimals(fact.step) if percent else None)
        return {lang: f"{text} = {shown[lang]}" for lang, text in _told(fact, self.facts.lexicon).items()}


def _is_apart(meaning: Meaning) -> bool:
    """Whether it is of another kind than any figure: a target, an average, against another day."""
    apart = meaning.aspect in ("target", "rate", "average", "average_change", "clean", "some")
    return apart or meaning.aspect.endswith("_other")


def _told(fact: Fact, lexicon: Lexicon) -> dict[str, str]:
    """A fact with the cell it stands in."""
    said = about(fact.meaning, lexicon)
    place = fact.place or fact.name or ""
    return {language: f"{said[language]}, {place}" if place else said[language] for language in LANGUAGES}


def _decimals(step: Decimal) -> int:
    exponent = step.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def check_times(file: str, times: Iterable[When], facts: Facts) -> Iterator[Finding]:
    """Dates and quarters that are not those of the report."""
    period = facts.period
    if period is None:
        return
    last = period.last_day
    for when in times:
        wrong: object = None
        if when.as_of and when.day and when.day != last:
            wrong = f"{last.day}/{last.month}/{last.year}"
        elif when.as_of and when.month and (when.month, when.year) != (last.month, last.year):
            wrong = f"{last.month}/{last.year}"
        elif when.quarter and not when.compared:
            quarter = Period(period.year, period.quarter)  # of a month the one it lies in, of a year its last
            allowed = [quarter, quarter.next()] if when.ahead else [quarter]
            if not any((p.number, p.year) == (when.quarter, when.year or p.year) for p in allowed):
                wrong = f"{quarter.number}/{quarter.year}"
        elif when.planned and when.year and when.year != period.year:
            wrong = str(period.year)
        if wrong:
            yield finding(file, "B-PERIOD", when.spot, wanted=wrong)
