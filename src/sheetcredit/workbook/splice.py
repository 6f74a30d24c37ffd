"""Writing values into one sheet part: which bytes give way to which."""

from __future__ import annotations

from dataclasses import dataclass, field

from sheetcredit.model.errors import CannotPatch
from sheetcredit.workbook.address import Area, around, format_address
from sheetcredit.workbook.cells import CellContent, Written, parse_cell, render_cell
from sheetcredit.workbook.facts import SheetFacts, read_facts, refuse_blocked
from sheetcredit.workbook.formulas import FormulaCell, SheetFormulas, group_formulas, read_formulas
from sheetcredit.workbook.markup import (
    Change,
    Origin,
    Stored,
    prefix_of,
    raw_attributes,
    tag_name,
    with_attribute,
)
from sheetcredit.workbook.package import Package, SheetInfo
from sheetcredit.workbook.references import shift_formula
from sheetcredit.workbook.sheetscan import scan_sheet
from sheetcredit.workbook.spans import Cell, Row, SheetScan

Edits = dict[tuple[int, int], Written]
"""(row, column), both from 1 → the value."""


@dataclass(slots=True)
class SheetPatch:
    """The changes to one sheet part, as found before anything is written."""

    sheet: SheetInfo
    data: bytes
    """The part as UTF-8; all offsets are in it."""
    stored: Stored
    formulas: SheetFormulas
    edits: Edits = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    changed: set[tuple[int, int]] = field(default_factory=set)
    """The cells whose bytes differ from before."""
    overwritten: set[tuple[int, int]] = field(default_factory=set)
    """Those of them that held a formula."""


def plan_sheet(package: Package, sheet: SheetInfo, edits: Edits) -> SheetPatch:
    """Find the changes that write `edits` into a sheet.

    Raises `CannotPatch` when a cell belongs to a merged range, an array formula, a table's header and the
    like, and when the part is too irregular to be certain of the place.
    """
    data, stored = package.unpacked(sheet.part)
    origin = package.origin(sheet.part)
    scan = scan_sheet(data, {row for row, _ in edits}, origin)
    facts = read_facts(data, scan, origin)
    formulas = group_formulas(data, scan, origin)
    refuse_blocked(package, sheet, facts, formulas.special, list(edits))
    patch = SheetPatch(sheet, data, stored, formulas, edits)
    _Planner(patch, scan, facts, origin).run()
    return patch


class _Planner:
    """Walks the edits in sheet order and collects their changes."""

    def __init__(self, patch: SheetPatch, scan: SheetScan, facts: SheetFacts, origin: Origin) -> None:
        self.patch, self.scan, self.facts, self.origin = patch, scan, facts, origin
        self.data = patch.data
        self.prefix = prefix_of(tag_name(self.data, scan.start))
        self.new_rows: list[tuple[int, bytes]] = []

    def run(self) -> None:
        by_row: dict[int, dict[int, Written]] = {}
        for (row, column), written in sorted(self.patch.edits.items(), key=lambda edit: edit[0]):
            by_row.setdefault(row, {})[column] = written
        rows = {row.number: row for row in self.scan.rows if row.number in by_row}
        for number, edits in by_row.items():
            if number in rows:
                self.edit_row(rows[number], edits)
            else:
                self.add_row(number, edits)
        self.place_new_rows()
        self.extend_dimension()
        self.promote_shared_formulas()

    def edit_row(self, row: Row, edits: dict[int, Written]) -> None:
        cells = self.scan.cells.get(row.number, [])
        known = {cell.column: cell for cell in cells}
        empty = self.data[row.head_end - 2 : row.head_end] == b"/>"
        additions: list[tuple[int, bytes]] = []
        style = self.row_style(row) if edits.keys() - known.keys() else None
        for column, written in edits.items():
            if column in known:
                self.replace_cell(known[column], written)
            elif written.text is not None:
                rendered = self.new_cell(row.number, column, written, style)
                before = [cell.end for cell in cells if cell.column < column]
                additions.append((before[-1] if before else row.head_end, rendered))
        if empty and additions:
            head = self.data[row.start : row.head_end - 2].rstrip()
            name = tag_name(self.data, row.start)
            body = b"".join(rendered for _, rendered in additions)
            self.change(row.start, row.head_end, head + b">" + body + b"</" + name + b">")
        else:
            for at, rendered in additions:
                self.change(at, at, rendered)

    def add_row(self, number: int, edits: dict[int, Written]) -> None:
        cells = [
            self.new_cell(number, column, written, None)
            for column, written in edits.items()
            if written.text is not None
        ]
        if cells:
            name = self.prefix + b"row"
            row = b'<%b r="%d">%b</%b>' % (name, number, b"".join(cells), name)
            self.new_rows.append((number, row))

    def place_new_rows(self) -> None:
        """Missing rows go after the last row with a smaller number."""
        if not self.new_rows:
            return
        if self.data[self.scan.head_end - 2 : self.scan.head_end] == b"/>":
            head = self.data[self.scan.start : self.scan.head_end - 2].rstrip()
            name = tag_name(self.data, self.scan.start)
            body = b"".join(row for _, row in self.new_rows)
            self.change(self.scan.start, self.scan.head_end, head + b">" + body + b"</" + name + b">")
            return
        at, index = self.scan.head_end, 0
        for number, row in self.new_rows:
            while index < len(self.scan.rows) and self.scan.rows[index].number < number:
                at = self.scan.rows[index].end
                index += 1
            self.change(at, at, row)

    def replace_cell(self, cell: Cell, written: Written) -> None:
        raw = self.data[cell.start : cell.end]
        old = parse_cell(raw, self.origin)
        new = render_cell(written, format_address(cell.row, cell.column), old, None, self.prefix)
        if _same(old, raw, written, new):
            return
        self.change(cell.start, cell.end, new)
        self.patch.changed.add((cell.row, cell.column))
        if old.formula is not None:
            self.patch.overwritten.add((cell.row, cell.column))

    def new_cell(self, row: int, column: int, written: Written, row_style: str | None) -> bytes:
        self.patch.changed.add((row, column))
        style = row_style if row_style is not None else self.facts.column_style(column)
        return render_cell(written, format_address(row, column), None, style, self.prefix)

    def row_style(self, row: Row) -> str | None:
        """The style of a row's empty cells, when the row has one of its own."""
        attributes = {
            name: value.decode("utf-8", "replace")
            for name, value, _, _ in raw_attributes(self.data[row.start : row.head_end])
        }
        if attributes.get(b"customFormat") in ("1", "true", "on"):
            return attributes.get(b"s", "0")
        return None

    def extend_dimension(self) -> None:
        dimension = self.facts.dimension
        if dimension is None or not self.patch.changed:
            return
        try:
            area = Area.parse(dimension.attributes.get("ref", ""))
        except ValueError:
            return
        written = around(self.patch.changed)
        wider = area.extended(written.top, written.left).extended(written.bottom, written.right)
        if wider != area:
            tag = self.data[dimension.start : dimension.head_end]
            self.change(dimension.start, dimension.head_end, with_attribute(tag, b"ref", str(wider).encode()))

    def promote_shared_formulas(self) -> None:
        """When the first cell of a shared formula is overwritten, the next member carries the formula."""
        for found in self.patch.formulas.special:
            source, cell = found.content.formula, found.cell
            if (
                source is None
                or source.kind != "shared"
                or not source.text
                or (cell.row, cell.column) not in self.patch.overwritten
            ):
                continue
            others = self.patch.formulas.shared.get((source.shared_index or "").encode(), [])
            apart = read_formulas(self.data, others, self.origin)
            by_place = {one.cell.start: one for one in [*self.patch.formulas.special, *apart]}
            members = [by_place[at] for at in sorted(by_place) if self.is_heir(by_place[at], found)]
            if members:
                self.promote(found, members)

    def is_heir(self, one: FormulaCell, master: FormulaCell) -> bool:
        source, old = one.content.formula, master.content.formula
        return (
            source is not None
            and old is not None
            and source.kind == "shared"
            and not source.text
            and source.shared_index == old.shared_index
            and one.cell.start > master.cell.start
            and (one.cell.row, one.cell.column) not in self.patch.overwritten
        )

    def promote(self, master: FormulaCell, members: list[FormulaCell]) -> None:
        heir = members[0]
        source = heir.content.formula
        text = shift_formula(
            master.formula.text, heir.cell.row - master.cell.row, heir.cell.column - master.cell.column
        )
        if source is None or text is None or not text:
            raise CannotPatch(
                "E-SHARED-CELL",
                sheet=self.patch.sheet.name,
                cell=format_address(master.cell.row, master.cell.column),
                range=master.formula.ref,
            )
        area = Area(heir.cell.row, heir.cell.column, heir.cell.row, heir.cell.column)
        for one in members:
            area = area.extended(one.cell.row, one.cell.column)
        tag = with_attribute(source.tag, b"ref", str(area).encode())
        opened = tag[:-2].rstrip() + b">" if tag.endswith(b"/>") else tag
        name = tag_name(tag, 0)
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()
        self.change(
            heir.cell.start + source.start,
            heir.cell.start + source.end,
            opened + escaped + b"</" + name + b">",
        )

    def change(self, start: int, end: int, replacement: bytes) -> None:
        self.patch.changes.append((start, end, replacement))


def _same(old: CellContent, raw: bytes, written: Written, new: bytes) -> bool:
    """Whether the cell already reads exactly so. An empty cell may be written in two ways."""
    if raw == new:
        return True
    return written.text is None and old.formula is None and not old.value_spans and old.kind == "n"
