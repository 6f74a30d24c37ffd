"""Rules that compare frames: sums by keys, side against side.

All rules with the same keys are evaluated together. Each side is summed once, the sums are joined
into one wide frame, and every rule and measure is a pair of its columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import polars as pl

from sheetcredit.checks.rules import Rule, Side
from sheetcredit.checks.tie_frame import (
    ABSENT,
    FINE,
    LOST,
    PARTS,
    UNUSABLE,
    ZERO,
    is_clean,
    operator_code,
    part_of,
    spoiled,
)  # fmt: skip
from sheetcredit.template.frames import Frames


@dataclass(frozen=True, slots=True)
class Absent:
    """A table that a workbook does not have: rules that need it are not evaluated there."""

    file: str
    frame: str
    association: str | None


@dataclass(frozen=True, slots=True)
class _Sum:
    """A frame (or several, stacked) under a condition, summed by the keys at hand."""

    frames: tuple[str, ...]
    where: str | None

    @classmethod
    def of(cls, side: Side) -> _Sum:
        return cls(side.frames, side.where)

    def name(self, column: str) -> str:
        """What a column of this sum is called in the wide frame."""
        return f"{'+'.join(self.frames)}/{self.where or ''}/{column}"


@dataclass(frozen=True, slots=True)
class _Pair:
    """One rule and measure: the columns of its two sides."""

    rule: Rule
    measure: str
    left: tuple[_Sum, str]
    right: tuple[_Sum, str]


def compare_parts(
    rules: Sequence[Rule], frames: Frames, files: Sequence[str], absent: Sequence[Absent]
) -> list[pl.DataFrame]:
    """One tie a key, rule and measure. The rules all have the same keys."""
    by = rules[0].by
    pairs = tuple(
        pair for rule in rules for pair in _pairs(rule) if all(f in frames for f in _frames_of(rule))
    )
    if not pairs:
        return []
    wide = _wide(pairs, by, frames, files)
    part = _stacked(pairs, by, wide)
    for rule in rules:
        lacking = _lacking(rule, absent)
        if lacking is not None:
            here = (pl.col("rule") == rule.id) & lacking & (pl.col("doubt") != ABSENT)
            part = part.with_columns(doubt=pl.when(here).then(UNUSABLE).otherwise("doubt").cast(pl.Int8))
    return [part]


def _frames_of(rule: Rule) -> tuple[str, ...]:
    assert rule.left and rule.right
    return rule.left.frames + rule.right.frames


@cache
def _pairs(rule: Rule) -> tuple[_Pair, ...]:
    left, right = rule.left, rule.right
    assert left and right
    return tuple(
        _Pair(rule, m, (_Sum.of(left), left.column(m)), (_Sum.of(right), right.column(m)))
        for m in rule.measures
    )


def _wide(pairs: Sequence[_Pair], by: tuple[str, ...], frames: Frames, files: Sequence[str]) -> pl.DataFrame:
    """Every sum that the pairs need, side by side: one row a file and key."""
    wanted: dict[_Sum, dict[str, None]] = defaultdict(dict)
    lost: list[tuple[_Sum, list[_Lost]]] = []
    for pair in pairs:
        for summed, column in (pair.left, pair.right):
            wanted[summed][column] = None
    # Without keys a sheet that has no row adds up to nothing, which is a sum as well.
    wide = None if by else pl.DataFrame({"file": files}, schema={"file": pl.String})
    for summed, columns in wanted.items():
        frame = _frame(summed, frames)
        if rows := _rows_with_lost_keys(frame, by):
            lost.append((summed, rows))
        sums = _summed(summed, tuple(columns), by, frame)
        if wide is None:
            wide = sums
        elif by:
            wide = wide.join(sums, on=["file", *by], how="full", coalesce=True)
        elif sums["file"].equals(wide["file"]):  # every workbook has such a sheet, as nearly always
            wide = wide.hstack(sums.get_columns()[1:])
        else:
            wide = wide.join(sums, on="file", how="left")
    assert wide is not None
    for summed, rows in lost:
        wide = wide.with_columns(_may_lack(summed, rows).alias(summed.name("lost")))
    return wide.drop_nulls(list(by)) if by and any(wide[key].null_count() for key in by) else wide


def _frame(summed: _Sum, frames: Frames) -> pl.DataFrame:
    parts = [frames[name] for name in summed.frames]
    return parts[0] if len(parts) == 1 else pl.concat(parts, how="diagonal_relaxed")


def _summed(summed: _Sum, columns: tuple[str, ...], by: tuple[str, ...], frame: pl.DataFrame) -> pl.DataFrame:
    if summed.where:
        frame = frame.filter(pl.sql_expr(summed.where))
    halved = tuple(column for column in columns if f"{column}__half" in frame.columns)
    sums = _sum_expressions(summed, columns, halved, is_clean(frame))
    return frame.group_by("file", *by, maintain_order=not by).agg(sums)


@dataclass(frozen=True, slots=True)
class _Lost:
    """A row some of whose keys are not known: a sum that agrees with the others may lack it.

    `fills`: whether only a sum that has no row at all may, as the frame has one row a key.
    """

    file: str
    keys: tuple[tuple[str, str], ...]
    fills: bool


def _rows_with_lost_keys(frame: pl.DataFrame, by: Sequence[str]) -> list[_Lost]:
    if not any(frame[key].null_count() for key in by):
        return []
    unknown = pl.any_horizontal(pl.col(key).is_null() for key in by)
    many_a_key = "group" in frame.columns  # a commune has many groups, but one line in every other table
    lost = frame.filter(unknown).select("file", *by).unique(maintain_order=True)
    return [
        _Lost(file, tuple((k, v) for k, v in zip(by, keys, strict=True) if v is not None), not many_a_key)
        for file, *keys in lost.iter_rows()
    ]


def _may_lack(summed: _Sum, rows: Sequence[_Lost]) -> pl.Expr:
    """Whether a key's sum may lack one of the rows."""
    lacking = pl.lit(False)
    for row in rows:
        here = pl.col("file") == row.file
        for name, value in row.keys:
            here &= pl.col(name) == value
        lacking |= here & pl.col(summed.name("doubt")).is_null() if row.fills else here
    return lacking


@cache
def _sum_expressions(
    summed: _Sum, columns: tuple[str, ...], halved: tuple[str, ...], clean: bool
) -> list[pl.Expr]:
    """Each column's sum, the sum of its half last places, whether it is spoiled; and the doubt about rows."""
    sums = [pl.col(column).sum().alias(summed.name(column)) for column in columns]
    sums += [pl.col(f"{column}__half").sum().alias(summed.name(f"{column}__half")) for column in halved]
    repeated = ZERO
    if not clean:
        repeated = (
            pl.col("bad").str.contains("|*|", literal=True).fill_null(False).any().cast(pl.Int64) * LOST
        )
        sums += [spoiled([column])[0].any().alias(summed.name(f"{column}__bad")) for column in columns]
    return [*sums, repeated.alias(summed.name("doubt"))]


def _stacked(pairs: tuple[_Pair, ...], by: tuple[str, ...], wide: pl.DataFrame) -> pl.DataFrame:
    """The pairs of the wide frame one below the other, as a part."""
    expressions, names = _pair_expressions(pairs, by, tuple(wide.columns))
    chosen = {column.name: column for column in wide.select(expressions).get_columns()}
    columns = {name: pl.concat([chosen[name]] * len(pairs)) for name in ("file", *by)}
    for kind, of_pairs in names.items():
        columns[kind] = pl.concat([chosen[name] for name in of_pairs])
    of_pair = pl.Series([place for place in range(len(pairs)) for _ in range(len(wide))], dtype=pl.UInt32)
    for name, values in _labels(pairs).items():
        columns[name] = values[of_pair]
    return part_of(columns, len(of_pair))


@cache
def _labels(pairs: tuple[_Pair, ...]) -> dict[str, pl.Series]:
    """What each pair's ties are called."""
    named: dict[str, list[str] | list[int]] = {
        "rule": [pair.rule.id for pair in pairs],
        "measure": [pair.measure for pair in pairs],
        "operator": [operator_code(pair.rule) for pair in pairs],
    }
    return {name: pl.Series(name, values, dtype=PARTS[name]) for name, values in named.items()}


@cache
def _pair_expressions(
    pairs: tuple[_Pair, ...], by: tuple[str, ...], columns: tuple[str, ...]
) -> tuple[list[pl.Expr], dict[str, list[str]]]:
    """What is worked out of the wide frame, and by kind of number, what each pair takes of it.

    Sides that several rules share, and doubts that all measures of a rule share, are worked out once.
    """
    known = set(columns)
    worked_out = {name: pl.col(name) for name in ("file", *by)}
    names: dict[str, list[str]] = {kind: [] for kind in ("left", "right", "slack", "doubt")}
    for place, pair in enumerate(pairs):
        left, right = pair.left[0].name(pair.left[1]), pair.right[0].name(pair.right[1])
        halves = [name for name in (f"{left}__half", f"{right}__half") if name in known]
        rounded = halves if pair.rule.tolerance == "rounding" else []
        bad = [name for name in (f"{left}__bad", f"{right}__bad") if name in known]
        wanted = {
            "left": (f"side/{left}", pl.col(left).fill_null(0)),
            "right": (f"side/{right}", pl.col(right).fill_null(0)),
            "slack": (f"slack/{place if rounded else ''}", _slack(rounded)),
            "doubt": (f"doubt/{place if bad else pair.rule.id}", _doubt(pair, bad, known, bool(by))),
        }
        for kind, (name, expression) in wanted.items():
            worked_out.setdefault(name, expression)
            names[kind].append(name)
    return [expression.alias(name) for name, expression in worked_out.items()], names


def _slack(halves: Sequence[str]) -> pl.Expr:
    return pl.sum_horizontal(pl.col(name).fill_null(0) for name in halves).cast(pl.Int64) if halves else ZERO


def _doubt(pair: _Pair, bad: Sequence[str], known: set[str], keyed: bool) -> pl.Expr:
    """Nothing to compare where neither side (or not the one that counts) has the key."""
    left, right = (pl.col(side[0].name("doubt")) for side in (pair.left, pair.right))
    doubt = pl.max_horizontal(left, right, pl.lit(FINE, pl.Int64))
    lost = [name for side in (pair.left, pair.right) if (name := side[0].name("lost")) in known]
    if lost:
        doubt = pl.when(pl.any_horizontal(lost) & (doubt < LOST)).then(LOST).otherwise(doubt)
    if bad:
        flags = [pl.col(name).fill_null(False) for name in bad]
        doubt = pl.when(pl.any_horizontal(flags)).then(UNUSABLE).otherwise(doubt)
    if not keyed:
        return doubt.cast(pl.Int8)
    one_side = left.is_null() if pair.rule.only == "left" else left.is_null() & right.is_null()
    if pair.rule.missing == "skip":
        one_side = left.is_null() | right.is_null()
    return pl.when(one_side).then(ABSENT).otherwise(doubt).cast(pl.Int8)


def _lacking(rule: Rule, absent: Sequence[Absent]) -> pl.Expr | None:
    """Whether a tie's workbook lacks one of the tables that the rule needs; None when none does."""
    needed = set(_frames_of(rule))
    concerned: dict[str, set[str | None]] = defaultdict(set)
    for table in absent:
        if table.frame in needed:
            concerned[table.file].add(table.association if "association" in rule.by else None)
    if not concerned:
        return None
    lacking = pl.lit(False)
    for file, associations in concerned.items():
        here = pl.col("file") == file
        if None not in associations:
            here &= pl.col("association").is_in([code for code in associations if code])
        lacking |= here
    return lacking
