"""The form of a workbook: what is told in every run, and what `validate --fingerprint` adds."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from sheetcredit.checks.drift import reads_other_book
from sheetcredit.cli.main import main
from sheetcredit.model.grid import CellValue, Formula
from sheetcredit.report import reconcile, run, validate_readings
from sheetcredit.rulebook import our_rulebook
from sheetcredit.workbooks import read_office
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.patch import patch_cells
from tests.seeds_of import GOLDEN
from tests.tables import Workbook, places, tiny
from tests.xlsx.hostile import Parts, packed, parts_of

CCB, LEDGER, INFO = "Hội CCB", "Sổ ngân hàng", "Thông tin"
SUMMED = "CDEFGHIJKL"
WORKBOOK, LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


def with_sums(**others: CellValue | Formula) -> Workbook:
    """The tiny office with the veterans' totals as sums."""
    cells: dict[str, CellValue | Formula] = {
        f"{letter}3": Formula(f"SUM({letter}2:{letter}2)", None) for letter in SUMMED
    }
    return tiny().put(CCB, **cells | others)


def test_a_total_that_is_a_typed_number() -> None:
    assert with_sums().found(notes=True) == set()
    # One that is wrong is R01's, and told once.
    assert with_sums(I3=51.0).found(notes=True) == {("R01", CCB, "I3")}
    office = with_sums(I3=50.0)
    assert office.found(notes=True) == {("V-TOTAL-TYPED", CCB, "I3")}
    (finding,) = office.report().findings
    assert finding.severity == "note" and not office.report().blocks


def test_a_total_row_that_never_had_formulas_is_left_alone() -> None:
    assert tiny().found(notes=True) == set()
    assert tiny().put(CCB, I3=Formula("SUM(I2:I2)", None)).found(notes=True) == set()


def test_a_total_that_misses_a_row_of_noughts() -> None:
    # Row 1 is the header: a range that ends above the table's only row sums nothing of it.
    assert with_sums(H3=Formula("SUM(H1:H1)", None)).found(notes=True) == {("V-TOTAL-RANGE", CCB, "H3")}
    # One that misses a number is wrong, and R01 says so.
    assert with_sums(I3=Formula("SUM(I1:I1)", None)).found(notes=True) == {("R01", CCB, "I3")}


def test_formulas_that_read_other_workbooks() -> None:
    office = tiny().put(CCB, E2=Formula("[1]Sheet1!B2", "48"), F2=Formula("'C:\\x\\[b c.xlsx]S'!A1", "4"))
    assert office.found(notes=True) == {("V-LINK", CCB, "E2")}
    (finding,) = office.report().findings
    assert finding.details["count"] == 2


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("[1]S!A1", True),
        ("SUM('[2]Trang 1'!A:A)", True),
        ("[3]!Ten", True),
        ("Bang[Cột]*Sheet2!A1", False),
        ('"[1]S!A1"', False),
        ("SUM(Bang[[#This Row],[a]])", False),
        ("'a''b'!A1", False),
    ],
)
def test_references_to_other_workbooks(formula: str, expected: bool) -> None:
    assert reads_other_book(formula) is expected


def changed_golden(tmp_path: Path, *changes: tuple[str, bytes, bytes]) -> Path:
    parts: Parts = parts_of(GOLDEN.read_bytes())
    for part, old, new in changes:
        assert old in parts[part]
        parts[part] = parts[part].replace(old, new, 1)
    path = tmp_path / "a.xlsx"
    path.write_bytes(packed(parts))
    return path


def form(path: Path) -> set[tuple[str, str | None, str | None]]:
    book = our_rulebook()
    (report,) = validate_readings([read_office(path, book)], book, form=True)
    return places(report, notes=True)


def test_the_golden_workbook_has_the_form_of_the_template(tmp_path: Path) -> None:
    assert form(GOLDEN) == set()
    assert main(["validate", "--fingerprint", "-q", str(GOLDEN)]) == 0
    # Nor does the main job change the form of what it fills.
    out = tmp_path / "out.xlsx"
    run(GOLDEN, out)
    assert form(out) == set()


def test_a_hidden_sheet_is_told_in_every_run(tmp_path: Path) -> None:
    name = 'name="Hội CCB"'.encode()
    path = changed_golden(tmp_path, (WORKBOOK, name, name + b' state="hidden"'))
    assert places(reconcile(path), notes=True) == {("S-HIDDEN", CCB, None)}


def test_a_formula_typed_over(tmp_path: Path) -> None:
    formulas = Package.open(GOLDEN).formulas(CCB)
    row, column = next(place for place, one in formulas.items() if "TT_DonVi" in one.text)
    path = tmp_path / "a.xlsx"
    cell = f"{'ABCDEFGHIJKLMNO'[column - 1]}{row}"
    patch_cells(GOLDEN, {CCB: {cell: "Đơn vị tính: triệu đồng"}}, out=path)
    assert places(reconcile(path), notes=True) == set()
    assert form(path) == {("S-FORMULA", CCB, cell)}


def test_sheets_names_and_links(tmp_path: Path) -> None:
    parts = parts_of(GOLDEN.read_bytes())
    book = parts[WORKBOOK].replace(
        b"</sheets>", '<sheet name="Của tôi" sheetId="99" r:id="rId991"/></sheets>'.encode(), 1
    )
    assert b'name="TH_TienGui"' in book
    parts[WORKBOOK] = book.replace(b'name="TH_TienGui"', b'name="Khac"', 1)
    office = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    parts[LINKS] = parts[LINKS].replace(
        b"</Relationships>",
        b'<Relationship Id="rId991" Type="%bworksheet" Target="worksheets/sheet991.xml"/>'
        b'<Relationship Id="rId992" Type="%bexternalLink" Target="externalLinks/externalLink1.xml"/>'
        b"</Relationships>" % (office, office),
    )
    main_namespace = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts["xl/worksheets/sheet991.xml"] = b'<worksheet xmlns="%b"><sheetData/></worksheet>' % main_namespace
    parts["xl/externalLinks/externalLink1.xml"] = b'<externalLink xmlns="%b"/>' % main_namespace
    parts["xl/externalLinks/_rels/externalLink1.xml.rels"] = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
        b'Id="rId1" Type="%bexternalLinkPath" Target="file:///C:/a/so%%202023.xlsx" TargetMode="External"/>'
        b"</Relationships>" % office
    )
    path = tmp_path / "a.xlsx"
    path.write_bytes(packed(parts))
    cell = Package.open(GOLDEN).defined_names["TH_TienGui"][1]
    assert form(path) == {
        ("S-ADDED", "Của tôi", None),
        ("S-NAME", "Tổng hợp", cell),
        ("S-LINKS", None, None),
    }
    assert main(["validate", "--fingerprint", "-q", str(path)]) == 1


def test_formulas_without_a_kept_value(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    load_workbook(GOLDEN).save(path)  # a program that computes nothing
    found = form(path)
    assert {sheet for code, sheet, _ in found if code == "S-UNCALCULATED"} >= {CCB, "Nguồn vốn", "Trực tiếp"}
    assert not {sheet for code, sheet, _ in found if code == "S-UNCALCULATED"} & {"Tổng hợp", "Kiểm tra"}


def test_a_renamed_sheet_was_not_added(tmp_path: Path) -> None:
    path = changed_golden(tmp_path, (WORKBOOK, 'name="Hội CCB"'.encode(), 'name="Hội CCB (2)"'.encode()))
    found = form(path)
    assert ("S-RENAMED", CCB, None) in found
    assert {code for code, _, _ in found} & {"S-ADDED", "S-NAME"} == set()


def test_a_changed_header_blocks(tmp_path: Path) -> None:
    cell = next(
        one.cell(one.header_row, "overdue")
        for one in read_office(GOLDEN, our_rulebook()).tables.values()
        if one.sheet.sheet == CCB
    )
    path = tmp_path / "a.xlsx"
    patch_cells(GOLDEN, {CCB: {cell: "Nợ quá hạnn"}}, out=path)
    assert ("S-HEADER", CCB, cell) in form(path)
    assert main(["run", "-q", str(path), "-o", str(tmp_path / "b.xlsx")]) == 1
