"""R33 and R34: communes of the office that no sheet speaks of, and programmes in an unusual order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import polars as pl

from sheetcredit.checks.batch import Batch
from sheetcredit.model.finding import Finding, digest_of
from sheetcredit.model.text import listed
from sheetcredit.rules.rules import Rule
from sheetcredit.template.reading import Reading


def check_missing_communes(batch: Batch) -> Iterator[Finding]:
    """Communes in force for the office on its day that have no row on any sheet, all in one finding.

    A sheet that is missing or whose codes cannot be used may be what lacks them: then nothing is said. Nor
    where most communes are missing: such a workbook covers a part of the office, or is another one's.
    """
    rule = batch.rule_named("R33")
    if rule is None or not all(name in batch.coded.frames for name in rule.frames):
        return
    reported = _codes_by_file(batch, rule.frames)
    for file, reading in batch.readings.items():
        there = reported.get(file, set())
        communes = batch.catalogues.communes_of(reading.info.office)
        in_force = (c for c in communes if c.valid_on(reading.info.day) and not c.elsewhere)
        missing = [c for c in in_force if c.code not in there]
        table = reading.tables.get("ledger")
        unsure = "" in there or len(there) < len(missing) or reading.info.office is None
        if not missing or unsure or table is None:
            continue
        names = [f"{entry.name.vi} ({entry.code})" for entry in missing]
        codes = [entry.code for entry in missing]
        yield _at_header(
            rule, reading, "ledger", "commune", len(missing),
            {"listed": listed(names, 20), "items": tuple(codes)}, digest_of(*codes),
        )  # fmt: skip


def _codes_by_file(batch: Batch, frames: Sequence[str]) -> Mapping[str, set[str]]:
    """By file, the communes that its tables name; "" stands for a code that cannot be used."""
    codes: dict[str, set[str]] = {}
    for name in frames:
        frame = batch.coded.frames[name]
        entrusted = pl.col("association").ne_missing(
            "99"
        )  # a commune's direct lending says nothing of the rest
        filled = frame.filter(entrusted, pl.col("balance").is_not_null() | pl.col("customers").is_not_null())
        for file, commune in filled.select("file", "commune").unique().iter_rows():
            codes.setdefault(file, set()).add(commune or "")
    return codes


def check_order_of_programmes(batch: Batch) -> Iterator[Finding]:
    """The first programme that stands before one that the office's list puts before it."""
    rule = batch.rule_named("R34")
    if rule is None or "programmes" not in batch.frames:
        return
    usual = {entry.code: entry.programmes for entry in batch.catalogues.of("offices")}
    for file, reading in batch.readings.items():
        order = usual.get(reading.info.office or "", ())
        rows = batch.frames["programmes"].filter(pl.col("file") == file).select("programme", "sheet", "row")
        codes = [each for each in rows.rows() if each[0] in order]
        for (code, tab, row), (following, _, _) in pairwise(codes):
            if order.index(code) > order.index(following):
                cell, line = reading.place(tab, row, "programme")
                yield Finding(
                    file=file, code=rule.id, severity=rule.severity, sheet=tab, cell=cell, row=line,
                    column=batch.office.sheet("programmes").column("programme").header, value=code,
                    details={"code": code, "before": following}, key=f"{rule.id}|{tab}",
                )  # fmt: skip
                break


def _at_header(
    rule: Rule, reading: Reading, sheet_id: str, column: str, value: int,
    details: Mapping[str, object], digest: str,
) -> Finding:  # fmt: skip
    table = reading.tables[sheet_id]
    there = column in table.columns
    return Finding(
        file=reading.file, code=rule.id, severity=rule.severity, sheet=table.sheet.sheet,
        cell=table.cell(table.header_row, column) if there else None, row=table.header_row + 1,
        column=table.sheet.column(column).header, value=value, details=details,
        key=f"{rule.id}|{table.sheet.sheet}", digest=digest,
    )  # fmt: skip
