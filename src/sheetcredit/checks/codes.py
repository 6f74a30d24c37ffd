"""Codes against the dated catalogues: in force on the as-of date, and called by their own name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from itertools import zip_longest
from typing import Any

import polars as pl

from sheetcredit.catalogue.catalogue import Catalogues, Entry
from sheetcredit.model.finding import Finding, severity_of
from sheetcredit.model.text import fold
from sheetcredit.rules.rules import Rule
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
                known = {file: in_force.of(column, reading) for file, reading in readings.items()}
                written = _written(frame, column, known)
                unknown = {
                    (file, code) for file, code, _ in written if known[file] and code not in known[file]
                }
                findings.extend(_not_in_force(rule, frame, unknown, sheet, column, readings, known))
                findings.extend(_misnamed(frame, written, sheet, column, readings, known))
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


_Known = Mapping[str, Mapping[str, Entry]]
"""By file, the entries that it may use, by code."""


def _written(frame: pl.DataFrame, column: Column, known: _Known) -> Sequence[tuple[str, str, str | None]]:
    """File, code and the commune's name beside it, each once in the order of the rows.

    Nothing where there is nothing to find: no names, and every code known to all files.
    """
    name = f"{column.name}_name"
    named = column.catalogue == "communes" and name in frame.columns
    alike = {id(codes): codes for codes in known.values()}
    if not named and len(alike) == 1:
        (codes,) = alike.values()
        if not codes or all(code is None or code in codes for code in frame[column.name].unique()):
            return []
    names = frame[name] if named else pl.Series("name", [None], dtype=pl.String).new_from_index(0, len(frame))
    distinct = pl.DataFrame([frame["file"], frame[column.name], names]).unique(maintain_order=True)
    return [row for row in distinct.rows() if row[1] is not None]


def _not_in_force(
    rule: Rule,
    frame: pl.DataFrame,
    unknown: set[tuple[str, str]],
    sheet: Sheet,
    column: Column,
    readings: Mapping[str, Reading],
    known: _Known,
) -> Iterator[Finding]:
    for file, code in sorted(unknown):
        rows = frame.filter((pl.col("file") == file) & (pl.col(column.name) == code))
        reading = readings[file]
        near = _nearest(code, known[file])
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
    named: Iterable[tuple[str, str, str | None]],
    sheet: Sheet,
    column: Column,
    readings: Mapping[str, Reading],
    known: _Known,
) -> Iterator[Finding]:
    """Communes whose name beside the code is another commune's."""
    name_column = f"{column.name}_name"
    for file, code, written in named:
        entries = known[file]
        right = entries.get(code)
        if written is None or right is None or written == right.name.vi:
            continue
        if plain_name(written) in _names(right):
            continue
        if not any(plain_name(written) in _names(entry) for entry in entries.values()):
            continue  # another spelling, not another commune
        reading = readings[file]
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
