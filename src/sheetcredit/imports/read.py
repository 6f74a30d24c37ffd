"""Reading the bank's exports: files → tables → typed rows → figures for cells of the template.

Each file is known by its content. Then all files of one import are looked at together: one office, one day
of the data, amounts of one size, names of one file by the codes of another. What does not fit is refused in
a finding.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import polars as pl
from msgspec import structs

from sheetcredit.catalogue.catalogue import scale_in_force
from sheetcredit.imports.figures import Exports, ImportedFigure, Quality, Source
from sheetcredit.imports.frames import ROW, TypedTable, doubt, grouped, some_rows, type_table
from sheetcredit.imports.giving import STATEMENTS, Giving
from sheetcredit.imports.names import Names, names_of
from sheetcredit.imports.sheets import open_sheets
from sheetcredit.imports.tables import RawTable, read_tables
from sheetcredit.model.errors import CannotRead
from sheetcredit.model.finding import Finding
from sheetcredit.rulebook import Rulebook

_DAY_IN_NAME = re.compile(
    r"(?<!\d)(\d{2})[-_. ]?(\d{2})[-_. ]?(20\d{2})(?!\d)|(?<!\d)(20\d{2})-(\d{2})-(\d{2})"
)
_ANOTHER_SIZE = 500
"""Totals of two files that differ by so many times are not in the units that they say."""
_QUERY_SHEET = "bcquery"
_Value = TypeVar("_Value")


def read_exports(paths: Iterable[Path], rulebook: Rulebook, office: str | None = None) -> Exports:
    """What the files give together; a file that cannot be used is a finding, and the others are read.

    `office`: the POS code (6 digits) whose figures are wanted; else that of the files.
    """
    findings: list[Finding] = []
    # One after the other: of a file that is read, only the typed rows stay in memory.
    opened = ((raw, path) for path in paths for raw in tables_of(path, findings))
    return exports_of(opened, rulebook, office, findings)


def tables_of(path: Path, findings: list[Finding]) -> list[RawTable]:
    """The tables of a file; a file that cannot be read, or is none of the bank's, is told and has none."""
    try:
        tables = [table for sheet in open_sheets(path) for table in read_tables(sheet)]
    except CannotRead as error:
        findings.append(
            doubt("I-UNREADABLE", path, reason={"vi": error.message("vi"), "en": error.message("en")})
        )
        return []
    if not tables:
        findings.append(doubt("I-UNKNOWN", path))
    return _each_once(tables, path, findings)


def exports_of(
    opened: Iterable[tuple[RawTable, Path]],
    rulebook: Rulebook,
    office: str | None = None,
    findings: list[Finding] | None = None,
) -> Exports:
    """What tables give together, each with the file that it is of; `office` as for `read_exports`.

    `findings`: what opening the files has told, to which is added.
    """
    findings = [] if findings is None else findings
    tables: list[TypedTable] = []
    waiting: list[tuple[RawTable, Path]] = []
    for raw, path in opened:
        typed = type_table(raw, path, office, rulebook.catalogues)
        if _waits(raw, typed):
            waiting.append((raw, path))
        else:
            tables.append(typed)
    office = office or _most(table.source.office for table in tables if not table.refused)
    tables += [type_table(raw, path, office, rulebook.catalogues) for raw, path in waiting]
    findings += [finding for table in tables for finding in table.findings]
    tables = [table for table in tables if not table.refused]
    day = _most(table.day for table in tables if table.role in ("", "current"))
    tables = list(_of_one_office(tables, office, findings))
    tables = list(_of_one_day(tables, day, findings))
    tables = list(_of_one_size(tables, findings))
    names = _learnt(tables, names_of(rulebook.catalogues, office, day or date.today()))
    giving = _giving(rulebook, day)
    sources: list[Source] = []
    figures: list[ImportedFigure] = []
    for table in tables:
        translated = _translated(table, names, findings)
        sources.append(translated.source)
        figures += _about(translated.source, rulebook, day)
        figures += giving.figures(_at_year_end(translated, day), translated.source, findings)
    return Exports(tuple(sources), tuple(figures), tuple(findings))


def _each_once(tables: Sequence[RawTable], path: Path, findings: list[Finding]) -> list[RawTable]:
    """One sheet of each kind (and role): that which the bank's program wrote, beside copies made by staff."""
    kept: list[RawTable] = []
    groups: dict[tuple[str, str], list[RawTable]] = {}
    for table in tables:
        role = table.sheet if table.role == "plan" else table.role
        groups.setdefault((table.kind.kind, role), []).append(table)
    for alike in groups.values():
        if len(alike) == 1:
            kept += alike
            continue
        first = [table for table in alike if table.sheet.casefold() == _QUERY_SHEET]
        sheets = ", ".join(table.sheet for table in alike)
        code = "I-SHEET-TWICE" if len(first) == 1 else "I-SHEETS-ALIKE"
        findings.append(doubt(code, path, alike[0].sheet, sheets=sheets))
        kept += first if len(first) == 1 else []
    return kept


def _waits(raw: RawTable, typed: TypedTable) -> bool:
    """Whether a table holds several offices, and is read once the other files have told whose they are."""
    return raw.kind.form == "indicators" or any(finding.code == "I-OFFICES" for finding in typed.findings)


def _most(values: Iterable[_Value | None]) -> _Value | None:
    """What most say; of two that as many say the greater."""
    counted = Counter(value for value in values if value is not None)
    return max(counted, key=lambda value: (counted[value], str(value)), default=None)


# --- one import: one office, one day, one size ----------------------------------------------------------


def _of_one_office(
    tables: Iterable[TypedTable], office: str | None, findings: list[Finding]
) -> Iterator[TypedTable]:
    for table in tables:
        source = table.source
        if source.office is None or source.office == office:
            yield table
        else:
            findings.append(doubt("I-OFFICE", source.file, source.sheet, found=source.office, office=office))


def _of_one_day(
    tables: Iterable[TypedTable], day: date | None, findings: list[Finding]
) -> Iterator[TypedTable]:
    """Tables of the day that most have, and of the end of the year before where they tell the opening."""
    for table in tables:
        source = table.source
        if table.day is None:
            proposed = _proposed(source.file)
            code = "I-NO-DAY" if day is None or proposed in (None, day) else "I-NAME-DAY"
            said = f"{proposed:%d/%m/%Y}" if proposed else "-"
            findings.append(doubt(code, source.file, source.sheet, proposed=said))
            yield table
        elif table.day == _expected_day(table, day) or _is_year_end(table, day):
            yield table
        else:
            said, wanted = f"{table.day:%d/%m/%Y}", f"{_expected_day(table, day):%d/%m/%Y}"
            findings.append(doubt("I-DAY", source.file, source.sheet, found=said, wanted=wanted))


def _expected_day(table: TypedTable, day: date | None) -> date | None:
    if day is None or table.role in ("", "current"):
        return day
    return _year_end(day) if table.role == "opening" else table.day


def _year_end(day: date) -> date:
    return date(day.year - 1, 12, 31)


def _is_year_end(table: TypedTable, day: date | None) -> bool:
    opening = any(column.column == "opening" for given in table.kind.gives for column in given.columns)
    return day is not None and table.kind.form == "page" and opening and table.day == _year_end(day)


def _at_year_end(table: TypedTable, day: date | None) -> TypedTable:
    """A table of 31 December gives its balances as openings, and nothing else."""
    if not _is_year_end(table, day):
        return table
    gives = []
    for given in table.kind.gives:
        balances = [
            structs.replace(column, column="opening")
            for column in given.columns
            if column.column == "balance"
        ]
        gives.append(structs.replace(given, columns=tuple(balances)))
    return replace(table, kind=structs.replace(table.kind, gives=tuple(gives)))


def _proposed(path: Path) -> date | None:
    """The day that the name of a file tells: of the data, or of the drawing."""
    match = _DAY_IN_NAME.search(path.stem)
    if match is None:
        return None
    day, month, year, *iso = match.groups()
    try:
        return date(int(year), int(month), int(day)) if day else date(int(iso[0]), int(iso[1]), int(iso[2]))
    except ValueError:
        return None


def _of_one_size(tables: Sequence[TypedTable], findings: list[Finding]) -> Iterator[TypedTable]:
    """Tables whose total balance is of the size that the others have: a unit may be said wrongly."""
    totals = [_total(table) for table in tables]
    known = sorted(total for total in totals if total)
    usual = known[(len(known) - 1) // 2] if known else 0
    for table, total in zip(tables, totals, strict=True):
        if total and not usual / _ANOTHER_SIZE < total < usual * _ANOTHER_SIZE:
            source = table.source
            found, others = grouped(total), grouped(usual)
            findings.append(doubt("I-SIZE", source.file, source.sheet, found=found, usual=others))
        else:
            yield table


def _total(table: TypedTable) -> int | None:
    name = table.kind.unit.balance
    if name not in table.frame.columns or table.role not in ("", "current"):
        return None
    frame = table.frame
    if table.kind.totals_of:
        frame = frame.filter(pl.col("level").is_in(table.kind.totals_of))
    return int(frame[name].sum()) or None


# --- names to codes -------------------------------------------------------------------------------------


def _learnt(tables: Sequence[TypedTable], names: Names) -> Names:
    """What the files that have codes beside names say."""
    for what in ("commune", "programme", "group"):
        for table in tables:
            for field in table.kind.fields:
                if field.names == what and {what, field.name} <= set(table.frame.columns):
                    _learn(table, what, field.name, names)
    return names


def _learn(table: TypedTable, what: str, name: str, names: Names) -> None:
    if what == "group" and not (table.kind.directory and "commune" in table.frame.columns):
        return
    columns = [what, name, "commune"] if what == "group" else [what, name]
    for code, text, *commune in table.frame.select(columns).unique().iter_rows():
        names.learn(what, code, text, names.commune(commune[0]) if commune else None)


def _translated(table: TypedTable, names: Names, findings: list[Finding]) -> TypedTable:
    """The table with our codes for names and the bank's codes; what has none is told and gives no figure."""
    frame, source, unnamed = table.frame, table.source, set(table.unnamed)
    for field in table.kind.fields:
        if field.type not in ("commune", "programme", "leader") or field.name not in frame.columns:
            continue
        told = frame.select("commune", field.name) if field.type == "leader" else frame.select(field.name)
        codes: dict[tuple[str | None, ...], str | None] = {}
        for said in told.unique().iter_rows():
            codes[said] = (
                names.group(*said) if field.type == "leader"
                else names.commune(said[0]) if field.type == "commune"
                else names.programme(said[0])
            )  # fmt: skip
        new = pl.Series(field.name, [codes[said] for said in told.iter_rows()], dtype=pl.String)
        unknown = frame.filter(new.is_null() & frame[field.name].is_not_null())
        if unknown.height and field.type == "leader":
            left_out = (*source.left_out, ("row-merged", unknown.height))
            source = replace(source, left_out=left_out, taken=source.taken - unknown.height)
            unnamed.add(field.name)
        elif unknown.height:
            unnamed.add(field.name)
            listed = unknown[field.name].unique(maintain_order=True).to_list()
            row = int(unknown[ROW].min())  # type: ignore[arg-type]
            # What stands in a wrong column of a statement may be a customer's name: rows are named instead.
            is_page = table.kind.form != "query"
            text = (
                ", ".join(f"`{name}`" for name in listed[:5])
                if is_page
                else some_rows(unknown[ROW].to_list())
            )
            findings.append(doubt("I-NAME", source.file, source.sheet, row, listed=text, count=len(listed)))
        frame = frame.with_columns(new)
    return replace(table, frame=frame, source=source, unnamed=frozenset(unnamed))


# --- figures --------------------------------------------------------------------------------------------


def _giving(rulebook: Rulebook, day: date | None) -> Giving:
    scale = scale_in_force(rulebook.catalogues.limits.rating, day or date.today())
    statements = {
        str(sheet.constants["association"]): sheet.id
        for sheet in rulebook.office.sheets
        if sheet.frame == STATEMENTS
    }
    levels = tuple((Decimal(str(level.below)), level.name.vi) for level in scale.levels)
    return Giving(statements, levels)


def _about(source: Source, rulebook: Rulebook, day: date | None) -> Iterator[ImportedFigure]:
    """What a source says of the report itself: its office and the day of the data."""
    told: dict[str, str] = {}
    if source.office:
        known = rulebook.catalogues.office_on(source.office, day or date.today())
        told["office"] = known.code if known else source.office
    if source.as_of and source.as_of == day:
        told["as_of"] = source.as_of.isoformat()
    for column, value in told.items():
        yield ImportedFigure("info", (), column, value, 0, Quality.EXACT, "", source, (source.header_row,))
