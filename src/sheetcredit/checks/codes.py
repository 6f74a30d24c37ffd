"""R15 and V-NAME: codes in force on the as-of date, and called by their own name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from itertools import zip_longest
from typing import Any

import polars as pl

from sheetcredit.catalogue.entry import Entry
from sheetcredit.checks.batch import Batch
from sheetcredit.model.finding import Finding, severity_of
from sheetcredit.model.text import fold
from sheetcredit.rules.codes import CodeColumn
from sheetcredit.rules.rules import Rule
from sheetcredit.template.definition import Column, Sheet

_TITLES = re.compile(r"^(thị trấn|xã|phường|tt|p|x)[. ]+", re.IGNORECASE)


def check_codes(batch: Batch) -> Iterator[Finding]:
    """Codes that are not in force, names of another place beside a code, offices that nobody listed."""
    rule = batch.rule("catalogue")
    if rule is None:
        return
    for found in batch.coded.columns:
        yield from _not_in_force(batch, rule, found)
        yield from _misnamed(batch, found)
    yield from _unknown_offices(batch, rule)


def _not_in_force(batch: Batch, rule: Rule, found: CodeColumn) -> Iterator[Finding]:
    column = found.column
    for file, code in sorted(found.unknown):
        rows = found.frame.filter((pl.col("file") == file) & (pl.col(column.name) == code))
        reading = batch.readings[file]
        details = _details(reading.info.day, code, column.header, found.in_force[file])
        for row in rows.iter_rows(named=True):
            tab = row["sheet"]
            cell, line = reading.place(tab, row["row"], column.name)
            yield Finding(
                file=file, code=rule.id, severity=rule.severity, sheet=tab, cell=cell, row=line,
                column=column.header, value=code, details=details,
                key=f"{rule.id}|{tab}|{code}{_business_key(found.sheet, column, row)}|{column.name}",
            )  # fmt: skip


def _misnamed(batch: Batch, found: CodeColumn) -> Iterator[Finding]:
    """Communes whose name beside the code is another commune's; another spelling is none."""
    column, name_column = found.column, f"{found.column.name}_name"
    for file, code, written in found.written:
        entries = found.in_force[file]
        right = entries.get(code)
        if written is None or right is None or written == right.name.vi:
            continue
        if plain_name(written) in _names(right):
            continue
        if not any(plain_name(written) in _names(entry) for entry in entries.values()):
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
                column=column.header, value=written, expected=right.name.vi, details={"code": code},
                key=f"V-NAME|{tab}|{code}{_business_key(found.sheet, column, row)}|{found.sheet.id}",
            )  # fmt: skip


def _unknown_offices(batch: Batch, rule: Rule) -> Iterator[Finding]:
    for file, reading in batch.readings.items():
        code = reading.info.office
        if code is None or batch.catalogues.office_on(code, reading.info.day) is not None:
            continue
        listed = sorted(batch.catalogues.office_codes)
        cell, line = reading.place("Thông tin", 0, "office")
        yield Finding(
            file=file, code=rule.id, severity=rule.severity, sheet="Thông tin", cell=cell, row=line,
            column="Mã PGD", value=code, details=_details(reading.info.day, code, "Mã PGD", listed),
            key=f"{rule.id}|Thông tin|{code}|office",
        )  # fmt: skip


def _details(day: object, code: str, catalogue: str, listed: Iterable[str]) -> Mapping[str, object]:
    near = _nearest(code, listed)
    return {
        "left": code, "day": f"{day:%d/%m/%Y}", "catalogue": catalogue,
        "near": {"vi": f"; gần nhất: {near}", "en": f"; nearest: {near}"} if near else "",
    }  # fmt: skip


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


@lru_cache(maxsize=1 << 14)
def plain_name(name: str) -> str:
    """A commune's name as it is compared: folded, without its title (xã, phường, thị trấn)."""
    return _TITLES.sub("", fold(name))


def _names(entry: Entry) -> set[str]:
    return {plain_name(name) for name in (entry.name.vi, *entry.aliases)}
