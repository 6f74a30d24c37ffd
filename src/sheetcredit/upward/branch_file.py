"""The branch workbook as a file: made anew, or filled where it is, so that nothing of its user is lost.

A workbook that has the same offices, programmes and sources as before is filled cell by cell: everything
else in it stays byte for byte. When rows come or go it is built anew; the explanations and the details that
were filled in move over, and the old file is kept beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import msgspec

from sheetcredit.branch_report import branch_rulebook
from sheetcredit.figures.filling import Beside, CellEdit, Edits, filled_cells
from sheetcredit.model.errors import CannotWrite
from sheetcredit.model.grid import Book, address
from sheetcredit.outcome import Report
from sheetcredit.template.build import Built, Content, built_workbook
from sheetcredit.template.definition import Office
from sheetcredit.template.locate import Table
from sheetcredit.template.reading import Reading, understand
from sheetcredit.upward.arrivals import Arrivals
from sheetcredit.workbook.guard import write_new
from sheetcredit.workbook.packing import packed
from sheetcredit.workbook.patch import patch_cells
from sheetcredit.workbook.sums import with_sums

_OF_THE_USER = ("share_rounding", "prepared_by", "checked_by", "director", "send_to")
_SPARE_LINES = 200


@dataclass(frozen=True, slots=True)
class Written:
    """Where the workbook is, and where the one before it was kept if it was built anew."""

    path: Path
    kept: Path | None


@dataclass(frozen=True, slots=True)
class BranchFile:
    """A branch workbook about to be written: the file to be, and the one that is there.

    `reading` is what the new one (`built`) says, with the explanations of the old one in its `Kiểm tra`.
    """

    out: Path
    fresh: Reading
    old: Reading | None
    reading: Reading
    built: Built

    def write(self, report: Report, beside: Beside) -> Written:
        """The report's figures and findings filled in, and the file put in its place."""
        office = branch_rulebook().office
        if self.old is not None:
            changed = _changed_cells(self.fresh, self.old)
            if changed is not None:
                edits = _together(changed, filled_cells(office, self.old, report, beside=beside))
                return Written(patch_cells(self.out, edits), None)
        kept = _keep(self.out) if self.old is not None else None
        edits = filled_cells(office, self.fresh, report, beside=beside)
        write_new(self.out, packed(partial(self.built.write_parts, edits)))
        return Written(self.out, kept)


def details_of_user(old: Reading | None) -> dict[str, object]:
    """What the user filled in on `Thông tin`, to be carried over."""
    values: Mapping[str, object] = old.info.values if old else {}
    return {name: values[name] for name in _OF_THE_USER if values.get(name)}


def prepare(
    out: Path, content: Content, old: Reading | None, arrivals: Arrivals, findings: int
) -> BranchFile:
    """The workbook built, as it would be read, with room for that many findings.

    Raises:
        CannotWrite: what is at `out` is of another branch or period.
    """
    if old is not None and (old.info.office, old.info.period) != (arrivals.owner.code, arrivals.period):
        raise CannotWrite(
            "E-OUT-OTHER", path=out, office=old.info.office or "?", period=old.info.period or "?",
            wanted=f"{arrivals.owner.code}, {arrivals.period}",
        )  # fmt: skip
    office = branch_rulebook().office
    built = built_workbook(content, with_room(office, findings), "branch")
    grids = {name: with_sums(grid) for name, grid in built.book.grids.items()}
    fresh = understand(replace(built.book, path=str(out), grids=grids), office)
    reading = fresh if old is None else replace(fresh, book=_with_explanations(fresh.book, old.book, office))
    return BranchFile(out, fresh, old, reading, built)


def with_room(office: Office, findings: int) -> Office:
    """The template with formatted lines for that many findings, and some to spare."""
    sheets = (
        msgspec.structs.replace(sheet, styled_rows=max(sheet.styled_rows, findings + _SPARE_LINES))
        if sheet.id == "findings"
        else sheet
        for sheet in office.sheets
    )
    return msgspec.structs.replace(office, sheets=tuple(sheets))


def _with_explanations(book: Book, old: Book, office: Office) -> Book:
    name = office.sheet("findings").sheet
    grid = old.grid(name)
    return book if grid is None else replace(book, grids={**book.grids, name: grid})


def _changed_cells(fresh: Reading, old: Reading) -> Edits | None:
    """The cells of the old workbook's tables that say something else now; None when rows came or went."""
    edits: Edits = {}
    for name, table in fresh.tables.items():
        there = old.tables.get(name)
        if there is None or not table.columns.keys() <= there.columns.keys():
            return None
        rows, others = _by_key(table), _by_key(there)
        if rows is None or others is None or rows.keys() != others.keys():
            return None
        pairs = [(rows[key], others[key]) for key in rows]
        if table.total_row is not None and there.total_row is not None:
            pairs.append((table.total_row, there.total_row))
        edits[there.grid.sheet] = dict(_cells(table, there, pairs))
    return edits


def _by_key(table: Table) -> dict[tuple[str, ...], int] | None:
    """The rows by their codes; None where two have the same."""
    places = [table.columns[name] for name in table.sheet.key]
    rows = {tuple(table.grid.text(row, place) for place in places): row for row in table.rows}
    return rows if len(rows) == len(table.rows) else None


def _cells(table: Table, there: Table, pairs: list[tuple[int, int]]) -> Iterator[tuple[str, CellEdit]]:
    for row, other in pairs:
        for name, place in table.columns.items():
            value, column = table.grid.value(row, place), there.columns[name]
            if (other, column) not in there.grid.formulas and value != there.grid.value(other, column):
                yield address(other, column), value  # type: ignore[misc]


def _together(one: Edits, other: Edits) -> Edits:
    merged = {sheet: dict(cells) for sheet, cells in one.items() if cells}
    for sheet, cells in other.items():
        merged.setdefault(sheet, {}).update(cells)
    return merged


def _keep(out: Path) -> Path:
    """The old file under a free name beside it."""
    number = 1
    while (kept := out.with_name(f"{out.stem} (bản trước {number}){out.suffix}")).exists():
        number += 1
    return write_new(kept, out.read_bytes())
