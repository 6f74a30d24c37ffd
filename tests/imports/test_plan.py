"""What an import writes into a workbook: rows found by code, nothing else touched, everything journalled."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from sheetcredit.build.new import make_workbook
from sheetcredit.imports.apply import apply_import
from sheetcredit.imports.choose import choose
from sheetcredit.imports.figures import ImportedFigure
from sheetcredit.imports.plan import ImportPlan, plan_import
from sheetcredit.imports.trust import load_trust
from sheetcredit.model.errors import BadUsage, CannotWrite
from sheetcredit.report import reconcile
from sheetcredit.rulebook import our_rulebook
from sheetcredit.workbooks import read_office
from sheetcredit.xlsx.cells import FormulaValue
from sheetcredit.xlsx.patch import patch_cells
from sheetcredit.xlsx.read import read_book
from tests.imports.handmade import DAY, exports, figure, source

TRUST, RULEBOOK = load_trust(), our_rulebook()
COMMUNE = "11581"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A new workbook of the office, in triệu đồng."""
    return make_workbook(tmp_path / "pgd.xlsx", "0312", "2024Q1")


def planned(path: Path, *figures: ImportedFigure, propose: bool = True) -> ImportPlan:
    return plan_import(
        read_office(path, RULEBOOK), choose(exports(*figures), TRUST), RULEBOOK, propose=propose
    )


def applied(path: Path, *figures: ImportedFigure) -> ImportPlan:
    plan = planned(path, *figures)
    apply_import(plan, RULEBOOK)
    return plan


def found(path: Path, prefix: str = "I-") -> list[str]:
    return sorted(one.code for one in reconcile(path).findings if one.code.startswith(prefix))


GROUP = (
    figure("hstd", "groups/0000001/leader", "Tổ trưởng 1"),
    figure("hstd", "groups/0000001/commune", COMMUNE),
    figure("hstd", "groups/0000001/association", "11"),
    figure("hstd", "groups/0000001/balance", 1_234_567_891),
    figure("bc0437", "groups/0000001/members", 30),
    figure("bc0437", "groups/0000001/score", Decimal("94.01")),
)


def test_a_new_row_goes_into_a_blank_one_in_the_sheets_unit(book: Path) -> None:
    plan = applied(book, *GROUP)
    reading = read_office(book, RULEBOOK)
    table = reading.tables["groups"]
    (row,) = table.rows
    held = {name: table.grid.value(row, place) for name, place in table.columns.items()}
    assert held["group"] == "0000001" and held["commune"] == COMMUNE and held["association"] == "11"
    assert (held["balance"], held["members"], held["score"]) == (1234.567891, 30, 94.01)
    assert held["commune_name"]  # from the catalogue
    (sheet,) = [one for one in plan.sheets if one.sheet == "groups"]
    assert sheet.added == ("0000001",) and not any(change.overwrites for change in sheet.changes)


def test_the_second_import_changes_nothing(book: Path) -> None:
    applied(book, *GROUP)
    again = planned(book, *GROUP)
    assert again.changes == ()


def test_known_rows_by_their_key_and_old_values_are_shown(book: Path) -> None:
    applied(book, figure("len31_units", f"ledger/{COMMUNE},12/balance", 5_000))
    table = read_office(book, RULEBOOK).tables["ledger"]
    plan = planned(book, figure("len31_units", f"ledger/{COMMUNE},12/balance", 7_000))
    (change,) = plan.changes
    assert (change.old, change.new, change.overwrites) == (5000, 7000, True)
    assert change.row == f"{COMMUNE} 12" and change.cell in {table.cell(row, "balance") for row in table.rows}


def test_a_name_that_a_person_wrote_stays_and_a_formula_is_left_alone(book: Path) -> None:
    applied(book, *GROUP)
    reading = read_office(book, RULEBOOK)
    table = reading.tables["groups"]
    cell = table.cell(table.rows[0], "leader")
    patch_cells(book, {table.grid.sheet: {cell: "Bà Ba"}})
    members = table.cell(table.rows[0], "members")
    patch_cells(book, {table.grid.sheet: {members: FormulaValue("15+14", Decimal(29))}})
    plan = planned(book, *GROUP)
    assert plan.changes == () and [one.formulas for one in plan.sheets if one.sheet == "groups"] == [1]


def test_every_cell_is_journalled_with_file_sheet_and_rows(book: Path) -> None:
    plan = applied(book, *GROUP)
    rows = [
        row for row in read_book(book).grids["Nhật ký"].rows if "groups" in " ".join(map(str, row)) or True
    ]
    texts = [" | ".join(map(str, row)) for row in rows]
    for change in plan.changes:
        assert any(f"{change.tab} | {change.cell} |" in text for text in texts), change
    assert any("hstd.xlsx" in text and "Sheet1" in text and "7, 8" in text for text in texts)


def test_only_named_cells_change(book: Path) -> None:
    before = read_book(book)
    applied(book, *GROUP)
    after = read_book(book)
    changed = {name for name in before.grids if before.grids[name].rows != after.grids[name].rows}
    assert changed == {"Tổ TK&VV", "Nhật ký"} and set(after.grids) - set(before.grids) == {"Nguồn số liệu"}


def test_differences_are_findings_of_the_workbook(book: Path) -> None:
    place = f"ledger/{COMMUNE},11/{{}}"
    applied(
        book,
        figure("hstd", place.format("deposits"), 100), figure("len31_units", place.format("deposits"), 140, basis="all_savers"),
        figure("len31_units", place.format("balance"), 100), figure("hstd", place.format("balance"), 90),
    )  # fmt: skip
    assert found(book) == ["I-DIFFER", "I-KNOWN"]
    (known,) = [one for one in reconcile(book).findings if one.code == "I-KNOWN"]
    assert known.sheet == "Nguồn số liệu" and known.details["other"] == "len31_units.xlsx"
    assert "40 đồng" in known.message() and "LEN_31" in known.message()


def test_an_associations_sheet_is_a_proposal_until_somebody_confirms_it(book: Path) -> None:
    figures = (figure("hstd", f"farmers/{COMMUNE}/balance", 3_499_999_999), *GROUP)
    applied(book, *figures)
    table = read_office(book, RULEBOOK).tables["farmers"]
    assert [table.grid.value(table.rows[0], table.columns["balance"])] == [3500]  # in whole triệu
    (finding,) = [one for one in reconcile(book).findings if one.code == "I-PROPOSED"]
    assert finding.sheet == "Nguồn số liệu" and finding.cell
    patch_cells(book, {finding.sheet: {finding.cell: "Chủ tịch hội, 05/04/2024"}})
    assert found(book) == []
    # From now on the sheet is the association's own.
    plan = planned(book, figure("hstd", f"farmers/{COMMUNE}/balance", 9_000_000_000))
    assert [sheet.stated for sheet in plan.sheets if sheet.sheet == "farmers"] == [True] and not plan.changes


def test_a_confirmation_lasts_as_long_as_the_proposal_and_no_longer(book: Path) -> None:
    proposal = figure("hstd", f"farmers/{COMMUNE}/balance", 3_000_000_000)
    applied(book, proposal)
    plan = planned(book, figure("hstd", f"farmers/{COMMUNE}/balance", 4_000_000_000))
    assert [(change.old, change.new) for change in plan.changes] == [(3000, 4000)]


def test_what_an_association_stated_is_never_touched(book: Path) -> None:
    table = read_office(book, RULEBOOK).tables["farmers"]
    patch_cells(book, {table.grid.sheet: {table.cell(table.rows[0], "groups"): 3}})
    plan = applied(book, figure("hstd", f"farmers/{COMMUNE}/balance", 3_000_000_000))
    assert plan.changes == () and found(book) == []


def test_without_proposals_the_associations_sheets_are_left_out(book: Path) -> None:
    assert (
        planned(book, figure("hstd", f"farmers/{COMMUNE}/balance", 3_000_000_000), propose=False).changes
        == ()
    )


@pytest.mark.parametrize(
    ("office", "day", "code"),
    [("000311", DAY, "E-IMPORT-OTHER-OFFICE"), ("000312", DAY.replace(month=1), "E-IMPORT-OTHER-DAY")],
)
def test_files_of_another_office_or_day_are_refused(book: Path, office: str, day: object, code: str) -> None:
    other = source("hstd", office=office, as_of=day)  # type: ignore[arg-type]
    with pytest.raises(BadUsage) as error:
        planned(book, figure(other, f"ledger/{COMMUNE},11/balance", 1))
    assert error.value.code == code


def test_too_few_rows_are_told_and_nothing_is_written(book: Path) -> None:
    before = book.read_bytes()
    many = [figure("hstd", f"groups/{n:07d}/balance", 1) for n in range(1, 400)]
    with pytest.raises(CannotWrite) as error:
        planned(book, *many)
    assert error.value.code == "E-MERGE-ROWS" and book.read_bytes() == before
