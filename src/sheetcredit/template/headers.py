"""The header of a table: one to three lines, wherever staff moved it, and what became of its columns.

A column is taken for what it is only when its header says so beyond doubt: one that stands twice, or
that a line below turns into something else, is reported and its numbers count as unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import NamedTuple

from sheetcredit.catalogue.catalogue import load_catalogue
from sheetcredit.model.finding import Finding, severity_of
from sheetcredit.model.grid import CellValue, Grid, address
from sheetcredit.model.legacy_fonts import converted_from_legacy, to_tcvn3, to_vni
from sheetcredit.model.text import fold
from sheetcredit.template.definition import Conventions, Sheet

_REMARK = re.compile(r"\s*\([^()]*\)\s*$|\s*\*+$|\s*:$")
_MOST_LINES = 3


class Header(NamedTuple):
    """Where a header stands (zero-based lines) and the zero-based column of each named column.

    `findings` tell columns that are missing, misspelt or doubled.
    """

    row: int
    last_row: int
    columns: Mapping[str, int]
    findings: tuple[Finding, ...] = ()


class _Cell(NamedTuple):
    """A header cell: its line, what is written there, and the headers it may stand for, best first."""

    row: int
    written: str
    candidates: tuple[str, ...]


class _Candidate(NamedTuple):
    row: int
    last_row: int
    cells: Mapping[int, _Cell]
    columns: Mapping[str, int]
    doubled: tuple[tuple[str, int], ...]


@lru_cache(maxsize=1 << 14)
def header_text(text: str) -> str:
    """A header as it is compared: in Unicode, folded, without a trailing unit, star or colon."""
    converted = converted_from_legacy(text.strip())
    folded = fold(converted.text if converted else text)
    while (shorter := _REMARK.sub("", folded)) != folded:
        folded = shorter
    return folded


@cache
def known_headers(sheet: Sheet) -> Mapping[str, str]:
    """What each header, as it is compared, is called in code; also as the legacy fonts write it.

    `Doanh sè cho vay` is right Vietnamese as it stands: only knowing the header tells that it is TCVN3.
    """
    legacy = {
        fold(code(text.lower())): column.name
        for column in sheet.columns
        for text in (column.header, *column.aliases)
        for code in (to_tcvn3, to_vni)
    }
    return {**legacy, **_unicode_headers(sheet)}


@cache
def _unicode_headers(sheet: Sheet) -> Mapping[str, str]:
    return {
        header_text(text): column.name
        for column in sheet.columns
        for text in (column.header, *column.aliases)
    }


@cache
def squeezed_labels(labels: tuple[str, ...]) -> frozenset[str]:
    """The labels of total rows as they are compared."""
    return frozenset(map(squeezed, labels))


@lru_cache(maxsize=1 << 14)
def squeezed(text: str) -> str:
    """A label without spaces, so that `T Ổ N G  C Ộ N G` is one as well."""
    return header_text(text).replace(" ", "")


def find_header(file: str, sheet: Sheet, grid: Grid, conventions: Conventions) -> Header | None:
    """The first header of a sheet that names at least half of its columns, or None."""
    least = (len(_unicode_headers(sheet)) + 1) // 2
    search = _Search(known_headers(sheet), grid, squeezed_labels(conventions.total_labels))
    for row in range(min(len(grid.rows), conventions.header_search_rows)):
        if not search.written(row) or search.most_columns(row) < least:
            continue
        found = search.best([row])
        if len(found.columns) >= least:
            # A title above it may have been taken for its first line.
            found = search.best(range(row, found.last_row + 1))
            return _without_doubtful(file, sheet, grid, found, conventions)
    return None


class _Search:
    """The headers that a sheet's lines may be, each looked at once."""

    def __init__(self, known: Mapping[str, str], grid: Grid, totals: frozenset[str]) -> None:
        self._known, self._grid, self._totals = known, grid, totals
        self._written: dict[int, dict[int, str]] = {}
        self._candidates: dict[tuple[int, int], _Candidate] = {}

    def written(self, row: int) -> dict[int, str]:
        """The texts of a line by their column."""
        if row not in self._written:
            self._written[row] = _written(self._grid, row)
        return self._written[row]

    def most_columns(self, row: int) -> int:
        """No header that begins in the line names more columns."""
        return sum(len(self.written(line)) for line in range(row, row + _MOST_LINES))

    def best(self, rows: Iterable[int]) -> _Candidate:
        """Of the headers that may begin in one of the rows, that with most columns; then the shortest.

        A longer one that finds a column elsewhere knows better: `Dư nợ` over `Trong hạn | Tổng số`.
        """
        best: _Candidate | None = None
        for row in rows:
            for last_row in range(row, row + _MOST_LINES):
                if last_row > row and self._has_values(last_row):
                    break  # a row of data ends every header
                candidate = self._candidate(row, last_row)
                if best is None or len(candidate.columns) > len(best.columns):
                    best = candidate
                elif len(candidate.columns) == len(best.columns):
                    refined = candidate.row == best.row and candidate.columns != best.columns
                    shorter = candidate.last_row - candidate.row < best.last_row - best.row
                    best = candidate if refined or shorter else best
        assert best is not None
        return best

    def _has_values(self, row: int) -> bool:
        return row < len(self._grid.rows) and _has_values(self._grid.rows[row])

    def _candidate(self, row: int, last_row: int) -> _Candidate:
        if (row, last_row) not in self._candidates:
            self._candidates[row, last_row] = self._look(row, last_row)
        return self._candidates[row, last_row]

    def _look(self, row: int, last_row: int) -> _Candidate:
        if last_row == row:
            top = self.written(row).items()
            cells = {place: _Cell(row, text, (header_text(text),)) for place, text in top}
        else:
            above = self._candidate(row, last_row - 1)
            below = _refined(above.cells, last_row, self.written(last_row), self._totals)
            if not below:
                return above
            cells = {**above.cells, **below}
        columns: dict[str, int] = {}
        doubled: list[tuple[str, int]] = []
        for place in sorted(cells):
            name = next((self._known[text] for text in cells[place].candidates if text in self._known), None)
            if name in columns:
                doubled.append((name, place))
            elif name is not None:
                columns[name] = place
        return _Candidate(row, last_row, cells, columns, tuple(doubled))


def _written(grid: Grid, row: int) -> dict[int, str]:
    return _texts(grid.rows[row]) if row < len(grid.rows) else {}


def _texts(values: Sequence[CellValue]) -> dict[int, str]:
    return {
        place: value
        for place, value in enumerate(values)
        if isinstance(value, str) and value and not value.isspace()
    }


def _has_values(values: Sequence[CellValue]) -> bool:
    """Whether a line holds numbers, or texts of digits such as codes."""
    return any(value.isdigit() if isinstance(value, str) else value is not None for value in values)


def _refined(
    above: Mapping[int, _Cell], line: int, written: Mapping[int, str], totals: frozenset[str]
) -> dict[int, _Cell]:
    """The cells of a line that say more about those above them: `Doanh số | cho vay`."""
    refined: dict[int, _Cell] = {}
    for place, text in written.items():
        lower = header_text(text)
        if not lower:  # nothing but a remark in brackets
            continue
        over = max((column for column in above if column <= place), default=None)
        upper = above[over].candidates[0] if over is not None else ""
        candidates: tuple[str, ...] = (f"{upper} {lower}".strip(), f"{lower} {upper}".strip(), lower)
        if lower.replace(" ", "") in totals:
            candidates = (upper, *candidates)
        refined[place] = _Cell(line, text, candidates)
    return refined


def _without_doubtful(
    file: str, sheet: Sheet, grid: Grid, found: _Candidate, conventions: Conventions
) -> Header:
    """The header without the numbers of which one cannot be certain, and what is wrong with it."""
    columns = dict(found.columns)
    findings: list[Finding] = []
    for name, place in found.doubled:
        column = sheet.column(name)
        if column.type == "text":
            continue
        first = address(found.cells[found.columns[name]].row, found.columns[name])
        cell = address(found.cells[place].row, place)
        findings.append(finding_at(file, "S-DOUBLE", sheet, cell, header=column.header, first=first))
        if column.numeric:
            columns.pop(name, None)
    for name, place in _turned(sheet, grid, found):
        if columns.pop(name, None) is not None:
            cell = address(found.last_row + 1, place)
            findings.append(finding_at(file, "S-COLUMN", sheet, cell, header=sheet.column(name).header))
    told = {name for name in found.columns if name not in columns}
    if len(found.columns) < len(sheet.columns):
        findings += _missing(file, sheet, found, told, conventions)
    return Header(found.row, found.last_row, columns, tuple(findings))


def _turned(sheet: Sheet, grid: Grid, found: _Candidate) -> Iterator[tuple[str, int]]:
    """Columns of numbers with words right below their header that make something else of it."""
    below = _written(grid, found.last_row + 1)
    row = found.last_row + 1
    keys = [found.columns[name] for name in sheet.key if name in found.columns]
    if any(grid.value(row, place) is not None for place in keys):
        return  # a row of data, of numbers (1)(2)(3), or a total row
    for name, place in found.columns.items():
        text = header_text(below.get(place, ""))
        wordy = text and not any(character.isdigit() for character in text) and text not in _units()
        if wordy and sheet.column(name).numeric and text not in ("-", "–") and len(text) > 1:
            yield name, place


@cache
def _units() -> frozenset[str]:
    return frozenset(
        header_text(text) for entry in load_catalogue("units") for text in (entry.name.vi, *entry.aliases)
    )


def _missing(
    file: str, sheet: Sheet, found: _Candidate, told: Iterable[str], conventions: Conventions
) -> Iterator[Finding]:
    used = set(found.columns.values())
    spare = {
        text: place
        for place, cell in found.cells.items()
        if place not in used
        for text in reversed(cell.candidates)
    }
    for column in sheet.columns:
        if column.name in found.columns or column.name in told:
            continue
        near = get_close_matches(header_text(column.header), spare, 1, conventions.near_miss)
        if near:
            cell = found.cells[spare[near[0]]]
            place = address(cell.row, spare[near[0]])
            written = " ".join(cell.written.split())
            yield finding_at(file, "S-HEADER", sheet, place, header=column.header, found=written)
        else:
            yield finding_at(file, "S-COLUMN", sheet, address(found.row, min(used)), header=column.header)


def finding_at(file: str, code: str, sheet: Sheet, cell: str | None = None, **details: object) -> Finding:
    """A finding about a sheet's shape; its key holds the details but no address."""
    row = int("".join(filter(str.isdigit, cell))) if cell else None
    named = [str(value) for name, value in details.items() if name != "first" or cell is None]
    return Finding(
        file=file, code=code, severity=severity_of(code), sheet=sheet.sheet, cell=cell, row=row,
        details=details, key="|".join([code, sheet.sheet, *named]),
    )  # fmt: skip
