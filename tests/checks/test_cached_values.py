"""Formulas of input cells whose stored value is not what they compute, in real files."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from sheetcredit.report import reconcile, run
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.patch import patch_cells
from tests.seeds_of import GOLDEN, PUBLISHED


def with_formulas(
    path: Path,
    sheet: str,
    cells: Mapping[str, tuple[str, str | None]],
    *,
    on_opening: bool,
    of: Path = GOLDEN,
) -> Path:
    """A workbook with formulas and stored values in some cells; `on_opening`: all are computed then."""
    part = Package.open(of).sheet(sheet).part
    with zipfile.ZipFile(of) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            content = source.read(info).decode("utf-8", "surrogateescape")
            if info.filename == part.removeprefix("/"):
                for cell, (formula, cached) in cells.items():
                    value = "" if cached is None else f"<v>{cached}</v>"
                    content, count = re.subn(
                        rf'<c r="{cell}"((?: s="\d+")?)[^>]*>.*?</c>',
                        rf'<c r="{cell}"\1><f>{formula}</f>{value}</c>', content,
                    )  # fmt: skip
                    assert count == 1, cell
            if info.filename == "xl/workbook.xml":
                content = re.sub(r"<calcPr[^>]*/>", "", content)
                flag = ' fullCalcOnLoad="1"' if on_opening else ""
                content = content.replace("</workbook>", f'<calcPr calcId="191029"{flag}/></workbook>')
            target.writestr(info, content.encode("utf-8", "surrogateescape"))
    return path


PLAN = {f"C{row}": (f"ROUND(D{row}*1.1,0)", "0") for row in range(10, 16)} | {"C16": ("SUM(C10:C15)", "0")}


def stale(path: Path) -> list[tuple[str, str | None]]:
    return [(f.severity, f.cell) for f in reconcile(path).findings if f.code == "V-STALE"]


def test_zeros_of_a_program_that_asks_for_calculation_are_worth_a_note(tmp_path: Path) -> None:
    path = with_formulas(tmp_path / "a.xlsx", "Nguồn vốn", PLAN, on_opening=True)
    report = run(path, tmp_path / "out.xlsx")
    assert {finding.severity for finding in report.findings} == {"note"}
    figures = {name: float(report.figures[name] or 0) for name in PUBLISHED}
    assert figures["TH_NguonVon_HTKHTangTruong"] == 0.456


@pytest.mark.parametrize("text", ["12447.00", "'12447", "12.447", "12447,0"])
@pytest.mark.parametrize("total", ["147187", "134740"])
def test_a_total_over_a_number_stored_as_text_is_no_finding_of_its_own(
    text: str, total: str, tmp_path: Path
) -> None:
    patch_cells(GOLDEN, {"Hội Nông dân": {"I13": text}}, tmp_path / "a.xlsx")
    cells = {"I26": ("SUM(I10:I25)", total)}
    path = with_formulas(tmp_path / "b.xlsx", "Hội Nông dân", cells, on_opening=False, of=tmp_path / "a.xlsx")
    assert [(f.code, f.cell) for f in reconcile(path).findings] == [("V-TEXTNUM", "I13")]


def test_zeros_that_people_would_see_are_errors(tmp_path: Path) -> None:
    path = with_formulas(tmp_path / "a.xlsx", "Nguồn vốn", PLAN, on_opening=False)
    assert stale(path) == [("error", f"C{row}") for row in range(10, 16)]  # the total is as wrong as its rows


@pytest.mark.parametrize("on_opening", [True, False])
@pytest.mark.parametrize(
    ("formula", "cached", "expected"),
    [
        ("E10+F10-G10-H10+1000", "4667", [("error", "I10")]),
        ("E10+F10-G10-H10-1", "4667", []),
        ("ROUND(4667.2,0)", "4667", []),
        ("100.1+4566.9", "4667.0000000000009", []),
        ("SUM(E10:F10)-G10-H10+9", "4667", [("error", "I10")]),
        ("E10+F10-G10-H10-1", None, []),
    ],
)
def test_an_old_value(
    formula: str, cached: str | None, expected: list[tuple[str, str]], on_opening: bool, tmp_path: Path
) -> None:
    path = with_formulas(tmp_path / "a.xlsx", "Hội CCB", {"I10": (formula, cached)}, on_opening=on_opening)
    assert stale(path) == expected


def test_a_cell_of_another_sheet_is_computed(tmp_path: Path) -> None:
    cells = {"D15": ("'Tổ TK&amp;VV'!K260", "0"), "D16": ("SUM(D10:D15)", "0")}
    path = with_formulas(tmp_path / "a.xlsx", "Nguồn vốn", cells, on_opening=False)
    report = reconcile(path)
    (finding,) = [f for f in report.findings if f.code == "V-STALE"]
    assert (finding.cell, str(finding.expected)) == ("D15", "19412.350127")


def test_the_golden_workbook_has_none() -> None:
    assert stale(GOLDEN) == []
