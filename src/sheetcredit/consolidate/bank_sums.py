"""The offices' sums against the bank's own exports of the branch, where these lie among the reports: N-BANK.

An export that has an office a column or a row (Điện báo, BC0438) is held against each office; one of all
communes of the branch (01.1/BCTD) against the sum of the offices, once all of them are summed. What an export
rounds is allowed for; an export of another day is not compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.consolidate.arrivals import Arrivals, office_label
from sheetcredit.imports.figures import ImportedFigure
from sheetcredit.imports.read import read_exports
from sheetcredit.model.errors import NotOurTemplate
from sheetcredit.model.finding import Finding, digest_of, severity_of
from sheetcredit.model.money import in_unit
from sheetcredit.model.text import LANGUAGES, number_text
from sheetcredit.outcome import Gathered
from sheetcredit.pool.workers import in_own_process
from sheetcredit.rulebook import Rulebook
from sheetcredit.template.definition import load_office

_COMPARED = ("balance", "overdue", "frozen")
_NONE_OF_THE_BANKS = frozenset({"I-UNKNOWN", "I-UNREADABLE"})
_SUFFIXES = frozenset({".xlsx", ".xls", ".xlsm"})
_DIRECT, _POS_DIGITS, _UNIT = "99", 6, 1_000_000


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
    posts = {one.office: _post(one.office, rulebook.catalogues, arrived) for one in arrived.summed}
    day = arrived.period.last_day
    nothing: list[BankSum] = []
    sums = in_own_process(bank_sums, paths, posts, rulebook, day, otherwise=nothing)
    return list(_differing(sums, arrived)), frozenset(one.file for one in sums)


def _post(office: str, catalogues: Catalogues, arrived: Arrivals) -> str:
    entry = catalogues.office_on(office, arrived.period.last_day)
    return (entry.bank_code if entry else "") or office.zfill(_POS_DIGITS)


def bank_sums(paths: Sequence[str], posts: Mapping[str, str], rulebook: Rulebook, day: date) -> list[BankSum]:
    """What the exports among some files give of offices (code → POS code) for a day; each sum once."""
    found: dict[BankSum, None] = {}
    for path in paths:
        for code, post in posts.items():
            exports = read_exports([Path(path)], rulebook, post)
            if _NONE_OF_THE_BANKS & {finding.code for finding in exports.findings}:
                break
            given = [one for one in exports.figures if one.source.as_of == day]
            found |= dict.fromkeys(_sums(given, code, post))
    return list(found)


def _sums(figures: Sequence[ImportedFigure], code: str, post: str) -> Iterator[BankSum]:
    entrusted: dict[tuple[str, str], list[ImportedFigure]] = {}
    for one in figures:
        source = one.source
        if source.office not in (None, post) or not isinstance(one.value, int):
            continue
        if one.table == "~totals" and one.column in _COMPARED:
            owner = code if source.office == post else ""
            yield BankSum(owner, one.column, False, one.value, one.slack, str(source.file), source.sheet)
        of_ledger = (one.table, one.column, source.office) == ("ledger", "balance", post)
        if of_ledger and one.key[-1] != _DIRECT:
            entrusted.setdefault((str(source.file), source.sheet), []).append(one)
    for (file, sheet), rows in entrusted.items():
        dong = sum(one.value for one in rows if isinstance(one.value, int))
        yield BankSum(code, "balance", True, dong, sum(one.slack for one in rows), file, sheet)


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
