"""R15 and V-NAME: codes in force on the as-of date, and called by their own name.

A code that no catalogue has in force is asked about once, wherever it stands: it may be a slip, and it may be
right where the catalogue is behind. Somebody who explains it says that it is right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from difflib import get_close_matches
from itertools import zip_longest
from typing import Any

import polars as pl

from sheetcredit.catalogue.entry import Entry
from sheetcredit.catalogue.names import plain_name
from sheetcredit.checks.batch import Batch
from sheetcredit.model.finding import Finding, severity_of
from sheetcredit.model.text import Language, word
from sheetcredit.rules.codes import CodeColumn, Entries, code_key, names_of
from sheetcredit.rules.rules import Rule
from sheetcredit.template.definition import Column, Sheet
from sheetcredit.template.reading import Reading

_LANGUAGES: tuple[Language, ...] = ("vi", "en")
_Place = tuple[str, int, CodeColumn]
"""Where a code stands: the sheet's tab, Excel's row, the column."""


def check_codes(batch: Batch) -> Iterator[Finding]:
    """Codes that are not in force, names of another place beside a code, offices that nobody knows."""
    rule = batch.rule("catalogue")
    if rule is None:
        return
    yield from _not_in_force(batch, rule)
    for found in batch.coded.columns:
        yield from _misnamed(batch, found)
    yield from _unknown_offices(batch, rule)


def _not_in_force(batch: Batch, rule: Rule) -> Iterator[Finding]:
    """One finding a code, at the first of its places."""
    places: dict[tuple[str, str, str], list[_Place]] = defaultdict(list)
    for found in batch.coded.columns:
        column = found.column
        for file, code in found.unknown:
            rows = found.frame.filter((pl.col("file") == file) & (pl.col(column.name) == code))
            places[file, column.catalogue or "", code] += [
                (tab, row, found) for tab, row in rows.select("sheet", "row").iter_rows()
            ]
    order = {sheet.sheet: place for place, sheet in enumerate(batch.office.sheets)}
    for (file, catalogue, code), stands in sorted(places.items(), key=lambda item: item[0]):
        stands.sort(key=lambda place: (order.get(place[0], 0), place[1]))
        tab, row, found = stands[0]
        reading = batch.readings[file]
        cell, line = reading.place(tab, row, found.column.name)
        tabs = ", ".join(dict.fromkeys(tab for tab, _, _ in stands))
        near = {
            language: _advice(batch, reading, found, code, language)
            + (word("code-cells", language, count=len(stands), sheets=tabs) if len(stands) > 1 else "")
            for language in _LANGUAGES
        }
        yield Finding(
            file=file, code=rule.id, severity=rule.severity, sheet=tab, cell=cell, row=line,
            column=found.column.header, value=code,
            details={
                "left": code, "day": f"{reading.info.day:%d/%m/%Y}", "catalogue": found.column.header,
                "near": near,
            },
            key=code_key(rule.id, catalogue, code),
        )  # fmt: skip


def _advice(batch: Batch, reading: Reading, found: CodeColumn, code: str, language: Language) -> str:
    """What is known of a code that is not in force: what it became, who has it, or the nearest one."""
    in_force = found.in_force[reading.file]
    if found.column.catalogue == "communes" and (told := _of_commune(batch, reading, code, language)):
        return told
    near = _nearest(code, {entry.code for entry in in_force.values()})
    return word("code-near", language, near=near, name=in_force[near].name.say(language)) if near else ""


def _of_commune(batch: Batch, reading: Reading, code: str, language: Language) -> str:
    catalogues, office, day = batch.catalogues, reading.info.office, reading.info.day
    around = {one.code: one for one in catalogues.around(office) if one.valid_on(day)}
    ended = [one for one in catalogues.communes_of(office) if one.code == code and one.valid_to < day]
    if ended:
        last = max(ended, key=lambda one: one.valid_to)
        became = catalogues.became(office, code, last.valid_to, day) or ()
        items = ", ".join(f"{new} {around[new].name.say(language)}" for new in became if new in around)
        said = {"name": last.name.say(language), "since": f"{last.valid_to + timedelta(days=1):%d/%m/%Y}"}
        return word("code-became" if items else "code-ended", language, items=items, **said)
    other = around.get(code)
    if other is None:
        return ""
    whose = catalogues.office_on(other.office, day)
    name = whose.name.say(language) if whose else other.office or ""
    return word("code-elsewhere", language, name=other.name.say(language), office=name)


def _misnamed(batch: Batch, found: CodeColumn) -> Iterator[Finding]:
    """Codes whose name beside them is that of another code; another spelling is none."""
    column, name_column = found.column, f"{found.column.name}_name"
    for file, code, written in found.written:
        entries = found.in_force[file]
        right = entries.get(code)
        if written is None or right is None or written == right.name.vi:
            continue
        if plain_name(written) in names_of(right) or not _is_another(written, entries):
            continue
        reading = batch.readings[file]
        rows = found.frame.filter(
            (pl.col("file") == file) & (pl.col(column.name) == code) & (pl.col(name_column) == written)
        )
        for row in rows.iter_rows(named=True):
            tab = row["sheet"]
            cell, line = reading.place(tab, row["row"], column.name)
            yield Finding(
                file=file, code="V-NAME", severity=severity_of("V-NAME"), sheet=tab, cell=cell, row=line,
                column=column.header, value=written, expected=right.name.vi,
                details={"code": _both_codes(code, right)},
                key=f"V-NAME|{tab}|{code}{_business_key(found.sheet, column, row)}|{found.sheet.id}",
            )  # fmt: skip


def _is_another(written: str, entries: Entries) -> bool:
    return any(plain_name(written) in names_of(entry) for entry in entries.values())


def _both_codes(code: str, entry: Entry) -> str:
    """A commune's code as it was written, with the other one where the bank has its own."""
    other = entry.bank_code if code == entry.code else entry.code
    return f"{code} ({other})" if other else code


def _unknown_offices(batch: Batch, rule: Rule) -> Iterator[Finding]:
    catalogues = batch.catalogues
    for file, reading in batch.readings.items():
        code, day = reading.info.office, reading.info.day
        if code is None or catalogues.office_on(code, day) is not None:
            continue
        cell, line = reading.place("Thông tin", 0, "office")
        near = catalogues.office_on(_nearest(code, sorted(catalogues.office_codes)), day)
        told = {
            language: word("code-near", language, near=near.code, name=near.name.say(language))
            for language in _LANGUAGES
            if near is not None
        }
        yield Finding(
            file=file, code=rule.id, severity=rule.severity, sheet="Thông tin", cell=cell, row=line,
            column="Mã PGD", value=code,
            details={"left": code, "day": f"{day:%d/%m/%Y}", "catalogue": "Mã PGD", "near": told or ""},
            key=code_key(rule.id, "offices", code),
        )  # fmt: skip


def _nearest(code: str, listed: Iterable[str]) -> str | None:
    """The code that a slip of the hand comes from: fewest other digits, then the nearest number."""
    alike = get_close_matches(code, listed, 10, 0.6)

    def distance(other: str) -> tuple[int, int, str]:
        others = sum(a != b for a, b in zip_longest(code, other))
        return others, abs(int(code) - int(other)) if (code + other).isdigit() else 0, other

    return min(alike, key=distance, default=None)


def _business_key(sheet: Sheet, column: Column, row: Mapping[str, Any]) -> str:
    """What tells a row from others with the same code, wherever it is moved."""
    if sheet.key == (column.name,):
        return ""
    codes = [row[name] for name in sheet.key]
    return f"@{'/'.join(map(str, codes))}" if any(codes) else f"#{row['row']}"
