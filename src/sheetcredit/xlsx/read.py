"""Cells that hold an error (`#REF!`, `#N/A` …): calamine gives them as empty, which would count as nought."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterable
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import cast

import python_calamine as calamine

from sheetcredit.model.errors import CannotRead
from sheetcredit.model.grid import Book, CellValue, Grid
from sheetcredit.xlsx.address import column_number
from sheetcredit.xlsx.cached_formulas import kept_formulas
from sheetcredit.xlsx.container import Container
from sheetcredit.xlsx.files import reading_failed
from sheetcredit.xlsx.inspect import inspect, inspect_other, is_small
from sheetcredit.xlsx.limits import current_limits
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.quick_parts import quick_parts
from sheetcredit.xlsx.quick_values import QuickSheet, quick_values
from sheetcredit.xlsx.sums import with_sums

_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?\bt=[\"']e[\"'][^>]*)(?<!/)>(.*?)</(?:\w+:)?c>", re.DOTALL)
_PLACE = re.compile(rb"\br=[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_VALUE = re.compile(rb"<(?:\w+:)?v[^>]*>([^<]+)<")
_SOME_ERROR = b"#VALUE!"


def put_errors(rows: list[list[CellValue]], part: bytes) -> None:
    """Write the name of each error of a sheet part (as UTF-8) into its cell of `rows`."""
    # `rfind` is several times as fast as `in`.
    if part.rfind(b't="e"') < 0 and part.rfind(b"t='e'") < 0:
        return
    for attributes, content in _CELL.findall(part):
        place, value = _PLACE.search(attributes), _VALUE.search(content)
        if place is None:
            continue
        row, column = int(place[2]) - 1, column_number(place[1].decode()) - 1
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = (value[1] if value else _SOME_ERROR).decode("utf-8", "replace").strip()


# A copy of a workbook without the prepared rows at the end of a sheet: what calamine need not read.
#
# A form keeps a thousand prepared rows (styles, formulas without a value) below the few that are filled.
# calamine skips their cells one by one, which takes longer than any other sheet. The copy is read and thrown
# away; nothing is ever written from it.

_VALUE_trimmed = re.compile(rb"<v(?!></v>|/>)")
_ROW_END = b"</row>"
_LEAST_BYTES = 32 * 1024
"""It does not pay for less."""
_KNOWN = 4


def without_prepared_rows(package: Package, data: bytes, sheets: Iterable[str]) -> bytes:
    """The file `data`, the named sheets cut after their last row with a value."""
    named = set(sheets)
    cut: dict[str, bytes] = {}
    for sheet in package.sheets:
        if sheet.name in named and package.container.entries[sheet.part].unpacked > _LEAST_BYTES:
            text, stored = package.unpacked(sheet.part)
            shorter = cut_after_values(text)
            if shorter is not None:
                cut[sheet.part] = stored.pack(shorter)
    return package.container.rebuilt(cut) if cut else data


def cut_after_values(text: bytes) -> bytes | None:
    """A sheet part (as UTF-8) without the rows below its last value; None where few bytes would go."""
    start, end = text.find(b"<sheetData>"), text.rfind(b"</sheetData>")
    if not 0 <= start < end - _LEAST_BYTES:
        return None
    known = _prepared_before()
    for prepared in tuple(known):  # another thread may add one
        row_end = end - len(prepared)
        if text.endswith(prepared, start, end) and text.endswith(_ROW_END, start, row_end):
            return text[:row_end] + text[end:]
    cut = _end_of_values(text, start, end)
    if cut is None:
        return None
    known.append(text[cut:end])
    return text[:cut] + text[end:]


@lru_cache(maxsize=1)
def _prepared_before() -> deque[bytes]:
    """Prepared rows without a value that were met last: a form keeps the same ones in every workbook."""
    return deque(maxlen=_KNOWN)


def _end_of_values(text: bytes, start: int, end: int) -> int | None:
    """Where the row of the last value ends; None where few bytes follow."""
    last = max(start, text.rfind(b"<is", start, end))
    for found in _VALUE_trimmed.finditer(text, last, end):
        last = found.start()
    row_end = text.find(_ROW_END, last, end) + len(_ROW_END)
    if row_end < len(_ROW_END) or end - row_end < _LEAST_BYTES:
        return None
    prefixed = max(text.rfind(b":v", row_end, end), text.rfind(b":is", row_end, end))
    return row_end if prefixed < 0 else None


# Reading a workbook's values: .xlsx and .xlsm to work on, .xls and .ods to look at.
#
# Sheets that are written plainly are read here; calamine reads all others, and tells what is wrong.

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_READ_ONLY = frozenset({".xls", ".ods", ".xlsb"})


def read_book(path: Path, formulas_of: Iterable[str] = ()) -> Book:
    """All sheets of a workbook as grids; formulas for the named sheets where the format tells them.

    Raises:
        CannotRead: missing, empty, truncated, not a workbook, password-protected, hostile.
    """
    return book_of(bytes_of(path), path, formulas_of)


def book_of(data: bytes, path: Path, formulas_of: Iterable[str] = ()) -> Book:
    """The same of a file whose bytes are at hand; `path` says what it is called.

    Raises:
        CannotRead: as `read_book`.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError:  # bytes of another code page: no text to name the file by
        raise CannotRead("E-FILE-NAME", path=ascii(str(path))) from None
    if not data:
        raise CannotRead("E-EMPTY", path=path)
    digest = sha256(data).digest()
    if _is_read_only(path, data):
        if data.startswith(b"PK"):
            inspect_other(Container(data, str(path), current_limits()))
        return Book(str(path), _with_calamine(path, data), writable=False, digest=digest)
    package = Package(data, str(path), current_limits())
    asked = set(formulas_of)
    quick = _quick_sheets(package, asked)
    inspect(package, {name: sheet.extent for name, sheet in quick.items()})
    worksheets = [sheet for sheet in package.sheets if sheet.kind == "worksheet"]
    grids = {
        sheet.name: _quick_grid(package, sheet.name, quick[sheet.name], sheet.state != "visible")
        for sheet in worksheets
        if sheet.name in quick
    }
    if len(grids) < len(worksheets):
        found = grids | _with_calamine(path, data, package, asked, grids)
        # In the order of the workbook; what only one of the two readers takes for a worksheet is no trouble.
        grids = {sheet.name: found[sheet.name] for sheet in worksheets if sheet.name in found} | found
    return Book(str(path), grids, _names(package), digest=digest)


def _quick_sheets(package: Package, asked: Collection[str]) -> dict[str, QuickSheet]:
    """The sheets that are written plainly, by their name; those asked for with errors and formulas."""
    names = [sheet.name for sheet in package.sheets]
    if not is_small(package.container) or len(set(names)) < len(names):
        return {}
    parts = quick_parts(package)
    if parts is None:
        return {}
    found: dict[str, QuickSheet] = {}
    for sheet in package.sheets:
        if sheet.kind == "worksheet":
            text = package.text(sheet.part)
            if sheet.name not in asked:
                text = cut_after_values(text) or text
            read = quick_values(sheet.name, text, parts, sheet.name in asked)
            if read is not None:
                found[sheet.name] = read
    return found


def _quick_grid(package: Package, name: str, sheet: QuickSheet, hidden: bool) -> Grid:
    formulas = sheet.formulas
    if formulas is None or len(formulas) > package.limits.formulas:
        formulas = kept_formulas(package, name)
    return with_sums(Grid(name, sheet.rows, formulas, hidden))


def _with_calamine(
    path: Path,
    data: bytes,
    package: Package | None = None,
    asked: Collection[str] = (),
    known: Collection[str] = (),
) -> dict[str, Grid]:
    """The worksheets that are not known yet; formulas and errors of those asked for."""
    values = data
    if package is not None:
        others = (sheet.name for sheet in package.sheets if sheet.name not in asked)
        values = without_prepared_rows(package, data, others)
    try:
        with calamine.load_workbook(BytesIO(values)) as workbook:
            kind = calamine.SheetTypeEnum.WorkSheet
            return {
                sheet.name: with_sums(
                    Grid(
                        sheet=sheet.name,
                        rows=_rows(workbook, sheet.name, package if sheet.name in asked else None),
                        formulas=kept_formulas(package, sheet.name)
                        if package and sheet.name in asked
                        else {},
                        hidden=sheet.visible != calamine.SheetVisibleEnum.Visible,
                    )
                )
                for sheet in workbook.sheets_metadata
                if sheet.typ == kind and sheet.name not in known
            }
    except calamine.PasswordError as error:
        raise CannotRead("E-PASSWORD", path=path) from error
    except (calamine.ZipError, calamine.XmlError, calamine.CalamineError, OSError) as error:
        raise CannotRead("E-TRUNCATED", path=path) from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # how a fault in calamine arrives; not an Exception
            raise CannotRead("E-TRUNCATED", path=path) from error
        raise


def bytes_of(path: Path) -> bytes:
    """What a file holds. Raises `CannotRead` for one that cannot be read."""
    try:
        return path.read_bytes()
    except OSError as problem:
        raise reading_failed(path, problem) from problem


def _is_read_only(path: Path, data: bytes) -> bool:
    """Whether the file is of a kind that can only be looked at here.

    An encrypted .xlsx is an OLE file too, whatever its name; calamine tells a protected .xls.
    """
    suffix = path.suffix.lower()
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise CannotRead("E-PASSWORD", path=path)
        if suffix in (".xlsx", ".xlsm"):
            raise CannotRead("E-LEGACY", path=path, suffix=suffix, actual=".xls")
        return True
    return suffix in _READ_ONLY and data.startswith(b"PK")


def _rows(
    workbook: calamine.CalamineWorkbook, sheet: str, package: Package | None
) -> list[tuple[CellValue, ...]]:
    read = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    rows = cast(list[list[CellValue]], read)
    if package is not None:
        put_errors(rows, package.text(package.sheet(sheet).part))
    return list(map(tuple, rows))


def _names(package: Package) -> dict[str, tuple[str, int, int]]:
    """Each workbook-wide name's first cell, zero-based."""
    areas = package.named_areas.items()
    return {name: (sheet, area.top - 1, area.left - 1) for name, (sheet, area) in areas}
