"""Number formats: which cells of a sheet have one under which paper may show another number than the value.

Formats are judged by their text: a scaling comma shows thousands, `%` a hundred times as much, a digit in
quotes one that nobody typed, a section without a place for digits a text or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from sheetcredit.xlsx.address import parse_address
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.xml_bytes import unescape

_ATTRIBUTES = rb"""(?:[^<>"']|"[^"]*"|'[^']*')*"""
_FORMAT = re.compile(rb"<(?:[^\s<>/:]+:)?numFmt(?=\s)" + _ATTRIBUTES + rb">")
_OF_CELLS = re.compile(rb"<(?:[^\s<>/:]+:)?cellXfs(?=[\s>]).*?</(?:[^\s<>/:]+:)?cellXfs>", re.DOTALL)
_STYLE = re.compile(rb"<(?:[^\s<>/:]+:)?xf(?=[\s/>])" + _ATTRIBUTES + rb">")
_CELL = re.compile(rb"<(?:[^\s<>/:]+:)?c(?=\s)" + _ATTRIBUTES + rb">")
_ATTRIBUTE = re.compile(rb"""\s([A-Za-z]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_BUILT_IN = {9: "0%", 10: "0.00%"}
"""Those of Excel's own formats that show another number than the value."""

_PIECE = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_(?P<blank>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]?'
    r"|(?P<general>General)|(?P<moment>AM/PM|A/P|[dmyhsb]+)|(?P<power>E[+-])|(?P<plain>.)",
    re.DOTALL | re.IGNORECASE,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[0-9]{1,300}(?:\.[0-9]*)?)")
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": lambda value, bound: value < bound,
    ">": lambda value, bound: value > bound,
    "<=": lambda value, bound: value <= bound,
    ">=": lambda value, bound: value >= bound,
    "=": lambda value, bound: value == bound,
    "<>": lambda value, bound: value != bound,
}
_MINUS = frozenset("-−–(")


class _Section(NamedTuple):
    """One part of a format. `digits`: its places for digits with the marks between; `words`: what it adds."""

    digits: str
    words: str
    percents: int
    before: str
    """What it adds before the first place for a digit."""
    within: str
    """What it adds between places for digits."""
    general: bool
    moment: bool
    coloured: bool
    condition: tuple[str, float] | None


def shows_another_number(code: str, value: float, *, ratio: bool = False) -> bool:
    """Whether a number format shows something else than the value, be it rounded.

    `ratio`: the value is a ratio that is meant to be shown in per cent. Formats of dates are not judged.
    """
    section, own_sign = _section_for(_sections(code), value)
    if section.moment or not code:
        return False
    if not (section.digits or section.general):
        return value != 0 or any(map(str.isdigit, section.words))
    if any(map(str.isdigit, section.words)) or "," in section.within:
        return True
    if value and section.digits.partition(".")[0].endswith(","):
        return True
    if value and (section.percents, "%" in section.words) != (int(ratio), False):
        return True
    signed = any(mark in _MINUS for mark in section.before)
    return (value > 0 and signed) or (value < 0 and own_sign and not (signed or section.coloured))


def words_of(code: str, value: float) -> str:
    """The words that a format adds to a value, such as a unit."""
    return " ".join(_section_for(_sections(code), value)[0].words.split())


def _section_for(sections: tuple[_Section, ...], value: float) -> tuple[_Section, bool]:
    """The section that shows a value, and whether it must show a minus of its own."""
    numbers = sections[:3]
    if any(section.condition for section in numbers):
        for section in numbers:
            condition = section.condition
            if condition is None or _COMPARE[condition[0]](value, condition[1]):
                return section, False
        return numbers[-1], False
    if value < 0 and len(numbers) > 1:
        return numbers[1], True
    if value == 0 and len(numbers) > 2:
        return numbers[2], False
    return numbers[0], False


@lru_cache(maxsize=1024)
def _sections(code: str) -> tuple[_Section, ...]:
    parts: list[list[re.Match[str]]] = [[]]
    for piece in _PIECE.finditer(code):
        if piece["plain"] == ";":
            parts.append([])
        else:
            parts[-1].append(piece)
    return tuple(map(_section, parts))


def _section(pieces: list[re.Match[str]]) -> _Section:
    # In `# ?/8` the digits of the denominator are part of how the value is shown.
    fraction = any(piece["plain"] == "/" for piece in pieces)
    tokens = [_token(piece, fraction) for piece in pieces]
    kinds = [kind for kind, _ in tokens]
    first = kinds.index("digit") if "digit" in kinds else len(kinds)
    last = len(kinds) - kinds[::-1].index("digit") if "digit" in kinds else len(kinds)
    condition = next((text for kind, text in tokens if kind == "condition"), "")
    compared = _CONDITION.fullmatch(condition)
    return _Section(
        digits="".join(text for kind, text in tokens if kind in ("digit", "mark")).lstrip(","),
        words=_added(tokens),
        percents=kinds.count("percent"),
        before=_added(tokens[:first]),
        within=_added(tokens[first:last]),
        general="general" in kinds,
        moment="moment" in kinds,
        coloured="red" in kinds,
        condition=(compared[1], float(compared[2])) if compared else None,
    )


def _token(piece: re.Match[str], fraction: bool) -> tuple[str, str]:
    """What a piece of a format is, and the text that counts of it."""
    kind, plain = str(piece.lastgroup), piece["plain"]
    if kind == "plain":
        if plain == "@":
            return "general", ""
        usual = {"%": "percent", ".": "mark", ",": "mark"} | dict.fromkeys("0#?", "digit")
        return usual.get(plain, "ignored" if fraction and plain.isdigit() else "word"), plain
    if kind == "bracket":
        return _bracket(piece["bracket"].strip())
    return ("word" if kind in ("quoted", "escaped", "fill") else kind), piece[kind]


def _bracket(inside: str) -> tuple[str, str]:
    if _CONDITION.fullmatch(inside):
        return "condition", inside
    if inside.startswith("$"):  # a currency, and where it is used
        return "word", inside[1:].partition("-")[0]
    lapse = bool(inside) and inside.lower().strip(inside[0].lower()) == "" and inside[0].lower() in "hms"
    return ("moment" if lapse else inside.lower()), ""


def _added(tokens: Iterable[tuple[str, str]]) -> str:
    return "".join(text for kind, text in tokens if kind == "word")


def odd_formats(package: Package, sheet: str) -> dict[tuple[int, int], str]:
    """The format of each cell of a sheet that has one which may show another number than the value.

    By zero-based row and column. Dates are left out, and so are formats that come with a condition.
    """
    odd = _odd_styles(package)
    if not odd:
        return {}
    part = package.text(package.sheet(sheet).part)
    used = {number for number in odd if any(part.rfind(mark) >= 0 for mark in _marks(number))}
    if not used:
        return {}
    found = {}
    for tag in _CELL.findall(part):
        attributes = _attributes(tag)
        style, place = attributes.get("s", ""), attributes.get("r", "")
        if style.isdigit() and int(style) in used:
            try:
                row, column = parse_address(place)
            except ValueError:
                continue
            found[row - 1, column - 1] = odd[int(style)]
    return found


def _marks(number: int) -> tuple[bytes, bytes]:
    return b's="%d"' % number, b"s='%d'" % number


def _odd_styles(package: Package) -> Mapping[int, str]:
    """The formats worth a look, by the number of the style that has one."""
    for link in package.workbook_relationships.values():
        if link.kind == "styles" and not link.external and package.has(link.target):
            return _odd_styles_in(package.text(link.target))
    return {}


@lru_cache(maxsize=16)
def _odd_styles_in(styles: bytes) -> Mapping[int, str]:
    codes = dict(_BUILT_IN)
    for tag in _FORMAT.findall(styles):
        attributes = _attributes(tag)
        number = attributes.get("numFmtId", "")
        if number.isdigit():  # a format of the same number further down belongs to a condition
            codes.setdefault(int(number), attributes.get("formatCode", ""))
    odd = {number: code for number, code in codes.items() if _may_mislead(code)}
    cells = _OF_CELLS.search(styles)
    found = {}
    for place, tag in enumerate(_STYLE.findall(cells[0]) if cells else ()):
        number = _attributes(tag).get("numFmtId", "")
        if number.isdigit() and int(number) in odd:
            found[place] = odd[int(number)]
    return found


def _may_mislead(code: str) -> bool:
    """Whether there may be a value that the format shows as something else, or with words."""
    samples = (1.0, -1.0, 0.0, 12447.0, 1e15)
    return any(
        shows_another_number(code, value) or any(map(str.isalpha, words_of(code, value))) for value in samples
    )


def _attributes(tag: bytes) -> dict[str, str]:
    return dict(_pairs(tag))


def _pairs(tag: bytes) -> Iterator[tuple[str, str]]:
    for name, double, single in _ATTRIBUTE.findall(tag):
        try:
            yield name.decode(), unescape(double or single)
        except (ValueError, OverflowError):
            continue
