"""A text held against itself: sums that do not tie, shares and growth that do not follow from amounts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import islice, product
from typing import Any

from sheetcredit.bulletin.verify.claim import Claim, Spot
from sheetcredit.bulletin.verify.facts import lacks_unit
from sheetcredit.bulletin.verify.lexicon import AddsUp, Lexicon, Meaning, kind_of, load_lexicon
from sheetcredit.bulletin.verify.rounding import Amount, Ratio, growth_of, method_of, ratio_of
from sheetcredit.bulletin.verify.told import LANGUAGES, about, finding, printed, words
from sheetcredit.model.finding import Finding

_MOST_READINGS = 512
_ALMOST_ALL = 99
_CODES = {"balanced": "B-ROUNDING", "half_up": "B-ROUNDING", "cut_off": "B-CUT", "by_hand": "B-BY-HAND"}


@dataclass(frozen=True, slots=True)
class Itself:
    """What a text says against itself, and what is worth knowing of it though no fault.

    `claims` are the numbers that could be used, each with the one reading that fits the others.
    """

    findings: tuple[Finding, ...]
    notices: tuple[Finding, ...]
    claims: tuple[Claim, ...]


def against_itself(file: str, claims: Iterable[Claim], settled: Collection[Spot] = ()) -> Itself:
    """Contradictions within a text; none is told whose numbers are all `settled` by a workbook."""
    text = _Text(file, tuple(claims), load_lexicon())
    findings: list[Finding] = []
    notices: list[Finding] = []
    for claims_of_it, found in text.contradictions():
        if any(claim.spot not in settled for claim in claims_of_it):
            (notices if found.code == "B-ROUNDING" else findings).append(found)
    return Itself(tuple(findings), tuple(notices), tuple(text.claims))


Said = tuple[Sequence[Claim], Finding]
"""A finding with the claims it is about."""


class _Text:
    """The claims of a text by their meaning."""

    def __init__(self, file: str, claims: Sequence[Claim], lexicon: Lexicon) -> None:
        self.file = file
        self.lexicon = lexicon
        self.unitless = [c for c in claims if c.meaning and lacks_unit(c, lexicon)]
        usable = [c for c in claims if c.meaning and c.counted and (c.kind or c.implied)]
        usable = [c for c in usable if not c.about and not c.guessed]
        self.claims = self._read_together(usable)
        self.levels = self._levels(self.claims)

    def contradictions(self) -> Iterator[Said]:
        yield from self._unitless()
        yield from self._twice()
        yield from self._sums()
        yield from self._shares()
        yield from self._growth()
        yield from self._openings()

    def _levels(self, claims: Iterable[Claim]) -> dict[tuple[str, str | None], Claim]:
        levels: dict[tuple[str, str | None], Claim] = {}
        for claim in claims:
            if claim.meaning and claim.meaning.aspect == "level":
                levels.setdefault((claim.meaning.measure, claim.meaning.part), claim)
        return levels

    def _read_together(self, claims: Sequence[Claim]) -> list[Claim]:
        """The claims, those that could be read two ways read so that parts give their whole."""
        chosen: dict[int, Claim] = {}
        levels = self._levels(claims)
        for sum_ in self.lexicon.sums:
            parts, whole = self._members(sum_, levels)
            members = [*parts, *([whole] if whole else [])]
            if whole is None or len(members) < 3 or not any(len(claim.values) > 1 for claim in members):
                continue
            for values in islice(product(*(claim.values for claim in members)), _MOST_READINGS):
                read = [replace(c, values=(value,)) for c, value in zip(members, values, strict=True)]
                if sum(_number(claim) for claim in read[:-1]) == _number(read[-1]):
                    chosen |= {id(claim): other for claim, other in zip(members, read, strict=True)}
                    break
        return [chosen.get(id(claim), claim) for claim in claims]

    def _members(
        self, sum_: AddsUp, levels: Mapping[tuple[str, str | None], Claim]
    ) -> tuple[list[Claim], Claim | None]:
        parts = [
            levels[sum_.measure, part]
            for part in self.lexicon.parts_of(sum_.parts)
            if (sum_.measure, part) in levels
        ]
        return parts, levels.get((sum_.measure, None))

    def _unitless(self) -> Iterator[Said]:
        for claim in self.unitless:
            said, kind = about(_meaning(claim), self.lexicon), kind_of(_meaning(claim), self.lexicon)
            yield (claim,), self._finding("B-UNIT", claim, said=said, unit=words(f"unit-{kind}"))

    def _twice(self) -> Iterator[Said]:
        first: dict[Meaning, Claim] = {}
        for claim in self.claims:
            if claim.meaning is None or claim.meaning.aspect in ("ratio", "plan"):
                continue
            earlier = first.setdefault(claim.meaning, claim)
            if earlier is not claim and not _same(earlier, claim):
                said = about(claim.meaning, self.lexicon)
                yield (
                    (earlier, claim),
                    self._finding("B-TWICE", claim, earlier, said=said, expected=_shown(earlier)),
                )

    def _sums(self) -> Iterator[Said]:
        for sum_ in self.lexicon.sums:
            parts, whole = self._members(sum_, self.levels)
            if whole is None or len(parts) < 2:
                continue
            total, stated = sum(map(_number, parts)), _number(whole)
            slack = sum(_slack(claim) for claim in (*parts, whole))
            complete = len(parts) == len(self.lexicon.parts_of(sum_.parts)) or self._shares_complete(sum_)
            if total == stated or (total < stated and not complete):
                continue
            code = "B-SUM-ROUNDED" if abs(total - stated) <= slack else "B-SUM"
            dong = whole.dong
            yield (
                (*parts, whole),
                self._finding(
                    code, whole, *parts, said=about(_meaning(whole), self.lexicon),
                    expected=total / dong, difference=(stated - total) / dong,
                ),
            )  # fmt: skip

    def _shares_complete(self, sum_: AddsUp) -> bool:
        printed_shares = [
            claim.value.value
            for claim in self.claims
            if claim.meaning and claim.meaning.aspect == "share" and claim.meaning.measure == sum_.measure
            if claim.meaning.part in self.lexicon.parts_of(sum_.parts)
        ]
        return sum(printed_shares) >= _ALMOST_ALL

    def _shares(self) -> Iterator[Said]:
        done: set[int] = set()
        for sum_ in self.lexicon.sums:
            group = self._group(sum_)
            if len(group) > 1:
                done |= {id(share) for share, _, _ in group}
                yield from self._shares_of_group(sum_, group)
        for share in self._of_aspect("share"):
            if id(share) not in done and (pair := self._amounts(share)):
                yield from self._single_share(share, *pair)

    def _group(self, sum_: AddsUp) -> list[tuple[Claim, Claim, Claim]]:
        """The shares of a group that can be computed, each with its part and the whole."""
        found = []
        for share in self._of_aspect("share"):
            meaning = _meaning(share)
            if meaning.measure == sum_.measure and meaning.part in self.lexicon.parts_of(sum_.parts):
                pair = self._amounts(share)
                if pair and meaning.base in (None, sum_.measure):
                    found.append((share, *pair))
        return found

    def _amounts(self, share: Claim) -> tuple[Claim, Claim] | None:
        """The part and the whole of a share, where the text gives both in amounts or counts."""
        meaning = _meaning(share)
        part = self.levels.get((meaning.measure, meaning.part))
        base = meaning.base or self.lexicon.base_of(meaning.measure, meaning.part)
        whole = self.levels.get((base or "", None))
        instead = self.lexicon.measures[base].of_association if base else None
        if whole is None and meaning.part is None and instead not in (None, meaning.measure):
            # A text that gives only the entrusted balance means it by `dư nợ`.
            whole = self.levels.get((instead or "", None))
        return (part, whole) if part and whole and part.kind == whole.kind else None

    def _shares_of_group(self, sum_: AddsUp, group: Sequence[tuple[Claim, Claim, Claim]]) -> Iterator[Said]:
        claims = [claim for triple in group for claim in triple]
        parts, whole = [_amount(part) for _, part, _ in group], _amount(group[0][2])
        printed_shares = [share.value.value for share, _, _ in group]
        decimals = max(share.value.decimals for share, _, _ in group)
        complete = sum(part.value for part in parts) == whole.value
        method = method_of(parts, whole, printed_shares, decimals, complete)
        if method == "wrong" or (method == "cut_off" and not complete):
            for share, part, all_ in group:
                yield from self._single_share(share, part, all_, decimals)
            return
        total = sum(printed_shares, Decimal(0))
        ratios = [ratio for part in parts if (ratio := ratio_of(part, whole))]
        due = [printed(ratio.half_up(decimals), percent=True, decimals=decimals) for ratio in ratios]
        half_up = {language: "; ".join(each[language] for each in due) for language in LANGUAGES}
        yield (
            claims,
            self._finding(
                _CODES[method], *(share for share, _, _ in group), said=words(f"group-{sum_.parts}"),
                method=words(f"method-{method}"), total=printed(total, percent=True), due=half_up,
            ),
        )  # fmt: skip
        if complete and method == "half_up" and total != 100:
            told: dict[str, Any] = {
                "said": words(f"group-{sum_.parts}"),
                "total": printed(total, percent=True),
            }
            yield claims, self._finding("B-SHARES-SUM", *(share for share, _, _ in group), **told)

    def _single_share(
        self, share: Claim, part: Claim, whole: Claim, decimals: int | None = None
    ) -> Iterator[Said]:
        ratio = ratio_of(_amount(part), _amount(whole))
        if ratio is None:
            return
        # Of some parts only, what the largest remainder made of all of them cannot be told.
        places = share.value.decimals if decimals is None else decimals
        if _meaning(share).part and ratio.may_be_balanced(share.value.value, places):
            return
        yield from self._ratio(share, (part, whole), ratio, "B-SHARE", places)

    def _ratio(
        self, claim: Claim, amounts: Sequence[Claim], ratio: Ratio, code: str, decimals: int | None = None
    ) -> Iterator[Said]:
        """A printed ratio held against the amounts it should follow from."""
        decimals = claim.value.decimals if decimals is None else decimals
        shown = claim.signed(claim.value)
        if ratio.rounds_to(shown, decimals):
            return
        due = ratio.half_up(decimals)
        cut = ratio.cuts_to(shown, decimals)
        details: dict[str, Any] = {"method": words("method-cut_off")} if cut else {"difference": shown - due}
        details |= {"said": about(_meaning(claim), self.lexicon), "expected": due}
        details["due"] = printed(due, percent=True, decimals=decimals)
        yield (claim, *amounts), self._finding("B-CUT" if cut else code, claim, *amounts, **details)

    def _growth(self) -> Iterator[Said]:
        changes = {(_meaning(c).measure, _meaning(c).part): c for c in reversed(self._of_aspect("change"))}
        for growth in self._of_aspect("growth"):
            key = (_meaning(growth).measure, _meaning(growth).part)
            level, change = self.levels.get(key), changes.get(key)
            if share := self._share_called_growth(growth, level, change):
                yield (growth,), share
            elif (
                level
                and change
                and change.kind == level.kind
                and (grown := growth_of(_amount(change), _amount(level)))
            ):
                yield from self._ratio(growth, (level, change), grown, "B-GROWTH")

    def _share_called_growth(
        self, growth: Claim, level: Claim | None, change: Claim | None
    ) -> Finding | None:
        """A growth rate that is a share of something: of the whole, or of the closing level."""
        meaning = _meaning(growth)
        base = self.lexicon.base_of(meaning.measure, meaning.part)
        whole = self.levels.get((base or "", None))
        if level is None or whole is None or whole is level or level.kind != whole.kind:
            return None
        share = ratio_of(_amount(level), _amount(whole))
        shown = growth.value
        if share is None or not share.rounds_to(growth.signed(shown), shown.decimals):
            return None
        grown = growth_of(_amount(change), _amount(level)) if change else None
        if grown and grown.rounds_to(growth.signed(shown), shown.decimals):
            return None
        is_ = about(
            Meaning(measure=meaning.measure, part=meaning.part, aspect="share", base=base), self.lexicon
        )
        said = about(meaning, self.lexicon)
        return self._finding("B-BASIS-WRONG", growth, level, whole, said=said, is_=is_, figure=is_)

    def _openings(self) -> Iterator[Said]:
        changes = {(_meaning(c).measure, _meaning(c).part): c for c in reversed(self._of_aspect("change"))}
        for opening in self._of_aspect("opening"):
            key = (_meaning(opening).measure, _meaning(opening).part)
            level, change = self.levels.get(key), changes.get(key)
            if not level or not change or {level.kind, change.kind} != {opening.kind}:
                continue
            due = _number(level) - _number(change)
            if abs(due - _number(opening)) > _slack(level) + _slack(change) + _slack(opening):
                claims = (opening, level, change)
                told: dict[str, Any] = {
                    "said": about(_meaning(opening), self.lexicon),
                    "expected": due / opening.dong,
                }
                difference = (_number(opening) - due) / opening.dong
                yield claims, self._finding("B-OPENING", *claims, difference=difference, **told)

    def _of_aspect(self, aspect: str) -> list[Claim]:
        return [claim for claim in self.claims if claim.meaning and claim.meaning.aspect == aspect]

    def _finding(self, code: str, claim: Claim, *more: Claim, **details: Any) -> Finding:
        spots = (other.spot for other in more)
        return finding(self.file, code, claim.spot, *spots, value=_shown(claim), **details)


def _meaning(claim: Claim) -> Meaning:
    assert claim.meaning is not None
    return claim.meaning


def _number(claim: Claim) -> Decimal:
    return claim.number(claim.value)


def _shown(claim: Claim) -> Decimal:
    return claim.signed(claim.value)


def _slack(claim: Claim) -> Decimal:
    """Half of what the last digit of an amount is worth; a count is exact."""
    return claim.step(claim.value) / 2 if claim.kind == "amount" else Decimal(0)


def _amount(claim: Claim) -> Amount:
    return Amount(Fraction(_number(claim)), Fraction(2 * _slack(claim)))


def _same(first: Claim, second: Claim) -> bool:
    """Whether two numbers can be the same, one of them perhaps printed with fewer digits."""
    if first.kind != second.kind and not (first.implied or second.implied):
        return False
    step = max(first.step(first.value), second.step(second.value))
    same_step = first.step(first.value) == second.step(second.value)
    off = abs(_number(first) - _number(second))
    return off == 0 if same_step else off <= step / 2
