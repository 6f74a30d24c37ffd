"""Mistakes of every kind pass as clean only where docs/explanations.md says that they cannot be seen."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

from sheetcredit.template.definition import load_office
from tests.mutation.judge import Trial, explain_all, trial
from tests.mutation.kinds import KINDS
from tests.mutation.measure import blocked
from tests.mutation.offices import offices
from tests.mutation.truth import broken

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanations.md"
SAMPLE = tuple(offices()[place] for place in (0, 1, 3, 5))
TIMES = 3
"""300 in all: 25 kinds, four offices."""


def told() -> set[tuple[str, str]]:
    """Sheet and header of the columns in which the page lets something pass."""
    section = PAGE.read_text(encoding="utf-8").split("## What cannot be detected")[1].split("\n## ")[0]
    rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return {place for sheets, columns, *_ in rows for place in product(_names(sheets), _names(columns))}


def _names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def places(one: Trial) -> set[tuple[str, str]]:
    """Sheet and header of the columns that were changed."""
    sheet = load_office().sheet(one.mistakes[0].sheet)
    return {(sheet.sheet, sheet.column(name).header) for name in one.mistakes[0].columns}


def test_the_page_names_columns_that_there_are() -> None:
    there = {(sheet.sheet, column.header) for sheet in load_office().tables() for column in sheet.columns}
    listed = told()
    assert len(listed) > 10
    assert {sheet for sheet, _ in listed} <= {sheet for sheet, _ in there}
    assert {header for _, header in listed} <= {header for _, header in there}


def test_what_passes_is_what_the_page_says() -> None:
    drawn = [
        trial(case, [kind], f"passing-{case.name}-{kind}-{turn}", tied_only=False, reckoned=False)
        for kind in KINDS for case in SAMPLE for turn in range(TIMES)
    ]  # fmt: skip
    trials = [one for one in drawn if one]
    assert len(trials) >= 290
    passed = []
    for one in explain_all(trials):
        assert one.report is not None
        if not blocked(one.report):
            passed.append(one)
        one.report = None
    assert not [one.name for one in passed if not places(one) <= told()]
    assert not [one.name for one in passed if broken(one.typed)]
    assert len(passed) <= len(trials) // 20
