"""What stands around a number: the items it owns, and what each of them says about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from sheetcredit.bulletin.verify.claims import Claim
from sheetcredit.bulletin.verify.items import SentenceItem, WrittenNumber
from sheetcredit.bulletin.verify.lexicon import PLANS, Lexicon, PartKind, Phrase


@dataclass
class Surroundings:
    """A number with the items it owns: those before it, and its tail."""

    lexicon: Lexicon
    items: Sequence[SentenceItem]
    start: int
    at: int
    end: int

    @property
    def item(self) -> SentenceItem:
        """The number itself."""
        return self.items[self.at]

    @cached_property
    def before(self) -> Sequence[SentenceItem]:
        """The items since the number before."""
        return self.items[self.start : self.at]

    @cached_property
    def tail(self) -> Sequence[SentenceItem]:
        """The items behind it that still speak of it."""
        return self.items[self.at + 1 : self.end]

    @cached_property
    def clause(self) -> Sequence[SentenceItem]:
        """The items before it since the last break; a label before a colon or a bracket counts to it."""
        before = self._without_unit_in_brackets()
        breaks = [place for place, item in enumerate(before) if item.kind == "clause"]
        if not breaks:
            return before
        own = before[breaks[-1] + 1 :]
        return own or (before[: breaks[-1]] if len(breaks) == 1 else before[breaks[-2] + 1 : breaks[-1]])

    # -- what it is not -------------------------------------------------------------------------------

    def is_name(self) -> bool:
        """Whether the number names a document, a day, a rank."""
        unit = self.item.quantity.unit if self.item.quantity else None
        kind = self.lexicon.units[unit].kind if unit else "other"
        return bool(self.before and self.before[-1].phrase.names and kind == "other")

    def is_other(self) -> bool:
        """Whether it counts something that is no figure at all."""
        quantity = self.item.quantity
        return quantity is not None and quantity.kind == "other"

    def is_somebodys(self) -> bool:
        """Whether an amount is somebody's own: a loan, an income."""
        if any(item.phrase.aside for item in self.before):
            return True
        counted = any(i.quantity and i.quantity.unit in ("loans", "customers") for i in self.items[: self.at])
        return any(item.phrase.borrows for item in self.clause) and not counted

    def is_aimed_at(self) -> bool:
        """Whether the number is a target, not a result."""
        quantity = self.item.quantity
        if quantity is None:
            return False
        aimed = False
        for item in self.items[: self.at]:
            aimed = (aimed or item.phrase.target) and not item.phrase.reached
        if aimed or (quantity.bound == "at_least" and quantity.kind in ("percent", "amount")):
            return True
        if quantity.bound == "at_most" and any(item.phrase.keeps for item in self.items[: self.at]):
            return True
        planned = [place for place, item in enumerate(self.clause) if item.phrase.aspect in PLANS]
        if quantity.kind == "percent" and planned and not self._plan_behind():
            said = [
                item.phrase
                for item in self.clause[planned[-1] + 1 :]
                if item.phrase.verb or item.phrase.bound
            ]
            return bool(said) and self.clause[-1].text.casefold() in ("là", "dưới")
        return False

    def is_rate(self) -> bool:
        """Whether a percentage is a rate of its own: of interest, of transactions, of some of the groups."""
        if len(self.tail) > 1 and self.tail[0].text == "/" and self.tail[1].phrase.unit == "other":
            return True  # a year's interest
        named = [place for place, item in enumerate(self.before) if item.phrase.rate]
        if named and not any(item.phrase.measure for item in self.before[named[-1] + 1 :]):
            return True
        for item, following in pairwise([*self.clause, self.item]):
            if item.phrase.names_rate and following.kind == "word":
                return True
        shares = any(item.phrase.aspect == "share" or item.phrase.equal for item in self.clause)
        if shares or not self.tail or self.tail[0].phrase.per:
            return False
        return self._counts_something(self.tail[0].phrase)

    def _counts_something(self, phrase: Phrase) -> bool:
        if phrase.measure:
            return self.lexicon.measures[phrase.measure].kind == "count"
        return phrase.unit is not None and self.lexicon.units[phrase.unit].kind in ("count", "other")

    def is_loose(self) -> bool:
        """Whether other words narrow down what is counted: `215 hộ thoát nghèo`."""
        return bool(self.item.phrase.loose and self.tail and self.tail[0].kind == "word")

    def is_narrowed(self) -> bool:
        """Whether words behind an amount or percentage say that it is of some only."""
        for item in self.tail:
            if item.phrase.versus:
                return False
            if item.phrase.part and self.lexicon.parts[item.phrase.part].of == "programmes":
                return True
        return False

    def is_joint(self) -> bool:
        """Whether its words name several parts of a kind, of all of which it is."""
        # `320 hộ nghèo, hộ cận nghèo … vay 9 tỷ`: the count before names one of them.
        before = self.items[max(0, self.start - 1) : self.at]
        return any(len(set(self._parts(kind, before))) > 1 for kind in ("programmes", "sources"))

    def is_clean(self) -> bool:
        """Whether it counts those without overdue debt."""
        return self.zero_behind() and any(
            item.phrase.measure in ("overdue", "troubled") for item in self.tail
        )

    def zero_behind(self) -> bool:
        """Whether the words behind say of what those have none."""
        return any(item.phrase.zero for item in self.tail)

    # -- of what it is --------------------------------------------------------------------------------

    def measure(self, percent: bool, of_association: bool = False) -> str | None:
        """The measure that its own items name: of an amount also one behind it."""
        if not percent:
            for item in self.tail:
                if item.phrase.versus:
                    break
                if item.phrase.measure:
                    return self._of_scope(item, of_association)
        named = [
            item for place, item in enumerate(self.before) if item.phrase.measure and not self._versus(place)
        ]
        return self._of_scope(named[-1], of_association) if named else None

    def passed_over(self) -> str | None:
        """The measure of an amount that a count took no notice of: `tổng dư nợ của 14 chương trình đạt …`."""
        behind: str | None = None
        counted = False
        for place in range(self.start - 1, -1, -1):
            item = self.items[place]
            if item.quantity is not None:
                if item.quantity.kind != "count":
                    return None
                if behind is not None:
                    return behind
                counted = True
            measure = item.phrase.measure
            if item.phrase.zero or not measure or self.lexicon.measures[measure].kind != "amount":
                continue
            if counted and item.kind == "phrase":
                return measure
            if not self.before:
                behind = measure  # `7.012 khách hàng dư nợ 402 tỷ đồng`
        return None

    def _of_scope(self, item: SentenceItem, of_association: bool) -> str | None:
        """`dư nợ` of an association is the entrusted balance; `tổng dư nợ` is not its."""
        measure = item.phrase.measure
        named = of_association or bool(self.named("associations"))
        if measure and named and (self.named("associations") or not self._is_whole(item)):
            return self.lexicon.measures[measure].of_association or measure
        return measure

    def part(self) -> str | None:
        """The association, programme or source that its own items name, the last of them."""
        found: str | None = None
        for place, item in enumerate(self.before):
            part = item.phrase.part
            if part is None or self.lexicon.parts[part].of == "ratings" or self._versus(place):
                continue
            found = part
            if self.lexicon.parts[part].of == "programmes" and self._measure_after_break(place):
                found = None
        if len(set(self._parts("associations", self.before))) > 1:
            return None
        if found is None and not self.before:
            behind = self._parts("associations", self.tail)
            return behind[0] if behind else None
        return found

    def _measure_after_break(self, place: int) -> bool:
        """Whether a measure is named in a later clause: the programme before is then no part of it."""
        broken = False
        for item in self.before[place + 1 :]:
            broken = broken or (item.kind == "clause" and item.text in ",;")
            if broken and item.phrase.measure:
                return True
        return False

    def named(self, *kinds: PartKind) -> list[str]:
        """The parts of some kinds that its own items name."""
        return [part for kind in kinds for part in self._parts(kind, [*self.before, *self.tail])]

    def _parts(self, kind: PartKind, items: Sequence[SentenceItem]) -> list[str]:
        return [
            item.phrase.part
            for item in items
            if item.phrase.part and self.lexicon.parts[item.phrase.part].of == kind
        ]

    def is_of_some(self) -> bool:
        """Whether it is called a part of its measure only: `thu nợ quá hạn`."""
        return any(item.phrase.some for item in self.before)

    def totals(self) -> bool:
        """Whether it sums up what was listed before."""
        return any(item.phrase.total for item in self.before)

    def rates_jointly(self) -> bool:
        """Whether it is of several ratings together: `247 tổ xếp loại tốt, khá`."""
        if not self._parts("ratings", self.tail):
            return False
        following = self.items[self.end : self.end + 3]
        if len(following) < 2 or not self._parts("ratings", following[1:2]):
            return False
        numbered = len(following) > 2 and (following[2].kind == "number" or following[2].text == ":")
        return following[0].text.casefold() in (",", "và") and not numbered

    def counts_unknown(self) -> bool:
        """Whether a word that we do not know follows straight: what it counts is no figure of ours."""
        return bool(self.tail) and self.tail[0].kind == "word"

    def lends(self) -> bool:
        """Whether the last measure it names is a bare `cho vay`."""
        named = [item.phrase for item in self.before if item.phrase.measure]
        return bool(named) and named[-1].lends

    def names_unknown(self) -> bool:
        """Whether its own words are only such as we do not know: the name of something else."""
        said = [item for item in self.before if item.kind != "clause" and not item.phrase.bound]
        known = [item for item in said if item.phrase.aspect or item.phrase.verb or item.phrase.equal]
        return any(item.kind == "word" for item in said) and not known and self.base() is None

    def counts_groups(self) -> bool:
        """Whether groups or communes are counted where it stands."""
        return any(item.phrase.unit in ("groups", "communes") for item in (self.item, *self.before))

    def rating(self, counted: bool) -> str | None:
        """The rating that its own items name, behind it or before; a bare `tốt` only where counted."""
        for items in (self.tail, list(reversed(self.clause))):
            for item in items:
                part = item.phrase.part
                if part and self.lexicon.parts[part].of == "ratings" and (counted or not item.phrase.bare):
                    return part
        return None

    def scope(self, scope: str | None, spoken_of: str | None) -> str | None:
        """The association that this number and those after it speak of."""
        named = self._parts("associations", self.before)
        if named:
            return named[-1] if len(set(named)) == 1 else None
        if any(item.phrase.again for item in self.before):
            return spoken_of
        if self._several() and any(item.text == ";" for item in self.before):
            return None
        spoken = [item for item in self.before if item.phrase.measure]
        if spoken and (self._is_whole(spoken[-1]) or self._is_no_associations(spoken[-1])):
            return None
        if any(item.phrase.own or item.phrase.total for item in self.before):
            return None
        behind = self._parts("associations", self.tail)
        return behind[0] if behind and not self.before else scope

    def _several(self) -> bool:
        """Whether the sentence is about several associations."""
        return len(set(self._parts("associations", self.items))) > 1

    def _is_whole(self, item: SentenceItem) -> bool:
        """Whether `tổng dư nợ` is the office's: not where an unbroken sentence is of one association."""
        broken = self._several() or any(other.text == ";" for other in self.before)
        return item.text.casefold().startswith("tổng") and broken

    def _is_no_associations(self, item: SentenceItem) -> bool:
        """Whether an amount is one of the whole office, not of the association spoken of."""
        measure = item.phrase.measure or ""
        known = self.lexicon.measures[measure]
        own = self.lexicon.kinds["associations"].measure
        divided = self.lexicon.divides("associations", measure)
        several = self._several()
        return (
            known.kind == "amount" and own not in (measure, known.of_association) and (several or not divided)
        )

    def list_marker(self) -> str | None:
        """Whether a list begins before this number, and whether of all parts."""
        marked = [item.phrase.listing for item in self.before if item.phrase.listing]
        if marked:
            return marked[-1]
        return None

    def unit_in_brackets(self) -> str | None:
        """The unit in brackets before it."""
        place = self._bracketed_unit()
        return None if place is None else self.before[place + 1].phrase.unit

    def _bracketed_unit(self) -> int | None:
        for place in range(len(self.before) - 2):
            opening, unit, closing = self.before[place : place + 3]
            if opening.text == "(" and unit.phrase.unit and closing.text == ")":
                return place
        return None

    def _without_unit_in_brackets(self) -> Sequence[SentenceItem]:
        place = self._bracketed_unit()
        return self.before if place is None else [*self.before[:place], *self.before[place + 3 :]]

    # -- what is said of it ---------------------------------------------------------------------------

    def aspect(self, percent: bool, quantity: WrittenNumber, before: Claim | None) -> str | None:
        """Which aspect of its measure the number is; `ratio` of a percentage that nothing calls by name."""
        return self._percentage(before) if percent else self._amount(quantity, before)

    def _amount(self, quantity: WrittenNumber, before: Claim | None) -> str | None:
        if self.averages() or quantity.per:
            return "average_change" if self.changes() else "average"
        earlier = before.meaning.aspect if before and before.meaning else None
        bare = not self._says_anything()
        if bare and earlier in PLANS and before is not None and before.kind != "amount":
            return "plan_growth_amount" if earlier == "plan_growth" else "plan_amount"
        if bare and earlier == "plan_growth_amount":
            return "change"
        if plan := self._plan_before():
            return "plan_growth_amount" if plan == "plan_growth" else "plan_amount"
        if self.comes_from():
            return "opening"
        if self.changes() or self.item.text[0] in "+-\u2212":
            if earlier == "average" and not self._names_subject():
                return "average_change"
            return "change_other" if self.since() == "other" else "change"
        if self._opening():
            return "opening"
        if (self.follows_number() or self._equals()) and earlier in ("growth", "growth_other"):
            return "change" if earlier == "growth" else "change_other"
        if earlier in ("change", "change_other") and self._continues_a_list(before):
            return earlier
        return "level"

    def _continues_a_list(self, before: Claim | None) -> bool:
        """Whether a part stands beside another one in a list, and only the first had a verb."""
        if before is None or before.meaning is None or before.meaning.part is None:
            return False
        part = self.part()
        if part is None or self.lexicon.parts[part].of != self.lexicon.parts[before.meaning.part].of:
            return False
        if self.before[0].text == ")" and self.before[-1].text != "(":
            return False  # the one before stood in brackets, this one does not
        return not any(
            item.phrase.measure or item.phrase.level or item.phrase.aspect or item.phrase.verb
            for item in self.before
        )

    def _percentage(self, before: Claim | None) -> str:
        earlier = before.meaning.aspect if before and before.meaning else None
        if plan := self.plan():
            return "plan_other" if self.since() == "other" else plan
        changes = self.changes()
        if self.comes_from():
            return "share_other"
        if earlier in ("share", "share_other") and any(item.phrase.level for item in self.clause):
            return "share"  # `giảm từ 0,25% xuống còn 0,18%`
        if self.since() == "opening" and self._equals() and not changes and earlier == "level":
            return "ratio_other"
        if self.since() == "other" and not changes:
            if earlier in ("change_other",) and (self.follows_number() or self._equals()):
                return "growth_other"
            return "share_other" if self.says_share() and not self._equals() else "ratio_other"
        if changes or self.item.text[0] in "+-\u2212":
            yearly = any(item.phrase.aspect == "average" for item in self.clause)
            return "growth_other" if yearly or self.since() == "other" else "growth"
        return self._unnamed_percentage(before, earlier)

    def _unnamed_percentage(self, before: Claim | None, earlier: str | None) -> str:
        """What a percentage is that no word of growth, of a plan or of another day is said of."""
        if self.base() is not None:
            return "share"
        if (self.follows_number() or self._equals()) and before is not None and before.kind == "amount":
            following = {"change": "growth", "change_other": "growth_other", "level": "share"}
            if earlier in following and not self._names_subject():
                return following[earlier]
        if self.says_share() or self._names_subject():
            return "share"
        if before is not None and before.kind == "count" and earlier == "level":
            rated = before.meaning is not None and before.meaning.part in self._ratings()
            if self.follows_number() or rated:
                return "share"
        return "ratio"

    def _ratings(self) -> tuple[str, ...]:
        return self.lexicon.parts_of("ratings")

    def changes(self) -> bool:
        """Whether it is a change: a verb of growth in its clause, and no verb of level behind that."""
        changed = -1
        said = self._verbs()
        for place, item in enumerate(said):
            if item.phrase.aspect in ("change", "growth") and not item.phrase.zero:
                changed = place
        if changed < 0:
            return self.item.phrase.zero and self.item.phrase.aspect == "change"
        verb = said[changed].phrase
        for item in said[changed + 1 :]:
            if item.phrase.level:
                return False
            if item.phrase.part:  # `tăng nhiều nhất là chương trình …`
                return True
            if item.phrase.verb and not item.phrase.equal and not verb.noun:
                return any(later.phrase.part for later in said[changed + 1 :])
        return True

    def _verbs(self) -> Sequence[SentenceItem]:
        """Its clause, with the head of the list in which it stands (`giảm: hộ nghèo (2,9 tỷ)`)."""
        before = self.before
        colons = [place for place, item in enumerate(before) if item.text == ":"]
        if not colons or any(item.phrase.measure for item in before[colons[-1] :]):
            return self.clause
        heads = [place for place, item in enumerate(before[: colons[-1]]) if item.kind == "clause"]
        return before[heads[-1] + 1 if heads else 0 :]

    def comes_from(self) -> bool:
        """Whether a change began at it: `tăng từ 480 tỷ đồng lên 520 tỷ đồng`."""
        if not self.before or not self.before[-1].phrase.from_:
            return False
        following = self.items[self.end : self.end + 1]
        return self.changes() or any(item.phrase.level for item in following)

    def sign(self, before: Claim | None) -> str | None:
        """The direction that the nearest verb gives; in brackets that of the number before."""
        signs = [item.phrase.sign for item in self.clause if item.phrase.sign]
        if signs:
            return signs[-1]
        if before is not None and before.sign < 0 and not any(item.phrase.noun for item in self.clause):
            return "down"
        return None

    def averages(self) -> bool:
        """Whether it is an average."""
        return self.says_average() or self.per() is not None

    def says_average(self) -> bool:
        """Whether its words call it an average."""
        return any(item.phrase.aspect == "average" for item in self.clause)

    def per(self) -> str | None:
        """What an average is of one of: `mỗi hộ`, `một hộ`, `/hộ`; `other` of anything but borrowers."""
        quantity = self.item.quantity
        if quantity is None or quantity.kind != "amount":
            return None
        near = [*self.clause, self.item, *self.items[self.at + 1 : self.at + 4]]
        averaged = any(item.phrase.aspect == "average" for item in self.clause)
        for item, following in pairwise(near):
            if following.kind == "number":
                continue
            one = item.phrase.per or item.text == "/" or (item.text.casefold() == "một" and averaged)
            if one and following.phrase.unit:
                return self.lexicon.units[following.phrase.unit].measure or "other"
            if item.phrase.aspect == "average" and following.phrase.unit:
                return self.lexicon.units[following.phrase.unit].measure or "other"
        return "other" if quantity.per else None

    def plan(self) -> str | None:
        """The plan that a percentage completes."""
        return self._plan_behind() or self._plan_before()

    def planned_measure(self) -> str | None:
        """The measure that the plan behind a percentage names: `97,6% kế hoạch dư nợ`."""
        return next(
            (i.phrase.measure for i in self.tail if i.phrase.aspect in PLANS and i.phrase.measure), None
        )

    def _plan_behind(self) -> str | None:
        named = [item.phrase.aspect for item in self.tail if item.phrase.aspect in PLANS]
        return next((name for name in PLANS if name in named), None)

    def _plan_before(self) -> str | None:
        named = [item.phrase.aspect for item in self.clause if item.phrase.aspect in PLANS]
        return next((name for name in PLANS if name in named), None)

    def since(self) -> str | None:
        """Against when a change is: `opening` or `other`, where that is told."""
        said = self._since()
        return "other" if said == "year_before" else said

    def since_year_before(self) -> bool:
        """Whether a change is against the same period of the year before."""
        return self._since() == "year_before"

    def _since(self) -> str | None:
        for place in range(self.at - 1, self.start - 1, -1):
            if self.items[place].phrase.versus:
                return self._compared_at(place)
            if self.items[place].phrase.since:
                return self.items[place].phrase.since
        depth = 0
        for place in range(self.at + 1, len(self.items)):
            item = self.items[place]
            if item.text == "(":
                depth += 1
            elif item.text == ")":
                depth -= 1
            elif depth == 0 and item.kind in ("clause", "number"):
                return None
            elif depth <= 0 and item.phrase.versus:
                return self._compared_at(place)
            elif depth <= 0 and item.phrase.since:
                return item.phrase.since
        return None

    def _compared_at(self, place: int) -> str | None:
        """What `so với` at a place compares with."""
        closing = False
        for item in self.items[place + 1 : place + 7]:
            if item.kind in ("clause", "number") or item.phrase.measure:
                return None
            if item.phrase.since:
                return item.phrase.since
            if item.phrase.aspect == "opening":
                return "opening"
            if item.phrase.aspect in PLANS:
                return None
            if item.time is not None:
                whole_year = item.time.year is not None and item.time.month is None
                return "opening" if item.time.year_end or (closing and whole_year) else "other"
            closing = closing or item.text.casefold() == "cuối"
        return None

    def versus_places(self) -> set[int]:
        """The places of the sentence whose times only tell what something is compared with."""
        found: set[int] = set()
        for place, item in enumerate(self.items):
            if item.phrase.versus or item.phrase.since or item.phrase.aspect == "opening":
                found |= set(range(place, place + 5))
        return found

    def _versus(self, place: int) -> bool:
        """Whether an item of those before stands behind `so với`."""
        before = self.before[max(0, place - 3) : place]
        return any(item.phrase.versus for item in before) and not any(
            item.kind == "clause" for item in before
        )

    def _opening(self) -> bool:
        return any(
            item.phrase.aspect == "opening" and not self._versus(place + len(self.before) - len(self.clause))
            for place, item in enumerate(self.clause)
        )

    def base(self) -> str | None:
        """What a percentage is said to be of."""
        for item in self.tail:
            if item.phrase.aspect in PLANS:
                continue
            if item.phrase.measure:
                return item.phrase.measure
            if item.phrase.unit and self.lexicon.units[item.phrase.unit].measure:
                return self.lexicon.units[item.phrase.unit].measure
        return None

    def reads_as_percentage(self) -> bool:
        """Whether a number without a unit is said to be a percentage: of a plan, or a share."""
        return self.says_share() or self._plan_behind() is not None

    def says_share(self) -> bool:
        """Whether its words call it a share."""
        return any(item.phrase.aspect == "share" for item in self.clause)

    def says_aspect(self) -> bool:
        """Whether its words say what it is of something spoken of before."""
        return bool(self.changes() or self.plan() or self.says_share() or self._opening() or self.base())

    def _equals(self) -> bool:
        return any(item.phrase.equal for item in self.clause)

    def _names_subject(self) -> bool:
        return any(item.phrase.measure or item.phrase.part for item in self.before)

    def _says_anything(self) -> bool:
        return any(item.phrase.measure or item.phrase.part or item.phrase.aspect for item in self.before)

    def follows_number(self) -> bool:
        """Whether it stands in brackets straight behind the number before."""
        return len(self.before) == 1 and self.before[0].text == "("

    def follows_directly(self) -> bool:
        """Whether nothing but verbs, bounds and places part it from the words behind the number before."""
        return (
            all(
                item.phrase.verb
                or item.phrase.bound
                or item.phrase.opens
                or item.kind == "place"
                or item.text == "("
                for item in self.before
            )
            and not self._equals()
        )

    def speaks_of_figures(self) -> bool:
        """Whether its own words say that a figure stands here, even without a unit."""
        near = [item.phrase for item in (*self.before, self.item, *self.tail)]
        return any(p.aspect or p.measure or (p.part and not p.bare) for p in near)

    def last_of_meaning(self) -> int:
        """Where in the line the words end that belong to the number: its unit, or what it is of."""
        last = self.item.end
        for item in self.tail:
            phrase = item.phrase
            if phrase.versus:
                break
            if phrase.aspect or phrase.measure or phrase.part:
                last = item.end
        return last


def tail_end(sentence: Sequence[SentenceItem], at: int) -> int:
    """Where the tail of the item at `at` ends: at a break, or before a word that opens something new."""
    for place in range(at + 1, len(sentence)):
        item = sentence[place]
        if item.kind in ("clause", "number"):
            return place
        if item.phrase.versus and _change_follows(sentence, place):
            return place  # `…, so với đầu năm tăng 64 tỷ`: of what comes next
        if item.phrase.opens and not (
            item.phrase.zero and item.phrase.aspect is None and sentence[at].kind == "number"
        ):
            return place
    return len(sentence)


def _change_follows(sentence: Sequence[SentenceItem], place: int) -> bool:
    for item in sentence[place + 1 : place + 7]:
        if item.kind in ("clause", "number"):
            return False
        if item.phrase.aspect in ("change", "growth"):
            return True
    return False
