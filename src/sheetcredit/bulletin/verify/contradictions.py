"""A text held against itself: sums that do not tie, shares and growth that do not follow from amounts.

Every number is an interval: half a printed digit each way, or what `hơn`, `gần`, `dưới` leave open; only what
cannot be the same contradicts. A number whose meaning is not certain is held against nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sheetcredit.bulletin.verify.claims import Claim, Spot
from sheetcredit.bulletin.verify.interval import Interval, total
from sheetcredit.bulletin.verify.lexicon import (
    AddsUp,
    Meaning,
    kind_of,
    load_lexicon,
)
from sheetcredit.bulletin.verify.related import (
    Related,
    amount_of,
    amounts_behind,
    balance_and_borrowers,
    clusters,
    follows,
    lacks_unit,
    meaning_of,
    number_of,
    ratio_between,
    same_number,
    shown_of,
    signed_size,
    since_opening,
    usable,
)
from sheetcredit.bulletin.verify.rounding import Ratio, method_of, ratio_of
from sheetcredit.bulletin.verify.wording import (
    LANGUAGES,
    about,
    between,
    finding,
    how_computed,
    printed,
    words,
    words_of,
)
from sheetcredit.model.finding import Finding

_ALMOST_ALL = 99
_CODES = {"balanced": "B-ROUNDING", "half_up": "B-ROUNDING", "cut_off": "B-CUT", "by_hand": "B-BY-HAND"}
_NEVER_TWICE = frozenset(
    {"ratio", "plan", "rate", "target", "average", "clean", "some", "plan_amount", "plan_growth_amount"}
)
"""Aspects that a text may well tell several times, each of something else."""


@dataclass(frozen=True, slots=True)
class Held:
    """Numbers held against each other, and what was found, if anything."""

    claims: tuple[Claim, ...]
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """What a text says against itself, and what is worth knowing of it though no fault.

    `claims` are the numbers, each with the one reading that fits the others; `compared` tells by place what
    each was held against, as it stands in the text.
    """

    findings: tuple[Finding, ...]
    notices: tuple[Finding, ...]
    claims: tuple[Claim, ...]
    compared: Mapping[Spot, tuple[str, ...]]


def check_text(file: str, claims: Iterable[Claim], settled: Collection[Spot] = ()) -> SelfCheck:
    """Contradictions within a text; none is told whose numbers are all `settled` by a workbook."""
    all_claims = list(claims)
    text = Related(file, load_lexicon(), [claim for claim in all_claims if usable(claim)])
    text.read_together()
    findings: list[Finding] = []
    notices: list[Finding] = []
    compared: dict[Spot, dict[str, None]] = {}
    for claim in all_claims:
        if claim.meaning is not None and claim.place not in settled and lacks_unit(claim, text.lexicon):
            findings += [held.finding for held in _without_unit(text, claim) if held.finding]
    findings += text.correct_units(settled)
    findings += mixed_separators(file, text.claims)
    for check in CHECKS:
        for held in check(text):
            for claim in held.claims if len(held.claims) > 1 else ():
                others = (other.place.quote for other in held.claims if other.place != claim.place)
                compared.setdefault(claim.place, {}).update(dict.fromkeys(others))
            if held.finding is None or all(claim.place in settled for claim in held.claims):
                continue
            (notices if held.finding.code == "B-ROUNDING" else findings).append(held.finding)
    chosen = {claim.place: claim for claim in text.claims}
    return SelfCheck(
        tuple(findings),
        tuple(notices),
        tuple(_as_chosen(claim, chosen.get(claim.place, claim)) for claim in all_claims),
        {place: tuple(others) for place, others in compared.items()},
    )


def _as_chosen(claim: Claim, chosen: Claim) -> Claim:
    if claim.values == chosen.values:
        return claim
    return replace(claim, quantity=replace(claim.quantity, values=chosen.values))


# -- the checks, in the order of what they find --------------------------------------------------------


def _without_unit(text: Related, claim: Claim) -> Iterator[Held]:
    kind = kind_of(meaning_of(claim), text.lexicon)
    yield Held((claim,), text.finding("B-UNIT", claim, said=text.said(claim), unit=words(f"unit-{kind}")))


def told_twice(text: Related) -> Iterator[Held]:
    """The same thing of the same place and time told twice, with numbers that cannot be the same."""
    earlier: dict[tuple[Meaning, str | None], list[Claim]] = {}
    for claim in text.claims:
        meaning = meaning_of(claim)
        if meaning.aspect in _NEVER_TWICE or not text.lexicon.measures[meaning.measure].ours:
            continue
        if meaning.aspect.endswith("_other") or (meaning.part or "").startswith("other_"):
            continue
        before = earlier.setdefault((meaning, claim.who), [])
        known = text.lexicon.measures[meaning.measure]
        if known.flow and known.kind == "count":
            continue  # loans of one programme and of another
        alike = [
            other
            for other in before
            if (other.when == claim.when if known.flow else not other.when.differs(claim.when))
        ]
        different = next((other for other in alike if not same_number(other, claim)), None)
        if different is not None or not alike:
            before.append(claim)
        if different is not None:
            first, second = (
                (different, claim) if different.heading and not claim.heading else (claim, different)
            )
            yield Held(
                (claim, different),
                text.finding(
                    "B-TWICE", first, second, said=text.said(claim),
                    expected=shown_of(second), other=words_of(second),
                ),
            )  # fmt: skip
        elif alike:
            yield Held((claim, alike[-1]))


def sums(text: Related) -> Iterator[Held]:
    """Parts against their whole: all of them give it, some of them do not exceed it."""
    yield from _lists(text)
    for measure, known in text.lexicon.measures.items():
        for made_of in (known.adds, known.made_of):
            for whole in text.of(measure, "level") if made_of else ():
                parts = [part for name in made_of if (part := text.level(whole, name))]
                if len(parts) == len(made_of):
                    yield from _sum(text, parts, whole, True)
    by_place = {claim.place: claim for claim in text.claims}
    for whole in text.claims:
        if whole.fraction_of in by_place:
            yield from _sum(text, [by_place[whole.fraction_of]], whole, False)


def _lists(text: Related) -> Iterator[Held]:
    for sum_ in text.lexicon.sums:
        for aspect in ("level", "change"):
            if aspect == "change" and sum_.parts == "programmes":
                continue  # those that rise may well exceed the net rise
            for parts, whole in clusters(text, sum_, aspect):
                if whole is not None:
                    yield from _sum(text, parts, whole, _complete(text, sum_, parts, whole))


def _sum(text: Related, parts: Sequence[Claim], whole: Claim, complete: bool) -> Iterator[Held]:
    added = total(signed_size(claim) for claim in parts)
    stated = signed_size(whole)
    claims = (*parts, whole)
    told = sum(not part.implied for part in parts)
    if not complete and told < 2 and whole.fraction_of is None:
        return  # one part and a zero say nothing of the whole
    wrong = not added.meets(stated) if complete else added.above(stated)
    exact = all(claim.bound is None and claim.quantity.upper is None for claim in claims)
    sum_, number = sum((number_of(claim) for claim in parts), Decimal(0)), number_of(whole)
    if not wrong and not (complete and exact and sum_ != number):
        yield Held(claims)
        return
    details: dict[str, Any] = {
        "said": text.said(whole),
        "expected": sum_ / whole.scale,
        "due": between(added, whole, exact),
        "difference": (number - sum_) / whole.scale,
        "how": how_computed(" + ".join(f"{{{place}}}" for place in range(len(parts))), *parts),
    }
    yield Held(claims, text.finding("B-SUM" if wrong else "B-SUM-ROUNDED", whole, *parts, **details))


def _complete(text: Related, sum_: AddsUp, parts: Sequence[Claim], whole: Claim) -> bool:
    """Whether the parts are all there are: said so, or none is missing, or their shares tell."""
    known = text.lexicon.parts_of(sum_.parts)
    named = {meaning_of(claim).part for claim in parts}
    if sum_.parts in ("associations", "ratings") and named == set(known):
        return True
    if parts[-1].listing == "whole" and whole.sentence >= parts[0].sentence - 1:
        return True
    shares = [
        claim.value.value
        for claim in text.claims
        if meaning_of(claim).aspect == "share" and meaning_of(claim).measure == sum_.measure
        if meaning_of(claim).part in named
    ]
    return sum(shares) >= _ALMOST_ALL


def shares(text: Related) -> Iterator[Held]:
    """Shares against the amounts they are of; and how those of a whole list were rounded."""
    done: set[int] = set()
    for sum_ in text.lexicon.sums:
        group = _group(text, sum_)
        if len(group) > 1:
            done |= {id(share) for share, _, _ in group}
            yield from _shares_of_group(text, sum_, group)
    for share in [claim for claim in text.claims if meaning_of(claim).aspect == "share"]:
        if id(share) not in done and (pair := amounts_behind(text, share)):
            yield from _single_share(text, share, *pair)


def _group(text: Related, sum_: AddsUp) -> list[tuple[Claim, Claim, Claim]]:
    """The shares of a group that can be computed, each with its part and the whole."""
    found = []
    for share in text.claims:
        meaning = meaning_of(share)
        if meaning.aspect != "share" or meaning.measure != sum_.measure or share.bound is not None:
            continue
        if meaning.part in text.lexicon.parts_of(sum_.parts) and meaning.base in (None, sum_.measure):
            pair = amounts_behind(text, share)
            if pair and meaning_of(pair[1]).measure == sum_.measure:
                found.append((share, *pair))
    return found


def _shares_of_group(
    text: Related, sum_: AddsUp, group: Sequence[tuple[Claim, Claim, Claim]]
) -> Iterator[Held]:
    claims = tuple(claim for triple in group for claim in triple)
    parts, whole = [amount_of(part) for _, part, _ in group], amount_of(group[0][2])
    printed_shares = [share.value.value for share, _, _ in group]
    decimals = max(share.value.decimals for share, _, _ in group)
    complete = sum(part.value for part in parts) == whole.value
    method = method_of(parts, whole, printed_shares, decimals, complete)
    if method == "wrong" or (method == "cut_off" and not complete):
        for share, part, all_ in group:
            yield from _single_share(text, share, part, all_, decimals, balanced=not complete)
        return
    added = sum(printed_shares, Decimal(0))
    ratios = [ratio for part in parts if (ratio := ratio_of(part, whole))]
    due = [printed(ratio.half_up(decimals), percent=True, decimals=decimals) for ratio in ratios]
    half_up = {language: "; ".join(each[language] for each in due) for language in LANGUAGES}
    yield Held(
        claims,
        text.finding(
            _CODES[method], *(share for share, _, _ in group), said=words(f"group-{sum_.parts}"),
            method=words(f"method-{method}"), total=printed(added, percent=True), due=half_up, how="",
        ),
    )  # fmt: skip
    if complete and method == "half_up" and added != 100:
        told: dict[str, Any] = {"said": words(f"group-{sum_.parts}"), "total": printed(added, percent=True)}
        yield Held(claims, text.finding("B-SHARES-SUM", *(share for share, _, _ in group), **told))


def _single_share(
    text: Related,
    share: Claim,
    part: Claim,
    whole: Claim,
    decimals: int | None = None,
    balanced: bool = True,
) -> Iterator[Held]:
    ratio = ratio_between(share, part, whole)
    if ratio is None:
        return
    # Of some parts only, what the largest remainder made of all of them cannot be told.
    places = share.value.decimals if decimals is None else decimals
    part_of_list = balanced and meaning_of(share).part is not None and meaning_of(whole).part is None
    if part_of_list and share.bound is None and ratio.may_be_balanced(share.value.value, places):
        yield Held((share, part, whole))
        return
    yield from _ratio(text, share, (part, whole), ratio, "B-SHARE", "{0} / {1}", places)


def shares_of_hundred(text: Related) -> Iterator[Held]:
    """The shares of a whole list against a hundred per cent, within what each may have been rounded."""
    for sum_ in text.lexicon.sums:
        wanted = set(text.lexicon.parts_of(sum_.parts))
        for group in _share_lists(text, sum_, wanted):
            named = {meaning_of(claim).part for claim in group}
            named |= {part for part in wanted if text.has_none(group[-1], sum_.measure, part)}
            full = sum_.parts in ("associations", "ratings") and named == wanted
            if not full and group[-1].listing != "whole":
                continue
            added = total(claim.size() for claim in group)
            claims = tuple(group)
            if added.meets(Interval.exact(Fraction(100))) or any(c.place in text.wrong for c in group):
                yield Held(claims)
                continue
            due = sum((claim.value.value for claim in group), Decimal(0))
            yield Held(
                claims,
                text.finding(
                    "B-SHARES", *group, said=words(f"group-{sum_.parts}"), total=printed(due, percent=True),
                    expected=Decimal(100), difference=due - 100,
                    how=how_computed(" + ".join(f"{{{place}}}" for place in range(len(group))), *group),
                ),
            )  # fmt: skip


def _share_lists(text: Related, sum_: AddsUp, wanted: Collection[str]) -> Iterator[list[Claim]]:
    lists: list[list[Claim]] = []
    for claim in text.claims:
        meaning = meaning_of(claim)
        if meaning.aspect != "share" or meaning.measure != sum_.measure or meaning.part not in wanted:
            continue
        if meaning.base not in (None, sum_.measure):
            continue
        if not lists or any(meaning_of(other).part == meaning.part for other in lists[-1]):
            lists.append([])
        lists[-1].append(claim)
    yield from (group for group in lists if len(group) > 1)


def growth(text: Related) -> Iterator[Held]:
    """Growth rates against increase and opening; and ratios that are called growth."""
    for claim in [claim for claim in text.claims if meaning_of(claim).aspect == "growth"]:
        pair = amounts_behind(text, claim)
        grown = ratio_between(claim, *pair) if pair else None
        if share := _share_called_growth(text, claim, grown):
            yield share
        elif pair and grown:
            yield from _ratio(text, claim, pair, grown, "B-GROWTH", "{0} / ({1} − {0})")
        elif pair is None:
            yield from _growth_from_opening(text, claim)


def _growth_from_opening(text: Related, claim: Claim) -> Iterator[Held]:
    """A growth rate against opening and level, where no change is told."""
    level = text.level(claim)
    opening = text.near(claim, meaning_of(claim).measure, "opening", meaning_of(claim).part)
    if level is None or opening is None or level.kind != opening.kind:
        return
    ratio = ratio_between(claim, level, opening, growth=False)
    if ratio is None or ratio.low <= 100 <= ratio.high:
        return
    ends = sorted((abs(ratio.low - 100), abs(ratio.high - 100)))
    grown = Ratio(ends[0], abs(ratio.middle - 100), ends[1])
    yield from _ratio(text, claim, (level, opening), grown, "B-GROWTH", "({0} − {1}) / {1}")


def _share_called_growth(text: Related, claim: Claim, grown: Ratio | None) -> Held | None:
    """A growth rate that is a share of something: of the whole, or of the closing level."""
    meaning = meaning_of(claim)
    level = text.level(claim)
    base = text.lexicon.base_of(meaning.measure, meaning.part)
    whole = text.level(claim, base) if base else None
    if level is None or whole is None or whole is level or level.kind != whole.kind:
        return None
    share = ratio_between(claim, level, whole, growth=False)
    if share is None or not follows(claim, share) or (grown and follows(claim, grown)):
        return None
    is_ = about(Meaning(measure=meaning.measure, part=meaning.part, aspect="share", base=base), text.lexicon)
    how = how_computed("{0} / {1}", level, whole)
    figure = {language: f"{is_[language]}: {how[language]}" for language in LANGUAGES}
    return Held(
        (claim, level, whole),
        text.finding("B-BASIS-WRONG", claim, level, whole, said=text.said(claim), is_=is_, figure=figure),
    )


def openings(text: Related) -> Iterator[Held]:
    """Opening and change against the level."""
    for opening in [claim for claim in text.claims if meaning_of(claim).aspect == "opening"]:
        level = text.level(opening)
        change = text.near(opening, meaning_of(opening).measure, "change", meaning_of(opening).part)
        if not level or not change or {level.kind, change.kind} != {opening.kind}:
            continue
        due = level.size() - signed_size(change)
        claims = (opening, level, change)
        if due.meets(opening.size()):
            yield Held(claims)
            continue
        middle = (number_of(level) - number_of(change)) / opening.scale
        yield Held(
            claims,
            text.finding(
                "B-OPENING", *claims, said=text.said(opening), expected=middle,
                difference=shown_of(opening) - middle,
                how=how_computed("{0} − {1}" if change.sign > 0 else "{0} + {1}", level, change),
            ),
        )  # fmt: skip


def flows(text: Related) -> Iterator[Held]:
    """Lending less collection (and write-offs) against the growth of the balance: a question only."""
    for change in text.of("balance", "change"):
        lent, repaid = text.level(change, "disbursed"), text.level(change, "collected")
        if lent is None or repaid is None or not since_opening(lent) or not since_opening(repaid):
            continue
        if lent.when.differs(repaid.when):
            continue
        off = text.level(change, "written_off")
        due = lent.size() - repaid.size()
        claims: tuple[Claim, ...] = (change, lent, repaid)
        if off is not None:
            due, claims = due - off.size(), (*claims, off)
        stated = signed_size(change)
        usual = due.low is not None and lent.size().high is not None
        slack = (
            Fraction(text.lexicon.usual_write_off) * (lent.size().high or 0) if usual and off is None else 0
        )
        if due.meets(stated) or (
            due.low is not None and stated.high is not None and 0 < due.low - stated.high <= slack
        ):
            yield Held(claims)
            continue
        middle = (number_of(lent) - number_of(repaid) - (number_of(off) if off else 0)) / change.scale
        yield Held(
            claims,
            text.finding(
                "B-FLOW", *claims, said=text.said(change), expected=middle,
                difference=shown_of(change) - middle,
                how=how_computed("{0} − {1} − {2}" if off else "{0} − {1}", *claims[1:]),
            ),
        )  # fmt: skip


def averages(text: Related) -> Iterator[Held]:
    """The balance of one borrower against balance and borrowers."""
    for claim in text.claims:
        behind = balance_and_borrowers(text, claim)
        if behind is None:
            continue
        balance, customers = behind
        due = balance.size().over(customers.size())
        if due is None:
            continue
        claims = (claim, balance, customers)
        if due.meets(claim.size()):
            yield Held(claims)
            continue
        middle = (number_of(balance) / number_of(customers)) / claim.scale
        middle = middle.quantize(claim.value.step)
        yield Held(
            claims,
            text.finding(
                "B-AVERAGE", *claims, said=text.said(claim), expected=middle,
                difference=shown_of(claim) - middle, how=how_computed("{0} / {1}", balance, customers),
            ),
        )  # fmt: skip


def plans(text: Related) -> Iterator[Held]:
    """Completion of a plan against the amount planned: of a level, or of an increase."""
    for claim in text.claims:
        meaning = meaning_of(claim)
        if meaning.aspect not in ("plan", "plan_level", "plan_growth") or claim.kind != "percent":
            continue
        tried = [("level", "plan_amount"), ("change", "plan_growth_amount"), ("change", "plan_amount")]
        if meaning.aspect != "plan":
            tried = tried[:1] if meaning.aspect == "plan_level" else tried[1:]
        pairs = [
            (done, planned)
            for one, other in tried
            if (done := text.near(claim, meaning.measure, one, meaning.part))
            if (planned := text.near(claim, meaning.measure, other, meaning.part, ever=True))
        ]
        ratios = [(pair, ratio) for pair in pairs if (ratio := ratio_between(claim, *pair, growth=False))]
        if not ratios:
            continue
        pair, ratio = next(((p, r) for p, r in ratios if follows(claim, r)), ratios[0])
        yield from _ratio(text, claim, pair, ratio, "B-PLAN", "{0} / {1}")


Check = Callable[[Related], Iterator[Held]]
CHECKS: tuple[Check, ...] = (
    told_twice, sums, shares, shares_of_hundred, growth, openings, flows, averages, plans,
)  # fmt: skip


def _ratio(
    text: Related,
    claim: Claim,
    amounts: tuple[Claim, Claim],
    ratio: Ratio,
    code: str,
    how: str,
    decimals: int | None = None,
) -> Iterator[Held]:
    """A printed ratio held against the amounts it should follow from."""
    decimals = claim.value.decimals if decimals is None else decimals
    claims = (claim, *amounts)
    if follows(claim, ratio, decimals):
        yield Held(claims)
        return
    text.wrong.add(claim.place)
    shown = abs(shown_of(claim)) if code == "B-GROWTH" else shown_of(claim)
    due = ratio.half_up(decimals)
    cut = claim.bound is None and ratio.cuts_to(shown, decimals)
    details: dict[str, Any] = {"method": words("method-cut_off")} if cut else {"difference": shown - due}
    details |= {"said": text.said(claim), "expected": due, "how": how_computed(how, *amounts)}
    details["due"] = printed(due, percent=True, decimals=decimals)
    if cut:
        details["how"] = {language: f"; {text_}" for language, text_ in details["how"].items()}
    yield Held(claims, text.finding("B-CUT" if cut else code, claim, *amounts, **details))


def mixed_separators(file: str, claims: Iterable[Claim]) -> Iterator[Finding]:
    """A note at the first number written another way than the first; each way is shown by an example."""
    for mark in ("style", "point"):
        examples: dict[str, Claim] = {}
        for claim in claims:
            used = getattr(claim.value, mark)
            if used not in ("", "plain"):
                examples.setdefault(used, claim)
        if len(examples) > 1:
            _, odd, *more = examples.values()
            shown = ", ".join(claim.text for claim in examples.values())
            yield finding(file, "B-SEPARATORS", odd.spot, *(claim.spot for claim in more), examples=shown)
