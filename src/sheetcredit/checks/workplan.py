"""The sheets of template version 2: what is wrong on them, where a workbook has them."""

from __future__ import annotations

from collections.abc import Iterator

from sheetcredit.checks.batch import Batch
from sheetcredit.model.finding import Finding
from sheetcredit.workplan.faults import find_faults


def check_workplan(batch: Batch) -> Iterator[Finding]:
    """V-… and W-…, of each workbook by itself."""
    if batch.office.has("ledger"):  # a branch has no such sheets
        for reading in batch.readings.values():
            yield from find_faults(reading, batch.catalogues)
