"""What stands on paper must be what was read: units, number formats, merged cells, labels of `Tổng hợp`.

A reader of the printed page, or of the screen, sees none of the names and values that a program reads. Where
the two say different things a finding names the cell. All of these are covered by the seal: it holds for a
page that says what its data say.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache

from sheetcredit.model.finding import Finding, severity_of
from sheetcredit.model.grid import Book, CellValue, Grid, address
from sheetcredit.model.money import parse_number
from sheetcredit.model.text import fold, shortened
from sheetcredit.template.definition import Figure, Office, Sheet
from sheetcredit.template.headers import header_text
from sheetcredit.template.locate import Table
from sheetcredit.xlsx.number_formats import shows_another_number, words_of

ON_PAPER = frozenset({"S-UNIT-LINE", "V-SHOWN", "V-COVERED", "S-LABEL", "S-BESIDE", "S-TWICE", "S-NAMESAKE"})
"""Codes of findings that speak of the page rather than of its values."""

_UNIT_LINE = re.compile(r"(?:đơn vị(?: tính)?|đvt|đv tính|unit)\s*[:.\-–]?\s*(.*)", re.DOTALL)
_IN_BRACKETS = re.compile(r"\(([^()]{1,30})\)")
_HEAD_ROWS = 12
"""So many rows of a page without a table may hold its heading."""
_LONGEST = 80
_PLAIN = "0.00"
"""Stands for a format that shows a number as it is."""

Units = Mapping[str, tuple[str, int]]
"""Folded word → the unit's name and its worth in đồng."""


def find_on_paper(
    book: Book, office: Office, tables: Mapping[str, Table], unit: int, units: Units
) -> Iterator[Finding]:
    """S-UNIT-LINE, V-SHOWN, V-COVERED of the tables, and S-LABEL, S-BESIDE besides for `Tổng hợp`."""
    named_unit = next((c.name_in_book for c in office.sheet("info").columns if c.name == "unit"), None)
    for sheet in office.sheets:
        table, grid = tables.get(sheet.id), book.grid(sheet.sheet)
        if grid is None or not (table or sheet.kind == "output"):
            continue
        own = 1 if sheet.unit == "dong" else unit
        yield from _unit_lines(book, sheet, grid, table, own, units, named_unit or "")
        if table:
            yield from shown_in_table(book, table, own, units)
            yield from _covered(book, table, grid)
    if office.has("summary"):
        sheet = office.sheet("summary")
        if (grid := book.grid(sheet.sheet)) is not None:
            yield from _summary(book, sheet, grid, unit, units)


# Units


def _unit_lines(
    book: Book, sheet: Sheet, grid: Grid, table: Table | None, unit: int, units: Units, follows: str
) -> Iterator[Finding]:
    """Lines above a table and words in its header that name another unit."""
    end = (table.rows[0] if table.rows else table.header_row + 1) if table else _HEAD_ROWS
    for row, line in enumerate(grid.rows[:end]):
        for column, value in enumerate(line):
            if not isinstance(value, str) or len(value) < 3:
                continue
            formula = grid.formulas.get((row, column))
            if formula is not None and follows in formula.text:
                continue  # says what `Thông tin` says as soon as it is computed
            named = _unit_named(value, units, header=table is not None and row >= table.header_row)
            if named is not None and named != unit:
                yield _unit_finding(book, sheet, row, column, value, unit, units)


def _unit_named(text: str, units: Units, header: bool) -> int | None:
    """The worth of the unit that a text says amounts are in; None where it says none."""
    if header:
        inside = _IN_BRACKETS.findall(fold(text))
        return next((units[word.strip()][1] for word in inside if word.strip() in units), None)
    match = _UNIT_LINE.match(fold(text).lstrip("( "))
    return _unit_at_start(match[1], units) if match else None


def _unit_at_start(text: str, units: Units) -> int | None:
    fitting = [word for word in units if re.match(re.escape(word) + r"(?!\w)", text)]
    return units[max(fitting, key=len)][1] if fitting else None


def _unit_finding(
    book: Book, sheet: Sheet, row: int, column: int, text: str, unit: int, units: Units
) -> Finding:
    name = next((name for name, worth in units.values() if worth == unit), "")
    cell = address(row, column)
    details = {"found": shortened(text.strip(), _LONGEST), "unit": name}
    return _finding(book, "S-UNIT-LINE", sheet, row, column, details, key=f"S-UNIT-LINE|{sheet.sheet}|{cell}")


# Formats and merged cells


def shown_in_table(book: Book, table: Table, unit: int, units: Units) -> Iterator[Finding]:
    """V-SHOWN: cells whose format shows another number, or one of another unit."""
    formats = table.grid.formats
    if not formats:
        return
    rows = {*table.rows, table.total_row}
    columns = {table.columns[c.name]: c for c in table.sheet.columns if c.numeric and c.name in table.columns}
    for (row, place), code in sorted(formats.items()):
        column = columns.get(place)
        if row not in rows or column is None:
            continue
        value = table.grid.value(row, place)
        ratio, amount = column.type == "ratio", column.type == "amount"
        if _misleads(code, value, ratio, unit if amount else None, units):
            details = {"found": shortened(code, _LONGEST), "number": _plain(value)}
            yield _finding(
                book, "V-SHOWN", table.sheet, row, place, details,
                key=f"V-SHOWN|{table.sheet.sheet}|{_row_key(table, row)}|{column.name}",
            )  # fmt: skip


def _misleads(code: str, value: CellValue, ratio: bool, unit: int | None, units: Units) -> bool:
    """Whether a format shows another number, or the number with the name of another unit."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    if shows_another_number(code, float(value), ratio=ratio):
        return True
    named = _unit_at_start(fold(words_of(code, float(value))), units) if unit is not None else None
    return named is not None and named != unit


def _plain(value: CellValue) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _row_key(table: Table, row: int) -> str:
    """The row by its key, so that sorting changes nothing."""
    if row == table.total_row:
        return "total"
    keys = [table.grid.text(row, table.columns[name]) for name in table.sheet.key if name in table.columns]
    return "/".join(keys) or str(row + 1)


def _covered(book: Book, table: Table, grid: Grid) -> Iterator[Finding]:
    """Values in merged cells behind the first one: read, and seen by nobody. Excel itself deletes them."""
    rows = {*table.rows, table.total_row, table.header_row}
    places = {place: name for name, place in table.columns.items()}
    for top, left, bottom, right in grid.merged:
        first = grid.value(top, left)
        for row in range(top, min(bottom, len(grid.rows) - 1) + 1):
            for place in range(left, right + 1):
                value = grid.value(row, place)
                if (row, place) == (top, left) or place not in places or row not in rows:
                    continue
                if value in (None, "", 0) or (
                    isinstance(value, str) and (not value.strip() or value == first)
                ):
                    continue
                area = f"{address(top, left)}:{address(bottom, right)}"
                details = {"found": shortened(_plain(value), _LONGEST), "range": area}
                key = f"V-COVERED|{table.sheet.sheet}|{_row_key(table, row)}|{places[place]}"
                yield _finding(book, "V-COVERED", table.sheet, row, place, details, key=key)


# `Tổng hợp`


def _summary(book: Book, sheet: Sheet, grid: Grid, unit: int, units: Units) -> Iterator[Finding]:
    placed = _placed(book, sheet, grid)
    swapped = swapped_labels(book, sheet)
    taken = set(placed.values())
    for figure in sheet.figures:
        if figure.name not in placed:
            continue
        row, column = placed[figure.name]
        if figure.name in swapped:
            details: dict[str, object] = {"label": _words(figure), "found": swapped[figure.name]}
            yield _finding(book, "S-LABEL", sheet, row, column, details, key=f"S-LABEL|{figure.name}")
        yield from _beside(book, sheet, grid, figure, (row, column), taken)
        yield from _unit_of_figure(book, sheet, grid, figure, row, (unit, units))
        ratio, value = figure.ratio is not None, grid.value(row, column)
        # Of the formats that the template has on this sheet those in per cent are told: a ratio has one.
        code = grid.formats.get((row, column), _PLAIN if ratio and grid.formats else None)
        if code is not None and _misleads(code, value, ratio, unit if figure.amount else None, units):
            details = {"found": shortened(code, _LONGEST), "number": _plain(value)}
            yield _finding(book, "V-SHOWN", sheet, row, column, details, key=f"V-SHOWN|{figure.name}")


def _words(figure: Figure) -> dict[str, str]:
    return {"vi": figure.label.vi, "en": figure.label.en}


def _placed(book: Book, sheet: Sheet, grid: Grid) -> dict[str, tuple[int, int]]:
    """Where the figures stand that the workbook has a name for on this sheet."""
    return {
        figure.name: book.names[figure.name][1:]
        for figure in sheet.figures
        if figure.name in book.names and book.names[figure.name][0] == grid.sheet
    }


def labels_beside(sheet: Sheet, name: str) -> tuple[str, set[str]]:
    """The label that a figure stands beside, and those of the other lines; a paired share has none itself."""
    labels = _labels(sheet)
    return labels[name], set(labels.values()) - {labels[name]}


@cache
def _labels(sheet: Sheet) -> Mapping[str, str]:
    labels: dict[str, str] = {}
    for section in sheet.sections:
        for figure in section.figures:
            paired = section.paired and figure.share is not None
            label = labels.get(figure.name.removesuffix("_TyTrong")) if paired else None
            labels[figure.name] = label or header_text(figure.label.vi)
    return labels


def swapped_labels(book: Book, sheet: Sheet) -> dict[str, str]:
    """Figures whose line bears the label of another one, and that label: name → text.

    Only where each stands in a cell of its own: a name that was moved to another figure's cell is a fault of
    the name, not of the label.
    """
    grid = book.grid(sheet.sheet)
    placed = _placed(book, sheet, grid) if grid else {}
    cells = list(placed.values())
    found = {}
    for name, (row, column) in placed.items():
        own, others = labels_beside(sheet, name)
        texts = (
            [text for place in range(column) if isinstance(text := grid.value(row, place), str)]
            if grid
            else []
        )
        folded = {header_text(text): text for text in texts}
        strange = [folded[label] for label in folded if label in others]
        if own not in folded and strange and cells.count((row, column)) == 1:
            found[name] = strange[0]
    return found


def _beside(
    book: Book,
    sheet: Sheet,
    grid: Grid,
    figure: Figure,
    place: tuple[int, int],
    taken: Collection[tuple[int, int]],
) -> Iterator[Finding]:
    """Numbers between a label and the cell of its figure: on paper they are the figure."""
    row, column = place
    own, _ = labels_beside(sheet, figure.name)
    labels = [p for p in range(column) if isinstance(t := grid.value(row, p), str) and header_text(t) == own]
    for between in range(labels[0] + 1, column) if labels else ():
        value = grid.value(row, between)
        if (row, between) in taken or not _is_number(value):
            continue
        details = {
            "label": _words(figure), "found": _plain(value),
            "cell_of_figure": address(row, column),
        }  # fmt: skip
        yield _finding(book, "S-BESIDE", sheet, row, between, details, key=f"S-BESIDE|{figure.name}")


def _unit_of_figure(
    book: Book, sheet: Sheet, grid: Grid, figure: Figure, row: int, unit: tuple[int, Units]
) -> Iterator[Finding]:
    """The unit printed on the line of an amount."""
    if not figure.amount or row >= len(grid.rows):
        return
    for column, value in enumerate(grid.rows[row]):
        worth = unit[1].get(fold(value)) if isinstance(value, str) and value else None
        if worth is not None and worth[1] != unit[0] and (row, column) not in grid.formulas:
            yield _unit_finding(book, sheet, row, column, str(value), *unit)


def _is_number(value: CellValue) -> bool:
    if isinstance(value, str):
        return any(map(str.isdigit, value)) and parse_number(value) is not None
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _finding(
    book: Book, code: str, sheet: Sheet, row: int, column: int, details: Mapping[str, object], key: str
) -> Finding:
    return Finding(
        file=book.path, code=code, severity=severity_of(code), sheet=sheet.sheet, cell=address(row, column),
        row=row + 1, details=details, key=key,
    )  # fmt: skip
