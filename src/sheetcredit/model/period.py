"""A reporting period: a quarter of a year, one of its months, or the whole year."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import total_ordering
from typing import Literal

from sheetcredit.model.errors import BadUsage

PeriodKind = Literal["month", "quarter", "year"]
MONTHS: dict[PeriodKind, int] = {"month": 1, "quarter": 3, "year": 12}
"""How many months a period of a kind lasts."""

_QUARTER = re.compile(r"(20\d{2})\s*[-/ ]?\s*[Qq]\s*([1-4])")
_MONTH = re.compile(r"(20\d{2})\s*[-/]\s*(0?[1-9]|1[0-2])")
_YEAR = re.compile(r"20\d{2}")


@total_ordering
@dataclass(frozen=True, slots=True)
class Period:
    """A quarter, written `2024Q1`, a month, `2024-03`, or a year, `2024`; `number` counts it in its year.

    Figures are levels at the last day and movements since the year began, so periods that end on one day say
    the same: a quarter says what its last month says. They are in the order of their last days; of those that
    end together the longer comes later. `is_before` asks whether the figures are older: no two of one day are
    before each other, so that a report is never held against itself.
    """

    year: int
    number: int = 1
    kind: PeriodKind = "quarter"

    @property
    def months(self) -> int:
        """How many months it lasts: 1, 3 or 12."""
        return MONTHS[self.kind]

    @property
    def last_month(self) -> int:
        """The month in which it ends, 1 to 12."""
        return self.number * self.months

    @property
    def quarter(self) -> int:
        """The quarter of the year in which it ends, 1 to 4."""
        return (self.last_month + 2) // 3

    @property
    def first_day(self) -> date:
        """The day it begins."""
        return date(self.year, self.last_month - self.months + 1, 1)

    @property
    def last_day(self) -> date:
        """The day it ends; the as-of date of its report."""
        return date(self.year + self.last_month // 12, self.last_month % 12 + 1, 1) - timedelta(days=1)

    def next(self) -> Period:
        """The period of the same kind after it."""
        return self._moved(1)

    def previous(self) -> Period:
        """The period of the same kind before it."""
        return self._moved(-1)

    def year_before(self) -> Period:
        """The same period of the year before."""
        return Period(self.year - 1, self.number, self.kind)

    def as_kind(self, kind: PeriodKind) -> Period | None:
        """The period of a kind that ends on the same day; None where none does."""
        number, rest = divmod(self.last_month, MONTHS[kind])
        return None if rest else Period(self.year, number, kind)

    def is_before(self, other: Period) -> bool:
        """Whether it ends earlier: only then can its report be the one before the other's."""
        return (self.year, self.last_month) < (other.year, other.last_month)

    def months_to(self, other: Period) -> int:
        """The months from its end to the end of another."""
        return 12 * (other.year - self.year) + other.last_month - self.last_month

    def adjoins(self, other: Period) -> bool:
        """Whether it ends the day before another begins, so that none lies between them."""
        return self.months_to(other) == other.months

    def nearness(self, earlier: Period) -> tuple[date, bool, int]:
        """How near an earlier period is; of those of one day that of the same kind is, then the longest."""
        return earlier.last_day, earlier.kind == self.kind, earlier.months

    def ends_year_before(self, other: Period) -> bool:
        """Whether its closings are the openings of another: it ends with the year before the other's."""
        return self.year == other.year - 1 and self.last_month == 12

    def _moved(self, by: int) -> Period:
        in_year = 12 // self.months
        year, number = divmod(self.year * in_year + self.number - 1 + by, in_year)
        return Period(year, number + 1, self.kind)

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Period):
            return NotImplemented
        return (self.year, self.last_month, self.months) < (other.year, other.last_month, other.months)

    def __str__(self) -> str:
        if self.kind == "month":
            return f"{self.year}-{self.number:02}"
        return f"{self.year}Q{self.number}" if self.kind == "quarter" else str(self.year)


def periods_between(earlier: Period | None, later: Period | None) -> int:
    """How many steps back `earlier` is, in periods of the kind of `later`; 0 where it is not before.

    A step that is begun counts whole: the month before its quarter's end is one quarter back.
    """
    if earlier is None or later is None or not earlier.is_before(later):
        return 0
    return -(-earlier.months_to(later) // later.months)


def find_period(text: str) -> Period | None:
    """The period a text writes, or None."""
    text = text.strip()
    if match := _QUARTER.fullmatch(text):
        return Period(int(match[1]), int(match[2]))
    if match := _MONTH.fullmatch(text):
        return Period(int(match[1]), int(match[2]), "month")
    return Period(int(text), 1, "year") if _YEAR.fullmatch(text) else None


def parse_period(text: str) -> Period:
    """The period a text writes.

    Raises:
        BadUsage: it writes none.
    """
    period = find_period(text)
    if period is None:
        raise BadUsage("E-PERIOD", period=text)
    return period
