"""Which way of rounding gives the shares that a text prints: half-up, largest remainder, cut off, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Literal

from sheetcredit.figures.shares import BALANCED, shares
from sheetcredit.model.money import round_half_up

Method = Literal["half_up", "balanced", "cut_off", "by_hand", "wrong"]


@dataclass(frozen=True, slots=True)
class Amount:
    """A printed amount: its value, and the worth of its last digit (0 for a count, which is exact)."""

    value: Fraction
    step: Fraction

    @classmethod
    def of(cls, value: Decimal, step: Decimal) -> Amount:
        """The amount of exact decimals."""
        return cls(Fraction(value), Fraction(step))


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share in per cent as it lies between bounds, since both amounts were rounded."""

    low: Fraction
    middle: Fraction
    high: Fraction

    def half_up(self, decimals: int) -> Decimal:
        """The share as half-up rounding prints it."""
        scaled = self.middle * 10**decimals
        return Decimal(round_half_up(scaled.numerator, scaled.denominator)).scaleb(-decimals)

    def rounds_to(self, printed: Decimal, decimals: int) -> bool:
        """Whether half-up rounding can give the printed share."""
        half = Fraction(1, 2 * 10**decimals)
        return self.low < Fraction(printed) + half and self.high >= Fraction(printed) - half

    def may_be_balanced(self, printed: Decimal, decimals: int) -> bool:
        """Whether the largest remainder, over parts we may not all know, can give the printed share."""
        last = Fraction(1, 10**decimals)
        return self.low < Fraction(printed) + last and self.high > Fraction(printed) - last

    def cuts_to(self, printed: Decimal, decimals: int) -> bool:
        """Whether cutting off can give the printed share."""
        return self.low < Fraction(printed) + Fraction(1, 10**decimals) and self.high >= Fraction(printed)


def ratio_of(part: Amount, whole: Amount) -> Ratio | None:
    """The share of a part; None where the whole may be nothing."""
    least, most = whole.value - whole.step / 2, whole.value + whole.step / 2
    if least <= 0:
        return None
    low, high = (part.value - part.step / 2), (part.value + part.step / 2)
    return Ratio(low * 100 / (most if low > 0 else least), part.value * 100 / whole.value, high * 100 / least)


def method_of(
    parts: Sequence[Amount], whole: Amount, printed: Sequence[Decimal], decimals: int, complete: bool
) -> Method:
    """How the printed shares were rounded; `complete` when the parts are all there are."""
    ratios = [ratio_of(part, whole) for part in parts]
    if any(ratio is None for ratio in ratios):
        return "wrong"
    pairs = [(ratio, share) for ratio, share in zip(ratios, printed, strict=True) if ratio]
    if all(ratio.rounds_to(share, decimals) for ratio, share in pairs):
        return "half_up"
    if complete and _balanced(parts, whole, decimals) == [*printed]:
        return "balanced"
    if all(ratio.cuts_to(share, decimals) for ratio, share in pairs):
        return "cut_off"
    last = Fraction(1, 10**decimals)
    near = all(abs(ratio.middle - Fraction(share)) <= last for ratio, share in pairs)
    return "by_hand" if complete and near and sum(printed) == 100 else "wrong"


def _balanced(parts: Sequence[Amount], whole: Amount, decimals: int) -> list[Decimal]:
    scale = lcm(*(amount.value.denominator for amount in (*parts, whole)))
    result = shares([int(part.value * scale) for part in parts], int(whole.value * scale), decimals, BALANCED)
    return [value * 100 for value in result.values if value is not None]
