"""What the text of a formula refers to: a small scanner, not an evaluator.

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
    | (?P<sheet>'(?:[^']|'')+'!|(?:\[[^\[\]]*\])?[\w.\\]+(?::[\w.\\]+)?!|\[[0-9]+\]!?)
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
LONGEST_FORMULA = 8192
"""So many characters a formula may have in Excel."""
_CORNER = re.compile(r"(\$?)([A-Za-z]{1,3})(\$?)([0-9]{1,7})")
_COLUMN = re.compile(r"(\$?)([A-Za-z]{1,3})")
_ROW = re.compile(r"(\$?)([0-9]{1,7})")
_ANYWHERE = frozenset({"INDIRECT", "OFFSET", "EVALUATE", "CALL", "REGISTER.ID"})
_CONSTANTS = frozenset({"TRUE", "FALSE"})
_MAKING_ARRAYS = frozenset({"SEQUENCE", "MUNIT", "MAKEARRAY", "TEXTSPLIT", "INDIRECT", "OFFSET"})
_ADDING_UP = frozenset(
    {"SUM", "COUNT", "COUNTA", "AVERAGE", "MIN", "MAX", "SUMPRODUCT", "SUBTOTAL", "AND", "OR", "MEDIAN"}
)
_RANGES = {
    "SUMIF": (0, 2),
    "AVERAGEIF": (0, 2),
    "COUNTIF": (0,),
    "VLOOKUP": (1,),
    "HLOOKUP": (1,),
    "MATCH": (1,),
}


class AreaReference(NamedTuple):
    """A cell or a range as a formula names it."""

    sheet: str | None
    """As written, `Sheet1:Sheet3` for several; None for the formula's own sheet."""
    area: Area
    start: int
    """Where its address begins in the text, and its text."""
    text: str


class References(NamedTuple):
    """What a formula refers to; a sheet of None is the formula's own sheet."""

    areas: tuple[AreaReference, ...]
    names: tuple[tuple[str | None, str], ...]
    """Defined names (with the sheet they are qualified by) and tables, as written."""
    calls: tuple[tuple[str | None, str], ...]
    """What is called like a function: a built-in one, or a defined name that holds a LAMBDA."""
    everything: bool
    """It may read any cell."""
    words: tuple[tuple[int, int], ...]
    """Where the names of sheets, names, tables and functions stand in the text: [start, end)."""


@lru_cache(maxsize=8192)
def scan_references(text: str) -> References:
    """The references of a formula; those into other workbooks are left out.

    A text longer than a formula may be in Excel is none: what it reads is not asked.
    """
    if len(text) > LONGEST_FORMULA:
        return References((), (), (), True, ())
    areas: list[AreaReference] = []
    names: list[tuple[str | None, str]] = []
    calls: list[tuple[str | None, str]] = []
    words: list[tuple[int, int]] = []
    everything = False
    sheet: str | None = None
    external = False
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match[0]
        if kind not in (None, "area"):
            words.append(match.span())
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
                    areas.append(AreaReference(sheet, area, match.start(), token))
                else:
                    names.append((sheet, token))
                    words.append(match.span())
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
    return References(tuple(areas), tuple(names), tuple(calls), everything, tuple(words))


def _sheet_name(token: str) -> tuple[str | None, bool]:
    """The sheet a prefix names (None: the own workbook's names) and whether it is in another workbook."""
    bare = token.removesuffix("!")
    if bare.startswith("'"):
        bare = bare[1:-1].replace("''", "'")
    book, bracket, sheet = bare.rpartition("]")
    if not bracket:
        return bare, False
    return sheet or None, book.strip("[") != "0"


def _area(token: str) -> Area | None:
    try:
        return Area.parse(token)
    except ValueError:
        return None


def may_spill(text: str) -> bool:
    """Whether a formula may have several values: it names several cells where no function adds them up."""
    if len(text) > LONGEST_FORMULA:
        return True
    inside: list[tuple[str, int]] = []  # the functions around, and which of their arguments
    name, at = "", 0
    for match in _TOKEN.finditer(text):
        for mark in text[at : match.start()]:
            if mark == "(":
                inside.append((name, 0))
            elif mark == ")" and inside:
                inside.pop()
            elif mark == "," and inside:
                inside[-1] = inside[-1][0], inside[-1][1] + 1
            elif mark == "{":
                return True
        at, kind, token = match.end(), match.lastgroup, match[0]
        name = token.rpartition(".")[2] if kind == "call" else ""
        area = _area(token) if kind == "area" else None
        several = kind in ("area", "name", "table") and (area is None or area.size > 1)
        if several and token.upper() not in _CONSTANTS and not any(_takes_ranges(*one) for one in inside):
            return True
        if kind == "unclear" or name in _MAKING_ARRAYS:
            return True
    return False


def _takes_ranges(function: str, argument: int) -> bool:
    """Whether a function has one value for a range in that place among its arguments (from 0)."""
    if function in ("SUMIFS", "AVERAGEIFS", "MAXIFS", "MINIFS"):
        return argument == 0 or argument % 2 == 1
    if function == "COUNTIFS":
        return argument % 2 == 0
    return function in _ADDING_UP or argument in _RANGES.get(function, ())


def shift_formula(text: str, rows: int, columns: int) -> str | None:
    """The formula as a cell `rows` below and `columns` to the right of it reads it.

    None when a relative reference would leave the sheet (Excel wraps around there; other programs do not)
    or the text cannot be followed.
    """
    if len(text) > LONGEST_FORMULA:
        return None
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
