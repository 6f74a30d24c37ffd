"""The pandera schema of every frame: sound rows pass, each kind of mistake fails."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl
import pytest

from sheetcredit.model.checked_yaml import Words
from sheetcredit.rulebook import our_rulebook
from sheetcredit.template.definition import CheckDefinition
from sheetcredit.template.frame_schema import frame_schema, holds, left_empty, repeats, surely_sound
from sheetcredit.template.frames import stack_as_typed
from tests.tables import tiny

OFFICE = our_rulebook().office
FRAMES = stack_as_typed(tiny().reading().blocks)
SHEETS = {sheet.frame or sheet.id: sheet for sheet in OFFICE.tables()}


@pytest.mark.parametrize("name", sorted(SHEETS))
def test_a_sound_frame_passes(name: str) -> None:
    frame = FRAMES[name]
    assert frame_schema(OFFICE, SHEETS[name]).schema.validate(frame, lazy=True).equals(frame)


@pytest.mark.parametrize("name", sorted(SHEETS))
def test_a_schema_is_made_once(name: str) -> None:
    assert frame_schema(OFFICE, SHEETS[name]) is frame_schema(OFFICE, SHEETS[name])


MISTAKES = (
        pl.lit(-1.0).alias("balance"), pl.lit(0.0000001).alias("balance"), pl.lit(-1.0).alias("members"),
        pl.lit(101.0).alias("score"), pl.lit(None, pl.String).alias("group"), pl.lit("0000001").alias("group"),
        pl.lit(None, pl.String).alias("rating"), pl.lit(None, pl.Float64).alias("score"),
)  # fmt: skip


@pytest.mark.parametrize("change", MISTAKES)
def test_each_mistake_fails(change: pl.Expr) -> None:
    with pytest.raises(pa.errors.SchemaErrors):
        frame_schema(OFFICE, SHEETS["groups"]).schema.validate(
            FRAMES["groups"].with_columns(change), lazy=True
        )


@pytest.mark.parametrize("change", [pl.lit(0.0).alias("overdue"), *MISTAKES])
@pytest.mark.parametrize("rows", [slice(None), slice(0, 1)])
def test_looking_at_whole_columns_calls_no_unsound_row_sound(change: pl.Expr, rows: slice) -> None:
    schema = frame_schema(OFFICE, SHEETS["groups"])
    mistaken, kept = FRAMES["groups"][rows].with_columns(change), FRAMES["groups"]
    frame = pl.concat([mistaken, kept.filter(~pl.col("group").is_in(mistaken["group"].to_list()))])
    assert surely_sound(frame, schema) == frame.select(schema.sound.all()).item()


def test_prepared_rows_may_lack_what_is_not_their_key() -> None:
    groups = SHEETS["groups"]
    blank = FRAMES["groups"].head(1).with_columns(
        pl.lit(None, pl.Float64).alias(c.name) for c in groups.columns if c.numeric
    ).with_columns(rating=pl.lit(None, pl.String))  # fmt: skip
    assert not blank.select(left_empty(groups, groups.column("rating"))).item()
    entered = blank.with_columns(balance=pl.lit(1.0))
    assert entered.select(left_empty(groups, groups.column("rating"))).item()
    unusable = blank.with_columns(bad=pl.lit("|rating|"))
    assert not unusable.select(left_empty(groups, groups.column("rating"))).item()
    assert (
        blank.with_columns(group=pl.lit(None, pl.String))
        .select(left_empty(groups, groups.column("group")))
        .item()
    )


def test_repetition_is_told_of_the_later_row_of_the_same_sheet() -> None:
    frame = pl.concat([FRAMES["ledger"], FRAMES["ledger"].with_columns(file=pl.lit("b"))])
    assert not frame.select(repeats(("commune", "association")).any()).item()
    twice = pl.concat([frame, FRAMES["ledger"].head(1)])
    assert twice.select(repeats(("commune", "association")))["file"].arg_true().to_list() == [10]


@pytest.mark.parametrize(
    ("check", "value", "good", "bad"),
    [
        ("greater_than_or_equal_to", 0, 0.0, -0.1), ("less_than_or_equal_to", 5, 5.0, 5.1),
        ("in_range", [0, 100], 100.0, 100.1), ("str_matches", "^a$", "a", "ab"), ("isin", ["x", "y"], "x", "z"),
    ],
)  # fmt: skip
def test_checks(check: str, value: object, good: object, bad: object) -> None:
    definition = CheckDefinition(check=check, value=value, rule=Words(vi="x"))  # type: ignore[arg-type]
    frame = pl.DataFrame({"c": [good, bad, None]})
    assert frame.select(holds("c", definition))["c"].to_list() == [True, False, None]
