"""Proposals written into `Kế hoạch`: what people typed stays, what only the tool wrote follows the data.

A plan is the tool's own as long as it equals `Công cụ đề xuất` beside it. A line that nobody touched and that
no longer follows from the data is emptied; one that somebody touched stays, whatever the data says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.model.errors import BadUsage, CannotWrite
from sheetcredit.model.grid import CellValue, Grid
from sheetcredit.model.text import harmless
from sheetcredit.rulebook import Rulebook, our_rulebook
from sheetcredit.workbooks import other_reports, read_office
from sheetcredit.workplan.definition import load_works
from sheetcredit.workplan.lines import Key, WorkLine, WorkSheet, work_sheets
from sheetcredit.workplan.propose import Proposer, WorkProposal
from sheetcredit.xlsx.patch import patch_cells

Value = Decimal | str | None
Cells = dict[str, Value]
LEAST = ("commune", "association", "kind", "subject", "planned", "basis", "proposed")
"""Columns without which nothing is written: where staff deleted one, nobody could tell lines apart."""


@dataclass(frozen=True, slots=True)
class FilledPlan:
    """What came of it: the file, how many lines are proposed, new, changed and emptied, and kept as typed."""

    path: Path
    proposed: int = 0
    added: int = 0
    changed: int = 0
    emptied: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True)
class _Names:
    """What communes and associations are called on a day."""

    catalogues: Catalogues
    day: date
    office: str | None

    def columns(self, key: Key, counted: str) -> Cells:
        """The columns of a new line that only say in words what its codes say."""
        commune, association, kind, subject = key
        name = self.catalogues.name_of
        return {
            "commune": commune or None,
            "commune_name": harmless(name("communes", commune, self.day, office=self.office)) or None,
            "association": association or None,
            "association_name": harmless(name("associations", association, self.day)) or None,
            "kind": kind,
            "subject": harmless(subject) or None,
            "counted": counted,
        }


def fill_plan(path: Path, out: Path | None = None, rulebook: Rulebook | None = None) -> FilledPlan:
    """The proposals of a workbook written into its `Kế hoạch`, in place or at `out`.

    Raises:
        CannotRead, NotOurTemplate: it cannot be read, or is no office's workbook.
        BadUsage: it has no such sheet, or one whose table cannot be told.
        CannotWrite: it cannot be written, or the sheet has no room for more lines.
    """
    book = rulebook or our_rulebook()
    reading = read_office(path, book)
    sheets = work_sheets(reading)
    sheet = sheets.get("work")
    if sheet is None:
        raise BadUsage("E-NO-WORKPLAN", path=path)
    if sheet.table is None or any(name not in sheet.table.columns for name in LEAST):
        raise BadUsage("E-WORKPLAN-TABLE", path=path, sheet=sheet.sheet.sheet)
    before = other_reports([reading], book, None, [out]).previous.get(reading.file)
    proposer = Proposer(reading, before, book.catalogues, sheets.get("maturing"))
    names = _Names(book.catalogues, reading.info.day, reading.info.office)
    edits = _Edits(sheet, names, reading.info.unit_name)
    counts = edits.of(proposer.proposals(), proposer)
    cells = {sheet.grid.sheet: edits.cells}
    if (signed := sheets.get("signed")) is not None and signed.table is not None:
        cells[signed.grid.sheet] = _Edits(signed, names, "").register(proposer.minutes())
    place = patch_cells(path, cells, out, digest=reading.book.digest)
    return FilledPlan(place, *counts)


class _Edits:
    """The cells that proposals change in one sheet."""

    def __init__(self, sheet: WorkSheet, names: _Names, unit_name: str) -> None:
        self.cells: Cells = {}
        self._sheet, self._names, self._unit_name = sheet, names, unit_name

    def of(self, proposals: Sequence[WorkProposal], proposer: Proposer) -> tuple[int, int, int, int, int]:
        """How many lines are proposed, new, changed, emptied and kept as typed."""
        works = load_works()
        lines = {line.key: line for line in reversed(self._sheet.lines)}
        wanted = {proposal.key(works): proposal for proposal in proposals}
        changed = kept = 0
        for key, proposal in wanted.items():
            if key in lines:
                was_changed, was_kept = self._update(lines[key], proposal)
                changed, kept = changed + was_changed, kept + was_kept
        new = [key for key in wanted if key not in lines]
        for row, key in zip(self._free_rows(len(new)), new, strict=True):
            self._write(row, self._names.columns(key, self._counted(wanted[key])))
            self._write(row, _own(wanted[key]))
        emptied = self._without_reason(wanted.keys(), proposer)
        return len(wanted), len(new), changed, emptied, kept

    def register(self, minutes: Mapping[tuple[str, str], int]) -> Cells:
        """The lines of `Giấy đã ký`: one for each commune and association, with how many groups it has."""
        lines = {(line.text("commune"), line.text("association")): line for line in self._sheet.lines}
        new = [place for place in minutes if place not in lines]
        for place, line in lines.items():
            count = minutes.get(place)
            if count is not None and line.number("lists") != count:
                self._write(line.row, {"lists": Decimal(count)})
        for row, place in zip(self._free_rows(len(new)), new, strict=True):
            self._write(row, self._names.columns((*place, "", ""), ""))
            self._write(row, {"lists": Decimal(minutes[place])})
        return self.cells

    def _counted(self, proposal: WorkProposal) -> str:
        work = load_works().works[proposal.kind]
        return self._unit_name if work.amount else work.counted

    def _update(self, line: WorkLine, proposal: WorkProposal) -> tuple[bool, bool]:
        """Whether a cell changed, and whether a plan that somebody typed was kept."""
        planned = line.number("planned")
        typed = planned is not None and planned != line.number("proposed")
        wanted = _own(proposal) if not typed else {"basis": proposal.basis}
        different = {name: value for name, value in wanted.items() if not _same(line, name, value)}
        self._write(line.row, different)
        return bool(different), typed

    def _without_reason(self, wanted: Iterable[Key], proposer: Proposer) -> int:
        """Lines that nobody touched and that follow from nothing any more; their tables are filled in."""
        works, count = load_works(), 0
        kept = set(wanted)
        for line in self._sheet.lines:
            kind = works.kind_of(line.text("kind"))
            gone = kind is not None and line.key not in kept and line.proposed_only
            if gone and kind is not None and proposer.fed(kind):
                held = (name for name, value in line.values.items() if value is not None)
                self._write(line.row, dict.fromkeys(held))
                count += 1
        return count

    def _write(self, row: int, values: Mapping[str, Value]) -> None:
        for name, value in values.items():
            if (cell := self._sheet.cell(row, name)) is not None:
                self.cells[cell] = value

    def _free_rows(self, count: int) -> list[int]:
        """The next empty rows below the last line; what people wrote below the table is never written over.

        Raises:
            CannotWrite: there are not enough.
        """
        grid, sheet = self._sheet.grid, self._sheet
        lines = [line.row for line in sheet.lines]
        first = max(lines, default=self._first_row() - 1) + 1
        rows = range(first, first + count)
        if any(grid.value(row, place) is not None for row in rows for place in range(len(_line(grid, row)))):
            raise CannotWrite(
                "E-WORKPLAN-ROOM", path=sheet.file, sheet=grid.sheet, row=first + 1, count=count
            )
        return list(rows)

    def _first_row(self) -> int:
        """The row below the headers, and below their line of numbers."""
        table, grid = self._sheet.table, self._sheet.grid
        row = table.header_row + 1 if table else 0
        while any(
            str(grid.value(row, place) or "").startswith("(") for place in range(len(_line(grid, row)))
        ):
            row += 1
        return row


def _line(grid: Grid, row: int) -> Sequence[CellValue]:
    return grid.rows[row] if row < len(grid.rows) else ()


def _own(proposal: WorkProposal) -> Cells:
    """The columns that follow the data."""
    return {
        "planned": proposal.planned, "basis": harmless(proposal.basis), "proposed": proposal.planned
    }  # fmt: skip


def _same(line: WorkLine, name: str, value: Value) -> bool:
    held = line.number(name) if isinstance(value, Decimal) else line.text(name)
    return held == value
