"""The frame of ties: one row an instance of a rule, its two sides, what rounding allows, how it ended."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import polars as pl

from sheetcredit.rules.context import CONTEXT
from sheetcredit.rules.rules import Rule, Side
from sheetcredit.template.frames import Frames

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
"""Columns of a part: ties whose state is not settled yet."""

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


# Rules that look at one row, and total rows against their rows.

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
        columns = labels | own
        measure, operator = rule.column or "", operator_code(rule)
        parts.append(part_of(columns, len(frame), rule=rule.id, measure=measure, operator=operator))
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


# Rules that compare frames: sums by keys, side against side.
#
# All rules with the same keys are evaluated together. Each side is summed once, the sums are joined
# into one wide frame, and every rule and measure is a pair of its columns.


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
            "doubt": (f"doubt/{place if bad else pair.rule.id}", _doubt_across(pair, bad, known, bool(by))),
        }
        for kind, (name, expression) in wanted.items():
            worked_out.setdefault(name, expression)
            names[kind].append(name)
    return [expression.alias(name) for name, expression in worked_out.items()], names


def _slack(halves: Sequence[str]) -> pl.Expr:
    return pl.sum_horizontal(pl.col(name).fill_null(0) for name in halves).cast(pl.Int64) if halves else ZERO


def _doubt_across(pair: _Pair, bad: Sequence[str], known: set[str], keyed: bool) -> pl.Expr:
    """Nothing to compare where neither side (or not the one that counts) has the key."""
    left, right = (pl.col(side[0].name("doubt")) for side in (pair.left, pair.right))
    doubt = pl.max_horizontal(left, right, pl.lit(FINE, pl.Int64))
    lost = [name for side in (pair.left, pair.right) if (name := side[0].name("lost")) in known]
    if lost:
        doubt = pl.when(pl.any_horizontal(lost) & (doubt < LOST)).then(LOST).otherwise(doubt)
    if bad:
        flags = [pl.col(name).fill_null(False) for name in bad]
        doubt = pl.when(pl.any_horizontal(flags)).then(UNUSABLE).otherwise(doubt)
    if not keyed and pair.rule.missing != "skip":
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


# The rules across sheets, evaluated once over the stacked frames of any number of workbooks.
#
# Every instance of a rule is a *tie*: two sides, the slack that rounding leaves, and a state. One
# office is the case n = 1 of the nation.


def reconcile_frames(
    rules: Sequence[Rule], frames: Frames, context: pl.DataFrame, absent: Sequence[Absent] = ()
) -> pl.DataFrame:
    """All ties of all files, passed ones included (columns: `tie_frame.TIES`)."""
    by_row, comparisons = _of_kind(rules, "row"), _of_kind(rules, "compare")
    parts: list[pl.DataFrame] = []
    for frame in dict.fromkeys(name for rule in by_row for name in rule.frames):
        if frame in frames:
            parts += row_parts([rule for rule in by_row if frame in rule.frames], frames[frame], context)
    files = context["file"].to_list()
    for by in dict.fromkeys(rule.by for rule in comparisons):
        parts += compare_parts([rule for rule in comparisons if rule.by == by], frames, files, absent)
    parts += [total_part(rule, frames) for rule in _of_kind(rules, "total")]
    return settle(parts)


def _of_kind(rules: Sequence[Rule], kind: str) -> list[Rule]:
    return [rule for rule in rules if rule.kind == kind]


def outcome_of_rules(rules: Sequence[Rule], ties: pl.DataFrame) -> dict[str, Mapping[str, int]]:
    """By file: how many rules have each worst state (`failed` beats `not_evaluated` beats `passed`)."""
    ranked = ties.group_by("file", "rule").agg(
        failed=(pl.col("state") == FAILED).any(), passed=(pl.col("state") == PASSED).any()
    )
    outcomes: dict[str, dict[str, int]] = defaultdict(
        lambda: {"passed": 0, "failed": 0, "not_evaluated": len(rules)}
    )
    for file, _, failed, passed in ranked.select("file", "rule", "failed", "passed").iter_rows():
        if failed or passed:
            outcomes[file]["failed" if failed else "passed"] += 1
            outcomes[file]["not_evaluated"] -= 1
    return dict(outcomes)
