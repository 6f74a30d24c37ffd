"""A small sample of `make bench-explain`: the whole takes minutes."""

import pytest

from tests.mutation import measure
from tests.mutation.kinds import KINDS
from tests.mutation.offices import offices

SAMPLE = tuple(offices()[place] for place in (0, 1, 4, 7))


def test_clean_offices_have_no_findings() -> None:
    assert set(measure.clean(offices()).values()) == {0}


def test_single_mistakes_are_found_on_their_cells() -> None:
    tallies = measure.singles(SAMPLE, 1)
    whole = measure.all_of(tallies)
    assert set(tallies) == set(KINDS)
    assert whole.tried > 3 * len(KINDS)
    assert whole.detected == whole.tried
    assert whole.first >= 0.95 * whole.tried, whole.misses
    assert whole.three >= 0.98 * whole.tried, whole.misses


def test_the_misbooked_group_is_named() -> None:
    moved = measure.all_of(measure.singles(SAMPLE, 3, ("misbooked-commune", "misbooked-association")))
    assert moved.first >= 0.98 * moved.tried


@pytest.mark.parametrize("size", [2, 3])
def test_mistakes_made_together_are_told_apart(size: int) -> None:
    made = measure.together(SAMPLE, size, 4)
    assert made.named >= 0.93 * made.tried, made.misses
    assert made.short >= 0.9 * made.tried, made.misses


def test_explaining_fifty_breaks_stays_cheap() -> None:
    """Generous, as the machine that tests runs other things: `make bench-explain` holds it to 150 ms."""
    assert measure.cost(SAMPLE[0], 50, tries=3).milliseconds < 600
