"""Sheets read without calamine say what calamine says, cell by cell; what is not plain is left to it."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import python_calamine
from hypothesis import given
from hypothesis import strategies as st

from sheetcredit.model.grid import Book, CellValue, Formula
from sheetcredit.xlsx import quick_values as quick
from sheetcredit.xlsx import read
from sheetcredit.xlsx.cached_formulas import kept_formulas
from sheetcredit.xlsx.known_rows import KnownRow, KnownRows
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.quick_parts import DateStyles, QuickParts, date_styles, quick_parts, shared_strings
from sheetcredit.xlsx.quick_rows import Forms
from sheetcredit.xlsx.quick_values import QuickSheet, quick_values
from sheetcredit.xlsx.read import put_errors
from tests.seeds_of import GOLDEN, MISTAKEN
from tests.xlsx.excel_like import excel_like, strict
from tests.xlsx.patch_corpus import MAIN, by_openpyxl, by_xlsxwriter, sheet_xml, streamed

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
LINK = '<Relationship Id="{}" Type="' + OFFICE + '/{}" Target="{}"/>'
STRINGS = (
    '<si><t>một</t></si><si><t xml:space="preserve"> hai </t></si><si><t></t></si><si><t>a &amp; b</t></si>'
)
STYLES = '<cellXfs><xf/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="4"/><xf numFmtId="46"/></cellXfs>'


def links(*found: tuple[str, str]) -> str:
    """A part of relationships."""
    inner = "".join(LINK.format(f"r{place}", kind, target) for place, (kind, target) in enumerate(found))
    return f'<Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>'


def book_of(sheet: str, strings: str = STRINGS, styles: str = STYLES, properties: str = "") -> bytes:
    """A workbook with one sheet `A`, given as its part."""
    parts = {
        "_rels/.rels": links(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{properties}'
        '<sheets><sheet name="A" sheetId="1" r:id="r0"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": links(
            ("worksheet", "worksheets/sheet1.xml"),
            ("styles", "styles.xml"),
            ("sharedStrings", "sharedStrings.xml"),
        ),
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts.items():
            file.writestr(name, text)
    return out.getvalue()


def trimmed(rows: Sequence[Sequence[CellValue]]) -> list[list[tuple[type, CellValue]]]:
    """Rows with the type of each value, without empty cells and rows at their ends."""
    kept = [[(type(value), value) for value in row] for row in rows]
    for row in kept:
        while row and row[-1][1] == "":
            row.pop()
    while kept and not kept[-1]:
        kept.pop()
    return kept


def quickly(data: bytes) -> QuickSheet | None:
    package = Package(data, "a.xlsx")
    parts = quick_parts(package)
    return None if parts is None else quick_values("A", package.text(package.sheets[0].part), parts)


def by_calamine(data: bytes) -> list[list[CellValue]]:
    with python_calamine.load_workbook(io.BytesIO(data)) as workbook:
        rows: list[list[CellValue]] = workbook.get_sheet_by_name("A").to_python(skip_empty_area=False)  # type: ignore[assignment]
    package = Package(data, "a.xlsx")
    put_errors(rows, package.text(package.sheets[0].part))
    return rows


def row_of(cells: str) -> str:
    return sheet_xml(f'<row r="3" spans="1:9">{cells}</row>')


PLAIN = [
    '<c r="A3"><v>12</v></c><c r="B3" s="3"><v>-1.5</v></c><c r="C3" t="n"><v>1E3</v></c>',
    '<c r="A3"><v>+5</v></c><c r="B3"><v>.5</v></c><c r="C3"><v>5.</v></c><c r="D3"><v>-0</v></c>',
    '<c r="A3"><v>123456789012345678901234567890</v></c><c r="B3"><v>0.1</v></c><c r="C3"><v>1e400</v></c>',
    '<c r="A3" s="1"><v>45382</v></c><c r="B3" s="1"><v>61</v></c><c r="C3" s="3"><v>45382</v></c>',
    '<c r="A3" t="b"><v>1</v></c><c r="B3" t="b"><v>0</v></c>',
    '<c r="A3" t="e"><v>#N/A</v></c><c r="B3" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="C3" t="e"/>',
    '<c r="A3" t="str"><v>a &amp; b</v></c><c r="B3" t="str"><f>A3</f><v> x </v></c><c r="C3" t="str"><v></v></c>',
    '<c r="A3" t="s"><v>0</v></c><c r="B3" t="s"><v>1</v></c><c r="C3" t="s"><v>2</v></c><c r="D3" t="s"><v>3</v></c>',
    '<c r="A3" t="inlineStr"><is><t>chữ</t></is></c>'
    '<c r="B3" t="inlineStr"><is><t xml:space="preserve"> hai </t></is></c>',
    '<c r="A3"><f>1+1</f></c><c r="B3"><f>B1</f><v>5</v></c><c r="D3" s="2"/><c r="ZZ3" s="1"/>',
    '<c r="C3"><f t="shared" si="0"/><v>4</v></c><c r="D3"><f t="shared" si="1" ref="A1:B2">A1</f><v>4</v></c>',
    '<c r="A3"></c><c r="B3"><v></v></c>',
    "",
]  # fmt: skip


@pytest.mark.parametrize("cells", PLAIN)
def test_plain_cells_are_read_as_calamine_reads_them(cells: str) -> None:
    data = book_of(row_of(cells))
    read_quickly = quickly(data)
    assert read_quickly is not None
    assert repr(trimmed(read_quickly.rows)) == repr(trimmed(by_calamine(data)))


@pytest.mark.parametrize(
    "cells",
    [
        '<c r="A3"><v>abc</v></c>', '<c r="A3"><v> 1 </v></c>', '<c r="A3"><v>1_0</v></c>', '<c r="A3"><v>inf</v></c>',
        '<c r="A3"><v>1-2</v></c>', '<c r="A3" t="b"><v>2</v></c>', '<c r="A3" t="s"><v>99</v></c>',
        '<c r="A3" t="s"><v>01</v></c>', '<c r="A3" t="d"><v>2024-03-31</v></c>',
        '<c r="A3" s="1"><v>45382.5</v></c>', '<c r="A3" s="1"><v>59</v></c>', '<c r="A3" s="1"><v>-5</v></c>',
        '<c r="A3" s="2"><v>45382</v></c>', '<c r="A3" s="4"><v>1.5</v></c>',
        '<c r="A3" t="str"><v>a_x000D_b</v></c>', '<c r="A3" t="str"><v>a\rb</v></c>',
        '<c r="A3" t="inlineStr"><is><t> x</t></is></c>', '<c r="A3" t="inlineStr"><is><r><t>x</t></r></is></c>',
        '<c r="A3"><is><t>x</t></is></c>', '<c r="A3"><v xml:space="preserve">1</v></c>',
        '<c s="1" r="A3"><v>1</v></c>', "<c r='A3'><v>1</v></c>", '<c r="a3"><v>1</v></c>', "<c><v>1</v></c>",
        '<c r="B3"><v>1</v></c><c r="A3"><v>2</v></c>', '<c r="A3"><v>1</v></c><c r="A3"><v>2</v></c>',
        '<c r="A3"><f>1</f></c><c r="A3"><f>2</f></c>', '<c r="B4"><v>1</v></c><c r="B3"><v>1</v></c>',
        '<c r="A3"><c r="B3"><v>1</v></c></c>', '<c r="A3"><v>1</v><f>B3</f></c>', '<c r="A3"><!-- --><v>1</v></c>',
        '<c r="A3"><v><![CDATA[1]]></v></c>', '<x:c r="A3"><x:v>1</x:v></x:c>', '<c r="XFE3"><v>1</v></c>',
        '<c r="A1048577"><v>1</v></c>', '<c r="A3"><v>1</v></c><c r="XFD3000"><v>1</v></c>',
        '<c xmlns="urn:other" r="A3"><v>1</v></c>',
        '<c r="A3" s="01"><v>45382</v></c>', '<c r="A3" t="inlineStr"><is><t>&#10;x</t></is></c>',
        '<c r="A3" t="str"><v>a &odd; b</v></c>', '<c r="A3" t="str"><v>a & b</v></c>',
        '<c r="A3"><v>1</v></c<c r="B3"><v>2</v></c>', '<c r="A3" s="2"<c r="B3"><v>2</v></c>',
        '<c r="A3"><v>1</v></c>x&am', '<c r="A3"><f>B3&odd;</f><v>1</v></c>',
        '<c r="A3" s=2/><c r="B3"><v>2</v></c>', '</row><c r="A3"><v>1</v></c>', '<c r="A3"/><row r="4>',
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_calamine(cells: str) -> None:
    head = row_of(cells).replace("<worksheet ", f'<worksheet xmlns:x="{MAIN}" ')
    assert quickly(book_of(head)) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"strings": "<si><r><t>a</t></r></si>"}, {"strings": "<si><t> a</t></si>"},
        {"strings": "<si><t>a_x000D_b</t></si>"}, {"strings": "<si><t>&#10;a</t></si>"},
        {"strings": "<si><t>a & b</t></si>"}, {"strings": "<si><t>a</t><rPh/></si><si><t>b</t></si><si/>"},
        {"styles": '<numFmts><numFmt formatCode="0" numFmtId="200"/></numFmts>' + STYLES}, {"styles": ""},
        {"styles": '<numFmts><numFmt numFmtId="200" formatCode="0"/><numFmt numFmtId="200" formatCode="d"/></numFmts>'
         + STYLES},
    ],
)  # fmt: skip
def test_unusual_strings_and_styles_are_left_to_calamine(changed: dict[str, str]) -> None:
    assert quickly(book_of(row_of('<c r="A3"><v>1</v></c>'), **changed)) is None


def test_days_that_count_from_1904_are_left_to_calamine() -> None:
    sheet = row_of('<c r="A3" s="1"><v>45382</v></c>')
    assert quickly(book_of(sheet)) is not None
    assert quickly(book_of(sheet, properties='<workbookPr date1904="1"/>')) is None


@pytest.mark.parametrize(
    ("code", "date"),
    [
        ("dd/mm/yyyy", True), ("d/m/yy", True), ("yyyy-mm-dd;@", True), ("dd-mmm", True),
        ("#,##0", False), ("General", False), ("0.00%", False), ("@", False), ('#,##0\\ "đồng"', False),
        ("[Red]0;\\(0\\)", False), ('_(* #,##0_);_(* "-"??_);_(@_)', False), ("0.0E+00", False), ("#,##0\\ [$đ-42A]", False),
        ("[h]:mm", None), ('"ngày" dd', None), ("hh:mm", None), ("0;d", None), ("[$-409]d mmm yy;@", None),
    ],
)  # fmt: skip
def test_dates_are_told_by_their_format_as_calamine_tells_them(code: str, date: bool | None) -> None:
    written = code.replace("&", "&amp;").replace('"', "&quot;")
    styles = (
        f'<numFmts count="1"><numFmt numFmtId="164" formatCode="{written}"/></numFmts>'
        '<cellXfs><xf numFmtId="164"/></cellXfs>'
    )
    told = date_styles(f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'.encode())
    assert told == DateStyles(frozenset({b"0"} if date else ()), frozenset({b"0"} if date is None else ()))
    if date is not None:
        data = book_of(row_of('<c r="A3" s="0"><v>45382</v></c>'), styles=styles)
        assert (type(by_calamine(data)[2][0]) is not float) is date


@pytest.mark.parametrize("number", range(82))
def test_dates_are_told_by_the_number_of_their_format(number: int) -> None:
    styles = f'<cellXfs><xf numFmtId="{number}"/></cellXfs>'
    data = book_of(row_of('<c r="A3" s="0"><v>45382</v></c>'), styles=styles)
    found = quickly(data)
    assert found is None or trimmed(found.rows) == trimmed(by_calamine(data))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8), max_size=40))
def test_shared_strings_are_those_that_were_written(texts: list[str]) -> None:
    def coded(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    part = "".join(f'<si><t xml:space="preserve">{coded(text)}</t></si>' for text in texts)
    found = shared_strings(f'<sst xmlns="{MAIN}">{part}</sst>'.encode())
    if found is None:
        assert re.search("_x[0-9A-Fa-f]{4}_", "".join(texts))
    else:
        assert [found[b"%d" % place] for place in range(len(texts))] == texts


NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(10**20), 10**20).map(str),
    st.decimals(-1000, 1000, places=3).map(str),
    st.sampled_from(["-0", "-0.0", "+1", ".5", "5.", "007", "1E400", "1e-400"]),
)


@given(st.lists(NUMBERS, max_size=30))
def test_numbers_are_the_nearest_floats(written: list[str]) -> None:
    found = quick._floats([number.encode() for number in written])
    assert [struct.pack("d", value) for value in found] == [struct.pack("d", float(n)) for n in written]


CELLS = st.one_of(
    NUMBERS.map(lambda number: ('s="3"', f"<v>{number}</v>")),
    st.integers(0, 3).map(lambda place: ('s="3" t="s"', f"<v>{place}</v>")),
    st.sampled_from([('t="str"', "<f>B1</f><v>một</v>"), ('s="1"', "<v>45382</v>"), ('s="3"', ""), ("", "<f>A1</f>")]),
)  # fmt: skip


@given(
    st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(0, 4), st.integers(1, 3)), min_size=1, max_size=60),
)
def test_rows_alike_are_read_as_calamine_reads_them(
    kinds: list[list[tuple[str, str]]], rows: list[tuple[int, int]]
) -> None:
    """Rows of a few kinds, in any order and with gaps; their forms are learnt at first sight."""
    number, lines = 0, []
    for kind, step in rows:
        number += step
        cells = "".join(
            f'<c r="{"ABCDEFGH"[2 * place]}{number}"{head and " " + head}>{inner}</c>'
            for place, (head, inner) in enumerate(kinds[kind % len(kinds)])
        )
        lines.append(f'<row r="{number}" spans="1:9">{cells}</row>')
    data = book_of(sheet_xml("".join(lines)))
    package = Package(data, "a.xlsx")
    parts = quick_parts(package)
    assert parts is not None
    text = package.text(package.sheets[0].part)
    forms = Forms()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sheetcredit.xlsx.quick_rows._LEAST_BYTES", 0)
        patch.setattr("sheetcredit.xlsx.quick_rows._MANY_BYTES", 0)
        patch.setattr(quick, "forms_of", lambda _: forms)
        for _ in range(3):  # with no form known, then with more and more
            found = quick_values("A", text, parts)
            if found is not None:
                assert repr(trimmed(found.rows)) == repr(trimmed(by_calamine(data)))
                assert found.formulas is not None
    alike = len({kind % len(kinds) for kind, _ in rows}) == 1 and len(rows) > 8
    assert forms.known or not alike or not any(inner for _, inner in kinds[rows[0][0] % len(kinds)])


FRAMES: Mapping[str, Sequence[str]] = {
    's="3"': ["<v>4</v>", "<v>-0</v>", "<v>1.5e-3</v>", "<v></v>", "", "<f>A1</f><v>7</v>", "<f>A1</f>"],
    "": ["<v>4</v>", "<v>.5</v>", "<v>12 </v>", "<v>chữ</v>", '<f t="shared" si="0"/><v>4</v>'],
    's="1"': ["<v>45382</v>", "<v>61</v>", "<v>45382.5</v>"],
    't="s"': ["<v>0</v>", "<v>3</v>", "<v>4</v>"],
    't="str"': ["<f>B1</f><v>a</v>", "<f>B1</f><v></v>", "<f>B1</f><v>a&amp;b</v>", "<f>B1</f><v> b&#9;</v>"],
    't="e"': ["<v>#N/A</v>", "<f>NA()</f><v>#N/A</v>", "<f>NA()</f><v>#DIV/0!</v>"],
    't="b"': ["<v>1</v>", "<v>0</v>", "<v>2</v>"],
    't="inlineStr"': ["<is><t>chữ</t></is>", "<is><t>số</t></is>"],
}
KNOWN = st.sampled_from(sorted(FRAMES)).flatmap(
    lambda head: st.tuples(st.just(head), st.lists(st.sampled_from(FRAMES[head]), min_size=1, max_size=3))
)


@given(
    st.lists(st.lists(KNOWN, max_size=3), min_size=1, max_size=6),
    st.lists(st.booleans(), min_size=6, max_size=6),
    st.booleans(),
)
def test_rows_met_before_are_read_as_calamine_reads_them(
    rows: list[list[tuple[str, list[str]]]], changing: list[bool], whole: bool
) -> None:
    """The same rows in workbooks with other shared strings and values, some of them in other tags."""
    memory = KnownRows()
    for turn in range(8):
        lines = []
        for number, cells in enumerate(rows, start=2):
            known = "".join(
                f'<c r="{"BCD"[place]}{number}"{head and " " + head}>{inner[turn % len(inner)]}</c>'
                for place, (head, inner) in enumerate(cells)
            )
            mark = f'<c r="A{number}" s="{turn}"><v>1</v></c>' if changing[number - 2] else ""
            lines.append(f'<row r="{number}">{mark}{known}</row>')
        strings = "".join(f"<si><t>{turn} {text}</t></si>" for text in ("một", "hai", "ba", "bốn"))
        data = book_of(sheet_xml('<row r="1" ht="9"/>' + "".join(lines)), strings=strings)
        package = Package(data, "a.xlsx")
        parts = quick_parts(package)
        assert parts is not None
        found = as_met(package, parts, memory, whole)
        assert found == as_met(package, parts, KnownRows(), whole)
        if found is None:
            continue
        slowly = trimmed(by_calamine(data)) if whole else trimmed(without_errors(by_calamine(data)))
        assert repr(trimmed(found.rows)) == repr(slowly)
        if found.formulas is not None and whole:
            assert found.formulas == kept_formulas(package, "A")
            assert list(found.formulas) == sorted(found.formulas)
    varied = any(len(inner) > 1 for row in rows for _, inner in row)
    assert memory.known or all(changing[: len(rows)]) or varied


def as_met(package: Package, parts: QuickParts, memory: KnownRows, whole: bool) -> QuickSheet | None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quick, "known_rows", lambda *_: memory)
        return quick_values("A", package.text(package.sheets[0].part), parts, whole)


def test_what_stands_in_a_row_alike_is_its_own() -> None:
    memory = KnownRows()
    for turn in range(8):
        row = f'<c r="B2" t="s"><v>{turn % 2}</v></c><c r="C2"><f>B9</f><v>{turn}.5</v></c>'
        package = Package(book_of(sheet_xml(f'<row r="2">{row}</row>')), "a.xlsx")
        parts = quick_parts(package)
        assert parts is not None
        found = as_met(package, parts, memory, whole=True)
        assert found is not None
        assert found.rows[1] == ("", parts.strings[b"%d" % (turn % 2)], turn + 0.5)
        assert found.formulas == {(1, 2): Formula("B9", f"{turn}.5")}
    assert len(memory.known) == 1


def without_errors(rows: Sequence[Sequence[CellValue]]) -> list[list[CellValue]]:
    errors = ("#N/A", "#DIV/0!")
    return [["" if value in errors else value for value in row] for row in rows]


def test_rows_are_known_once_they_are_usual_and_never_too_many() -> None:
    rows = KnownRows()
    told = [rows.is_usual((b"<row>",)) for _ in range(5)]
    assert told == [False, False, False, True, True]
    assert not any(rows.is_usual((b"%d" % number,)) for number in range(20_000))
    assert not rows.is_usual((b"<row>",))  # so many others came that it is forgotten
    for number in range(20_000):
        rows.keep((b"%d" % number,), KnownRow(None, [], (), (), (1, 1)))
    assert 0 < len(rows.known) <= 1024


def test_of_rows_that_are_not_plain_nothing_is_asked_twice() -> None:
    rows = KnownRows()
    while not rows.is_usual((b"<row>",)):
        pass
    rows.keep((b"<row>",), None)
    assert not rows.is_usual((b"<row>",))


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="2"><c r="A2"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>',
        '<row r="3"><c r="A3"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>',
        '<row r="2"><c r="A3"><v>1</v></c></row>',
        '<row r="2"><c r="A2"><v>1</v></c></row><c r="A3"><v>1</v></c>',
        '<row r="2"><row r="3"><c r="A3"><v>1</v></c></row></row>',
    ],
)
def test_rows_out_of_order_are_left_to_calamine_however_often_they_are_met(rows: str) -> None:
    for _ in range(6):
        assert quickly(book_of(sheet_xml(rows))) is None


def the_same(one: Book, other: Book) -> bool:
    """Two books, but for empty cells at the ends of rows and sheets."""
    shown = [
        (book.names, [(g.sheet, trimmed(g.rows), dict(g.formulas), g.hidden) for g in book.grids.values()])
        for book in (one, other)
    ]
    return repr(shown[0]) == repr(shown[1])


@pytest.mark.parametrize(
    "make", [by_openpyxl, by_xlsxwriter, excel_like, strict, lambda: streamed(excel_like())]
)
def test_workbooks_of_all_writers_are_read_as_calamine_reads_them(make: object, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(make())  # type: ignore[operator]
    quickly_and_slowly_alike(path)


@pytest.mark.parametrize("path", [GOLDEN, MISTAKEN])
def test_reports_are_read_without_calamine(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quickly_and_slowly_alike(path)
    monkeypatch.setattr(python_calamine, "load_workbook", None)
    assert len(read.read_book(path).grids) == 16


def quickly_and_slowly_alike(path: Path) -> None:
    names = [sheet.name for sheet in Package.open(path).sheets]
    for asked in (names, [], names[::2]):
        found = [read.read_book(path, asked) for _ in range(3)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(read, "quick_parts", lambda _: None)
            slowly = read.read_book(path, asked)
        assert all(the_same(book, slowly) for book in found)


def test_an_odd_entity_in_a_formula_of_rows_alike_is_left_to_calamine() -> None:
    rows = "".join(
        f'<row r="{n}"><c r="A{n}"><f>{"B1&odd;" if n == 300 else "B1"}</f><v>{n}</v></c></row>'
        for n in range(2, 600)
    )
    assert quickly(book_of(sheet_xml(rows))) is None
    assert quickly(book_of(sheet_xml(rows.replace("&odd;", "")))) is not None


def test_a_form_is_learnt_from_rows_alike_and_reads_them() -> None:
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c><c r="B{n}" s="3"><f>A{n}*2</f><v>{n}.5</v></c></row>'
        for n in range(2, 400)
    )
    text = sheet_xml(rows).encode()
    forms = Forms()
    runs = forms.runs(text, text.find(b"<row"), text.find(b"</sheetData>"))
    assert [(len(run.groups), len(run.form.places)) for run in runs] == [(398, 2)]
    assert runs[0].groups[-1] == (b"399", b"0", b"A399*2", b"399.5")
    again = forms.runs(text, text.find(b'<row r="300"'), text.find(b"</sheetData>"))
    assert [len(run.groups) for run in again] == [100]
    assert len(forms.known) == 1


def test_a_sheet_that_is_not_plain_stands_where_it_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [sheet.name for sheet in Package.open(GOLDEN).sheets]
    all_quickly = read.read_book(GOLDEN, names)
    monkeypatch.setattr(
        read, "quick_values", lambda name, *rest: None if name == names[3] else quick_values(name, *rest)
    )
    book = read.read_book(GOLDEN, names)
    assert list(book.grids) == names
    assert the_same(book, all_quickly)
    monkeypatch.setattr(read, "_with_calamine", lambda *_: {})  # it lists no such sheet
    assert list(read.read_book(GOLDEN, names).grids) == [*names[:3], *names[4:]]
