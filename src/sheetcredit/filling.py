"""What the tool writes into a workbook: cell values of `Tổng hợp`, `Đối chiếu` and `Kiểm tra`, nothing else.

Places come from defined names and headers, never from fixed coordinates. What an earlier run left
below the new rows is emptied; cells that already hold the right value are left alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Context, Decimal
from unicodedata import category

from sheetcredit.checks.summary_figures import remembered
from sheetcredit.figures.comparison import Comparison
from sheetcredit.figures.summary import Summary
from sheetcredit.model.finding import Finding
from sheetcredit.model.grid import Book, Grid, address
from sheetcredit.model.money import in_unit
from sheetcredit.model.text import DEFAULT_LANGUAGE, LANGUAGES, Language, harmless, shortened, word
from sheetcredit.outcome import Report
from sheetcredit.template.definition import Office, Sheet
from sheetcredit.template.headers import header_text
from sheetcredit.template.on_paper import labels_beside, swapped_labels
from sheetcredit.template.output_table import OutputTable, astray, output_table, own_place
from sheetcredit.template.reading import Reading
from sheetcredit.template.wording import form
from sheetcredit.xlsx.cells import MAX_TEXT
from sheetcredit.xlsx.row_looks import RowLook, TableLook

CellEdit = int | Decimal | str | None
Edits = dict[str, dict[str, CellEdit]]
Looks = dict[str, TableLook]
Beside = Callable[[Finding], Mapping[str, CellEdit]]
"""Further columns of a finding, for templates whose `Kiểm tra` has more than the office's."""
_LONGEST_TEXT = 16_000
"""Of a text of ours: Excel holds 32,767, nobody reads as many. What a user wrote is kept whole."""
SHEETS = ("summary", "comparison", "findings")
"""The ids of the sheets that the tool fills."""


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
            tab, row, place = own_place(reading.book, name, sheet)
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


def emptied_cells(office: Office, reading: Reading) -> Edits:
    """What takes everything out that the tool wrote: figures, comparison, findings; texts of the user stay.

    Raises:
        CannotWrite: a sheet or defined name that the tool writes to is gone, or leads elsewhere.
    """
    book = reading.book
    summary, findings = office.sheet("summary"), office.sheet("findings")
    edits: Edits = {}
    for place in [
        *(_figure_place(book, figure.name, summary) for figure in summary.figures),
        *_year_before_places(book, summary).values(),
        own_place(book, summary.written_name or "", summary),
        own_place(book, findings.headline_name or "", findings),
    ]:
        edits.setdefault(place[0], {})[address(place[1], place[2])] = None
    for sheet in (office.sheet("comparison"), findings):
        _merge(edits, _fill(output_table(book, sheet), ()))
    return changed_cells(book, edits)


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


def _merged(edits: Edits, more: Edits) -> Edits:
    _merge(edits, more)
    return edits


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


def _figure_place(book: Book, name: str, sheet: Sheet) -> tuple[str, int, int]:
    """Where a figure goes: right of its own label, or one that a user worded anew, and over no text."""
    tab, row, column = own_place(book, name, sheet)
    grid = book.grids[tab]
    texts = {header_text(text) for place in range(column) if isinstance(text := grid.value(row, place), str)}
    own, others = labels_beside(sheet, name)
    # A text beside its own label is a figure that somebody typed over; elsewhere it is a label.
    over_text = isinstance(grid.value(row, column), str) and own not in texts
    if not texts or (own not in texts and others & texts) or over_text:
        raise astray(book, name, sheet)
    return tab, row, column


def _year_before_places(book: Book, sheet: Sheet) -> dict[str, tuple[str, int, int]]:
    """Where the figures against the year before go; an older workbook has no place for them."""
    names = [figure.name for figure in sheet.year_before_figures if figure.name in book.names]
    return {name: own_place(book, name, sheet) for name in names}


def _summary_cells(sheet: Sheet, book: Book, summary: Summary) -> Edits:
    edits: Edits = {}
    swapped = swapped_labels(book, sheet)
    # A figure beside the label of another one stays unwritten: S-LABEL says so.
    figures = {name: value for name, value in summary.figures.items() if name not in swapped}
    columns = Counter(book.names[name][2] for name in figures if name in book.names)
    for name, value in figures.items():
        tab, row, column = _figure_place(book, name, sheet)
        cells = edits.setdefault(tab, {})
        # A text in the column of other figures is one that somebody typed over, elsewhere the template's.
        over_text = columns[column] == 1 and isinstance(book.grids[tab].value(row, column), str)
        if over_text or address(row, column) in cells:
            raise astray(book, name, sheet)
        cells[address(row, column)] = storable(value)
    for name, (tab, row, column) in _year_before_places(book, sheet).items():
        if not isinstance(book.grids[tab].value(row, column), str):
            edits.setdefault(tab, {})[address(row, column)] = storable(summary.year_before.get(name))
    name = sheet.written_name or ""
    tab, row, column = own_place(book, name, sheet)
    before, cell = book.grids[tab].value(row, column), address(row, column)
    if cell in edits.get(tab, {}) or not (before is None or str(before).startswith("{")):
        raise astray(book, name, sheet)
    edits.setdefault(tab, {})[cell] = remembered(figures)
    return edits


def _fill(table: OutputTable, rows: Sequence[Mapping[str, CellEdit]]) -> Edits:
    """`rows` below the header, and emptiness below them as far as an earlier run reached.

    A row without the first column is none of ours: what somebody wrote below the table stays. Headers that
    were lost are put back.
    """
    written = [c for c in table.sheet.columns if c.formula is None and c.name in table.columns]
    cells: dict[str, CellEdit] = {}
    if table.headless:
        cells |= {address(row, place): None for row, place in table.headers_astray()}
    for column in table.sheet.columns:
        place = table.columns.get(column.name)
        if place is not None and (table.headless or table.grid.value(table.header_row, place) is None):
            cells[address(table.header_row, place)] = column.header
    for offset, row in enumerate(rows, start=1):
        for column in written:
            value, most = row.get(column.name), MAX_TEXT if column.owner == "user" else _LONGEST_TEXT
            cells[address(table.header_row + offset, table.columns[column.name])] = storable(value, most)
    for line in range(table.header_row + 1 + len(rows), len(table.grid.rows)):
        if table.grid.value(line, table.columns[written[0].name]) is not None:
            for column in written:
                if table.grid.value(line, table.columns[column.name]) is not None:
                    cells[address(line, table.columns[column.name])] = None
    return {table.grid.sheet: cells}


def storable(value: CellEdit, most: int = _LONGEST_TEXT) -> CellEdit:
    """The value as a cell can hold it: a number of 15 digits, a text of `most` characters, none invisible.

    A spreadsheet keeps no more; what is cut from a text is marked, and control characters show as spaces.
    """
    if isinstance(value, str):
        shown = "".join(" " if _is_control(character) else character for character in value)
        # Excel counts what lies beyond the basic plane twice.
        return shortened(shown, most - sum(character > "\uffff" for character in shown[:most]))
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
            "difference_groups": amount(line, line.difference_groups),
            "difference": amount(line, line.difference),
            "state": word(f"state-{line.state}"),
            "cause": line.cause or None,
        }
        for line in lines
    ]
    return _fill(output_table(book, sheet), rows)


def looks_of_tool(office: Office, reading: Reading, report: Report, beside: Beside = _nothing) -> Looks:
    """How the rows of `Kiểm tra` look: as high as their texts, what follows from a cause folded behind it.

    Raises:
        CannotWrite: the sheet or a defined name of it is gone, or leads elsewhere.
    """
    table = output_table(reading.book, office.sheet("findings"))
    wrapped = [column.name for column in table.sheet.columns if column.wrap and column.name in table.columns]
    followed = {finding.follows for finding in report.findings if finding.follows}
    looks: dict[int, RowLook] = {}
    for number, row in enumerate(_finding_rows(table, report, beside)):
        finding = report.findings[number] if number < len(report.findings) else None
        texts = {table.columns[name] + 1: str(text) for name in wrapped if (text := row.get(name))}
        folded = finding is not None and bool(finding.follows)
        leads = finding is not None and finding.key in followed
        looks[table.header_row + 2 + number] = RowLook(texts, folded, leads)
    return {table.grid.sheet: TableLook(table.header_row + 1, looks)}


def _finding_cells(sheet: Sheet, book: Book, report: Report, beside: Beside = _nothing) -> Edits:
    table = output_table(book, sheet)
    rows = _finding_rows(table, report, beside)
    return _merged(_fill(table, rows), _headline_cell(sheet, book, table, headline(report)))


def _finding_rows(table: OutputTable, report: Report, beside: Beside) -> list[Mapping[str, CellEdit]]:
    """The lines of `Kiểm tra`: findings, notices, what a consolidation left, texts without a finding."""
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
    carried = list(_carried(table)) if beside is _nothing else []
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
        for number, text in enumerate(_loose_texts(table, rows), start=len(rows) + 1)
    ]
    return rows


def _headline_cell(sheet: Sheet, book: Book, table: OutputTable, text: str) -> Edits:
    """The cell above the table that says what came of checking."""
    name = sheet.headline_name or ""
    tab, row, column = own_place(book, name, sheet)
    before = table.grid.value(row, column)
    free = before is None or row == table.header_row - 1 or _is_headline(str(before))
    if row >= table.header_row or not free:
        raise astray(book, name, sheet)
    return {tab: {address(row, column): text}}


def _is_headline(text: str) -> bool:
    """Whether a text above the table is one that the tool writes there."""
    counts = dict.fromkeys(("error", "query", "note"), "")
    ours = {form("headline-blank")}
    for language in LANGUAGES:
        begins = word("headline", language, **counts).strip()
        explained = word("headline-explained", language, count="")
        ours |= {begins, f"{begins} {explained}", word("headline-clean", language)}
    first = text.split("\n", maxsplit=1)[0]
    return "".join(character for character in first if not character.isdigit()).strip() in ours


def _carried(table: OutputTable) -> Iterator[dict[str, CellEdit]]:
    """What a consolidation reported of other files: it stays until the next one."""
    grid, places = table.grid, table.columns
    if "path" not in places:
        return
    for line in table.lines():
        if table.is_own_line(line) and grid.text(line, places["path"]).strip():
            yield {name: grid.text(line, place) or None for name, place in places.items()}


def _loose_texts(table: OutputTable, rows: Sequence[Mapping[str, CellEdit]]) -> list[str]:
    """What the user wrote that would be overwritten and stands beside no finding any more: moved below."""
    texts = list(_unkept_texts(table, rows))
    moved: list[str] = []
    # Those that move take lines themselves, where there may be more.
    while True:
        end = table.header_row + len(rows) + len(moved)
        in_the_way = [text for line, ours, text in texts if ours or line <= end]
        if len(in_the_way) == len(moved):
            return in_the_way
        moved = in_the_way


def _unkept_texts(
    table: OutputTable, rows: Sequence[Mapping[str, CellEdit]]
) -> Iterator[tuple[int, bool, str]]:
    """Texts in `Giải trình` which none of `rows` has with the same key: line, whether it is emptied, text.

    Where the headers were lost also every text of a line that is not the tool's own: nobody can tell which
    column it was in.
    """
    grid, places = table.grid, table.columns
    if not {"number", "explanation", "key"} <= places.keys():
        return
    kept = {(row.get("key") or "", str(row.get("explanation") or "").strip()) for row in rows}
    for line in table.lines():
        ours = grid.value(line, places["number"]) is not None
        if table.headless and not table.is_own_line(line):
            texts = table.strange_texts(line)
            if texts and not (line == table.header_row and 2 * len(texts) > len(places)):
                yield line, ours, " | ".join(texts)
            continue
        text, key = (grid.text(line, places[name]).strip() for name in ("explanation", "key"))
        if text and (key, text) not in kept:
            yield line, ours, text


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


def counted(report: Report, language: Language = DEFAULT_LANGUAGE) -> str:
    """How many findings there are; queries that the user has explained are not open any more."""
    counts = report.counts()
    explained = word("headline-explained", language, count=counts["explained"])
    return word("headline", language, **counts) + (f" {explained}" if counts["explained"] else "")


def headline(report: Report) -> str:
    """The result in one or two lines: how many findings, and the cells to put right first."""
    if not report.findings:
        return word("headline-clean")
    lines = [counted(report)]
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
