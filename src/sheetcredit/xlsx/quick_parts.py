"""What the cells of all sheets refer to: the shared strings, and which number formats show a date.

Told only where it can be told for certain; None sends the workbook to calamine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.xml_bytes import MAIN_NAMESPACES, ODD_ENTITY, unescape

_ROOT = re.compile(rb'(?:<\?xml[^<>]*\?>)?\s*<(sst|styleSheet) xmlns="([^"<>]*)"[^<>]*>')
_STRING = re.compile(r'<si><t(?: xml:space="(preserve)")?>([^<]*)</t></si>')
_ESCAPED = re.compile(rb"_x[0-9A-Fa-f]{4}_")
_BARE = re.compile("<si><t>([^<]*)</t></si>")
SPACE = " \t\n"
_FORMAT = re.compile(rb'<numFmt numFmtId="([0-9]+)" formatCode="([^"<>]*)"[^<>]*/>')
_FORMATTED = re.compile(rb"<xf\b([^<>]*)>")
_FORMAT_OF = re.compile(rb'\bnumFmtId="([0-9]+)"')
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_OF_A_DATE = re.compile("[dmyhsDMYHS]")
_PLAIN_DATE = re.compile(r"(?:d{1,2}[/.-]m{1,2}[/.-]y{2,4}|y{4}-m{1,2}-d{1,2}|d{1,2}-mmm(?:-y{2})?)(?:;@)?")
_BUILT_IN_NUMBERS = frozenset({*range(12), *range(37, 45), 48, 49})
_BUILT_IN_DATES = frozenset({14, 15, 16, 17})
_FIRST_OF_OTHERS = 164
"""Numbers of formats from here on are a workbook's own."""


class DateStyles(NamedTuple):
    """Cell styles by their number as the file writes it: those of dates, and those that cannot be told."""

    dates: frozenset[bytes]
    doubtful: frozenset[bytes]


class QuickParts(NamedTuple):
    """What cells refer to: shared strings by their number as written, and styles.

    `dates` show a number as a date; `not_numbers` are those and the ones of which it is not certain.
    """

    strings: Mapping[bytes, str]
    dates: frozenset[bytes]
    not_numbers: frozenset[bytes]


def quick_parts(package: Package) -> QuickParts | None:
    """Of a workbook; None where its shared strings or styles are not written in the usual way."""
    strings = _part(package, "sharedStrings", "xl/sharedStrings.xml")
    styles = _part(package, "styles", "xl/styles.xml")
    if strings is None or styles is None:
        return None
    known = shared_strings(strings) if strings else {}
    dates = date_styles(styles) if styles else DateStyles(frozenset(), frozenset())
    if known is None or dates is None:
        return None
    certain = frozenset() if package.date1904 else dates.dates
    return QuickParts(known, certain, dates.dates | dates.doubtful)


def _part(package: Package, kind: str, usual: str) -> bytes | None:
    """A part of the workbook, empty where it has none; None for one that lies elsewhere than usual."""
    targets = [one.target for one in package.workbook_relationships.values() if one.kind == kind]
    if targets != [usual] * package.has(usual):
        return None
    return package.text(usual) if targets else b""


def shared_strings(part: bytes) -> Mapping[bytes, str] | None:
    """Each shared string by its number as cells write it; None where one is rich, spaced or coded."""
    root = _ROOT.match(part)
    if root is None or root[1] != b"sst" or root[2].decode("utf-8", "replace") not in MAIN_NAMESPACES:
        return None
    if b"<!" in part or b"\r" in part or (b"_x" in part and _ESCAPED.search(part)):
        return None
    try:
        strings = _strings(part.decode("utf-8"))
    except UnicodeDecodeError:
        return None
    if strings is None or len(strings) != part.count(b"<si"):
        return None
    if b"&" in part:
        if ODD_ENTITY.search(part):
            return None
        try:
            strings = [unescape(text.encode()) if "&" in text else text for text in strings]
        except (ValueError, OverflowError):
            return None
        if b"&#" in part and any(text != text.strip(SPACE) for text in strings):
            return None  # the space may be a coded one
    return dict(zip(_numbers(-(-len(strings) // 1024)), strings, strict=False))


def _strings(text: str) -> list[str] | None:
    """The strings as they are written; None where calamine and Excel do not agree about spaces around one."""
    if " xml:space=" not in text:
        bare: list[str] = _BARE.findall(text)
        if bare == list(map(str.strip, bare)) or all(string == string.strip(SPACE) for string in bare):
            return bare
        return None
    found = _STRING.findall(text)
    if any(not preserve and string != string.strip(SPACE) for preserve, string in found):
        return None
    return [string for _, string in found]


@cache
def _numbers(thousands: int) -> tuple[bytes, ...]:
    return tuple(b"%d" % number for number in range(1024 * thousands))


@lru_cache(maxsize=64)
def date_styles(part: bytes) -> DateStyles | None:
    """Which styles of `styles.xml` show a number as a date; None for a part that is written unusually."""
    root = _ROOT.match(part)
    if root is None or root[1] != b"styleSheet" or root[2].decode("utf-8", "replace") not in MAIN_NAMESPACES:
        return None
    start, end = part.find(b"<cellXfs"), part.find(b"</cellXfs>")
    formats = _FORMAT.findall(part)
    own = dict(formats)
    if not 0 <= start < end or b"<!" in part or len(formats) != part.count(b"<numFmt "):
        return None
    if len(set(formats)) != len(own):
        return None  # one number for two formats
    dates: set[bytes] = set()
    doubtful: set[bytes] = set()
    for number, attributes in enumerate(_FORMATTED.findall(part, start, end)):
        format_of = _FORMAT_OF.search(attributes)
        kind = _kind(int(format_of[1]) if format_of else 0, own)
        if kind is not False:
            (dates if kind else doubtful).add(b"%d" % number)
    return DateStyles(frozenset(dates), frozenset(doubtful))


def _kind(number: int, own: Mapping[bytes, bytes]) -> bool | None:
    """Whether a format shows a date; None where that is not certain."""
    written = own.get(b"%d" % number)
    if number < _FIRST_OF_OTHERS:
        if written is None and (number in _BUILT_IN_NUMBERS or number in _BUILT_IN_DATES):
            return number in _BUILT_IN_DATES
        return None
    if written is None:
        return None
    try:
        text = unescape(written)
    except (ValueError, OverflowError):
        return None
    if not _OF_A_DATE.search(_LITERAL.sub("", text)):
        return None if "[h" in text.lower() or "[m" in text.lower() or "[s" in text.lower() else False
    return True if _PLAIN_DATE.fullmatch(text) else None
