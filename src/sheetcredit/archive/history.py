"""Periods side by side, from the archive: figures of offices, and the way down to communes and groups.

Figures are levels at a day and movements since the year began, so what is put side by side are days. A month
and its quarter end on one day and say the same: of several reports of an office for one day one stands for
all, that of the kind that was asked for, else the longest. So nothing is counted twice.

All of it is asked of Parquet at once: forty quarters of all offices of the nation are one query.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from sheetcredit.archive.partitions import Partition, branch_of, partitions
from sheetcredit.figures.summary import FigureValue, columns_summed, summarise_rows
from sheetcredit.model.errors import BadUsage, CannotRead
from sheetcredit.model.period import MONTHS, Period, PeriodKind, find_period
from sheetcredit.rulebook import Rulebook, our_rulebook
from sheetcredit.template.definition import Sheet

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

    def before(self, day: date, offices: Collection[str]) -> ArchivedReports:
        """Those of some offices for the days before one.

        What is asked of them reads no other partitions. An office is told by its code, not by its branch: its
        earlier reports may lie in the folder of a branch that has been merged since.
        """
        earlier = (pl.col("ends") < day) & pl.col("office").is_in(list(offices))
        return ArchivedReports(self.folder, self.frame.filter(earlier))

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


@dataclass(frozen=True, slots=True)
class ArchivedPeriod:
    """A day of an office, or of the offices of a branch: its figures as printed, amounts in `unit` đồng.

    `same_day`: the other periods of that day. `submission`: of an office, the row of its report in
    `ArchivedReports.frame`; empty for a branch. `offices`: of how many these are the figures.
    """

    period: Period
    same_day: str
    unit: int
    unit_name: str
    offices: int
    figures: Mapping[str, FigureValue]
    submission: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class History:
    """Periods of an office, a branch or the nation, the earliest first; `reports` lead further down."""

    code: str
    name: str
    reports: ArchivedReports
    periods: tuple[ArchivedPeriod, ...]

    @property
    def of_office(self) -> bool:
        """Whether it is of one office."""
        return bool(self.periods[-1].submission)


NATION = "00"
"""The code under which all branches are asked for."""


def history(
    folder: Path, who: str, rulebook: Rulebook | None = None, every: PeriodKind = "month", last: int = 8
) -> History:
    """The last periods of an office, or of a branch by its code, its name or the name of its folder.

    A branch's figures are computed from the archived rows of its offices, in whole đồng, never by adding up
    printed ones. `every` as for `archived_reports`.

    Raises:
        BadUsage: the folder is no archive, or does not know the office or branch.
        CannotRead: the archive is damaged.
    """
    rulebook = rulebook or our_rulebook()
    catalogues = rulebook.catalogues
    whole = archived_reports(folder, every=every)
    code = catalogues.office_code(who) or who
    own = whole.frame.filter(pl.col("office") == code)
    if len(own):
        reports = ArchivedReports(folder, own).latest(last)
        return History(code, own["office_name"][-1], reports, tuple(_of_office(reports)))
    entry = next((one for one in catalogues.of("branches") if who in (one.code, one.name.vi)), None)
    branch = branch_of(entry.name.vi if entry else who)
    held = whole.frame if who == NATION else whole.frame.filter(pl.col("branch") == branch)
    if held.is_empty():
        known = sorted({*whole.frame["office"], *whole.frame["branch"]})
        raise BadUsage("E-NOT-ARCHIVED", office=who, known=_some(known))
    reports = ArchivedReports(folder, held).latest(last)
    return History(
        who,
        entry.name.vi if entry else branch,
        reports,
        tuple(_of_branch(reports, rulebook.office.sheet("summary"))),
    )


def _some(codes: Sequence[str]) -> str:
    return ", ".join(codes[:10]) + (" …" if len(codes) > 10 else "")


def _of_office(reports: ArchivedReports) -> Iterable[ArchivedPeriod]:
    values: dict[str, dict[str, FigureValue]] = {}
    for period, name, value in reports.figures().select("period", "figure", "value").rows():
        values.setdefault(period, {})[name] = value
    for row in reports.frame.iter_rows(named=True):
        period = find_period(row["period"])
        assert period is not None  # it is the name of a partition
        figures = values.get(row["period"], {})
        yield ArchivedPeriod(period, row["same_day"], row["unit"], row["unit_name"], 1, figures, row)


def _of_branch(reports: ArchivedReports, summary: Sheet) -> Iterable[ArchivedPeriod]:
    needed = columns_summed(summary)
    frames = {}
    for table, columns in needed.items():
        rows = reports.rows(table, sorted({*columns, *_MERGED.get(table, ()), "bad"}))
        held = reports.collected(rows.with_columns(file=pl.col("ends").cast(pl.String)))
        frames[table] = _merged(held, _MERGED[table]) if table in _MERGED else held
    days = {
        str(day): reports.frame.filter(pl.col("ends") == day) for day in reports.frame["ends"].unique().sort()
    }
    units = {day: min(own["unit"]) for day, own in days.items()}
    summaries = summarise_rows(summary, {name: frame for name, frame in frames.items() if len(frame)}, units)
    for day, own in days.items():
        named = own["unit_name"].filter(own["unit"] == units[day])[0]
        written = own["period"].value_counts(sort=True)["period"].to_list()
        period = find_period(written[0])  # what most of the offices have sent for that day
        assert period is not None
        others = ", ".join(
            sorted({*written[1:], *filter(None, ", ".join(own["same_day"]).split(", "))} - {written[0]})
        )
        yield ArchivedPeriod(period, others, units[day], named, len(own), summaries[day].figures, {})


_MERGED = {"programmes": ("programme",)}
"""Tables of which a branch has one row a code, whichever of its offices have it: they are also counted."""


def _merged(rows: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    once = rows.filter(~pl.col("bad").str.contains("|*|", literal=True).fill_null(False))
    summed = [pl.col(name).sum() for name, kind in once.schema.items() if kind.is_integer()]
    marks = pl.col("bad").drop_nulls().str.join("").replace("", None)
    return once.group_by("file", *keys, maintain_order=True).agg(*summed, bad=marks)


@dataclass(frozen=True, slots=True)
class HistoryLevel:
    """A level of the way down: a table, and the columns that tell its rows apart and name them."""

    table: str
    keys: tuple[str, ...]
    names: tuple[str, ...]


OFFICES = HistoryLevel("ledger", ("office",), ())
COMMUNES = HistoryLevel("ledger", ("office", "commune"), ("commune_name",))
GROUPS = HistoryLevel("groups", ("office", "commune", "group"), ("leader",))
"""The way down: office, commune, group."""


def balances(reports: ArchivedReports, level: HistoryLevel) -> pl.DataFrame:
    """The balances of a level's rows in whole đồng, a column a day (ISO); null where there is no row.

    The latest report says what a row is called, and in which commune a group is.

    Raises:
        CannotRead: the archive is damaged.
    """
    # A group keeps its code where communes merge: it is one row whichever it was in.
    own = ("office", level.keys[-1]) if len(level.keys) > 1 else level.keys
    told = [name for name in (*level.keys, *level.names) if name not in own]
    columns = sorted({*level.keys, *level.names, "balance"} - {"office"})
    rows = reports.rows(level.table, columns).filter(pl.col(level.keys[-1]).is_not_null()).sort("ends")
    held = reports.collected(
        rows.group_by(*own, "ends", maintain_order=True).agg(
            pl.col("balance").sum(), *(pl.col(name).drop_nulls().last() for name in told)
        )
    )
    names = held.group_by(*own, maintain_order=True).agg(pl.col(name).last() for name in told)
    wide = held.with_columns(pl.col("ends").cast(pl.String)).pivot("ends", index=list(own), values="balance")
    days = [str(day) for day in reports.frame["ends"].unique().sort()]
    absent = [pl.lit(None, pl.Int64).alias(day) for day in days if day not in wide.columns]
    found = names.join(wide, on=list(own), how="left").with_columns(absent)
    return found.select(*level.keys, *level.names, *days).sort(level.keys)


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
