"""A workbook in memory: what reading the file would give, without writing one.

Totals are SUM formulas whose values are recalculated, as a spreadsheet program does on saving.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sheetcredit.build import forms as layout
from sheetcredit.build.tables import sum_as_excel
from sheetcredit.build.workbook import Content
from sheetcredit.model.grid import Book, CellValue, Formula, Grid, address, column_letters
from sheetcredit.template.definition import Office as Template
from sheetcredit.template.definition import Sheet, load_office

Row = dict[str, object]


@dataclass
class Typed:
    """An office's content while mistakes are typed into it: rows are the same objects until the end.

    `totals`: by sheet and column, a number typed over the total, or the rows its SUM leaves out.
    """

    info: Row
    tables: dict[str, list[Row]]
    typed_totals: dict[tuple[str, str], int | Decimal] = field(default_factory=dict)
    short_totals: dict[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def of(cls, content: Content) -> Typed:
        """A copy to type into."""
        return cls(
            dict(content.info), {name: [dict(row) for row in rows] for name, rows in content.tables.items()}
        )

    def place(self, sheet: str, row: Row | None, column: str) -> tuple[str, str]:
        """Tab and A1 address of a column in a row (None: the total row), as things stand now."""
        definition = load_office().sheet(sheet)
        names = [each.name for each in definition.columns]
        if definition.kind == "labels":
            return definition.sheet, address(layout.SUBTITLE + 1 + names.index(column), 2)
        rows = self.tables[sheet]
        at = len(rows) if row is None else next(i for i, other in enumerate(rows) if other is row)
        return definition.sheet, address(layout.FIRST_ROW + at, names.index(column))


def make_book(typed: Typed, path: str) -> Book:
    """The book as a reader would hand it over."""
    template = load_office()
    grids = {"Thông tin": _info(template, typed.info)}
    for sheet in template.tables():
        grids[sheet.sheet] = _table(sheet, typed)
    for sheet in template.sheets:
        if sheet.kind == "output":
            grids[sheet.sheet] = Grid(sheet.sheet, [])
    return Book(path, grids)


def _info(template: Template, info: Mapping[str, object]) -> Grid:
    sheet = template.sheet("info")
    rows: list[list[CellValue]] = [[] for _ in range(layout.SUBTITLE + 1)]
    rows += [["", column.header, _value(info.get(column.name))] for column in sheet.columns]
    return Grid(sheet.sheet, rows)


def _table(sheet: Sheet, typed: Typed) -> Grid:
    rows = typed.tables[sheet.id]
    blank: list[list[CellValue]] = [[] for _ in range(layout.HEADER)]
    headers: list[CellValue] = [column.header for column in sheet.columns]
    numbering: list[CellValue] = [f"({place + 1})" for place in range(len(sheet.columns))]
    body: list[list[CellValue]] = [[_value(row.get(c.name)) for c in sheet.columns] for row in rows]
    total, formulas = _total(sheet, typed, rows)
    return Grid(sheet.sheet, [*blank, headers, numbering, *body, total], formulas)


def _total(
    sheet: Sheet, typed: Typed, rows: Sequence[Row]
) -> tuple[list[CellValue], dict[tuple[int, int], Formula]]:
    line: list[CellValue] = [""] * len(sheet.columns)
    line[0] = "Tổng cộng"
    formulas: dict[tuple[int, int], Formula] = {}
    at = layout.FIRST_ROW + len(rows)
    for place, column in enumerate(sheet.columns):
        if column.total is None:
            continue
        if (sheet.id, column.name) in typed.typed_totals:
            line[place] = float(typed.typed_totals[sheet.id, column.name])
            continue
        first, last = layout.FIRST_ROW, at - 1
        left_out = typed.short_totals.get((sheet.id, column.name))
        first, last = first + (left_out == "first"), last - (left_out == "last")
        summed = rows[first - layout.FIRST_ROW : last - layout.FIRST_ROW + 1]
        line[place] = float(sum_as_excel(row.get(column.name) for row in summed))
        letters = column_letters(place)
        formulas[at, place] = Formula(f"SUM({letters}{first + 1}:{letters}{last + 1})", str(line[place]))
    return line, formulas


def _value(value: object) -> CellValue:
    if value is None:
        return ""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return float(value)
    assert isinstance(value, (str, float, date))
    return value
