"""R19: groups whose score sits close to a rating's threshold, one notice a workbook. It finds no fault."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import polars as pl

from sheetcredit.checks.listed import listed
from sheetcredit.checks.rules import Rule
from sheetcredit.model.finding import Finding
from sheetcredit.model.text import number_text
from sheetcredit.template.catalogue import Catalogues, scale_in_force
from sheetcredit.template.cells import exact
from sheetcredit.template.definition import Office
from sheetcredit.template.frames import Frames
from sheetcredit.template.reading import Reading


def near_thresholds(
    rules: Iterable[Rule], frames: Frames, reading: Reading, office: Office, catalogues: Catalogues
) -> list[Finding]:
    """The groups within `near_threshold` points of a threshold, told on the header of the scores."""
    if "groups" not in frames:
        return []
    limits = catalogues.limits.continuity_on(reading.info.day)
    levels = scale_in_force(catalogues.limits.rating, reading.info.day).levels
    thresholds = [lower.below for lower, _ in pairwise(levels)]
    close = pl.any_horizontal(
        (pl.col("score") - bound).abs() <= limits.near_threshold for bound in thresholds
    )
    groups = frames["groups"].filter((pl.col("file") == reading.file) & close)
    sheet = office.sheet("groups")
    table = reading.tables.get(sheet.id)
    if groups.is_empty() or table is None or not thresholds:
        return []
    texts = [
        f"{group} ({number_text(exact(score))})"
        for group, score in groups.sort("score", "row").select("group", "score").iter_rows()
    ]
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
        if rule.kind == "notice"
    ]  # fmt: skip
