"""Rows of a large sheet one after another, of which only some columns are read."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from sheetcredit.model.grid import CellValue
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.read import book_of
from sheetcredit.xlsx.row_stream import UNCOMPUTED, RowStream, UnusualSheetError

SHEET = "xl/worksheets/sheet1.xml"
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=12)
CELLS = st.one_of(st.none(), TEXTS, st.integers(-(10**14), 10**14), st.floats(0.01, 1e9), st.booleans())


def workbook(rows: list[list[CellValue]], **options: object) -> bytes:
    out = BytesIO()
    with xlsxwriter.Workbook(
        out, {"strings_to_numbers": False, "strings_to_formulas": False, **options}
    ) as book:
        sheet = book.add_worksheet("Một")
        for row, values in enumerate(rows):
            for column, value in enumerate(values):
                if isinstance(value, str):
                    sheet.write_string(row, column, value)
                elif value is not None:
                    sheet.write(row, column, value)
    return out.getvalue()


def changed(data: bytes, old: bytes, new: bytes, part: str = SHEET) -> bytes:
    out = BytesIO()
    with ZipFile(BytesIO(data)) as source, ZipFile(out, "w", ZIP_DEFLATED) as target:
        for item in source.infolist():
            content = source.read(item.filename)
            target.writestr(item.filename, content.replace(old, new) if item.filename == part else content)
    return out.getvalue()


def stream_of(data: bytes) -> RowStream:
    return RowStream(Package(data, "x.xlsx"), "Một")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=40), min_size=1, max_size=8), st.booleans())
def test_it_reads_what_calamine_reads(rows: list[list[CellValue]], inline: bool) -> None:
    data = workbook(rows, constant_memory=inline)  # constant_memory writes strings into the cells
    grid = book_of(data, Path("x.xlsx")).grids["Một"]
    for number, values in stream_of(data):
        for column, value in enumerate(values):
            expected = grid.value(number - 1, column)
            assert value in (expected, "" if expected is None else expected), (number, column)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.lists(CELLS, min_size=30, max_size=30), min_size=2, max_size=6),
    st.sets(st.integers(0, 29), min_size=1),
)
def test_some_columns_are_the_same_as_those_of_all(rows: list[list[CellValue]], wanted: set[int]) -> None:
    data = workbook(rows)
    columns = sorted(wanted)
    some = stream_of(data)
    some.columns = columns
    by_row = {number: list(values) for number, values in some}
    for number, values in stream_of(data):
        whole = [*values, *[None] * (30 - len(values))]
        assert by_row.get(number, [None] * len(columns)) == [whole[column] for column in columns]


def test_columns_may_be_chosen_while_rows_are_read() -> None:
    stream = stream_of(workbook([["a", "b", "c"], ["d", "e", "f"], ["g", "h", "i"]]))
    rows = []
    for number, values in stream:
        rows.append((number, list(values)))
        stream.columns = [2]
    assert rows == [(1, ["a", "b", "c"]), (2, ["f"]), (3, ["i"])]


def test_a_wrong_dimension_loses_no_row() -> None:
    data = changed(workbook([[number, number] for number in range(400)]), b'ref="A1:B400"', b'ref="A1:A3"')
    assert [number for number, _ in stream_of(data)] == list(range(1, 401))


def test_a_formula_that_nobody_computed_is_no_zero() -> None:
    out = BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("Một")
        sheet.write_formula("A1", "=1+1", None, 0)
        sheet.write_formula("B1", "=1+1", None, 2)
        sheet.write_number("C1", 0)
    assert [list(values) for _, values in stream_of(out.getvalue())] == [[UNCOMPUTED, 2, 0]]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'<c r="A1"', b"<c r='A1'"), (b'<c r="A1"', b'<c s="0" r="A1"'), (b"<row", b"<!-- x --><row"),
        (b'<c r="B1"><v>', b"<c><v>"), (b'<c r="A1"><v>', b'<c r="A1">\n  <v>'),
        (b'<c r="B2"><v>4</v>', b'<c r="B2"><v>4</v><extLst/>'),
    ],
)  # fmt: skip
def test_xml_that_is_not_followed_is_said_so(old: bytes, new: bytes) -> None:
    data = changed(workbook([[1, 2], [3, 4]]), old, new)
    for columns in (None, [0, 1]):
        stream = stream_of(data)
        stream.columns = columns
        with pytest.raises(UnusualSheetError):
            list(stream)


def test_strings_that_would_be_counted_wrongly_are_said_so() -> None:
    data = workbook([["a", "b"], ["c", "d"]])
    data = changed(data, b"<si><t>b</t></si>", b'<si x="1"><t>b</t></si>', "xl/sharedStrings.xml")
    with pytest.raises(UnusualSheetError):
        list(stream_of(data))


def test_prefixed_elements_are_said_so() -> None:
    data = workbook([[1, 2], [3, 4]])
    for name in (b"row", b"c", b"v", b"sheetData"):
        data = changed(changed(data, b"<" + name, b"<x:" + name), b"</" + name + b">", b"</x:" + name + b">")
    with pytest.raises(UnusualSheetError):
        list(stream_of(data))


@pytest.mark.parametrize(
    "cell", [b'<c r="A1" t="inlineStr"><is>', b'<c r="A1"><f>', b'<c r="A1"><v>', b'<c r="A1" ']
)
def test_cells_that_never_end_are_given_up_at_once(cell: bytes) -> None:
    rows = b"".join(b'<row r="%d">%b</row>' % (number, cell * 500) for number in range(1, 200))
    data = changed(workbook([[1]]), b"<sheetData>", b"<sheetData>" + rows)
    stream = stream_of(data)
    stream.columns = [0]
    with suppress(UnusualSheetError):
        assert {value for number, values in stream if number > 1 for value in values} <= {None, UNCOMPUTED}
