"""V-STALE: formula cells whose cached value is missing or wrong, as in files that a program wrote.

Plain sums without a cached value have been evaluated when the file was read (`xlsx.sums`). What is left
is a formula that cannot be evaluated here, and a cached 0 where the sum is not 0.
"""

from __future__ import annotations

from collections.abc import Iterator

from sheetcredit.checks.batch import Batch
from sheetcredit.model.finding import Finding, severity_of
from sheetcredit.model.grid import address
from sheetcredit.template.reading import Reading
from sheetcredit.xlsx.sums import CACHED_ZERO, evaluate


def check_cached_values(batch: Batch) -> Iterator[Finding]:
    """Each formula cell of a table whose cached value is missing, or is 0 where it cannot be."""
    for reading in batch.readings.values():
        yield from _of_reading(reading)


def _of_reading(reading: Reading) -> Iterator[Finding]:
    for table in reading.tables.values():
        # An empty text is a value: `=IF(A5="","",…)`.
        doubtful = [
            (place, formula)
            for place, formula in table.grid.formulas.items()
            if formula.cached is None or formula.cached in CACHED_ZERO
        ]
        if not doubtful:
            continue
        rows = {*table.rows, *([] if table.total_row is None else [table.total_row])}
        headers = {
            table.columns[c.name]: c for c in table.sheet.columns if c.numeric and c.name in table.columns
        }
        for (row, place), formula in sorted(doubtful):
            if row not in rows or place not in headers:
                continue
            worth = evaluate(table.grid, formula.text)
            if formula.cached is None or (worth is not None and worth != 0):
                line = "total" if row == table.total_row else row + 1
                column, tab = headers[place], table.sheet.sheet
                yield Finding(
                    file=reading.file, code="V-STALE", severity=severity_of("V-STALE"), sheet=tab,
                    cell=address(row, place), row=row + 1, column=column.header,
                    value=formula.cached, expected=worth, details={"formula": f"={formula.text}"},
                    key=f"V-STALE|{tab}|{column.name}|{line}",
                )  # fmt: skip
