"""The sheets of a file of the bank, by its content: .xlsx, .xls, .xlsb, .ods, or a web page named .xls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Protocol

from sheetcredit.imports.recognise import NumberedRow
from sheetcredit.model.errors import CannotRead
from sheetcredit.model.grid import CellValue, Grid
from sheetcredit.xlsx.container import OLE2_MAGIC
from sheetcredit.xlsx.limits import FileLimits, current_limits, hold
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.read import book_of, bytes_of
from sheetcredit.xlsx.row_stream import RowStream

_GIB = 1 << 30
_HTML_STARTS = (b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<style", b"<div")


class Rows(Protocol):
    """Rows one after another: of all columns until `columns` is set, then of these alone."""

    columns: Sequence[int] | None

    def __iter__(self) -> Iterator[NumberedRow]: ...


@dataclass(frozen=True)
class ExportSheet:
    """A visible sheet. `rows` reads it; `rows_otherwise` where its XML is too unusual for that."""

    name: str
    rows: Callable[[], Rows]
    rows_otherwise: Callable[[], Rows]


class GridRows:
    """The rows of a grid that is in memory."""

    def __init__(self, grid: Sequence[Sequence[CellValue]]) -> None:
        self.columns: Sequence[int] | None = None
        self._grid = grid

    def __iter__(self) -> Iterator[NumberedRow]:
        for number, values in enumerate(self._grid, start=1):
            if self.columns is None:
                yield number, values
            else:
                yield number, [values[column] if column < len(values) else None for column in self.columns]


def open_sheets(path: Path) -> list[ExportSheet]:
    """The sheets of a file.

    Raises:
        CannotRead: it cannot be opened, or is no workbook.
    """
    data = bytes_of(path)
    if not data:
        raise CannotRead("E-EMPTY", path=path)
    limits = _limits()
    if _is_html(data):
        hold(limits, "values_bytes", len(data), str(path))
        return [_of_grid("HTML", _html_rows(data))]
    if data.startswith(b"PK") and path.suffix.lower() not in (".ods", ".xlsb"):
        package = Package(data, str(path), limits)
        return [
            _of_package(package, sheet.name, path)
            for sheet in package.sheets
            if sheet.kind == "worksheet" and sheet.state == "visible"
        ]
    if not data.startswith((b"PK", OLE2_MAGIC)):
        raise CannotRead("E-NOT-WORKBOOK", path=path)
    # An old workbook may be named .xlsx; it is what its first bytes say.
    named = path.with_suffix(".xls") if data.startswith(OLE2_MAGIC) else path
    return [
        _of_grid(grid.sheet, grid.rows) for grid in book_of(data, named).grids.values() if not grid.hidden
    ]


def _limits() -> FileLimits:
    """The limits of a file that is read row by row: only its strings lie in memory as a whole."""
    usual = current_limits()
    return usual._replace(
        part_bytes=max(usual.part_bytes, _GIB),
        total_bytes=max(usual.total_bytes, 2 * _GIB),
        values_bytes=max(usual.values_bytes, _GIB // 4),
        strings=max(usual.strings, 5_000_000),
    )


def _of_package(package: Package, name: str, path: Path) -> ExportSheet:
    def otherwise() -> Rows:
        grid = book_of(package.container.data, path).grid(name)
        return GridRows(grid.rows if grid else ())

    return ExportSheet(name, lambda: RowStream(package, name), otherwise)


def _of_grid(name: str, rows: Sequence[Sequence[CellValue]]) -> ExportSheet:
    return ExportSheet(name, lambda: GridRows(rows), lambda: GridRows(rows))


def grid_sheet(grid: Grid) -> ExportSheet:
    """A grid as a sheet of an export."""
    return _of_grid(grid.sheet, grid.rows)


def _is_html(data: bytes) -> bool:
    start = data[:4096].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").replace(b"\x00", b"").lower()
    return start.startswith(_HTML_STARTS) or (start.startswith(b"<") and b"<table" in start)


def _html_rows(data: bytes) -> list[list[CellValue]]:
    parser = _TableParser()
    parser.feed(_decoded(data))
    parser.close()
    return parser.rows


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1258", "replace")


class _TableParser(HTMLParser):
    """The cells of all tables of a page, one under the other; a cell over several columns is the first."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[CellValue]] = []
        self._cell: list[str] | None = None
        self._span = 1
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self._hidden += 1
        elif tag == "tr":
            self._end_cell()
            self.rows.append([])
        elif tag in ("td", "th"):
            self._end_cell()
            if not self.rows:
                self.rows.append([])
            span = dict(attrs).get("colspan") or "1"
            self._span = min(int(span), 1000) if span.isdigit() else 1
            self._cell = []
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._hidden = max(0, self._hidden - 1)
        elif tag in ("td", "th", "tr", "table"):
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._hidden:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is None:
            return
        text = "".join(self._cell).replace("\xa0", " ").strip()
        self.rows[-1].extend([text or None, *[None] * (self._span - 1)])
        self._cell = None
