"""The rules with the previous report: openings, cumulative movements, jumps, groups and their ratings.

The previous report's frames stand beside the current ones under the current file's name (`previous.groups`
beside `groups`), so that these rules become ordinary ties.

Communes merge, split and reuse codes. A commune that the catalogues follow into one commune of now is
counted under that one. Of any other, its groups say where it went: an association's figures in it are
counted under the commune in which its groups stand now. Where they stand in several, nothing exact can
be said, and what would be compared there is not evaluated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import msgspec
import polars as pl

from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.model.period import MONTHS
from sheetcredit.rules.context import with_rating
from sheetcredit.rules.rules import WITH_PREVIOUS, PreviousScope, Rule
from sheetcredit.rules.ties import (
    KEYS,
    UNUSABLE,
    Absent,
    compare_parts,
    outcome_of_rules,
    row_parts,
    settle,
)
from sheetcredit.template.definition import Office, Sheet
from sheetcredit.template.frames import Frames, mark_repeated, stack
from sheetcredit.template.reading import Reading

CARRIED = {"funding": "current", "programmes": "balance", "statements": "balance", "direct": "balance",
           "units": "balance", "unit_programmes": "balance"}  # fmt: skip
"""By frame, the column whose last value of a year is the next year's opening."""


@dataclass(frozen=True, slots=True)
class Restated:
    """Previous frames, each row's `file` that of the *current* report; statements by the communes of now.

    `doubtful` are the (file, commune, association) that cannot be compared; `moved` the communes, by file,
    that are not what they were; `divided` those of them, by file, that went to several communes.
    """

    frames: Frames
    doubtful: frozenset[tuple[str, str, str]]
    moved: Mapping[str, frozenset[str]]
    divided: Mapping[str, frozenset[str]]


def restate(
    previous: Mapping[str, Reading],
    readings: Mapping[str, Reading],
    frames: Frames,
    office: Office,
    catalogues: Catalogues,
) -> Restated:
    """The frames of `previous` (by file of the current report) beside those of the current one."""
    blocks = [replace(block, file=file) for file, reading in previous.items() for block in reading.blocks]
    before = dict(stack(block for block in blocks if not block.frame.endswith(".total")))
    for sheet in office.tables():
        if (name := sheet.frame or sheet.id) in before:
            before[name] = mark_repeated(before[name], sheet.key)
    if "groups" in before:
        before["groups"] = with_rating(before["groups"], previous, catalogues.limits)
    year_starts = [file for file, reading in previous.items() if starts_year_after(readings[file], reading)]
    for name in CARRIED.keys() & before.keys():
        before[name] = _with_carried(before[name], CARRIED[name], year_starts)
    went = {file: _went(readings[file], previous[file], before, frames, catalogues) for file in previous}
    moved = {file: frozenset(places) for file, places in went.items()}
    if "statements" not in before:
        return Restated(before, frozenset(), moved, {})
    before["statements"], doubtful, divided = _by_present_communes(before, frames, went)
    return Restated(before, doubtful, moved, divided)


def starts_year_after(current: Reading, previous: Reading) -> bool:
    """Whether the previous report is that of the end of the year before."""
    now, then = current.info.period, previous.info.period
    return now is not None and then is not None and then.ends_year_before(now)


def _with_carried(frame: pl.DataFrame, closing: str, year_starts: list[str]) -> pl.DataFrame:
    """`frame` with `carried`, what a later report's opening has to be: a closing, or the opening again."""
    ended = pl.col("file").is_in(year_starts)
    columns = [pl.when(ended).then(closing).otherwise("opening").alias("carried")]
    if f"{closing}__half" in frame.columns:
        halves = pl.when(ended).then(f"{closing}__half").otherwise("opening__half")
        columns.append(halves.alias("carried__half"))
    spoiled = pl.col("bad").str.contains(rf"\|(?:{closing}|opening)\|").fill_null(False)
    bad = pl.when(spoiled).then(pl.concat_str("bad", pl.lit("|carried|"))).otherwise("bad")
    return frame.with_columns(*columns, bad.alias("bad"))


def _went(
    current: Reading, previous: Reading, before: Frames, frames: Frames, catalogues: Catalogues
) -> dict[str, str | None]:
    """The previous report's communes that are not the same today, and the one each went into as a whole.

    None for one that was divided, or of which no catalogue tells.
    """
    office, then, now = current.info.office, previous.info.day, current.info.day
    entries = [*catalogues.communes_of(office), *catalogues.communes_of(None)]
    listed = {entry.code for entry in entries}
    stays = {entry.code for entry in entries if entry.valid_on(then) and entry.valid_on(now)}
    reported = _communes(frames, current.file)
    # Of communes that no catalogue knows, those stay that are still reported under their code.
    stays |= reported - listed
    went: dict[str, str | None] = {}
    for code in sorted(_communes(before, current.file)):
        became = catalogues.became(office, code, then, now)
        if became is None and code not in stays:
            went[code] = None
        elif became is not None and became != (code,):
            went[code] = became[0] if len(became) == 1 and became[0] in reported else None
    return went


def _communes(frames: Frames, file: str) -> set[str]:
    names = [name for name in ("statements", "groups") if name in frames]
    here = pl.col("file") == file
    return {code for name in names for code in frames[name].filter(here)["commune"].drop_nulls().unique()}


def _by_present_communes(
    before: Frames, frames: Frames, went: Mapping[str, Mapping[str, str | None]]
) -> tuple[pl.DataFrame, frozenset[tuple[str, str, str]], Mapping[str, frozenset[str]]]:
    """The previous statements under the communes of now, the places that cannot be compared, and of what."""
    statements = before["statements"]
    targets: list[tuple[str, str, str, str | None]] = []
    doubtful: set[tuple[str, str, str]] = set()
    divided: dict[str, frozenset[str]] = {}
    for file, communes in went.items():
        if not communes:
            continue
        present = _present_groups(file, before, frames)
        rows = statements.filter((pl.col("file") == file) & pl.col("commune").is_in(list(communes)))
        for commune, association in rows.select("commune", "association").unique().sort(pl.all()).iter_rows():
            groups = present.filter((pl.col("commune") == commune) & (pl.col("association") == association))
            places = sorted(groups["present"].drop_nulls().unique())
            whole = communes[commune] or (places[0] if len(places) == 1 else None)
            targets.append((file, commune, association, whole))
            if whole is None and len(places) > 1:
                doubtful |= {(file, place, association) for place in places}
                divided[file] = divided.get(file, frozenset()) | {commune}
    if not targets:
        return statements, frozenset(), {}
    schema = dict.fromkeys(("file", "commune", "association", "present"), pl.String)
    mapping = pl.DataFrame(targets, schema=schema, orient="row").with_columns(changed=pl.lit(True))
    joined = statements.join(
        mapping, on=["file", "commune", "association"], how="left", maintain_order="left"
    )
    kept = joined.filter(pl.col("changed").is_null() | pl.col("present").is_not_null())
    restated = kept.with_columns(commune=pl.coalesce("present", "commune")).drop("present", "changed")
    return restated, frozenset(doubtful), divided


def _present_groups(file: str, before: Frames, frames: Frames) -> pl.DataFrame:
    """The groups of then, and the commune in which each stands now (`present`, null where it is gone)."""
    if "groups" not in before or "groups" not in frames:
        return pl.DataFrame(schema=dict.fromkeys(("commune", "association", "present"), pl.String))
    here = pl.col("file") == file
    now = frames["groups"].filter(here).select("group", "association", present="commune")
    return before["groups"].filter(here).join(now, on=["group", "association"], how="left")


BEFORE = "previous."
JOINED = "groups.joined"
_WANTED_BEFORE = ("row", "score", "rating", "rating_by_score", "overdue", "frozen", "balance", "commune",
                  "association")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compared:
    """What the rules with the previous report gave.

    `ties` are as within one report, each named by its rule and frame (`R20/programmes`). `frames` are those
    of now and, as `previous.…`, those of then. `only`: by rule, the groups that one of the two reports has.
    """

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
    of_others = {file for file, then in previous.items() if offices_on(readings[file]) != offices_on(then)}
    for rule in rules:
        files = [file for file, then in previous.items() if _applies(rule.when, readings[file], then)]
        if rule.kind == "continuity" and files:
            absent = [*_absent(readings, files, office, ""), *_absent(previous, files, office, BEFORE)]
            for one in _by_frame(rule, office):
                by_id[one.id] = one
                # Sums of other offices than then say nothing; each office is still held against itself.
                alike = files if "office" in one.by else [f for f in files if f not in of_others]
                parts += _compared(one, both, alike, absent, restated, readings, catalogues)
    if "groups" in frames and f"{BEFORE}groups" in both:
        both[JOINED] = _joined(both, restated, readings, catalogues)
        by_row = [rule for rule in rules if rule.kind == "continuity_row"]
        parts += row_parts(by_row, both[JOINED], context)
    only = {rule.id: _only(rule, both) for rule in rules if rule.kind == "presence"}
    return Compared(settle(parts), both, restated, only, by_id)


def offices_on(reading: Reading, frame: str = "units") -> frozenset[str]:
    """The offices that a table of a branch workbook has rows of; none in any other workbook."""
    blocks = (block for block in reading.blocks if block.frame == frame)
    return frozenset(str(code) for block in blocks for code in block.columns.get("office", ()) if code)


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


def _applies(when: PreviousScope, current: Reading, previous: Reading) -> bool:
    now, then = current.info.period, previous.info.period
    if now is None or then is None:
        return False
    if when == "year":
        return then.year == now.year or starts_year_after(current, previous)
    if when == "same_year":
        return then.year == now.year
    return when == "any" or 0 < then.months_to(now) <= MONTHS["quarter"]


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
    """What tells the rows of a frame apart: the key of its sheets, and their association if several."""
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
