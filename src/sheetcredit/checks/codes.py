"""Codes against the dated catalogues: in force on the as-of date, and called by their own name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from itertools import zip_longest
from typing import Any

import polars as pl

from sheetcredit.checks.rules import Rule
from sheetcredit.model.finding import Finding, severity_of
from sheetcredit.model.text import fold
from sheetcredit.template.catalogue import Catalogues, Entry
from sheetcredit.template.definition import Column, Office, Sheet
from sheetcredit.template.frames import Frames
from sheetcredit.template.reading import Reading

_TITLES = re.compile(r"^(thị trấn|xã|phường|tt|p|x)[. ]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Coded:
    """Findings about codes, and the frames with codes that are not in force emptied."""

    frames: Frames
    findings: tuple[Finding, ...]


def check_codes(
    office: Office, rule: Rule, frames: Frames, readings: Mapping[str, Reading], catalogues: Catalogues
) -> Coded:
    """R15 and V-NAME over all frames.

    A code that is not in force no longer counts as a key: sums that may lack its row are then not
    evaluated, rather than reported as breaks of their own.
    """
    findings: list[Finding] = []
    checked = dict(frames)
    days = {file: reading.info.day for file, reading in readings.items()}
    for name, frame in frames.items():
        sheet = next((s for s in office.tables() if (s.frame or s.id) == name), None)
        if sheet is None:
            continue
        for column in sheet.columns:
            if column.type == "code" and column.catalogue:
                unknown = _unknown(frame, column, readings, days, catalogues)
                findings.extend(_not_in_force(rule, frame, unknown, sheet, column, readings, catalogues))
                findings.extend(_misnamed(frame, unknown, sheet, column, readings, catalogues))
                if unknown:
                    checked[name] = _without(checked[name], unknown, column)
    findings.extend(_unknown_offices(rule, readings, catalogues))
    return Coded(checked, tuple(findings))


def _unknown(
    frame: pl.DataFrame,
    column: Column,
    readings: Mapping[str, Reading],
    days: Mapping[str, date],
    catalogues: Catalogues,
) -> set[tuple[str, str]]:
    """(file, code) pairs that the catalogue does not hold on the file's day."""
    pairs = frame.select("file", column.name).drop_nulls().unique().rows()
    in_force: dict[str, set[str]] = {}
    for file, day in days.items():
        entries = _entries(column, readings[file], catalogues)
        in_force[file] = {entry.code for entry in entries if entry.valid_on(day)}
    return {(file, code) for file, code in pairs if in_force[file] and code not in in_force[file]}


def _entries(column: Column, reading: Reading, catalogues: Catalogues) -> Sequence[Entry]:
    """The entries that an office may use; communes of an office nobody listed cannot be judged."""
    entries = catalogues.of(column.catalogue or "")
    if column.catalogue == "communes":
        entries = tuple(entry for entry in entries if entry.office == reading.info.office)
    if column.choices:
        entries = tuple(entry for entry in entries if entry.code in column.choices)
    return entries


def _not_in_force(
    rule: Rule,
    frame: pl.DataFrame,
    unknown: set[tuple[str, str]],
    sheet: Sheet,
    column: Column,
    readings: Mapping[str, Reading],
    catalogues: Catalogues,
) -> Iterator[Finding]:
    for file, code in sorted(unknown):
        rows = frame.filter((pl.col("file") == file) & (pl.col(column.name) == code))
        reading = readings[file]
        known = [e.code for e in _entries(column, reading, catalogues) if e.valid_on(reading.info.day)]
        near = _nearest(code, known)
        for line_of in rows.iter_rows(named=True):
            tab = line_of["sheet"]
            cell, line = reading.place(tab, line_of["row"], column.name)
            yield Finding(
                file=file, code=rule.id, severity=rule.severity, sheet=tab, cell=cell, row=line,
                column=column.header, value=code,
                details={
                    "left": code, "day": f"{reading.info.day:%d/%m/%Y}",
                    "catalogue": column.header,
                    "near": {"vi": f"; gần nhất: {near}", "en": f"; nearest: {near}"} if near else "",
                },
                key=f"{rule.id}|{tab}|{code}{_business_key(sheet, column, line_of)}|{column.name}",
            )  # fmt: skip


def _misnamed(
    frame: pl.DataFrame,
    unknown: set[tuple[str, str]],
    sheet: Sheet,
    column: Column,
    readings: Mapping[str, Reading],
    catalogues: Catalogues,
) -> Iterator[Finding]:
    """Communes whose name beside the code is another commune's."""
    name_column = f"{column.name}_name"
    if column.catalogue != "communes" or name_column not in frame.columns:
        return
    pairs = frame.select("file", column.name, name_column).drop_nulls().unique(maintain_order=True).rows()
    for file, code, written in pairs:
        reading = readings[file]
        entries = [e for e in _entries(column, reading, catalogues) if e.valid_on(reading.info.day)]
        right = next((entry for entry in entries if entry.code == code), None)
        if (file, code) in unknown or right is None or plain_name(written) in _names(right):
            continue
        if not any(plain_name(written) in _names(entry) for entry in entries):
            continue  # another spelling, not another commune
        rows = frame.filter(
            (pl.col("file") == file) & (pl.col(column.name) == code) & (pl.col(name_column) == written)
        )
        for line_of in rows.iter_rows(named=True):
            tab = line_of["sheet"]
            cell, line = reading.place(tab, line_of["row"], column.name)
            yield Finding(
                file=file, code="V-NAME", severity=severity_of("V-NAME"), sheet=tab, cell=cell, row=line,
                column=column.header, value=written, expected=right.name.vi, details={"code": code},
                key=f"V-NAME|{tab}|{code}{_business_key(sheet, column, line_of)}|{sheet.id}",
            )  # fmt: skip


def _nearest(code: str, known: Iterable[str]) -> str | None:
    """The code that a slip of the hand comes from: fewest other digits, then the nearest number."""
    alike = get_close_matches(code, known, 10, 0.6)

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


def plain_name(name: str) -> str:
    """A commune's name as it is compared: folded, without its title (xã, phường, thị trấn)."""
    return _TITLES.sub("", fold(name))


def _names(entry: Entry) -> set[str]:
    return {plain_name(name) for name in (entry.name.vi, *entry.aliases)}


def _without(frame: pl.DataFrame, unknown: set[tuple[str, str]], column: Column) -> pl.DataFrame:
    gone = pl.DataFrame(sorted(unknown), schema={"file": pl.String, column.name: pl.String}, orient="row")
    marked = frame.join(
        gone.with_columns(__gone=True), on=["file", column.name], how="left", maintain_order="left"
    )
    emptied = pl.when(pl.col("__gone")).then(None).otherwise(pl.col(column.name)).alias(column.name)
    return marked.with_columns(emptied).drop("__gone")


def _unknown_offices(
    rule: Rule, readings: Mapping[str, Reading], catalogues: Catalogues
) -> Iterator[Finding]:
    known = {entry.code for entry in catalogues.of("offices")}
    for file, reading in readings.items():
        code = reading.info.office
        if code is None or code in known:
            continue
        cell, line = reading.place("Thông tin", 0, "office")
        near = _nearest(code, known)
        yield Finding(
            file=file, code=rule.id, severity=rule.severity, sheet="Thông tin", cell=cell, row=line,
            column="Mã PGD", value=code,
            details={
                "left": code, "catalogue": "Mã PGD", "day": f"{reading.info.day:%d/%m/%Y}",
                "near": {"vi": f"; gần nhất: {near}", "en": f"; nearest: {near}"} if near else "",
            },
            key=f"{rule.id}|Thông tin|{code}|office",
        )  # fmt: skip
