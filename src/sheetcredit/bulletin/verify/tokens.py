"""A line of text cut into tokens: words, numbers, dates, codes of documents, punctuation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sheetcredit.model.text import fold

TokenKind = Literal["date", "span", "month", "code", "number", "word", "mark"]

_SPACE = "[ \u00a0\u2007\u2009\u202f]"
_LETTER = r"[^\W\d_]"
_BEFORE = r"(?<![\d.,])"
_SIGN = r"(?:(?<![^\s(:;,])[+\-\u2212])?"
_SPACED = rf"[1-9]\d{{0,2}}(?:{_SPACE}\d{{3}})+(?!\d)(?:,\d+)?"
_TOKEN = re.compile(
    "|".join(
        f"(?P<{name}>{pattern})"
        for name, pattern in {
            "date": r"\b\d{1,2}[/.-]\d{1,2}[/.-]\d{4}\b",
            "span": r"\b\d{4}\s?[-–]\s?\d{4}\b",
            "month": r"\b\d{1,2}/\d{4}\b(?!/)",
            "code": rf"\b\d+[/-][\w/.-]*{_LETTER}[\w/.-]*|\b\d+/\d+\b",
            "number": rf"{_SIGN}{_BEFORE}(?:{_SPACED}|\d+(?:[.,]\d+)*)",
            "word": rf"{_LETTER}+(?:[&'’]{_LETTER}+)*",
            "mark": r"[^\s\w]|_",
        }.items()
    )
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a line, its place in it, and the form in which words are compared."""

    kind: TokenKind
    text: str
    start: int
    end: int
    folded: str


def tokens_of(line: str) -> Iterator[Token]:
    """The tokens of a line (composed Unicode), in order."""
    for match in _TOKEN.finditer(line):
        kind: TokenKind = match.lastgroup  # type: ignore[assignment]
        yield Token(kind, match[0], match.start(), match.end(), fold(match[0]))


def words_in(text: str) -> list[str]:
    """The folded tokens of a phrase."""
    return [token.folded for token in tokens_of(text)]
