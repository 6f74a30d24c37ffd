"""The head office does with its 34 branches what a branch does with its offices, by the same commands."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from sheetcredit.catalogue.catalogue import load_catalogues
from sheetcredit.cli.main import main
from sheetcredit.consolidate.consolidate import Options, consolidate
from sheetcredit.model.period import parse_period
from tests.browser import Watched, chromium, opened
from tests.consolidate.branch_offices import (
    HAI_PHONG,
    arrived,
    built,
    office,
    patched,
    printed,
    rulebook_of,
    totals,
)
from tests.mail_server import own_folders

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported")
PERIOD = "2025Q4"
NUMBERS = (1, 3)
IN_TIME, LATE = datetime(2026, 1, 5, 3, 0, tzinfo=UTC), datetime(2026, 2, 20, 3, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Nation:
    """What the command said, the page that it wrote, and the state that each branch should have."""

    said: Mapping[str, Any]
    page: Path
    states: Mapping[str, str]


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Nation:
    """The report of one branch under the names of all but one, a late one and one with a wrong sum among them."""
    folder = tmp_path_factory.mktemp("hoi-so")
    day = parse_period(PERIOD).last_day
    branches = {one.code: one.name.vi for one in load_catalogues().of("branches") if one.valid_on(day)}
    del branches["00"]
    late, returned, missing, *others = branches
    for number in NUMBERS:
        arrived(folder / "pgd" / f"{number}.xlsx", built(number, HAI_PHONG, PERIOD))
    rulebook = rulebook_of([office(number, HAI_PHONG, PERIOD) for number in NUMBERS])
    made = consolidate([folder / "pgd"], folder / "mot.xlsx", rulebook, Options(workers=1))
    data = made.written_to.read_bytes()
    for code, name in branches.items():
        if code == missing:
            continue
        path = arrived(folder / "den" / f"CN{code}.xlsx", data, LATE if code == late else IN_TIME)
        edits: dict[str, dict[str, object]] = {"Thông tin": {"C7": code, "C8": name}}
        if code == returned:
            edits["Đơn vị"] = {"F10": 1}
        patched(path, edits)
    out = folder / "toan-quoc.xlsx"
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()) as told:
        for name, value in own_folders(folder / "may").items():
            patch.setenv(name, value)
        assert main(["consolidate", str(folder / "den"), "-o", str(out), "--json"]) == 1
    states = dict.fromkeys(others, "received") | {late: "late", returned: "returned", missing: "missing"}
    return Nation(json.loads(told.getvalue()), folder / "tinh-hinh.html", states)


@pytest.fixture(scope="module")
def seen(nation: Nation) -> Iterator[Watched]:
    with chromium() as browser:
        yield opened(browser, nation.page)


def test_every_branch_is_a_unit_with_its_state(nation: Nation, seen: Watched) -> None:
    assert len(nation.states) == 34
    assert (nation.said["office"], nation.said["period"]) == ("00", PERIOD)
    assert {one["office"]: one["state"] for one in nation.said["submissions"]} == nation.states
    rows = seen.page.locator("#office-table tbody tr").all()
    shown = {row.locator("th").inner_text().split()[0]: row.get_attribute("data-state") for row in rows}
    assert shown == nation.states
    assert seen.page.locator(".tile").count() == 34
    found = [one["code"] for one in nation.said["branch"]["findings"]]
    assert sorted(found) == ["N-LATE", "N-MISSING", "N-RETURNED"]


def test_totals_are_sums_and_say_of_how_many(nation: Nation, seen: Watched) -> None:
    assert nation.said["coverage"] == {"summed": 32, "expected": 34}
    one = totals([office(number, HAI_PHONG, PERIOD) for number in NUMBERS])
    amounts = ("TH_NguonVon", "TH_DuNo", "TH_UyThac", "TH_NoQuaHan", "TH_SoTo")
    wanted = printed({name: 32 * one[name] for name in amounts})
    assert {name: nation.said["branch"]["figures"][name] for name in amounts} == wanted
    for selector in ("#h-cards", "#h-offices", "#h-figures", "#h-charts", "#office-table caption"):
        assert "32/34 đơn vị" in seen.page.locator(selector).inner_text(), selector
    assert "Số liệu toàn quốc" in seen.page.locator("#h-figures").inner_text()
    book = openpyxl.load_workbook(nation.page.with_name("toan-quoc.xlsx"))
    assert any(
        "(32/34 đơn vị)" in str(row[0]) for row in book["Tổng hợp"].iter_rows(max_row=6, values_only=True)
    )
    codes = {str(row[0]) for row in book["Đơn vị"].iter_rows(values_only=True)}
    assert codes >= {code for code, state in nation.states.items() if state in ("received", "late")}


def test_the_page_is_whole(seen: Watched, nation: Nation) -> None:
    assert (seen.requests, seen.complaints) == ([nation.page.as_uri()], [])
    assert seen.axe() == []
