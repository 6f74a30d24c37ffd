"""The engine: apps, books, sheets, ranges, names. Where LibreOffice differs from Excel it acts like Excel.

Of Excel it takes over, because the program relies on it: what is written into a cell is parsed as if it
were typed (`=…` becomes a formula, `12` a number, a leading apostrophe is dropped), dates are read as dates,
and sheets locked without a password let the program write (the macros ask Excel for that).
"""

# mypy: disable-error-code="misc"
# (xlwings declares its properties as writable; those that the program only reads are read-only here)

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import NoneType
from typing import Any
from urllib.parse import unquote, urlparse

from xlwings import Engine as XlwingsEngine
from xlwings import base_classes, engines

DATES = 2  # com.sun.star.sheet.CellFlags.DATETIME
ERROR_RESULT = 4  # com.sun.star.sheet.FormulaResult.ERROR
ERROR_NAMES = {
    502: "#VALUE!",
    503: "#NUM!",
    519: "#VALUE!",
    524: "#REF!",
    525: "#NAME?",
    532: "#DIV/0!",
    32767: "#N/A",
}
FIRST_DAY = datetime(1899, 12, 30)
NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?%?")

Alert = Callable[[str, str], None]


class Engine:
    """What `xlwings.engines.add` takes."""

    name = "libreoffice"
    type = "desktop"

    def __init__(self, context: Any, alert: Alert) -> None:
        self.apps = Apps(App(self, context, alert))

    @staticmethod
    def prepare_xl_data_element(value: Any, options: Any) -> Any:
        del options
        if isinstance(value, datetime):
            return (value - FIRST_DAY) / timedelta(days=1)
        if isinstance(value, date):
            return float((value - FIRST_DAY.date()).days)
        return "" if value is None else value

    @staticmethod
    def clean_value_data(
        data: Sequence[Sequence[Any]], dates: Any, empty: Any, numbers: Any, err_to_str: bool
    ) -> list[list[Any]]:
        def special(value: Any) -> Any:
            if isinstance(value, Error):
                return value.name if err_to_str else None
            if isinstance(value, datetime):
                return dates(value.year, value.month, value.day, hour=value.hour, minute=value.minute,
                             second=value.second, microsecond=value.microsecond, tzinfo=None)  # fmt: skip
            return numbers(value) if numbers else value

        # Texts and numbers are all that most cells hold: they pass without a call.
        return [
            [empty] * len(row)
            if row.count("") == len(row)
            else [
                (empty if value == "" else value)
                if isinstance(value, str) or (isinstance(value, float) and not numbers)
                else special(value)
                for value in row
            ]
            for row in data
        ]


def register(context: Any, alert: Alert) -> None:
    """Make LibreOffice the program that xlwings works with."""
    engine = XlwingsEngine(impl=Engine(context, alert))
    engines.add(engine)
    engine.activate()


class Error:
    """What a cell with an error holds."""

    def __init__(self, name: str) -> None:
        self.name = name


class Apps(base_classes.Apps):
    def __init__(self, app: App) -> None:
        self._app = app

    def keys(self) -> list[int]:
        return [self._app.pid]

    def __iter__(self) -> Iterator[App]:
        yield self._app

    def __len__(self) -> int:
        return 1

    def __getitem__(self, pid: int) -> App:
        return self._app


class App(base_classes.App):
    def __init__(self, engine: Engine, context: Any, alert: Alert) -> None:
        self.engine = engine
        self._desktop = context.ServiceManager.createInstanceWithContext(
            "com.sun.star.frame.Desktop", context
        )
        self._alert = alert
        self._locked = False
        self._events = self._alerts = True

    pid = hwnd = 1
    version = "16.0"

    @property
    def api(self) -> Any:
        return self._desktop

    @property
    def books(self) -> Books:
        return Books(self)

    @cached_property
    def _document(self) -> Any:
        """The workbook in front; an app lives as long as a press."""
        return self._desktop.CurrentComponent

    @cached_property
    def documents(self) -> list[Any]:
        """All open workbooks."""
        components = self._desktop.Components.createEnumeration()
        found = []
        while components.hasMoreElements():
            document = components.nextElement()
            if document.supportsService("com.sun.star.sheet.SpreadsheetDocument"):
                found.append(document)
        return found

    @property
    def screen_updating(self) -> bool:
        return not self._locked

    @screen_updating.setter
    def screen_updating(self, value: bool) -> None:
        if value == (not self._locked):
            return
        if value:
            self._document.unlockControllers()
        else:
            self._document.lockControllers()
        self._locked = not value

    @property
    def enable_events(self) -> bool:
        return self._events

    @enable_events.setter
    def enable_events(self, value: bool) -> None:
        self._events = value

    @property
    def display_alerts(self) -> bool:
        return self._alerts

    @display_alerts.setter
    def display_alerts(self, value: bool) -> None:
        self._alerts = value

    @property
    def calculation(self) -> str:
        return "automatic" if self._document.isAutomaticCalculationEnabled() else "manual"

    @calculation.setter
    def calculation(self, value: str) -> None:
        self._document.enableAutomaticCalculation(value == "automatic")

    def activate(self, steal_focus: bool = False) -> None:
        del steal_focus

    @property
    def selection(self) -> Range | None:
        book = self.books.active
        selected = book.document.CurrentSelection
        known = selected is not None and selected.supportsService("com.sun.star.sheet.SheetCellRange")
        return Range(book.sheets.active, selected) if known else None

    def calculate(self) -> None:
        self._document.calculate()

    def alert(self, prompt: str, title: str, buttons: str, mode: str, callback: Any) -> str:
        del callback
        self._alert(title, prompt)
        return "yes" if buttons.startswith("yes") else "ok"


class Books(base_classes.Books):
    def __init__(self, app: App) -> None:
        self._app = app

    def __iter__(self) -> Iterator[Book]:
        for document in self._app.documents:
            yield Book(self._app, document)

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __call__(self, wanted: int | str) -> Book:
        for number, book in enumerate(self, start=1):
            if wanted == number or book.name == wanted:
                return book
        raise KeyError(wanted)

    @property
    def active(self) -> Book:
        return Book(self._app, self._app.api.CurrentComponent)


class Book(base_classes.Book):
    def __init__(self, app: App, document: Any) -> None:
        self._app, self.document = app, document

    @property
    def api(self) -> Any:
        return self.document

    @property
    def app(self) -> App:
        return self._app

    @property
    def fullname(self) -> str:
        return str(Path(unquote(urlparse(self.document.URL).path)))

    @property
    def name(self) -> str:
        return Path(self.fullname).name

    @property
    def sheets(self) -> Sheets:
        return Sheets(self)

    @cached_property
    def pages(self) -> Any:
        """LibreOffice's own collection of the sheets: each object of it costs several calls."""
        return self.document.Sheets

    @property
    def names(self) -> Names:
        return Names(self)

    def save(self, path: str | None = None, password: str | None = None) -> None:
        assert path is None and password is None
        self.document.store()

    def activate(self) -> None:
        self.document.CurrentController.Frame.activate()


class Sheets(base_classes.Sheets):
    def __init__(self, book: Book) -> None:
        self._book = book

    def __call__(self, wanted: int | str) -> Sheet:
        if isinstance(wanted, int):
            return Sheet(self._book, self._book.pages.ElementNames[wanted - 1])
        if not self._book.pages.hasByName(wanted):
            raise KeyError(wanted)
        return Sheet(self._book, wanted)

    def __len__(self) -> int:
        return len(self._book.pages.ElementNames)

    def __iter__(self) -> Iterator[Sheet]:
        for name in self._book.pages.ElementNames:
            yield Sheet(self._book, name)

    @property
    def active(self) -> Sheet:
        return Sheet(self._book, self._book.document.CurrentController.ActiveSheet.Name)


class Sheet(base_classes.Sheet):
    """A sheet by its name; LibreOffice's object is fetched when something is asked of it."""

    def __init__(self, book: Book, name: str) -> None:
        self._book, self._name = book, name

    @cached_property
    def sheet(self) -> Any:
        return self._book.pages.getByName(self._name)

    @property
    def api(self) -> Any:
        return self.sheet

    @property
    def book(self) -> Book:
        return self._book

    @property
    def name(self) -> str:
        return self._name

    @property
    def visible(self) -> bool:
        return bool(self.sheet.IsVisible)

    @property
    def used_range(self) -> Range:
        cursor = self.sheet.createCursor()
        cursor.gotoEndOfUsedArea(True)
        return Range(self, cursor)

    def range(self, first: Any, last: Any = None) -> Range:
        if isinstance(first, Range):
            first, last = (first.row, first.column), (last.row, last.column)
        if isinstance(first, str):
            return Range(self, self.sheet.getCellRangeByName(first.replace("$", "")))
        top, left = first
        bottom, right = last or first
        return Range(self, corners=(top, left, bottom, right))

    def activate(self) -> None:
        self._book.document.CurrentController.setActiveSheet(self.sheet)


class Range(base_classes.Range):
    """Cells: LibreOffice's object, or where its corners are (top, left, bottom, right, from 1)."""

    def __init__(
        self, sheet: Sheet, cells: Any = None, corners: tuple[int, int, int, int] | None = None
    ) -> None:
        self._sheet, self._cells = sheet, cells
        if corners is None:
            at = cells.RangeAddress
            corners = at.StartRow + 1, at.StartColumn + 1, at.EndRow + 1, at.EndColumn + 1
        self._corners = corners
        self.options: dict[str, Any] = {}

    @property
    def cells(self) -> Any:
        if self._cells is None:
            top, left, bottom, right = self._corners
            self._cells = self._sheet.sheet.getCellRangeByPosition(left - 1, top - 1, right - 1, bottom - 1)
        return self._cells

    @property
    def api(self) -> Any:
        return self.cells

    @property
    def sheet(self) -> Sheet:
        return self._sheet

    @property
    def row(self) -> int:
        return self._corners[0]

    @property
    def column(self) -> int:
        return self._corners[1]

    @property
    def shape(self) -> tuple[int, int]:
        top, left, bottom, right = self._corners
        return bottom - top + 1, right - left + 1

    def __len__(self) -> int:
        return self.shape[0] * self.shape[1]

    def __call__(self, row: int, column: int | None = None) -> Range:
        if column is None:
            row, column = divmod(row - 1, self.shape[1])
            row, column = row + 1, column + 1
        return self._sheet.range((self.row + row - 1, self.column + column - 1))

    def _name_errors(self, rows: list[list[Any]]) -> None:
        top, left, *_ = self._corners
        for area in self.cells.queryFormulaCells(ERROR_RESULT).RangeAddresses:
            for row in range(area.StartRow + 1 - top, area.EndRow + 2 - top):
                for column in range(area.StartColumn + 1 - left, area.EndColumn + 2 - left):
                    code = self.cells.getCellByPosition(column, row).getError()
                    rows[row][column] = Error(ERROR_NAMES.get(code, "#VALUE!"))

    def _tell_dates(self, rows: list[list[Any]]) -> None:
        top, left, *_ = self._corners
        for area in self.cells.queryContentCells(DATES).RangeAddresses:
            for row in range(area.StartRow + 1 - top, area.EndRow + 2 - top):
                for column in range(area.StartColumn + 1 - left, area.EndColumn + 2 - left):
                    rows[row][column] = FIRST_DAY + timedelta(days=rows[row][column])

    @property
    def raw_value(self) -> list[list[Any]]:
        rows = [list(row) for row in self.cells.getDataArray()]
        kinds = {kind for row in rows for kind in set(map(type, row))}
        if float in kinds:  # a date is a number with a format
            self._tell_dates(rows)
        if NoneType in kinds:
            self._name_errors(rows)
        return rows

    @raw_value.setter
    def raw_value(self, value: Any) -> None:
        scalar = not isinstance(value, list | tuple)
        rows = [[value] * self.shape[1]] * self.shape[0] if scalar else value
        typed = [[as_typed(item) for item in row] for row in rows]
        values = tuple(tuple("" if isinstance(item, Entered) else item for item in row) for row in typed)
        with self._sheet_open():
            self.cells.setDataArray(values)
            for row, line in enumerate(typed):
                for column, item in enumerate(line):
                    if isinstance(item, Entered):
                        self.cells.getCellByPosition(column, row).setFormula(item)

    @contextmanager
    def _sheet_open(self) -> Iterator[None]:
        sheet = self._sheet.sheet
        locked = sheet.isProtected()
        if locked:
            sheet.unprotect("")
        try:
            yield
        finally:
            if locked:
                sheet.protect("")

    @property
    def formula(self) -> tuple[tuple[str, ...], ...]:
        formulas: tuple[tuple[str, ...], ...] = self.cells.getFormulaArray()
        return formulas

    def select(self) -> None:
        self._sheet._book.document.CurrentController.select(self.cells)


class Names(base_classes.Names):
    def __init__(self, book: Book) -> None:
        self._book = book
        self._names = book.document.NamedRanges

    def snapshot(self) -> list[tuple[str, Name]]:
        return [(name, Name(self._names, name)) for name in self._names.ElementNames]

    def __len__(self) -> int:
        return int(self._names.Count)

    def contains(self, wanted: str) -> bool:
        return wanted in self._known

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self._names.ElementNames)

    def __call__(self, wanted: int | str) -> Name:
        return Name(self._names, wanted if isinstance(wanted, str) else self._names.ElementNames[wanted - 1])


class Name(base_classes.Name):
    def __init__(self, names: Any, name: str) -> None:
        self._names, self._name = names, name

    @property
    def api(self) -> Any:
        return self._names.getByName(self._name)

    @property
    def name(self) -> str:
        return self._name

    @property
    def refers_to(self) -> str:
        """As Excel writes it: `='Sổ ngân hàng'!$A$1` for LibreOffice's `$'Sổ ngân hàng'.$A$1`."""
        content = str(self.api.Content)
        sheet, dot, cells = content.rpartition(".$")
        return f"={sheet.removeprefix('$')}!${cells}" if dot else f"={content}"


class Entered(str):
    """What Excel takes for a formula."""


def as_typed(value: Any) -> float | str:
    """What Excel makes of a value that a program writes into a cell: texts are taken as if typed."""
    if isinstance(value, bool):
        raise TypeError("LibreOffice takes no booleans in an array")
    if value is None:
        return ""
    if not isinstance(value, str):
        return float(value)
    if value.startswith("'"):
        return value[1:]
    if value[:1] in ("=", "+", "-", "@") and len(value) > 1:
        return Entered(value if value.startswith("=") else f"={value}")
    if NUMBER.fullmatch(value):
        return float(re.sub(r"[.,%]", "", value))
    return value
