"""What is made of all reports when they are read: summed, checked again, written."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandera.polars as pa
import polars as pl

from sheetcredit.checks.explanations import explained, read_explanations
from sheetcredit.consolidate.arrivals import Arrivals, arrivals
from sheetcredit.consolidate.branch_workbook import BranchFile, branch_content, details_of_user, prepare
from sheetcredit.consolidate.consolidate import Consolidated, Options
from sheetcredit.consolidate.notices import carried, notices, office_label
from sheetcredit.consolidate.report import branch_rulebook, check_branch
from sheetcredit.filling import CellEdit
from sheetcredit.model.finding import SEVERITIES, Finding
from sheetcredit.model.text import message_catalogue
from sheetcredit.outcome import Report
from sheetcredit.pool.gather import Gathered
from sheetcredit.rulebook import Rulebook
from sheetcredit.template.reading import Reading
from sheetcredit.template.schema import frame_schema
from sheetcredit.workbooks import previous_readings


def load() -> None:
    """What is needed whatever the reports say: definitions, rules, catalogues, words."""
    rulebook = branch_rulebook()
    pa.DataFrameSchema().validate(pl.DataFrame())  # pandera loads its engine when it is first asked
    for sheet in rulebook.office.tables():
        frame_schema(rulebook.office, sheet)
    for name in ("findings", "screen", "form"):
        message_catalogue(name)
    assert rulebook.rules
    assert rulebook.catalogues.entries


def made_of(
    gathered: Sequence[Gathered], out: Path, old: Reading | None, rulebook: Rulebook, options: Options
) -> Consolidated:
    """The reconciled workbook of these reports at `out`, where `old` was.

    Raises:
        BadUsage: there is no report, or none of the period.
        CannotWrite: `out` is of another branch or period, or cannot be written.
    """
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
