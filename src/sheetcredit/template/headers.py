"""The header of a table: one to three lines, wherever staff moved it, and what became of its columns.

A column is taken for what it is only when its header says so beyond doubt: one that stands twice, or
that a line below turns into something else, is reported and its numbers count as unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from difflib import SequenceMatcher
from functools import cache, lru_cache
from typing import NamedTuple

from sheetcredit.catalogue.catalogue import load_catalogue
from sheetcredit.model.finding import Finding, severity_of
from sheetcredit.model.grid import CellValue, Grid, address
from sheetcredit.model.legacy_fonts import converted_from_legacy, to_tcvn3, to_vni
from sheetcredit.model.text import fold
from sheetcredit.template.definition import Column, Conventions, Sheet

_REMARK = re.compile(r"\s*\([^()]*\)\s*$|\s*\*+$|\s*:$")
_MOST_LINES = 3
_LOOKED_INTO = 200
"""Rows of a sheet in which a column of numbers shows itself as one."""
_BESIDE = ("first", "likeness")
"""Details of a finding that are no part of its key."""
_DATE = re.compile(r"(?<![0-9])([0-3]?[0-9])[/.-]([01]?[0-9])[/.-]((?:20)?[0-9]{2})(?![0-9])")
DATE, EARLIER = "{ngày}", "{ngày trước}"
"""How headers of the definitions write the latest date of a header, and the one before it."""


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


def dates_in(texts: Iterable[str]) -> list[date]:
    """The distinct days that texts name, earliest first: `Dư nợ 31/12/2023`, `Dư nợ đến 31/3/2024`."""
    found: set[date] = set()
    for text in texts:
        for match in _DATE.finditer(text) if "/" in text or "." in text or "-" in text else ():
            try:
                found.add(date(int(match[3]) % 100 + 2000, int(match[2]), int(match[1])))
            except ValueError:
                continue  # 12/2023 after a number, and the like
    return sorted(found)


def with_date_words(text: str, days: Sequence[date]) -> str:
    """The text with each day as the definitions write it: the latest of `days`, or one before it."""

    def worded(match: re.Match[str]) -> str:
        (day,) = dates_in([match[0]]) or (None,)
        return match[0] if day not in days else DATE if day == days[-1] else EARLIER

    return _DATE.sub(worded, text) if days else text


def likeness(one: str, other: str) -> float:
    """How alike two headers are as they are compared, 0 to 1."""
    return SequenceMatcher(None, header_text(one), header_text(other)).ratio()


def find_header(file: str, sheet: Sheet, grid: Grid, conventions: Conventions) -> Header | None:
    """The first header of a sheet that names at least half of its columns, or None."""
    least = (len(sheet.columns) + 1) // 2
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
        self._days: dict[int, list[date]] = {}

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
            cells = {place: _Cell(row, text, (self._compared(row, text),)) for place, text in top}
        else:
            above = self._candidate(row, last_row - 1)
            texts = {place: self._compared(row, text) for place, text in self.written(last_row).items()}
            below = _refined(above.cells, last_row, self.written(last_row), texts, self._totals)
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

    def _compared(self, row: int, text: str) -> str:
        """A text of a header that begins in the row, as it is compared."""
        if row not in self._days:
            lines = [row]
            while len(lines) < _MOST_LINES and not self._has_values(lines[-1] + 1):
                lines.append(lines[-1] + 1)
            self._days[row] = dates_in(text for line in lines for text in self.written(line).values())
        return header_text(with_date_words(text, self._days[row]))


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
    above: Mapping[int, _Cell],
    line: int,
    written: Mapping[int, str],
    compared: Mapping[int, str],
    totals: frozenset[str],
) -> dict[int, _Cell]:
    """The cells of a line that say more about those above them: `Doanh số | cho vay`."""
    refined: dict[int, _Cell] = {}
    for place, text in written.items():
        lower = compared[place]
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
        findings += _missing(file, sheet, grid, found, told, conventions)
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
    file: str, sheet: Sheet, grid: Grid, found: _Candidate, told: Iterable[str], conventions: Conventions
) -> Iterator[Finding]:
    """S-HEADER for a column that stands there under a like name or in its usual place, else S-COLUMN."""
    used = set(found.columns.values())
    spare = [place for place in found.cells if place not in used]
    for column in sheet.columns:
        if column.name in found.columns or column.name in told:
            continue
        alike = {place: _likeness(found.cells[place], column) for place in spare}
        place = max(alike, key=lambda place: alike[place], default=None)
        if place is None or alike[place] < conventions.near_miss:
            place = _in_usual_place(sheet, grid, found, column, spare)
        if place is None:
            yield finding_at(file, "S-COLUMN", sheet, address(found.row, min(used)), header=column.header)
            continue
        spare.remove(place)
        cell = found.cells[place]
        yield finding_at(
            file, "S-HEADER", sheet, address(cell.row, place), header=column.header,
            found=" ".join(cell.written.split()), likeness=round(100 * alike[place]),
        )  # fmt: skip


def _likeness(cell: _Cell, column: Column) -> float:
    spellings = (column.header, *column.aliases)
    return max(likeness(text, wanted) for text in cell.candidates for wanted in spellings)


def _in_usual_place(
    sheet: Sheet, grid: Grid, found: _Candidate, column: Column, spare: Iterable[int]
) -> int | None:
    """A column of numbers under an unknown header, right behind the column that the missing one follows."""
    order = [each.name for each in sheet.columns]
    before = order[: order.index(column.name)]
    if not column.numeric or not before or before[-1] not in found.columns:
        return None
    place = found.columns[before[-1]] + 1
    if place not in spare:
        return None
    below = [grid.value(row, place) for row in range(found.last_row + 1, min(len(grid.rows), _LOOKED_INTO))]
    return place if any(isinstance(value, (int, float)) for value in below) else None


def finding_at(file: str, code: str, sheet: Sheet, cell: str | None = None, **details: object) -> Finding:
    """A finding about a sheet's shape; its key holds the details but no address."""
    row = int("".join(filter(str.isdigit, cell))) if cell else None
    named = [str(value) for name, value in details.items() if name not in _BESIDE or cell is None]
    return Finding(
        file=file, code=code, severity=severity_of(code), sheet=sheet.sheet, cell=cell, row=row,
        details=details, key="|".join([code, sheet.sheet, *named]),
    )  # fmt: skip
