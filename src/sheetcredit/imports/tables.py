"""The tables of the bank on a sheet, as they stand there: rows of the needed columns, nothing typed yet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sheetcredit.imports.definitions import ImportKind, PageLevel, SheetRole
from sheetcredit.imports.recognise import (
    SEARCHED_ROWS,
    NumberedRow,
    RecognisedTable,
    association_of,
    field_headers,
    folded,
    folded_at,
    is_programme,
    marks_of,
    page_columns,
    recognise_header,
    recognise_indicators,
    recognise_page,
)
from sheetcredit.imports.sheets import ExportSheet, Rows
from sheetcredit.imports.values import code, plain_text
from sheetcredit.model.grid import CellValue
from sheetcredit.xlsx.row_stream import UnusualSheetError

FIRST = "first"
"""The leftmost column of a table, where total rows have their label."""
TOTAL, OTHER = "total", "other"
_TOTALS = ("tongcong", "cong", "tongso", "tong", "tongtoanbo", "congchung")
_ROMAN = re.compile(r"([IVX]+)[.)\s]")
_PART_OF_ABOVE = re.compile(r"(trđ|trd|trong đó|\+|-)", re.IGNORECASE)


@dataclass(frozen=True)
class RawTable:
    """One table: `rows` of Excel, and by field what stands in them.

    Of a printed page `values` also has the `level` of each line (or `total`, `other`) and the names of the
    levels above it; of indicators one list for each column of an office, told by `offices`.
    """

    found: RecognisedTable
    sheet: str
    heading: tuple[str, ...]
    rows: list[int]
    values: Mapping[str, Sequence[CellValue]]
    below: tuple[str, ...] = ()
    role: str = ""
    offices: Mapping[str, Sequence[CellValue]] = field(default_factory=dict)
    """Of indicators: the amounts of each office by its code; '' for a single column without a code."""

    @property
    def kind(self) -> ImportKind:
        """What it is."""
        return self.found.kind


def read_tables(sheet: ExportSheet) -> list[RawTable]:
    """The tables of the bank on a sheet, in their order; none on a sheet that is something else.

    Raises:
        CannotRead: the file is damaged, or breaks a limit.
    """
    try:
        return _tables(sheet.name, sheet.rows())
    except UnusualSheetError:
        return _tables(sheet.name, sheet.rows_otherwise())


def is_total(text: str) -> bool:
    """Whether the label of a row, folded, is that of a total."""
    return text in _TOTALS or text.startswith("tongcong")


def _tables(name: str, rows: Rows) -> list[RawTable]:
    lines = iter(rows)
    head: list[NumberedRow] = []
    for line in lines:
        found = recognise_header(line)
        if found is not None:
            return list(_queries(name, found, line, head, rows, lines))
        head.append(line)
        if len(head) == SEARCHED_ROWS and not _may_go_on(head):
            return []
    page = recognise_page(head)
    if page is not None:
        return [_page(name, page, head)]
    indicators = recognise_indicators(head)
    return [_indicators(name, indicators, head)] if indicators is not None else []


def _may_go_on(head: Sequence[NumberedRow]) -> bool:
    return any(marks_of(values) for _, values in head) or recognise_indicators(head) is not None


def _texts(rows: Sequence[NumberedRow]) -> tuple[str, ...]:
    return tuple(value for _, values in rows for value in values if isinstance(value, str) and value.strip())


# --- queries --------------------------------------------------------------------------------------------


def _queries(
    name: str,
    found: RecognisedTable,
    header: NumberedRow,
    head: Sequence[NumberedRow],
    rows: Rows,
    lines: Iterator[NumberedRow],
) -> Iterator[RawTable]:
    """The table under a header, and those that follow it on the same sheet."""
    heading = _texts(head)
    following = found.kind.followed_by
    while True:
        places = _places(found, header[1])
        whole = bool(following)
        if not whole:
            rows.columns = sorted(set(places.values()))
        after: tuple[RecognisedTable, NumberedRow] | None = None
        numbers: list[int] = []
        body: list[Sequence[CellValue]] = []
        for number, values in lines:
            if whole and (next_one := recognise_header((number, values), following)) is not None:
                after = next_one, (number, values)
                break
            numbers.append(number)
            body.append(values)
        at = places if whole else {key: rows.columns.index(column) for key, column in places.items()}  # type: ignore[union-attr]
        if whole:
            width = max(places.values()) + 1
            body = [[*values, *[None] * (width - len(values))] for values in body]
        columns = list(zip(*body, strict=False)) or [()] * (max(at.values()) + 1)
        yield RawTable(found, name, heading, numbers, {key: columns[place] for key, place in at.items()})
        if after is None:
            return
        found, header = after
        following = found.kind.followed_by


def _places(found: RecognisedTable, header: Sequence[CellValue]) -> dict[str, int]:
    first = next(column for column, value in enumerate(header) if value not in (None, ""))
    return dict(found.columns) | {FIRST: first}


# --- printed pages --------------------------------------------------------------------------------------


def _page(name: str, found: RecognisedTable, rows: Sequence[NumberedRow]) -> RawTable:
    kind = found.kind
    start = next(place for place, (number, _) in enumerate(rows) if number == found.row)
    columns, context = dict(found.columns), dict[str, str]()
    numbers: list[int] = []
    records: list[dict[str, CellValue]] = []
    loose: list[NumberedRow] = []
    for number, values in rows[start + 1 :]:
        if marks := marks_of(values):
            columns = page_columns(kind, marks)
            continue
        cells = {one.name: _at(values, columns[one.name]) for one in kind.fields if one.name in columns}
        first, label = _label(values, columns["first"]), _label(values, columns["name"])
        level = TOTAL if is_total(folded(first)) or is_total(folded(label)) else _level(kind, first, label)
        if isinstance(level, PageLevel):
            _enter(context, kind, level, first, label)
        if not any(isinstance(value, int | float) for value in cells.values()):
            loose.append((number, values))
            continue
        numbers.append(number)
        here = level if isinstance(level, str) else level.level if level else OTHER
        records.append({"level": here, "label": label or first, **context, **cells})
    names = ("level", "label", *kind.nesting, *(one.level for one in kind.levels), *columns)
    values_of = {key: [record.get(key) for record in records] for key in dict.fromkeys(names)}
    return RawTable(found, name, _texts(rows[:start]), numbers, values_of, _texts(loose))


def _at(values: Sequence[CellValue], column: int) -> CellValue:
    value = values[column] if column < len(values) else None
    return None if isinstance(value, str) and not value.strip() else value


def _label(values: Sequence[CellValue], column: int) -> str:
    return plain_text(_at(values, column)) or ""


def _level(kind: ImportKind, first: str, label: str) -> PageLevel | None:
    if not (first or label):
        return None
    for one in kind.levels:
        names = {folded(name) for names in one.values.values() for name in names}
        if (
            _first_fits(one.first, first)
            and (one.name != "association" or association_of(folded(label)) is not None)
            and (one.first != "blank" or label)
            and (not names or folded(label or first) in names)
        ):
            return one
    return None


def _first_fits(wanted: str, first: str) -> bool:
    number = first.removesuffix(".").isdigit()
    letter = first.removesuffix(".").isalpha() and len(first.removesuffix(".")) <= 2
    roman = _ROMAN.match(first) is not None
    return {
        "any": True,
        "blank": not first,
        "number": number,
        "letter": letter,
        "roman": roman,
        "text": bool(first) and not (number or letter or roman),
    }[wanted]


def _enter(context: dict[str, str], kind: ImportKind, level: PageLevel, first: str, label: str) -> None:
    """A line of a level begins: what it is named, and nothing of the levels within it yet."""
    if level.level in kind.nesting:
        for deeper in kind.nesting[kind.nesting.index(level.level) :]:
            context.pop(deeper, None)
    text = label or first
    roman = _ROMAN.match(first) if level.first == "roman" else None
    known = (name for name, names in level.values.items() if folded(text) in map(folded, names))
    context[level.level] = roman[1] if roman else next(known, text)


# --- indicators -----------------------------------------------------------------------------------------


def _indicators(name: str, found: RecognisedTable, rows: Sequence[NumberedRow]) -> RawTable:
    kind, column = found.kind, found.columns["name"]
    known = field_headers(kind)
    numbers: list[int] = []
    names: dict[str, list[CellValue]] = {"indicator": [], "programme": [], "part": []}
    lines: list[Sequence[CellValue]] = []
    above = ""
    for number, values in rows:
        label = _label(values, column)
        is_part = bool(_PART_OF_ABOVE.match(label)) and number > found.row
        indicator = known.get(folded(label))
        programme = label if indicator is None and is_programme(folded(label)) else ""
        if not (is_part or indicator or programme):
            continue
        numbers.append(number)
        lines.append(values)
        names["indicator"].append(indicator.name if indicator and not is_part else None)
        names["programme"].append(above if is_part else programme or None)
        names["part"].append(folded(label) if is_part else None)
        above = above if is_part else programme
    top = [values for number, values in rows if number <= found.row]
    offices = {office: [_at(values, place) for values in lines] for office, place in _offices(top, column)}
    return RawTable(
        found, name, _texts(rows[: len(top)]), numbers, names, role=_role(kind.roles, name), offices=offices
    )


def _role(roles: Sequence[SheetRole], sheet: str) -> str:
    """What the amounts of a sheet are, by the beginning of its name; one letter must be all of it."""
    name = folded(sheet)
    for one in roles:
        for text in map(folded, one.sheets):
            if name == text or (len(text) > 1 and name.startswith(text)):
                return one.role
    return "current"


def _offices(top: Sequence[Sequence[CellValue]], column: int) -> list[tuple[str, int]]:
    """The column of each office by its code; '' for a single column without a code, none of several."""
    width = max(map(len, top), default=0)
    sums = {
        place for values in top for place in range(column + 1, width) if is_total(folded_at(values, place))
    }
    for values in reversed(top):
        codes = [
            (text, place)
            for place in range(column + 1, len(values))
            if isinstance(values[place], int | float) and (text := code(values[place], 6)) is not None
        ]
        if codes:
            return [(text, place) for text, place in codes if place not in sums]
    headed = [place for place in range(column + 1, width) if top and _at(top[-1], place) is not None]
    return [("", column + 1)] if len(headed) < 2 else []
