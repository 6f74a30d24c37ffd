"""R19: groups close to a threshold, one notice a workbook, all of them in the machine form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sheetcredit.report import reconcile
from sheetcredit.screen.json_form import as_json
from tests.checks.periods import Tables, golden_tables, row_of, write

SHEET = "Tổ TK&VV"
RATINGS = ((50, "Yếu"), (70, "Trung bình"), (85, "Khá"), (101, "Tốt"))


def far_from_thresholds() -> Tables:
    """The golden case with every score in the middle of its level."""
    tables = golden_tables()
    middle = {"Yếu": 40, "Trung bình": 60, "Khá": 77, "Tốt": 95}
    for row in tables["groups"]:
        row["score"] = middle[row["rating"]]
    return tables


def test_no_score_near_a_threshold_gives_no_note(tmp_path: Path) -> None:
    report = reconcile(write(tmp_path / "a.xlsx", far_from_thresholds(), "2024Q1"))
    assert (report.findings, report.notices) == ((), ())


@pytest.mark.parametrize(
    ("score", "near"),
    [(50, True), (48, True), (47.9, False), (52, True), (52.1, False), (70, True), (68, True), (72.01, False),
     (83, True), (82.99, False), (87, True), (87.01, False), (0, False), (100, False)],
)  # fmt: skip
def test_within_two_points_on_either_side(tmp_path: Path, score: float, near: bool) -> None:
    tables = far_from_thresholds()
    code = tables["groups"][4]["group"]
    row_of(tables, "groups", group=code).update(
        score=score, rating=next(name for below, name in RATINGS if score < below)
    )
    report = reconcile(write(tmp_path / "a.xlsx", tables, "2024Q1"))
    told = [(f.code, f.severity, f.sheet, f.cell, f.row) for f in report.notices]
    assert told == ([("R19", "note", SHEET, "L8", 8)] if near else [])
    assert report.findings == ()
    assert not report.blocks
    if near:
        assert code in report.notices[0].message()


def test_a_message_names_a_few_and_the_machine_form_all(tmp_path: Path) -> None:
    tables = far_from_thresholds()
    for row in tables["groups"][:9]:
        row.update(score=86, rating="Tốt")
    report = reconcile(write(tmp_path / "a.xlsx", tables, "2024Q1"))
    assert len(report.notices) == 1
    assert "và 4 tổ khác" in report.notices[0].message()
    told = json.loads(as_json([report], "vi"))["files"][0]["notices"][0]
    assert len(told["items"]) == told["value"] == 9
