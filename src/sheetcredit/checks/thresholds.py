"""R19: groups whose score is close to the threshold of a rating. One notice a workbook; no fault is found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

import polars as pl

from sheetcredit.catalogue.catalogue import Catalogues, scale_in_force
from sheetcredit.checks.batch import Batch
from sheetcredit.model.finding import Finding
from sheetcredit.model.text import listed, number_text
from sheetcredit.template.values import exact


def check_thresholds(batch: Batch) -> Iterator[Finding]:
    """The groups within `near_threshold` points of a threshold, on the header of the scores."""
    if "groups" not in batch.frames:
        return
    days: dict[date, list[str]] = defaultdict(list)
    for file, reading in batch.readings.items():
        days[reading.info.day].append(file)
    for day, files in days.items():  # thresholds are dated: files of one day are looked at together
        for file, groups in _close(batch.frames["groups"], day, files, batch.catalogues).items():
            yield from _notices(batch, file, groups)


def _close(
    groups: pl.DataFrame, day: date, files: Sequence[str], catalogues: Catalogues
) -> Mapping[str, list[str]]:
    """By file, the groups whose score is close to a threshold of that day."""
    thresholds = [lower.below for lower, _ in pairwise(scale_in_force(catalogues.limits.rating, day).levels)]
    if not thresholds:
        return {}
    most = catalogues.limits.continuity_on(day).near_threshold
    near = pl.any_horizontal((pl.col("score") - bound).abs() <= most for bound in thresholds)
    found = groups.filter(near & pl.col("file").is_in(files)).sort("score", "row")
    close: dict[str, list[str]] = defaultdict(list)
    for file, group, score in found.select("file", "group", "score").iter_rows():
        close[file].append(f"{group} ({number_text(exact(score))})")
    return close


def _notices(batch: Batch, file: str, texts: Sequence[str]) -> Iterator[Finding]:
    sheet, reading = batch.office.sheet("groups"), batch.readings[file]
    table = reading.tables.get(sheet.id)
    limits = batch.catalogues.limits.continuity_on(reading.info.day)
    for rule in batch.rules if table else ():
        if table and rule.kind == "notice":
            yield Finding(
                file=file, code=rule.id, severity=rule.severity, sheet=sheet.sheet,
                cell=table.cell(table.header_row, "score"), row=table.header_row + 1,
                column=sheet.column("score").header, value=len(texts),
                details={
                    "count": len(texts), "points": limits.near_threshold, "items": tuple(texts),
                    "listed": listed(texts, limits.listed),
                },
                key=f"{rule.id}|{sheet.sheet}",
            )  # fmt: skip
