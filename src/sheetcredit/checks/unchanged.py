"""H-SAME and H-COPY: what stands there as it stood in the previous report, most likely not typed anew.

One question a sheet, whichever of its columns are the same; one error for a workbook in which all are. Which
columns are looked at, and in how many rows, is data (`unchanged` in `limits.yaml`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from sheetcredit.checks.batch import Batch
from sheetcredit.model.finding import Finding, digest_of, severity_of
from sheetcredit.model.grid import address
from sheetcredit.rules.previous import BEFORE, keys_of
from sheetcredit.template.definition import Column, Sheet
from sheetcredit.template.reading import Reading


@dataclass(frozen=True, slots=True)
class _Beside:
    """A sheet beside itself before: the columns that could be compared, and those that are the same."""

    sheet: Sheet
    watched: tuple[Column, ...]
    same: tuple[Column, ...]
    rows: int
    total: int
    """The sum of what is the same, so that an explanation ends with the numbers that it explained."""


def check_unchanged(batch: Batch) -> Iterator[Finding]:
    """Each report against its previous one, sheet by sheet and column by column."""
    for file, then in batch.previous.items():
        compared = [one for sheet in batch.office.tables() if (one := _compare(batch, file, sheet))]
        same = [one for one in compared if one.same]
        if len(same) > 1 and all(one.same == one.watched for one in compared):
            yield _copy(batch.readings[file], then, same, batch.office.sheet("info"))
        else:
            yield from (_question(batch.readings[file], then, one) for one in same)


def _compare(batch: Batch, file: str, sheet: Sheet) -> _Beside | None:
    """None where the sheet is the tool's, is missing in one report, or holds too little to be compared."""
    name = sheet.frame or sheet.id
    frames = batch.compared.frames if batch.compared else {}
    if sheet.filled or name not in frames or f"{BEFORE}{name}" not in frames:
        return None
    keys = list(keys_of([one for one in batch.office.tables() if (one.frame or one.id) == name]))
    now, before = (
        frames[each].filter((pl.col("file") == file) & (pl.col("sheet") == sheet.sheet))
        for each in (name, f"{BEFORE}{name}")
    )
    limits = batch.catalogues.limits.continuity_on(batch.readings[file].info.day).unchanged
    least = {one.measure: one.rows for one in limits}
    watched: list[Column] = []
    same: list[Column] = []
    most = total = 0
    for column in (one for one in sheet.columns if one.name in least):
        ours, theirs = _filled(now, keys, column.name), _filled(before, keys, column.name)
        if len(ours) >= least[column.name]:
            watched.append(column)
            if ours == theirs:
                same.append(column)
                most, total = max(most, len(ours)), total + int(sum(ours.values()))
    return _Beside(sheet, tuple(watched), tuple(same), most, total) if watched else None


def _filled(frame: pl.DataFrame, keys: list[str], column: str) -> dict[tuple[object, ...], float]:
    """The numbers of a column other than 0, by the row's codes."""
    held = frame.filter(pl.col(column).is_not_null() & (pl.col(column) != 0)).select(*keys, column)
    return {row[:-1]: row[-1] for row in held.rows()}


def _question(reading: Reading, then: Reading, one: _Beside) -> Finding:
    table, first = reading.tables[one.sheet.id], one.same[0]
    said = {"columns": ", ".join(column.header for column in one.same), "rows": one.rows}
    return Finding(
        file=reading.file, code="H-SAME", severity=severity_of("H-SAME"), sheet=one.sheet.sheet,
        cell=table.cell(table.header_row, first.name), row=table.header_row + 1, column=first.header,
        details=_details(then) | said, key=f"H-SAME|{one.sheet.sheet}",
        digest=digest_of(one.total, *(column.name for column in one.same)),
    )  # fmt: skip


def _copy(reading: Reading, then: Reading, same: list[_Beside], info: Sheet) -> Finding:
    place = reading.info.cells.get("period")
    return Finding(
        file=reading.file, code="H-COPY", severity=severity_of("H-COPY"), sheet=info.sheet,
        cell=address(*place) if place else None, row=place[0] + 1 if place else None,
        column=info.column("period").header, details=_details(then), key="H-COPY",
        digest=digest_of(*(one.total for one in same)),
    )  # fmt: skip


def _details(then: Reading) -> dict[str, object]:
    return {"previous": str(then.info.period), "previous_file": Path(then.file).name}
