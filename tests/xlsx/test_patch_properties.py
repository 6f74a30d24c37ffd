"""Random edits of random sheets: what was written reads back, and nothing else has changed."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Sequence
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sheetcredit.xlsx.address import format_address
from sheetcredit.xlsx.cells import MAX_TEXT, EditValue, parse_cell
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.patch import patch_bytes
from sheetcredit.xlsx.scan import scan_general, scan_plain, scan_sheet
from sheetcredit.xlsx.xml_bytes import Origin
from tests.xlsx.fuzzing import found_by
from tests.xlsx.patch_corpus import (
    by_openpyxl,
    by_xlsxwriter,
    changed_parts,
    hand_made,
    part,
    sheet_xml,
    skeleton,
)

ORIGIN = Origin("a.xlsx", "sheet1.xml")
SHEET = "xl/worksheets/sheet1.xml"

texts = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc"], include_characters="\t\n", exclude_characters="\ufffe\uffff"
    ),
    max_size=30,
) | st.sampled_from(["=A1", "_x0041_", " a ", '<c r="A1"/>', "]]>", "x" * MAX_TEXT])
values: st.SearchStrategy[EditValue] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**15) + 1, 10**15 - 1),
    st.floats(
        allow_nan=False, allow_infinity=False, allow_subnormal=False, min_value=-1e300, max_value=1e300
    ),
    st.decimals(-(10**9), 10**9, places=6, allow_nan=False),
    st.dates(dt.date(1900, 3, 1)),
    texts,
)
addresses = st.tuples(st.integers(1, 12), st.integers(1, 9)).map(lambda at: format_address(*at))


SHARED = [
    '><f t="shared" si="0"/><v>4</v></c>',
    ' s="2"><f t="shared" si="12"/></c>',
    '><f t="shared" ref="A1:I12" si="0">$B$1*2</f><v>1</v></c>',
    ' t="str"><f aca="false">A1&amp;"x"</f><v></v></c>',
    '><f aca="false" ca="1">NOW()</f><v/></c>',
    "><f>A1</f><v xml:space='preserve'>1</v></c>",
    "><f\n>A1</f></c>",
    "><c r='A1'><f>1</f></c></c>",
]


@st.composite
def sheets(draw: st.DrawFn, more: Sequence[str] = ()) -> str:
    """Rows and cells in order, some without an address, some with formulas, text, comments."""
    body = ""
    for row in sorted(draw(st.sets(st.integers(1, 12), max_size=6))):
        cells = ""
        for column in sorted(draw(st.sets(st.integers(1, 9), max_size=5))):
            content = draw(
                st.sampled_from(
                    [
                        "/>",
                        ' s="1"/>',
                        "><v>5</v></c>",
                        ' t="s"><v>0</v></c>',
                        ' t="str"><f>1&amp;"a"</f><v>1a</v></c>',
                        "><f>A1+$B$2</f><v>3</v></c>",
                        "><f>SUM(A1:C3)</f></c>",
                        ' t="inlineStr"><is><r><t>a</t></r><r><t>&lt;b</t></r></is></c>',
                        "><!-- <c r='A1'> --><v>1</v></c>",
                        "><v><![CDATA[7]]></v></c>",
                        *more,
                    ]
                )
            )
            cells += f'<c r="{format_address(row, column)}"{content}'
        attributes = draw(st.sampled_from(["", ' spans="1:9"', ' s="3" customFormat="1"', " ht='15'"]))
        body += f'<row r="{row}"{attributes}>{cells}</row>' if cells else f'<row r="{row}"{attributes}/>'
        body += draw(st.sampled_from(["", "\n", " "]))
    return sheet_xml(body, '<dimension ref="C3:D4"/>')


def expected(value: EditValue) -> object:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dt.date):
        return (value - dt.date(1899, 12, 30)).days
    return value


def stored(data: bytes, sheet: str, address: str) -> object:
    """The value of a cell by our own reader of cells."""
    package = Package(data, "a.xlsx")
    text = package.text(package.sheet(sheet).part)
    scan = scan_sheet(text, range(1, 20), ORIGIN)
    for cells in scan.cells.values():
        for cell in cells:
            if format_address(cell.row, cell.column) == address:
                content = parse_cell(text[cell.start : cell.end], ORIGIN)
                if content.kind == "b":
                    return content.value == "1"
                return (
                    content.shown if content.kind == "inlineStr" else content.shown and float(content.shown)
                )
    return None


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(sheets(), st.dictionaries(addresses, values, min_size=1, max_size=6))
def test_what_is_written_reads_back_and_the_rest_stays(sheet: str, edits: dict[str, EditValue]) -> None:
    source = hand_made(sheet, sheet_xml('<row r="1"><c r="A1"><f>S1!A1</f><v>2</v></c></row>'))
    after = patch_bytes(source, {"S1": edits})
    for address, value in edits.items():
        assert stored(after, "S1", address) == expected(value)
    written = set(edits)
    assert skeleton(part(after, SHEET), written, cached=True) == skeleton(
        part(source, SHEET), written, cached=True
    )
    allowed = {SHEET, "xl/worksheets/sheet2.xml", "xl/workbook.xml"}
    assert changed_parts(source, after) <= allowed
    assert patch_bytes(after, {"S1": edits}) == after


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(sheets(SHARED) | sheets(), st.sets(st.integers(1, 13), max_size=4) | st.none())
def test_the_fast_scan_and_the_general_one_agree(sheet: str, wanted: set[int] | None) -> None:
    data = sheet.encode()
    fast = scan_plain(data, wanted)
    assert fast is None or found_by(fast, data) == found_by(scan_general(data, wanted, ORIGIN), data)


@pytest.mark.parametrize(
    "body",
    [
        '<row r="1"><row r="3"></row></row>',
        '<row r="1"><c r="A1"/><row r="2"/><row r="3"></row></row>',
        '<row r="2"/><row r="1"/>',
        '<row r="1" x="a>b"/><row><c/></row>',
        "<row r='3'/>",
        '<row  r="3"/>',
        '<rowx r="3"/>',
        '<row r="1"><c r="A1"><v>7</v><c r="B1"><f>A2*2</f><v>2</v></c></c></row><row r="3"/>',
        '<row r="1"><c r="A1"><c r="B1"><f>A2*2</f></c><c r="C1"><v>2</v></c><v>7</v></c></row><row r="3"/>',
    ],
)
def test_what_is_not_plain_is_left_to_the_general_scan(body: str) -> None:
    assert scan_plain(sheet_xml(body).encode(), {3}) is None


def test_blanks_between_cells_are_plain() -> None:
    body = '<row r="3"> <c r="A3"><f>B3</f><v>1</v></c>\n<c r="B3"><v>1</v></c> \n</row>'
    scan = scan_plain(sheet_xml(body).encode(), {3})
    assert scan is not None and [one.place for one in scan.usual] == [(3, 1)]


TERMS = st.sampled_from(
    ["A{r}", "$A{r}", "A$3", "$B$2", "A{p}", "A{n}:B{r}", "SUM(A$1:A{r})", '"A{r}"', "S2!A{r}"]
)


@settings(deadline=None, max_examples=60)
@given(st.lists(TERMS, min_size=1, max_size=3), st.integers(2, 9), st.integers(1, 14))
def test_a_shared_formula_is_followed_like_its_members_written_out(
    terms: list[str], first: int, edited: int
) -> None:
    """{r} is the row of the formula, {p} the one before, {n} the one after; a text does not move."""

    def text(row: int) -> str:
        moved = [term if '"' not in term else f'"A{first}"' for term in terms]
        return "+".join(moved).format(r=row, p=row - 1, n=row + 1)

    def book(shared: bool) -> bytes:
        rows = f'<row r="1">{"".join(f"""<c r="{letter}1"><v>1</v></c>""" for letter in "AB")}</row>'
        for row in range(first, first + 5):
            formula = f"<f>{text(row)}</f>"
            if shared and row == first:
                formula = f'<f t="shared" ref="D{first}:D{first + 4}" si="3">{text(row)}</f>'
            elif shared:
                formula = '<f t="shared" si="3"/>'
            rows += f'<row r="{row}"><c r="D{row}">{formula}<v>{row}</v></c></row>'
        return hand_made(sheet_xml(rows), sheet_xml(""))

    def kept(data: bytes) -> dict[tuple[int, int], tuple[str, str | None]]:
        after = patch_bytes(data, {"S1": {f"A{edited}": 77}})
        formulas = Package(after, "a.xlsx").formulas("S1")
        return {place: (one.text, one.cached) for place, one in formulas.items()}

    assert kept(book(shared=True)) == kept(book(shared=False))


def test_the_fast_scan_is_the_one_used_for_usual_writers() -> None:
    for build in (by_openpyxl, by_xlsxwriter):
        package = Package(build(), "a.xlsx")
        for sheet in package.sheets:
            data = package.text(sheet.part)
            fast, general = scan_plain(data, range(1, 60)), scan_general(data, range(1, 60), ORIGIN)
            assert fast is not None and found_by(fast, data) == found_by(general, data)


ours: dict[str, Callable[[], bytes]] = {"openpyxl": by_openpyxl, "xlsxwriter": by_xlsxwriter}


@settings(deadline=None, max_examples=25)
@given(
    st.sampled_from(sorted(ours)),
    st.dictionaries(addresses.filter(lambda a: a[0] in "ABCDEF"), values, min_size=1),
)
def test_openpyxl_reads_the_same(writer: str, edits: dict[str, EditValue]) -> None:
    kept = {address: value for address, value in edits.items() if value != "" and value not in ("_x0041_",)}
    after = patch_bytes(BOOKS[writer], {"Dữ liệu": kept})
    book = openpyxl.load_workbook(io.BytesIO(after), read_only=True)
    try:
        cells = {
            cell.coordinate: cell.value
            for row in book["Dữ liệu"].iter_rows(max_row=13, max_col=10)
            for cell in row
            if cell.value is not None
        }
    finally:
        book.close()
    for address, value in kept.items():
        if isinstance(value, dt.date) or (isinstance(value, str) and "_x" in value):
            continue
        assert cells.get(address) == expected(value)


BOOKS = {name: build() for name, build in ours.items()}
