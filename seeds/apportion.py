"""Splitting totals so that the parts add up again to the last đồng. Integers throughout."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

THOUSAND = 1_000
MILLION = 1_000_000


def apportion(
    total: int,
    weights: Sequence[int],
    *,
    step: int = 1,
    least: Sequence[int] | None = None,
    most: Sequence[int] | None = None,
) -> list[int]:
    """Parts of `total` about in proportion to `weights`, within their bounds, adding up exactly.

    Parts are `least` plus multiples of `step`, apart from the few that take the odd remainder or
    stop at their bound.
    """
    parts = list(least) if least is not None else [0] * len(weights)
    rest = total - sum(parts)
    if rest < 0:
        raise ValueError("the least parts exceed the total")
    rooms = [rest] * len(parts) if most is None else [b - p for b, p in zip(most, parts, strict=True)]
    while rest:
        free = [place for place, room in enumerate(rooms) if room > 0]
        if not free:
            raise ValueError("the parts have no room for the total")
        whole = sum(weights[place] for place in free)
        share = {place: weights[place] if whole else 1 for place in free}  # no weights: equal parts
        grants = {place: rest * share[place] // (whole or len(free)) // step * step for place in free}
        if not any(grants.values()):  # what is left goes step by step to the heaviest
            grants = dict.fromkeys(sorted(free, key=lambda place: (-weights[place], place)), step)
        for place, grant in grants.items():
            given = min(grant, rooms[place], rest)
            parts[place] += given
            rooms[place] -= given
            rest -= given
    return parts


def jitter(rng: Random, sizes: Sequence[int], percent: int) -> list[int]:
    """Weights around `sizes`, each moved at random by up to `percent` percent."""
    return [size * rng.randint(100_000 - 1_000 * percent, 100_000 + 1_000 * percent) for size in sizes]


def roughen(rng: Random, amounts: Sequence[int], percent: int) -> list[int]:
    """The same sum with about `percent` percent of the amounts no longer in round thousands.

    Odd đồng move between pairs: interest credited to savings and part payments leave such amounts.
    """
    rough = list(amounts)
    places = [place for place, amount in enumerate(rough) if amount >= THOUSAND]
    chosen = rng.sample(places, len(places) * percent // 100 // 2 * 2)
    for giver, taker in zip(chosen[::2], chosen[1::2], strict=True):
        odd = rng.randint(1, THOUSAND - 1)
        rough[giver] -= odd
        rough[taker] += odd
    return rough


def scatter(rng: Random, total: int, sizes: Sequence[int], places: int) -> list[int]:
    """`total` over at least `places` places chosen at random, larger ones bearing more.

    Nowhere more than a third of the size there: arrears stay within the balance they are part of.
    """
    order = sorted(range(len(sizes)), key=lambda place: (-min(sizes[place], 1), rng.random()))
    bounds = [size // 3 for size in sizes]
    chosen = order[:places]
    for place in order[places:]:
        if sum(bounds[p] for p in chosen) >= 2 * total:
            break
        chosen.append(place)
    weights = [sizes[place] * rng.randint(1_000, 9_000) for place in chosen]
    given = apportion(total, weights, step=THOUSAND, most=[bounds[place] for place in chosen])
    parts = [0] * len(sizes)
    for place, amount in zip(chosen, given, strict=True):
        parts[place] = amount
    return parts


def collections(
    rng: Random,
    openings: Sequence[int],
    balances: Sequence[int],
    write_offs: Sequence[int],
    total: int,
) -> list[int]:
    """What each place collected, adding up to `total`, such that no disbursement comes out negative.

    Disbursement is what is left: balance - opening + collection + write-off.
    """
    least = [
        max(0, opening - balance - written)
        for opening, balance, written in zip(openings, balances, write_offs, strict=True)
    ]
    return apportion(total, jitter(rng, openings, 25), step=THOUSAND, least=least)


def least_collection(openings: Sequence[int], balances: Sequence[int]) -> int:
    """A total that `collections` can split whatever was written off."""
    return sum(max(0, opening - balance) for opening, balance in zip(openings, balances, strict=True))
