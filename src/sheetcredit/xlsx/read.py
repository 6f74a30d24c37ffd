"""Reading a workbook's values: .xlsx and .xlsm to work on, .xls, .xlsb and .ods to look at.

calamine reads the values; the formulas of the sheets that ask for them come from the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date, time, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import cast

import python_calamine as calamine

from sheetcredit.model.errors import CannotRead
from sheetcredit.model.grid import Book, CellValue, Formula, Grid, serial_of
from sheetcredit.xlsx.address import column_number
from sheetcredit.xlsx.cells import parse_cell
from sheetcredit.xlsx.container import OLE2_MAGIC, Container
from sheetcredit.xlsx.files import reading_failed
from sheetcredit.xlsx.for_calamine import for_calamine
from sheetcredit.xlsx.inspect import inspect, inspect_other
from sheetcredit.xlsx.kept_part import kept_text
from sheetcredit.xlsx.limits import current_limits
from sheetcredit.xlsx.number_formats import odd_formats
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.scan import cells_of_rows
from sheetcredit.xlsx.sums import with_sums
from sheetcredit.xlsx.xml_bytes import Origin

_READ_ONLY = frozenset({".xls", ".ods", ".xlsb"})
_ERROR_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?\bt=[\"']e[\"'][^>]*)(?<!/)>(.*?)</(?:\w+:)?c>", re.DOTALL)
_PLACE = re.compile(rb"\br=[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_VALUE = re.compile(rb"<(?:\w+:)?v[^>]*>([^<]+)<")
_SOME_ERROR = b"#VALUE!"
_SECOND = 1 / 86_400


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
    inspect(package)
    found = _with_calamine(path, for_calamine(package), package, set(formulas_of))
    # In the order of the workbook; what only one of the two readers takes for a worksheet is no trouble.
    grids = {sheet.name: found[sheet.name] for sheet in package.sheets if sheet.name in found} | found
    return Book(
        str(path), grids, _names(package), digest=digest, recalculates=_recalculates(package),
        custom=kept_text(package),
    )  # fmt: skip


def peek(path: Path, sheet: str) -> Book | None:
    """The workbook with that sheet alone, read without the others: cheap enough for all files of a folder.

    None for a file that cannot be read or has no such sheet.
    """
    try:
        # Making the package breaks off on what would not be safe to unpack.
        data = for_calamine(Package(path.read_bytes(), str(path)), {sheet})
        with calamine.load_workbook(BytesIO(data)) as workbook:
            if sheet not in workbook.sheet_names:
                return None
            rows = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except (CannotRead, calamine.CalamineError, OSError):
        return None
    return Book(str(path), {sheet: Grid(sheet=sheet, rows=rows)})


def _with_calamine(
    path: Path,
    data: bytes,
    package: Package | None = None,
    asked: Collection[str] = (),
) -> dict[str, Grid]:
    """The worksheets; formulas, errors and odd formats of those asked for."""
    try:
        with calamine.load_workbook(BytesIO(data)) as workbook:
            return {
                sheet.name: _grid(workbook, sheet, package if sheet.name in asked else None)
                for sheet in workbook.sheets_metadata
                if sheet.typ == calamine.SheetTypeEnum.WorkSheet
            }
    except calamine.PasswordError as error:
        raise CannotRead("E-PASSWORD", path=path) from error
    # OverflowError: a number whose format shows it as more hours than Python counts.
    except (calamine.ZipError, calamine.XmlError, calamine.CalamineError, OSError, OverflowError) as error:
        raise CannotRead("E-TRUNCATED", path=path) from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # how a fault in calamine arrives; not an Exception
            raise CannotRead("E-TRUNCATED", path=path) from error
        raise


def _grid(
    workbook: calamine.CalamineWorkbook, sheet: calamine.SheetMetadata, package: Package | None
) -> Grid:
    """One sheet; with its formulas, errors and odd formats if the package is given."""
    found = workbook.get_sheet_by_name(sheet.name)
    read = found.to_python(skip_empty_area=False)
    rows = cast(list[list[CellValue]], read)
    hidden = sheet.visible != calamine.SheetVisibleEnum.Visible
    merged = tuple((*first, *last) for first, last in found.merged_cell_ranges or ())
    if package is None:
        return Grid(sheet.name, list(map(tuple, rows)), hidden=hidden, merged=merged)
    part = package.sheet(sheet.name).part
    _put_errors(rows, package.text(part))
    _put_numbers(rows, package.text(part), package.origin(part))
    formulas, formats = _formulas(package, sheet.name), odd_formats(package, sheet.name)
    return with_sums(Grid(sheet.name, list(map(tuple, rows)), formulas, hidden, merged, formats))


def _formulas(package: Package, sheet: str) -> dict[tuple[int, int], Formula]:
    """Texts and cached values by zero-based row and column."""
    return {
        (row - 1, column - 1): Formula(one.text, one.cached)
        for (row, column), one in package.formulas(sheet).items()
    }


def _put_errors(rows: list[list[CellValue]], part: bytes) -> None:
    """Write the name of each error (`#REF!`, `#N/A` …) of a sheet part into its cell of `rows`.

    calamine gives such cells as empty, which would count as zero.
    """
    # `rfind` is several times as fast as `in`.
    if part.rfind(b't="e"') < 0 and part.rfind(b"t='e'") < 0:
        return
    for attributes, content in _ERROR_CELL.findall(part):
        place, value = _PLACE.search(attributes), _VALUE.search(content)
        if place is None:
            continue
        row, column = int(place[2]) - 1, column_number(place[1].decode()) - 1
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = (value[1] if value else _SOME_ERROR).decode("utf-8", "replace").strip()


def _put_numbers(rows: list[list[CellValue]], part: bytes, origin: Origin) -> None:
    """Write the number itself into cells of `rows` whose format shows it as a date that says another number.

    calamine gives what the format shows: a time of 0:00 for 0 and for all that is below, the same day for 59
    and 60, days four years off where the calendar begins in 1904.
    """
    shown = {
        (row, column): value
        for row, line in enumerate(rows)
        for column, value in enumerate(line)
        if isinstance(value, (date, time, timedelta))
    }
    if not shown:
        return
    for span in cells_of_rows(part, {row + 1 for row, _ in shown}, origin):
        place = (span.row - 1, span.column - 1)
        if place not in shown:
            continue
        try:
            number = float(parse_cell(part[span.start : span.end], origin).shown or "")
        except ValueError:  # a date as text (t="d")
            continue
        value = shown[place]
        if not isinstance(value, date) or abs(serial_of(value) - number) > _SECOND:
            rows[place[0]][place[1]] = number


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
    if data.startswith(OLE2_MAGIC):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise CannotRead("E-PASSWORD", path=path)
        if suffix in (".xlsx", ".xlsm"):
            raise CannotRead("E-LEGACY", path=path, suffix=suffix, actual=".xls")
        return True
    return suffix in _READ_ONLY and data.startswith(b"PK")


def _recalculates(package: Package) -> bool:
    return any(
        one.name == "calcPr"
        and one.depth == 1
        and one.attributes.get("fullCalcOnLoad") in ("1", "true", "on")
        for one in package.workbook_elements
    )


def _names(package: Package) -> dict[str, tuple[str, int, int]]:
    """Each workbook-wide name's first cell, zero-based."""
    areas = package.named_areas.items()
    return {name: (sheet, area.top - 1, area.left - 1) for name, (sheet, area) in areas}
