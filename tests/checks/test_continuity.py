"""A report against the previous one of its office: openings, movements, jumps, groups, ratings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from openpyxl import load_workbook

from seeds.content import catalogue_entries, to_content
from seeds.generate import make_office
from sheetcredit.catalogue.catalogue import Catalogues, load_catalogues
from sheetcredit.catalogue.entry import Entry
from sheetcredit.model.checked_yaml import Words
from sheetcredit.model.errors import BadUsage
from sheetcredit.model.finding import Finding
from sheetcredit.outcome import Report
from sheetcredit.report import check_readings, reconcile, run
from sheetcredit.rulebook import Rulebook, our_rulebook
from sheetcredit.workbooks import OtherReports
from tests.checks.cells import cell_of, explain, read
from tests.checks.periods import (
    YEAR_END,
    Tables,
    golden_tables,
    merged,
    quarter_before,
    row_of,
    tables_of,
    write,
    year_before,
)  # fmt: skip

CONTINUITY = {f"R{number}" for number in range(20, 28)}
Change = Callable[[Tables], None]


def since(report: Report) -> list[Finding]:
    return [finding for finding in report.findings if finding.code in CONTINUITY]


def places(report: Report) -> list[tuple[str, str | None, str | None]]:
    return [(finding.code, finding.sheet, finding.cell) for finding in since(report)]


def nothing(tables: Tables) -> None:
    del tables


def year_start(folder: Path, now: Change = nothing, then: Change = nothing) -> Report:
    """The golden first quarter after last year's end."""
    tables = golden_tables()
    before = year_before(tables)
    now(tables)
    then(before)
    write(folder / "cu.xlsx", before, "2023Q4")
    return reconcile(write(folder / "moi.xlsx", tables, "2024Q1"))


def mid_year(folder: Path, now: Change = nothing, then: Change = nothing) -> Report:
    """The golden figures as a second quarter, after a first one."""
    tables = golden_tables()
    before = quarter_before(tables)
    now(tables)
    then(before)
    write(folder / "cu.xlsx", before, "2024Q1")
    return reconcile(write(folder / "moi.xlsx", tables, "2024Q2"))


def test_reports_that_follow_each_other_have_no_finding(tmp_path: Path) -> None:
    report = year_start(tmp_path)
    assert since(report) == []
    assert report.previous == tmp_path / "cu.xlsx"
    # 18 rules within the report; of those with the previous one, cumulative movements are not asked.
    assert report.outcomes == {"passed": 33, "failed": 0, "explained": 0, "not_evaluated": 1}


def test_quarters_of_one_year_have_no_finding(tmp_path: Path) -> None:
    report = mid_year(tmp_path)
    assert since(report) == []
    assert report.outcomes == {"passed": 34, "failed": 0, "explained": 0, "not_evaluated": 0}


@pytest.mark.parametrize(
    ("sheet_id", "sheet", "keys", "code"),
    [
        ("funding", "Nguồn vốn", {"source": "101"}, "101"),
        ("programmes", "Chương trình", {"programme": "19"}, "19"),
        ("direct", "Trực tiếp", {"programme": "12"}, "12"),
        ("women", "Hội Phụ nữ", {"commune": "11596"}, "11596"),
    ],
)
def test_an_opening_is_last_year_ends_closing(
    tmp_path: Path, sheet_id: str, sheet: str, keys: dict[str, str], code: str
) -> None:
    def raise_opening(tables: Tables) -> None:
        row_of(tables, sheet_id, **keys)["opening"] += 300

    report = year_start(tmp_path, now=raise_opening)
    cell = cell_of(tmp_path / "moi.xlsx", sheet, code, "opening")
    assert places(report) == [("R20", sheet, cell)]
    found = since(report)[0]
    closing = "current" if sheet_id == "funding" else "balance"
    before = f"{sheet}!{cell_of(tmp_path / 'cu.xlsx', sheet, code, closing)}"
    assert before in found.message()
    assert "2023Q4" in found.message("en")
    assert (found.difference, found.severity, found.status) == (300_000_000, "query", "open")
    assert [(s.sheet, s.cell, s.suggestion) for s in found.suspects] == [(sheet, cell, found.expected)]


def test_an_opening_within_the_year_is_the_one_stated_before(tmp_path: Path) -> None:
    def raise_opening(tables: Tables) -> None:
        row_of(tables, "programmes", programme="03")["opening"] += 1

    report = mid_year(tmp_path, then=raise_opening)
    assert places(report) == [
        ("R20", "Chương trình", cell_of(tmp_path / "moi.xlsx", "Chương trình", "03", "opening"))
    ]
    before = cell_of(tmp_path / "cu.xlsx", "Chương trình", "03", "opening")
    assert f"Chương trình!{before}" in since(report)[0].message()


def test_rounding_is_no_difference(tmp_path: Path) -> None:
    def round_off(tables: Tables) -> None:
        row_of(tables, "farmers", commune="11596")["balance"] += 1

    assert since(year_start(tmp_path, then=round_off)) == []


@pytest.mark.parametrize("movement", ["disbursement", "collection", "write_off"])
def test_a_cumulative_movement_cannot_fall(tmp_path: Path, movement: str) -> None:
    def raise_movement(tables: Tables) -> None:
        for name, key in (("programmes", {"programme": "01"}), ("youth", {"commune": "11623"})):
            row = row_of(tables, name, **key)
            row[movement] = row[movement] * 2 + 50

    report = mid_year(tmp_path, then=raise_movement)
    new = tmp_path / "moi.xlsx"
    assert places(report) == [
        ("R21", "Chương trình", cell_of(new, "Chương trình", "01", movement)),
        ("R21", "Đoàn TN", cell_of(new, "Đoàn TN", "11623", movement)),
    ]


def test_movements_start_anew_with_the_year(tmp_path: Path) -> None:
    def moved(tables: Tables) -> None:
        row_of(tables, "programmes", programme="01")["disbursement"] = 99_000

    assert since(year_start(tmp_path, then=moved)) == []


def test_a_jump_asks_for_an_explanation_and_takes_it(tmp_path: Path) -> None:
    def fewer(tables: Tables) -> None:
        row_of(tables, "programmes", programme="07")["balance"] -= 2_000
        row_of(tables, "women", commune="11596")["overdue"] += 400

    report = mid_year(tmp_path, then=fewer)
    new = tmp_path / "moi.xlsx"
    balance = cell_of(new, "Chương trình", "07", "balance")
    overdue = cell_of(new, "Hội Phụ nữ", "11596", "overdue")
    assert places(report) == [("R22", "Chương trình", balance), ("R22", "Hội Phụ nữ", overdue)]
    assert "20 %" in since(report)[0].message()
    run(new)
    explain(new, "R22", balance, "Giải ngân dồn vào quý II")
    again = run(new)
    assert [(f.cell, f.status) for f in since(again)] == [(balance, "explained"), (overdue, "open")]


def test_a_jump_below_either_limit_is_none(tmp_path: Path) -> None:
    def slightly(tables: Tables) -> None:
        row = row_of(tables, "women", commune="11596")
        row["overdue"] += 40  # many times over, though less than 50 triệu
        row["customers"] = round(row["customers"] * 0.9)

    assert since(mid_year(tmp_path, then=slightly)) == []


def test_jumps_are_those_between_neighbouring_quarters(tmp_path: Path) -> None:
    tables = golden_tables()
    before = quarter_before(tables)
    row_of(before, "programmes", programme="07")["balance"] -= 2_000
    write(tmp_path / "cu.xlsx", before, "2024Q1")
    report = reconcile(write(tmp_path / "moi.xlsx", tables, "2024Q3"))
    assert since(report) == []
    assert report.outcomes["not_evaluated"] == 1


def test_groups_that_vanished_are_asked_for_and_new_ones_told(tmp_path: Path) -> None:
    tables = golden_tables()
    gone = [tables["groups"][3], tables["groups"][9]]
    new = tables["groups"][20]

    def lose(now: Tables) -> None:
        now["groups"] = [row for row in now["groups"] if row not in gone]

    def not_yet(then: Tables) -> None:
        then["groups"] = [row for row in then["groups"] if row["group"] != new["group"]]

    report = mid_year(tmp_path, now=lose, then=not_yet)
    vanished, appeared = since(report)
    header = cell_of(tmp_path / "moi.xlsx", "Tổ TK&VV", new["group"], "group")
    assert (vanished.code, vanished.sheet, vanished.cell, vanished.row) == ("R23", "Tổ TK&VV", "A8", 8)
    assert (appeared.code, appeared.sheet, appeared.cell) == ("R24", "Tổ TK&VV", header)
    assert set(vanished.details["items"]) == {row["group"] for row in gone}  # type: ignore[call-overload]
    assert vanished.expected == sum(int(row["balance"] * 1_000_000) for row in gone)
    assert (vanished.severity, appeared.severity) == ("query", "note")
    assert gone[0]["leader"] in vanished.message()


def test_a_group_under_another_association_is_asked_for(tmp_path: Path) -> None:
    code = golden_tables()["groups"][0]["group"]

    def other(then: Tables) -> None:
        row = row_of(then, "groups", group=code)
        row["association"] = "12" if row["association"] != "12" else "11"

    report = mid_year(tmp_path, then=other)
    assert places(report) == [
        ("R25", "Tổ TK&VV", cell_of(tmp_path / "moi.xlsx", "Tổ TK&VV", code, "association"))
    ]


def test_a_rating_that_the_scores_do_not_move_is_asked_for(tmp_path: Path) -> None:
    row = next(row for row in golden_tables()["groups"] if row["rating"] == "Tốt" and row["score"] > 88)

    def worse(then: Tables) -> None:
        row_of(then, "groups", group=row["group"])["rating"] = "Khá"

    report = mid_year(tmp_path, then=worse)
    cell = cell_of(tmp_path / "moi.xlsx", "Tổ TK&VV", row["group"], "rating")
    assert places(report) == [("R26", "Tổ TK&VV", cell)]
    assert "Khá" in since(report)[0].message()


@pytest.mark.parametrize(("overdue", "found"), [(0, True), (5, False)])
def test_a_score_that_moves_far_needs_a_figure_that_moved(tmp_path: Path, overdue: int, found: bool) -> None:
    row = next(row for row in golden_tables()["groups"] if row["rating"] == "Tốt" and row["score"] > 96)

    def lower(then: Tables) -> None:
        before = row_of(then, "groups", group=row["group"])
        before["score"] -= 17
        before["rating"] = "Khá" if before["score"] < 85 else "Tốt"
        before["overdue"] += overdue

    report = mid_year(tmp_path, then=lower)
    cell = cell_of(tmp_path / "moi.xlsx", "Tổ TK&VV", row["group"], "score")
    assert places(report) == ([("R27", "Tổ TK&VV", cell)] if found else [])


def test_a_programme_left_out_is_told_on_the_columns_header(tmp_path: Path) -> None:
    def leave_out(tables: Tables) -> None:
        tables["programmes"] = [row for row in tables["programmes"] if row["programme"] != "07"]

    report = year_start(tmp_path, now=leave_out)
    told = [(code, sheet, cell) for code, sheet, cell in places(report) if code == "R20"]
    assert told == [("R20", "Chương trình", "D8")]


def test_without_an_earlier_report_nothing_is_compared(tmp_path: Path) -> None:
    report = reconcile(write(tmp_path / "moi.xlsx", golden_tables(), "2024Q1"))
    assert report.previous is None
    assert report.outcomes == {"passed": 27, "failed": 0, "explained": 0, "not_evaluated": 0}


# Communes that merged on 1 January 2025: 11581 and 11584 became 12001, 11611 was parted.
NAMES = {"12001": "Phường Mới", "12002": "Phường Đông", "12003": "Phường Tây"}


def merged_catalogues() -> Catalogues:
    ours = load_catalogues()
    gone = ("11581", "11584", "11611")
    kept = [
        msgspec.structs.replace(entry, valid_to=YEAR_END if entry.code in gone else date.max)
        for entry in ours.communes_of("0312")
        if entry.valid_from < date(2025, 1, 1)
    ]
    new = [
        Entry(code=code, name=Words(vi=name), office="0312", valid_from=YEAR_END + timedelta(days=1))
        for code, name in NAMES.items()
    ]
    return replace(ours, entries={**ours.entries, "communes": (*kept, *new)})


def after_merger(code: str, number: int) -> str:
    if code in ("11581", "11584"):
        return "12001"
    return ("12002", "12003")[number % 2] if code == "11611" else code


def merger(folder: Path, change: Change = nothing) -> Report:
    tables = golden_tables()
    write(folder / "cu.xlsx", year_before(tables), "2024Q4")
    after = merged(tables, after_merger, NAMES)
    change(after)
    rulebook = Rulebook(catalogues=merged_catalogues())
    return reconcile(write(folder / "moi.xlsx", after, "2025Q1"), rulebook)


def test_figures_of_merged_communes_are_restated_by_group(tmp_path: Path) -> None:
    assert since(merger(tmp_path)) == []


def test_a_merged_commune_is_held_against_the_sum_of_what_it_was(tmp_path: Path) -> None:
    def raise_opening(tables: Tables) -> None:
        row_of(tables, "women", commune="12001")["opening"] += 200

    report = merger(tmp_path, raise_opening)
    assert places(report) == [
        ("R20", "Hội Phụ nữ", cell_of(tmp_path / "moi.xlsx", "Hội Phụ nữ", "12001", "opening"))
    ]
    old = tmp_path / "cu.xlsx"
    for code in ("11581", "11584"):
        assert f"Hội Phụ nữ!{cell_of(old, 'Hội Phụ nữ', code, 'balance')}" in since(report)[0].message()


def test_a_parted_commune_cannot_be_compared_and_the_others_are(tmp_path: Path) -> None:
    def raise_openings(tables: Tables) -> None:
        parted = next(row for row in tables["farmers"] if row["commune"] in ("12002", "12003"))
        parted["opening"] += 200
        row_of(tables, "farmers", commune="11623")["opening"] += 200

    report = merger(tmp_path, raise_openings)
    assert places(report) == [
        ("R20", "Hội Nông dân", cell_of(tmp_path / "moi.xlsx", "Hội Nông dân", "11623", "opening"))
    ]


@pytest.mark.parametrize(
    ("period", "info"),
    [("2024Q1", {}), ("2024Q2", {}), ("2023Q4", {"office": "0999"})],
    ids=["same period", "later", "other office"],
)
def test_what_is_no_earlier_report_is_refused(tmp_path: Path, period: str, info: dict[str, object]) -> None:
    (tmp_path / "cu").mkdir()
    old = write(tmp_path / "cu" / "a.xlsx", golden_tables(), period, **info)
    new = write(tmp_path / "moi.xlsx", golden_tables(), "2024Q1")
    with pytest.raises(BadUsage) as error:
        reconcile(new, our_rulebook(), old)
    assert error.value.code == "E-PREVIOUS"
    assert str(old) in error.value.message()


@pytest.mark.parametrize(("communes", "groups"), [(3, 20), (18, 90), (60, 600)])
def test_invented_offices_of_any_size_follow_themselves(tmp_path: Path, communes: int, groups: int) -> None:
    office = make_office(groups, code="4512", communes=communes, groups=groups, period="2024Q2")
    ours = load_catalogues()
    rulebook = Rulebook(catalogues=replace(ours, entries={**ours.entries, **catalogue_entries(office)}))
    tables = tables_of(to_content(office))
    for before, period in ((quarter_before(tables), "2024Q1"), (year_before(tables), "2023Q4")):
        folder = tmp_path / period
        folder.mkdir()
        write(folder / "cu.xlsx", before, period, office="4512")
        report = reconcile(write(folder / "moi.xlsx", tables, "2024Q2", office="4512"), rulebook)
        assert report.previous == folder / "cu.xlsx"
        assert since(report) == []


def test_reports_are_compared_together_and_one_without_a_previous_is_left_alone(tmp_path: Path) -> None:
    tables = golden_tables()
    before = year_before(tables)
    row_of(tables, "programmes", programme="19")["opening"] += 300
    old = write(tmp_path / "cu.xlsx", before, "2023Q4")
    first, second = (write(tmp_path / f"{name}.xlsx", tables, "2024Q1") for name in ("mot", "hai"))
    book = our_rulebook()
    readings = [read(first), read(second)]
    one, other = check_readings(readings, book, OtherReports({str(first): read(old)}))
    cell = cell_of(first, "Chương trình", "19", "opening")
    assert places(one) == [("R20", "Chương trình", cell)]
    assert places(other) == []
    assert (one.previous, other.previous) == (old, None)
    assert sum(one.outcomes.values()) == sum(other.outcomes.values()) + 7


def test_a_sheet_the_previous_report_lacks_is_not_evaluated(tmp_path: Path) -> None:
    tables = golden_tables()
    old = write(tmp_path / "cu.xlsx", year_before(tables), "2023Q4")
    workbook = load_workbook(old)
    del workbook["Trực tiếp"]
    del workbook["Tổ TK&VV"]
    workbook.save(old)
    report = reconcile(write(tmp_path / "moi.xlsx", tables, "2024Q1"))
    assert since(report) == []


def test_a_wrong_number_of_the_previous_report_is_not_held_against_this_one(tmp_path: Path) -> None:
    def unreadable(tables: Tables) -> None:
        row_of(tables, "programmes", programme="19")["balance"] = "khoảng 42.000"

    assert since(year_start(tmp_path, then=unreadable)) == []
