"""What a formula refers to: a small scanner of formula text, not an evaluator.

It errs on one side only. Where it is not sure what a formula reads (`INDIRECT`, `OFFSET`, a range whose
end is computed, a function of the workbook's own macros) it says `everything`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from sheetcredit.xlsx.address import MAX_COLUMN, MAX_ROW, Area, column_letters, column_number

_CELL = r"\$?[A-Za-z]{1,3}\$?[1-9][0-9]{0,6}"
_NAME = r"(?:[^\W\d]|\\)[\w.\\?]*"
_BRACKETS = r"\[(?:[^\[\]']|'.|\[(?:[^\[\]']|'.)*\])*\]"
# What is not a token of these (operators, commas, blanks) says nothing about what is read.
_TOKEN = re.compile(
    rf"""
      "(?:[^"]|"")*"
    | \#(?:REF!|N/A|NAME\?|VALUE!|DIV/0!|NULL!|NUM!|[A-Z_]+[!?]?)
    | (?P<sheet>'(?:[^']|'')+'!|(?:\[[^\]]*\])?[\w.\\]+(?::[\w.\\]+)?!|\[[0-9]+\]!?)
    | (?P<area>
        (?:{_CELL}(?::{_CELL})?|\$?[A-Za-z]{{1,3}}:\$?[A-Za-z]{{1,3}}|\$?[1-9][0-9]{{0,6}}:\$?[1-9][0-9]{{0,6}})
        (?![\w.(\[\\?!]))
    | (?P<table>{_NAME}{_BRACKETS})
    | (?P<call>{_NAME}(?=\())
    | (?P<name>{_NAME})
    | (?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?
    | (?P<unclear>[:\[\]!\#@])
    """,
    re.VERBOSE | re.DOTALL,
)
_CORNER = re.compile(r"(\$?)([A-Za-z]{1,3})(\$?)([0-9]{1,7})")
_COLUMN = re.compile(r"(\$?)([A-Za-z]{1,3})")
_ROW = re.compile(r"(\$?)([0-9]{1,7})")
_ANYWHERE = frozenset({"INDIRECT", "OFFSET", "EVALUATE", "CALL", "REGISTER.ID"})
_CONSTANTS = frozenset({"TRUE", "FALSE"})


class References(NamedTuple):
    """What a formula reads. A sheet of None is the formula's own sheet."""

    areas: tuple[tuple[str | None, Area], ...]
    names: tuple[tuple[str | None, str], ...]
    """Defined names (with the sheet they are qualified by) and tables, as written."""
    calls: tuple[tuple[str | None, str], ...]
    """What is called like a function: a built-in one, or a defined name that holds a LAMBDA."""
    everything: bool
    """It may read any cell."""


HOLE = "\0"
"""Stands for a formula's own row number in a pattern; no XML can hold this character."""
_ANCHOR = MAX_ROW - 1
_BESIDE = re.compile(rf"(?<![\w.$\\{HOLE}])(\$?[A-Za-z]{{1,3}}){HOLE}(?![\w.(!\\{HOLE}])")
_LITERAL = re.compile(r"""\"(?:[^"]|"")*"|'(?:[^']|'')*'""")


def scan_in_row(text: str, row: int) -> References:
    """The references of a formula that stands in `row`.

    A column of formulas that differ in their row only, as filled down, is scanned once.
    """
    found = None if HOLE in text else scan_pattern(text.replace(str(row), HOLE))
    if found is None:
        return scan_references(text)
    areas = tuple((sheet, area_in_row(area, row)) for sheet, area in found.areas)
    return References(areas, found.names, found.calls, found.everything)


@lru_cache(maxsize=4096)
def scan_pattern(pattern: str) -> References | None:
    """The references of a formula whose own row number is a hole; `area_in_row` moves them to a row.

    None when the hole is not always the row of a cell beside the formula: then each of its formulas is to
    be scanned for itself.
    """
    # A text says nothing, whatever the row; the name of a sheet must not depend on it.
    bare = _LITERAL.sub(lambda found: '""' if found[0][0] == '"' else found[0], pattern)
    if str(_ANCHOR) in bare or (HOLE in bare and "[" in bare):
        return None
    if "'" in bare and any(HOLE in found[0] for found in _LITERAL.finditer(bare)):
        return None
    filled = _BESIDE.sub(rf"\g<1>{_ANCHOR}", bare)
    return None if HOLE in filled else scan_references(filled)


def moves(area: Area) -> bool:
    """Whether an area of a pattern depends on the row of the formula."""
    return _ANCHOR in (area.top, area.bottom)


def stays_in_row(area: Area) -> bool:
    """Whether an area of a pattern lies within the row of the formula."""
    return area.top == area.bottom == _ANCHOR


def area_in_row(area: Area, row: int) -> Area:
    """An area of a pattern as the formula in `row` reads it."""
    if not moves(area):
        return area
    top = row if area.top == _ANCHOR else area.top
    bottom = row if area.bottom == _ANCHOR else area.bottom
    return Area(min(top, bottom), area.left, max(top, bottom), area.right)


@lru_cache(maxsize=8192)
def scan_references(text: str) -> References:
    """The references of a formula; those into other workbooks are left out."""
    areas: list[tuple[str | None, Area]] = []
    names: list[tuple[str | None, str]] = []
    calls: list[tuple[str | None, str]] = []
    everything = False
    sheet: str | None = None
    external = False
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match[0]
        if kind == "sheet":
            sheet, external = _sheet_name(token)
            continue
        if kind == "unclear":
            # A range with a computed end, a table reference without its table: not understood.
            everything = True
        elif kind is not None and not external:
            if kind == "area":
                area = _area(token)
                if area is not None:
                    areas.append((sheet, area))
                else:
                    names.append((sheet, token))
            elif kind == "call":
                bare = token.removeprefix("_xlfn.").removeprefix("_xlws.")
                # Built-in functions are stored in capitals: anything else is a macro of somebody's.
                everything = everything or bare in _ANYWHERE or bare != bare.upper()
                calls.append((sheet, token))
            elif kind == "table":
                names.append((sheet, token[: token.index("[")]))
            elif token.upper() not in _CONSTANTS and not token.startswith("_xlpm."):
                names.append((sheet, token))
        sheet, external = None, False
    return References(tuple(areas), tuple(names), tuple(calls), everything)


def _sheet_name(token: str) -> tuple[str | None, bool]:
    """The sheet a prefix names (None: the own workbook's names) and whether it is in another workbook."""
    bare = token.removesuffix("!")
    if bare.startswith("'"):
        bare = bare[1:-1].replace("''", "'")
    book, bracket, sheet = bare.rpartition("]")
    if not bracket:
        return bare, False
    if book.strip("[") == "0":
        return sheet or None, False
    return sheet or None, True


def _area(token: str) -> Area | None:
    try:
        return Area.parse(token)
    except ValueError:
        return None


def shift_formula(text: str, rows: int, columns: int) -> str | None:
    """The formula as a cell `rows` below and `columns` to the right of it reads it.

    None when a relative reference would leave the sheet (Excel wraps around there; other programs do not)
    or the text cannot be followed.
    """
    left_sheet = False

    def shifted(match: re.Match[str]) -> str:
        nonlocal left_sheet
        token = match[0]
        if match.lastgroup != "area" or _area(token) is None:
            return token
        corners = [_shift_corner(corner, rows, columns) for corner in token.split(":")]
        left_sheet = left_sheet or None in corners
        return ":".join(corner or "" for corner in corners)

    result = _TOKEN.sub(shifted, text)
    return None if left_sheet else result


def _shift_corner(corner: str, rows: int, columns: int) -> str | None:
    if match := _CORNER.fullmatch(corner):
        letters = _shift_column(match[1], match[2], columns)
        number = _shift_row(match[3], match[4], rows)
        return None if letters is None or number is None else letters + number
    if match := _COLUMN.fullmatch(corner):
        return _shift_column(match[1], match[2], columns)
    if match := _ROW.fullmatch(corner):
        return _shift_row(match[1], match[2], rows)
    return None


def _shift_column(fixed: str, letters: str, columns: int) -> str | None:
    if fixed:
        return fixed + letters
    number = column_number(letters) + columns
    return column_letters(number) if 1 <= number <= MAX_COLUMN else None


def _shift_row(fixed: str, digits: str, rows: int) -> str | None:
    if fixed:
        return fixed + digits
    number = int(digits) + rows
    return str(number) if 1 <= number <= MAX_ROW else None
