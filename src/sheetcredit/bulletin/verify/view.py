"""One number of a sentence with the items it owns, and what each of them says about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sheetcredit.bulletin.verify.claim import Claim
from sheetcredit.bulletin.verify.items import Item
from sheetcredit.bulletin.verify.lexicon import Lexicon, Meaning, PartKind, Phrase

PLANS = ("plan_growth", "plan_level", "plan")


@dataclass(frozen=True, slots=True)
class View:
    """A number with the items it owns: those before it, and its tail."""

    lexicon: Lexicon
    before: list[Item]
    item: Item
    tail: list[Item]

    @property
    def clause(self) -> list[Item]:
        """The items before it since the last break."""
        breaks = [at for at, item in enumerate(self.before) if item.kind == "clause"]
        return self.before[breaks[-1] + 1 :] if breaks else self.before

    def _near(self) -> list[Phrase]:
        return [item.phrase for item in (*self.clause, self.item, *self.tail)]

    def unit_item(self) -> Item | None:
        """The unit behind the number, else one in brackets before it."""
        if self.item.kind != "number":
            return next((item for item in self.tail if item.phrase.unit), None)
        if self.tail and self.tail[0].phrase.unit:
            return self.tail[0]
        for at in range(len(self.before) - 2):
            opening, unit, closing = self.before[at : at + 3]
            if opening.text == "(" and unit.phrase.unit and closing.text == ")":
                return unit
        return None

    def is_name(self, unit: str | None) -> bool:
        """Whether the number names a document, a day, a rank."""
        return bool(self.before and self.before[-1].phrase.names and unit in (None, "other"))

    def is_aside(self, unit: str | None) -> bool:
        """Whether the number, or what a percentage is of, counts something outside the report."""
        counted = [unit] if unit else []
        if unit == "percent" and len(self.tail) > 1 and self.tail[1].phrase.unit:
            counted.append(self.tail[1].phrase.unit)
        return any(self.lexicon.units[name].kind == "other" for name in counted)

    def is_loose(self) -> bool:
        """Whether other words narrow down what the number is of."""
        if any(phrase.narrows for phrase in self._near()):
            return True
        return len(self.tail) > 1 and self.tail[0].phrase.loose and self.tail[1].kind == "word"

    def names_other_rate(self) -> bool:
        """Whether a rate is named that is none of ours: `tỷ lệ giao dịch đạt 98,5%`."""
        for item, following in pairwise([*self.clause, self.item]):
            if item.phrase.names_rate:
                unit = following.phrase.unit
                return following.kind == "word" or (
                    unit is not None and self.lexicon.units[unit].kind == "other"
                )
        return False

    def qualified(self) -> bool:
        """Whether the number is an average, or of some only."""
        before = any(phrase.other for phrase in (item.phrase for item in self.clause))
        return before or any(item.phrase.zero for item in self.tail) or self._compared_elsewhere()

    def _compared_elsewhere(self) -> bool:
        return any(phrase.since == "other" for phrase in self._near())

    def about(self) -> str | None:
        """Whether it is said to be rough."""
        return self.before[-1].phrase.about if self.before else None

    def sign(self) -> str | None:
        """The direction that the nearest verb gives."""
        return next((i.phrase.sign for i in reversed(self.clause) if i.phrase.sign), None)

    def measure(self, unit: str | None, of_associations: bool) -> str | None:
        """The measure that its own items name: of an amount also one behind it."""
        percent = unit == "percent"
        named = [item.phrase.measure for item in self.before if item.phrase.measure]
        for item in self.tail:  # `97,6% kế hoạch dư nợ`
            if item.phrase.aspect in PLANS and item.phrase.measure:
                return item.phrase.measure
        if not percent:
            behind = [item.phrase.measure for item in self.tail if item.phrase.measure]
            if behind and not (named and unit is None):
                return behind[0]
        if named:
            return self._of_scope(named[-1], of_associations)
        if percent or (unit is None and not self.item.phrase.zero):
            counted = [self.lexicon.units[i.phrase.unit].measure for i in self.before if i.phrase.unit]
            return next((measure for measure in reversed(counted) if measure), None)
        return None

    def _of_scope(self, measure: str | None, of_associations: bool) -> str | None:
        """`dư nợ` of an association is the entrusted balance; `tổng dư nợ` is not its."""
        spoken = [i for i in self.before if i.phrase.measure][-1].text.casefold()
        if measure and of_associations and not spoken.startswith("tổng"):
            return self.lexicon.measures[measure].of_association or measure
        return measure

    def base(self) -> str | None:
        """What a percentage is said to be of."""
        for item in self.tail:
            if item.phrase.aspect in PLANS:
                continue
            measure = item.phrase.measure or (
                item.phrase.unit and self.lexicon.units[item.phrase.unit].measure
            )
            if measure:
                return measure
        return None

    def association(self) -> str | None:
        """The association that its own items name."""
        return self._part("associations", self.before) or self._part("associations", self.tail)

    def rating(self, unit: str | None) -> str | None:
        """The rating that its own items name; a bare `tốt` only beside a number of groups."""
        groups = unit == "groups" or (
            unit == "percent" and any(i.phrase.unit == "groups" for i in self.before)
        )
        return self._part("ratings", self.tail, groups) or self._part(
            "ratings", self.clause_or_label(), groups
        )

    def clause_or_label(self) -> list[Item]:
        """The clause, or the label before a colon (`Tốt: 240 tổ`)."""
        return self.clause or self.before

    def _part(self, kind: PartKind, items: Sequence[Item], bare: bool = True) -> str | None:
        for item in reversed(items):
            part = item.phrase.part
            if part and self.lexicon.parts[part].of == kind and (bare or not item.phrase.bare):
                return part
        return None

    def scope(self, scope: str | None) -> str | None:
        """The association that this number and those after it speak of."""
        if association := self._part("associations", self.before):
            return association
        if any(item.text == ";" for item in self.before):
            return None
        spoken = [i.phrase.measure for i in self.before if i.phrase.measure]
        if spoken and self._is_no_associations(spoken[-1]) and not self.before[0].phrase.opens:
            return None
        return scope

    def _is_no_associations(self, measure: str) -> bool:
        """Whether an amount is one of the whole office, not of the association spoken of."""
        own = self.lexicon.kinds["associations"]
        known = self.lexicon.measures[measure]
        return known.kind == "amount" and own not in (measure, known.of_association)

    def says(self, meaning: Meaning) -> bool:
        """Whether its own words name what it is about; a part of a plan or of growth need not."""
        named = {item.phrase.measure for item in (*self.before, *self.tail)} - {None}
        plain = meaning.aspect in ("level", "ratio")
        return bool(named or meaning.part or not plain or self._counts(meaning))

    def _counts(self, meaning: Meaning) -> bool:
        return self.lexicon.measures[meaning.measure].kind == "count"

    def speaks_of_figures(self) -> bool:
        """Whether its own words say that a figure stands here, even without a unit."""
        return any(p.aspect or p.measure or (p.part and not p.bare) for p in self._near())

    def aspect(self, unit: str | None, before: Claim | None) -> str:
        """Which aspect of its measure the number is."""
        percent = unit == "percent"
        amount = unit is not None and not percent
        near = self._near()
        plans = [name for name in PLANS for phrase in near if phrase.aspect == name]
        if plans:
            return "plan_amount" if amount else plans[0]
        spoken = [phrase for phrase in near if phrase.aspect or phrase.level]
        aspects = {phrase.aspect for phrase in spoken}
        if "share" in aspects and not amount:
            return "share"
        if aspects & {"growth", "change"} or self.item.text[0] in "+-\u2212":
            told = [
                item.phrase for item in (*self.clause, self.item) if item.phrase.aspect or item.phrase.level
            ]
            if amount and told and told[-1].level and self.item.text[0] not in "+-\u2212":
                return "level"
            return "growth" if percent else "change"
        if "opening" in aspects:
            return "opening"
        if percent:
            return self._percentage(before)
        return "level"

    def _percentage(self, before: Claim | None) -> str:
        """A percentage nothing calls by name: that of the number it stands behind, or just a ratio."""
        if self.base():
            return "share"
        spoken = any(item.phrase.measure or item.phrase.part for item in self.before)
        if before and before.meaning and not spoken:
            following = {"change": "growth", "level": "share"}
            return following.get(before.meaning.aspect, "ratio")
        return "ratio"

    def last_of_meaning(self, unit_item: Item | None) -> Item:
        """The last item that belongs to the number: its unit, or what it is of."""
        last = self.item
        for item in self.tail:
            phrase = item.phrase
            if item is unit_item or phrase.aspect or phrase.measure or phrase.part:
                last = item
        return last
