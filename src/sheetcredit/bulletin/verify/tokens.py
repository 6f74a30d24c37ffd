"""A line of text cut into tokens: words, numbers, dates, codes of documents, punctuation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sheetcredit.model.text import fold

TokenKind = Literal["date", "quarter", "years", "month", "code", "pair", "number", "word", "mark"]
"""`pair`: two numbers with a stroke or a dash between them, a fraction (`233/236`), a day (`30/6`, `30-9`) or
a range (`5-7`), which only their surroundings tell. `years`: from one to another (`2021-2025`)."""

_SPACE = "[ \u00a0\u2007\u2009\u202f]"
_LETTER = r"[^\W\d_]"
_BEFORE = r"(?<![\d.,])"
_SIGN = r"(?:(?<![^\s(:;,])[+\-\u2212])?"
_SPACED = rf"[1-9]\d{{0,2}}(?:{_SPACE}\d{{3}})+(?!\d)(?:,\d+)?"
_WHOLE = r"\d{1,3}(?:[.,]\d{3})+|\d+"
_SHORT = r"\d+(?:,\d+)?"
_END = r"(?![\w]|[.,/-]\d)"
_TOKEN = re.compile(
    "|".join(
        f"(?P<{name}>{pattern})"
        for name, pattern in {
            "date": r"\b\d{1,2}[/.-]\d{1,2}[/.-]\d{4}\b",
            "quarter": rf"\b(?:III|II|IV|I)\s?[/.-]\s?(?:19|20)\d\d{_END}",
            "years": rf"\b(?:19|20)\d\d\s?[-–]\s?(?:19|20)\d\d{_END}",
            "month": rf"\b(?:0?[1-9]|1[0-2])[/.-](?:19|20)\d\d{_END}(?!\s?%)",
            "code": rf"\b\d+[/-][\w/.-]*{_LETTER}[\w/.-]*|\b\d+/\d{{4}}{_END}(?!\s?{_LETTER})",
            "pair": rf"{_BEFORE}\b(?:(?:{_WHOLE})\s?/\s?(?:{_WHOLE})|{_SHORT}\s?[-–]\s?{_SHORT}){_END}",
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
