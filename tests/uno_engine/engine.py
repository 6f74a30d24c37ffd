"""The engine: apps, books, sheets, ranges, names. Where LibreOffice differs from Excel it acts like Excel.

Of Excel it takes over, because the program relies on it: what is written into a cell is parsed as if it
were typed (`=…` becomes a formula, `12` a number, a leading apostrophe is dropped), dates are read as dates,
and sheets locked without a password let the program write (the macros ask Excel for that).
"""

# mypy: disable-error-code="misc"
# (xlwings declares its properties as writable; those that the program only reads are read-only here)

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from xlwings import Engine as XlwingsEngine
from xlwings import base_classes, engines
from xlwings.utils import a1_to_tuples

from tests.uno_engine.inside import Corners, Inside, Opened, Seen
from tests.uno_engine.ranges import FIRST_DAY, Error, Range

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
        self.inside = Inside(context)
        self._alert = alert
        self._locked = False
        self._events = self._alerts = True

    pid = hwnd = 1
    version = "16.0"

    @property
    def books(self) -> Books:
        return Books(self)

    @cached_property
    def opened(self) -> Opened:
        """The open workbooks; an app lives as long as a press."""
        return self.inside.opened()

    @property
    def screen_updating(self) -> bool:
        return not self._locked

    @screen_updating.setter
    def screen_updating(self, value: bool) -> None:
        if value == (not self._locked):
            return
        self.inside.ask("freeze", self.opened.front, not value)
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
        return "automatic" if self.inside.ask("calculates", self.opened.front) else "manual"

    @calculation.setter
    def calculation(self, value: str) -> None:
        self.inside.ask("let_calculate", self.opened.front, value == "automatic")

    def activate(self, steal_focus: bool = False) -> None:
        del steal_focus

    @property
    def selection(self) -> Range | None:
        book = self.books.active
        found = book.ask("selected")
        return Range(book.sheets(found[0]), found[1]) if found else None

    def calculate(self) -> None:
        self.inside.ask("recalculate", self.opened.front)

    def alert(self, prompt: str, title: str, buttons: str, mode: str, callback: Any) -> str:
        del callback
        self._alert(title, prompt)
        return "yes" if buttons.startswith("yes") else "ok"


class Books(base_classes.Books):
    def __init__(self, app: App) -> None:
        self._app = app

    def __iter__(self) -> Iterator[Book]:
        for address in self._app.opened.workbooks:
            yield Book(self._app, address)

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __call__(self, wanted: int | str) -> Book:
        for number, book in enumerate(self, start=1):
            if wanted == number or book.name == wanted:
                return book
        raise KeyError(wanted)

    @property
    def active(self) -> Book:
        return Book(self._app, self._app.opened.front)


class Book(base_classes.Book):
    def __init__(self, app: App, address: str) -> None:
        self._app, self._address = app, address

    def ask(self, question: str, *given: Any) -> Any:
        """What LibreOffice says of this workbook."""
        return self._app.inside.ask(question, self._address, *given)

    @property
    def app(self) -> App:
        return self._app

    @property
    def fullname(self) -> str:
        return str(Path(unquote(urlparse(self._address).path)))

    @property
    def name(self) -> str:
        return Path(self.fullname).name

    @property
    def sheets(self) -> Sheets:
        return Sheets(self)

    @cached_property
    def seen(self) -> Seen:
        """What LibreOffice tells at one call; looked at again once something is written."""
        return self._app.inside.look(self._address)

    @cached_property
    def shown(self) -> Mapping[str, bool]:
        """The sheets from left to right, and whether each is visible: what is written into cells changes none."""
        return self.seen.shown

    @cached_property
    def sheet_names(self) -> list[str]:
        """The sheets from left to right."""
        return list(self.shown)

    def forget(self) -> None:
        """Something was written."""
        self.__dict__.pop("seen", None)

    @property
    def names(self) -> Names:
        return Names(self)

    def save(self, path: str | None = None, password: str | None = None) -> None:
        assert path is None and password is None
        self.ask("save")

    def activate(self) -> None:
        if len(self._app.opened.workbooks) > 1:
            self.ask("to_front")


class Sheets(base_classes.Sheets):
    def __init__(self, book: Book) -> None:
        self._book = book

    def __call__(self, wanted: int | str) -> Sheet:
        if isinstance(wanted, int):
            return Sheet(self._book, self._book.sheet_names[wanted - 1])
        if wanted not in self._book.sheet_names:
            raise KeyError(wanted)
        return Sheet(self._book, wanted)

    def __len__(self) -> int:
        return len(self._book.sheet_names)

    def __iter__(self) -> Iterator[Sheet]:
        for name in self._book.sheet_names:
            yield Sheet(self._book, name)

    @property
    def active(self) -> Sheet:
        return Sheet(self._book, self._book.ask("in_front"))


class Sheet(base_classes.Sheet):
    def __init__(self, book: Book, name: str) -> None:
        self._book, self._name = book, name

    @property
    def book(self) -> Book:
        return self._book

    @property
    def name(self) -> str:
        return self._name

    @property
    def visible(self) -> bool:
        return self._book.shown[self._name]

    @property
    def used_range(self) -> Range:
        return Range(self, self._book.seen.used[self._name])

    @property
    def dates(self) -> Sequence[Corners]:
        """Where dates stand."""
        return self._book.seen.dates[self._name]

    def range(self, first: Any, last: Any = None) -> Range:
        if isinstance(first, Range):
            first, last = (first.row, first.column), (last.row, last.column)
        if isinstance(first, str):
            first, last = a1_to_tuples(first.replace("$", ""))  # type: ignore[no-untyped-call]
        return Range(self, (*first, *(last or first)))

    def activate(self) -> None:
        self._book.ask("show", self._name)


class Names(base_classes.Names):
    def __init__(self, book: Book) -> None:
        self._book = book

    def snapshot(self) -> list[tuple[str, Name]]:
        return [(name, Name(self._book, name)) for name in self._book.seen.names]

    def __len__(self) -> int:
        return len(self._book.seen.names)

    def contains(self, wanted: str) -> bool:
        return wanted in self._book.seen.names

    def __call__(self, wanted: int | str) -> Name:
        return Name(self._book, wanted if isinstance(wanted, str) else [*self._book.seen.names][wanted - 1])


class Name(base_classes.Name):
    def __init__(self, book: Book, name: str) -> None:
        self._book, self._name = book, name

    @property
    def name(self) -> str:
        return self._name

    @property
    def refers_to(self) -> str:
        """As Excel writes it: `='Sổ ngân hàng'!$A$1` for LibreOffice's `$'Sổ ngân hàng'.$A$1`."""
        content = self._book.seen.names[self._name]
        sheet, dot, cells = content.rpartition(".$")
        return f"={sheet.removeprefix('$')}!${cells}" if dot else f"={content}"
