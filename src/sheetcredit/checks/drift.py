"""What has drifted from the template without making a number wrong yet.

Whatever already changes a figure has its own finding (R01 for a total, R14 for a summary figure, S-… for
sheets and headers): nothing is reported twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

from sheetcredit.checks.batch import Batch
from sheetcredit.model.finding import Finding, severity_of
from sheetcredit.model.grid import Grid, address
from sheetcredit.model.text import QUOTED, shortened
from sheetcredit.template.definition import Column, Office
from sheetcredit.template.locate import Table
from sheetcredit.template.reading import Reading
from sheetcredit.template.values import exact

_SUM = re.compile(r"SUM\(\$?[A-Z]{1,3}\$?(\d{1,7}):\$?[A-Z]{1,3}\$?(\d{1,7})\)")
_OTHER_BOOK = re.compile(r"\[[^\[\]]+\][\w.]*!|'[^']*\[[^\[\]]+\][^']*'!")
_TEXT = re.compile(r'"(?:[^"]|"")*"')


def check_drift(batch: Batch) -> Iterator[Finding]:
    """V-TOTAL-TYPED, V-TOTAL-RANGE, V-LINK and S-HIDDEN."""
    for reading in batch.readings.values():
        yield from _hidden(reading, batch.office)
        for table in reading.tables.values():
            yield from _totals(reading, table)
            yield from _links(reading, table)


def _hidden(reading: Reading, office: Office) -> Iterator[Finding]:
    for sheet in office.sheets:
        grid = reading.book.grid(sheet.sheet)
        if grid is not None and grid.hidden and not sheet.hidden:
            yield note(reading, "S-HIDDEN", grid.sheet)


def _totals(reading: Reading, table: Table) -> Iterator[Finding]:
    """Totals that are right today and will not follow the next change of their rows."""
    if table.total_row is None or not table.rows:
        return
    known = table.columns.keys() - table.shown.keys()
    summed = [c for c in table.sheet.columns if c.total == "sum" and c.name in known]
    formulas = table.grid.formulas
    typed = [c for c in summed if (table.total_row, table.columns[c.name]) not in formulas]
    # A total row without formulas never had any: it came from another program, and R01 watches it.
    lost = typed if len(typed) * 2 < len(summed) else []
    for column in summed:
        place = table.columns[column.name]
        if column in lost:
            if _adds_up(table.grid, table.rows, place, table.total_row):
                yield _at_total(reading, table, column, "V-TOTAL-TYPED")
        elif formula := formulas.get((table.total_row, place)):
            covered = summed_rows(formula.text)
            missed = _outside(table.rows, *covered) if covered else []
            # A missed row that holds a number makes the total wrong: that is R01's.
            if missed and all(_number(table.grid, row, place) == 0 for row in missed):
                rows = ", ".join(str(row + 1) for row in missed[:5]) + (" …" if len(missed) > 5 else "")
                yield _at_total(
                    reading,
                    table,
                    column,
                    "V-TOTAL-RANGE",
                    rows=rows,
                    formula=f"={shortened(formula.text, QUOTED)}",
                )


@lru_cache(maxsize=1 << 12)
def summed_rows(formula: str) -> tuple[int, int] | None:
    """The first and last of Excel's rows that a plain sum adds up; workbooks share most of their formulas."""
    match = _SUM.fullmatch(formula.replace(" ", ""))
    return (int(match[1]), int(match[2])) if match else None


def _outside(rows: Sequence[int], first: int, last: int) -> list[int]:
    """The zero-based rows, in order, that a range of Excel's rows leaves out; mostly none."""
    if first <= rows[0] + 1 and rows[-1] + 1 <= last:
        return []
    return [row for row in rows if not first <= row + 1 <= last]


def _adds_up(grid: Grid, rows: Iterable[int], place: int, total_row: int) -> bool:
    numbers = [_number(grid, row, place) for row in (*rows, total_row)]
    known = [number for number in numbers if number is not None]
    return len(known) == len(numbers) and sum(known[:-1], Decimal(0)) == known[-1]


def _number(grid: Grid, row: int, place: int) -> Decimal | None:
    """The number of a cell, 0 where it is empty; None for anything else."""
    value = grid.value(row, place)
    if value is None or value == "":
        return Decimal(0)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return exact(value) if isinstance(value, float) else Decimal(value)


def _at_total(reading: Reading, table: Table, column: Column, code: str, **details: object) -> Finding:
    row = table.total_row or 0
    cell, tab = table.cell(row, column.name), table.sheet.sheet
    return Finding(
        file=reading.file, code=code, severity=severity_of(code), sheet=tab, cell=cell, row=row + 1,
        column=column.header, details=details, key=f"{code}|{tab}|{column.name}",
    )  # fmt: skip


def _links(reading: Reading, table: Table) -> Iterator[Finding]:
    """One finding a sheet, at the first formula that reads another workbook."""
    formulas = table.grid.formulas.items()
    found = [place for place, one in formulas if "[" in one.text and reads_other_book(one.text)]
    if found:
        row, column = min(found)
        yield note(reading, "V-LINK", table.sheet.sheet, address(row, column), row + 1, count=len(found))


def reads_other_book(formula: str) -> bool:
    """Whether a formula refers to another workbook: `[2]Sheet1!A1`, `'C:\\x\\[b.xlsx]S'!A1`."""
    return "[" in formula and "!" in formula and bool(_OTHER_BOOK.search(_TEXT.sub('""', formula)))


def note(
    reading: Reading,
    code: str,
    sheet: str | None,
    cell: str | None = None,
    row: int | None = None,
    key: str = "",
    details: Mapping[str, object] | None = None,
    **more: object,
) -> Finding:
    """A finding about the form of a workbook, placed on a sheet or a cell."""
    return Finding(
        file=reading.file, code=code, severity=severity_of(code), sheet=sheet, cell=cell, row=row,
        details=dict(details or {}) | more, key=f"{code}|{sheet or ''}|{key}".rstrip("|"),
    )  # fmt: skip
