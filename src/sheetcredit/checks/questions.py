"""Q-BRANCH: what the branch asks about a cell; it stays in `Kiểm tra` until it is answered.

A question is kept in its own row of `Kiểm tra`: the key names the place by row and column of the data, so
that it follows rows that move, and holds a digest of the value that was asked about. It is answered by a text
in `Giải trình`, and falls away once the value changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sheetcredit.checks.batch import Batch
from sheetcredit.model.finding import Finding, digest_of, severity_of
from sheetcredit.model.grid import address
from sheetcredit.model.text import fold, one_line
from sheetcredit.seal.changes import cell_of, row_of
from sheetcredit.seal.content import INFO, SUMMARY, Snapshot, same, snapshot
from sheetcredit.template.definition import Office
from sheetcredit.template.headers import header_text
from sheetcredit.template.reading import Reading

CODE = "Q-BRANCH"
_PARTS = 7
_LONGEST, _LONGEST_CODE = 1500, 60
_OPEN, _CLOSE = "«", "»"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as its key holds it: number, code of the finding behind it, place, digest of the value.

    `sheet` is a sheet id and `column` a column's name, or both are what the branch wrote where the place is
    no cell of the data.
    """

    number: str
    code: str
    sheet: str
    row_key: str
    column: str
    digest: str

    @property
    def key(self) -> str:
        """The key of its finding."""
        parts = (CODE, self.number, self.code, self.sheet, self.row_key, self.column, self.digest)
        return "|".join(part.replace("|", "/") for part in parts)


def check_questions(batch: Batch) -> Iterator[Finding]:
    """The questions that `Kiểm tra` holds and whose value is still what was asked about."""
    for reading in batch.readings.values():
        yield from _of_reading(reading, batch.office)


def _of_reading(reading: Reading, office: Office) -> Iterator[Finding]:
    lines: Snapshot | None = None
    for key, message in _stored(reading, office):
        parts = key.split("|")
        if len(parts) != _PARTS:
            continue
        asked = Asked(*parts[1:])
        lines = snapshot(reading, office) if lines is None else lines
        if not asked.digest or value_digest(lines, asked) == asked.digest:
            start, end = message.find(_OPEN), message.rfind(_CLOSE)
            text = message[start + 1 : end] if 0 <= start < end else message
            yield question_finding(reading, office, lines, asked, text)


def _stored(reading: Reading, office: Office) -> Iterator[tuple[str, str]]:
    """Key and message of the rows of `Kiểm tra` that are questions."""
    sheet = office.sheet("findings")
    tab, header, _ = reading.book.names.get(sheet.table_name or "", ("", 0, 0))
    grid = reading.book.grids.get(tab)
    if grid is None or header >= len(grid.rows):
        return
    headers = {
        header_text(text): place for place, text in enumerate(grid.rows[header]) if isinstance(text, str)
    }
    key, message = (headers.get(header_text(sheet.column(name).header)) for name in ("key", "message"))
    if key is None or message is None:
        return
    for row in range(header + 1, len(grid.rows)):
        text = grid.text(row, key)
        if text.startswith(f"{CODE}|"):
            yield text, grid.text(row, message)


def value_digest(lines: Snapshot, asked: Asked) -> str:
    """The digest of the value at a place; empty where the place is gone."""
    line = lines.get((asked.sheet, asked.row_key))
    return digest_of(same(line.values.get(asked.column, ""))) if line else ""


def asked_at(
    reading: Reading, office: Office, lines: Snapshot, number: str, code: str, sheet: str, cell: str
) -> Asked:
    """A question about a cell, given by tab and A1 address, put down to the row and column of the data."""
    definition = next((one for one in office.sheets if fold(one.sheet) == fold(sheet)), None)
    cell = cell.strip().upper().replace("$", "")
    found = _data_place(reading, definition.id, definition.sheet, cell, lines) if definition else None
    if definition is None or found is None:
        return Asked(number, code, sheet, "", cell, "")
    row_key, column = found
    asked = Asked(number, code, definition.id, row_key, column, "")
    return Asked(number, code, definition.id, row_key, column, value_digest(lines, asked))


def _data_place(reading: Reading, sheet: str, tab: str, cell: str, lines: Snapshot) -> tuple[str, str] | None:
    """Row key and column name of an address."""
    if sheet == INFO:
        names = [name for name, place in reading.info.cells.items() if address(*place) == cell]
        return ("", names[0]) if names and names[0] in lines[INFO, ""].values else None
    if sheet == SUMMARY:
        named = reading.book.names
        names = [
            name for name in lines[SUMMARY, ""].values if name in named and address(*named[name][1:]) == cell
        ]
        return ("", names[0]) if names else None
    table = reading.table_named(tab)
    row = row_of(cell)
    key = next((key for (of, key), line in lines.items() if of == sheet and line.row == row), None)
    if table is None or key is None or row is None:
        return None
    columns = [name for name in table.columns if table.cell(row - 1, name) == cell]
    return (key, columns[0]) if columns else None


def question_finding(reading: Reading, office: Office, lines: Snapshot, asked: Asked, text: str) -> Finding:
    """The finding of a question, where its cell stands now."""
    definition = next((sheet for sheet in office.sheets if sheet.id == asked.sheet), None)
    line = lines.get((asked.sheet, asked.row_key))
    tab, cell, column = asked.sheet or None, asked.column or None, None
    if definition is not None and line is not None:
        tab, cell = definition.sheet, cell_of(asked.sheet, line.row, asked.column, reading, office)
        column = next((c.header for c in definition.columns if c.name == asked.column), None)
    elif reading.book.grid(tab or "") is None or row_of(cell) is None:
        tab, cell = tab if reading.book.grid(tab or "") else None, None
    shown = one_line(text).replace(_OPEN, "“").replace(_CLOSE, "”").strip()[:_LONGEST]
    return Finding(
        file=reading.file, code=CODE, severity=severity_of(CODE), sheet=tab, cell=cell, row=row_of(cell),
        column=column, details={"question": shown, "of": asked.code[:_LONGEST_CODE]}, key=asked.key,
        digest=asked.digest or digest_of(shown),
    )  # fmt: skip
