"""What an import would change in a workbook, cell by cell: old and new, with the source.

Rows are found by their keys, new ones go into blank rows of the table. A formula is left alone, and so is the
name that a person gave to something. An association's sheet is only ever proposed, and never where it has
numbers of its own. Read from top to bottom: the plan; a table; an association's sheet; values.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.imports.choose import ChosenFigures
from sheetcredit.imports.figures import ImportedFigure, Quality
from sheetcredit.model.errors import BadUsage, CannotWrite
from sheetcredit.model.grid import address
from sheetcredit.model.money import in_unit, quantize
from sheetcredit.model.period import Period
from sheetcredit.rulebook import Rulebook
from sheetcredit.template.definition import Column, Sheet
from sheetcredit.template.frames import Block
from sheetcredit.template.locate import Table, blank_rows
from sheetcredit.template.reading import Info, Reading
from sheetcredit.template.sources import ProposedStatement, recorded_lines
from sheetcredit.template.values import exact

Value = int | Decimal | str | date | None
Key = tuple[str, ...]
STATEMENTS = "statements"
_NAMES = {"commune_name": "communes", "association_name": "associations", "programme_name": "programmes",
          "source_name": "funding_sources"}  # fmt: skip
"""Columns that say in words what the code beside them is, by catalogue."""


@dataclass(frozen=True, slots=True)
class ChangedCell:
    """A cell that would be written: `row` is its row in words, `figure` None for a name from a catalogue."""

    sheet: str
    tab: str
    cell: str
    row: str
    column: str
    header: str
    old: Value
    new: Value
    figure: ImportedFigure | None = None

    @property
    def overwrites(self) -> bool:
        """Whether something else stands there already."""
        return self.old is not None


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """What would become of one sheet; `rows` of it the files give figures for.

    `added`: rows that are new; `absent`: rows of the workbook that no file mentions, left as they are.
    `formulas`: cells left alone as they hold a formula. `proposed`: an association's sheet filled from the
    bank's data; `stated`: one that has numbers of its own and is not touched.
    """

    sheet: str
    tab: str
    changes: tuple[ChangedCell, ...] = ()
    rows: int = 0
    same: int = 0
    added: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    formulas: int = 0
    proposed: bool = False
    stated: bool = False


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """All that an import would write into a workbook."""

    reading: Reading
    choice: ChosenFigures
    sheets: tuple[SheetPlan, ...]

    @property
    def changes(self) -> tuple[ChangedCell, ...]:
        """The cells that would be written, in the order of the sheets."""
        return tuple(change for sheet in self.sheets for change in sheet.changes)


def plan_import(
    reading: Reading, choice: ChosenFigures, rulebook: Rulebook, *, propose: bool = True
) -> ImportPlan:
    """What the chosen figures would change in a workbook; `propose`: associations' sheets as well.

    Raises:
        BadUsage: the files are of another office or day, or the workbook is of the office's own template.
        CannotWrite: a table cannot be recognised, or has too few blank rows.
    """
    if reading.own is not None:
        raise BadUsage("E-IMPORT-OWN", path=reading.file)
    _check_same(reading, choice, rulebook.catalogues)
    tables: dict[str, dict[Key, dict[str, ImportedFigure]]] = defaultdict(lambda: defaultdict(dict))
    names = _canonical(rulebook.catalogues, reading.info.office or choice.office)
    for (table, key, column), figure in choice.taken.items():
        tables[table][tuple(names.get(part, part) for part in key)][column] = figure
    sheets = [_plan_info(reading, choice, rulebook, tables.pop("info", {}))]
    sheets += [
        _plan_sheet(reading, sheet.id, tables[sheet.id], rulebook)
        for sheet in rulebook.office.tables()
        if sheet.id in tables and (propose or sheet.frame != STATEMENTS)
    ]
    return ImportPlan(reading, choice, tuple(sheets))


def _check_same(reading: Reading, choice: ChosenFigures, catalogues: Catalogues) -> None:
    info = reading.info
    if choice.office and info.office and not same_office(choice.office, info.office, catalogues):
        raise BadUsage("E-IMPORT-OTHER-OFFICE", path=reading.file, office=info.office, found=choice.office)
    day = info.as_of or (info.period.last_day if info.period else None)
    if choice.as_of and day and choice.as_of != day:
        raise BadUsage(
            "E-IMPORT-OTHER-DAY", path=reading.file, day=f"{day:%d/%m/%Y}", found=f"{choice.as_of:%d/%m/%Y}"
        )


def same_office(pos: str, code: str, catalogues: Catalogues) -> bool:
    """Whether a POS code of the bank and the code of a workbook mean one office."""
    entry = catalogues.office_on(code, date.today())
    known = {code, catalogues.office_code(code), entry.bank_code if entry else None}
    return pos in known or catalogues.office_code(pos) in known or pos[-len(code) :] == code


def _canonical(catalogues: Catalogues, office: str | None) -> Mapping[str, str]:
    """Our code of each commune that the bank has a code of its own for."""
    return {one.bank_code: one.code for one in catalogues.communes_of(office) if one.bank_code}


def _plan_info(
    reading: Reading,
    choice: ChosenFigures,
    rulebook: Rulebook,
    figures: Mapping[Key, Mapping[str, ImportedFigure]],
) -> SheetPlan:
    """The lines of `Thông tin` that nobody has filled in yet."""
    sheet, info = rulebook.office.sheet("info"), reading.info
    grid = reading.book.grid(sheet.sheet)
    tab = grid.sheet if grid else sheet.sheet
    told: dict[str, Value] = {"office": choice.office} if choice.office else {}
    told |= {name: figure.value for of_key in figures.values() for name, figure in of_key.items()}
    if choice.as_of is not None:
        told |= {"as_of": choice.as_of, "period": str(period_of(choice.as_of))}
    changes = [
        ChangedCell(
            sheet.id, tab, address(*info.cells[column.name]), column.header, column.name, column.header, None,
            told[column.name],
        )
        for column in sheet.columns
        if column.name in told and column.name in info.cells and _is_blank(info, column.name)
    ]  # fmt: skip
    return SheetPlan(sheet.id, tab, tuple(changes))


def _is_blank(info: Info, name: str) -> bool:
    return info.values.get(name) in (None, "")


def period_of(day: date) -> Period:
    """The quarter that a day lies in."""
    return Period(day.year, (day.month + 2) // 3)


# One table.


@dataclass(slots=True)
class _Rows:
    """A table while its rows are found and its cells are planned."""

    table: Table
    block: Block
    proposed: bool
    known: dict[Key, int] = field(default_factory=dict)
    blanks: list[int] = field(default_factory=list)
    needed: int = 0
    added: list[str] = field(default_factory=list)
    changes: list[ChangedCell] = field(default_factory=list)
    same: int = 0
    formulas: int = 0

    def write(
        self, row: int, index: int | None, key: Key, column: Column, new: Value, figure: ImportedFigure | None
    ) -> None:
        """ImportPlan one cell; `index` is the row's in the block, None for a new row."""
        place = self.table.columns.get(column.name)
        if place is None or new is None:
            return
        if (row, place) in self.table.grid.formulas:
            self.formulas += 1
            return
        held = None if index is None else self.block.columns[column.name][index]
        raw = self.table.grid.value(row, place)
        guess = figure is not None and figure.quality is Quality.PROPOSAL
        if held not in (None, "") and (column.type == "text" or (guess and not self.proposed)):
            return  # a person's name for something stays, and so does a number beside a mere proposal
        typed = raw if isinstance(new, (int, Decimal)) else held  # a code without its zeros is the same code
        if not (isinstance(new, (int, Decimal)) and isinstance(raw, str)) and _as_value(typed) == new:
            self.same += 1
            return
        self.changes.append(
            ChangedCell(self.table.sheet.id, self.table.grid.sheet, self.table.cell(row, column.name),
                   " ".join(key), column.name, column.header, _as_value(raw), new, figure)
        )  # fmt: skip


def _plan_sheet(
    reading: Reading, sheet_id: str, figures: Mapping[Key, Mapping[str, ImportedFigure]], rulebook: Rulebook
) -> SheetPlan:
    table = reading.tables.get(sheet_id)
    if table is None:
        tab = rulebook.office.sheet(sheet_id).sheet
        raise CannotWrite("E-IMPORT-SHEET", path=reading.file, sheet=tab)
    sheet = table.sheet
    frame = sheet.frame or sheet.id
    block = next(one for one in reading.blocks if one.sheet is sheet and one.frame == frame)
    rows = _Rows(table, block, frame == STATEMENTS)
    names = _canonical(rulebook.catalogues, reading.info.office)
    for index in range(len(block.rows)):
        key = tuple(str(block.columns[name][index] or "") for name in sheet.key)
        rows.known.setdefault(tuple(names.get(part, part) for part in key), index)
    if rows.proposed and _has_own_numbers(reading, block):
        return SheetPlan(sheet.id, table.grid.sheet, stated=True)
    rows.blanks = blank_rows(table)
    order = _catalogue_order(sheet, rulebook.catalogues)
    for key, of_key in sorted(figures.items(), key=lambda item: [order.get(part, part) for part in item[0]]):
        _plan_row(rows, key, of_key, reading, rulebook)
    if rows.needed > len(rows.blanks):
        raise CannotWrite(
            "E-MERGE-ROWS", path=reading.file, sheet=sheet.sheet, blank=len(rows.blanks), needed=rows.needed,
            more=rows.needed - len(rows.blanks),
        )  # fmt: skip
    absent = [" ".join(key) for key in rows.known if key not in figures and all(key)]
    changes, added = tuple(rows.changes), tuple(rows.added)
    return SheetPlan(
        sheet.id,
        table.grid.sheet,
        changes,
        len(figures),
        rows.same,
        added,
        tuple(absent),
        rows.formulas,
        rows.proposed,
    )


def _catalogue_order(sheet: Sheet, catalogues: Catalogues) -> Mapping[str, str]:
    """What codes are sorted by: their place in the catalogue, where they have one."""
    catalogued = [column.catalogue for column in sheet.columns if column.key and column.catalogue]
    return {
        entry.code: f"{place:05}"
        for catalogue in catalogued if catalogue != "communes"
        for place, entry in enumerate(catalogues.of(catalogue))
    }  # fmt: skip


def _plan_row(
    rows: _Rows, key: Key, figures: Mapping[str, ImportedFigure], reading: Reading, rulebook: Rulebook
) -> None:
    index = rows.known.get(key)
    if index is None:
        rows.needed += 1
        rows.added.append(" ".join(key))
        if rows.needed > len(rows.blanks):
            return
        row = rows.blanks[rows.needed - 1]
    else:
        row = rows.block.rows[index] - 1
    sheet = rows.table.sheet
    codes = dict(zip(sheet.key, key, strict=True))
    for column in sheet.columns:
        figure = figures.get(column.name)
        if column.name in codes:
            new: Value = codes[column.name] if index is None else None
            figure = next(iter(figures.values()), None)
        elif figure is not None:
            new = _value(figure, column, rows.block.unit)
        else:
            new = _named(column, codes, figures, reading, rulebook)
        rows.write(row, index, key, column, new, figure)


def _named(
    column: Column,
    codes: Mapping[str, str],
    figures: Mapping[str, ImportedFigure],
    reading: Reading,
    rulebook: Rulebook,
) -> str | None:
    """The name of a code, from the catalogues; None where it has none."""
    catalogue = _NAMES.get(column.name)
    if catalogue is None:
        return None
    of = column.name.removesuffix("_name")
    code = codes.get(of) or (str(figures[of].value) if of in figures else None)
    name = rulebook.catalogues.name_of(catalogue, code, reading.info.day, office=reading.info.office)
    return name if name and name != code else None


# An association's sheet: proposed where it is blank, or where what stands there was proposed before.


def _has_own_numbers(reading: Reading, block: Block) -> bool:
    """Whether somebody has stated something on an association's sheet, or has confirmed what was proposed."""
    numbers = any(
        value is not None
        for column in block.sheet.columns
        if column.numeric
        for value in block.columns[column.name]
    )
    return numbers and not is_open_proposal(reading, block.sheet.id)


def is_open_proposal(reading: Reading, sheet: str) -> bool:
    """Whether a sheet holds what was proposed from the bank's data and nobody has confirmed yet."""
    return any(
        isinstance(line.what, ProposedStatement) and line.what.sheet == sheet and not line.confirmed
        for line in recorded_lines(reading.book)
    )


# Values.


def _value(figure: ImportedFigure, column: Column, unit: int) -> Value:
    """A figure as its cell holds it: amounts in the unit of the sheet, in no more decimals than it has."""
    value = figure.value
    if isinstance(value, str):
        return value
    if column.type == "amount":
        in_units = in_unit(int(value), unit)
        return _plain(in_units if unit == 1 else quantize(in_units, column.decimals))
    return _plain(Decimal(value))


def _plain(number: Decimal) -> int | Decimal:
    return int(number) if number == number.to_integral_value() else number.normalize()


def _as_value(held: object) -> Value:
    """What a cell holds, as changes are told: numbers as they were typed, to the last digit."""
    if isinstance(held, bool) or held is None:
        return None if held is None else str(held)
    if isinstance(held, (int, float)):
        return _plain(exact(float(held)))
    if isinstance(held, date):
        return held
    return str(held)
