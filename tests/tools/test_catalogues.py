"""The national catalogues: their counts, who became what, and how they are made from the lists."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from sheetcredit.model.resources import schemas_folder
from tools.catalogues import Place, State, offices_before_july, same_names, spelled, successors_of_2024
from tools.pages.catalogues import compared, decree_rows, provinces

INDEX = json.loads((schemas_folder() / "catalogues" / "national" / "offices.json").read_text("utf-8"))


def test_each_state_has_the_communes_that_were_counted() -> None:
    counted = Counter(letter for one in provinces() for row in one["communes"] for letter in row[2])
    islands = sum(old.startswith("d") for one in provinces() for old, _ in one["became_c"])
    assert (counted["a"], counted["b"] + islands, counted["c"]) == (10_598, 10_040, 3_321)
    assert len({office[0] for office in INDEX["offices"]}) == 705
    states = Counter(letter for province in INDEX["provinces"] for letter in province[2])
    assert (states["a"], states["b"], states["c"]) == (63, 63, 34)


def test_no_code_means_two_communes_on_one_day() -> None:
    seen = Counter((row[0], letter) for one in provinces() for row in one["communes"] for letter in row[2])
    assert set(seen.values()) == {1}


def test_every_commune_before_july_2025_has_a_successor_that_is_there() -> None:
    for one in provinces():
        before = {row[0] for row in one["communes"] if "b" in row[2]}
        now = {row[0] for row in one["communes"] if "c" in row[2]}
        became = dict(one["became_c"])
        assert before == {old for old in became if not old.startswith("d")}
        assert all(parts and set(parts) <= now for parts in became.values())
        assert {part for parts in became.values() for part in parts} == now
    assert sum(len(one["became_c"]) for one in provinces()) == 10_040


def test_communes_of_2024_that_are_gone_have_a_successor_but_for_three() -> None:
    unknown = []
    for one in provinces():
        then = {row[0] for row in one["communes"] if "a" in row[2]}
        later = {row[0] for row in one["communes"] if "b" in row[2]}
        became = dict(one["became_b"])
        assert {part for parts in became.values() for part in parts} <= later
        unknown += sorted(then - later - became.keys())
    assert unknown == [row[0] for row in compared()["unknown_successors"]]
    assert len(unknown) == 3


def test_an_duong_and_its_neighbours() -> None:
    hai_phong = next(one for one in provinces() if one["province"] == "31")
    names = {
        letter: {row[0]: row[1] for row in hai_phong["communes"] if letter in row[2] and row[3] == "0312"}
        for letter in "abc"
    }
    assert [len(names[letter]) for letter in "abc"] == [16, 10, 3]
    assert [names[letter]["11581"] for letter in "abc"] == [
        "Thị trấn An Dương",
        "Phường Lê Lợi",
        "Phường An Dương",
    ]
    assert dict(hai_phong["became_b"])["11611"] == ["11581"]


def test_ten_decrees_say_the_same() -> None:
    rows = decree_rows()
    assert len({row[0] for row in rows}) == 10
    assert {row[2] for row in rows} == {"✓"}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Xã An Hoà", "Xã An Hòa"), ("Xã Liêm Thuỷ", "Xã Liêm Thủy"), ("Phường  Rạch Dừa", "Phường Rạch Dừa"),
        ("Xã Quý Quân", "Xã Quý Quân"), ("Phường Nguyễn Uý", "Phường Nguyễn Úy"), ("Phường 09", "Phường 9"),
        ("Xã Hoài Đức", "Xã Hoài Đức"), ("Xã Ea H’Leo", "Xã Ea H'Leo"), ("Xã Hoàn Long", "Xã Hoàn Long"),
    ],
)  # fmt: skip
def test_names_are_spelled_one_way(written: str, read: str) -> None:
    assert spelled(written) == read


def _state(*places: tuple[str, str, str], districts: str) -> State:
    communes = {code: Place(code, name, "01", district) for code, name, district in places}
    return State(
        communes, {district: (f"Huyện {district}", "01") for district in districts.split()}, {"01": "Tỉnh"}
    )


BEFORE = _state(("1", "Xã A", "001"), ("2", "Xã B", "001"), ("3", "Xã C", "002"), districts="001 002")


def test_an_office_outlives_its_district() -> None:
    """District 002 is gone: its communes stay with its office. District 003 is new: so do those of 001 in it."""
    after = _state(("1", "Xã A", "001"), ("2", "Xã B", "003"), ("3", "Xã C", "001"), districts="001 003")
    assert offices_before_july(BEFORE, after) == {"1": "0001", "2": "0001", "3": "0002"}


def test_who_took_a_commune_in_is_told_by_its_former_names_in_the_district_first() -> None:
    after = _state(("1", "Xã D", "001"), ("9", "Xã C", "002"), districts="001 002")
    assert successors_of_2024(BEFORE, after, {"1": ("xaa", "xab"), "9": ("xab",)}) == {
        "2": ("1",),
        "3": ("9",),
    }


def test_a_name_that_only_one_list_writes_otherwise_is_no_new_name() -> None:
    after = _state(("1", "Xã Á", "001"), ("2", "Xã Y", "001"), ("3", "Phường C", "002"), districts="001 002")
    other = _state(("1", "Xã A", "001"), ("2", "Xã B", "001"), ("3", "Phường C", "002"), districts="001 002")
    names = {code: place.name for code, place in same_names(BEFORE, after, other).communes.items()}
    assert names == {"1": "Xã Á", "2": "Xã Y", "3": "Xã C"}
