"""The previous report's frames as the current report would state them.

Communes merge, split and reuse codes. A commune that is the same entry of the dated catalogue on both
days stays what it is. For any other, its groups say where it went: an association's figures in it are
counted under the commune in which its groups stand now. Where they stand in several, nothing exact can
be said, and what would be compared there is not evaluated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from sheetcredit.checks.derive import with_rating
from sheetcredit.template.catalogue import Catalogues
from sheetcredit.template.definition import Office
from sheetcredit.template.frames import Frames, mark_repeated, stack
from sheetcredit.template.reading import Reading

Place = tuple[str, str]
"""Commune and association."""

CARRIED = {"funding": "current", "programmes": "balance", "statements": "balance", "direct": "balance",
           "units": "balance", "unit_programmes": "balance"}  # fmt: skip
"""By frame, the column whose last value of a year is the next year's opening."""


@dataclass(frozen=True, slots=True)
class Restated:
    """Previous frames, each row's `file` that of the *current* report; statements by the communes of now.

    `doubtful` are the (file, commune, association) that cannot be compared; `moved` the communes, by file,
    that are not what they were.
    """

    frames: Frames
    doubtful: frozenset[tuple[str, str, str]]
    moved: Mapping[str, frozenset[str]]


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
    moved = {file: _moved(readings[file], previous[file], before, frames, catalogues) for file in previous}
    if "statements" not in before:
        return Restated(before, frozenset(), moved)
    before["statements"], doubtful = _by_present_communes(before, frames, moved)
    return Restated(before, doubtful, moved)


def starts_year_after(current: Reading, previous: Reading) -> bool:
    """Whether the previous report is that of the end of the year before."""
    now, then = current.info.period, previous.info.period
    return now is not None and then is not None and then.quarter == 4 and then.year == now.year - 1


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


def _moved(
    current: Reading, previous: Reading, before: Frames, frames: Frames, catalogues: Catalogues
) -> frozenset[str]:
    """The previous report's communes that are not the same today: other code, other entry, or none."""
    entries = [e for e in catalogues.of("communes") if e.office in (None, current.info.office)]
    then, now = previous.info.day, current.info.day
    listed = {entry.code for entry in entries}
    stays = {entry.code for entry in entries if entry.valid_on(then) and entry.valid_on(now)}
    # Of communes that no catalogue knows, those stay that are still reported under their code.
    stays |= _communes(frames, current.file) - listed
    return frozenset(_communes(before, current.file) - stays)


def _communes(frames: Frames, file: str) -> set[str]:
    names = [name for name in ("statements", "groups") if name in frames]
    here = pl.col("file") == file
    return {code for name in names for code in frames[name].filter(here)["commune"].drop_nulls().unique()}


def _by_present_communes(
    before: Frames, frames: Frames, moved: Mapping[str, frozenset[str]]
) -> tuple[pl.DataFrame, frozenset[tuple[str, str, str]]]:
    """The previous statements under the communes of now, and the places that cannot be told."""
    statements = before["statements"]
    targets: list[tuple[str, str, str, str | None]] = []
    doubtful: set[tuple[str, str, str]] = set()
    for file, communes in moved.items():
        if not communes:
            continue
        present = _present_places(file, communes, before, frames)
        rows = statements.filter((pl.col("file") == file) & pl.col("commune").is_in(list(communes)))
        for commune, association in rows.select("commune", "association").unique().sort(pl.all()).iter_rows():
            found = present.get((commune, association), frozenset())
            targets.append((file, commune, association, next(iter(found)) if len(found) == 1 else None))
            if len(found) > 1:
                doubtful |= {(file, place, association) for place in found}
    if not targets:
        return statements, frozenset()
    schema = dict.fromkeys(("file", "commune", "association", "present"), pl.String)
    mapping = pl.DataFrame(targets, schema=schema, orient="row").with_columns(changed=pl.lit(True))
    joined = statements.join(
        mapping, on=["file", "commune", "association"], how="left", maintain_order="left"
    )
    kept = joined.filter(pl.col("changed").is_null() | pl.col("present").is_not_null())
    restated = kept.with_columns(commune=pl.coalesce("present", "commune")).drop("present", "changed")
    return restated, frozenset(doubtful)


def _present_places(
    file: str, communes: frozenset[str], before: Frames, frames: Frames
) -> dict[Place, frozenset[str]]:
    """By commune and association of then: the communes in which their groups stand now."""
    if "groups" not in before or "groups" not in frames:
        return {}
    here = pl.col("file") == file
    then = before["groups"].filter(here & pl.col("commune").is_in(list(communes)))
    now = frames["groups"].filter(here).select("group", "association", present="commune")
    found: dict[Place, set[str]] = defaultdict(set)
    joined = then.select("group", "commune", "association").join(
        now, on=["group", "association"], how="inner"
    )
    for commune, association, place in (
        joined.select("commune", "association", "present").drop_nulls().iter_rows()
    ):
        found[commune, association].add(place)
    return {place: frozenset(communes) for place, communes in found.items()}
