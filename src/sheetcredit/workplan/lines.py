"""The lines of `Kế hoạch` and `Nợ đến hạn` as people and the tool left them, each number exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sheetcredit.model.finding import Finding, severity_of
from sheetcredit.model.grid import Book, Grid
from sheetcredit.template.definition import Column, Sheet
from sheetcredit.template.frames import Block, read_table
from sheetcredit.template.locate import Table, locate_table
from sheetcredit.template.reading import Reading
from sheetcredit.template.values import BOUND_CODES, exact, keeps
from sheetcredit.workplan.definition import added_sheets, load_workplan

Key = tuple[str, str, str, str]
"""Commune, association, kind of work (its name) and subject; empty where a line names none."""


@dataclass(frozen=True, slots=True)
class WorkLine:
    """One line of a sheet of version 2: its zero-based row, and its values by column; numbers are Decimal.

    Amounts are in the unit of the workbook.
    """

    row: int
    values: Mapping[str, object] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A text or code; empty where the cell is."""
        return str(self.values.get(name) or "")

    def number(self, name: str) -> Decimal | None:
        """A number; None where the cell is empty or cannot be read."""
        value = self.values.get(name)
        return value if isinstance(value, Decimal) else None

    @property
    def key(self) -> Key:
        """What tells the line from others of `Kế hoạch`."""
        commune, association, kind, subject = map(self.text, ("commune", "association", "kind", "subject"))
        return commune, association, kind, subject

    @property
    def left(self) -> Decimal:
        """What is planned and not done."""
        return max((self.number("planned") or Decimal(0)) - (self.number("done") or Decimal(0)), Decimal(0))

    @property
    def proposed_only(self) -> bool:
        """Whether nobody has typed anything into it beside what the tool proposed."""
        typed = ("done", "month", "person", "note", "since")
        own = self.number("proposed") is not None and self.number("planned") == self.number("proposed")
        return own and not any(map(self.values.get, typed))


@dataclass(frozen=True, slots=True)
class WorkSheet:
    """A sheet of version 2 in a workbook: its definition, where its table lies, its lines, what was odd."""

    file: str
    sheet: Sheet
    grid: Grid
    table: Table | None
    lines: tuple[WorkLine, ...]
    findings: tuple[Finding, ...]

    def cell(self, row: int, name: str) -> str | None:
        """The address of a column in a zero-based row."""
        has = self.table is not None and name in self.table.columns
        return self.table.cell(row, name) if self.table is not None and has else None

    def finding(self, line: WorkLine, name: str, code: str, **details: object) -> Finding:
        """A finding on a cell of a line."""
        key = "/".join((*line.key, line.text("month"))) if self.sheet.id == "maturing" else "/".join(line.key)
        return Finding(
            file=self.file, code=code, severity=severity_of(code),
            sheet=self.sheet.sheet, cell=self.cell(line.row, name), row=line.row + 1,
            column=self.sheet.column(name).header, value=line.number(name) or line.text(name) or None,
            details=details, key=f"{code}|{self.sheet.sheet}|{key}|{name}",
        )  # fmt: skip


def work_sheets(reading: Reading) -> dict[str, WorkSheet]:
    """By id, the sheets of version 2 that a workbook has: none in one of version 1."""
    found = {}
    for sheet in added_sheets():
        grid = _grid(reading.book, sheet)
        if grid is not None:
            found[sheet.id] = _read(reading, sheet, grid)
    return found


def _grid(book: Book, sheet: Sheet) -> Grid | None:
    return next((grid for name in (sheet.sheet, *sheet.aliases) if (grid := book.grid(name))), None)


def _read(reading: Reading, sheet: Sheet, grid: Grid) -> WorkSheet:
    located = locate_table(reading.file, sheet, grid, load_workplan().conventions)
    if located.table is None:
        return WorkSheet(reading.file, sheet, grid, None, (), located.findings)
    typed = read_table(reading.file, located.table, reading.info.unit)
    (block, *_) = typed.blocks
    lines = tuple(_lines(located.table, block))
    findings = (*located.findings, *typed.findings)
    return WorkSheet(reading.file, sheet, grid, located.table, lines, findings)


def _lines(table: Table, block: Block) -> Sequence[WorkLine]:
    lines = []
    for index, row in enumerate(block.rows):
        bad = block.bad.get(index, frozenset())
        values = {
            column.name: _value(block.columns[column.name][index], column)
            for column in table.sheet.columns if column.name not in bad
        }  # fmt: skip
        lines.append(WorkLine(row - 1, values))
    return lines


def _value(value: object, column: Column) -> object:
    return exact(value) if isinstance(value, float) and column.numeric else value


def broken_bounds(sheet: WorkSheet) -> list[Finding]:
    """The values that break a check of their column: negative amounts, months of another form."""
    found = []
    for line in sheet.lines:
        for column in sheet.sheet.columns:
            value = line.values.get(column.name)
            if value is None and column.required and column.name in line.values:
                found.append(sheet.finding(line, column.name, "V-REQUIRED", column=column.header))
            checked = float(value) if isinstance(value, Decimal) else value
            for check in load_workplan().checks_of(column):
                if not keeps(checked, check):
                    code = BOUND_CODES.get(check.check, "V-RANGE")
                    found.append(sheet.finding(line, column.name, code, rule=check.rule.both()))
    return found
