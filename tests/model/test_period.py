"""Quarters."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcredit.model.errors import BadUsage
from sheetcredit.model.period import Period, find_period, parse_period

PERIODS = st.builds(Period, st.integers(2000, 2099), st.integers(1, 4))


@given(PERIODS)
def test_a_period_comes_back(period: Period) -> None:
    assert parse_period(str(period)) == period
    assert period.next().previous() == period
    assert period < period.next()
    assert (period.next().first_day - period.last_day).days == 1


def test_days() -> None:
    assert Period(2024, 1).first_day == date(2024, 1, 1)
    assert Period(2024, 1).last_day == date(2024, 3, 31)
    assert Period(2024, 4).last_day == date(2024, 12, 31)


@pytest.mark.parametrize("text", ["2024Q1", "2024q1", " 2024 Q1 ", "2024-Q1", "2024/Q1"])
def test_ways_of_writing(text: str) -> None:
    assert find_period(text) == Period(2024, 1)


@pytest.mark.parametrize("text", ["", "2024", "2024Q5", "Q1", "Quý I", "1999Q1", "2024Q1 2"])
def test_what_is_none(text: str) -> None:
    assert find_period(text) is None
    with pytest.raises(BadUsage):
        parse_period(text)
