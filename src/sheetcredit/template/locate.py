"""Finding a table in a grid by its headers, wherever staff moved it.

Columns inserted or reordered, rows above, a header of several lines, a row of (1)(2)(3), headers repeated
on each printed page, subtotals, notes and signatures below: none of them shifts a value unnoticed.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

from sheetcredit.model.finding import Finding
from sheetcredit.model.grid import CellValue, Grid, address
from sheetcredit.model.money import parse_number
from sheetcredit.template.definition import Conventions, Sheet
from sheetcredit.template.headers import (
    Header,
    find_header,
    finding_at,
    header_text,
    known_headers,
    squeezed,
    squeezed_labels,
)  # fmt: skip

_NUMBERING = re.compile(r"\(?([0-9]{1,2}|[a-z])\)?(\s*=.*)?")
_CODE = re.compile(r"[0-9]+")
_ANY_WIDTH = 99
_SURELY_A_CODE = 3
"""So many digits are no number of a column under the headers."""
_SUM_NOISE = 1e-9
_EMPTY = frozenset({"", None})
_DASHES = ("-", "–", "—")


@dataclass(frozen=True, slots=True)
class Table:
    """Where a sheet's table lies: zero-based column of each named column, its data rows, its total row.

    In an office's own workbook `columns` may lead right of all that is written there, to codes that stand for
    names: `shown` then has the columns of the names. `headers` are the workbook's own words for the columns,
    `unit` the worth in đồng of what the table counts in where it is another than the workbook's.
    """

    sheet: Sheet
    grid: Grid
    columns: Mapping[str, int]
    header_row: int
    rows: Sequence[int]
    total_row: int | None
    shown: Mapping[str, int] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    unit: int | None = None

    def cell(self, row: int, column: str) -> str:
        """The A1 address of a column in a zero-based row."""
        return address(row, self.shown.get(column, self.columns[column]))


class Located(NamedTuple):
    """A table, or None when the sheet has none that can be recognised, and what was wrong with it."""

    table: Table | None
    findings: tuple[Finding, ...]


class _RowKind(NamedTuple):
    """What one row below a header is: of the table (`data`), a total, or neither.

    `exact`: a total that says nothing else, unlike `Cộng nhóm I`. `counted`: a total with a number. `moved`:
    places where the header is repeated and names another column.
    """

    data: bool = False
    total: bool = False
    exact: bool = False
    counted: bool = False
    moved: tuple[tuple[int, str], ...] = ()


class _Total(NamedTuple):
    """A row that says it is a total."""

    row: int
    kind: _RowKind


class _Body(NamedTuple):
    """What stands below a header. `doubled`: places of a repeated header that names another column there."""

    rows: Sequence[int]
    total_row: int | None
    after: Sequence[int]
    doubled: Sequence[tuple[int, int, str]]


def locate_table(file: str, sheet: Sheet, grid: Grid, conventions: Conventions) -> Located:
    """The table that `sheet` defines, in `grid`."""
    header = find_header(file, sheet, grid, conventions)
    if header is None:
        return Located(None, (finding_at(file, "S-TABLE", sheet, first=sheet.columns[0].header),))
    return table_below(file, sheet, grid, header, conventions)


def table_below(
    file: str, sheet: Sheet, grid: Grid, header: Header, conventions: Conventions, summed: bool = True
) -> Located:
    """The table under a header that was found; `summed` where it must have a total row."""
    findings = list(header.findings)
    if any(column.key and column.name not in header.columns for column in sheet.columns):
        return Located(None, tuple(findings))
    grid = _with_merged_words(sheet, grid, header)
    body = _BodyReader(sheet, grid, header, conventions).read()
    for row, place, name in body.doubled:
        column, first = sheet.column(name), address(header.last_row, header.columns[name])
        cell = address(row, place)
        findings.append(finding_at(file, "S-DOUBLE", sheet, cell, header=column.header, first=first))
    if sheet.total and summed and body.total_row is None:
        last = body.rows[-1] if body.rows else header.last_row
        cell = address(last, min(header.columns.values()))
        findings.append(finding_at(file, "S-NO-TOTAL", sheet, cell, label=conventions.total_labels[0]))
    table = Table(sheet, grid, header.columns, header.row, body.rows, body.total_row if summed else None)
    for row in body.after:
        found = _plain(grid.value(row, table.columns[sheet.key[0]]))
        findings.append(finding_at(file, "S-AFTER-TOTAL", sheet, table.cell(row, sheet.key[0]), found=found))
    return Located(table, tuple(findings))


def _with_merged_words(sheet: Sheet, grid: Grid, header: Header) -> Grid:
    """The grid with cells of codes and words that are merged with the one above saying what that one says."""
    words = {header.columns[c.name] for c in sheet.columns if c.name in header.columns and not c.numeric}
    areas = [area for area in grid.merged if area[0] > header.last_row and area[1] == area[3] in words]
    if not areas:
        return grid
    rows = [list(row) for row in grid.rows]
    for top, column, bottom, _ in areas:
        for row in range(top + 1, min(bottom + 1, len(rows))):
            if column < len(rows[row]):
                rows[row][column] = grid.value(top, column)
    return replace(grid, rows=rows)


class _BodyReader:
    """Tells the rows below a header: data, totals, and what is neither."""

    def __init__(self, sheet: Sheet, grid: Grid, header: Header, conventions: Conventions) -> None:
        self._grid, self._first, self._header = grid.rows, header.last_row + 1, header.columns
        self._known = known_headers(sheet)
        self._totals = squeezed_labels(conventions.total_labels) if sheet.total else frozenset()
        columns = [(column, header.columns.get(column.name)) for column in sheet.columns]
        self._places = sorted(place for _, place in columns if place is not None)
        self._summed = [place for column, place in columns if place is not None and column.total]
        self._numeric = [place for column, place in columns if place is not None and column.numeric]
        self._keys = [
            (place, column.width or _ANY_WIDTH, column.bank_width or column.width or _ANY_WIDTH)
            for column, place in columns
            if place is not None and column.key and column.type == "code"
        ]

    def read(self) -> _Body:
        found, totals, doubled = self._scan()
        rows, sums = self._without_sums(found)
        total = self._last_total(rows, totals)
        if total is None:
            kept = self._without_notes(rows)
            closing = sums[-1] if sums and self._totals and kept and sums[-1] > kept[-1] else None
            return _Body(kept, closing, (), doubled)
        if rows and total.row < rows[0]:  # on top, as exports and pivot tables have it
            return _Body(self._without_notes(rows), total.row, (), doubled)
        end = bisect(rows, total.row)
        after = [row for row in rows[end:] if self._coded(self._grid[row]) and self._counted(self._grid[row])]
        return _Body(rows[:end], total.row, after, doubled)

    def _scan(self) -> tuple[list[int], list[_Total], list[tuple[int, int, str]]]:
        rows: list[int] = []
        totals: list[_Total] = []
        doubled: list[tuple[int, int, str]] = []
        place, width, most = self._keys[0] if self._keys else (-1, 0, 0)
        least = width if width < _ANY_WIDTH else _SURELY_A_CODE
        for row, values in enumerate(self._grid[self._first :], self._first):
            key = values[place] if -1 < place < len(values) else None
            if type(key) is str and least <= len(key) <= most and key.isdigit():
                rows.append(row)  # a full code settles nearly every row of a large table at once
            elif any(values):
                kind = self._kind(values, first=not rows)
                if kind.total:
                    totals.append(_Total(row, kind))
                elif kind.data:
                    rows.append(row)
                doubled += [(row, moved, name) for moved, name in kind.moved]
        return rows, totals, doubled

    def _without_sums(self, rows: Sequence[int]) -> tuple[list[int], list[int]]:
        """Rows of their own, and those without a code that add up the rows above, whatever they are called.

        A subtotal adds up the rows since the one before it, a total all of them: neither counts twice.
        """
        lines = {row: self._grid[row] for row in rows} if self._keys else {}
        doubtful = {row for row, line in lines.items() if not self._coded(line) and self._numbered(line)}
        if not doubtful:
            return list(rows), []
        kept: list[int] = []
        sums: list[int] = []
        since, whole = ([0.0] * len(self._summed) for _ in range(2))
        for row in rows:
            numbers = [_amount(self._grid[row], place) for place in self._summed]
            if row in doubtful and any(_adds(numbers, s) for s in (since, whole)):
                sums.append(row)
                since = [0.0] * len(self._summed)
                continue
            kept.append(row)
            for total in (since, whole):
                total[:] = [added + (number or 0.0) for added, number in zip(total, numbers, strict=True)]
        return kept, sums

    def _last_total(self, rows: Sequence[int], totals: Sequence[_Total]) -> _Total | None:
        """The total row: those before it with rows of codes after them are subtotals."""
        if not totals:
            return None
        current = totals[0]
        for following in totals[1:]:
            between = rows[bisect(rows, current.row) : bisect(rows, following.row)]
            closes = any(self._coded(self._grid[row]) for row in between)
            adjoins = not between and following.row - current.row <= 2 and following.kind.counted
            if not closes and not (adjoins and (following.kind.exact or not current.kind.exact)):
                break
            current = following
        return current

    def _without_notes(self, rows: Sequence[int]) -> list[int]:
        """Without a total row, the table ends at its last row that has a code or a number."""
        said = [row for row in rows if self._coded(self._grid[row]) or self._numbered(self._grid[row])]
        return [row for row in rows if said and row <= said[-1]]

    def _kind(self, values: Sequence[CellValue], first: bool) -> _RowKind:
        """What a row is; `first` when no row of data stands above it."""
        return self._total(values) or self._data(values, first)

    def _total(self, values: Sequence[CellValue]) -> _RowKind | None:
        if not self._totals:
            return None
        beside = [
            value for place, value in enumerate(values)
            if isinstance(value, str) and value and not value.isspace() and place not in self._numeric
        ]  # fmt: skip
        if any(squeezed(value) in self._totals for value in beside if len(value) < 60):
            return _RowKind(total=True, exact=True, counted=self._counted(values))
        first = header_text(beside[0]) if beside else ""
        if first.split(" ")[0] in self._totals and self._counted(values) and not self._coded(values):
            return _RowKind(total=True, counted=True)
        return None

    def _data(self, values: Sequence[CellValue], first: bool) -> _RowKind:
        numbers = [values[place] for place in self._numeric if place < len(values)]
        filled = [
            values[place] for place in self._places if place < len(values) and not _blank(values[place])
        ]
        if _EMPTY.issuperset(numbers) and not self._coded(values):  # words: a heading again, or signatures
            return _RowKind(moved=self._moved(values) if _repeats_header(filled, self._known) else ())
        line = [value for value in values if not _blank(value)]  # no gap where a header is not known
        if self._is_numbering(filled) or self._is_numbering(line):
            return _RowKind()
        if _repeats_header(filled, self._known):
            return _RowKind(moved=self._moved(values))
        if self._coded(values):
            return _RowKind(data=True)
        if first and not any(_has_digit(value) for value in filled):
            return _RowKind()  # a last line of the header: units, remarks
        return _RowKind(data=not all(map(_blank, numbers)))

    def _is_numbering(self, filled: Sequence[CellValue]) -> bool:
        """Whether a row is the (1)(2)(3) line under the headers: consecutive, nothing else.

        One cell of it may have been typed over where all others have brackets, as no row of data has.
        """
        if len(filled) < 3 or len(filled) * 2 < len(self._places):
            return False
        texts = [_plain(value) for value in filled]
        bracketed = [text for text in texts if text.startswith("(") and _NUMBERING.fullmatch(text)]
        typed_over = len(bracketed) == len(texts) - 1
        if typed_over:
            texts = bracketed
        if not all(_NUMBERING.fullmatch(text) for text in texts):
            return False
        bare = [text.split("=")[0].strip("() ") for text in texts]
        numbers = [int(text) for text in bare if text.isdigit()]
        if len(numbers) < 2 or any(before >= after for before, after in pairwise(numbers)):
            return False
        left_out = numbers[-1] - numbers[0] - (len(numbers) - 1)
        return left_out <= typed_over and numbers[0] <= 2 + typed_over

    def _moved(self, values: Sequence[CellValue]) -> tuple[tuple[int, str], ...]:
        """A header repeated on the next page must name the same columns."""
        named = [
            (place, self._known.get(header_text(value)) if isinstance(value, str) else None)
            for place, value in enumerate(values)
        ]
        return tuple((p, name) for p, name in named if name is not None and self._header.get(name, p) != p)

    def _coded(self, values: Sequence[CellValue]) -> bool:
        """Whether a row has something like a code in each of its key cells."""
        if not self._keys:
            return False
        for place, _, most in self._keys:
            text = _plain(values[place]) if place < len(values) else ""
            if len(text) > most or not _CODE.fullmatch(text):
                return False
        return True

    def _counted(self, values: Sequence[CellValue]) -> bool:
        """Whether a row has anything where the table has numbers."""
        return any(place < len(values) and not _blank(values[place]) for place in self._numeric)

    def _numbered(self, values: Sequence[CellValue]) -> bool:
        """Whether a row has a number there."""
        return any(place < len(values) and _is_number(values[place]) for place in self._numeric)


def _amount(values: Sequence[CellValue], place: int) -> float | None:
    value = values[place] if place < len(values) else None
    if isinstance(value, str):
        parsed = parse_number(value)
        return None if parsed is None else float(parsed)
    return float(value) if isinstance(value, (int, float)) else None


def _adds(numbers: Sequence[float | None], sums: Sequence[float]) -> bool:
    """Whether all numbers of a row are the sums, and enough of them are not zero to be no accident."""
    said = [(number, total) for number, total in zip(numbers, sums, strict=True) if number is not None]
    alike = all(abs(number - total) <= _SUM_NOISE * max(1.0, abs(total)) for number, total in said)
    return alike and sum(number != 0 for number, _ in said) >= min(2, len(numbers)) > 0


def _blank(value: CellValue) -> bool:
    return value is None or value == "" or (isinstance(value, str) and value.strip() in ("", *_DASHES))


def _is_number(value: CellValue) -> bool:
    if isinstance(value, str):
        return parse_number(value) is not None
    return isinstance(value, (int, float))


def _has_digit(value: CellValue) -> bool:
    return not isinstance(value, str) or any(map(str.isdigit, value)) or value.startswith("#")


def _plain(value: CellValue) -> str:
    """A code or number as one reads it, without spaces around and a fraction that is none."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else "".join(str(value).lower().split())


def _repeats_header(filled: Sequence[CellValue], known: Mapping[str, str]) -> bool:
    matches = sum(isinstance(value, str) and header_text(value) in known for value in filled)
    return matches >= 2 and matches * 2 > len(filled)


def blank_rows(table: Table) -> list[int]:
    """The rows within the table, above its total, in which nothing stands at all (zero-based)."""
    if table.total_row is None:
        return []
    used = set(table.rows) | {row for row, _ in table.grid.formulas}
    inside = range(table.header_row + 1, table.total_row)
    return [row for row in inside if row not in used and not any(map(_stands, table.grid.rows[row]))]


def _stands(value: CellValue) -> bool:
    return value is not None and not (isinstance(value, str) and not value.strip())
