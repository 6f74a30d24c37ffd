"""The formulas of a sheet part: read in full, or only grouped by their text until one is needed.

A workbook has thousands of formulas and few of them depend on what is written. Those without attributes
(neither shared nor array) are kept as their place and their text, and a column of them that was filled down
counts as one text: its own row number gives way to a hole.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, cast

from sheetcredit.workbook.cells import CellContent, parse_cell
from sheetcredit.workbook.markup import Origin, unescape
from sheetcredit.workbook.references import HOLE, shift_formula
from sheetcredit.workbook.sheetscan import Cell, scan_sheet

FormulaKind = Literal["normal", "shared", "array", "dataTable"]

_PLAIN = re.compile(rb"<c [^<>]*><f>([^<]+)</f>")
_HOLE = HOLE.encode()


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
    """Shared and array formulas, data tables, and what is written in an unusual way."""
    plain: dict[bytes, list[Cell]]
    """Raw text, with a hole for the formula's own row number → the cells that hold it."""

    def __bool__(self) -> bool:
        return bool(self.special or self.plain)


def find_formulas(data: bytes, origin: Origin) -> list[FormulaCell]:
    """The formula cells of a sheet part (as UTF-8), shared formulas written out for each member."""
    return read_formulas(data, _formula_cells(data, origin), origin)


def find_grouped(data: bytes, origin: Origin) -> SheetFormulas:
    """The formulas of a sheet part (as UTF-8), the plain ones grouped by their text."""
    return group_formulas(data, _formula_cells(data, origin), origin)


def _formula_cells(data: bytes, origin: Origin) -> list[Cell]:
    # Whatever the prefix, a formula's tag ends in `f`; most sheets have none and are done here.
    if b"<f" not in data and b":f" not in data:
        return []
    return scan_sheet(data, None, origin).formulas


def group_formulas(data: bytes, cells: list[Cell], origin: Origin) -> SheetFormulas:
    """The formulas of cells that a scan has found, the plain ones grouped by their text."""
    special: list[Cell] = []
    plain: dict[bytes, list[Cell]] = {}
    for cell in cells:
        found = _PLAIN.match(data, cell.start)
        if found is None:
            special.append(cell)
        else:
            plain.setdefault(found[1].replace(b"%d" % cell.row, _HOLE), []).append(cell)
    return SheetFormulas(read_formulas(data, special, origin), plain)


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
