"""Text as it should be written: Unicode, composed, single spaces, the tone on the right vowel."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Literal

from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.checks.drift import summed_rows
from sheetcredit.model.errors import BadUsage, CannotWrite
from sheetcredit.model.grid import CellValue, Grid, address
from sheetcredit.model.legacy_fonts import converted_from_legacy, from_tcvn3, from_vni
from sheetcredit.model.money import parse_number
from sheetcredit.model.text import composed, fold, word
from sheetcredit.model.vietnamese import with_new_tones
from sheetcredit.repair.journal import JournalLine, journal_cells
from sheetcredit.rulebook import Rulebook, our_rulebook
from sheetcredit.template.definition import Column, Office
from sheetcredit.template.headers import header_text, known_headers
from sheetcredit.template.locate import Table
from sheetcredit.template.reading import Reading, understand
from sheetcredit.template.values import exact, read_codes, read_numbers
from sheetcredit.xlsx.cells import FormulaValue
from sheetcredit.xlsx.patch import patch_cells
from sheetcredit.xlsx.read import read_book
from sheetcredit.xlsx.sums import evaluate

RepairKind = Literal[
    "number", "code", "TCVN3", "VNI", "compose", "spaces", "tones", "restated", "total", "thousands"
]

# Line breaks within a cell are wanted; marks of no width are not, apart from the soft hyphen, which is a
# letter in TCVN3.
_SPACES = re.compile(r"[^\S\n\r]+")
_NO_WIDTH = re.compile("[\u200b-\u200d\u2060\ufeff]")
_AROUND_BREAKS = re.compile(r" *(\r?\n) *")


@dataclass(frozen=True, slots=True)
class Repaired:
    """A text as it should be written, and what was done to it."""

    text: str
    kinds: tuple[RepairKind, ...]


def repaired_text(text: str) -> Repaired:
    """The text put right in the order: legacy font, composition, spaces, tones."""
    kinds: list[RepairKind] = []
    if (converted := converted_from_legacy(text)) is not None:
        text = converted.text
        kinds.append(converted.font)
    for kind, step in _STEPS:
        better = step(text)
        if better != text:
            kinds.append(kind)
            text = better
    return Repaired(text, tuple(kinds))


def _composed(text: str) -> str:
    return composed(text)


def single_spaced(text: str) -> str:
    """Text without surplus, non-breaking and invisible spaces; its line breaks stay."""
    return _AROUND_BREAKS.sub(r"\1", _SPACES.sub(" ", _NO_WIDTH.sub("", text))).strip()


_STEPS: tuple[tuple[RepairKind, Callable[[str], str]], ...] = (
    ("compose", _composed), ("spaces", single_spaced), ("tones", with_new_tones),
)  # fmt: skip


# What can be repaired in a workbook: cells whose value is certain but badly written.
#
# Formulas, dates, anything ambiguous and every cell outside the tables and details are left alone.

GROUPS = "groups"
_EXACT_DIGITS = 15  # what a spreadsheet keeps of a number
_ACCOUNT = {"opening": 1, "disbursement": 1, "collection": -1, "write_off": -1}
"""What a balance follows from, and with which sign."""
_ROUNDED = 2
"""How far five rounded numbers of a row may be apart."""
_COVERS = (Decimal("0.5"), Decimal(3))
"""All sources together against what the programmes owe: between these, the unit is the same."""
_SEVERAL = 3
"""So many rows with the same slip are a setting of the machine, not a slip of the finger."""
NewValue = str | Decimal | FormulaValue


@dataclass(frozen=True, slots=True)
class Repair:
    """One cell: what it holds, what it should hold, and why; `column` is its header."""

    sheet: str
    cell: str
    column: str
    old: str
    new: NewValue
    kinds: tuple[RepairKind, ...]


def find_repairs(reading: Reading, office: Office) -> list[Repair]:
    """All safe repairs of how a value is written, in the order of the sheets and rows."""
    repairs: list[Repair] = []
    for sheet in office.sheets:
        if sheet.kind == "labels":
            repairs += _of_details(reading, office)
        elif sheet.id in reading.tables:
            repairs += _of_table(reading.tables[sheet.id])
            repairs += _of_thousands(reading.tables[sheet.id], _owed(reading))
    return repairs


def _owed(reading: Reading) -> Decimal:
    """What the programmes owe in all, in the workbook's unit; 0 where that sheet does not say."""
    table = reading.tables.get("programmes")
    place = table.columns.get("balance") if table else None
    return Decimal(0) if table is None or place is None else _sum_of_rows(table, place)


def find_restated(reading: Reading, catalogues: Catalogues) -> list[Repair]:
    """Groups whose commune ended, in the one it became; of a divided one, where somebody put the group."""
    table = reading.tables.get(GROUPS)
    return list(_restated(reading, table, catalogues)) if table else []


def _restated(reading: Reading, table: Table, catalogues: Catalogues) -> Iterator[Repair]:
    office, day = reading.info.office, reading.info.day
    known = {one.code: one for one in catalogues.communes_of(office) if one.valid_on(day)}
    ended = {one.code: one.valid_to for one in catalogues.communes_of(office) if one.valid_to < day}
    own = catalogues.own.find(office) if office else None
    columns = {column.name: column for column in table.sheet.columns}
    for row in table.rows:
        held = {name: table.grid.text(row, place).strip() for name, place in table.columns.items()}
        code = held.get("commune", "")
        if code in known or code not in ended:
            continue
        became = catalogues.became(office, code, ended[code], day) or ()
        put = own.groups.get(held.get("group", "")) if own else None
        new = became[0] if len(became) == 1 else put if put in became else None
        if new is None or new not in known:
            continue
        for name, text in (("commune", new), ("commune_name", known[new].name.vi)):
            place = table.columns.get(name)
            if place is not None and (row, place) not in table.grid.formulas and held[name] != text:
                cell = address(row, place)
                yield Repair(table.grid.sheet, cell, columns[name].header, held[name], text, ("restated",))


def _of_details(reading: Reading, office: Office) -> Iterator[Repair]:
    sheet = office.sheet("info")
    grid = reading.book.grids.get(sheet.sheet)
    for column in sheet.columns:
        place = reading.info.cells.get(column.name)
        if grid is not None and place is not None and not column.filled:
            yield from _of_cell(grid, place[0], place[1], column)


def _of_table(table: Table) -> Iterator[Repair]:
    columns = [(table.columns[c.name], c) for c in table.sheet.columns if c.name in table.columns]
    for place, column in columns:
        yield from _of_header(table, place, column)
    for row in table.rows:
        for place, column in columns:
            yield from _of_cell(table.grid, row, place, column)
    if table.total_row is not None:
        for place, column in columns:
            if column.total:
                yield from _of_cell(table.grid, table.total_row, place, column)
                yield from _of_total(table, table.total_row, place, column)


def _of_total(table: Table, total_row: int, place: int, column: Column) -> Iterator[Repair]:
    """A SUM that misses rows of its table, as after a row was added at either end."""
    formula = table.grid.formulas.get((total_row, place))
    summed = summed_rows(formula.text) if formula else None
    # A row without a number there, as the line of column numbers typed over, misses nothing.
    rows = [row for row in table.rows if isinstance(table.grid.value(row, place), int | float)]
    if formula is None or summed is None or not rows:
        return
    first, last = rows[0], rows[-1]
    if (summed[0] <= first + 1 and last + 1 <= summed[1]) or first <= total_row <= last:
        return
    if table.header_row + 1 < summed[0] <= first + 1:  # blank rows that it covered stay covered
        first = summed[0] - 1
    text = f"SUM({address(first, place)}:{address(last, place)})"
    worth = evaluate(table.grid, text)
    if worth is None or worth != _sum_of_rows(table, place):  # subtotals lie between, or texts
        return
    cell = address(total_row, place)
    yield Repair(
        table.grid.sheet, cell, column.header, f"={formula.text}", FormulaValue(text, worth), ("total",)
    )


def _sum_of_rows(table: Table, place: int) -> Decimal:
    numbers = (table.grid.value(row, place) for row in table.rows)
    return sum((exact(float(n)) for n in numbers if isinstance(n, (int, float))), Decimal(0))


def _of_thousands(table: Table, owed: Decimal) -> Iterator[Repair]:
    """Amounts of a whole sheet that Excel with English settings made of `5.352`: 5352, not five and a bit.

    Offered where the columns take no decimals and several rows are so: in rows of opening, movements and
    balance that tie once these amounts are a thousand times larger, and for funding where all of it together
    then covers about what is `owed` (in the sheet's unit).
    """
    whole = {c.name: c for c in table.sheet.columns if c.type == "amount" and not c.decimals}
    rows: list[tuple[int, dict[str, Decimal]]] = []
    for row in table.rows:
        held = {name: table.grid.value(row, table.columns[name]) for name in whole if name in table.columns}
        numbers = {
            name: exact(float(value)) for name, value in held.items()
            if isinstance(value, (int, float)) and (row, table.columns[name]) not in table.grid.formulas
        }  # fmt: skip
        rows.append((row, numbers))
    if {*_ACCOUNT, "balance"} <= whole.keys() & table.columns.keys():
        larger = [(row, _as_the_account_wants(numbers)) for row, numbers in rows]
    else:
        larger = [(row, {name: 1000 * n for name, n in numbers.items() if n % 1}) for row, numbers in rows]
        total = sum((each.get("current", Decimal(0)) for _, each in larger), Decimal(0))
        if not owed or not _COVERS[0] * owed <= total <= _COVERS[1] * owed:
            return
    larger = [(row, each) for row, each in larger if each and not any(n % 1 for n in each.values())]
    if len(larger) < _SEVERAL:
        return
    for row, each in larger:
        for name, number in each.items():
            cell, old = table.cell(row, name), f"{number / 1000:f}".replace(".", ",")
            yield Repair(table.grid.sheet, cell, whole[name].header, old, number, ("thousands",))


def _as_the_account_wants(numbers: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The numbers of a row times a thousand with which it ties: those with a fraction, and 6 of `6.000`.

    Nothing where it does not tie, or where whole numbers can be chosen in more than one way.
    """
    fractions = {name: number * 1000 for name, number in numbers.items() if number % 1}
    whole = [
        name for name in (*_ACCOUNT, "balance") if 0 < numbers.get(name, 0) < 1000 and name not in fractions
    ]
    for count in range(len(whole) + 1 if fractions else 0):
        found = [
            larger for chosen in combinations(whole, count)
            if _ties({**numbers, **(larger := fractions | {name: numbers[name] * 1000 for name in chosen})})
        ]  # fmt: skip
        if found:
            return found[0] if len(found) == 1 else {}
    return {}


def _ties(numbers: Mapping[str, Decimal]) -> bool:
    ends = sum((numbers.get(name, Decimal(0)) * sign for name, sign in _ACCOUNT.items()), Decimal(0))
    return abs(ends - numbers.get("balance", Decimal(0))) <= _ROUNDED


def _of_header(table: Table, place: int, column: Column) -> Iterator[Repair]:
    """A header in a legacy font, or with the Icelandic letter that looks like Đ."""
    text = table.grid.text(table.header_row, place)
    if text.isascii() or composed(text).casefold() == column.header.casefold():
        return
    kinds: tuple[RepairKind, ...] = ("compose",)
    if "ð" not in text.casefold():
        fonts: tuple[tuple[RepairKind, str], ...] = (("TCVN3", from_tcvn3(text)), ("VNI", from_vni(text)))
        kinds = tuple(font for font, read in fonts if read != text and fold(read) == fold(column.header))[:1]
    if not kinds or known_headers(table.sheet).get(header_text(text)) != column.name:
        return
    cell = address(table.header_row, place)
    yield Repair(table.grid.sheet, cell, column.header, text, column.header, kinds)


def _of_cell(grid: Grid, row: int, place: int, column: Column) -> Iterator[Repair]:
    value = grid.value(row, place)
    if value is None or isinstance(value, bool) or (row, place) in grid.formulas:
        return
    found = _better(value, column)
    if found is not None:
        old = value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)
        yield Repair(grid.sheet, address(row, place), column.header, old, *found)


def _better(value: CellValue, column: Column) -> tuple[NewValue, tuple[RepairKind, ...]] | None:
    """What the cell should hold, or None where it is right or not certain."""
    if column.type == "code":
        return _better_code(value, column)
    if not isinstance(value, str):
        return None
    if column.numeric:
        return _better_number(value, column)
    if column.type in ("text", "choice"):
        repaired = repaired_text(value)
        return (repaired.text, repaired.kinds) if repaired.kinds and repaired.text else None
    return None


def _better_number(text: str, column: Column) -> tuple[NewValue, tuple[RepairKind, ...]] | None:
    (read,), oddities = read_numbers([text], column)
    if read is None or [oddity.code for oddity in oddities] != ["V-TEXTNUM"]:
        return None
    number = parse_number(text.strip().replace("\u00a0", ""))
    if number is None or float(number) != read or len(number.normalize().as_tuple().digits) > _EXACT_DIGITS:
        return None
    return number, ("number",)


def _better_code(value: CellValue, column: Column) -> tuple[NewValue, tuple[RepairKind, ...]] | None:
    (code,), oddities = read_codes([value], column)
    if code is None:
        return None
    if oddities:
        return code, ("code",)
    if isinstance(value, str) and value != code and single_spaced(value) == code:
        return code, ("spaces",)
    return None


# `sheetcredit fix`: the safe repairs of a workbook shown, or applied and logged on `Nhật ký`.


@dataclass(frozen=True, slots=True)
class Fixed:
    """The repairs of one workbook; `written_to` where they were applied, None when only shown."""

    file: str
    repairs: tuple[Repair, ...]
    written_to: Path | None = None


def fix(
    path: str | Path, apply: bool = False, out: str | Path | None = None, rulebook: Rulebook | None = None
) -> Fixed:
    """The safe repairs of a workbook, applied in place or into `out` if asked for.

    Raises:
        BadUsage: `out` without `apply`.
        CannotRead, NotOurTemplate: the workbook cannot be read.
        CannotWrite: it has no sheet to log the repairs on, or cannot be written; it is as it was.
    """
    if out is not None and not apply:
        raise BadUsage("E-FIX-OUT")
    rules = rulebook or our_rulebook()
    office = rules.office
    source = Path(path)
    book = read_book(source, [sheet.sheet for sheet in office.sheets if sheet.kind != "output"])
    reading = understand(book, office)
    restated = {(one.sheet, one.cell): one for one in find_restated(reading, rules.catalogues)}
    texts = [one for one in find_repairs(reading, office) if (one.sheet, one.cell) not in restated]
    repairs = [*texts, *restated.values()]
    if not apply:
        return Fixed(str(path), tuple(repairs))
    if not book.writable:
        raise CannotWrite("E-READ-ONLY-FORMAT", path=source, format=source.suffix)
    edits: dict[str, dict[str, NewValue]] = {}
    for repair in repairs:
        edits.setdefault(repair.sheet, {})[repair.cell] = repair.new
    if repairs:
        tab, cells = journal_cells(book, office.sheet("journal"), list(_lines(repairs)), datetime.now())
        edits.setdefault(tab, {}).update(cells)
    written = patch_cells(source, edits, Path(out) if out else None, digest=book.digest)
    return Fixed(str(path), tuple(repairs), written)


def _lines(repairs: Sequence[Repair]) -> Iterator[JournalLine]:
    for repair in repairs:
        kinds = ", ".join(word(f"repair-{kind}") for kind in repair.kinds)
        yield JournalLine(repair.sheet, repair.cell, repair.old, str(repair.new), kinds)
