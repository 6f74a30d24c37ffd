"""The frame of ties: one row an instance of a rule, its two sides, what rounding allows, how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import polars as pl

from sheetcredit.checks.rules import Rule

PASSED, FAILED, NOT_EVALUATED = 0, 1, 2
FINE, LOST, UNUSABLE, ABSENT = 0, 1, 2, 3
"""`doubt` about a part: none; a row may be missing or counted twice; a number is unknown; no such tie."""
KEYS = ("commune", "association", "programme", "group", "source", "office")

_TEXTS = dict.fromkeys(KEYS, pl.String)
_LABELS = pl.Schema({
    "rule": pl.String, "measure": pl.String, "file": pl.String, "sheet": pl.String, "row": pl.Int64,
    **_TEXTS,
    "left": pl.Int64, "right": pl.Int64, "most": pl.Int64, "slack": pl.Int64,
    "left_text": pl.String, "right_text": pl.String,
})  # fmt: skip
TIES = pl.Schema([*_LABELS.items(), ("state", pl.Int8())])
"""Columns of a frame of ties. `sheet` and `row` are null for a comparison between frames; amounts in
đồng, dates in days; `most` only for `between`; texts instead of numbers where words are compared."""
PARTS = pl.Schema([*_LABELS.items(), ("operator", pl.Int8()), ("doubt", pl.Int8())])
"""Columns of a part: a tie whose state has not been told yet."""

ZERO = pl.lit(0, pl.Int64)
_OPERATORS = {"=": 0, "<=": 1, ">=": 2, "between": 3}
_GAP = pl.col("left").fill_null(0) - pl.col("right").fill_null(0)
_HOLDS = (
    pl.when(pl.col("operator") == _OPERATORS["="])
    .then((_GAP.abs() <= pl.col("slack")) & pl.col("left_text").eq_missing(pl.col("right_text")))
    .when(pl.col("operator") == _OPERATORS["<="])
    .then(pl.col("slack") >= _GAP)
    .when(pl.col("operator") == _OPERATORS[">="])
    .then(pl.col("slack") >= -_GAP)
    .otherwise(pl.col("left").is_between(pl.col("right"), pl.col("most")))
)
# A row whose key is unknown may be just what a differing sum lacks: do not accuse, ask for the key.
_STATE = (
    pl.when(pl.col("doubt") == UNUSABLE)
    .then(NOT_EVALUATED)
    .when(_HOLDS)
    .then(PASSED)
    .when(pl.col("doubt") == LOST)
    .then(NOT_EVALUATED)
    .otherwise(FAILED)
    .cast(pl.Int8)
    .alias("state")
)


def operator_code(rule: Rule) -> int:
    """The rule's operator as parts hold it."""
    return _OPERATORS[rule.operator]


def part_of(columns: Mapping[str, pl.Series], height: int, **alike: str | int) -> pl.DataFrame:
    """A part of its columns, in their order; `alike` are the same in all rows, what is not given is empty.

    Put together of whole columns: to ask polars for a selection would cost more than most rules do.
    """
    rest = (name for name in PARTS if name not in columns)
    whole = {name: _one(name, alike.get(name)).new_from_index(0, height) for name in rest}
    return pl.DataFrame([columns[name].alias(name) if name in columns else whole[name] for name in PARTS])


@cache
def _one(name: str, value: str | int | None) -> pl.Series:
    return pl.Series(name, [value], dtype=PARTS[name])


def settle(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """All parts as one frame of ties (columns: `TIES`), each with its state."""
    if not parts:
        return pl.DataFrame(schema=TIES)
    known = pl.concat(parts).lazy().filter(pl.col("doubt") != ABSENT)
    return known.select(*_LABELS.names(), _STATE).collect()


def is_clean(frame: pl.DataFrame) -> bool:
    """Whether no row of a frame has a value that cannot be used."""
    return frame["bad"].null_count() == len(frame)


def spoiled(names: Iterable[str], *, textual: bool = False) -> list[pl.Expr]:
    """Whether a row's value in each column is unknown (or, `textual`, text that a SUM leaves out)."""
    marks = [f"|{name}|" for name in names]
    if textual:
        marks += [f"|~{name}|" for name in names]
    return [pl.col("bad").str.contains(mark, literal=True).fill_null(False) for mark in marks]
