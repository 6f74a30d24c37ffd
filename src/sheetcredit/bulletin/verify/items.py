"""Tokens grouped into items: phrases of the lexicon, numbers, times, breaks between clauses and sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sheetcredit.bulletin.verify.lexicon import Lexicon, Phrase
from sheetcredit.bulletin.verify.tokens import Token, tokens_of
from sheetcredit.model.text import fold

ItemKind = Literal["number", "phrase", "time", "clause", "stop", "word"]

_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_LIST_MARKER = re.compile(r"\s*(?:[-+*•]\s*)?(?:\d{1,2}(?:\.\d{1,2})*[.)/]|\(\d{1,2}\))\s")
_CLAUSE, _STOP = frozenset(",;:()"), frozenset(".!?…")
_NOTHING = Phrase()
_QUARTER = fold("quý")


@dataclass(frozen=True, slots=True)
class Time:
    """What a time names."""

    day: date | None = None
    year: int | None = None
    month: int | None = None
    quarter: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A phrase with its meaning, a number, a time, a break, or a word that says nothing to us."""

    kind: ItemKind
    text: str
    start: int
    end: int
    phrase: Phrase = _NOTHING
    time: Time | None = None


def items_of(line: str, lexicon: Lexicon) -> list[Item]:
    """The items of a line, its list marker left out."""
    marker = _LIST_MARKER.match(line)
    tokens = [token for token in tokens_of(line) if marker is None or token.start >= marker.end()]
    return list(_items(line, tokens, lexicon))


def sentences(items: Sequence[Item]) -> Iterator[list[Item]]:
    """The items cut where a sentence ends."""
    sentence: list[Item] = []
    for item in items:
        if item.kind == "stop":
            if sentence:
                yield sentence
            sentence = []
        else:
            sentence.append(item)
    if sentence:
        yield sentence


def _items(line: str, tokens: Sequence[Token], lexicon: Lexicon) -> Iterator[Item]:
    at = 0
    while at < len(tokens):
        token = tokens[at]
        length, time = _time(tokens, at)
        phrase: Phrase | None = None
        if not length:
            length, phrase = _phrase(tokens, at, lexicon)
        last = tokens[at + max(length, 1) - 1]
        text = line[token.start : last.end]
        if time is not None:
            yield Item("time", text, token.start, last.end, time=time)
        elif phrase is not None:
            yield Item("phrase", text, token.start, last.end, phrase)
        else:
            yield Item(_plain_kind(token), text, token.start, last.end)
        at += max(length, 1)


def _plain_kind(token: Token) -> ItemKind:
    if token.kind == "number":
        return "number"
    if token.kind == "mark" and token.text in _CLAUSE:
        return "clause"
    return "stop" if token.kind == "mark" and token.text in _STOP else "word"


def _phrase(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> tuple[int, Phrase | None]:
    words: tuple[str, ...] = tuple(token.folded for token in tokens[at : at + lexicon.longest])
    for length in range(len(words), 0, -1):
        if phrase := lexicon.phrases.get(words[:length]):
            return length, phrase
    return 0, None


def _time(tokens: Sequence[Token], at: int) -> tuple[int, Time | None]:
    """How many tokens from `at` on name a time, and which; codes of documents count as times of no day."""
    ahead = [token.folded for token in tokens[at : at + 6]]
    token = tokens[at]
    if token.kind == "date":
        return 1, _day(*map(int, re.split(r"[/.-]", token.text)))
    if token.kind == "month":
        month, year = map(int, token.text.split("/"))
        return 1, Time(year=year, month=month)
    if token.kind in ("code", "span"):
        return 1, Time()
    if ahead[0] == _QUARTER and len(ahead) > 1:
        return _quarter(tokens, at, ahead)
    if ahead[0] == "ngày" and len(ahead) == 6 and ahead[2::2] == ["tháng", "năm"] and _digits(ahead[1::2]):
        return 6, _day(*map(int, ahead[1::2]))
    if ahead[0] == "tháng" and len(ahead) > 3 and ahead[2] == "năm" and _digits([ahead[1], ahead[3]]):
        return 4, Time(month=int(ahead[1]), year=int(ahead[3]))
    if ahead[0] == "tháng" and len(ahead) > 1 and tokens[at + 1].kind == "month":
        return 2, _time(tokens, at + 1)[1]
    if ahead[0] == "năm" and len(ahead) > 1 and re.fullmatch(r"(19|20)\d\d", ahead[1]):
        return 2, Time(year=int(ahead[1]))
    return 0, None


def _quarter(tokens: Sequence[Token], at: int, ahead: Sequence[str]) -> tuple[int, Time | None]:
    following = tokens[at + 1]
    if following.kind == "month":
        quarter, year = map(int, following.text.split("/"))
        return 2, Time(quarter=quarter, year=year)
    quarter = _ROMAN.get(ahead[1], int(ahead[1]) if re.fullmatch("[1-4]", ahead[1]) else 0)
    if not quarter:
        return 0, None
    if len(ahead) > 3 and ahead[2] in ("/", "năm", "-") and re.fullmatch(r"20\d\d", ahead[3]):
        return 4, Time(quarter=quarter, year=int(ahead[3]))
    return 2, Time(quarter=quarter)


def _digits(words: Sequence[str]) -> bool:
    return all(word.isdigit() for word in words)


def _day(day: int, month: int, year: int) -> Time:
    try:
        return Time(day=date(year, month, day), year=year)
    except ValueError:
        return Time()
