"""A branch workbook checked: its sheets against each other, who has reported, the previous report.

It is a workbook like an office's, with definitions and rules of its own (`schemas/branch/`): the same
engine reads it, ties it and computes its figures, so that it can be sent up and consolidated again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

from sheetcredit.checks.across import Absent
from sheetcredit.checks.breaks import find_breaks
from sheetcredit.checks.continuity_findings import Continuity, check_continuity
from sheetcredit.checks.derive import context_frame
from sheetcredit.checks.explanations import digest_of
from sheetcredit.checks.reconcile import outcome_of_rules, reconcile_frames
from sheetcredit.checks.rules import WITHIN_ONE_REPORT, branch_rules
from sheetcredit.checks.written import check_written
from sheetcredit.figures.summary import summarise
from sheetcredit.model.errors import NotOurTemplate
from sheetcredit.model.finding import Finding, severity_of
from sheetcredit.outcome import Report
from sheetcredit.previous import previous_readings
from sheetcredit.report import reconcile
from sheetcredit.rulebook import Rulebook
from sheetcredit.template.definition import load_branch
from sheetcredit.template.frames import Frames, in_dong, mark_repeated, stack_as_typed
from sheetcredit.template.reading import Reading
from sheetcredit.validation import read_office, report_of, validated

FOUND_BY_STATE = {
    "Chưa nộp": "N-MISSING",
    "Trả lại": "N-RETURNED",
    "Cộng tạm": "N-PROVISIONAL",
    "Nhận trễ hạn": "N-LATE",
}
"""What each state of `Tình hình nộp` is told as."""


@cache
def branch_rulebook() -> Rulebook:
    """The definitions and rules of a branch workbook."""
    return Rulebook(load_branch(), branch_rules())


def read_branch(path: str | Path) -> Reading:
    """A branch workbook read and understood.

    Raises:
        SheetcreditError: it cannot be read, or is no branch workbook.
    """
    return read_office(path, branch_rulebook())


def report_on(path: str | Path, rulebook: Rulebook | None = None) -> Report:
    """The report of an office's workbook or a branch's, whichever it is, beside its previous one.

    Raises:
        SheetcreditError: it cannot be read, or is neither.
    """
    try:
        return reconcile(path, rulebook)
    except NotOurTemplate as refused:
        try:
            reading = read_branch(path)
        except NotOurTemplate:
            raise refused from None
    before = previous_readings([reading], branch_rulebook())
    return check_branch(reading, before.get(reading.file))


def check_branch(reading: Reading, previous: Reading | None = None, others: Sequence[Finding] = ()) -> Report:
    """Everything that can be said of a branch workbook; `others` are told with it, explained alike."""
    book = branch_rulebook()
    office, rules = book.office, book.rules
    frames = branch_frames(reading)
    ties = reconcile_frames(rules, frames, context_frame([reading], book.catalogues.limits), _absent(reading))
    outcomes = outcome_of_rules([rule for rule in rules if rule.kind in WITHIN_ONE_REPORT], ties)
    summary = summarise(office.sheet("summary"), frames, {reading.file: reading})[reading.file]
    breaks = find_breaks(office, rules, ties, frames, reading, book.catalogues)
    written = next(rule for rule in rules if rule.kind == "written")
    typed_over = list(check_written(office.sheet("summary"), written, reading, summary.figures))
    continuity = _continuity(frames, reading, previous, book)
    found = validated(_typed(reading), [reading], book)
    findings = [
        *found,
        *submission_findings(reading, frames),
        *others,
        *breaks.findings,
        *typed_over,
        *continuity.findings.get(reading.file, ()),
    ]
    ended = Counter(outcomes.get(reading.file, {}))
    ended["failed" if any(f.code == written.id for f in typed_over) else "passed"] += 1
    ended.update(continuity.outcomes.get(reading.file, {}))
    report = report_of(reading, findings, book, ended, summary)
    report = replace(report, fix_first=breaks.fix_first)
    return replace(report, previous=Path(previous.file) if previous else None)


def branch_frames(reading: Reading) -> Frames:
    """The tables of a branch workbook by frame, in whole đồng."""
    tables = branch_rulebook().office.tables()
    frames = in_dong(_typed(reading), tables)
    for sheet in tables:
        if (name := sheet.frame or sheet.id) in frames:
            frames[name] = mark_repeated(frames[name], sheet.key)
    return frames


def _typed(reading: Reading) -> Frames:
    return stack_as_typed(reading.blocks)


def _absent(reading: Reading) -> list[Absent]:
    tables = branch_rulebook().office.tables()
    return [Absent(reading.file, s.frame or s.id, None) for s in tables if s.id not in reading.tables]


def _continuity(frames: Frames, reading: Reading, previous: Reading | None, book: Rulebook) -> Continuity:
    if previous is None:
        return Continuity()
    readings, before = {reading.file: reading}, {reading.file: previous}
    return check_continuity(book.rules, frames, readings, before, book.office, book.catalogues)


def submission_findings(reading: Reading, frames: Frames) -> Iterator[Finding]:
    """What `Tình hình nộp` says of each office that is not simply there, on the cell of its state."""
    if "submissions" not in frames:
        return
    sheet = branch_rulebook().office.sheet("submissions")
    for row in frames["submissions"].iter_rows(named=True):
        code = FOUND_BY_STATE.get(row["state"] or "")
        if code is None:
            continue
        cell, line = reading.place(sheet.sheet, row["row"], "state")
        due, received = row["due"], row["received"]
        story = row["story"] or ""
        yield Finding(
            file=reading.file, code=code, severity=severity_of(code), sheet=sheet.sheet, cell=cell, row=line,
            column=sheet.column("state").header, value=row["state"],
            details={
                "office": f"{row['office']} {row['office_name'] or ''}".strip(),
                "period": str(reading.info.period or "?"), "due": _shown(due), "received": _shown(received),
                "days": (received - due).days if due and received else "?",
                "last": f"; {story}" if story else "", "reason": story,
            },
            key=f"{code}|{sheet.sheet}|{row['office']}",
            digest=digest_of(row["state"], row["errors"], row["queries"]),
        )  # fmt: skip


def _shown(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else "?"
