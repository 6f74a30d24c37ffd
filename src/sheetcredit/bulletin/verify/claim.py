"""A claim: a number in a text with its unit and what it is said to be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sheetcredit.bulletin.verify.lexicon import Kind, Meaning
from sheetcredit.bulletin.verify.numbers import Value


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in a text: line (or paragraph) and characters from 1, and the words that stand there."""

    line: int
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A number, every way to read it, and what the words around it say.

    `unit` is None where the text gives none; `dong` is the worth of an amount's unit. `meaning` is None
    where the words do not tell what the number is about, its aspect `ratio` where they call a percentage
    nothing. `counted`: it may be a figure of the report (an average may not). `guessed`: its measure is only
    what the text spoke of before. `implied`: words stand for a zero.
    """

    spot: Spot
    text: str
    values: tuple[Value, ...]
    unit: str | None
    kind: Kind | None
    dong: int
    meaning: Meaning | None
    sign: int = 1
    about: str | None = None
    counted: bool = True
    guessed: bool = False
    implied: bool = False

    @property
    def value(self) -> Value:
        """The likeliest reading."""
        return self.values[0]

    def signed(self, value: Value) -> Decimal:
        """A reading with the direction that the words give it."""
        return -abs(value.value) if self.sign < 0 else value.value

    def number(self, value: Value) -> Decimal:
        """A reading in đồng, counts or per cent."""
        return self.signed(value) * self.dong

    def step(self, value: Value) -> Decimal:
        """The worth of the last printed digit, in đồng, counts or per cent."""
        return value.step * self.dong


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
