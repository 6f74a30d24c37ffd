"""Workbooks that an audit met, each with what must be said of it: the kinds are tested in their rooms.

`ELSEWHERE` lists the cases whose test stands in another file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from sheetcredit.cli.main import main
from sheetcredit.outcome import Report
from sheetcredit.report import run
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.patch import patch_cells
from sheetcredit.xlsx.read import read_book
from tests.checks.test_cached_values import PLAN, with_formulas
from tests.journeys.test_on_paper import formatted
from tests.seeds_of import GOLDEN, PUBLISHED, copy_of
from tests.tables import Table, tiny
from tests.xlsx.hostile import packed, parts_of
from tests.xlsx.test_string_counts import LIES, bold, plain, with_tag
from tests.xlsx.test_unusual_xml import PARTS, backslashed

FUNDING, PROGRAMMES, DIRECT = "Nguồn vốn", "Chương trình", "Trực tiếp"
FARMERS, VETERANS, GROUPS, LEDGER = "Hội Nông dân", "Hội CCB", "Tổ TK&VV", "Sổ ngân hàng"
Found = set[tuple[str, str | None, str | None]]
Change = Callable[[Path], object]


def typed(sheet: str, **cells: str | int | float) -> Change:
    return lambda path: patch_cells(path, {sheet: cells})


def formulas(sheet: str, on_opening: bool = False, **cells: tuple[str, str | None]) -> Change:
    def change(path: Path) -> None:
        source = path.with_name("source.xlsx")
        path.rename(source)
        with_formulas(path, sheet, cells, on_opening=on_opening, of=source)

    return change


def both(*changes: Change) -> Change:
    def change(path: Path) -> None:
        for one in changes:
            one(path)

    return change


def bytes_of(make: Callable[[], bytes]) -> Change:
    return lambda path: path.write_bytes(make())


def without_date_format(path: Path) -> None:
    """The as-of date as the bare number that Excel keeps."""
    parts = parts_of(path.read_bytes())
    part = Package(path.read_bytes(), "a.xlsx").sheet("Thông tin").part
    parts[part], count = re.subn(rb'<c r="C11"[^>]*>', b'<c r="C11">', parts[part])
    assert count == 1 and b'<c r="C11"><v>45382' in parts[part]
    path.write_bytes(packed(parts))


def second_balance_on_first(path: Path) -> None:
    grid = read_book(path, [GROUPS]).grids[GROUPS]
    first, second = (Decimal(str(grid.value(row, 7))) for row in (9, 10))
    patch_cells(path, {GROUPS: {"H10": first + second, "H11": 0}})


CLEAN: dict[str, Change] = {
    "silent-stale/plan-formula-cached-zero": formulas(FUNDING, True, **PLAN),
    "false-alarm/score-85-as-a-sum-of-six": both(
        typed(GROUPS, M10="Tốt"), formulas(GROUPS, L10=("17.3+14.2+11.9+16.1+12.4+13.1", "84.99999999999999"))
    ),
    "false-alarm/count-with-float-noise": formulas(FARMERS, D13=("100.1+152.9", "253.00000000000003")),
    "false-alarm/part-names-with-backslashes": bytes_of(lambda: backslashed(PARTS)),
    "leads-nowhere/amounts-formatted-as-dates": both(
        formatted(FARMERS, "I13", "dd/mm/yyyy"), formatted(GROUPS, "H10", "dd/mm/yyyy")
    ),
    "leads-nowhere/as-of-day-without-date-format": without_date_format,
    "process-killed/string-count-lies-plain": bytes_of(lambda: with_tag(LIES["both"], plain)),
    "process-killed/string-count-lies-bold-word": bytes_of(lambda: with_tag(LIES["both"], bold)),
    "slow/formula-of-300000-brackets": formulas(VETERANS, I10=("[" * 300_000, "4667")),
}


@pytest.mark.parametrize("case", CLEAN)
def test_what_is_right_is_read_with_the_golden_figures(case: str, tmp_path: Path) -> None:
    path = copy_of(GOLDEN, tmp_path, "a.xlsx")
    CLEAN[case](path)
    report = run(path, tmp_path / "out.xlsx")
    assert [(f.code, f.cell) for f in report.findings if f.severity != "note"] == []
    assert {name: float(report.figures[name] or 0) for name in PUBLISHED} == PUBLISHED
    if not case.startswith("slow/"):  # Excel would not have written that one
        assert run(tmp_path / "out.xlsx").blocks is False


WRONG: dict[str, tuple[Change, Found]] = {
    "silent-stale/balance-formula-old-value": (
        formulas(VETERANS, I10=("E10+F10-G10-H10+1000", "4667")), {("R02", VETERANS, "I10")},
    ),
    "false-alarm/as-of-year-mistyped": (typed("Thông tin", C11="31/03/2025"), {("R12", "Thông tin", "C11")}),
    "leads-nowhere/text-number-12447.00": (typed(FARMERS, I13="12447.00"), {("V-TEXTNUM", FARMERS, "I13")}),
    "leads-nowhere/total-subtotal-filter-left-on": (
        formulas(FARMERS, I26=("SUBTOTAL(9,I10:I25)", "134740")), {("R01", FARMERS, "I26")},
    ),
    "rules-holes/member-deposits-in-funding-10000-short": (
        typed(FUNDING, E15=9412, E14=52810), {("R30", FUNDING, "E15")},
    ),
    "rules-holes/programme-customers-hundredfold": (typed(PROGRAMMES, K10=41200), {("R32", PROGRAMMES, "K10")}),
    "rules-holes/direct-customers-300": (typed(DIRECT, C10=300), {("R29", DIRECT, "C10")}),
    "rules-holes/unit-line-says-ty-dong": (
        typed(VETERANS, I7="Đơn vị tính: tỷ đồng"), {("S-UNIT-LINE", VETERANS, "I7")},
    ),
    "rules-holes/number-format-shows-another-number": (
        formatted(VETERANS, "I10", "&quot;999.999&quot;"), {("V-SHOWN", VETERANS, "I10")},
    ),
    "rules-holes/balance-of-one-group-put-on-another": (
        second_balance_on_first, {("R31", GROUPS, "H11")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named_once_on_its_cell(case: str, tmp_path: Path) -> None:
    change, expected = WRONG[case]
    path = copy_of(GOLDEN, tmp_path, "a.xlsx")
    change(path)
    report = run(path, tmp_path / "out.xlsx")
    assert to_act_on(report) == expected
    assert report.blocks


def test_a_stale_value_is_named_behind_what_does_not_add_up_by_it(tmp_path: Path) -> None:
    path = copy_of(GOLDEN, tmp_path, "a.xlsx")
    WRONG["silent-stale/balance-formula-old-value"][0](path)
    report = run(path, tmp_path / "out.xlsx")
    (leader,) = [f.key for f in report.findings if (f.code, f.cell) == ("R02", "I10") and f.sheet == VETERANS]
    (stale,) = [f for f in report.findings if f.code == "V-STALE"]
    assert (stale.sheet, stale.cell, stale.follows) == (VETERANS, "I10", leader)


def to_act_on(report: Report) -> Found:
    return {(f.code, f.sheet, f.cell) for f in report.findings if f.severity != "note" and not f.follows}


def test_a_formula_of_endless_brackets_is_quoted_cut(tmp_path: Path) -> None:
    """Without a cached value it is an error, and its text fills no screen."""
    path = copy_of(GOLDEN, tmp_path, "a.xlsx")
    formulas(VETERANS, I10=("[" * 300_000, None))(path)
    (finding,) = (f for f in run(path, tmp_path / "out.xlsx").findings if f.code == "V-STALE")
    assert len(finding.message()) < 1_000


def test_two_programmes_swapped_with_the_quarter_before(tmp_path: Path) -> None:
    """Openings are those of the other programme; alone, the order of the programmes is a note."""
    path = copy_of(GOLDEN, tmp_path, "a.xlsx")
    names = {"A10": "19", "B10": "Cho vay hộ cận nghèo", "A11": "01", "B11": "Cho vay hộ nghèo"}
    patch_cells(path, {PROGRAMMES: names})
    alone = run(path, tmp_path / "alone.xlsx")
    assert [(f.code, f.severity) for f in alone.findings] == [("R34", "note")]
    patch_cells(path, {"Thông tin": {"C10": "2024Q2", "C11": "30/06/2024"}})
    report = run(path, tmp_path / "out.xlsx", previous=GOLDEN)
    openings = {(f.code, f.sheet, f.cell) for f in report.findings if f.code == "R20"}
    assert openings == {("R20", PROGRAMMES, "D10"), ("R20", PROGRAMMES, "D11")}
    assert report.blocks


def test_a_total_row_on_top_of_the_ledger() -> None:
    """As exports and pivot tables have it; it is held against its rows like one below."""
    rows = {place: value for place, value in tiny().sheets[LEDGER].cells.items() if place[0] != 6}
    on_top = Table(rows).with_row(2, "Tổng số | | | | 4 | 20 | 407750000 | 1000000 | 1000000 | 6000000")
    assert tiny().sheet(LEDGER, on_top).found() == set()
    wrong = on_top.put({"G2": 407_750_001})
    assert tiny().sheet(LEDGER, wrong).found() == {("R01", LEDGER, "G2")}


def test_subtotals_after_each_commune_of_the_ledger_are_left_out() -> None:
    rows = tiny().sheets[LEDGER].with_row(5, " | An Dương | | | 2 | 10 | 147250000 | 1000000 | 0 | 3000000")
    rows = rows.with_row(8, " | Lê Thiện | | | 2 | 10 | 260500000 | 0 | 1000000 | 3000000")
    assert tiny().sheet(LEDGER, rows).found() == set()


def test_a_workbook_whose_string_count_lies_costs_the_branch_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.xlsx").write_bytes(with_tag(LIES["both"], bold))
    (tmp_path / "b.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    files = [str(tmp_path / name) for name in ("a.xlsx", "b.xlsx")]
    assert (
        main(["consolidate", *files, "-o", str(tmp_path / "out.xlsx"), "--period", "2024Q1", "--json"]) == 1
    )
    assert '"TH_NguonVon": 449141' in capsys.readouterr().out


ASTRAY = "journeys/test_hard_workbooks.py::test_a_name_that_leads_astray_writes_nothing"
ELSEWHERE = {
    "silent-stale/opening-formula-cached-zero": "checks/test_cached_values.py::test_a_cell_of_another_sheet_is_computed",
    "write-outside/summary-name-on-association-cell": ASTRAY,
    "write-outside/reconciliation-name-on-ledger": ASTRAY,
    "write-outside/summary-name-on-label": ASTRAY,
    "write-outside/summary-name-on-last-cell": ASTRAY,
    "two-sheets/funding-and-hidden-draft": "template/test_two_sheets.py::test_without_an_exact_name_none_counts",
    "user-text-lost/explained-then-sorted-with-header": "journeys/test_user_texts.py::test_no_text_is_lost",
    "fix-corrupts/leader-name-without-tone-mark": "journeys/test_hard_workbooks.py::test_a_slip_in_unicode_is_no_legacy_font",
    "crash/findings-headers-in-english": "journeys/test_user_texts.py::test_texts_stay_beside_their_findings",
    "big-number/group-balance-in-dong": "journeys/test_hard_workbooks.py::test_an_amount_typed_in_dong",
    "long-text/digits-32767-in-a-balance": "journeys/test_any_text.py::test_long_texts",
    "long-text/control-character-in-a-leader": "journeys/test_any_text.py::test_characters_that_nobody_sees",
    "slow/mail-content-type-of-quotes": "intake/test_intake.py::test_headers_that_would_take_hours_are_refused",
    "slow/leader-of-130000-combining-marks": "xlsx/test_hostile.py::test_what_only_looks_hostile_is_read",
    "seal/signed": "journeys/test_trust.py::test_a_signed_report_counts_and_says_who_signed_it",
    "seal/other-figures-sealed-by-a-stranger": "journeys/test_trust.py::test_a_report_that_the_office_did_not_sign_is_passed_over",
    "seal/signature-overwritten": "journeys/test_trust.py::test_whatever_is_wrong_with_the_seal_it_does_not_count",
    "seal/mail-2-from-a-stranger": "journeys/test_trust.py::test_the_sender_of_each_mail_is_told_and_another_than_usual_is_asked_about",
    "receipt/returned-unsigned": "mail/test_receipt.py::test_once_the_branch_is_trusted_only_its_signature_counts",
    "receipt/returned-without-seal": "mail/test_receipt.py::test_the_receipt_of_another_report_changes_nothing",
    "archive-order/submission-2": "archive/test_archive.py::test_versions_are_ordered_as_consolidate_orders_them",
    "false-alarm/old-macro-sheet-without-part": "xlsx/test_unusual_xml.py::test_is_no_reason_not_to_read_the_others",
    "name-form/sheet-name-decomposed": "xlsx/test_unusual_xml.py::test_are_one_name",
    "leads-nowhere/ledger-commune-merged-down": "journeys/test_hard_workbooks.py::test_merged_codes",
    "leads-nowhere/total-row-called-toan-huyen": "journeys/test_hard_workbooks.py::test_a_total_by_any_name",
    "leads-nowhere/header-with-icelandic-eth": "journeys/test_hard_workbooks.py::test_headers_in_another_code",
    "leads-nowhere/headers-in-tcvn3": "journeys/test_hard_workbooks.py::test_headers_in_another_code",
    "leads-nowhere/number-in-cdata": "xlsx/test_unusual_xml.py::test_a_number_is_what_xml_says",
    "rules-holes/commune-missing-on-every-sheet": "checks/test_holes.py::test_a_commune_that_stands_on_no_sheet",
    "quarter/an-duong-2024q2-all-as-in-q1": "journeys/test_quarter_cases.py::test_the_last_quarter_with_another_period_is_one_error",
    "quarter/association-typed-with-us-settings": "journeys/test_quarter_cases.py::test_a_sheet_typed_with_english_settings_has_one_cause_and_one_repair",
    "quarter/branch-2024q2": "journeys/test_quarter_cases.py::test_a_branch_whose_quarter_before_lacks_an_office_is_asked_about_it_alone",
    "quarter/an-duong-2026q3-communes-of-2025": "journeys/test_quarter_cases.py::test_an_office_of_2026_lends_in_the_wards_of_2025",
    "one-cause/ledger-counts-savings-only-customers": "explain/test_columns.py::test_another_definition_is_one_cause",
}
TESTS = Path(__file__).resolve().parents[1]


def test_every_case_that_is_tested_elsewhere_has_its_test() -> None:
    assert not ELSEWHERE.keys() & {*CLEAN, *WRONG}
    for case, test in ELSEWHERE.items():
        file, name = test.split("::")
        assert f"def {name}(" in (TESTS / file).read_text(encoding="utf-8"), case
