"""Columns that rules need and people do not type: limits in force, the rating a score gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from sheetcredit.catalogue.catalogue import Limits, RatingScale, in_force, scale_in_force
from sheetcredit.template.reading import Reading

CONTEXT = (
    "group_least",
    "group_most",
    "plan_least_percent",
    "plan_most_percent",
    "period_first",
    "period_last",
)


def context_frame(readings: Iterable[Reading], limits: Limits) -> pl.DataFrame:
    """One row a file: `file`, the bounds in force on its as-of date, first and last day of its period."""
    rows = []
    for reading in readings:
        day = reading.info.day
        size = in_force(limits.group_size, day)
        plan = in_force(limits.plan_completion, day)
        period = reading.info.period
        rows.append((
            reading.file, size.least, size.most, plan.least, plan.most,
            period.first_day if period else None, period.last_day if period else None,
        ))  # fmt: skip
    schema = {
        "file": pl.String,
        **dict.fromkeys(CONTEXT[:4], pl.Int64),
        **dict.fromkeys(CONTEXT[4:], pl.Date),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def info_frame(readings: Iterable[Reading]) -> pl.DataFrame:
    """One row a file: `file`, `sheet`, `row`, `unit`, `as_of`, `bad`.

    Without a period there is nothing to hold the date against, and it counts as unknown.
    """
    rows = [(r.file, "Thông tin", 0, 1, r.info.as_of if r.info.period else None, None) for r in readings]
    texts, numbers = dict.fromkeys(("file", "sheet"), pl.String), dict.fromkeys(("row", "unit"), pl.Int64)
    schema = {**texts, **numbers, "as_of": pl.Date, "bad": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


_ONE = pl.lit(1, pl.Int64).alias("groups")


def with_rating(groups: pl.DataFrame, readings: Mapping[str, Reading], limits: Limits) -> pl.DataFrame:
    """The frame of groups with `rating_by_score`, what each score gives on its file's as-of date.

    And `groups`, 1 in every row: summed, it counts them.
    """
    scales: dict[RatingScale, list[str]] = {}
    for file, reading in readings.items():
        scales.setdefault(scale_in_force(limits.rating, reading.info.day), []).append(file)
    if len(scales) == 1:
        return groups.with_columns(_ONE, rating_by_score=_rating(next(iter(scales))))
    by_file = pl.lit(None, pl.String)
    for scale, files in scales.items():
        by_file = pl.when(pl.col("file").is_in(files)).then(_rating(scale)).otherwise(by_file)
    return groups.with_columns(_ONE, rating_by_score=by_file)


def _rating(scale: RatingScale) -> pl.Expr:
    rating = pl.lit(None, pl.String)
    for level in reversed(scale.levels):
        rating = pl.when(pl.col("score") < level.below).then(pl.lit(level.name.vi)).otherwise(rating)
    return rating
