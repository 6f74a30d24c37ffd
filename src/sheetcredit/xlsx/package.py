"""A workbook package opened cheaply: sheets, defined names, date system and formulas, without openpyxl.

Opening reads the zip directory, `workbook.xml` and the relationships, a few milliseconds. Everything else
is read when asked for.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal, NamedTuple, Self, cast
from urllib.parse import unquote

from sheetcredit.model.errors import CannotPatch, CannotRead
from sheetcredit.model.text import composed
from sheetcredit.xlsx.address import Area
from sheetcredit.xlsx.container import Container
from sheetcredit.xlsx.files import reading_failed
from sheetcredit.xlsx.formulas import CellFormula, by_place, find_formulas
from sheetcredit.xlsx.limits import DEFAULT_LIMITS, FileLimits, hold
from sheetcredit.xlsx.references import scan_references
from sheetcredit.xlsx.xml_bytes import MAIN_NAMESPACES, Element, Origin, Stored, elements, unpack

__all__ = ["CellFormula", "DefinedName", "ExcelTable", "Package", "Relationship", "SheetInfo", "State"]

State = Literal["visible", "hidden", "veryHidden"]


class Relationship(NamedTuple):
    """A link from one part to another; `target` is a part name, or a URL when external."""

    id: str
    kind: str
    """The last segment of the type: `worksheet`, `table`, `pivotTable`, …"""
    target: str
    external: bool


class SheetInfo(NamedTuple):
    """A sheet as the workbook lists it."""

    name: str
    state: State
    kind: str
    """`worksheet`, `chartsheet`, `dialogsheet` or `xlMacrosheet`."""
    part: str
    sheet_id: int
    """The number `calcChain.xml` knows it by."""


class DefinedName(NamedTuple):
    """A defined name; `sheet` is the sheet it is local to, None for the whole workbook."""

    name: str
    text: str
    sheet: str | None
    hidden: bool


class ExcelTable(NamedTuple):
    """An Excel table (list object) on a sheet."""

    name: str
    sheet: str
    area: Area
    header_rows: int
    total_rows: int
    columns: tuple[str, ...]


class Package:
    """An .xlsx or .xlsm file in memory.

    Raises `CannotRead` (and its subclass `HostileFile`) for what is not a readable workbook.
    """

    def __init__(self, data: bytes, path: str, limits: FileLimits = DEFAULT_LIMITS) -> None:
        self.path = path
        self.limits = limits
        self.container = Container(data, path, limits)
        self._folded = {name.casefold(): name for name in self.container.entries}
        self._unpacked: dict[str, tuple[bytes, Stored]] = {}
        self._relationships: dict[str, dict[str, Relationship]] = {}
        self._marks = 0
        self.workbook_part = self._find_workbook()
        self.workbook_elements: list[Element] = elements(
            self._counted(self.workbook_part), self.origin(self.workbook_part)
        )
        if not self.workbook_elements or self.workbook_elements[0].namespace not in MAIN_NAMESPACES:
            raise CannotRead("E-NOT-WORKBOOK", path=path)
        self.listed: tuple[str, ...] = tuple(one.attributes.get("name", "") for one in self._sheet_elements())
        """The names of all sheets in the order of the workbook, those without a part too."""
        self.sheets: tuple[SheetInfo, ...] = self._read_sheets()

    @classmethod
    def open(cls, path: Path, limits: FileLimits = DEFAULT_LIMITS) -> Self:
        """Read the whole file at once; it is not kept open."""
        try:
            return cls(path.read_bytes(), str(path), limits)
        except OSError as problem:
            raise reading_failed(path, problem) from problem

    # --- parts -------------------------------------------------------------------------------------

    def has(self, part: str) -> bool:
        """Whether the part is there; part names do not distinguish capitals."""
        return part.casefold() in self._folded

    def actual_name(self, part: str) -> str:
        """The part's name as the container spells it."""
        try:
            return self._folded[part.casefold()]
        except KeyError:
            raise CannotRead("E-TRUNCATED", path=self.path, part=part) from None

    def origin(self, part: str) -> Origin:
        """The part as messages name it."""
        return Origin(self.path, part, self.limits.depth)

    def part(self, part: str) -> bytes:
        """The part's bytes as stored, unpacked."""
        return self.container.read(self.actual_name(part))

    def text(self, part: str) -> bytes:
        """The part as UTF-8 without a byte order mark."""
        return self.unpacked(part)[0]

    def unpacked(self, part: str) -> tuple[bytes, Stored]:
        """The part as UTF-8, and how to store it again. Kept: a part is unpacked once."""
        name = self.actual_name(part)
        if name not in self._unpacked:
            self._unpacked[name] = unpack(self.container.read(name), self.origin(name))
        return self._unpacked[name]

    def unpacked_once(self, part: str) -> tuple[bytes, Stored]:
        """The same without keeping it: for a part that is looked at once, however large it is."""
        name = self.actual_name(part)
        return self._unpacked.get(name) or unpack(self.container.read(name), self.origin(name))

    def elements(self, part: str) -> list[Element]:
        """All elements of a small part: each becomes an object, so they are counted first."""
        return elements(self._counted(part), self.origin(part))

    def _counted(self, part: str) -> bytes:
        text = self.text(part)
        self._marks += text.count(b"<") + text.count(b"=")
        hold(self.limits, "elements", self._marks, self.path)
        return text

    def relationships(self, part: str) -> dict[str, Relationship]:
        """The relationships of a part (`""` for those of the package) by their id."""
        if part in self._relationships:
            return self._relationships[part]
        folder, name = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        found: dict[str, Relationship] = {}
        if self.has(rels):
            text = self._counted(rels)
            usual = _usual_relationships(text, folder, self.limits.depth)
            found = dict(
                _relationships(elements(text, self.origin(rels)), folder) if usual is None else usual
            )
        self._relationships[part] = found
        return found

    # --- workbook ----------------------------------------------------------------------------------

    def _find_workbook(self) -> str:
        for relationship in self.relationships("").values():
            if relationship.kind == "officeDocument" and not relationship.external:
                if relationship.target.casefold().endswith(".bin"):
                    raise CannotRead(
                        "E-LEGACY", path=self.path, suffix=Path(self.path).suffix, actual=".xlsb"
                    )
                if self.has(relationship.target):
                    return self.actual_name(relationship.target)
        if self.has("mimetype") and b"opendocument.spreadsheet" in self.part("mimetype"):
            raise CannotRead("E-LEGACY", path=self.path, suffix=Path(self.path).suffix, actual=".ods")
        raise CannotRead("E-NOT-WORKBOOK", path=self.path)

    @cached_property
    def workbook_relationships(self) -> dict[str, Relationship]:
        """The relationships of `workbook.xml`."""
        return self.relationships(self.workbook_part)

    def _sheet_elements(self) -> Iterator[Element]:
        for element in self.workbook_elements:
            if element.name == "sheet" and element.depth == 2 and element.namespace in MAIN_NAMESPACES:
                yield element

    def sheets_without_part(self) -> list[Element]:
        """Sheets that name no part: modules and macro sheets of Excel 95, which Excel opens in silence."""
        return [element for element in self._sheet_elements() if not element.relation("id")]

    def _read_sheets(self) -> tuple[SheetInfo, ...]:
        sheets = []
        for element in self._sheet_elements():
            relation = element.relation("id")
            if not relation:
                continue
            link = self.workbook_relationships.get(relation)
            if link is None or link.external:
                raise CannotRead("E-TRUNCATED", path=self.path, part=self.workbook_part)
            state = element.attributes.get("state", "visible")
            number = element.attributes.get("sheetId", "0")
            sheets.append(
                SheetInfo(
                    element.attributes.get("name", ""),
                    cast(State, state if state in ("hidden", "veryHidden") else "visible"),
                    link.kind,
                    self.actual_name(link.target),
                    int(number) if number.isascii() and number.isdigit() else 0,
                )
            )
        return tuple(sheets)

    @cached_property
    def date1904(self) -> bool:
        """Whether day 0 is 1 January 1904 instead of the usual calendar."""
        flags = [
            one.attributes.get("date1904", "0") for one in self.workbook_elements if one.name == "workbookPr"
        ]
        return any(flag in ("1", "true", "on") for flag in flags)

    @cached_property
    def all_names(self) -> tuple[DefinedName, ...]:
        """Every defined name, hidden and sheet-local ones included, in file order."""
        found = []
        for one in self.workbook_elements:
            if one.name != "definedName" or one.depth != 2:
                continue
            local = one.attributes.get("localSheetId", "")
            known = local.isascii() and local.isdigit() and int(local) < len(self.listed)
            sheet = self.listed[int(local)] if known else None
            hidden = one.attributes.get("hidden") in ("1", "true")
            found.append(DefinedName(one.attributes.get("name", ""), one.text.strip(), sheet, hidden))
        return tuple(found)

    @cached_property
    def named_areas(self) -> dict[str, tuple[str, Area]]:
        """Workbook-wide names of one cell or one rectangle: name → sheet and area."""
        found = {}
        for name in self.all_names:
            if name.sheet is not None:
                continue
            references = scan_references(name.text)
            single = len(references.areas) == 1 and not (references.names or references.calls)
            if single and not references.everything and (sheet := references.areas[0].sheet) is not None:
                found[name.name] = (sheet, references.areas[0].area)
        return found

    @cached_property
    def defined_names(self) -> dict[str, tuple[str, str]]:
        """The same as text: name → (sheet, `B7` or `A1:C9`)."""
        return {name: (sheet, str(area)) for name, (sheet, area) in self.named_areas.items()}

    def sheet(self, name: str) -> SheetInfo:
        """The worksheet of that name: exactly, or else but for capitals and the way accents are composed.

        Raises `CannotPatch`: `E-NO-SHEET`, `E-SHEETS-ALIKE` where several but none exactly have that name,
        or `E-SHEET-KIND` for a chart or macro sheet.
        """
        exact = [sheet for sheet in self.sheets if sheet.name == name]
        alike = exact or [sheet for sheet in self.sheets if _alike(sheet.name, name)]
        if not alike:
            names = ", ".join(sheet.name for sheet in self.sheets)
            raise CannotPatch("E-NO-SHEET", path=self.path, sheet=name, sheets=names)
        if len(alike) > 1:
            names = ", ".join(f"{sheet.name} ({sheet.name!a})" for sheet in alike)
            raise CannotPatch("E-SHEETS-ALIKE", path=self.path, sheet=name, sheets=names)
        if alike[0].kind != "worksheet":
            raise CannotPatch("E-SHEET-KIND", path=self.path, sheet=name)
        return alike[0]

    @cached_property
    def tables(self) -> tuple[ExcelTable, ...]:
        """The Excel tables of all sheets."""
        found = []
        for sheet in self.sheets:
            for relationship in self.relationships(sheet.part).values():
                if relationship.kind != "table" or relationship.external:
                    continue
                found.append(self._read_table(sheet.name, relationship.target))
        return tuple(found)

    def _read_table(self, sheet: str, part: str) -> ExcelTable:
        first, *others = self.elements(part)
        root = first.attributes
        try:
            area = Area.parse(root.get("ref", ""))
            headers, totals = int(root.get("headerRowCount", "1")), int(root.get("totalsRowCount", "0"))
        except ValueError:
            self.origin(part).unreadable()
        columns = tuple(one.attributes.get("name", "") for one in others if one.name == "tableColumn")
        return ExcelTable(
            root.get("displayName", root.get("name", "")), sheet, area, headers, totals, columns
        )

    # --- formulas ----------------------------------------------------------------------------------

    def formulas(self, sheet: str) -> dict[tuple[int, int], CellFormula]:
        """The formulas of a sheet by (row, column), both from 1."""
        info = self.sheet(sheet)
        data = self.text(info.part)
        found = data.count(b"<f>") + data.count(b"<f ") + data.count(b":f>") + data.count(b":f ")
        hold(self.limits, "formulas", found, self.path)
        return by_place(find_formulas(data, self.origin(info.part)), self.origin(info.part))


def _alike(one: str, other: str) -> bool:
    return one.casefold() == other.casefold() or composed(one).casefold() == composed(other).casefold()


def _relationships(found: Iterable[Element], folder: str) -> dict[str, Relationship]:
    relationships: dict[str, Relationship] = {}
    for element in found:
        if element.name == "Relationship":
            target = element.attributes.get("Target", "")
            external = element.attributes.get("TargetMode") == "External"
            if not external:
                target = posixpath.normpath(
                    posixpath.join("/", folder, unquote(target).replace("\\", "/"))
                ).lstrip("/")
            kind = element.attributes.get("Type", "").rpartition("/")[2]
            name = element.attributes.get("Id", "")
            relationships[name] = Relationship(name, kind, target, external)
    return relationships


@lru_cache(maxsize=64)
def _usual_relationships(text: bytes, folder: str, depth: int) -> Mapping[str, Relationship] | None:
    """The links that a part says, the same in every workbook of a form; None where it cannot be read."""
    try:
        return _relationships(elements(text, Origin("", "", depth)), folder)
    except CannotRead:
        return None
