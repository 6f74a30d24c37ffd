"""H-SAME-DAY: a quarter says what its last month says, a year what its last quarter says.

Where both reports exist and differ, it is asked once a sheet, at the first number that differs. Rounded
numbers of unlike precision are intervals here as everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import polars as pl

from sheetcredit.checks.batch import Batch
from sheetcredit.model.finding import Finding, digest_of, severity_of
from sheetcredit.rules.previous import keys_of
from sheetcredit.template.definition import Column, Sheet
from sheetcredit.template.frames import Frames, in_dong, stack_as_typed
from sheetcredit.template.reading import Reading
from sheetcredit.template.values import exact

_Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Difference:
    """A number that the other report has otherwise; `row` is Excel's own, None where only that has it."""

    row: int | None
    column: Column
    value: int | Decimal
    other: int | Decimal


def check_same_day(batch: Batch) -> Iterator[Finding]:
    """Each report against that of the same day under another period."""
    for file, other in batch.others.same_day.items():
        theirs = in_dong(stack_as_typed(other.blocks), batch.office.tables())
        for sheet in batch.office.tables():
            differences = _differences(batch, sheet, file, theirs)
            if differences:
                yield _finding(batch.readings[file], other, sheet, differences)


def _differences(batch: Batch, sheet: Sheet, file: str, theirs: Frames) -> list[_Difference]:
    name = sheet.frame or sheet.id
    if name not in batch.amounts or name not in theirs:
        return []
    keys = keys_of([one for one in batch.office.tables() if (one.frame or one.id) == name])
    own = batch.amounts[name].filter((pl.col("file") == file) & (pl.col("sheet") == sheet.sheet))
    now = _by_key(own, keys)
    then = _by_key(theirs[name].filter(pl.col("sheet") == sheet.sheet), keys)
    if not now or not then:  # a sheet that one of them has not is another finding's
        return []
    return [
        _Difference(_int(row["row"]) if row else None, column, *values)
        for key in dict.fromkeys((*now, *then))
        for column in sheet.columns
        if column.numeric
        for row, other in ((now.get(key), then.get(key)),)
        if (values := _apart(row or {}, other or {}, column.name)) is not None
    ]


def _by_key(frame: pl.DataFrame, keys: tuple[str, ...]) -> dict[tuple[object, ...], _Row]:
    """The rows by their codes; of a repeated one the first, as the repetition has a finding of its own."""
    found: dict[tuple[object, ...], _Row] = {}
    for row in frame.iter_rows(named=True):
        found.setdefault(tuple(row[key] for key in keys), row)
    return found


def _apart(row: _Row, other: _Row, name: str) -> tuple[int | Decimal, int | Decimal] | None:
    """Both numbers where rounding does not account for their difference; None where one cannot be used."""
    if any(f"|{name}|" in str(one.get("bad") or "") for one in (row, other)):
        return None
    value, held = _number(row.get(name)), _number(other.get(name))
    halves = [_int(one.get(f"{name}__half")) for one in (row, other)]
    # Rounded alike, the same number is written alike; otherwise both are intervals.
    slack = 0 if not all((row, other)) or halves[0] == halves[1] else sum(halves)
    return None if -slack <= value - held <= slack else (value, held)


def _number(value: object) -> int | Decimal:
    return exact(value) if isinstance(value, float) else _int(value)


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0


def _finding(reading: Reading, other: Reading, sheet: Sheet, differences: list[_Difference]) -> Finding:
    first = next((one for one in differences if one.row is not None), differences[0])
    table = reading.tables[sheet.id]
    line = table.header_row + 1 if first.row is None else first.row
    cell, _ = reading.place(sheet.sheet, line, first.column.name)
    unit = reading.info.unit if first.column.type == "amount" and sheet.unit == "book" else 1
    return Finding(
        file=reading.file, code="H-SAME-DAY", severity=severity_of("H-SAME-DAY"), sheet=sheet.sheet,
        cell=cell, row=line, column=first.column.header, value=first.value, expected=first.other,
        difference=first.value - first.other, unit=unit,
        details={
            "count": len(differences), "other": str(other.info.period), "other_file": Path(other.file).name,
            "own": str(reading.info.period),
            "columns": ", ".join(dict.fromkeys(one.column.header for one in differences)),
        },
        key=f"H-SAME-DAY|{sheet.sheet}",
        digest=digest_of(*(number for one in differences for number in (one.value, one.other))),
    )  # fmt: skip
