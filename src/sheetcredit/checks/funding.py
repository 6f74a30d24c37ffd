"""R35 and R36: figures of funding that nothing ties to the đồng, held against their neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from sheetcredit.catalogue.catalogue import FundingLimits, in_force
from sheetcredit.checks.batch import Batch
from sheetcredit.explain.slips import likely_slip
from sheetcredit.model.finding import Finding, Suspect, digest_of, in_both
from sheetcredit.rules.rules import Rule

_FIGURES = {"plan": "plan", "opening": "opening", "current": "balance"}
"""The figures of a source, each with the column of the programmes that it has to pay for."""
_ASKED_ALREADY = {"plan": "R13", "current": "R11"}
"""Rules that have spoken of the plan or the balance of the programmes where they failed."""


def check_funding(batch: Batch) -> Iterator[Finding]:
    """Figures of one source that are far apart, then columns that are far from what the programmes owe."""
    one, all_of_them = batch.rule_named("R35"), batch.rule_named("R36")
    if one is None or all_of_them is None or "funding" not in batch.frames:
        return
    for file, rows in _by_file(batch.frames["funding"]).items():
        odd = list(_out_of_line(batch, one, file, rows))
        yield from odd
        if "programmes" in batch.frames:
            programmes = batch.frames["programmes"].filter(pl.col("file") == file)
            told = [*odd, *_of_ties(batch, file)]
            yield from _far_from_programmes(batch, all_of_them, rows, programmes, told)


def _by_file(frame: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return {str(key[0]): part for key, part in frame.partition_by("file", as_dict=True).items()}


def _of_ties(batch: Batch, file: str) -> tuple[Finding, ...]:
    breaks = batch.breaks.get(file)
    return breaks.findings if breaks else ()


def _out_of_line(batch: Batch, rule: Rule, file: str, rows: pl.DataFrame) -> Iterator[Finding]:
    """Sources one of whose figures lies further from the others than the limits allow."""
    reading = batch.readings[file]
    limits = in_force(batch.catalogues.limits.funding, reading.info.day)
    ties = _of_ties(batch, file)
    told = {(one.sheet, one.cell) for one in ties if one.suspects}
    told |= {(s.sheet, s.cell) for one in ties for s in one.suspects if s.cause == "counterpart"}
    for row in rows.iter_rows(named=True):
        figures = {name: row[name] for name in _FIGURES if _usable(row, name) and row[name] > 0}
        if len(figures) < 2 or not _too_far(list(figures.values()), limits):
            continue
        column = _odd_one(figures)
        cell, line = reading.place(row["sheet"], row["row"], column)
        if (row["sheet"], cell) in told:
            continue
        shown = {name: in_both(figures.get(name), row["unit"]) for name in _FIGURES}
        others = [figure for name, figure in figures.items() if name != column]
        yield Finding(
            file=file, code=rule.id, severity=rule.severity, sheet=row["sheet"], cell=cell, row=line,
            column=batch.office.sheet("funding").column(column).header, value=figures[column],
            unit=row["unit"], details={**shown, "source": row["source"] or ""},
            key=f"{rule.id}|{row['sheet']}|{row['source'] or f'#{line}'}",
            digest=digest_of(*figures.values()),
            suspects=(_suspect(row, cell, figures[column], others, limits),),
        )  # fmt: skip


def _usable(row: Mapping[str, Any], name: str) -> bool:
    marked = row["bad"] or ""
    return row[name] is not None and f"|{name}|" not in marked and "|*|" not in marked


def _too_far(figures: list[int], limits: FundingLimits) -> bool:
    least, most = min(figures), max(figures)
    return any(100 * most > step.percent * least and most - least > step.least for step in limits.apart)


def _odd_one(figures: Mapping[str, int]) -> str:
    """The figure that lies apart from the two others; of two, the later one: the plan, or the current."""
    names = sorted(figures, key=lambda name: figures[name])
    if len(names) == 2:
        return "current" if "current" in figures else "plan"
    low, middle, high = (figures[name] for name in names)
    return names[0] if middle * middle > low * high else names[2]


def _suspect(
    row: Mapping[str, Any], cell: str | None, value: int, others: list[int], limits: FundingLimits
) -> Suspect:
    """The odd figure, with the slip of the unit that would bring it to where the others are."""
    percent = min(step.percent for step in limits.apart)
    low, high = 100 * min(others) // percent, percent * max(others) // 100
    slip = likely_slip(value, low, high, row["unit"], row["unit"])
    cause, suggestion = (slip.cause, slip.suggestion) if slip else ("out-of-line", None)
    return Suspect(row["sheet"], cell or "", cause, suggestion, row["unit"])


def _far_from_programmes(
    batch: Batch, rule: Rule, rows: pl.DataFrame, programmes: pl.DataFrame, told: Sequence[Finding]
) -> Iterator[Finding]:
    """Columns whose sum differs from that of the programmes by more than a share of it.

    Not where a finding names a cell of either column already, or another rule has asked about it.
    """
    reading = batch.readings[rows["file"][0]]
    limits = in_force(batch.catalogues.limits.funding, reading.info.day)
    table, other = reading.tables["funding"], batch.office.sheet("programmes")
    named = {(finding.sheet, finding.column) for finding in told}
    codes = {finding.code for finding in told}
    for column, owing in _FIGURES.items():
        header = table.sheet.column(column).header
        known = {(table.sheet.sheet, header), (other.sheet, other.column(owing).header)} & named
        if known or _ASKED_ALREADY.get(column) in codes:
            continue
        if _doubtful(rows, column) or _doubtful(programmes, owing):
            continue
        funding, owed = int(rows[column].sum()), int(programmes[owing].sum())
        apart = abs(funding - owed)
        if min(funding, owed) <= 0 or 100 * apart <= limits.percent * owed or apart <= limits.least:
            continue
        row = table.total_row if table.total_row is not None else table.header_row
        tab, unit = table.sheet.sheet, int(rows["unit"][0])
        details = {
            "programmes": in_both(owed, unit), "funding": in_both(funding, unit), "limit": limits.percent,
            "percent": in_both(round(Decimal(100 * apart) / owed, 1)),
        }  # fmt: skip
        yield Finding(
            file=reading.file, code=rule.id, severity=rule.severity, sheet=tab, cell=table.cell(row, column),
            row=row + 1, column=header, value=funding, expected=owed, difference=funding - owed, unit=unit,
            details=details, key=f"{rule.id}|{tab}|{column}", digest=digest_of(funding, owed),
        )  # fmt: skip


def _doubtful(rows: pl.DataFrame, column: str) -> bool:
    """Whether a value of the column cannot be used, or a row stands there twice."""
    return bool(rows["bad"].str.contains(rf"\|(?:{column}|\*)\|").any())
