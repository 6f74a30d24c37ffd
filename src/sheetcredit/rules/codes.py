"""Codes of the dated catalogues: which ones an office may use on its day, and which rows use others.

A workbook may name communes by the bank's own codes of six digits; the frames have those of the statistics
office.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.catalogue.entry import Entry
from sheetcredit.catalogue.names import plain_name
from sheetcredit.template.definition import Column, Office, Sheet
from sheetcredit.template.frames import Frames
from sheetcredit.template.reading import Reading

Entries = Mapping[str, Entry]
"""The entries of a catalogue that an office may use on its day, by code; communes by the bank's code too."""

Explained = Callable[[str, str, str], bool]
"""Whether somebody has explained, in a file, a code of a catalogue that is not in force: it is right then."""

_BANK_WIDTH = 6
_SEVERAL = 2


def code_key(rule: str, catalogue: str, code: str) -> str:
    """The key of the finding about a code that is not in force: one for a workbook, wherever it stands."""
    return f"{rule}|{catalogue}|{code}"


@dataclass(frozen=True, slots=True)
class CodeColumn:
    """A column of codes in one frame, held against its catalogue.

    `in_force` gives the entries by file; `written` are file, code and the name beside the code, each
    combination once, in the order of the rows; `unknown` the (file, code) that are not in force.
    """

    sheet: Sheet
    column: Column
    frame: pl.DataFrame
    in_force: Mapping[str, Entries]
    written: Sequence[tuple[str, str, str | None]]
    unknown: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Coded:
    """The columns of codes, and the frames with every code emptied that cannot count as a key."""

    columns: tuple[CodeColumn, ...]
    frames: Frames


def hold_codes(
    office: Office,
    frames: Frames,
    readings: Mapping[str, Reading],
    catalogues: Catalogues,
    explained: Explained = lambda _file, _catalogue, _code: False,
) -> Coded:
    """All codes of all frames held against the catalogues.

    A code that is not in force counts as a key where it stands in several frames alike, or was explained: the
    catalogue may be behind. Otherwise it is taken for a slip, and sums that may lack its row are not
    evaluated, rather than reported as breaks of their own.
    """
    columns: list[CodeColumn] = []
    cleared = dict(frames)
    catalogue = _InForce(catalogues)
    frames_with: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    names: list[str] = []
    for name, frame in frames.items():
        sheet = next((s for s in office.tables() if (s.frame or s.id) == name), None)
        for column in sheet.columns if sheet else ():
            if sheet and column.type == "code" and column.catalogue:
                in_force = {file: catalogue.of(column, reading) for file, reading in readings.items()}
                written = _written(frame, column)
                if column.catalogue == "communes":
                    in_force = _with_bank_codes(in_force, written)
                    cleared[name] = _by_statistics_code(cleared[name], column, written, in_force)
                # Where no catalogue lists anything for an office, its codes cannot be judged.
                unknown = frozenset(
                    (file, code) for file, code, _ in written if in_force[file] and code not in in_force[file]
                )
                columns.append(CodeColumn(sheet, column, frame, in_force, written, unknown))
                names.append(name)
                for file, code in unknown:
                    frames_with[file, column.catalogue, code].add(name)
    for name, found in zip(names, columns, strict=True):
        listed = found.column.catalogue or ""
        slips = [
            (file, code)
            for file, code in found.unknown
            if len(frames_with[file, listed, code]) < _SEVERAL and not explained(file, listed, code)
        ]
        if slips:
            cleared[name] = _without(cleared[name], slips, found.column)
    return Coded(tuple(columns), cleared)


class _InForce:
    """The entries that an office may use on its day; looked up once for all workbooks alike.

    Communes are those of the office; an office that nobody listed has none, and is not judged.
    """

    def __init__(self, catalogues: Catalogues) -> None:
        self._catalogues = catalogues
        self._looked_up: dict[tuple[object, ...], Entries] = {}

    def of(self, column: Column, reading: Reading) -> Entries:
        catalogue, day = column.catalogue or "", reading.info.day
        office = reading.info.office if catalogue == "communes" else None
        wanted = (catalogue, column.choices, office, day)
        if wanted not in self._looked_up:
            entries: Iterable[Entry] = self._catalogues.of(catalogue)
            if catalogue == "communes":
                entries = self._catalogues.communes_of(office)
            by_code: dict[str, Entry] = {}
            for entry in entries:
                if entry.valid_on(day) and (not column.choices or entry.code in column.choices):
                    for code in filter(None, (entry.code, entry.bank_code)):
                        by_code.setdefault(code, entry)
            self._looked_up[wanted] = by_code
        return self._looked_up[wanted]


def _written(frame: pl.DataFrame, column: Column) -> Sequence[tuple[str, str, str | None]]:
    name = f"{column.name}_name"
    names = (
        frame[name]
        if name in frame.columns
        else pl.Series("name", [None], dtype=pl.String).new_from_index(0, len(frame))
    )
    distinct = pl.DataFrame([frame["file"], frame[column.name], names]).unique(maintain_order=True)
    return [row for row in distinct.rows() if row[1] is not None]


def _with_bank_codes(
    in_force: Mapping[str, Entries], written: Iterable[tuple[str, str, str | None]]
) -> dict[str, Entries]:
    """With the bank's own codes that nobody listed, where the name beside one tells the commune."""
    found: dict[str, dict[str, Entry]] = defaultdict(dict)
    for file, code, name in written:
        entries = in_force[file]
        if len(code) == _BANK_WIDTH and name and code not in entries and code not in found[file]:
            called = {e.code: e for e in entries.values() if plain_name(name) in names_of(e)}
            if len(called) == 1:
                found[file][code] = next(iter(called.values()))
    return {
        file: {**entries, **found[file]} if found.get(file) else entries for file, entries in in_force.items()
    }


def names_of(entry: Entry) -> set[str]:
    """The names of an entry as they are compared."""
    return {plain_name(name) for name in (entry.name.vi, *entry.aliases)}


def _by_statistics_code(
    frame: pl.DataFrame,
    column: Column,
    written: Iterable[tuple[str, str, str | None]],
    in_force: Mapping[str, Entries],
) -> pl.DataFrame:
    other = {
        (file, code, in_force[file][code].code)
        for file, code, _ in written
        if code in in_force[file] and in_force[file][code].code != code
    }
    if not other:
        return frame
    schema = {"file": pl.String, column.name: pl.String, "__code": pl.String}
    listed = pl.DataFrame(sorted(other), schema=schema, orient="row")
    joined = frame.join(listed, on=["file", column.name], how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("__code", column.name).alias(column.name)).drop("__code")


def _without(frame: pl.DataFrame, unknown: Iterable[tuple[str, str]], column: Column) -> pl.DataFrame:
    gone = pl.DataFrame(sorted(unknown), schema={"file": pl.String, column.name: pl.String}, orient="row")
    marked = frame.join(
        gone.with_columns(__gone=True), on=["file", column.name], how="left", maintain_order="left"
    )
    emptied = pl.when(pl.col("__gone")).then(None).otherwise(pl.col(column.name)).alias(column.name)
    return marked.with_columns(emptied).drop("__gone")
