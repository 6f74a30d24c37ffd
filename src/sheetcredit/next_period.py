"""`sheetcredit next`: the next period's workbook from this one, with nothing typed again that is known.

Kept: codes, names, plans, signers, formats, formulas, sheets and notes of the user. Carried: openings, from
the closings at the turn of a year, else as they are. Emptied: movements, balances, scores and all that the
tool wrote. Rolled forward: work that is left (`workplan.roll`). Set: period and as-of date, in the printed
footers as well. Communes that ended stand under those they became, rows that meet are one; divided ones are
listed. `Nhật ký` says where the workbook came from.

All by cell values patched into the bytes of the workbook: whatever is not named here stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.catalogue.entry import Entry
from sheetcredit.filling import emptied_cells
from sheetcredit.model.errors import BadUsage, CannotWrite
from sheetcredit.model.grid import address
from sheetcredit.model.period import Period
from sheetcredit.model.text import word
from sheetcredit.repair.journal import JournalLine, journal_cells
from sheetcredit.rulebook import Rulebook, our_rulebook
from sheetcredit.rules.previous import CARRIED
from sheetcredit.seal.record import has_record, record_cells
from sheetcredit.template.definition import Column, Office
from sheetcredit.template.locate import Table
from sheetcredit.template.reading import Reading
from sheetcredit.template.values import exact, read_numbers
from sheetcredit.template.wording import form
from sheetcredit.workbooks import lineage_note, read_office
from sheetcredit.workplan.roll import rolled_cells
from sheetcredit.xlsx.atomic_write import rewrite
from sheetcredit.xlsx.footers import with_footer_text
from sheetcredit.xlsx.patch import check_macros, check_suffix, patch_bytes

Value = Decimal | str | date | None
Cells = dict[str, dict[str, Value]]

_KEPT = frozenset({"plan", "opening"})
"""Numbers that are not of one period alone."""


@dataclass(frozen=True, slots=True)
class NextBook:
    """The workbook that was made: `restated` communes by what they became, `divided` ones left as they were.

    `divided` are texts for people: the commune, what it went into, and how many groups of it are not put yet.
    """

    path: Path
    before: Path
    period: Period
    new_year: bool
    restated: Mapping[str, str]
    divided: tuple[str, ...]


def make_next(
    path: str | Path,
    out: str | Path | None = None,
    rulebook: Rulebook | None = None,
    period: Period | None = None,
) -> NextBook:
    """The next period's workbook, beside this one unless `out` is named; this one is not touched.

    `period`: a later one that is meant instead of the next of the same kind, as a month after a quarter.

    Raises:
        BadUsage: the workbook does not say of which office and period it is, `period` is not later, or it
            is of a year whose openings this one does not give.
        CannotRead, NotOurTemplate: it cannot be read.
        CannotWrite: the new one is there already, or cannot be written.
    """
    book = rulebook or our_rulebook()
    reading = read_office(path, book)
    source, info = Path(path), reading.info
    if info.period is None or info.office is None:
        raise BadUsage("E-NEXT-PERIOD", path=source)
    check_suffix(source)
    period = period or info.period.next()
    _check_follows(source, info.period, period)
    target = Path(out) if out else named_for(source, info.period, period)
    if target.exists():
        raise CannotWrite("E-EXISTS", path=target)
    moves = _Moves.between(reading, period, book.catalogues)
    edits = _edits(reading, book.office, period, moves)
    old, new = (form("footer-period", period=each) for each in (info.period, period))

    def change(data: bytes) -> bytes:
        check_macros(data, source, target)
        return with_footer_text(patch_bytes(data, edits, path=str(source)), old, new, str(source))

    rewrite(source, change, out=target)
    return NextBook(target, source, period, period.year > info.period.year, moves.whole, moves.told)


def _check_follows(source: Path, before: Period, period: Period) -> None:
    """Openings are known within the year, and at its turn from the report of its last day."""
    if not before.is_before(period):
        raise BadUsage("E-NEXT-EARLIER", path=source, found=before, period=period)
    if before.year != period.year and not before.ends_year_before(period):
        ended = Period(period.year - 1, 12, "month").as_kind(before.kind)
        raise BadUsage(
            "E-NEXT-YEAR", path=source, found=before, period=period, year=period.year, needed=ended
        )


def named_for(source: Path, before: Period, period: Period) -> Path:
    """The name of the new workbook: the old one's with the period in it replaced, or put behind it."""
    for old, new in ((str(before), str(period)), (str(before).lower(), str(period).lower())):
        if old in source.stem:
            return source.with_name(source.stem.replace(old, new) + source.suffix)
    return source.with_name(f"{source.stem}-{period}{source.suffix}")


@dataclass(frozen=True, slots=True)
class _Moves:
    """What becomes of communes on the new day: `whole` ones by new code, `groups` as a person put them."""

    whole: Mapping[str, str]
    groups: Mapping[str, str]
    names: Mapping[str, str]
    told: tuple[str, ...]

    @classmethod
    def between(cls, reading: Reading, period: Period, catalogues: Catalogues) -> _Moves:
        office, then, now = reading.info.office, reading.info.day, period.last_day
        known = {one.code: one for one in catalogues.communes_of(office) if one.valid_on(now)}
        own = catalogues.own.find(office) if office else None
        put = {group: code for group, code in (own.groups if own else {}).items() if code in known}
        whole: dict[str, str] = {}
        told: list[str] = []
        for code, groups in _communes(reading).items():
            became = catalogues.became(office, code, then, now) or ()
            if not became or (became == (code,) and code in known):
                continue
            if not known.keys() & set(became):
                told.append(word("next-elsewhere", commune=code))
            elif len(became) == 1:
                whole[code] = became[0]
            elif left := [group for group in groups if group not in put]:
                told.append(_told(code, became, len(left), known))
        return cls(whole, put, {code: entry.name.vi for code, entry in known.items()}, tuple(told))


def _told(code: str, became: tuple[str, ...], groups: int, known: Mapping[str, Entry]) -> str:
    into = ", ".join(f"{known[one].name.vi} ({one})" if one in known else one for one in became)
    return word("next-divided", commune=code, into=into, count=groups)


def _communes(reading: Reading) -> dict[str, list[str]]:
    """The communes of the tables, and the groups in each."""
    found: dict[str, list[str]] = {}
    for table in reading.tables.values():
        if "commune" in table.columns:
            for row in table.rows:
                code = _code(table, row, "commune")
                groups = found.setdefault(code, []) if code else []
                if "group" in table.columns:
                    groups.append(_code(table, row, "group"))
    return dict(sorted(found.items()))


def _code(table: Table, row: int, column: str) -> str:
    """A code as the tables are read: with the leading zeros that a number has lost."""
    width = table.sheet.column(column).width or 0
    value = table.grid.value(row, table.columns[column])
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value or "").strip()
    return text.rjust(width, "0") if text else ""


def _edits(reading: Reading, office: Office, period: Period, moves: _Moves) -> Cells:
    before = reading.info.period
    new_year = before is not None and period.year > before.year
    edits: Cells = {sheet: dict.fromkeys(cells) for sheet, cells in emptied_cells(office, reading).items()}
    details = reading.book.grid(office.sheet("info").sheet)
    edits.setdefault(details.sheet if details else "", {}).update(_details(reading, office, period))
    for table in reading.tables.values():
        edits.setdefault(table.grid.sheet, {}).update(_TableEdits(table, new_year, moves).cells())
    ended = {old: (new, moves.names.get(new, "")) for old, new in moves.whole.items()}
    for sheet, cells in rolled_cells(reading, new_year, ended).items():
        edits.setdefault(sheet, {}).update(cells)
    if has_record(reading.book, office):
        tab, emptied = record_cells(reading.book, office.sheet("record"), None)
        edits.setdefault(tab, {}).update(emptied)
    cell = address(*reading.info.cells["period"])
    line = JournalLine(
        office.sheet("info").sheet, cell, str(before), str(period), lineage_note(Path(reading.file))
    )
    tab, lines = journal_cells(reading.book, office.sheet("journal"), [line], datetime.now())
    edits.setdefault(tab, {}).update(lines)
    return edits


def _details(reading: Reading, office: Office, period: Period) -> Iterator[tuple[str, Value]]:
    """Period and as-of date; what the tool wrote of the old report's seal is emptied."""
    cells = reading.info.cells
    for column in office.sheet("info").columns:
        if column.filled and column.name in cells and reading.info.values.get(column.name) is not None:
            yield address(*cells[column.name]), None
    yield address(*cells["period"]), str(period)
    if "as_of" in cells:
        yield address(*cells["as_of"]), period.last_day


@dataclass(slots=True)
class _TableEdits:
    """The new values of one table's cells."""

    table: Table
    new_year: bool
    moves: _Moves

    def cells(self) -> dict[str, Value]:
        """By address; rows that meet under one commune become the first of them."""
        first_of: dict[tuple[str, ...], int] = {}
        openings: dict[int, Decimal | None] = {}
        edits: dict[str, Value] = {}
        for row in self.table.rows:
            recoded = self._recoded(row)
            key = tuple(recoded.get(name) or _code(self.table, row, name) for name in self.table.sheet.key)
            first = first_of.setdefault(key, row)
            openings[row] = self._opening(row)
            if first != row and "commune" in self.table.sheet.key and all(key) and self.moves.whole:
                openings[first] = _sum(openings[first], openings.pop(row))
                edits |= {self._at(row, name): None for name in self.table.columns if self._held(row, name)}
                continue
            edits |= {self._at(row, name): None for name in self._emptied(row)}
            edits |= {
                self._at(row, name): text
                for name, text in recoded.items()
                if name in self.table.columns and not self._formula(row, name)
            }
        if "opening" in self.table.columns:
            edits |= dict(self._with_openings(openings))
        return edits | dict(self._typed_totals())

    def _recoded(self, row: int) -> dict[str, str]:
        """The commune of now and its name, where the row's commune has ended."""
        if "commune" not in self.table.columns:
            return {}
        code = _code(self.table, row, "commune")
        new = self.moves.whole.get(code)
        if new is None and "group" in self.table.columns and code not in self.moves.names:
            new = self.moves.groups.get(_code(self.table, row, "group"))
        if new is None:
            return {}
        return {"commune": new, "commune_name": self.moves.names.get(new, "")}

    def _emptied(self, row: int) -> Iterator[str]:
        for column in self.table.sheet.columns:
            of_period = (column.numeric and column.name not in _KEPT) or column.type == "choice"
            if of_period and self._held(row, column.name) and not self._formula(row, column.name):
                yield column.name

    def _opening(self, row: int) -> Decimal | None:
        """What the year begins with: the closing at its turn, else the opening as it is."""
        name = CARRIED.get(self.table.sheet.frame or self.table.sheet.id, "")
        return self._number(row, name if self.new_year else "opening")

    def _with_openings(self, openings: Mapping[int, Decimal | None]) -> Iterator[tuple[str, Value]]:
        changed = {row: value for row, value in openings.items() if value != self._number(row, "opening")}
        for row, value in changed.items():
            yield self._at(row, "opening"), value
        total = self.table.total_row
        if changed and total is not None and not self._formula(total, "opening"):
            numbers = (value or Decimal(0) for value in openings.values())
            yield self._at(total, "opening"), sum(numbers, Decimal(0))

    def _typed_totals(self) -> Iterator[tuple[str, Value]]:
        total = self.table.total_row
        if total is None:
            return
        for column in self.table.sheet.columns:
            name = column.name
            if (
                column.total
                and name not in _KEPT
                and self._held(total, name)
                and not self._formula(total, name)
            ):
                yield self._at(total, name), None

    def _number(self, row: int, name: str) -> Decimal | None:
        if name not in self.table.columns:
            return None
        value = self.table.grid.value(row, self.table.columns[name])
        column: Column = self.table.sheet.column(name)
        (number,), _ = read_numbers([value], column)
        return None if number is None else exact(number)

    def _held(self, row: int, name: str) -> bool:
        place = self.table.columns.get(name)
        return place is not None and self.table.grid.value(row, place) is not None

    def _formula(self, row: int, name: str) -> bool:
        return (row, self.table.columns[name]) in self.table.grid.formulas

    def _at(self, row: int, name: str) -> str:
        return self.table.cell(row, name)


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return other if one is None else one if other is None else one + other
