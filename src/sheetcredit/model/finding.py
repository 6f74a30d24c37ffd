"""A finding: what is wrong, where, by which rule, and what to do. A value, never an exception."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from hashlib import blake2s
from typing import Literal

from sheetcredit.model.money import in_unit
from sheetcredit.model.text import (
    DEFAULT_LANGUAGE,
    Language,
    message_catalogue,
    message_of,
    number_text,
    word,
)

Severity = Literal["error", "query", "note"]
Status = Literal["open", "explained", "void"]
Raw = int | Decimal | str | None

SEVERITIES: tuple[Severity, ...] = ("error", "query", "note")


@dataclass(frozen=True, slots=True)
class Suspect:
    """A cell that may be the cause: `cause` is a code of `causes.yaml`, amounts in đồng if `unit` > 1.

    `alike` counts the causes, this one included, that the numbers cannot tell apart. A pair among `details`
    is an amount with its unit.
    """

    sheet: str
    cell: str
    cause: str
    suggestion: Raw = None
    unit: int = 1
    details: Mapping[str, object] = field(default_factory=dict)
    alike: int = 1

    def cause_text(self, language: Language = DEFAULT_LANGUAGE) -> str:
        """The cause in words."""
        details = {
            name: show(value[0], value[1], language) if isinstance(value, tuple) else value
            for name, value in self.details.items()
        }
        details.setdefault("suggestion", show(self.suggestion, self.unit, language))
        text = message_of("causes", self.cause, "text", language, details)
        if self.alike == 1:
            return text
        return f"{text} ({message_of('causes', 'alike', 'text', language, {'alike': self.alike})})"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong in one workbook.

    `value`, `expected` and `difference` of an amount are whole đồng, `unit` says in how many đồng
    its sheet counts; for anything else `unit` is 1. `key` is stable over re-runs and moved rows;
    `digest` changes as soon as a number behind the finding does; a `void` finding remembers in it which
    numbers its explanation was written for. `follows` is the key of the finding that stands for all those of
    one cause: what puts that one right settles this one as well.
    """

    file: str
    code: str
    severity: Severity
    sheet: str | None
    cell: str | None = None
    row: int | None = None
    column: str | None = None
    value: Raw = None
    expected: Raw = None
    difference: int | Decimal | None = None
    unit: int = 1
    details: Mapping[str, object] = field(default_factory=dict)
    key: str = ""
    digest: str = ""
    status: Status = "open"
    explanation: str = ""
    suspects: tuple[Suspect, ...] = ()
    follows: str = ""

    @property
    def blocks(self) -> bool:
        """Whether the workbook may not go out before this is dealt with."""
        return self.severity == "error" or (self.severity == "query" and self.status != "explained")

    def message(self, language: Language = DEFAULT_LANGUAGE) -> str:
        """Place, what is wrong with both numbers and their difference, the rule."""
        text, place = self.sentence(language), self.place(language)
        return f"{place}: {text}" if place else text

    def sentence(self, language: Language = DEFAULT_LANGUAGE) -> str:
        """The message without its place, for where the place stands beside it."""
        text = message_of("findings", self.code, "message", language, self._words(language))
        return f"{text} ({word('void-message', language)})" if self.status == "void" else text

    def remedy(self, language: Language = DEFAULT_LANGUAGE) -> str:
        """What to do; a void explanation asks to be written anew."""
        remedy = message_of("findings", self.code, "remedy", language, self._words(language))
        return f"{word('void-remedy', language)} {remedy}" if self.status == "void" else remedy

    def title(self, language: Language = DEFAULT_LANGUAGE) -> str:
        """The finding's kind in a few words."""
        return message_of("findings", self.code, "title", language, {})

    def place(self, language: Language = DEFAULT_LANGUAGE) -> str:
        """Where it is, as people say it: sheet, cell, column."""
        if self.sheet is None:
            return ""
        if self.cell is None:
            return word("place-sheet", language, sheet=self.sheet)
        if self.column is None:
            return word("place-cell", language, sheet=self.sheet, cell=self.cell)
        return word("place", language, sheet=self.sheet, cell=self.cell, column=self.column)

    def _words(self, language: Language) -> dict[str, object]:
        words: dict[str, object] = {
            name: detail[language] if isinstance(detail, Mapping) and language in detail else detail
            for name, detail in self.details.items()
        }
        words["value"] = words["left"] = show(self.value, self.unit, language)
        words["expected"] = words["right"] = show(self.expected, self.unit, language)
        if self.difference is not None:
            words["difference"] = show(self.difference, self.unit, language)
        return words


def show(value: Raw, unit: int = 1, language: Language = DEFAULT_LANGUAGE) -> str:
    """A value as people read it; đồng are turned into the sheet's unit."""
    if value is None:
        return word("nothing", language)
    if isinstance(value, str):
        return value
    if isinstance(value, int) and unit > 1:
        return number_text(in_unit(value, unit), language)
    return number_text(value, language)


def in_both(value: Raw, unit: int = 1) -> dict[Language, str]:
    """A value as people read it, by language: a detail of a message."""
    return {"vi": show(value, unit, "vi"), "en": show(value, unit, "en")}


def digest_of(*values: object) -> str:
    """A short digest that changes as soon as one of the values does."""
    return blake2s("|".join(map(str, values)).encode(), digest_size=6).hexdigest()


@cache
def severity_of(code: str) -> Severity:
    """The severity that the catalogue gives to a code."""
    severity: Severity = message_catalogue("findings")[code]["severity"]
    return severity
