"""The statement of one association: read, understood, and held against itself before it is merged.

The same rules as for the office workbook, of those only that its sheets can answer: each row, the total
rows, and the statement against the association's own groups. The others are not evaluated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sheetcredit.intake.candidates import Candidate
from sheetcredit.model.errors import CannotRead, NotOurTemplate, SheetcreditError
from sheetcredit.model.text import word
from sheetcredit.outcome import Report
from sheetcredit.report import check_readings
from sheetcredit.rulebook import Rulebook
from sheetcredit.template.definition import load_association
from sheetcredit.template.frames import Block
from sheetcredit.template.reading import Reading, understand
from sheetcredit.template.recognise import recognise_book
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
    own = Rulebook(load_association(code), rulebook.rules, rulebook.catalogues)
    return check_readings([replace(reading, blocks=tuple(blocks_of(reading)))], own)[0]


def blocks_of(reading: Reading) -> Sequence[Block]:
    """The tables of a statement; a list of groups that was left empty is not handed in."""
    listed = any(block.frame == GROUPS and block.rows for block in reading.blocks)
    return [block for block in reading.blocks if listed or block.sheet.frame != GROUPS]
