"""The lines of a text that somebody wrote: .docx, .md or .txt. A line is a paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
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
            return list(_blocks(body)) if body is not None else []
    except (BadZipFile, KeyError, SyntaxError, NotImplementedError, RuntimeError, EOFError) as error:
        raise CannotRead("E-TEXT-DAMAGED", path=path) from error


def _parsed(data: bytes) -> Element:
    """The root of an XML part; one that declares a document type is refused, and with it entities."""
    if b"<!DOCTYPE" in data:
        raise SyntaxError("document type")
    return XML(data)


def _blocks(parent: Element) -> Iterator[str]:
    for element in parent:
        if element.tag == f"{_WORD}p":
            yield _text(element)
        elif element.tag == f"{_WORD}tbl":
            yield from _table(element)
        elif element.tag in (f"{_WORD}sdt", f"{_WORD}sdtContent", f"{_WORD}ins"):
            yield from _blocks(element)


def _table(table: Element) -> Iterator[str]:
    rows = [
        [" ".join(_blocks(cell)).strip() for cell in row.iter(f"{_WORD}tc")]
        for row in table.iter(f"{_WORD}tr")
    ]
    heads, *body = rows or [[]]
    yield ". ".join(cell for cell in heads if cell)
    first = 1 if len(heads) > 1 and fold(heads[0]) in _ORDINALS else 0
    for cells in body:
        if len(cells) == len(heads):
            pairs = zip(heads[first + 1 :], cells[first + 1 :], strict=True)
            yield f"{cells[first]}: {', '.join(f'{head} {cell}' for head, cell in pairs if cell)}"
        else:
            yield ", ".join(cell for cell in cells if cell)


def _text(paragraph: Element) -> str:
    """The text of a paragraph as it is read: no deleted text, no field codes."""
    return "".join(_pieces(paragraph))


def _pieces(parent: Element) -> Iterator[str]:
    for element in parent:
        if element.tag == f"{_WORD}t":
            yield element.text or ""
        elif element.tag in (f"{_WORD}tab", f"{_WORD}br", f"{_WORD}cr"):
            yield " "
        elif element.tag == f"{_WORD}noBreakHyphen":
            yield "-"
        elif element.tag != _FALLBACK:  # what stands in a text box once more, for old programs
            yield from _pieces(element)
