"""Rules compare like with like: imported columns that mean something else, or that their source rounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from sheetcredit.imports.figures import ImportedFigure, Quality
from tests.imports.handmade import figure
from tests.imports.test_plan import COMMUNE, GROUP, applied, book, found, planned

__all__ = ["book"]


def group(number: int, *, balance: int, slack: int = 0, deposits: int = 0) -> list[ImportedFigure]:
    kind, place = "bc0437" if slack else "hstd", f"groups/{number:07d}/{{}}"
    return [
        figure(kind, place.format("commune"), COMMUNE),
        figure(kind, place.format("association"), "11"),
        figure(kind, place.format("balance"), balance, slack=slack),
        figure(kind, place.format("deposits"), deposits),
    ]


@pytest.mark.parametrize(("basis", "rules"), [("telegram", []), ("", ["R30"])])
def test_deposits_of_another_basis_are_not_held_against_the_groups(
    book: Path, basis: str, rules: list[str]
) -> None:
    applied(
        book, *group(1, balance=10_000_000, deposits=300_000_000),
        figure("telegram", "funding/302/current", 900_000_000, basis=basis),
        figure("telegram", "funding/301/current", 100_000_000),
    )  # fmt: skip
    assert found(book, "R30") == rules


def test_only_the_rows_of_the_other_basis_are_left_out(book: Path) -> None:
    # 301 means something else, and is no part of what R30 compares.
    applied(
        book, *group(1, balance=10_000_000, deposits=300_000_000),
        figure("telegram", "funding/302/current", 900_000_000),
        figure("telegram", "funding/301/current", 100_000_000, basis="telegram"),
    )  # fmt: skip
    assert found(book, "R30") == ["R30"]


@pytest.mark.parametrize(
    ("slack", "ledger", "rules"),
    [
        (500_000, 31_000_000, []),  # two groups, each off by half a triệu at most
        (500_000, 31_000_001, ["R16"]),
        (0, 31_000_000, ["R16"]),
    ],
)
def test_what_a_source_rounds_holds_within_its_interval(
    book: Path, slack: int, ledger: int, rules: list[str]
) -> None:
    applied(
        book, *group(1, balance=10_000_000, slack=slack), *group(2, balance=20_000_000, slack=slack),
        figure("len31_units", f"ledger/{COMMUNE},11/balance", ledger),
        figure("len31_units", f"ledger/{COMMUNE},11/groups", 2),
    )  # fmt: skip
    assert found(book, "R16") == rules


def test_two_sources_given_as_one_stand_in_the_first_and_never_over_what_was_typed(book: Path) -> None:
    both = figure("telegram", "~funding/201+202/current", 700_000_000)
    plan = applied(book, both, *GROUP)
    assert [(one.row, one.new) for one in plan.changes if one.sheet == "funding"] == [("201", 700)]
    again = planned(book, figure("telegram", "~funding/201+202/current", 800_000_000), *GROUP)
    assert not [one for one in again.changes if one.sheet == "funding"]


def test_a_number_beside_a_mere_proposal_stays(book: Path) -> None:
    applied(book, *GROUP)
    guess = figure("hstd", "groups/0000001/members", 55, quality=Quality.PROPOSAL)
    assert not planned(book, guess, *(one for one in GROUP if one.column != "members")).changes
