"""Rules that look at one row, and total rows against their rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import polars as pl

from sheetcredit.checks.derive import CONTEXT
from sheetcredit.checks.rules import Rule, Side
from sheetcredit.checks.tie_frame import (
    ABSENT,
    FINE,
    NO_NUMBER,
    NO_TEXT,
    PARTS,
    UNUSABLE,
    ZERO,
    is_clean,
    part_of,
    spoiled,
)  # fmt: skip
from sheetcredit.template.frames import Frames

WORDS = frozenset({"rating", "managed"})
_DATES = frozenset({"as_of"})
_FIFTEEN_DIGITS = 10**15
_BESIDE = frozenset({"file", "sheet", "row", "unit", "bad", "association"})


def row_parts(rules: Sequence[Rule], frame: pl.DataFrame, context: pl.DataFrame) -> list[pl.DataFrame]:
    """One tie a row and rule, for all the rules that look at single rows of a frame."""
    selections, contextual = _selections(tuple(rules), tuple(frame.columns), is_clean(frame))
    if contextual:
        frame = frame.join(context, on="file", how="left", maintain_order="left")
    return [frame.select(selection) for selection in selections]


@cache
def _selections(
    rules: tuple[Rule, ...], columns: tuple[str, ...], clean: bool
) -> tuple[list[list[pl.Expr]], bool]:
    """What each rule selects, and whether one of them needs the context."""
    needed = {name for rule in rules for side in _sides(rule) for name in _names(side.value)}
    return [_selection(rule, columns, clean) for rule in rules], bool(needed & set(CONTEXT))


def _sides(rule: Rule) -> list[Side]:
    return [side for side in (rule.left, rule.right, rule.most) if side]


def _names(sql: str) -> list[str]:
    return pl.sql_expr(sql).meta.root_names()


def _selection(rule: Rule, columns: tuple[str, ...], clean: bool) -> list[pl.Expr]:
    assert rule.left and rule.right
    own = sorted({name for side in _sides(rule) for name in _names(side.value)} & set(columns))
    wordy = rule.left.value in WORDS
    halves = [f"{name}__half" for name in own if f"{name}__half" in columns]
    slack = pl.sum_horizontal(halves) if halves and rule.tolerance == "rounding" else ZERO
    number = [_number(side, own) for side in (rule.left, rule.right, rule.most)]
    texts = [pl.sql_expr(rule.left.value), pl.sql_expr(rule.right.value)]
    return part_of(
        rule,
        columns,
        pl.lit(rule.column or ""),
        [NO_NUMBER] * 3 if wordy else number,
        slack,
        _doubt(rule, own, wordy, clean),
        texts if wordy else (NO_TEXT, NO_TEXT),
    )


def _number(side: Side | None, own: Sequence[str]) -> pl.Expr:
    """A side as a whole number; an empty number of the row counts as zero."""
    if side is None:
        return NO_NUMBER
    filled = side.value
    for name in own:
        if name not in _DATES:
            filled = re.sub(rf"\b{name}\b", f"COALESCE({name}, 0)", filled)
    return pl.sql_expr(filled).cast(pl.Int64, strict=False)


def _doubt(rule: Rule, own: Sequence[str], wordy: bool, clean: bool) -> pl.Expr:
    lacks = pl.any_horizontal if wordy else pl.all_horizontal
    unusable = lacks([pl.col(name).is_null() for name in own])
    if not clean:
        unusable |= pl.any_horizontal(spoiled(own))
    doubt = pl.when(unusable).then(UNUSABLE).otherwise(FINE)
    if rule.where:
        doubt = pl.when(pl.sql_expr(rule.where).fill_null(False)).then(doubt).otherwise(ABSENT)
    return doubt


def total_part(rule: Rule, frames: Frames) -> pl.DataFrame:
    """Each total cell against the sum of its column, on the same sheet.

    There are few totals and many columns: the comparison itself is a loop.
    """
    ties: list[tuple[object, ...]] = []
    for name in rule.frames:
        if f"{name}.total" not in frames:
            continue
        totals, rows = frames[f"{name}.total"], frames[name]
        measures = tuple(n for n in totals.columns if n not in _BESIDE and not n.endswith("__half"))
        summed = rows.group_by("file", "sheet").agg(_sums(measures, is_clean(rows)))
        sums = {(row["file"], row["sheet"]): row for row in summed.iter_rows(named=True)}
        for total in totals.iter_rows(named=True):
            beside = sums.get((total["file"], total["sheet"]), {})
            for measure in measures:
                unusable = total[measure] is None or beside.get(f"{measure}__bad", False)
                numbers = (total[measure], beside.get(measure) or 0, UNUSABLE if unusable else FINE)
                ties.append((measure, total["file"], total["sheet"], total["row"], *numbers))
    schema = {name: PARTS[name] for name in ("measure", "file", "sheet", "row", "left", "right", "doubt")}
    number = (pl.col("left"), pl.col("right"), NO_NUMBER)
    stated = pl.DataFrame(ties, schema=schema, orient="row")
    # A spreadsheet keeps fifteen digits: beyond them a sum and its rows differ though nothing is wrong.
    slack = pl.col("left").abs() // _FIFTEEN_DIGITS
    return stated.select(part_of(rule, ("sheet", "row"), pl.col("measure"), number, slack, pl.col("doubt")))


@cache
def _sums(measures: tuple[str, ...], clean: bool) -> list[pl.Expr]:
    """The sum of each column, and whether a value is unknown or is text that a SUM leaves out."""
    sums = [pl.col(name).sum() for name in measures]
    if clean:
        return sums
    return [
        *sums,
        *(pl.any_horizontal(spoiled([n], textual=True)).any().alias(f"{n}__bad") for n in measures),
    ]
