"""S-EMPTY: a table that cannot be empty has not a single number in it yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sheetcredit.model.finding import Finding, severity_of
from sheetcredit.template.frames import Block
from sheetcredit.template.reading import Reading


def find_empty(readings: Iterable[Reading]) -> Iterator[Finding]:
    """One finding for each table of a workbook that needs data and has none."""
    for reading in readings:
        filled = {block.sheet.id for block in reading.blocks if _has_numbers(block)}
        for table in reading.tables.values():
            if table.sheet.needs_data and table.sheet.id not in filled:
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


def _has_numbers(block: Block) -> bool:
    if block.frame.endswith(".total"):
        return False
    return any(
        value is not None
        for column in block.sheet.columns
        if column.numeric
        for value in block.columns[column.name]
    )
