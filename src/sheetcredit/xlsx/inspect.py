"""Looking a package over before its values are read by a library that trusts it.

calamine makes room for every cell from the first to the last, keeps all strings, and unpacks without a
bound. So every part is unpacked here first, with the bounds of `FileLimits`, and what decides over memory is
counted in the bytes.
"""

from __future__ import annotations

import re

from sheetcredit.model.errors import HostileFile
from sheetcredit.xlsx.address import MAX_COLUMN, MAX_ROW, column_number, format_address
from sheetcredit.xlsx.container import Container
from sheetcredit.xlsx.limits import hold
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.xml_bytes import unpack

_FAR = re.compile(rb'<c(?! r="[A-Z][0-9]{1,3}")(?: r="([A-Z]+)([0-9]+)")?')
_LETTERS = re.compile(rb'<c r="([A-Z]+)')
_DIGITS = re.compile(rb'<c r="[A-Z]+([0-9]+)')
_ELEMENT = re.compile(rb"<[^?!]")
_COLUMN = re.compile(rb"""\br\s*=\s*["']([A-Za-z]+)[0-9]""")
_ROW = re.compile(rb"""\br\s*=\s*["'][A-Za-z]*([0-9]+)["']""")
_CODED = re.compile(rb"""\br\s*=\s*["'][^"'<>]*&#""")
_ROW_TAG = re.compile(rb"<(?:[^\s<>/:]+:)?row[\s/>]")
_CELL_TAG = re.compile(rb"<(?:[^\s<>/:]+:)?c[\s/>]")
_ADDRESSED = re.compile(rb"<(?:[^\s<>/:]+:)?(?:c|row)\s(?:[^<>]*\s)?r\s*=")
_ODS_ROW = re.compile(rb"<table:table-row(?=[\s/>])")
_ROWS_REPEATED = re.compile(rb"""[^<>]*number-rows-repeated=["']([0-9]+)""")
_COLUMNS_REPEATED = re.compile(rb"""number-columns-repeated=["']([0-9]+)""")
STRINGS_PART = "sharedstrings.xml"
_STRINGS_RECORD = b"\x9f\x01\x08"  # [MS-XLSB] BrtBeginSst: eight bytes, the count of uses and of strings
_NEAR_ROWS, _NEAR_COLUMNS = 999, 26
_KEPT = 16 * 1024 * 1024


def is_small(container: Container) -> bool:
    """Whether all parts, unpacked, may lie in memory together. Raises `HostileFile` above the limits."""
    return _total(container) <= _KEPT


def inspect(package: Package) -> None:
    """Raise `HostileFile` if reading the values would ask too much, or a part is not what it says it is.

    Raises `CannotRead` for a part that cannot be unpacked.
    """
    container, limits, path = package.container, package.limits, package.path
    keep = is_small(container)
    sheets = {sheet.part: sheet.name for sheet in package.sheets if sheet.kind == "worksheet"}
    cells = 0
    for name in container.entries:
        if name not in sheets and not name.casefold().endswith((".xml", ".rels")):
            container.read(name)  # only to see that it unpacks to what it says
            continue
        text = package.text(name) if keep else unpack(container.read(name), package.origin(name))[0]
        if _declares_type(text):
            raise HostileFile("E-HOSTILE", path=path, reason=f"DTD in {name}")
        if name in sheets:
            rows, columns = extent(text)
            cells += rows * columns
            if cells > limits.cells:
                cell = format_address(rows, columns)
                raise HostileFile("E-FAR-CELL", path=path, sheet=sheets[name], cell=cell)
        elif (last := name.casefold().rpartition("/")[2]) == STRINGS_PART:
            hold(container.limits, "strings", text.count(b"<si") + text.count(b":si>"), container.path)
        elif last == "styles.xml":
            hold(container.limits, "styles", text.count(b"<xf") + text.count(b":xf "), container.path)


def _declares_type(text: bytes) -> bool:
    """Whether a part has a document type, which stands before its first element if anywhere."""
    element = _ELEMENT.search(text)
    if element is not None and text.find(b"<!", 0, element.start()) < 0:
        return False
    return b"<!DOCTYPE" in text or b"<!ENTITY" in text


def inspect_other(container: Container) -> None:
    """The same for an .ods or .xlsb file, as far as it can be told from outside.

    An .ods file repeats rows and cells by a number: what stands there is counted as often.
    """
    _total(container)
    for name in container.entries:
        content = container.read(name)
        if name.casefold() == "xl/sharedstrings.bin" and content.startswith(_STRINGS_RECORD):
            # calamine makes room for as many strings as the second number says (`for_calamine`).
            unique = content[len(_STRINGS_RECORD) + 4 :][:4]
            hold(container.limits, "strings", int.from_bytes(unique, "little"), container.path)
        if name == "content.xml":
            if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
                raise HostileFile("E-HOSTILE", path=container.path, reason=f"DTD in {name}")
            cells = sum(map(_repeated, content.split(b"<table:table ")[1:]))
            hold(container.limits, "cells", cells, container.path)


def _repeated(table: bytes) -> int:
    """The cells from the first to the last that holds something, repeated ones counted as often."""
    rows = columns = 0
    skipped = 0
    for row in _ODS_ROW.split(table)[1:]:
        times = _ROWS_REPEATED.match(row)
        count = int(times[1][:12]) if times else 1
        if b"office:value" not in row and b"<text:" not in row:
            skipped += count
            continue
        rows, skipped = rows + skipped + count, 0
        repeats = (
            int(digits[:12]) - 1 for digits in _COLUMNS_REPEATED.findall(row[: row.rfind(b"office:value")])
        )
        columns = max(columns, row.count(b"table-cell") + sum(repeats))
    return rows * columns


def _total(container: Container) -> int:
    total = sum(entry.unpacked for entry in container.entries.values())
    hold(container.limits, "values_bytes", total, container.path)
    return total


def extent(text: bytes) -> tuple[int, int]:
    """The rows and columns that a sheet spans from A1 on, or more; a small sheet is not measured."""
    start, end = text.find(b"<sheetData"), text.rfind(b"</sheetData>")
    # `rfind` is several times as fast as `find`.
    if 0 <= start < end and text.rfind(b":c", start, end) < 0:
        rows, columns = _usual_extent(text, start, end)
        if columns <= MAX_COLUMN:
            return rows, columns
    # Cells and rows may leave out their address: then they count on from the one before.
    counted_on = len(_CELL_TAG.findall(text)) + len(_ROW_TAG.findall(text)) != len(_ADDRESSED.findall(text))
    if b"&#" in text and _CODED.search(text):
        # Nobody writes an address in character references who does not want to hide it.
        return MAX_ROW, MAX_COLUMN
    rows = max((int(digits[:12]) for digits in set(_ROW.findall(text))), default=1)
    columns = max((column_number(letters[:5].decode()) for letters in set(_COLUMN.findall(text))), default=1)
    if counted_on:
        pieces = _ROW_TAG.split(text)
        rows += len(pieces) - 1
        columns += max(len(_CELL_TAG.findall(piece)) for piece in pieces)
    return rows, columns


def _usual_extent(text: bytes, start: int, end: int) -> tuple[int, int]:
    """The same for rows between two offsets each of whose cells begins with its address, without a prefix.

    Where one does not, it lies beyond all columns. What a row says of itself does not matter: room is made
    for cells only.
    """
    far = _FAR.findall(text, start, end)
    if not far:
        return _NEAR_ROWS, _NEAR_COLUMNS
    if any(not letters for letters, _ in far):
        return MAX_ROW, MAX_COLUMN + 1  # a cell without an address, or written in another way
    rows = max(int(digits[:12]) for _, digits in far)
    if rows <= _NEAR_ROWS:
        rows = max(int(digits[:12]) for digits in set(_DIGITS.findall(text, start, end)))
    letters = set(_LETTERS.findall(text, start, end))
    return rows, max(column_number(each[:5].decode()) for each in letters)
