"""Shares as they are printed.

No single convention exists among published bulletins, so two are offered: half-up (each share by
itself; the sum may miss 100 %) and largest remainder ("cân đủ 100 %": the sum is exact and the
shares that were moved are named).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sheetcredit.model.money import round_half_up

BALANCED = "cân đủ 100%"


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares as fractions rounded to the printed decimals; `adjusted` are the places moved off half-up."""

    values: tuple[Decimal | None, ...]
    adjusted: tuple[int, ...]


def ratio(part: int, whole: int, decimals: int) -> Decimal | None:
    """`part / whole` as a fraction whose percentage has `decimals` decimals, half-up; None for whole 0."""
    if whole == 0:
        return None
    steps = round_half_up(part * 10 ** (decimals + 2), whole)
    return Decimal(steps).scaleb(-decimals - 2)


def shares(parts: Sequence[int], whole: int, decimals: int, method: str = "thường") -> Shares:
    """The share of each part.

    `method` is `thường` (half-up) or `cân đủ 100%` (largest remainder), which needs parts that add up
    to the whole and falls back to half-up where they do not.
    """
    half_up = tuple(ratio(part, whole, decimals) for part in parts)
    if method != BALANCED or whole <= 0 or sum(parts) != whole or min(parts) < 0:
        return Shares(half_up, ())
    hundred = 10 ** (decimals + 2)
    floors = [part * hundred // whole for part in parts]
    remainders = [part * hundred % whole for part in parts]
    missing = hundred - sum(floors)
    favoured = sorted(range(len(parts)), key=lambda place: (-remainders[place], place))[:missing]
    for place in favoured:
        floors[place] += 1
    balanced = tuple(Decimal(steps).scaleb(-decimals - 2) for steps in floors)
    moved = (place for place in range(len(parts)) if balanced[place] != half_up[place])
    return Shares(balanced, tuple(moved))
