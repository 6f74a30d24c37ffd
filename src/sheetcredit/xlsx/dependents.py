"""Which formulas depend on the cells that were written, directly or through others, and what they read.

A workbook has tens of thousands of formulas, but few kinds: those of a column differ only in their numbers.
Formulas whose texts agree but for the digits form a group, and one text of a group is read for all of them.

What cannot be followed counts as dependent: a value computed once too often does no harm, a stale one does.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from itertools import product
from typing import NamedTuple

from sheetcredit.xlsx.address import Area, format_address
from sheetcredit.xlsx.formulas import SheetFormulas, SpecialFormula, formula_text
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.references import AreaReference, References, may_spill, scan_references, shift_formula
from sheetcredit.xlsx.scan import UsualFormula, column_of
from sheetcredit.xlsx.xml_bytes import Origin, escape, unescape

CellPlace = tuple[int, int, int]
"""Index of the sheet, row and column."""

_DOUBTFUL = frozenset({b"", b"<v/>", b"<v></v>", b"<v>0</v>"})
_MAX_WAVES = 500
_MAX_FILLED = 100_000
_MAX_DEPTH = 32
_ZEROS = bytes(48 if 48 <= code <= 57 else code for code in range(256))
_RAW_DIGITS = re.compile(b"[0-9]+")
_ROWS = re.compile("[0-9]+")
_FIXED_ROWS = re.compile(r"(\$?)([0-9]+)")


class RowsBelow(NamedTuple):
    """A row that lies so many rows below the formula's own."""

    below: int


RowSpec = int | slice | RowsBelow
"""A row that a formula names: always the same one, where it stands in the text, or counted from its own."""


class AreaRead(NamedTuple):
    """An area that the formulas of a group read, on the sheet with that index."""

    sheet: int
    left: int
    right: int
    top: RowSpec
    bottom: RowSpec


class FormulaGroup:
    """Formulas of one sheet that differ only in their numbers, or share one text."""

    def __init__(self, sheet: int, cells: list[tuple[int, int]], values: list[bytes]) -> None:
        self.sheet, self.cells = sheet, cells
        self.values = values
        """The `v` element of each cell, as it stands."""
        self.texts: list[bytes] = []
        """The formulas as stored; empty where all have one `text`, as the cell in `first_row` reads it."""
        self.text, self.first_row = "", 0
        self.reads: list[AreaRead] | None = None
        """None: they may read any cell."""
        self.filled: Area | None = None
        """The cells that an array formula or a data table fills."""
        self.is_data_table = False
        self.may_spill = True
        """Whether the result may be more than one value."""
        self._rows: dict[tuple[int, int], list[int]] = {}

    def formula(self, member: int) -> str:
        """The text of one; empty for one that fills several cells, or whose text is not certain."""
        if self.filled is not None and self.filled.size > 1:
            return ""
        if self.texts:
            return unescape(self.texts[member])
        return shift_formula(self.text, self.cells[member][0] - self.first_row, 0) or ""

    def stored(self, member: int) -> bytes:
        """The text of one as it is stored."""
        return self.texts[member] if self.texts else escape(self.formula(member))

    def address(self, member: int) -> bytes:
        """The address of one."""
        return format_address(*self.cells[member]).encode()

    def filled_cells(self, member: int) -> Iterable[tuple[int, int]]:
        """Row and column of the cells that one fills: its own, but for array formulas and data tables."""
        area = self.filled
        if area is None:
            return (self.cells[member],)
        return product(range(area.top, area.bottom + 1), range(area.left, area.right + 1))

    def _rows_of(self, row: RowSpec) -> list[int]:
        """What a row is for each of the formulas."""
        if isinstance(row, int):
            return [row] * len(self.cells)
        key = (row.start, row.stop) if isinstance(row, slice) else (row.below, -1)
        if key not in self._rows:
            self._rows[key] = (
                [int(text[row]) for text in self.texts]
                if isinstance(row, slice)
                else [own + row.below for own, _ in self.cells]
            )
        return self._rows[key]

    def ranges(self, read: AreaRead, members: Iterable[int]) -> list[tuple[int, int]]:
        """The first and last row of an area, for some of the formulas."""
        tops, bottoms = self._rows_of(read.top), self._rows_of(read.bottom)
        return [
            (tops[one], bottoms[one]) if tops[one] <= bottoms[one] else (bottoms[one], tops[one])
            for one in members
        ]


class _Reader:
    """One area that a group reads, and who reads which rows of it; each reader is found once."""

    __slots__ = ("_by_range", "group", "read")

    def __init__(self, group: FormulaGroup, read: AreaRead) -> None:
        self.group, self.read = group, read
        self._by_range: dict[tuple[int, int], list[int]] | None = None

    def _ranges(self) -> dict[tuple[int, int], list[int]]:
        if self._by_range is None:
            self._by_range = {}
            for member, rows in enumerate(self.group.ranges(self.read, range(len(self.group.cells)))):
                self._by_range.setdefault(rows, []).append(member)
        return self._by_range

    def is_done(self) -> bool:
        """Whether all its formulas have been found."""
        return self._by_range == {}

    def of_row(self, row: int) -> list[int]:
        """The formulas that read a row, for an area of one row."""
        return self._ranges().pop((row, row), [])

    def of_rows(self, rows: list[int]) -> list[int]:
        """The formulas whose area has one of the rows, which are in order."""
        ranges = self._ranges()
        found: list[int] = []
        for top, bottom in list(ranges):
            at = bisect_left(rows, top)
            if at < len(rows) and rows[at] <= bottom:
                found += ranges.pop((top, bottom))
        return found


class FormulaGraph:
    """The formulas of a workbook and what each of them reads.

    `formulas` are those of each sheet by its index; `gone` are cells (row, column) whose formula is
    overwritten.
    """

    def __init__(
        self,
        package: Package,
        formulas: Mapping[int, SheetFormulas],
        gone: Mapping[int, Collection[tuple[int, int]]],
    ) -> None:
        self.gone = gone
        self._check_time = package.container.check_time
        self.groups: list[FormulaGroup] = []
        names = _Names(package)
        for sheet, found in formulas.items():
            for group in _groups(sheet, found, names, package.origin(package.sheets[sheet].part)):
                self.groups.append(group)
                if len(self.groups) % 1024 == 0:
                    self._check_time()

    def all_formulas(self) -> dict[FormulaGroup, set[int]]:
        """Every formula that is not overwritten, by group."""
        return {group: self._of(group, range(len(group.cells))) for group in self.groups}

    def doubtful(self) -> dict[FormulaGroup, set[int]]:
        """The formulas without a cached value, or with 0, which programs write that compute nothing."""
        found = {
            group: self._of(group, [one for one, value in enumerate(group.values) if value in _DOUBTFUL])
            for group in self.groups
        }
        return {group: members for group, members in found.items() if members}

    def _of(self, group: FormulaGroup, members: Iterable[int]) -> set[int]:
        gone = self.gone.get(group.sheet)
        return {one for one in members if group.cells[one] not in gone} if gone else set(members)

    def dependents(self, written: Iterable[CellPlace]) -> dict[FormulaGroup, set[int]]:
        """The formulas that depend on the written cells, by group.

        References to single cells are followed at once, ranges wave by wave.
        """
        by_cell, by_area = self._readers()
        spread = _Spread(self.gone, set(written))
        for group in self.groups:
            if group.reads is None:
                spread.mark(group, range(len(group.cells)))
        for _ in range(_MAX_WAVES):
            if not spread.pending or spread.lost:
                break
            self._check_time()
            fresh: dict[tuple[int, int], list[int]] = {}
            while spread.pending:
                sheet, row, column = spread.pending.pop()
                fresh.setdefault((sheet, column), []).append(row)
                for reader in by_cell.get((sheet, column), ()):
                    spread.mark(reader.group, reader.of_row(row))
            for (sheet, column), rows in fresh.items():
                rows.sort()
                for reader in by_area.get(sheet, ()):
                    if reader.read.left <= column <= reader.read.right and not reader.is_done():
                        spread.mark(reader.group, reader.of_rows(rows))
        return self.all_formulas() if spread.pending or spread.lost else spread.stale

    def _readers(self) -> tuple[dict[tuple[int, int], list[_Reader]], dict[int, list[_Reader]]]:
        """Who reads single cells, by index of the sheet and column; and who reads ranges, by sheet."""
        by_cell: dict[tuple[int, int], list[_Reader]] = {}
        by_area: dict[int, list[_Reader]] = {}
        for group in self.groups:
            for read in group.reads or ():
                if read.left == read.right and read.top == read.bottom:
                    by_cell.setdefault((read.sheet, read.left), []).append(_Reader(group, read))
                else:
                    by_area.setdefault(read.sheet, []).append(_Reader(group, read))
        return by_cell, by_area


class _Spread:
    """What has been found to depend so far, and the cells whose readers are still to be found."""

    def __init__(self, gone: Mapping[int, Collection[tuple[int, int]]], dirty: set[CellPlace]) -> None:
        self.gone, self.dirty = gone, dirty
        self.pending = list(dirty)
        self.stale: dict[FormulaGroup, set[int]] = {}
        self.lost = False
        """A formula fills too many cells to follow."""

    def mark(self, group: FormulaGroup, members: Iterable[int]) -> None:
        """Make formulas and the cells they fill dirty."""
        sheet, gone = group.sheet, self.gone.get(group.sheet, ())
        if group.filled is not None and group.filled.size > _MAX_FILLED:
            self.lost = True
            return
        for member in members:
            stale = self.stale.setdefault(group, set())
            if member in stale or group.cells[member] in gone:
                continue
            stale.add(member)
            for row, column in group.filled_cells(member):
                if (place := (sheet, row, column)) not in self.dirty:
                    self.dirty.add(place)
                    self.pending.append(place)


def _groups(sheet: int, found: SheetFormulas, names: _Names, origin: Origin) -> Iterator[FormulaGroup]:
    """The formulas of a sheet, those that differ only in their numbers together."""
    for one in found.special:
        value = b"" if one.formula.cached is None else b"<v>%b</v>" % one.formula.cached.encode()
        group = FormulaGroup(sheet, [(one.cell.row, one.cell.column)], [value])
        group.filled = one.area(origin)
        group.text, group.first_row = one.formula.text, one.cell.row
        # A data table recomputes its whole block; a formula without a text cannot be followed.
        group.is_data_table = one.formula.kind == "dataTable"
        if one.formula.text and not group.is_data_table:
            references = scan_references(one.formula.text)
            group.reads, group.may_spill = names.reads(references, sheet), one.formula.kind != "array"
        yield group
    alike: dict[bytes, list[UsualFormula]] = {}
    for usual in found.usual:
        if usual.text:
            alike.setdefault(usual.text.translate(_ZEROS), []).append(usual)
    for members in alike.values():
        yield from _alike(sheet, members, names, origin)
    for first, members in found.shared():
        yield from _sharing(sheet, first, members, names)


def _alike(sheet: int, members: list[UsualFormula], names: _Names, origin: Origin) -> Iterator[FormulaGroup]:
    """Groups of formulas whose texts agree but for the digits: one, unless digits name a sheet or a name."""
    raw = members[0].text
    text = formula_text(raw, origin)
    references = scan_references(text)
    starts = [match.start() for match in _ROWS.finditer(text)]
    where = dict(zip(starts, (slice(*match.span()) for match in _RAW_DIGITS.finditer(raw)), strict=False))
    in_words = [where[at] for at in starts if any(low <= at < high for low, high in references.words)]
    # A reference to a character has digits of its own, and so large a row may be none: it could be a name.
    if len(members) == 1 or b"&#" in raw or any(span.stop - span.start > 6 for span in where.values()):
        parts = [[one] for one in members]
    elif in_words:
        by_words: dict[tuple[bytes, ...], list[UsualFormula]] = {}
        for one in members:
            by_words.setdefault(tuple(one.text[span] for span in in_words), []).append(one)
        parts = list(by_words.values())
    else:
        parts = [members]
    for part in parts:
        if len(parts) > 1:
            references = scan_references(formula_text(part[0].text, origin))
        cells = [(int(one.digits), column_of(one.letters)) for one in part]
        group = FormulaGroup(sheet, cells, [one.value for one in part])
        group.texts = [one.text for one in part]
        fixed = len(part) == 1
        group.reads = names.reads(references, sheet, _fixed_rows if fixed else partial(_rows_in_text, where))
        group.may_spill = may_spill(text)
        yield group


def _sharing(
    sheet: int, first: SpecialFormula | None, members: list[UsualFormula], names: _Names
) -> Iterator[FormulaGroup]:
    """Groups of the cells that share a formula, column by column: each reads as the first one does, moved."""
    if first is None:
        yield FormulaGroup(sheet, [one.place for one in members], [one.value for one in members])
        return
    row, column = first.cell.row, first.cell.column
    by_column: dict[bytes, list[UsualFormula]] = {}
    for one in members:
        by_column.setdefault(one.letters, []).append(one)
    for part in by_column.values():
        cells = [one.place for one in part]
        own = cells[0][1]
        group = FormulaGroup(sheet, cells, [one.value for one in part])
        text = shift_formula(first.formula.text, 0, own - column)
        lowest, highest = min(cells)[0] - row, max(cells)[0] - row
        if text and None not in (shift_formula(text, lowest, 0), shift_formula(text, highest, 0)):
            group.text, group.first_row = text, row
            references = scan_references(text)
            group.reads = names.reads(references, sheet, partial(_rows_below, row))
            group.may_spill = may_spill(text)
        yield group


def _fixed_rows(reference: AreaReference) -> tuple[RowSpec, RowSpec]:
    return reference.area.top, reference.area.bottom


def _rows_in_text(where: Mapping[int, slice], reference: AreaReference) -> tuple[RowSpec, RowSpec]:
    """Where the rows of a reference stand in the text; `where` are its digits by their start."""
    rows = [where[reference.start + digits.start()] for digits in _ROWS.finditer(reference.text)]
    return (rows[0], rows[-1]) if rows else _fixed_rows(reference)


def _rows_below(first: int, reference: AreaReference) -> tuple[RowSpec, RowSpec]:
    """The rows of a reference in a shared formula whose first cell stands in row `first`."""
    rows: list[RowSpec] = [
        int(digits[2]) if digits[1] else RowsBelow(int(digits[2]) - first)
        for digits in _FIXED_ROWS.finditer(reference.text)
    ]
    return (rows[0], rows[-1]) if rows else _fixed_rows(reference)


class _Names:
    """From the words of a formula to areas of numbered sheets."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.sheets = {sheet.name.casefold(): index for index, sheet in enumerate(package.sheets)}
        self.names = {
            (name.sheet and name.sheet.casefold(), name.name.casefold()): name for name in package.all_names
        }
        self.words = {name.name.casefold() for name in package.all_names}
        self.known: dict[tuple[str | None, str], list[AreaRead] | None] = {}

    def reads(
        self,
        references: References,
        sheet: int,
        rows: Callable[[AreaReference], tuple[RowSpec, RowSpec]] = _fixed_rows,
        depth: int = 0,
    ) -> list[AreaRead] | None:
        """What formulas with these references read on a sheet; None for any cell."""
        if references.everything or depth > _MAX_DEPTH:
            return None
        found: list[AreaRead] = []
        for reference in references.areas:
            indices = [sheet] if reference.sheet is None else self.sheet_indices(reference.sheet)
            if indices is None:
                return None
            area = reference.area
            found += [AreaRead(index, area.left, area.right, *rows(reference)) for index in indices]
        called = [each for each in references.calls if self.find_name(*each, sheet) is not None]
        for qualifier, name in (*references.names, *called):
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
        """The defined name that a word means on a sheet."""
        if name.casefold() not in self.words:
            return None
        for scope in (qualifier or self.package.sheets[sheet].name, None):
            key = (scope and scope.casefold(), name.casefold())
            if key in self.names:
                return key
        return None

    def name_reads(self, qualifier: str | None, name: str, sheet: int, depth: int) -> list[AreaRead] | None:
        """What a defined name or a table stands for."""
        key = self.find_name(qualifier, name, sheet)
        if key is None:
            tables = [table for table in self.package.tables if table.name.casefold() == name.casefold()]
            areas = [(self.sheets[table.sheet.casefold()], table.area) for table in tables]
            return [AreaRead(at, area.left, area.right, area.top, area.bottom) for at, area in areas] or None
        if key not in self.known:
            text = self.names[key].text
            self.known[key] = None
            # A relative name means another cell in each formula that uses it.
            if shift_formula(text, 1, 1) == text:
                self.known[key] = self.reads(scan_references(text), sheet, depth=depth + 1)
        return self.known[key]
