"""Periods side by side, from the archive: figures of offices, and the way down to communes and groups.

Figures are levels at a day and movements since the year began, so what is put side by side are days. A month
and its quarter end on one day and say the same: of several reports of an office for one day one stands for
all, that of the kind that was asked for, else the longest. So nothing is counted twice.

All of it is asked of Parquet at once: forty quarters of all offices of the nation are one query.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from sheetcredit.archive.partitions import Partition, partitions
from sheetcredit.model.errors import BadUsage, CannotRead
from sheetcredit.model.period import MONTHS, Period, PeriodKind, find_period

_PLACE: Mapping[str, Any] = {"period": pl.String, "branch": pl.String}
"""The columns that a partition's folders are named by."""
_REPORTS = (
    "office", "submission", "office_name", "unit", "unit_name", "as_of", "received", "blocks", "findings",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ArchivedReports:
    """The reports that stand side by side: one an office and day.

    `frame`: a row a report, by day and office, with the columns office, office_name, branch (the name of its
    folder), period (as written), ends (its last day), submission, unit, unit_name, as_of, received, blocks,
    findings, and same_day: the other periods of that day, for which it stands. `folder`: the archive.
    """

    folder: Path
    frame: pl.DataFrame

    @property
    def periods(self) -> list[Period]:
        """Their periods, the earliest first."""
        found = map(find_period, self.frame["period"].unique())
        return sorted(one for one in found if one is not None)

    def latest(self, count: int) -> ArchivedReports:
        """Those of the last `count` days."""
        days = self.frame["ends"].unique().sort()[-count:]
        return ArchivedReports(self.folder, self.frame.filter(pl.col("ends").is_in(days.implode())))

    def figures(self, names: Collection[str] | None = None) -> pl.DataFrame:
        """The figures of `Tổng hợp`, all of them or those of these names: a row an office, day and figure.

        Columns: office, branch, period, ends, submission, figure, kind, value (as printed, an amount in
        `unit` đồng), dong (amounts), unit.

        Raises:
            CannotRead: the archive is damaged.
        """
        rows = self.rows("figures", ("figure", "kind", "value", "dong", "unit"))
        return _collected(
            rows if names is None else rows.filter(pl.col("figure").is_in(list(names))), self.folder
        )

    def rows(self, table: str, columns: Sequence[str]) -> pl.LazyFrame:
        """Rows of a table of these reports with these columns, and office, branch, period, ends, submission.

        A report that does not have a column has nulls there. Collect with `collected`.
        """
        wanted = self.frame.select("office", "branch", "period", "ends", "submission").lazy()
        places = self.frame.select("period", "branch").unique().rows()
        files = [
            file
            for period, branch in sorted(places)
            if (known := find_period(period))
            and (file := Partition(known, branch).file(self.folder, table)).is_file()
        ]
        if not files:
            return wanted.clear().with_columns(pl.lit(None).alias(name) for name in columns)
        scanned = _scan(files, self.folder)
        held = scanned.collect_schema()
        lacking = [pl.lit(None).alias(name) for name in columns if name not in held]
        keys = ("office", "period", "branch", "submission")
        return scanned.with_columns(lacking).select(*keys, *columns).join(wanted, on=keys, how="inner")

    def collected(self, rows: pl.LazyFrame) -> pl.DataFrame:
        """What a query on `rows` gives.

        Raises:
            CannotRead: the archive is damaged.
        """
        return _collected(rows, self.folder)


def archived_reports(
    folder: Path,
    *,
    office: str | None = None,
    branch: str | None = None,
    every: PeriodKind = "month",
) -> ArchivedReports:
    """The reports of all offices, of one, or of those of a branch (the name of its folder, `branch_of`).

    `every`: at the end of which months, quarters or years; `month` leaves none out.

    Raises:
        BadUsage: the folder is no archive.
        CannotRead: the archive is damaged.
    """
    if not (folder / "submissions").is_dir():
        raise BadUsage("E-NO-ARCHIVE", path=folder)
    there = [one for one in partitions(folder) if branch in (None, one.branch)]
    there = [one for one in there if one.period.as_kind(every) is not None]
    if not there:
        schema = dict.fromkeys((*_REPORTS, "period", "branch", "same_day"), pl.String) | {"ends": pl.Date}
        return ArchivedReports(folder, pl.DataFrame(schema=schema))
    scanned = _scan([one.file(folder, "submissions") for one in there], folder)
    if office is not None:
        scanned = scanned.filter(pl.col("office") == office)
    found = _collected(scanned.select(*_REPORTS, *_PLACE), folder)
    return ArchivedReports(folder, _one_a_day(found.join(_days(there, every), on="period", how="inner")))


def _days(there: Iterable[Partition], every: PeriodKind) -> pl.DataFrame:
    """By period as written: its last day, and its rank among those of one day, the lowest of which stands."""
    rows = [
        (str(one), one.last_day, 0 if one.kind == every != "month" else MONTHS["year"] + 1 - one.months)
        for one in sorted({one.period for one in there})
    ]
    schema = {"period": pl.String, "ends": pl.Date, "rank": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _one_a_day(found: pl.DataFrame) -> pl.DataFrame:
    ordered = found.sort("ends", "office", "rank")
    standing = ordered.group_by("ends", "office", maintain_order=True).agg(
        pl.all().exclude("rank").first(), same_day=pl.col("period").slice(1)
    )
    return standing.with_columns(pl.col("same_day").list.join(", "))


def _scan(files: list[Path], folder: Path) -> pl.LazyFrame:
    try:
        return pl.scan_parquet(
            files, glob=False, hive_partitioning=True, hive_schema=_PLACE,
            missing_columns="insert", extra_columns="ignore",
        )  # fmt: skip
    except (pl.exceptions.PolarsError, OSError) as error:
        raise CannotRead("E-ARCHIVE", path=folder, reason=type(error).__name__) from error


def _collected(query: pl.LazyFrame, folder: Path) -> pl.DataFrame:
    try:
        return query.collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise CannotRead("E-ARCHIVE", path=folder, reason=type(error).__name__) from error
