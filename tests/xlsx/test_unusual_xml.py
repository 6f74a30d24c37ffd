"""The same workbook in XML that few programs write: read as Excel reads it, and patched where it stands."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcredit.model.errors import CannotPatch, CannotRead
from sheetcredit.template.recognise import recognise
from sheetcredit.xlsx.for_calamine import for_calamine
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.patch import patch_cells
from sheetcredit.xlsx.read import book_of, peek, read_book
from tests.seeds_of import GOLDEN
from tests.xlsx.hostile import SHEET, STRINGS, WORKBOOK, WORKBOOK_LINKS, packed, parts_of

FARMERS = "Hội Nông dân"
PARTS = parts_of(GOLDEN.read_bytes())
USUAL = read_book(GOLDEN, [FARMERS])
NUMBER = re.compile(rb'(<c r="I13"[^>]*>)<v>12447</v>')

Change = Callable[[bytes], bytes]


def with_number(value: bytes) -> bytes:
    part = NUMBER.sub(lambda cell: cell[1] + value, PARTS[SHEET])
    assert part != PARTS[SHEET]
    return packed(PARTS | {SHEET: part})


NUMBERS = {
    "cdata": b"<v><![CDATA[12447]]></v>",
    "half in cdata": b"<v>12<![CDATA[447]]></v>",
    "comment": b"<v>12<!-- x -->447</v>",
    "comment that looks like more": b"<!-- <v>9</v> <![CDATA[ --><v>12447</v><!-- ]]> -->",
    "instruction": b"<v>12<?x y?>447</v>",
    "reference": b"<v>&#49;2447</v>",
    "references in hexadecimal": b"<v>&#x31;2&#x0034;47</v>",
    "cdata of a formula": b"<f>1+1</f><v><![CDATA[12447]]></v>",
}


@pytest.mark.parametrize("kind", NUMBERS)
def test_a_number_is_what_xml_says(kind: str) -> None:
    book = book_of(with_number(NUMBERS[kind]), Path("a.xlsx"), [FARMERS])
    assert [list(row) for row in book.grids[FARMERS].rows] == [list(row) for row in USUAL.grids[FARMERS].rows]


BETWEEN = st.tuples(st.integers(0, 4), st.sampled_from([b"<!---->", b"<![CDATA[]]>", b"<?a b?>"]))


@given(st.lists(BETWEEN, min_size=1, max_size=9))
def test_whatever_stands_between_the_digits(between: list[tuple[int, bytes]]) -> None:
    digits = [bytes([digit]) for digit in b"12447"]
    for at, piece in between:
        digits[at] += piece
    book = book_of(with_number(b"<v>" + b"".join(digits) + b"</v>"), Path("a.xlsx"))
    assert book.grids[FARMERS].value(12, 8) == 12447


def test_cdata_in_texts_stays_text(tmp_path: Path) -> None:
    shared = PARTS[STRINGS].replace(
        "Thị trấn An Dương".encode(), "<![CDATA[Thị trấn <An> & Dương]]>".encode()
    )
    assert shared != PARTS[STRINGS]
    book = book_of(packed(PARTS | {STRINGS: shared}), tmp_path / "a.xlsx")
    assert book.grids[FARMERS].value(9, 1) == "Thị trấn <An> & Dương"


@pytest.mark.parametrize("piece", [b"<!-- ", b"<![CDATA[12447", b"<?x "])
def test_what_never_ends_is_no_xml(piece: bytes) -> None:
    with pytest.raises(CannotRead) as caught:
        book_of(with_number(b"<v>" + piece + b"</v>"), Path("a.xlsx"))
    assert caught.value.code == "E-XML"


def test_a_usual_file_is_given_as_it_is() -> None:
    data = GOLDEN.read_bytes()
    assert for_calamine(Package(data, "a.xlsx")) is data


MODULES = {
    "empty": b'<sheet name="Module1" sheetId="99" state="veryHidden" r:id=""/>',
    "none": b'<sheet name="Macro1" sheetId="99" state="hidden"/>',
    "shown": b'<sheet name="Macro1" sheetId="99"/>',
}


def with_module(tag: bytes, first: bool) -> bytes:
    """The golden workbook with one more sheet that has no part, before or behind all others."""
    workbook = PARTS[WORKBOOK]
    if first:  # names that belong to one sheet count the sheets
        workbook = re.sub(
            rb'localSheetId="(\d+)"', lambda local: b'localSheetId="%d"' % (int(local[1]) + 1), workbook
        )
    at = b"<sheets>" if first else b"</sheets>"
    return packed(PARTS | {WORKBOOK: workbook.replace(at, at + tag if first else tag + at)})


class TestASheetWithoutAPart:
    @pytest.mark.parametrize("first", [True, False])
    @pytest.mark.parametrize("kind", MODULES)
    def test_is_no_reason_not_to_read_the_others(self, kind: str, first: bool, tmp_path: Path) -> None:
        path = tmp_path / "a.xlsx"
        path.write_bytes(with_module(MODULES[kind], first))
        book = read_book(path, [FARMERS])
        assert book.names == USUAL.names
        assert {name: list(grid.rows) for name, grid in book.grids.items()} == {
            name: list(grid.rows) for name, grid in USUAL.grids.items()
        }
        assert peek(path, "Thông tin") is not None and recognise(path)
        ours, theirs = Package.open(path), Package.open(GOLDEN)
        assert {(name.name, name.sheet) for name in ours.all_names} == {
            (name.name, name.sheet) for name in theirs.all_names
        }

    def test_stays_when_a_cell_is_written(self, tmp_path: Path) -> None:
        path = tmp_path / "a.xlsx"
        path.write_bytes(with_module(MODULES["empty"], first=True))
        patch_cells(path, {FARMERS: {"I13": 5}})
        assert read_book(path).grids[FARMERS].value(12, 8) == 5
        assert MODULES["empty"] in parts_of(path.read_bytes())[WORKBOOK]

    def test_one_whose_part_was_lost_is_damage(self) -> None:
        workbook = PARTS[WORKBOOK].replace(
            b"</sheets>", b'<sheet name="A" sheetId="99" r:id="x99"/></sheets>'
        )
        with pytest.raises(CannotRead) as caught:
            book_of(packed(PARTS | {WORKBOOK: workbook}), Path("a.xlsx"))
        assert caught.value.code == "E-TRUNCATED"


def backslashed(parts: dict[str, bytes]) -> bytes:
    """The workbook with all names written as some programs on Windows do; a zip library would put them right."""
    data = packed({name.replace("/", "?"): part for name, part in parts.items()})
    for name in parts:
        data = data.replace(name.replace("/", "?").encode(), name.replace("/", "\\").encode())
    return data


class TestNamesWithBackslashes:
    def test_are_read_and_patched_and_stay(self, tmp_path: Path) -> None:
        path = tmp_path / "a.xlsx"
        path.write_bytes(backslashed(PARTS))
        assert read_book(path, [FARMERS]).grids[FARMERS].value(12, 8) == 12447
        patch_cells(path, {FARMERS: {"I13": 5}})
        after = path.read_bytes()
        assert read_book(path).grids[FARMERS].value(12, 8) == 5
        for name in PARTS:
            assert (name.replace("/", "\\").encode() in after) and (
                "/" not in name or name.encode() not in after
            )

    def test_in_links_are_followed(self) -> None:
        links = re.sub(
            rb'(?<=Target=")[^"]+', lambda link: link[0].replace(b"/", b"\\"), PARTS[WORKBOOK_LINKS]
        )
        assert links != PARTS[WORKBOOK_LINKS]
        book = book_of(packed(PARTS | {WORKBOOK_LINKS: links}), Path("a.xlsx"), [FARMERS])
        assert list(book.grids[FARMERS].rows) == list(USUAL.grids[FARMERS].rows)


class TestNamesOfSheets:
    """One name in two spellings: accents composed (NFC) or not (NFD), capitals."""

    NFD = normalize("NFD", FARMERS)

    def renamed(self, *names: str) -> bytes:
        first, *more = names
        workbook = PARTS[WORKBOOK].replace(f'"{FARMERS}"'.encode(), f'"{first}"'.encode())
        for place, name in enumerate(more):
            workbook = workbook.replace(b'"Tr\xe1\xbb\xb1c ti\xe1\xba\xbfp"', f'"{name}"'.encode())
            assert place == 0
        return packed(PARTS | {WORKBOOK: workbook})

    @pytest.mark.parametrize("asked", [FARMERS, NFD, FARMERS.upper(), NFD.upper()])
    @pytest.mark.parametrize("there", [FARMERS, NFD])
    def test_are_one_name(self, asked: str, there: str, tmp_path: Path) -> None:
        path = tmp_path / "a.xlsx"
        path.write_bytes(self.renamed(there))
        patch_cells(path, {asked: {"I13": 5}})
        assert read_book(path).grids[there].value(12, 8) == 5

    def test_letter_for_letter_counts_first(self, tmp_path: Path) -> None:
        path = tmp_path / "a.xlsx"
        path.write_bytes(self.renamed(FARMERS, self.NFD))
        patch_cells(path, {self.NFD: {"A1": 5}, FARMERS: {"I13": 6}})
        book = read_book(path)
        assert book.grids[self.NFD].value(0, 0) == 5 and book.grids[FARMERS].value(12, 8) == 6

    def test_two_alike_are_not_chosen_between(self, tmp_path: Path) -> None:
        path = tmp_path / "a.xlsx"
        path.write_bytes(self.renamed(FARMERS, self.NFD))
        with pytest.raises(CannotPatch) as caught:
            patch_cells(path, {FARMERS.upper(): {"I13": 5}})
        assert caught.value.code == "E-SHEETS-ALIKE" and "\\u" in str(caught.value.details["sheets"])
