"""The invented nation, and what `make bench-national` says of it, on twelve offices."""

from __future__ import annotations

import json
import os
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sheetcredit.pool.gather import gather
from tests.consolidate.nation import SMALL, Land
from tests.mutation.kinds import KINDS
from tools.bench_national import (
    BEGIN,
    END,
    PAGE,
    false_alarms,
    family,
    of_size,
    planted_found,
    proportional,
    totals_by_duckdb,
    with_corrupt,
)
from tools.national import Nation, make, plans
from tools.national_job import read_with_calamine, told, totals, workbooks


def test_the_offices_add_up_to_the_nation() -> None:
    nation = Nation()
    made = plans(nation)
    assert len(made) == 648
    assert sum(plan.communes for plan in made) == 10_000
    assert sum(plan.groups for plan in made) == 166_000
    assert len({plan.branch for plan in made}) == 34
    assert len([plan for plan in made if plan.kind]) == 32
    assert {plan.kind for plan in made if plan.kind} == set(KINDS)
    for plan, after in pairwise(made):
        assert plan.first_commune + 3 * plan.communes <= after.first_commune <= 99_999


def test_the_same_seed_gives_the_same_cells(land: Land, tmp_path: Path) -> None:
    for plan in plans(SMALL)[:3]:
        target = tmp_path / plan.file
        target.parent.mkdir(exist_ok=True)
        make(plan, tmp_path)
        assert read_with_calamine([str(target)]) > 100
        assert target.read_bytes() == (land.folder / plan.file).read_bytes()


def said_of(land: Land) -> dict[str, Any]:
    """What the job of the bench tells, as it comes out of its process."""
    gathered = gather(land.came, land.rulebook, workers=1)
    said: dict[str, Any] = json.loads(json.dumps(told(land.folder, gathered)))["files"]
    return said


def test_every_planted_mistake_is_named_where_it_is_and_nothing_else(land: Land) -> None:
    said = said_of(land)
    assert planted_found(land.folder, said) == (4, 4, [])
    assert false_alarms(land.folder, said) == []


def test_a_mistake_that_is_not_named_is_a_miss(land: Land) -> None:
    said = said_of(land)
    silent: dict[str, Any] = {
        name: {"error": None, "findings": 0, "cells": [], "causes": []} for name in said
    }
    right, planted, misses = planted_found(land.folder, silent)
    assert (right, planted, len(misses)) == (0, 4, 4)
    loud = {name: file | {"findings": 1} for name, file in said.items()}
    assert len(false_alarms(land.folder, loud)) == 8


def test_totals_are_those_of_duckdb(land: Land) -> None:
    ours = totals(gather(land.came, land.rulebook, workers=1))
    assert ours == totals_by_duckdb(land.folder)
    assert ours["groups"]["rows"] == pytest.approx(240, abs=1)


def test_nations_of_other_sizes_and_with_corrupt_files(land: Land) -> None:
    larger = of_size(land.folder, 30)
    assert len(workbooks(larger)) == 30
    spoilt, corrupt = with_corrupt(land.folder, 34, 1)
    assert len(corrupt) == 4
    same = [path for path in workbooks(spoilt) if path.relative_to(spoilt).as_posix() not in corrupt]
    assert all(path.samefile(land.folder / path.relative_to(spoilt)) for path in same)
    assert len(same) == 8
    assert not any(one.error for one in gather(land.came, land.rulebook, workers=1))  # these are as they were


def test_memory_is_seen() -> None:
    assert os.getpid() in family(os.getpid())
    assert proportional(os.getpid()) > 1_000


def test_the_page_has_its_place_for_what_is_measured() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert 0 < page.index(BEGIN) < page.index(END)
