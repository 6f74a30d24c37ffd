"""The quarterly bulletin: Vietnamese text from the figures of `Tổng hợp`, as .docx, .md or .txt.

    write_bulletin(report, Path("ban-tin.docx"))

It needs a report's figures, period, unit and names only, so the sums of a branch serve as well.
"""

from __future__ import annotations

from pathlib import Path

from sheetcredit.bulletin.compose import Reported, compose
from sheetcredit.bulletin.plain import as_markdown, as_text
from sheetcredit.model.errors import BadUsage
from sheetcredit.xlsx.atomic_write import write_new

__all__ = ["SUFFIXES", "bulletin_text", "write_bulletin"]

SUFFIXES = (".docx", ".md", ".txt")


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
