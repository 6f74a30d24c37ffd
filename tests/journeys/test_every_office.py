"""Any office of the country: made new, filled in, checked, with mistakes found, and taken in by its branch.

A fixed seed draws the offices: a few by default, three a province and date with `make every-office`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random

import pytest

from seeds.generate import make_office, to_content
from sheetcredit import reconcile, run, validate
from sheetcredit.build.new import content_of, make_workbook
from sheetcredit.build.workbook import build_workbook
from sheetcredit.catalogue.catalogue import load_catalogues
from sheetcredit.catalogue.entry import Entry
from sheetcredit.consolidate.consolidate import consolidate
from sheetcredit.rulebook import our_rulebook
from sheetcredit.xlsx.patch import patch_cells

CATALOGUES = load_catalogues()
NATION = CATALOGUES.nation
assert NATION is not None
ALL = bool(os.environ.get("SHEETCREDIT_EVERY_OFFICE"))
PERIODS = {"2024Q1": date(2024, 3, 31), "2025Q1": date(2025, 3, 31), "2026Q3": date(2026, 9, 30)}


def served(office: str, day: date) -> list[Entry]:
    return [e for e in CATALOGUES.communes_of(office) if e.valid_on(day) and not e.elsewhere]


def drawn() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Province, period and its offices."""
    rng = Random(17)
    assert NATION is not None
    for province in NATION.provinces:
        offices = sorted(code for code in CATALOGUES.office_codes if NATION.province_of(code) == province)
        for period, day in PERIODS.items():
            able = [code for code in offices if served(code, day)]
            yield province, period, tuple(rng.sample(able, min(3, len(able))))


WHOLE = list(drawn())
CHOSEN = WHOLE if ALL else [(p, period, offices[:1]) for p, period, offices in WHOLE[4::29]]


@pytest.mark.parametrize(("province", "period", "offices"), CHOSEN, ids=[f"{p}-{q}" for p, q, _ in CHOSEN])
def test_an_office_begins_reports_and_is_taken_in(
    province: str, period: str, offices: tuple[str, ...], tmp_path: Path
) -> None:
    day = PERIODS[period]
    (tmp_path / "gui").mkdir()
    for number, code in enumerate(offices):
        communes = served(code, day)
        entry = CATALOGUES.office_on(code, day)
        assert entry is not None and entry.branch is not None and communes

        blank = make_workbook(tmp_path / f"{code}-moi.xlsx", code, period)
        assert codes_found(blank) == set()
        content = content_of(code, period, CATALOGUES)
        assert content is not None
        listed = [(row["commune"], row["commune_name"]) for row in content.tables["farmers"]]
        assert listed == [(one.code, one.name.vi) for one in communes]
        assert content.info["branch"] == entry.branch.vi

        made = make_office(
            1_000 * number + int(code), code=code, communes=len(communes), groups=max(24, 3 * len(communes)),
            period=period, name=entry.name.vi, branch=entry.branch.vi,
            places=[(one.code, one.name.vi) for one in communes],
        )  # fmt: skip
        filled = build_workbook(tmp_path / "gui" / f"{code}.xlsx", to_content(made))
        report = run(filled)
        assert [f for f in report.findings if f.severity != "note"] == []
        assert not report.blocks and not validate(filled).blocks

        wrong = tmp_path / f"{code}-sai.xlsx"
        patch_cells(filled, {"Hội Phụ nữ": {"I10": 1}, "Sổ ngân hàng": {"A10": "99999"}}, wrong)
        found = {f.code for f in reconcile(wrong).findings}
        assert "R15" in found and found & {"R01", "R05", "R06", "V-STALE"}

    result = consolidate([tmp_path / "gui"], tmp_path / "chi-nhanh.xlsx", our_rulebook())
    states = {one.office: one.state for one in result.arrivals.submissions}
    assert all(states[code] in ("received", "late") for code in offices)
    assert not [f for f in result.report.findings if f.code in ("R15", "V-NAME")]


def codes_found(path: Path) -> set[str]:
    return {f.code for f in validate(path).findings} & {"R15", "V-NAME", "V-CODE", "V-CODE-FORM"}
