"""A column that is off as a whole has one cause, and its findings follow one of them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from sheetcredit.report import run
from sheetcredit.rulebook import our_rulebook
from sheetcredit.workbooks import read_office
from tests.mutation.books import Typed
from tests.mutation.tables import after, golden, report_on, row_of, way_out
from tests.seeds_of import MISTAKEN


def saving_too(typed: Typed, rows: int = 49, sheet: str = "ledger") -> None:
    """Households that only save are counted as well."""
    rng = Random(5)
    entrusted = [row for row in typed.tables[sheet] if row.get("association") != "99"]
    for row in rng.sample(entrusted, min(rows, len(entrusted))):
        row["customers"] = int(str(row["customers"])) + rng.randint(1, 3)


@pytest.mark.parametrize("rows", [49, 30, 64])
def test_another_definition_is_one_cause(rows: int) -> None:
    report = after(lambda typed: saving_too(typed, rows))
    assert way_out(report) == [("Sổ ngân hàng", "F8", "column-customers")]
    assert report.fix_first[0].clears == len(report.findings) == 2 * rows
    details = report.fix_first[0].suspect.details
    assert (details["count"], details["rows"]) == (rows, 64)
    assert {finding.cell for finding in report.findings} >= {"F10"} or rows < 64
    assert len({finding.key for finding in report.findings if not finding.follows}) == 1


def test_a_smaller_column_too() -> None:
    def change(typed: Typed) -> None:
        for row in typed.tables["women"]:
            row["deposits"] = int(str(row["deposits"])) - 3

    report = after(change)
    assert way_out(report) == [("Hội Phụ nữ", "L8", "column-less")]


def test_another_unit_in_a_whole_column() -> None:
    def change(typed: Typed) -> None:
        for row in typed.tables["women"]:
            row["deposits"] = Decimal(str(row["deposits"])) / 1000

    assert ("Hội Phụ nữ", "L8", "column-times-1000") in way_out(after(change))


def test_a_few_slips_are_not_a_definition() -> None:
    report = after(lambda typed: saving_too(typed, 5))
    assert all(cause != "column-customers" for _, _, cause in way_out(report))
    assert len(report.fix_first) == 5


def test_a_slip_beside_another_definition_is_still_found() -> None:
    def change(typed: Typed) -> None:
        saving_too(typed)
        row_of(typed, "farmers", commune="11590")["balance"] = 7803

    report = after(change)
    (_, _, cause), slip = way_out(report)
    assert cause == "column-customers"
    assert slip[0] == "Hội Nông dân"


def test_consequences_of_a_group_booked_wrongly_follow_one_finding() -> None:
    typed = golden()
    row_of(typed, "groups", group="0018381")["commune"] = "11581"
    report = report_on(typed)
    ties = [finding for finding in report.findings if finding.code.startswith("R")]
    leaders = [finding for finding in ties if not finding.follows]
    assert len(leaders) == 1 and len(ties) > 10
    assert {finding.follows for finding in ties} == {"", leaders[0].key}


def test_followers_are_folded_on_the_sheet(tmp_path: Path) -> None:
    report = run(MISTAKEN, tmp_path / "out.xlsx")
    book = read_office(tmp_path / "out.xlsx", our_rulebook()).book
    texts = [str(cell) for line in book.grids["Kiểm tra"].rows for cell in line]
    followers = sum(bool(finding.follows) for finding in report.findings)
    assert followers > 15
    assert sum(text.startswith("↳") for text in texts) == followers
