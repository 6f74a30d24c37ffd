"""Where the rows, the cells and the formulas of a sheet part lie, in bytes.

Sheets as Excel and the usual libraries write them are *plain*: no comments, no CDATA, no prefixes, every
row and cell with its address. They are scanned with regular expressions, which is some ten times faster
than expat with handlers. Everything else goes through expat. Both give the same result.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from sheetcredit.model.errors import HostileFile
from sheetcredit.workbook.address import MAX_COLUMN, MAX_ROW, column_number, parse_address
from sheetcredit.workbook.markup import MAIN_NAMESPACES, Origin, element_end, new_parser, run_parser, tag_end

_XMLNS = re.compile(rb"\sxmlns(?::([^\s=]+))?\s*=\s*[\"']([^\"']*)[\"']")
_ROOT = re.compile(rb"(?:<\?xml[^<>]*\?>)?\s*<worksheet(\s[^<>]*)>")
_ROW = re.compile(rb'<row r="([1-9][0-9]{0,6})"([^<>]*)>')
_CELL = re.compile(rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"([^<>]*)>')
_FORMULA_TAG = re.compile(rb"<f[\s/>]")


class Cell(NamedTuple):
    """A cell's address (from 1) and its bytes, [start, end)."""

    row: int
    column: int
    start: int
    end: int


class Row(NamedTuple):
    """A row's number (from 1) and its bytes, [start, end)."""

    number: int
    start: int
    head_end: int
    end: int


@dataclass(slots=True)
class SheetScan:
    """The skeleton of one sheet part."""

    start: int = -1
    """Offset of the sheetData element; its content lies in [head_end, end)."""
    head_end: int = -1
    end: int = -1
    rows: list[Row] = field(default_factory=list)
    """All rows in document order; empty when only the formulas were asked for."""
    cells: dict[int, list[Cell]] = field(default_factory=dict)
    """The cells of the wanted rows, in document order."""
    formulas: list[Cell] = field(default_factory=list)
    """The cells that hold an `f` element."""


class _NotPlainError(Exception):
    """The sheet needs the general scan."""


def scan_sheet(data: bytes, wanted: Collection[int] | None, origin: Origin) -> SheetScan:
    """Find the formulas and, unless `wanted` is None, all rows and the cells of the wanted rows.

    Raises `CannotRead` for broken XML and `CannotPatch` when the rows or cells are not in an order that
    says where a cell belongs.
    """
    try:
        return scan_plain(data, wanted)
    except _NotPlainError:
        return scan_general(data, wanted, origin)


def scan_plain(data: bytes, wanted: Collection[int] | None) -> SheetScan:
    """The fast scan; raises `_NotPlainError` for anything unusual."""
    scan = SheetScan()
    scan.start, scan.head_end, close = _plain_frame(data)
    scan.end = close if data[scan.head_end - 2 : scan.head_end] == b"/>" else close + len(b"</sheetData>")
    if wanted is not None:
        scan.rows = _plain_rows(data, scan.head_end, close)
        plain: set[bytes] = set()
        for row in scan.rows:
            if row.number in wanted:
                scan.cells[row.number] = _plain_cells(data, row, plain)
    scan.formulas = _plain_formulas(data, scan.head_end, close)
    return scan


def cells_of_rows(data: bytes, wanted: Collection[int], origin: Origin) -> list[Cell]:
    """The cells of some rows only: what it takes to read a few values back."""
    try:
        _, start, end = _plain_frame(data)
        if data.count(b"<row", start, end) != data.count(b'<row r="', start, end):
            raise _NotPlainError
        cells: list[Cell] = []
        plain: set[bytes] = set()
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
                cells += _plain_cells(data, Row(number, begin, start, close), plain)
                start = close
        return cells
    except _NotPlainError:
        found = scan_general(data, wanted, origin).cells
        return [cell for row in found.values() for cell in row]


def _plain_frame(data: bytes) -> tuple[int, int, int]:
    """Of sheetData: where it starts, where its content starts and where that ends."""
    root = _ROOT.match(data)
    start = data.find(b"<sheetData")
    if (
        root is None
        or root[1].count(b'"') % 2
        or start < 0
        or b"<!" in data
        or data.find(b"<?", root.start(1)) >= 0
    ):
        raise _NotPlainError
    if not data.startswith((b"<sheetData>", b"<sheetData/>"), start):
        raise _NotPlainError
    head_end = data.index(b">", start) + 1
    close = head_end
    if data[head_end - 2 : head_end] != b"/>":
        close = data.find(b"</sheetData>", head_end)
        if close < 0:
            raise _NotPlainError
    namespaces = dict(_XMLNS.findall(root[1]))
    if namespaces.get(b"", b"").decode("utf-8", "replace") not in MAIN_NAMESPACES:
        raise _NotPlainError
    # Elements before the table could redefine what a name means; then the general scan decides.
    if data.find(b"xmlns", root.end(), close) >= 0 or data.find(b"extLst", head_end, close) >= 0:
        raise _NotPlainError
    foreign = [b"<" + prefix + b":" for prefix in namespaces if prefix]
    if any(data.find(opening, head_end, close) >= 0 for opening in foreign):
        raise _NotPlainError
    return start, head_end, close


def _plain_attributes(raw: bytes) -> bool:
    """Whether the first `>` really ended the tag, and no attribute hides an address in another spelling."""
    return raw.count(b'"') % 2 == 0 and b"'" not in raw


def _plain_rows(data: bytes, start: int, end: int) -> list[Row]:
    rows: list[Row] = []
    plain: set[bytes] = set()
    last = 0
    position = start
    find = data.find
    for match in _ROW.finditer(data, start, end):
        digits, rest = match.groups()
        begin, head_end = match.span()
        if rest not in plain:
            if not _plain_attributes(rest):
                raise _NotPlainError
            plain.add(rest)
        if begin < position:
            raise _NotPlainError
        number, position = int(digits), head_end
        if rest[-1:] != b"/":
            position = find(b"</row>", head_end, end) + 6
            if position < 6:
                raise _NotPlainError
        if number <= last or number > MAX_ROW:
            raise _NotPlainError
        last = number
        rows.append(Row(number, begin, head_end, position))
    if len(rows) != data.count(b"<row", start, end):
        raise _NotPlainError
    return rows


def _plain_cells(data: bytes, row: Row, plain: set[bytes]) -> list[Cell]:
    """The cells of a row; `plain` holds the attributes that have been looked at before."""
    cells: list[Cell] = []
    own, _, position, row_end = row
    number = b"%d" % own
    last = 0
    find = data.find
    for match in _CELL.finditer(data, position, row_end):
        letters, digits, rest = match.groups()
        start, end = match.span()
        if rest not in plain:
            if not _plain_attributes(rest):
                raise _NotPlainError
            plain.add(rest)
        if start < position or digits != number:
            raise _NotPlainError
        position = end
        if rest[-1:] != b"/":
            position = find(b"</c>", end, row_end) + 4
            if position < 4:
                raise _NotPlainError
        column = _column(letters)
        if column <= last or column > MAX_COLUMN:
            raise _NotPlainError
        last = column
        cells.append(Cell(own, column, start, position))
    # Whatever else begins with this letter goes to the general scan.
    if len(cells) != data.count(b"<c", row.head_end, row_end):
        raise _NotPlainError
    return cells


@lru_cache(maxsize=1024)
def _column(letters: bytes) -> int:
    return column_number(letters.decode("ascii"))


def _plain_formulas(data: bytes, start: int, end: int) -> list[Cell]:
    cells: list[Cell] = []
    plain: set[bytes] = set()
    match, rfind, find = _CELL.match, data.rfind, data.find
    for tag in _FORMULA_TAG.finditer(data, start, end):
        at = tag.start()
        begin = rfind(b"<c ", start, at)
        head = match(data, begin)
        if head is None or head.end() != at:
            raise _NotPlainError
        letters, digits, rest = head.groups()
        if rest not in plain:
            if not _plain_attributes(rest):
                raise _NotPlainError
            plain.add(rest)
        close = find(b"</c>", at, end) + 4
        row, column = int(digits), _column(letters)
        if close < 4 or row > MAX_ROW or column > MAX_COLUMN:
            raise _NotPlainError
        cells.append(Cell(row, column, begin, close))
    return cells


def scan_general(data: bytes, wanted: Collection[int] | None, origin: Origin) -> SheetScan:
    """The scan for any well-formed sheet, by expat's byte offsets."""
    return _General(data, wanted, origin).run()


class _General:
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
        self.cells: list[Cell] = []

    def run(self) -> SheetScan:
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        run_parser(self.parser, self.data, self.origin)
        if self.scan.start < 0:
            self.origin.unsure("sheetData")
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
        self.scan.rows.append(
            Row(self.row, self.row_start, self.row_head, element_end(self.data, self.row_head, at))
        )
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
        cell = Cell(self.cell_row, self.column, self.cell_start, element_end(self.data, self.cell_head, at))
        if self.wanted is not None and self.row in self.wanted:
            self.cells.append(cell)
        if self.has_formula:
            self.scan.formulas.append(cell)
