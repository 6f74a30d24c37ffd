"""Where the rows, the cells and the formulas of a sheet part lie, in bytes.

Sheets as Excel and the usual libraries write them are *plain* and scanned with searches and regular
expressions (`plainscan`), far faster than expat with handlers. Everything else goes through expat. Both give
the same result.
"""

from __future__ import annotations

from collections.abc import Collection

from sheetcredit.model.errors import HostileFile
from sheetcredit.workbook.address import MAX_COLUMN, MAX_ROW, parse_address
from sheetcredit.workbook.markup import MAIN_NAMESPACES, Origin, element_end, new_parser, run_parser, tag_end
from sheetcredit.workbook.plainscan import NotPlainError, plain_cells_of, scan_plain
from sheetcredit.workbook.spans import USUAL_FORMULA, Cell, Row, SheetScan, plain_attributes, wanted_indices

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
