"""The bytes of a workbook as calamine reads them rightly: the same values, written in the usual way.

What XML and Excel read as one thing calamine takes for another, without a word: a number in CDATA or behind
a character reference is an empty cell, one with a comment inside is cut off there (`4<!-- -->667` is 4).
Counts of strings that lie abort the process. A sheet without a part makes the whole file unreadable, links
with backslashes lead nowhere. Nearly all files have none of this and are given as they are.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection

from sheetcredit.xlsx.inspect import STRINGS_PART
from sheetcredit.xlsx.limits import FileLimits
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.xml_bytes import Origin, splice

_STRINGS_TAG = re.compile(rb"""<(?:[^\s<>/:]+:)?sst(?=[\s/>])(?:[^<>"']|"[^"]*"|'[^']*')*>""")
_STRING_COUNT = re.compile(rb"""\s(count|uniqueCount)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
# One that never ends takes all that follows, once: to look on from each start would take quadratic time.
_NOT_TEXT = re.compile(rb"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)
_ENDS = (b"-->", b"?>", b"]]>")
_NUMBER = re.compile(rb"(<(?:[^\s<>/:]+:)?v(?:\s[^<>]*)?>)([^<>]*&#[^<>]*)(?=</)")
_REFERENCE = re.compile(rb"&#(?:x0*([0-9A-Fa-f]{1,2})|0*([0-9]{1,3}));")
_TARGET = re.compile(rb"""\bTarget\s*=\s*(?:"[^"]*"|'[^']*')""")
_OF_NUMBERS = frozenset(b"0123456789+-.eE")


def for_calamine(package: Package, only: Collection[str] | None = None) -> bytes:
    """The file for calamine; its own bytes where nothing in it is unusual.

    `only`: the sheets that will be read, all unless given. Raises `CannotRead` for a part that is no XML.
    """
    container = package.container
    sheets = {
        sheet.part
        for sheet in package.sheets
        if sheet.kind == "worksheet" and (only is None or sheet.name in only)
    }
    changed: dict[str, bytes] = {}
    for name in container.entries:
        strings = name.casefold().rpartition("/")[2] == STRINGS_PART
        if not strings and name not in sheets:
            continue
        text, stored = package.unpacked_once(name)
        usual = _written_usually(text, package.origin(name))
        usual = _with_true_counts(usual, package.limits) if strings else usual
        if usual is not text:
            changed[name] = stored.pack(usual)
    links = posixpath.join(*_links_of(package.workbook_part))
    if package.has(links):
        text, stored = package.unpacked_once(links)
        if text.find(b"\\") >= 0:
            changed[package.actual_name(links)] = stored.pack(_TARGET.sub(_with_slashes, text))
    gone = package.sheets_without_part()
    if gone:
        text, stored = package.unpacked(package.workbook_part)
        changed[package.workbook_part] = stored.pack(
            splice(text, [(one.start, one.end, b"") for one in gone])
        )
    return container.rebuilt(changed) if changed else container.data


def _links_of(part: str) -> tuple[str, str, str]:
    folder, name = posixpath.split(part)
    return folder, "_rels", f"{name}.rels"


def _with_slashes(target: re.Match[bytes]) -> bytes:
    return target[0].replace(b"\\", b"/")


def _written_usually(text: bytes, origin: Origin) -> bytes:
    """The part without comments, processing instructions, CDATA and references within numbers."""

    def as_text(match: re.Match[bytes]) -> bytes:
        if not match[0].endswith(_ENDS):
            origin.unreadable()
        return _escaped(match[1] or b"")

    start = text.find(b"<", 1)  # after the declaration
    # A byte that is seldom there is looked for ten times as fast as two.
    if _found(text, b"<!", b"!", start) or _found(text, b"<?", b"?", start):
        text = text[:start] + _NOT_TEXT.sub(as_text, text[start:])
    if _found(text, b"&#", b"#", start):
        text = _NUMBER.sub(lambda match: match[1] + _REFERENCE.sub(_as_digit, match[2]), text)
    return text


def _found(text: bytes, wanted: bytes, rare: bytes, start: int) -> bool:
    return text.find(rare, start) >= 0 and text.find(wanted, start) >= 0


def _escaped(inside: bytes) -> bytes:
    return inside.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")


def _as_digit(match: re.Match[bytes]) -> bytes:
    code = int(match[1], 16) if match[1] else int(match[2])
    return bytes([code]) if code in _OF_NUMBERS else match[0]


def _with_true_counts(text: bytes, limits: FileLimits) -> bytes:
    """The shared strings without their counts where they promise more strings than there are.

    calamine makes room for as many strings as the count says, and a request for more memory than the machine
    has aborts the process: no exception to catch, and whatever else the process was reading is lost with it.
    """
    tag = _STRINGS_TAG.search(text)
    if tag is None:
        return text
    # A string may be used any number of times (count), but is there once (uniqueCount).
    most = {b"count": limits.cells, b"uniqueCount": text.count(b"<si") + text.count(b":si")}
    if all(
        _is_at_most(double or single, most[which]) for which, double, single in _STRING_COUNT.findall(tag[0])
    ):
        return text
    return text[: tag.start()] + _STRING_COUNT.sub(b"", tag[0]) + text[tag.end() :]


def _is_at_most(number: bytes, most: int) -> bool:
    return number.isdigit() and int(number[:19]) <= most
