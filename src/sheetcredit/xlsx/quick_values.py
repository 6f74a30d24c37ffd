"""The values of a plain sheet, read several times as fast as calamine reads them, and the same.

A sheet is plain when every cell is written in the few ways in which Excel, LibreOffice and the usual
libraries write one, in order, with its address. Whatever could be read in another way gives None, and
calamine reads the sheet. The formulas come along, as they stand in the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import islice, repeat
from operator import lt
from typing import NamedTuple

import msgspec

from sheetcredit.model.grid import CellValue, Formula
from sheetcredit.xlsx.address import MAX_COLUMN, MAX_ROW, column_number
from sheetcredit.xlsx.cached_formulas import is_plain_root
from sheetcredit.xlsx.inspect import usual_extent
from sheetcredit.xlsx.known_rows import KnownCell, KnownFormula, KnownRow, known_rows, pieces_of
from sheetcredit.xlsx.quick_parts import SPACE, QuickParts
from sheetcredit.xlsx.quick_rows import ROW_END, Place, Run, forms_of
from sheetcredit.xlsx.xml_bytes import ODD_ENTITY, unescape

# Short values are searched with `find` or an expression: `in` first takes bytes for a number, and is slow.
# Nothing is given back once it matched (`++`, `?+`): most cells are empty, and end the attempt at once.
_CELL = re.compile(
    rb'<c r="([A-Z]{1,3}+)([1-9][0-9]{0,6}+)"(?: s="(0|[1-9][0-9]{0,5}+)")?+'
    rb'(?: t="(s|n|str|b|e|inlineStr)")?+>'
    rb"(?:(<f>)([^<]*+)</f>|(<f [^<>]*+(?:(?<=/)>|>[^<]*+</f>)))?+"
    rb'(?:(<v>)([^<]*+)</v>|<is>(<t(?: xml:space="preserve")?+>)([^<]*+)</t></is>)?+</c>'
)
_EMPTY = re.compile(rb'<c r="[A-Z]{1,3}+[1-9][0-9]{0,6}+"(?: s="[0-9]{1,6}+")?+(?: t="[a-zA-Z]++")?+/>')
_ROW_HEAD = re.compile(rb'<row r="[1-9][0-9]{0,6}+"(?: [A-Za-z0-9:]++="[^"<>]*+")*+/?>')
_LAST_TAG = b"</worksheet>"
_ROW = b'<row r="'
_PREFIXED = re.compile(rb"<[^<> ]*:|xmlns")
_PREFIX = re.compile(rb"\sxmlns:([^\s=]+)")
_UNUSUAL = re.compile(rb"_x|[\r&]")
_NUMERIC = b"0123456789.+-eE"
_BLANKS = ("",) * MAX_COLUMN
_JSON = msgspec.json.Decoder(list[float])
_SOME_ERROR = "#VALUE!"
_EPOCH = date(1899, 12, 30)
_FIRST_CERTAIN_DAY, _LAST_DAY = 61, 2_958_465
"""From 1 March 1900, before which Excel counts a day that never was."""
_SPARSE = 100_000


class _NotPlainError(Exception):
    """calamine has to read the sheet."""


class QuickSheet(NamedTuple):
    """The rows from row 1 on, all of one width; and the formulas, None where they have to be read at length.

    `extent`: no cell lies beyond so many rows and columns, empty ones included.
    """

    rows: Sequence[tuple[CellValue, ...]]
    formulas: Mapping[tuple[int, int], Formula] | None
    extent: tuple[int, int]


def quick_values(sheet: str, text: bytes, parts: QuickParts, whole: bool = True) -> QuickSheet | None:
    """A sheet part (as UTF-8) as rows of values; None where it is not plain.

    Unless it is asked for as a `whole`, there are no formulas, and cells with an error hold nothing.
    """
    start, end = text.find(b"<sheetData>"), text.rfind(b"</sheetData>")
    if not 0 <= start < end or not is_plain_root(text, start, end) or not text.rstrip().endswith(_LAST_TAG):
        return None
    foreign = (b"xmlns", *(b"<%s:" % prefix for prefix in _PREFIX.findall(text, 0, start)))
    reader = _Reader(text, parts, foreign, whole)
    try:
        at = start + len(b"<sheetData>")
        for run in forms_of(sheet).runs(text, at, end):
            reader.between(at, run.start)
            reader.take(run)
            at = run.end
        reader.between(at, end)
        reader.read()
        return reader.sheet()
    except (_NotPlainError, ValueError, LookupError, OverflowError):
        return None


class _Reader:
    """Collects the rows of a sheet, and its formulas.

    `blocks` holds rows as they were met: single ones with their number, and runs with their columns.
    `unread` are the rows that are left for the end, `expected` their numbers.
    """

    def __init__(self, text: bytes, parts: QuickParts, foreign: tuple[bytes, ...], whole: bool) -> None:
        self.text, self.parts, self.foreign, self.whole = text, parts, foreign, whole
        self.blocks: list[tuple[Sequence[int], Mapping[int, Sequence[CellValue]] | list[CellValue]]] = []
        self.rows = known_rows(parts.dates, parts.not_numbers, whole)
        self.unread: list[bytes] = []
        self.expected: set[bytes] = set()
        self.formulas: dict[tuple[int, int], Formula] | None = {}
        self.last, self.width, self.extent = 0, 0, (0, 0)

    def take(self, run: Run) -> None:
        """Rows of one form, column by column."""
        raw = list(zip(*run.groups, strict=True))
        numbers = list(map(int, raw[0]))
        self._pass(numbers[0])
        if not all(map(lt, numbers, islice(numbers, 1, None))):
            raise _NotPlainError
        self.last = numbers[-1]
        columns: dict[int, Sequence[CellValue]] = {}
        for place in run.form.places:
            if place.value is not None:
                columns[place.column] = self._column(raw[place.value], place)
            if place.formula is not None:
                kept = raw[place.value] if place.value is not None else repeat(None)
                for number, text, value in zip(numbers, raw[place.formula], kept, strict=False):
                    self._formula(number, place.column, place.kind, text, value)
        if columns:
            self.width = max(self.width, *columns)
        self._reach(self.last, run.form.places[-1].column if run.form.places else 0)
        self.blocks.append((numbers, columns))

    def _column(self, raw: Sequence[bytes], place: Place) -> Sequence[CellValue]:
        if place.kind == b"s":
            return list(map(self.parts.strings.__getitem__, raw))
        if place.kind == b"str":
            return list(map(_text, raw))
        if place.style in self.parts.not_numbers:
            return [self._number(value, place.style) for value in raw]
        return _floats(raw)

    def between(self, start: int, end: int) -> None:
        """Rows that no form matches: those met before as they were read then; others are left for the end."""
        known = self.rows.known
        *rows, rest = self.text[start:end].split(ROW_END)
        for row in rows:
            pieces = pieces_of(row)
            frame = tuple(pieces[::2])
            one = known.get(frame)
            if one is not None and self._put(one, pieces[1::2]):
                continue
            number = row[row.rfind(_ROW) + len(_ROW) :].partition(b'"')[0]
            self._pass(int(number))
            self.expected.add(number)
            self.unread += (row, ROW_END)
            if one is None and self.rows.is_usual(frame):
                self.rows.keep(frame, _learnt(row + ROW_END, number, self))
        self.unread.append(rest)

    def _put(self, row: KnownRow, values: Sequence[bytes]) -> bool:
        """A row written as one that was read before, with its own values; no where it has to be read."""
        line: list[CellValue] = list(row.values)
        for (column, kind, style, plain), value in zip(row.cells, values, strict=True):
            if kind == b"s":
                line[column] = self.parts.strings[value]
            elif plain and value and not value.strip(_NUMERIC):
                line[column] = float(value)
            elif (read := self._value(kind, style, value)) is not None:
                line[column] = read
            else:
                return False
        if row.extent != self.extent:
            self._reach(*row.extent)
        if row.number is None:
            return True
        self._pass(row.number)
        self.blocks.append(((row.number,), line))
        if row.formulas is None:
            self.formulas = None
            return True
        for column, kind, text, cell in row.formulas:
            self._formula(row.number, column + 1, kind, text, None if cell is None else values[cell])
        return True

    def _pass(self, number: int) -> None:
        if number <= self.last:
            raise _NotPlainError
        self.last = number

    def read(self) -> None:
        """The rows that were left, cell by cell."""
        strings, not_numbers = self.parts.strings, self.parts.not_numbers
        current, number, before, line = b"", 0, 0, list[CellValue]()
        for letters, digits, style, kind, formula, source, odd, mark, value, tag, inline in self._cells():
            if digits != current:
                self.expected.remove(digits)  # each row once, and where it stands
                current, number, before, line = digits, int(digits), 0, []
                self.blocks.append(((number,), line))
            column = _column(letters)
            if column <= before:
                raise _NotPlainError
            before = column
            if formula or odd:
                self._formula(number, column, kind, None if odd else source, value if mark else None)
            read: CellValue
            if mark and kind == b"s":
                read = strings[value]
            elif value and not kind and style not in not_numbers and not value.strip(_NUMERIC):
                read = float(value)
            else:
                read = self._inline(kind, tag, inline) if tag else self._value(kind, style, value)
                if read is None:
                    continue
            line += _BLANKS[: column - 1 - len(line)]
            line.append(read)

    def _cells(self) -> list[tuple[bytes, ...]]:
        """All cells of these rows with anything in them."""
        text = b"".join(self.unread)
        found = _CELL.findall(text)
        if not _is_all(found, text) or any(text.rfind(tag) >= 0 for tag in self.foreign):
            raise _NotPlainError
        if b"&" in text and ODD_ENTITY.search(text):
            raise _NotPlainError
        self._reach(*usual_extent(text, 0, len(text)))
        return found

    def _reach(self, rows: int, columns: int) -> None:
        if columns > MAX_COLUMN:
            raise _NotPlainError
        self.extent = max(self.extent[0], rows), max(self.extent[1], columns)

    def _value(self, kind: bytes, style: bytes, value: bytes) -> CellValue:
        """What stands in `<v>`; None for nothing."""
        if kind == b"e":
            named = value.decode("utf-8", "replace").strip() or _SOME_ERROR
            return named if self.whole else None
        if not value:
            return None
        if kind == b"str":
            return _text(value)
        if kind == b"b" and value in (b"0", b"1"):
            return value == b"1"
        if kind not in (b"", b"n"):
            raise _NotPlainError
        return self._number(value, style)

    def _number(self, value: bytes, style: bytes) -> CellValue:
        if value.strip(_NUMERIC):
            raise _NotPlainError  # a text, or a word that only Python takes for a number
        if style not in self.parts.not_numbers:
            return float(value)
        if style not in self.parts.dates or not value.isdigit():
            raise _NotPlainError
        day = int(value)
        if not _FIRST_CERTAIN_DAY <= day <= _LAST_DAY:
            raise _NotPlainError
        return _EPOCH + timedelta(day)

    def _inline(self, kind: bytes, tag: bytes, text: bytes) -> str:
        read = _text(text)
        if kind != b"inlineStr" or (tag == b"<t>" and read != read.strip(SPACE)):
            raise _NotPlainError
        return read

    def _formula(self, row: int, column: int, kind: bytes, text: bytes | None, kept: bytes | None) -> None:
        """Enter a formula; one with no `text` is shared, or of an area, and has to be read at length."""
        if self.formulas is None or not self.whole:
            return
        if text is None or (kept is not None and kept.find(b"_x") >= 0):
            self.formulas = None
            return
        cached = _kept(kept) if kept or (kept is not None and kind == b"str") else None
        self.formulas[row - 1, column - 1] = Formula(_source(text), cached)

    def sheet(self) -> QuickSheet:
        """All rows, with empty ones where the sheet has none."""
        width = max([self.width, *[len(values) for _, values in self.blocks if type(values) is list]])
        height = self.last
        if height > MAX_ROW or width > MAX_COLUMN or height * width > _SPARSE + len(self.text):
            raise _NotPlainError
        rows: list[tuple[CellValue, ...]] = []
        blank = ("",) * width
        for numbers, values in sorted(self.blocks, key=_first_number):
            if numbers[0] - 1 > len(rows):
                rows.extend(repeat(blank, numbers[0] - 1 - len(rows)))
            if isinstance(values, list):
                rows.append((*values, *blank[len(values) :]))
                continue
            places = [values.get(column, ("",) * len(numbers)) for column in range(1, width + 1)]
            block = zip(*places, strict=True) if places else repeat(blank, len(numbers))
            if numbers[-1] - numbers[0] + 1 == len(numbers):
                rows.extend(block)
                continue
            for number, row in zip(numbers, block, strict=True):
                rows.extend(repeat(blank, number - 1 - len(rows)))
                rows.append(row)
        while rows and not any(value != "" for value in rows[-1]):
            rows.pop()
        formulas = self.formulas and dict(sorted(self.formulas.items()))
        return QuickSheet(rows, formulas, self.extent)


class _AnyStrings(dict[bytes, str]):
    """Stands for the shared strings while a row is read without its workbook."""

    def __missing__(self, number: bytes) -> str:
        return ""


def _learnt(row: bytes, number: bytes, of: _Reader) -> KnownRow | None:
    """What a row's frame says by itself; None where that is not certain, or it is more than one."""
    if _PREFIXED.search(row):
        return None
    reader = _Reader(row, of.parts._replace(strings=_AnyStrings()), of.foreign, of.whole)
    reader.unread, reader.expected = [row], {number}
    try:
        reader.read()
    except (_NotPlainError, ValueError, LookupError, OverflowError):
        return None
    values: list[CellValue] = []
    cells: list[KnownCell] = []
    formulas: list[KnownFormula] = []
    plainly = True
    for letters, _, style, kind, formula, source, odd, mark, _, tag, inline in _CELL.findall(row):
        column = _column(letters) - 1
        if formula:
            formulas.append(KnownFormula(column, kind, source, len(cells) if mark else None))
        plainly = plainly and not odd
        if mark or tag:
            values += _BLANKS[: column + 1 - len(values)]
        if mark:
            cells.append(KnownCell(column, kind, style, not kind and style not in of.parts.not_numbers))
        elif tag:
            values[column] = _text(inline)
    if len(cells) != len(pieces_of(row)) // 2:
        return None
    told = tuple(formulas) if plainly and of.whole else None if of.whole else ()
    return KnownRow(int(number) if reader.blocks else None, values, tuple(cells), told, reader.extent)


def _first_number(block: tuple[Sequence[int], object]) -> int:
    return block[0][0]


def _is_all(found: Sequence[tuple[bytes, ...]], rows: bytes) -> bool:
    """Whether rows hold these cells, empty ones and nothing else; every tag of them is counted."""
    tags = rows.count(b"<")
    if tags != rows.count(b">") or rows.count(b'"') % 2:
        return False
    heads: list[bytes] = _ROW_HEAD.findall(rows)
    closed = sum(head[-2:-1] != b"/" for head in heads)
    if rows.count(b"</row>") != closed:
        return False
    known = len(heads) + closed + len(_EMPTY.findall(rows)) + 2 * len(found) + rows.count(b"<v/>")
    for _, _, _, _, formula, _, odd, mark, _, tag, _ in found:
        if formula:
            known += 2
        elif odd:
            known += 1 if odd.endswith(b"/>") else 2
        if mark:
            known += 2
        elif tag:
            known += 4
    return known == tags


def _floats(raw: Sequence[bytes]) -> list[float]:
    """Numbers as written, each to the nearest float: as `float` reads them, at a fifth of its time."""
    joined = b"[" + b",".join(raw) + b"]"
    if joined.find(b"-0,") >= 0 or joined.find(b"-0]") >= 0:  # JSON's nought has no sign
        return list(map(float, raw))
    try:
        return _JSON.decode(joined)
    except msgspec.DecodeError:  # `+1`, `.5`, `1e999`
        return list(map(float, raw))


def _kept(value: bytes) -> str:
    return value.decode() if value.isalnum() else unescape(value)


@lru_cache(maxsize=1024)
def _source(formula: bytes) -> str:
    """The text of a formula: nearly the same ones stand in every workbook."""
    if ODD_ENTITY.search(formula):
        raise _NotPlainError
    return unescape(formula)


@lru_cache(maxsize=1024)
def _column(letters: bytes) -> int:
    return column_number(letters.decode("ascii"))


def _text(value: bytes) -> str:
    if _UNUSUAL.search(value) is None:
        return value.decode("utf-8")
    if b"_x" in value or b"\r" in value:
        raise _NotPlainError  # may be a coded character
    if ODD_ENTITY.search(value):
        raise _NotPlainError
    return unescape(value)
