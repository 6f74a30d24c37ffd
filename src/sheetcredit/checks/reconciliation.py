"""The rules across sheets: a finding for every tie that does not hold, with its likely causes."""

from __future__ import annotations

from collections.abc import Iterator

from sheetcredit.checks.batch import Batch
from sheetcredit.model.finding import Finding


def check_ties(batch: Batch) -> Iterator[Finding]:
    """R01 to R18 of an office, R50 to R58 of a branch: each placed on the cell to look at first."""
    for breaks in batch.breaks.values():
        yield from breaks.findings
