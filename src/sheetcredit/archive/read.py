"""Reading the archive: what a report is held against, rebuilt from the rows that were archived."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from sheetcredit.archive.partitions import DATA, Partition, partitions, read_partition
from sheetcredit.archive.plain_values import restored
from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.model.errors import BadUsage
from sheetcredit.model.grid import Book, Grid
from sheetcredit.model.period import Period, find_period
from sheetcredit.template.definition import Column, Office, Sheet
from sheetcredit.template.frames import Block
from sheetcredit.template.locate import Table
from sheetcredit.template.reading import Info, Reading
from sheetcredit.workbooks import OtherReports

_ALL = "*"  # in `bad`: a repeated row, which reading finds anew


@dataclass(frozen=True, slots=True)
class ArchiveSnapshot:
    """An archive as it is at a moment; `stamp` changes whenever it is written to."""

    folder: str
    stamp: str

    @classmethod
    def at(cls, folder: Path) -> ArchiveSnapshot:
        """The archive as it is now; a folder that is yet to be made holds nothing.

        Raises:
            BadUsage: it is no folder.
        """
        if folder.exists() and not folder.is_dir():
            raise BadUsage("E-NO-ARCHIVE", path=folder)
        digest = blake2b(digest_size=10)
        for file in sorted(folder.glob(f"submissions/period=*/branch=*/{DATA}")):
            stat = file.stat()
            digest.update(f"{file.relative_to(folder)}|{stat.st_size}|{stat.st_mtime_ns}\n".encode())
        return cls(str(folder), digest.hexdigest())

    def last(self, office: str | None, period: Period | None) -> dict[str, Any] | None:
        """The submission of an office for the latest period before `period`, with its `partition`."""
        if office is None or period is None:
            return None
        earlier = [
            one for one in _by_office(self).get(office, ()) if one["partition"].period.is_before(period)
        ]
        return max(earlier, key=lambda one: period.nearness(one["partition"].period), default=None)

    def same_day(self, office: str | None, period: Period | None) -> dict[str, Any] | None:
        """The submission of an office for another period that ends on the same day, with its `partition`."""
        if office is None or period is None:
            return None
        alike = [
            one for one in _by_office(self).get(office, ())
            if (held := one["partition"].period) != period and held.last_day == period.last_day
        ]  # fmt: skip
        return max(alike, key=lambda one: period.nearness(one["partition"].period), default=None)

    def digest_of_others(self, office: str | None, period: Period | None) -> str:
        """The digests of both; empty where there is none."""
        found = (self.last(office, period), self.same_day(office, period))
        return "|".join(str(one["digest"]) for one in found if one)


def archived_reports_of(
    archive: ArchiveSnapshot, readings: Iterable[Reading], office: Office, catalogues: Catalogues
) -> OtherReports:
    """The previous report of each workbook that has one in the archive, and the one of the same day.

    What comes back is what was read at the time: rows, places, marks of what could not be used.

    Raises:
        CannotRead: the archive is damaged.
    """
    parts: dict[tuple[str, Partition], pl.DataFrame | None] = {}
    previous: dict[str, Reading] = {}
    same_day: dict[str, Reading] = {}
    for reading in readings:
        code, period = catalogues.office_code(reading.info.office), reading.info.period
        for found, look in ((previous, archive.last), (same_day, archive.same_day)):
            if (one := look(code, period)) is not None:
                found[reading.file] = _rebuilt(Path(archive.folder), one, office, parts)
    return OtherReports(previous, same_day)


@lru_cache(maxsize=2)
def _by_office(archive: ArchiveSnapshot) -> dict[str, list[dict[str, Any]]]:
    folder = Path(archive.folder)
    found: dict[str, list[dict[str, Any]]] = {}
    for partition in partitions(folder):
        rows = read_partition(folder, "submissions", partition)
        for row in rows.iter_rows(named=True) if rows is not None else ():
            found.setdefault(row["office"], []).append(row | {"partition": partition})
    return found


# A report as it was read


def _rebuilt(
    folder: Path,
    submission: Mapping[str, Any],
    office: Office,
    parts: dict[tuple[str, Partition], pl.DataFrame | None],
) -> Reading:
    file, partition = submission["path"], submission["partition"]
    layout = restored(msgspec.json.decode(submission["layout"]), file)
    tables: dict[str, Table] = {}
    blocks: list[Block] = []
    for sheet in office.tables():
        if sheet.id not in layout:
            continue
        header_row, columns = layout[sheet.id]
        tables[sheet.id] = Table(sheet, Grid(sheet.sheet, ()), columns, header_row, (), None)
        name = sheet.frame or sheet.id
        if (name, partition) not in parts:
            parts[name, partition] = read_partition(folder, name, partition)
        rows = parts[name, partition]
        if rows is not None:
            of_office = (pl.col("office") == submission["office"]) & (pl.col("sheet") == sheet.sheet)
            blocks.append(_block(file, sheet, name, rows.filter(of_office)))
    return Reading(Book(file, {}), _info(submission), tables, tuple(blocks))


def _info(submission: Mapping[str, Any]) -> Info:
    values = restored(msgspec.json.decode(submission["info"]), submission["path"])
    return Info(
        office=submission["office"], office_name=submission["office_name"] or "",
        period=find_period(str(values.get("period") or "")), as_of=submission["as_of"],
        unit=submission["unit"], unit_name=submission["unit_name"],
        share_rounding=submission["share_rounding"] or "", values=values, cells={},
    )  # fmt: skip


def _block(file: str, sheet: Sheet, name: str, rows: pl.DataFrame) -> Block:
    unit = rows["unit"][0] if len(rows) else 1
    columns = {column.name: _typed(rows, column, unit) for column in sheet.columns}
    bad = {
        index: names
        for index, marks in enumerate(rows["bad"])
        if marks and (names := frozenset(marks.strip("|").split("|")) - {_ALL})
    }
    return Block(file, sheet, name, unit, rows["row"].to_list(), columns, bad)


def _typed(rows: pl.DataFrame, column: Column, unit: int) -> list[object]:
    """The values as they were typed: amounts in the sheet's unit."""
    if column.name not in rows.columns:
        return [None] * len(rows)
    if column.type == "amount":
        return [None if value is None else value / unit for value in rows[column.name]]
    if column.type == "count":
        return rows[column.name].cast(pl.Float64).to_list()
    return rows[column.name].to_list()
