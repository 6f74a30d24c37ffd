from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest

from seeds import build
from seeds.generate import catalogue_entries, golden_office, make_office, to_content
from seeds.mistakes import cell_of, read_mistakes, type_in
from seeds.repack import shorten_total
from sheetcredit.build.workbook import build_workbook
from sheetcredit.report import reconcile
from sheetcredit.rulebook import Rulebook, our_rulebook


def test_building_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for name, make in build.WORKBOOKS.items():
        one, two = make(tmp_path / f"1-{name}"), make(tmp_path / f"2-{name}")
        assert one.read_bytes() == two.read_bytes()


def test_check_names_what_is_missing_or_stale(tmp_path: Path) -> None:
    build.build_golden(tmp_path / build.MISTAKES_NAME)
    complaints = build.check(tmp_path)
    assert "an-duong-2024q1.xlsx is missing" in complaints[0]
    assert "an-duong-2024q1-loi.xlsx is stale in" in complaints[1]
    assert "make seeds" in complaints[1]
    build.build_golden(tmp_path / build.GOLDEN_NAME)
    build.build_mistakes(tmp_path / build.MISTAKES_NAME)
    assert build.check(tmp_path) == []


def test_another_compression_is_not_stale(tmp_path: Path) -> None:
    fresh = build.build_golden(tmp_path / "fresh.xlsx")
    with ZipFile(fresh) as source, ZipFile(tmp_path / "kept.xlsx", "w") as target:
        for info in source.infolist():
            target.writestr(info.filename, source.read(info))
    assert build.stale_parts(tmp_path / "kept.xlsx", fresh) == []


def test_a_total_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = build.build_golden(tmp_path / "golden.xlsx")
    with pytest.raises(ValueError, match="is not a SUM"):
        shorten_total(path, "Đoàn TN", "I12", 1, 2)


def test_the_tool_finds_nothing_in_the_golden_case(tmp_path: Path) -> None:
    report = reconcile(build.build_golden(tmp_path / "golden.xlsx"))
    assert list(report.findings) == []


def test_the_tool_finds_each_mistake_on_its_cell_and_nothing_else(tmp_path: Path) -> None:
    mistakes = read_mistakes()
    content = type_in(to_content(golden_office()), mistakes)
    report = reconcile(build.build_mistakes(tmp_path / "wrong.xlsx"))
    found = {(finding.sheet, finding.cell, finding.code) for finding in report.findings}
    assert found == {
        (mistake.sheet, cell_of(mistake, content), code) for mistake in mistakes for code in mistake.expect
    }


@pytest.mark.parametrize(("communes", "groups"), [(3, 20), (18, 45), (40, 400)])
def test_the_tool_finds_nothing_in_an_invented_office(tmp_path: Path, communes: int, groups: int) -> None:
    office = make_office(groups, code="4512", communes=communes, groups=groups, period="2023Q4")
    ours = our_rulebook()
    known = ours.catalogues.with_entries({**ours.catalogues.entries, **catalogue_entries(office)})
    path = build_workbook(tmp_path / "office.xlsx", to_content(office))
    report = reconcile(path, Rulebook(ours.office, ours.rules, known))
    assert list(report.findings) == []
    assert report.outcomes["failed"] == 0
