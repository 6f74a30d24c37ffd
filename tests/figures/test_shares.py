"""Shares and ratios: the printed values of published bulletins, and what always holds."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeds.published import PublishedShares, percentage, read_bulletins
from sheetcredit.figures.shares import BALANCED, ratio, shares

SHARES = [
    pytest.param(entry, id=f"{b.name}-{n}") for b in read_bulletins() for n, entry in enumerate(b.shares)
]
PARTS = st.lists(st.integers(0, 10**15), min_size=1, max_size=8).filter(sum)
DECIMALS = st.integers(0, 3)


@pytest.mark.parametrize("entry", SHARES)
def test_the_stated_method_prints_what_was_printed(entry: PublishedShares) -> None:
    values = shares([part.value for part in entry.parts], entry.whole, entry.decimals).values
    printed = tuple(percentage(part.printed) / 100 for part in entry.parts)
    assert (values == printed) == (entry.method == "half_up")


def test_an_duong_is_balanced() -> None:
    parts = (147185, 185065, 70061, 35128)
    balanced = shares(parts, sum(parts), 1, BALANCED)
    assert balanced.values == (Decimal("0.337"), Decimal("0.423"), Decimal("0.160"), Decimal("0.080"))
    assert balanced.adjusted == (0,)
    assert shares(parts, sum(parts), 1).values[0] == Decimal("0.336")


def test_equal_remainders_favour_the_first() -> None:
    assert shares([1, 1, 1], 3, 0, BALANCED).values == (Decimal("0.34"), Decimal("0.33"), Decimal("0.33"))


@given(PARTS, DECIMALS)
def test_balanced_shares_add_up_to_a_hundred(parts: list[int], decimals: int) -> None:
    whole = sum(parts)
    result = shares(parts, whole, decimals, BALANCED)
    step = Decimal(1).scaleb(-decimals - 2)
    values = [value for value in result.values if value is not None]
    assert sum(values) == 1 and len(values) == len(parts)
    assert all(value >= 0 for value in values)
    for part, value in zip(parts, values, strict=True):
        assert abs(value * whole - part) < step * whole
        assert value % step == 0
    half_up = shares(parts, whole, decimals).values
    assert result.adjusted == tuple(
        n for n, pair in enumerate(zip(values, half_up, strict=True)) if len({*pair}) > 1
    )
    for one, other in zip(
        sorted(zip(parts, values, strict=True)), sorted(zip(parts, values, strict=True))[1:], strict=False
    ):
        assert one[1] <= other[1] + step  # a larger part is never printed smaller by more than a step


@given(PARTS, DECIMALS)
def test_half_up_shares_are_the_nearest(parts: list[int], decimals: int) -> None:
    whole = sum(parts)
    result = shares(parts, whole, decimals)
    half = Decimal(1).scaleb(-decimals - 2) / 2
    assert result.adjusted == ()
    for part, value in zip(parts, result.values, strict=True):
        assert value is not None and abs(value * whole - part) <= half * whole


@pytest.mark.parametrize(
    ("parts", "whole"), [([1, 2], 4), ([3, -1], 2), ([0, 0], 0), ([-1, -2], -3)], ids=str
)
def test_without_a_whole_of_its_parts_it_falls_back_to_half_up(parts: list[int], whole: int) -> None:
    assert shares(parts, whole, 1, BALANCED) == shares(parts, whole, 1)


@pytest.mark.parametrize(
    ("part", "whole", "decimals", "expected"),
    [
        (1, 3, 2, "0.3333"),
        (2, 3, 2, "0.6667"),
        (1, 8, 1, "0.125"),
        (5, 1000, 0, "0.01"),  # 0,5 % rounds up
        (-5, 1000, 0, "-0.01"),  # and away from zero
        (456, 438213, 2, "0.0010"),
        (5670, 2875000, 2, "0.0020"),
        (0, 7, 2, "0.0000"),
        (14, 7, 1, "2.000"),
    ],
)
def test_ratio(part: int, whole: int, decimals: int, expected: str) -> None:
    value = ratio(part, whole, decimals)
    assert str(value) == expected


def test_a_ratio_of_nothing_is_unknown() -> None:
    assert ratio(5, 0, 2) is None
    assert shares([0, 0], 0, 1).values == (None, None)


@given(st.integers(-(10**18), 10**18), st.integers(1, 10**18), DECIMALS)
def test_a_ratio_is_the_nearest(part: int, whole: int, decimals: int) -> None:
    value = ratio(part, whole, decimals)
    assert value is not None
    steps = int(value.scaleb(decimals + 2))
    assert abs(2 * (steps * whole - part * 10 ** (decimals + 2))) <= whole
