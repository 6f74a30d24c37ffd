"""Which formulas depend on the cells that were written, directly or through others.

What cannot be followed counts as dependent: a value computed once too often does no harm, a stale one does.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sheetcredit.xlsx.address import Area
from sheetcredit.xlsx.formulas import FormulaCell, SheetFormulas, pattern_text, read_formulas
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.references import (
    HOLE,
    References,
    area_in_row,
    moves,
    scan_pattern,
    scan_references,
    shift_formula,
    stays_in_row,
)
from sheetcredit.xlsx.scan import Cell
from sheetcredit.xlsx.sheet_features import formula_area

Place = tuple[int, int, int]
"""Index of the sheet, row and column."""

_SMALL = 16
"""Areas of at most so many cells are looked up cell by cell, larger ones by comparing bounds."""
_MAX_WAVES = 500
_MAX_FILLED = 100_000
_MAX_DEPTH = 32
_Reads = list[tuple[int, Area]] | None
"""What is read: areas with the index of their sheet; None means everything."""


class _Group:
    """Formulas that read the same, but for the row they stand in; often there is only one."""

    __slots__ = ("_by_row", "cells", "filled", "found", "sheet", "stale")

    def __init__(self, sheet: int, cells: list[Cell], found: FormulaCell | None = None) -> None:
        self.sheet, self.cells, self.found = sheet, cells, found
        self.filled: Area | None = None
        self.stale: set[Cell] = set()
        self._by_row: list[Cell] | None = None

    def in_row(self, row: int) -> Collection[Cell]:
        """Those that stand in a row."""
        if self._by_row is None:
            self._by_row = sorted(self.cells)
        first = bisect_left(self._by_row, (row,))
        return self._by_row[first : bisect_left(self._by_row, (row + 1,), first)]


@dataclass(slots=True)
class _Graph:
    gone: Mapping[int, Collection[tuple[int, int]]]
    """Cells (row, column) whose formula is overwritten, by index of the sheet."""
    groups: list[_Group] = field(default_factory=list)
    by_cell: dict[Place, list[_Group]] = field(default_factory=dict)
    by_column: dict[tuple[int, int], list[_Group]] = field(default_factory=dict)
    """(sheet, column) → groups whose formulas read that column in their own row."""
    by_area: dict[int, list[tuple[Area, _Group]]] = field(default_factory=dict)
    always: list[_Group] = field(default_factory=list)

    def add(self, group: _Group, reads: _Reads, *, pattern: bool = False) -> None:
        """Enter a group; with `pattern`, what it reads may depend on the row of each formula."""
        self.groups.append(group)
        if reads is None:
            self.always.append(group)
            return
        for index, area in reads:
            if pattern and stays_in_row(area):
                for column in range(area.left, area.right + 1):
                    self.by_column.setdefault((index, column), []).append(group)
            elif area.size > _SMALL:
                self.by_area.setdefault(index, []).append((area, group))
            else:
                for place in _places(index, area):
                    self.by_cell.setdefault(place, []).append(group)


def stale_formulas(
    package: Package,
    formulas: Mapping[int, SheetFormulas],
    written: Iterable[Place],
    gone: Mapping[int, Collection[tuple[int, int]]],
) -> dict[int, list[FormulaCell]]:
    """The formula cells (by index of their sheet) whose cached value no longer holds.

    `formulas` are those of the workbook by index of their sheet; those in `gone` (row, column) are
    overwritten.
    """
    graph = _build(package, formulas, gone)
    _spread(graph, set(written), package.container.check_time)
    stale: dict[int, list[FormulaCell]] = {}
    for group in graph.groups:
        if not group.stale:
            continue
        if group.found is not None:
            stale.setdefault(group.sheet, []).append(group.found)
            continue
        part = package.sheets[group.sheet].part
        cells = read_formulas(package.text(part), list(group.stale), package.origin(part))
        stale.setdefault(group.sheet, []).extend(cells)
    return stale


def _build(
    package: Package,
    formulas: Mapping[int, SheetFormulas],
    gone: Mapping[int, Collection[tuple[int, int]]],
) -> _Graph:
    graph = _Graph(gone)
    resolver = _Resolver(package)
    for sheet, found in formulas.items():
        origin = package.origin(package.sheets[sheet].part)
        for one in found.special:
            group = _Group(sheet, [one.cell], one)
            group.filled = formula_area(one, origin)
            # A data table recomputes its whole block; a formula without a text cannot be followed.
            unknown = one.formula.kind == "dataTable" or not one.formula.text
            graph.add(group, None if unknown else resolver.reads(one.formula.text, sheet))
        for number, (raw, cells) in enumerate(found.plain.items()):
            if number % 1024 == 0:
                package.container.check_time()
            pattern = None if len(cells) == 1 or b"&#" in raw else scan_pattern(pattern_text(raw, origin))
            reads = resolver.reads_of(pattern, sheet) if pattern is not None else None
            if pattern is not None and (reads is None or all(map(_as_one, reads))):
                graph.add(_Group(sheet, cells), reads, pattern=True)
                continue
            for cell in cells:
                if reads is None:
                    text = pattern_text(raw.replace(HOLE.encode(), b"%d" % cell.row), origin)
                    graph.add(_Group(sheet, [cell]), resolver.reads(text, sheet))
                else:
                    moved = [(index, area_in_row(area, cell.row)) for index, area in reads]
                    graph.add(_Group(sheet, [cell]), moved)
    return graph


def _as_one(read: tuple[int, Area]) -> bool:
    """Whether all formulas of a group can be asked about an area at once."""
    _, area = read
    return not moves(area) or (stays_in_row(area) and area.right - area.left < _SMALL)


def _places(sheet: int, area: Area) -> list[Place]:
    if area.top == area.bottom and area.left == area.right:
        return [(sheet, area.top, area.left)]
    return [
        (sheet, row, column)
        for row in range(area.top, area.bottom + 1)
        for column in range(area.left, area.right + 1)
    ]


def _spread(graph: _Graph, dirty: set[Place], check_time: Callable[[], None]) -> None:
    """Mark every formula that a dirty cell reaches: single cells at once, larger areas wave by wave."""
    pending = list(dirty)

    def mark(group: _Group, cells: Collection[Cell]) -> bool:
        """Make formulas and the cells they fill dirty; False when they fill too many to follow."""
        sheet, gone = group.sheet, graph.gone.get(group.sheet, ())
        for cell in cells:
            if cell in group.stale or (cell.row, cell.column) in gone:
                continue
            group.stale.add(cell)
            if group.filled is not None and group.filled.size > _MAX_FILLED:
                return False
            filled = _places(sheet, group.filled) if group.filled else ((sheet, cell.row, cell.column),)
            for place in filled:
                if place not in dirty:
                    dirty.add(place)
                    pending.append(place)
        return True

    followed = True
    for group in graph.always:
        followed = mark(group, group.cells) and followed
    waves = 0
    while pending and followed and waves < _MAX_WAVES:
        waves += 1
        check_time()
        fresh: dict[int, dict[int, list[int]]] = {}
        while pending:
            place = pending.pop()
            sheet, row, column = place
            fresh.setdefault(sheet, {}).setdefault(column, []).append(row)
            for group in graph.by_cell.pop(place, ()):
                followed = mark(group, group.cells) and followed
            for group in graph.by_column.get((sheet, column), ()):
                followed = mark(group, group.in_row(row)) and followed
        for index, columns in fresh.items():
            for rows in columns.values():
                rows.sort()
            rest: list[tuple[Area, _Group]] = []
            for area, group in graph.by_area.get(index, ()):
                if _touched(area, columns):
                    followed = mark(group, group.cells) and followed
                else:
                    rest.append((area, group))
            graph.by_area[index] = rest
    if pending or not followed:
        for group in graph.groups:
            gone = graph.gone.get(group.sheet, ())
            group.stale.update(cell for cell in group.cells if (cell.row, cell.column) not in gone)


def _touched(area: Area, columns: Mapping[int, list[int]]) -> bool:
    for column, rows in columns.items():
        if area.left <= column <= area.right:
            at = bisect_left(rows, area.top)
            if at < len(rows) and rows[at] <= area.bottom:
                return True
    return False


class _Resolver:
    """From the words of a formula to areas of numbered sheets."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.sheets = {sheet.name.casefold(): index for index, sheet in enumerate(package.sheets)}
        self.names = {
            (name.sheet and name.sheet.casefold(), name.name.casefold()): name for name in package.all_names
        }
        self.words = {name.name.casefold() for name in package.all_names}
        self.known: dict[tuple[str | None, str], _Reads] = {}

    def reads(self, text: str, sheet: int, depth: int = 0) -> _Reads:
        """What a text on a sheet reads."""
        return self.reads_of(scan_references(text), sheet, depth)

    def reads_of(self, references: References, sheet: int, depth: int = 0) -> _Reads:
        """What a formula with these references reads."""
        if references.everything or depth > _MAX_DEPTH:
            return None
        found: list[tuple[int, Area]] = []
        for name, area in references.areas:
            indices = [sheet] if name is None else self.sheet_indices(name)
            if indices is None:
                return None
            found += [(index, area) for index in indices]
        for qualifier, name in references.names:
            reads = self.name_reads(qualifier, name, sheet, depth)
            if reads is None:
                return None
            found += reads
        for qualifier, name in references.calls:
            if self.find_name(qualifier, name, sheet) is None:
                continue
            reads = self.name_reads(qualifier, name, sheet, depth)
            if reads is None:
                return None
            found += reads
        return found

    def sheet_indices(self, name: str) -> list[int] | None:
        """The sheets that `Sheet1` or `Sheet1:Sheet3` names; None when one is unknown."""
        first, _, last = name.casefold().partition(":")
        if first not in self.sheets or (last and last not in self.sheets):
            return None
        low, high = sorted((self.sheets[first], self.sheets[last or first]))
        return list(range(low, high + 1))

    def find_name(self, qualifier: str | None, name: str, sheet: int) -> tuple[str | None, str] | None:
        if name.casefold() not in self.words:
            return None
        scopes = [qualifier] if qualifier else [self.package.sheets[sheet].name]
        for scope in (*scopes, None):
            key = (scope and scope.casefold(), name.casefold())
            if key in self.names:
                return key
        return None

    def name_reads(self, qualifier: str | None, name: str, sheet: int, depth: int) -> _Reads:
        key = self.find_name(qualifier, name, sheet)
        if key is None:
            tables = [table for table in self.package.tables if table.name.casefold() == name.casefold()]
            if not tables:
                return None
            return [(self.sheets[table.sheet.casefold()], table.area) for table in tables]
        if key not in self.known:
            text = self.names[key].text
            # A relative name means another cell in each formula that uses it.
            fixed = shift_formula(text, 1, 1) == text
            self.known[key] = None
            self.known[key] = self.reads(text, sheet, depth + 1) if fixed else None
        return self.known[key]
