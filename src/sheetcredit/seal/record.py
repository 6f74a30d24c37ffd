"""`Niêm phong`, the very hidden sheet: what was sealed, row by row, and what the last submission said.

Its lines: sheet id, key of the row, the values as a JSON list (names of the columns in a line `#columns`),
and in the last column what the row said in the submission before: nothing where it said the same, `[]` where
it was not there. A row that has gone since keeps a line without values. `#seal` tells of the seal,
`#answered` of the branch's receipt.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sheetcredit.model.grid import Book, Grid, address
from sheetcredit.seal.content import Line, Snapshot, Values, data_digest
from sheetcredit.template.definition import Office, Sheet

Rows = Mapping[tuple[str, str], Values]
"""Sheet id and key of the row → its values."""

_SEAL, _ANSWERED, _COLUMNS, _NOT_THERE = "#seal", "#answered", "#columns", "[]"


@dataclass(frozen=True, slots=True)
class Record:
    """What was sealed, and (from the second submission on) what was submitted before it.

    `answered` is what the branch's receipt said of it: `accepted`, `returned` or nothing yet; `answered_at`
    is when that receipt was issued (ISO). `returns` counts how often earlier submissions were returned.
    """

    code: str
    office: str
    period: str
    submission: int
    rows: Rows
    before: Rows | None = None
    answered: str = ""
    returns: int = 0
    answered_at: str = ""

    @property
    def data(self) -> bytes:
        """The digest of what was sealed, whatever the workbook says by now."""
        return data_digest({place: Line(values) for place, values in self.rows.items()})


def has_record(book: Book, office: Office) -> bool:
    """Whether the workbook has a place for the record."""
    sheet = office.sheet("record")
    place, own = book.names.get(sheet.table_name or ""), book.grid(sheet.sheet)
    # A name that leads to another sheet leads to somebody's input.
    return place is not None and own is not None and place[0] == own.sheet


def read_record(book: Book, office: Office) -> Record | None:
    """The record that a workbook keeps; None where there is none, or one that cannot be read."""
    if not has_record(book, office):
        return None
    tab, header, first = book.names[office.sheet("record").table_name or ""]
    try:
        return _parsed(book.grids[tab], header, first)
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError):
        return None  # written over by hand: as good as none


def _parsed(grid: Grid, header: int, first: int) -> Record | None:
    told: dict[str, Any] = {}
    columns: dict[str, list[str]] = {}
    rows: dict[tuple[str, str], Values] = {}
    changed: dict[tuple[str, str], Values | None] = {}
    for row in range(header + 1, len(grid.rows)):
        sheet, key, values, before = (grid.text(row, first + place) for place in range(4))
        if sheet == _SEAL:
            told |= {"code": key, **json.loads(values)}
        elif sheet == _ANSWERED:
            told["answered"], told["answered_at"] = values, before
        elif sheet == _COLUMNS:
            columns[key] = json.loads(values)
        elif sheet:
            if values:
                rows[sheet, key] = _named(columns[sheet], values)
            if before:
                changed[sheet, key] = None if before == _NOT_THERE else _named(columns[sheet], before)
    if "code" not in told:
        return None
    overlaid = {**rows, **changed}
    before_rows = {place: values for place, values in overlaid.items() if values is not None}
    number = int(told["submission"])
    return Record(
        str(told["code"]), str(told["office"]), str(told["period"]), number, rows,
        before_rows if number > 1 else None, str(told.get("answered", "")), int(told["returns"]),
        str(told.get("answered_at", "")),
    )  # fmt: skip


def _named(names: list[str], values: str) -> Values:
    return {str(name): str(value) for name, value in zip(names, json.loads(values), strict=True) if value}


def record_of(lines: Snapshot) -> Rows:
    """The rows of a snapshot as a record keeps them."""
    return {place: line.values for place, line in lines.items()}


def record_cells(book: Book, sheet: Sheet, record: Record | None) -> tuple[str, dict[str, str | None]]:
    """The tab and the cells that hold a record (or none), whatever stood below emptied."""
    tab, header, first = book.names[sheet.table_name or ""]
    grid = book.grids[tab]
    cells: dict[str, str | None] = {}
    row = header
    for row, texts in enumerate(_written(record) if record else (), start=header + 1):
        for place, text in enumerate(texts, start=first):
            if text or grid.value(row, place) is not None:
                cells[address(row, place)] = text or None
    for rest in range(row + 1, len(grid.rows)):
        for place in range(first, first + len(sheet.columns)):
            if grid.value(rest, place) is not None:
                cells[address(rest, place)] = None
    return tab, cells


def _written(record: Record) -> Iterator[tuple[str, str, str, str]]:
    told = {
        "office": record.office, "period": record.period, "submission": record.submission,
        "returns": record.returns,
    }  # fmt: skip
    yield _SEAL, record.code, _json(told), ""
    yield _ANSWERED, record.code, record.answered, record.answered_at
    before = record.rows if record.before is None else record.before
    everything = {**record.rows, **before}
    names: dict[str, list[str]] = {}
    for (sheet, _), values in [*record.rows.items(), *before.items()]:
        known = names.setdefault(sheet, [])
        known += [name for name in values if name not in known]
    for sheet, columns in names.items():
        yield _COLUMNS, sheet, _json(columns), ""
    for place in everything:
        sheet, key = place
        now, then = record.rows.get(place), before.get(place)
        yield (
            sheet,
            key,
            _list(names[sheet], now),
            "" if now == then else _list(names[sheet], then, _NOT_THERE),
        )


def _list(names: list[str], values: Values | None, absent: str = "") -> str:
    return absent if values is None else _json([values.get(name, "") for name in names])


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
