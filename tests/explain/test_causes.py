import pytest

from sheetcredit.explain.cells import subset_of
from sheetcredit.explain.slips import likely_slip, typed

MILLION = 1_000_000


def cause(wrong: int, right: int, unit: int = 1) -> str | None:
    slip = likely_slip(wrong, right, right, 1, unit)
    assert slip is None or slip.suggestion == right
    return slip.cause if slip else None


@pytest.mark.parametrize(
    ("wrong", "right", "expected"),
    [
        (7803, 7830, "transposed"),
        (63, 36, "transposed"),
        (7820, 7830, "mistyped"),
        (783, 7830, "digit-lost"),  # ten times too small looks the same: the commoner slip is told
        (785, 7835, "digit-lost"),
        (78335, 7835, "digit-added"),
        (-7835, 7835, "sign"),
        (7_835_000, 7835, "over-1000"),
        (7_835_000_000, 7835, "over-1000000"),
        (7835, 7_835_000, "times-1000"),
        (7835, 9999, None),
        (1234, 4321, None),
    ],
)
def test_a_slip_of_the_hand(wrong: int, right: int, expected: str | None) -> None:
    assert cause(wrong, right) == expected


@pytest.mark.parametrize(
    ("wrong", "right", "expected"),
    [
        (1_527_860_000, 1_527_816_000, "digit-lost"),  # 1527,816 typed as 1527,86
        (152_816_000, 1_527_816_000, "digit-lost"),  # as 152,816
        (1_528_716_000, 1_527_816_000, "transposed"),  # as 1528,716: across the comma
        (1_528_817_000, 1_527_816_000, None),
    ],
)
def test_digits_are_those_of_the_sheets_unit(wrong: int, right: int, expected: str | None) -> None:
    assert cause(wrong, right, MILLION) == expected


def test_a_slip_within_what_rounding_leaves() -> None:
    slip = likely_slip(7803 * MILLION, 7_829_600_000, 7_830_400_000, MILLION, MILLION)
    assert slip is not None
    assert (slip.cause, slip.suggestion) == ("transposed", 7830 * MILLION)


def test_a_quotient_that_was_rounded_to_the_dong() -> None:
    slip = likely_slip(1528, 1_527_816_000, 1_527_816_000, 1, MILLION)
    assert slip is not None
    assert (slip.cause, slip.suggestion) == ("times-1000000", 1_527_816_000)


def test_typed_digits() -> None:
    assert typed(1_527_816_000, MILLION) == ("1527", "816")
    assert typed(3 * MILLION, MILLION) == ("3", "")
    assert typed(305, 1) == ("305", "")


def test_the_smallest_subset_is_named() -> None:
    numbers = [5, 11, 17, 40, 6]
    assert subset_of(numbers, 40, 40, 3, 1000).places == (3,)
    assert subset_of(numbers, 23, 23, 3, 1000).places == (2, 4)
    assert subset_of(numbers, 33, 33, 3, 1000).places == (0, 1, 2)
    assert subset_of(numbers, 79, 79, 3, 1000) == subset_of([], 1, 1, 3, 1000)


def test_the_search_says_that_it_stopped() -> None:
    found = subset_of(range(1, 400), 10**9, 10**9, 3, 500)
    assert found.stopped
    assert found.places == ()
