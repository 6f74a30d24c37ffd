"""Numbers as people type them: certain ones read exactly, others refused; whole đồng."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcredit.model.money import in_unit, parse_number, printed, quantize, round_half_up
from sheetcredit.model.text import number_text

NUMBERS = st.decimals(
    min_value=-(10**12), max_value=10**12, places=6, allow_nan=False, allow_infinity=False
) | st.integers(-(10**15), 10**15).map(Decimal)


@pytest.mark.parametrize("text", ["1" * 32_767, "(" * 16_000 + "1" + ")" * 16_000, "1." * 16_000, "0" * 61])
def test_what_is_too_long_for_an_amount_is_none(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.234.567", 1234567), ("449.141", 449141), ("1 234", 1234), ("1\u00a0234\u00a0567", 1234567),
        ("1,234.5", "1234.5"), ("1,234,567", 1234567), ("1.234,5", "1234.5"), ("1 234,5", "1234.5"),
        ("0,5", "0.5"), ("0,123", "0.123"), ("12,34", "12.34"), ("1234", 1234), (" 12 ", 12), ("12\u00a0", 12),
        ("\u200b12", 12), ("1'234", 1234), ("-1.234", -1234), ("\u22125", -5), ("(1.234)", -1234), ("+3", 3),
        ("0", 0), ("007", 7), ("1234,50", "1234.5"), ("12447.00", 12447), ("447.00", 447),
        ("1234.567", "1234.567"), ("-3456.7", "-3456.7"), ("'12447", 12447),
    ],
)  # fmt: skip
def test_certain_numbers(text: str, number: int | str) -> None:
    assert parse_number(text) == Decimal(number)


@pytest.mark.parametrize(
    "text",
    ["", "-", "1,234", "1.23", "0.5", "0.123", "12 34", "1 234.5", "1.234 567", "1,23,456", "1.23.456", "1e5",
     "12\n34", "１２", "٣", "5%", "12 triệu", "1.234 đ", ".5", "5.", "1.000,", "--5", "(-5)", "5-", "#N/A",
     "31/3/2024", "1..000"],
)  # fmt: skip
def test_uncertain_numbers_are_refused(text: str) -> None:
    assert parse_number(text) is None


@given(NUMBERS)
def test_vietnamese_text_comes_back(number: Decimal) -> None:
    assert parse_number(number_text(number, "vi")) == number


@given(NUMBERS)
def test_english_text_comes_back_or_is_refused(number: Decimal) -> None:
    text = number_text(number, "en")
    read = parse_number(text)
    grouped_once = text.count(",") == 1 and "." not in text
    whole, _, fraction = text.lstrip("-").partition(".")
    short = "," not in text and bool(fraction) and len(whole) <= 3  # a dot that may group, or lost a digit
    assert short or read == (None if grouped_once else number)


@given(st.text("0123456789.,  ()-", max_size=12))
def test_never_a_wrong_value(text: str) -> None:
    """What is read has the digits that were typed, and prints back to them in one of the two ways."""
    number = parse_number(text)
    if number is not None:
        digits = "".join(filter(str.isdigit, text))
        assert digits.strip("0") == "".join(map(str, number.as_tuple().digits)).strip("0")
        assert (number < 0) == (number != 0 and ("-" in text or "(" in text))


@given(st.integers(-(10**15), 10**15), st.sampled_from([1, 1000, 10**6, 10**9]))
def test_dong_in_a_unit_come_back(dong: int, unit: int) -> None:
    assert in_unit(dong, unit) * unit == dong
    assert 2 * abs(printed(dong, unit) * unit - dong) <= unit


def test_rounding_is_half_up() -> None:
    assert [round_half_up(n, 2) for n in (1, 3, -1, -3, 0)] == [1, 2, -1, -2, 0]
    assert quantize(Decimal("0.345"), 2) == Decimal("0.35")
