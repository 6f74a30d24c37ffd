"""A workbook made in memory: what a reader would read in it before there is a file, and then its parts.

Who fills a new workbook at once need not pack it, unpack it, read it and patch it first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from itertools import repeat
from pathlib import Path
from typing import Any

from sheetcredit.build.forms import Draft
from sheetcredit.build.lists import make_lists, write_lists
from sheetcredit.build.plain_texts import PlainPackager, PlainWorkbook
from sheetcredit.build.results import (
    add_comparison_sheet,
    add_findings_sheet,
    add_journal_sheet,
    add_record_sheet,
    add_summary_sheet,
    show_links,
)
from sheetcredit.build.rows_at_once import TableSheet
from sheetcredit.build.styles import FONT, Styles, Workbook, xl_cell_to_rowcol
from sheetcredit.build.tables import Row, add_info_sheet, add_table_sheet
from sheetcredit.model.grid import Book, CellValue, Formula, Grid
from sheetcredit.template.definition import Office, Sheet, load_office
from sheetcredit.template.wording import Kind, form_of

Put = Callable[[str, bytes], None]
"""Takes a part of the file: its name and its content."""
_NAMED = re.compile(r"(?:'((?:[^']|'')*)'|([^'!]+))!(\$[A-Z]+\$[0-9]+)(?::\$[A-Z]+\$[0-9]+)?")


class _Parts(PlainPackager):
    """Hands each part on as soon as it is finished, and leaves nothing to be packed."""

    def __init__(self, put: Put) -> None:
        super().__init__()
        self._put = put

    def _filename(self, name: str) -> object:
        self._hand_on()  # the next is begun when the last is finished
        return super()._filename(name)

    def _create_package(self) -> list[object]:
        super()._create_package()
        self._hand_on()
        return []

    def _hand_on(self) -> None:
        for content, name, binary in self.filenames:
            self._put(name, content.getvalue() if binary else content.getvalue().encode())
        self.filenames.clear()


class WorkbookInMemory(PlainWorkbook):
    """A workbook of which no file is made."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        super().__init__(BytesIO(), {**options, "in_memory": True})
        self._put: Put = _nowhere

    def book(self, formulas_of: Collection[str]) -> Book:
        """What it says now, as it would be read; formulas of the named sheets only, as when reading a file.

        It has no path and no digest; plain sums for which the file keeps no value are empty.
        """
        texts = list(self.str_table.string_table)
        grids = {page.name: _grid(page, texts, page.name in formulas_of) for page in self.worksheets()}
        return Book("", grids, self._names())

    def write_parts(self, put: Put) -> None:
        """All parts of the file, in their order; then nothing more can be changed."""
        self._put = put
        self.close()

    def _get_packager(self) -> _Parts:
        return _Parts(self._put)

    def _names(self) -> dict[str, tuple[str, int, int]]:
        """Each workbook-wide name's first cell, zero-based."""
        found = {}
        for name, local, formula, _ in self.defined_names:
            place = _NAMED.fullmatch(formula.removeprefix("="))
            if local == -1 and place is not None:
                sheet = place[2] or place[1].replace("''", "'")
                found[name] = (sheet, *xl_cell_to_rowcol(place[3]))
        return found


def _nowhere(_name: str, _content: bytes) -> None:
    """Where parts go that nobody asked for."""


def _grid(page: TableSheet, texts: Sequence[str], with_formulas: bool) -> Grid:
    """The values of a sheet as far as any reach, all rows of one length."""
    formulas: dict[tuple[int, int], Formula] = {}
    cells: dict[int, dict[int, CellValue]] = {}
    for row, line in sorted(page.table.items()):
        for column, cell in sorted(line.items()):
            if type(cell).__name__ == "Formula" and with_formulas:
                formulas[row, column] = Formula(cell.formula, str(cell.value) or None)
            if (value := _value(cell, texts)) != "":
                cells.setdefault(row, {})[column] = value
    first, columns = page.values_at_once()
    told = [place for place, column in enumerate(columns, start=1) if any(value != "" for value in column)]
    width = max([*told, *(max(line) + 1 for line in cells.values())], default=0)
    rows: list[Sequence[CellValue]] = []
    beyond = [repeat("")] * (width - len(columns))
    at_once = list(zip(*columns[:width], *beyond, strict=False)) if columns else []
    last = max([*cells, first + len(at_once) - 1])
    for row in range(last + 1):
        if first <= row < first + len(at_once):
            rows.append(at_once[row - first])
        else:
            line = cells.get(row, {})
            rows.append(tuple(line.get(column, "") for column in range(width)))
    return Grid(page.name, rows, formulas, hidden=bool(page.hidden))


def _value(cell: Any, texts: Sequence[str]) -> CellValue:
    """What a cell of XlsxWriter's holds, as a reader gives it: every number is a float."""
    kind = type(cell).__name__
    if kind == "Number":
        return float(f"{cell.number:.16G}")
    if kind == "String":
        text: str = texts[cell.string]
        return text
    if kind == "Boolean":
        return bool(cell.boolean)
    if kind == "Datetime":
        return _day(cell.number)
    if kind != "Formula":
        return ""
    return str(cell.value) if isinstance(cell.value, str) else float(cell.value)


def _day(number: float) -> date | datetime:
    moment = datetime(1899, 12, 30) + timedelta(days=number)
    return moment if number % 1 else moment.date()


# Building a workbook from the definitions: the blank template, or one with content.

Edits = Mapping[str, Mapping[str, int | Decimal | str | None]]
_MADE = datetime(2024, 1, 1)  # in the document's properties: the same content gives the same bytes
_OUTPUTS = {
    "summary": add_summary_sheet,
    "comparison": add_comparison_sheet,
    "findings": add_findings_sheet,
    "journal": add_journal_sheet,
    "record": add_record_sheet,
}


@dataclass(frozen=True)
class Content:
    """What to put into a new workbook.

    `info`: by column name of info.yaml (`office`, `period`, `as_of` …). `tables`: sheet id
    (`funding`, `farmers` …) to rows, each a mapping of column name to the value as typed into the
    cell: amounts in the sheet's unit, codes as text, None where empty. A value is written as its
    Python type says, so a number kept as text is a `str`. A table that is not named gets blank
    lines; a named one has exactly its rows (one blank line if there are none).
    """

    info: Mapping[str, object]
    tables: Mapping[str, Sequence[Row]]


@dataclass(frozen=True)
class Built:
    """A workbook without a file. `book` is what would be read in it (`WorkbookInMemory.book`)."""

    book: Book
    _office: Office
    _workbook: WorkbookInMemory

    def write_parts(self, edits: Edits, put: Put) -> None:
        """The parts of the file, with values put into cells (by sheet and A1 address); once.

        Raises:
            CannotPatch: no cell holds such a value.
        """
        for sheet, cells in edits.items():
            page = self._workbook.get_worksheet_by_name(sheet)
            for cell, value in cells.items():
                page.put(*xl_cell_to_rowcol(cell), value)
        findings = self._office.sheet("findings")
        show_links(self._workbook.get_worksheet_by_name(findings.sheet), findings)
        self._workbook.write_parts(put)


def build_workbook(
    path: Path, content: Content | None = None, office: Office | None = None, kind: Kind = "office"
) -> Path:
    """Write a workbook to `path`, an office's unless told otherwise; without content, the blank template."""
    book = PlainWorkbook(path, _options())
    _fill(book, content or Content({}, {}), office or load_office(), kind)
    book.close()
    return path


def built_workbook(content: Content, office: Office, kind: Kind = "office") -> Built:
    """The same workbook without a file, and what would be read in it."""
    workbook = WorkbookInMemory(_options())
    _fill(workbook, content, office, kind)
    return Built(workbook.book([sheet.sheet for sheet in office.tables()]), office, workbook)


def _options() -> dict[str, object]:
    """Anew for each workbook: XlsxWriter changes what it is given."""
    return {"default_format_properties": {"font_name": FONT, "font_size": 11}}


def _fill(book: Workbook, content: Content, office: Office, kind: Kind) -> None:
    _check_names(office, content)
    info = _defaults(office) | dict(content.info)
    book.set_properties({"title": form_of(kind, "document-title"), "author": "sheetcredit", "created": _MADE})
    book.set_size(2400, 1500)
    draft = Draft(book, Styles(book), office, info, make_lists(office, info), kind)
    for sheet in office.sheets:
        if sheet.kind == "labels":
            add_info_sheet(draft, sheet)
        elif sheet.kind == "table":
            add_table_sheet(draft, sheet, _rows(sheet, content))
        else:
            _OUTPUTS[sheet.id](draft, sheet)
    write_lists(book, office, draft.lists, draft.styles)


def _defaults(office: Office) -> dict[str, object]:
    known: dict[str, object] = {
        column.name: column.default for column in office.sheet("info").columns if column.default
    }
    return known | {"template_version": office.conventions.version}


def _rows(sheet: Sheet, content: Content) -> Sequence[Row]:
    if sheet.id in content.tables:
        return content.tables[sheet.id] or ({},)
    return ({},) * sheet.rows


def _check_names(office: Office, content: Content) -> None:
    """A name that no definition has is a mistake of the caller, not something to leave out quietly."""
    known = {sheet.id: {column.name for column in sheet.columns} for sheet in office.tables()}
    unknown = sorted(set(content.info) - {column.name for column in office.sheet("info").columns})
    unknown += sorted(set(content.tables) - set(known))
    for sheet_id in set(content.tables) & set(known):
        used = {name for row in content.tables[sheet_id] for name in row}
        unknown += sorted(f"{sheet_id}.{name}" for name in used - known[sheet_id])
    if unknown:
        raise ValueError(f"no definition has: {', '.join(unknown)}")
