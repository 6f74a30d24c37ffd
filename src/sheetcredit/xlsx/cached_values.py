"""The values that formula cells keep besides their text: taken out where they no longer hold, or put in."""

from __future__ import annotations

from typing import NamedTuple

from sheetcredit.xlsx.address import Area
from sheetcredit.xlsx.cells import CellContent, parse_cell
from sheetcredit.xlsx.formulas import FormulaCell
from sheetcredit.xlsx.scan import Cell, scan_sheet
from sheetcredit.xlsx.xml_bytes import Change, Origin, escape, prefix_of, with_attribute, without_attribute

_SAME = 1e-14
"""Two programs that add in another order differ in the last of fifteen digits."""


class Computed(NamedTuple):
    """A value as a spreadsheet program worked it out: the `t` attribute and the text of `v`."""

    kind: str
    text: str


def drop_cached(found: FormulaCell) -> list[Change]:
    """The changes that take the computed value out of a formula cell."""
    return _drop_value(found.cell, found.content)


def drop_filled(data: bytes, area: Area, origin: Origin) -> list[Change]:
    """The same for the cells that an array formula or a data table fills besides its first."""
    rows = range(area.top, area.bottom + 1)
    changes: list[Change] = []
    for cells in scan_sheet(data, rows, origin).cells.values():
        for cell in cells:
            if area.left <= cell.column <= area.right:
                content = parse_cell(data[cell.start : cell.end], origin)
                if content.formula is None:
                    changes += _drop_value(cell, content)
    return changes


def _drop_value(cell: Cell, content: CellContent) -> list[Change]:
    if content.shown is None:
        return []
    changes: list[Change] = [
        (cell.start + start, cell.start + end, b"") for start, end in content.value_spans
    ]
    if content.kind != "n":
        head = without_attribute(content.head, b"t")
        changes.append((cell.start, cell.start + len(content.head), head))
    return changes


def put_value(cell: Cell, content: CellContent, computed: Computed) -> list[Change]:
    """The changes that make a cell keep a value; none if it keeps it already."""
    if _keeps(content, computed):
        return []
    prefix = prefix_of(content.name)
    value = b"<%bv>%b</%bv>" % (prefix, escape(computed.text), prefix)
    head = without_attribute(content.head, b"t")
    if computed.kind != "n":
        head = with_attribute(head, b"t", computed.kind.encode())
    empty = content.head.endswith(b"/>")
    if empty:
        opened = head[:-2].rstrip() + b">"
        return [(cell.start, cell.end, opened + value + b"</" + content.name + b">")]
    changes = [] if head == content.head else [(cell.start, cell.start + len(content.head), head)]
    if content.value_spans:
        first, *rest = content.value_spans
        changes.append((cell.start + first[0], cell.start + first[1], value))
        changes += [(cell.start + start, cell.start + end, b"") for start, end in rest]
    else:
        at = cell.start + (content.formula.end if content.formula is not None else len(content.head))
        changes.append((at, at, value))
    return changes


def _keeps(content: CellContent, computed: Computed) -> bool:
    if content.kind != computed.kind or content.value is None:
        return False
    if content.value == computed.text:
        return True
    if computed.kind != "n":
        return False
    try:
        old, new = float(content.value), float(computed.text)
    except ValueError:
        return False
    return abs(old - new) <= _SAME * max(abs(old), abs(new))
