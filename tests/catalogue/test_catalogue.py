"""Dated catalogues: what is in force on a day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sheetcredit.catalogue.catalogue import (
    Bounds,
    in_force,
    load_catalogue,
    load_catalogues,
    load_limits,
    scale_in_force,
)
from sheetcredit.model.errors import BadDefinition

CATALOGUES = load_catalogues()


def test_a_code_that_was_used_again() -> None:
    """11581 was the town of An Dương, then phường Lê Lợi, and is phường An Dương."""
    days = (date(2024, 3, 31), date(2025, 3, 31), date(2025, 9, 30))
    names = [CATALOGUES.name_of("communes", "11581", day, office="0312") for day in days]
    assert names == ["Thị trấn An Dương", "Phường Lê Lợi", "Phường An Dương"]


def test_sixteen_communes_in_2024() -> None:
    day = date(2024, 3, 31)
    assert sum(e.valid_on(day) for e in CATALOGUES.communes_of("0312")) == 16


def test_unknown_codes_show_as_themselves() -> None:
    day = date(2024, 3, 31)
    assert CATALOGUES.name_of("communes", "99999", day) == "99999"
    assert CATALOGUES.name_of("communes", None, day) == ""
    assert CATALOGUES.of("nothing") == ()


def test_associations_in_the_order_of_every_table() -> None:
    entries = load_catalogue("associations")
    assert [entry.code for entry in entries] == ["11", "12", "13", "14", "99"]
    assert [entry.code for entry in entries if entry.direct] == ["99"]
    assert entries[0].name.say("en") == "Farmers' Union"


def test_no_code_is_valid_twice_on_a_day() -> None:
    for name, entries in CATALOGUES.entries.items():
        for entry in entries:
            twins = [e for e in entries if e.code == entry.code and e is not entry]
            assert not any(
                t.valid_from <= entry.valid_to and entry.valid_from <= t.valid_to for t in twins
            ), name


@pytest.mark.parametrize(
    ("day", "most"), [(date(2010, 1, 1), 50), (date(2013, 3, 1), 60), (date(2024, 3, 31), 60)]
)
def test_group_size_by_day(day: date, most: int) -> None:
    assert in_force(load_limits().group_size, day).most == most


def test_the_latest_that_began_holds() -> None:
    dated = [
        Bounds(valid_from=date(2020, 1, 1), least=1, most=2),
        Bounds(valid_from=date(2010, 1, 1), least=3, most=4),
    ]
    assert in_force(dated, date(2019, 12, 31)).least == 3
    assert in_force(dated, date(2020, 1, 1)).least == 1


def test_rating_scale() -> None:
    levels = scale_in_force(load_limits().rating, date(2024, 3, 31)).levels
    assert [(level.code, level.below) for level in levels] == [
        ("weak", 50),
        ("average", 70),
        ("fair", 85),
        ("good", 101),
    ]


def test_an_institution_keeps_catalogues_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = '{"code": "40001", "name": {"vi": "Xã Một"}, "office": "5000", "valid_from": "2004-01-01"}'
    (tmp_path / "communes.yaml").write_text(f'{{"entries": [{entry}]}}', encoding="utf-8")
    ours = {name: load_catalogue(name) for name in ("communes", "units")}
    monkeypatch.setenv("SHEETCREDIT_CATALOGUES", str(tmp_path))
    load_catalogue.cache_clear()
    try:
        [commune] = load_catalogue("communes")
        assert (commune.code, commune.office, commune.valid_from) == ("40001", "5000", date(2004, 1, 1))
        assert load_catalogue("units") == ours["units"]
        load_catalogue.cache_clear()
        monkeypatch.setenv("SHEETCREDIT_CATALOGUES", str(tmp_path / "nowhere"))
        with pytest.raises(BadDefinition) as raised:
            load_catalogue("communes")
        assert raised.value.code == "E-CATALOGUES"
    finally:
        load_catalogue.cache_clear()
        monkeypatch.delenv("SHEETCREDIT_CATALOGUES")
    assert load_catalogue("communes") == ours["communes"]
