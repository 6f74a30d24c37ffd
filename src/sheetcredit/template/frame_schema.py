"""The pandera (polars) schema of a frame, made from the sheet's definition.

One check runs over all the columns it applies to: pandera's cost is per call, not per value.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData

from sheetcredit.template.definition import CheckDefinition, Column, Office, Sheet
from sheetcredit.template.frames import may_repeat, part_of_a_dong, surely_whole

_Values = TypeVar("_Values", pl.Expr, pl.Series)


class Bound(NamedTuple):
    """A check of the definition and the columns of a frame that it applies to."""

    definition: CheckDefinition
    columns: tuple[Column, ...]


class FrameSchema(NamedTuple):
    """A pandera schema and what it was made of, to tell which cell of a row failed.

    `key`: the columns that no two rows of a sheet share; `sound`: whether a row satisfies everything.
    """

    schema: pa.DataFrameSchema
    bounds: tuple[Bound, ...]
    key: tuple[str, ...]
    required: tuple[Column, ...]
    amounts: tuple[Column, ...]
    sound: pl.Expr


@cache
def frame_schema(office: Office, sheet: Sheet) -> FrameSchema:
    """The schema of the frame that `sheet` is stacked into: its rows are sound, its keys unique.

    The reader has typed every column already; the schema holds what remains to be checked.
    """
    bounds = _bounds(office, sheet)
    required = tuple(column for column in sheet.columns if column.required)
    amounts = tuple(column for column in sheet.columns if column.type == "amount")
    held = [holds(column.name, bound.definition) for bound in bounds for column in bound.columns]
    held += [~part_of_a_dong(pl.col(column.name), pl.col("unit")) for column in amounts]
    held += [~left_empty(sheet, column) for column in required]
    held += [~repeats(sheet.key)] if sheet.key else []
    sound = pl.all_horizontal(each.fill_null(True) for each in held) if held else pl.lit(True)

    def all_sound(data: PolarsData) -> bool:
        # One answer: given a column of them, pandera would collect every failing row and a text about them.
        frame = data.lazyframe.collect()
        return surely_sound(frame, found) or bool(frame.select(sound.all()).item())

    schema = pa.DataFrameSchema(checks=[pa.Check(all_sound, name="sound")])
    found = FrameSchema(schema, bounds, sheet.key, required, amounts, sound)
    return found


def surely_sound(frame: pl.DataFrame, schema: FrameSchema) -> bool:
    """Whether every row is sound, by a few looks at whole columns; False means only that it is not certain.

    Nearly every frame is. To evaluate `sound`, an expression of fifty terms, takes three times as long.
    """
    if any(frame[column.name].null_count() for column in schema.required):
        return False
    if schema.key and may_repeat(frame, schema.key):
        return False
    for bound in schema.bounds:
        if not _satisfied(_end_to_end(frame, bound.columns), bound.definition).all():
            return False
    if not schema.amounts:
        return True
    numbers = _end_to_end(frame, schema.amounts)
    units = pl.concat([frame["unit"]] * len(schema.amounts))
    return surely_whole(numbers, units) or not part_of_a_dong(numbers, units).any()


def _end_to_end(frame: pl.DataFrame, columns: Iterable[Column]) -> pl.Series:
    return pl.concat([frame[column.name] for column in columns])


def _bounds(office: Office, sheet: Sheet) -> tuple[Bound, ...]:
    grouped: dict[str, tuple[CheckDefinition, list[Column]]] = {}
    for column in sheet.columns:
        for check in office.checks_of(column):
            grouped.setdefault(f"{check.check}({check.value}) {check.rule.vi}", (check, []))[1].append(column)
    return tuple(Bound(check, tuple(columns)) for check, columns in grouped.values())


def left_empty(sheet: Sheet, column: Column) -> pl.Expr:
    """Whether a cell that must be filled is empty, and not merely unusable.

    A row that somebody prepared (its code and name, no number) may lack what is not its key.
    """
    marked = pl.col("bad").str.contains(f"|{column.name}|", literal=True).fill_null(False)
    empty = pl.col(column.name).is_null() & ~marked
    numbers = [c.name for c in sheet.columns if c.numeric]
    if column.key or not numbers:
        return empty
    return empty & (pl.any_horizontal(pl.col(numbers).is_not_null()) | pl.col("bad").is_not_null())


def repeats(key: Sequence[str]) -> pl.Expr:
    """Whether a row has the key of one above it on its sheet."""
    known = pl.all_horizontal(pl.col(name).is_not_null() for name in key)
    return ~pl.struct("file", "sheet", *key).is_first_distinct() & known


def holds(name: str, check: CheckDefinition) -> pl.Expr:
    """Whether each of a column's values satisfies a check."""
    return _satisfied(pl.col(name), check)


def _satisfied(values: _Values, check: CheckDefinition) -> _Values:
    value: Any = check.value
    kept: _Values
    if check.check == "greater_than_or_equal_to":
        kept = values >= value
    elif check.check == "less_than_or_equal_to":
        kept = values <= value
    elif check.check == "in_range":
        kept = values.is_between(*value)
    elif check.check == "str_matches":
        kept = values.str.contains(str(value))
    else:
        kept = values.is_in(list(value))
    return kept
