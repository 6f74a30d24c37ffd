"""The main job, top to bottom: read, validate, reconcile, explain, summarise, write.

The same functions serve one office and a thousand: the same sheet of all workbooks is one frame,
checked once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sheetcredit.checks.across import Absent
from sheetcredit.checks.breaks import find_breaks
from sheetcredit.checks.codes import check_codes
from sheetcredit.checks.continuity_findings import Continuity, check_continuity
from sheetcredit.checks.derive import context_frame, info_frame, with_rating
from sheetcredit.checks.notices import near_thresholds
from sheetcredit.checks.reconcile import outcome_of_rules, reconcile_frames
from sheetcredit.checks.rules import WITHIN_ONE_REPORT, Rule
from sheetcredit.checks.written import check_written
from sheetcredit.figures.comparison import compare
from sheetcredit.figures.filling import filled_cells
from sheetcredit.figures.summary import summarise
from sheetcredit.model.errors import CannotWrite
from sheetcredit.model.finding import Finding
from sheetcredit.outcome import Report
from sheetcredit.previous import previous_readings
from sheetcredit.rulebook import Rulebook, our_rulebook
from sheetcredit.template.definition import Office
from sheetcredit.template.frames import Frames, in_dong, mark_repeated, stack_as_typed
from sheetcredit.template.reading import Reading
from sheetcredit.validation import of_file, read_office, report_of, validated
from sheetcredit.workbook.patch import patch_cells


def reconcile(
    path: str | Path, rulebook: Rulebook | None = None, previous: str | Path | None = None
) -> Report:
    """A workbook validated, then reconciled across its sheets, every break explained.

    And held against the `previous` report; the one found beside the file unless it is named.
    """
    book = rulebook or our_rulebook()
    reading = read_office(path, book)
    return check_readings([reading], book, previous_readings([reading], book, previous))[0]


def run(
    path: str | Path,
    out: str | Path | None = None,
    rulebook: Rulebook | None = None,
    previous: str | Path | None = None,
) -> Report:
    """The main job: validate, reconcile, fill `Tổng hợp`, `Đối chiếu` and `Kiểm tra`.

    Without `out` the workbook is changed in place; with it the source is not touched. `previous` as in
    `reconcile`.
    """
    book = rulebook or our_rulebook()
    reading = read_office(path, book)
    before = previous_readings([reading], book, previous, [Path(out) if out else None])
    return write_report(check_readings([reading], book, before)[0], reading, book, out)


def check_readings(
    readings: Sequence[Reading], rulebook: Rulebook, previous: Mapping[str, Reading] | None = None
) -> list[Report]:
    """Everything that can be said of any number of workbooks: the main job without the writing.

    `previous` are the earlier reports they are compared with, by file of the current one.
    """
    office, rules, catalogues = rulebook.office, rulebook.rules, rulebook.catalogues
    by_file = {reading.file: reading for reading in readings}
    typed = stack_as_typed(block for reading in readings for block in reading.blocks)
    found = validated(typed, readings, rulebook)
    frames = in_dong(typed, office.tables())
    for sheet in office.tables():
        if (name := sheet.frame or sheet.id) in frames:
            frames[name] = mark_repeated(frames[name], sheet.key)
    coded = check_codes(office, _rule(rules, "catalogue"), frames, by_file, catalogues)
    found += coded.findings
    frames = dict(coded.frames) | {"info": info_frame(readings)}
    if "groups" in frames:
        frames["groups"] = with_rating(frames["groups"], by_file, catalogues.limits)
    context = context_frame(readings, catalogues.limits)
    ties = reconcile_frames(rules, frames, context, _absent(readings, office))
    outcomes = outcome_of_rules([rule for rule in rules if rule.kind in WITHIN_ONE_REPORT], ties)
    summaries = summarise(office.sheet("summary"), frames, by_file)
    previous = previous or {}
    continuity = _continuity(frames, by_file, previous, rulebook)
    reports = []
    for reading in readings:
        summary = summaries[reading.file]
        breaks = find_breaks(office, rules, ties, frames, reading, catalogues)
        written = check_written(office.sheet("summary"), _rule(rules, "written"), reading, summary.figures)
        notices = tuple(near_thresholds(rules, frames, reading, office, catalogues))
        since = continuity.findings.get(reading.file, ())
        findings = [*of_file(found, reading), *breaks.findings, *written, *since]
        ended = Counter(_with_checks_of_cells(outcomes.get(reading.file, {}), findings, rules))
        ended.update(continuity.outcomes.get(reading.file, {}))
        report = report_of(reading, findings, rulebook, ended, summary)
        comparison = compare(office, ties, reading, catalogues, breaks.findings)
        before = previous.get(reading.file)
        report = replace(report, comparison=tuple(comparison), fix_first=breaks.fix_first, notices=notices)
        reports.append(replace(report, previous=Path(before.file) if before else None))
    return reports


def _continuity(
    frames: Frames, readings: Mapping[str, Reading], previous: Mapping[str, Reading], rulebook: Rulebook
) -> Continuity:
    if not previous:
        return Continuity()
    return check_continuity(rulebook.rules, frames, readings, previous, rulebook.office, rulebook.catalogues)


def write_report(
    report: Report, reading: Reading, rulebook: Rulebook, out: str | Path | None, summary_only: bool = False
) -> Report:
    """The report written into the workbook (or into `out`, the source untouched)."""
    source = Path(reading.file)
    if not reading.book.writable:
        raise CannotWrite("E-READ-ONLY-FORMAT", path=source, format=source.suffix)
    report = replace(report, findings=tuple(_settled_by_filling(report.findings)))
    edits = filled_cells(rulebook.office, reading, report, summary_only)
    target = patch_cells(source, edits, Path(out) if out else None, digest=reading.book.digest)
    return replace(report, written_to=target)


def _settled_by_filling(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Filling puts a summary figure right that was typed over (worth a note), and an old one (worth none)."""
    for finding in findings:
        if finding.code != "F-STALE":
            yield replace(finding, severity="note") if finding.code == "R14" else finding


def _rule(rules: Iterable[Rule], kind: str) -> Rule:
    return next(rule for rule in rules if rule.kind == kind)


def _absent(readings: Iterable[Reading], office: Office) -> list[Absent]:
    return [
        Absent(reading.file, sheet.frame or sheet.id, sheet.constants.get("association"))
        for reading in readings
        for sheet in office.tables()
        if sheet.id not in reading.tables
    ]


def _with_checks_of_cells(
    outcomes: Mapping[str, int], findings: Sequence[Finding], rules: Sequence[Rule]
) -> dict[str, int]:
    """Counts of the rules, those included that look at single cells (codes, typed-over figures)."""
    counted = {"passed": 0, "failed": 0, "explained": 0, "not_evaluated": 0} | dict(outcomes)
    codes = {finding.code for finding in findings}
    for rule in rules:
        if rule.kind in ("written", "catalogue"):
            counted["failed" if rule.id in codes else "passed"] += 1
    return counted
