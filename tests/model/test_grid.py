"""Grids, addresses, sheets by name."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from sheetcredit.model.grid import Book, Grid, address, column_letters
from tests.tables import place_of


@given(st.integers(0, 1_048_575), st.integers(0, 16_383))
def test_addresses_come_back(row: int, column: int) -> None:
    assert place_of(address(row, column)) == (row, column)


def test_letters() -> None:
    assert [column_letters(n) for n in (0, 25, 26, 701, 702, 16383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]


def test_values_outside_are_none() -> None:
    grid = Grid("x", [["a", ""], [1.0]])
    assert (grid.value(0, 0), grid.value(0, 1), grid.value(1, 1), grid.value(9, 0)) == ("a", None, None, None)
    assert (grid.text(1, 0), grid.text(0, 1)) == ("1.0", "")


def test_a_sheet_is_found_however_it_is_written() -> None:
    grid = Grid("Hội CCB", [])
    decomposed = unicodedata.normalize("NFD", "Hội CCB")
    assert Book("x", {decomposed: grid}).grid("Hội CCB") is grid
    assert Book("x", {"HỘI  CCB": grid}).grid("Hội CCB") is grid
    assert Book("x", {"Khác": grid}).grid("Hội CCB") is None


def test_named_cells() -> None:
    book = Book("x", {"A": Grid("A", [[1.0]])}, {"N": ("A", 0, 0), "M": ("B", 0, 0)})
    assert (book.named("N"), book.named("M"), book.named("O")) == (1.0, None, None)
