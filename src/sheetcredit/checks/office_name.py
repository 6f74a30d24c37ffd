"""V-OFFICE: the code of an office beside the name of a neighbour."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sheetcredit.catalogue.entry import Entry
from sheetcredit.checks.batch import Batch
from sheetcredit.model.finding import Finding, digest_of, severity_of
from sheetcredit.model.grid import address
from sheetcredit.model.text import fold


def check_office_names(batch: Batch) -> Iterator[Finding]:
    """The name on `Thông tin` is that of another office of the same branch.

    Names are written in many ways, so only the place counts: that of the office itself excuses the rest.
    """
    for file, reading in batch.readings.items():
        info = reading.info
        entry = batch.catalogues.office_on(info.office, info.day)
        written = fold(info.office_name)
        if entry is None or not written or _names(written, entry):
            continue
        other = _neighbour(batch, entry, written)
        if other is None:
            continue
        sheet, place = batch.office.sheet("info"), info.cells.get("office_name")
        yield Finding(
            file=file, code="V-OFFICE", severity=severity_of("V-OFFICE"), sheet=sheet.sheet,
            cell=address(*place) if place else None, row=place[0] + 1 if place else None,
            column=sheet.column("office_name").header, value=info.office_name,
            details={"code": entry.code, "name": entry.name.vi, "other": f"{other.name.vi} ({other.code})"},
            key=f"V-OFFICE|{sheet.sheet}|{entry.code}", digest=digest_of(entry.code, written),
        )  # fmt: skip


def _names(written: str, entry: Entry) -> bool:
    """Whether a name speaks of an office's place."""
    place = fold(entry.place)
    return fold(entry.name.vi) in written or bool(place and re.search(rf"\b{re.escape(place)}\b", written))


def _neighbour(batch: Batch, entry: Entry, written: str) -> Entry | None:
    """The office of the same branch that a name speaks of, that with the longest place first."""
    others = (
        one
        for one in batch.catalogues.of("offices")
        if one.code != entry.code and _branch(one) == _branch(entry) and one.place and _names(written, one)
    )
    return max(others, key=lambda one: len(one.place), default=None)


def _branch(entry: Entry) -> str:
    return entry.branch.vi if entry.branch else ""
