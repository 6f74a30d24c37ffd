"""How rows look of a table that the tool fills: their heights, what is folded, how far the page is printed.

Attributes of rows and of the sheet around them change; no cell does, and no row above the table.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sheetcredit.xlsx.limits import FileLimits, current_limits
from sheetcredit.xlsx.package import Package, SheetInfo
from sheetcredit.xlsx.scan import RowSpan, SheetScan, scan_sheet
from sheetcredit.xlsx.xml_bytes import (
    Change,
    Element,
    elements,
    prefix_of,
    raw_attributes,
    splice,
    tag_name,
    with_attribute,
    without_attribute,
)

_LINE, _MARGIN = 15.0, 3.0
"""Points of a line of text in the table's font, and of what is left free above and below."""
_MOST_HIGH = 409.0
"""Excel has no higher rows."""
_LETTERS = 1.05
"""Letters of a text that fit where one digit, the unit of a column's width, does."""
_USUAL_WIDTH = 8.43
_AREA = re.compile(r"((?:'[^']*(?:''[^']*)*'|[^'!,]+)!\$[A-Z]{1,3}\$\d+:\$[A-Z]{1,3}\$)(\d+)")
_PASSWORDS = frozenset({"password", "hashValue"})


@dataclass(frozen=True, slots=True)
class RowLook:
    """A row of the table: its wrapped texts by column (from 1); whether it is folded, or folds others."""

    texts: Mapping[int, str] = field(default_factory=dict)
    folded: bool = False
    leads: bool = False


@dataclass(frozen=True, slots=True)
class TableLook:
    """The rows of a table by number (from 1), below its `header`."""

    header: int
    rows: Mapping[int, RowLook]


def with_looks(
    data: bytes, looks: Mapping[str, TableLook], path: str, limits: FileLimits | None = None
) -> bytes:
    """The workbook with the looks of tables, by sheet; the same bytes where they look so already.

    Folded rows are hidden behind the row that leads them. A sheet that is protected with a password keeps
    all rows in sight, since nobody could unfold them; a protection without one is taken off.

    Raises:
        CannotPatch: a sheet is gone, or built too unusually to be certain.
    """
    package = Package(data, path, limits or current_limits())
    replaced: dict[str, bytes] = {}
    printed: dict[int, int] = {}
    for name, look in looks.items():
        sheet = package.sheet(name)
        text, stored = package.unpacked(sheet.part)
        changes = list(_changes(package, sheet, text, look))
        if changes:
            replaced[sheet.part] = stored.pack(splice(text, changes))
        printed[package.sheets.index(sheet)] = max(look.rows, default=look.header + 1)
    replaced |= _printed_until(package, printed)
    return package.container.rebuilt(replaced, set()) if replaced else data


def _changes(package: Package, sheet: SheetInfo, text: bytes, look: TableLook) -> Iterator[Change]:
    origin = package.origin(sheet.part)
    last = max([look.header, *look.rows, *map(int, re.findall(rb"<(?:\w+:)?row\b[^>]*?\br=\"(\d+)\"", text))])
    scan = scan_sheet(text, set(range(look.header + 1, last + 1)), origin)
    around = _around(text, scan, package, sheet)
    folds = any(row.folded for row in look.rows.values())
    locked = next((one for one in around if one.name == "sheetProtection"), None)
    hides = locked is None or not _PASSWORDS & locked.attributes.keys()
    widths = _widths(around)
    known = {row.number: row for row in scan.rows if row.number > look.header}
    for number, row in known.items():
        tag = text[row.start : row.head_end]
        wanted = _dressed(tag, look.rows.get(number), widths, hides)
        if wanted != tag:
            yield row.start, row.head_end, wanted
    yield from _new_rows(text, scan, known, look, widths, hides)
    if folds:
        yield from _outlined(text, scan, around)
        if locked is not None and hides:
            yield locked.start, locked.end, b""


def _around(text: bytes, scan: SheetScan, package: Package, sheet: SheetInfo) -> list[Element]:
    """The elements of a sheet but for its cells, at their places in the whole part."""
    head = text[: scan.head_end]
    empty = head if head.endswith(b"/>") else head[:-1] + b"/>"
    found = elements(empty + text[scan.end :], package.origin(sheet.part))
    moved = scan.end - len(empty)
    for one in found:
        if one.start >= len(empty):
            one.start += moved
            one.head_end += moved
        if one.end > len(empty):
            one.end += moved
    return found


def _widths(around: list[Element]) -> dict[int, float]:
    widths: dict[int, float] = {}
    for one in around:
        if one.name == "col" and "width" in one.attributes:
            first, last = int(one.attributes["min"]), min(int(one.attributes["max"]), 100)
            widths |= dict.fromkeys(range(first, last + 1), float(one.attributes["width"]))
    return widths


def _height(look: RowLook, widths: Mapping[int, float]) -> bytes:
    """How high a row must be for its texts, in points."""
    lines = 1
    for column, text in look.texts.items():
        letters = max(4, int(widths.get(column, _USUAL_WIDTH) * _LETTERS) - 1)
        wrapped = (max(1, len(textwrap.wrap(line, letters))) for line in text.split("\n"))
        lines = max(lines, sum(wrapped))
    return b"%g" % min(_MOST_HIGH, lines * _LINE + _MARGIN)


def _dressed(tag: bytes, look: RowLook | None, widths: Mapping[int, float], hides: bool) -> bytes:
    """The start tag of a row as it should be. What a filter has hidden stays hidden."""
    now = {name: value for name, value, _, _ in raw_attributes(tag)}
    wanted: dict[bytes, bytes | None] = {}
    if b"outlineLevel" in now:
        wanted |= {b"outlineLevel": None, b"hidden": None}
    wanted[b"collapsed"] = None
    if look is not None:
        wanted |= {b"ht": _height(look, widths), b"customHeight": b"1"}
        if look.folded:
            wanted |= {b"outlineLevel": b"1"} | ({b"hidden": b"1"} if hides else {})
        elif look.leads and hides:
            wanted[b"collapsed"] = b"1"
    for name, value in wanted.items():
        if value is None:
            tag = without_attribute(tag, name)
        elif now.get(name) != value:
            tag = with_attribute(tag, name, value)
    return tag


def _new_rows(
    text: bytes,
    scan: SheetScan,
    known: Mapping[int, RowSpan],
    look: TableLook,
    widths: Mapping[int, float],
    hides: bool,
) -> Iterator[Change]:
    """Rows of the table that the sheet has none of yet, behind the last with a smaller number."""
    if text[scan.head_end - 2 : scan.head_end] == b"/>":  # no row at all: nothing stands out of its place
        return
    prefix = prefix_of(tag_name(text, scan.start))
    for number in sorted(look.rows.keys() - known.keys()):
        before = [row.end for row in scan.rows if row.number < number]
        at = before[-1] if before else scan.head_end
        yield at, at, _dressed(b'<%brow r="%d"/>' % (prefix, number), look.rows[number], widths, hides)


def _outlined(text: bytes, scan: SheetScan, around: list[Element]) -> Iterator[Change]:
    """The sheet shows the marks to unfold rows, each beside the row above them."""
    root = around[0]
    prefix = prefix_of(tag_name(text, root.start))
    top = {one.name: one for one in around if one.depth == 1}
    outline = b'<%boutlinePr summaryBelow="0"/>' % prefix
    properties, inside = top.get("sheetPr"), [one for one in around if one.depth == 2]
    found = next((one for one in inside if one.name == "outlinePr"), None)
    if found is not None:
        tag = text[found.start : found.head_end]
        if found.attributes.get("summaryBelow") not in ("0", "false"):
            yield found.start, found.head_end, with_attribute(tag, b"summaryBelow", b"0")
    elif properties is None:
        yield root.head_end, root.head_end, b"<%bsheetPr>%b</%bsheetPr>" % (prefix, outline, prefix)
    elif text[properties.head_end - 2 : properties.head_end] == b"/>":
        tag = text[properties.start : properties.head_end - 2].rstrip()
        yield properties.start, properties.head_end, b"%b>%b</%bsheetPr>" % (tag, outline, prefix)
    else:
        colour = next((one for one in inside if one.name == "tabColor"), None)
        at = colour.end if colour is not None else properties.head_end
        yield at, at, outline
    if (shape := top.get("sheetFormatPr")) is not None:
        if shape.attributes.get("outlineLevelRow", "0") == "0":
            tag = text[shape.start : shape.head_end]
            yield shape.start, shape.head_end, with_attribute(tag, b"outlineLevelRow", b"1")
    else:
        at = top["cols"].start if "cols" in top else scan.start
        yield at, at, b'<%bsheetFormatPr defaultRowHeight="15" outlineLevelRow="1"/>' % prefix


def _printed_until(package: Package, last: Mapping[int, int]) -> dict[str, bytes]:
    """The print areas of sheets (by index) end with these rows, where they are single areas of cells."""
    text, stored = package.unpacked(package.workbook_part)
    changes: list[Change] = []
    for one in package.workbook_elements:
        index = one.attributes.get("localSheetId", "")
        if one.name != "definedName" or one.attributes.get("name") != "_xlnm.Print_Area":
            continue
        match = _AREA.fullmatch(one.text.strip())
        if match is None or not index.isdigit() or int(index) not in last:
            continue
        wanted = str(last[int(index)])
        if match[2] != wanted:
            at = text.rindex(match[2].encode(), one.head_end, one.end)
            changes.append((at, at + len(match[2]), wanted.encode()))
    return {package.workbook_part: stored.pack(splice(text, changes))} if changes else {}
