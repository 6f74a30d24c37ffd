"""Frames in whole đồng: rounding intervals, units, marks of what cannot be used."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcredit.rulebook import our_rulebook
from sheetcredit.template.frames import (
    Block,
    in_dong,
    mark_repeated,
    may_repeat,
    part_of_a_dong,
    stack,
    stack_as_typed,
    surely_whole,
)
from tests.tables import Workbook, tiny, tiny_in

OFFICE = our_rulebook().office
FUNDING = OFFICE.sheet("funding")
UNITS = {"đồng": 1, "nghìn đồng": 1000, "triệu đồng": 10**6, "tỷ đồng": 10**9}


def frames(*workbooks: Workbook) -> dict[str, pl.DataFrame]:
    return stack(block for workbook in workbooks for block in workbook.reading().blocks)


def funding(values: list[float | None], unit: int) -> pl.DataFrame:
    columns: dict[str, list[object]] = {
        "source": ["101"] * len(values), "source_name": [None] * len(values),
        "plan": list(values), "opening": list(values), "current": list(values),
    }  # fmt: skip
    block = Block("a", FUNDING, "funding", unit, list(range(2, 2 + len(values))), columns)
    return stack([block])["funding"]


@given(
    st.lists(st.integers(0, 10**15), min_size=1, max_size=8),
    st.sampled_from(sorted(UNITS.values())),
    st.integers(0, 9),
)
def test_a_rounded_number_holds_the_true_one_in_its_interval(truth: list[int], unit: int, power: int) -> None:
    place = min(10**power, unit)
    rounded = [int((Decimal(t) / place).quantize(Decimal(1), ROUND_HALF_UP)) * place for t in truth]
    frame = funding([r / unit for r in rounded], unit)
    assert frame["current"].to_list() == rounded
    for true, dong, half in zip(truth, frame["current"], frame["current__half"], strict=True):
        assert abs(true - dong) <= half or place == 1
        assert 2 * half <= unit


@pytest.mark.parametrize(
    ("value", "unit", "half"),
    [
        (211.0, 10**6, 500_000), (210.5, 10**6, 50_000), (210.123456, 10**6, 0), (210.12345, 10**6, 5),
        (12.0, 10**9, 500_000_000), (12.3, 10**9, 50_000_000), (12.000001, 10**9, 500), (7.0, 1, 0),
        (7.0, 1000, 500), (0.0, 10**6, 500_000), (None, 10**6, 500_000),
    ],
)  # fmt: skip
def test_the_last_place_that_is_written(value: float | None, unit: int, half: int) -> None:
    assert funding([value], unit)["current__half"].to_list() == [half]


def test_exports_of_the_bank_have_no_interval() -> None:
    by_name = frames(tiny())
    assert "balance__half" not in by_name["groups"].columns
    assert set(
        by_name["ledger"]["balance__half"].unique() if "balance__half" in by_name["ledger"].columns else [0]
    ) == {0}


@pytest.mark.parametrize("unit", sorted(UNITS))
def test_units_give_the_same_dong(unit: str) -> None:
    ours, million = frames(tiny_in(unit, UNITS[unit])), frames(tiny_in("triệu đồng", 10**6))
    assert ours.keys() == million.keys()
    for name, frame in ours.items():
        numbers = [c for c in frame.columns if c not in ("unit",) and not c.endswith("__half")]
        assert frame.select(numbers).equals(million[name].select(numbers)), name


def test_totals_stand_apart() -> None:
    by_name = frames(tiny())
    assert by_name["funding.total"]["current"].to_list() == [420_000_000]
    assert by_name["statements"]["association"].to_list() == ["11", "12", "13", "14"]
    assert by_name["groups"]["row"].to_list() == [2, 3, 4, 5]
    assert all(frame["bad"].null_count() == len(frame) for frame in by_name.values())


def test_marks() -> None:
    office = tiny().put("Hội CCB", I2="'1.23", C2="'1", K2="#REF!", J2="=IF(A1=1,2,3)")
    bad = frames(office)["statements"].filter(pl.col("association") == "13")["bad"].item()
    assert set(bad.strip("|").split("|")) == {"balance", "~groups", "frozen", "overdue"}


def test_a_missing_column_is_marked_in_every_row() -> None:
    office = tiny().put("Sổ ngân hàng", G1="Cái khác")
    assert frames(office)["ledger"]["bad"].to_list() == ["|balance|"] * 5


def test_large_and_negative_numbers() -> None:
    frame = funding([-1234.5, 999_999_999_999.0], 10**6)
    assert frame["current"].to_list() == [-1_234_500_000, 999_999_999_999_000_000]


def test_stacked_frames_are_those_of_each_alone() -> None:
    offices = [tiny(), tiny_in("đồng", 1).at("b.xlsx"), tiny_in("tỷ đồng", 10**9).at("c.xlsx")]
    together = frames(*offices)
    for name, frame in together.items():
        alone = pl.concat([frames(office)[name] for office in offices])
        assert frame.equals(alone), name


def test_no_workbook_gives_no_frame() -> None:
    assert stack([]) == {}
    assert in_dong(stack_as_typed([]), OFFICE.tables()) == {}


def test_repeated_rows_are_marked() -> None:
    frame = frames(tiny())["ledger"]
    twice = mark_repeated(pl.concat([frame, frame.tail(1)]), ("commune", "association"))
    assert twice["bad"].to_list() == [None] * 5 + ["|*|"]
    assert mark_repeated(frame, ("commune", "association")) is frame
    assert mark_repeated(frame, ()) is frame


@given(
    st.lists(
        st.none()
        | st.integers(-(10**15), 10**15).map(lambda dong: dong / 10**6)
        | st.floats(-1e12, 1e12)
        | st.sampled_from([float("inf"), float("nan"), 1e300, 0.0, -0.0, 1.0000004, 2.5e-7]),
        max_size=5,
    ),
    st.sampled_from(sorted(UNITS.values())),
)
def test_the_quick_look_at_amounts_never_calls_a_part_whole(values: list[float | None], unit: int) -> None:
    amounts, units = pl.Series(values, dtype=pl.Float64), pl.Series([unit] * len(values), dtype=pl.Int64)
    if surely_whole(amounts, units):
        assert not part_of_a_dong(amounts, units).any()


def test_the_quick_look_settles_what_is_written_every_day() -> None:
    units = pl.Series([10**6] * 4, dtype=pl.Int64)
    assert surely_whole(pl.Series([210.123456, 12.0, 0.0, None], dtype=pl.Float64), units)
    assert not surely_whole(pl.Series([210.1234567, 12.0, 0.0, None], dtype=pl.Float64), units)


def test_keys_may_repeat_on_one_sheet_only() -> None:
    frame = pl.DataFrame({"file": ["a"] * 3, "sheet": ["1", "1", "2"], "key": ["01", "02", "01"]})
    assert not may_repeat(frame, ["key"])
    assert may_repeat(frame.with_columns(sheet=pl.lit("1")), ["key"])
