from pathlib import Path

import pytest

from sheetcredit.build.workbook import build_workbook
from sheetcredit.rulebook import our_rulebook
from sheetcredit.template.definition import load_office
from sheetcredit.template.reading import understand
from sheetcredit.workbooks import read_office
from tests.mutation.books import Typed, make_book
from tests.mutation.offices import offices


@pytest.mark.parametrize("place", [0, 1])
def test_a_book_in_memory_is_what_reading_the_built_workbook_gives(tmp_path: Path, place: int) -> None:
    content = offices()[place].content
    built = build_workbook(tmp_path / "office.xlsx", content)
    read = read_office(built, our_rulebook())
    made = understand(make_book(Typed.of(content), str(built)), load_office())
    assert made.findings == read.findings == ()
    assert made.info.values == read.info.values
    assert made.info.cells == read.info.cells
    assert made.blocks == read.blocks
    for name, table in read.tables.items():
        other = made.tables[name]
        assert (other.columns, list(other.rows), other.total_row) == (
            table.columns,
            list(table.rows),
            table.total_row,
        )
        texts = {place: formula.text for place, formula in table.grid.formulas.items()}
        sums = {place: text for place, text in texts.items() if place[0] == table.total_row}
        assert {place: formula.text for place, formula in other.grid.formulas.items()} == sums
