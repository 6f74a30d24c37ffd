"""A stand-in for a book open in Excel: what the buttons use of xlwings, counting the calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class App:
    """The program: its settings, and the message boxes it was asked to show."""

    book: Book
    screen_updating: bool = True
    enable_events: bool = True
    calculation: str = "automatic"
    hwnd: int = 1
    alerts: list[str] = field(default_factory=list)
    answer: str = "yes"

    def calculate(self) -> None:
        self.book.calls.append("calculate")

    def alert(self, prompt: str, title: str, buttons: str = "ok", mode: str | None = None) -> str:
        assert title and mode in ("info", "critical")
        self.alerts.append(prompt)
        return self.answer if buttons == "yes_no" else "ok"


class Range:
    """Cells from one corner to another."""

    def __init__(self, sheet: Sheet, first: tuple[int, int], last: tuple[int, int]) -> None:
        self._sheet, self._first, self._last = sheet, first, last
        self.row, self.column = first
        self.shape = last[0] - first[0] + 1, last[1] - first[1] + 1

    def options(self, **options: Any) -> Range:
        assert options == {"ndim": 2, "err_to_str": True}
        return self

    @property
    def value(self) -> list[list[Any]]:
        self._sheet.called(f"read {self._sheet.name}")
        return [list(row) for row in self._sheet.rows]

    @value.setter
    def value(self, block: list[list[Any]]) -> None:
        if self._sheet.refuses:
            raise RuntimeError("locked")
        self._sheet.called(f"write {self._sheet.name} {self._first}-{self._last}")
        self._sheet.written = block

    @property
    def formula(self) -> list[list[Any]]:
        self._sheet.called(f"formulas {self._sheet.name}")
        return self._sheet.formulas


class Sheet:
    """A sheet with its values from A1 on."""

    visible = True
    refuses = False

    def __init__(self, name: str, rows: list[list[Any]]) -> None:
        self.name, self.rows = name, rows
        self.formulas: list[list[Any]] = rows
        self.written: list[list[Any]] = []
        self.book: Book | None = None

    def called(self, call: str) -> None:
        assert self.book is not None
        self.book.calls.append(call)

    @property
    def used_range(self) -> Range:
        return Range(self, (1, 1), (len(self.rows), max(map(len, self.rows))))

    def range(self, first: tuple[int, int], last: tuple[int, int]) -> Range:
        return Range(self, first, last)


@dataclass
class Name:
    """A defined name."""

    name: str
    refers_to: str


class Sheets(dict[str, Sheet]):
    """Iterates over sheets, as xlwings does, not over names."""

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values())


class Names(dict[str, Name]):
    """Iterates over names with what they refer to, as xlwings does."""

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values())


class Book:
    """A book; `calls` are the ways to Excel, in order."""

    def __init__(self, sheets: dict[str, Sheet], fullname: str = "/nowhere/a.xlsm") -> None:
        self.calls: list[str] = []
        self.sheets = Sheets(sheets)
        self.refers_to: dict[str, str] = {}
        self.fullname = fullname
        self.name = fullname.rpartition("/")[2]
        self.app = App(self)
        self.fails_to_save = False
        for sheet in sheets.values():
            sheet.book = self

    @property
    def names(self) -> Names:
        return Names((name, Name(name, refers_to)) for name, refers_to in self.refers_to.items())

    def save(self) -> None:
        if self.fails_to_save:
            raise RuntimeError("disk full")
        self.calls.append("save")
