"""How well texts are read: what was made of them, in the JSON form, held against their truth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from sheetcredit.bulletin.verify.verification import verified
from sheetcredit.screen.json_form import report_object
from tests.bulletin.texts.marked import Contradiction, MarkedText, Number

_NO_FIGURES = frozenset({"people", "works", "communes", "points", "bodies", "rate", None})
"""Labels under which a number that is no figure of ours may be reported, as long as it is compared with nothing."""


@dataclass
class Measure:
    """Counts over some texts, and every miss in words."""

    texts: int = 0
    clean: int = 0
    numbers: int = 0
    values: int = 0
    meanings: int = 0
    contradictions: int = 0
    found: int = 0
    false_alarms: int = 0
    comparable: int = 0
    compared: int = 0
    wrongly_compared: int = 0
    misses: list[str] = field(default_factory=list)

    def add(self, other: Measure) -> None:
        """Count another measure in."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def measured(texts: Iterable[MarkedText]) -> Measure:
    """All texts together."""
    whole = Measure()
    for text in texts:
        whole.add(_measured(text))
    return whole


def _measured(text: MarkedText) -> Measure:
    result = report_object(verified(text.name, text.lines, None), "vi")
    measure = Measure(texts=1)
    taken: set[int] = set()
    for number in text.numbers:
        claims = [claim for claim in result["claims"] if _overlap(number, claim)]
        taken |= {id(claim) for claim in claims}
        _number(measure, text, number, claims)
    for claim in result["claims"]:
        if id(claim) not in taken and (
            claim["compared"] or (claim["figure"] or claim["label"]) not in _NO_FIGURES
        ):
            measure.misses.append(
                f"{text.name}: «{claim['text']}» taken for {claim['figure'] or claim['label']}"
            )
    _contradictions(measure, text, result["findings"])
    measure.clean = not measure.misses
    return measure


def _number(measure: Measure, text: MarkedText, number: Number, claims: Sequence[Mapping[str, Any]]) -> None:
    if number.optional and not claims:
        return
    measure.numbers += 1
    read = [(_bound(claim, "low"), _bound(claim, "high")) for claim in claims]
    if len(read) == len(number.worths) and all(
        worth.accepts(*bounds) for worth, bounds in zip(number.worths, read, strict=True)
    ):
        measure.values += 1
    else:
        measure.misses.append(f"{text.name}: «{number.text}» read as {[tuple(map(_shown, b)) for b in read]}")
    meant = [claim["figure"] or claim["label"] for claim in claims]
    if number.unscored or (meant and (meant[0] in number.meanings)):
        measure.meanings += 1
    else:
        measure.misses.append(f"{text.name}: «{number.text}» means {meant}, not {number.meanings[0]}")
    compared = any(claim["compared"] for claim in claims)
    measure.comparable += number.comparable
    measure.compared += number.comparable and compared
    if compared and not number.comparable:
        measure.wrongly_compared += 1
        measure.misses.append(f"{text.name}: «{number.text}» was compared with {claims[0]['against']}")
    if number.comparable and not compared:
        measure.misses.append(f"{text.name}: «{number.text}» was not compared")


def _contradictions(measure: Measure, text: MarkedText, findings: Sequence[Mapping[str, Any]]) -> None:
    alarms = [finding for finding in findings if finding["severity"] != "note"]
    used: set[int] = set()
    measure.contradictions += len(text.contradictions)
    for wanted in text.contradictions:
        match = next(
            (alarm for alarm in alarms if id(alarm) not in used and _tells(text, wanted, alarm)), None
        )
        if match is None:
            measure.misses.append(
                f"{text.name}: {wanted.kind} of {', '.join(sorted(wanted.numbers))} not found"
            )
            continue
        measure.found += 1
        used.add(id(match))
    for alarm in alarms:
        if id(alarm) not in used and not any(_tells(text, allowed, alarm, True) for allowed in text.allowed):
            measure.false_alarms += 1
            measure.misses.append(f"{text.name}: false alarm: {alarm['code']} {alarm['message']}")


def _tells(text: MarkedText, wanted: Contradiction, alarm: Mapping[str, Any], loosely: bool = False) -> bool:
    """Whether a finding tells a contradiction: one of its key first, and all its numbers named."""
    named = [set(_named(text, item)) for item in alarm["items"]]
    if not named or not named[0] & wanted.key:
        return False
    return loosely or wanted.numbers <= set().union(*named)


def _named(text: MarkedText, item: Mapping[str, Any]) -> Iterator[str]:
    for number in text.numbers:
        if number.line == item["line"] and number.start <= item["start"] <= number.end:
            yield number.name


def _overlap(number: Number, claim: Mapping[str, Any]) -> bool:
    return bool(
        claim["line"] == number.line and claim["start"] <= number.end and number.start <= claim["end"]
    )


def _bound(claim: Mapping[str, Any], name: str) -> Fraction | None:
    value = claim[name]
    return None if value is None else Fraction(str(value))


def _shown(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
