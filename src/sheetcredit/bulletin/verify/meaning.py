"""The numbers of a text understood: which measure, of whom, which aspect of it, in which unit.

A sentence is a row of items. Each number owns the items before it (since the number before) and a tail
behind it, which ends at a comma, a bracket, or a word that opens something new (`chiếm`, `tăng`, `với`).
What a number is about is said in its own items, or by the number before in the sentence, or by the list it
stands in; a verb at the head of a sentence may go back to what the text spoke of last. Whatever is not told
stays open: such a number is compared with nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from unicodedata import normalize

from sheetcredit.bulletin.verify.claims import Claim, Claims, Spot, TimeSpan, When
from sheetcredit.bulletin.verify.items import SentenceItem, WrittenNumber, items_of, sentences
from sheetcredit.bulletin.verify.lexicon import (
    PLANS,
    Lexicon,
    Meaning,
    PartKind,
    Phrase,
    kind_of,
    load_lexicon,
)
from sheetcredit.bulletin.verify.numbers import Value, readings
from sheetcredit.bulletin.verify.surroundings import Surroundings, tail_end
from sheetcredit.bulletin.verify.times import Time

_ZERO = WrittenNumber("0", (Value(Decimal(0)),))
Subject = tuple[str | None, str | None, bool]
"""The measure and the part that a number is of, and whether the words say so."""

_ENDS = frozenset(".;:,!?")
"""Marks at the end of a line that is no heading."""


def claims_of(lines: Iterable[str]) -> Claims:
    """Everything a text claims; a line is a paragraph."""
    reader = _Reader(load_lexicon())
    for number, line in enumerate(lines, start=1):
        reader.read(number, normalize("NFC", line))
    return Claims(tuple(_of_their_places(reader.claims)), tuple(reader.times))


def _of_their_places(claims: Sequence[Claim]) -> list[Claim]:
    """The claims, the unit that the text is about not named: it is the highest of the places it speaks of."""
    places: dict[str, int] = {}
    for claim in claims:
        if claim.who is not None:
            places.setdefault(claim.who, int(claim.who[0]))
    if not places:
        return list(claims)
    highest = max(places.values())
    own = next(place for place, rank in places.items() if rank == highest)
    if highest == 1 and len(places) > 1:
        return list(claims)
    return [replace(claim, who=None) if claim.who == own else claim for claim in claims]


@dataclass
class _Topic:
    """What the text spoke of last: an amount, anything; the amounts' unit where it is declared once; whether
    the line before was about an association, and whether this one sums such lines up.
    """

    amount: Claim | None = None
    last: Claim | None = None
    mentioned: Meaning | None = None
    unit: str | None = None
    associations: bool = False
    summed: bool = False
    association: str | None = None
    who: str | None = None
    when: TimeSpan = field(default_factory=TimeSpan)


@dataclass
class _Reader:
    lexicon: Lexicon
    topic: _Topic = field(default_factory=_Topic)
    claims: list[Claim] = field(default_factory=list)
    times: list[When] = field(default_factory=list)
    sentences: int = 0
    associations: set[str] = field(default_factory=set)
    """Those named so far."""

    def read(self, number: int, line: str) -> None:
        items = items_of(line, self.lexicon)
        total = any(item.phrase.total for item in items)
        self.topic.summed = total and self.topic.associations
        self.topic.who, self.topic.when = None, TimeSpan()
        of_associations = self.lexicon.parts_of("associations")
        self.associations |= {item.phrase.part for item in items if item.phrase.part in of_associations}
        for sentence in sentences(items):
            self.sentences += 1
            self.times += _times(number, sentence)
            self._declared_unit(sentence)
            _Sentence(self, number, line, sentence).read()
        if items and not total:
            parts = self.lexicon.parts_of("associations")
            self.topic.associations = any(item.phrase.part in parts for item in items)

    def _declared_unit(self, sentence: Sequence[SentenceItem]) -> None:
        at = next((i for i, item in enumerate(sentence) if item.phrase.declares), None)
        if at is not None:
            self.topic.unit = next((item.phrase.unit for item in sentence[at:] if item.phrase.unit), None)


@dataclass
class _Sentence:
    """One sentence being read."""

    reader: _Reader
    number: int
    line: str
    items: Sequence[SentenceItem]
    scope: str | None = None
    """The association that the words speak of."""

    before: Claim | None = None
    base_before: str | None = None
    """What the number before is said to be of."""

    claims: list[Claim] = field(default_factory=list)
    listing: str | None = None

    def read(self) -> None:
        """Every number becomes a claim; what is no figure leaves its words to the next one."""
        start = 0
        for at, item in enumerate(self.items):
            if at < start or not (item.kind == "number" or item.phrase.zero):
                continue  # `không có` behind a number qualifies it
            end = tail_end(self.items, at)
            own = Surroundings(self.reader.lexicon, self.items, start, at, end)
            self._places_and_times(own)
            claim = self._claim(own)
            if claim is not None:
                for each in self._with_whole(claim, own):
                    self.reader.claims.append(each)
                    self.claims.append(each)
                self._remember(claim, own)
                self.base_before = own.base()
                self.before, start = claim, end
        self._mention(self.items[start:])

    def _places_and_times(self, own: Surroundings) -> None:
        topic = self.reader.topic
        compared = own.versus_places()
        for place, item in enumerate(own.items[: own.at], start=0):
            if place < own.start:
                continue
            if item.kind == "place":
                topic.who = f"{item.phrase.place} {item.text.casefold()}"
            elif item.phrase.own:
                topic.who = None
            elif item.time is not None and place not in compared:
                before = own.items[place - 1] if place else None
                reached = before is not None and (
                    before.phrase.as_of or before.text.casefold() in ("cuối", "hết")
                )
                topic.when = _span(item.time, topic.when, reached)

    def _remember(self, claim: Claim, own: Surroundings) -> None:
        topic = self.reader.topic
        if claim.meaning is None or claim.guessed or claim.meaning.aspect in ("target", "rate"):
            return
        topic.last = claim
        if claim.meaning.part and self.reader.lexicon.kind_of_part(claim.meaning.part) == "associations":
            topic.association = claim.meaning.part
        measure = self.reader.lexicon.measures[claim.meaning.measure]
        if measure.kind == "amount" and not own.named("associations", "programmes", "sources"):
            topic.amount = claim

    def _mention(self, items: Sequence[SentenceItem]) -> None:
        """A measure named without a number, as headings do, is what the text speaks of next."""
        for item in items:
            measure = item.phrase.measure
            if measure and self.reader.lexicon.measures[measure].kind == "amount":
                self.reader.topic.mentioned = Meaning(measure=measure, aspect="level")
                self.reader.topic.amount = self.reader.topic.last = None
            if item.phrase.listing and not self.claims:
                self.listing = item.phrase.listing

    # -- one number -----------------------------------------------------------------------------------

    def _claim(self, own: Surroundings) -> Claim | None:
        if own.is_name() or own.is_other():
            return None
        lexicon, item = self.reader.lexicon, own.item
        implied = item.kind != "number"
        quantity = item.quantity or self._zero(own)
        if not implied and quantity.unit is None:
            quantity = self._with_unit_elsewhere(own, quantity)
        self.scope = own.scope(self.scope or self._subject_of_text(), self.reader.topic.association)
        if marker := own.list_marker():
            self.listing = marker
        meaning, certain = self._meaning(own, quantity)
        if implied and (meaning is None or meaning.aspect not in ("level", "change")):
            return None
        if quantity.unit is None and not implied and meaning is not None:
            if self.reader.topic.unit and meaning.aspect in ("level", "change", "opening", "plan_amount"):
                quantity = _in_unit(quantity, self.reader.topic.unit, lexicon)
            elif kind_of(meaning, lexicon) == "count":
                quantity = replace(quantity, kind="count", values=readings(item.text, "count"))
        unspoken = own.counts_unknown() or not own.speaks_of_figures()
        if meaning is not None and not implied and quantity.unit is None and unspoken:
            meaning = None
        down = (
            meaning is not None and meaning.aspect in ("change", "growth") and own.sign(self.before) == "down"
        )
        last = own.last_of_meaning()
        return Claim(
            spot=Spot(self.number, item.start + 1, last, self.line[item.start : last]),
            place=Spot(
                self.number, item.start + 1, quantity.end or item.end,
                self.line[item.start : quantity.end or item.end],
            ),
            quantity=quantity,
            meaning=meaning,
            sign=-1 if down else 1,
            guessed=not certain,
            implied=implied,
            who=self.reader.topic.who,
            when=self.reader.topic.when,
            per=own.per(),
            listing=self.listing,
            elsewhere=quantity.kind == "count" and self._beside_another_balance(meaning),
            sentence=self.reader.sentences,
            heading=self.line.rstrip()[-1:] not in _ENDS,
            against_year_before=(-1 if own.sign(self.before) == "down" else 1) * own.since_year_before(),
        )  # fmt: skip

    def _subject_of_text(self) -> str | None:
        """The association that the whole text is about: it opens with one, and names no other."""
        first = self.reader.claims[0].meaning if self.reader.claims else None
        if first is None or self.reader.lexicon.kind_of_part(first.part) != "associations" or self.claims:
            return None
        return first.part if self.reader.associations <= {first.part} else None

    def _with_whole(self, claim: Claim, own: Surroundings) -> Sequence[Claim]:
        """A fraction as two counts: of some, and of all of the same noun."""
        quantity = claim.quantity
        if quantity.whole is None or claim.meaning is None:
            return (claim,)
        first = own.item.start + _digits_before(quantity.text)
        end = own.item.start + len(quantity.text)
        part = replace(
            claim,
            place=Spot(self.number, own.item.start + 1, first, self.line[own.item.start : first]),
            quantity=replace(quantity, text=self.line[own.item.start : first], whole=None, end=first),
            guessed=claim.guessed or (claim.meaning.aspect == "level" and own.rating(True) is None),
        )
        start = end - _digits_behind(quantity.text)
        meaning = Meaning(measure=claim.meaning.measure, part=self.scope, aspect="level")
        text = self.line[start:end]
        whole = replace(
            claim,
            spot=Spot(self.number, start + 1, claim.spot.end, self.line[start : claim.spot.end]),
            place=Spot(self.number, start + 1, end, text),
            quantity=replace(quantity, text=text, values=(quantity.whole,), whole=None, bound=None, end=end),
            meaning=meaning,
            fraction_of=part.place,
        )
        return (part, whole)

    def _zero(self, own: Surroundings) -> WrittenNumber:
        """What there is none of: counted where a counted noun follows (`không có tổ xếp loại yếu`)."""
        unit = next((item.phrase.unit for item in own.tail if item.phrase.unit), None)
        if unit is None or self.reader.lexicon.units[unit].kind != "count":
            return _ZERO
        return replace(_ZERO, unit=unit, kind="count")

    def _with_unit_elsewhere(self, own: Surroundings, quantity: WrittenNumber) -> WrittenNumber:
        """The unit in brackets before a number, as the head of a column has it."""
        unit = own.unit_in_brackets()
        return _in_unit(quantity, unit, self.reader.lexicon) if unit else quantity

    def _meaning(self, own: Surroundings, quantity: WrittenNumber) -> tuple[Meaning | None, bool]:
        """What the number is about, and whether that is certain."""
        if own.is_aimed_at():
            measure = own.measure(False) or "balance"
            return Meaning(measure=measure, aspect="target"), True
        if quantity.kind == "count":
            return self._count(own, quantity)
        if quantity.kind == "percent" and own.is_rate():
            return Meaning(measure=own.measure(False) or "balance", aspect="rate"), True
        return self._amount_or_ratio(own, quantity)

    def _count(self, own: Surroundings, quantity: WrittenNumber) -> tuple[Meaning | None, bool]:
        lexicon = self.reader.lexicon
        unit = lexicon.units[quantity.unit or ""]
        if unit.measure is None:
            return None, False
        measure = unit.measure
        rating = own.rating(True) if lexicon.divides("ratings", measure) else None
        scope = self.scope if lexicon.divides("associations", measure) else None
        aspect = "clean" if own.is_clean() else "level"
        if aspect == "level" and own.changes():
            aspect = "change" if own.since() != "other" else "change_other"
        elif rating is None and own.averages():
            return Meaning(measure=measure, aspect="average"), False
        if measure == "communes" and rating is None and own.zero_behind() and not own.is_clean():
            return Meaning(measure=measure, aspect="level"), False
        certain = not own.is_loose() and not own.named("programmes")
        certain = certain and not (
            measure in ("groups", "communes") and own.zero_behind() and aspect != "clean"
        )
        if own.rates_jointly():
            return Meaning(measure=measure, part=scope, aspect="some"), certain
        certain = certain and not self._of_some_only(rating, scope)
        meaning = Meaning(measure=measure, part=rating or scope, aspect=aspect)
        return meaning, certain

    def _of_some_only(self, rating: str | None, scope: str | None) -> bool:
        """Whether the number before was of a programme or a rating, of which this one counts some."""
        lexicon = self.reader.lexicon
        before = [claim.meaning.part for claim in self.claims if claim.meaning and claim.meaning.part]
        kind = lexicon.kind_of_part(before[-1]) if before else None
        return kind == "programmes" or (kind == "ratings" and rating is None and scope is not None)

    def _beside_another_balance(self, meaning: Meaning | None) -> bool:
        """Whether the amount before is of another balance than the one whose borrowers the figure counts."""
        amounts = [
            claim.meaning.measure
            for claim in self.claims
            if claim.meaning is not None and claim.kind == "amount"
        ]
        within = self.reader.lexicon.measures[meaning.measure].within if meaning else None
        return (
            within is not None
            and bool(amounts)
            and amounts[-1] != within
            and amounts[-1] not in ("overdue", "deposits")
        )

    def _amount_or_ratio(self, own: Surroundings, quantity: WrittenNumber) -> tuple[Meaning | None, bool]:
        percent = quantity.kind == "percent" or (quantity.kind is None and own.reads_as_percentage())
        measure, part, said = self._subject(own, percent)
        if measure is None:
            return None, False
        aspect = own.aspect(percent, quantity, self.before)
        if aspect is None:
            return None, False
        base = own.base() if percent and aspect in ("share", "share_other") else None
        if self._qualifies_the_counted(own):
            return Meaning(measure=measure, aspect="rate"), True
        certain = said and not own.is_joint() and not own.is_of_some() and aspect != "ratio"
        certain = certain and not (own.comes_from() and not self._since_opening())
        if own.is_somebodys() and not own.says_average() and not own.measure(False):
            return None, False
        if part is None and own.is_narrowed():
            certain = False
        return Meaning(measure=measure, part=part, aspect=aspect, base=base), certain

    def _since_opening(self) -> bool:
        """Whether the number before was a change from the opening: what it began at is the opening."""
        before = self.before.meaning if self.before else None
        return before is not None and before.aspect in ("growth", "change")

    def _qualifies_the_counted(self, own: Surroundings) -> bool:
        """Whether it says which groups or communes were counted: `3 xã có nợ quá hạn trên 0,5%`."""
        before = self.before.meaning if self.before else None
        counted = before is not None and before.measure in ("groups", "communes") and before.part is None
        return counted and bool(own.before) and own.before[0].text.casefold() == "có"

    def _subject(self, own: Surroundings, percent: bool) -> Subject:
        """The measure and the part that a number is of, and whether the words say so."""
        if percent and (planned := own.planned_measure()):
            return planned, None, True
        measure = own.measure(percent, bool(self.scope) or self.reader.topic.summed)
        part = own.part()
        if part is None and measure == "disbursed" and own.lends() and (listed := self._listed_part()):
            part, measure = listed, None  # `cho vay …` in a list of programmes: one whose name we do not know
        if part is not None:
            return self._of_part(measure, part)
        if measure is not None:
            if percent and self.reader.lexicon.divides("ratings", measure) and (rating := own.rating(True)):
                return measure, rating, True
            divided = self.reader.lexicon.divides("associations", measure)
            divided = divided or measure in ("overdue", "frozen", "troubled")
            return measure, self.scope if divided else None, True
        return self._unnamed(own, percent)

    def _of_part(self, measure: str | None, part: str) -> Subject:
        """A part that is named, of the measure beside it or of that which such parts divide."""
        kind = self.reader.lexicon.parts[part].of
        if measure is None or (kind == "sources" and not self.reader.lexicon.divides(kind, measure)):
            return self._divided(kind), part, True
        if kind == "associations" or self.reader.lexicon.divides(kind, measure):
            return measure, part, True
        return measure, None, True

    def _unnamed(self, own: Surroundings, percent: bool) -> Subject:
        """The subject of a number whose own words name neither a measure nor a part."""
        if taken := self._taken_over(own):
            return taken.measure, taken.part, True
        if added := self._added_up(own):
            return added, self.scope if added == "balance" else None, True
        if own.averages() and not self.claims:
            return "balance", self.scope, True
        unitless = own.item.quantity is not None and own.item.quantity.unit is None
        rating = own.rating(own.counts_groups() or self._counts_groups()) if percent or unitless else None
        if rating is not None:
            return self._rated(), rating, True
        measure, part, said = self._inherited(own, percent)
        if measure is None and own.averages():
            return "balance", self.scope, True
        return measure, part, said

    def _divided(self, kind: PartKind) -> str:
        """The measure that a part is of where its words name none: that of its list's head, if it fits."""
        lexicon = self.reader.lexicon
        plain = lexicon.kinds[kind].measure
        head = self._head()
        if head is None or not lexicon.divides(kind, head.measure) or head.measure == plain:
            return plain
        listed = self.listing is not None or (self.before is not None and self.before.meaning == head)
        same_kind = lexicon.kind_of_part(head.part) in (kind, None)
        amounts = lexicon.measures[head.measure].kind == "amount"
        return head.measure if listed and same_kind and amounts else plain

    def _listed_part(self) -> str | None:
        """One more part of the list that the number before stands in, where its name is not known."""
        part = self.before.meaning.part if self.before and self.before.meaning else None
        kind = self.reader.lexicon.kind_of_part(part)
        return {"programmes": "other_programme", "sources": "other_source"}.get(kind or "")

    def _head(self) -> Meaning | None:
        """What the list is of: the number before, else the last one of the sentence before."""
        if self.before is not None:
            amounts = [claim for claim in self.claims if claim.kind == "amount" and claim.meaning]
            return amounts[-1].meaning if amounts else self.before.meaning
        last = self.reader.topic.last
        if last is not None and last.sentence >= self.reader.sentences - 1:
            return last.meaning
        return self.reader.topic.mentioned

    def _rated(self) -> str:
        """What a rating is of: communes where the sentence counts them, else groups."""
        counted = [c.meaning.measure for c in self.claims if c.meaning and c.kind == "count"]
        return "communes" if counted and counted[-1] == "communes" else "groups"

    def _counts_groups(self) -> bool:
        """Whether groups or communes were counted before in the sentence."""
        return any(claim.unit in ("groups", "communes") for claim in self.claims)

    def _taken_over(self, own: Surroundings) -> Meaning | None:
        """An amount straight behind what a percentage is of, or behind the plan that it completes."""
        before = self.before
        if before is None or before.meaning is None or before.kind != "percent" or own.item.quantity is None:
            return None
        if own.item.quantity.kind != "amount" or own.changes() or own.averages():
            return None
        if self.base_before and own.follows_directly():
            return Meaning(measure=self.base_before, aspect="level")
        return None

    def _added_up(self, own: Surroundings) -> str | None:
        """What `tổng cộng` is the sum of: what the amounts before make up, or those counted before owe."""
        lexicon = self.reader.lexicon
        lent = any(item.phrase.borrows for item in own.before) and any(c.unit == "loans" for c in self.claims)
        if lent or any(item.phrase.owed for item in own.before):
            if any(item.phrase.measure == "disbursed" for item in self.items[: own.at]):
                return "disbursed"
            counted = [claim.unit for claim in self.claims if claim.kind == "count" and claim.unit]
            return lexicon.units[counted[-1]].owes if counted else None
        if any(item.phrase.total for item in own.before):
            said = {
                claim.meaning.measure for claim in self.claims if claim.meaning and claim.kind == "amount"
            }
            return next(
                (name for name, m in lexicon.measures.items() if m.adds and set(m.adds) <= said), None
            )
        return None

    def _inherited(self, own: Surroundings, percent: bool) -> Subject:
        """The subject of a number whose own words name none: that of a number before it in the sentence."""
        lexicon = self.reader.lexicon
        base = own.base() if percent else None
        wants_amount = own.item.quantity is not None and own.item.quantity.kind == "amount"
        wants_amount = wants_amount or own.plan() is not None or own.changes()
        wants_amount = wants_amount or (base is not None and lexicon.measures[base].kind == "amount")
        if own.names_unknown() and (listed := self._listed_part()):
            return self._divided(lexicon.parts[listed].of), listed, False
        if own.names_unknown() and not percent and not own.follows_number():
            return None, None, False
        if wants_amount and (passed := own.passed_over()):
            return passed, self.scope if lexicon.divides("associations", passed) else None, True
        for claim in reversed(self.claims):
            if claim.meaning is not None and self._hands_on(claim.meaning, own, percent, wants_amount):
                measure, part = claim.meaning.measure, claim.meaning.part
                if own.totals():
                    return measure, None, True
                if part is None and self.scope and lexicon.divides("associations", measure):
                    part = self.scope
                return measure, part, True
        return self._spoken_of_last(own, wants_amount)

    def _hands_on(self, meaning: Meaning, own: Surroundings, percent: bool, wants_amount: bool) -> bool:
        """Whether a number before may be what this one is of."""
        if meaning.aspect in ("target", "rate"):
            return False
        if self.reader.lexicon.measures[meaning.measure].kind == "count":
            if wants_amount and not own.item.phrase.zero:
                return False
            if percent and meaning.part is None and self._has_amount():
                return False
        elif own.says_share() and meaning.part is None and self._is_of_nothing(meaning, own):
            return False
        return not (percent and meaning.aspect in ("average", "clean"))

    def _is_of_nothing(self, meaning: Meaning, own: Surroundings) -> bool:
        """Whether a share cannot be that of a number before, which is a whole itself, as another may be."""
        lexicon = self.reader.lexicon
        if own.base() is not None or lexicon.base_of(meaning.measure, None) is not None:
            return False
        others = (claim.meaning for claim in self.claims if claim.meaning is not None)
        return any(lexicon.base_of(other.measure, other.part) == meaning.measure for other in others)

    def _spoken_of_last(self, own: Surroundings, wants_amount: bool) -> Subject:
        """What the text spoke of before this sentence, for a number whose words say what of it (`Tăng …`)."""
        topic = self.reader.topic
        if not (own.says_aspect() or own.item.phrase.zero):
            return None, None, False
        if not wants_amount and topic.last is not None and topic.last.meaning is not None:
            return topic.last.meaning.measure, topic.last.meaning.part, True
        if topic.amount is not None and topic.amount.meaning is not None:
            return topic.amount.meaning.measure, None, True
        return (topic.mentioned.measure, None, True) if topic.mentioned else (None, None, False)

    def _has_amount(self) -> bool:
        return any(claim.kind == "amount" and claim.meaning for claim in self.claims)


def _digits_before(fraction: str) -> int:
    """How many characters of a fraction its first number takes."""
    return len(fraction.partition("/")[0].rstrip())


def _digits_behind(fraction: str) -> int:
    return len(fraction.partition("/")[2].lstrip())


def _in_unit(quantity: WrittenNumber, unit: str, lexicon: Lexicon) -> WrittenNumber:
    known = lexicon.units[unit]
    values = readings(quantity.text, known.kind)
    return replace(
        quantity, unit=unit, kind=known.kind, scale=Decimal(known.dong), values=values or quantity.values
    )


def _span(time: Time, before: TimeSpan, reached: bool) -> TimeSpan:
    """Of when what follows is; `reached`: until then, not within (`đến hết quý III`)."""
    month = time.month or (3 * time.quarter if time.quarter else None)
    year = time.year or (before.year if month else None)
    if month is None and time.months == 12:
        month = 12 if time.year else None
    if time.year is None and month is None:  # `trong quý`: of the time spoken of
        return TimeSpan(year=before.year, month=before.month, months=time.months)
    return TimeSpan(year=year, month=month, months=None if reached else time.months)


def _times(number: int, sentence: Sequence[SentenceItem]) -> list[When]:
    ahead = any(item.phrase.ahead or item.phrase.target for item in sentence)
    compared = any(item.phrase.since or item.phrase.versus for item in sentence)
    found = []
    for at, item in enumerate(sentence):
        if item.time is None:
            continue
        before = sentence[at - 1].phrase if at else Phrase()
        found.append(
            When(
                spot=Spot(number, item.start + 1, item.end, item.text),
                day=item.time.day,
                year=item.time.year,
                month=item.time.month if item.time.day is None else None,
                quarter=item.time.quarter,
                as_of=before.as_of,
                ahead=ahead,
                planned=before.aspect in PLANS,
                compared=compared,
            )
        )
    return found
