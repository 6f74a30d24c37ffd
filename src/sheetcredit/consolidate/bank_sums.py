"""The offices' sums against the bank's own exports of the branch, where these lie among the reports: N-BANK.

An export that has an office a column or a row (Điện báo, BC0438) is held against each office. One by commune
that names no office (01.1/BCTD) is held against the office, or against the sum of all offices, whose communes
are just those that it lists: the form is the same for both. What an export rounds is allowed for; an export
of another day, or of which it cannot be told whose it is, is not compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.consolidate.arrivals import Arrivals, Submission, office_label
from sheetcredit.imports.figures import ImportedFigure
from sheetcredit.imports.read import exports_of, tables_of
from sheetcredit.imports.recognise import folded
from sheetcredit.imports.tables import RawTable
from sheetcredit.model.errors import NotOurTemplate
from sheetcredit.model.finding import Finding, digest_of, severity_of
from sheetcredit.model.money import in_unit
from sheetcredit.model.text import LANGUAGES, number_text
from sheetcredit.outcome import Gathered
from sheetcredit.pool.workers import in_own_process
from sheetcredit.rulebook import Rulebook
from sheetcredit.template.definition import load_office

_COMPARED = ("balance", "overdue", "frozen")
_SUFFIXES = frozenset({".xlsx", ".xls", ".xlsm"})
_TOTALS = "~totals"
_DIRECT, _POS_DIGITS, _UNIT = "99", 6, 1_000_000


@dataclass(frozen=True, slots=True)
class AskedOffice:
    """An office whose sums are looked for: its POS code (6 digits), and the names of its communes, folded."""

    code: str
    post: str
    communes: frozenset[str]


@dataclass(frozen=True, slots=True)
class BankSum:
    """An amount in đồng that an export gives of an office, or of the whole branch where `office` is empty.

    `entrusted`: without direct lending. `slack`: how far the true amount may lie from it.
    """

    office: str
    column: str
    entrusted: bool
    dong: int
    slack: int
    file: str
    sheet: str


def findings_of_bank(arrived: Arrivals, rulebook: Rulebook) -> tuple[list[Finding], frozenset[str]]:
    """The sums that differ, and the paths of the exports that were compared."""
    paths = [
        stray.path
        for stray in arrived.strays
        if isinstance(stray.error, NotOurTemplate) and Path(stray.path).suffix.lower() in _SUFFIXES
    ]
    if not paths or arrived.owner.level != "chi nhánh":
        return [], frozenset()
    asked = [_asked(one, rulebook.catalogues, arrived.period.last_day) for one in arrived.summed]
    nothing: list[BankSum] = []
    sums = in_own_process(bank_sums, paths, asked, rulebook, arrived.period.last_day, otherwise=nothing)
    return list(_differing(sums, arrived)), frozenset(one.file for one in sums)


def _asked(one: Submission, catalogues: Catalogues, day: date) -> AskedOffice:
    entry = catalogues.office_on(one.office, day)
    ledger = one.used.rows.get("ledger") if one.used else None
    named = ledger is not None and "commune_name" in ledger.columns
    names = ledger["commune_name"].drop_nulls() if ledger is not None and named else ()
    post = (entry.bank_code if entry else "") or one.office.zfill(_POS_DIGITS)
    return AskedOffice(one.office, post, frozenset(map(folded, names)))


def bank_sums(
    paths: Sequence[str], asked: Sequence[AskedOffice], rulebook: Rulebook, day: date
) -> list[BankSum]:
    """What the exports among some files give of offices for a day. Each file is opened once."""
    found: dict[BankSum, None] = {}  # a set that keeps the order
    for path in map(Path, paths):
        tables = tables_of(path, [])  # none, where it is not the bank's: it is told with the files of nobody
        for one in asked if tables else ():
            # Which rows or column of a table count depends on the office that is asked for.
            exports = exports_of([(table, path) for table in tables], rulebook, one.post)
            figures = [figure for figure in exports.figures if figure.source.as_of == day]
            found |= dict.fromkeys(_of_office(figures, one))
            found |= dict.fromkeys(_of_communes(figures, tables, asked))
    return list(found)


def _of_office(figures: Sequence[ImportedFigure], one: AskedOffice) -> Iterator[BankSum]:
    """The sums that name the office."""
    entrusted: dict[str, list[ImportedFigure]] = {}
    for figure in figures:
        if figure.source.office != one.post:
            continue
        if figure.table == _TOTALS and figure.column in _COMPARED:
            yield _sum(one.code, [figure])
        elif (figure.table, figure.column) == ("ledger", "balance") and figure.key[-1] != _DIRECT:
            entrusted.setdefault(figure.source.sheet, []).append(figure)
    for rows in entrusted.values():
        yield _sum(one.code, rows, entrusted=True)


def _of_communes(
    figures: Sequence[ImportedFigure], tables: Sequence[RawTable], asked: Sequence[AskedOffice]
) -> Iterator[BankSum]:
    """The sums that name no office, of tables that list just the communes of one office, or of all."""
    listed = {table.sheet: _communes(table) for table in tables}
    for figure in figures:
        if figure.table != _TOTALS or figure.column not in _COMPARED or figure.source.office:
            continue
        communes = listed[figure.source.sheet]
        whole = [one for one in asked if one.communes and one.communes <= communes]
        if communes == frozenset[str]().union(*(one.communes for one in whole)):
            if len(whole) == 1:
                yield _sum(whole[0].code, [figure])
            elif len(whole) == len(asked):
                yield _sum("", [figure])


def _communes(table: RawTable) -> frozenset[str]:
    """The names of the communes that a printed page has a line each of, folded."""
    if table.kind.form != "page" or "commune" not in table.values:
        return frozenset()
    lines = zip(table.values["level"], table.values["commune"], strict=True)
    return frozenset(folded(name) for level, name in lines if level == "commune")


def _sum(office: str, rows: Sequence[ImportedFigure], *, entrusted: bool = False) -> BankSum:
    dong = sum(one.value for one in rows if isinstance(one.value, int))
    source = rows[0].source
    return BankSum(
        office, rows[0].column, entrusted, dong, sum(one.slack for one in rows), str(source.file),
        source.sheet,
    )  # fmt: skip


def _differing(sums: Sequence[BankSum], arrived: Arrivals) -> Iterator[Finding]:
    used = {one.office: one.used for one in arrived.summed if one.used}
    whole = len(used) == len(arrived.submissions)
    names = {one.office: office_label(one.office, one.name) for one in arrived.submissions}
    origins = {one.path: one.origin for one in arrived.strays}
    for bank in sums:
        if not bank.office and not whole:
            continue
        reports = [used[bank.office]] if bank.office else list(used.values())
        own = sum(_reported(report, bank) for report in reports)
        if abs(own - bank.dong) <= bank.slack:
            continue
        details = {
            "office": names.get(bank.office) or arrived.owner.name,
            "export": origins.get(bank.file, bank.file),
            "figure": _named(bank),
            "apart": own - bank.dong,
            **_amounts(own, bank.dong),
        }
        about = used[bank.office].path if bank.office else ""
        key = f"N-BANK|{bank.office}|{bank.column}|{bank.entrusted}|{Path(bank.file).name}"
        yield Finding(
            file=about, code="N-BANK", severity=severity_of("N-BANK"), sheet=None, details=details, key=key,
            digest=digest_of(own, bank.dong),
        )  # fmt: skip


def _reported(report: Gathered, bank: BankSum) -> int:
    frame = report.rows.get("ledger" if bank.entrusted else "programmes")
    if frame is None or bank.column not in frame.columns:
        return 0
    if bank.entrusted:
        frame = frame.filter(frame["association"] != _DIRECT)
    return int(frame[bank.column].sum() or 0)


def _named(bank: BankSum) -> Mapping[str, str]:
    column = load_office().sheet("ledger" if bank.entrusted else "programmes").column(bank.column)
    more = {"vi": " nhận ủy thác", "en": " (entrusted)"} if bank.entrusted else {"vi": "", "en": ""}
    return {language: f"{column.header}{more[language]}" for language in LANGUAGES}


def _amounts(own: int, bank: int) -> Mapping[str, Mapping[str, str]]:
    """In triệu, as people of a branch read them."""
    amounts = {"own": own, "bank": bank, "difference": own - bank}
    return {
        name: {language: number_text(in_unit(dong, _UNIT), language) for language in LANGUAGES}
        for name, dong in amounts.items()
    }
