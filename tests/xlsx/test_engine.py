"""Formulas computed by formualizer have the values that LibreOffice computes.

An upgrade of the library that breaks one of ours is seen here.
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from sheetcredit.model.resources import templates_folder
from sheetcredit.xlsx import engine
from sheetcredit.xlsx.cached_values import (
    computed_values,
    formulas_by_sheet,
    wrong_cached_values,
)
from sheetcredit.xlsx.dependents import FormulaGraph
from sheetcredit.xlsx.limits import FileLimits
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.patch import patch_bytes, patch_cells
from tests.libreoffice import LibreOffice
from tests.seeds_of import GOLDEN, MISTAKEN
from tests.xlsx.patch_corpus import hand_made, part, sheet_xml

OURS = [
    GOLDEN,
    MISTAKEN,
    *(templates_folder() / f"{kind}.xlsx" for kind in ("office", "association", "branch")),
]
USERS = {
    "B1": "=SUM('Số liệu'!A1:A9)",
    "B2": "='Số liệu'!A1*2+B1",
    "B3": '=IF(B2>100,"nhiều","ít")',
    "B4": "=SUMIFS('Số liệu'!A1:A9,'Số liệu'!B1:B9,\"x\")",
    "B5": "=Tong/3",
    "B6": "=ROUND(B5,2)",
    "B7": "=VLOOKUP(\"y\",'Số liệu'!B1:C9,2,FALSE)",
    "B8": "=INDEX('Số liệu'!A1:A9,MATCH(\"y\",'Số liệu'!B1:B9,0))",
    "B9": '=TEXT(B1,"#,##0.0")&" triệu"',
    "B10": "=B1/('Số liệu'!A1-7)",
    "B11": '=IFERROR(B10,"không chia được")',
    "B12": "=COUNTIF('Số liệu'!A1:A9,\">2\")",
    "B13": "=SUMPRODUCT(('Số liệu'!A1:A9>1)*'Số liệu'!A1:A9)",
    "B14": "=DATE(2024,'Số liệu'!A1,1)",
    "B15": "=AND(B1>0,NOT(B2<0))",
    "B16": "=MAX('Số liệu'!A:A)-MIN('Số liệu'!A1:A9)",
    "B17": "=LARGE('Số liệu'!A1:A9,2)",
    "B18": '=B1&"-"&LEFT(B3,2)',
    "B19": "=OFFSET('Số liệu'!A1,1,0)+INDIRECT(\"'Số liệu'!A1\")",
    "B20": "=SUBTOTAL(9,'Số liệu'!A1:A9)",
    "B21": "=-2^2+50%",
    "B22": "=AVERAGE('Số liệu'!A1:A9)",
}


def users_workbook() -> bytes:
    """A workbook with formulas on the user's own sheet; XlsxWriter gives each the cached value 0."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    numbers, own = book.add_worksheet("Số liệu"), book.add_worksheet("Của tôi")
    book.define_name("Tong", "='Số liệu'!$D$1")
    for row in range(9):
        numbers.write_row(row, 0, [row + 0.1, "xyz"[row % 3], row * row])
    numbers.write_formula("D1", "=SUM(A1:A9)")
    for cell, formula in USERS.items():
        own.write_formula(cell, formula)
    own.write_row("D1", [1, 2])
    own.write_formula("D2", "=D1+E1")
    book.close()
    return target.getvalue()


def cached(data: bytes, sheet: str) -> dict[str, tuple[str, str]]:
    """Type and cached value of each formula by its address."""
    package = Package(data, "a.xlsx")
    return {
        f"{row},{column}": (one.text, str(one.cached))
        for (row, column), one in package.formulas(sheet).items()
    }


def agree(ours: str, theirs: str) -> bool:
    try:
        return float(ours) == pytest.approx(float(theirs), rel=1e-12, abs=1e-9)
    except ValueError:
        return ours == theirs


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_our_workbooks_compute_as_in_libreoffice(path: Path, libreoffice: LibreOffice) -> None:
    package = Package.open(path)
    formulas = formulas_by_sheet(package)
    graph = FormulaGraph(package, formulas, {})
    theirs = Package.open(libreoffice.save_as(path, "xlsx"))
    compared = 0
    for group, members in computed_values(package, graph, graph.all_formulas(), {}).items():
        sheet = package.sheets[group.sheet].name
        for member, value in members.items():
            # Of our own workbooks all is computed, but for the time of day.
            assert value is not None or "TODAY" in group.formula(member) or "NOW" in group.formula(member)
            if value is not None:
                stored = theirs.formulas(sheet)[group.cells[member]].cached or ""
                assert agree(value.text, stored), (sheet, group.address(member), group.formula(member))
                compared += 1
    assert compared > 20


@pytest.mark.parametrize("edits", [{"A1": 5}, {"B2": "x", "A9": -3.5}, {"C2": 11, "B2": "y"}])
def test_formulas_of_the_user_carry_what_libreoffice_computes(
    edits: dict[str, int | float | str], tmp_path: Path, libreoffice: LibreOffice
) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(users_workbook())
    patch_cells(path, {"Số liệu": edits})
    ours = cached(path.read_bytes(), "Của tôi")
    theirs = Package.open(libreoffice.save_as(path, "xlsx")).formulas("Của tôi")
    before = cached(users_workbook(), "Của tôi")
    dependent = {place for place in ours if ours[place] != before[place]}
    assert len(dependent) >= 4
    for place in dependent:
        row, column = map(int, place.split(","))
        if ours[place][1] == "None":
            # A number in a text has fifteen digits in Excel; and what reads any cell may read that one.
            assert "&" in ours[place][0] or "INDIRECT" in ours[place][0]
            continue
        stored = theirs[row, column].cached or ""
        assert agree(ours[place][1], stored), (ours[place], stored)
    # What depends on nothing that was written keeps its bytes, wrong as they are.
    assert ours["2,4"] == ("D1+E1", "0") and ours["21,2"] == ("-2^2+50%", "0")


def test_doubtful_values_on_the_way_are_computed_too() -> None:
    """C1 was never computed; D1 reads it and the written cell."""
    rows = (
        '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c><c r="C1"><f>B1*10</f><v>0</v></c>'
        '<c r="D1"><f>A1+C1</f><v>0</v></c><c r="E1"><f>B1*3</f><v>99</v></c><c r="F1"><f>E1+A1</f></c></row>'
    )
    after = patch_bytes(hand_made(sheet_xml(rows)), {"S1": {"A1": 5}})
    found = [one.cached for one in Package(after, "a.xlsx").formulas("S1").values()]
    # A value that some program computed is trusted, and none but the dependents is touched.
    assert found == ["0", "25", "99", "104"]


def test_wrong_cached_values_are_told() -> None:
    rows = (
        '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>A1+1</f><v>2</v></c><c r="C1"><f>A1+2</f><v>0</v></c>'
        '<c r="D1"><f>C1*2</f></c><c r="E1"><f>A1</f><v>7</v></c><c r="F1"><f>0.1+0.2-0.3</f><v>0</v></c>'
        '<c r="G1" t="str"><f>"a"</f><v>a</v></c><c r="H1"><f>NOW()</f><v>1</v></c>'
        '<c r="I1"><f>MYSTERY(1)</f><v>1</v></c><c r="J1"><f>IFERROR(I1,5)</f><v>6</v></c></row>'
    )
    package = Package(hand_made(sheet_xml(rows), sheet_xml(rows)), "a.xlsx")
    found = [
        (one.sheet, one.column, one.cached, one.computed.text) for one in wrong_cached_values(package, ["S1"])
    ]
    assert found == [("S1", 3, "0", "3"), ("S1", 4, None, "6"), ("S1", 5, "7", "1")]


def test_a_strict_workbook_and_the_other_calendar_are_computed() -> None:
    strict = sheet_xml(
        '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>DATE(1904,1,2)+A1</f><v>9</v></c></row>'
    )
    source = hand_made(strict, workbook='<workbookPr date1904="1"/>')
    assert Package(patch_bytes(source, {"S1": {"A1": 2}}), "a").formulas("S1")[1, 2].cached == "3"


def test_beyond_the_limit_a_value_is_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>A1+1</f><v>2</v></c></row>'
    source = hand_made(sheet_xml(rows))

    def refuse(data: bytes, seconds: int, *, date1904: bool) -> None:
        assert seconds == FileLimits().engine_seconds
        raise OSError

    monkeypatch.setattr(engine, "_open", refuse)
    after = patch_bytes(source, {"S1": {"A1": 2}})
    assert b"<f>A1+1</f></c>" in part(after, "xl/worksheets/sheet1.xml")
    assert b"fullCalcOnLoad" in part(after, "xl/workbook.xml")
    panic = type("PanicException", (BaseException,), {})

    def fail(*_: object, **__: object) -> None:
        raise panic("overflow")

    monkeypatch.setattr(engine, "_open", fail)
    assert patch_bytes(source, {"S1": {"A1": 2}}) == after
