"""What whole columns and plain headers settle at once is what looking at each would say."""

from __future__ import annotations

from unittest.mock import patch

from sheetcredit.outcome import Report
from sheetcredit.report import check_readings
from sheetcredit.template import schema
from sheetcredit.template.definition import load_office
from sheetcredit.template.headers import _Search, find_header
from sheetcredit.template.reading import Reading, understand
from tests.checks.test_stacked import _with_mistakes
from tests.mutation.books import Typed, make_book
from tests.mutation.offices import offices, rulebook
from tests.tiny_office import office_book


def _reports(readings: list[Reading]) -> list[Report]:
    return check_readings(readings, rulebook())


def test_pandera_is_asked_the_same_question_either_way() -> None:
    readings = _with_mistakes(8)
    quick = _reports(readings)
    schema.frame_schema.cache_clear()
    with patch.object(schema, "_surely_sound", lambda *_: False):
        assert _reports(readings) == quick
    schema.frame_schema.cache_clear()


def test_a_plain_header_is_what_the_search_finds() -> None:
    office = load_office()
    books = [office_book(), make_book(Typed.of(offices()[1].content), "a.xlsx")]
    plain = 0
    for book in books:
        for sheet in office.tables():
            grid = book.grids[sheet.sheet]
            found = find_header("a.xlsx", sheet, grid, office.conventions)
            with patch.object(_Search, "plain", return_value=None) as asked:
                assert find_header("a.xlsx", sheet, grid, office.conventions) == found
            plain += asked.called
    assert plain == len(books) * len(office.tables())


def test_a_heading_that_could_be_a_header_is_weighed() -> None:
    office = load_office()
    book = office_book()
    sheet = office.sheet("farmers")
    rows = [list(row) for row in book.grids[sheet.sheet].rows]
    headers = rows[0]
    grid = book.grids[sheet.sheet]
    twice = type(grid)(grid.sheet, [headers, headers, ["x"], *rows])
    with patch.object(_Search, "plain", return_value=None):
        expected = find_header("a.xlsx", sheet, twice, office.conventions)
    assert find_header("a.xlsx", sheet, twice, office.conventions) == expected
    assert understand(book, office).tables["farmers"].header_row == 0
