"""A report against the previous one: openings, cumulative movements, jumps, groups and their ratings.

The previous report's frames stand beside the current ones under the current file's name, and the rules
of `rules.yaml` that need them become ordinary ties. See `restated` for communes that merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import msgspec
import polars as pl

from sheetcredit.checks.across import Absent, compare_parts
from sheetcredit.checks.reconcile import outcome_of_rules
from sheetcredit.checks.restated import Restated, restate, starts_year_after
from sheetcredit.checks.rules import WITH_PREVIOUS, Rule, When
from sheetcredit.checks.tie_frame import KEYS, UNUSABLE, settle
from sheetcredit.checks.within import row_parts
from sheetcredit.template.catalogue import Catalogues
from sheetcredit.template.definition import Office, Sheet
from sheetcredit.template.frames import Frames
from sheetcredit.template.reading import Reading

BEFORE = "previous."
JOINED = "groups.joined"
_WANTED_BEFORE = ("row", "score", "rating", "rating_by_score", "overdue", "frozen", "balance", "commune",
                  "association")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compared:
    """What the rules with the previous report gave: `ties` as within one report, each named by its rule and
    frame (`R20/programmes`); `frames` those of now and, as `previous.…`, those of then; `only` the rows of
    the groups that one of the two reports has, by rule."""

    ties: pl.DataFrame
    frames: Frames
    restated: Restated
    only: Mapping[str, pl.DataFrame]
    rules: Mapping[str, Rule]


def compare_with_previous(
    rules: Sequence[Rule],
    frames: Frames,
    readings: Mapping[str, Reading],
    previous: Mapping[str, Reading],
    office: Office,
    catalogues: Catalogues,
) -> Compared:
    """All ties with the previous reports; `previous` by file of the current report."""
    restated = restate(previous, readings, frames, office, catalogues)
    both = dict(frames) | {f"{BEFORE}{name}": frame for name, frame in restated.frames.items()}
    context = pl.DataFrame({"file": list(previous)}, schema={"file": pl.String})
    by_id = {rule.id: rule for rule in rules}
    parts: list[pl.DataFrame] = []
    for rule in rules:
        files = [file for file, then in previous.items() if _applies(rule.when, readings[file], then)]
        if rule.kind == "continuity" and files:
            absent = [*_absent(readings, files, office, ""), *_absent(previous, files, office, BEFORE)]
            for one in _by_frame(rule, office):
                by_id[one.id] = one
                parts += _compared(one, both, files, absent, restated, readings, catalogues)
    if "groups" in frames and f"{BEFORE}groups" in both:
        both[JOINED] = _joined(both, restated, readings, catalogues)
        by_row = [rule for rule in rules if rule.kind == "continuity_row"]
        parts += row_parts(by_row, both[JOINED], context)
    only = {rule.id: _only(rule, both) for rule in rules if rule.kind == "presence"}
    return Compared(settle(parts), both, restated, only, by_id)


def outcomes_with_previous(
    rules: Sequence[Rule], compared: Compared, files: Iterable[str]
) -> dict[str, Mapping[str, int]]:
    """By file: how the rules ended. New groups are no rule that could fail."""
    judged = [rule for rule in rules if rule.kind in WITH_PREVIOUS and rule.kind != "presence"]
    ties = compared.ties.with_columns(rule=pl.col("rule").str.split("/").list.first())
    ended = outcome_of_rules(judged, ties)
    outcomes: dict[str, Mapping[str, int]] = {}
    for file in files:
        counts = dict(ended.get(file, {"passed": 0, "failed": 0, "not_evaluated": len(judged)}))
        for rule in rules:
            if rule.kind == "presence" and rule.severity != "note":
                there = file in compared.only[rule.id]["file"]
                counts["failed" if there else "passed"] += 1
        outcomes[file] = counts
    return outcomes


def _applies(when: When, current: Reading, previous: Reading) -> bool:
    now, then = current.info.period, previous.info.period
    if now is None or then is None:
        return False
    if when == "year":
        return then.year == now.year or starts_year_after(current, previous)
    if when == "same_year":
        return then.year == now.year
    return when == "any" or now.previous() == then


def _absent(
    readings: Mapping[str, Reading], files: Iterable[str], office: Office, prefix: str
) -> list[Absent]:
    return [
        Absent(file, f"{prefix}{sheet.frame or sheet.id}", sheet.constants.get("association"))
        for file in files
        for sheet in office.tables()
        if sheet.id not in readings[file].tables
    ]


@cache
def _by_frame(rule: Rule, office: Office) -> tuple[Rule, ...]:
    """A rule of continuity as one comparison a frame, by the keys of that frame's rows."""
    assert rule.left and rule.right
    rules = []
    for name in rule.frames:
        sheets = [sheet for sheet in office.tables() if (sheet.frame or sheet.id) == name]
        held = {column.name for column in sheets[0].columns}
        rules.append(
            msgspec.structs.replace(
                rule,
                id=f"{rule.id}/{name}",
                kind="compare",
                left=msgspec.structs.replace(rule.left, frame=name),
                right=msgspec.structs.replace(rule.right, frame=f"{BEFORE}{name}"),
                by=keys_of(sheets),
                measures=tuple(measure for measure in rule.measures if measure in held),
            )
        )
    return tuple(rules)


def keys_of(sheets: Sequence[Sheet]) -> tuple[str, ...]:
    """What tells the rows of a frame from each other: the sheets' key, and their association if there are
    several sheets."""
    own = {*sheets[0].key, *(("association",) if len(sheets) > 1 else ())}
    return tuple(key for key in KEYS if key in own)


def _compared(
    rule: Rule,
    frames: Frames,
    files: Sequence[str],
    absent: Sequence[Absent],
    restated: Restated,
    readings: Mapping[str, Reading],
    catalogues: Catalogues,
) -> list[pl.DataFrame]:
    assert rule.left and rule.right
    names = (*rule.left.frames, *rule.right.frames)
    chosen = {name: frames[name].filter(pl.col("file").is_in(files)) for name in names if name in frames}
    parts = compare_parts([rule], chosen, files, absent)
    if rule.tolerance == "jump":
        parts = [_with_limits(part, readings, catalogues) for part in parts]
    if restated.doubtful and "commune" in rule.by:
        parts = [_with_doubt(part, restated) for part in parts]
    return parts


def _with_limits(part: pl.DataFrame, readings: Mapping[str, Reading], catalogues: Catalogues) -> pl.DataFrame:
    """The slack of a jump: the greater of its two limits. A measure without limits may move freely."""
    limits = [
        (file, jump.measure, jump.percent, jump.least)
        for file in part["file"].unique()
        for jump in catalogues.limits.continuity_on(readings[file].info.day).jumps
    ]
    schema = {"file": pl.String, "measure": pl.String, "percent": pl.Int64, "least": pl.Int64}
    known = part.join(pl.DataFrame(limits, schema=schema, orient="row"), on=["file", "measure"], how="inner")
    slack = pl.max_horizontal(pl.col("right").abs() * pl.col("percent") // 100, pl.col("least"))
    return known.with_columns(slack=slack).select(part.columns)


def _with_doubt(part: pl.DataFrame, restated: Restated) -> pl.DataFrame:
    schema = dict.fromkeys(("file", "commune", "association"), pl.String)
    doubtful = pl.DataFrame(sorted(restated.doubtful), schema=schema, orient="row")
    marked = part.join(
        doubtful.with_columns(__doubt=True), on=list(schema), how="left", maintain_order="left"
    )
    doubt = pl.when(pl.col("__doubt").is_null()).then("doubt").otherwise(UNUSABLE).cast(pl.Int8)
    return marked.with_columns(doubt=doubt).select(part.columns)


def _joined(
    frames: Frames, restated: Restated, readings: Mapping[str, Reading], catalogues: Catalogues
) -> pl.DataFrame:
    """Groups beside what they were, by their code: columns of then end in `_before`."""
    wanted = [pl.col(name).alias(f"{name}_before") for name in _WANTED_BEFORE]
    then = (
        frames[f"{BEFORE}groups"]
        .unique(["file", "group"], keep="first", maintain_order=True)
        .select("file", "group", *wanted)
    )
    joined = frames["groups"].join(then, on=["file", "group"], how="inner", maintain_order="left")
    moves = [
        (file, catalogues.limits.continuity_on(readings[file].info.day).score_move) for file in restated.moved
    ]
    limit = pl.DataFrame(moves, schema={"file": pl.String, "score_move": pl.Int64}, orient="row")
    places = [(file, commune) for file, communes in restated.moved.items() for commune in sorted(communes)]
    moved = pl.DataFrame(places, schema={"file": pl.String, "commune_before": pl.String}, orient="row")
    joined = joined.join(limit, on="file", how="left").join(
        moved.with_columns(__moved=True), on=["file", "commune_before"], how="left", maintain_order="left"
    )
    # A commune that is no longer the same says nothing about the group: it is where it is now.
    commune = pl.when("__moved").then("commune").otherwise("commune_before")
    return joined.with_columns(
        managed=pl.concat_str("association", "commune", separator="/"),
        managed_before=pl.concat_str("association_before", commune, separator="/"),
    ).drop("__moved")


def _only(rule: Rule, frames: Frames) -> pl.DataFrame:
    """The rows of the groups that one report lacks, those without a code left out."""
    now, then = frames.get("groups"), frames.get(f"{BEFORE}groups")
    if now is None or then is None:
        return pl.DataFrame(schema={"file": pl.String})
    first, other = (now, then) if rule.only == "left" else (then, now)
    known = first.filter(
        pl.col("group").is_not_null() & pl.col("file").is_in(then["file"].unique().to_list())
    )
    return known.join(other.select("file", "group"), on=["file", "group"], how="anti", maintain_order="left")
