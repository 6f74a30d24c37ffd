"""Planted mistakes: read from their file, typed over a case's content, found again by address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal

import yaml

from sheetcredit.build import forms as layout
from sheetcredit.build.workbook import Content
from sheetcredit.model.grid import address
from sheetcredit.template.definition import Sheet, load_office

MISTAKES = Path(__file__).parent / "an-duong-2024q1-loi.yaml"
Row = Mapping[str, object]
Kind = Literal["value", "text", "number", "moved", "repeated", "total"]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake; the head of its file says what each field means."""

    id: int
    kind: Kind
    sheet: str
    key: Mapping[str, str]
    column: str
    before: object
    after: object
    story: str
    expect: tuple[str, ...]
    also: Mapping[str, object] = field(default_factory=dict)

    @property
    def definition(self) -> Sheet:
        """The sheet it is made on."""
        sheet = load_office().named(self.sheet)
        if sheet is None:
            raise ValueError(f"mistake {self.id}: no sheet {self.sheet}")
        return sheet

    @property
    def column_name(self) -> str:
        """The English name of its column."""
        return name_of_column(self.definition, self.column)


def read_mistakes(path: Path = MISTAKES) -> tuple[Mistake, ...]:
    """The mistakes of a file, in its order."""
    listed = yaml.safe_load(path.read_text(encoding="utf-8"))["mistakes"]
    return tuple(Mistake(**{**entry, "expect": tuple(entry["expect"])}) for entry in listed)


def name_of_column(sheet: Sheet, header: str) -> str:
    """The English name of the column with that header."""
    return next(column.name for column in sheet.columns if column.header == header)


def type_in(content: Content, mistakes: Sequence[Mistake]) -> Content:
    """The content with the mistakes typed in.

    A total whose range is too short is no content: `seeds.build` changes the formula itself.

    Raises:
        ValueError: a value is not what the mistake says it was before.
    """
    info = dict(content.info)
    tables = {sheet: [dict(row) for row in rows] for sheet, rows in content.tables.items()}
    for mistake in mistakes:
        sheet = mistake.definition
        if mistake.kind == "total":
            continue
        cells = info if sheet.kind == "labels" else tables[sheet.id][_row(mistake, tables[sheet.id])]
        if not same(cells[mistake.column_name], mistake.before):
            raise ValueError(f"mistake {mistake.id}: {cells[mistake.column_name]} stands there before")
        if mistake.kind == "repeated":
            tables[sheet.id].insert(_row(mistake, tables[sheet.id]), dict(cells))
            continue
        cells[mistake.column_name] = mistake.after
        for header, value in mistake.also.items():
            cells[name_of_column(sheet, header)] = value
    return Content(info, tables)


def same(one: object, other: object) -> bool:
    """Whether two typed values are the same; a text never equals a number."""
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    if isinstance(one, (int, float, Decimal)) and isinstance(other, (int, float, Decimal)):
        return Decimal(str(one)) == Decimal(str(other))
    return one == other


def cell_of(mistake: Mistake, content: Content) -> str:
    """The A1 address of a mistake's cell in the workbook of `content` (the one with mistakes)."""
    sheet = mistake.definition
    names = [column.name for column in sheet.columns]
    if sheet.kind == "labels":
        return address(layout.SUBTITLE + 1 + names.index(mistake.column_name), 2)
    rows = content.tables[sheet.id]
    if mistake.kind == "total":
        row = len(rows)
    else:
        row = _row(mistake, rows, typed=True) + (mistake.kind == "repeated")
    return address(layout.FIRST_ROW + row, names.index(mistake.column_name))


def _row(mistake: Mistake, rows: Sequence[Row], *, typed: bool = False) -> int:
    """The place of the first row with the mistake's key; `typed`: as the key reads afterwards."""
    key: dict[str, object] = dict(mistake.key)
    if typed and mistake.column_name in key:
        key[mistake.column_name] = mistake.after
    for place, row in enumerate(rows):
        if all(same(row[name], value) for name, value in key.items()):
            return place
    raise ValueError(f"mistake {mistake.id}: no row {dict(mistake.key)} on {mistake.sheet}")
