"""Formulas are found, read and followed alike, by searches in a plain sheet and by expat in any other."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sheetcredit.model.errors import CannotRead
from sheetcredit.xlsx.cached_values import formulas_by_sheet
from sheetcredit.xlsx.dependents import FormulaGraph
from sheetcredit.xlsx.formulas import by_place, find_formulas
from sheetcredit.xlsx.inspect import extent
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.scan import scan_general, scan_plain
from sheetcredit.xlsx.xml_bytes import Origin
from tests.xlsx.fuzzing import found_by
from tests.xlsx.patch_corpus import MAIN, hand_made, sheet_xml

ORIGIN = Origin("a.xlsx", "xl/worksheets/sheet1.xml")
SUM = '<c r="B3" s="4"><f>SUM(B1:B2)</f><v>3</v></c>'


def part_of(cells: str, **around: str) -> bytes:
    """A sheet part with one row of cells."""
    return sheet_xml(f'<row r="3" spans="1:9">{cells}</row>', **around).encode()


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
def test_usual_formulas_are_read_as_expat_reads_them(cells: str) -> None:
    part = part_of(cells)
    fast = scan_plain(part, None)
    assert fast is not None and not fast.special
    assert found_by(fast, part) == found_by(scan_general(part, None, ORIGIN), part)


def test_texts_and_cached_values() -> None:
    cells = '<c r="A3" t="str"><f>B3&lt;"é"</f><v>a_x000D_&amp;b</v></c><c r="B3"><f>1</f><v></v></c>'
    formulas = by_place(find_formulas(part_of(cells), ORIGIN), ORIGIN)
    assert [(place, one.text, one.cached) for place, one in formulas.items()] == [
        ((3, 1), 'B3<"é"', "a\r&b"),
        ((3, 2), "1", None),
    ]


@pytest.mark.parametrize(
    "part",
    [
        part_of('<c s="1" r="A3"><f>B3</f><v>1</v></c>'),
        part_of('<c r="A3"><!-- --><f>B3</f><v>1</v></c>'),
        part_of(SUM).replace(b'<row r="3"', b'<row xmlns="urn:other" r="3"'),
        part_of(SUM).replace(MAIN.encode(), b"urn:other"),
    ],
)
def test_what_is_not_plain_is_left_to_expat(part: bytes) -> None:
    assert scan_plain(part, None) is None


def test_a_sheet_without_formulas_has_none() -> None:
    assert not find_formulas(part_of('<c r="A3"><v>1</v></c>'), ORIGIN)


TERMS = st.sampled_from(
    [
        "A{r}",
        "$A$1",
        "A{p}*2",
        "SUM(A$1:A{r})",
        "SUM({r}:{r})",
        "A1{r}",
        "Hai{r}!A1",
        "Tên{r}",
        '"A{r}"',
        "SUM(A{n}:A1)",
    ]
)
BOOK = '<definedNames><definedName name="Tên3">S1!$A$3</definedName></definedNames>'


@settings(deadline=None, max_examples=80)
@given(st.lists(TERMS, min_size=1, max_size=3), st.integers(1, 14))
def test_formulas_alike_are_followed_as_each_by_itself(terms: list[str], edited: int) -> None:
    """A comment sends a sheet to the general scan, which reads each formula for itself."""
    text = "+".join(terms)
    rows = "".join(
        f'<row r="{row}"><c r="D{row}"><f>{text.format(r=row, p=max(row - 1, 1), n=row + 1)}</f><v>{row}</v></c></row>'
        for row in range(1, 13)
    )

    def found(body: str) -> set[tuple[int, tuple[int, int]]]:
        package = Package(hand_made(body, sheet_xml(""), workbook=BOOK), "a.xlsx")
        graph = FormulaGraph(package, formulas_by_sheet(package), {})
        groups = graph.dependents([(0, edited, 1)]).items()
        return {(group.sheet, group.cells[member]) for group, members in groups for member in members}

    assert found(sheet_xml(rows)) == found(sheet_xml(rows, before="<!-- -->"))


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
