"""Every rule across sheets: passed, failed at the right cell, not evaluated; rounding to the edge."""

from __future__ import annotations

import pytest

from sheetcredit.model.grid import CellValue
from sheetcredit.rulebook import our_rulebook
from tests.tables import Table, Workbook, places, tiny, tiny_in

HND, HPN, CCB, DTN = "Hội Nông dân", "Hội Phụ nữ", "Hội CCB", "Đoàn TN"
PROGRAMMES, FUNDING, DIRECT = "Chương trình", "Nguồn vốn", "Trực tiếp"
GROUPS, LEDGER, INFO = "Tổ TK&VV", "Sổ ngân hàng", "Thông tin"
RULES = {rule.id for rule in our_rulebook().rules if rule.kind in ("row", "compare", "total")}
OUTCOMES = ("passed", "failed", "explained", "not_evaluated")


def without_row(office: Workbook, sheet: str, row: int) -> Workbook:
    """The office with an Excel row of a sheet emptied."""
    kept = {place: v for place, v in office.sheets[sheet].cells.items() if place[0] != row - 1}
    return office.sheet(sheet, Table(kept))


def outcomes(office: Workbook) -> tuple[int, ...]:
    report = office.report()
    return tuple(report.outcomes[name] for name in OUTCOMES)


BROKEN: list[tuple[str, str, dict[str, CellValue], set[tuple[str, str, str]]]] = [
    ("R01 a total typed over", CCB, {"I3": 51}, {("R01", CCB, "I3")}),
    ("R01 a total of counts", LEDGER, {"F7": 21}, {("R01", LEDGER, "F7")}),
    ("R02 exact in an export", PROGRAMMES, {"D2": 330.000001, "D4": 386.000001}, {("R02", PROGRAMMES, "D2")}),
    ("R03 in a group", GROUPS, {"J5": 31, "J6": 32},
     {("R03", GROUPS, "J5"), ("R05", GROUPS, "J5"), ("R16", GROUPS, "J5")}),
    ("R04 overdue", PROGRAMMES, {"I3": 4, "I4": 5}, {("R04", PROGRAMMES, "I3"), ("R17", PROGRAMMES, "I3")}),
    ("R05 and R06 by customers", CCB, {"D2": 5, "D3": 5}, {("R05", CCB, "D2"), ("R06", CCB, "D2")}),
    ("R05 and R06 by deposits", HND, {"L2": 9, "L3": 9}, {("R05", HND, "L2"), ("R06", HND, "L2")}),
    ("R05 and R06 by groups", DTN, {"C2": 2, "C3": 2}, {("R05", DTN, "C2"), ("R06", DTN, "C2")}),
    ("R09 below its score", GROUPS, {"M2": "Khá"}, {("R09", GROUPS, "M2")}),
    ("R09 by the threshold", GROUPS, {"L4": 84.99, "M4": "Tốt"}, {("R09", GROUPS, "M4")}),
    ("R10 too many", GROUPS, {"F2": 61, "F6": 90}, {("R10", GROUPS, "F2")}),
    ("R10 too few", GROUPS, {"F4": 4, "F6": 34}, {("R10", GROUPS, "F4")}),
    ("R12 the day after", INFO, {"B5": "2024-04-01"}, {("R12", INFO, "B5")}),
    ("R12 the day before", INFO, {"B5": "2023-12-31"}, {("R12", INFO, "B5")}),
    ("R16 to the đồng", GROUPS, {"H4": 49.999999, "H6": 400.749999}, {("R16", GROUPS, "H4")}),
    ("R17 to the đồng", PROGRAMMES,
     {"H2": 355.000001, "H4": 407.750001, "D2": 330.000001, "D4": 386.000001}, {("R17", PROGRAMMES, "H2")}),
    ("R18", GROUPS, {"G2": 11, "G6": 24}, {("R18", GROUPS, "G2"), ("R05", GROUPS, "G2"), ("R16", GROUPS, "G2")}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sheet", "cells", "expected"), [case[1:] for case in BROKEN], ids=[c[0] for c in BROKEN]
)
def test_broken(sheet: str, cells: dict[str, CellValue], expected: set[tuple[str, str, str]]) -> None:
    report = tiny().put(sheet, **cells).report()
    assert places(report) == expected
    codes = {code for code, _, _ in expected}
    assert report.outcomes == {
        "passed": 26 - len(codes), "failed": len(codes), "explained": 0, "not_evaluated": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("codes", "sheet", "cells"),
    [
        ("R07 R17", LEDGER, {"G4": 7_000_001, "G7": 407_750_001}),
        ("R08 R29", DIRECT, {"C2": 6, "C3": 6}),
        ("R11", FUNDING, {"E2": 300, "E4": 350}),
        ("R37", PROGRAMMES, {"K2": 14, "K4": 19}),
        ("R13", PROGRAMMES, {"C2": 300, "C4": 360}),
        ("R13", PROGRAMMES, {"C3": 106, "C4": 456}),
    ],
)
def test_broken_by_either_side(codes: str, sheet: str, cells: dict[str, CellValue]) -> None:
    assert {found for found, _, _ in tiny().put(sheet, **cells).found()} == set(codes.split())


@pytest.mark.parametrize(
    ("sheet", "cells"),
    [
        (GROUPS, {"F2": 60, "F6": 89}), (GROUPS, {"F4": 5, "F6": 35}), (GROUPS, {"L4": 84.99}),
        (GROUPS, {"L4": 85, "M4": "Tốt"}), (GROUPS, {"L5": 50}), (INFO, {"B5": "2024-01-01"}),
        (PROGRAMMES, {"C3": None, "C4": 350}), (PROGRAMMES, {"C3": 105.5, "C4": 455.5}),
        (FUNDING, {"E2": 358, "E4": 408}),
    ],
)  # fmt: skip
def test_just_within(sheet: str, cells: dict[str, CellValue]) -> None:
    assert tiny().put(sheet, **cells).found() == set()


class TestRounding:
    """A whole triệu stands for what rounds to it, half a triệu either way and no đồng more."""

    @pytest.mark.parametrize(
        ("stated", "dong", "ties"),
        [
            (211, 210_500_000, True), (211, 211_500_000, True), (210, 210_500_000, True),
            (211, 210_499_999, False), (211, 211_500_001, False), (210.5, 210_500_000, True),
            (210.5, 210_549_999, True), (210.5, 210_550_001, False), (0, 500_000, True), (0, 500_001, False),
            (None, 500_000, True), (210.499999, 210_500_000, False),
        ],
    )  # fmt: skip
    def test_balance(self, stated: float | None, dong: int, ties: bool) -> None:
        office = tiny().put(HPN, I2=stated, I3=stated or 0).put(LEDGER, G5=dong).put(GROUPS, H3=dong / 10**6)
        codes = {code for code, _, cell in office.found() if cell is not None}
        assert ({"R05", "R06"} & codes == set()) == ties

    def test_counts_are_exact(self) -> None:
        assert {code for code, _, _ in tiny().put(HPN, D2=7, D3=7).found()} == {"R05", "R06"}

    def test_slack_adds_up_over_what_is_added(self) -> None:
        """Four statements may be off by half a triệu each against the exact programmes."""
        within = tiny().put(PROGRAMMES, F2=14, D2=329, F4=19, D4=385)
        assert within.found() == set()
        beyond = tiny().put(PROGRAMMES, F2=12, D2=327, F4=17, D4=383)
        assert {code for code, _, _ in beyond.found()} == {"R04"}

    @pytest.mark.parametrize(("unit", "dong"), [("đồng", 1), ("nghìn đồng", 10**3), ("tỷ đồng", 10**9)])
    def test_other_units(self, unit: str, dong: int) -> None:
        office = tiny_in(unit, dong)
        assert office.found() == set()
        off = 2_000_000 / dong
        wrong = office.put(HPN, I2=210_500_000 / dong + off, I3=210_500_000 / dong + off)
        found = wrong.found()
        assert {("R05", HPN, "I2"), ("R06", HPN, "I2")} <= found
        assert wrong.report().findings[0].unit == dong


class TestKeys:
    """Keys that one side lacks, and keys that cannot be read."""

    def test_a_group_that_nobody_lists(self) -> None:
        codes = {code for code, _, _ in without_row(tiny(), GROUPS, 4).found()}
        assert codes == {"R01", "R05", "R16"}

    def test_a_statement_that_lacks_its_only_commune(self) -> None:
        codes = {code for code, _, _ in without_row(tiny(), CCB, 2).found()}
        assert codes == {"R01", "S-EMPTY"}

    def test_a_ledger_that_lacks_a_commune(self) -> None:
        codes = {code for code, _, _ in without_row(tiny(), LEDGER, 6).found()}
        assert codes == {"R01", "R06", "R16", "R17"}

    def test_a_direct_programme_that_nobody_has(self) -> None:
        assert {code for code, _, _ in tiny().put(DIRECT, A2="03").found()} == {"R08", "V-NAME"}

    def test_rows_of_noughts_need_no_counterpart(self) -> None:
        table = tiny().sheets[LEDGER].with_row(7, "'11611 | Lê Lợi | '13 | CCB | 0 | 0 | 0 | 0 | 0 | 0")
        assert tiny().sheet(LEDGER, table).found() == set()

    @pytest.mark.parametrize(
        ("sheet", "cell"), [(GROUPS, "C4"), (GROUPS, "E4"), (CCB, "A2"), (LEDGER, "A6"), (LEDGER, "C6")]
    )
    @pytest.mark.parametrize("value", [None, "'x", "'99999"])
    def test_a_lost_key_accuses_nobody(self, sheet: str, cell: str, value: CellValue) -> None:
        report = tiny().put(sheet, **{cell: value}).report()
        assert {(s, c) for _, s, c in places(report)} == {(sheet, cell)}
        told = {code for code, _, _ in places(report)}
        assert report.outcomes["failed"] == ("R15" in told)  # which is about the code itself

    def test_where_other_rows_still_tie_the_rule_has_passed(self) -> None:
        report = tiny().put(GROUPS, C4=None).report()
        assert report.outcomes["not_evaluated"] == 1  # R30: the tiny office has no source 302


class TestNotEvaluated:
    """What cannot be told is neither passed nor failed."""

    @pytest.mark.parametrize(
        ("sheet", "rules"),
        [
            (FUNDING, {"R11"}), (PROGRAMMES, {"R04", "R08", "R11", "R13", "R17", "R37"}), (CCB, {"R04"}),
            (DIRECT, {"R04", "R07", "R08", "R29"}), (GROUPS, {"R05", "R09", "R10", "R16", "R18"}),
            (LEDGER, {"R06", "R07", "R16", "R17", "R29", "R37"}), (INFO, {"R12"}),
        ],
    )  # fmt: skip
    def test_a_missing_sheet(self, sheet: str, rules: set[str]) -> None:
        office = tiny().without(sheet)
        unknown = len(rules | {"R30"})  # the tiny office has no source 302
        assert outcomes(office) == (27 - unknown, 0, 0, unknown)
        assert office.found() == {("S-MISSING", sheet, None)}

    @pytest.mark.parametrize(
        ("sheet", "cell", "rules"),
        [
            (FUNDING, "E2", {"R11"}), (PROGRAMMES, "H2", {"R11"}), (DIRECT, "H2", set()),
            (INFO, "B5", set()),
        ],
    )  # fmt: skip
    def test_a_value_that_cannot_be_used(self, sheet: str, cell: str, rules: set[str]) -> None:
        passed, failed, _, unknown = outcomes(tiny().put(sheet, **{cell: "#N/A"}))
        assert failed == 0
        assert unknown >= len(rules)
        assert passed + unknown == 27

    def test_a_repeated_row_may_be_what_is_too_much(self) -> None:
        table = (
            tiny().sheets[LEDGER].with_row(7, "'11584 | Lê Thiện | '13 | CCB | 1 | 4 | 50000000 | 0 | 0 | 0")
        )
        report = tiny().sheet(LEDGER, table).report()
        assert {code for code, _, _ in places(report)} <= {"V-UNIQUE", "R01"}

    def test_a_missing_column(self) -> None:
        office = tiny().put(LEDGER, G1="Ghi chú")
        report = office.report()
        assert report.outcomes["failed"] == 0
        assert report.figures["TH_UyThac"] is None
        assert report.figures["TH_SoTo"] == 4


def test_every_rule_is_broken_somewhere_here() -> None:
    broken = {code for *_, expected in BROKEN for code, _, _ in expected} | {
        "R07",
        "R08",
        "R11",
        "R13",
        "R29",
        "R30",
        "R37",
    }
    assert broken == RULES


def test_the_numbers_of_a_finding() -> None:
    report = tiny().put(CCB, D2=5, D3=5).report()
    finding = next(f for f in report.findings if f.code == "R06")
    assert (finding.value, finding.expected, finding.difference, finding.unit) == (5, 4, 1, 1)
    report = tiny().put(LEDGER, G4=7_000_001, G7=407_750_001).report()
    finding = next(f for f in report.findings if f.code == "R07")
    assert (finding.value, finding.expected, finding.difference, finding.unit) == (
        7_000_001,
        7_000_000,
        1,
        finding.unit,
    )
