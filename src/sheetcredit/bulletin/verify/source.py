"""The lines of a text that somebody wrote: .docx, .md or .txt. A line is a paragraph.

Of a Word document every piece of a line remembers the element it stands in, so that a number can be marked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import normalize
from xml.etree.ElementTree import XML, Element
from zipfile import BadZipFile, ZipFile

from sheetcredit.model.errors import BadUsage, CannotRead
from sheetcredit.model.text import fold
from sheetcredit.xlsx.files import reading_failed

SUFFIXES = (".docx", ".md", ".txt")
_LARGEST = 20_000_000
"""Bytes of a text, or of a document's main part: a bulletin has some ten thousand."""

_ORDINALS = frozenset({"stt", "tt", "số tt"})
"""Heads of a column that only numbers the rows."""

_NOTE_MARK = re.compile(r"\[\^[^\]]+\]")
_NOTE = re.compile(r"\[\^[^\]]+\]:")
_ESCAPED = re.compile(r"\\([\\`*_\[\]<>#|])")
_EMPHASIS = re.compile(r"\*\*|__|`|^#{1,6}\s+|^>\s?", re.MULTILINE)
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def lines_of(path: Path) -> list[str]:
    """The lines of a text, composed Unicode; those that hold no text of its own are empty.

    Raises:
        BadUsage: the suffix is none of `SUFFIXES`.
        CannotRead: the file cannot be read as what its suffix says.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise BadUsage("E-TEXT-FORMAT", path=path, suffix=suffix or "-")
    try:
        lines = _document(path) if suffix == ".docx" else _decoded(path).splitlines()
    except OSError as error:
        raise reading_failed(path, error) from error
    if suffix == ".md":
        lines = [_without_markup(line) for line in lines]
    return [normalize("NFC", line) for line in lines]


def _decoded(path: Path) -> str:
    size = path.stat().st_size
    if size > _LARGEST:
        raise CannotRead("E-TEXT-SIZE", path=path, size=size, allowed=_LARGEST)
    data = path.read_bytes()
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise CannotRead("E-TEXT-ENCODING", path=path) from error


def _without_markup(line: str) -> str:
    """A line of Markdown as it is read: footnotes, emphasis and escapes taken away."""
    if _NOTE.match(line):
        return ""
    return _ESCAPED.sub(r"\1", _EMPHASIS.sub("", _NOTE_MARK.sub("", line))).rstrip()


def _document(path: Path) -> list[str]:
    """The paragraphs of a Word document; a row of a table is one line, each cell behind its column's head."""
    try:
        with ZipFile(path) as package:
            size = package.getinfo("word/document.xml").file_size
            if size > _LARGEST:
                raise CannotRead("E-TEXT-SIZE", path=path, size=size, allowed=_LARGEST)
            body = _parsed(package.read("word/document.xml")).find(f"{_WORD}body")
            return [_text(line) for line in lines_in(body)]
    except (BadZipFile, KeyError, SyntaxError, NotImplementedError, RuntimeError, EOFError) as error:
        raise CannotRead("E-TEXT-DAMAGED", path=path) from error


def _parsed(data: bytes) -> Element:
    """The root of an XML part; one that declares a document type is refused, and with it entities."""
    if b"<!DOCTYPE" in data:
        raise SyntaxError("document type")
    return XML(data)


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A piece of a line, and the `w:t` it stands in; None of what we put between or cannot mark."""

    text: str
    element: Any = None


Pieces = list[PlacedText]


def lines_in(body: Any) -> Iterator[Pieces]:
    """The lines of a document's body (an element of any XML library), each in pieces."""
    for element in body if body is not None else ():
        if element.tag == f"{_WORD}p":
            yield list(_pieces(element))
        elif element.tag == f"{_WORD}tbl":
            yield from _table(element)
        elif element.tag in (f"{_WORD}sdt", f"{_WORD}sdtContent", f"{_WORD}ins"):
            yield from lines_in(element)


def _table(table: Any) -> Iterator[Pieces]:
    rows = [[_cell(cell) for cell in row.iter(f"{_WORD}tc")] for row in table.iter(f"{_WORD}tr")]
    heads, *body = rows or [[]]
    yield _joined([cell for cell in heads if cell], ". ")
    first = 1 if len(heads) > 1 and fold(_text(heads[0])) in _ORDINALS else 0
    for cells in body:
        if len(cells) != len(heads):
            yield _joined([cell for cell in cells if cell], ", ")
            continue
        pairs = zip(heads[first + 1 :], cells[first + 1 :], strict=True)
        named = [[PlacedText(f"{_text(head)} "), *cell] for head, cell in pairs if cell]
        yield [*cells[first], PlacedText(": "), *_joined(named, ", ")]


def _cell(cell: Any) -> Pieces:
    """The text of a cell on one line, nothing around it; no pieces where there is none."""
    pieces = _joined(list(lines_in(cell)), " ")
    while pieces and not pieces[0].text.strip():
        pieces = pieces[1:]
    while pieces and not pieces[-1].text.strip():
        pieces = pieces[:-1]
    return pieces


def _joined(lines: list[Pieces], between: str) -> Pieces:
    joined: Pieces = []
    for line in lines:
        joined += [PlacedText(between), *line] if joined else line
    return joined


def _text(pieces: Pieces) -> str:
    return "".join(piece.text for piece in pieces)


def _pieces(parent: Any, markable: bool = True) -> Iterator[PlacedText]:
    """The text of a paragraph as it is read: no deleted text, no field codes."""
    for element in parent:
        if element.tag == f"{_WORD}t":
            yield PlacedText(element.text or "", element if markable else None)
        elif element.tag in (f"{_WORD}tab", f"{_WORD}br", f"{_WORD}cr"):
            yield PlacedText(" ")
        elif element.tag == f"{_WORD}noBreakHyphen":
            yield PlacedText("-")
        elif element.tag == f"{_WORD}txbxContent":  # Word has no comments in a text box
            yield from _pieces(element, False)
        elif element.tag != _FALLBACK:  # what stands in a text box once more, for old programs
            yield from _pieces(element, markable)
