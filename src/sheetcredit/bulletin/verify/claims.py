"""A claim: a number in a text with its unit and what it is said to be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from sheetcredit.bulletin.verify.interval import Interval
from sheetcredit.bulletin.verify.items import WrittenNumber
from sheetcredit.bulletin.verify.lexicon import Bound, Kind, Meaning
from sheetcredit.bulletin.verify.numbers import Value


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in a text: line (or paragraph) and characters from 1, and the words that stand there."""

    line: int
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """Of when a number is: a year and the month it reaches to, and how many months it covers, where told."""

    year: int | None = None
    month: int | None = None
    months: int | None = None

    def differs(self, other: TimeSpan) -> bool:
        """Whether both are told, and are not the same."""
        return (
            _differ(self.year, other.year)
            or _differ(self.month, other.month)
            or _differ(self.months, other.months)
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """A number, every way to read it, and what the words around it say.

    `spot` has the words that tell what the number is, `place` just the number with its unit. `meaning` is
    None where the words do not tell what it is about, its aspect `ratio` where they call a percentage
    nothing. `guessed`: its measure is only what the text spoke of before, or it is of some only. `implied`:
    words stand for a zero. `elsewhere`: it stands beside another balance than the figure's, of which it may
    count the borrowers. `who` is a place named that is not the unit of the text, `per` what an average is
    of, `listing` whether it stands in a list of all parts or of some, `sentence` the number of its sentence,
    `fraction_of` the place of the number it is the whole of, `heading` whether its line is one,
    `against_year_before` 1 or -1 where it rose or fell against the same period of the year before.
    """

    spot: Spot
    place: Spot
    quantity: WrittenNumber
    meaning: Meaning | None
    sign: int = 1
    guessed: bool = False
    implied: bool = False
    elsewhere: bool = False
    who: str | None = None
    when: TimeSpan = TimeSpan()
    per: str | None = None
    listing: str | None = None
    sentence: int = 0
    fraction_of: Spot | None = None
    heading: bool = False
    against_year_before: int = 0

    @property
    def text(self) -> str:
        """The digits as they stand."""
        return self.quantity.text

    @property
    def values(self) -> tuple[Value, ...]:
        """Every way to read it, the likeliest first."""
        return self.quantity.values

    @property
    def value(self) -> Value:
        """The likeliest reading."""
        return self.quantity.values[0]

    @property
    def unit(self) -> str | None:
        """The name of its unit; None where the text gives none."""
        return self.quantity.unit

    @property
    def kind(self) -> Kind | None:
        """What it is written in."""
        return self.quantity.kind

    @property
    def scale(self) -> Decimal:
        """The worth of 1 in đồng, counts or per cent."""
        return self.quantity.scale

    @property
    def bound(self) -> Bound | None:
        """How the words beside it bound it."""
        return self.quantity.bound

    def signed(self, value: Value) -> Decimal:
        """A reading with the direction that the words give it."""
        return -abs(value.value) if self.sign < 0 else value.value

    def number(self, value: Value) -> Decimal:
        """A reading in đồng, counts or per cent."""
        return self.signed(value) * self.scale

    def step(self, value: Value) -> Decimal:
        """The worth of the last printed digit, in đồng, counts or per cent."""
        return value.step * self.scale

    def size(self, value: Value | None = None) -> Interval:
        """What it can be, in đồng, counts or per cent; of a decrease the size.

        `hơn x` reaches up to the next round number, `gần x` down to the one before, the last digit that is
        not a zero telling how round: `hơn 1.340` is below 1.350, `trên 300` below 400.
        """
        return _extent(self.quantity, value or self.value)


@dataclass(frozen=True, slots=True)
class When:
    """A date or period in a text: the day of the figures, a quarter, or a plan's year."""

    spot: Spot
    day: date | None = None
    year: int | None = None
    month: int | None = None
    quarter: int | None = None
    as_of: bool = False
    ahead: bool = False
    planned: bool = False
    compared: bool = False


@dataclass(frozen=True, slots=True)
class Claims:
    """All that a text claims."""

    numbers: tuple[Claim, ...]
    times: tuple[When, ...]


@lru_cache(maxsize=1 << 12)
def _extent(quantity: WrittenNumber, value: Value) -> Interval:
    number = Fraction(abs(value.value) * quantity.scale)
    if quantity.upper is not None:
        return Interval(number, Fraction(quantity.upper * quantity.scale))
    rough = Fraction(significant_step(abs(value.value), value.step) * quantity.scale)
    if quantity.bound is None:
        exact = quantity.kind not in ("amount", "percent") and value.decimals == 0 and quantity.scale == 1
        return Interval.about(number, Fraction(0) if exact else Fraction(value.step * quantity.scale) / 2)
    return {
        "over": Interval(number, number + rough),
        "nearly": Interval(number - rough, number),
        "about": Interval.about(number, rough),
        "at_most": Interval(Fraction(0), number),
        "at_least": Interval(number, None),
    }[quantity.bound]


def significant_step(value: Decimal, step: Decimal) -> Decimal:
    """The worth of the last digit that is not zero: of 400 a hundred."""
    steps = int(value / step)
    while steps and steps % 10 == 0:
        steps, step = steps // 10, step * 10
    return step


def _differ(first: int | None, second: int | None) -> bool:
    return first is not None and second is not None and first != second
