"""The rows of a large sheet one after another, and of each only the columns that are asked for.

A loan statement has five million cells of which a seventh are needed; the rest are customers' names and
addresses. They are passed over as bytes here and never become values. What the sheet says of its own size
(`dimension`) is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import unescape

from sheetcredit.model.grid import CellValue, column_letters
from sheetcredit.xlsx.address import column_number
from sheetcredit.xlsx.limits import hold
from sheetcredit.xlsx.package import Package

UNCOMPUTED = "#UNCOMPUTED!"
"""Stands for a formula whose cached value is missing or 0: nobody can tell what it gives."""

_CELL = (
    rb'<c r="(%b)([0-9]{1,7})"([^<>]*?)(?:/>|>(<f[^<>]*?(?:/>|>[^<]*</f>))?'
    rb"(?:<v(?: [^<>]*)?>([^<]*)</v>|<v/>)?(?:<is>((?:[^<]++|<(?!/is>|/?c[ >]))*+)</is>)?</c>|(>))"
)
"""Column, row, attributes, formula, value, inline text of a cell; and a mark if it is none of these."""
_TYPE = re.compile(rb'\bt="(\w+)"')
_TEXT = re.compile(rb"<t(?: [^>]*)?>([^<]*)</t>")
_RUBY = re.compile(rb"<rPh .*?</rPh>", re.DOTALL)
_ANY_CELL = re.compile(rb"<(?:\w+:)?c[ >]")
_END = b"</row>"


class UnusualSheetError(Exception):
    """The sheet's XML is written in a way that is not followed here; calamine reads it."""


class RowStream:
    """The rows of one worksheet of a package, in their order, as (row of Excel, values).

    The values are those of all columns from A on until `columns` is set (zero-based, rising); from the next
    row on they are those of these columns alone, in that order. A row may be shorter than the one before.

    Raises while it is read:
        UnusualSheetError: the XML is not written as spreadsheet programs and report writers write it.
        CannotRead: a part is damaged. HostileFile: it breaks a limit.
    """

    def __init__(self, package: Package, sheet: str) -> None:
        self.columns: Sequence[int] | None = None
        self._package = package
        self._part = package.actual_name(package.sheet(sheet).part)
        self._strings: list[bytes] | None = None
        self._texts: dict[bytes, str] = {}

    def __iter__(self) -> Iterator[tuple[int, Sequence[CellValue]]]:
        for block in self._blocks():
            _refuse_unusual(block)
            yield from self._rows(block)

    def _rows(self, block: bytes) -> Iterator[tuple[int, Sequence[CellValue]]]:
        """The rows of whole rows' bytes; `columns` may be set meanwhile and holds from the next row on."""
        start = 0
        while self.columns is None:
            end = block.find(_END, start) + len(_END)
            if end < len(_END):
                return
            cells = re.findall(_CELL % b"[A-Z]{1,3}", block[start:end], re.DOTALL)
            start = end
            if cells:
                values: list[CellValue] = [None] * (
                    1 + max(column_number(cell[0].decode()) for cell in cells) - 1
                )
                if any(cell[-1] for cell in cells):
                    raise UnusualSheetError
                for letters, _, *content, _ in cells:
                    values[column_number(letters.decode()) - 1] = self._value(*content)
                yield int(cells[0][1]), values
        places = {column_letters(column).encode(): place for place, column in enumerate(self.columns)}
        wanted = re.compile(_CELL % _any_of(places), re.DOTALL)
        row, values = b"", []
        for letters, number, attributes, formula, value, inline, unusual in wanted.findall(block, start):
            if unusual:
                raise UnusualSheetError
            if number != row:
                if row:
                    yield int(row), values
                row, values = number, [None] * len(places)
            if value.isdigit() and not formula and b't="' not in attributes:  # as most of them are
                values[places[letters]] = int(value)
            else:
                values[places[letters]] = self._value(attributes, formula, value, inline)
        if row:
            yield int(row), values

    def _blocks(self) -> Iterator[bytes]:
        """The sheet's bytes cut behind a row; the first has what stands before the rows."""
        kept = b""
        for number, piece in enumerate(self._package.container.pieces(self._part)):
            if number == 0 and (piece.startswith((b"\xff\xfe", b"\xfe\xff")) or b"<!" in piece[:2000]):
                raise UnusualSheetError
            cut = piece.rfind(_END)
            if cut < 0:
                kept += piece
                hold(self._package.limits, "row_bytes", len(kept), self._package.path)
                continue
            yield kept + piece[: cut + len(_END)]
            kept = piece[cut + len(_END) :]
        if _ANY_CELL.search(kept):  # a prefix before the names of the elements, or no end of a row
            raise UnusualSheetError

    def _value(self, attributes: bytes, formula: bytes, value: bytes, inline: bytes) -> CellValue:
        if not value and not inline:
            return UNCOMPUTED if formula else None
        if b't="s"' in attributes:
            return self._string(value)
        kind = _TYPE.search(attributes)
        if kind is None or kind[1] == b"n":
            return _number(value, bool(formula))
        if kind[1] == b"inlineStr":
            return _plain_text(inline)
        if kind[1] == b"b":
            return value == b"1"
        return unescape(value.decode("utf-8", "replace"))  # str, e (an error's name), d

    def _string(self, number: bytes) -> str:
        text = self._texts.get(number)
        if text is None:
            if self._strings is None:
                self._strings = _shared_strings(self._package)
            index = int(number)
            if index >= len(self._strings):
                raise UnusualSheetError
            text = self._texts[number] = _plain_text(self._strings[index])
        return text


def _any_of(columns: Iterable[bytes]) -> bytes:
    """A pattern of these letters, which is faster than all of them side by side: `[CE]|A[CDX]`."""
    last: dict[bytes, bytes] = {}
    for letters in columns:
        last[letters[:-1]] = last.get(letters[:-1], b"") + letters[-1:]
    return b"|".join(b"%b[%b]" % pair for pair in last.items())


def _refuse_unusual(block: bytes) -> None:
    """Every cell has its address in the usual place, and there is no comment in between."""
    first = max(block.find(b"<row"), 0)
    if block.count(b"<c", first) != block.count(b'<c r="', first):
        raise UnusualSheetError
    if block.find(b"!") >= 0 and b"<!" in block:  # one byte is found ten times as fast as two
        raise UnusualSheetError


def _number(value: bytes, computed: bool) -> CellValue:
    if value.isdigit():
        number = int(value)
        return UNCOMPUTED if computed and number == 0 else number
    try:
        real = float(value)
    except ValueError:
        return value.decode("utf-8", "replace")
    return UNCOMPUTED if computed and real == 0 else real


def _plain_text(item: bytes) -> str:
    """The text of a shared or inline string, of all its runs; how it is to be pronounced is left out."""
    if b"<rPh" in item:
        item = _RUBY.sub(b"", item)
    return unescape(b"".join(_TEXT.findall(item)).decode("utf-8", "replace"))


def _shared_strings(package: Package) -> list[bytes]:
    """The items as they are written; each becomes text when a cell that is read asks for it."""
    part = "xl/sharedStrings.xml"
    if not package.has(part):
        raise UnusualSheetError
    name = package.actual_name(part)
    hold(package.limits, "values_bytes", package.container.entries[name].unpacked, package.path)
    text = package.container.read(name)
    if text.startswith((b"\xff\xfe", b"\xfe\xff")) or b"<!" in text[:2000] or b"<![CDATA[" in text:
        raise UnusualSheetError
    items = text.replace(b"<si/>", b"<si></si>").split(b"<si>")[1:]
    if len(items) != text.count(b"<si") or b":si>" in text:
        raise UnusualSheetError
    hold(package.limits, "strings", len(items), package.path)
    return items
