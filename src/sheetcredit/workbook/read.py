"""Reading a workbook's values: .xlsx and .xlsm to work on, .xls and .ods to look at.

Sheets that are written plainly are read here; calamine reads all others, and tells what is wrong with a file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import cast

import python_calamine as calamine

from sheetcredit.model.errors import CannotRead
from sheetcredit.model.grid import Book, CellValue, Grid
from sheetcredit.workbook.container import Container
from sheetcredit.workbook.error_cells import put_errors
from sheetcredit.workbook.files import reading_failed
from sheetcredit.workbook.inspect import inspect, inspect_other, is_small
from sheetcredit.workbook.kept_formulas import kept_formulas
from sheetcredit.workbook.limits import current_limits
from sheetcredit.workbook.package import Package
from sheetcredit.workbook.quick_parts import quick_parts
from sheetcredit.workbook.quick_values import QuickSheet, quick_values
from sheetcredit.workbook.sums import with_sums
from sheetcredit.workbook.trimmed import cut_after_values, without_prepared_rows

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
