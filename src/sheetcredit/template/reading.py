"""A workbook's grids understood as an office workbook: its details, its tables, what is odd."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from sheetcredit.catalogue.catalogue import load_catalogue
from sheetcredit.model.errors import NotOurTemplate
from sheetcredit.model.finding import Finding, severity_of
from sheetcredit.model.grid import Book, CellValue, Grid, address
from sheetcredit.model.period import Period, find_period
from sheetcredit.model.text import fold, shortened
from sheetcredit.template.blank import mark_blank_columns
from sheetcredit.template.definition import Column, Office, Sheet
from sheetcredit.template.frames import Block, folded_choices, read_table
from sheetcredit.template.headers import header_text, likeness
from sheetcredit.template.locate import Table, locate_table
from sheetcredit.template.on_paper import find_on_paper
from sheetcredit.template.values import (
    BOUND_CODES,
    Oddity,
    exact,
    keeps,
    read_choices,
    read_codes,
    read_dates,
    read_numbers,
    read_texts,
)  # fmt: skip
from sheetcredit.template.wording import form, has_words

if TYPE_CHECKING:
    from sheetcredit.template.mapping import OwnTemplate

DEFAULT_UNIT = 1_000_000
_LONGEST_NAME = 200
"""An office's name stands in headings, subjects and file names: of a longer one the beginning."""


@dataclass(frozen=True, slots=True)
class Info:
    """What `Thông tin` says. `unit` is the worth in đồng of what the book counts in."""

    office: str | None
    office_name: str
    period: Period | None
    as_of: date | None
    unit: int
    unit_name: str
    share_rounding: str
    values: Mapping[str, object]
    cells: Mapping[str, tuple[int, int]]

    @property
    def day(self) -> date:
        """The day the figures speak of: the as-of date, or the period's last day, or today's template.

        An as-of date outside the period is a slip (R12): codes and limits are then those of the period.
        """
        period = self.period
        if self.as_of and (period is None or period.first_day <= self.as_of <= period.last_day):
            return self.as_of
        return period.last_day if period else date.today()


@dataclass(frozen=True, slots=True)
class Reading:
    """One workbook, understood. `blocks` are what `stack` makes frames of."""

    book: Book
    info: Info
    tables: Mapping[str, Table]
    blocks: tuple[Block, ...]
    findings: tuple[Finding, ...] = field(default=())
    own: OwnTemplate | None = None
    """The mapping by which it was read, where it is of the office's own template."""
    tabs: Mapping[str, str] = field(default_factory=dict)
    """The workbook's own names of our sheets, where they are others."""

    @property
    def file(self) -> str:
        """The workbook's path, as findings name it."""
        return self.book.path

    @property
    def unfilled(self) -> tuple[Table, ...]:
        """The tables that cannot be empty and have not a single number in them yet.

        That of an association may be, unless the groups or the ledger have a number of it.
        """
        filled = {block.sheet.id for block in self.blocks if _has_numbers(block)}
        empty = [table for table in self.tables.values() if table.sheet.id not in filled]
        spoken_of = {code for block in self.blocks for code in _associations(block)} if empty else set()
        return tuple(
            t for t in empty if t.sheet.needs_data or t.sheet.constants.get("association") in spoken_of
        )

    def table_named(self, sheet: str) -> Table | None:
        """The table on the sheet of that name."""
        return next((table for table in self.tables.values() if table.sheet.sheet == sheet), None)

    def place(self, sheet: str, row: int, column: str) -> tuple[str | None, int]:
        """A1 address and Excel row of a column (English name) in an Excel row of a sheet."""
        if column in self.info.cells and self.table_named(sheet) is None:
            line, place = self.info.cells[column]
            return address(line, place), line + 1
        table = self.table_named(sheet)
        if table is None or column not in table.columns:
            return None, row
        return table.cell(row - 1, column), row


def _has_numbers(block: Block) -> bool:
    if block.frame.endswith(".total"):
        return False
    return any(
        value is not None
        for column in block.sheet.columns
        if column.numeric
        for value in block.columns[column.name]
    )


def _associations(block: Block) -> Iterator[str]:
    """The associations of the rows that have a number other than 0."""
    codes = block.columns.get("association")
    if codes is None or block.frame.endswith(".total"):
        return
    numbers = [block.columns[column.name] for column in block.sheet.columns if column.numeric]
    for row, code in enumerate(codes):
        if isinstance(code, str) and any(column[row] for column in numbers):
            yield code


def understand(book: Book, office: Office) -> Reading:
    """The workbook as an office workbook.

    Raises:
        NotOurTemplate: it has too few of our sheets, or follows another template version.
    """
    grids = _our_grids(book, office)
    findings = [*_missing_sheets(book, office, grids), *_namesakes(book, office)]
    info, info_findings = _read_info(book, office, grids.get("info"))
    findings.extend(info_findings)
    tables: dict[str, Table] = {}
    blocks: list[Block] = []
    for sheet in office.tables():
        if sheet.id not in grids:
            continue
        located = locate_table(book.path, sheet, grids[sheet.id], office.conventions)
        findings.extend(located.findings)
        if located.table is None:
            continue
        tables[sheet.id] = located.table
        typed = read_table(book.path, located.table, info.unit)
        blocks.extend(typed.blocks)
        findings.extend(typed.findings)
    blank = mark_blank_columns(book.path, tables, blocks, office.conventions.empty_column_rows)
    findings.extend(blank.findings)
    findings.extend(find_on_paper(book, office, tables, info.unit, unit_choices()))
    named = {sheet.sheet: grids[sheet.id].sheet for sheet in office.sheets if sheet.id in grids}
    tabs = {ours: tab for ours, tab in named.items() if fold(ours) != fold(tab)}
    return Reading(book, info, tables, blank.blocks, tuple(findings), tabs=tabs)


def info_of(book: Book, office: Office) -> Info:
    """What `Thông tin` of a workbook says; it may have been read without its other sheets.

    Raises:
        NotOurTemplate: it follows another template version.
    """
    return _read_info(book, office, book.grid(office.sheet("info").sheet))[0]


def _our_grids(book: Book, office: Office) -> dict[str, Grid]:
    """By id of the sheet, the grid that bears its name, however it is cased, spaced or composed.

    Of several such grids one counts that bears the name letter for letter; where none does, none counts.
    """
    alike = _alike(book, office)
    found = {
        sheet.id: book.grids.get(sheet.sheet) or (alike[sheet.id][0] if len(alike[sheet.id]) == 1 else None)
        for sheet in office.sheets
    }
    grids = {sheet_id: grid for sheet_id, grid in found.items() if grid is not None}
    wanted = [sheet for sheet in office.sheets if sheet.kind != "output"]
    present = [sheet for sheet in wanted if sheet.id in grids]
    if len(present) * 2 < len(wanted):
        missing = ", ".join(sheet.sheet for sheet in wanted if sheet.id not in grids)
        raise NotOurTemplate("E-TEMPLATE", path=book.path, reason=f"thiếu trang / missing sheets: {missing}")
    return grids


def _alike(book: Book, office: Office) -> dict[str, list[Grid]]:
    """By id of the sheet, all grids whose names are the same to people."""
    by_name: dict[str, list[Grid]] = defaultdict(list)
    for name, grid in book.grids.items():
        by_name[fold(name)].append(grid)
    usual = {sheet.id: by_name[fold(sheet.sheet)] for sheet in office.sheets}
    for sheet in office.sheets:  # another spelling counts where no sheet bears the name itself
        if not usual[sheet.id]:
            usual[sheet.id] = [grid for name in sheet.aliases for grid in by_name[fold(name)]]
    return usual


def _namesakes(book: Book, office: Office) -> Iterator[Finding]:
    """S-TWICE, S-NAMESAKE: sheets whose names look the same, told apart by one exact name or not at all."""
    for sheet_id, grids in _alike(book, office).items():
        if len(grids) > 1:
            sheet = office.sheet(sheet_id).sheet
            code = "S-NAMESAKE" if sheet in book.grids else "S-TWICE"
            names = ", ".join(f"`{grid.sheet}`" for grid in grids)
            yield Finding(
                file=book.path, code=code, severity=severity_of(code), sheet=sheet,
                details={"names": names, "sheet": sheet}, key=f"{code}|{sheet}",
            )  # fmt: skip


def _missing_sheets(book: Book, office: Office, grids: Mapping[str, Grid]) -> Iterable[Finding]:
    ours = {grid.sheet for grid in grids.values()}
    twice = {sheet_id for sheet_id, alike in _alike(book, office).items() if len(alike) > 1}
    spare = {fold(name): name for name in book.grids if name not in ours}
    for sheet in office.sheets:
        if sheet.id in grids or sheet.id in twice or sheet.optional:
            continue
        wanted = fold(sheet.sheet)
        near = get_close_matches(wanted, spare, 1, office.conventions.near_miss)
        near = near or [name for name in spare if wanted in name]
        code = "S-RENAMED" if near else "S-MISSING"
        alike = round(100 * likeness(near[0], wanted)) if near else 0
        yield Finding(
            file=book.path, code=code, severity=severity_of(code), sheet=sheet.sheet,
            details={"found": spare[near[0]] if near else "", "likeness": alike}, key=f"{code}|{sheet.sheet}",
        )  # fmt: skip


@cache
def unit_choices() -> Mapping[str, tuple[str, int]]:
    """By each folded spelling of a unit its name, and what it is worth in đồng."""
    return {
        fold(text): (entry.name.vi, entry.dong or 1)
        for entry in load_catalogue("units")
        for text in (entry.name.vi, *entry.aliases)
    }


def _read_info(book: Book, office: Office, grid: Grid | None) -> tuple[Info, list[Finding]]:
    sheet = office.sheet("info")
    findings: list[Finding] = []
    values: dict[str, object] = {}
    cells = _value_cells(sheet, book, grid) if grid else {}
    for column in sheet.columns:
        place = cells.get(column.name)
        raw = grid.value(*place) if grid and place else None
        read = _info_value(raw, column)
        values[column.name] = read.value
        if grid is None:
            continue
        if read.code:
            findings.append(_info_finding(book.path, sheet, column, place, read.code, raw, read.details))
        elif read.value is None and column.required:
            needed = {"column": column.header}
            findings.append(_info_finding(book.path, sheet, column, place, "V-REQUIRED", None, needed))
        for check in office.checks_of(column):
            if not keeps(read.value, check):
                code, broken = BOUND_CODES.get(check.check, "V-RANGE"), {"rule": check.rule.both()}
                findings.append(_info_finding(book.path, sheet, column, place, code, raw, broken))
    _check_version(book, office, values.get("template_version"))
    unit_text = values.get("unit")
    unit_name, unit = unit_choices().get(fold(str(unit_text or "")), ("triệu đồng", DEFAULT_UNIT))
    defaults = {column.name: column.default for column in sheet.columns}
    rounding = values.get("share_rounding") or defaults.get("share_rounding") or ""
    info = Info(
        office=_text_or_none(values.get("office")),
        office_name=shortened(str(values.get("office_name") or ""), _LONGEST_NAME),
        period=find_period(str(values.get("period") or "")),
        as_of=values["as_of"] if isinstance(values.get("as_of"), date) else None,  # type: ignore[arg-type]
        unit=unit,
        unit_name=unit_name,
        share_rounding=str(rounding),
        values=values,
        cells=cells,
    )
    return info, findings


def _text_or_none(value: object) -> str | None:
    return None if value is None else str(value)


def _value_cells(sheet: Sheet, book: Book, grid: Grid) -> dict[str, tuple[int, int]]:
    """Where the value of each label stands: its named cell, else the first filled cell to its right."""
    labels = {header_text(text): c for c in sheet.columns for text in (c.header, *c.aliases)}
    named = {c.name: _named_cell(book, grid, c) for c in sheet.columns}
    cells = {name: place for name, place in named.items() if place is not None}
    seen: set[str] = set()
    for row, line in enumerate(grid.rows):
        for place, value in enumerate(line):
            column = labels.get(header_text(value)) if isinstance(value, str) and value else None
            if column is None or column.name in seen:
                continue
            seen.add(column.name)
            known = named[column.name]
            if known is None or known[0] != row or known[1] <= place:  # the label was moved, the name not
                cells[column.name] = (row, _beside(grid, row, place, column, labels))
            break
    return cells


def _named_cell(book: Book, grid: Grid, column: Column) -> tuple[int, int] | None:
    sheet, row, place = book.names.get(column.name_in_book or "", ("", 0, 0))
    return (row, place) if sheet == grid.sheet else None


def _beside(grid: Grid, row: int, place: int, column: Column, labels: Mapping[str, Column]) -> int:
    """The first filled cell to the right of a label, else the next one: a hint is not a value."""
    for beyond in range(place + 1, len(grid.rows[row])):
        text = grid.text(row, beyond)
        if not text.strip():
            continue
        hint = f"hint-{column.name}"
        is_hint = beyond > place + 1 and has_words(hint) and fold(text) == fold(form(hint))
        return place + 1 if is_hint or header_text(text) in labels else beyond
    return place + 1


class _InfoValue(NamedTuple):
    """A value of `Thông tin`, and what was odd about it: a code of the findings catalogue."""

    value: object
    code: str | None
    details: Mapping[str, object]


def _info_value(raw: CellValue, column: Column) -> _InfoValue:
    oddities: list[Oddity]
    read: Sequence[object]
    if column.name == "unit":
        read, oddities = read_choices([raw], {key: name for key, (name, _) in unit_choices().items()})
    elif column.type == "code":
        read, oddities = read_codes([raw], column)
    elif column.type == "count":
        read, oddities = read_numbers([raw], column)
        oddities = [oddity for oddity in oddities if oddity.code != "V-TEXTNUM"]  # nobody adds it up
    elif column.type == "date":
        read, oddities = read_dates([raw])
    elif column.choices:
        read, oddities = read_choices([raw], folded_choices(column.choices))
    else:
        read, oddities = read_texts([_period_text(raw) if column.name == "period" else raw], column)
    if oddities:
        return _InfoValue(read[0], oddities[0].code, oddities[0].details)
    return _InfoValue(read[0], None, {})


def _period_text(raw: CellValue) -> CellValue:
    """A period as it was typed: a spreadsheet makes a day of `2026-09` and a number of `2026`."""
    if isinstance(raw, date) and raw.day == 1:
        return f"{raw:%Y-%m}"
    return str(int(raw)) if isinstance(raw, float) and raw.is_integer() else raw


def _info_finding(
    file: str,
    sheet: Sheet,
    column: Column,
    place: tuple[int, int] | None,
    code: str,
    raw: CellValue,
    details: Mapping[str, object],
) -> Finding:
    value = exact(raw) if isinstance(raw, float) else None if raw is None else str(raw)
    return Finding(
        file=file, code=code, severity=severity_of(code), sheet=sheet.sheet,
        cell=address(*place) if place else None, row=place[0] + 1 if place else None,
        column=column.header if place else None, value=value, details=details,
        key=f"{code}|{sheet.sheet}|{column.name}",
    )  # fmt: skip


def _check_version(book: Book, office: Office, found: object) -> None:
    expected = office.conventions.version
    if isinstance(found, float) and found != expected:
        raise NotOurTemplate("E-VERSION", path=book.path, found=f"{found:g}", expected=expected)
