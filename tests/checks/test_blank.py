"""A sheet or a column that was emptied as a whole is one finding, not one for every sum it was part of."""

from __future__ import annotations

import pytest

from sheetcredit.outcome import Report
from sheetcredit.template.definition import load_office
from tests.mutation.books import Typed
from tests.mutation.tables import after, golden, report_on

TABLES = [sheet.id for sheet in load_office().tables()]
NEEDED = [(sheet.id, c.name) for sheet in load_office().tables() for c in sheet.columns if c.needs_data]


def to_act_on(report: Report) -> list[tuple[str, str | None]]:
    """Code and sheet of the findings that stand for a cause."""
    return [(f.code, f.sheet) for f in report.findings if not f.follows and f.severity != "note"]


def blank(typed: Typed, sheet: str, *columns: str) -> None:
    for row in typed.tables[sheet]:
        row.update(dict.fromkeys(columns))


@pytest.mark.parametrize("kind", ["rows", "numbers"])
@pytest.mark.parametrize("sheet", TABLES)
def test_a_sheet_emptied_whole(sheet: str, kind: str) -> None:
    typed = golden()
    if kind == "rows":
        typed.tables[sheet].clear()
    else:
        blank(typed, sheet, *(c.name for c in load_office().sheet(sheet).columns if c.numeric))
    report = report_on(typed)
    assert to_act_on(report) == [("S-EMPTY", load_office().sheet(sheet).sheet)]
    assert report.blocks


@pytest.mark.parametrize(("sheet", "column"), NEEDED)
def test_a_column_emptied_whole(sheet: str, column: str) -> None:
    report = after(lambda typed: blank(typed, sheet, column))
    tab = load_office().sheet(sheet).sheet
    found = [finding for finding in report.findings if finding.code == "S-EMPTY-COLUMN"]
    assert [finding.sheet for finding in found] == [tab]
    assert found[0].cell is not None and found[0].cell.endswith("8")
    if (sheet, column) != ("ledger", "association"):  # what is lent directly is not told apart any more
        assert to_act_on(report) == [("S-EMPTY-COLUMN", tab)]
    assert report.blocks


def test_several_columns_of_a_sheet_are_one_finding() -> None:
    report = after(lambda typed: blank(typed, "groups", "customers", "balance", "members"))
    assert to_act_on(report) == [("S-EMPTY-COLUMN", "Tổ TK&VV")]
    assert report.findings[0].details["columns"] == "`Số tổ viên`, `Số khách hàng`, `Dư nợ`"


@pytest.mark.parametrize(
    ("sheet", "column"), [("groups", "overdue"), ("farmers", "overdue"), ("women", "overdue")]
)
def test_a_column_that_may_be_blank_is_missed_where_others_have_it(sheet: str, column: str) -> None:
    report = after(lambda typed: blank(typed, sheet, column))
    assert to_act_on(report) == [("S-EMPTY-COLUMN", load_office().sheet(sheet).sheet)]


@pytest.mark.parametrize(
    ("sheet", "column"), [("farmers", "write_off"), ("youth", "overdue"), ("direct", "write_off")]
)
def test_nothing_is_missed_where_there_was_nothing(sheet: str, column: str) -> None:
    assert to_act_on(after(lambda typed: blank(typed, sheet, column))) == []


def test_a_single_number_left_out_is_named_with_its_cell() -> None:
    report = after(lambda typed: blank(typed, "veterans", "overdue"))
    assert {(f.code, f.cell) for f in report.findings if f.suspects and not f.follows} == {("R04", "J19")}
