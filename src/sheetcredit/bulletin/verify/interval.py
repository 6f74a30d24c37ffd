"""What a number can be, between two bounds: exact arithmetic with fractions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, both included; None is no bound."""

    low: Fraction | None
    high: Fraction | None

    @classmethod
    def exact(cls, value: Fraction) -> Interval:
        """Just one number."""
        return cls(value, value)

    @classmethod
    def about(cls, value: Fraction, off: Fraction) -> Interval:
        """A number that may be off by so much."""
        return cls(value - off, value + off)

    def __add__(self, other: Interval) -> Interval:
        return Interval(_sum(self.low, other.low), _sum(self.high, other.high))

    def __sub__(self, other: Interval) -> Interval:
        return self + -other

    def __neg__(self) -> Interval:
        return Interval(None if self.high is None else -self.high, None if self.low is None else -self.low)

    def meets(self, other: Interval) -> bool:
        """Whether both can be the same number."""
        return not self.above(other) and not other.above(self)

    def above(self, other: Interval) -> bool:
        """Whether it is more than the other, whatever both are."""
        return self.low is not None and other.high is not None and self.low > other.high

    def over(self, whole: Interval) -> Interval | None:
        """What part of a whole it is, neither being negative; None where the whole may be nothing."""
        if self.low is None or self.low < 0 or whole.low is None or whole.low <= 0:
            return None
        low = Fraction(0) if whole.high is None else self.low / whole.high
        return Interval(low, None if self.high is None else self.high / whole.low)

    @property
    def middle(self) -> Fraction | None:
        """Half-way between its bounds."""
        return None if self.low is None or self.high is None else (self.low + self.high) / 2


def total(intervals: Iterable[Interval]) -> Interval:
    """The sum of intervals."""
    added = Interval.exact(Fraction(0))
    for interval in intervals:
        added += interval
    return added


def _sum(first: Fraction | None, second: Fraction | None) -> Fraction | None:
    return None if first is None or second is None else first + second
