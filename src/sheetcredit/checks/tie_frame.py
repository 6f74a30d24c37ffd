"""The frame of ties: one row an instance of a rule, its two sides, what rounding allows, how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
NO_NUMBER = pl.lit(None, pl.Int64)
NO_TEXT = pl.lit(None, pl.String)
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


def part_of(
    rule: Rule,
    columns: Iterable[str],
    measure: pl.Expr,
    number: Sequence[pl.Expr],
    slack: pl.Expr,
    doubt: pl.Expr,
    texts: Sequence[pl.Expr] = (NO_TEXT, NO_TEXT),
) -> list[pl.Expr]:
    """The columns of a part, in their order; those of `columns` are taken from the frame at hand."""
    present = set(columns)
    labels = [
        pl.col(name) if name in present else pl.lit(None, TIES[name]).alias(name)
        for name in ("sheet", "row", *KEYS)
    ]
    return [
        pl.lit(rule.id).alias("rule"),
        measure.alias("measure"),
        pl.col("file"),
        *labels,
        *(side.alias(name) for side, name in zip(number, ("left", "right", "most"), strict=True)),
        slack.alias("slack"),
        *(side.alias(name) for side, name in zip(texts, ("left_text", "right_text"), strict=True)),
        pl.lit(operator_code(rule), pl.Int8).alias("operator"),
        doubt.cast(pl.Int8).alias("doubt"),
    ]


def settle(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """All parts as one frame of ties (columns: `TIES`), each with its state."""
    if not parts:
        return pl.DataFrame(schema=TIES)
    known = pl.concat(parts).filter(pl.col("doubt") != ABSENT)
    return known.select(*_LABELS.names(), _STATE)


def is_clean(frame: pl.DataFrame) -> bool:
    """Whether no row of a frame has a value that cannot be used."""
    return frame["bad"].null_count() == len(frame)


def spoiled(names: Iterable[str], *, textual: bool = False) -> list[pl.Expr]:
    """Whether a row's value in each column is unknown (or, `textual`, text that a SUM leaves out)."""
    marks = [f"|{name}|" for name in names]
    if textual:
        marks += [f"|~{name}|" for name in names]
    return [pl.col("bad").str.contains(mark, literal=True).fill_null(False) for mark in marks]
