"""Months, quarters and a year's turn of one office, each workbook made from the one before."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from shutil import copy
from typing import NamedTuple

import pytest
from openpyxl import load_workbook

from sheetcredit.cli.main import main
from sheetcredit.consolidate.branch_report import read_branch
from sheetcredit.model.period import Period, parse_period
from sheetcredit.next_period import make_next
from sheetcredit.outcome import Report
from sheetcredit.report import reconcile, run, validate
from sheetcredit.xlsx.patch import patch_cells
from tests.checks.cells import cell_of, read, value_of
from tests.checks.next_quarters import enter, next_quarter, restated
from tests.checks.periods import golden_tables, write
from tests.journeys.test_next import openings, openings_in
from tests.seeds_of import GOLDEN

FARMERS, INFO = "Hội Nông dân", "Thông tin"


class Step(NamedTuple):
    """A period, the planted mistake (column of the row of Đồng Thái, and by how much it is wrong) and its code."""

    period: str
    column: str
    wrong: int
    code: str


# After a quarter, between two, at the turn of a year (when communes merged), and a quarter after its months.
CHAIN = (
    Step("2024-04", "opening", 5, "R20"),
    Step("2024-05", "disbursement", -500, "R21"),
    Step("2024Q2", "balance", 9, "R02"),
    Step("2024-12", "opening", -7, "R20"),
    Step("2025-01", "opening", 3, "R20"),
    Step("2025Q1", "opening", 4, "R20"),
)


@pytest.fixture
def first(tmp_path: Path) -> Path:
    book = Path(copy(GOLDEN, tmp_path / "an-duong-2024Q1.xlsx"))
    assert main(["run", str(book), "--quiet"]) == 0
    return book


def wrong(report: Report) -> set[tuple[str, str | None]]:
    return {(f.code, f.sheet) for f in report.findings if f.severity != "note" and f.code != "R15"}


def test_a_mixed_chain_each_clean_and_each_mistake_found(first: Path) -> None:
    book, tables = first, golden_tables()
    for step in CHAIN:
        period, before = parse_period(step.period), read(book).info.period
        assert before is not None
        asked = None if before.next() == period else period
        made = make_next(book, period=asked)
        assert made.period == period and made.path.name == f"an-duong-{period}.xlsx"
        assert made.new_year == (before.last_day == date(2024, 12, 31))
        assert read(made.path).info.as_of == period.last_day
        tables = next_quarter(restated(tables, made.restated), made.new_year)
        assert openings_in(made.path) == openings(tables), step
        enter(made.path, tables)
        report = run(made.path)
        assert report.previous == book and wrong(report) == set(), step
        assert (report.previous_period, report.periods_back) == (before, {"2024-12": 6}.get(step.period, 1))
        cell = cell_of(made.path, FARMERS, "11617", step.column)
        right = int(float(str(value_of(made.path, FARMERS, cell))))
        slip = patch_cells(made.path, {FARMERS: {cell: right + step.wrong}}, first.parent / "sai.xlsx")
        assert (step.code, FARMERS) in wrong(reconcile(slip, previous=book)), step
        slip.unlink()
        book = made.path


def test_a_quarter_says_what_its_last_month_says(first: Path) -> None:
    tables = next_quarter(golden_tables(), new_year=False)
    month = make_next(first, period=parse_period("2024-06")).path
    enter(month, tables)
    quarter = make_next(first).path
    enter(quarter, tables)
    for book in (month, quarter):
        report = run(book)
        # Neither is held against the other as if it came before it.
        assert report.previous == first and wrong(report) == set()
    cell = cell_of(quarter, FARMERS, "11617", "deposits")
    patch_cells(quarter, {FARMERS: {cell: 1 + int(float(str(value_of(quarter, FARMERS, cell))))}})
    [asked] = [f for f in reconcile(quarter).findings if f.code == "H-SAME-DAY"]
    assert (asked.sheet, asked.cell, asked.difference, asked.severity) == (FARMERS, cell, 1_000_000, "query")
    [back] = [f for f in reconcile(month).findings if f.code == "H-SAME-DAY"]
    assert (back.sheet, back.difference) == (FARMERS, -1_000_000)
    after = make_next(quarter, period=parse_period("2024-07")).path
    assert reconcile(after).previous == quarter  # the one it was made from, of the two of that day


@pytest.mark.parametrize(
    ("found", "wanted"),
    [("2024Q1", "2024-03"), ("2024Q1", "2023-12"), ("2024Q3", "2025-01"), ("2024-11", "2025")],
)
def test_a_period_whose_openings_are_not_known_is_refused(
    tmp_path: Path, found: str, wanted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    book = patch_cells(
        GOLDEN, {INFO: {"C10": found, "C11": parse_period(found).last_day}}, tmp_path / "a.xlsx"
    )
    assert main(["next", str(book), "--period", wanted]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and wanted in told and list(tmp_path.iterdir()) == [book]


@pytest.mark.parametrize(
    ("typed", "period"),
    [
        ("2024-09", Period(2024, 9, "month")),
        (date(2024, 9, 1), Period(2024, 9, "month")),  # a spreadsheet makes a day of 2024-09
        (2024, Period(2024, 1, "year")),
        ("2024", Period(2024, 1, "year")),
    ],
)
def test_a_period_as_it_is_typed(tmp_path: Path, typed: object, period: Period) -> None:
    open_book = load_workbook(GOLDEN)
    details, book = open_book[INFO], tmp_path / "a.xlsx"
    details["C10"].number_format = "mmm-yy" if isinstance(typed, date) else "General"
    details["C10"].value, details["C11"].value = typed, period.last_day
    open_book.save(book)
    assert read(book).info.period == period
    assert not [f for f in validate(book).findings if f.sheet == INFO]


@pytest.mark.parametrize("period", ["2026-08", "2026Q3", "2026"])
def test_a_new_workbook_of_any_kind_of_period(tmp_path: Path, period: str) -> None:
    book = tmp_path / "moi.xlsx"
    assert main(["new", str(book), "--office", "0312", "--period", period, "--no-buttons"]) == 0
    info = read(book).info
    assert (str(info.period), info.as_of) == (period, parse_period(period).last_day)


def test_a_branch_counts_a_month_and_its_quarter_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "den"
    folder.mkdir()
    copy(GOLDEN, folder / "quy.xlsx")
    write(folder / "thang.xlsx", golden_tables(), "2024-03")
    for asked in ([], ["--period", "2024-03"], ["--period", "2024Q1"]):
        out = tmp_path / f"chi-nhanh{len(list(tmp_path.iterdir()))}.xlsx"
        main(["consolidate", str(folder), "-o", str(out), "--json", *asked])
        said = capsys.readouterr().out
        assert read_branch(out).book.named("TH_DuNo") == 438_213, asked
        assert json.loads(said)["period"] == (asked[1] if asked else "2024Q1")
        assert "N-OTHER-PERIOD" not in said
