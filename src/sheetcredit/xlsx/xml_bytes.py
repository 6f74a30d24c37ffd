"""XML parts as bytes: where each element begins and ends, and safe edits of one start tag.

Parts are worked on as UTF-8 without a byte order mark, whatever they were stored as; `Stored` puts them
back. Document type declarations, and with them entities, are refused: no workbook needs one.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from typing import NamedTuple, NoReturn
from xml.parsers import expat

from sheetcredit.model.errors import CannotPatch, CannotRead, HostileFile

_DECLARATION = re.compile(rb"<\?xml\s[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
TAG = re.compile(rb"<([^\s/>!?]+)((?:\s+[^\s=/>]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*(/?)>")
_ATTRIBUTE = re.compile(rb"\s+([^\s=/>]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
_ENTITY = re.compile(r"&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|(\w+));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}

MAIN_NAMESPACES = frozenset(
    {
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://purl.oclc.org/ooxml/spreadsheetml/main",
    }
)
RELATIONSHIP_NAMESPACES = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)


Change = tuple[int, int, bytes]
"""Bytes [start, end) give way to these."""


class Origin(NamedTuple):
    """Which part of which file is being read: every message names both."""

    path: str
    part: str
    depth: int = 256
    """How deeply XML elements may nest."""

    def unreadable(self) -> NoReturn:
        """The part is not well-formed XML."""
        raise CannotRead("E-XML", path=self.path, part=self.part)

    def unsure(self, reason: str) -> NoReturn:
        """Nothing is written where the place to write is not certain."""
        raise CannotPatch("E-SPLICE", path=self.path, part=self.part, reason=reason)


class Stored(NamedTuple):
    """How a part was stored: the byte order mark and the encoding that `pack` puts back."""

    mark: bytes = b""
    codec: str = "utf-8"

    def pack(self, text: bytes) -> bytes:
        """The stored form of UTF-8 bytes; characters that the encoding lacks become references."""
        if self.codec == "utf-8":
            return self.mark + text
        return self.mark + text.decode("utf-8").encode(self.codec, "xmlcharrefreplace")


def unpack(data: bytes, origin: Origin) -> tuple[bytes, Stored]:
    """The part as UTF-8 without a mark, and how to store it again.

    Raises `CannotRead` when its bytes are not what its encoding says.
    """
    if data.startswith(codecs.BOM_UTF8):
        return data[3:], Stored(codecs.BOM_UTF8)
    for mark, codec in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(mark):
            return _recoded(data, Stored(mark, codec), origin)
    declared = _DECLARATION.match(data)
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    if name in ("utf-8", "utf8", "us-ascii", "ascii"):
        return data, Stored()
    try:
        codec = codecs.lookup(name).name
    except LookupError:
        origin.unreadable()
    return _recoded(data, Stored(b"", codec), origin)


def _recoded(data: bytes, stored: Stored, origin: Origin) -> tuple[bytes, Stored]:
    try:
        text = data[len(stored.mark) :].decode(stored.codec).encode("utf-8")
        faithful = stored.pack(text) == data
    except (UnicodeError, LookupError):
        faithful = False
        text = b""
    if not faithful:
        origin.unreadable()
    return text, stored


def _refuse_doctype(origin: Origin) -> Callable[..., None]:
    def refuse(*_: object) -> None:
        raise HostileFile("E-HOSTILE", path=origin.path, reason=f"DTD in {origin.part}")

    return refuse


def new_parser(origin: Origin, *, namespaces: bool = True) -> expat.XMLParserType:
    """An expat parser for UTF-8 that refuses a DTD; names arrive as `namespace}local`."""
    parser = expat.ParserCreate("utf-8", "}") if namespaces else expat.ParserCreate("utf-8")
    parser.StartDoctypeDeclHandler = _refuse_doctype(origin)
    parser.buffer_text = True
    return parser


def run_parser(parser: expat.XMLParserType, data: bytes, origin: Origin) -> None:
    """Parse to the end; raises `CannotRead` for anything that is not well-formed."""
    try:
        parser.Parse(data, True)
    except expat.ExpatError:
        origin.unreadable()


def check_well_formed(data: bytes, origin: Origin) -> None:
    """Raise `CannotRead` unless the part is well-formed."""
    run_parser(new_parser(origin), data, origin)


class Element:
    """One element of a small part and its place in the bytes: [start, end), its tag up to `head_end`."""

    __slots__ = ("attributes", "depth", "end", "head_end", "name", "namespace", "start", "text")

    def __init__(
        self, namespace: str, name: str, attributes: dict[str, str], depth: int, start: int, head_end: int
    ) -> None:
        self.namespace, self.name, self.attributes, self.depth = namespace, name, attributes, depth
        self.start, self.head_end = start, head_end
        self.end = 0
        self.text = ""

    def relation(self, name: str) -> str | None:
        """An attribute of the relationships namespace (`r:id`), transitional or strict."""
        for namespace in RELATIONSHIP_NAMESPACES:
            if value := self.attributes.get(f"{namespace}}}{name}"):
                return value
        return None


def elements(data: bytes, origin: Origin) -> list[Element]:
    """All elements of a part in document order. Meant for small parts: each becomes an object."""
    found: list[Element] = []
    stack: list[Element] = []
    parser = new_parser(origin)

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) >= origin.depth:
            raise HostileFile("E-DEPTH", path=origin.path, part=origin.part)
        namespace, _, local = name.rpartition("}")
        at = parser.CurrentByteIndex
        element = Element(namespace, local, attributes, len(stack), at, tag_end(data, at, origin))
        found.append(element)
        stack.append(element)

    def end(_: str) -> None:
        element = stack.pop()
        element.end = element_end(data, element.head_end, parser.CurrentByteIndex)

    def text(piece: str) -> None:
        if stack:
            stack[-1].text += piece

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    run_parser(parser, data, origin)
    return found


def tag_end(data: bytes, start: int, origin: Origin) -> int:
    """The offset just after the start tag that begins at `start`."""
    match = TAG.match(data, start)
    if match is None:
        origin.unreadable()
    return match.end()


def element_end(data: bytes, head_end: int, reported: int) -> int:
    """The end of an element from what expat reports when it closes."""
    if data[head_end - 2 : head_end - 1] == b"/":
        return head_end
    return data.index(b">", reported) + 1


def tag_name(data: bytes, start: int) -> bytes:
    """The qualified name of the element that begins at `start`, prefix included."""
    match = TAG.match(data, start)
    assert match is not None  # the callers hold offsets of elements
    return match[1]


def raw_attributes(tag: bytes) -> list[tuple[bytes, bytes, int, int]]:
    """Name, unquoted raw value, start and end of each attribute of a start tag, leading blank included."""
    head = TAG.match(tag)
    if head is None:
        return []
    return [
        (found[1], found[2][1:-1], found.start(), found.end())
        for found in _ATTRIBUTE.finditer(tag, head.start(2), head.end(2))
    ]


def with_attribute(tag: bytes, name: bytes, value: bytes) -> bytes:
    """The start tag with an attribute set: replaced in place, or added at the end."""
    for known, _, start, end in raw_attributes(tag):
        if known == name:
            return tag[:start] + b" " + name + b'="' + value + b'"' + tag[end:]
    close = len(tag) - (2 if tag.endswith(b"/>") else 1)
    return tag[:close].rstrip() + b" " + name + b'="' + value + b'"' + tag[close:]


def without_attribute(tag: bytes, name: bytes) -> bytes:
    """The start tag without an attribute."""
    for known, _, start, end in raw_attributes(tag):
        if known == name:
            return tag[:start] + tag[end:]
    return tag


def prefix_of(name: bytes) -> bytes:
    """`x:c` → `x:`; nothing for a name without a prefix."""
    head, colon, _ = name.rpartition(b":")
    return head + colon


def escape(text: str) -> bytes:
    """Character data as it stands between tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode("utf-8")


def unescape(raw: bytes) -> str:
    """The text that raw character data or an attribute value stands for."""
    text = raw.decode("utf-8")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _ENTITY.sub(_entity, text) if "&" in text else text


def _entity(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    if match[2]:
        return chr(int(match[2]))
    return _NAMED.get(match[3], match[0])


def splice(data: bytes, changes: list[Change]) -> bytes:
    """The bytes with each [start, end) replaced. Changes may come in any order but never overlap.

    Insertions at one offset keep the order in which they were given.
    """
    pieces: list[bytes] = []
    position = 0
    for start, end, replacement in sorted(changes, key=lambda change: (change[0], change[1])):
        assert start >= position, "overlapping changes"
        pieces += [data[position:start], replacement]
        position = end
    pieces.append(data[position:])
    return b"".join(pieces)
