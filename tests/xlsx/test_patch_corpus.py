"""Workbooks of several writers, patched and compared part by part."""

from __future__ import annotations

import datetime as dt
import io
import shutil
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest
import python_calamine
from openxml_audit import OpenXmlValidator  # type: ignore[import-untyped]

from sheetcredit.xlsx.address import parse_address
from sheetcredit.xlsx.cells import EditValue
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.patch import patch_bytes, patch_cells
from tests.xlsx.excel_like import excel_like, strict
from tests.xlsx.patch_corpus import (
    STRICT,
    by_libreoffice,
    by_openpyxl,
    by_xlsxwriter,
    changed_parts,
    part,
    skeleton,
    streamed,
)

# openpyxl says so of sparklines and of data bars: what it would lose is not what is tested here.
pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported")

EDITS: dict[str, EditValue] = {
    "A1": 12345.75,
    "B2": 'chữ <mới> & "cũ"',
    "C3": True,
    "D4": None,
    "E5": dt.date(2024, 3, 31),
    "A6": 3,
    "F29": "  hai  đầu  ",
    "C32": "=1+1",
    "Z40": 7,
    "U45": 8,
    "B41": 9,
    "AA1": -0.1,
}
READ: dict[str, object] = {**EDITS, "E5": 45382}


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    found = {"openpyxl": by_openpyxl(), "xlsxwriter": by_xlsxwriter(), "excel": excel_like()}
    found |= {"excel-strict": strict(), "excel-streamed": streamed(found["excel"], force_zip64=True)}
    if shutil.which("soffice"):
        for name in ("openpyxl", "xlsxwriter"):
            folder = tmp_path_factory.mktemp(f"libreoffice-{name}")
            found[f"libreoffice-{name}"] = by_libreoffice(found[name], folder)
    return found


WRITERS = [
    "openpyxl",
    "xlsxwriter",
    "libreoffice-openpyxl",
    "libreoffice-xlsxwriter",
    "excel",
    "excel-strict",
    "excel-streamed",
]


@pytest.fixture(params=WRITERS)
def book(request: pytest.FixtureRequest, corpus: dict[str, bytes]) -> bytes:
    if request.param not in corpus:
        pytest.skip("LibreOffice is not installed")
    return corpus[request.param]


def test_only_the_written_cells_and_what_depends_on_them_change(book: bytes) -> None:
    after = patch_bytes(book, {"Dữ liệu": EDITS})
    package = Package(book, "a.xlsx")
    sheets = [sheet.part for sheet in package.sheets]
    assert changed_parts(book, after) <= {*sheets, package.workbook_part}
    assert b'fullCalcOnLoad="1"' in part(after, package.workbook_part)
    for sheet in sheets:
        written = set(EDITS) if sheet == sheets[0] else set()
        assert skeleton(part(after, sheet), written, cached=True) == skeleton(
            part(book, sheet), written, cached=True
        )


def test_a_cell_that_nothing_depends_on_changes_one_part_and_its_own_bytes(book: bytes) -> None:
    sheet = Package(book, "a.xlsx").sheets[0].part
    after = patch_bytes(book, {"Dữ liệu": {"F28": "mới", "AB60": 5}})
    if any(formula.kind == "array" for formula in Package(book, "a.xlsx").formulas("Dữ liệu").values()):
        assert sheet in changed_parts(book, after)
        return
    assert changed_parts(book, after) == {sheet}
    assert skeleton(part(after, sheet), {"F28", "AB60"}) == skeleton(part(book, sheet), {"F28", "AB60"})


def test_cells_read_back_by_others(book: bytes) -> None:
    after = patch_bytes(book, {"Dữ liệu": EDITS})
    with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(after)) as calamine:
        grid = calamine.get_sheet_by_name("Dữ liệu").to_python(skip_empty_area=False)
    # openpyxl does not read Strict Open XML.
    known = STRICT not in part(after, "xl/workbook.xml").decode()
    sheet = openpyxl.load_workbook(io.BytesIO(after))["Dữ liệu"] if known else None
    for address, expected in READ.items():
        row, column = parse_address(address)
        shown = grid[row - 1][column - 1]
        if address == "E5":
            assert shown in (45382, dt.date(2024, 3, 31), dt.datetime(2024, 3, 31))
            continue
        assert sheet is None or (sheet[address].value, sheet[address].data_type != "f") == (expected, True)
        assert shown == ("" if expected is None else expected)


def test_writing_twice_changes_nothing_more(book: bytes) -> None:
    once = patch_bytes(book, {"Dữ liệu": EDITS})
    assert patch_bytes(once, {"Dữ liệu": EDITS}) == once
    assert patch_bytes(book, {}) == book


def _complaints(path: Path) -> set[tuple[str, str]]:
    result = OpenXmlValidator().validate(str(path))
    return {(str(error.part_uri), str(error.description)) for error in result.errors}


def test_the_audit_reports_nothing_new(book: bytes, tmp_path: Path) -> None:
    (tmp_path / "before.xlsx").write_bytes(book)
    edits: Mapping[str, Mapping[str, EditValue]] = {"Dữ liệu": EDITS}
    patch_cells(tmp_path / "before.xlsx", edits, out=tmp_path / "after.xlsx")
    assert _complaints(tmp_path / "after.xlsx") <= _complaints(tmp_path / "before.xlsx")
    assert (tmp_path / "before.xlsx").read_bytes() == book


def test_new_cells_take_the_style_that_shows_there(corpus: dict[str, bytes]) -> None:
    after = patch_bytes(corpus["xlsxwriter"], {"Dữ liệu": {"U2": 1, "B41": 2, "U41": 3, "S2": 4}})
    sheet = openpyxl.load_workbook(io.BytesIO(after))["Dữ liệu"]
    assert sheet["U2"].font.b and sheet["B41"].font.color.rgb == "FFFF0000"
    assert sheet["U41"].font.color.rgb == "FFFF0000" and not sheet["U41"].font.b
    assert not sheet["S2"].has_style


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_computes_what_depends_on_the_written_cells(
    corpus: dict[str, bytes], tmp_path: Path
) -> None:
    after = patch_bytes(corpus["xlsxwriter"], {"Dữ liệu": {"B2": 1000}})
    computed = by_libreoffice(after, tmp_path)
    formulas = Package(computed, "a.xlsx")
    # The other thirty cells of the column sum to 435 with 1 in B2.
    assert formulas.formulas("Dữ liệu")[2, 8].cached == "1434"
    assert formulas.formulas("Khác")[1, 1].cached == "1001"
