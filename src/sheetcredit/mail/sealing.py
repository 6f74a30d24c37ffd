"""The act of sealing: a workbook checked, filled, and a seal put on it in the same write."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Literal

from sheetcredit._version import __version__
from sheetcredit.filling import Edits
from sheetcredit.model.errors import CannotWrite
from sheetcredit.model.grid import address
from sheetcredit.model.resources import schemas_folder
from sheetcredit.model.text import one_line
from sheetcredit.outcome import Report
from sheetcredit.report import check_readings, settled_by_filling, write_report
from sheetcredit.rulebook import Rulebook, our_rulebook
from sheetcredit.seal.changes import FINDINGS, Change, changes_between, is_of_another_report
from sheetcredit.seal.check import check_seal
from sheetcredit.seal.code import Seal, code_of, seal_cells, seal_of
from sheetcredit.seal.content import Snapshot, snapshot, typeable
from sheetcredit.seal.keys import OfficeKey, own_key
from sheetcredit.seal.record import Record, has_record, read_record, record_cells, record_of
from sheetcredit.template.definition import Office
from sheetcredit.template.reading import Reading
from sheetcredit.workbooks import other_reports, read_office

_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Sealing:
    """A seal about to be put on: the cells to write, and what changed since the last submission.

    `changes` is None where there was no earlier submission, or nothing is known of it; `returns` counts how
    often the branch has returned the report.
    """

    seal: Seal
    cells: Edits
    changes: tuple[Change, ...] | None
    returns: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """A workbook after `seal`: its report, and its seal unless something blocked it."""

    report: Report
    seal: Seal | None
    changes: tuple[Change, ...] | None = None


def seal_workbook(
    path: str | Path,
    out: str | Path | None = None,
    by: str | None = None,
    rulebook: Rulebook | None = None,
    submitted: Callable[[str], bool] | None = None,
    now: datetime | None = None,
) -> Sealed:
    """Check a workbook, fill it and put a seal on it, all in one write; nothing is written if it blocks.

    A workbook whose seal is good and whose figures stand keeps its seal. `by` is who seals it (otherwise
    `Người lập`, or the user of the machine); `submitted` tells whether a seal's code has been sent.
    """
    book = rulebook or our_rulebook()
    reading = read_office(path, book)
    report = checked_for_sending(reading, book)
    state = check_seal(reading, figures_of(report), (), book.office)
    if report.blocks:
        return Sealed(report, None)
    if state.status not in ("none", "void"):
        written = write_report(report, reading, book, out)
        return Sealed(written, seal_of(reading.info))
    sealing = prepare_seal(reading, report, book, by, own_key(), submitted, now)
    written = write_report(report, reading, book, out, also=sealing.cells)
    return Sealed(written, sealing.seal, sealing.changes)


def figures_of(report: Report) -> Mapping[str, object] | None:
    """The figures computed from the data; None where the report has none."""
    return report.figures if report.summary is not None else None


def checked_for_sending(reading: Reading, rulebook: Rulebook) -> Report:
    """The report as it will be once filled; without a void seal, since a new one replaces it."""
    report = check_readings([reading], rulebook, other_reports([reading], rulebook))[0]
    settled = tuple(f for f in settled_by_filling(report.findings) if f.code not in FINDINGS)
    return replace(report, findings=settled)


def prepare_seal(
    reading: Reading,
    report: Report,
    rulebook: Rulebook,
    by: str | None = None,
    key: OfficeKey | None = None,
    submitted: Callable[[str], bool] | None = None,
    now: datetime | None = None,
    reason: str | None = None,
) -> Sealing:
    """The seal of a workbook as it will be once the report's figures are written.

    Raises:
        CannotWrite: the workbook has no cell for a seal.
    """
    office, info = rulebook.office, reading.info
    if reading.own is not None:
        raise CannotWrite("E-OWN-SEAL", path=reading.file)
    if "seal" not in info.cells:
        raise CannotWrite(
            "E-NO-SEAL-CELL", path=reading.file, label=office.sheet("info").column("seal").header
        )
    lines = snapshot(reading, office, report.figures)
    old = read_record(reading.book, office)
    if old is not None and is_of_another_report(old, reading):
        old = None
    was_submitted = old is not None and (bool(old.answered) or bool(submitted and submitted(old.code)))
    number = _submission(reading, office, old, was_submitted, submitted)
    kind: Literal["office", "branch"] = "branch" if office.has("units") else "office"
    seal = Seal("", _clock(now), _signer(by, reading), rule_set(kind), number)
    digest = seal.digest_for(lines)
    seal = replace(seal, code=code_of(digest), signature=key.sign(digest) if key else "")
    before = None if old is None else old.rows if was_submitted else old.before
    returns = 0 if old is None else old.returns + (old.answered == "returned")
    record = Record(
        seal.code, info.office or "", str(info.period or ""), number, record_of(lines),
        before if number > 1 else None, returns=returns,
    )  # fmt: skip
    changes = (
        None if before is None or number == 1 else tuple(changes_between(before, lines, reading, office))
    )
    return Sealing(seal, _cells(reading, office, seal, lines, record, reason), changes, returns)


def _submission(
    reading: Reading,
    office: Office,
    old: Record | None,
    was_submitted: bool,
    submitted: Callable[[str], bool] | None,
) -> int:
    """The number of the submission: one more than the last if that has been handed in."""
    if old is not None:
        return old.submission + was_submitted
    seal = seal_of(reading.info)
    if seal is None or has_record(reading.book, office):
        return 1
    return max(seal.submission, 1) + bool(submitted and submitted(seal.code))


def _cells(
    reading: Reading, office: Office, seal: Seal, lines: Snapshot, record: Record, reason: str | None
) -> Edits:
    """The cells of `Thông tin` and of the record."""
    cells: Edits = {info_tab(reading, office): dict(seal_cells(reading.info, seal, lines))}
    place = reading.info.cells.get("send_reason")
    if place is not None:
        cells[info_tab(reading, office)][address(*place)] = reason
    if has_record(reading.book, office):
        tab, written = record_cells(reading.book, office.sheet("record"), record)
        cells.setdefault(tab, {}).update(written)
    return cells


def info_tab(reading: Reading, office: Office) -> str:
    """The tab of `Thông tin`, however it is cased in this workbook."""
    grid = reading.book.grid(office.sheet("info").sheet)
    return grid.sheet if grid else office.sheet("info").sheet


def last_changes(reading: Reading, rulebook: Rulebook) -> tuple[Change, ...] | None:
    """What changed from the last submission to this workbook; None where nothing is known of one."""
    record = read_record(reading.book, rulebook.office)
    if record is None or record.before is None or is_of_another_report(record, reading):
        return None
    now = snapshot(reading, rulebook.office)
    return tuple(changes_between(record.before, now, reading, rulebook.office))


def _clock(now: datetime | None) -> str:
    """The time to the second, with its distance from UTC."""
    local = (now or datetime.now()).astimezone()
    zone = f"{local:%z}"
    return f"{local:%Y-%m-%d %H:%M:%S} {zone[:3]}:{zone[3:5]}"


def _signer(by: str | None, reading: Reading) -> str:
    given: Mapping[str, object] = reading.info.values
    name = by or str(given.get("prepared_by") or "") or _user()
    return " ".join(one_line(name).replace(";", ",").split())[:_LONGEST_NAME]


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "?"


@cache
def rule_set(kind: Literal["office", "branch"] = "office") -> str:
    """The version of what a workbook was checked by: the program's, and a digest of its kind's rules, of
    the catalogues and limits. A branch's rules rest on the conventions of the office's."""
    hashed = blake2b(digest_size=8)
    folders = ("office", "catalogues") if kind == "office" else ("office", "branch", "catalogues")
    for path in sorted(path for folder in folders for path in schemas_folder().glob(f"{folder}/*.yaml")):
        hashed.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return f"{__version__}-{typeable(hashed.digest(), 4)}"
