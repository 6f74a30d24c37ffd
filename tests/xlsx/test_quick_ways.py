"""The quick ways of reading give what the long ways give, and leave to those whatever is not plain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcredit.model.errors import CannotRead
from sheetcredit.model.grid import Formula
from sheetcredit.xlsx.cached_formulas import plain_formulas
from sheetcredit.xlsx.formulas import find_formulas
from sheetcredit.xlsx.inspect import extent
from sheetcredit.xlsx.xml_bytes import Origin
from tests.xlsx.patch_corpus import MAIN, sheet_xml

ORIGIN = Origin("a.xlsx", "xl/worksheets/sheet1.xml")
SUM = '<c r="B3" s="4"><f>SUM(B1:B2)</f><v>3</v></c>'


def part_of(cells: str, **around: str) -> bytes:
    """A sheet part with one row of cells."""
    return sheet_xml(f'<row r="3" spans="1:9">{cells}</row>', **around).encode()


def the_long_way(part: bytes) -> dict[tuple[int, int], Formula]:
    found = find_formulas(part, ORIGIN)
    return {(f.cell.row - 1, f.cell.column - 1): Formula(f.formula.text, f.formula.cached) for f in found}


def test_formulas_of_a_table_that_never_ends_are_not_taken_for_none() -> None:
    whole = sheet_xml('<row r="1"><c r="A1"><f>B1</f></c></row>').encode()
    with pytest.raises(CannotRead) as caught:
        find_formulas(whole[: whole.index(b"</row>")], ORIGIN)
    assert caught.value.code == "E-XML"


@pytest.mark.parametrize(
    "cells",
    [
        SUM,
        f'<c r="A3"><v>1</v></c>{SUM}<c r="C3"><f>B3+1</f></c>',
        '<c r="A3"><f>IF(B3&lt;1,"",&quot;x&quot;&amp;B3)</f><v></v></c>',
        '<c r="A3" t="str"><f>B3</f><v></v></c>',
        '<c r="A3" t="str"><f>B3</f><v>a &amp; b</v></c>',
        '<c r="A3" t="b"><f>B3=1</f><v>1</v></c><c r="B3" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
        '<c r="A3"><v>1</v></c><c r="B3"/>',
    ],
)
def test_plain_formulas_are_read_at_one_look(cells: str) -> None:
    part = part_of(cells)
    found = plain_formulas(part)
    assert found is not None
    assert found == the_long_way(part)


@pytest.mark.parametrize(
    "part",
    [
        part_of('<c r="A3"><f t="shared" ref="A3:A4" si="0">B3</f><v>1</v></c>'),
        part_of('<c r="A3"><f t="array" ref="A3">B3</f><v>1</v></c>'),
        part_of('<c s="1" r="A3"><f>B3</f><v>1</v></c>'),
        part_of('<c r="A3"><v>1</v><f>B3</f></c>'),
        part_of('<c r="A3"><!-- --><f>B3</f><v>1</v></c>'),
        part_of('<c r="A3" t="str"><f>B3</f><v>a_x000D_b</v></c>'),
        part_of(f'<x:c r="A3"><x:f>B3</x:f></x:c>{SUM}'),
        part_of(SUM).replace(b'<row r="3"', b'<row xmlns="urn:other" r="3"'),
        part_of(SUM).replace(MAIN.encode(), b"urn:other"),
    ],
)
def test_what_is_not_plain_goes_the_long_way(part: bytes) -> None:
    assert plain_formulas(part) is None


def test_a_sheet_without_formulas_has_none() -> None:
    assert plain_formulas(part_of('<c r="A3"><v>1</v></c>')) == {}


@given(st.integers(1, 1_048_576), st.integers(1, 16_384), st.booleans())
def test_no_cell_lies_outside_the_extent(row: int, column: int, plain: bool) -> None:
    letters, rest = "", column
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(65 + digit) + letters
    address = f'r="{letters}{row}"' if plain else f'r = "{letters}{row}"'
    part = part_of(f'<c r="A3"><v>1</v></c><c {address}><v>1</v></c>')
    rows, columns = extent(part)
    assert rows >= row and columns >= column
