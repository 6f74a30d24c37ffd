"""Quarters that an audit met: a copy of the last one, another machine's settings, a branch with a gap, wards of 2025."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from seeds.generate import make_office, to_content
from sheetcredit.build.workbook import build_workbook
from sheetcredit.catalogue.catalogue import load_catalogues
from sheetcredit.cli.main import main
from sheetcredit.consolidate.branch_report import branch_rulebook
from sheetcredit.consolidate.consolidate import consolidate
from sheetcredit.model.grid import address
from sheetcredit.repair.fix import fix
from sheetcredit.report import run
from sheetcredit.xlsx.patch import patch_cells
from tests.checks.cells import table_of
from tests.consolidate.branch_offices import built, office, rulebook_of
from tests.seeds_of import GOLDEN, PUBLISHED, copy_of

INFO, FARMERS, FUNDING = "Thông tin", "Hội Nông dân", "Nguồn vốn"
ASSOCIATIONS = (FARMERS, "Hội Phụ nữ", "Hội CCB", "Đoàn TN")


def test_the_last_quarter_with_another_period_is_one_error(tmp_path: Path) -> None:
    copied = copy_of(GOLDEN, tmp_path, "q2.xlsx")
    patch_cells(copied, {INFO: {"C10": "2024Q2", "C11": date(2024, 6, 30)}})
    out = tmp_path / "out.xlsx"
    assert main(["run", str(copied), "--previous", str(GOLDEN), "-o", str(out), "--quiet"]) == 1
    report = run(copied, tmp_path / "again.xlsx", previous=GOLDEN)
    assert [(f.code, f.severity, f.sheet, f.cell) for f in report.findings] == [
        ("H-COPY", "error", INFO, "C10")
    ]
    assert report.outcomes["failed"] == 0  # openings are, and must be, those of the first quarter


def with_english_settings(book: Path, sheet: str) -> int:
    """The sheet as Excel with English settings reads `5.352`; how many cells are so."""
    table = table_of(book, sheet)
    cells: dict[str, Decimal] = {}
    for column in (one for one in table.sheet.columns if one.type == "amount" and not one.decimals):
        for row in table.rows:
            value = table.grid.value(row, table.columns[column.name])
            if isinstance(value, int | float) and value >= 1000:
                cells[address(row, table.columns[column.name])] = Decimal(str(value)) / 1000
    patch_cells(book, {sheet: cells})
    return len(cells)


@pytest.mark.parametrize("sheet", [*ASSOCIATIONS, FUNDING])
def test_a_sheet_typed_with_english_settings_has_one_cause_and_one_repair(sheet: str, tmp_path: Path) -> None:
    book = copy_of(GOLDEN, tmp_path, "a.xlsx")
    count = with_english_settings(book, sheet)
    report = run(book, tmp_path / "out.xlsx")
    assert report.blocks and len(report.fix_first) <= 3
    first = report.fix_first[0]
    assert (first.suspect.sheet, first.suspect.cause) == (sheet, "sheet-thousands")
    assert first.suspect.details["count"] == count
    assert first.clears >= 0.9 * len(report.findings) or sheet == FUNDING
    assert sum(not finding.follows for finding in report.findings) <= 3
    fixed = fix(book, apply=True, out=tmp_path / "sua.xlsx")
    assert {repair.sheet for repair in fixed.repairs} == {sheet} and len(fixed.repairs) == count
    again = run(tmp_path / "sua.xlsx", tmp_path / "sach.xlsx")
    assert not again.blocks
    assert {name: float(again.figures[name] or 0) for name in PUBLISHED} == PUBLISHED


def test_a_branch_whose_quarter_before_lacks_an_office_is_asked_about_it_alone(tmp_path: Path) -> None:
    """Openings are compared office by office; sums of other offices say nothing."""
    numbers = (1, 2, 3)
    book = rulebook_of(office(number) for number in numbers)
    branch: dict[str, Path] = {}
    for period, there in (("2024Q1", (1, 3)), ("2024Q2", numbers)):
        for number in there:
            path = tmp_path / period / f"{number}.xlsx"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(built(number, period=period))
        branch[period] = tmp_path / f"{period}-branch" / "chi-nhanh.xlsx"
        branch[period].parent.mkdir()
        consolidate([tmp_path / period], branch[period], book)
    report = run(
        branch["2024Q2"], tmp_path / "out.xlsx", previous=branch["2024Q1"], rulebook=branch_rulebook()
    )
    compared = [
        f for f in report.findings if f.code in ("N-NO-PREVIOUS", "R53", "R54") or f.severity == "query"
    ]
    assert [(f.code, f.sheet) for f in compared] == [("N-NO-PREVIOUS", "Đơn vị")]
    assert "0302" in compared[0].message()


def test_an_office_of_2026_lends_in_the_wards_of_2025(tmp_path: Path) -> None:
    """11581 and 11593 are codes used before; Hồng An goes with another office. Deposits tie with source 302."""
    day, catalogues = date(2026, 9, 30), load_catalogues()
    wards = {c.code: c.name.vi for c in catalogues.communes_of("0312") if c.valid_on(day) and not c.elsewhere}
    assert wards == {"11581": "Phường An Dương", "11593": "Phường An Phong", "11617": "Phường An Hải"}
    made = make_office(
        9, code="0312", communes=3, groups=18, period="2026Q3", places=[*wards.items()],
    )  # fmt: skip
    book = build_workbook(tmp_path / "a.xlsx", to_content(made))
    assert main(["run", str(book), "-o", str(tmp_path / "out.xlsx"), "--quiet"]) == 0
    short = copy_of(book, tmp_path, "c.xlsx")
    table = table_of(short, FUNDING)
    rows = {table.grid.text(row, table.columns["source"]): row for row in table.rows}
    place = table.columns["current"]
    cells = {
        source: (address(rows[source], place), table.grid.value(rows[source], place))
        for source in ("301", "302")
    }
    numbers = {source: int(float(str(value))) for source, (_, value) in cells.items()}
    patch_cells(
        short, {FUNDING: {cells["302"][0]: numbers["302"] - 100, cells["301"][0]: numbers["301"] + 100}}
    )
    asked = [(f.code, f.cell) for f in run(short, tmp_path / "out-c.xlsx").findings if f.severity != "note"]
    assert asked == [("R30", cells["302"][0])]
