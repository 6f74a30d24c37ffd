"""V-STALE: formula cells whose cached value is missing or is not what the formula computes.

When a file is read, what its formulas compute takes the place of a wrong cached value
(`workbooks.understood`), so that rules and figures rest on what a spreadsheet program will show. Where the
file asks for all formulas to be computed on opening, a 0 that a program left is worth a note only: nobody
sees it. A cell without a cached value is reported when its formula cannot be computed.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from sheetcredit.checks.batch import Batch
from sheetcredit.model.finding import Finding, Severity, severity_of
from sheetcredit.model.grid import Formula, address
from sheetcredit.model.text import QUOTED, shortened
from sheetcredit.template.locate import Table
from sheetcredit.template.reading import Reading
from sheetcredit.xlsx.sums import CACHED_ZERO, evaluate, read_by

Place = tuple[int, int]


def check_cached_values(batch: Batch) -> Iterator[Finding]:
    """Formula cells that cannot be computed, or whose cached value is another; not the sums above them."""
    for reading in batch.readings.values():
        for table in reading.tables.values():
            yield from _of_table(reading, table)


def _of_table(reading: Reading, table: Table) -> Iterator[Finding]:
    rows = {*table.rows, *([] if table.total_row is None else [table.total_row])}
    headers = {table.columns[c.name]: c for c in table.sheet.columns if c.numeric and c.name in table.columns}
    stale: dict[Place, tuple[Formula, Severity, Decimal | None]] = {}
    for place, formula in table.grid.formulas.items():
        if place[0] in rows and place[1] in headers:
            severity, worth = _judged(reading, table, formula)
            if severity is not None:
                stale[place] = formula, severity, worth
    # A number stored as text is what the total over it lacks: V-TEXTNUM says so.
    texts = {f.cell for f in reading.findings if f.code == "V-TEXTNUM" and f.sheet == table.sheet.sheet}
    for (row, column), (formula, severity, worth) in sorted(stale.items()):
        if any(place in stale or address(*place) in texts for place in read_by(formula.text)):
            continue  # it is only as wrong as the cell that it adds up
        line = "total" if row == table.total_row else row + 1
        header, tab = headers[column], table.sheet.sheet
        yield Finding(
            file=reading.file, code="V-STALE", severity=severity, sheet=tab,
            cell=address(row, column), row=row + 1, column=header.header,
            value=formula.cached, expected=worth, details={"formula": f"={shortened(formula.text, QUOTED)}"},
            key=f"V-STALE|{tab}|{header.name}|{line}",
        )  # fmt: skip


def _judged(reading: Reading, table: Table, formula: Formula) -> tuple[Severity | None, Decimal | None]:
    """How serious a formula cell's cached value is, and what it computes where that is known."""
    error = severity_of("V-STALE")
    zero = formula.cached in CACHED_ZERO
    severity: Severity = "note" if zero and reading.book.recalculates else error
    if formula.computed is not None:
        return None if formula.cached is None else severity, Decimal(formula.computed)
    if formula.cached is not None and not zero:
        return None, None
    worth = evaluate(table.grid, formula.text)
    return severity if formula.cached is None or worth else None, worth
