"""Which export of the bank a sheet is, by its content: headers, marks of a printed page, or indicators.

The rows are looked at one by one and no further than needed: of a loan statement none below its header.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from sheetcredit.catalogue.catalogue import load_catalogue
from sheetcredit.catalogue.names import without_tones
from sheetcredit.imports.definitions import ImportField, ImportKind, SeenLines, kind_named, load_kinds
from sheetcredit.model.grid import CellValue

SEARCHED_ROWS = 60
"""A header, a row of marks or the first indicators stand within so many rows of the sheet."""

NumberedRow = tuple[int, Sequence[CellValue]]
"""A row of Excel (from 1) and its values from column A on."""

_MARK = re.compile(r"\((\d{1,2})\)")
_IN_BRACKETS = re.compile(r"\([^()]*\)\s*$")
_DIRECT = ("tructiep", "vaytructiep", "chovaytructiep")


@dataclass(frozen=True, slots=True)
class RecognisedTable:
    """A table of an export: its kind, the row of Excel of its headers or marks, and where what stands.

    `columns`: zero-based columns by the name of the field; of a page also `first` and `name`. `headers`: the
    text over each.
    """

    kind: ImportKind
    row: int
    columns: Mapping[str, int]
    headers: Mapping[str, str]


@lru_cache(maxsize=1 << 14)
def folded(value: CellValue) -> str:
    """A header or name as it is compared: small Latin letters and digits, no tones, blanks, line breaks."""
    return without_tones(value) if isinstance(value, str) else ""


def recognise_header(line: NumberedRow, among: Iterable[str] | None = None) -> RecognisedTable | None:
    """The query whose header a row is; None for what is none, or could be several."""
    number, values = line
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) < 3:
        return None
    kinds = load_kinds() if among is None else tuple(map(kind_named, among))
    places = _places(values)
    found = [
        RecognisedTable(
            kind, number, columns, {name: str(values[column]) for name, column in columns.items()}
        )
        for kind in kinds
        if kind.form == "query" and (columns := _columns(kind, places)) is not None
    ]
    if len(found) < 2:
        return found[0] if found else None
    # A statement that has all another one has, and more, is the one that asks for more.
    most = max(len(one.kind.recognise.fields) for one in found)
    best = [one for one in found if len(one.kind.recognise.fields) == most]
    return best[0] if len(best) == 1 else None


def _places(values: Sequence[CellValue]) -> dict[str, int]:
    """The column of each header, also of what it says before a unit in brackets; the first one counts."""
    places: dict[str, int] = {}
    for column, value in enumerate(values):
        if isinstance(value, str):
            places.setdefault(folded(value), column)
            places.setdefault(folded(_IN_BRACKETS.sub("", value)), column)
    places.pop("", None)
    return places


def _columns(kind: ImportKind, places: Mapping[str, int]) -> dict[str, int] | None:
    known, never = _headers_of(kind)
    if not never.isdisjoint(places):
        return None
    columns: dict[str, int] = {}
    for name, headers in known.items():
        column = next((places[header] for header in headers if header in places), None)
        if column is not None:
            columns[name] = column
    wanted, some = kind.recognise.fields, kind.recognise.any
    if not wanted or not columns.keys() >= set(wanted) or (some and columns.keys().isdisjoint(some)):
        return None
    return columns


def _headers_of(kind: ImportKind) -> tuple[dict[str, list[str]], frozenset[str]]:
    known = {one.name: [folded(header) for header in one.headers] for one in kind.fields if one.headers}
    return known, frozenset(map(folded, kind.recognise.never))


def marks_of(values: Sequence[CellValue]) -> dict[int, int]:
    """The zero-based column of each mark (1) (2) … of a row that holds nothing else; else nothing."""
    marks: dict[int, int] = {}
    for column, value in enumerate(values):
        if value is None or value == "":
            continue
        match = _MARK.fullmatch(value.strip()) if isinstance(value, str) else None
        if match is None:
            return {}
        marks.setdefault(int(match[1]), column)
    return marks if sorted(marks) == list(range(1, len(marks) + 1)) and len(marks) >= 3 else {}


def recognise_page(rows: Sequence[NumberedRow]) -> RecognisedTable | None:
    """The printed page that a sheet is, all of whose rows are given."""
    for place, (number, values) in enumerate(rows[:SEARCHED_ROWS]):
        if marks := marks_of(values):
            above = [folded(value) for _, line in rows[:place] for value in line if isinstance(value, str)]
            found = [kind for kind in load_kinds() if _is_page(kind, marks, above, rows[place + 1 :])]
            return _page(found[0], number, marks) if len(found) == 1 else None
    return None


def _is_page(
    kind: ImportKind, marks: Mapping[int, int], above: Sequence[str], below: Sequence[NumberedRow]
) -> bool:
    return (
        kind.form == "page"
        and len(marks) >= kind.recognise.marks
        and all(any(title in text for text in above) for title in map(folded, kind.recognise.titles))
        and _fits(kind.recognise.seen, marks, below)
    )


def _page(kind: ImportKind, row: int, marks: Mapping[int, int]) -> RecognisedTable:
    return RecognisedTable(kind, row, page_columns(kind, marks), {})


def page_columns(kind: ImportKind, marks: Mapping[int, int]) -> dict[str, int]:
    """Where the fields of a page stand under a row of marks; the names are `first` and `name`."""
    columns = {one.name: marks[one.mark] for one in kind.fields if one.mark in marks}
    return columns | {"first": marks[kind.first], "name": marks[kind.name_mark]}


def _fits(wanted: SeenLines, marks: Mapping[int, int], rows: Sequence[NumberedRow]) -> bool:
    lines = [(_text(values, marks[1]), folded(_text(values, marks[2]))) for _, values in rows]
    seen = {
        "letters": any(len(first) == 1 and first.isalpha() for first, _ in lines),
        "numbers": any(first.isdigit() for first, _ in lines),
        "associations": any(association_of(name) not in (None, "99") for _, name in lines),
        "programmes": any(is_programme(name) for _, name in lines),
    }
    return all(getattr(wanted, name) in (None, is_so) for name, is_so in seen.items())


def _text(values: Sequence[CellValue], column: int) -> str:
    value = values[column] if column < len(values) else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()


def association_of(name: str) -> str | None:
    """The code of an association by its folded name (or short name); 99 for direct lending."""
    if name in _DIRECT:
        return "99"
    return _associations().get(name)


@cache
def _associations() -> dict[str, str]:
    names: dict[str, str] = {}
    for one in load_catalogue("associations"):
        for text in (one.name.vi, one.short, *one.aliases):
            names[folded(text)] = one.code
    return names


def is_programme(name: str) -> bool:
    """Whether a folded name is that of a credit programme, known to us or not."""
    return (name.startswith("chovay") and name not in _DIRECT) or name in _programmes()


@cache
def _programmes() -> frozenset[str]:
    names = (text for one in load_catalogue("programmes") for text in (one.name.vi, *one.aliases))
    return frozenset(map(folded, names))


def recognise_indicators(rows: Sequence[NumberedRow]) -> RecognisedTable | None:
    """The list of indicators that a sheet is: enough of them stand in one column."""
    for kind in load_kinds():
        if kind.form != "indicators":
            continue
        known = {folded(header) for one in kind.fields for header in one.headers}
        for column in range(6):
            found = [number for number, values in rows[:SEARCHED_ROWS] if folded_at(values, column) in known]
            if len({folded_at(values, column) for _, values in rows} & known) >= kind.recognise.indicators:
                return RecognisedTable(kind, found[0] - 1 if found else 1, {"name": column}, {})
    return None


def folded_at(values: Sequence[CellValue], column: int) -> str:
    """The folded text of a cell of a row; empty where there is none."""
    return folded(values[column]) if column < len(values) else ""


def field_headers(kind: ImportKind) -> Mapping[str, ImportField]:
    """The fields of a kind by their folded headers."""
    return {folded(header): one for one in kind.fields for header in one.headers}
