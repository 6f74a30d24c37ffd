"""Ties and the cells behind them: what a tie adds up is what the cells say."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcredit.explain.ties import OfficeTies
from sheetcredit.model.grid import Formula
from sheetcredit.rulebook import our_rulebook
from sheetcredit.rules.context import context_frame, info_frame, with_rating
from sheetcredit.rules.ties import (
    ABSENT,
    FAILED,
    FINE,
    LOST,
    NOT_EVALUATED,
    PARTS,
    PASSED,
    TIES,
    UNUSABLE,
    outcome_of_rules,
    reconcile_frames,
    settle,
)
from sheetcredit.template.frames import stack
from tests.tables import Workbook, tiny

BOOK = our_rulebook()
CCB = "Hội CCB"


def ties_of(office: Workbook) -> tuple[OfficeTies, pl.DataFrame]:
    reading = office.reading()
    by_file = {reading.file: reading}
    frames = stack(reading.blocks) | {"info": info_frame([reading])}
    frames["groups"] = with_rating(frames["groups"], by_file, BOOK.catalogues.limits)
    context = context_frame([reading], BOOK.catalogues.limits)
    ties = reconcile_frames(BOOK.rules, frames, context)
    return OfficeTies(BOOK.rules, ties, frames, reading), ties


@pytest.fixture(scope="module")
def office() -> OfficeTies:
    return ties_of(tiny().put(CCB, I3=Formula("SUM(I2:I2)", "50")))[0]


def counted(office: OfficeTies) -> list[int]:
    """The ties whose gap is made of cells and nothing else."""
    return [
        index
        for index in range(len(office.gaps))
        if office.rule_of(index).operator != "between"
        and office.tie(index).measure != "groups"  # rows of groups count by themselves
        and office.rule_of(index).kind != "total"  # the rows that a total follows are left out
    ]


def test_members_add_up_to_the_gap(office: OfficeTies) -> None:
    assert len(counted(office)) > 50
    for index in counted(office):
        gap = sum(sign * (office.value(cell) or 0) for cell, sign in office.members(index))
        assert gap == office.gaps[index], office.tie(index)


def test_a_cell_knows_the_ties_that_add_it_up(office: OfficeTies) -> None:
    for index in counted(office):
        for cell, sign in office.members(index):
            assert (index, sign) in office.touched_by(cell)


def test_nothing_has_failed(office: OfficeTies) -> None:
    assert office.failed == []
    assert office.low[0] <= office.gaps[0] <= office.high[0]


def test_a_total_by_formula_has_no_member_but_itself(office: OfficeTies) -> None:
    totals = [i for i in range(len(office.gaps)) if office.rule_of(i).kind == "total"]
    by_measure = {office.tie(i).measure: i for i in totals if office.tie(i).sheet == CCB}
    assert [cell.row for cell, _ in office.members(by_measure["balance"])] == [3]
    assert [cell.row for cell, _ in office.members(by_measure["overdue"])] == [3, 2]


def test_failed_ties() -> None:
    office, frame = ties_of(tiny().put(CCB, D2=5, D3=5))
    assert {(tie.rule, tie.gap) for tie in office.failed} == {("R05", 1), ("R06", 1)}
    assert frame.schema == TIES
    assert outcome_of_rules(BOOK.rules, frame)["tiny.xlsx"]["failed"] == 2


def test_nothing_to_reconcile() -> None:
    reading = tiny().reading()
    context = context_frame([reading], BOOK.catalogues.limits)
    ties = reconcile_frames(BOOK.rules, {}, context)
    assert ties.is_empty()
    assert outcome_of_rules(BOOK.rules, ties) == {}


@given(
    st.integers(-5, 5), st.integers(0, 3), st.sampled_from(["=", "<=", ">=", "between"]),
    st.sampled_from([FINE, LOST, UNUSABLE, ABSENT]), st.integers(0, 3),
)  # fmt: skip
def test_states(gap: int, slack: int, operator: str, doubt: int, width: int) -> None:
    code = ["=", "<=", ">=", "between"].index(operator)
    row = dict.fromkeys(PARTS) | {
        "rule": "R", "measure": "m", "file": "f", "left": gap, "right": 0, "most": width, "slack": slack,
        "operator": code, "doubt": doubt,
    }  # fmt: skip
    settled = settle([pl.DataFrame([row], schema=PARTS)])
    if doubt == ABSENT:
        assert settled.is_empty()
        return
    holds = {
        "=": abs(gap) <= slack, "<=": gap <= slack, ">=": gap >= -slack, "between": 0 <= gap <= width,
    }[operator]  # fmt: skip
    expected = NOT_EVALUATED if doubt == UNUSABLE else PASSED if holds else NOT_EVALUATED if doubt else FAILED
    assert settled["state"].item() == expected
