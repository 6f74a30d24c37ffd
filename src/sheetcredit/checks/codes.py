"""Codes against the dated catalogues: in force on the as-of date, and called by their own name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
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
    in_force = _InForce(catalogues)
    for name, frame in frames.items():
        sheet = next((s for s in office.tables() if (s.frame or s.id) == name), None)
        if sheet is None:
            continue
        for column in sheet.columns:
            if column.type == "code" and column.catalogue:
                unknown = _unknown(frame, column, readings, in_force)
                findings.extend(_not_in_force(rule, frame, unknown, sheet, column, readings, in_force))
                findings.extend(_misnamed(frame, unknown, sheet, column, readings, in_force))
                if unknown:
                    checked[name] = _without(checked[name], unknown, column)
    findings.extend(_unknown_offices(rule, readings, catalogues))
    return Coded(checked, tuple(findings))


class _InForce:
    """The entries that an office may use on its day, by code; looked up once for all workbooks alike.

    Communes of an office nobody listed cannot be judged.
    """

    def __init__(self, catalogues: Catalogues) -> None:
        self._catalogues = catalogues
        self._known: dict[tuple[object, ...], Mapping[str, Entry]] = {}

    def of(self, column: Column, reading: Reading) -> Mapping[str, Entry]:
        """Of several entries of a code, the first one."""
        catalogue, day = column.catalogue or "", reading.info.day
        office = reading.info.office if catalogue == "communes" else None
        known = (catalogue, column.choices, office, day)
        if known not in self._known:
            listed: Iterable[Entry] = self._catalogues.of(catalogue)
            if catalogue == "communes":
                listed = self._catalogues.communes_of(office)
            codes: dict[str, Entry] = {}
            for entry in listed:
                if entry.valid_on(day) and (not column.choices or entry.code in column.choices):
                    codes.setdefault(entry.code, entry)
            self._known[known] = codes
        return self._known[known]


def _unknown(
    frame: pl.DataFrame, column: Column, readings: Mapping[str, Reading], in_force: _InForce
) -> set[tuple[str, str]]:
    """(file, code) pairs that the catalogue does not hold on the file's day."""
    pairs = frame.select("file", column.name).drop_nulls().unique().rows()
    codes = {file: in_force.of(column, reading) for file, reading in readings.items()}
    return {(file, code) for file, code in pairs if codes[file] and code not in codes[file]}


def _not_in_force(
    rule: Rule,
    frame: pl.DataFrame,
    unknown: set[tuple[str, str]],
    sheet: Sheet,
    column: Column,
    readings: Mapping[str, Reading],
    in_force: _InForce,
) -> Iterator[Finding]:
    for file, code in sorted(unknown):
        rows = frame.filter((pl.col("file") == file) & (pl.col(column.name) == code))
        reading = readings[file]
        near = _nearest(code, in_force.of(column, reading))
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
    in_force: _InForce,
) -> Iterator[Finding]:
    """Communes whose name beside the code is another commune's."""
    name_column = f"{column.name}_name"
    if column.catalogue != "communes" or name_column not in frame.columns:
        return
    pairs = frame.select("file", column.name, name_column).drop_nulls().unique(maintain_order=True).rows()
    for file, code, written in pairs:
        reading = readings[file]
        entries = in_force.of(column, reading)
        right = entries.get(code)
        if (file, code) in unknown or right is None or plain_name(written) in _names(right):
            continue
        if not any(plain_name(written) in _names(entry) for entry in entries.values()):
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


@lru_cache(maxsize=1 << 14)
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
