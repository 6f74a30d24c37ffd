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
    KEYS,
    PARTS,
    UNUSABLE,
    ZERO,
    is_clean,
    operator_code,
    part_of,
    spoiled,
)  # fmt: skip
from sheetcredit.template.frames import Frames

WORDS = frozenset({"rating", "managed"})
_DATES = frozenset({"as_of"})
_NAME = re.compile(r"\b[a-z_]\w*\b")
_FIFTEEN_DIGITS = 10**15
_BESIDE = frozenset({"file", "sheet", "row", "unit", "bad", "association"})


def row_parts(rules: Sequence[Rule], frame: pl.DataFrame, context: pl.DataFrame) -> list[pl.DataFrame]:
    """One tie a row and rule, for all the rules that look at single rows of a frame."""
    selection, contextual = _selections(tuple(rules), tuple(frame.columns), is_clean(frame))
    labels = {name: frame[name] for name in ("file", "sheet", "row", *KEYS) if name in frame.columns}
    if contextual:
        frame = frame.join(context, on="file", how="left", maintain_order="left")
    sides = frame.select(pl.col("file"), *selection)
    parts = []
    for place, rule in enumerate(rules):
        own = {side: sides[name] for side in _SIDES if (name := f"{place}/{side}") in sides.columns}
        told = labels | own
        measure, operator = rule.column or "", operator_code(rule)
        parts.append(part_of(told, len(frame), rule=rule.id, measure=measure, operator=operator))
    return parts


_SIDES = ("left", "right", "most", "slack", "left_text", "right_text", "doubt")


@cache
def _selections(rules: tuple[Rule, ...], columns: tuple[str, ...], clean: bool) -> tuple[list[pl.Expr], bool]:
    """What the rules select, each by its place, and whether one of them needs the context."""
    needed = {name for rule in rules for side in _sides(rule) for name in _names(side.value)}
    selection = [
        expression.alias(f"{place}/{side}")
        for place, rule in enumerate(rules)
        for side, expression in _selection(rule, columns, clean).items()
    ]
    return selection, bool(needed & set(CONTEXT))


def _sides(rule: Rule) -> list[Side]:
    return [side for side in (rule.left, rule.right, rule.most) if side]


def _names(sql: str) -> list[str]:
    return pl.sql_expr(sql).meta.root_names()


def _selection(rule: Rule, columns: tuple[str, ...], clean: bool) -> dict[str, pl.Expr]:
    """The sides of a rule, as numbers or as texts; its slack, and the doubt about it."""
    assert rule.left and rule.right
    own = sorted({name for side in _sides(rule) for name in _names(side.value)} & set(columns))
    wordy = rule.left.value in WORDS
    halves = [f"{name}__half" for name in own if f"{name}__half" in columns]
    slack = pl.sum_horizontal(halves) if halves and rule.tolerance == "rounding" else ZERO
    doubt = _doubt(rule, own, wordy, clean).cast(pl.Int8)
    if wordy:
        texts = (pl.sql_expr(side.value).cast(pl.String) for side in (rule.left, rule.right))
        return {**dict(zip(("left_text", "right_text"), texts, strict=True)), "slack": slack, "doubt": doubt}
    numbers = {name: _number(side, own) for name, side in _named_sides(rule)}
    return {**numbers, "slack": slack, "doubt": doubt}


def _named_sides(rule: Rule) -> list[tuple[str, Side]]:
    sides = (("left", rule.left), ("right", rule.right), ("most", rule.most))
    return [(name, side) for name, side in sides if side]


def _number(side: Side, own: Sequence[str]) -> pl.Expr:
    """A side as a whole number; an empty number of the row counts as zero."""
    counted = set(own) - _DATES
    filled = _NAME.sub(lambda name: f"COALESCE({name[0]}, 0)" if name[0] in counted else name[0], side.value)
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
        marks = {measure: f"{measure}__bad" for measure in measures}
        summed = rows.group_by("file", "sheet").agg(_sums(measures, is_clean(rows)))
        sums = {(row["file"], row["sheet"]): row for row in summed.to_dicts()}
        for total in totals.to_dicts():
            file, sheet, row = total["file"], total["sheet"], total["row"]
            beside = sums.get((file, sheet), {})
            for measure, bad in marks.items():
                stated = total[measure]
                doubt = UNUSABLE if stated is None or beside.get(bad, False) else FINE
                ties.append((measure, file, sheet, row, stated, beside.get(measure) or 0, doubt))
    names = ("measure", "file", "sheet", "row", "left", "right", "doubt")
    lists = zip(*ties, strict=True) if ties else ((),) * len(names)
    columns = {
        name: pl.Series(name, list(values), dtype=PARTS[name])
        for name, values in zip(names, lists, strict=True)
    }
    # A spreadsheet keeps fifteen digits: beyond them a sum and its rows differ though nothing is wrong.
    columns["slack"] = columns["left"].abs() // _FIFTEEN_DIGITS
    return part_of(columns, len(ties), rule=rule.id, operator=operator_code(rule))


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
