"""A branch workbook read and reported on: by the main job, with definitions and rules of its own.

What offices add up to is a workbook like theirs (`schemas/branch/`): the same engine reads it, ties it and
computes its figures, so that it can be sealed, sent up and consolidated again.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sheetcredit.model.errors import NotOurTemplate
from sheetcredit.outcome import Report
from sheetcredit.report import check_readings, reconcile
from sheetcredit.rulebook import Rulebook, our_rulebook
from sheetcredit.rules.rules import branch_rules
from sheetcredit.template.definition import load_branch
from sheetcredit.template.frames import Frames, stack
from sheetcredit.template.reading import Reading
from sheetcredit.template.recognise import recognise
from sheetcredit.workbooks import OtherReports, other_reports, read_office


@cache
def branch_rulebook() -> Rulebook:
    """The definitions and rules of a branch workbook."""
    return Rulebook(load_branch(), branch_rules())


def rulebook_for(path: str | Path) -> Rulebook:
    """What a workbook is to be read and checked by: an office's unless it is a branch's.

    Raises:
        CannotRead: it cannot be opened as a workbook.
    """
    return branch_rulebook() if recognise(Path(path)).kind == "branch" else our_rulebook()


def read_branch(path: str | Path) -> Reading:
    """A branch workbook read and understood.

    Raises:
        SheetcreditError: it cannot be read, or is no branch workbook.
    """
    return read_office(path, branch_rulebook())


def read_branch_instead(path: str | Path, refused: NotOurTemplate) -> Reading:
    """The same of a workbook refused as an office's; raises that again if it is no branch's either."""
    try:
        return read_branch(path)
    except NotOurTemplate:
        raise refused from None


def check_branch(reading: Reading, others: OtherReports | None = None) -> Report:
    """Everything that can be said of a branch workbook, held against others of it."""
    return check_readings([reading], branch_rulebook(), others)[0]


def branch_frames(reading: Reading) -> Frames:
    """The tables of a branch workbook by frame, in whole đồng, without their total rows."""
    return {name: frame for name, frame in stack(reading.blocks).items() if not name.endswith(".total")}


def report_on(path: str | Path, rulebook: Rulebook | None = None) -> Report:
    """The report of an office's workbook or a branch's, whichever it is, beside its previous one.

    Raises:
        SheetcreditError: it cannot be read, or is neither.
    """
    try:
        return reconcile(path, rulebook)
    except NotOurTemplate as refused:
        reading = read_branch_instead(path, refused)
    return check_branch(reading, other_reports([reading], branch_rulebook()))
