"""Workbooks read: the one that was asked for, and the previous report to hold it against.

The previous report is the one that the user names, or it is looked for beside the file: among the .xlsx and
.xlsm files of the same folder, whatever they are called, those that carry the same office code in `Thông tin`
and an earlier period. The latest such period counts, and of two reports of one period the file changed last.
Only `Thông tin` is read to find it, of no more files than the limit `search` in
`schemas/catalogues/limits.yaml` (those changed last), and never of one about to be written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from sheetcredit.model.errors import BadUsage, NotOurTemplate, SheetcreditError
from sheetcredit.model.period import Period
from sheetcredit.rulebook import Rulebook
from sheetcredit.template.reading import Info, Reading, info_of, understand
from sheetcredit.template.recognise import is_statement
from sheetcredit.xlsx.read import peek, read_book

_SUFFIXES = frozenset({".xlsx", ".xlsm"})


class _Beside(NamedTuple):
    """A workbook of the folder: whose it is and of when."""

    path: Path
    office: str
    period: Period
    changed: float


def read_office(path: str | Path, rulebook: Rulebook) -> Reading:
    """A workbook read and understood.

    Raises:
        SheetcreditError: it cannot be read, or is not of the rulebook's template.
    """
    book = read_book(Path(path), [sheet.sheet for sheet in rulebook.office.tables()])
    try:
        return understand(book, rulebook.office)
    except NotOurTemplate as error:
        if is_statement(book):
            raise NotOurTemplate("E-IS-STATEMENT", path=path) from error
        raise


def previous_readings(
    readings: Sequence[Reading],
    rulebook: Rulebook,
    given: str | Path | None = None,
    targets: Iterable[Path | None] = (),
) -> dict[str, Reading]:
    """The previous report of each workbook that has one, by the workbook's own path.

    `given` is the one the user named, otherwise it is looked for; `targets` are about to be written.

    Raises:
        BadUsage: `given` is of another office, or not of an earlier period.
        CannotRead, NotOurTemplate: `given` cannot be read.
    """
    if given is not None:
        before = read_office(given, rulebook)
        for reading in readings:
            _check(reading, before)
        return {reading.file: before for reading in readings}
    written = {target.resolve() for target in targets if target is not None}
    return _found(readings, rulebook, written)


def _check(reading: Reading, before: Reading) -> None:
    now, then = reading.info, before.info
    if not _precedes(then.office, then.period, now):
        raise BadUsage(
            "E-PREVIOUS", path=reading.file, office=now.office or "?", period=now.period or "?",
            previous=before.file, found_office=then.office or "?", found_period=then.period or "?",
        )  # fmt: skip


def _precedes(office: str | None, period: Period | None, now: Info) -> bool:
    if office is None or period is None or now.period is None:
        return False
    return office == now.office and period < now.period


def _found(readings: Sequence[Reading], rulebook: Rulebook, written: Collection[Path]) -> dict[str, Reading]:
    folders: dict[Path, tuple[_Beside, ...]] = {}
    known = {Path(reading.file).resolve(): reading for reading in readings}
    found: dict[str, Reading] = {}
    for reading in readings:
        if reading.info.office is None or reading.info.period is None:
            continue
        own = Path(reading.file).resolve()
        if own.parent not in folders:
            folders[own.parent] = _folder(own.parent, rulebook, known)
        candidates = [
            beside
            for beside in folders[own.parent]
            if _precedes(beside.office, beside.period, reading.info) and beside.path not in written
        ]
        best = max(candidates, key=lambda beside: (beside.period, beside.changed, beside.path), default=None)
        before = _read(best.path, rulebook, known) if best else None
        if before is not None:
            found[reading.file] = before
    return found


def _folder(folder: Path, rulebook: Rulebook, known: Mapping[Path, Reading]) -> tuple[_Beside, ...]:
    """What the workbooks of a folder say of themselves; those that were read already are not read again."""
    limit = rulebook.catalogues.limits.continuity_on(date.today()).search
    try:
        files = [(path.stat().st_mtime, path) for path in folder.iterdir() if _may_be_a_report(path)]
    except OSError:
        return ()
    besides: list[_Beside] = []
    for changed, path in sorted(files, reverse=True)[:limit]:
        info = known[path].info if path in known else _info(path, rulebook)
        if info and info.office and info.period:
            besides.append(_Beside(path, info.office, info.period, changed))
    return tuple(besides)


def _may_be_a_report(path: Path) -> bool:
    return path.suffix.lower() in _SUFFIXES and not path.name.startswith(("~$", ".")) and path.is_file()


def _info(path: Path, rulebook: Rulebook) -> Info | None:
    book = peek(path, rulebook.office.sheet("info").sheet)
    try:
        return info_of(book, rulebook.office) if book and not is_statement(book) else None
    except SheetcreditError:
        return None


def _read(path: Path, rulebook: Rulebook, known: Mapping[Path, Reading]) -> Reading | None:
    """A report that was found, or None where it turns out to be unreadable."""
    try:
        return known[path] if path in known else read_office(path, rulebook)
    except SheetcreditError:
        return None
