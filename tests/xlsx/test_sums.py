"""Plain sums worked out where a file keeps no value; anything less certain is left alone."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sheetcredit.model.grid import CellValue, Formula, Grid
from sheetcredit.xlsx.sums import evaluate, with_sums

ROWS: list[list[CellValue]] = [["", 1, 2.5], ["a", 3, "4"], ["Tổng", "", True], ["", 0.1, 0.2]]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("SUM(B1:B2)", "4"),
        ("SUM($B$1:C2)", "6.5"),  # a text in a range counts nothing, as in Excel
        ("SUM(B1:B9)", "4.1"),
        ("SUM(C3:C3)", "0"),
        ("SUM( B4 : C4 )", "0.3"),
        ("B1+B2-C1", "1.5"),
        ("-B1", "-1"),
        ("$B$2", "3"),
        ("B1+C2", None),
        ("SUM(B1,B2)", None),
        ("SUM(B1:B2)*2", None),
        ("IF(B1>0,1,0)", None),
        ("SUM(A1:XFD1048576)", None),
        ("'Hội CCB'!B1", None),
    ],
)
def test_evaluate(formula: str, expected: str | None) -> None:
    value = evaluate(Grid("x", ROWS), formula)
    assert value == (None if expected is None else Decimal(expected))


def grid(**formulas: tuple[str, str | None]) -> Grid:
    places = {(int(cell[1:]) - 1, ord(cell[0]) - 65): Formula(*f) for cell, f in formulas.items()}
    return Grid("x", [[1, 2, ""], [3, 4, ""], ["", "", ""]], places)


def test_sums_of_sums_in_any_order() -> None:
    filled = with_sums(
        grid(A3=("SUM(A1:A2)", None), C1=("A1+B1", ""), C2=("A2+B2", None), C3=("SUM(C1:C2)", None))
    )
    assert (filled.value(2, 0), filled.value(0, 2), filled.value(2, 2)) == (4, 3, 10)
    assert filled.formulas[2, 2] == Formula("SUM(C1:C2)", "10")


def test_a_kept_value_stays_even_where_it_is_wrong() -> None:
    kept = grid(A3=("SUM(A1:A2)", "99"))
    assert with_sums(kept) is kept


def test_what_depends_on_an_unknown_formula_is_unknown() -> None:
    filled = with_sums(grid(A3=("ROUND(A1,0)", None), B3=("A3+B1", None), C3=("SUM(A1:B1)", None)))
    assert (filled.value(2, 0), filled.value(2, 1), filled.value(2, 2)) == (None, None, 3)
    assert filled.formulas[2, 1].cached is None


def test_a_circle_ends() -> None:
    filled = with_sums(grid(A3=("B3", None), B3=("A3", None)))
    assert (filled.value(2, 0), filled.value(2, 1)) == (None, None)
