"""The formulas of a sheet part: read in full, or only grouped by their text until one is needed.

A workbook has thousands of formulas and few of them depend on what is written. Those without attributes
(neither shared nor array) are kept as their place and their text, and a column of them that was filled down
counts as one text: its own row number gives way to a hole.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, cast

from sheetcredit.xlsx.cells import CellContent, parse_cell
from sheetcredit.xlsx.references import shift_formula
from sheetcredit.xlsx.scan import HOLE, Cell, SheetScan, scan_sheet
from sheetcredit.xlsx.xml_bytes import Origin, escape, unescape

FormulaKind = Literal["normal", "shared", "array", "dataTable"]


class Formula(NamedTuple):
    """A formula cell."""

    text: str
    """Without the leading `=`. A member of a shared formula shows its own text; empty if it has none."""
    kind: FormulaKind
    cached: str | None
    """The value some program computed and stored; None when there is none."""
    ref: str | None = None
    """The cells that an array formula, a data table or the first cell of a shared formula covers."""


class FormulaCell(NamedTuple):
    """A formula cell with its bytes, for those who edit the part."""

    cell: Cell
    content: CellContent
    formula: Formula


class SheetFormulas(NamedTuple):
    """The formulas of a part, the plain ones unread."""

    special: list[FormulaCell]
    """Array formulas, data tables, the first cell of each shared formula, and anything unusual."""
    plain: dict[bytes, list[Cell]]
    """Raw text, with a hole for the formula's own row number → the cells that hold or share it."""
    shared: dict[bytes, list[Cell]]
    """Number of a shared formula → the cells that only point at it; they stand in one of the others too."""

    def __bool__(self) -> bool:
        return bool(self.special or self.plain)


def find_formulas(data: bytes, origin: Origin) -> list[FormulaCell]:
    """The formula cells of a sheet part (as UTF-8), shared formulas written out for each member."""
    scan = _formula_scan(data, origin)
    return [] if scan is None else read_formulas(data, scan.formulas, origin)


def find_grouped(data: bytes, origin: Origin) -> SheetFormulas:
    """The formulas of a sheet part (as UTF-8), the plain ones grouped by their text."""
    scan = _formula_scan(data, origin)
    return SheetFormulas([], {}, {}) if scan is None else group_formulas(data, scan, origin)


def _formula_scan(data: bytes, origin: Origin) -> SheetScan | None:
    # Whatever the prefix, a formula's tag ends in `f`; most sheets have none and are done here.
    table, end = max(data.find(b"sheetData"), 0), data.rfind(b"sheetData")
    if not data.startswith(b"</", data.rfind(b"<", table, end)):  # it is not closed there
        end = len(data)
    if data.find(b"f", table, end) < 0 or (
        data.find(b"<f", table, end) < 0 and data.find(b":f", table, end) < 0
    ):
        return None
    return scan_sheet(data, None, origin)


def group_formulas(data: bytes, scan: SheetScan, origin: Origin) -> SheetFormulas:
    """The formulas that a scan has found, the plain ones grouped by their text."""
    special = read_formulas(data, scan.special, origin)
    plain, apart = dict(scan.plain), []
    for number, members in scan.shared.items():
        firsts = [
            one
            for one in special
            if (source := one.content.formula) is not None and source.shared_index == number.decode()
        ]
        text = _filled_down(firsts[0], members) if len(firsts) == 1 else None
        if text is None:
            apart += members
        else:
            plain[text] = [*plain.get(text, ()), *members]
    if apart:
        special = read_formulas(data, sorted([*scan.special, *apart], key=lambda cell: cell.start), origin)
    return SheetFormulas(special, plain, scan.shared)


def _filled_down(first: FormulaCell, members: list[Cell]) -> bytes | None:
    """The text of a shared formula with holes, if all its cells differ in their own row only."""
    text, at = first.formula.text, first.cell
    if not text or any(cell.column != at.column or cell.start < at.start for cell in members):
        return None
    pattern = text.replace(str(at.row), HOLE.decode())
    last = members[-1].row
    same = last != at.row and shift_formula(text, last - at.row, 0) == pattern.replace(
        HOLE.decode(), str(last)
    )
    return escape(pattern) if same else None


def pattern_text(raw: bytes, origin: Origin) -> str:
    """The text of a group as one reads it; its hole stands for the row."""
    try:
        return unescape(raw)
    except (ValueError, OverflowError):
        # Bytes that are not UTF-8, or a reference to a character that does not exist.
        origin.unreadable()


def read_formulas(data: bytes, cells: list[Cell], origin: Origin) -> list[FormulaCell]:
    """The formulas of cells that a scan has found."""
    masters: dict[str, tuple[str, Cell]] = {}
    found: list[FormulaCell] = []
    for cell in cells:
        content = parse_cell(data[cell.start : cell.end], origin)
        source = content.formula
        if source is None:
            continue
        text = source.text
        if source.kind == "shared" and source.shared_index is not None:
            if text:
                masters[source.shared_index] = (text, cell)
            elif source.shared_index in masters:
                text, master = masters[source.shared_index]
                text = shift_formula(text, cell.row - master.row, cell.column - master.column) or ""
        formula = Formula(text, cast(FormulaKind, source.kind), content.shown, source.ref)
        found.append(FormulaCell(cell, content, formula))
    return found
