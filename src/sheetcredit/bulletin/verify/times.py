"""Dates and spans of time in a text: what must not be taken for a figure, and of when a figure is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sheetcredit.bulletin.verify.tokens import Token
from sheetcredit.model.text import fold

_QUARTER = fold("quý")  # which folds to the new tone placement
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_DAY_OR_NUMBER = re.compile(r"(\d{1,2})\s?[/.–-]\s?(\d{1,2})")
_YEAR = re.compile(r"(?:19|20)\d\d")
_IN_WORDS = {"ba": 3, "sáu": 6, "bảy": 7, "tám": 8, "chín": 9, "mười": 10}
_WITHIN = {"tháng": 1, _QUARTER: 3, "năm": 12}
_BEGINS = frozenset({_QUARTER, "ngày", "tháng", "năm", "trong", *_IN_WORDS})
"""The words with which a time may begin."""

_BEFORE_DAY = frozenset(
    {"ngày", "đến", "hết", "và", "sáng", "chiều", "từ", "với", "(",
     "trước", "sau", "điểm", "lúc", "tối", "so", "qua"}
)  # fmt: skip
"""Words behind which `30.6` is a day and no number."""


@dataclass(frozen=True, slots=True)
class Time:
    """What a time names. `months` is the length of a span (`6 tháng`), None of a day or an unknown one."""

    day: date | None = None
    year: int | None = None
    month: int | None = None
    quarter: int | None = None
    months: int | None = None
    first_day: bool = False
    """A day and a month without a year."""

    @property
    def year_end(self) -> bool:
        """Whether it is the last day of a year."""
        if self.day is not None:
            return (self.day.day, self.day.month) == (31, 12)
        return self.first_day and self.month == 12


def time_at(tokens: Sequence[Token], at: int, unit_follows: bool) -> tuple[int, Time | None]:
    """How many tokens from `at` on name a time, and which."""
    if tokens[at].kind == "mark" or (tokens[at].kind == "word" and tokens[at].folded not in _BEGINS):
        return 0, None
    ahead = [token.folded for token in tokens[at : at + 7]]
    before = tokens[at - 1].folded if at else ""
    token = tokens[at]
    if token.kind == "date":
        return 1, _day(*map(int, re.split(r"[/.-]", token.text)))
    if token.kind == "quarter":
        roman, year = re.split(r"\s?[/.-]\s?", token.folded)
        return 1, Time(year=int(year), quarter=_ROMAN[roman], months=3)
    if token.kind == "month":
        month, year = map(int, re.split(r"[/.-]", token.text))
        return 1, Time(year=year, month=month)
    if token.kind == "years":
        return 1, Time(months=60)
    if found := _short_day(token, before, unit_follows):
        return 1, found
    if token.kind == "number":
        return _count_of_time(ahead, unit_follows)
    if ahead[0] in _IN_WORDS and ahead[1:2] == ["tháng"]:
        return _count_of_time([str(_IN_WORDS[ahead[0]]), *ahead[1:]], False)
    if token.kind == "word":
        return _in_words(tokens, at, ahead)
    return 0, None


def _short_day(token: Token, before: str, unit_follows: bool) -> Time | None:
    """`30/6`, `30.6`, `30-9`: a day without its year, unless a unit follows."""
    if token.kind not in ("pair", "number") or unit_follows:
        return None
    match = _DAY_OR_NUMBER.fullmatch(token.text)
    if match is None:
        return None
    day, month = int(match[1]), int(match[2])
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    if "/" in token.text or before in _BEFORE_DAY:
        return Time(month=month, first_day=day >= 28)
    return None


def _count_of_time(ahead: Sequence[str], unit_follows: bool) -> tuple[int, Time | None]:
    """`6 tháng đầu năm 2024`, `20 năm`; a bare year is one too."""
    number = ahead[0]
    if len(ahead) > 1 and ahead[1] == "tháng" and number.isdigit():
        length, year = 2, None
        if ahead[2:4] in (["đầu", "năm"], ["cuối", "năm"]):
            length = 4
        elif ahead[2:3] == ["năm"]:
            length = 3
        if length > 2 and len(ahead) > length and _YEAR.fullmatch(ahead[length]):
            year = int(ahead[length])
            length += 1
        elif length == 3:
            length = 2
        return length, Time(year=year, month=int(number), months=int(number))
    if len(ahead) > 1 and ahead[1] == "năm" and number.isdigit() and len(number) < 3:
        return 2, Time(months=12 * int(number))
    if _YEAR.fullmatch(number) and not unit_follows and "." not in number:
        return 1, Time(year=int(number))
    return 0, None


def _in_words(tokens: Sequence[Token], at: int, ahead: Sequence[str]) -> tuple[int, Time | None]:
    word = ahead[0]
    if word == _QUARTER and len(ahead) > 1:
        return _quarter(tokens, at, ahead)
    if word == "ngày" and len(ahead) > 3 and ahead[2] == "tháng" and _digits(ahead[1:4:2]):
        if len(ahead) > 5 and ahead[4] == "năm" and _digits(ahead[5:6]):
            return 6, _day(int(ahead[1]), int(ahead[3]), int(ahead[5]))
        return 4, Time(month=int(ahead[3]), first_day=int(ahead[1]) >= 28)
    if word == "tháng" and len(ahead) > 1:
        following = tokens[at + 1]
        if following.kind == "month":
            length, time = time_at(tokens, at + 1, False)
            return 1 + length, time
        if ahead[1].isdigit():
            month = int(ahead[1])
            if len(ahead) > 3 and ahead[2] == "năm" and _YEAR.fullmatch(ahead[3]):
                return 4, Time(month=month, year=int(ahead[3]))
            return 2, Time(month=month)
    if word == "trong" and len(ahead) > 1 and ahead[1] in _WITHIN:
        length, time = _in_words(tokens, at + 1, ahead[1:]) if _names_one(ahead[2:3]) else (1, Time())
        return (1 + length, replace(time, months=_WITHIN[ahead[1]])) if time else (0, None)
    if word == "năm" and len(ahead) > 1 and _YEAR.fullmatch(ahead[1]):
        return 2, Time(year=int(ahead[1]), months=12)
    return 0, None


def _quarter(tokens: Sequence[Token], at: int, ahead: Sequence[str]) -> tuple[int, Time | None]:
    following = tokens[at + 1]
    if following.kind in ("month", "quarter"):
        quarter, year = re.split(r"\s?[/.-]\s?", following.folded)
        return 2, Time(quarter=_ROMAN.get(quarter) or int(quarter), year=int(year), months=3)
    quarter_ = _ROMAN.get(ahead[1], int(ahead[1]) if re.fullmatch("[1-4]", ahead[1]) else 0)
    if not quarter_:
        return 0, None
    if len(ahead) > 3 and ahead[2] in ("/", "năm", "-", ".") and _YEAR.fullmatch(ahead[3]):
        return 4, Time(quarter=quarter_, year=int(ahead[3]), months=3)
    return 2, Time(quarter=quarter_, months=3)


def _names_one(following: Sequence[str]) -> bool:
    """Whether a quarter, month or year is named behind its word."""
    return bool(following) and (
        following[0].isdigit() or following[0] in _ROMAN or following[0][:1].isdigit()
    )


def _digits(words: Sequence[str]) -> bool:
    return all(word.isdigit() for word in words)


def _day(day: int, month: int, year: int) -> Time:
    try:
        return Time(day=date(year, month, day), year=year, month=month, first_day=day >= 28)
    except ValueError:
        return Time()
