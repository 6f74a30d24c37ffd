"""Which numbers of a text belong together: what a share is of, what parts give, what follows from what.

Of several that may be meant the nearest one is, of the same place and time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from itertools import islice, product
from typing import Any

from sheetcredit.bulletin.verify.claims import Claim, Spot
from sheetcredit.bulletin.verify.interval import Interval, total
from sheetcredit.bulletin.verify.lexicon import AddsUp, Lexicon, Meaning, kind_of
from sheetcredit.bulletin.verify.numbers import Value
from sheetcredit.bulletin.verify.rounding import Amount, Ratio
from sheetcredit.bulletin.verify.wording import LANGUAGES, about, finding, quoted, words
from sheetcredit.model.finding import Finding

_MOST_READINGS = 512
_ONE_YEAR = 12
_SLIPS = tuple(Decimal(10) ** power for power in (3, -3, 6, -6))


@dataclass
class Related:
    """The claims of a text by their meaning."""

    file: str
    lexicon: Lexicon
    claims: list[Claim]
    wrong: set[Spot] = field(default_factory=set)
    """Shares that do not follow from their amounts: their sum need not be told as well."""

    _by_meaning: dict[tuple[str, str, str | None], list[Claim]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._sort()

    def _sort(self) -> None:
        self._by_meaning = {}
        for claim in self.claims:
            meaning = meaning_of(claim)
            self._by_meaning.setdefault((meaning.measure, meaning.aspect, meaning.part), []).append(claim)

    def of(self, measure: str, aspect: str, part: str | None = None) -> Sequence[Claim]:
        """All claims of a meaning, whatever a share is of, in the order of the text."""
        return self._by_meaning.get((measure, aspect, part), ())

    def near(
        self, claim: Claim, measure: str | None, aspect: str, part: str | None = None, ever: bool = False
    ) -> Claim | None:
        """The claim of a meaning nearest to another one, of the same place and, unless `ever`, time."""
        if measure is None:
            return None
        found = self.of(measure, aspect, part)
        here = bisect_left(found, _place(claim), key=_place)
        nearest = [
            other
            for side in (reversed(found[:here]), found[here:])
            if (other := next((each for each in side if _fits(claim, each, ever)), None)) is not None
        ]
        if not nearest:
            return None
        return min(nearest, key=lambda other: (other.sentence != claim.sentence, _distance(other, claim)))

    def level(self, claim: Claim, measure: str | None = None, part: str | None = None) -> Claim | None:
        """The level that belongs to another claim: of its own measure, or of one that is named."""
        if measure is None:
            measure, part = meaning_of(claim).measure, meaning_of(claim).part
        return self.near(claim, measure, "level", part)

    def has_none(self, claim: Claim, measure: str, part: str) -> bool:
        """Whether the text says beside a claim that there is none of a part."""
        zero = self.near(claim, measure, "level", part)
        return zero is not None and zero.implied and zero.place.line == claim.place.line

    def finding(self, code: str, claim: Claim, *more: Claim, **details: Any) -> Finding:
        """A finding at a claim; `more` are the others it speaks of."""
        spots = (other.spot for other in more)
        return finding(self.file, code, claim.spot, *spots, value=shown_of(claim), **details)

    def said(self, claim: Claim) -> dict[str, str]:
        """What a claim is about, in words."""
        return about(meaning_of(claim), self.lexicon)

    def read_together(self) -> None:
        """Settle the claims that could be read two ways, so that parts give their whole."""
        for sum_ in self.lexicon.sums:
            for parts, whole in clusters(self, sum_, "level"):
                members = [*parts, *([whole] if whole else [])]
                if whole is None or not any(len(claim.values) > 1 for claim in members):
                    continue
                for values in islice(product(*(claim.values for claim in members)), _MOST_READINGS):
                    read = [as_read(c, value) for c, value in zip(members, values, strict=True)]
                    if sum(number_of(claim) for claim in read[:-1]) == number_of(read[-1]):
                        self._replace(zip(members, read, strict=True))
                        break

    def correct_units(self, settled: Collection[Spot]) -> Iterator[Finding]:
        """Amounts whose ratio or sum only ties with another unit, put right for what is checked next."""
        for claim in [c for c in self.claims if meaning_of(c).aspect in ("share", "growth")]:
            amounts = amounts_behind(self, claim)
            if amounts is None or all(each.place in settled for each in (claim, *amounts)):
                continue
            ratio = ratio_between(claim, *amounts)
            if ratio is None or follows(claim, ratio):
                continue
            if not _differ_in_size(_decimal(ratio.middle), abs(shown_of(claim))):
                continue  # no other unit brings together what is so near
            cures = [
                (other, slip)
                for other in amounts
                for slip in _SLIPS
                if (tried := ratio_with(claim, amounts, other, slip)) and follows(claim, tried)
            ]
            said = f"{quoted(claim)} = {quoted(amounts[0])} / {quoted(amounts[1])}"
            yield from self._cured(cures, (*amounts, claim), said)
        for sum_ in self.lexicon.sums:
            for parts, whole in clusters(self, sum_, "level"):
                if whole is None or whole.kind != "amount":
                    continue
                if all(each.place in settled for each in (*parts, whole)):
                    continue
                said = " + ".join(map(quoted, parts))
                yield from self._cured(list(_cures_of_sum(parts, whole)), (whole, *parts), said)
        for average in [claim for claim in self.claims if meaning_of(claim).aspect == "average"]:
            behind = balance_and_borrowers(self, average)
            due = behind[0].size().over(behind[1].size()) if behind else None
            if behind and due is not None and not due.meets(average.size()):
                cures = [(average, slip) for slip in _SLIPS if due.meets(scaled(average, slip).size())]
                said = f"{quoted(behind[0])} / {quoted(behind[1])}"
                yield from self._cured(cures, (average, *behind), said)

    def _cured(
        self, cures: Sequence[tuple[Claim, Decimal]], claims: Sequence[Claim], said: str
    ) -> Iterator[Finding]:
        """The likeliest of several units that may be wrong, told and put right."""
        if not cures:
            return
        other, slip = min(cures, key=lambda cure: self._out_of_line(*cure))
        meant = other.scale * slip
        unit = next((name for name, known in self.lexicon.units.items() if known.dong == meant), other.unit)
        units = words(f"unit-{unit}")
        figure = {
            language: f"{self.said(other)[language]} = {other.text} {units[language]} ({said})"
            for language in LANGUAGES
        }
        rest = [claim for claim in claims if claim is not other]
        yield self.finding("B-UNIT-WRONG", other, *rest, figure=figure, expected=other.value.value * slip)
        self._replace([(other, scaled(other, slip))])

    def _out_of_line(self, claim: Claim, slip: Decimal) -> tuple[float, float]:
        """How far a number, its unit changed, is from the other amounts of the text; the smaller first."""
        others = sorted(
            number_of(other).adjusted()
            for other in self.claims
            if other.kind == "amount" and other is not claim
        )
        new = (number_of(claim) * slip).adjusted()
        far = sum(abs(new - other) for other in others) / max(1, len(others))
        return far, number_of(claim).adjusted()

    def _replace(self, pairs: Iterable[tuple[Claim, Claim]]) -> None:
        new = {id(old): claim for old, claim in pairs}
        self.claims = [new.get(id(claim), claim) for claim in self.claims]
        self._sort()


def usable(claim: Claim) -> bool:
    """Whether it is certain enough what a claim is to hold it against others."""
    if claim.meaning is None or claim.guessed or not (claim.kind or claim.implied):
        return False
    return claim.meaning.aspect not in ("target", "rate", "ratio")


def clusters(text: Related, sum_: AddsUp, aspect: str) -> Iterator[tuple[list[Claim], Claim | None]]:
    """The lists of parts of a measure, each with the whole that stands nearest to it."""
    wanted = set(text.lexicon.parts_of(sum_.parts))
    runs: dict[str | None, list[list[Claim]]] = {}
    for claim in sorted((c for part in wanted for c in text.of(sum_.measure, aspect, part)), key=_place):
        meaning = meaning_of(claim)
        lists = runs.setdefault(claim.who, [])
        again = lists and any(meaning_of(other).part == meaning.part for other in lists[-1])
        if again and any(meaning_of(o).part == meaning.part and same_number(o, claim) for o in lists[-1]):
            continue  # said once more
        if not lists or again or lists[-1][-1].when.differs(claim.when):
            lists.append([])
        lists[-1].append(claim)
    for lists in runs.values():
        for parts in lists:
            if len(parts) > 1:
                yield parts, text.near(parts[0], sum_.measure, aspect)


def wholes(text: Related, share: Claim) -> list[Claim]:
    """What a share may be of, the likeliest first: what the text says, or what such a share is usually of."""
    lexicon, meaning = text.lexicon, meaning_of(share)
    base = meaning.base or lexicon.base_of(meaning.measure, meaning.part)
    if base is None:
        return []
    instead = lexicon.measures[base].of_association
    tried: list[tuple[str, str | None]] = []
    if meaning.part and lexicon.kind_of_part(meaning.part) == "associations" and base != meaning.measure:
        tried.append((instead or base, meaning.part))
    if meaning.part and meaning.base is None and meaning.measure in ("overdue", "frozen", "troubled"):
        tried.append((lexicon.measures["balance"].of_association or "", meaning.part))
    if base != meaning.measure or meaning.part:
        tried.append((base, None))
    if meaning.part is None and instead and instead != meaning.measure:
        tried.append((instead, None))  # a text that gives only the entrusted balance means it by `dư nợ`
    found = [text.level(share, measure, part) for measure, part in tried]
    return [claim for claim in found if claim is not None]


def amounts_behind(text: Related, claim: Claim) -> tuple[Claim, Claim] | None:
    """The two amounts or counts that a share or a growth rate follows from: part and whole, change and level.

    Of several wholes that a share may be of, the one that it fits.
    """
    if meaning_of(claim).aspect == "growth":
        change = text.near(claim, meaning_of(claim).measure, "change", meaning_of(claim).part)
        level = text.level(claim)
        return (change, level) if change and level and change.kind == level.kind else None
    part = text.level(claim)
    if part is None:
        return None
    pairs = [(part, whole) for whole in wholes(text, claim) if whole is not part and whole.kind == part.kind]
    fitting = [pair for pair in pairs if (ratio := ratio_between(claim, *pair)) and follows(claim, ratio)]
    best = fitting or pairs
    return best[0] if best else None


def ratio_between(claim: Claim, part: Claim, whole: Claim, growth: bool | None = None) -> Ratio | None:
    """What a percentage should be: part ÷ whole, or change ÷ (level − change) for a growth rate."""
    upper, lower = part.size(), whole.size()
    if growth if growth is not None else meaning_of(claim).aspect == "growth":
        return growth_between(upper, lower, part.sign)
    ratio = upper.over(lower)
    if ratio is None or ratio.low is None:
        return None
    return _in_per_cent(ratio, upper, lower)


def balance_and_borrowers(text: Related, claim: Claim) -> tuple[Claim, Claim] | None:
    """What an average of one borrower follows from."""
    meaning = meaning_of(claim)
    if meaning.aspect != "average" or claim.per != "customers" or claim.kind != "amount":
        return None
    balance = text.level(claim)
    if balance is None and meaning.measure == "balance":
        balance = text.level(claim, "entrusted", meaning.part)
    customers = text.near(claim, "customers", "level", meaning.part)
    return (balance, customers) if balance is not None and customers is not None else None


def _cures_of_sum(parts: Sequence[Claim], whole: Claim) -> Iterator[tuple[Claim, Decimal]]:
    """The amounts that stand out, and that another unit makes tie with the others, or at least comparable."""
    far = _far_apart(parts, whole)
    if not far and total(map(signed_size, parts)).meets(signed_size(whole)):
        return
    for other in (whole, *parts):
        stands_out = all(_far(other, each) for each in (whole, *parts) if each is not other)
        if not (far or stands_out):
            continue
        for slip in _SLIPS:
            tried = [scaled(part, slip) if part is other else part for part in parts]
            all_ = scaled(whole, slip) if whole is other else whole
            tie = stands_out and total(map(signed_size, tried)).meets(signed_size(all_))
            if tie or (far and not _far_apart(tried, all_)):
                yield other, slip


def _far_apart(parts: Sequence[Claim], whole: Claim) -> bool:
    """Whether parts and whole, or one part and the others, are of quite different sizes."""
    return _differ_in_size(sum((number_of(part) for part in parts), Decimal(0)), number_of(whole))


def _far(first: Claim, second: Claim) -> bool:
    return _differ_in_size(number_of(first), number_of(second))


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)


def _differ_in_size(first: Decimal, second: Decimal) -> bool:
    """Whether one number is more than a hundred times the other."""
    return first > 0 < second and (first > 100 * second or second > 100 * first)


def ratio_with(claim: Claim, amounts: tuple[Claim, Claim], one: Claim, slip: Decimal) -> Ratio | None:
    """What a percentage should be if the unit of one of its amounts were another one."""
    upper, lower = (scaled(amount, slip) if amount is one else amount for amount in amounts)
    return ratio_between(claim, upper, lower)


def growth_between(change: Interval, level: Interval, sign: int) -> Ratio | None:
    """The size of the growth from the opening, which is the level less its change."""
    ends = [
        (c, sign * c * 100 / (v - sign * c))
        for c in (change.low, change.high)
        for v in (level.low, level.high)
        if c is not None and v is not None and v - sign * c > 0
    ]
    middle = Interval(change.low, change.high).middle
    whole = level.middle
    if len(ends) < 4 or middle is None or whole is None or whole - sign * middle <= 0:
        return None
    sizes = [abs(end) for _, end in ends]
    return Ratio(min(sizes), abs(middle * 100 / (whole - sign * middle)), max(sizes))


def _in_per_cent(ratio: Interval, part: Interval, whole: Interval) -> Ratio | None:
    if ratio.low is None or ratio.high is None or part.middle is None or not whole.middle:
        return None
    return Ratio(ratio.low * 100, part.middle * 100 / whole.middle, ratio.high * 100)


def follows(claim: Claim, ratio: Ratio, decimals: int | None = None) -> bool:
    """Whether a printed percentage is what the amounts give."""
    if claim.bound is not None or claim.quantity.upper is not None:
        return claim.size().meets(Interval(ratio.low, ratio.high))
    shown = abs(claim.value.value)
    return ratio.rounds_to(shown, claim.value.decimals if decimals is None else decimals)


def since_opening(claim: Claim) -> bool:
    """Whether a flow may be that since the start of the year: not of a month or a later quarter alone."""
    when = claim.when
    if when.months is None:
        return True
    if when.months > _ONE_YEAR or when.months == 1:
        return False
    return when.month is None or when.months >= when.month


def meaning_of(claim: Claim) -> Meaning:
    """The meaning of a claim that has one."""
    assert claim.meaning is not None
    return claim.meaning


def number_of(claim: Claim) -> Decimal:
    """Its likeliest reading in đồng, counts or per cent, with its direction."""
    return claim.number(claim.value)


def shown_of(claim: Claim) -> Decimal:
    """Its likeliest reading in its own unit, with its direction."""
    return claim.signed(claim.value)


def signed_size(claim: Claim) -> Interval:
    """What it can be, a decrease below zero."""
    size = claim.size()
    return -size if claim.sign < 0 or claim.value.value < 0 else size


def amount_of(claim: Claim) -> Amount:
    """What a claim can be, as an amount and the worth of a last digit that reaches as far."""
    size = claim.size()
    if size.low is None or size.high is None:
        return Amount(Fraction(number_of(claim)), Fraction(0))
    return Amount((size.low + size.high) / 2, size.high - size.low)


def same_number(first: Claim, second: Claim) -> bool:
    """Whether two numbers can be the same, one of them perhaps printed with fewer digits."""
    if first.kind != second.kind and not (first.implied or second.implied):
        return False
    if first.bound or second.bound or first.quantity.upper or second.quantity.upper:
        return signed_size(first).meets(signed_size(second))
    step = max(first.step(first.value), second.step(second.value))
    same_step = first.step(first.value) == second.step(second.value)
    off = abs(number_of(first) - number_of(second))
    return off == 0 if same_step else off <= step / 2


def _place(claim: Claim) -> tuple[int, int]:
    return claim.place.line, claim.place.start


def _fits(claim: Claim, other: Claim, ever: bool) -> bool:
    """Whether another claim is of the same place and, unless `ever`, the same time."""
    if other is claim or other.who != claim.who:
        return False
    return ever or other.when is claim.when or not other.when.differs(claim.when)


def _distance(first: Claim, second: Claim) -> tuple[int, int]:
    lines = abs(first.place.line - second.place.line)
    return lines, abs(first.place.start - second.place.start) if not lines else 0


def scaled(claim: Claim, slip: Decimal) -> Claim:
    """The claim with its unit taken for another one."""
    return replace(claim, quantity=replace(claim.quantity, scale=claim.scale * slip))


def as_read(claim: Claim, value: Value) -> Claim:
    """The claim read in one of its ways."""
    return replace(claim, quantity=replace(claim.quantity, values=(value,)))


def read_alike(claims: Sequence[Claim]) -> list[Claim]:
    """The claims without the readings whose decimal mark no unmistakable number of the text uses.

    Where `4,56%` stands, `449.141 tỷ` is not four hundred and a fraction.
    """
    marks = {claim.value.point for claim in claims if len(claim.values) == 1 and claim.value.point}
    if not marks:
        return list(claims)
    return [
        replace(claim, quantity=replace(claim.quantity, values=kept))
        if (kept := tuple(v for v in claim.values if v.point in ("", *marks)))
        else claim
        for claim in claims
    ]


def lacks_unit(claim: Claim, lexicon: Lexicon) -> bool:
    """Whether a number that needs a unit has none; a count needs none (`số hộ vay là 8.425`)."""
    if claim.meaning is None or claim.unit is not None or claim.implied:
        return False
    return kind_of(claim.meaning, lexicon) != "count"
