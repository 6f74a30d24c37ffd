"""The other bulletins: what each method gives, in independent arithmetic and by the tool's own."""

from __future__ import annotations

from decimal import Decimal

import pytest

from seeds.published import PublishedRatio, PublishedShares, percentage, read_bulletins
from sheetcredit.figures.shares import BALANCED, ratio, shares
from sheetcredit.model.money import parse_number

BULLETINS = read_bulletins()
SHARES = [(b.name, entry) for b in BULLETINS for entry in b.shares]
RATIOS = [(b.name, entry) for b in BULLETINS for entry in b.ratios]


def test_all_eight_are_there() -> None:
    assert [bulletin.name for bulletin in BULLETINS] == [
        "ben-luc-2022-08", "dak-mil-2021-02", "dak-nong-2020-12", "hai-phong-2019-09",
        "khanh-hoa-2021-06", "lam-dong-2017-06", "quang-dien-2020-12", "que-son-2025-03",
    ]  # fmt: skip


@pytest.mark.parametrize("entry", [entry for _, entry in SHARES], ids=[name for name, _ in SHARES])
def test_shares(entry: PublishedShares) -> None:
    assert sum(part.value for part in entry.parts) == entry.whole
    printed = [percentage(part.printed) for part in entry.parts]
    steps = 10**entry.decimals
    half_up = [
        Decimal((200 * steps * part.value + entry.whole) // (2 * entry.whole)) / steps for part in entry.parts
    ]
    assert (printed == half_up) == (entry.method == "half_up")
    ours = shares([part.value for part in entry.parts], entry.whole, entry.decimals)
    assert [value and value * 100 for value in ours.values] == half_up
    if entry.method == "adjusted_by_hand":
        balanced = shares([part.value for part in entry.parts], entry.whole, entry.decimals, BALANCED)
        assert [value and value * 100 for value in balanced.values] != printed


@pytest.mark.parametrize("entry", [entry for _, entry in RATIOS], ids=[name for name, _ in RATIOS])
def test_ratios(entry: PublishedRatio) -> None:
    steps = 10**entry.decimals
    cut_off = Decimal(100 * steps * entry.part // entry.whole) / steps
    ours = ratio(entry.part, entry.whole, entry.decimals)
    assert ours is not None
    assert (percentage(entry.printed) == ours * 100) == (entry.method == "half_up")
    if entry.method == "cut_off":
        assert percentage(entry.printed) == cut_off


def test_half_up_shares_may_miss_a_hundred() -> None:
    entry = next(entry for name, entry in SHARES if name == "khanh-hoa-2021-06")
    assert sum(percentage(part.printed) for part in entry.parts) == Decimal("99.9")


def test_sums_and_which_of_them_tie() -> None:
    ties = {}
    for bulletin in BULLETINS:
        for entry in bulletin.sums:
            assert sum(part.value for part in entry.parts) == entry.sum
            assert parse_number(entry.printed) == entry.printed_value
            ties[bulletin.name, entry.title.partition(",")[0]] = entry.ties
    assert ties == {
        ("hai-phong-2019-09", "Dư nợ ủy thác"): True,
        ("hai-phong-2019-09", "Số hộ vay"): False,
        ("dak-nong-2020-12", "Dư nợ ủy thác"): True,
    }


def test_numbers_as_they_were_printed() -> None:
    numbers = [number for bulletin in BULLETINS for number in bulletin.numbers]
    numbers += [part for bulletin in BULLETINS for entry in bulletin.sums for part in entry.parts]
    for number in numbers:
        assert parse_number(number.printed) == (None if number.ambiguous else number.value), number.printed


def test_lam_dong_opening_is_balance_less_growth() -> None:
    lam_dong = next(bulletin for bulletin in BULLETINS if bulletin.name == "lam-dong-2017-06")
    balance, growth = lam_dong.numbers[0].value, lam_dong.numbers[1].value
    assert lam_dong.ratios[0].whole == balance - growth
    assert lam_dong.ratios[0].part == growth
