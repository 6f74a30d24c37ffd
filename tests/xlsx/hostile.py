"""Files that want to hurt: the golden workbook with one thing turned against the reader."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable
from typing import NamedTuple

from tests.seeds_of import GOLDEN

SHEET = "xl/worksheets/sheet4.xml"
STRINGS, STYLES, WORKBOOK = "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"
WORKBOOK_LINKS = "xl/_rels/workbook.xml.rels"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

Parts = dict[str, bytes]


class Hostile(NamedTuple):
    """How to make a file, and how it is to be refused."""

    codes: frozenset[str]
    make: Callable[[], bytes]
    suffix: str = ".xlsx"


def parts_of(data: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def packed(parts: Parts) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, (2024, 3, 31, 17, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return target.getvalue()


def changed(**changes: Callable[[bytes], bytes]) -> Callable[[], bytes]:
    """The golden workbook with some parts changed: `sheet`, `strings`, `styles`, `workbook`, `links`."""
    names = {"sheet": SHEET, "strings": STRINGS, "styles": STYLES, "workbook": WORKBOOK}
    names["links"] = WORKBOOK_LINKS

    def make() -> bytes:
        parts = parts_of(GOLDEN.read_bytes())
        for key, change in changes.items():
            before = parts[names[key]]
            parts[names[key]] = change(before)
            assert parts[names[key]] != before, key
        return packed(parts)

    return make


def with_part(name: str, content: bytes, placeholder: str = "") -> Callable[[], bytes]:
    """The golden workbook with one more part; `placeholder` is its name until the file is packed."""

    def make() -> bytes:
        data = packed(parts_of(GOLDEN.read_bytes()) | {placeholder or name: content})
        return data.replace(placeholder.encode(), name.encode()) if placeholder else data

    return make


def sub(pattern: bytes, replacement: bytes) -> Callable[[bytes], bytes]:
    return lambda text: re.sub(pattern, replacement.replace(b"\\", b"\\\\"), text, count=1)


def doctype(text: bytes) -> Callable[[bytes], bytes]:
    return lambda part: part.replace(b"?>", b"?>" + text, 1)


def last_row(row: bytes) -> Callable[[bytes], bytes]:
    return lambda part: part.replace(b"</sheetData>", row + b"</sheetData>", 1)


def nested(levels: int, name: bytes = b"x") -> bytes:
    return b"<%b>" % name * levels + b"</%b>" % name * levels


def lying() -> bytes:
    """A part that unpacks to much more than both of its headers say."""
    data = bytearray(packed(parts_of(GOLDEN.read_bytes()) | {"xl/media/liar.xml": b"x" * 3_000_000}))
    directory = data.rindex(b"PK\x01\x02")
    (local,) = struct.unpack_from("<I", data, directory + 42)
    struct.pack_into("<I", data, directory + 24, 1000)
    struct.pack_into("<I", data, local + 22, 1000)
    return bytes(data)


def overlapping() -> bytes:
    """Two directory records over the same packed bytes."""
    parts = parts_of(GOLDEN.read_bytes()) | {"xl/aa.xml": b"x" * 50, "xl/ab.xml": b"x" * 50}
    data = bytearray(packed(parts))
    second = data.rindex(b"PK\x01\x02")
    first = data.rindex(b"PK\x01\x02", 0, second)
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    data[second + 46 : second + 55] = b"xl/aa.xml"
    return bytes(data)


def cut(tenths: int) -> Callable[[], bytes]:
    return lambda: GOLDEN.read_bytes()[: GOLDEN.stat().st_size * tenths // 10]


def refused(make: Callable[[], bytes], *codes: str, suffix: str = ".xlsx") -> Hostile:
    return Hostile(frozenset(codes), make, suffix)


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %b "%b">' % (name, b"&%b;" % before * 10)
    for before, name in zip(b"a b c d e f g h".split(), b"b c d e f g h i".split(), strict=True)
) + b"]>"  # fmt: skip
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'

ODS = (
    b'<x><table:table table:name="a"><table:table-row table:number-rows-repeated="1000000">'
    b'<table:table-cell table:number-columns-repeated="1000" office:value="1"/></table:table-row>'
    b"<table:table-row><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row>"
    b"</table:table></x>"
)

HOSTILE: dict[str, Hostile] = {
    "bomb-declared": refused(with_part("xl/media/bomb.xml", bytes(60_000_000)), "E-LIMIT"),
    "bomb-of-a-sheet": refused(changed(sheet=lambda text: text + b" " * 30_000_000), "E-LIMIT"),
    "bomb-lying": refused(lying, "E-HOSTILE"),
    "bomb-overlapping": refused(overlapping, "E-HOSTILE", "E-DUPLICATE-PART"),
    **{f"entity-bomb-{part}": refused(changed(**{part: doctype(BOMB)}), "E-HOSTILE")
       for part in ("workbook", "sheet", "strings", "styles", "links")},
    **{f"entity-outside-{part}": refused(changed(**{part: doctype(OUTSIDE)}), "E-HOSTILE")
       for part in ("workbook", "sheet", "strings")},
    "entity-utf16": refused(
        changed(sheet=lambda text: doctype(BOMB)(text).decode().replace("UTF-8", "UTF-16").encode("utf-16")),
        "E-HOSTILE"),
    **{f"name-{number}": refused(with_part(name, b"x", "?" * len(name)), "E-HOSTILE")
       for number, name in enumerate((
           "../evil.xml", "/abs.xml", "xl//a.xml", "c:x", "..\\evil.xml", "xl/./a", "\\abs.xml", "C:\\a.xml",
           "xl\\..\\..\\a.xml"))},
    "part-twice": refused(with_part(WORKBOOK, b"x", "xl/workbook.xmm"), "E-DUPLICATE-PART"),
    "part-backslash": refused(with_part("xl\\workbook.xml", b"x"), "E-DUPLICATE-PART"),
    "part-capitals": refused(with_part("XL/Workbook.xml", b"x"), "E-DUPLICATE-PART"),
    "comment-without-end": refused(changed(sheet=last_row(b"<!--" * 100_000)), "E-XML"),
    "cdata-without-end": refused(changed(sheet=last_row(b"<![CDATA[" * 100_000)), "E-XML"),
    "many-parts": refused(
        lambda: packed(parts_of(GOLDEN.read_bytes()) | {f"a/{n}": b"" for n in range(10_001)}), "E-LIMIT"),
    "far-cell": refused(changed(sheet=last_row(
        b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')), "E-FAR-CELL"),
    "far-row": refused(changed(sheet=last_row(b'<row r="1048576"><c r="A1048576"/></row>')), "E-FAR-CELL"),
    "far-by-columns": refused(changed(sheet=last_row(b'<row r="900"><c r="XFD900"/></row>')), "E-FAR-CELL"),
    "far-in-apostrophes": refused(changed(sheet=last_row(
        b"<row r='900'><c r='XFD900'><v>1</v></c></row>")), "E-FAR-CELL"),
    "far-in-references": refused(changed(sheet=last_row(
        b'<row r="900"><c r="&#88;FD900"><v>1</v></c></row>')), "E-FAR-CELL"),
    "far-with-blanks": refused(changed(sheet=last_row(
        b'<row\nr = "900"><c\tr\n=\n"XFD900"><v>1</v></c></row>')), "E-FAR-CELL"),
    "far-beyond": refused(changed(sheet=last_row(
        b'<row r="900"><c r="A4294967295"><v>1</v></c></row>')), "E-FAR-CELL"),
    "far-without-address": refused(changed(sheet=last_row(
        b'<row r="900">' + b"<c/>" * 16_000 + b"</row>")), "E-FAR-CELL"),
    "deep-workbook": refused(changed(workbook=sub(b"</workbook>", nested(5000) + b"</workbook>")), "E-DEPTH"),
    "deep-links": refused(
        changed(links=sub(b"</Relationships>", nested(5000) + b"</Relationships>")), "E-DEPTH"),
    "many-strings": refused(changed(strings=sub(b"</sst>", b"<si/>" * 500_001 + b"</sst>")), "E-LIMIT"),
    "many-styles": refused(changed(styles=sub(b"</cellXfs>", b"<xf/>" * 70_001 + b"</cellXfs>")), "E-LIMIT"),
    "many-elements": refused(
        changed(workbook=sub(b"</workbook>", b"<a/>" * 1_000_000 + b"</workbook>")), "E-LIMIT"),
    "many-links": refused(
        changed(links=sub(b"</Relationships>", b"<a/>" * 1_000_000 + b"</Relationships>")), "E-LIMIT"),
    "many-attributes": refused(changed(workbook=sub(
        b"</workbook>", b"<a" + b"".join(b' b%d="1"' % n for n in range(501_000)) + b"/></workbook>")),
        "E-LIMIT"),
    "many-names": refused(changed(workbook=sub(b"</definedNames>", b"".join(
        b'<definedName name="n%d">A!$A$1</definedName>' % n for n in range(170_000)) + b"</definedNames>")),
        "E-LIMIT"),
    "many-formulas": refused(changed(sheet=last_row(b'<row r="90">' + b"".join(
        b'<c r="A90"><f>A%d*2</f></c>' % n for n in range(100_001)) + b"</row>")), "E-LIMIT"),
    "encrypted": refused(
        lambda: OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600), "E-PASSWORD"),
    "old-format": refused(lambda: OLE + bytes(1200) + "Workbook".encode("utf-16-le"), "E-LEGACY"),
    "text": refused(lambda: "Mã PGD;0312\n".encode() * 1000, "E-NOT-WORKBOOK"),
    "text-as-xls": refused(lambda: b"Ma PGD;0312\n" * 1000, "E-NOT-WORKBOOK", "E-TRUNCATED", suffix=".xls"),
    "bomb-as-ods": refused(with_part("content.xml", bytes(60_000_000)), "E-LIMIT", suffix=".ods"),
    "repeated-rows-as-ods": refused(
        lambda: packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": ODS}),
        "E-LIMIT", suffix=".ods"),
    "lying-as-xlsb": refused(lying, "E-HOSTILE", suffix=".xlsb"),
    **{f"cut-{tenths}0": refused(cut(tenths), "E-TRUNCATED", "E-EMPTY") for tenths in range(10)},
}  # fmt: skip


def _many_cells(part: bytes) -> bytes:
    rows = b"".join(
        b'<row r="%d">%b</row>'
        % (row, b"".join(b'<c r="%c%d"><v>%d</v></c>' % (65 + n, row, row * n) for n in range(20)))
        for row in range(100, 60_100)
    )
    return part.replace(b"</sheetData>", rows + b"</sheetData>", 1)


WITHIN: dict[str, Callable[[], bytes]] = {
    "1,200,000 cells, 60,000 rows of nonsense in a table": changed(sheet=_many_cells),
    "99,000 formulas": changed(
        sheet=last_row(b'<row r="90">' + b'<c r="A90"><f>A1*2</f></c>' * 99_000 + b"</row>")
    ),
    "400,000 strings": changed(
        strings=sub(b"</sst>", b"".join(b"<si><t>%d</t></si>" % n for n in range(400_000)) + b"</sst>")
    ),
    "9,900 parts": lambda: packed(
        parts_of(GOLDEN.read_bytes()) | {f"a/{n}.xml": b"<a/>" for n in range(9_900)}
    ),
}
"""Large, but within the limits: these are read. What they cost is measured, not bounded."""


def formula(text: bytes) -> Callable[[], bytes]:
    """The golden workbook with a formula in `Hội Nông dân!I13`, whose cached value stays."""
    return changed(sheet=sub(rb'(?<=<c r="I13" s="24">)(?=<v>)', b"<f>" + text + b"</f>"))


def named(text: bytes) -> Callable[[], bytes]:
    """The golden workbook with another name of a group's leader."""
    return changed(strings=sub(b"<si><t[^<]*>" + LEADER + b"</t></si>", b"<si><t>" + text + b"</t></si>"))


LEADER = "Nguyễn Minh Nam".encode()
MARKS = "\u0302\u0323".encode()

LIE = (
    b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="4294967295"'
    b' uniqueCount="4294967295">'
)

HARMLESS: dict[str, Callable[[], bytes]] = {
    **{
        f"long-formula-{n}": formula(text * (300_000 // len(text)))
        for n, text in enumerate((b"[", b"a[", b"a'[", b"''", b"(", b"A1:", b"{", b"-", b"a.", b"]", b"[1]"))
    },
    "name-of-marks": named(b"e" + MARKS * 65_000),
    "name-of-marks-on-each-letter": named((b"e" + MARKS * 40) * 400),
    "string-count-lies": changed(strings=sub(b"<sst[^>]*>", LIE)),
    "string-count-lies-bold": changed(
        strings=lambda part: re.sub(
            b"<si><t[^>]*>([^<]*)</t></si>",
            rb"<si><r><rPr><b/></rPr><t>\1</t></r></si>",
            re.sub(b"<sst[^>]*>", LIE, part),
            count=1,
        )
    ),
    "stated-dimension": changed(sheet=sub(b'<dimension ref="[^"]*"/>', b'<dimension ref="A1:XFD1048576"/>')),
    "zip-in-zip": with_part("xl/embeddings/inner.zip", packed({"bomb.xml": bytes(3_000_000)})),
    "deep-sheet": changed(
        sheet=sub(b"</worksheet>", b"<extLst><ext>" + nested(5000) + b"</ext></extLst></worksheet>")
    ),
}
