"""Columns that are blank in all rows of a table and should not be: left out, or emptied as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from sheetcredit.model.finding import Finding, severity_of
from sheetcredit.template.definition import Column
from sheetcredit.template.frames import Block
from sheetcredit.template.locate import Table

_BY_COMMUNE = ("statements", "groups", "ledger")
"""Frames that say the same of a commune and association."""


class Blank(NamedTuple):
    """The blocks, in which the blank columns are unknown and not zero; and a finding for each such table."""

    blocks: tuple[Block, ...]
    findings: tuple[Finding, ...]


def mark_blank_columns(
    file: str, tables: Mapping[str, Table], blocks: Sequence[Block], least_rows: int
) -> Blank:
    """S-EMPTY-COLUMN, once a table of at least `least_rows` rows that has other numbers.

    A column is missing that needs data, or of which another sheet has numbers in so many rows.
    """
    marked, findings = list(blocks), []
    spoken: Counter[tuple[str, str, str]] | None = None
    for place, block in enumerate(blocks):
        table = tables[block.sheet.id]
        empty = _empty(block, table) if len(block.rows) >= least_rows else ()
        if not empty:
            continue
        spoken = _spoken(blocks) if spoken is None else spoken
        blank = [c for c in empty if c.needs_data or _said_elsewhere(block, c, spoken) >= least_rows]
        if blank:
            names = frozenset(column.name for column in blank)
            bad = {row: block.bad.get(row, frozenset()) | names for row in range(len(block.rows))}
            marked[place] = replace(block, bad=bad)
            findings.append(_finding(file, table, blank))
    return Blank(tuple(marked), tuple(findings))


def _empty(block: Block, table: Table) -> Sequence[Column]:
    """The columns of a table with numbers that have none, and nothing odd either."""
    if block.frame.endswith(".total"):
        return ()
    there = [column for column in block.sheet.columns if column.name in table.columns]
    empty = [c for c in there if not any(value is not None for value in block.columns[c.name])]
    if all(column in empty for column in there if column.numeric):
        return ()
    odd = {name for names in block.bad.values() for name in names}
    return [column for column in empty if column.name not in odd]


def _spoken(blocks: Sequence[Block]) -> Counter[tuple[str, str, str]]:
    """By frame, association and column, the rows that have a number other than 0."""
    spoken: Counter[tuple[str, str, str]] = Counter()
    for block in blocks:
        if block.frame in _BY_COMMUNE:
            for column in (column for column in block.sheet.columns if column.type in ("amount", "count")):
                values = zip(_associations(block), block.columns[column.name], strict=False)
                spoken.update((block.frame, code, column.name) for code, value in values if value)
    return spoken


def _associations(block: Block) -> Iterator[str]:
    constant = block.sheet.constants.get("association")
    for code in block.columns.get("association", [constant] * len(block.rows)):
        yield str(code or "")


def _said_elsewhere(block: Block, column: Column, spoken: Counter[tuple[str, str, str]]) -> int:
    """In how many rows another sheet has a number where this column is blank, at most."""
    if block.frame not in _BY_COMMUNE:
        return 0
    mine = set(_associations(block)) - {"99"}
    others = (frame for frame in _BY_COMMUNE if frame != block.frame)
    return max(sum(spoken[frame, code, column.name] for code in mine) for frame in others)


def _finding(file: str, table: Table, blank: Sequence[Column]) -> Finding:
    code, tab, column = "S-EMPTY-COLUMN", table.sheet.sheet, blank[0]
    return Finding(
        file=file, code=code, severity=severity_of(code), sheet=tab,
        cell=table.cell(table.header_row, column.name), row=table.header_row + 1, column=column.header,
        details={"columns": ", ".join(f"`{one.header}`" for one in blank)},
        key=f"{code}|{tab}|{'/'.join(one.name for one in blank)}",
    )  # fmt: skip
