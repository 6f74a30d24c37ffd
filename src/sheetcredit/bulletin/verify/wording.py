"""Findings about a text, and the words they use for what a number is about."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sheetcredit.bulletin.verify.claims import Claim, Spot
from sheetcredit.bulletin.verify.interval import Interval
from sheetcredit.bulletin.verify.lexicon import Lexicon, Meaning
from sheetcredit.model.finding import Finding, severity_of
from sheetcredit.model.text import Language, message_catalogue, number_text

LANGUAGES: tuple[Language, ...] = ("vi", "en")
Text = Mapping[str, str]


def finding(file: str, code: str, spot: Spot, *more: Spot, **details: Any) -> Finding:
    """A finding at a place of the text; `more` are the other places it speaks of.

    `value`, `expected` and `difference` among the details are numbers in the text's own unit.
    """
    numbers = {name: details.pop(name, None) for name in ("value", "expected", "difference")}
    place = {
        "vi": f"dòng {spot.line}, ký tự {spot.start}-{spot.end}",
        "en": f"line {spot.line}, characters {spot.start}-{spot.end}",
    }
    items = tuple(
        {"line": at.line, "start": at.start, "end": at.end, "quote": at.quote} for at in (spot, *more)
    )
    return Finding(
        file=file,
        code=code,
        severity=severity_of(code),
        sheet=None,
        row=spot.line,
        details={"place": place, "quote": spot.quote, "items": items, **details},
        key=f"{code}|{spot.line}|{spot.start}|{spot.quote}",
        **numbers,
    )


def about(meaning: Meaning, lexicon: Lexicon) -> dict[str, str]:
    """What a number is about, in both languages: `Hội Nông dân, dư nợ ủy thác: tỷ trọng`."""
    told: dict[str, str] = {}
    for language in LANGUAGES:
        subject = lexicon.measures[meaning.measure].label.say(language)
        if meaning.part:
            subject = f"{subject}, {lexicon.parts[meaning.part].label.say(language)}"
        if meaning.aspect in ("target", "rate"):
            subject = term(f"aspect-{meaning.aspect}", language)
        elif meaning.aspect != "level":
            subject = f"{term(f'aspect-{meaning.aspect}', language)} ({subject})"
        if meaning.base:
            base = lexicon.measures[meaning.base].label.say(language)
            subject = f"{subject} {term('aspect-of', language)} {base}"
        told[language] = subject
    return told


def term(code: str, language: Language) -> str:
    """A word of `schemas/messages/claims.yaml`."""
    return str(message_catalogue("claims")[code][language])


def words(code: str) -> dict[str, str]:
    """A word in both languages."""
    return {language: term(code, language) for language in LANGUAGES}


def printed(number: Decimal, percent: bool = False, decimals: int | None = None) -> dict[str, str]:
    """A number in both languages, with all its digits or so many decimals."""
    mark = "%" if percent else ""
    return {language: number_text(number, language, decimals) + mark for language in LANGUAGES}


def how_computed(pattern: str, *claims: Claim) -> dict[str, str]:
    """How a number is computed from others, with the numbers as they stand in the text."""
    return dict.fromkeys(LANGUAGES, pattern.format(*(quoted(claim) for claim in claims)))


def words_of(claim: Claim) -> dict[str, str]:
    """A claim as it stands in the text, in both languages alike."""
    return dict.fromkeys(LANGUAGES, claim.place.quote)


def quoted(claim: Claim) -> str:
    """A number with its unit as it stands, fit for a template."""
    return claim.place.quote.replace("{", "").replace("}", "")


def between(interval: Interval, whole: Claim, exact: bool) -> dict[str, str]:
    """A sum in the unit of its whole; what it can be where it is no single number."""
    scale = Fraction(whole.scale)
    if exact and interval.middle is not None:
        return printed(_decimal(interval.middle / scale))
    ends = [printed(_decimal(end / scale)) for end in (interval.low, interval.high) if end is not None]
    return {language: " – ".join(end[language] for end in ends) for language in LANGUAGES}


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)
