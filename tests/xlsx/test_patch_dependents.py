"""Which formulas lose their cached value, and what else of the workbook changes with them."""

from __future__ import annotations

import pytest

from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.patch import patch_bytes
from sheetcredit.xlsx.references import scan_references, shift_formula
from tests.xlsx.patch_corpus import (
    LINKS,
    MAIN,
    PACKAGE,
    blocks,
    changed_parts,
    hand_made,
    part,
    sheet_xml,
)

NAMES = (
    '<definedNames><definedName name="One">S1!$A$1</definedName>'
    '<definedName name="Two">One+1</definedName>'
    '<definedName name="Far">S2!$C$9</definedName>'
    '<definedName name="Relative">S1!A1</definedName>'
    '<definedName name="Loop">Loop+1</definedName></definedNames>'
)


def formula_sheet(*formulas: str) -> str:
    """Each formula in column D, from row 1, with the cached value 7."""
    rows = "".join(
        f'<row r="{n}"><c r="D{n}"><f>{text.replace("&", "&amp;").replace("<", "&lt;")}</f><v>7</v></c></row>'
        for n, text in enumerate(formulas, 1)
    )
    return sheet_xml(rows)


def cached_after(formula: str) -> str | None:
    """What a formula on the second sheet keeps (7 before) once S1!A1 is 2."""
    source = hand_made(sheet_xml(""), formula_sheet(formula), workbook=NAMES)
    after = patch_bytes(source, {"S1": {"A1": 2}})
    cached = Package(after, "a.xlsx").formulas("S2")[1, 4].cached
    assert (b"fullCalcOnLoad" in part(after, "xl/workbook.xml")) is (cached != "7")
    return cached


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("S1!A1", "2"),
        ("S1!$A$1*2", "4"),
        ("'S1'!A1", "2"),
        ("s1!a1", "2"),
        ("SUM(S1!A:A)", "2"),
        ("SUM(S1!1:1)", "2"),
        ("SUM(S1!A1:Z99)", "2"),
        ("One", "2"),
        ("Two+1", "4"),
        ('INDIRECT("S1!A1")', "2"),
        ("OFFSET(S1!B1,0,-1)", "2"),
        ('IF("a""b"<>"",S1!A1)', "2"),
        ("_xlfn.LET(_xlpm.x,S1!A1,_xlpm.x)", "2"),
        ('IFERROR(S1!A1/0,"lỗi")', "lỗi"),
        ("S1!A1>1", "1"),
        ("1/(S1!A1-2)", "#DIV/0!"),
        ('S1!A1&"<"', "2<"),
    ],
)
def test_formulas_that_depend_have_their_new_value(formula: str, value: str) -> None:
    assert cached_after(formula) == value


@pytest.mark.parametrize(
    "formula",
    [
        "SUM(S1:S2!A1)",
        "Relative",
        "Loop",
        "Unknown",
        "MyMacro(1)",
        "Nowhere!B2",
        "Bang[số]",
        "S1!B2,S1!A1",
        "UNKNOWN.FUNCTION(S1!A1)",
        "IFERROR(UNKNOWN.FUNCTION(S1!A1),0)",
        "RAND()*S1!A1",
        "TODAY()+S1!A1",
        "S1!A1+[1]S1!A1",
        "S1!A1:A3",
        "A1:INDEX(S1!A:A,1)",
    ],
)
def test_formulas_that_may_depend_and_cannot_be_computed_lose_their_value(formula: str) -> None:
    assert cached_after(formula) is None


@pytest.mark.parametrize(
    "formula",
    [
        "A1",
        "1+1",
        "S1!A2",
        "SUM(S1!B:Z)",
        "SUM(S1!2:9)",
        "Far",
        '"S1!A1"',
        "[1]S1!A1",
        "'[1]S1'!A1+[1]!One",
        "'C:\\x\\[b.xlsx]S1'!A1",
        "NOW()",
        "#REF!",
        "S1!#REF!",
        "TRUE",
        "LOG10(1E5)",
        "_xlfn.LET(_xlpm.x,1,_xlpm.x)",
    ],
)
def test_formulas_that_do_not_depend(formula: str) -> None:
    assert cached_after(formula) == "7"


def test_chains_through_sheets_and_large_ranges() -> None:
    body = formula_sheet("S2!D3+1", "5*5", "SUM(D1:D2)", "SUM(D$1:D3,Z1:Z99)", "SUM(Y1:Z99)")
    other = formula_sheet("S1!A1", "SUM(A1:C99)", "SUM(D1:D99)*0")
    after = patch_bytes(hand_made(body, other), {"S1": {"A1": 1}})
    package = Package(after, "a.xlsx")
    cached = [formula.cached for formula in package.formulas("S1").values()]
    assert cached == [None, "7", None, None, "7"]
    assert [formula.cached for formula in package.formulas("S2").values()] == ["1", "7", None]


def test_a_long_chain_and_a_circle() -> None:
    chain = [f"D{n + 1}+1" for n in range(1, 2000)] + ["A1"]
    package = Package(patch_bytes(hand_made(formula_sheet(*chain)), {"S1": {"A1": 1}}), "a.xlsx")
    assert [one.cached for one in package.formulas("S1").values()] == [str(n) for n in range(2000, 0, -1)]
    circle = hand_made(formula_sheet("D2", "D1", "A1+D3"))
    cached = [
        one.cached for one in Package(patch_bytes(circle, {"S1": {"A1": 1}}), "a").formulas("S1").values()
    ]
    assert cached == ["7", "7", None]


def test_only_the_value_and_its_type_change() -> None:
    body = (
        '<row r="1"><c r="B1" s="2" t="str"><f>A1&amp;"x"</f><v>1x</v></c>'
        '<c r="C1" t="b"><f>A1=1</f><v>1</v></c><c r="D1" t="str"><f>B9</f><v></v></c>'
        '<c r="E1" t="e"><f>1/A1</f><v>#DIV/0!</v></c>'
        '<c r="F1" t="str"><f>NOW()*A1</f><v>x</v></c></row>'
    )
    text = part(
        patch_bytes(hand_made(sheet_xml(body)), {"S1": {"A1": 4}}), "xl/worksheets/sheet1.xml"
    ).decode()
    assert (
        '<c r="A1"><v>4</v></c><c r="B1" s="2" t="str"><f>A1&amp;"x"</f><v>4x</v></c>'
        '<c r="C1" t="b"><f>A1=1</f><v>0</v></c><c r="D1" t="str"><f>B9</f><v></v></c>'
        '<c r="E1"><f>1/A1</f><v>0.25</v></c><c r="F1"><f>NOW()*A1</f></c>' in text
    )


def test_shared_array_and_table_formulas() -> None:
    body = (
        '<row r="1"><c r="B1"><f t="shared" ref="B1:B2" si="0">A1</f><v>1</v></c>'
        '<c r="C1"><f t="array" ref="C1:C2">A2*1</f><v>1</v></c><c r="D1"><f>C2</f><v>1</v></c></row>'
        '<row r="2"><c r="B2"><f t="shared" si="0"/><v>1</v></c><c r="C2" t="e"><v>#N/A</v></c></row>'
        '<row r="3"><c r="A3"><f t="dataTable" ref="A3:B3" r1="Z9"/><v>1</v></c><c r="B3"><v>4</v></c></row>'
    )
    source = hand_made(sheet_xml(body))
    text = part(patch_bytes(source, {"S1": {"A2": 1}}), "xl/worksheets/sheet1.xml").decode()
    assert '<c r="B1"><f t="shared" ref="B1:B2" si="0">A1</f><v>1</v></c>' in text
    assert '<c r="C1"><f t="array" ref="C1:C2">A2*1</f></c><c r="D1"><f>C2</f></c>' in text
    assert '<c r="B2"><f t="shared" si="0"/><v>1</v></c><c r="C2"></c>' in text
    assert '<c r="A3"><f t="dataTable" ref="A3:B3" r1="Z9"/></c><c r="B3"></c>' in text


def test_a_formula_that_is_overwritten_is_no_longer_one() -> None:
    source = hand_made(formula_sheet("A1", "D1"))
    after = patch_bytes(source, {"S1": {"D1": 5}})
    formulas = Package(after, "a.xlsx").formulas("S1")
    assert list(formulas) == [(2, 4)] and formulas[2, 4].cached == "5"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<calcPr calcId="191029"/>', '<calcPr calcId="191029" fullCalcOnLoad="1"/>'),
        ("<calcPr fullCalcOnLoad='0' calcId='1'/>", "<calcPr fullCalcOnLoad=\"1\" calcId='1'/>"),
        ("<calcPr></calcPr>", '<calcPr fullCalcOnLoad="1"></calcPr>'),
        ('<calcPr fullCalcOnLoad="1"/>', '<calcPr fullCalcOnLoad="1"/>'),
        (
            "<definedNames/><oleSize ref='A1'/>",
            "<definedNames/><calcPr fullCalcOnLoad=\"1\"/><oleSize ref='A1'/>",
        ),
        ("", '<calcPr fullCalcOnLoad="1"/>'),
    ],
)
def test_the_workbook_asks_to_be_calculated(before: str, after: str) -> None:
    source = hand_made(formula_sheet("A1"), workbook=before)
    text = part(source, "xl/workbook.xml").decode()
    result = part(patch_bytes(source, {"S1": {"A1": 1}}), "xl/workbook.xml").decode()
    assert result == text.replace(f"</sheets>{before}", f"</sheets>{after}")


def _with_chain(chain: str) -> bytes:
    return hand_made(
        formula_sheet("1+1", "2+2"),
        formula_sheet("3+3"),
        extra={"xl/calcChain.xml": f'<calcChain xmlns="{MAIN}">{chain}</calcChain>'},
        links=f'<Relationship Id="rId9" Type="{LINKS}/calcChain" Target="calcChain.xml"/>',
        types='<Override PartName="/xl/calcChain.xml" ContentType="application/x"/>',
    )


@pytest.mark.parametrize(
    ("chain", "left"),
    [
        ('<c r="D1" i="1"/><c r="D2"/><c r="D1" i="2"/>', '<c r="D2" i="1"/><c r="D1" i="2"/>'),
        ('<c r="D1" i="2" l="1"/><c r="D2" i="1"/><c r="D1"/>', '<c r="D1" i="2" l="1"/><c r="D2" i="1"/>'),
        ('<c r="D1" i="2"/><c r="D2" i="1"/>', None),
    ],
)
def test_the_calculation_chain(chain: str, left: str | None) -> None:
    source = _with_chain(chain)
    after = patch_bytes(source, {"S1": {"D1": 5}})
    text = part(after, "xl/calcChain.xml").decode()
    assert text == f'<calcChain xmlns="{MAIN}">{chain if left is None else left}</calcChain>'
    expected = {"xl/worksheets/sheet1.xml"} | (set() if left is None else {"xl/calcChain.xml"})
    assert changed_parts(source, after) == expected


def test_a_chain_left_empty_is_removed() -> None:
    source = _with_chain('<c r="D1" i="1"/><c r="D2"/>')
    after = patch_bytes(source, {"S1": {"D1": 5, "D2": None}})
    old, new = blocks(source), blocks(after)
    assert list(new) == [name for name in old if name != "xl/calcChain.xml"]
    assert {name for name in new if old[name] != new[name]} == {
        "[Content_Types].xml",
        "xl/_rels/workbook.xml.rels",
        "xl/worksheets/sheet1.xml",
    }
    assert b"calcChain" not in part(after, "[Content_Types].xml") + part(after, "xl/_rels/workbook.xml.rels")


def test_tables_by_name() -> None:
    table = f'<table xmlns="{MAIN}" id="1" name="T" displayName="Bang" ref="A1:B3"/>'
    links = (
        f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{LINKS}/table" '
        'Target="../tables/table1.xml"/></Relationships>'
    )
    source = hand_made(
        sheet_xml(""),
        formula_sheet("SUM(Bang[b])", "Bang[[#This Row],[b]]"),
        extra={"xl/tables/table1.xml": table, "xl/worksheets/_rels/sheet1.xml.rels": links},
    )

    def cached(address: str) -> list[str | None]:
        after = Package(patch_bytes(source, {"S1": {address: 1}}), "a.xlsx")
        return [formula.cached for formula in after.formulas("S2").values()]

    assert cached("B2") == [None, None]
    assert cached("C2") == ["7", "7"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A1+$B1+C$1+$D$1", "B3+$B3+D$1+$D$1"),
        ("SUM(A1:B2,'x y'!C3,A:A,1:1,$A:$A,$1:$1)", "SUM(B3:C4,'x y'!D5,B:B,3:3,$A:$A,$1:$1)"),
        ('"A1"&LOG10(A1)&TH_A1&A1B', '"A1"&LOG10(B3)&TH_A1&A1B'),
        ("T[A1]+T[[#This Row],[B1]]+A1", "T[A1]+T[[#This Row],[B1]]+B3"),
        ("[1]S!A1+S1!A1+S1:S2!A1", "[1]S!B3+S1!B3+S1:S2!B3"),
        ("1E5+A1+#REF!+XFE1", "1E5+B3+#REF!+XFE1"),
        ("XFD1", None),
        ("A1048576", None),
    ],
)
def test_shifting(text: str, expected: str | None) -> None:
    assert shift_formula(text, 2, 1) == expected


def test_scanning_is_not_slowed_down_by_odd_text() -> None:
    for text in ("'" * 5000, "[" * 5000, "A" * 5000, '"' * 4999, "T[" * 2000, "(" * 5000, "A1:" * 3000):
        scan_references(text)
        shift_formula(text, 1, 1)
