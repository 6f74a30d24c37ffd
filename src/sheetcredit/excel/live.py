"""A book that is open in Excel: its values as they are now, saved or not, and the only writer into it.

Everything goes through xlwings' public interface, so any engine of it serves. A call from here to Excel takes
about as long as passing a thousand values, so cells are read and written in rectangles.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sheetcredit.model.errors import CannotWrite
from sheetcredit.model.grid import Book, CellValue, Formula, Grid
from sheetcredit.model.text import fold
from sheetcredit.xlsx.address import Area, parse_address

if TYPE_CHECKING:
    import xlwings

LiveValue = int | Decimal | str | None
LiveCells = Mapping[str, LiveValue]
"""A1 address → value."""

_AS_LONG_AS_A_CALL = 1000  # values that are passed in the time of a call
_REFERS_TO = re.compile(r"=(?:'((?:[^']|'')+)'|([^'!#]+))!(\$?[A-Z]{1,3}\$?\d{1,7})(?::[$A-Z0-9]+)?")
# Excel reads what a program writes as if it were typed. After a letter only these do not stay text.
_READS_AS_VALUE = re.compile(
    r"true|false|đúng|sai|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*[ ./-]?\d+.*", re.IGNORECASE
)


# --- reading ---------------------------------------------------------------------------------------


Sheets = Mapping[str, "xlwings.Sheet"]
"""The sheets of an open book by their names, from left to right."""


def sheets_now(book: xlwings.Book) -> Sheets:
    """The book's sheets, calculated to the last: what reading begins with, whatever is to be read."""
    if book.app.calculation != "automatic":
        book.app.calculate()  # totals may lag behind what was typed
    return {sheet.name: sheet for sheet in book.sheets}


def read_live(
    book: xlwings.Book,
    sheets: Sheets,
    wanted: Collection[str],
    with_formulas: Collection[str],
    names: Iterable[str] = (),
) -> Book:
    """The book's values now: one call for the values of a wanted sheet, one more where formulas are wanted.

    Sheets that nobody wants are known by name alone. Names are compared as everywhere (`fold`). The defined
    `names` are looked up at once, others when they are asked for.
    """
    values, formulas = set(map(fold, wanted)), set(map(fold, with_formulas))
    grids = {}
    for name, sheet in sheets.items():
        folded = fold(name)
        if folded in values:
            grids[name] = _grid(sheet, name, folded in formulas)
        else:
            grids[name] = Grid(name, [])
    return Book(place_of(book) or book.name, grids, _Names(book, names))


def place_of(book: xlwings.Book) -> str | None:
    """The path of the file behind a book; None for one never saved, or kept where no path leads."""
    try:
        place = str(book.fullname)
    except Exception:  # of OneDrive and SharePoint xlwings tells in many ways that it cannot say
        return None
    return place if Path(place).is_absolute() and Path(place).parent.is_dir() else None


def _grid(sheet: xlwings.Sheet, name: str, with_formulas: bool) -> Grid:
    used = sheet.used_range
    rows, columns = used.row + used.shape[0] - 1, used.column + used.shape[1] - 1
    cells = used if used.row == used.column == 1 else sheet.range((1, 1), (rows, columns))
    values: list[list[Any]] = cells.options(ndim=2, err_to_str=True).value
    texts = _lines(cells.formula) if with_formulas else []
    _mend_currency(values, texts)
    formulas = _formulas(texts, values)
    while values and values[-1].count(None) == len(values[-1]):
        values.pop()  # a thousand rows of `Kiểm tra` wait with formulas that show nothing
    return Grid(name, values, formulas)  # whether it is hidden nobody asks, and asking is a call


def _lines(texts: str | Sequence[str] | Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """The formulas of a range row by row, however few cells it has."""
    lines = [texts] if isinstance(texts, str) else texts
    return [[line] if isinstance(line, str) else line for line in lines]


def _mend_currency(values: list[list[Any]], texts: Sequence[Sequence[str]]) -> None:
    """Numbers of cells in a currency format: Excel hands them over cut to four decimals.

    What was typed stands in full among the formulas.
    """
    for row, line in enumerate(values):
        if line.count(None) == len(line) or Decimal not in set(map(type, line)):
            continue
        for column, value in enumerate(line):
            if isinstance(value, Decimal):
                typed_in = texts[row][column] if texts else ""
                line[column] = float(value if not typed_in or typed_in.startswith("=") else typed_in)


def _formulas(
    texts: Sequence[Sequence[str]], values: Sequence[Sequence[CellValue]]
) -> dict[tuple[int, int], Formula]:
    return {
        (row, column): Formula(text[1:], _kept(values[row][column]))
        for row, line in enumerate(texts)
        for column, text in enumerate(line)
        if isinstance(text, str) and text.startswith("=")
    }


def _kept(value: CellValue) -> str:
    """The value of a formula as a file would keep it; in an open book there is always one."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if value is None or isinstance(value, date | datetime | time | timedelta):
        return "" if value is None else str(value)
    return str(value)


class _Names(Mapping[str, "tuple[str, int, int]"]):
    """The defined names of an open book, each looked up when it is first asked for: a way to Excel each."""

    def __init__(self, book: xlwings.Book, wanted: Iterable[str]) -> None:
        self._all = book.names
        self._known: dict[str, tuple[str, int, int] | None] = {}
        for name in wanted:
            self.get(name)

    def __getitem__(self, name: str) -> tuple[str, int, int]:
        if name not in self._known:
            here = bool(name) and name in self._all
            self._known[name] = _first_cell(self._all[name].refers_to) if here else None
        place = self._known[name]
        if place is None:
            raise KeyError(name)
        return place

    def __iter__(self) -> Iterator[str]:
        return (name.name for name in self._all if name.name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        """Whether there is any; the rest is not asked for."""
        return next(iter(self), None) is not None


def _first_cell(refers_to: str | None) -> tuple[str, int, int] | None:
    """Sheet and zero-based coordinates of the first cell a name points to; None for what is no cell."""
    match = _REFERS_TO.fullmatch(refers_to or "")
    if match is None:
        return None
    row, column = parse_address(match[3])
    return match[1].replace("''", "'") if match[1] else match[2], row - 1, column - 1


# --- writing ---------------------------------------------------------------------------------------


def write_live(book: xlwings.Book, changed: Mapping[str, LiveCells], whole: Mapping[str, LiveCells]) -> None:
    """Write values into an open book, by sheet and address: few rectangles that hold the changed cells.

    `whole` are all cells of the tool, the unchanged ones with the value they have: a rectangle may pass
    over those and over no others. Formats, formulas and the user's own cells stay as they are. Where
    nothing changes Excel is not asked for anything.

    Raises:
        CannotWrite: Excel does not let a cell be written; what it says is the cause.
    """
    if not any(changed.values()):
        return
    with _undisturbed(book.app):
        for name, cells in changed.items():
            values = {**whole.get(name, {}), **cells}
            places = {parse_address(address): value for address, value in values.items()}
            needed = {parse_address(address) for address in cells}
            try:
                sheet = book.sheets[name]
                for area in rectangles(places.keys(), needed):
                    rows = range(area.top, area.bottom + 1)
                    columns = range(area.left, area.right + 1)
                    block = [[typed(places[row, column]) for column in columns] for row in rows]
                    sheet.range((area.top, area.left), (area.bottom, area.right)).value = block
            except Exception as problem:  # each engine has its own kind
                raise CannotWrite("E-LIVE-WRITE", sheet=name) from problem


@contextmanager
def _undisturbed(app: xlwings.App) -> Iterator[None]:
    """No flicker, no recalculation and no event macros while cells are written; afterwards as it was."""
    before = app.screen_updating, app.enable_events, app.calculation
    try:
        app.screen_updating, app.enable_events, app.calculation = False, False, "manual"
        yield
    finally:
        for setting, value in zip(
            ("calculation", "enable_events", "screen_updating"), before[::-1], strict=True
        ):
            with suppress(Exception):  # Excel refuses while a cell is being edited: the others all the same
                setattr(app, setting, value)


def rectangles(places: Collection[tuple[int, int]], needed: Collection[tuple[int, int]]) -> list[Area]:
    """Rectangles of `places` (row, column) that hold all `needed` ones and nothing that is not of `places`.

    Columns without a needed cell are left out. Neighbouring columns make one rectangle, unless it would carry
    so many cells more that another call takes no longer.
    """
    own = set(places)
    by_column: dict[int, list[int]] = {}
    for row, column in sorted(own):
        by_column.setdefault(column, []).append(row)
    wanted: dict[int, set[int]] = {}
    for row, column in needed:
        wanted.setdefault(column, set()).add(row)
    areas: list[Area] = []
    for column in sorted(wanted):
        for top, bottom in _runs(by_column[column], wanted[column]):
            run = Area(top, column, bottom, column)
            for number, area in enumerate(areas):
                both = _around(area, run)
                if (
                    area.right == column - 1
                    and _is_worth_it(both, area, run)
                    and own.issuperset(_cells(both))
                ):
                    areas[number] = both
                    break
            else:
                areas.append(run)
    return areas


def _around(one: Area, other: Area) -> Area:
    return Area(
        min(one.top, other.top), min(one.left, other.left),
        max(one.bottom, other.bottom), max(one.right, other.right),
    )  # fmt: skip


def _is_worth_it(both: Area, *apart: Area) -> bool:
    return _count(both) - sum(map(_count, apart)) <= _AS_LONG_AS_A_CALL


def _count(area: Area) -> int:
    return (area.bottom - area.top + 1) * (area.right - area.left + 1)


def _cells(area: Area) -> Iterator[tuple[int, int]]:
    return product(range(area.top, area.bottom + 1), range(area.left, area.right + 1))


def _runs(rows: Sequence[int], wanted: Collection[int]) -> Iterator[tuple[int, int]]:
    """First and last of the unbroken runs of rows, each cut down to what lies between its wanted rows."""
    start = 0
    for end in range(1, len(rows) + 1):
        if end < len(rows) and rows[end] == rows[end - 1] + 1:
            continue
        inside = [row for row in rows[start:end] if row in wanted]
        if inside:
            yield inside[0], inside[-1]
        start = end


def typed(value: LiveValue) -> float | str | None:
    """A value as Excel has to be given it: numbers as its own kind, texts so that they stay texts.

    An apostrophe in front, which Excel does not show, keeps a text from being read as a formula, a number
    or a date.
    """
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        return float(value)
    safe = value[0].isalpha() and not _READS_AS_VALUE.fullmatch(value)
    return value if safe else f"'{value}"


# --- showing ---------------------------------------------------------------------------------------


def go_to(book: xlwings.Book, sheet: str, cell: str | None = None) -> bool:
    """Show a sheet, and a cell of it; False where it cannot be shown."""
    try:
        page = book.sheets[sheet]
        if not page.visible:
            return False
        page.activate()
        if cell is not None:
            page.range(cell).select()
    except Exception:  # each engine has its own kind
        return False
    return True


# --- asking ----------------------------------------------------------------------------------------


def chosen_files(book: xlwings.Book, title: str) -> list[Path]:
    """The files that somebody picks in Excel's own window; none where it is closed without choosing.

    Raises:
        CannotWrite: this program has no such window.
    """
    kinds = "Excel (*.xlsx;*.xls;*.xlsm),*.xlsx;*.xls;*.xlsm"
    try:
        picked = book.app.api.GetOpenFilename(kinds, 1, title, None, True)
    except Exception as problem:  # each engine has its own kind
        raise CannotWrite("E-LIVE-PICK") from problem
    return [Path(str(one)) for one in picked] if isinstance(picked, (tuple, list)) else []
