"""A table that the tool fills, on a sheet of its own: where it stands, also where its headers were lost.

Its place is the cell of a defined name, its columns are those of its headers. Users sort a table with its
header row, type over headers, move columns; names are redirected. Where the headers do not say where the
columns are, lines that only the tool writes do; and where nothing does, nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sheetcredit.model.errors import CannotWrite
from sheetcredit.model.grid import Book, Grid, address
from sheetcredit.model.text import LANGUAGES, fold, word
from sheetcredit.template.definition import Column, Sheet
from sheetcredit.template.headers import header_text

_WORDS = {
    "severity": ("severity-error", "severity-query", "severity-note", "severity-gone"),
    "state": ("state-equal", "state-rounding", "state-differs", "state-unknown"),
}
"""Columns in which the tool writes one of these words on every line."""


@dataclass(frozen=True, slots=True)
class OutputTable:
    """A table that the tool fills: its grid, the zero-based header row and the column of each named column.

    `headless`: the headers were lost, and the columns are where the template has them. The header row may
    then hold a line of the table, and a line further down the headers.
    """

    sheet: Sheet
    grid: Grid
    header_row: int
    columns: Mapping[str, int]
    headless: bool = False

    def lines(self) -> range:
        """The rows where lines of the table may stand."""
        return range(self.header_row + (not self.headless), len(self.grid.rows))

    def is_own_line(self, row: int) -> bool:
        """Whether only the tool writes a line like this one."""
        return any(
            fold(self.grid.text(row, self.columns[name])) in _own_words(name)
            for name in _WORDS
            if name in self.columns
        )

    def headers_astray(self) -> Iterator[tuple[int, int]]:
        """Cells below the header row where a header stands all the same."""
        for row in self.lines():
            for place in self.columns.values():
                text = self.grid.value(row, place)
                if row > self.header_row and isinstance(text, str) and _is_header(self.sheet, text):
                    yield row, place

    def strange_texts(self, row: int) -> list[str]:
        """The texts of a row in the columns of the table that are none of its headers."""
        texts = (self.grid.value(row, place) for place in sorted(self.columns.values()))
        return [text.strip() for text in texts if isinstance(text, str) and not _is_header(self.sheet, text)]


def own_place(book: Book, name: str, sheet: Sheet) -> tuple[str, int, int]:
    """Where a defined name of the tool points: into its own sheet, or nothing is written at all.

    Excel lets anybody redirect a name. What it points to then is somebody's input.

    Raises:
        CannotWrite: E-NO-NAME, E-NAME-ASTRAY.
    """
    if name not in book.names or book.names[name][0] not in book.grids:
        raise CannotWrite("E-NO-NAME", path=book.path, name=name, sheet=sheet.sheet)
    tab, row, column = book.names[name]
    own = book.grid(sheet.sheet)
    if own is None or own.sheet != tab:
        raise astray(book, name, sheet)
    return tab, row, column


def astray(book: Book, name: str, sheet: Sheet) -> CannotWrite:
    """A defined name that does not point to its own cell."""
    tab, row, column = book.names[name]
    found = f"{tab}!{address(row, column)}"
    return CannotWrite("E-NAME-ASTRAY", path=book.path, name=name, found=found, sheet=sheet.sheet)


def output_table(book: Book, sheet: Sheet) -> OutputTable:
    """Where the table of a sheet stands that the tool fills.

    Raises:
        CannotWrite: E-NO-NAME, E-NAME-ASTRAY, or E-TOOL-HEADERS where nothing says where it is.
    """
    tab, row, first = own_place(book, sheet.table_name or "", sheet)
    grid = book.grids[tab]
    here = _by_headers(sheet, grid, row, first)
    # A header may only have been emptied; an optional column there never was is not put behind the others.
    optional = {column.name: place for place, column in enumerate(sheet.columns, first) if column.optional}
    whole = here | {
        name: place
        for name, place in _by_place(sheet.columns, here, first).items()
        if name not in here and grid.value(row, place) is None and optional.get(name, place) == place
    }
    if not _lost(sheet, whole):
        return OutputTable(sheet, grid, row, whole)
    # A name that was moved: the headers above it are those of the table.
    if (found := _complete_row(sheet, grid, range(row), first)) is not None:
        return OutputTable(sheet, grid, found, _by_headers(sheet, grid, found, first))
    # Headers below it: sorted down among the lines, which then begin here, or the name was moved up.
    found = _complete_row(sheet, grid, range(row + 1, len(grid.rows)), first)
    known = here if found is None else _by_headers(sheet, grid, found, first)
    possible = [
        OutputTable(sheet, grid, row, _by_place(columns, known, first), headless=True)
        for columns in _layouts(sheet)
    ]
    for table in possible:
        if any(table.is_own_line(line) for line in (row, row + 1)):
            return table
    if _is_full(possible[0], row):
        return possible[0]
    if found is not None:
        return OutputTable(sheet, grid, found, known)
    headers = ", ".join(column.header for column in sheet.columns if column.name not in here)
    raise CannotWrite("E-TOOL-HEADERS", path=book.path, sheet=sheet.sheet, row=row + 1, headers=headers)


def _by_headers(sheet: Sheet, grid: Grid, row: int, first: int) -> dict[str, int]:
    """The columns whose headers stand in a row; of two alike the one counts that is in its usual place."""
    known = {header_text(column.header): column.name for column in sheet.columns}
    usual = {column.name: place for place, column in enumerate(sheet.columns, start=first)}
    columns: dict[str, int] = {}
    for place, value in enumerate(grid.rows[row] if row < len(grid.rows) else ()):
        name = known.get(header_text(value)) if isinstance(value, str) else None
        if name and (name not in columns or usual[name] == place):
            columns[name] = place
    return columns


def _layouts(sheet: Sheet) -> Iterator[Sequence[Column]]:
    """The columns of the template, and those of the one before it had optional columns."""
    yield sheet.columns
    older = [column for column in sheet.columns if not column.optional]
    if len(older) < len(sheet.columns):
        yield older


def _by_place(wanted: Sequence[Column], known: Mapping[str, int], first: int) -> dict[str, int]:
    """All columns: those with a header where that is, the others where the template has them, or behind."""
    columns = dict(known)
    for place, column in enumerate(wanted, start=first):
        if column.name not in columns and place not in columns.values():
            columns[column.name] = place
    for column in wanted:
        columns.setdefault(column.name, max([first, *columns.values()]) + 1)
    return columns


def _lost(sheet: Sheet, columns: Mapping[str, int]) -> bool:
    """Whether the headers do not say enough: what is the user's, what a text belongs to, or most of them."""
    lost = [column for column in sheet.columns if column.name not in columns and not column.optional]
    needed = any(column.owner == "user" or column.name == "key" for column in lost)
    return needed or 2 * len(lost) > len(sheet.columns)


def _complete_row(sheet: Sheet, grid: Grid, rows: range, first: int) -> int | None:
    """The first of some rows that holds the headers of the table."""
    return next((row for row in rows if not _lost(sheet, _by_headers(sheet, grid, row, first))), None)


def _is_full(table: OutputTable, row: int) -> bool:
    """Whether a row has a text in most columns, as headers that were typed over have."""
    texts = [table.grid.value(row, place) for place in table.columns.values()]
    return 2 * sum(isinstance(text, str) for text in texts) > len(texts)


def _own_words(column: str) -> Iterator[str]:
    return (fold(word(code, language)) for code in _WORDS[column] for language in LANGUAGES)


def _is_header(sheet: Sheet, text: str) -> bool:
    return header_text(text) in {header_text(column.header) for column in sheet.columns}
