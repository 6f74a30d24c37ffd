"""A workbook built in memory says what the same workbook says when it is read from a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import pytest

from seeds.content import to_content
from seeds.generate import golden_office
from sheetcredit.model.grid import Book
from sheetcredit.template.association import load_association
from sheetcredit.template.build import Content, build_workbook, built_workbook
from sheetcredit.template.definition import Office, load_branch, load_office
from sheetcredit.template.wording import Kind
from sheetcredit.workbook.deflate import deflated
from sheetcredit.workbook.read import read_book
from sheetcredit.workbook.sums import with_sums

DAY = date(2024, 3, 31)
BRANCH = Content(
    {"office": "00", "office_name": "Hội sở & <chính>", "period": "2024Q1", "as_of": DAY, "unit": "triệu đồng"},
    {
        "programmes": [
            {"programme": "01", "programme_name": "Cho vay", "opening": Decimal("1.5"), "balance": Decimal(2)},
            {"programme": "02", "programme_name": None, "opening": None, "balance": Decimal("0.000001")},
        ],
        "units": [{"office": "5000", "office_name": "số 5000", "balance": Decimal(7), "customers": 3}],
        "submissions": [
            {"office": "5000", "office_name": "số 5000", "due": DAY, "received": DAY, "state": "Nhận", "version": 1,
             "file": "a/5000.xlsx", "story": "dòng một\ndòng hai"},
            {"office": "5001", "office_name": "số 5001", "due": DAY, "state": "Chưa nộp"},
        ],
        "ratings": [],
    },
)  # fmt: skip
CASES: Sequence[tuple[Content, Office, Kind]] = (
    (BRANCH, load_branch(), "branch"),
    (Content({}, {}), load_branch(), "branch"),
    (to_content(golden_office()), load_office(), "office"),
    (Content({}, {}), load_office(), "office"),
    (Content({"period": "2024Q1"}, {}), load_association(), "association"),
)


def _as_lists(book: Book) -> Book:
    """Comparable: who made a row's sequence does not matter, nor where the file lay."""
    grids = {name: replace(grid, rows=[list(row) for row in grid.rows]) for name, grid in book.grids.items()}
    return replace(book, path="", digest=None, grids=grids)


@pytest.mark.parametrize(("content", "office", "kind"), CASES)
def test_it_is_what_is_read_in_the_file(content: Content, office: Office, kind: Kind, tmp_path: Path) -> None:
    path = build_workbook(tmp_path / "a.xlsx", content, office, kind)
    read = read_book(path, [sheet.sheet for sheet in office.tables()])
    built = built_workbook(content, office, kind)
    grids = {name: with_sums(grid) for name, grid in built.book.grids.items()}
    assert _as_lists(replace(built.book, grids=grids)) == _as_lists(read)
    assert list(built.book.grids) == list(read.grids)


@pytest.mark.parametrize(("content", "office", "kind"), CASES)
def test_its_parts_are_those_of_the_file(
    content: Content, office: Office, kind: Kind, tmp_path: Path
) -> None:
    path = build_workbook(tmp_path / "a.xlsx", content, office, kind)
    packed = tmp_path / "b.xlsx"
    data = built_workbook(content, office, kind).data
    packed.write_bytes(deflated(data))
    assert packed.stat().st_size < len(data) / 3
    with ZipFile(path) as file, ZipFile(packed) as built:
        assert built.namelist() == file.namelist()
        assert all(built.read(name) == file.read(name) for name in file.namelist())
        dates = [entry.date_time for entry in built.infolist()]
        assert dates == [entry.date_time for entry in file.infolist()]
