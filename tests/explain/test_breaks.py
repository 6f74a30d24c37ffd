from decimal import Decimal

from tests.mutation.books import Typed
from tests.mutation.tables import after, golden, report_on, row_of


def _swapped(typed: Typed) -> None:
    row_of(typed, "farmers", commune="11593")["balance"] = 7803


def test_a_finding_stands_on_its_first_suspect() -> None:
    report = after(_swapped)
    assert {finding.code for finding in report.findings} >= {"R02", "R05", "R06"}
    for finding in report.findings:
        if finding.suspects:
            assert (finding.sheet, finding.cell) == (finding.suspects[0].sheet, finding.suspects[0].cell)
            assert finding.suspects[0].suggestion == 7830 * 1_000_000


def test_keys_and_digests_are_stable_over_a_second_run() -> None:
    first, second = after(_swapped), after(_swapped)
    assert [(f.key, f.digest) for f in first.findings] == [(f.key, f.digest) for f in second.findings]
    assert len({finding.key for finding in first.findings}) == len(first.findings)


def test_a_code_that_is_not_in_force_hides_no_break_elsewhere() -> None:
    typed = golden()
    row_of(typed, "youth", commune="11593")["commune"] = "99998"
    other = row_of(typed, "youth", commune="11620")
    other["deposits"] = int(str(other["deposits"])) * 10
    report = report_on(typed)
    assert {finding.code for finding in report.findings} >= {"R05", "R06", "R15"}
    assert [(fix.suspect.sheet, fix.suspect.cell) for fix in report.fix_first] == [
        typed.place("youth", other, "deposits")
    ]


def test_a_row_whose_code_is_unknown_is_no_missing_row() -> None:
    def change(typed: Typed) -> None:
        row_of(typed, "ledger", commune="11620", association="12")["commune"] = "99998"

    report = after(change)
    assert [finding.code for finding in report.findings if finding.severity != "note"] == ["R15"]
    assert report.fix_first == ()


def test_a_fraction_is_told_on_its_cell_and_not_on_the_total_as_well() -> None:
    typed = golden()
    row = row_of(typed, "women", commune="11620")
    row["groups"] = Decimal("4.5")
    wrong = [finding for finding in report_on(typed).findings if finding.code == "V-WHOLE"]
    assert [(finding.sheet, finding.cell) for finding in wrong] == [typed.place("women", row, "groups")]


def test_a_sum_beyond_fifteen_digits_is_not_a_wrong_total() -> None:
    typed = golden()
    row = row_of(typed, "programmes", programme="01")
    row["balance"] = Decimal(str(row["balance"])) * 10**6
    report = report_on(typed)
    assert "R01" not in {finding.code for finding in report.findings}
    assert report.fix_first[0].suspect.cause == "over-1000000"
