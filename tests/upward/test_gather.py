"""Many workbooks at once: the same result however the work is spread, and no file stops another."""

from __future__ import annotations

from pathlib import Path

from sheetcredit.machine import as_json
from sheetcredit.model.errors import CannotRead
from sheetcredit.report import reconcile
from sheetcredit.upward.gather import Gathered, gather, stacked
from tests.upward.nation import Came, came, rulebook


def told(gathered: list[Gathered]) -> str:
    reports = [one.report for one in gathered if one.report]
    errors = [f"{one.path}: {one.error}" for one in gathered if one.error]
    return as_json(reports, "vi") + "\n".join(errors)


def test_each_workbook_is_reported_as_it_is_alone(nation: Path) -> None:
    gathered = gather(came(nation), rulebook(), workers=1)
    alone = [reconcile(one.path, rulebook()) for one in gathered]
    assert told(gathered) == as_json(alone, "vi")
    assert [one.kind for one in gathered] == ["office"] * len(alone)
    assert len(stacked(gathered, "groups")) == 12 * 20


def test_a_bad_file_stops_no_other(nation: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.xlsx"
    other.write_bytes(b"PK garbage")
    missing = tmp_path / "missing.xlsx"
    some = came(nation)[:2]
    gathered = gather([some[0], Came(other), Came(missing), some[1]], rulebook(), workers=1)
    assert [type(one.error) for one in gathered] == [type(None), CannotRead, CannotRead, type(None)]
    assert [one.report is None for one in gathered] == [False, True, True, False]
