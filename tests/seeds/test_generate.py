from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seeds.apportion import apportion
from seeds.generate import catalogue_entries, make_office, to_content
from tests.seeds.identities import check_office, check_statements_round


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    communes=st.integers(3, 60),
    groups=st.integers(20, 600),
    period=st.sampled_from(("2024Q1", "2023Q4", "2025Q2", "2022Q3")),
    average=st.sampled_from((300, 900, 1_750, 2_600)),
)
def test_any_size_ties(seed: int, communes: int, groups: int, period: str, average: int) -> None:
    office = make_office(seed, code="4512", communes=communes, groups=groups, period=period, average=average)
    assert len(office.communes) == communes
    assert len(office.groups) == groups
    check_office(office)
    check_statements_round(office)


@pytest.mark.parametrize(("communes", "groups"), [(3, 20), (60, 20), (3, 600), (60, 600)])
def test_the_corners_of_the_range(communes: int, groups: int) -> None:
    office = make_office(1, code="0001", communes=communes, groups=groups)
    check_office(office)
    check_statements_round(office)


def test_the_same_seed_gives_the_same_office() -> None:
    one, two, other = (make_office(seed, code="0711", communes=8, groups=60) for seed in (5, 5, 6))
    assert one == two
    assert one.groups != other.groups


def test_the_catalogue_knows_every_code_of_an_invented_office() -> None:
    office = make_office(3, code="2210", communes=12, groups=90, period="2023Q2", first_commune=127)
    entries = catalogue_entries(office)
    assert office.info.as_of == date(2023, 6, 30)
    (known,) = entries["offices"]
    assert (known.code, known.name.vi) == ("2210", office.info.name)
    names = {
        e.code: e.name.vi for e in entries["communes"] if e.office == "2210" and e.valid_on(office.info.as_of)
    }
    assert len(names) == len(set(names.values())) == 12
    assert "00127" in names
    for row in to_content(office).tables["ledger"]:
        assert names[str(row["commune"])] == row["commune_name"]
    assert set(known.programmes) == {programme.code for programme in office.programmes}


@given(
    total=st.integers(0, 10**12),
    weights=st.lists(st.integers(0, 1000), min_size=1, max_size=12),
    step=st.sampled_from((1, 1_000, 1_000_000)),
)
def test_parts_add_up(total: int, weights: list[int], step: int) -> None:
    parts = apportion(total, weights, step=step)
    assert sum(parts) == total
    assert min(parts) >= 0
    assert sum(part % step > 0 for part in parts) <= 1


@given(
    data=st.data(), bounds=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30)), min_size=1, max_size=9)
)
def test_parts_stay_within_their_bounds(data: st.DataObject, bounds: list[tuple[int, int]]) -> None:
    least = [low for low, _ in bounds]
    most = [low + room for low, room in bounds]
    total = data.draw(st.integers(sum(least), sum(most)))
    weights = [data.draw(st.integers(0, 50)) for _ in bounds]
    parts = apportion(total, weights, least=least, most=most)
    assert sum(parts) == total
    assert all(low <= part <= high for low, part, high in zip(least, parts, most, strict=True))


def test_what_cannot_be_split_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        apportion(10, [1, 1], most=[4, 5])
    with pytest.raises(ValueError, match="least"):
        apportion(1, [1, 1], least=[1, 1])
