"""S-SEAL: a sealed workbook that says something else by now."""

from __future__ import annotations

from collections.abc import Iterator

from sheetcredit.checks.batch import Batch
from sheetcredit.model.finding import Finding
from sheetcredit.seal.changes import find_void_seals


def check_seals(batch: Batch) -> Iterator[Finding]:
    """The void seal of each workbook, and a note for every cell that changed since."""
    yield from find_void_seals(batch.readings.values(), batch.office)
