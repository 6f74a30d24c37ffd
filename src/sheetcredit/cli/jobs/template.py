"""The assistant that learns an office's own template: proposes, asks about the rest, keeps the mapping."""

from __future__ import annotations

import json as json_form
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from functools import partial
from pathlib import Path

import typer

from sheetcredit.catalogue.catalogue import Catalogues, load_catalogues
from sheetcredit.cli.options import BLOCKED, CLEAN, Lang
from sheetcredit.model.errors import BadUsage, CannotWrite, NotOurTemplate
from sheetcredit.model.grid import column_letters
from sheetcredit.model.text import fold, word
from sheetcredit.rulebook import our_rulebook
from sheetcredit.screen.say import say
from sheetcredit.template.definition import Office, load_office
from sheetcredit.template.learn import (
    LIKELY,
    SURE,
    Proposal,
    ProposedColumn,
    ProposedTable,
    mapping_from,
    mapping_text,
    propose,
)
from sheetcredit.template.mapping import BESIDE, OwnTemplate, mappings_folder
from sheetcredit.template.own import OF_OURS
from sheetcredit.workbooks import read_office
from sheetcredit.xlsx.atomic_write import put, rewrite
from sheetcredit.xlsx.kept_part import with_kept_text
from sheetcredit.xlsx.limits import current_limits
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.read import book_of, bytes_of

_PLACES = ("settings", "folder", "inside")


@dataclass(frozen=True, slots=True)
class LearnOptions:
    """What the options say; what they leave open is proposed, and asked for on a terminal."""

    office: str | None = None
    name: str | None = None
    unit: str | None = None
    columns: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    keep: str | None = None
    yes: bool = False


def learn(path: Path, told: LearnOptions, json: bool, lang: Lang) -> int:
    """`sheetcredit template learn`: a mapping of the workbook, kept where the user wants it.

    Raises:
        BadUsage: an option names what is not there.
        NotOurTemplate: no table of the workbook seems to be one of ours, or the office is not known.
    """
    catalogues, office = load_catalogues(), load_office()
    data = bytes_of(path)
    sheets = list(book_of(data, path).grids)
    book = book_of(data, path, sheets)
    if OF_OURS in book.names:
        say("template-ours", lang, path=path)
        return CLEAN
    asking = sys.stdin.isatty() and sys.stderr.isatty() and not told.yes and not json
    proposal = propose(book, office, catalogues, told.office)
    proposal = _as_told(proposal, told, office)
    if not proposal.tables:
        others = ", ".join(dict.fromkeys(f"`{one.tab}`" for one in proposal.others)) or "-"
        raise NotOurTemplate("E-NOTHING-LEARNT", path=path, sheets=others)
    if json:
        print(_as_json(proposal, office))
    else:
        _show(proposal, office, lang)
    if asking:
        proposal = _asked(proposal, office, catalogues, lang)
    doubtful = list(_doubtful(proposal))
    if proposal.office is None:
        raise NotOurTemplate("E-WHOSE-TEMPLATE", path=path)
    if doubtful and not (asking or told.yes):
        for table, column in doubtful:
            option = f"{table.table}.{column.column}={column_letters(column.place)}"
            say("learn-doubtful", lang, sys.stderr, option=option, header=column.header)
        say("learn-not-kept", lang, sys.stderr)
        return BLOCKED
    entry = catalogues.office_on(proposal.office, proposal.day.day) if proposal.day else None
    name = told.name or path.stem
    mapping = mapping_from(proposal, name, entry.name.vi if entry else "")
    keep = told.keep or (_ask_place(lang) if asking else "settings")
    kept = _keep(mapping, path, keep)
    reading = read_office(path, our_rulebook())
    learnt = len(reading.tables) if reading.own is not None else 0
    if learnt < len(mapping.tables):
        raise CannotWrite("E-MAPPING-UNUSED", path=path, place=kept)
    say("learn-kept", lang, sys.stderr if json else None, path=kept, count=learnt)
    return CLEAN


def show(path: Path, lang: Lang) -> int:
    """`sheetcredit template show`: which table stands where, as the mapping says."""
    reading = read_office(path, our_rulebook())
    if reading.own is None:
        say("template-ours", lang, path=path)
        return CLEAN
    say("template-own", lang, path=path, name=reading.own.name, folder=mappings_folder())
    for table in reading.tables.values():
        cell = table.cell(table.header_row, table.sheet.key[0])
        say(
            "learn-table",
            lang,
            sheet=table.sheet.sheet,
            tab=table.grid.sheet,
            cell=cell,
            rows=len(table.rows),
        )
        for column in table.sheet.columns:
            if column.name in table.headers:
                place = table.shown.get(column.name, table.columns[column.name])
                letters = column_letters(place)
                print(f"    {letters:>3}  {table.headers[column.name]} → {column.header}")
    return CLEAN


# What the options say.


def _as_told(proposal: Proposal, told: LearnOptions, office: Office) -> Proposal:
    skipped = set(map(fold, told.skipped))
    known = {fold(one.tab) for one in (*proposal.tables, *proposal.others)}
    for tab in told.skipped:
        if fold(tab) not in known:
            raise BadUsage("E-LEARN-SKIP", name=tab)
    tables = [one for one in proposal.tables if fold(one.tab) not in skipped]
    if told.unit:
        tables = [replace(one, unit=told.unit, unit_said=True) for one in tables]
    for option in told.columns:
        tables = _with_column(tables, option, office)
    return replace(proposal, tables=tuple(tables), unit=told.unit or proposal.unit)


def _with_column(tables: Sequence[ProposedTable], option: str, office: Office) -> list[ProposedTable]:
    """The tables with a column as an option says it: `farmers.balance=H`."""
    name, equals, place = option.partition("=")
    table_id, _, column = name.partition(".")
    table = next((one for one in tables if one.table == table_id), None)
    known = [each.name for each in office.sheet(table_id).columns] if table else []
    if table is None or column not in known or not equals:
        near = get_close_matches(column, known, 1) or known
        listed = ", ".join(near if table else [str(one.table) for one in tables])
        raise BadUsage("E-LEARN-COLUMN", option=option, known=listed)
    wanted = _place_named(table, place) if place else None
    columns = [
        replace(one, column=column, confidence=1.0)
        if one.place == wanted
        else replace(one, column=None, confidence=0.0)
        if one.column == column
        else one
        for one in table.columns
    ]
    constants = {name: value for name, value in (table.constants or {}).items() if name != column}
    changed = replace(table, columns=tuple(columns), constants=constants)
    return [changed if one is table else one for one in tables]


def _place_named(table: ProposedTable, text: str) -> int:
    for one in table.columns:
        if fold(text) in (fold(one.header), fold(column_letters(one.place))):
            return one.place
    listed = ", ".join(f"{column_letters(one.place)} ({one.header})" for one in table.columns)
    raise BadUsage("E-LEARN-COLUMN", option=text, known=listed)


# What is shown, and asked.


def _show(proposal: Proposal, office: Office, lang: Lang) -> None:
    day = f"{proposal.day.day:%d/%m/%Y} ({proposal.day.place.sheet})" if proposal.day else "?"
    say("learn-details", lang, office=proposal.office or "?", day=day)
    for table in proposal.tables:
        sheet = office.sheet(table.table or "")
        cell = f"{column_letters(min(one.place for one in table.columns))}{table.area.bottom + 1}"
        say(
            "learn-table",
            lang,
            sheet=sheet.sheet,
            tab=table.tab,
            cell=cell,
            rows=table.rows,
        )
        unit = word("learn-unit" if table.unit_said else "learn-unit-guessed", lang, unit=table.unit)
        print(f"    {unit}")
        for one in table.columns:
            ours = sheet.column(one.column).header if one.column else "-"
            sure = f"{100 * one.confidence:.0f} %" if one.column else ""
            letters, samples = column_letters(one.place), "; ".join(one.samples)
            print(f"    {letters:>3}  {one.header} → {ours}  {sure}  ({samples})")
        missing = _missing(table, office)
        if missing:
            print(f"    {word('learn-missing', lang, listed=', '.join(missing))}")
    for table in proposal.others:
        say("learn-other", lang, tab=table.tab, row=table.area.bottom + 1)


def _missing(table: ProposedTable, office: Office) -> list[str]:
    taken = {one.column for one in table.columns} | set(table.constants or {})
    names = {f"{name.removesuffix('_name')}" for name in taken if name and name.endswith("_name")}
    return [c.header for c in office.sheet(table.table or "").columns if c.name not in taken | names]


def _doubtful(proposal: Proposal) -> Iterator[tuple[ProposedTable, ProposedColumn]]:
    for table in proposal.tables:
        for one in table.columns:
            if one.column is not None and LIKELY <= one.confidence < SURE:
                yield table, one


def _asked(proposal: Proposal, office: Office, catalogues: Catalogues, lang: Lang) -> Proposal:
    """The proposal as a person answers: doubtful columns, unknown ones of tables that lack some, the office.

    What was said of a header once holds for the same header of every other table.
    """
    tables: list[ProposedTable] = []
    answers: dict[str, str | None] = {}
    for table in proposal.tables:
        columns = list(table.columns)
        for place, one in enumerate(columns):
            missing = _missing(replace(table, columns=tuple(columns)), office)
            doubtful = one.column is not None and one.confidence < SURE
            unknown = one.column is None and missing and one.samples and not _counts(one)
            if not doubtful and not unknown:
                continue
            if fold(one.header) not in answers:
                answers[fold(one.header)] = _ask_column(table, one, missing, office, lang)
            taken = answers[fold(one.header)]
            if taken is None or all(other.column != taken for other in columns if other is not one):
                columns[place] = replace(one, column=taken, confidence=1.0 if taken else 0.0)
        constants = {
            name: value for name, value in (table.constants or {}).items()
            if all(one.column != name for one in columns)
        }  # fmt: skip
        tables.append(replace(table, columns=tuple(columns), constants=constants))
    code = proposal.office
    day = proposal.day.day if proposal.day else date.today()
    while code is None or catalogues.office_on(code, day) is None:
        code = str(typer.prompt(word("learn-ask-office", lang), err=True)).strip()
    return replace(proposal, tables=tuple(tables), office=code)


def _counts(one: ProposedColumn) -> bool:
    """Whether a column only numbers the rows."""
    return one.samples[:3] == ("1", "2", "3")


def _ask_column(
    table: ProposedTable, one: ProposedColumn, missing: Sequence[str], office: Office, lang: Lang
) -> str | None:
    sheet = office.sheet(table.table or "")
    proposed = [sheet.column(one.column).header] if one.column else []
    choices = [*proposed, *(header for header in missing if header not in proposed)]
    letters = column_letters(one.place)
    say(
        "learn-ask",
        lang,
        sys.stderr,
        tab=table.tab,
        letters=letters,
        header=one.header,
        samples="; ".join(one.samples),
    )
    for number, header in enumerate(choices, start=1):
        print(f"  {number:2}  {header}", file=sys.stderr)
    default = "1" if proposed else "0"
    while True:
        answer = str(typer.prompt(word("learn-ask-number", lang), default=default, err=True)).strip()
        if answer.isdigit() and int(answer) <= len(choices):
            break
    if answer == "0":
        return None
    return next(column.name for column in sheet.columns if column.header == choices[int(answer) - 1])


def _ask_place(lang: Lang) -> str:
    say("learn-ask-place", lang, sys.stderr)
    while True:
        answer = str(typer.prompt(word("learn-ask-choice", lang), default="1", err=True)).strip()
        if answer in ("1", "2", "3"):
            return _PLACES[int(answer) - 1]


def _as_json(proposal: Proposal, office: Office) -> str:
    tables = [
        {
            "table": one.table, "sheet": one.tab, "header_row": one.area.bottom + 1, "unit": one.unit,
            "unit_said": one.unit_said, "confidence": one.confidence, "missing": _missing(one, office),
            "columns": [
                {
                    "column": column_letters(column.place), "header": column.header, "means": column.column,
                    "confidence": column.confidence, "samples": list(column.samples),
                }
                for column in one.columns
            ],
        }
        for one in proposal.tables
    ]  # fmt: skip
    day = proposal.day
    whole = {
        "version": 1, "office": proposal.office, "as_of": f"{day.day:%Y-%m-%d}" if day else None,
        "tables": tables, "others": [one.tab for one in proposal.others],
    }  # fmt: skip
    return json_form.dumps(whole, ensure_ascii=False, indent=1)


# Where it is kept.


def _keep(mapping: OwnTemplate, path: Path, where: str) -> str:
    """Keep a mapping; where it lies."""
    text = mapping_text(mapping)
    if where == "inside":
        rewrite(path, partial(_with_mapping, text=text, path=str(path)))
        return str(path)
    if where == "folder":
        target = path.with_name(BESIDE)
    else:
        safe = "".join(c if c.isalnum() or c in "-_ " else "-" for c in mapping.name) or "mau"
        target = mappings_folder() / f"{safe}.yaml"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        put(target, text)
    except OSError as error:
        raise CannotWrite("E-WRITE", path=target, reason=error.strerror or error) from error
    return str(target)


def _with_mapping(data: bytes, text: bytes, path: str) -> bytes:
    return with_kept_text(Package(data, path, current_limits()), text)
