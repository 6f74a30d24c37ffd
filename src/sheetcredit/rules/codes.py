"""Codes of the dated catalogues: which ones an office may use on its day, and which rows use others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.catalogue.entry import Entry
from sheetcredit.template.definition import Column, Office, Sheet
from sheetcredit.template.frames import Frames
from sheetcredit.template.reading import Reading

Entries = Mapping[str, Entry]
"""The entries of a catalogue that an office may use on its day, by code."""


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
    """The columns of codes, and the frames with every code that is not in force emptied."""

    columns: tuple[CodeColumn, ...]
    frames: Frames


def hold_codes(
    office: Office, frames: Frames, readings: Mapping[str, Reading], catalogues: Catalogues
) -> Coded:
    """All codes of all frames held against the catalogues.

    A code that is not in force no longer counts as a key: sums that may lack its row are then not
    evaluated, rather than reported as breaks of their own.
    """
    columns: list[CodeColumn] = []
    cleared = dict(frames)
    catalogue = _InForce(catalogues)
    for name, frame in frames.items():
        sheet = next((s for s in office.tables() if (s.frame or s.id) == name), None)
        for column in sheet.columns if sheet else ():
            if sheet and column.type == "code" and column.catalogue:
                in_force = {file: catalogue.of(column, reading) for file, reading in readings.items()}
                written = _written(frame, column)
                # Where no catalogue lists anything for an office, its codes cannot be judged.
                unknown = frozenset(
                    (file, code) for file, code, _ in written if in_force[file] and code not in in_force[file]
                )
                columns.append(CodeColumn(sheet, column, frame, in_force, written, unknown))
                if unknown:
                    cleared[name] = _without(cleared[name], unknown, column)
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
                    by_code.setdefault(entry.code, entry)
            self._looked_up[wanted] = by_code
        return self._looked_up[wanted]


def _written(frame: pl.DataFrame, column: Column) -> Sequence[tuple[str, str, str | None]]:
    name = f"{column.name}_name"
    named = column.catalogue == "communes" and name in frame.columns
    names = frame[name] if named else pl.Series("name", [None], dtype=pl.String).new_from_index(0, len(frame))
    distinct = pl.DataFrame([frame["file"], frame[column.name], names]).unique(maintain_order=True)
    return [row for row in distinct.rows() if row[1] is not None]


def _without(frame: pl.DataFrame, unknown: Iterable[tuple[str, str]], column: Column) -> pl.DataFrame:
    gone = pl.DataFrame(sorted(unknown), schema={"file": pl.String, column.name: pl.String}, orient="row")
    marked = frame.join(
        gone.with_columns(__gone=True), on=["file", column.name], how="left", maintain_order="left"
    )
    emptied = pl.when(pl.col("__gone")).then(None).otherwise(pl.col(column.name)).alias(column.name)
    return marked.with_columns(emptied).drop("__gone")
