"""A workbook of an office's own template, read by its mapping: its tables located where and as they are.

Nothing is copied or moved. A table is ours in meaning and the office's in place: its cells are those of the
workbook. Where ours has a code and theirs a name, the code stands in a column right of all that is written,
and the place that is shown is that of the name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

import msgspec

from sheetcredit.catalogue.catalogue import Catalogues, load_catalogue
from sheetcredit.catalogue.names import plain_name, without_tones
from sheetcredit.model.finding import Finding, severity_of
from sheetcredit.model.grid import Book, CellValue, Grid, address
from sheetcredit.model.text import fold
from sheetcredit.template.definition import CODE, Column, Office, Sheet, load_office
from sheetcredit.template.headers import Header, finding_at, likeness, squeezed, squeezed_labels
from sheetcredit.template.layout import (
    STEP,
    TableArea,
    areas_of,
    days_said,
    header_paths,
    in_general,
    last_data_above,
    texts_above,
)
from sheetcredit.template.locate import Located, Table, table_below
from sheetcredit.template.mapping import OwnTable, OwnTemplate

_TITLE_ROWS = 12
"""So many rows of a sheet's top, and above a table, may say what it is and of which day."""
OF_OURS = "DM_offices"
"""A defined name that workbooks of our template have, and no other: not those with added sheets."""
_SEARCHED = 400
"""Rows in which a header is looked for where the sheet does not look as it did."""


class SaidPlace(NamedTuple):
    """A cell: its sheet, and its zero-based row and column."""

    sheet: str
    row: int
    column: int


class SaidDay(NamedTuple):
    """A day that the workbook says, and where."""

    day: date
    place: SaidPlace
    text: str


@dataclass(frozen=True, slots=True)
class OwnWorkbook:
    """What was found of a mapping in a workbook: the day it speaks of, tables by id of ours, what was odd."""

    day: SaidDay | None
    tables: Mapping[str, Table]
    findings: tuple[Finding, ...]


def own_template_of(
    book: Book, mappings: Iterable[OwnTemplate], catalogues: Catalogues
) -> OwnTemplate | None:
    """Of mappings that were made for any workbook the one that this one fits."""
    return next((one for one in mappings if _fits(book, one, catalogues)), None)


def _fits(book: Book, mapping: OwnTemplate, catalogues: Catalogues) -> bool:
    """Whether most tables of a mapping are there; never for a workbook that was made from our template."""
    there = sum("{" in one.sheet or book.grid(one.sheet) is not None for one in mapping.tables)
    if OF_OURS in book.names or 2 * there <= len(mapping.tables):
        return False
    found = read_own(book, load_office(), mapping, catalogues)
    return 2 * len(found.tables) > len(mapping.tables)


def with_result_tabs(book: Book, office: Office) -> Book:
    """The book whose grids are also known by our names of the tool's sheets, where those are set apart."""
    tabs: dict[str, str] = {}
    for sheet in office.sheets:
        names = (sheet.table_name, sheet.written_name, *(column.name_in_book for column in sheet.columns))
        for name in filter(None, names):
            place = book.names.get(name)
            if place is not None and place[0] in book.grids:
                tabs[sheet.sheet] = place[0]
    return replace(book, grids={**book.grids, **{ours: book.grids[tab] for ours, tab in tabs.items()}})


def read_own(book: Book, office: Office, mapping: OwnTemplate, catalogues: Catalogues) -> OwnWorkbook:
    """The tables of a mapping in a workbook."""
    said = said_day(book, mapping)
    day = said.day if said else None
    coder = Coder(mapping, catalogues, office, day)
    tables: dict[str, Table] = {}
    findings: list[Finding] = []
    layouts: dict[str, list[TableArea]] = {}
    for own in mapping.tables:
        sheet, grid = office.sheet(own.table), _tab(book, own.sheet, day)
        if grid is None:
            findings.append(_no_sheet(book, own))
            continue
        areas = layouts.setdefault(grid.sheet, areas_of(grid))
        headings = frozenset(in_general(one.below, day) for one in mapping.tables if one.below)
        located = _OwnTableReader(book.path, office, sheet, grid, own, coder, day, areas, headings).read()
        findings += located.findings
        if located.table is not None:
            tables[own.table] = located.table
    return OwnWorkbook(said, tables, tuple(findings))


def _tab(book: Book, name: str, day: date | None) -> Grid | None:
    if "{" not in name:
        return book.grid(name)
    wanted = in_general(name, day)
    return next((grid for tab, grid in book.grids.items() if in_general(tab, day) == wanted), None)


def _no_sheet(book: Book, own: OwnTable) -> Finding:
    near = max(book.grids, key=lambda tab: likeness(tab, own.sheet), default="")
    alike = round(100 * likeness(near, own.sheet)) if near else 0
    code = "S-RENAMED" if alike >= 60 else "S-MISSING"
    return Finding(
        file=book.path, code=code, severity=severity_of(code), sheet=own.sheet,
        details={"found": near, "likeness": alike}, key=f"{code}|{own.sheet}",
    )  # fmt: skip


def said_day(book: Book, mapping: OwnTemplate) -> SaidDay | None:
    """The day of the report, where the mapping says it stands, else the latest at the top of any sheet."""
    where = mapping.details.as_of
    days = list(days_at_top(book, [where.sheet] if where and book.grid(where.sheet) else None))
    if where and where.text:
        worded = [one for one in days if in_general(one.text, one.day) == fold(where.text)]
        days = worded or days
    return best_day(days)


def best_day(days: Iterable[SaidDay]) -> SaidDay | None:
    """Of several days the latest last day of a month; a day of signing or printing is mostly none."""
    found = list(days)
    ends = [one for one in found if _ends_month(one.day)]
    return max(ends or found, key=lambda one: one.day, default=None)


def _ends_month(day: date) -> bool:
    return date.fromordinal(day.toordinal() + 1).day == 1


def days_at_top(book: Book, sheets: Sequence[str] | None = None) -> Iterator[SaidDay]:
    """The days that the top of each sheet says."""
    grids = book.grids.values() if sheets is None else filter(None, map(book.grid, sheets))
    for grid in grids:
        for row, values in enumerate(grid.rows[:_TITLE_ROWS]):
            for column, value in enumerate(values):
                for day in days_said(value):
                    yield SaidDay(day, SaidPlace(grid.sheet, row, column), grid.text(row, column))


class Coder:
    """Codes for the names that a workbook uses: as the mapping says, else as the catalogues call them."""

    def __init__(
        self, mapping: OwnTemplate, catalogues: Catalogues, office: Office, day: date | None
    ) -> None:
        self._mapping, self._catalogues, self._office, self._day = mapping, catalogues, office, day
        self._known: dict[str, Mapping[str, str]] = {}

    def code(self, column: Column, text: str) -> str | None:
        """The code that a name stands for; None where nobody knows it."""
        catalogue = column.catalogue or ""
        if catalogue not in self._known:
            self._known[catalogue] = self._listed(catalogue)
        known = self._known[catalogue]
        return known.get(fold(text)) or known.get(plain_name(text)) or known.get(without_tones(text))

    def _listed(self, catalogue: str) -> Mapping[str, str]:
        day = self._day or date.today()
        entries = (
            self._catalogues.communes_of(self._mapping.details.office)
            if catalogue == "communes"
            else self._catalogues.of(catalogue)
        )
        known: dict[str, str] = {}
        for entry in (entry for entry in entries if entry.valid_on(day)):
            for name in filter(None, (entry.name.vi, entry.short, *entry.aliases)):
                for spelling in (fold(name), plain_name(name), without_tones(name)):
                    known.setdefault(spelling, entry.code)
        for sheet in self._office.tables() if catalogue == "associations" else ():
            for name in (sheet.sheet, *sheet.aliases) if CODE in sheet.constants else ():
                known.setdefault(fold(name), sheet.constants[CODE])
        return known | {fold(name): code for name, code in self._mapping.names.get(catalogue, {}).items()}


class _OwnTableReader:
    """Finds one table of a mapping on its sheet."""

    def __init__(
        self,
        file: str,
        office: Office,
        sheet: Sheet,
        grid: Grid,
        own: OwnTable,
        coder: Coder,
        day: date | None,
        areas: Sequence[TableArea],
        headings: frozenset[str],
    ) -> None:
        self._file, self._office, self._sheet, self._grid, self._own = file, office, sheet, grid, own
        self._coder, self._day, self._areas, self._headings = coder, day, areas, headings
        self._labels = squeezed_labels(office.conventions.total_labels)
        self._wanted = {name: in_general(header, day) for name, header in own.columns.items()}
        self._filters = {in_general(header, day): text for header, text in own.where.items()}
        self._told = msgspec.structs.replace(sheet, sheet=grid.sheet)  # findings name the workbook's own tab

    def read(self) -> Located:
        """The table, with the workbook's own words for its columns."""
        area = self._area()
        if area is None:
            first = next(iter(self._own.columns.values()))
            return Located(None, (finding_at(self._file, "S-TABLE", self._told, first=first),))
        written = header_paths(self._grid, area.top, area.bottom)
        places = self._places(written)
        findings = tuple(self._missing(area, written, places))
        columns = {name: places[path] for name, path in self._wanted.items() if path in places}
        start, end = self._section(area)
        if start < 0:
            gone = finding_at(self._file, "S-TABLE", self._told, first=self._own.below)
            return Located(None, (*findings, gone))
        grid = replace(self._grid, rows=self._filled(area)[:end])
        grid, columns, shown = self._with_codes(grid, area, columns)
        header = Header(area.top, start, columns, findings)
        summed = self._own.total and self._sheet.total and not self._own.below
        located = table_below(self._file, self._sheet, grid, header, self._office.conventions, summed)
        if located.table is None:
            return located
        words = {name: written[shown.get(name, place)] for name, place in columns.items()}
        table = replace(located.table, shown=shown, headers=words, unit=_worth(self._own.unit))
        if self._own.below and self._own.total:
            table = replace(table, total_row=start)
        return Located(self._with_constants(self._kept(table, places)), located.findings)

    def _section(self, area: TableArea) -> tuple[int, int]:
        """The row above the table's first, and the row behind its last; -1 where its heading is gone.

        Under a heading the rows reach to the next one, or to the sum of all.
        """
        if not self._own.below:
            return area.bottom, area.end
        wanted, start = in_general(self._own.below, self._day), -1
        for row in range(area.bottom + 1, area.end):
            texts = [value for value in self._grid.rows[row] if isinstance(value, str)]
            general = {in_general(text, self._day) for text in texts}
            if start < 0:
                start = row if wanted in general else -1
            elif general & self._headings or any(squeezed(text) in self._labels for text in texts):
                return start, row
        return start, area.end

    def _area(self) -> TableArea | None:
        """The header that has most of the wanted columns, under its title where one was learnt."""
        best: tuple[bool, int, int] | None = None
        found: TableArea | None = None
        for area in (*self._likely(), *self._any()):
            if best is not None and best[1] == len(self._wanted) and area not in self._areas:
                break
            paths = self._places(header_paths(self._grid, area.top, area.bottom))
            score = sum(path in paths for path in self._wanted.values())
            rank = self._titled(area), score, -area.top
            if 2 * score > len(self._wanted) and (best is None or rank > best):
                best, found = rank, area
        return found

    def _likely(self) -> Iterator[TableArea]:
        for area in self._areas:
            yield area._replace(top=max(0, area.bottom - self._own.lines + 1))

    def _any(self) -> Iterator[TableArea]:
        steps = {step for path in self._wanted.values() for step in path.split(STEP)}
        lines = self._own.lines
        for row in range(min(len(self._grid.rows), _SEARCHED) - lines + 1):
            texts = {in_general(v, self._day) for v in self._grid.rows[row + lines - 1] if isinstance(v, str)}
            if len(texts & steps) >= 2:
                end = min((area.top for area in self._areas if area.top > row), default=len(self._grid.rows))
                yield TableArea(row, row + lines - 1, row + lines, end)

    def _titled(self, area: TableArea) -> bool:
        if not self._own.title:
            return True
        wanted = in_general(self._own.title, self._day)
        highest = max(last_data_above(self._grid, area.top), area.top - _TITLE_ROWS - 1)
        above = texts_above(self._grid, area.top, highest)
        return any(in_general(text, self._day) == wanted for _, _, text in above)

    def _places(self, written: Mapping[int, str]) -> dict[str, int]:
        places: dict[str, int] = {}
        for place, path in written.items():
            places.setdefault(in_general(path, self._day), place)
        return places

    def _missing(
        self, area: TableArea, written: Mapping[int, str], places: Mapping[str, int]
    ) -> Iterator[Finding]:
        used = {places[path] for path in self._wanted.values() if path in places}
        spare = {place: path for place, path in written.items() if place not in used}
        for name, path in self._wanted.items():
            if path in places:
                continue
            header = self._own.columns[name]
            alike = {place: likeness(in_general(text, self._day), path) for place, text in spare.items()}
            place = max(alike, key=lambda each: alike[each], default=-1)
            if place < 0 or alike[place] < self._office.conventions.near_miss:
                cell = address(area.bottom, min(used, default=0))
                yield finding_at(self._file, "S-COLUMN", self._told, cell, header=header)
            else:
                cell, percent = address(area.bottom, place), round(100 * alike[place])
                yield finding_at(
                    self._file, "S-HEADER", self._told, cell, header=header, found=written[place],
                    likeness=percent,
                )  # fmt: skip

    def _filled(self, area: TableArea) -> list[Sequence[CellValue]]:
        """The rows as far as this table reaches, words that are merged downwards standing in each row."""
        rows = list(self._grid.rows[: area.end])
        for top, left, bottom, right in self._grid.merged:
            if top > area.bottom and left == right and bottom > top:
                text = self._grid.value(top, left)
                for row in range(top + 1, min(bottom + 1, len(rows))) if isinstance(text, str) else ():
                    line = list(rows[row])
                    line += [""] * (left + 1 - len(line))
                    line[left] = text
                    rows[row] = line
        return rows

    def _with_codes(
        self, grid: Grid, area: TableArea, columns: Mapping[str, int]
    ) -> tuple[Grid, dict[str, int], dict[str, int]]:
        """The grid with codes right of all that is written; columns to read, and the columns to show."""
        width = max(map(len, grid.rows), default=0)
        rows = [[*line, *[""] * (width - len(line))] for line in grid.rows]
        numeric = [place for name, place in columns.items() if self._sheet.column(name).numeric]
        known, shown = dict(columns), {}
        for column in self._sheet.columns:
            place = columns.get(column.name, columns.get(f"{column.name}_name"))
            if column.type != "code" or column.catalogue is None or place is None:
                continue
            below = [(row, rows[row][place]) for row in range(area.first, len(rows))]
            texts = {row: value.strip() for row, value in below if isinstance(value, str) and value.strip()}
            if column.name in columns and all(text.isdigit() for text in texts.values()):
                continue
            known[column.name], shown[column.name] = len(rows[0]), place
            for row, line in enumerate(rows):
                text = texts.get(row, "")
                total = squeezed(text) in self._labels
                counted = any(isinstance(line[each], int | float) for each in numeric)
                code = text if text.isdigit() else self._coder.code(column, text) if text else None
                line.append(code or (text if counted and not total else ""))
        return replace(grid, rows=rows), known, shown

    def _kept(self, table: Table, places: Mapping[str, int]) -> Table:
        """The table with those of its rows that say what the mapping asks for."""
        if not self._filters:
            return table

        def keeps(row: int) -> bool:
            said = {path: table.grid.text(row, places[path]) for path in self._filters if path in places}
            return all(fold(said.get(path, "")) == fold(text) for path, text in self._filters.items())

        return replace(table, rows=[row for row in table.rows if keeps(row)], total_row=None)

    def _with_constants(self, table: Table) -> Table:
        if not self._own.constants:
            return table
        rows = [list(line) for line in table.grid.rows]
        columns, shown = dict(table.columns), dict(table.shown)
        for name, value in self._own.constants.items():
            columns[name], shown[name] = len(rows[0]), table.shown.get(
                self._sheet.key[0], table.columns[self._sheet.key[0]]
            )  # fmt: skip
            for row, line in enumerate(rows):
                line.append((float(value) if isinstance(value, int) else value) if row in table.rows else "")
        return replace(table, grid=replace(table.grid, rows=rows), columns=columns, shown=shown)


def _worth(unit: str) -> int | None:
    """What a unit is worth in đồng; None for one that nobody knows, or none at all."""
    for entry in load_catalogue("units") if unit else ():
        if fold(unit) in map(fold, (entry.name.vi, *entry.aliases)):
            return entry.dong
    return None
