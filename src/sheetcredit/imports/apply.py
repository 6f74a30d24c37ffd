"""A planned import written into the workbook: its cells, a line of `Nhật ký` each, and `Nguồn số liệu`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path

from sheetcredit.build.sources_sheet import with_sources_sheet
from sheetcredit.imports.choose import INFO, Difference
from sheetcredit.imports.definitions import kind_named
from sheetcredit.imports.figures import ImportedFigure, Source
from sheetcredit.imports.plan import STATEMENTS, ChangedCell, ImportPlan, Value
from sheetcredit.imports.trust import Trust, load_trust
from sheetcredit.model.errors import CannotWrite
from sheetcredit.model.grid import Book, address
from sheetcredit.model.text import DEFAULT_LANGUAGE, Language, harmless, number_text, word
from sheetcredit.repair.journal import JournalLine, journal_cells
from sheetcredit.rulebook import Rulebook
from sheetcredit.template.definition import Office
from sheetcredit.template.output_table import own_place
from sheetcredit.template.sources import (
    ImportedColumn,
    ProposedStatement,
    Recorded,
    SourceDifference,
    as_key,
    basis_words,
    cause_words,
    is_amount,
    measure_words,
    recorded_lines,
    sources_sheet,
)
from sheetcredit.xlsx.patch import patch_cells
from sheetcredit.xlsx.read import book_of, bytes_of

_ROWS_NAMED = 6
"""So many rows of an export are named one by one in a line of the journal."""
Cells = dict[str, dict[str, Value]]


def apply_import(plan: ImportPlan, rulebook: Rulebook, out: Path | None = None, confirmed: str = "") -> Path:
    """Write a planned import, in place or into `out`; returns where it is. All of it goes in, or nothing.

    `confirmed`: who confirmed what is proposed for the associations, and when.

    Raises:
        CannotWrite: the workbook is not one that can be written, has no `Nhật ký`, or cannot be put in place.
        CannotPatch: a cell cannot be written without breaking something else.
    """
    reading, source = plan.reading, Path(plan.reading.file)
    if not reading.book.writable:
        raise CannotWrite("E-READ-ONLY-FORMAT", path=source, format=source.suffix)
    info = {**reading.info.values, **{one.column: one.new for one in plan.changes if one.sheet == INFO}}
    prepare = partial(with_sources_sheet, path=str(source), info=info)
    book = book_of(prepare(bytes_of(source)), source)
    cells = import_cells(plan, rulebook, book, confirmed)
    return patch_cells(source, cells, out, digest=reading.book.digest, prepare=prepare)


def import_cells(plan: ImportPlan, rulebook: Rulebook, book: Book, confirmed: str = "") -> Cells:
    """All cells that an import writes, by tab and address: the figures, the journal's lines, the sources.

    `book` is the workbook with the sheet `Nguồn số liệu`.

    Raises:
        CannotWrite: it has no `Nhật ký` or no `Nguồn số liệu`.
    """
    cells: Cells = defaultdict(dict)
    for change in plan.changes:
        cells[change.tab][change.cell] = change.new
    if plan.changes:
        lines = list(map(_journal_line, plan.changes))
        tab, journal = journal_cells(book, rulebook.office.sheet("journal"), lines, datetime.now())
        cells[tab].update(journal)
    tab, told = _sources_cells(book, plan, rulebook.office, confirmed)
    cells[tab].update(told)
    return cells


def _journal_line(change: ChangedCell) -> JournalLine:
    old, new = (shown(value) if value is not None else "" for value in (change.old, change.new))
    return JournalLine(change.tab, change.cell, old, new, origin_of(change.figure))


def origin_of(figure: ImportedFigure | None, language: Language = DEFAULT_LANGUAGE) -> str:
    """File, sheet and rows that a figure comes from, in words."""
    if figure is None:
        return word("import-named", language)
    rows = [str(row) for row in figure.rows]
    named = ", ".join(rows) if len(rows) <= _ROWS_NAMED else f"{rows[0]} - {rows[-1]}"
    return word(
        "import-origin",
        language,
        file=harmless(figure.source.file.name),
        sheet=figure.source.sheet,
        rows=named or "-",
    )


def shown(value: Value) -> str:
    """A value as people read it."""
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return value if isinstance(value, str) else number_text(value) if value is not None else ""


# `Nguồn số liệu`.


def _sources_cells(book: Book, plan: ImportPlan, office: Office, by: str) -> tuple[str, dict[str, Value]]:
    """The tab and the cells of all lines; what an earlier import left below them is emptied.

    What was confirmed of a proposal stays as long as the proposal does.
    """
    sheet = sources_sheet()
    tab, header, first = own_place(book, sheet.table_name or "", sheet)
    grid = book.grids[tab]
    before = {line.what.sheet: line.confirmed for line in recorded_lines(book)
              if isinstance(line.what, ProposedStatement)}  # fmt: skip
    changed = {one.sheet for one in plan.sheets if one.changes}
    as_of = f"{plan.choice.as_of:%d/%m/%Y}" if plan.choice.as_of else ""
    lines = list(_lines(plan, load_trust(), office))
    cells: dict[str, Value] = {}
    for row, (what, texts) in enumerate(lines, start=header + 1):
        told_before = "" if what.sheet in changed else before.get(what.sheet, "")
        confirmed = harmless(by or told_before) if isinstance(what, ProposedStatement) else ""
        told = {
            **texts, "as_of": as_of, "key": as_key(what, as_of),
            "confirmed": confirmed or None,
        }  # fmt: skip
        for place, column in enumerate(sheet.columns, start=first):
            value = told.get(column.name)
            if value is not None or grid.value(row, place) is not None:
                cells[address(row, place)] = value
    for row in range(header + 1 + len(lines), len(grid.rows)):
        for place in range(first, first + len(sheet.columns)):
            if grid.value(row, place) is not None:
                cells[address(row, place)] = None
    return tab, cells


def _lines(plan: ImportPlan, trust: Trust, office: Office) -> Iterator[tuple[Recorded, dict[str, Value]]]:
    """What each line says, for programs and for people: differences, proposals, columns."""
    for difference in sorted(plan.choice.differences, key=lambda one: not one.compared):
        yield _difference(difference, office)
    for sheet in plan.sheets:
        if sheet.proposed:
            figures = [figure for place, figure in plan.choice.taken.items() if place[0] == sheet.sheet]
            sources = list(dict.fromkeys(figure.source for figure in figures))
            files = ", ".join(source.file.name for source in sources)
            proposal = ProposedStatement(sheet.sheet, files, len(figures))
            texts: dict[str, Value] = {
                "what": word("import-proposal"), "sheet": sheet.tab, "file": harmless(files),
                "kind": _kinds(sources), "rows": sheet.rows,
                "note": word("import-proposal-note"),
            }  # fmt: skip
            yield proposal, texts
    skipped = {sheet.sheet for sheet in plan.sheets if sheet.stated}
    planned = {sheet.sheet for sheet in plan.sheets} - skipped
    columns: dict[tuple[str, str, str, Source], list[tuple[tuple[str, ...], ImportedFigure]]] = defaultdict(
        list
    )
    whole: dict[tuple[str, str], int] = defaultdict(int)
    for (table, key, column), figure in plan.choice.taken.items():
        if table in planned and table != "info" and office.sheet(table).frame != STATEMENTS:
            columns[table, column, trust.basis_of(figure), figure.source].append((key, figure))
            whole[table, column] += 1
    for (table, column, basis, source), held in columns.items():
        yield _column(office, table, column, basis, source, held, len(held) < whole[table, column])


def _column(
    office: Office,
    table: str,
    column: str,
    basis: str,
    source: Source,
    held: Sequence[tuple[tuple[str, ...], ImportedFigure]],
    partly: bool,
) -> tuple[Recorded, dict[str, Value]]:
    slack = max(figure.slack for _, figure in held)
    keys = tuple(key for key, _ in held) if partly and (basis or slack) else ()
    definition = office.sheet(table)
    notes = [basis_words(basis)] if basis else []
    if slack:
        notes.append(word("import-rounded", slack=number_text(slack)))
    told: dict[str, Value] = {
        "what": word("import-source"), "sheet": definition.sheet,
        "column": next((one.header for one in definition.columns if one.name == column), column),
        "file": harmless(source.file.name), "kind": _kinds([source]), "rows": len(held),
        "note": "; ".join(notes) or None,
    }  # fmt: skip
    return ImportedColumn(table, column, source.file.name, basis, slack, keys), told


def _difference(difference: Difference, office: Office) -> tuple[Recorded, dict[str, Value]]:
    ours, other = difference.ours, difference.other
    amount = is_amount(difference.column, office)
    cause = difference.cause
    told = SourceDifference(
        difference.column, ours.file.name, other.file.name, difference.rows, str(difference.total), amount,
        cause.id if cause else "", difference.files, difference.table.lstrip("~"),
    )  # fmt: skip
    what = "import-difference" if difference.compared else "import-apart"
    total = f"{number_text(difference.total)}{word('import-dong') if amount else ''}"
    note = word("import-sum", total=total) if difference.compared else ""
    texts: dict[str, Value] = {
        "what": word(what), "sheet": None, "column": measure_words(difference.column, office),
        "file": harmless(f"{ours.file.name} ≠ {other.file.name}"), "kind": _kinds([ours, other]),
        "rows": difference.rows or None,
        "note": "; ".join(filter(None, (note, cause_words(cause.id if cause else "")))),
    }  # fmt: skip
    return told, texts


def _kinds(sources: Sequence[Source]) -> str:
    return ", ".join(dict.fromkeys(kind_named(source.kind).name.vi for source in sources))
