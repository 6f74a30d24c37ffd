"""The pandera (polars) schema of a frame, made from the sheet's definition.

One check runs over all the columns it applies to: pandera's cost is per call, not per value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData

from sheetcredit.template.definition import CheckDefinition, Column, Office, Sheet
from sheetcredit.template.frames import part_of_a_dong


@dataclass(frozen=True, slots=True)
class Bound:
    """A check of the definition and the columns of a frame that it applies to."""

    definition: CheckDefinition
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class FrameSchema:
    """A pandera schema with what it was made of, to tell which cell of a row failed."""

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
    held += [~part_of_a_dong(column) for column in amounts]
    held += [~left_empty(sheet, column) for column in required]
    held += [~repeats(sheet.key)] if sheet.key else []
    sound = pl.all_horizontal(each.fill_null(True) for each in held) if held else pl.lit(True)
    check = pa.Check(_selecting(sound), name="sound")
    return FrameSchema(pa.DataFrameSchema(checks=[check]), bounds, sheet.key, required, amounts, sound)


def _bounds(office: Office, sheet: Sheet) -> tuple[Bound, ...]:
    grouped: dict[str, tuple[CheckDefinition, list[Column]]] = {}
    for column in sheet.columns:
        for check in office.checks_of(column):
            grouped.setdefault(f"{check.check}({check.value}) {check.rule.vi}", (check, []))[1].append(column)
    return tuple(Bound(check, tuple(columns)) for check, columns in grouped.values())


def _selecting(sound: pl.Expr) -> Callable[[PolarsData], pl.LazyFrame]:
    def check(data: PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(sound)

    return check


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
    """Whether a column's values satisfy a check."""
    column = pl.col(name)
    value: Any = check.value
    if check.check == "greater_than_or_equal_to":
        return column >= pl.lit(value)
    if check.check == "less_than_or_equal_to":
        return column <= pl.lit(value)
    if check.check == "in_range":
        return column.is_between(*value)
    if check.check == "str_matches":
        return column.str.contains(str(value))
    return column.is_in(list(value))
