"""Numbers that tie everywhere and are wrong all the same: each is found, and its neighbours stay silent."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sheetcredit.outcome import Report
from tests.mutation.books import Typed
from tests.mutation.tables import after, golden, report_on, row_of, tab


def found(report: Report) -> set[tuple[str, str | None, str | None]]:
    return {(finding.code, finding.sheet, finding.cell) for finding in report.findings}


def number(value: object) -> Decimal:
    return Decimal(str(value))


@pytest.mark.parametrize("customers", [300, 70, 8])
def test_direct_customers_are_those_of_the_ledger(customers: int) -> None:
    report = after(lambda typed: typed.tables["direct"][0].update(customers=customers))
    assert [finding.code for finding in report.findings] == ["R29"]
    assert ("Trực tiếp", "C10") in {(one.sheet, one.cell) for one in report.findings[0].suspects}
    assert report.blocks


def test_direct_customers_of_the_ledger() -> None:
    typed = golden()
    row_of(typed, "ledger", association="99")["customers"] = 50
    report = report_on(typed)
    assert [f.code for f in report.findings if f.code.startswith("R")] == ["R29"]
    assert report.findings[0].suspects[0].sheet == "Sổ ngân hàng"


@pytest.mark.parametrize("moved", [10_000, 100, 1, -5_000])
def test_member_deposits_as_a_source_are_those_of_the_groups(moved: int) -> None:
    def change(typed: Typed) -> None:
        for source, sign in (("302", -1), ("301", 1)):
            row = row_of(typed, "funding", source=source)
            row["current"] = int(str(row["current"])) + sign * moved

    report = after(change)
    assert found(report) == {("R30", "Nguồn vốn", "E15")}
    assert report.blocks


def test_what_the_members_source_lacks_may_stand_on_another() -> None:
    def change(typed: Typed) -> None:
        row_of(typed, "funding", source="302").update(current=9_412)
        row_of(typed, "funding", source="301").update(current=52_810)

    suspects = after(change).findings[0].suspects
    assert [(one.cell, one.suggestion) for one in suspects] == [
        ("E15", 19_412 * 10**6),
        ("E14", 42_810 * 10**6),
    ]


FACTORS = [10, 1_000, 1_000_000, Decimal("0.1"), Decimal("0.001"), Decimal("0.000001")]


@pytest.mark.parametrize("column", ["plan", "opening", "current"])
@pytest.mark.parametrize(
    ("source", "factor"), [*zip(["101", "202", "301", "302", "201", "102"], FACTORS, strict=True)]
)
def test_a_slip_of_the_unit_in_funding_is_on_its_cell(column: str, source: str, factor: Decimal) -> None:
    """One finding; where the balance is not covered or the groups say otherwise, it is that rule's."""
    typed = golden()
    row = row_of(typed, "funding", source=source)
    row[column] = round(number(row[column]) * factor, 6)
    report = report_on(typed)
    assert report.blocks
    assert typed.place("funding", row, column) in {(f.sheet, f.cell) for f in report.findings}
    codes = {f.code for f in report.findings}
    assert codes == {"R35"} if column != "current" else codes and codes <= {"R11", "R30", "R35"}


def test_the_slip_of_a_source_is_named() -> None:
    report = after(lambda typed: row_of(typed, "funding", source="201").update(current=780_670))
    assert [(one.cell, one.cause, one.suggestion) for one in report.findings[0].suspects] == [
        ("E12", "over-10", 78_067 * 10**6)
    ]


def test_a_source_that_is_new_is_no_slip() -> None:
    report = after(lambda typed: row_of(typed, "funding", source="202").update(opening=0, plan=None))
    assert found(report) == set()


@pytest.mark.parametrize(("column", "cell"), [("plan", "C16"), ("opening", "D16"), ("current", "E16")])
def test_all_sources_together_are_near_what_the_programmes_owe(column: str, cell: str) -> None:
    def change(typed: Typed) -> None:
        for row in typed.tables["funding"]:
            if row["source"] != "302":
                row[column] = int(number(row[column]) * Decimal("1.25"))

    assert found(after(change)) == {("R36", "Nguồn vốn", cell)}


def test_a_programmes_plan_is_asked_about_once() -> None:
    assert found(after(lambda typed: typed.tables["programmes"][3].update(plan=1_400_000))) == {
        ("R13", "Chương trình", "C13")
    }


def test_member_deposits_left_out_of_their_source() -> None:
    def change(typed: Typed) -> None:
        row_of(typed, "funding", source="302")["current"] = None
        row = row_of(typed, "funding", source="301")
        row["current"] = int(str(row["current"])) + 19_412

    assert found(after(change)) == {("R30", "Nguồn vốn", "E15")}


def test_a_sheet_without_numbers_is_asked_for_once() -> None:
    """S-EMPTY alone: not every commune and column that then differs from it."""
    report = after(lambda typed: typed.tables["ledger"].clear())
    assert found(report) == {("S-EMPTY", "Sổ ngân hàng", "E8")}
    assert report.blocks
    assert (report.outcomes["failed"], report.outcomes["not_evaluated"]) == (0, 6)


def test_a_source_that_is_rounded_up_still_ties() -> None:
    report = after(lambda typed: row_of(typed, "funding", source="302").update(current=19_412))
    assert found(report) == set()


def test_a_group_whose_balance_stands_on_another() -> None:
    typed = golden()
    first, second = typed.tables["groups"][:2]
    first["balance"], second["balance"] = number(first["balance"]) + number(second["balance"]), 0
    report = report_on(typed)
    assert found(report) == {("R31", "Tổ TK&VV", "H11")}
    assert [(one.cell, one.cause) for one in report.findings[0].suspects] == [("H10", "elsewhere")]


@pytest.mark.parametrize(
    ("sheet", "row", "code"), [("programmes", 0, "R31"), ("programmes", 3, "R08"), ("direct", 1, "R29")]
)
def test_a_balance_without_customers(sheet: str, row: int, code: str) -> None:
    """One finding on the cell: where a break names it already, nothing is added."""
    typed = golden()
    line = typed.tables[sheet][row]
    line["customers"] = 0
    alone = [finding for finding in report_on(typed).findings if not finding.follows]
    assert [(f.code, f.sheet, f.cell) for f in alone] == [(code, *typed.place(sheet, line, "customers"))]


@pytest.mark.parametrize("customers", [41_200, 8_440, 24_720])
def test_a_programme_with_more_customers_than_the_office_has(customers: int) -> None:
    report = after(lambda typed: typed.tables["programmes"][0].update(customers=customers))
    assert found(report) == {("R32", "Chương trình", "K10")}


def test_a_programme_with_all_customers_of_the_office_is_possible() -> None:
    """Job creation: 15.9 triệu each."""
    assert found(after(lambda typed: typed.tables["programmes"][3].update(customers=8_439))) == set()


@pytest.mark.parametrize(("programme", "customers"), [(0, 41), (0, 4_120), (1, 105), (2, 165)])
def test_customers_out_of_proportion_to_what_they_owe(programme: int, customers: int) -> None:
    typed = golden()
    row = typed.tables["programmes"][programme]
    row["customers"] = customers
    assert found(report_on(typed)) == {("R32", *typed.place("programmes", row, "customers"))}


def test_programmes_have_at_least_the_customers_of_the_office() -> None:
    """Each customer borrows from at least one programme."""
    report = after(lambda typed: typed.tables["programmes"][3].update(customers=1_800))
    assert [(f.code, f.sheet) for f in report.findings] == [("R37", "Chương trình")]
    assert "K13" in {one.cell for one in report.findings[0].suspects}


def without_commune(typed: Typed, commune: str, sheets: tuple[str, ...]) -> None:
    for sheet in sheets:
        rows = typed.tables[sheet]
        rows[:] = [row for row in rows if row.get("commune") != commune or row.get("association") == "99"]


EVERYWHERE = ("farmers", "women", "veterans", "youth", "groups", "ledger")


@pytest.mark.parametrize("commune", ["11620", "11590"])
def test_a_commune_that_stands_on_no_sheet(commune: str) -> None:
    report = after(lambda typed: without_commune(typed, commune, EVERYWHERE))
    missing = [finding for finding in report.findings if finding.code == "R33"]
    assert [(one.sheet, one.details["items"]) for one in missing] == [("Sổ ngân hàng", (commune,))]
    assert (report.fix_first[0].suspect.sheet, report.fix_first[0].suspect.cell) == ("Sổ ngân hàng", "A8")
    assert {f.follows for f in report.findings if f.code == "R30"} == {missing[0].key}


def test_a_commune_that_one_side_has_is_a_break_and_not_missing() -> None:
    report = after(lambda typed: without_commune(typed, "11620", EVERYWHERE[:-1]))
    assert "R33" not in {finding.code for finding in report.findings}


def test_programmes_in_another_order_are_worth_a_note() -> None:
    def swap(typed: Typed) -> None:
        first, second = typed.tables["programmes"][:2]
        for name in ("programme", "programme_name"):
            first[name], second[name] = second[name], first[name]

    report = after(swap)
    assert [(f.code, f.severity, f.cell) for f in report.findings if f.code == "R34"] == [
        ("R34", "note", "A10")
    ]


@pytest.mark.parametrize(
    ("sheet", "column", "row", "name"),
    [
        ("programmes", "programme_name", 0, 1), ("funding", "source_name", 0, 1), ("ledger", "association_name", 0, 1),
        ("direct", "programme_name", 0, 1), ("groups", "commune_name", 0, -1),
    ],
)  # fmt: skip
def test_a_name_that_belongs_to_another_code(sheet: str, column: str, row: int, name: int) -> None:
    typed = golden()
    rows = typed.tables[sheet]
    rows[row][column] = rows[name][column]
    assert ("V-NAME", *typed.place(sheet, rows[row], column)) in found(report_on(typed)) or (
        "V-NAME", *typed.place(sheet, rows[row], column.removesuffix("_name")),
    ) in found(report_on(typed))  # fmt: skip


@pytest.mark.parametrize("day", ["31/03/2025", "31/03/2014", "30/06/2024"])
def test_a_date_of_another_year_is_one_finding(day: str) -> None:
    report = after(lambda typed: typed.info.update(as_of=day))
    assert [f.code for f in report.findings] == ["R12"]
    assert report.findings[0].sheet == tab("info")
