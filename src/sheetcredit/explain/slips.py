"""What kind of slip turns one number into another: digits, sign, unit. Pure arithmetic on integers.

Digits are those that a person typed: the number in the sheet's unit, without trailing zeros after
the comma. Weights are natural logarithms of how likely the slip is to give just this number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log

_UNIT_SLIPS = (10, 1_000, 1_000_000)
_MOST_TARGETS = 60


@dataclass(frozen=True, slots=True)
class Slip:
    """A cause (code of `causes.yaml`), the value it suggests (in đồng or counted) and its weight."""

    cause: str
    suggestion: int
    weight: float


def likely_slip(value: int, low: int, high: int, step: int, unit: int = 1) -> Slip | None:
    """The likeliest slip that turned a number within [low, high] into `value`; None when there is none.

    `step` is the last place that is written, in đồng; suggestions are whole steps. `unit` is in how
    many đồng the sheet counts.
    """
    return max(_slips(value, low, high, step, unit), key=lambda slip: slip.weight, default=None)


def _slips(value: int, low: int, high: int, step: int, unit: int) -> Iterator[Slip]:
    if value and low <= -value <= high:
        yield Slip("sign", -value, 0.0)
    for factor in _UNIT_SLIPS:
        weight = -2.0 if factor == 10 else -1.0
        # What was divided was rounded to the đồng: what it came from is known that closely.
        nearest = min(max(value * factor, low), high)
        if value and abs(nearest - value * factor) <= factor // 2:
            yield Slip(f"times-{factor}", nearest, weight)
        quotient = round_to(value, factor, step)
        if value and quotient and low <= quotient <= high and abs(quotient * factor - value) < factor * step:
            yield Slip(f"over-{factor}", quotient, weight)
    targets = list(_whole_steps(low, high, step))
    for target in targets:
        found = _digit_slip(value, target, unit)
        if found:
            yield Slip(found[0], target, found[1] - log(len(targets)) / 2)


def round_to(value: int, factor: int, step: int) -> int:
    """A value divided by `factor`, as the nearest whole number of steps."""
    whole = factor * step
    return (2 * abs(value) + whole) // (2 * whole) * step * (1 if value >= 0 else -1)


def _whole_steps(low: int, high: int, step: int) -> range:
    """The whole steps within an interval; none when they are too many to say anything."""
    first, last = -(-low // step), high // step
    return range(first * step, last * step + 1, step) if last - first < _MOST_TARGETS else range(0)


def _digit_slip(value: int, target: int, unit: int) -> tuple[str, float] | None:
    """How the digits of `target` became those of `value`, and the slip's weight."""
    if value == target or ((value < 0) != (target < 0) and value and target):
        return None
    wrong, right = typed(abs(value), unit), typed(abs(target), unit)
    places = max(len(wrong[0]), len(right[0])), max(len(wrong[1]), len(right[1]))
    one, other = (_padded(number, *places) for number in (wrong, right))
    count = len(right[0]) + len(right[1])
    differing = [place for place in range(len(one)) if one[place] != other[place]]
    same_length = len(wrong[0]) == len(right[0])
    if same_length and len(differing) == 1:
        return "mistyped", -log(9 * count)
    if same_length and len(differing) == 2:
        first, second = differing
        if one[first] == other[second] and one[second] == other[first]:
            return "transposed", -log(count) - (0 if second == first + 1 else 3)
    typed_count = len(wrong[0]) + len(wrong[1])
    if count > typed_count and abs(value) in _without_a_digit(*right, unit):
        return "digit-lost", -log(count)
    if count < typed_count and abs(target) in _without_a_digit(*wrong, unit):
        return "digit-added", -log(10 * (count + 1))
    return None


def typed(value: int, unit: int) -> tuple[str, str]:
    """The digits before and after the comma of a non-negative number, as typed in a unit."""
    whole, rest = divmod(value, unit)
    return str(whole), f"{rest:0{len(str(unit)) - 1}d}".rstrip("0") if rest else ""


def _padded(number: tuple[str, str], before: int, after: int) -> str:
    return number[0].rjust(before, "0") + number[1].ljust(after, "0")


def _without_a_digit(whole: str, fraction: str, unit: int) -> set[int]:
    """What is left of a number when one of its digits is not typed, in đồng."""
    worth = len(str(unit)) - 1
    left = set()
    if len(whole) > 1 or fraction:
        for place in range(len(whole)):
            rest = whole[:place] + whole[place + 1 :]
            left.add(int(rest or "0") * unit + int(fraction.ljust(worth, "0") or "0"))
    for place in range(len(fraction)):
        rest = fraction[:place] + fraction[place + 1 :]
        left.add(int(whole) * unit + int(rest.ljust(worth, "0") or "0"))
    return left
