"""Where the rows, the cells and the formulas of a sheet part lie, in bytes: an index instead of a tree.

Sheets as Excel and the usual libraries write them are *plain*: no comments, no CDATA, no prefixes, every row
and cell with its address. They are indexed with searches and regular expressions, many times as fast as
expat with handlers. Whatever a real parser could read in another way goes through expat. Both give the same.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice, starmap
from operator import lt
from typing import NamedTuple

from sheetcredit.model.errors import HostileFile
from sheetcredit.xlsx.address import MAX_COLUMN, MAX_ROW, column_number, format_address, parse_address
from sheetcredit.xlsx.xml_bytes import (
    MAIN_NAMESPACES,
    Origin,
    element_end,
    new_parser,
    run_parser,
    tag_end,
)

_USUAL_FORMULA = re.compile(
    rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"([^<>]*)>'
    rb'<f(?:(?: aca="false")?>([^<]+)</f>| t="shared" si="([0-9]{1,9})"/>)'
    rb"(<v>[^<]*</v>|<v/>)?</c>"
)
_XMLNS = re.compile(rb"\sxmlns(?::([^\s=]+))?\s*=\s*[\"']([^\"']*)[\"']")
_ROOT = re.compile(rb"(?:<\?xml[^<>]*\?>)?\s*<worksheet(\s[^<>]*)>")
_ROW = re.compile(rb'<row r="([1-9][0-9]{0,6})"([^<>]*)>')
_ROW_NUMBER = re.compile(rb'<row r="([1-9][0-9]{0,6})"')
_ODD_ROW = re.compile(rb'<row(?! r=")')
_EMPTY_ROW = re.compile(rb"<row [^<>]*/>")
_CELL = re.compile(rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"([^<>]*)>')
_NOT_BETWEEN_CELLS = re.compile(rb"</c>(?!\s*(?:<c |</row>))")
_FORMULA_TAG = re.compile(rb"<f[\s/>]")


class CellSpan(NamedTuple):
    """A cell's address (from 1) and its bytes, [start, end)."""

    row: int
    column: int
    start: int
    end: int


class RowSpan(NamedTuple):
    """A row's number (from 1) and its bytes, [start, end); its tag ends at `head_end`."""

    number: int
    start: int
    head_end: int
    end: int


class UsualFormula(NamedTuple):
    """A formula cell as nearly all are written, its pieces as they stand in the part."""

    letters: bytes
    digits: bytes
    attributes: bytes
    text: bytes
    """The formula; empty for a cell that shares the formula of another."""
    shared: bytes
    """The number of the shared formula; empty for a formula of its own."""
    value: bytes
    """The `v` element; empty where there is none."""

    @property
    def place(self) -> tuple[int, int]:
        """Row and column."""
        return int(self.digits), column_of(self.letters)


@dataclass(slots=True)
class SheetScan:
    """The skeleton of one sheet part."""

    start: int = -1
    """Offset of the sheetData element; its content lies in [head_end, end)."""
    head_end: int = -1
    end: int = -1
    rows: list[RowSpan] = field(default_factory=list)
    """The wanted rows, and for each that is missing the one before it, in document order."""
    cells: dict[int, list[CellSpan]] = field(default_factory=dict)
    """The cells of the wanted rows, in document order."""
    usual: list[UsualFormula] = field(default_factory=list)
    """Formulas of their own, and those that only point at a shared formula, in document order."""
    special: list[CellSpan] = field(default_factory=list)
    """The cells with the first of a shared formula, an array formula, a data table, or anything unusual."""


class _NotPlainError(Exception):
    """The sheet needs the general scan."""


def scan_sheet(data: bytes, wanted: Collection[int] | None, origin: Origin) -> SheetScan:
    """Find the formulas and, unless `wanted` is None, the wanted rows and their cells.

    Raises `CannotRead` for broken XML and `CannotPatch` when the rows or cells are not in an order that
    says where a cell belongs.
    """
    return scan_plain(data, wanted) or scan_general(data, wanted, origin)


def scan_plain(data: bytes, wanted: Collection[int] | None) -> SheetScan | None:
    """The fast scan; None for a sheet that is not plain."""
    scan = SheetScan()
    try:
        scan.start, scan.head_end, close = _plain_table(data)
        empty = data[scan.head_end - 2 : scan.head_end] == b"/>"
        scan.end = close if empty else close + len(b"</sheetData>")
        if wanted is not None:
            for row in _plain_rows(data, wanted, scan.head_end, close):
                scan.rows.append(row)
                if row.number in wanted:
                    scan.cells[row.number] = _plain_cells(data, row)
        _plain_formulas(data, scan, close)
    except _NotPlainError:
        return None
    return scan


def cells_of_rows(data: bytes, wanted: Collection[int], origin: Origin) -> list[CellSpan]:
    """The cells of some rows only: what it takes to read a few values, or to find a few formulas again."""
    try:
        return _plain_cells_of(data, wanted)
    except _NotPlainError:
        found = scan_general(data, wanted, origin).cells
        return [cell for row in found.values() for cell in row]


def plain_rows_between(data: bytes, ranges: Collection[tuple[int, int]]) -> bytes | None:
    """The bytes of the rows in the ranges (first, last); None for a sheet that is not plain."""
    try:
        _, start, end = _plain_table(data)
        numbers = _row_numbers(data, start, end)
    except _NotPlainError:
        return None
    pieces = []
    at = start
    for first, last in sorted(ranges):
        low, high = bisect_left(numbers, first), bisect_left(numbers, last + 1)
        if low < high:
            begin = data.find(b'<row r="%d"' % numbers[low], at, end)
            at = data.find(b'<row r="%d"' % numbers[high], begin, end) if high < len(numbers) else end
            pieces.append(data[begin:at])
    return b"".join(pieces)


def find_usual(
    data: bytes, places: Collection[tuple[int, int]], origin: Origin
) -> Iterator[tuple[CellSpan, re.Match[bytes]]]:
    """Where usual formulas, by (row, column), stand in a sheet whose scan has found them.

    With the match that holds their pieces, in the order of `UsualFormula`.
    """
    at = 0
    for row, column in sorted(places):
        mark = b'<c r="%b"' % format_address(row, column).encode()
        begin = data.find(mark, at)
        if begin < 0:  # the rows are in no order
            begin = data.find(mark)
        match = _USUAL_FORMULA.match(data, begin) if begin >= 0 else None
        if match is None:
            origin.unsure(format_address(row, column))
        at = match.end()
        yield CellSpan(row, column, begin, at), match


def _plain_cells_of(data: bytes, wanted: Collection[int]) -> list[CellSpan]:
    _, start, end = _plain_table(data)
    if _ODD_ROW.search(data, start, end):
        raise _NotPlainError
    cells: list[CellSpan] = []
    for number in sorted(wanted):
        begin = data.find(b'<row r="%d"' % number, start, end)
        if begin < 0:
            continue
        head = _ROW.match(data, begin, end)
        if head is None or not _plain_attributes(head[2]):
            raise _NotPlainError
        start = head.end()
        if not head[2].endswith(b"/"):
            close = data.find(b"</row>", start, end) + 6
            if close < 6:
                raise _NotPlainError
            cells += _plain_cells(data, RowSpan(number, begin, start, close))
            start = close
    return cells


def _plain_table(data: bytes) -> tuple[int, int, int]:
    """Of sheetData: where it starts, where its content starts and where that ends."""
    root = _ROOT.match(data)
    start = data.find(b"<sheetData")
    if (
        root is None
        or root[1].count(b'"') % 2
        or start < 0
        or _found(data, b"<!", b"!", 0, len(data))
        or _found(data, b"<?", b"?", root.start(1), len(data))
    ):
        raise _NotPlainError
    if not data.startswith((b"<sheetData>", b"<sheetData/>"), start):
        raise _NotPlainError
    head_end = data.index(b">", start) + 1
    close = head_end
    if data[head_end - 2 : head_end] != b"/>":
        close = data.rfind(b"</sheetData>", head_end)  # there is but one, near the end
        if close < 0:
            raise _NotPlainError
    namespaces = dict(_XMLNS.findall(root[1]))
    if namespaces.get(b"", b"").decode("utf-8", "replace") not in MAIN_NAMESPACES:
        raise _NotPlainError
    # Elements before the table could redefine what a name means; then the general scan decides.
    if _found(data, b"xmlns", b"x", root.end(), close) or _found(data, b"extLst", b"x", head_end, close):
        raise _NotPlainError
    foreign = [b"<" + prefix + b":" for prefix in namespaces if prefix]
    if any(_found(data, opening, b":", head_end, close) for opening in foreign):
        raise _NotPlainError
    return start, head_end, close


def _found(data: bytes, text: bytes, rare: bytes, start: int, end: int) -> bool:
    """Whether a text occurs. A single byte of it that is seldom there is looked for ten times as fast."""
    return data.find(rare, start, end) >= 0 and data.find(text, start, end) >= 0


def _row_numbers(data: bytes, start: int, end: int) -> list[int]:
    """The numbers of all rows; they must be in order and each must have one."""
    numbers = [int(digits) for digits in _ROW_NUMBER.findall(data, start, end)]
    in_order = all(map(lt, numbers, islice(numbers, 1, None)))
    if not in_order or len(numbers) != data.count(b"<row", start, end) or numbers[-1:] > [MAX_ROW]:
        raise _NotPlainError
    return numbers


def _plain_rows(data: bytes, wanted: Collection[int], start: int, end: int) -> Iterator[RowSpan]:
    """The wanted rows, and the one before each that is missing."""
    numbers = _row_numbers(data, start, end)
    closed = data.count(b"</row>", start, end)
    # Rows without content are counted in one go where there are any, to know how deep a place is.
    empty = [] if closed == len(numbers) else [one.start() for one in _EMPTY_ROW.finditer(data, start, end)]
    if closed + len(empty) != len(numbers):
        raise _NotPlainError
    position, ended = start, 0
    for index in _wanted_indices(numbers, wanted):
        begin = data.find(b'<row r="%d"' % numbers[index], position, end)
        head = _ROW.match(data, begin, end)
        if head is None or not _plain_attributes(head[2]):
            raise _NotPlainError
        ended += data.count(b"</row>", position, begin)
        if ended + bisect_left(empty, begin) != index:  # it lies within another row
            raise _NotPlainError
        position = head.end()
        if head[2][-1:] != b"/":
            position = data.find(b"</row>", position, end) + 6
            ended += 1
            if position < 6 or data.find(b"<row", head.end(), position) >= 0:
                raise _NotPlainError
        yield RowSpan(numbers[index], begin, head.end(), position)


def _wanted_indices(numbers: Sequence[int], wanted: Collection[int]) -> list[int]:
    """Where the wanted rows stand among `numbers` (ascending), or the one before each that is missing."""
    found = set()
    for number in wanted:
        index = bisect_left(numbers, number)
        if index == len(numbers) or numbers[index] != number:
            index -= 1
        found.add(index)
    return sorted(found - {-1})


def _plain_cells(data: bytes, row: RowSpan) -> list[CellSpan]:
    cells: list[CellSpan] = []
    own, _, position, row_end = row
    number = b"%d" % own
    last = 0
    find = data.find
    for match in _CELL.finditer(data, position, row_end):
        letters, digits, rest = match.groups()
        start, end = match.span()
        if start < position or digits != number or not _plain_attributes(rest):
            raise _NotPlainError
        position = end
        if rest[-1:] != b"/":
            position = find(b"</c>", end, row_end) + 4
            if position < 4:
                raise _NotPlainError
        column = column_of(letters)
        if column <= last or column > MAX_COLUMN:
            raise _NotPlainError
        last = column
        cells.append(CellSpan(own, column, start, position))
    # Whatever else begins with this letter goes to the general scan.
    if len(cells) != data.count(b"<c", row.head_end, row_end):
        raise _NotPlainError
    return cells


@lru_cache(maxsize=1024)
def column_of(letters: bytes) -> int:
    """The number of a column from its letters as they stand in a part."""
    return column_number(letters.decode("ascii"))


@lru_cache(maxsize=1024)
def _plain_attributes(raw: bytes) -> bool:
    """Whether the first `>` really ended the tag, and no attribute hides an address in another spelling."""
    return raw.count(b'"') % 2 == 0 and b"'" not in raw


def _plain_formulas(data: bytes, scan: SheetScan, end: int) -> None:
    """Enter the formulas of the table, whose content ends at `end`."""
    start = scan.head_end
    if not _found(data, b"<f", b"f", start, end):
        return
    if _has_nested_cells(data, start, end):
        raise _NotPlainError
    found = _USUAL_FORMULA.findall(data, start, end)
    if len(found) != data.count(b"<f", start, end):
        scan.special = list(_special_formulas(data, start, end))
    if not found:
        return
    # By the column of pieces: all of this takes a tenth of the time that formula by formula it would.
    letters, digits, attributes, *_ = zip(*found, strict=True)
    rows = digits if max(map(len, digits)) == len(str(MAX_ROW)) else ()
    if (
        not all(map(_plain_attributes, set(attributes)))
        or max(map(column_of, set(letters))) > MAX_COLUMN
        or any(int(row) > MAX_ROW for row in rows)
    ):
        raise _NotPlainError
    scan.usual = list(starmap(UsualFormula, found))


def _has_nested_cells(data: bytes, start: int, end: int) -> bool:
    """Whether a cell may lie within another: after the inner one neither a cell begins nor the row ends."""
    usual = data.count(b"</c><c ", start, end) + data.count(b"</c></row>", start, end)
    if usual == data.count(b"</c>", start, end):
        return False
    return _NOT_BETWEEN_CELLS.search(data, start, end) is not None


def _special_formulas(data: bytes, start: int, end: int) -> Iterator[CellSpan]:
    """The formulas that are not usual: they lie between those that are."""
    at = start
    for usual in _USUAL_FORMULA.finditer(data, start, end):
        if data.find(b"<f", at, usual.start()) >= 0:
            yield from _specials_between(data, at, usual.start())
        at = usual.end()
    yield from _specials_between(data, at, end)


def _specials_between(data: bytes, start: int, end: int) -> Iterator[CellSpan]:
    for tag in _FORMULA_TAG.finditer(data, start, end):
        at = tag.start()
        begin = data.rfind(b"<c ", start, at)
        head = _CELL.match(data, begin) if begin >= 0 else None
        if head is None or head.end() != at or not _plain_attributes(head[3]):
            raise _NotPlainError
        close = data.find(b"</c>", at, end) + 4
        row, column = int(head[2]), column_of(head[1])
        if close < 4 or row > MAX_ROW or column > MAX_COLUMN:
            raise _NotPlainError
        yield CellSpan(row, column, begin, close)


def scan_general(data: bytes, wanted: Collection[int] | None, origin: Origin) -> SheetScan:
    """The scan for any well-formed sheet, by expat's byte offsets."""
    return _GeneralScan(data, wanted, origin).run()


class _GeneralScan:
    """Handlers of one pass over a sheet; depth 0 is the root, 1 sheetData, 2 a row, 3 a cell."""

    def __init__(self, data: bytes, wanted: Collection[int] | None, origin: Origin) -> None:
        self.data, self.wanted, self.origin = data, wanted, origin
        self.scan = SheetScan()
        self.parser = new_parser(origin)
        self.depth = -1
        self.inside = False
        self.row = self.row_start = self.row_head = 0
        self.cell_row = self.column = self.cell_start = self.cell_head = 0
        self.in_cell = self.has_formula = False
        self.cells: list[CellSpan] = []

    def run(self) -> SheetScan:
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        run_parser(self.parser, self.data, self.origin)
        if self.scan.start < 0:
            self.origin.unsure("sheetData")
        if self.wanted is not None:
            numbers = [row.number for row in self.scan.rows]
            self.scan.rows = [self.scan.rows[index] for index in _wanted_indices(numbers, self.wanted)]
        return self.scan

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > self.origin.depth:
            raise HostileFile("E-DEPTH", path=self.origin.path, part=self.origin.part)
        if self.depth > 4 or (self.depth > 1 and not self.inside):
            return
        namespace, _, local = name.rpartition("}")
        if self.depth == 1:
            if local == "sheetData" and namespace in MAIN_NAMESPACES:
                self.open_table()
        elif self.depth == 2:
            if local != "row" or namespace not in MAIN_NAMESPACES:
                self.origin.unsure(local)
            self.open_row(attributes)
        elif self.depth == 3 and local == "c" and namespace in MAIN_NAMESPACES:
            self.open_cell(attributes)
        elif self.depth == 3 and local != "extLst":
            self.origin.unsure(local)
        elif self.depth == 4 and self.in_cell and local == "f" and namespace in MAIN_NAMESPACES:
            self.has_formula = True

    def end(self, _: str) -> None:
        if self.inside and self.depth <= 3:
            at = self.parser.CurrentByteIndex
            if self.depth == 3 and self.in_cell:
                self.close_cell(at)
            elif self.depth == 2:
                self.close_row(at)
            elif self.depth == 1:
                self.inside = False
                self.scan.end = element_end(self.data, self.scan.head_end, at)
        self.depth -= 1

    def open_table(self) -> None:
        if self.scan.start >= 0:
            self.origin.unsure("sheetData")
        self.inside = True
        self.scan.start = self.parser.CurrentByteIndex
        self.scan.head_end = tag_end(self.data, self.scan.start, self.origin)

    def open_row(self, attributes: dict[str, str]) -> None:
        stated = attributes.get("r", "")
        if stated and not (stated.isascii() and stated.isdigit()):
            self.origin.unsure(f"row {stated!r:.20}")
        number = int(stated) if stated else self.row + 1
        if (number <= self.row and self.wanted is not None) or not 0 < number <= MAX_ROW:
            self.origin.unsure(f"row {number}")
        self.row, self.column, self.cells = number, 0, []
        self.row_start = self.parser.CurrentByteIndex
        self.row_head = tag_end(self.data, self.row_start, self.origin)

    def close_row(self, at: int) -> None:
        if self.wanted is None:
            return
        end = element_end(self.data, self.row_head, at)
        self.scan.rows.append(RowSpan(self.row, self.row_start, self.row_head, end))
        if self.row in self.wanted:
            self.scan.cells[self.row] = self.cells

    def open_cell(self, attributes: dict[str, str]) -> None:
        row, column = self.row, self.column + 1
        if stated := attributes.get("r"):
            try:
                row, column = parse_address(stated)
            except ValueError:
                self.origin.unsure(f"{stated!r:.20}")
        # Where nothing will be written, an unusual order does no harm.
        if column > MAX_COLUMN or (self.wanted is not None and (row != self.row or column <= self.column)):
            self.origin.unsure(f"{stated!r:.20}")
        self.cell_row, self.column = row, column
        self.in_cell, self.has_formula = True, False
        self.cell_start = self.parser.CurrentByteIndex
        self.cell_head = tag_end(self.data, self.cell_start, self.origin)

    def close_cell(self, at: int) -> None:
        self.in_cell = False
        end = element_end(self.data, self.cell_head, at)
        cell = CellSpan(self.cell_row, self.column, self.cell_start, end)
        if self.wanted is not None and self.row in self.wanted:
            self.cells.append(cell)
        if self.has_formula:
            self.scan.special.append(cell)
