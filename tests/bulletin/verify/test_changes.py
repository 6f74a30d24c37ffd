"""A generated bulletin verifies clean, and whatever single figure is changed in it, the change is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from sheetcredit.bulletin.compose import Composed, compose
from sheetcredit.bulletin.document import as_docx
from sheetcredit.bulletin.plain import as_markdown, as_text
from sheetcredit.bulletin.verify.source import lines_of
from sheetcredit.bulletin.verify.verification import verified
from sheetcredit.outcome import Report
from tests.bulletin.changes import Change, changes
from tests.bulletin.reports import any_reports, golden_report, invented_report

WRITERS: dict[str, Callable[[Composed], bytes]] = {
    ".txt": lambda bulletin: as_text(bulletin).encode(),
    ".md": lambda bulletin: as_markdown(bulletin).encode(),
    ".docx": as_docx,
}
OFFICES = [(71, 3, 20, "2024Q2"), (72, 8, 60, "2025Q4"), (73, 16, 120, "2026Q3")]


def found(bulletin: Composed, report: Report) -> list[str]:
    """Codes of what is to be looked at; notes are not."""
    checked = verified("ban-tin.txt", as_text(bulletin).splitlines(), report)
    return [finding.code for finding in checked.findings if finding.severity != "note"]


def numbers_of(report: Report) -> int:
    return sum(
        run.figure is not None
        for section in compose(report).sections
        for part in section.body
        for run in part.runs
    )


@pytest.mark.parametrize("suffix", WRITERS)
def test_the_golden_bulletin_verifies_clean(suffix: str, tmp_path: Path) -> None:
    report = golden_report()
    path = tmp_path / f"ban-tin{suffix}"
    path.write_bytes(WRITERS[suffix](compose(report)))
    checked = verified(str(path), lines_of(path), report)
    assert checked.findings == ()
    # Every number, and `không có tổ xếp loại yếu`.
    assert checked.outcomes == {
        "passed": numbers_of(report) + 1, "failed": 0, "explained": 0, "not_evaluated": 0,
    }  # fmt: skip


def test_every_change_of_every_figure_is_found() -> None:
    report = golden_report()
    tried = list(changes(compose(report)))
    missed = [(c.figure, c.kind, c.old, c.new) for c in tried if not found(c.bulletin, report)]
    assert missed == []
    assert len(tried) > 450 and {c.kind for c in tried} == {"digit", "swapped", "tenfold", "unit"}
    printed = {name for name, value in report.figures.items() if value}
    assert {c.figure for c in tried} == printed


@pytest.mark.parametrize("suffix", [".md", ".docx"])
def test_in_every_format_a_change_of_each_figure_is_found(suffix: str, tmp_path: Path) -> None:
    report = golden_report()
    first: dict[str, Change] = {}
    for change in changes(compose(report)):
        first.setdefault(change.figure, change)
    for change in first.values():
        path = tmp_path / f"ban-tin{suffix}"
        path.write_bytes(WRITERS[suffix](change.bulletin))
        assert verified(str(path), lines_of(path), report).blocks, (change.old, change.new)


def test_a_zero_in_words_is_a_figure_too() -> None:
    report, text = golden_report(), as_text(compose(golden_report()))
    none = "không có tổ xếp loại yếu"
    for other in ("có 2 tổ xếp loại yếu", "không có tổ xếp loại khá"):
        assert verified("a.txt", text.replace(none, other).splitlines(), report).blocks, other


@pytest.mark.parametrize(
    ("old", "new"),
    [("Đến ngày 31/3/2024", "Đến ngày 30/3/2024"), ("Quý I năm 2024", "Quý III năm 2024"),
     ("quý I/2024", "quý I/2023"), ("nguồn vốn năm 2024", "nguồn vốn năm 2025"), ("quý II/2024", "quý III/2024")],
)  # fmt: skip
def test_another_period_is_found(old: str, new: str) -> None:
    text = as_text(compose(golden_report()))
    assert old in text
    checked = verified("a.txt", text.replace(old, new, 1).splitlines(), golden_report())
    assert [finding.code for finding in checked.findings] == ["B-PERIOD"]


@pytest.mark.parametrize("office", OFFICES, ids=lambda office: f"{office[1]}x{office[2]}")
def test_bulletins_of_other_offices(office: tuple[int, int, int, str]) -> None:
    report = invented_report(*office)
    assert found(compose(report), report) == []
    some = list(changes(compose(report)))[::7]
    assert [(c.figure, c.kind, c.old, c.new) for c in some if not found(c.bulletin, report)] == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(any_reports())
def test_any_bulletin_verifies_clean(report: Report) -> None:
    checked = verified("a.txt", as_text(compose(report)).splitlines(), report)
    assert [(finding.code, finding.details["quote"]) for finding in checked.findings] == []
