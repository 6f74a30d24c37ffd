"""The main job, top to bottom: read, validate, reconcile, explain, summarise, write.

The same functions serve one office and a thousand: the same sheet of all workbooks is one frame,
checked once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sheetcredit.checks.codes import check_codes
from sheetcredit.checks.summary_figures import TYPED_OVER, check_written
from sheetcredit.checks.thresholds import near_thresholds
from sheetcredit.explain.breaks import Own, find_breaks, with_breaks
from sheetcredit.figures.comparison import compare
from sheetcredit.figures.summary import summarise
from sheetcredit.filling import CellEdit, Edits, filled_cells
from sheetcredit.model.errors import CannotWrite
from sheetcredit.model.finding import Finding
from sheetcredit.outcome import Report
from sheetcredit.previous import previous_readings
from sheetcredit.rulebook import Rulebook, our_rulebook
from sheetcredit.rules.context import context_frame, info_frame, with_rating
from sheetcredit.rules.rules import WITHIN_ONE_REPORT, Rule
from sheetcredit.rules.ties import Absent, outcome_of_rules, reconcile_frames
from sheetcredit.seal.changes import FINDINGS as SEAL_FINDINGS
from sheetcredit.seal.changes import VOID
from sheetcredit.template.definition import Office
from sheetcredit.template.frames import Frames, in_dong, mark_repeated, stack_as_typed
from sheetcredit.template.reading import Reading
from sheetcredit.validation import by_file_of, read_office, report_of, validated

if TYPE_CHECKING:
    from sheetcredit.checks.continuity import Continuity


class Checked(NamedTuple):
    """Reports, and the stacked rows that they speak of: all that was typed, amounts in whole đồng."""

    reports: list[Report]
    rows: Frames


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
    return check_together(readings, rulebook, previous).reports


def check_together(
    readings: Sequence[Reading],
    rulebook: Rulebook,
    previous: Mapping[str, Reading] | None = None,
    compared: bool = True,
) -> Checked:
    """As `check_readings`, with the rows; `compared` when somebody will look at `Đối chiếu`."""
    office, rules, catalogues = rulebook.office, rulebook.rules, rulebook.catalogues
    by_file = {reading.file: reading for reading in readings}
    typed = stack_as_typed(block for reading in readings for block in reading.blocks)
    found = validated(typed, readings, rulebook)
    rows = in_dong(typed, office.tables())
    frames = dict(rows)
    for name, key in {sheet.frame or sheet.id: sheet.key for sheet in office.tables()}.items():
        if name in frames:
            frames[name] = mark_repeated(frames[name], key)
    for rule in rules:
        if rule.kind == "catalogue":
            coded = check_codes(office, rule, frames, by_file, catalogues)
            found += coded.findings
            frames = dict(coded.frames)
    frames["info"] = info_frame(readings)
    if "groups" in frames:
        frames["groups"] = with_rating(frames["groups"], by_file, catalogues.limits)
    context = context_frame(readings, catalogues.limits)
    ties = reconcile_frames(rules, frames, context, _absent(readings, office))
    outcomes = outcome_of_rules([rule for rule in rules if rule.kind in WITHIN_ONE_REPORT], ties)
    summaries = summarise(office.sheet("summary"), frames, by_file)
    previous = previous or {}
    continuity = _continuity(frames, by_file, previous, rulebook) if previous else None
    broken, nothing = with_breaks(ties, frames), Own(ties.clear(), {})
    own = {reading.file: broken.get(reading.file, nothing) for reading in readings}
    breaks = {
        reading.file: find_breaks(
            office, rules, own[reading.file].ties, own[reading.file].frames, reading, catalogues
        )
        for reading in readings
    }
    told = {file: each.findings for file, each in breaks.items()}
    compared = compared and office.has("comparison")
    comparisons = compare(office, ties, readings, catalogues, told) if compared else {}
    notices = near_thresholds(rules, frames, readings, office, catalogues)
    single = by_file_of(found)
    reports = []
    for reading in readings:
        file, summary = reading.file, summaries[reading.file]
        written = check_written(office.sheet("summary"), _rule(rules, "written"), reading, summary.figures)
        findings = [
            *single.get(file, ()), *told[file], *written,
            *(continuity.findings.get(file, ()) if continuity else ()),
        ]  # fmt: skip
        ended = Counter(_with_checks_of_cells(outcomes.get(file, {}), findings, rules))
        ended.update(continuity.outcomes.get(file, {}) if continuity else {})
        before = previous.get(file)
        reports.append(
            replace(
                report_of(reading, findings, rulebook, ended, summary),
                comparison=tuple(comparisons.get(file, ())),
                fix_first=breaks[file].fix_first,
                notices=notices.get(file, ()),
                previous=Path(before.file) if before else None,
            )
        )
    return Checked(reports, rows)


def _continuity(
    frames: Frames, readings: Mapping[str, Reading], previous: Mapping[str, Reading], rulebook: Rulebook
) -> Continuity:
    from sheetcredit.checks.continuity import check_continuity  # noqa: PLC0415 - not without one

    return check_continuity(rulebook.rules, frames, readings, previous, rulebook.office, rulebook.catalogues)


def write_report(
    report: Report,
    reading: Reading,
    rulebook: Rulebook,
    out: str | Path | None,
    summary_only: bool = False,
    also: Mapping[str, Mapping[str, CellEdit]] | None = None,
) -> Report:
    """The report written into the workbook (or into `out`, the source untouched).

    `also` are further cells, by sheet and address, that go in with the same write.
    """
    from sheetcredit.xlsx.patch import patch_cells  # noqa: PLC0415 - who only looks does without

    source = Path(reading.file)
    if not reading.book.writable:
        raise CannotWrite("E-READ-ONLY-FORMAT", path=source, format=source.suffix)
    report = replace(report, findings=tuple(settled_by_filling(report.findings)))
    edits = with_more(filled_cells(rulebook.office, reading, report, summary_only), also or {})
    target = patch_cells(source, edits, Path(out) if out else None, digest=reading.book.digest)
    return replace(report, written_to=target)


def with_more(edits: Edits, more: Mapping[str, Mapping[str, CellEdit]]) -> Edits:
    """Edits and further ones together; the further ones count where both name a cell."""
    return {sheet: {**edits.get(sheet, {}), **more.get(sheet, {})} for sheet in [*edits, *more]}


def settled_by_filling(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Filling puts a summary figure right that was typed over (worth a note), and an old one (worth none).

    With the figures back, a seal fits again that was void by them alone.
    """
    refilled = any(finding.code == VOID and finding.details.get("refilled") for finding in findings)
    for finding in findings:
        if finding.code != "F-STALE" and not (refilled and finding.code in SEAL_FINDINGS):
            yield replace(finding, severity="note") if finding.code in TYPED_OVER else finding


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
