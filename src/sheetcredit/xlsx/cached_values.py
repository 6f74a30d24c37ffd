"""The values that formula cells keep besides their text: which no longer hold, and what they are now."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from operator import itemgetter
from types import MappingProxyType
from typing import NamedTuple

from sheetcredit.xlsx.cells import CellContent, Computed, parse_cell
from sheetcredit.xlsx.dependents import AreaRead, FormulaGraph, FormulaGroup
from sheetcredit.xlsx.formulas import SheetFormulas, by_place, find_formulas, formula_text
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.scan import CellSpan, cells_of_rows, find_usual
from sheetcredit.xlsx.xml_bytes import Change, Origin, escape, prefix_of, with_attribute, without_attribute

_TYPE = re.compile(rb' t="([A-Za-z]+)"')
_SAME = 1e-14
"""Two programs that add in another order differ in the last of fifteen digits."""
_MANY = 100
"""Formulas of a group from which on their areas are taken as one."""
_NOTHING = 1e-9
"""What is left of a sum that should be zero."""


class WrongCachedValue(NamedTuple):
    """A formula whose cached value is not what it computes: missing, out of date, or a 0 nobody computed."""

    sheet: str
    row: int
    column: int
    formula: str
    """Without the leading `=`."""
    cached: str | None
    computed: Computed


def wrong_cached_values(package: Package, sheets: Collection[str]) -> list[WrongCachedValue]:
    """The formulas of some sheets whose cached value contradicts what they compute, in the order of the book.

    Formulas that are not computed for certain are left out: other functions, the time of day, links.
    """
    formulas = formulas_by_sheet(package)
    graph = FormulaGraph(package, formulas, {})
    values = by_sheet(computed_values(package, graph, graph.all_formulas(), {}))
    found = []
    for index, sheet in enumerate(package.sheets):
        if sheet.name not in sheets or index not in values:
            continue
        for (row, column), one in by_place(formulas[index], package.origin(sheet.part)).items():
            value = values[index].get((row, column))
            if value is not None and not _agrees(one.cached, value):
                found.append(WrongCachedValue(sheet.name, row, column, one.text, one.cached, value))
    return found


def _agrees(cached: str | None, computed: Computed) -> bool:
    if cached is None or computed.kind != "n":
        return cached == computed.text
    try:
        return math.isclose(float(cached), float(computed.text), rel_tol=_SAME, abs_tol=_NOTHING)
    except ValueError:
        return False


def formulas_by_sheet(
    package: Package, known: Mapping[int, SheetFormulas] = MappingProxyType({})
) -> dict[int, SheetFormulas]:
    """The formulas of every worksheet that has any, by its index; `known` are those read already."""
    found = {
        index: known[index]
        if index in known
        else find_formulas(package.text(sheet.part), package.origin(sheet.part))
        for index, sheet in enumerate(package.sheets)
        if sheet.kind == "worksheet"
    }
    return {index: formulas for index, formulas in found.items() if formulas}


def computed_values(
    package: Package,
    graph: FormulaGraph,
    wanted: Mapping[FormulaGroup, set[int]],
    texts: Mapping[int, bytes],
    *,
    momentary: bool = False,
) -> dict[FormulaGroup, dict[int, Computed | None]]:
    """What formulas compute; None for those that nobody here can compute for certain, or that read one.

    `texts` are new sheet parts, by index of the sheet. `momentary`: also the time of day and random numbers.
    """
    from sheetcredit.xlsx import engine  # noqa: PLC0415 - takes 30 ms, where a formula is asked about

    asked = _with_doubtful(graph, wanted)
    values = engine.compute(package, asked, texts, momentary=momentary)
    unknown = {
        (group.sheet, *cell)
        for group, members in asked.items()
        for member in members - values.get(group, {}).keys()
        for cell in group.filled_cells(member)
    }
    reached = graph.dependents(unknown) if unknown else {}
    return {
        group: {
            member: None if member in reached.get(group, ()) else values.get(group, {}).get(member)
            for member in members
        }
        for group, members in wanted.items()
    }


def by_sheet(
    values: Mapping[FormulaGroup, Mapping[int, Computed | None]],
) -> dict[int, dict[tuple[int, int], Computed | None]]:
    """Values by index of the sheet, then by row and column."""
    found: dict[int, dict[tuple[int, int], Computed | None]] = {}
    for group, members in values.items():
        cells = found.setdefault(group.sheet, {})
        for member, value in members.items():
            cells[group.cells[member]] = value
    return found


def _with_doubtful(
    graph: FormulaGraph, wanted: Mapping[FormulaGroup, set[int]]
) -> Mapping[FormulaGroup, set[int]]:
    """The formulas, and all that they read whose own cached value may be wrong: to be computed as well."""
    found = {group: set(members) for group, members in wanted.items()}
    doubtful = _DoubtfulCells(graph)
    pending = list(wanted.items())
    while pending:
        group, members = pending.pop()
        added: dict[FormulaGroup, set[int]] = {}
        for other, member in doubtful.taken(group, members):
            if member not in found.get(other, ()):
                added.setdefault(other, set()).add(member)
        for other, more in added.items():
            found.setdefault(other, set()).update(more)
            pending.append((other, more))
    return found


class _DoubtfulCells:
    """The formulas whose cached value may be wrong, by their place; each is given out once."""

    def __init__(self, graph: FormulaGraph) -> None:
        cells: dict[tuple[int, int], list[tuple[int, FormulaGroup, int]]] = {}
        for group, members in graph.doubtful().items():
            for member in members:
                row, column = group.cells[member]
                cells.setdefault((group.sheet, column), []).append((row, group, member))
        self._owners = {column: sorted(owners, key=itemgetter(0)) for column, owners in cells.items()}
        self._rows = {column: [row for row, _, _ in owners] for column, owners in self._owners.items()}

    def taken(self, group: FormulaGroup, members: Collection[int]) -> Iterator[tuple[FormulaGroup, int]]:
        """Those that some formulas of a group read, or a few more."""
        if group.reads is None:
            yield from [(one, member) for owners in self._owners.values() for _, one, member in owners]
            self._owners, self._rows = {}, {}
            return
        for read in group.reads:
            ranges = group.ranges(read, members)
            if len(ranges) > _MANY:
                ranges = [(min(top for top, _ in ranges), max(bottom for _, bottom in ranges))]
            for place in self._columns(read):
                rows, owners = self._rows[place], self._owners[place]
                for top, bottom in ranges:
                    low, high = bisect_left(rows, top), bisect_right(rows, bottom)
                    yield from [(one, member) for _, one, member in owners[low:high]]
                    del rows[low:high], owners[low:high]

    def _columns(self, read: AreaRead) -> list[tuple[int, int]]:
        if read.right - read.left > len(self._rows):
            return [one for one in self._rows if one[0] == read.sheet and read.left <= one[1] <= read.right]
        columns = ((read.sheet, column) for column in range(read.left, read.right + 1))
        return [one for one in columns if one in self._rows]


def cached_value_changes(
    data: bytes,
    formulas: SheetFormulas,
    values: Mapping[tuple[int, int], Computed | None],
    origin: Origin,
) -> dict[tuple[int, int], list[Change]]:
    """The changes, cell by cell, that give formulas of a part other cached values; None takes one out."""
    special = {(one.cell.row, one.cell.column): one for one in formulas.special}
    areas = [special[place].area(origin) for place in special.keys() & values.keys()]
    filled = [area for area in areas if area is not None and area.size > 1]
    inside = {place for place in values if any(area.holds(*place) for area in filled)} if filled else set()
    usual = [place for place in values if place not in special and place not in inside]
    changes = {
        (cell.row, cell.column): _usual_change(match, values[cell.row, cell.column], origin)
        for cell, match in find_usual(data, usual, origin)
    }
    cells = {place: one.cell for place, one in special.items() if place in values}
    rows = {row for area in filled for row in range(area.top, area.bottom + 1)}
    for cell in cells_of_rows(data, rows, origin) if rows else ():
        if any(area.holds(cell.row, cell.column) for area in filled):
            cells.setdefault((cell.row, cell.column), cell)
    for place, cell in cells.items():
        content = parse_cell(data[cell.start : cell.end], origin)
        if place in values or content.formula is None:
            new = values.get(place)
            changes[place] = _drop_value(cell, content) if new is None else put_value(cell, content, new)
    return {place: change for place, change in changes.items() if change}


def _usual_change(match: re.Match[bytes], computed: Computed | None, origin: Origin) -> list[Change]:
    """The same for a formula written in the usual way, whose pieces are known."""
    _, _, attributes, _, _, stored = match.groups()
    kind, others = _without_type(attributes)
    value = None if stored is None else formula_text(stored[len(b"<v>") : -len(b"</v>")], origin)
    if computed is None:
        if not value and (value is None or kind != "str"):
            return []
        head, new = others, b""
    else:
        if _same_value(kind, value, computed):
            return []
        head = others if computed.kind == "n" else b'%b t="%b"' % (others, computed.kind.encode())
        new = b"<v>%b</v>" % escape(computed.text)
    at = match.end() - len(b"</c>") - len(stored or b"")
    changes = [(at, at + len(stored or b""), new)]
    if kind != ("n" if computed is None else computed.kind):
        changes.append((*match.span(3), head))
    return changes


@lru_cache(maxsize=256)
def _without_type(attributes: bytes) -> tuple[str, bytes]:
    """The type that a cell's attributes say, and the others."""
    stated = _TYPE.search(attributes)
    return ("n", attributes) if stated is None else (stated[1].decode(), _TYPE.sub(b"", attributes))


def _drop_value(cell: CellSpan, content: CellContent) -> list[Change]:
    if content.shown is None:
        return []
    changes: list[Change] = [
        (cell.start + start, cell.start + end, b"") for start, end in content.value_spans
    ]
    if content.kind != "n":
        head = without_attribute(content.head, b"t")
        changes.append((cell.start, cell.start + len(content.head), head))
    return changes


def put_value(cell: CellSpan, content: CellContent, computed: Computed) -> list[Change]:
    """The changes that make a cell keep a value; none if it keeps it already."""
    if _same_value(content.kind, content.value, computed):
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


def _same_value(kind: str, value: str | None, computed: Computed) -> bool:
    if kind != computed.kind or value is None:
        return False
    if value == computed.text:
        return True
    if computed.kind != "n":
        return False
    try:
        old, new = float(value), float(computed.text)
    except ValueError:
        return False
    return abs(old - new) <= _SAME * max(abs(old), abs(new))
