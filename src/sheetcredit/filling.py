"""What the tool writes into a workbook: cell values of `Tổng hợp`, `Đối chiếu` and `Kiểm tra`, nothing else.

Places come from defined names and headers, never from fixed coordinates. What an earlier run left
below the new rows is emptied; cells that already hold the right value are left alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from unicodedata import category

from sheetcredit.checks.summary_figures import remembered
from sheetcredit.figures.comparison import Comparison
from sheetcredit.figures.summary import Summary
from sheetcredit.model.errors import CannotWrite
from sheetcredit.model.finding import Finding
from sheetcredit.model.grid import Book, Grid, address
from sheetcredit.model.money import in_unit
from sheetcredit.model.text import harmless, shortened, word
from sheetcredit.outcome import Report
from sheetcredit.template.definition import Office, Sheet
from sheetcredit.template.headers import header_text
from sheetcredit.template.on_paper import labels_beside, swapped_labels
from sheetcredit.template.reading import Reading

CellEdit = int | Decimal | str | None
Edits = dict[str, dict[str, CellEdit]]
Beside = Callable[[Finding], Mapping[str, CellEdit]]
"""Further columns of a finding, for templates whose `Kiểm tra` has more than the office's."""
_LONGEST_TEXT = 16_000
"""Excel holds 32,767 and counts some characters twice; nobody reads as many."""
SHEETS = ("summary", "comparison", "findings")
"""The ids of the sheets that the tool fills."""


@dataclass(frozen=True, slots=True)
class _OutputTable:
    """A table the tool fills: its grid, the zero-based header row and the column of each named column."""

    sheet: Sheet
    grid: Grid | None
    name: str
    header_row: int
    columns: Mapping[str, int]


def _nothing(_: Finding) -> Mapping[str, CellEdit]:
    return {}


def filled_cells(
    office: Office, reading: Reading, report: Report, summary_only: bool = False, beside: Beside = _nothing
) -> Edits:
    """The cells to write, by sheet and A1 address: those that do not hold their value already.

    Raises:
        CannotWrite: a sheet or defined name that the tool writes to is gone, or leads elsewhere.
    """
    sheets = SHEETS[:1] if summary_only else SHEETS
    return changed_cells(reading.book, cells_of_tool(office, reading, report, sheets, beside))


def cells_of_tool(
    office: Office,
    reading: Reading,
    report: Report,
    sheets: Collection[str] = SHEETS,
    beside: Beside = _nothing,
) -> Edits:
    """All cells that belong to the tool on these sheets (ids), with the values they should hold.

    Raises:
        CannotWrite: a sheet or defined name that the tool writes to is gone, or leads elsewhere.
    """
    book, unit = reading.book, reading.info.unit
    edits: Edits = {}
    if "summary" in sheets and report.summary:
        _merge(edits, _summary_cells(office.sheet("summary"), book, report.summary))
    for sheet in office.sheets:  # a branch workbook has no comparison
        if sheet.id == "comparison" and sheet.id in sheets:
            _merge(edits, _comparison_cells(sheet, book, report.comparison, unit))
    if "findings" in sheets:
        _merge(edits, _finding_cells(office.sheet("findings"), book, report, beside))
    return edits


def own_details(office: Office, reading: Reading) -> Edits:
    """What a workbook of the office's own template says of itself, for the sheet that the tool has added."""
    sheet = office.sheet("info")
    edits: Edits = {}
    for column in sheet.columns:
        name = column.name_in_book or ""
        value = reading.info.values.get(column.name)
        if name in reading.book.names and not column.filled and value is not None:
            tab, row, place = _place(reading.book, name, sheet)
            held = reading.book.grids[tab].value(row, place)
            if held != value:
                edits.setdefault(tab, {})[address(row, place)] = _detail(value)
    return edits


def _detail(value: object) -> CellEdit:
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, date):  # the cell is formatted as one
        return (value - date(1899, 12, 30)).days
    return str(value)


def finding_cells(office: Office, book: Book, report: Report) -> Edits:
    """The cells of `Kiểm tra` alone, of a workbook that has no summary.

    Raises:
        CannotWrite: the sheet or a defined name of it is gone.
    """
    return changed_cells(book, _finding_cells(office.sheet("findings"), book, report))


def changed_cells(book: Book, edits: Edits) -> Edits:
    """Only the cells that do not hold their value already, and the sheets that have any."""
    return {
        sheet: changed
        for sheet, cells in edits.items()
        if (changed := _changed(book.grids.get(sheet), cells))
    }


def _merge(edits: Edits, more: Edits) -> None:
    for sheet, cells in more.items():
        edits.setdefault(sheet, {}).update(cells)


def _changed(grid: Grid | None, cells: Mapping[str, CellEdit]) -> dict[str, CellEdit]:
    """Only the cells that do not hold their value already."""
    return {cell: value for cell, value in cells.items() if not _holds(grid, cell, value)}


def _holds(grid: Grid | None, cell: str, value: CellEdit) -> bool:
    letters = cell.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    now = grid.value(int(cell[len(letters) :]) - 1, column - 1) if grid else None
    if isinstance(value, (int, Decimal)):
        return isinstance(now, (int, float)) and not isinstance(now, bool) and Decimal(repr(now)) == value
    return now == value


def _place(book: Book, name: str, sheet: Sheet) -> tuple[str, int, int]:
    """Where a defined name of the tool points: into its own sheet, or nothing is written at all.

    Excel lets anybody redirect a name. What it points to then is somebody's input.
    """
    if name not in book.names or book.names[name][0] not in book.grids:
        raise CannotWrite("E-NO-NAME", path=book.path, name=name, sheet=sheet.sheet)
    tab, row, column = book.names[name]
    own = book.grid(sheet.sheet)
    if own is None or own.sheet != tab:
        raise _astray(book, name, sheet)
    return tab, row, column


def _astray(book: Book, name: str, sheet: Sheet) -> CannotWrite:
    tab, row, column = book.names[name]
    return CannotWrite(
        "E-NAME-ASTRAY", path=book.path, name=name, found=f"{tab}!{address(row, column)}", sheet=sheet.sheet
    )


def _figure_place(book: Book, name: str, sheet: Sheet) -> tuple[str, int, int]:
    """Where a figure goes: right of its own label, or one that a user worded anew, and over no text."""
    tab, row, column = _place(book, name, sheet)
    grid = book.grids[tab]
    texts = {header_text(text) for place in range(column) if isinstance(text := grid.value(row, place), str)}
    own, others = labels_beside(sheet, name)
    # A text beside its own label is a figure that somebody typed over; elsewhere it is a label.
    over_text = isinstance(grid.value(row, column), str) and own not in texts
    if not texts or (own not in texts and others & texts) or over_text:
        raise _astray(book, name, sheet)
    return tab, row, column


def _summary_cells(sheet: Sheet, book: Book, summary: Summary) -> Edits:
    edits: Edits = {}
    swapped = swapped_labels(book, sheet)
    # A figure beside the label of another one stays unwritten: S-LABEL says so.
    figures = {name: value for name, value in summary.figures.items() if name not in swapped}
    for name, value in figures.items():
        tab, row, column = _figure_place(book, name, sheet)
        edits.setdefault(tab, {})[address(row, column)] = storable(value)
    tab, row, column = _place(book, sheet.written_name or "", sheet)
    edits.setdefault(tab, {})[address(row, column)] = remembered(figures)
    return edits


def _block(sheet: Sheet, book: Book) -> _OutputTable:
    tab, header_row, first = _place(book, sheet.table_name or "", sheet)
    grid = book.grids.get(tab)
    known = {header_text(column.header): column.name for column in sheet.columns}
    columns: dict[str, int] = {}
    for place, value in enumerate(grid.rows[header_row] if grid and header_row < len(grid.rows) else ()):
        name = known.get(header_text(value)) if isinstance(value, str) else None
        if name:
            columns.setdefault(name, place)
    for place, column in enumerate(sheet.columns, start=first):
        blank = grid is None or grid.value(header_row, place) is None
        if column.name not in columns and place not in columns.values() and blank:
            columns[column.name] = place
    lost = [column for column in sheet.columns if column.name not in columns]
    needed = any(column.owner == "user" or column.name == "key" for column in lost)
    if needed or 2 * len(lost) > len(sheet.columns):
        headers = ", ".join(column.header for column in lost)
        raise CannotWrite(
            "E-TOOL-HEADERS", path=book.path, sheet=sheet.sheet, row=header_row + 1, headers=headers
        )
    return _OutputTable(sheet, grid, tab, header_row, columns)


def _fill(block: _OutputTable, rows: Sequence[Mapping[str, CellEdit]]) -> Edits:
    """`rows` below the header, and emptiness below them as far as an earlier run reached.

    A row without the first column is none of ours: what somebody wrote below the table stays.
    """
    written = [c.name for c in block.sheet.columns if c.formula is None and c.name in block.columns]
    cells: dict[str, CellEdit] = {}
    for offset, row in enumerate(rows, start=1):
        for name in written:
            cells[address(block.header_row + offset, block.columns[name])] = storable(row.get(name))
    reach = len(block.grid.rows) if block.grid else 0
    for line in range(block.header_row + 1 + len(rows), reach):
        ours = block.grid is not None and block.grid.value(line, block.columns[written[0]]) is not None
        for name in written:
            if ours and block.grid and block.grid.value(line, block.columns[name]) is not None:
                cells[address(line, block.columns[name])] = None
    return {block.name: cells}


def storable(value: CellEdit) -> CellEdit:
    """The value as a cell can hold it: a number of 15 digits, a text of 32,767 characters, none invisible.

    A spreadsheet keeps no more; what is cut from a text is marked, and control characters show as spaces.
    """
    if isinstance(value, str):
        shown = "".join(" " if _is_control(character) else character for character in value)
        return shortened(shown, _LONGEST_TEXT)
    if value is None:
        return None
    return Context(prec=15).create_decimal(value)


def _is_control(character: str) -> bool:
    return character not in "\t\n" and (category(character) in ("Cc", "Cs") or character in "\ufffe\uffff")


def _comparison_cells(sheet: Sheet, book: Book, lines: Iterable[Comparison], unit: int) -> Edits:
    def amount(line: Comparison, value: int) -> CellEdit:
        return in_unit(value, unit) if line.amount else value

    rows: list[Mapping[str, CellEdit]] = [
        {
            "commune": harmless(line.commune),
            "commune_name": harmless(line.commune_name),
            "association": harmless(line.association),
            "association_name": harmless(line.association_name),
            "measure": line.header,
            "statement": amount(line, line.statement),
            "groups": amount(line, line.groups),
            "ledger": amount(line, line.ledger),
            "difference": amount(line, line.difference),
            "state": word(f"state-{line.state}"),
            "cause": line.cause or None,
        }
        for line in lines
    ]
    return _fill(_block(sheet, book), rows)


def _finding_cells(sheet: Sheet, book: Book, report: Report, beside: Beside = _nothing) -> Edits:
    block = _block(sheet, book)
    numbers = {finding.key: number for number, finding in enumerate(report.findings, start=1)}
    rows: list[Mapping[str, CellEdit]] = [
        {**_finding_row(number, finding, numbers.get(finding.follows)), **beside(finding)}
        for number, finding in enumerate(report.findings, start=1)
    ]
    # A notice finds no fault: it lights up no cell and asks for nothing.
    rows += [
        _finding_row(number, notice) | {"status": None, "address": None}
        for number, notice in enumerate(report.notices, start=len(rows) + 1)
    ]
    carried = list(_carried(block)) if beside is _nothing else []
    rows += [row | {"number": number} for number, row in enumerate(carried, start=len(rows) + 1)]
    carried_keys = {row.get("key") for row in carried}
    gone = [orphan for orphan in report.orphans if orphan.key not in carried_keys]
    rows += [
        {
            "number": number, "severity": word("severity-gone"), "code": orphan.code or None,
            "message": harmless(orphan.message) or None, "explanation": orphan.text,
            "status": word("status-gone"), "key": orphan.key, "digest": orphan.digest or None,
        }
        for number, orphan in enumerate(gone, start=len(rows) + 1)
    ]  # fmt: skip
    rows += [
        {"number": number, "severity": word("severity-gone"), "explanation": text}
        for number, text in enumerate(_loose_texts(block, len(rows)), start=len(rows) + 1)
    ]
    edits = _fill(block, rows)
    tab, row, column = _place(book, sheet.headline_name or "", sheet)
    edits.setdefault(tab, {})[address(row, column)] = headline(report)
    return edits


def _carried(block: _OutputTable) -> Iterator[dict[str, CellEdit]]:
    """What a consolidation reported of other files: it stays until the next one."""
    grid, places = block.grid, block.columns
    if grid is None or "path" not in places:
        return
    for line in range(block.header_row + 1, len(grid.rows)):
        if grid.text(line, places["path"]).strip():
            yield {name: grid.text(line, place) or None for name, place in places.items()}


def _loose_texts(block: _OutputTable, rows: int) -> Iterable[str]:
    """What the user wrote in `Giải trình` beside no finding, where it would be overwritten: moved below."""
    grid, places = block.grid, block.columns
    if grid is None or not {"number", "explanation", "key"} <= places.keys():
        return
    for line in range(block.header_row + 1, len(grid.rows)):
        text = grid.text(line, places["explanation"])
        in_the_way = line <= block.header_row + rows or grid.value(line, places["number"]) is not None
        if text.strip() and in_the_way and grid.value(line, places["key"]) is None:
            yield text


def _finding_row(number: int, finding: Finding, leader: int | None = None) -> dict[str, CellEdit]:
    """A row of `Kiểm tra`; `leader` is the number of the row that this one is settled with."""
    cause = f" {word('likely')}: {finding.suspects[0].cause_text()}." if finding.suspects else ""
    message, remedy = f"{finding.sentence()}.{cause}", finding.remedy()
    if leader is not None:
        message = f"{word('follows', number=leader)} {finding.sentence()}."
        remedy = word("follows-remedy", number=leader)
    return {
        "number": number,
        "severity": word(f"severity-{finding.severity}"),
        "code": finding.code,
        "sheet": finding.sheet,
        "cell": finding.cell,
        "message": message,
        "remedy": remedy,
        "explanation": finding.explanation or None,
        "status": word(f"status-{finding.status}"),
        "key": finding.key,
        "digest": finding.digest or None,
        "address": f"{finding.sheet}!{finding.cell}" if finding.cell else None,
    }


def headline(report: Report) -> str:
    """The result in one or two lines: how many findings, and the cells to put right first."""
    if not report.findings:
        return word("headline-clean")
    counts = Counter(finding.severity for finding in report.findings)
    lines = [word("headline", error=counts["error"], query=counts["query"], note=counts["note"])]
    lines += [
        word(
            "fix-first",
            cell=f"{fix.suspect.sheet}!{fix.suspect.cell}",
            clears=fix.clears,
            cause=fix.suspect.cause_text(),
        )
        for fix in report.fix_first[:3]
        if fix.clears > 1
    ]
    return "\n".join(lines)
