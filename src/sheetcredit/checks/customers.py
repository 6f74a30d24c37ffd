"""R31 and R32: customers and balances that cannot both be right, though every sum ties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from sheetcredit.catalogue.catalogue import in_force
from sheetcredit.checks.batch import Batch
from sheetcredit.model.finding import Finding, Raw, Suspect, digest_of, in_both
from sheetcredit.model.money import in_unit, quantize
from sheetcredit.rules.rules import Rule

_TRIEU = 1_000_000


def check_customers(batch: Batch) -> Iterator[Finding]:
    """Customers without a balance or the other way round; programmes with more customers than there are."""
    for rule in (rule for rule in batch.rules if rule.kind == "own"):
        for name in rule.frames if rule.id in ("R31", "R32") else ():
            if name in batch.frames:
                yield from (_one_without_other if rule.id == "R31" else _out_of_proportion)(batch, rule, name)


def _one_without_other(batch: Batch, rule: Rule, name: str) -> Iterator[Finding]:
    """Rows with customers and no balance, or the reverse; not where a break already accuses the cell."""
    frame = _known(batch.frames[name])
    customers, balance = pl.col("customers").fill_null(0), pl.col("balance").fill_null(0)
    for row in frame.filter((customers > 0) != (balance > 0)).iter_rows(named=True):
        column = "balance" if row["customers"] else "customers"
        suspects = _elsewhere(batch, frame, row) if column == "balance" else ()
        finding = _finding(batch, rule, row, column, suspects)
        if (finding.sheet, finding.cell) not in batch.accused(finding.file):
            yield finding


def _elsewhere(batch: Batch, frame: pl.DataFrame, row: Mapping[str, Any]) -> tuple[Suspect, ...]:
    """The group of the same commune and association with the largest balance per customer."""
    if "group" not in frame.columns:
        return ()
    same = [pl.col(key) == row[key] for key in ("file", "commune", "association")]
    others = frame.filter(*same, pl.col("customers") > 0, pl.col("balance") > 0)
    usual = (frame.filter(pl.col("file") == row["file"], pl.col("customers") > 0)
             .select((pl.col("balance") / pl.col("customers")).median()).item())  # fmt: skip
    if others.is_empty() or usual is None:
        return ()
    most = others.sort(pl.col("balance") / pl.col("customers"), descending=True).row(0, named=True)
    moved = int(usual * row["customers"]) // 1_000 * 1_000  # about as much as such a group usually owes
    if most["balance"] <= moved:
        return ()
    cell, _ = batch.readings[row["file"]].place(most["sheet"], most["row"], "balance")
    left = most["balance"] - moved
    details = {"row": row["row"]}
    return (Suspect(most["sheet"], cell or "", "elsewhere", left, most["unit"], details),)


def _out_of_proportion(batch: Batch, rule: Rule, name: str) -> Iterator[Finding]:
    """Programmes with more customers than the ledger has in all, or too little or too much for each."""
    if "ledger" not in batch.frames:
        return
    direct = pl.col("association") == "99"
    of_office = {
        file: (entrusted, own)
        for file, entrusted, own in batch.frames["ledger"]
        .group_by("file")
        .agg(
            pl.col("customers").filter(~direct).sum().alias("entrusted"),
            pl.col("customers").filter(direct).sum().alias("direct"),
        )
        .iter_rows()
    }
    rows = _known(batch.frames[name]).filter(pl.col("customers") > 0, pl.col("balance") > 0)
    for row in rows.iter_rows(named=True):
        limits = in_force(batch.catalogues.limits.average_loan, batch.readings[row["file"]].info.day)
        entrusted, own = of_office.get(row["file"], (0, 0))
        average = row["balance"] // row["customers"]
        least, most = limits.bounds_of(row["programme"])
        likely = least <= average <= most or row["customers"] < limits.customers
        if not likely or row["customers"] > entrusted + own > 0:
            details: dict[str, Raw] = {
                "all": entrusted + own, "entrusted": entrusted, "direct": own,
                "average": quantize(in_unit(average, _TRIEU), 3),
            }  # fmt: skip
            shown = {name: in_both(number) for name, number in details.items()}
            yield _finding(batch, rule, row, "customers", (), shown)


def _known(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows whose customers and balance can be used."""
    doubtful = pl.col("bad").str.contains(r"\|(?:customers|balance|\*)\|").fill_null(False)
    return frame.filter(~doubtful)


def _finding(
    batch: Batch, rule: Rule, row: Mapping[str, Any], column: str, suspects: tuple[Suspect, ...],
    details: Mapping[str, object] | None = None,
) -> Finding:  # fmt: skip
    reading, tab = batch.readings[row["file"]], row["sheet"]
    cell, line = reading.place(tab, row["row"], column)
    sheet = batch.office.named(tab)
    assert sheet is not None
    key = "/".join(str(row[name]) for name in sheet.key if row[name]) or f"#{line}"
    customers, balance = row["customers"] or 0, row["balance"] or 0
    unit = row["unit"]
    shown = {"customers": in_both(customers), "balance": in_both(balance, unit)}
    return Finding(
        file=row["file"], code=rule.id, severity=rule.severity, sheet=tab, cell=cell, row=line,
        column=sheet.column(column).header, value=balance if column == "balance" else customers,
        unit=unit if column == "balance" else 1, details={**shown, **(details or {})},
        key=f"{rule.id}|{tab}|{key}|{column}", digest=digest_of(customers, balance), suspects=suspects,
    )  # fmt: skip
