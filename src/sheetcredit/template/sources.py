"""`Nguồn số liệu` as a workbook holds it: bases and rounding of imported columns, differences, proposals.

The sheet stands only in workbooks into which something was imported. Its hidden column says in JSON what the
others say in words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from typing import Any

from sheetcredit.model.checked_yaml import check_definition, read_yaml
from sheetcredit.model.grid import Book, Grid, address
from sheetcredit.model.resources import schemas_folder
from sheetcredit.model.text import DEFAULT_LANGUAGE, Language, message_catalogue, message_of
from sheetcredit.template.definition import Office, Sheet
from sheetcredit.template.headers import header_text


@dataclass(frozen=True, slots=True)
class ImportedColumn:
    """A column of a sheet (its id) as it was imported from one file.

    `basis`: '' where the source means what the template means. `slack`: how far its amounts may be off, in
    đồng. `keys`: the rows it is about, all of them where empty.
    """

    sheet: str
    column: str
    file: str
    basis: str = ""
    slack: int = 0
    keys: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class SourceDifference:
    """A measure on which two files differ: in so many rows, by `total` together; `cause` may be empty."""

    column: str
    file: str
    other: str
    rows: int
    total: str
    amount: bool
    cause: str = ""
    files: int = 0
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class ProposedStatement:
    """An association's sheet (its id) that was filled from the bank's own data; `cells` numbers of it."""

    sheet: str
    file: str
    cells: int


Recorded = ImportedColumn | SourceDifference | ProposedStatement
_KINDS: Mapping[str, type[Recorded]] = {
    "column": ImportedColumn, "difference": SourceDifference, "proposal": ProposedStatement,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RecordedLine:
    """A line of the sheet: its tab, zero-based row, the cell of `Xác nhận` and what is written there."""

    what: Recorded
    tab: str
    row: int
    confirm_cell: str
    confirmed: str
    as_of: str

    def is_of(self, day: date) -> bool:
        """Whether it was recorded for a report of that day; a line without a day holds for any."""
        return self.as_of in ("", f"{day:%d/%m/%Y}")


@cache
def sources_sheet() -> Sheet:
    """The definition of the sheet."""
    path = schemas_folder() / "imports" / "_sources.yaml"
    return check_definition(Sheet, read_yaml(path), path)


def as_key(what: Recorded, as_of: str) -> str:
    """The text of the hidden column."""
    kind = next(name for name, form in _KINDS.items() if isinstance(what, form))
    told = {name: value for name, value in asdict(what).items() if value not in ("", 0, (), False)}
    return json.dumps([kind, as_of, told], ensure_ascii=False, separators=(",", ":"))


def recorded_lines(book: Book) -> Sequence[RecordedLine]:
    """The lines of the sheet that say something; none where the workbook has no such sheet."""
    sheet = sources_sheet()
    if not any(name.startswith(sheet.sheet) for name in book.grids):  # of an open book a name is a call
        return ()
    place = book.names.get(sheet.table_name or "")
    grid = book.grids.get(place[0]) if place else None
    if place is None or grid is None or place[1] >= len(grid.rows):
        return ()
    known = {header_text(column.header): column.name for column in sheet.columns}
    columns = {
        known[header_text(text)]: at
        for at, text in enumerate(grid.rows[place[1]])
        if isinstance(text, str) and header_text(text) in known
    }
    if not {"key", "confirmed"} <= columns.keys():
        return ()
    return tuple(_lines(grid, place[1], columns))


def _lines(grid: Grid, header: int, columns: Mapping[str, int]) -> Iterator[RecordedLine]:
    for row in range(header + 1, len(grid.rows)):
        told = _told(grid.text(row, columns["key"]))
        if told is not None:
            at = columns["confirmed"]
            yield RecordedLine(
                told[1], grid.sheet, row, address(row, at), grid.text(row, at).strip(), told[0]
            )


def _told(text: str) -> tuple[str, Recorded] | None:
    """The day and what the hidden text says; None where somebody wrote something else there."""
    try:
        kind, as_of, told = json.loads(text)
        return str(as_of), _made(_KINDS[kind], told)
    except (ValueError, KeyError, TypeError):
        return None


def _made(form: type[Recorded], told: Mapping[str, Any]) -> Recorded:
    keys = tuple(tuple(map(str, key)) for key in told.get("keys", ()))
    rest = {name: value for name, value in told.items() if name != "keys"}
    if form is ImportedColumn:
        return ImportedColumn(**rest, keys=keys)
    if form is ProposedStatement:
        return ProposedStatement(**{"cells": 0, **rest})
    return SourceDifference(**{"rows": 0, "amount": False, "total": "0", **rest})


# Words.


def cause_words(cause: str, language: Language = DEFAULT_LANGUAGE) -> str:
    """Why two sources differ; that nobody knows where `cause` is empty."""
    return message_of("imports", f"cause-{cause or 'unknown'}", "text", language, {})


def basis_words(basis: str, language: Language = DEFAULT_LANGUAGE) -> str:
    """What a basis means; its own name where nobody wrote it down."""
    code = f"basis-{basis}"
    known = code in message_catalogue("imports")
    return message_of("imports", code, "text", language, {}) if known else basis


def measure_words(column: str, office: Office, language: Language = DEFAULT_LANGUAGE) -> str:
    """What a measure is called: as the template's column, or by its own name where there is none."""
    code = f"measure-{column}"
    if code in message_catalogue("imports"):
        return message_of("imports", code, "text", language, {})
    found = (one.header for sheet in office.tables() for one in sheet.columns if one.name == column)
    return next(found, column)


def is_amount(column: str, office: Office) -> bool:
    """Whether a measure is money; one that no sheet has a column for is."""
    found = [one for sheet in office.tables() for one in sheet.columns if one.name == column]
    return not found or found[0].type == "amount"
