"""What arrived: the workbooks of folders, mails and archives, each once, in an order that never changes.

Attachments are saved in a work folder, under names that are safe and never given twice. A mail or an archive
that cannot be opened is a candidate with an error: it is reported, and stops nothing else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path

from sheetcredit.intake.content import (
    ARCHIVES,
    CLOSED,
    MAILS,
    WORKBOOKS,
    content_of,
    is_ours_to_skip,
    safe_name,
    suffix_of,
)  # fmt: skip
from sheetcredit.intake.mails import MailAttachment, attachments
from sheetcredit.intake.origin_file import origin_of
from sheetcredit.intake.outlook import outlook_attachments
from sheetcredit.model.errors import CannotRead, HostileFile, SheetcreditError
from sheetcredit.model.text import one_line
from sheetcredit.template.recognise import recognise
from sheetcredit.xlsx.container import Container
from sheetcredit.xlsx.files import reading_failed, writing_failed
from sheetcredit.xlsx.limits import FileLimits, current_limits

BETWEEN = " › "
"""Stands between a mail and what is attached to it."""

_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]+:)/+")  # two letters at least: no drive of Windows
_MARK = 16


@dataclass(frozen=True, slots=True)
class Candidate:
    """A workbook that may be a report.

    `path`: where it lies, or an address (`s3://…`) that fsspec opens. `origin`: where it came from, as
    people are shown (`thu-03.eml › PGD0312.xlsx`). `received`: when a mail arrived, otherwise when the file
    was last changed; orders versions and is no part of a result. `sender`, `message_id`,
    `subject`: of the mail it came with. With an `error` there is nothing to read.
    """

    path: Path | str
    origin: str
    received: datetime | None = None
    error: SheetcreditError | None = None
    sender: str = ""
    message_id: str = ""
    subject: str = ""


def candidates(paths: Iterable[Path | str], workdir: Path, exclude: Iterable[Path] = ()) -> list[Candidate]:
    """Every workbook in files, folders, mails and archives; what is attached is saved under `workdir`.

    Folders are walked as deep as they go, each real folder once; what is hidden, a temporary file, in
    `workdir` or in `exclude` (a file, or a folder with all in it) is left out.

    Raises:
        HostileFile: there are more than the limit `arrivals`.
        BadUsage: a limit is set to what is no number.
        CannotWrite: an attachment cannot be saved.
    """
    intake = _Intake(workdir, current_limits(), {_real(path) for path in (workdir, *exclude)})
    return list(intake.candidates(list(dict.fromkeys(paths))))


@dataclass(slots=True)
class _Intake:
    """One run: what it has seen, and the names it has given."""

    workdir: Path
    limits: FileLimits
    seen: set[str]
    given: set[Path] = field(default_factory=set)

    def candidates(self, paths: Sequence[Path | str]) -> Iterator[Candidate]:
        """The candidates of all paths that were asked for; too many are refused."""
        number = 0
        for path in paths:
            for candidate in self._take(path, alone=len(paths) == 1):
                number += 1
                self._limit("arrivals", number, path)
                yield candidate

    def _take(self, path: Path | str, alone: bool) -> Iterator[Candidate]:
        """The candidates of one path that was asked for."""
        text = path if isinstance(path, str) else path.as_posix()
        if address := _ADDRESS.match(text):
            whole = f"{address[1]}//{text[address.end() :]}"  # a `Path` leaves one slash of the two
            yield Candidate(whole, _shown(whole))
            return
        root = Path(path)
        if root.is_dir():
            yield from self._walk(root, alone)
        elif self._is_new(_real(root)):
            yield from self._file(root, _shown(root.name if alone else str(root)), asked=True)

    def _walk(self, root: Path, alone: bool) -> Iterator[Candidate]:
        waiting = [root]
        while waiting:
            folder = waiting.pop()
            real = _real(folder)
            if not self._is_new(real):
                continue
            try:
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
                folders = [Path(entry.path) for entry in entries if _is_folder(entry)]
            except OSError as problem:
                yield Candidate(folder, _label(folder, root, alone), None, reading_failed(folder, problem))
                continue
            for entry in entries:
                path = Path(entry.path)
                lies_at = _real(path) if entry.is_symlink() else str(Path(real, entry.name))
                if not is_ours_to_skip(entry.name) and _is_file(entry) and self._is_new(lies_at):
                    yield from self._file(path, _label(path, root, alone))
            waiting += [inner for inner in reversed(folders) if not is_ours_to_skip(inner.name)]

    def _is_new(self, real: str) -> bool:
        if real in self.seen:
            return False
        self.seen.add(real)
        return True

    def _file(self, path: Path, origin: str, asked: bool = False) -> Iterator[Candidate]:
        """A file of a folder, or one that was named: then it is a candidate whatever it is called."""
        suffix = suffix_of(path.name)
        if suffix in WORKBOOKS or (asked and suffix not in MAILS | ARCHIVES | CLOSED):
            mailed = origin_of(path)
            if mailed is None:
                yield Candidate(path, origin, _changed(path))
            else:
                received = mailed.received or _changed(path)
                yield Candidate(
                    path, origin, received, None, mailed.sender, mailed.message_id, mailed.subject
                )
        elif suffix in CLOSED:
            yield Candidate(path, origin, _changed(path), _closed(origin, suffix))
        elif suffix in MAILS | ARCHIVES:
            try:
                data = self._read(path)
                yield from self._opened(path, data, origin, suffix)
            except CannotRead as error:
                yield Candidate(path, origin, _changed(path), error)

    def _read(self, path: Path) -> bytes:
        try:
            self._limit("file_bytes", path.stat().st_size, path)
            return path.read_bytes()
        except OSError as problem:
            raise reading_failed(path, problem) from problem

    def _opened(self, path: Path, data: bytes, origin: str, suffix: str) -> Iterator[Candidate]:
        if suffix in ARCHIVES and content_of(path.name, data).kind == "workbook":
            yield Candidate(path, origin, _changed(path))
            return
        unpack = self._attached if suffix in MAILS else self._unpacked
        folder = self.workdir / sha256(data).hexdigest()[:_MARK]
        pieces = total = 0
        for piece in unpack(data, origin, _changed(path)):
            pieces, total = pieces + 1, total + len(piece.data)
            self._limit("arrival_bytes", total, origin)
            if piece.error is not None:
                yield Candidate(
                    path,
                    piece.origin,
                    piece.received,
                    piece.error,
                    piece.sender,
                    piece.message_id,
                    piece.subject,
                )
            else:
                saved = self._save(folder, safe_name(piece.name, piece.suffix), piece.data)
                yield Candidate(
                    saved, piece.origin, piece.received, None, piece.sender, piece.message_id, piece.subject
                )
        if not pieces:
            yield Candidate(path, origin, _changed(path), CannotRead("E-NOTHING-ATTACHED", path=origin))

    def _limit(self, limit: str, found: int, path: object) -> None:
        allowed = getattr(self.limits, limit)
        if found > allowed:
            raise HostileFile("E-LIMIT", path=path, limit=limit, found=found, allowed=allowed)

    def _attached(self, data: bytes, origin: str, changed: datetime | None) -> Iterator[_Piece]:
        """The workbooks of a mail, those in archives attached to it included."""
        outlook = content_of(origin, data).suffix == ".msg"
        read = outlook_attachments if outlook else attachments
        for attached in read(data, origin, self.limits):
            label = one_line(attached.name) or "…"
            where = BETWEEN.join((origin, *attached.trail, label))
            when = attached.received or changed
            content = content_of(attached.name, attached.data)
            if content.kind == "workbook":
                piece = _Piece(attached.name, content.suffix, attached.data, where, when)
                yield _of_mail(piece, attached)
            elif content.kind == "closed":
                yield _of_mail(_Piece.failed(where, when, _closed(where, content.suffix)), attached)
            elif content.kind == "mail" and not (outlook and content.suffix == ".msg"):  # no deeper than two
                for inner in self._attached(attached.data, where, when):
                    yield _of_mail(inner, attached)
            elif content.kind == "archive":
                for unpacked in self._unpacked_quietly(attached.data, where, when):
                    yield _of_mail(unpacked, attached)

    def _unpacked_quietly(self, data: bytes, origin: str, when: datetime | None) -> Iterator[_Piece]:
        try:
            yield from self._unpacked(data, origin, when, within_mail=True)
        except CannotRead as error:
            yield _Piece.failed(origin, when, error)

    def _unpacked(
        self, data: bytes, origin: str, when: datetime | None, within_mail: bool = False
    ) -> Iterator[_Piece]:
        """The workbooks of an archive, and of the mails in it; archives in archives stay closed."""
        container = Container(data, origin, self.limits._replace(total_bytes=self.limits.arrival_bytes))
        for name in sorted(container.entries):
            label = name.rpartition("/")[2]
            if not label or is_ours_to_skip(label) or name.startswith("__MACOSX/"):
                continue
            where = BETWEEN.join((origin, one_line(name)))
            try:
                yield from self._entry(container.read(name), label, where, when, within_mail)
            except CannotRead as error:
                yield _Piece.failed(where, when, error)

    def _entry(
        self, data: bytes, name: str, where: str, when: datetime | None, within_mail: bool
    ) -> Iterator[_Piece]:
        content = content_of(name, data)
        if content.kind == "workbook":
            yield _Piece(name, content.suffix, data, where, when)
        elif content.kind == "mail" and not within_mail:
            yield from self._attached(data, where, when)
        elif content.kind in ("closed", "archive", "mail"):
            yield _Piece.failed(where, when, _closed(where, content.suffix))

    def _save(self, folder: Path, name: str, data: bytes) -> Path:
        """The bytes in a file of their own: one that holds them already, or a new one, never over another."""
        stem, suffix = Path(name).stem, Path(name).suffix
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for number in count(1):
                path = folder / (name if number == 1 else f"{stem} ({number}){suffix}")
                if path in self.given:
                    continue
                if not path.exists():
                    with path.open("xb") as file:
                        file.write(data)
                elif path.is_symlink() or path.read_bytes() != data:
                    continue
                self.given.add(path)
                break
        except OSError as problem:
            raise writing_failed(folder / name, problem) from problem
        return path


@dataclass(frozen=True, slots=True)
class _Piece:
    """A workbook found in a mail or an archive, or what could not be opened there."""

    name: str
    suffix: str
    data: bytes
    origin: str
    received: datetime | None
    error: SheetcreditError | None = None
    sender: str = ""
    message_id: str = ""
    subject: str = ""

    @classmethod
    def failed(cls, origin: str, received: datetime | None, error: SheetcreditError) -> _Piece:
        """One that could not be opened."""
        return cls("", "", b"", origin, received, error)


def are_statements(files: Iterable[Candidate]) -> bool:
    """Whether what arrived is statements of associations: some, and no workbook of an office or a branch."""
    found = False
    for file in files:
        with suppress(CannotRead):
            kind = None if file.error else recognise(Path(file.path)).kind
            if kind not in (None, "association"):
                return False  # among hundreds of offices the first one tells
            found = found or kind is not None
    return found


def _closed(origin: str, suffix: str) -> CannotRead:
    return CannotRead("E-CLOSED-FORMAT", path=origin, format=suffix)


def _label(path: Path, root: Path, alone: bool) -> str:
    """Where a file of a folder came from: within the folder, or by the whole path where there are several."""
    return _shown(path.relative_to(root).as_posix() if alone and path != root else str(path))


def _shown(name: str) -> str:
    """A name on one line; bytes of another code page are shown as such."""
    return one_line(name).encode("utf-8", "backslashreplace").decode()


def _real(path: Path) -> str:
    try:
        return str(path.resolve())
    except (OSError, RuntimeError):  # a link that leads to itself
        return str(path.absolute())


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    """A file, or a link that leads nowhere: it has to be reported."""
    try:
        return entry.is_file() or (entry.is_symlink() and not entry.is_dir())
    except OSError:
        return True


def _changed(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        return None


def _of_mail(piece: _Piece, mail: MailAttachment) -> _Piece:
    return replace(piece, sender=mail.sender, message_id=mail.message_id, subject=mail.subject)
