"""R19: groups whose score sits close to a rating's threshold, one notice a workbook. It finds no fault."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise

import polars as pl

from sheetcredit.catalogue.catalogue import Catalogues, scale_in_force
from sheetcredit.model.finding import Finding
from sheetcredit.model.text import listed, number_text
from sheetcredit.rules.rules import Rule
from sheetcredit.template.cells import exact
from sheetcredit.template.definition import Office
from sheetcredit.template.frames import Frames
from sheetcredit.template.reading import Reading


def near_thresholds(
    rules: Iterable[Rule], frames: Frames, readings: Sequence[Reading], office: Office, catalogues: Catalogues
) -> dict[str, tuple[Finding, ...]]:
    """By file: the groups within `near_threshold` points of a threshold, told on the header of the scores."""
    if "groups" not in frames:
        return {}
    days: dict[date, list[str]] = defaultdict(list)
    for reading in readings:
        days[reading.info.day].append(reading.file)
    close = {
        file: groups
        for day, files in days.items()
        for file, groups in _close(frames["groups"], day, files, len(days) == 1, catalogues).items()
    }
    notices = tuple(rule for rule in rules if rule.kind == "notice")
    return {
        reading.file: tuple(_notices(notices, close[reading.file], reading, office, catalogues))
        for reading in readings
        if reading.file in close
    }


def _close(
    groups: pl.DataFrame, day: date, files: Sequence[str], whole: bool, catalogues: Catalogues
) -> Mapping[str, list[str]]:
    """By file, the groups whose score is close to a threshold of that day; `whole`: there are no others."""
    thresholds = [lower.below for lower, _ in pairwise(scale_in_force(catalogues.limits.rating, day).levels)]
    if not thresholds:
        return {}
    most = catalogues.limits.continuity_on(day).near_threshold
    near = pl.any_horizontal((pl.col("score") - bound).abs() <= most for bound in thresholds)
    found = groups.filter(near if whole else near & pl.col("file").is_in(files)).sort("score", "row")
    close: dict[str, list[str]] = defaultdict(list)
    for file, group, score in found.select("file", "group", "score").iter_rows():
        close[file].append(f"{group} ({number_text(exact(score))})")
    return close


def _notices(
    rules: Iterable[Rule], texts: Sequence[str], reading: Reading, office: Office, catalogues: Catalogues
) -> list[Finding]:
    sheet = office.sheet("groups")
    table = reading.tables.get(sheet.id)
    if table is None:
        return []
    limits = catalogues.limits.continuity_on(reading.info.day)
    return [
        Finding(
            file=reading.file, code=rule.id, severity=rule.severity, sheet=sheet.sheet,
            cell=table.cell(table.header_row, "score"), row=table.header_row + 1,
            column=sheet.column("score").header, value=len(texts),
            details={
                "count": len(texts), "points": limits.near_threshold, "items": tuple(texts),
                "listed": listed(texts, limits.listed),
            },
            key=f"{rule.id}|{sheet.sheet}",
        )
        for rule in rules
    ]  # fmt: skip
