"""Many workbooks at once: each is told what it would be told alone, and none makes the others cost more."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from types import FrameType
from typing import Any
from unittest.mock import patch

import polars as pl
import pytest

from sheetcredit.report import check_readings, validate_readings
from sheetcredit.template.definition import load_office
from sheetcredit.template.reading import Reading, understand
from tests.mutation.books import Typed, make_book
from tests.mutation.kinds import KINDS, Unsuitable
from tests.mutation.offices import offices, rulebook


def _with_mistakes(count: int) -> list[Reading]:
    """Small offices, each with two mistakes of its own."""
    cases, readings = offices()[1:5], []
    for place in range(count):
        typed, rng = Typed.of(cases[place % len(cases)].content), Random(f"stacked-{place}")
        for kind in rng.sample(sorted(KINDS), 2):
            try:
                KINDS[kind](rng, typed)
            except Unsuitable:
                continue
        readings.append(understand(make_book(typed, f"{place:03d}.xlsx"), load_office()))
    return readings


def _steps(work: Callable[[], object]) -> int:
    """How many functions are called and how many rows are filtered: what time goes into, without a clock."""
    steps = 0
    unfiltered = pl.DataFrame.filter

    def count(_: FrameType, event: str, __: object) -> None:
        nonlocal steps
        steps += event in ("call", "c_call")

    def filtered(frame: pl.DataFrame, *arguments: Any, **named: Any) -> pl.DataFrame:
        nonlocal steps
        steps += len(frame)
        return unfiltered(frame, *arguments, **named)

    with patch.object(pl.DataFrame, "filter", filtered):
        sys.setprofile(count)
        try:
            work()
        finally:
            sys.setprofile(None)
    return steps


def test_together_they_are_told_what_each_is_told_alone() -> None:
    readings, book = _with_mistakes(12), rulebook()
    alone = [check_readings([reading], book)[0] for reading in readings]
    assert sum(len(report.findings) for report in alone) > len(readings)
    assert check_readings(readings, book) == alone


@pytest.mark.parametrize("check", [check_readings, validate_readings])
def test_the_cost_grows_with_their_number_and_not_with_its_square(
    check: Callable[[Sequence[Reading], object], object],
) -> None:
    readings, book = _with_mistakes(32), rulebook()
    check(readings, book)  # what is kept from the first time on
    few, more, many = (_steps(partial(check, readings[:number], book)) for number in (8, 16, 32))
    assert many - more < 2.3 * (more - few)
