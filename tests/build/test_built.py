"""A workbook built in memory says what the same workbook says when it is read from a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from seeds.content import to_content
from seeds.generate import golden_office
from sheetcredit.build.forms import FIRST_WRITTEN_ROW
from sheetcredit.build.workbook import Content, build_workbook, built_workbook
from sheetcredit.model.errors import CannotPatch
from sheetcredit.model.grid import Book, address
from sheetcredit.template.definition import Office, load_association, load_branch, load_office
from sheetcredit.template.wording import Kind
from sheetcredit.xlsx.dependents import stale_formulas
from sheetcredit.xlsx.formulas import find_grouped
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.packing import packed
from sheetcredit.xlsx.patch import patch_cells
from sheetcredit.xlsx.read import read_book
from sheetcredit.xlsx.sums import with_sums

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
    beside = tmp_path / "b.xlsx"
    beside.write_bytes(packed(partial(built_workbook(content, office, kind).write_parts, {})))
    with ZipFile(path) as file, ZipFile(beside) as built:
        assert built.testzip() is None
        assert built.namelist() == file.namelist()
        assert all(built.read(name) == file.read(name) for name in file.namelist())
        told = [(e.date_time, e.create_system, e.external_attr, e.compress_type) for e in built.infolist()]
        assert told == [(e.date_time, 3, 0o600 << 16, ZIP_DEFLATED) for e in file.infolist()]
    assert beside.stat().st_size < path.stat().st_size * 1.05


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20)
VALUES = st.one_of(
    st.none(), TEXTS, st.integers(-(10**15) + 1, 10**15 - 1),
    st.decimals(-(10**9), 10**9, places=6).map(Decimal.normalize),
)  # fmt: skip


@settings(max_examples=25)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from(["Kiểm tra", "Tổng hợp"]), st.integers(9, 40), st.integers(0, 12)),
        VALUES, max_size=30,
    )
)  # fmt: skip
def test_values_put_into_it_are_those_of_the_file_patched(
    cells: Mapping[tuple[str, int, int], int | Decimal | str | None],
) -> None:
    office = load_branch()
    link = next(n for n, column in enumerate(office.sheet("findings").columns) if column.formula == "link")
    edits: dict[str, dict[str, int | Decimal | str | None]] = {}
    for (sheet, row, column), value in cells.items():
        if sheet != "Kiểm tra" or column != link:
            edits.setdefault(sheet, {})[address(row, column)] = value
    with TemporaryDirectory() as folder:
        patched, put = Path(folder) / "a.xlsx", Path(folder) / "b.xlsx"
        patch_cells(build_workbook(patched, BRANCH, office, "branch"), edits)
        put.write_bytes(packed(partial(built_workbook(BRANCH, office, "branch").write_parts, edits)))
        ours, theirs = load_workbook(put), load_workbook(patched)
        for page in office.sheets:
            shown = [
                {
                    c.coordinate: (c.value or None, c.style_id)
                    for line in book[page.sheet].iter_rows()
                    for c in line
                }
                for book in (ours, theirs)
            ]
            assert shown[0] == shown[1]


@pytest.mark.parametrize("text", ["<r>a & b</r>", "<r><t>x</t></r>", " hai ", "=A1", "_x000D_", "a\nb"])
def test_a_text_is_what_it_is(text: str, tmp_path: Path) -> None:
    content = replace(BRANCH, info={**BRANCH.info, "office_name": text})
    built, put = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    build_workbook(built, content, load_branch(), "branch")
    edits = {"Kiểm tra": {"C20": text}}
    put.write_bytes(packed(partial(built_workbook(content, load_branch(), "branch").write_parts, edits)))
    assert read_book(built).named("TT_TenChiNhanh") == text
    book = read_book(put)
    assert book.named("TT_TenChiNhanh") == text
    assert book.grids["Kiểm tra"].value(19, 2) == text


def test_a_link_shows_its_arrow_where_a_cell_is_named(tmp_path: Path) -> None:
    office = load_branch()
    columns = {column.name: place for place, column in enumerate(office.sheet("findings").columns)}
    cell, link = columns["cell"], columns["link"]
    path = tmp_path / "a.xlsx"
    edits = {"Kiểm tra": {address(FIRST_WRITTEN_ROW, cell): "B7"}}
    path.write_bytes(packed(partial(built_workbook(BRANCH, office, "branch").write_parts, edits)))
    grid = read_book(path, ["Kiểm tra"]).grids["Kiểm tra"]
    assert grid.text(FIRST_WRITTEN_ROW, cell) == "B7"
    assert grid.text(FIRST_WRITTEN_ROW, link) == "→"
    assert grid.text(FIRST_WRITTEN_ROW + 1, link) == ""


def test_nothing_else_is_worked_out_from_what_is_filled(tmp_path: Path) -> None:
    """Values that formulas had before something was put into a workbook would be stale."""
    office = load_branch()
    filled = [office.sheet("summary").sheet, office.sheet("findings").sheet]
    package = Package.open(build_workbook(tmp_path / "a.xlsx", BRANCH, office, "branch"))
    formulas = {
        number: find_grouped(package.text(sheet.part), package.origin(sheet.part))
        for number, sheet in enumerate(package.sheets)
    }
    written = [
        (number, row, column)
        for number, sheet in enumerate(package.sheets) if sheet.name in filled
        for row in range(1, 60) for column in range(1, 25)
    ]  # fmt: skip
    stale = stale_formulas(package, {n: found for n, found in formulas.items() if found}, written, {})
    assert [package.sheets[number].name for number in stale] == ["Kiểm tra"]
    assert {found.formula.text[:4] for found in stale[next(iter(stale))]} == {"IF(G"}  # the links


@pytest.mark.parametrize(
    ("value", "code"), [("x" * 32_768, "E-TEXT-LENGTH"), (10**15 + 1, "E-NUMBER"), (Decimal("0.1234567890123456"), "E-NUMBER")]
)  # fmt: skip
def test_what_no_cell_holds_is_refused(value: str | int | Decimal, code: str) -> None:
    built = built_workbook(BRANCH, load_branch(), "branch")
    with pytest.raises(CannotPatch) as caught:
        packed(partial(built.write_parts, {"Kiểm tra": {"A9": value}}))
    assert (caught.value.code, caught.value.details["cell"]) == (code, "A9")
