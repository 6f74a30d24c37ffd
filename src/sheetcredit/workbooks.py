"""Workbooks read: the one that was asked for, and the reports of the same office to hold it against.

The previous report is the one that the user names, or it is looked for beside the file: among the .xlsx and
.xlsm files of the same folder, whatever they are called, those that carry the same office code in `Thông tin`
and an earlier period. The latest such period counts, and of two reports of one period the file changed last.
Beside it count the report of the same day under another period (a quarter's last month), and that of the same
period of the year before. Only `Thông tin` is read to find them, of no more files than the limit `search` in
`schemas/catalogues/limits.yaml` (those changed last), and never of one about to be written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from math import isclose
from pathlib import Path
from typing import NamedTuple

from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.model.errors import BadUsage, CannotRead, NotOurTemplate, SheetcreditError
from sheetcredit.model.grid import Book, CellValue, Formula
from sheetcredit.model.period import Period
from sheetcredit.model.text import harmless, word
from sheetcredit.rulebook import Rulebook
from sheetcredit.template.locate import Table
from sheetcredit.template.mapping import OwnTemplate, mapping_inside, mappings_for, parse_mapping
from sheetcredit.template.reading import Info, Reading, info_of, understand
from sheetcredit.template.recognise import is_statement
from sheetcredit.xlsx.cached_values import WrongCachedValue, wrong_cached_values
from sheetcredit.xlsx.kept_part import kept_text
from sheetcredit.xlsx.limits import current_limits
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.read import book_of, bytes_of, peek
from sheetcredit.xlsx.sums import evaluate

_SUFFIXES = frozenset({".xlsx", ".xlsm"})


class _Beside(NamedTuple):
    """A workbook of the folder: whose it is and of when."""

    path: Path
    office: str
    period: Period
    changed: float


@dataclass(frozen=True, slots=True)
class OtherReports:
    """Other reports of the same offices, by file of the current one, where there are such.

    `previous`: the one before; `same_day`: the one of a period that ends on the same day, as a month does
    with its quarter; `year_before`: the one of the same day a year before.
    """

    previous: Mapping[str, Reading] = field(default_factory=dict)
    same_day: Mapping[str, Reading] = field(default_factory=dict)
    year_before: Mapping[str, Reading] = field(default_factory=dict)


def read_office(path: str | Path, rulebook: Rulebook) -> Reading:
    """A workbook read and understood.

    Raises:
        SheetcreditError: it cannot be read, or is not of the rulebook's template.
    """
    data = bytes_of(Path(path))
    book = book_of(data, Path(path), rulebook.office.read_closely())
    try:
        return understood(book, data, rulebook)
    except NotOurTemplate as error:
        if is_statement(book):
            raise NotOurTemplate("E-IS-STATEMENT", path=path) from error
        raise


def understood(book: Book, data: bytes, rulebook: Rulebook) -> Reading:
    """A book understood, with the values that its formulas compute where the file stores others.

    One of an office's own template is read by the mapping that was learnt for it.

    `data` are the bytes it was read from. Formulas are computed only for tables that hold one whose stored
    value is not plainly right: in a workbook of our template that are none.

    Raises:
        NotOurTemplate: it has too few of our sheets, or follows another template version.
        BadDefinition: a mapping has a mistake.
    """
    own = own_mapping(book, rulebook)
    reading = understood_by(own, book, rulebook)
    asked = {sheet.sheet for sheet in rulebook.office.tables()}
    others = [t.grid.sheet for t in reading.tables.values() if t.grid.sheet not in asked]
    if others and book.writable:  # tabs of other names were read without their formulas
        book = replace(book_of(data, Path(book.path), [*asked, *others]), path=book.path)
        reading = understood_by(own, book, rulebook)
    if not book.writable or not any(map(_is_doubtful, reading.tables.values())):
        return reading
    package = Package(data, book.path, current_limits())
    wrong = wrong_cached_values(package, [table.grid.sheet for table in reading.tables.values()])
    return understood_by(own, _with_computed(book, wrong), rulebook) if wrong else reading


def understood_by(own: OwnTemplate | None, book: Book, rulebook: Rulebook) -> Reading:
    """A book understood by its mapping, or as one of our template where it has none.

    Raises:
        NotOurTemplate: it is not of that template.
    """
    if own is None:
        return understand(book, rulebook.office)
    from sheetcredit.template.own_reading import understand_own  # noqa: PLC0415 - ours do without

    return understand_own(book, rulebook.office, own, rulebook.catalogues)


def mappings_of_file(path: Path) -> tuple[OwnTemplate, ...]:
    """The mappings that may be meant for a workbook that is open elsewhere: that inside its file, or others.

    Raises:
        BadDefinition: one has a mistake.
    """
    try:
        inside = kept_text(Package.open(path, current_limits()))
    except CannotRead:
        inside = None
    return mappings_for(str(path)) if inside is None else (parse_mapping(inside, path.name),)


def own_mapping(book: Book, rulebook: Rulebook) -> OwnTemplate | None:
    """The mapping by which a workbook is read, None for one of our template; offices have such, branches not.

    Raises:
        BadDefinition: a mapping has a mistake.
    """
    if not rulebook.office.has("ledger"):
        return None
    inside = mapping_inside(book)
    if inside is not None:
        return inside
    others = mappings_for(book.path)
    return fitting_mapping(book, others, rulebook) if others else None


def fitting_mapping(book: Book, mappings: Iterable[OwnTemplate], rulebook: Rulebook) -> OwnTemplate | None:
    """Of mappings that were made for any workbook the one that this one fits."""
    from sheetcredit.template.own import own_template_of  # noqa: PLC0415 - most have no mapping

    return own_template_of(book, mappings, rulebook.catalogues)


def _is_doubtful(table: Table) -> bool:
    """Whether a formula among the numbers is no plain sum, or stores something else than that sum."""
    numeric = {table.columns[c.name] for c in table.sheet.columns if c.numeric and c.name in table.columns}
    rows = {*table.rows, *([] if table.total_row is None else [table.total_row])}
    for (row, column), formula in table.grid.formulas.items():
        if row in rows and column in numeric:
            value = evaluate(table.grid, formula.text)
            if value is None or not _same(formula.cached, str(value)):
                return True
    return False


def _same(cached: str | None, computed: str) -> bool:
    """Whether two numbers are the same but for what binary floating point adds to a sum."""
    try:
        return isclose(float(cached or ""), float(computed), rel_tol=1e-9, abs_tol=1e-9)
    except ValueError:
        return False


def _with_computed(book: Book, wrong: Iterable[WrongCachedValue]) -> Book:
    """The book with what its formulas compute; not where filters decide what a formula adds up."""
    rows: dict[str, list[list[CellValue]]] = {}
    formulas: dict[str, dict[tuple[int, int], Formula]] = {}
    for one in wrong:
        grid, place = book.grids[one.sheet], (one.row - 1, one.column - 1)
        filtered = "SUBTOTAL(" in one.formula.upper() or "AGGREGATE(" in one.formula.upper()
        if one.computed.kind != "n" or filtered or _same(one.cached, one.computed.text):
            continue
        lines = rows.setdefault(one.sheet, [list(line) for line in grid.rows])
        lines.extend([] for _ in range(one.row - len(lines)))
        line = lines[one.row - 1]
        line.extend("" for _ in range(one.column - len(line)))
        value = float(f"{float(one.computed.text):.15g}")  # a spreadsheet keeps fifteen digits
        line[one.column - 1] = value
        formula = Formula(one.formula, one.cached, f"{value:.15g}")
        formulas.setdefault(one.sheet, dict(grid.formulas))[place] = formula
    changed = {
        name: replace(book.grids[name], rows=list(map(tuple, lines)), formulas=formulas[name])
        for name, lines in rows.items()
    }
    return replace(book, grids={**book.grids, **changed})


def lineage_note(source: Path) -> str:
    """How `Nhật ký` says which workbook the next period's was made from."""
    return f"{word('repair-next')}: {harmless(source.name)}"


def lineage_of(reading: Reading, rulebook: Rulebook) -> str:
    """The name of the workbook that this one was made from by `next`; empty where it was made otherwise."""
    place = reading.book.names.get(rulebook.office.sheet("journal").table_name or "")
    grid = reading.book.grids.get(place[0]) if place and rulebook.office.has("journal") else None
    begin = lineage_note(Path())
    texts = (
        cell for line in (grid.rows if grid else ()) for cell in line
        if isinstance(cell, str) and cell.startswith(begin)
    )  # fmt: skip
    return next(reversed([text.removeprefix(begin) for text in texts]), "")


def other_reports(
    readings: Sequence[Reading],
    rulebook: Rulebook,
    given: str | Path | None = None,
    targets: Iterable[Path | None] = (),
) -> OtherReports:
    """The other reports of the workbooks' offices that lie beside them.

    `given` is the previous one that the user named, otherwise it is looked for; `targets` are about to be
    written.

    Raises:
        BadUsage: `given` is of another office, or not of an earlier period.
        CannotRead, NotOurTemplate: `given` cannot be read.
    """
    if given is not None:
        before = read_office(given, rulebook)
        for reading in readings:
            _check(reading, before, rulebook.catalogues)
    written = {target.resolve() for target in targets if target is not None}
    found = _found(readings, rulebook, written)
    return found if given is None else replace(found, previous={one.file: before for one in readings})


def _check(reading: Reading, before: Reading, catalogues: Catalogues) -> None:
    now, then = reading.info, before.info
    if not _precedes(then.office, then.period, now, catalogues):
        raise BadUsage(
            "E-PREVIOUS", path=reading.file, office=now.office or "?", period=now.period or "?",
            previous=before.file, found_office=then.office or "?", found_period=then.period or "?",
        )  # fmt: skip


def _precedes(office: str | None, period: Period | None, now: Info, catalogues: Catalogues) -> bool:
    if office is None or period is None or now.period is None:
        return False
    same_office = catalogues.office_code(office) == catalogues.office_code(now.office)
    return same_office and period.is_before(now.period)


def _found(readings: Sequence[Reading], rulebook: Rulebook, written: Collection[Path]) -> OtherReports:
    folders: dict[Path, tuple[_Beside, ...]] = {}
    known = {Path(reading.file).resolve(): reading for reading in readings}
    found: dict[str, dict[str, Reading]] = {"previous": {}, "same_day": {}, "year_before": {}}
    for reading in readings:
        period, own = reading.info.period, Path(reading.file).resolve()
        if reading.info.office is None or period is None:
            continue
        if own.parent not in folders:
            folders[own.parent] = _folder(own.parent, rulebook, known)
        office = rulebook.catalogues.office_code(reading.info.office)
        besides = [
            one for one in folders[own.parent]
            if rulebook.catalogues.office_code(one.office) == office and one.path not in (own, *written)
        ]  # fmt: skip
        made_from = _made_from(reading, own, rulebook, known)
        if made_from is not None and Path(made_from.file).resolve() in written:
            made_from = None
        year_ago = period.year_before().last_day
        chosen = {
            "previous": made_from or _nearest(period, [b for b in besides if b.period.is_before(period)]),
            "same_day": _nearest(
                period, [b for b in besides if b.period.last_day == period.last_day and b.period != period]
            ),
            "year_before": _nearest(period, [b for b in besides if b.period.last_day == year_ago]),
        }
        for role, one in chosen.items():
            other = one if one is None or isinstance(one, Reading) else _read(one.path, rulebook, known)
            if other is not None:
                known.setdefault(Path(other.file).resolve(), other)  # it may be two of them
                found[role][reading.file] = other
    return OtherReports(**found)


def _nearest(period: Period, candidates: Sequence[_Beside]) -> _Beside | None:
    """The nearest earlier one; of two of one period the file changed last."""
    return max(candidates, key=lambda one: (period.nearness(one.period), one.changed, one.path), default=None)


def _made_from(
    reading: Reading, own: Path, rulebook: Rulebook, known: Mapping[Path, Reading]
) -> Reading | None:
    """The report that `Nhật ký` names, where it still lies beside this one and comes before it."""
    if not rulebook.office.has("journal") or not (name := lineage_of(reading, rulebook)):
        return None
    beside = own.parent / Path(name).name
    before = _read(beside, rulebook, known) if beside != own and _may_be_a_report(beside) else None
    now = reading.info
    if before is None or now.period is None:
        return None
    fits = _precedes(before.info.office, before.info.period, now, rulebook.catalogues)
    # Only where nothing can lie between: else a later report may stand in the folder.
    adjacent = before.info.period is not None and before.info.period.adjoins(now.period)
    return before if fits and adjacent else None


def _folder(folder: Path, rulebook: Rulebook, known: Mapping[Path, Reading]) -> tuple[_Beside, ...]:
    """What the workbooks of a folder say of themselves; those that were read already are not read again."""
    limit = rulebook.catalogues.limits.continuity_on(date.today()).search
    try:
        files = [(path.stat().st_mtime, path) for path in folder.iterdir() if _may_be_a_report(path)]
    except OSError:
        return ()
    besides: list[_Beside] = []
    for changed, path in sorted(files, reverse=True)[:limit]:
        info = known[path].info if path in known else _info(path, rulebook)
        if info and info.office and info.period:
            besides.append(_Beside(path, info.office, info.period, changed))
    return tuple(besides)


def _may_be_a_report(path: Path) -> bool:
    return path.suffix.lower() in _SUFFIXES and not path.name.startswith(("~$", ".")) and path.is_file()


def _info(path: Path, rulebook: Rulebook) -> Info | None:
    book = peek(path, rulebook.office.sheet("info").sheet)
    try:
        return info_of(book, rulebook.office) if book and not is_statement(book) else None
    except SheetcreditError:
        return None


def _read(path: Path, rulebook: Rulebook, known: Mapping[Path, Reading]) -> Reading | None:
    """A report that was found, or None where it turns out to be unreadable."""
    try:
        return known[path] if path in known else read_office(path, rulebook)
    except SheetcreditError:
        return None
