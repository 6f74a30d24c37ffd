"""`patch_bytes` on hand-made sheets: every way in which a cell can stand in a file, byte by byte."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from sheetcredit.model.errors import CannotRead, CannotWrite, HostileFile, SheetcreditError
from sheetcredit.xlsx.cells import EditValue
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.patch import SheetEdits, patch_bytes, patch_cells
from tests.xlsx.patch_corpus import (
    LANGUAGES,
    LINKS,
    MAIN,
    PACKAGE,
    STRICT,
    STRICT_LINKS,
    changed_parts,
    hand_made,
    part,
    sheet_xml,
    streamed,
    zipped,
)

SHEET = "xl/worksheets/sheet1.xml"


def rows_after(body: str, edits: dict[str, EditValue], before: str = "", after: str = "") -> str:
    """The rows of a one-sheet workbook after a patch; what surrounds them must be as it was."""
    source = hand_made(sheet_xml(body, before, after))
    result = patch_bytes(source, {"S1": edits})
    text = part(result, SHEET).decode()
    start, end = sheet_xml("\0", before, after).split("\0")
    if "sheetData/" in start:
        return text
    assert text.startswith(start) and text.endswith(end)
    return text[len(start) : len(text) - len(end)]


def refusal(source: bytes, edits: SheetEdits) -> SheetcreditError:
    with pytest.raises(SheetcreditError) as caught:
        patch_bytes(source, edits)
    for language in LANGUAGES:
        text = caught.value.message(language) + caught.value.remedy(language)
        assert "{" not in text and "\n" not in text
    return caught.value


# --- values ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (7, "<v>7</v>"),
        (-0.0, "<v>0</v>"),
        (7.0, "<v>7</v>"),
        (0.1, "<v>0.1</v>"),
        (1e300, "<v>1E+300</v>"),
        (123456789012345, "<v>123456789012345</v>"),
        (12345678901234500000, "<v>1.23456789012345E+19</v>"),
        (Decimal("437439.500000"), "<v>437439.5</v>"),
        (Decimal("1E+20"), "<v>1E+20</v>"),
        (Decimal("-0.00000000125"), "<v>-1.25E-9</v>"),
        (Decimal("0.000"), "<v>0</v>"),
        (dt.date(2024, 3, 31), "<v>45382</v>"),
        (dt.datetime(2024, 3, 31, 12), "<v>45382.5</v>"),
        (dt.date(1900, 3, 1), "<v>61</v>"),
        (dt.date(9999, 12, 31), "<v>2958465</v>"),
    ],
)
def test_numbers_and_dates(value: EditValue, written: str) -> None:
    assert rows_after("", {"B2": value}) == f'<row r="2"><c r="B2">{written}</c></row>'


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("chữ", "<t>chữ</t>"),
        ("", "<t></t>"),
        ("a & <b>", "<t>a &amp; &lt;b&gt;</t>"),
        ("]]>", "<t>]]&gt;</t>"),
        (" a", '<t xml:space="preserve"> a</t>'),
        ("a\nb", '<t xml:space="preserve">a\nb</t>'),
        ("=SUM(A1)", "<t>=SUM(A1)</t>"),
        ("_x000D_", "<t>_x005F_x000D_</t>"),
        ("x" * 32767, f"<t>{'x' * 32767}</t>"),
    ],
)
def test_text(value: str, written: str) -> None:
    expected = f'<row r="2"><c r="B2" t="inlineStr"><is>{written}</is></c></row>'
    assert rows_after("", {"B2": value}) == expected


def test_bool_and_none() -> None:
    assert rows_after("", {"B2": True, "C2": False, "D2": None}) == (
        '<row r="2"><c r="B2" t="b"><v>1</v></c><c r="C2" t="b"><v>0</v></c></row>'
    )
    assert rows_after('<row r="1"><c r="A1" s="4" t="s"><v>0</v></c></row>', {"A1": None}) == (
        '<row r="1"><c r="A1" s="4"/></row>'
    )


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (float("nan"), "E-NUMBER"),
        (float("inf"), "E-NUMBER"),
        (5e-324, "E-NUMBER"),
        (1234567890123456, "E-NUMBER"),
        (Decimal("0.1234567890123456"), "E-NUMBER"),
        (Decimal("NaN"), "E-NUMBER"),
        (10**400, "E-NUMBER"),
        ("x" * 32768, "E-TEXT-LENGTH"),
        ("😀" * 16384, "E-TEXT-LENGTH"),
        ("a\x07", "E-TEXT-CONTROL"),
        ("a\r\n", "E-TEXT-CONTROL"),
        ("\ud800", "E-TEXT-CONTROL"),
        ("\uffff", "E-TEXT-CONTROL"),
        (dt.date(1900, 2, 28), "E-DATE"),
        (dt.datetime(2024, 1, 1, tzinfo=dt.UTC), "E-BAD-VALUE"),
        (dt.time(1), "E-BAD-VALUE"),
        ([1], "E-BAD-VALUE"),
        (b"x", "E-BAD-VALUE"),
    ],
)
def test_values_that_are_refused(value: EditValue, code: str) -> None:
    assert refusal(hand_made(sheet_xml("")), {"S1": {"A1": value}}).code == code


def test_dates_of_the_1904_system() -> None:
    source = hand_made(sheet_xml(""), properties='<workbookPr date1904="true"/>')
    text = part(patch_bytes(source, {"S1": {"A1": dt.date(2024, 3, 31)}}), SHEET)
    assert b"<v>43920</v>" in text
    assert refusal(source, {"S1": {"A1": dt.date(1903, 12, 31)}}).code == "E-DATE"


# --- where a cell stands -----------------------------------------------------------------------------


def test_a_cell_is_replaced_and_keeps_its_style_and_what_is_unknown() -> None:
    body = (
        '<row r="1" spans="1:3" ht="15"><c r="A1"><v>1</v></c> <c t="s" s="3" r="B1" ph="1" vm="2" cm="1">'
        '<v>0</v></c><c r="C1" s="1"/></row>'
    )
    assert rows_after(body, {"B1": 5, "C1": "x"}) == (
        '<row r="1" spans="1:3" ht="15"><c r="A1"><v>1</v></c> <c s="3" r="B1" ph="1"><v>5</v></c>'
        '<c r="C1" s="1" t="inlineStr"><is><t>x</t></is></c></row>'
    )


def test_cells_and_rows_are_inserted_in_order() -> None:
    body = '<row r="2"><c r="B2"><v>1</v></c><c r="D2"><v>1</v></c></row>\n<row r="5"/><row r="9"></row>'
    edits: dict[str, EditValue] = {
        "A1": 1,
        "A2": 2,
        "C2": 3,
        "E2": 4,
        "C5": 5,
        "A5": 6,
        "A7": 7,
        "B9": 8,
        "A12": 9,
    }
    assert rows_after(body, edits) == (
        '<row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="2"><c r="A2"><v>2</v></c><c r="B2"><v>1</v></c><c r="C2"><v>3</v></c><c r="D2"><v>1</v></c>'
        '<c r="E2"><v>4</v></c></row>\n'
        '<row r="5"><c r="A5"><v>6</v></c><c r="C5"><v>5</v></c></row>'
        '<row r="7"><c r="A7"><v>7</v></c></row><row r="9"><c r="B9"><v>8</v></c></row>'
        '<row r="12"><c r="A12"><v>9</v></c></row>'
    )


def test_an_empty_table_of_cells_is_opened() -> None:
    source = hand_made(sheet_xml("").replace("<sheetData></sheetData>", "<sheetData/>"))
    text = part(patch_bytes(source, {"S1": {"B2": 1}}), SHEET).decode()
    assert text == sheet_xml('<row r="2"><c r="B2"><v>1</v></c></row>')


def test_rows_and_cells_without_addresses() -> None:
    body = "<row><c><v>1</v></c><c><v>2</v></c></row><row r='4'><c r='C4'/><c><v>4</v></c></row><row/>"
    assert rows_after(body, {"B1": 5, "D4": 6, "C1": 7, "A5": 8}) == (
        '<row><c><v>1</v></c><c><v>5</v></c><c r="C1"><v>7</v></c></row>'
        "<row r='4'><c r='C4'/><c><v>6</v></c></row><row><c r=\"A5\"><v>8</v></c></row>"
    )


def test_styles_of_rows_and_columns() -> None:
    columns = '<cols><col min="2" max="3" width="9" style="7"/></cols>'
    body = '<row r="1" s="5" customFormat="1"/><row r="2" s="5"/>'
    assert rows_after(body, {"B1": 1, "B2": 2, "D2": 3, "C3": 4}, before=columns) == (
        '<row r="1" s="5" customFormat="1"><c r="B1" s="5"><v>1</v></c></row>'
        '<row r="2" s="5"><c r="B2" s="7"><v>2</v></c><c r="D2"><v>3</v></c></row>'
        '<row r="3"><c r="C3" s="7"><v>4</v></c></row>'
    )


def test_the_dimension_grows() -> None:
    source = hand_made(sheet_xml('<row r="2"><c r="B2"/></row>', '<dimension ref="B2"/>'))
    assert b'<dimension ref="A1:B2"/>' in part(patch_bytes(source, {"S1": {"A1": 1}}), SHEET)
    assert b'<dimension ref="B2"/>' in part(patch_bytes(source, {"S1": {"B2": 1}}), SHEET)


def test_prefixes_comments_and_cdata() -> None:
    text = (
        f'<x:worksheet xmlns:x="{MAIN}" xmlns="urn:other"><!-- <c r="A1"> --><x:sheetData>'
        '<x:row r="1"><!-- <x:c r="B1"/> --><x:c r="A1"><x:f><![CDATA[B1<2]]></x:f><x:v>1</x:v></x:c>'
        '<?pi <x:c r="A1"/>?><x:c r="B1" t="inlineStr"><x:is><x:r><x:t>a</x:t></x:r></x:is></x:c></x:row>'
        "</x:sheetData><c r='A1'/></x:worksheet>"
    )
    source = hand_made(text)
    assert Package(source, "a.xlsx").formulas("S1")[1, 1].text == "B1<2"
    result = part(patch_bytes(source, {"S1": {"B1": "b", "C1": 1, "A3": 2}}), SHEET).decode()
    assert result == text.replace("<x:v>1</x:v>", "").replace(
        "<x:is><x:r><x:t>a</x:t></x:r></x:is></x:c></x:row>",
        '<x:is><x:t>b</x:t></x:is></x:c><x:c r="C1"><x:v>1</x:v></x:c></x:row>'
        '<x:row r="3"><x:c r="A3"><x:v>2</x:v></x:c></x:row>',
    )


def test_strict_open_xml() -> None:
    text = sheet_xml('<row r="1"><c r="A1" t="s"><v>0</v></c></row>').replace(MAIN, STRICT)
    source = hand_made(text.replace(LINKS, STRICT_LINKS), main=STRICT, relations=STRICT_LINKS)
    result = part(patch_bytes(source, {"S1": {"A1": 5}}), SHEET)
    assert b'<c r="A1"><v>5</v></c>' in result


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "latin-1"])
def test_other_encodings(encoding: str) -> None:
    label = {"utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-8-sig": "UTF-8", "latin-1": "ISO-8859-1"}[
        encoding
    ]
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    body = '<row r="1"><c r="A1" t="str"><v>é</v></c></row>'
    text = sheet_xml(body).replace("UTF-8", label)
    source = hand_made(mark + text.encode(encoding))
    result = part(patch_bytes(source, {"S1": {"B1": "è"}}), SHEET)
    expected = text.replace("</row>", '<c r="B1" t="inlineStr"><is><t>è</t></is></c></row>')
    assert result == mark + expected.encode(encoding)


def test_a_character_the_encoding_lacks_becomes_a_reference() -> None:
    text = sheet_xml("").replace("UTF-8", "ISO-8859-1").encode("latin-1")
    result = patch_bytes(hand_made(text), {"S1": {"A1": "ữ"}})
    assert b"<t>&#7919;</t>" in part(result, SHEET)


def test_alternate_content_around_the_table_is_kept() -> None:
    choice = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        '<mc:Choice Requires="x14"><controls><c r="A1"/></controls></mc:Choice></mc:AlternateContent>'
    )
    assert rows_after("", {"A1": 1}, after=choice) == '<row r="1"><c r="A1"><v>1</v></c></row>'


def test_alternate_content_inside_the_table_is_refused() -> None:
    body = '<mc:AlternateContent xmlns:mc="urn:x"><row r="1"/></mc:AlternateContent>'
    assert refusal(hand_made(sheet_xml(body)), {"S1": {"A1": 1}}).code == "E-SPLICE"


@pytest.mark.parametrize(
    "body",
    [
        '<row r="2"/><row r="1"/>',
        '<row r="1"/><row r="1"/>',
        '<row r="1"><c r="B1"/><c r="A1"/></row>',
        '<row r="1"><c r="A1"/><c r="A1"/></row>',
        '<row r="1"><c r="A2"/></row>',
        '<row r="1"><c r="nonsense"/></row>',
        '<row r="0"/>',
        '<row r="1048577"/>',
        '<row r="1"><c r="XFE1"/></row>',
    ],
)
def test_a_table_whose_order_is_unclear_is_refused(body: str) -> None:
    assert refusal(hand_made(sheet_xml(body)), {"S1": {"A1": 1}}).code == "E-SPLICE"


def test_broken_xml_is_refused() -> None:
    source = hand_made(sheet_xml('<row r="1"><c r="A1"/></row>').replace("</worksheet>", "<a></worksheet>"))
    assert refusal(source, {"S1": {"A1": 1}}).code == "E-XML"


@pytest.mark.parametrize("text", [b"\xff", b"&#99999999;", b"&#999999999999999999999;", b"&nbsp;"])
def test_text_that_is_no_text_is_refused(text: bytes) -> None:
    body = '<row r="1"><c r="A1" t="str"><v>?</v></c><c r="B1"><f>1</f><v>?</v></c></row>'
    source = hand_made(sheet_xml(body).encode().replace(b"?</v>", text + b"</v>"))
    assert refusal(source, {"S1": {"A1": 1}}).code == "E-XML"


def test_document_types_are_refused() -> None:
    source = hand_made(sheet_xml("").replace("?>\n", '?><!DOCTYPE a [<!ENTITY b "c">]>'))
    assert isinstance(refusal(source, {"S1": {"A1": 1}}), HostileFile)


# --- names and addresses -----------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["", "A0", "A", "1", "XFE1", "A1048577", "A1:B2", "S1!A1", "Ạ1", "A١"])
def test_bad_addresses(address: str) -> None:
    assert refusal(hand_made(sheet_xml("")), {"S1": {address: 1}}).code == "E-BAD-CELL"


def test_names_of_sheets() -> None:
    source = hand_made(sheet_xml(""), sheet_xml(""))
    assert refusal(source, {"S3": {"A1": 1}}).code == "E-NO-SHEET"
    assert refusal(source, {"S1": {"A1": 1, "$a$1": 1}}).code == "E-DUPLICATE-EDIT"
    assert refusal(source, {"S1": {"A1": 1}, "s1": {"A1": 1}}).code == "E-DUPLICATE-EDIT"
    assert changed_parts(source, patch_bytes(source, {"s2": {"A1": 1}})) == {"xl/worksheets/sheet2.xml"}


def test_chart_sheets_have_no_cells() -> None:
    source = hand_made(sheet_xml(""), sheet_xml(""))
    with zipfile.ZipFile(io.BytesIO(source)) as archive:
        parts: dict[str, bytes | str] = {name: archive.read(name) for name in archive.namelist()}
    links = part(source, "xl/_rels/workbook.xml.rels")
    parts["xl/_rels/workbook.xml.rels"] = links.replace(
        b'/worksheet" Target="worksheets/sheet2', b'/chartsheet" Target="worksheets/sheet2'
    )
    assert refusal(zipped(parts), {"S2": {"A1": 1}}).code == "E-SHEET-KIND"


# --- what must not be broken -------------------------------------------------------------------------


def test_merged_cells() -> None:
    after = '<mergeCells count="1"><mergeCell ref="B2:C3"/></mergeCells>'
    source = hand_made(sheet_xml('<row r="2"><c r="B2"/><c r="C2"/></row>', after=after))
    for address in ("C2", "B3", "C3"):
        assert refusal(source, {"S1": {address: 1}}).code == "E-MERGED-CELL"
    assert patch_bytes(source, {"S1": {"B2": 1, "D2": 1}})


def test_array_formulas_and_data_tables() -> None:
    body = (
        '<row r="1"><c r="A1"><f t="array" ref="A1:A2">B1:B2</f><v>1</v></c><c r="C1">'
        '<f t="array" ref="C1">SUM(B1:B2)</f><v>1</v></c>'
        '<c r="E1"><f t="dataTable" ref="E1:F2" dt2D="1" r1="A9" r2="B9"/><v>1</v></c></row>'
        '<row r="2"><c r="A2"><v>2</v></c></row>'
    )
    source = hand_made(sheet_xml(body))
    for address in ("A1", "A2"):
        assert refusal(source, {"S1": {address: 1}}).code == "E-SHARED-CELL"
    for address in ("E1", "F2"):
        assert refusal(source, {"S1": {address: 1}}).code == "E-DATA-TABLE"
    assert b'<c r="C1"><v>5</v></c>' in part(patch_bytes(source, {"S1": {"C1": 5}}), SHEET)


def _shared(rows: int, text: str = "A1*2") -> str:
    cells = [
        f'<row r="1"><c r="B1"><f t="shared" ref="B1:B{rows}" si="0" ca="1">{text}</f><v>1</v></c></row>'
    ]
    cells += [
        f'<row r="{n}"><c r="B{n}"><f t="shared" si="0"/><v>1</v></c></row>' for n in range(2, rows + 1)
    ]
    return "".join(cells)


def test_a_member_of_a_shared_formula_is_simply_replaced() -> None:
    assert rows_after(_shared(3), {"B2": 5}) == _shared(3).replace(
        '<f t="shared" si="0"/><v>1</v></c></row><row r="3">', '<v>5</v></c></row><row r="3">'
    )


def test_the_first_cell_of_a_shared_formula_hands_it_on() -> None:
    result = rows_after(_shared(4), {"B1": 5, "B2": 6})
    assert result == (
        '<row r="1"><c r="B1"><v>5</v></c></row><row r="2"><c r="B2"><v>6</v></c></row>'
        '<row r="3"><c r="B3"><f t="shared" si="0" ref="B3:B4">A3*2</f><v>1</v></c></row>'
        '<row r="4"><c r="B4"><f t="shared" si="0"/><v>1</v></c></row>'
    )
    assert rows_after(_shared(1), {"B1": 5}) == '<row r="1"><c r="B1"><v>5</v></c></row>'


def test_a_shared_formula_that_cannot_be_handed_on_is_refused() -> None:
    body = (
        '<row r="2"><c r="B2"><f t="shared" ref="B2:B3" si="0">XFD1048575</f></c></row>'
        '<row r="3"><c r="B3"><f t="shared" si="0"/></c></row>'
        '<row r="4"><c r="B4"><f t="shared" si="0"/></c></row>'
    )
    source = hand_made(sheet_xml(body))
    assert patch_bytes(source, {"S1": {"B2": 1}})
    assert refusal(source, {"S1": {"B2": 1, "B3": 1}}).code == "E-SHARED-CELL"


def _with_part(kind: str, name: str, content: str) -> bytes:
    links = (
        f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{LINKS}/{kind}" '
        f'Target="../{name}"/></Relationships>'
    )
    extra: dict[str, bytes | str] = {f"xl/{name}": content, "xl/worksheets/_rels/sheet1.xml.rels": links}
    return hand_made(sheet_xml(""), extra=extra)


def test_headers_of_a_table() -> None:
    table = f'<table xmlns="{MAIN}" id="1" name="T" displayName="Bảng" ref="B2:C9" headerRowCount="1"/>'
    source = _with_part("table", "tables/table1.xml", table)
    error = refusal(source, {"S1": {"C2": 1}})
    assert (error.code, error.details["table"]) == ("E-TABLE-HEADER", "Bảng")
    assert patch_bytes(source, {"S1": {"C3": 1, "B1": 1, "D2": 1}})
    headless = _with_part("table", "tables/table1.xml", table.replace('Count="1"', 'Count="0"'))
    assert patch_bytes(headless, {"S1": {"C2": 1}})


def test_pivot_tables() -> None:
    pivot = (
        f'<pivotTableDefinition xmlns="{MAIN}" name="P"><location ref="B5:D9" firstHeaderRow="1" '
        'firstDataRow="1" firstDataCol="1" rowPageCount="1" colPageCount="1"/></pivotTableDefinition>'
    )
    source = _with_part("pivotTable", "pivotTables/pivotTable1.xml", pivot)
    for address in ("B5", "D9", "C3", "B4"):
        assert refusal(source, {"S1": {address: 1}}).code == "E-PIVOT-CELL"
    assert patch_bytes(source, {"S1": {"A5": 1, "B10": 1, "E5": 1, "B2": 1}})


def test_signed_files() -> None:
    source = hand_made(sheet_xml(""), extra={"_xmlsignatures/origin.sigs": ""})
    assert refusal(source, {"S1": {"A1": 1}}).code == "E-SIGNED"


# --- the container -----------------------------------------------------------------------------------


@pytest.mark.parametrize("zip64", [False, True])
@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_data_descriptors_and_zip64(zip64: bool, compression: int) -> None:
    source = streamed(
        hand_made(sheet_xml(""), sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row>')),
        force_zip64=zip64,
        compression=compression,
    )
    result = patch_bytes(source, {"S1": {"A1": 1}})
    assert changed_parts(source, result) == {SHEET}
    with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(io.BytesIO(result)) as new:
        assert new.testzip() is None and new.comment == b"comment"
        for one, other in zip(old.infolist(), new.infolist(), strict=True):
            assert (one.filename, one.date_time, one.compress_type, one.comment) == (
                other.filename,
                other.date_time,
                other.compress_type,
                other.comment,
            )
    assert patch_bytes(result, {"S1": {"A1": 1}}) == result


def test_zip64_directory() -> None:
    """The end records of an archive that says all its numbers in 64 bits."""
    source = hand_made(sheet_xml(""))
    end = source.rindex(b"PK\x05\x06")
    count = int.from_bytes(source[end + 10 : end + 12], "little")
    size, start = source[end + 12 : end + 16], source[end + 16 : end + 20]
    wide = [number.to_bytes(8, "little") for number in (count, count)] + [size + b"\0" * 4, start + b"\0" * 4]
    record = b"PK\x06\x06" + (44).to_bytes(8, "little") + b"\x2d\0\x2d\0" + b"\0" * 8 + b"".join(wide)
    locator = b"PK\x06\x07" + b"\0" * 4 + end.to_bytes(8, "little") + b"\1\0\0\0"
    last = b"PK\x05\x06" + b"\0" * 4 + b"\xff" * 12 + b"\0\0"
    source = source[:end] + record + locator + last
    result = patch_bytes(source, {"S1": {"A1": 1, "A2": "dài " * 50}})
    assert changed_parts(source, result) == {SHEET}
    with zipfile.ZipFile(io.BytesIO(result)) as archive:
        assert archive.testzip() is None
    assert patch_bytes(result, {"S1": {"A2": None}})


# --- files -------------------------------------------------------------------------------------------


def test_in_place_and_elsewhere(tmp_path: Path) -> None:
    source = tmp_path / "báo cáo.xlsx"
    source.write_bytes(hand_made(sheet_xml("")))
    before = source.read_bytes()
    assert patch_cells(source, {"S1": {"A1": 1}}, out=tmp_path / "ra.xlsx") == tmp_path / "ra.xlsx"
    assert source.read_bytes() == before
    assert patch_cells(str(source), {"S1": {"A1": 1}}) == source
    assert source.read_bytes() == (tmp_path / "ra.xlsx").read_bytes() != before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["báo cáo.xlsx", "ra.xlsx"]


@pytest.mark.parametrize(
    ("name", "out", "code"),
    [
        ("a.xls", None, "E-READ-ONLY-FORMAT"),
        ("a.ods", None, "E-READ-ONLY-FORMAT"),
        ("a.xlsx", "b.txt", "E-FORMAT"),
        ("a.xlsx", "b.xlsm", "E-SUFFIX-PLAIN"),
        ("a.xlsm", "b.xlsx", "E-SUFFIX-MACRO"),
        ("a.xlsx", "folder/b.xlsx", "E-GONE"),
        ("a.xlsx", ".", "E-NOT-WRITABLE-PLACE"),
    ],
)
def test_endings_and_places(tmp_path: Path, name: str, out: str | None, code: str) -> None:
    (tmp_path / name).write_bytes(hand_made(sheet_xml("")))
    with pytest.raises(CannotWrite) as caught:
        patch_cells(tmp_path / name, {"S1": {"A1": 1}}, out=out and tmp_path / out)
    assert caught.value.code == code
    assert "{" not in str(caught.value)


def test_missing_and_broken_files(tmp_path: Path) -> None:
    (tmp_path / "empty.xlsx").touch()
    for name, code in (("no.xlsx", "E-MISSING"), ("empty.xlsx", "E-EMPTY"), ("no/no.xlsx", "E-GONE")):
        with pytest.raises(CannotRead) as caught:
            patch_cells(tmp_path / name, {"S1": {"A1": 1}})
        assert caught.value.code == code
        assert "{" not in str(caught.value)
