"""Rows written at once are the same bytes as the same rows written cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

import pytest

from sheetcredit.build.rows_at_once import LONGEST, TableSheet
from sheetcredit.build.styles import Styles, Workbook, Worksheet
from sheetcredit.build.tables import write_value

Columns = Sequence[Sequence[object]]
Fill = Callable[[TableSheet, Styles, int, Sequence[float], Columns], None]


def at_once(page: TableSheet, styles: Styles, first: int, heights: Sequence[float], columns: Columns) -> None:
    page.write_rows(first, heights, styles.of("open"), _looks(styles, columns), columns)


def singly(page: TableSheet, styles: Styles, first: int, heights: Sequence[float], columns: Columns) -> None:
    for row, height in enumerate(heights, start=first):
        page.set_row(row, height, styles.of("open"))
        for place, (column, look) in enumerate(zip(columns, _looks(styles, columns), strict=True)):
            write_value(page, row, place, column[row - first], look)


def _looks(styles: Styles, columns: Columns) -> list[object]:
    return [styles.of("box", ("left", "right", "centre")[place % 3]) for place in range(len(columns))]


def parts_of(fill: Fill, first: int, heights: Sequence[float], columns: Columns) -> dict[str, bytes]:
    """A workbook with such a table between a heading and a foot, then a plain sheet."""
    target = BytesIO()
    book = Workbook(target, {"in_memory": True})
    book.set_properties({"created": datetime(2024, 1, 1)})
    styles = Styles(book)
    page: TableSheet = book.add_worksheet("Bảng", TableSheet)
    _write_heading(page, styles)
    fill(page, styles, first, heights, columns)
    below = first + len(heights)
    page.write_formula(below, 1, f"=SUM(B{first + 1}:B{below})", styles.of("total"), 1)
    page.write_string(below + 3, 9, "chân trang", styles.of("italic"))
    after: Worksheet = book.add_worksheet("Sau", TableSheet)
    after.write_string(0, 0, "đầu bảng")
    after.write_string(1, 0, "chân trang")
    book.close()
    with ZipFile(target) as package:
        return {name: package.read(name) for name in package.namelist()}


def _write_heading(page: TableSheet, styles: Styles) -> None:
    page.merge_range(0, 1, 0, 2, "", styles.of("title"))
    page.write_string(0, 1, "đầu bảng", styles.of("title"))
    page.set_row(1, 20)


def test_every_kind_of_value() -> None:
    columns: Columns = [
        ["01", "02", None, "", "a & b <c> \"d\" 'e'", "01", " hai dấu cách  ", "dòng\nkhác", "_x000D_"],
        [1, -2, None, 10**15, 10**17, Decimal("12.345678"), Decimal("-0.000001"), 0, Decimal(7)],
        [0.1, 2.5e-7, None, 1e20, -3.0, 7, True, False, Decimal("0.337")],
        [date(2024, 3, 31), datetime(2024, 3, 31, 12, 30), None, "31/3", date(1900, 1, 1), 1, "01", 2, None],
    ]
    heights = [16.5, 16.5, 33, 16.5, 15, 49.5, 16.5, 0.75, 16.5]
    built = parts_of(at_once, 2, heights, columns)
    assert built == parts_of(singly, 2, heights, columns)
    assert b"<v>12.345678</v>" in built["xl/worksheets/sheet1.xml"]


@pytest.mark.parametrize("first", [2, 9, 15, 16])
@pytest.mark.parametrize("rows", [1, 7, 16, 40])
def test_the_places_where_groups_of_rows_begin_and_end(first: int, rows: int) -> None:
    columns: Columns = [[f"{row:04}" for row in range(rows)], range(rows), [None] * rows]
    heights = [16.5] * rows
    assert parts_of(at_once, first, heights, columns) == parts_of(singly, first, heights, columns)


def test_a_number_that_is_none_is_refused_as_it_always_was() -> None:
    for fill in (at_once, singly):
        with pytest.raises((ValueError, TypeError)):
            parts_of(fill, 2, [16.5], [[float("nan")]])


def test_a_text_of_the_greatest_length_is_written_whole() -> None:
    columns: Columns = [["\U0001f33e" * LONGEST]]
    assert parts_of(at_once, 2, [16.5], columns) == parts_of(singly, 2, [16.5], columns)
