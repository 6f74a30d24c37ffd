"""Consolidation, top to bottom: what arrived, read and checked; summed; checked again; written.

One branch over its offices, or the head office over its branches: the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

from sheetcredit.branch_report import branch_rulebook, check_branch
from sheetcredit.checks.explanations import explained, read_explanations
from sheetcredit.figures.filling import CellEdit
from sheetcredit.model.finding import SEVERITIES, Finding
from sheetcredit.model.period import Period
from sheetcredit.outcome import Report
from sheetcredit.previous import previous_readings
from sheetcredit.rulebook import Rulebook
from sheetcredit.template.reading import Reading
from sheetcredit.upward.arrivals import Arrivals, arrivals, with_branches
from sheetcredit.upward.branch_content import branch_content
from sheetcredit.upward.branch_file import BranchFile, details_of_user, old_workbook, prepare
from sheetcredit.upward.gather import Gathered, gather
from sheetcredit.upward.intake import Candidate, candidates
from sheetcredit.upward.kept import Kept
from sheetcredit.upward.memory import no_collecting
from sheetcredit.upward.notices import carried, notices, office_label
from sheetcredit.upward.workers import Opening

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How to consolidate: which period, whom to expect, and what to do with reports that something blocks.

    `kept`: where reports that were read before are taken from, and new ones kept; `archive`: where the
    previous reports of the offices are looked for; `opening` opens workers that were begun ahead.
    """

    period: Period | None = None
    expected: Path | None = None
    include_blocked: bool = False
    previous: Path | None = None
    executor: Executor | None = None
    workers: int | None = None
    kept: Kept | None = None
    archive: Path | None = None
    opening: Opening | None = None


@dataclass(frozen=True, slots=True)
class Consolidated:
    """What came of it. `report` is the branch's own; the offices' findings are with their reports.

    `kept`: where the workbook that was at this place before is kept, if it was built anew.
    """

    arrivals: Arrivals
    report: Report
    written_to: Path
    kept: Path | None = None

    @property
    def reports(self) -> list[Report]:
        """The reports of the offices, those that were summed and those that were returned."""
        judged = (one.judged for one in self.arrivals.submissions if one.judged)
        return [one.report for one in judged if one.report]


def read_all(
    incoming: Sequence[Candidate], rulebook: Rulebook, options: Options, progress: Progress | None = None
) -> list[Gathered]:
    """What came in, read and checked; an error names the file by where it came from."""
    readable = [one for one in incoming if one.error is None]
    closed = [_closed(one) for one in incoming if one.error is not None]
    gathered = gather(
        readable, rulebook, executor=options.executor, workers=options.workers, opening=options.opening,
        progress=progress, kept=options.kept, archive=options.archive,
    )  # fmt: skip
    return [_by_origin(one) for one in (*with_branches(gathered), *closed)]


def _by_origin(one: Gathered) -> Gathered:
    """An error names the file as people know it: the attachment of a mail, not where that was kept."""
    if one.error is None or "path" not in one.error.details:
        return one
    details = {**one.error.details, "path": one.origin}
    return replace(one, error=type(one.error)(one.error.code, **details))


def _closed(candidate: Candidate) -> Gathered:
    """A mail or an archive that could not be opened: there is nothing to read in it."""
    path = str(candidate.path)
    return Gathered(path, candidate.origin, candidate.received, "", None, None, candidate.error)


def arriving(paths: Sequence[Path], out: Path) -> list[Candidate]:
    """What lies at these places, `out` left out.

    What is attached to mails is kept in a folder beside `out`, where the links of `Kiểm tra` lead.
    """
    return candidates(paths, out.with_name(f"{out.stem}-dinh-kem"), [out])


def consolidate(
    paths: Sequence[Path],
    out: Path,
    rulebook: Rulebook,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Consolidated:
    """All reports at these places in one reconciled workbook at `out`.

    Raises:
        BadUsage: there is nothing to consolidate.
        CannotWrite: `out` is something else, open elsewhere, or cannot be written.
    """
    old_workbook(out)  # refuses before anything is kept beside it
    return consolidate_files(arriving(paths, out), out, rulebook, options or Options(), progress)


def consolidate_files(
    incoming: Sequence[Candidate],
    out: Path,
    rulebook: Rulebook,
    options: Options,
    progress: Progress | None = None,
) -> Consolidated:
    """The same for files that are known already."""
    with no_collecting():
        return _consolidated(incoming, out, rulebook, options, progress)


def _consolidated(
    incoming: Sequence[Candidate], out: Path, rulebook: Rulebook, options: Options, progress: Progress | None
) -> Consolidated:
    old = old_workbook(out)
    gathered = read_all(incoming, rulebook, options, progress)
    arrived = arrivals(
        gathered, rulebook.catalogues, options.period, options.expected, options.include_blocked
    )
    of_offices, of_files = carried(arrived), notices(arrived)
    content = branch_content(arrived, rulebook.catalogues, details_of_user(old))
    file = prepare(out, content, old, arrived, len(of_offices) + len(of_files))
    report = _with_files(check_branch(file.reading, _previous(file, options)), of_files, file.reading)
    written = file.write(_with_offices(report, of_offices, file.reading), _Beside(arrived, out))
    return Consolidated(arrived, replace(report, written_to=written.path), written.path, written.kept)


def _previous(file: BranchFile, options: Options) -> Reading | None:
    """The branch's previous workbook: the one named, or the one beside `out`."""
    found = previous_readings([file.reading], branch_rulebook(), options.previous, [file.out])
    return found.get(file.reading.file)


def _with_files(report: Report, of_files: Sequence[Finding], reading: Reading) -> Report:
    """The branch's findings with those about files and offices that no sheet of its tells of."""
    told = explained(of_files, read_explanations(reading.book, branch_rulebook().office))
    keys = {finding.key for finding in told}
    findings = sorted((*told, *report.findings), key=lambda finding: SEVERITIES.index(finding.severity))
    orphans = tuple(orphan for orphan in report.orphans if orphan.key not in keys)
    return replace(report, findings=tuple(findings), orphans=orphans)


def _with_offices(report: Report, of_offices: Sequence[Finding], reading: Reading) -> Report:
    """The branch's findings, then the offices', each with the text that stood beside it before."""
    told = explained(of_offices, read_explanations(reading.book, branch_rulebook().office))
    told.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    keys = {finding.key for finding in told}
    orphans = tuple(orphan for orphan in report.orphans if orphan.key not in keys)
    return replace(report, findings=(*report.findings, *told), orphans=orphans)


class _Beside:
    """Beside a finding: whose it is, in which file, and the link that leads there."""

    def __init__(self, arrived: Arrivals, out: Path) -> None:
        self._out = out
        self._files: Mapping[str, tuple[str, Gathered]] = {
            one.judged.path: (office_label(one.office, one.name), one.judged)
            for one in arrived.submissions
            if one.judged
        }
        self._strays = {one.path: one for one in arrived.strays}

    def __call__(self, finding: Finding) -> dict[str, CellEdit]:
        if finding.file in self._files:
            label, gathered = self._files[finding.file]
            place = {"address": None, "path": _link(gathered.path, self._out)}
            return {"unit_name": label, "file": gathered.origin, **place}
        stray = self._strays.get(finding.file)
        return {"file": stray.origin, "path": _link(stray.path, self._out)} if stray else {}


def _link(path: str, out: Path) -> str:
    """A file as a link in `out` names it: from the workbook's own folder where that is possible."""
    if "://" in path:
        return path
    try:
        relative = os.path.relpath(path, out.resolve().parent)
    except ValueError:  # another drive of Windows
        relative = str(Path(path).resolve())
    return relative.replace(os.sep, "/").replace("#", "%23")


__all__ = ["Consolidated", "Options", "arriving", "consolidate", "consolidate_files", "read_all"]
