"""Each sheet against its schema: pandera is the engine, the findings are ours.

A finding names Excel's own row and column; pandera's text (which can leak a query plan) is never shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandera.polars as pa
import polars as pl
from pandera.config import ValidationDepth, config_context

from sheetcredit.checks.batch import Batch
from sheetcredit.model.finding import Finding, Raw, severity_of
from sheetcredit.template.definition import Column, Office, Sheet
from sheetcredit.template.frame_schema import Bound, FrameSchema, frame_schema, holds, left_empty, repeats
from sheetcredit.template.frames import Frames, part_of_a_dong
from sheetcredit.template.reading import Reading
from sheetcredit.template.values import BOUND_CODES, exact


def check_located(batch: Batch) -> Iterator[Finding]:
    """What was odd when sheets, headers and cells were looked for and typed."""
    for reading in batch.readings.values():
        yield from reading.findings


def check_schema(batch: Batch) -> Iterator[Finding]:
    """V-RANGE, V-FORM, V-CHOICE, V-REQUIRED, V-DECIMALS and V-UNIQUE of every table."""
    yield from validate_frames(batch.office, batch.typed, batch.readings)


def validate_frames(office: Office, frames: Frames, readings: Mapping[str, Reading]) -> list[Finding]:
    """Findings of every frame; `readings` tells, by file, where a row's columns stand."""
    by_frame: dict[str, Sheet] = {}
    for sheet in office.tables():
        by_frame.setdefault(sheet.frame or sheet.id, sheet)
    findings: list[Finding] = []
    with config_context(validation_depth=ValidationDepth.SCHEMA_AND_DATA):
        for name, sheet in by_frame.items():
            if name in frames:
                findings.extend(_validate(frame_schema(office, sheet), sheet, frames[name], readings))
            if f"{name}.total" in frames:
                findings.extend(_totals_left_empty(frames[f"{name}.total"], readings))
    return findings


def _validate(
    schema: FrameSchema, sheet: Sheet, frame: pl.DataFrame, readings: Mapping[str, Reading]
) -> Iterator[Finding]:
    try:
        schema.schema.validate(frame.lazy(), lazy=True)  # of a frame, pandera makes two more on the way
    except pa.errors.SchemaErrors as error:
        rows = frame.filter(~schema.sound)
        if rows.is_empty():
            raise RuntimeError(f"the schema of {sheet.id} cannot be evaluated") from error
        for bound in schema.bounds:
            yield from _out_of_bounds(bound, rows, readings)
        for column in schema.required:
            for row in rows.filter(left_empty(sheet, column)).iter_rows(named=True):
                yield _finding(readings, row, column, "V-REQUIRED", None, {"column": column.header})
        for column in schema.amounts:
            for row in rows.filter(part_of_a_dong(pl.col(column.name), pl.col("unit"))).iter_rows(named=True):
                yield _finding(readings, row, column, "V-DECIMALS", row[column.name], {})
        if schema.key:
            yield from _repeated(schema.key, frame, readings)


def _out_of_bounds(bound: Bound, rows: pl.DataFrame, readings: Mapping[str, Reading]) -> Iterator[Finding]:
    code = BOUND_CODES.get(bound.definition.check, "V-RANGE")
    for column in bound.columns:
        wrong = rows.filter(~holds(column.name, bound.definition))
        for row in wrong.iter_rows(named=True):
            yield _finding(
                readings, row, column, code, row[column.name], {"rule": bound.definition.rule.both()}
            )


def _repeated(key: Sequence[str], frame: pl.DataFrame, readings: Mapping[str, Reading]) -> Iterator[Finding]:
    """Each repetition after the first, placed on its own key cell, naming the row it repeats."""
    first = pl.col("row").min().over(["file", "sheet", *key])
    for row in frame.with_columns(first=first).filter(repeats(key)).iter_rows(named=True):
        table = readings[row["file"]].table_named(row["sheet"])
        if table is not None:
            column = next(column for column in table.sheet.columns if column.key)
            yield _finding(readings, row, column, "V-UNIQUE", row[column.name], {"first": row["first"]})


def _totals_left_empty(totals: pl.DataFrame, readings: Mapping[str, Reading]) -> Iterator[Finding]:
    """Cells of total rows that say nothing though their column has numbers: nobody checks such a sum."""
    if not any(totals[name].null_count() for name in totals.columns if name != "bad"):
        return
    for row in totals.iter_rows(named=True):
        table = readings[row["file"]].table_named(row["sheet"])
        if table is None:
            continue
        for column in table.sheet.columns:
            place = table.columns.get(column.name)
            if not column.total or place is None or row[column.name] is not None:
                continue
            known = f"|{column.name}|" in (row["bad"] or "") or (row["row"] - 1, place) in table.grid.formulas
            if not known and any(table.grid.value(line, place) for line in table.rows):
                yield _finding(readings, row, column, "V-REQUIRED", None, {"column": column.header})


def _finding(
    readings: Mapping[str, Reading],
    row: Mapping[str, object],
    column: Column,
    code: str,
    value: object,
    details: Mapping[str, object],
) -> Finding:
    reading, sheet = readings[str(row["file"])], str(row["sheet"])
    cell, line = reading.place(sheet, int(str(row["row"])), column.name)
    table = reading.table_named(sheet)
    names = table.sheet.key if table else ()
    business_key = "/".join(str(row[name]) for name in names if name in row) or "total"
    if code == "V-UNIQUE":
        business_key += f"#{line}"
    raw: Raw = exact(value) if isinstance(value, float) else None if value is None else str(value)
    return Finding(
        file=str(row["file"]),
        code=code,
        severity=severity_of(code),
        sheet=sheet,
        cell=cell,
        row=line,
        column=column.header,
        value=raw,
        details=details,
        key=f"{code}|{sheet}|{business_key}|{column.name}",
    )


def check_empty_tables(batch: Batch) -> Iterator[Finding]:
    """S-EMPTY: a table that cannot be empty has not a single number in it yet."""
    for reading in batch.readings.values():
        for table in reading.unfilled:
            first = next(column for column in table.sheet.columns if column.numeric)
            row, column = table.header_row, first.name
            yield Finding(
                file=reading.file,
                code="S-EMPTY",
                severity=severity_of("S-EMPTY"),
                sheet=table.sheet.sheet,
                cell=table.cell(row, column) if column in table.columns else None,
                row=row + 1,
                key=f"S-EMPTY|{table.sheet.sheet}",
            )
