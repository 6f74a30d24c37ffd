"""The archive: every accepted figure, row and finding as Parquet that DuckDB and polars read directly.

    DIR/<table>/period=2024Q1/branch=chi-nhanh-…/data.parquet

Tables: `figures`, the rows of `ledger`, `statements`, `groups`, `programmes`, `funding`, `direct`, then
`findings` and `submissions`. A partition is replaced at once (new file, synced, renamed); `submissions` comes
last, so that what a broken run left is put right by the next. An office has one submission a period, the
latest in the order by which `consolidate` chooses (`intake.versions`): a row says in `submission` which it is
of. The same submission again changes nothing, and an older one never replaces the archived one. Columns:
docs/archive.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from sheetcredit._version import __version__
from sheetcredit.archive.partitions import Partition, branch_of, partitions, read_partition
from sheetcredit.archive.plain_values import plain, restored
from sheetcredit.intake.versions import moment_of, submission_of, version_order
from sheetcredit.model.finding import Finding, Raw
from sheetcredit.model.money import in_unit
from sheetcredit.model.period import Period
from sheetcredit.outcome import Gathered
from sheetcredit.rulebook import Rulebook, our_rulebook
from sheetcredit.template.definition import Sheet
from sheetcredit.xlsx.atomic_write import put
from sheetcredit.xlsx.files import REAL_FILES, writing_failed
from sheetcredit.xlsx.locks import locked

ROWS = ("ledger", "statements", "groups", "programmes", "funding", "direct")
TABLES = ("figures", *ROWS, "findings", "submissions")
"""In the order in which they are written."""

_NUMBER = pl.Decimal(38, 6)
_SUBMISSION = 12  # digits of the digest that name a submission
_FIGURES: Mapping[str, Any] = {
    "office": pl.String, "submission": pl.String, "figure": pl.String, "kind": pl.String,
    "value": _NUMBER, "dong": pl.Int64, "unit": pl.Int64,
}  # fmt: skip
_FINDINGS: Mapping[str, Any] = {
    "office": pl.String, "submission": pl.String, "code": pl.String, "severity": pl.String,
    "status": pl.String, "sheet": pl.String, "cell": pl.String, "row": pl.Int64, "column": pl.String,
    "value": pl.String, "expected": pl.String, "difference": _NUMBER, "unit": pl.Int64,
    "message": pl.String, "message_en": pl.String, "explanation": pl.String, "key": pl.String,
}  # fmt: skip
_SUBMISSIONS: Mapping[str, Any] = {
    "office": pl.String, "submission": pl.String, "digest": pl.String, "office_name": pl.String,
    "branch_name": pl.String, "as_of": pl.Date, "received": pl.Datetime("us", "UTC"), "origin": pl.String,
    "path": pl.String, "unit": pl.Int64, "unit_name": pl.String, "share_rounding": pl.String,
    "blocks": pl.Boolean, "findings": pl.Int64, "explained": pl.Int64, "passed": pl.Int64,
    "failed": pl.Int64, "not_evaluated": pl.Int64, "info": pl.String, "layout": pl.String,
    "version": pl.String,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of each workbook: `added`, `unchanged` (there already), `older` than what is there,
    `left_out` (no office report, or of no office or period)."""

    added: tuple[Gathered, ...] = ()
    unchanged: tuple[Gathered, ...] = ()
    older: tuple[Gathered, ...] = ()
    left_out: tuple[Gathered, ...] = ()


_Subject = tuple[str, Period]
"""Whose report it is, and of when."""


@dataclass(frozen=True, slots=True)
class _Archived:
    """What the archive holds of an office and period."""

    partition: Partition
    version: Gathered  # without report and rows: what it is ordered by


def append(gathered: Iterable[Gathered], folder: Path, rulebook: Rulebook | None = None) -> Accepted:
    """Put reports into the archive; the caller has decided that they are accepted.

    `rulebook` (ours unless given) says which branch an office belongs to.

    Raises:
        CannotWrite: another run is writing it (`FileLocked`), or the disk would not.
        CannotRead: what lies there is no archive that can be read.
    """
    rulebook = rulebook or our_rulebook()
    offered = list(gathered)
    good = [one for one in offered if _identified(one)]
    left_out = tuple(one for one in offered if not _identified(one))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / "archive", REAL_FILES):
            archived = _archived(folder)
            added, unchanged, older = _sorted_out(archived, good)
            for partition, own in _by_partition(added, rulebook).items():
                _put_in(folder, partition, own, rulebook)
                for before in _elsewhere(archived, partition, own):
                    _take_out(folder, before, own)
    except OSError as problem:
        raise writing_failed(folder, problem) from problem
    return Accepted(tuple(added), tuple(unchanged), tuple(older), left_out)


def _identified(one: Gathered) -> bool:
    return one.kind == "office" and bool(one.report and one.report.office and one.report.period)


def _subject(one: Gathered) -> _Subject:
    assert one.report and one.report.office and one.report.period
    return one.report.office, one.report.period


def _sorted_out(
    archived: Mapping[_Subject, _Archived], good: Iterable[Gathered]
) -> tuple[list[Gathered], list[Gathered], list[Gathered]]:
    """What is new, what is there already, and what came before that which is there."""
    newest: dict[_Subject, Gathered] = {}
    unchanged, older = [], []
    for one in good:
        there = newest.get(_subject(one))
        if there and _is_older(one, there):
            older.append(one)
            continue
        if there:
            older.append(there)
        newest[_subject(one)] = one
    added = []
    for subject, one in newest.items():
        before = archived.get(subject)
        if before and before.version.digest == one.digest:
            unchanged.append(one)
        elif before and _is_older(one, before.version):
            older.append(one)
        else:
            added.append(one)
    return added, unchanged, older


def _is_older(one: Gathered, other: Gathered) -> bool:
    """Whether a version comes before another, as `consolidate` orders them.

    Of one submission number, where nobody knows when a version came, the last offered counts.
    """
    numbers = submission_of(one) or 0, submission_of(other) or 0
    if numbers[0] == numbers[1] and None in (moment_of(one), moment_of(other)):
        return False
    return version_order(one) < version_order(other)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _archived(folder: Path) -> dict[_Subject, _Archived]:
    found: dict[_Subject, _Archived] = {}
    for partition in partitions(folder):
        rows = read_partition(folder, "submissions", partition)
        for row in rows.iter_rows(named=True) if rows is not None else ():
            version = Gathered(
                row["path"], row["origin"], row["received"], row["digest"],
                info=restored(msgspec.json.decode(row["info"]), row["path"]),
            )  # fmt: skip
            found[row["office"], partition.period] = _Archived(partition, version)
    return found


def _by_partition(added: Iterable[Gathered], rulebook: Rulebook) -> dict[Partition, list[Gathered]]:
    """By the branch that the catalogue gives an office, otherwise by the one that the workbook names."""
    by_partition: dict[Partition, list[Gathered]] = defaultdict(list)
    for one in added:
        office, period = _subject(one)
        known = rulebook.catalogues.office_on(office, period.last_day)
        name = known.branch.vi if known and known.branch else str(one.info.get("branch") or "")
        by_partition[Partition(period, branch_of(name))].append(one)
    return dict(by_partition)


def _elsewhere(
    archived: Mapping[_Subject, _Archived], partition: Partition, own: Iterable[Gathered]
) -> set[Partition]:
    """Partitions of other branches that hold an earlier submission of these offices."""
    before = {archived[_subject(one)].partition for one in own if _subject(one) in archived}
    return before - {partition}


# Partitions written


def _put_in(folder: Path, partition: Partition, own: Sequence[Gathered], rulebook: Rulebook) -> None:
    makers: Mapping[str, Callable[[Gathered], pl.DataFrame]] = {
        **{name: partial(_rows, name) for name in ROWS},
        "figures": partial(_figures, rulebook.office.sheet("summary")),
        "findings": _findings,
        "submissions": _submission,
    }
    for table in TABLES:
        _replace(folder, partition, table, own, pl.concat(map(makers[table], own), how="diagonal_relaxed"))


def _take_out(folder: Path, partition: Partition, own: Sequence[Gathered]) -> None:
    for table in reversed(TABLES):
        _replace(folder, partition, table, own, pl.DataFrame(schema={"office": pl.String}))


def _replace(
    folder: Path, partition: Partition, table: str, own: Iterable[Gathered], new: pl.DataFrame
) -> None:
    """A partition with new rows of these offices in place of those it had."""
    there = read_partition(folder, table, partition)
    if there is not None:
        others = there.filter(~pl.col("office").is_in([_subject(one)[0] for one in own]))
        new = pl.concat([others, new], how="diagonal_relaxed")
    elif new.columns == ["office"]:
        return  # none of these workbooks has the sheet
    out = BytesIO()
    new.sort("office", maintain_order=True).write_parquet(out)
    put(partition.file(folder, table), out.getvalue())


def _named(one: Gathered) -> dict[str, Any]:
    return {"office": _subject(one)[0], "submission": one.digest[:_SUBMISSION]}


def _rows(name: str, one: Gathered) -> pl.DataFrame:
    if name not in one.rows:
        return pl.DataFrame(schema={"office": pl.String})
    about = [pl.lit(value).alias(column) for column, value in _named(one).items()]
    return one.rows[name].select(*about, pl.all())


def _figures(summary: Sheet, one: Gathered) -> pl.DataFrame:
    assert one.report is not None
    kinds = {f.name: "amount" if f.amount else "count" if f.count else "ratio" for f in summary.figures}
    unit = one.report.unit
    rows = [
        _named(one) | {
            "figure": name, "kind": kinds.get(name), "value": None if value is None else Decimal(value),
            "dong": int(value) * unit if kinds.get(name) == "amount" and value is not None else None,
            "unit": unit if kinds.get(name) == "amount" else 1,
        }
        for name, value in one.report.figures.items()
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=_FIGURES, orient="row")


def _findings(one: Gathered) -> pl.DataFrame:
    assert one.report is not None
    return pl.DataFrame([_named(one) | _finding(f) for f in one.report.findings], schema=_FINDINGS)


def _finding(finding: Finding) -> dict[str, Any]:
    shown = finding.difference
    return {
        "code": finding.code, "severity": finding.severity, "status": finding.status,
        "sheet": finding.sheet, "cell": finding.cell, "row": finding.row, "column": finding.column,
        "value": _text(finding.value, finding.unit), "expected": _text(finding.expected, finding.unit),
        "difference": None if shown is None else Decimal(str(_in_unit(shown, finding.unit))),
        "unit": finding.unit, "message": finding.message("vi"), "message_en": finding.message("en"),
        "explanation": finding.explanation, "key": finding.key,
    }  # fmt: skip


def _in_unit(value: Raw, unit: int) -> Raw:
    """A value in the unit of its sheet, as a message names it."""
    return in_unit(value, unit) if isinstance(value, int) and unit > 1 else value


def _text(value: Raw, unit: int) -> str | None:
    return None if value is None else str(_in_unit(value, unit))


def _submission(one: Gathered) -> pl.DataFrame:
    assert one.report is not None
    report, info = one.report, one.info
    row = _named(one) | {
        "digest": one.digest, "office_name": report.office_name, "branch_name": info.get("branch"),
        "as_of": info.get("as_of"), "received": _utc(one.received) if one.received else None,
        "origin": one.origin, "path": one.path, "unit": report.unit, "unit_name": report.unit_name,
        "share_rounding": info.get("share_rounding"), "blocks": report.blocks,
        "findings": len(report.findings), "explained": report.outcomes.get("explained", 0),
        "passed": report.outcomes.get("passed", 0), "failed": report.outcomes.get("failed", 0),
        "not_evaluated": report.outcomes.get("not_evaluated", 0),
        "info": msgspec.json.encode(plain(info)).decode(),
        "layout": msgspec.json.encode(plain(one.layout)).decode(), "version": __version__,
    }  # fmt: skip
    return pl.DataFrame([row], schema=_SUBMISSIONS)
