"""What a scan of a sheet part finds: where its rows, cells and formulas lie, in bytes."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from operator import lt
from typing import NamedTuple

from sheetcredit.model.errors import HostileFile
from sheetcredit.xlsx.address import MAX_COLUMN, MAX_ROW, column_number, parse_address
from sheetcredit.xlsx.xml_bytes import MAIN_NAMESPACES, Origin, element_end, new_parser, run_parser, tag_end

USUAL_FORMULA = re.compile(
    rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"([^<>]*)>'
    rb'<f(?:(?: aca="false")?>([^<]+)</f>| t="shared" si="([0-9]{1,9})"/>)'
    rb"(?:<v>[^<]*</v>|<v/>)?</c>"
)
"""Column, row and other attributes of a cell, and its own formula or the number of the one it shares."""
HOLE = b"\0"
"""Stands for a formula's own row number in the text of a group; no XML can hold this character."""


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
    """The wanted rows, and for each that is missing the one before it, in document order."""
    cells: dict[int, list[Cell]] = field(default_factory=dict)
    """The cells of the wanted rows, in document order."""
    special: list[Cell] = field(default_factory=list)
    """The cells with the first of a shared formula, an array formula, a data table, or anything unusual."""
    plain: dict[bytes, list[Cell]] = field(default_factory=dict)
    """Formulas of their own: raw text with a `HOLE` for its own row number → the cells that hold it."""
    shared: dict[bytes, list[Cell]] = field(default_factory=dict)
    """Number of a shared formula → the cells that only point at it."""

    @property
    def formulas(self) -> list[Cell]:
        """All cells that hold an `f` element, in document order."""
        groups = [self.special, *self.plain.values(), *self.shared.values()]
        return sorted((cell for cells in groups for cell in cells), key=lambda cell: cell.start)

    def add_usual(self, match: re.Match[bytes], cell: Cell) -> None:
        """Enter a formula that `USUAL_FORMULA` has matched; a column filled down counts as one text."""
        if (text := match[4]) is not None:
            self.plain.setdefault(text.replace(match[2], HOLE), []).append(cell)
        else:
            self.shared.setdefault(match[5], []).append(cell)


def wanted_indices(numbers: Sequence[int], wanted: Collection[int]) -> list[int]:
    """Where the wanted rows stand among `numbers` (ascending), or the one before each that is missing."""
    found = set()
    for number in wanted:
        index = bisect_left(numbers, number)
        if index == len(numbers) or numbers[index] != number:
            index -= 1
        found.add(index)
    return sorted(found - {-1})


def plain_attributes(raw: bytes) -> bool:
    """Whether the first `>` really ended the tag, and no attribute hides an address in another spelling."""
    return raw.count(b'"') % 2 == 0 and b"'" not in raw


# The fast scan of a plain sheet: no comments, no CDATA, no prefixes, every row and cell with its address.
#
# Bytes are counted and searched; nothing is visited one by one but the rows that are wanted and the formulas.
# Whatever could be read in another way by a real parser is given up: `NotPlainError`.

_XMLNS = re.compile(rb"\sxmlns(?::([^\s=]+))?\s*=\s*[\"']([^\"']*)[\"']")
_ROOT = re.compile(rb"(?:<\?xml[^<>]*\?>)?\s*<worksheet(\s[^<>]*)>")
_ROW = re.compile(rb'<row r="([1-9][0-9]{0,6})"([^<>]*)>')
_ROW_NUMBER = re.compile(rb'<row r="([1-9][0-9]{0,6})"')
_ODD_ROW = re.compile(rb'<row(?! r=")')
_EMPTY_ROW = re.compile(rb"<row [^<>]*/>")
_CELL = re.compile(rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"([^<>]*)>')
_FEW_IN = 4096
"""Bytes to a formula beyond which formulas are few."""
_NOT_BETWEEN_CELLS = re.compile(rb"</c>(?!\s*(?:<c |</row>))")
_FORMULA_TAG = re.compile(rb"<f[\s/>]")


class NotPlainError(Exception):
    """The sheet needs the general scan."""


def scan_plain(data: bytes, wanted: Collection[int] | None) -> SheetScan:
    """The fast scan; raises `NotPlainError` for anything unusual."""
    scan = SheetScan()
    scan.start, scan.head_end, close = _plain_frame(data)
    scan.end = close if data[scan.head_end - 2 : scan.head_end] == b"/>" else close + len(b"</sheetData>")
    if wanted is not None:
        plain: set[bytes] = set()
        for row in _plain_rows(data, wanted, scan.head_end, close):
            scan.rows.append(row)
            if row.number in wanted:
                scan.cells[row.number] = _plain_cells(data, row, plain)
    _plain_formulas(data, scan, close)
    return scan


def plain_cells_of(data: bytes, wanted: Collection[int]) -> list[Cell]:
    """The cells of some rows only; raises `NotPlainError`."""
    _, start, end = _plain_frame(data)
    if _ODD_ROW.search(data, start, end):
        raise NotPlainError
    cells: list[Cell] = []
    plain: set[bytes] = set()
    for number in sorted(wanted):
        begin = data.find(b'<row r="%d"' % number, start, end)
        if begin < 0:
            continue
        head = _ROW.match(data, begin, end)
        if head is None or not plain_attributes(head[2]):
            raise NotPlainError
        start = head.end()
        if not head[2].endswith(b"/"):
            close = data.find(b"</row>", start, end) + 6
            if close < 6:
                raise NotPlainError
            cells += _plain_cells(data, Row(number, begin, start, close), plain)
            start = close
    return cells


def _plain_frame(data: bytes) -> tuple[int, int, int]:
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
        raise NotPlainError
    if not data.startswith((b"<sheetData>", b"<sheetData/>"), start):
        raise NotPlainError
    head_end = data.index(b">", start) + 1
    close = head_end
    if data[head_end - 2 : head_end] != b"/>":
        close = data.rfind(b"</sheetData>", head_end)  # there is but one, near the end
        if close < 0:
            raise NotPlainError
    namespaces = dict(_XMLNS.findall(root[1]))
    if namespaces.get(b"", b"").decode("utf-8", "replace") not in MAIN_NAMESPACES:
        raise NotPlainError
    # Elements before the table could redefine what a name means; then the general scan decides.
    if _found(data, b"xmlns", b"x", root.end(), close) or _found(data, b"extLst", b"x", head_end, close):
        raise NotPlainError
    foreign = [b"<" + prefix + b":" for prefix in namespaces if prefix]
    if any(_found(data, opening, b":", head_end, close) for opening in foreign):
        raise NotPlainError
    return start, head_end, close


def _found(data: bytes, text: bytes, rare: bytes, start: int, end: int) -> bool:
    """Whether a text occurs. A single byte of it that is seldom there is looked for ten times as fast."""
    return data.find(rare, start, end) >= 0 and data.find(text, start, end) >= 0


def _plain_rows(data: bytes, wanted: Collection[int], start: int, end: int) -> Iterator[Row]:
    """The wanted rows, and the one before each that is missing."""
    numbers = [int(digits) for digits in _ROW_NUMBER.findall(data, start, end)]
    in_order = all(map(lt, numbers, islice(numbers, 1, None)))
    if not in_order or len(numbers) != data.count(b"<row", start, end) or numbers[-1:] > [MAX_ROW]:
        raise NotPlainError
    closed = data.count(b"</row>", start, end)
    # Rows without content are counted in one go where there are any, to know how deep a place is.
    empty = [] if closed == len(numbers) else [one.start() for one in _EMPTY_ROW.finditer(data, start, end)]
    if closed + len(empty) != len(numbers):
        raise NotPlainError
    position, ended = start, 0
    for index in wanted_indices(numbers, wanted):
        begin = data.find(b'<row r="%d"' % numbers[index], position, end)
        head = _ROW.match(data, begin, end)
        if head is None or not plain_attributes(head[2]):
            raise NotPlainError
        ended += data.count(b"</row>", position, begin)
        if ended + bisect_left(empty, begin) != index:  # it lies within another row
            raise NotPlainError
        position = head.end()
        if head[2][-1:] != b"/":
            position = data.find(b"</row>", position, end) + 6
            ended += 1
            if position < 6 or data.find(b"<row", head.end(), position) >= 0:
                raise NotPlainError
        yield Row(numbers[index], begin, head.end(), position)


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
            if not plain_attributes(rest):
                raise NotPlainError
            plain.add(rest)
        if start < position or digits != number:
            raise NotPlainError
        position = end
        if rest[-1:] != b"/":
            position = find(b"</c>", end, row_end) + 4
            if position < 4:
                raise NotPlainError
        column = _column(letters)
        if column <= last or column > MAX_COLUMN:
            raise NotPlainError
        last = column
        cells.append(Cell(own, column, start, position))
    # Whatever else begins with this letter goes to the general scan.
    if len(cells) != data.count(b"<c", row.head_end, row_end):
        raise NotPlainError
    return cells


@lru_cache(maxsize=1024)
def _column(letters: bytes) -> int:
    return column_number(letters.decode("ascii"))


def _plain_formulas(data: bytes, scan: SheetScan, end: int) -> None:
    """Enter the formulas of the table, whose content ends at `end`."""
    start = scan.head_end
    if not _found(data, b"<f", b"f", start, end):
        return
    if _has_nested_cells(data, start, end):
        raise NotPlainError
    count = data.count(b"<f", start, end)
    usual = 0
    if any(data.find(tag, start, end) >= 0 for tag in (b"<f>", b'<f t="shared" si="', b"<f aca=")):
        few = count * _FEW_IN < end - start
        usual = _enter_usual(
            scan, _usual_few(data, start, end) if few else USUAL_FORMULA.finditer(data, start, end)
        )
    if usual != count:
        known = {cell.start for cells in (*scan.plain.values(), *scan.shared.values()) for cell in cells}
        _special_formulas(data, scan, end, known)


def _enter_usual(scan: SheetScan, matches: Iterable[re.Match[bytes]]) -> int:
    """Enter formulas that `USUAL_FORMULA` has matched, as `add_usual` does, by the thousand; count them."""
    plain, shared, new = scan.plain, scan.shared, tuple.__new__
    usual: set[bytes] = set()
    count = 0
    for match in matches:
        letters, digits, rest, text, number = match.groups()
        if rest not in usual:
            if not plain_attributes(rest):
                raise NotPlainError
            usual.add(rest)
        row, column = int(digits), _column(letters)
        if row > MAX_ROW or column > MAX_COLUMN:
            raise NotPlainError
        group, key = (shared, number) if text is None else (plain, text.replace(digits, HOLE))
        cell = new(Cell, (row, column, *match.span()))
        if key in group:
            group[key].append(cell)
        else:
            group[key] = [cell]
        count += 1
    return count


def _usual_few(data: bytes, start: int, end: int) -> Iterator[re.Match[bytes]]:
    """The usual formulas, where they are so few that each is looked for: in a large table, only its sums."""
    at = data.find(b"<f", start, end)
    while at >= 0:
        begin = data.rfind(b"<c ", start, at)
        match = USUAL_FORMULA.match(data, begin, end) if begin >= 0 else None
        if match is not None and match.end() > at:
            yield match
        at = data.find(b"<f", at + 2, end)


def _has_nested_cells(data: bytes, start: int, end: int) -> bool:
    """Whether a cell may lie within another: after the inner one neither a cell begins nor the row ends."""
    usual = data.count(b"</c><c ", start, end) + data.count(b"</c></row>", start, end)
    if usual == data.count(b"</c>", start, end):
        return False
    return _NOT_BETWEEN_CELLS.search(data, start, end) is not None


def _special_formulas(data: bytes, scan: SheetScan, end: int, known: Collection[int]) -> None:
    """Enter the formulas whose cells do not start at one of the known offsets."""
    match, rfind, find = _CELL.match, data.rfind, data.find
    plain: set[bytes] = set()
    for tag in _FORMULA_TAG.finditer(data, scan.head_end, end):
        at = tag.start()
        begin = rfind(b"<c ", scan.head_end, at)
        if begin in known:
            continue
        head = match(data, begin)
        if head is None or head.end() != at:
            raise NotPlainError
        letters, digits, rest = head.groups()
        if rest not in plain:
            if not plain_attributes(rest):
                raise NotPlainError
            plain.add(rest)
        close = find(b"</c>", at, end) + 4
        row, column = int(digits), _column(letters)
        if close < 4 or row > MAX_ROW or column > MAX_COLUMN:
            raise NotPlainError
        scan.special.append(Cell(row, column, begin, close))


# Where the rows, the cells and the formulas of a sheet part lie, in bytes.
#
# Sheets as Excel and the usual libraries write them are *plain* and scanned with searches and regular
# expressions (`plainscan`), far faster than expat with handlers. Everything else goes through expat. Both
# give the same result.

__all__ = ["cells_of_rows", "scan_general", "scan_plain", "scan_sheet"]


def scan_sheet(data: bytes, wanted: Collection[int] | None, origin: Origin) -> SheetScan:
    """Find the formulas and, unless `wanted` is None, the wanted rows and their cells.

    Raises `CannotRead` for broken XML and `CannotPatch` when the rows or cells are not in an order that
    says where a cell belongs.
    """
    try:
        return scan_plain(data, wanted)
    except NotPlainError:
        return scan_general(data, wanted, origin)


def cells_of_rows(data: bytes, wanted: Collection[int], origin: Origin) -> list[Cell]:
    """The cells of some rows only: what it takes to read a few values back."""
    try:
        return plain_cells_of(data, wanted)
    except NotPlainError:
        found = scan_general(data, wanted, origin).cells
        return [cell for row in found.values() for cell in row]


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
        if self.wanted is not None:
            numbers = [row.number for row in self.scan.rows]
            self.scan.rows = [self.scan.rows[index] for index in wanted_indices(numbers, self.wanted)]
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
            usual = USUAL_FORMULA.match(self.data, cell.start)
            if usual is None or usual.end() != cell.end or not plain_attributes(usual[3]):
                self.scan.special.append(cell)
            else:
                self.scan.add_usual(usual, cell)
