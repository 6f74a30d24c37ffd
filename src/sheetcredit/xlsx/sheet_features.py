"""What else stands on a sheet and limits where a value may be written."""

from __future__ import annotations

from typing import NamedTuple, NoReturn

from sheetcredit.model.errors import CannotPatch
from sheetcredit.xlsx.address import Area, around, format_address
from sheetcredit.xlsx.formulas import SpecialFormula
from sheetcredit.xlsx.package import Package, SheetInfo
from sheetcredit.xlsx.scan import SheetScan
from sheetcredit.xlsx.xml_bytes import MAIN_NAMESPACES, Element, Origin, elements


class SheetFeatures(NamedTuple):
    """The parts of a sheet around its table of cells."""

    dimension: Element | None
    merges: tuple[Area, ...]
    column_styles: tuple[tuple[int, int, str], ...]
    """First column, last column, style of each `<col>` that has one."""

    def column_style(self, column: int) -> str | None:
        """The style that shows in a column's empty cells."""
        for first, last, style in self.column_styles:
            if first <= column <= last:
                return style
        return None


def read_features(data: bytes, scan: SheetScan, origin: Origin) -> SheetFeatures:
    """Read everything but the cells. Offsets are those of the whole part."""
    head = data[: scan.head_end]
    empty = head if head.endswith(b"/>") else head[:-1] + b"/>"
    found = [one for one in elements(empty + data[scan.end :], origin) if one.namespace in MAIN_NAMESPACES]
    merges: list[Area] = []
    styles: list[tuple[int, int, str]] = []
    dimension: Element | None = None
    try:
        for one in found:
            if one.name == "dimension" and one.depth == 1:
                dimension = one
            elif one.name == "mergeCell":
                merges.append(Area.parse(one.attributes["ref"]))
            elif one.name == "col" and one.attributes.get("style", "0") != "0":
                attributes = one.attributes
                styles.append((int(attributes["min"]), int(attributes["max"]), attributes["style"]))
    except (KeyError, ValueError):
        origin.unsure("cols, mergeCells")
    return SheetFeatures(dimension, tuple(merges), tuple(styles))


def refuse_blocked(
    package: Package,
    sheet: SheetInfo,
    features: SheetFeatures,
    formulas: list[SpecialFormula],
    cells: list[tuple[int, int]],
) -> None:
    """Raise `CannotPatch` if a cell (row, column) belongs to something that writing would break."""
    if not cells:
        return
    merged = [area for area in features.merges if area.overlaps(around(cells))]
    for row, column in cells if merged else ():
        for area in merged:
            if area.holds(row, column) and (row, column) != (area.top, area.left):
                _refuse("E-MERGED-CELL", sheet, row, column, range=area)
    for found in formulas:
        if found.formula.kind in ("array", "dataTable"):
            _refuse_grouped(package, sheet, found, cells)
    for table in package.tables if _links(package, sheet, "table") else ():
        headers = table.area._replace(bottom=table.area.top + table.header_rows - 1)
        for row, column in cells if table.sheet == sheet.name else ():
            if headers.holds(row, column):
                _refuse("E-TABLE-HEADER", sheet, row, column, table=table.name)
    for area in _pivot_areas(package, sheet):
        for row, column in cells:
            if area.holds(row, column):
                _refuse("E-PIVOT-CELL", sheet, row, column, range=area)


def _refuse(code: str, sheet: SheetInfo, row: int, column: int, **details: object) -> NoReturn:
    raise CannotPatch(code, sheet=sheet.name, cell=format_address(row, column), **details)


def _refuse_grouped(
    package: Package, sheet: SheetInfo, found: SpecialFormula, cells: list[tuple[int, int]]
) -> None:
    """One formula that fills several cells cannot lose one of them."""
    area = found.area(package.origin(sheet.part))
    if area is None or (area.size == 1 and found.formula.kind == "array"):
        return
    code = "E-SHARED-CELL" if found.formula.kind == "array" else "E-DATA-TABLE"
    for row, column in cells:
        if area.holds(row, column) or (row, column) == (found.cell.row, found.cell.column):
            _refuse(code, sheet, row, column, range=area)


def _links(package: Package, sheet: SheetInfo, kind: str) -> list[str]:
    links = package.relationships(sheet.part).values()
    return [link.target for link in links if link.kind == kind and not link.external]


def _pivot_areas(package: Package, sheet: SheetInfo) -> list[Area]:
    """The cells of the sheet's pivot tables, the page filters above them included."""
    areas = []
    for part in _links(package, sheet, "pivotTable"):
        for one in package.elements(part):
            if one.name != "location" or one.namespace not in MAIN_NAMESPACES:
                continue
            try:
                area = Area.parse(one.attributes["ref"])
                pages = int(one.attributes.get("rowPageCount", "0"))
                across = int(one.attributes.get("colPageCount", "0"))
            except (KeyError, ValueError):
                package.origin(part).unsure("location")
            areas.append(area)
            if pages:
                # Filters stand above the table, a blank row between, each two cells and a gap wide.
                right = area.left + max(3 * across - 2, 1)
                areas.append(Area(max(area.top - pages - 1, 1), area.left, max(area.top - 1, 1), right))
    return areas
