"""The quarterly bulletin: Vietnamese text from the figures of `Tổng hợp`, as .docx, .md or .txt.

    write_bulletin(report, Path("ban-tin.docx"))

It needs a report's figures, period, unit and names only, so the sums of a branch serve as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sheetcredit.bulletin.compose import Reported, compose
from sheetcredit.bulletin.plain import as_markdown, as_text
from sheetcredit.consolidate.branch_report import report_on
from sheetcredit.model.errors import BadUsage, CannotWrite
from sheetcredit.outcome import Report
from sheetcredit.xlsx.atomic_write import write_new

if TYPE_CHECKING:
    from sheetcredit.rulebook import Rulebook

SUFFIXES = (".docx", ".md", ".txt")


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
    report = report_on(path, rulebook)
    if report.blocks and not draft:
        return Bulletin(report)
    if out is None:
        return Bulletin(report, bulletin_text(report))
    return Bulletin(report, written_to=write_bulletin(report, out, template))


def bulletin_text(report: Reported) -> str:
    """The bulletin as plain text; marked as a draft while something blocks the report."""
    return as_text(compose(report))


def write_bulletin(report: Reported, out: Path, template: Path | None = None) -> Path:
    """The bulletin written to `out`, in the format of its suffix; an existing file is replaced.

    `template` is a .docx to fill instead of ours. Marked as a draft while something blocks the report.

    Raises:
        BadUsage: the suffix is none of `SUFFIXES`.
        CannotRead: the template cannot be read or filled.
        CannotWrite: `out` cannot be written.
    """
    suffix = out.suffix.lower()
    if suffix not in SUFFIXES:
        raise BadUsage("E-BULLETIN-FORMAT", path=out, suffix=suffix or "-")
    bulletin = compose(report)
    if suffix == ".docx":
        from sheetcredit.bulletin.document import as_docx  # noqa: PLC0415 - lxml, jinja, docx

        return write_new(out, as_docx(bulletin, template))
    text = as_markdown(bulletin) if suffix == ".md" else as_text(bulletin)
    return write_new(out, text.encode("utf-8"))
