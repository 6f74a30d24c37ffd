"""H-DIVIDED: a commune that was divided since the previous report, until a person has put its groups."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from sheetcredit.checks.batch import Batch
from sheetcredit.model.finding import Finding, digest_of, severity_of
from sheetcredit.model.text import listed
from sheetcredit.rules.previous import BEFORE


def check_divided_communes(batch: Batch) -> Iterator[Finding]:
    """One question a divided commune: its openings cannot be compared while nobody has put its groups.

    A commune counts as put once each of its groups of then has a new commune in the settings of the office.
    """
    if batch.compared is None or f"{BEFORE}groups" not in batch.compared.frames:
        return
    before = batch.compared.frames[f"{BEFORE}groups"]
    for file, communes in batch.compared.restated.divided.items():
        office = batch.readings[file].info.office
        own = batch.catalogues.own.find(office) if office else None
        put = own.groups.keys() if own else frozenset()
        for commune in sorted(communes):
            held = before.filter((pl.col("file") == file) & (pl.col("commune") == commune))
            groups = sorted(held["group"].drop_nulls())
            if not put >= set(groups):
                yield _question(batch, file, commune, groups)


def _question(batch: Batch, file: str, commune: str, groups: list[str]) -> Finding:
    reading, then, catalogues = batch.readings[file], batch.previous[file], batch.catalogues
    office, day = reading.info.office, reading.info.day
    became = catalogues.became(office, commune, then.info.day, day) or ()
    named = [f"{catalogues.name_of('communes', code, day, office=office)} ({code})" for code in became]
    sheet = batch.office.sheet("groups")
    table = reading.tables.get(sheet.id)
    return Finding(
        file=file, code="H-DIVIDED", severity=severity_of("H-DIVIDED"), sheet=sheet.sheet,
        cell=table.cell(table.header_row, "commune") if table else None,
        row=table.header_row + 1 if table else None, column=sheet.column("commune").header,
        details={
            "commune": commune,
            "commune_name": catalogues.name_of("communes", commune, then.info.day, office=office),
            "became": ", ".join(named) or "?", "previous": str(then.info.period), "count": len(groups),
            "listed": listed(groups, catalogues.limits.continuity_on(day).listed),
        },
        key=f"H-DIVIDED|{sheet.sheet}|{commune}", digest=digest_of(*groups),
    )  # fmt: skip
