"""Months, quarters and years."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcredit.model.errors import BadUsage
from sheetcredit.model.period import Period, find_period, parse_period, periods_between

YEARS = st.integers(2001, 2098)
PERIODS = st.one_of(
    st.builds(Period, YEARS, st.integers(1, 12), st.just("month")),
    st.builds(Period, YEARS, st.integers(1, 4), st.just("quarter")),
    st.builds(Period, YEARS, st.just(1), st.just("year")),
)


@given(PERIODS)
def test_a_period_comes_back(period: Period) -> None:
    assert parse_period(str(period)) == period
    assert period.next().previous() == period and period.previous().next() == period
    assert period < period.next() and period.is_before(period.next())
    assert (period.next().first_day - period.last_day).days == 1
    assert period.year_before().last_day.replace(day=1) == period.last_day.replace(
        year=period.year - 1, day=1
    )


@given(PERIODS)
def test_days_by_the_calendar(period: Period) -> None:
    first, last = period.first_day, period.last_day
    assert first.day == 1 and last.day == monthrange(last.year, last.month)[1]
    assert last.month - first.month + 1 == {"month": 1, "quarter": 3, "year": 12}[period.kind]


@given(PERIODS, PERIODS)
def test_one_order_that_counts_a_day_once(one: Period, other: Period) -> None:
    assert (one < other) + (other < one) + (one == other) == 1
    assert one.is_before(other) == (one.last_day < other.last_day)
    if one.last_day == other.last_day:
        assert not one.is_before(other) and not other.is_before(one)
        assert (one < other) == (one.months < other.months)
        assert one.as_kind(other.kind) == other
    elif one.last_day < other.last_day:
        assert one < other
    assert one.ends_year_before(other) == (one.last_day == date(other.year, 1, 1) - timedelta(days=1))


@given(PERIODS, PERIODS)
def test_steps_back_are_those_of_walking(one: Period, other: Period) -> None:
    steps, at = 0, other
    while one.is_before(at):
        at, steps = at.previous(), steps + 1
    assert periods_between(one, other) == steps


@pytest.mark.parametrize(
    ("text", "period"),
    [
        *((text, Period(2024, 1)) for text in ("2024Q1", "2024q1", " 2024 Q1 ", "2024-Q1", "2024/Q1")),
        *((text, Period(2024, 9, "month")) for text in ("2024-09", " 2024-9 ", "2024/09")),
        ("2024-12", Period(2024, 12, "month")),
        ("2024", Period(2024, 1, "year")),
    ],
)
def test_ways_of_writing(text: str, period: Period) -> None:
    assert find_period(text) == period


@pytest.mark.parametrize(
    "text",
    ["", "2024Q5", "Q1", "Quý I", "1999Q1", "2024Q1 2", "2024-13", "2024-00", "2024-1-1", "202409", "1999"],
)
def test_what_is_none(text: str) -> None:
    assert find_period(text) is None
    with pytest.raises(BadUsage):
        parse_period(text)
