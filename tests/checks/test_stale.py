"""Formula cells whose kept value is missing or nought: worked out where that is certain, reported otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcredit.model.grid import Formula, Grid, column_letters
from sheetcredit.report import reconcile
from sheetcredit.xlsx.sums import evaluate
from tests.tables import places, tiny

CCB = "Hội CCB"


def test_a_sum_without_kept_value_is_worked_out() -> None:
    assert tiny().put(CCB, I3=Formula("SUM(I2:I2)", None)).found() == set()
    assert tiny().put(CCB, I3=Formula("I2", None)).found() == set()


def test_a_sum_that_was_worked_out_is_checked() -> None:
    assert tiny().put(CCB, I3=Formula("SUM(C2:C2)", None)).found() == {("R01", CCB, "I3")}


@pytest.mark.parametrize("cached", ["0", "0.0"])
def test_nought_kept_for_a_sum_that_is_not(cached: str) -> None:
    report = tiny().put(CCB, I3=Formula("SUM(I2:I2)", cached)).report()
    assert places(report) == {("V-STALE", CCB, "I3")}
    (finding,) = report.findings
    assert (finding.value, finding.expected) == (cached, 50)


def test_nought_kept_in_a_row_is_worked_out_for_the_rules() -> None:
    report = tiny().put(CCB, I2=Formula("E2+F2-G2-H2", "0")).report()
    assert places(report) == {("V-STALE", CCB, "I2")}
    assert report.outcomes["failed"] == 0


def test_nought_that_is_right() -> None:
    assert tiny().put(CCB, J3=Formula("SUM(J2:J2)", "0"), H2=Formula("J2+K2", "0")).found() == set()


@pytest.mark.parametrize("cell", ["I2", "I3"])
def test_a_formula_that_nobody_here_can_work_out(cell: str) -> None:
    report = tiny().put(CCB, **{cell: Formula("VLOOKUP(A2,X1:Z9,3,0)", None)}).report()
    assert places(report) == {("V-STALE", CCB, cell)}
    assert report.outcomes["failed"] == 0


def test_a_figure_that_needs_it_is_unknown() -> None:
    report = tiny().put("Sổ ngân hàng", G2=Formula("ROUND(1,0)", None)).report()
    assert report.figures["TH_HND"] is None
    assert report.figures["TH_HPN"] is not None


def test_an_empty_text_is_a_value() -> None:
    assert tiny().put(CCB, H2=Formula('IF(A2="","",0)', "")).found() == set()


def test_formulas_beside_the_table_are_nobodys_business() -> None:
    assert tiny().put(CCB, N2=Formula("VLOOKUP(A2,X1:Z9,3,0)", None)).found() == set()


def test_from_a_file(tmp_path: Path) -> None:
    office = tiny().put(CCB, I3=Formula("SUM(I2:I2)", "0"), J3=Formula("SUM(J2:J2)", None))
    office = office.put("Đoàn TN", I2=Formula("VLOOKUP(A2,X1:Z9,3,0)", None))
    report = reconcile(
        office.save(tmp_path / "a.xlsx")
    )  # which asks for calculation on opening: I3 is a note
    assert (
        places(report, notes=True) == {("V-STALE", CCB, "I3"), ("V-STALE", "Đoàn TN", "I2")} == office.found()
    )
    assert places(report) == {("V-STALE", "Đoàn TN", "I2")}


def test_no_sum_over_an_error() -> None:
    assert evaluate(Grid("x", [[1.0, "#REF!"]]), "SUM(A1:B1)") is None


@given(
    st.lists(st.integers(-(10**6), 10**6).map(lambda n: n / 64), min_size=1, max_size=6),
    st.integers(0, 30),
    st.integers(0, 5),
)
def test_sums_in_any_place(numbers: list[float], column: int, row: int) -> None:
    rows: list[list[float | str]] = [[""] * (column + 1) for _ in range(row)]
    rows += [[""] * column + [number] for number in numbers]
    letters = column_letters(column)
    grid = Grid("x", rows)
    total = evaluate(grid, f"SUM({letters}{row + 1}:{letters}{row + len(numbers)})")
    chain = evaluate(grid, "+".join(f"${letters}${row + place + 1}" for place in range(len(numbers))))
    taken = evaluate(grid, "-".join(f"{letters}{row + place + 1}" for place in range(len(numbers))))
    assert total == chain == sum(numbers)
    assert taken == 2 * numbers[0] - sum(numbers)
