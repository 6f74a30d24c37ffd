"""A reporting period: a quarter of a year."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from sheetcredit.model.errors import BadUsage

_WRITTEN = re.compile(r"(20\d{2})\s*[-/ ]?\s*[Qq]\s*([1-4])")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A quarter, written `2024Q1`."""

    year: int
    quarter: int

    @property
    def first_day(self) -> date:
        """The day it begins."""
        return date(self.year, 3 * self.quarter - 2, 1)

    @property
    def last_day(self) -> date:
        """The day it ends; the as-of date of its report."""
        return self.next().first_day - timedelta(days=1)

    def next(self) -> Period:
        """The quarter after it."""
        return Period(self.year + self.quarter // 4, self.quarter % 4 + 1)

    def previous(self) -> Period:
        """The quarter before it."""
        return Period(self.year - (self.quarter == 1), (self.quarter - 2) % 4 + 1)

    def __str__(self) -> str:
        return f"{self.year}Q{self.quarter}"


def periods_between(earlier: Period | None, later: Period | None) -> int:
    """How many steps back `earlier` is, in periods of the kind of `later`; 0 where it is not before."""
    steps = 0
    while earlier is not None and later is not None and earlier < later:
        later, steps = later.previous(), steps + 1
    return steps


def find_period(text: str) -> Period | None:
    """The period a text writes, or None."""
    match = _WRITTEN.fullmatch(text.strip())
    return Period(int(match[1]), int(match[2])) if match else None


def parse_period(text: str) -> Period:
    """The period a text writes.

    Raises:
        BadUsage: it writes none.
    """
    period = find_period(text)
    if period is None:
        raise BadUsage("E-PERIOD", period=text)
    return period
