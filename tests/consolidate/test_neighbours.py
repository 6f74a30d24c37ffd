"""Offices side by side: what is planted is found, in the right cell, and nothing else."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import polars as pl
import pytest

from sheetcredit.archive.partitions import Partition
from sheetcredit.consolidate.arrivals import Arrivals
from sheetcredit.consolidate.consolidate import Consolidated, Options, consolidate
from sheetcredit.consolidate.neighbours import findings_of_neighbours
from sheetcredit.model.errors import CannotRead
from sheetcredit.model.period import Period, parse_period
from sheetcredit.page.write import write_page
from sheetcredit.rulebook import Rulebook
from sheetcredit.template.definition import load_office
from tests.consolidate.branch_offices import arrived, built, office, patched, rulebook_of

NUMBERS = (1, 2, 3, 4, 5, 6)
CODES = ("N-GROUP-TWICE", "N-COMMUNE-TWICE", "N-OUTLIER")
pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported")


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return rulebook_of([office(number) for number in NUMBERS])


def run(folder: Path, rulebook: Rulebook) -> Consolidated:
    return consolidate(
        [folder / "den"], folder / "cn.xlsx", rulebook, Options(workers=1, include_blocked=True)
    )


def put(folder: Path) -> dict[int, Path]:
    return {number: arrived(folder / "den" / f"PGD030{number}.xlsx", built(number)) for number in NUMBERS}


def found(result: Consolidated) -> list[tuple[str, str | None, str | None, str]]:
    return [(f.code, f.sheet, f.cell, Path(f.file).name) for f in result.report.findings if f.code in CODES]


def column(path: Path, sheet: str, header: str) -> tuple[str, int]:
    """The letter of a column and the Excel row of its header."""
    for row in openpyxl.load_workbook(path)[sheet].iter_rows():
        for cell in row:
            if cell.value == header:
                return cell.column_letter, cell.row
    raise AssertionError(header)


def test_offices_that_are_as_they_should_be(tmp_path: Path, rulebook: Rulebook) -> None:
    put(tmp_path)
    assert found(run(tmp_path, rulebook)) == []


def test_a_group_of_another_office(tmp_path: Path, rulebook: Rulebook) -> None:
    paths = put(tmp_path)
    sheet = load_office().sheet("groups")
    letter, header = column(paths[2], sheet.sheet, sheet.column("group").header)
    commune, _ = column(paths[2], sheet.sheet, sheet.column("commune").header)
    theirs, row = office(1).groups[0], header + 2
    # The code alone is no proof: another office may have used it for a group of its own.
    patched(paths[2], {sheet.sheet: {f"{letter}{row}": theirs.code}})
    assert "N-GROUP-TWICE" not in {code for code, *_ in found(run(tmp_path, rulebook))}
    patched(paths[2], {sheet.sheet: {f"{commune}{row}": theirs.commune}})
    result = run(tmp_path, rulebook)
    (one,) = [place for place in found(result) if place[0] == "N-GROUP-TWICE"]
    assert one == ("N-GROUP-TWICE", sheet.sheet, f"{letter}{row}", "PGD0302.xlsx")
    (finding,) = [f for f in result.report.findings if f.code == "N-GROUP-TWICE"]
    assert finding.details["items"] == (theirs.code,)
    page = write_page(result.totals, tmp_path / "tinh-hinh.html", "vi").read_text(encoding="utf-8")
    assert theirs.code in page  # among what is told before the totals


def overdue_as_large_as_a_balance(path: Path) -> None:
    """The first programme with a balance is overdue whole."""
    sheet = load_office().sheet("programmes")
    letter, header = column(path, sheet.sheet, sheet.column("overdue").header)
    balance, _ = column(path, sheet.sheet, sheet.column("balance").header)
    book = openpyxl.load_workbook(path)[sheet.sheet]
    first = next(
        row
        for row in range(header + 1, header + 5)
        if isinstance(book[f"{balance}{row}"].value, (int, float))
    )
    patched(path, {sheet.sheet: {f"{letter}{first}": float(book[f"{balance}{first}"].value)}})


def test_a_figure_unlike_all_others(tmp_path: Path, rulebook: Rulebook) -> None:
    overdue_as_large_as_a_balance(put(tmp_path)[4])
    assert [(code, file) for code, _, _, file in found(run(tmp_path, rulebook))] == [
        ("N-OUTLIER", "PGD0304.xlsx")
    ]


def test_too_few_offices_have_no_middle(tmp_path: Path, rulebook: Rulebook) -> None:
    for number in NUMBERS[:4]:
        arrived(tmp_path / "den" / f"{number}.xlsx", built(number))
    patched(tmp_path / "den" / "4.xlsx", {"Chương trình": {"J9": 20_000}})
    assert "N-OUTLIER" not in {code for code, *_ in found(run(tmp_path, rulebook))}


def archived(folder: Path, period: Period, office: str, branch: str, **amounts: int) -> Path:
    """A report in an archive with one row of programmes; the file of that row."""
    key: dict[str, object] = {"office": office, "submission": "1"}
    report = key | {
        "office_name": "PGD", "unit": 1, "unit_name": "đồng", "received": None, "blocks": False,
        "as_of": period.last_day, "findings": 0, "layout": "{}",
    }  # fmt: skip
    place = Partition(period, branch)
    for table, held in (("submissions", report), ("programmes", key | amounts)):
        file = place.file(folder, table)
        file.parent.mkdir(parents=True, exist_ok=True)
        pl.DataFrame([held]).write_parquet(file)
    return place.file(folder, "programmes")


def history(folder: Path, shares: list[int], growth: int = 100) -> Path:
    """An archive of 0304's quarters up to 2023Q4: of 1,000 so much is overdue in each, so much was not there
    when its year began."""
    period = parse_period("2023Q4")
    for share in reversed(shares):
        archived(folder, period, "0304", "03", balance=1000, overdue=share, opening=1000 - growth, plan=1100)
        period = period.previous()
    return folder


def of_history(arrived: Arrivals, archive: Path) -> list[tuple[str, str]]:
    """The file and the measure of each."""
    findings = findings_of_neighbours(arrived, archive)
    return [(Path(f.file).name, f.key) for f in findings if f.code == "N-OUTLIER-OWN"]


@pytest.fixture(scope="module")
def much_overdue(tmp_path_factory: pytest.TempPathFactory, rulebook: Rulebook) -> Arrivals:
    folder = tmp_path_factory.mktemp("quý")
    overdue_as_large_as_a_balance(put(folder)[4])
    return run(folder, rulebook).arrivals


OVERDUE = [("PGD0304.xlsx", "N-OUTLIER-OWN|0304|overdue")]


@pytest.mark.parametrize(
    ("shares", "asked"),
    [([2, 3, 2, 4, 3], True), ([200, 30, 400, 900, 100], False), ([2, 3, 2, 4], False)],
    ids=["always little", "up and down", "too few periods"],
)
def test_a_figure_unlike_the_office_s_own_periods(
    shares: list[int], asked: bool, tmp_path: Path, much_overdue: Arrivals
) -> None:
    assert of_history(much_overdue, history(tmp_path, shares)) == (OVERDUE if asked else [])


@pytest.mark.parametrize(("years", "asked"), [(5, True), (4, False)])
def test_what_goes_with_the_time_of_the_year_is_held_against_the_same_quarter(
    years: int, asked: bool, tmp_path: Path, much_overdue: Arrivals
) -> None:
    archive = history(tmp_path, [2] * 4 * years, growth=900)
    grown = ("PGD0304.xlsx", "N-OUTLIER-OWN|0304|growth")
    assert (grown in of_history(much_overdue, archive)) == asked


def test_only_earlier_reports_of_the_offices_are_read(tmp_path: Path, much_overdue: Arrivals) -> None:
    archive = history(tmp_path, [2, 3, 2, 4, 3])
    usual = {"balance": 1000, "overdue": 300, "opening": 900, "plan": 1100}
    for period, whose in (("2023Q4", "9901"), ("2024Q1", "0304"), ("2024Q2", "0304")):
        file = archived(archive, parse_period(period), whose, "99", **usual)
        file.write_bytes(b"damaged")
    assert of_history(much_overdue, archive) == OVERDUE
    Partition(parse_period("2023Q3"), "03").file(archive, "programmes").write_bytes(b"damaged")
    with pytest.raises(CannotRead):
        of_history(much_overdue, archive)


def test_without_an_archive_there_is_no_history(tmp_path: Path, much_overdue: Arrivals) -> None:
    assert of_history(much_overdue, tmp_path / "not made yet") == []
