"""The statement of one association: read, understood, and held against itself before it is merged.

The same rules as for the office workbook, of those only that its sheets can answer: each row, the total
rows, and the statement against the association's own groups. The others are not evaluated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import polars as pl

from sheetcredit.checks.codes import check_codes
from sheetcredit.explain.breaks import find_breaks
from sheetcredit.intake.candidates import Candidate
from sheetcredit.model.errors import CannotRead, NotOurTemplate, SheetcreditError
from sheetcredit.model.text import word
from sheetcredit.outcome import Report
from sheetcredit.rulebook import Rulebook
from sheetcredit.rules.context import context_frame, info_frame, with_rating
from sheetcredit.rules.rules import WITHIN_ONE_REPORT
from sheetcredit.rules.ties import outcome_of_rules, reconcile_frames
from sheetcredit.template.definition import load_association
from sheetcredit.template.frames import Block, in_dong, mark_repeated, stack_as_typed
from sheetcredit.template.reading import Reading, understand
from sheetcredit.template.recognise import recognise_book
from sheetcredit.validation import report_of, validated
from sheetcredit.xlsx.read import read_book

GROUPS = "groups"
"""The id of the sheet of groups, and of its frame."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A file that should be an association's statement, and what was found in it.

    `report` and `reading` are None when it could not be read, and then `error` says why. The report goes by
    the name that people know, `origin`.
    """

    path: str
    origin: str
    received: datetime | None = None
    digest: str = ""
    kind: str | None = None
    association: str | None = None
    reading: Reading | None = None
    report: Report | None = None
    error: SheetcreditError | None = None
    info: Mapping[str, object] = field(default_factory=dict)


def read_statement(candidate: Candidate, rulebook: Rulebook) -> Statement:
    """The statement in a file; what is wrong with the file is in the result, never raised."""
    blank = Statement(str(candidate.path), candidate.origin, candidate.received)
    if candidate.error is not None:
        return replace(blank, error=candidate.error)
    try:
        found = _read(Path(candidate.path), blank, rulebook)
    except SheetcreditError as error:
        found = replace(blank, error=error)
    if found.error is not None and "path" in found.error.details:
        found.error.details["path"] = candidate.origin  # an attachment lies where nobody looks
    return found


def _read(path: Path, blank: Statement, rulebook: Rulebook) -> Statement:
    sheets = [sheet.sheet for sheet in load_association().tables()]
    book = read_book(path, sheets)
    recognised = recognise_book(book)
    if recognised.kind is None:
        raise recognised.refused(path)
    if recognised.kind != "association":
        raise NotOurTemplate("E-NOT-STATEMENT", path=path, kind=word(f"kind-{recognised.kind}"))
    found = replace(blank, digest=sha256(path.read_bytes()).hexdigest(), kind="association")
    code = recognised.association
    if code is None:
        return replace(found, error=CannotRead("E-NO-ASSOCIATION", path=path))
    reading = understand(book, load_association(code))
    report = replace(check_statement(reading, code, rulebook), file=blank.origin)
    return replace(found, association=code, reading=reading, info=reading.info.values, report=report)


def check_statement(reading: Reading, code: str, rulebook: Rulebook) -> Report:
    """Everything that can be said of an association's statement by itself."""
    office = load_association(code)
    own = Rulebook(office, rulebook.rules, rulebook.catalogues)
    rules, catalogues, by_file = own.rules, own.catalogues, {reading.file: reading}
    typed = stack_as_typed(blocks_of(reading))
    found = validated(typed, [reading], own)
    frames = in_dong(typed, office.tables())
    for sheet in office.tables():
        if (name := sheet.frame or sheet.id) in frames:
            frames[name] = mark_repeated(frames[name], sheet.key)
    catalogue_rule = next(rule for rule in rules if rule.kind == "catalogue")
    coded = check_codes(office, catalogue_rule, frames, by_file, catalogues)
    found += coded.findings
    frames = {**coded.frames, "info": info_frame([reading])}
    if GROUPS in frames:
        frames[GROUPS] = with_rating(frames[GROUPS], by_file, catalogues.limits)
    ties = reconcile_frames(rules, frames, context_frame([reading], catalogues.limits))
    breaks = find_breaks(office, rules, ties, frames, reading, catalogues)
    found += breaks.findings
    report = report_of(reading, found, own, _outcomes(own, ties, reading, coded.findings))
    return replace(report, fix_first=breaks.fix_first)


def blocks_of(reading: Reading) -> Sequence[Block]:
    """The tables of a statement; a list of groups that was left empty is not handed in."""
    listed = any(block.frame == GROUPS and block.rows for block in reading.blocks)
    return [block for block in reading.blocks if listed or block.sheet.frame != GROUPS]


def _outcomes(own: Rulebook, ties: pl.DataFrame, reading: Reading, coded: Sequence[object]) -> dict[str, int]:
    """How the rules ended; those that need sheets of the office workbook are not evaluated."""
    within = [rule for rule in own.rules if rule.kind in WITHIN_ONE_REPORT]
    none = {"passed": 0, "failed": 0, "not_evaluated": len(within)}
    ended = Counter(outcome_of_rules(within, ties).get(reading.file, none))
    ended["failed" if coded else "passed"] += 1  # the catalogues
    return dict(ended)
