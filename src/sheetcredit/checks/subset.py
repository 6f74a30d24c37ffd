"""A few rows whose sum is the gap: counted twice, or left out on the other side. Bounded, and says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subset:
    """Places of the numbers that add up to the gap (none found: empty); whether the search was cut short."""

    places: tuple[int, ...]
    stopped: bool


def subset_of(numbers: Sequence[int], low: int, high: int, most_rows: int, most_steps: int) -> Subset:
    """The smallest set of up to `most_rows` numbers whose sum lies within [low, high].

    At most `most_steps` sums are looked at. Of equal size, the first in the numbers' order.
    """
    steps = 0
    used = [place for place, number in enumerate(numbers) if number]
    chosen: list[tuple[tuple[int, ...], int]] = [((), 0)]
    for size in range(1, most_rows + 1):
        grown: list[tuple[tuple[int, ...], int]] = []
        for places, total in chosen:
            for place in used:
                if places and place <= places[-1]:
                    continue
                if steps >= most_steps:
                    return Subset((), True)
                steps += 1
                more = total + numbers[place]
                if low <= more <= high:
                    return Subset((*places, place), False)
                if size < most_rows:
                    grown.append(((*places, place), more))
        chosen = grown
    return Subset((), False)
