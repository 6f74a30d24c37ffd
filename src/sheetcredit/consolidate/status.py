"""The state of submissions, period by period, and that of one period as a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from sheetcredit.build.workbook import Content, build_workbook
from sheetcredit.consolidate.arrivals import Arrivals, arrivals
from sheetcredit.consolidate.branch_workbook import info_of, submission_rows
from sheetcredit.consolidate.consolidate import Options, read_all
from sheetcredit.intake.candidates import candidates
from sheetcredit.model.errors import CannotWrite
from sheetcredit.pool.gather import Progress
from sheetcredit.rulebook import Rulebook
from sheetcredit.template.definition import Office, load_branch
from sheetcredit.xlsx.atomic_write import write_new
from sheetcredit.xlsx.read import peek

_SHEETS = ("info", "submissions")


def status_of(
    paths: Sequence[Path], rulebook: Rulebook, options: Options, progress: Progress | None = None
) -> list[Arrivals]:
    """Who has reported for each period at hand (or the one named), the latest first.

    Raises:
        BadUsage: there is no report at all, or none of the period.
    """
    with TemporaryDirectory() as folder:
        gathered = read_all(candidates(paths, Path(folder)), rulebook, options, progress)
    first = arrivals(gathered, rulebook.catalogues, options.period, options.expected)
    earlier = sorted(first.other_periods, reverse=True) if options.period is None else []
    others = [arrivals(gathered, rulebook.catalogues, period, options.expected) for period in earlier]
    return [first, *others]


def arrivals_at(
    paths: Sequence[Path],
    workdir: Path,
    rulebook: Rulebook,
    options: Options,
    progress: Progress | None = None,
) -> Arrivals:
    """Who has reported for the latest period at hand (or the one named); what mails brought is in `workdir`.

    Raises:
        BadUsage: there is no report at all, or none of the period.
    """
    gathered = read_all(candidates(paths, workdir), rulebook, options, progress)
    return arrivals(gathered, rulebook.catalogues, options.period, options.expected)


def in_order(arrived: Arrivals) -> bool:
    """Whether every office that is expected has a valid report there."""
    return all(one.state in ("received", "late") for one in arrived.submissions)


def write_status(arrived: Arrivals, out: Path) -> Path:
    """The state of a period as a workbook with the sheet `Tình hình nộp`; an earlier one is replaced.

    Raises:
        CannotWrite: `out` is no .xlsx, something else, open elsewhere, or cannot be written.
    """
    if out.suffix.lower() != ".xlsx":
        raise CannotWrite("E-FORMAT", path=out, suffix=out.suffix or out.name)
    if out.exists() and not _is_status(out):
        raise CannotWrite("E-OUT-FOREIGN", path=out)
    content = Content(info_of(arrived), {"submissions": submission_rows(arrived)})
    with TemporaryDirectory() as folder:
        built = build_workbook(Path(folder) / out.name, content, _template(), "branch")
        return write_new(out, built.read_bytes())


def _template() -> Office:
    whole = load_branch()
    return msgspec.structs.replace(whole, sheets=tuple(s for s in whole.sheets if s.id in _SHEETS))


def _is_status(path: Path) -> bool:
    """Whether a workbook is one that `write_status` made: it has the one sheet and no figures."""
    template = load_branch()
    return bool(peek(path, template.sheet("submissions").sheet)) and not peek(
        path, template.sheet("summary").sheet
    )
