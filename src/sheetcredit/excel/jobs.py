"""What the buttons do with a book that is open in Excel: read it as it is now, check it, write into it.

The same functions as on the command line, on values that may not be saved yet. Each job returns the text of
one message box.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sheetcredit.checks.batch import Batch
from sheetcredit.excel.imports import press_import
from sheetcredit.excel.live import LiveCells, Sheets, go_to, place_of, read_live, sheets_now, write_live
from sheetcredit.excel.phrases import phrase
from sheetcredit.filling import cells_of_tool, changed_cells, headline
from sheetcredit.model.errors import CannotWrite
from sheetcredit.model.finding import Finding
from sheetcredit.model.text import fold
from sheetcredit.next_period import make_next
from sheetcredit.outcome import Report
from sheetcredit.report import check_batch
from sheetcredit.rulebook import Rulebook, our_rulebook
from sheetcredit.template.reading import Reading, understand
from sheetcredit.template.sources import sources_sheet
from sheetcredit.workbooks import fitting_mapping, mappings_of_file, other_reports, understood_by

if TYPE_CHECKING:
    import xlwings

# Beside the tables: what the report says of itself, the figures kept, the explanations.
_READ = ("info", "summary", "findings")


class Message(NamedTuple):
    """What one message box says; `serious` when something must be done."""

    text: str
    serious: bool = False


def import_exports(book: xlwings.Book, rulebook: Rulebook | None = None) -> Message:
    """Show on `Nguồn số liệu` what the bank's exports would change; the next press writes or drops it."""
    return Message(press_import(book, rulebook or our_rulebook()))


def check(book: xlwings.Book, rulebook: Rulebook | None = None) -> Message:
    """Check everything, write `Kiểm tra`, go to the first finding.

    Across sheets too: with the findings of single sheets alone, explanations of the others would look gone.
    """
    reading, report, rules = _checked(book, rulebook)
    _write(book, reading, report, rules, ("findings",))
    return _tell_findings(book, report)


def reconcile(book: xlwings.Book, rulebook: Rulebook | None = None) -> Message:
    """The same, and `Đối chiếu`: the three sides of each commune and association."""
    reading, report, rules = _checked(book, rulebook, also=("comparison",))
    _write(book, reading, report, rules, ("comparison", "findings"))
    found = _tell_findings(book, report)
    differing = sum(line.state == "differs" for line in report.comparison)
    compared = phrase("reconciled", lines=len(report.comparison), differing=differing)
    if not report.blocks:
        go_to(book, _tab_of(reading, rules, "comparison"))
    return Message(f"{compared}\n{found.text}", found.serious)


def fill(book: xlwings.Book, rulebook: Rulebook | None = None) -> Message:
    """Fill `Tổng hợp`, and say so where its figures rest on numbers that are not in order."""
    reading, report, rules = _checked(book, rulebook)
    _write(book, reading, report, rules, ("summary",))
    go_to(book, _tab_of(reading, rules, "summary"))
    if report.blocks:
        return Message(
            f"{phrase('filled')}\n{phrase('still-wrong', findings=_first_line(report))}", serious=True
        )
    return Message(phrase("filled"))


def bulletin(book: xlwings.Book, rulebook: Rulebook | None = None) -> Message:
    """Write the bulletin beside the workbook, never over one that is there."""
    place = _place(book)
    _, report, _ = _checked(book, rulebook)
    from sheetcredit.bulletin.publish import write_bulletin  # noqa: PLC0415 - the other buttons do without

    made = write_bulletin(report, _free_name(place))
    if report.blocks:
        wrong = phrase("still-wrong", findings=_first_line(report))
        return Message(f"{phrase('bulletin-made', path=made)}\n{wrong}", serious=True)
    return Message(phrase("bulletin-made", path=made))


def send(book: xlwings.Book) -> Message:
    """Send the workbook upward as it is saved: it is saved first, when the user agrees."""
    from sheetcredit.sending import send_from_button  # noqa: PLC0415 - the other buttons do without

    place = _place(book)

    def put(cells: Mapping[str, LiveCells]) -> Path:
        """The seal's cells go into the open book: the file behind it must not be written under Excel."""
        write_live(book, cells, cells)
        return _saved(book, place)

    answer = book.app.alert(
        phrase("save-first", name=book.name), phrase("title"), buttons="yes_no", mode="info"
    )
    if answer != "yes":
        return Message(phrase("not-sent"))
    return Message(send_from_button(_saved(book, place), put))


def next_period(book: xlwings.Book) -> Message:
    """Make the next period's workbook beside this one, from what is saved."""
    place = _place(book)
    answer = book.app.alert(
        phrase("save-before-next", name=book.name), phrase("title"), buttons="yes_no", mode="info"
    )
    if answer != "yes":
        return Message(phrase("no-next"))
    made = make_next(_saved(book, place))
    told = [phrase("next-made", path=made.path, period=made.period)]
    told += [phrase("next-divided", told="; ".join(made.divided))] if made.divided else []
    return Message("\n".join(told), serious=bool(made.divided))


def _saved(book: xlwings.Book, place: Path) -> Path:
    try:
        book.save()
    except Exception as problem:  # each engine has its own kind
        raise CannotWrite("E-LIVE-SAVE", path=place) from problem
    return place


def _checked(
    book: xlwings.Book, rulebook: Rulebook | None, also: Collection[str] = ()
) -> tuple[Reading, Report, Rulebook]:
    """The book read and checked; `also` are sheets (ids) that are read only to be written."""
    sheets = sheets_now(book)
    rules = rulebook or our_rulebook()
    reading = _own_reading(book, sheets, rules) or _our_reading(book, sheets, rules, also)
    others = other_reports([reading], rules) if place_of(book) else None
    (report,) = check_batch(Batch.of([reading], rules, others), compared="comparison" in also)
    return reading, report, rules


def _our_reading(book: xlwings.Book, sheets: Sheets, rules: Rulebook, also: Collection[str]) -> Reading:
    """The book as one of our template."""
    tables = [sheet.sheet for sheet in rules.office.tables()]
    others = [rules.office.sheet(sheet).sheet for sheet in (*_READ, *also)]
    others += [name for name in sheets if name.startswith(sources_sheet().sheet)]
    names = [column.name_in_book for column in rules.office.sheet("info").columns if column.name_in_book]
    return understand(read_live(book, sheets, [*tables, *others], tables, names), rules.office)


def _own_reading(book: xlwings.Book, sheets: Sheets, rules: Rulebook) -> Reading | None:
    """The book as one of the office's own template, by its mapping; None where it is not.

    A book that has all our sheets is ours: nothing else is looked for, as every look is a call to Excel.

    Raises:
        CannotWrite: it has not got the tool's sheets yet, which only its file can be given.
    """
    names = set(map(fold, sheets))
    place = place_of(book)
    if place is None or all(fold(sheet.sheet) in names for sheet in rules.office.tables()):
        return None
    mappings = mappings_of_file(Path(place))
    if not mappings:
        return None
    live = read_live(book, sheets, list(sheets), list(sheets))
    own = fitting_mapping(live, mappings, rules)
    if own is None:
        return None
    if rules.office.sheet("findings").table_name not in live.names:
        raise CannotWrite("E-OWN-SHEETS", path=place)
    return understood_by(own, live, rules)


def _write(
    book: xlwings.Book, reading: Reading, report: Report, rules: Rulebook, sheets: Collection[str]
) -> None:
    """The cells of the tool on the sheets of these ids."""

    whole = cells_of_tool(rules.office, reading, report, sheets)
    write_live(book, changed_cells(reading.book, whole), whole)


def _tab_of(reading: Reading, rules: Rulebook, sheet: str) -> str:
    """What a sheet of ours is called in the book."""
    name = rules.office.sheet(sheet).sheet
    grid = reading.book.grid(name)
    return grid.sheet if grid else name


def _tell_findings(book: xlwings.Book, report: Report) -> Message:
    """What was found, with the cursor on the first of it."""
    lines = [headline(report)]
    first = _first(report.findings)
    if first is not None and first.sheet is not None and go_to(book, first.sheet, first.cell):
        lines.append(phrase("first", place=first.message()))
    lines.append(phrase("see-findings") if report.findings else phrase("nothing-blocks"))
    return Message("\n".join(lines), serious=report.blocks)


def _first(findings: Sequence[Finding]) -> Finding | None:
    """The first finding that blocks and has a cell; else the first with a cell."""
    placed = [finding for finding in findings if finding.cell is not None]
    return next((finding for finding in placed if finding.blocks), placed[0] if placed else None)


def _first_line(report: Report) -> str:
    return headline(report).split("\n", 1)[0]


def _place(book: xlwings.Book) -> Path:
    place = place_of(book)
    if place is None:
        raise CannotWrite("E-LIVE-UNSAVED", path=book.name)
    return Path(place)


def _free_name(place: Path) -> Path:
    name = phrase("bulletin-name", name=place.stem)
    candidates = [
        place.with_name(f"{name}{f'-{number}' if number > 1 else ''}.docx") for number in range(1, 100)
    ]
    return next((path for path in candidates if not path.exists()), candidates[-1])
