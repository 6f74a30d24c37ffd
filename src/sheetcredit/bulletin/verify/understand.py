"""The numbers of a text understood: which measure, which aspect of it, in which unit.

A sentence is a row of items. Each number owns the items before it (since the number before) and a tail
behind it, which ends at a comma, a bracket, or a word that opens something new (`chiếm`, `tăng`, `với`).
What a number is about is said in its own items, or by the number before, or by what the text spoke of last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from unicodedata import normalize

from sheetcredit.bulletin.verify.claim import Claim, Claims, Spot, When
from sheetcredit.bulletin.verify.items import Item, items_of, sentences
from sheetcredit.bulletin.verify.lexicon import Lexicon, Meaning, Phrase, kind_of, load_lexicon
from sheetcredit.bulletin.verify.numbers import Value, readings
from sheetcredit.bulletin.verify.view import PLANS, View

_ZERO = Value(readings("0", None)[0].value)


def claims_of(lines: Iterable[str]) -> Claims:
    """Everything a text claims; a line is a paragraph."""
    reader = _Reader(load_lexicon())
    for number, line in enumerate(lines, start=1):
        reader.read(number, normalize("NFC", line))
    return Claims(tuple(reader.claims), tuple(reader.times))


@dataclass
class _Topic:
    """What the text spoke of last: an amount, anything; the amounts' unit where it is declared once; whether
    the line before was about an association, and whether this one sums such lines up.
    """

    amount: Meaning | None = None
    last: Meaning | None = None
    unit: str | None = None
    associations: bool = False
    summed: bool = False


@dataclass
class _Reader:
    lexicon: Lexicon
    topic: _Topic = field(default_factory=_Topic)
    claims: list[Claim] = field(default_factory=list)
    times: list[When] = field(default_factory=list)

    def read(self, number: int, line: str) -> None:
        items = items_of(line, self.lexicon)
        total = any(item.phrase.total for item in items)
        self.topic.summed = total and self.topic.associations
        for sentence in sentences(items):
            self.times += _times(number, sentence)
            self._declared_unit(sentence)
            self._sentence(number, line, sentence)
        if items and not total:
            parts = self.lexicon.parts_of("associations")
            self.topic.associations = any(item.phrase.part in parts for item in items)

    def _declared_unit(self, sentence: Sequence[Item]) -> None:
        at = next((i for i, item in enumerate(sentence) if item.phrase.declares), None)
        if at is not None:
            self.topic.unit = next((item.phrase.unit for item in sentence[at:] if item.phrase.unit), None)

    def _sentence(self, number: int, line: str, sentence: list[Item]) -> None:
        scope: str | None = None
        before: Claim | None = None
        start = 0
        places = [at for at, item in enumerate(sentence) if item.kind == "number" or item.phrase.zero]
        for at in places:
            if at < start:  # `không có` behind a number qualifies it
                continue
            end = _tail_end(sentence, at)
            view = View(self.lexicon, sentence[start:at], sentence[at], sentence[at + 1 : end])
            scope = view.scope(scope)
            claim = self._claim(number, line, view, scope, before)
            if claim is not None:  # what is no figure leaves its words to the next number
                self.claims.append(claim)
                self._remember(claim)
                before, start = claim, end
        self._mention(sentence[start:])

    def _remember(self, claim: Claim) -> None:
        if claim.meaning is None or claim.guessed:
            return
        self.topic.last = claim.meaning
        if self.lexicon.measures[claim.meaning.measure].kind == "amount":
            self.topic.amount = Meaning(measure=claim.meaning.measure, aspect=claim.meaning.aspect)

    def _mention(self, items: Sequence[Item]) -> None:
        """A measure named without a number, as headings do, is what the text speaks of next."""
        for item in items:
            if item.phrase.measure and self.lexicon.measures[item.phrase.measure].kind == "amount":
                meaning = Meaning(measure=item.phrase.measure, aspect="level")
                self.topic.amount = self.topic.last = meaning

    def _claim(
        self, number: int, line: str, view: View, scope: str | None, before: Claim | None
    ) -> Claim | None:
        item, lexicon = view.item, self.lexicon
        unit_item = view.unit_item()
        unit = unit_item.phrase.unit if unit_item else None
        if view.is_name(unit) or view.is_aside(unit):
            return None
        implied = item.kind != "number"
        aspect = view.aspect(unit, before)
        if unit is None and not implied and self.topic.unit and aspect in ("level", "change", "opening"):
            unit = self.topic.unit
        meaning = self._meaning(view, unit, aspect, scope, before)
        if implied and (meaning is None or meaning.aspect not in ("level", "change")):
            return None
        kind = lexicon.units[unit].kind if unit else None
        if kind is None and meaning and kind_of(meaning, lexicon) == "count" and not implied:
            kind = "count"  # `số hộ vay là 8.425` needs no unit
        values = (_ZERO,) if implied else readings(item.text, kind)
        if not values:
            return None
        last = view.last_of_meaning(unit_item)
        spot = Spot(number, item.start + 1, last.end, line[item.start : last.end])
        down = view.sign() == "down" and aspect in ("change", "growth")
        return Claim(
            spot=spot,
            text=item.text,
            values=values,
            unit=unit,
            kind=kind,
            dong=lexicon.units[unit].dong if unit else 1,
            meaning=meaning,
            sign=-1 if down else 1,
            about=view.about(),
            counted=not view.qualified(),
            guessed=meaning is not None and self._is_guess(view, meaning, before),
            implied=implied,
        )

    def _is_guess(self, view: View, meaning: Meaning, before: Claim | None) -> bool:
        """Whether the words leave open that the number is of something else."""
        within = self.lexicon.measures[meaning.measure].within
        beside = before.meaning.measure if before and before.meaning else None
        amount = beside is not None and self.lexicon.measures[beside].kind == "amount"
        if within and amount and beside != within:
            return True
        return view.is_loose() or (before is None and not view.says(meaning))

    def _meaning(
        self, view: View, unit: str | None, aspect: str, scope: str | None, before: Claim | None
    ) -> Meaning | None:
        if view.names_other_rate():
            return None
        measure = view.measure(unit, bool(scope) or self.topic.summed)
        base = view.base() if unit == "percent" or (unit is None and aspect == "share") else None
        rating = view.rating(unit)
        if unit and self.lexicon.units[unit].measure:
            return self._placed(self.lexicon.units[unit].measure or "", aspect, scope, rating, None)
        association = view.association()
        if measure is None and rating:
            return self._placed(self.lexicon.kinds["ratings"], aspect, scope, rating, base)
        if measure is None and association:
            return self._placed(self.lexicon.kinds["associations"], aspect, association, None, base)
        if measure is not None:
            return self._placed(measure, aspect, scope, rating, base)
        return self._inherited(view, unit, aspect, base, before, scope)

    def _inherited(
        self,
        view: View,
        unit: str | None,
        aspect: str,
        base: str | None,
        before: Claim | None,
        scope: str | None,
    ) -> Meaning | None:
        """The meaning of a number whose own words name no measure: that of the number before it."""
        from_before = before.meaning if before else None
        amount_wanted = (
            (unit in self.lexicon.units and self.lexicon.units[unit or ""].kind == "amount")
            or aspect in (*PLANS, "growth")
            or (base is not None and self.lexicon.measures[base].kind == "amount")
        )
        candidates = [from_before, self.topic.amount if amount_wanted else self.topic.last]
        for meaning in candidates:
            if meaning is None:
                continue
            kind = self.lexicon.measures[meaning.measure].kind
            if amount_wanted and kind != "amount":
                continue
            if unit is None and not view.speaks_of_figures() and not view.item.phrase.zero:
                continue
            part = meaning.part if meaning is from_before else None
            if part is None and scope and meaning.measure == self.lexicon.kinds["associations"]:
                part = scope
            return Meaning(measure=meaning.measure, aspect=aspect, part=part, base=base)
        return None

    def _placed(
        self, measure: str, aspect: str, scope: str | None, rating: str | None, base: str | None
    ) -> Meaning:
        """A measure narrowed to the association or rating it is said of."""
        part = rating if rating and self.lexicon.divides("ratings", measure) else None
        if part is None and scope and self.lexicon.divides("associations", measure):
            part = scope
        return Meaning(measure=measure, aspect=aspect, part=part, base=base)


def _tail_end(sentence: Sequence[Item], at: int) -> int:
    """Where the tail of the item at `at` ends: at a break, or before a word that opens something new."""
    for place in range(at + 1, len(sentence)):
        item = sentence[place]
        if item.kind in ("clause", "number"):
            return place
        if item.phrase.opens and not (
            item.phrase.zero and item.phrase.aspect is None and sentence[at].kind == "number"
        ):
            return place
    return len(sentence)


def _times(number: int, sentence: Sequence[Item]) -> list[When]:
    ahead = any(item.phrase.ahead for item in sentence)
    compared = any(item.phrase.since or item.text.casefold() == "so" for item in sentence)
    found = []
    for at, item in enumerate(sentence):
        if item.time is None:
            continue
        before = sentence[at - 1].phrase if at else Phrase()
        planned = before.aspect in PLANS
        found.append(
            When(
                spot=Spot(number, item.start + 1, item.end, item.text),
                day=item.time.day,
                year=item.time.year,
                month=item.time.month,
                quarter=item.time.quarter,
                as_of=before.as_of,
                ahead=ahead,
                planned=planned,
                compared=compared,
            )
        )
    return found
