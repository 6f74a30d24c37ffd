"""The quarter's bulletin as a job: written from a workbook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sheetcredit.bulletin import SUFFIXES, bulletin_text, write_bulletin
from sheetcredit.model.errors import BadUsage, CannotWrite
from sheetcredit.outcome import Report

if TYPE_CHECKING:
    from sheetcredit.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Bulletin:
    """A bulletin: its text, where it was written to, and the report it was made from."""

    report: Report
    text: str = ""
    written_to: Path | None = None


def publish(
    path: Path,
    out: Path | None = None,
    draft: bool = False,
    template: Path | None = None,
    rulebook: Rulebook | None = None,
) -> Bulletin:
    """The bulletin of a workbook, as text or written to `out`; none where something blocks, unless a draft.

    Raises:
        BadUsage: `out` has a suffix that no bulletin is written in.
        CannotWrite: `out` is there already; somebody may have edited it.
        CannotRead, NotOurTemplate: the workbook cannot be read.
    """
    if out is not None:
        if out.suffix.lower() not in SUFFIXES:
            raise BadUsage("E-BULLETIN-FORMAT", path=out, suffix=out.suffix or "-")
        if out.exists():
            raise CannotWrite("E-EXISTS", path=out)
    report = _reconciled(path, rulebook)
    if report.blocks and not draft:
        return Bulletin(report)
    if out is None:
        return Bulletin(report, bulletin_text(report))
    return Bulletin(report, written_to=write_bulletin(report, out, template))


def _reconciled(path: Path, rulebook: Rulebook | None) -> Report:
    from sheetcredit.consolidate.branch_report import report_on  # noqa: PLC0415 - polars

    return report_on(path, rulebook)
