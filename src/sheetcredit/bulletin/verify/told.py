"""Findings about a text, and the words they use for what a number is about."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sheetcredit.bulletin.verify.claim import Spot
from sheetcredit.bulletin.verify.facts import Fact
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
        if meaning.aspect != "level":
            subject = f"{term(f'aspect-{meaning.aspect}', language)} ({subject})"
        if meaning.base:
            base = lexicon.measures[meaning.base].label.say(language)
            subject = f"{subject} {term('aspect-of', language)} {base}"
        told[language] = subject
    return told


def figure(fact: Fact, lexicon: Lexicon) -> dict[str, str]:
    """A fact with the cell it stands in."""
    words = about(fact.meaning, lexicon)
    place = fact.place or fact.name or ""
    return {language: f"{words[language]}, {place}" if place else words[language] for language in LANGUAGES}


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
