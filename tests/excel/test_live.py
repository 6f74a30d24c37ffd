"""Reading and writing an open book: what rectangles are written, and how values are handed to Excel."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcredit.excel.live import place_of, read_live, rectangles, sheets_now, typed, write_live
from sheetcredit.model import grid
from sheetcredit.model.errors import CannotWrite
from tests.open_book import Book, Sheet

places = st.sets(st.tuples(st.integers(1, 12), st.integers(1, 6)), max_size=40)


@given(places, st.data())
def test_rectangles_hold_what_is_needed_and_nothing_of_others(
    own: set[tuple[int, int]], data: st.DataObject
) -> None:
    needed = data.draw(st.sets(st.sampled_from(sorted(own)))) if own else set()
    covered: list[tuple[int, int]] = [
        (row, column)
        for area in rectangles(own, needed)
        for row in range(area.top, area.bottom + 1)
        for column in range(area.left, area.right + 1)
    ]
    assert len(covered) == len(set(covered))
    assert needed <= set(covered) <= own


def test_a_table_is_one_rectangle_and_columns_without_a_change_are_not_written() -> None:
    table = {(row, column) for row in range(9, 20) for column in range(1, 5)}
    assert [tuple(area) for area in rectangles(table, table)] == [(9, 1, 19, 4)]
    assert [tuple(area) for area in rectangles(table, {(9, 2), (12, 2)})] == [(9, 2, 12, 2)]
    assert [tuple(area) for area in rectangles(table, {(9, 1), (9, 2), (19, 4)})] == [
        (9, 1, 9, 2),
        (19, 4, 19, 4),
    ]


def test_neighbouring_columns_are_one_rectangle_unless_it_is_much_larger() -> None:
    table = {(row, column) for row in range(1, 2001) for column in (1, 2, 4)}
    assert [tuple(area) for area in rectangles(table, {(10, 1), (400, 1), (100, 2), (600, 2), (7, 4)})] == [
        (10, 1, 600, 2),
        (7, 4, 7, 4),
    ]
    assert [tuple(area) for area in rectangles(table, {(10, 1), (2000, 2)})] == [
        (10, 1, 10, 1),
        (2000, 2, 2000, 2),
    ]


def test_a_cell_of_the_user_within_a_column_parts_its_rectangles() -> None:
    own = {(row, column) for row in range(1, 9) for column in (1, 2)} - {(4, 2)}
    assert [tuple(area) for area in rectangles(own, own)] == [(1, 1, 8, 1), (1, 2, 3, 2), (5, 2, 8, 2)]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+84 912", "-5", "@SUM(A1)", "'x", "12e4567890", "0312", "15/04/2024", "1.5", "Mar 3", "DEC-12",
        "sept2", "TRUE", "đúng", "(5)", " 7", "\t=1", "#N/A", "$5", "5%",
    ],
)  # fmt: skip
def test_what_excel_would_take_for_something_else_stays_text(text: str) -> None:
    assert typed(text) == f"'{text}"


@pytest.mark.parametrize("text", ["R05", "V-TYPE", "Hội CCB", "J11", "Xã An Hồng: lệch 5", "đồng", "May mắn"])
def test_plain_texts_are_handed_over_as_they_are(text: str) -> None:
    assert typed(text) == text


def test_numbers_are_handed_over_as_excel_keeps_them() -> None:
    # pywin32 would make a currency with four decimals of a Decimal, and Excel takes no 64-bit integer.
    for value, expected in ((Decimal("0.337"), 0.337), (438_213_000_000, 438_213_000_000.0), (0, 0.0)):
        given_over = typed(value)
        assert given_over == expected and type(given_over) is float
    assert typed(None) is None and typed("") is None


def book_of(**sheets: list[list[Any]]) -> Book:
    return Book({name: Sheet(name, rows) for name, rows in sheets.items()})


def read(book: Book, wanted: list[str], formulas: list[str], names: Sequence[str] = ()) -> grid.Book:
    sheets = sheets_now(book)  # type: ignore[arg-type]
    return read_live(book, sheets, wanted, formulas, names)  # type: ignore[arg-type]


def test_wanted_sheets_are_read_in_one_call_each_and_others_by_name_only() -> None:
    book = book_of(A=[["Mã", 1.0], [None, "=SUM(B1)"]], B=[["x"]])
    live = read(book, ["a"], [])
    assert {name: grid.rows for name, grid in live.grids.items()} == {
        "A": [["Mã", 1.0], [None, "=SUM(B1)"]],
        "B": [],
    }
    assert book.calls == ["read A"]


def test_formulas_are_a_second_call_and_keep_the_value_they_have() -> None:
    book = book_of(A=[["Mã", 1.0]])
    book.sheets["A"].formulas = [["Mã", "=SUM(B2:B9)"]]
    live = read(book, ["A"], ["A"])
    (place, formula), *rest = live.grids["A"].formulas.items()
    assert (place, formula.text, formula.cached, rest) == ((0, 1), "SUM(B2:B9)", "1", [])
    assert book.calls == ["read A", "formulas A"]


def test_currency_formats_do_not_cost_decimals() -> None:
    # pywin32 gives Decimal with four decimals for a cell that Excel shows as currency.
    book = book_of(A=[[Decimal("5294.0371"), Decimal("10"), Decimal("0.5")]])
    book.sheets["A"].formulas = [["5294.037123", "=SUM(A2:A3)", "0.5"]]
    (row,) = read(book, ["A"], ["A"]).grids["A"].rows
    assert list(row) == [5294.037123, 10.0, 0.5] and {type(value) for value in row} == {float}
    (row,) = read(book, ["A"], []).grids["A"].rows
    assert list(row) == [5294.0371, 10.0, 0.5]


def test_names_are_those_of_one_cell_or_the_first_of_a_range() -> None:
    book = book_of(**{"Sổ ngân hàng": [["x"]]})
    book.refers_to = {
        "TH_DuNo": "='Sổ ngân hàng'!$D$11", "KT_DiaChi": "='Sổ ngân hàng'!$M$9:$M$1008", "Gone": "=#REF!$A$1",
        "Number": "=12", "Quote": "='It''s'!$B$2", "Plain": "=A!$C$3",
    }  # fmt: skip
    names = read(book, [], []).names
    assert dict(names.items()) == {
        "TH_DuNo": ("Sổ ngân hàng", 10, 3), "KT_DiaChi": ("Sổ ngân hàng", 8, 12), "Quote": ("It's", 1, 1),
        "Plain": ("A", 2, 2),
    }  # fmt: skip

    assert "Gone" not in names and names.get("") is None and len(names) == 4


def test_wanted_names_are_looked_up_with_the_values_and_not_again() -> None:
    book = book_of(A=[["x"]])
    book.refers_to = {"Wanted": "=A!$B$2", "Other": "=A!$C$3"}
    names = read(book, ["A"], [], ["Wanted", "Missing"]).names
    book.refers_to.update(Wanted="=A!$D$4", Missing="=A!$E$5")
    assert (names["Wanted"], "Missing" in names) == (("A", 1, 1), False)


def test_manual_calculation_is_caught_up_with_before_reading() -> None:
    book = book_of(A=[["x"]])
    book.app.calculation = "manual"
    read(book, ["A"], [])
    assert book.calls == ["calculate", "read A"]


def test_writing_leaves_the_program_as_it_was_even_when_it_fails() -> None:
    book = book_of(A=[["x"]])
    book.sheets["A"].refuses = True
    with pytest.raises(CannotWrite) as caught:
        write_live(book, {"A": {"B2": 1}}, {})  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.details["sheet"]) == ("E-LIVE-WRITE", "A")
    assert (book.app.screen_updating, book.app.enable_events, book.app.calculation) == (
        True,
        True,
        "automatic",
    )


def test_where_nothing_changes_the_program_is_left_alone() -> None:
    book = book_of(A=[["x"]])
    del book.app  # whatever is asked of it would fail
    write_live(book, {"A": {}}, {"A": {"A1": 7}})  # type: ignore[arg-type]
    assert book.calls == []


def test_a_block_is_written_in_one_call() -> None:
    book = book_of(A=[["x"]])
    whole = {f"{letter}{row}": row for letter in "AB" for row in (1, 2, 3)}
    write_live(book, {"A": {"A1": 7, "B3": "=x", "A3": None, "B1": 8}}, {"A": whole})  # type: ignore[arg-type]
    assert book.calls == ["write A (1, 1)-(3, 2)"]
    assert book.sheets["A"].written == [[7.0, 8.0], [2.0, 2.0], [None, "'=x"]]


@pytest.mark.parametrize("place", ["Book1", "https://d.docs.live.net/x/a.xlsm", ""])
def test_a_book_without_a_folder_has_no_place(place: str) -> None:
    book = book_of(A=[["x"]])
    book.fullname = place
    assert place_of(book) is None  # type: ignore[arg-type]
