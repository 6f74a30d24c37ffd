"""What goes on after a consolidation: receipts back to the offices, figures into the archive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sheetcredit.consolidate.archiving import append
from sheetcredit.consolidate.consolidate import Consolidated
from sheetcredit.consolidate.report import read_branch
from sheetcredit.mail.receipt import receipt_for, write_receipt
from sheetcredit.model.errors import CannotWrite
from sheetcredit.pool.gather import Gathered
from sheetcredit.rulebook import Rulebook
from sheetcredit.seal.keys import own_key
from sheetcredit.workbooks import read_office


def write_receipts(result: Consolidated, folder: Path, rulebook: Rulebook) -> list[Path]:
    """A receipt for each report that came: accepted for the version that is used, returned for what came
    after it (or for the latest, where none is valid). Signed where this machine has a key.

    Raises:
        CannotWrite: a receipt cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite("E-WRITE", path=folder, reason=error.strerror or error) from error
    key, issued_by = own_key(), result.arrivals.owner.name
    written = []
    for one in _answered(result):
        reading = read_branch(one.path) if one.kind == "branch" else read_office(one.path, rulebook)
        assert one.report is not None
        receipt = replace(receipt_for(one.report, reading), issued_by=issued_by)
        written.append(write_receipt(receipt, folder, key))
    return written


def _answered(result: Consolidated) -> Iterator[Gathered]:
    """The versions that are answered; what could not be read is nobody's."""
    for submission in result.arrivals.submissions:
        if submission.judged is not None:
            yield submission.judged
        for passed in submission.chosen.returned if submission.chosen else ():
            if passed.gathered is not submission.judged and passed.gathered.report is not None:
                yield passed.gathered


def keep_in_archive(result: Consolidated, folder: Path, rulebook: Rulebook) -> int:
    """The accepted reports of offices put into the archive; how many it holds of them now.

    Raises:
        CannotWrite, CannotRead: as `archive.append`.
    """
    used = [one.used for one in result.arrivals.summed if one.state != "provisional"]
    accepted = append([one for one in used if one and one.kind == "office"], folder, rulebook)
    return len(accepted.added) + len(accepted.unchanged)
