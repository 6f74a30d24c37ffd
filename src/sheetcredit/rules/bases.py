"""Rules compare like with like: imported columns on another basis, or rounded by their source.

A comparison of a measure whose two sides mean different things is not evaluated; one whose amounts a source
prints rounded holds within what rounding leaves. What a column means is recorded with the import.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from sheetcredit.rules.rules import Rule, Side
from sheetcredit.rules.ties import FAILED, NOT_EVALUATED, PASSED
from sheetcredit.template.definition import Office
from sheetcredit.template.frames import Frames
from sheetcredit.template.sources import ImportedColumn

Imported = Mapping[str, Sequence[ImportedColumn]]
"""By file, the columns that were imported."""


class UnlikeSides(NamedTuple):
    """A comparison that was left out in a file, and the imported column that means something else."""

    file: str
    rule: Rule
    measure: str
    column: ImportedColumn


def unlike_sides(
    rules: Sequence[Rule], frames: Frames, imported: Imported, office: Office
) -> list[UnlikeSides]:
    """The comparisons whose sides do not mean the same."""
    found: list[UnlikeSides] = []
    for file, columns in imported.items():
        apart = [one for one in columns if one.basis]
        for rule in rules if apart else ():
            for measure, left, right in _measures(rule):
                on_left = _meant(left, rule.left, file, apart, frames, office)
                on_right = _meant(right, rule.right, file, apart, frames, office)
                if {one.basis for one in on_left} != {one.basis for one in on_right}:
                    found.append(UnlikeSides(file, rule, measure, (on_left or on_right)[0]))
    return found


def held_alike(
    ties: pl.DataFrame, rules: Sequence[Rule], frames: Frames, imported: Imported, office: Office
) -> pl.DataFrame:
    """The ties (columns: `TIES`): unlike comparisons not evaluated, rounded ones within their interval."""
    for file, rule, measure, _ in unlike_sides(rules, frames, imported, office):
        here = _is(file, rule, measure)
        ties = ties.with_columns(state=pl.when(here).then(NOT_EVALUATED).otherwise("state").cast(pl.Int8))
    for file, columns in imported.items():
        rounded = [one for one in columns if one.slack]
        for rule in rules if rounded else ():
            for measure, left, right in _measures(rule):
                sides = ((left, rule.left), (right, rule.right))
                slacks = [_slack(name, side, rule, file, rounded, frames, office) for name, side in sides]
                for slack in slacks:
                    if slack is not None:
                        ties = _with_slack(ties, file, rule, measure, slack)
    return ties


def _measures(rule: Rule) -> Iterator[tuple[str, str, str]]:
    """Each measure of a comparison with the columns of its two sides; none for other rules."""
    if rule.kind == "compare" and rule.left and rule.right:
        for measure in rule.measures:
            yield measure, rule.left.column(measure), rule.right.column(measure)


def _is(file: str, rule: Rule, measure: str) -> pl.Expr:
    return (pl.col("file") == file) & (pl.col("rule") == rule.id) & (pl.col("measure") == measure)


def _meant(
    name: str, side: Side | None, file: str, columns: Sequence[ImportedColumn], frames: Frames, office: Office
) -> list[ImportedColumn]:
    """The imported columns that a side sums and that mean something else than the template."""
    return [
        one for one in columns
        if one.column == name and side is not None and len(_rows(one, side, file, frames, office)) > 0
    ]  # fmt: skip


def _rows(column: ImportedColumn, side: Side, file: str, frames: Frames, office: Office) -> pl.DataFrame:
    """The rows of an imported column that a side sums."""
    sheet = office.sheet(column.sheet)
    name = sheet.frame or sheet.id
    if name not in side.frames or name not in frames:
        return pl.DataFrame()
    rows = frames[name].filter((pl.col("file") == file) & (pl.col("sheet") == sheet.sheet))
    if side.where:
        rows = rows.filter(pl.sql_expr(side.where))
    if column.keys:
        keys = pl.DataFrame([list(key) for key in column.keys], schema=list(sheet.key), orient="row")
        rows = rows.join(keys, on=list(sheet.key), how="semi")
    return rows


def _slack(
    name: str,
    side: Side | None,
    rule: Rule,
    file: str,
    columns: Sequence[ImportedColumn],
    frames: Frames,
    office: Office,
) -> pl.DataFrame | None:
    """By the keys of the rule, how far the sum of a side may be off; None where nothing was rounded."""
    parts = [
        rows.group_by(*rule.by, maintain_order=True).agg(extra=pl.len().cast(pl.Int64) * one.slack)
        if rule.by
        else rows.select(extra=pl.len().cast(pl.Int64) * one.slack)
        for one in columns
        if one.column == name and side is not None
        for rows in [_rows(one, side, file, frames, office)]
        if len(rows)
    ]
    return pl.concat(parts) if parts else None


def _with_slack(ties: pl.DataFrame, file: str, rule: Rule, measure: str, slack: pl.DataFrame) -> pl.DataFrame:
    by = list(rule.by)
    whole = slack.group_by(by).agg(pl.col("extra").sum()) if by else slack.select(pl.col("extra").sum())
    joined = (
        ties.join(whole, on=by, how="left", maintain_order="left") if by else ties.join(whole, how="cross")
    )
    here, gap = _is(file, rule, measure), pl.col("left") - pl.col("right")
    wider = pl.col("slack") + pl.when(here).then(pl.col("extra").fill_null(0)).otherwise(0)
    over = {"=": gap.abs(), "<=": gap, ">=": -gap}.get(rule.operator, gap.abs())
    holds = here & (pl.col("state") == FAILED) & (over <= wider)
    state = pl.when(holds).then(PASSED).otherwise("state").cast(pl.Int8)
    return joined.with_columns(state=state, slack=wider).drop("extra")
