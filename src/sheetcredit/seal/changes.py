"""A seal that no longer fits: the finding, and the cells that changed since it was put on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from sheetcredit.model.finding import Finding, severity_of
from sheetcredit.model.grid import address
from sheetcredit.model.text import DEFAULT_LANGUAGE, Language, number_text, word
from sheetcredit.seal.code import Seal, seal_of
from sheetcredit.seal.content import INFO, SUMMARY, Snapshot, Values, same, sheet_marks, snapshot
from sheetcredit.seal.record import Record, Rows, read_record
from sheetcredit.template.definition import Office
from sheetcredit.template.reading import Reading

VOID, CELL, ROW, OLD = "S-SEAL", "S-SEAL-CELL", "S-SEAL-ROW", "S-SEAL-OLD"
FINDINGS = frozenset({VOID, CELL, ROW, OLD})
_NAMED = 5
_ADDRESS = re.compile(r"[A-Z]{1,3}([1-9][0-9]{0,6})")


@dataclass(frozen=True, slots=True)
class Change:
    """What differs from a sealed state: a cell, or a whole row that was added or removed.

    `sheet` is the tab, `column` the header or label; `key` names the row. `old` and `new` are as sealed.
    """

    kind: Literal["cell", "added", "removed"]
    sheet: str
    key: str
    cell: str | None = None
    row: int | None = None
    column: str | None = None
    old: str = ""
    new: str = ""

    @property
    def place(self) -> str:
        """The cell as people write it, or the row by its key."""
        return f"{self.sheet}!{self.cell}" if self.cell else f"{self.sheet} ({self.key})"

    def text(self, language: Language = DEFAULT_LANGUAGE) -> str:
        """One line: where, and old → new."""
        shown = {"old": shown_value(self.old, language), "new": shown_value(self.new, language)}
        return word(
            f"change-{self.kind}", language, place=self.place, column=self.column or "", key=self.key, **shown
        )


def shown_value(text: str, language: Language = DEFAULT_LANGUAGE) -> str:
    """A sealed value as people read it."""
    if not text:
        return word("nothing", language)
    number = number_in(text)
    return text if number is None or text.startswith("0") else number_text(number, language)


def number_in(text: str) -> Decimal | None:
    """The number that a sealed value is; None for a code, a date or a word."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def changes_between(old: Rows, new: Snapshot, reading: Reading, office: Office) -> list[Change]:
    """What changed from sealed rows to what a workbook holds, in the order of its sheets and rows."""
    order = {sheet.id: place for place, sheet in enumerate(office.sheets)}
    found: list[Change] = []
    for sheet, key in sorted(old.keys() | new.keys(), key=lambda place: _order(place, new, order)):
        before, now = old.get((sheet, key)), new.get((sheet, key))
        tab = office.sheet(sheet).sheet if sheet in order else sheet
        if now is None:
            found.append(Change("removed", tab, key))
        elif before is None:
            cell = cell_of(sheet, now.row, next(iter(now.values), ""), reading, office)
            found.append(Change("added", tab, key, cell, now.row))
        else:
            found += _changed_cells(sheet, key, before, now.values, now.row, reading, office)
    return found


def _order(place: tuple[str, str], new: Snapshot, sheets: dict[str, int]) -> tuple[int, int, str]:
    line = new.get(place)
    return sheets.get(place[0], len(sheets)), (line.row if line and line.row else 0), place[1]


def _changed_cells(
    sheet: str, key: str, old: Values, new: Values, row: int | None, reading: Reading, office: Office
) -> Iterator[Change]:
    definition = office.sheet(sheet)
    headers = {column.name: column.header for column in definition.columns}
    headers |= {figure.name: figure.label.vi for figure in definition.figures}
    for name in dict.fromkeys([*headers, *old, *new]):
        before, now = old.get(name, ""), new.get(name, "")
        if before != now and same(before) != same(now):
            cell = cell_of(sheet, row, name, reading, office)
            line = row if row else row_of(cell)
            yield Change(
                "cell", definition.sheet, key, cell, line, headers.get(name, name), before, now
            )  # fmt: skip


def cell_of(sheet: str, row: int | None, name: str, reading: Reading, office: Office) -> str | None:
    """Where a sealed value stands now."""
    if sheet == INFO:
        place = reading.info.cells.get(name)
        return address(*place) if place else None
    if sheet == SUMMARY:
        named = reading.book.names.get(name)
        return address(*named[1:]) if named else None
    return reading.place(office.sheet(sheet).sheet, row, name)[0] if row else None


def row_of(cell: str | None) -> int | None:
    """The row of an A1 address; None where it is none."""
    match = _ADDRESS.fullmatch(cell or "")
    return int(match[1]) if match else None


def find_void_seals(readings: Iterable[Reading], office: Office) -> list[Finding]:
    """S-SEAL for each sealed workbook that says something else by now, and a note for every cell.

    Only a workbook whose defined names could be read shows its figures: of an .xls nothing is said.
    """
    return [
        finding
        for reading in readings
        if (seal := seal_of(reading.info)) is not None and reading.book.names
        for finding in _of_reading(reading, seal, office)
    ]


def _of_reading(reading: Reading, seal: Seal, office: Office) -> Iterator[Finding]:
    now = snapshot(reading, office)
    if seal.fits(now):
        return
    record = read_record(reading.book, office)
    if record is not None and is_of_another_report(record, reading):
        yield _finding(reading, OLD, office, {"code": seal.code, "period": record.period})
        return
    changes = changes_between(record.rows, now, reading, office) if record else []
    what = _what_changed(changes, record, seal, now, office)
    figures = office.sheet(SUMMARY).sheet
    # What else changed on that sheet (a label, a unit, a number format) is not put right by filling.
    refilled = bool(changes) and all(one.sheet == figures and one.kind == "cell" for one in changes)
    details = {"code": seal.code, "at": seal.sealed_at or "?", "what": what, "refilled": refilled}
    yield _finding(reading, VOID, office, details | {"items": tuple(change.text() for change in changes)})
    yield from (finding_of(change, reading) for change in changes)


def is_of_another_report(record: Record, reading: Reading) -> bool:
    """Whether what was sealed is the report of another office or period: the workbook serves again."""
    info = reading.info
    return (record.office, record.period) != (info.office or "", str(info.period or ""))


def _what_changed(
    changes: Sequence[Change], record: Record | None, seal: Seal, now: Snapshot, office: Office
) -> dict[str, str]:
    if changes:
        named = ", ".join(change.place for change in changes[:_NAMED])
        more = " …" if len(changes) > _NAMED else ""
        return _both("seal-cells", count=len(changes), named=named + more)
    if record is not None:
        return _both("seal-details")
    marks = sheet_marks(now)
    sheets = sorted(set(seal.marks or ()) | set(marks)) if seal.marks else []
    differ = [sheet for sheet in sheets if (seal.marks or {}).get(sheet) != marks.get(sheet)]
    tabs = [sheet.sheet for sheet in office.sheets if sheet.id in differ]
    return _both("seal-sheets", named=", ".join(tabs)) if tabs else _both("seal-unknown")


def _both(code: str, **details: object) -> dict[str, str]:
    return {"vi": word(code, "vi", **details), "en": word(code, "en", **details)}


def _finding(reading: Reading, code: str, office: Office, details: dict[str, object]) -> Finding:
    sheet = office.sheet(INFO)
    place = reading.info.cells.get("seal")
    return Finding(
        file=reading.file, code=code, severity=severity_of(code), sheet=sheet.sheet,
        cell=address(*place) if place else None, row=place[0] + 1 if place else None,
        column=sheet.column("seal").header, details=details, key=code,
    )  # fmt: skip


def finding_of(change: Change, reading: Reading) -> Finding:
    """The note about one change."""
    code = CELL if change.kind == "cell" else ROW
    old, new = number_in(change.old), number_in(change.new)
    numbers = old is not None and new is not None
    words = {"how": _both(f"change-row-{change.kind}")} if code == ROW else {}
    return Finding(
        file=reading.file, code=code, severity=severity_of(code), sheet=change.sheet, cell=change.cell,
        row=change.row, column=change.column,
        value=new if numbers else change.new or None, expected=old if numbers else change.old or None,
        difference=new - old if old is not None and new is not None else None,
        details={"row_key": change.key, **words}, key=f"{code}|{change.sheet}|{change.key}|{change.column}",
    )  # fmt: skip
