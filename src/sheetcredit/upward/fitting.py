"""Rows of a statement fitted into a table of the office workbook: known ones by code, new ones in blank rows.

Only cells are written. Amounts go from one unit to the other exactly; a number that the office holds more
finely than the statement, and that rounds to it, stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from sheetcredit.model.money import quantize
from sheetcredit.template.cells import exact
from sheetcredit.template.definition import Column
from sheetcredit.template.frames import Block
from sheetcredit.template.locate import Table
from sheetcredit.template.reading import Reading

Value = int | Decimal | str | None


@dataclass(frozen=True, slots=True)
class Fitted:
    """What fitting one statement into one table came to.

    `added`, `emptied` and `unmentioned` are codes of rows: written into blank ones; whose numbers were
    taken out, as the statement no longer has the row; of the office's own that the statement is silent on.
    """

    sheet: str
    rows: int
    cells: int
    added: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    unmentioned: tuple[str, ...] = ()


@dataclass(slots=True)
class Form:
    """A table of the office workbook while it is filled: rows by code, blank rows, the edits so far."""

    table: Table
    block: Block
    unit: int
    known: dict[str, int] = field(default_factory=dict)
    blanks: list[int] = field(default_factory=list)
    needed: int = 0
    edits: dict[str, Value] = field(default_factory=dict)

    @classmethod
    def of(cls, reading: Reading, sheet_id: str) -> Form | None:
        """The form of a sheet; None where its table cannot be recognised."""
        table = reading.tables.get(sheet_id)
        if table is None:
            return None
        frame = table.sheet.frame or table.sheet.id
        held = (block for block in reading.blocks if block.sheet is table.sheet and block.frame == frame)
        block = next(held)
        form = cls(table, block, block.unit)
        for index, key in enumerate(block.columns[table.sheet.key[0]]):
            if key is not None:
                form.known.setdefault(str(key), index)
        form.blanks = _blank_rows(table)
        return form

    def take_blank(self) -> int | None:
        """The next blank row (zero-based), or None when there is none left."""
        self.needed += 1
        return self.blanks[self.needed - 1] if self.needed <= len(self.blanks) else None

    def holds(self, index: int | None, column: Column) -> object:
        """What a known row says in a column; None for a new row."""
        return None if index is None else self.block.columns[column.name][index]

    def is_text(self, index: int | None, column: Column) -> bool:
        """Whether a number stands there as text."""
        return index is not None and f"~{column.name}" in self.block.bad.get(index, frozenset())


def fit_list(form: Form, incoming: Block) -> Fitted:
    """The association's commune list: what it says holds, and what it leaves out is emptied."""
    fitted = _fit(form, incoming, range(len(incoming.rows)), {}, whole=True)
    stated = {str(key) for key in incoming.columns[form.table.sheet.key[0]] if key is not None}
    emptied = [code for code, index in form.known.items() if code not in stated and _empty(form, index)]
    return replace(fitted, emptied=tuple(emptied))


def fit_groups(form: Form, incoming: Block, association: str, skip: frozenset[str]) -> Fitted:
    """The association's own groups; those in `skip`, and of other associations, are left out.

    A group that the statement does not mention stays as the office has it: it is told, not emptied.
    """
    column = "association"
    own = [
        index
        for index, code in enumerate(incoming.columns[column])
        if code in (None, association) and incoming.columns["group"][index] not in skip
    ]
    fitted = _fit(form, incoming, own, {column: association}, whole=False)
    stated = {str(incoming.columns["group"][index]) for index in own}
    silent = [
        code
        for code, index in form.known.items()
        if form.block.columns[column][index] == association and code not in stated
    ]
    return replace(fitted, unmentioned=tuple(silent))


def _fit(
    form: Form, incoming: Block, indexes: Sequence[int], fixed: Mapping[str, str], *, whole: bool
) -> Fitted:
    """`whole`: an empty number empties the office's; otherwise what the office has stays."""
    key = form.table.sheet.key[0]
    before, added, seen = len(form.edits), [], set()
    for index in indexes:
        code = incoming.columns[key][index]
        if code is None or code in seen:
            continue
        seen.add(code)
        known = form.known.get(str(code))
        row = form.block.rows[known] - 1 if known is not None else form.take_blank()
        if known is None:
            added.append(str(code))
        if row is None:
            continue
        for column in form.table.sheet.columns:
            if column.name in form.table.columns and column.name not in incoming.bad.get(index, frozenset()):
                raw = fixed.get(column.name, incoming.columns[column.name][index])
                _write(form, known, row, column, _converted(raw, column, incoming.unit, form.unit), whole)
    return Fitted(form.table.sheet.sheet, len(seen), len(form.edits) - before, tuple(added))


def _write(form: Form, known: int | None, row: int, column: Column, value: Value, whole: bool) -> None:
    held = _converted(form.holds(known, column), column, form.unit, form.unit)
    if value is None and (held is None or not (whole and column.numeric)):
        return
    same = held == value or (not whole and column.type == "amount" and _rounds_to(held, value))
    if not same or form.is_text(known, column):
        form.edits[form.table.cell(row, column.name)] = held if same else value


def _empty(form: Form, index: int) -> bool:
    """Takes the numbers out of a row; whether there were any."""
    row, any_left = form.block.rows[index] - 1, False
    for column in form.table.sheet.columns:
        value = form.holds(index, column)
        if column.numeric and column.name in form.table.columns and value is not None:
            form.edits[form.table.cell(row, column.name)] = None
            any_left = any_left or bool(value)
    return any_left


def _converted(value: object, column: Column, unit: int, into: int) -> Value:
    """A typed value as it is written: amounts in the other unit, to the last digit."""
    if isinstance(value, float):
        number = exact(value)
        if column.type == "amount" and unit != into:
            number = number * unit / into
        return int(number) if number == number.to_integral_value() else number.normalize()
    return None if value is None else str(value)


def _rounds_to(held: Value, value: Value) -> bool:
    """Whether a number is the other one in more digits."""
    if not isinstance(held, Decimal) or isinstance(value, str) or value is None:
        return False
    decimals = max(-int(Decimal(value).as_tuple().exponent), 0)
    return quantize(held, decimals) == value


def _blank_rows(table: Table) -> list[int]:
    """The rows within the table, above its total, in which nothing stands at all."""
    if table.total_row is None:
        return []
    used = set(table.rows) | {row for row, _ in table.grid.formulas}
    inside = range(table.header_row + 1, table.total_row)
    return [row for row in inside if row not in used and not any(map(_stands, table.grid.rows[row]))]


def _stands(value: object) -> bool:
    return value is not None and not (isinstance(value, str) and not value.strip())
