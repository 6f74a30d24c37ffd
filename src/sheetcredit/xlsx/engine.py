"""Formulas computed by formualizer: the one module that knows this library.

It is given a small workbook of its own: the rows that the formulas in question read, as values, and these
formulas. So a large file costs no more than what is asked about it, and no oddity of a package (zip64,
Strict, conditional formats, links) reaches the library. What it cannot compute, or not for certain, has no
result.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import formualizer

from sheetcredit.xlsx.address import MAX_ROW, column_letters
from sheetcredit.xlsx.cells import MAX_TEXT, Computed, number_text
from sheetcredit.xlsx.container import NewEntry, new_container
from sheetcredit.xlsx.dependents import FormulaGroup
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.references import scan_references
from sheetcredit.xlsx.scan import column_of, plain_rows_between

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_PACKAGE_LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml."
_FORMULA = re.compile(rb'(<c r="([A-Z]+[0-9]+)"[^<>]*>)<f(?:\s[^<>]*)?(?:/>|>[^<]*</f>)')
_DIMENSION = re.compile(rb"<dimension [^<>]*/>")
_ROW = re.compile(rb'<row r="([0-9]+)"')
_COLUMN = re.compile(rb'<c r="([A-Z]+)')
_MOMENTARY = "NOW|TODAY|RAND|RANDBETWEEN|RANDARRAY"
_ELSEWHERE = re.compile(r"\[[0-9]+\]|\b(?:CELL|INFO)\(", re.IGNORECASE)
"""Cells of another workbook, and what depends on the program that shows the file."""
_LONG_NUMBER = re.compile(r"[0-9][0-9.]{15}")
"""A number within a text: Excel writes fifteen digits of it, the library all."""
_ERRORS = {"Null": "#NULL!", "Div": "#DIV/0!", "Value": "#VALUE!", "Num": "#NUM!", "Na": "#N/A"}
"""Errors that are results. `#NAME?` and `#REF!` may also say that the library did not follow a word."""


def compute(
    package: Package,
    formulas: Mapping[FormulaGroup, Collection[int]],
    texts: Mapping[int, bytes],
    *,
    momentary: bool = False,
) -> dict[FormulaGroup, dict[int, Computed]]:
    """The values of formulas, which may read one another; without those that cannot be computed.

    Other formulas keep their cached value. `texts` are sheet parts that take the place of the package's, by
    index of the sheet. `momentary` is whether to compute what is another value every time.
    """
    moments = _momentary(package)
    asked = {}
    for group, members in formulas.items():
        text = group.formula(0)
        if text and _is_known(text) and (momentary or not moments.search(text)):
            asked[group] = sorted(members)
    if not asked:
        return {}
    try:
        small = _small_package(package, asked, texts)
        book = _open(small, package.limits.engine_seconds, date1904=package.date1904)
        for table in package.tables:
            # Loading leaves tables out.
            box, rows = table.area, {"header_row": table.header_rows > 0, "totals_row": table.total_rows > 0}
            if table.columns:
                place = (box.top, box.left, box.bottom, box.right)
                book.add_table(table.name, table.sheet, place, table.columns, **rows)
        book.evaluate_all()
        omitted = {str(name["name"]).casefold() for name in book.name_import_diagnostics}
        return {
            group: dict(_results(book, package.sheets[group.sheet].name, group, members))
            for group, members in asked.items()
            if not omitted or omitted.isdisjoint(_names(group.formula(0)))
        }
    except (OSError, ValueError, RuntimeError, formualizer.ExcelEvaluationError, formualizer.InspectionError):
        return {}  # it is refused as a whole, or takes too long
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # how a fault in the library arrives; not an Exception
            return {}
        raise


def _is_known(text: str) -> bool:
    """Whether the library knows every function of a formula, and all of it lies in this workbook."""
    calls = {name for _, name in scan_references(text).calls}
    return _ELSEWHERE.search(text) is None and all(map(_is_function, calls))


@lru_cache(maxsize=1024)
def _is_function(name: str) -> bool:
    """Whether the library has a function: one that it has fails by another error without arguments."""
    book = formualizer.Workbook()
    book.add_sheet("A")
    book.set_formula("A", 1, 1, f"={name}()")
    value = book.evaluate_cell("A", 1, 1)
    return not (isinstance(value, dict) and value.get("kind") in ("Name", "NImpl", "Error"))


def _names(text: str) -> set[str]:
    return {name.casefold() for _, name in scan_references(text).names}


def _open(data: bytes, seconds: int, *, date1904: bool) -> formualizer.Workbook:
    bounds = formualizer.EvaluationConfig()
    bounds.date_system = "1904" if date1904 else "1900"
    bounds.max_eval_time_ms = 1000 * seconds
    bounds.enable_parallel = False  # the same order of additions on every machine
    book = formualizer.Workbook.from_bytes(data, config=formualizer.WorkbookConfig(eval_config=bounds))
    book.set_temporal_egress("serial")
    return book


def _results(
    book: formualizer.Workbook, sheet: str, group: FormulaGroup, members: list[int]
) -> Iterator[tuple[int, Computed]]:
    """The values of a group's formulas that fill their own cell."""
    broken = "#REF!" in group.formula(0)
    quoted = sheet.replace("'", "''")
    by_column: dict[int, list[int]] = {}
    for member in members:
        by_column.setdefault(group.cells[member][1], []).append(member)
    for column, below in by_column.items():
        rows = [group.cells[member][0] for member in below]
        top, bottom = min(rows), max(rows)
        values = book[sheet].get_values(formualizer.RangeAddress(sheet, top, column, bottom, column))
        letters = column_letters(column)
        area = f"'{quoted}'!{letters}{top}:{letters}{bottom}"
        # A result that fills several cells is none that a formula of one cell can mean in a file.
        cells = (
            book.range_page(area, limit=bottom - top + 1, include_values=False).items
            if group.may_spill
            else []
        )
        for member, row in zip(below, rows, strict=True):
            spills = bool(cells) and cells[row - top].spill is not None
            value = None if spills else _result(values[row - top][0], broken)
            if value is not None:
                yield member, value


def _result(value: Any, broken: bool) -> Computed | None:
    if isinstance(value, bool):
        return Computed("b", str(int(value)))
    if isinstance(value, int | float):
        return Computed("n", number_text(value)) if math.isfinite(value) else None
    if isinstance(value, str):
        return None if len(value) > MAX_TEXT or _LONG_NUMBER.search(value) else Computed("str", value)
    if isinstance(value, dict):
        kind = str(value.get("kind"))
        error = "#REF!" if kind == "Ref" and broken else _ERRORS.get(kind)
        return None if error is None else Computed("e", error)
    return None


def _momentary(package: Package) -> re.Pattern[str]:
    """What calls a function whose result is another every time, by itself or through a defined name."""
    call = re.compile(rf"\b(?:{_MOMENTARY})\(", re.IGNORECASE)
    names = [re.escape(name.name) for name in package.all_names if call.search(name.text)]
    return re.compile(rf"\b(?:(?:{_MOMENTARY})\(|(?:{'|'.join(names)})\b)", re.IGNORECASE) if names else call


def _small_package(
    package: Package, asked: Mapping[FormulaGroup, Collection[int]], texts: Mapping[int, bytes]
) -> bytes:
    """A package of the cells that are read, as values, and the formulas; of other sheets only the name."""
    parts: dict[str, bytes] = {}
    sheets = [(index, sheet) for index, sheet in enumerate(package.sheets) if sheet.kind == "worksheet"]
    rows = _rows(asked)
    formulas: dict[int, dict[bytes, bytes]] = {index: {} for index, _ in sheets}
    for group, members in asked.items():
        formulas[group.sheet].update((group.address(member), group.stored(member)) for member in members)
    for index, sheet in sheets:
        text = texts[index] if index in texts else package.text(sheet.part)
        ranges = [(1, MAX_ROW)] if rows is None else _together(rows.get(index, ()))
        parts[f"xl/worksheets/sheet{index}.xml"] = _sheet(text, ranges, formulas[index])
    links = [(f"s{index}", "worksheet", f"worksheets/sheet{index}.xml") for index, _ in sheets]
    strings = [one for one in package.workbook_relationships.values() if one.kind == "sharedStrings"]
    if strings and package.has(strings[0].target):
        parts["xl/sharedStrings.xml"] = package.text(strings[0].target).replace(_STRICT, _MAIN.encode())
        links.append(("strings", "sharedStrings", "sharedStrings.xml"))
    parts["xl/workbook.xml"] = _workbook(package, [index for index, _ in sheets])
    parts["xl/_rels/workbook.xml.rels"] = _links(links)
    parts["_rels/.rels"] = _links([("w", "officeDocument", "xl/workbook.xml")])
    parts["[Content_Types].xml"] = _content_types(parts)
    return new_container(NewEntry.stored(name, content) for name, content in parts.items())


def _rows(asked: Mapping[FormulaGroup, Collection[int]]) -> dict[int, list[tuple[int, int]]] | None:
    """The rows that formulas stand in and read, by index of the sheet; None for all."""
    found: dict[int, list[tuple[int, int]]] = {}
    for group, members in asked.items():
        if group.reads is None:
            return None
        found.setdefault(group.sheet, []).extend(
            (group.cells[one][0], group.cells[one][0]) for one in members
        )
        for read in group.reads:
            found.setdefault(read.sheet, []).extend(group.ranges(read, members))
    return found


def _together(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ranges in order, those that touch as one."""
    found: list[tuple[int, int]] = []
    for top, bottom in sorted(set(ranges)):
        if found and top <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], bottom))
        else:
            found.append((top, bottom))
    return found


def _sheet(text: bytes, ranges: list[tuple[int, int]], formulas: Mapping[bytes, bytes]) -> bytes:
    """A sheet part of some rows: formulas by their address, and other cells with the value the file keeps."""
    rows = plain_rows_between(text, ranges) if ranges else b""
    if rows is None:  # not written plainly: all of it, to be computed anew
        return text.replace(_STRICT, _MAIN.encode())

    def put(cell: re.Match[bytes]) -> bytes:
        formula = formulas.get(cell[2])
        return cell[1] if formula is None else b"%b<f>%b</f>" % (cell[1], formula)

    head, tail = f'<worksheet xmlns="{_MAIN}">'.encode(), b"</sheetData></worksheet>"
    return b"".join((head, _dimension(text, rows), b"<sheetData>", _FORMULA.sub(put, rows), tail))


def _dimension(text: bytes, rows: bytes) -> bytes:
    """The area that a sheet says it fills; the library needs five times as long where none does."""
    stated = _DIMENSION.search(text, 0, text.find(b"<sheetData"))
    if stated is not None:
        return stated[0]
    numbers, letters = _ROW.findall(rows)[-1:] or [b"1"], set(_COLUMN.findall(rows)) or {b"A"}
    return b'<dimension ref="A1:%b%b"/>' % (max(letters, key=column_of), numbers[0])


def _workbook(package: Package, sheets: list[int]) -> bytes:
    listed = "".join(
        f'<sheet name={quoteattr(package.sheets[index].name)} sheetId="{index + 1}" r:id="s{index}"/>'
        for index in sheets
    )
    own = {package.sheets[index].name: at for at, index in enumerate(sheets)}
    names = "".join(
        f"<definedName name={quoteattr(name.name)}"
        + (f' localSheetId="{own[name.sheet]}"' if name.sheet is not None else "")
        + f">{escape(name.text)}</definedName>"
        for name in package.all_names
        if not _ELSEWHERE.search(name.text) and (name.sheet is None or name.sheet in own)
    )
    settings = [
        one.attributes for one in package.workbook_elements if one.name == "calcPr" and one.depth == 1
    ]
    circles = "".join(
        f" {key}={quoteattr(value)}"
        for key, value in (settings or [{}])[0].items()
        if key.startswith("iterate")
    )
    return (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}"><workbookPr date1904="{int(package.date1904)}"/>'
        f"<sheets>{listed}</sheets>"
        + (f"<definedNames>{names}</definedNames>" if names else "")
        + f"<calcPr{circles}/></workbook>"
    ).encode()


def _links(links: Iterable[tuple[str, str, str]]) -> bytes:
    listed = "".join(
        f'<Relationship Id="{name}" Type="{_LINKS}/{kind}" Target="{target}"/>'
        for name, kind, target in links
    )
    return f'<Relationships xmlns="{_PACKAGE_LINKS}">{listed}</Relationships>'.encode()


def _content_types(parts: Iterable[str]) -> bytes:
    kinds = {"xl/workbook.xml": "sheet.main", "xl/sharedStrings.xml": "sharedStrings"}
    kinds |= {name: "worksheet" for name in parts if name.startswith("xl/worksheets/sheet")}
    listed = "".join(
        f'<Override PartName="/{name}" ContentType="{_CONTENT}{kind}+xml"/>' for name, kind in kinds.items()
    )
    rels = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    )
    return f'<Types xmlns="{_TYPES}">{rels}{listed}</Types>'.encode()
