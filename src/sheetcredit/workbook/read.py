"""Reading a workbook's values with calamine: .xlsx and .xlsm to work on, .xls and .ods to look at."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import cast

import python_calamine as calamine

from sheetcredit.model.errors import CannotRead
from sheetcredit.model.grid import Book, CellValue, Grid
from sheetcredit.workbook.container import Container
from sheetcredit.workbook.error_cells import put_errors
from sheetcredit.workbook.inspect import inspect, inspect_other
from sheetcredit.workbook.kept_formulas import kept_formulas
from sheetcredit.workbook.limits import current_limits
from sheetcredit.workbook.package import Package
from sheetcredit.workbook.sums import with_sums
from sheetcredit.workbook.trimmed import without_prepared_rows

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_READ_ONLY = frozenset({".xls", ".ods", ".xlsb"})


def read_book(path: Path, formulas_of: Iterable[str] = ()) -> Book:
    """All sheets of a workbook as grids; formulas for the named sheets where the format tells them.

    Raises:
        CannotRead: missing, empty, truncated, not a workbook, password-protected, hostile.
    """
    data = _bytes_of(path)
    try:
        str(path).encode()
    except UnicodeEncodeError:  # bytes of another code page: no text to name the file by
        raise CannotRead("E-FILE-NAME", path=ascii(str(path))) from None
    if not data:
        raise CannotRead("E-EMPTY", path=path)
    package = None if _is_read_only(path, data) else Package(data, str(path), current_limits())
    if package is not None:
        inspect(package)
    elif data.startswith(b"PK"):
        inspect_other(Container(data, str(path), current_limits()))
    asked = set(formulas_of)
    values = data
    if package is not None:
        others = (sheet.name for sheet in package.sheets if sheet.name not in asked)
        values = without_prepared_rows(package, data, others)
    try:
        with calamine.load_workbook(BytesIO(values)) as workbook:
            states = {sheet.name: sheet.visible for sheet in workbook.sheets_metadata}
            kind = calamine.SheetTypeEnum.WorkSheet
            worksheets = [sheet.name for sheet in workbook.sheets_metadata if sheet.typ == kind]
            formulas = {
                name: kept_formulas(package, name) for name in worksheets if package and name in asked
            }
            grids = {
                name: with_sums(
                    Grid(
                        sheet=name,
                        rows=_rows(workbook, name, package if name in asked else None),
                        formulas=formulas.get(name, {}),
                        hidden=states[name] != calamine.SheetVisibleEnum.Visible,
                    )
                )
                for name in worksheets
            }
    except calamine.PasswordError as error:
        raise CannotRead("E-PASSWORD", path=path) from error
    except (calamine.ZipError, calamine.XmlError, calamine.CalamineError, OSError) as error:
        raise CannotRead("E-TRUNCATED", path=path) from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # how a fault in calamine arrives; not an Exception
            raise CannotRead("E-TRUNCATED", path=path) from error
        raise
    names = _names(package) if package else {}
    return Book(str(path), grids, names, writable=package is not None, digest=sha256(data).digest())


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise CannotRead("E-LINK" if path.is_symlink() else "E-MISSING", path=path) from None
    except IsADirectoryError:
        raise CannotRead("E-NOT-A-FILE", path=path) from None
    except PermissionError as error:
        if path.is_dir():  # Windows says so of folders
            raise CannotRead("E-NOT-A-FILE", path=path) from None
        raise CannotRead("E-PERMISSION", path=path) from error
    except OSError as error:
        raise CannotRead("E-DEVICE", path=path, reason=error.strerror) from error


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


def _rows(workbook: calamine.CalamineWorkbook, sheet: str, package: Package | None) -> list[list[CellValue]]:
    read = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    rows = cast(list[list[CellValue]], read)
    if package is not None:
        put_errors(rows, package.text(package.sheet(sheet).part))
    return rows


def _names(package: Package) -> dict[str, tuple[str, int, int]]:
    """Each workbook-wide name's first cell, zero-based."""
    areas = package.named_areas.items()
    return {name: (sheet, area.top - 1, area.left - 1) for name, (sheet, area) in areas}
