"""`sheetcredit inbox`: workbooks that were mailed, put into the folder of their period, each message once.

    fetched ──► taken apart ──► whose, of when ──► origin beside it ──► the workbook ──► recorded

A message is known by its Message-ID together with the digests of its workbooks: a mail that was delivered
twice is one, and nobody keeps a report out by another mail under its Message-ID. It is recorded after all its
files are there. A run that dies before does that message again and finds its own files by their origins.

The origin (`PGD0312.xlsx.nguon.json`: sender, date, subject, Message-ID) is what `status`, `consolidate` and
`answer` know of a workbook that came by mail. Nothing in the mailbox is changed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from sheetcredit.consolidate.branch_report import branch_rulebook
from sheetcredit.folders import state_folder
from sheetcredit.intake.candidates import Candidate, candidates
from sheetcredit.intake.content import safe_name
from sheetcredit.intake.origin_file import MailOrigin, origin_beside, write_origin
from sheetcredit.mail.imap import Fetched, mailbox
from sheetcredit.model.errors import CannotReceive, FileLocked, SheetcreditError
from sheetcredit.model.text import one_line
from sheetcredit.pool.workers import in_own_process
from sheetcredit.rulebook import our_rulebook
from sheetcredit.settings import InboxSettings
from sheetcredit.template.reading import info_of
from sheetcredit.template.recognise import recognise
from sheetcredit.xlsx.atomic_write import make_folder, write_new
from sheetcredit.xlsx.files import REAL_FILES
from sheetcredit.xlsx.locks import locked
from sheetcredit.xlsx.read import peek

Outcome = Literal["landed", "again", "none", "foreign", "unreadable", "too-large", "other-sender"]
UNKNOWN_PERIOD = "chua-ro-ky"
_NOTHING = "E-NOTHING-ATTACHED"


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of one message.

    `landed`: its workbooks are at `files`; `again`: handled before under another number; `none`: nothing is
    attached; `foreign`: no workbook of ours is; `unreadable`, `too-large`: what is attached cannot be opened;
    `other-sender`: from none of the senders of the settings. `problem` says more; `key`: what it is known by.
    """

    uid: int
    outcome: Outcome
    sender: str = ""
    subject: str = ""
    files: tuple[Path, ...] = ()
    problem: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class _Found:
    """Something in a mail: `place` is the folder it belongs to, None where it is no workbook of ours."""

    candidate: Candidate
    place: str | None
    problem: str = ""


def fetch_inbox(
    settings: InboxSettings,
    password: str,
    folder: Path,
    since: date | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Handled]:
    """The messages that were not handled yet, each as it is done; workbooks are put under `folder`.

    Raises:
        CannotReceive: the mailbox cannot be read (any more), or another run is at it; what was
            yielded is done.
        CannotWrite: a workbook cannot be put into the folder.
    """
    with _ledger() as ledger, mailbox(settings, password) as box:
        name = f"{settings.user}@{settings.host}/{settings.mailbox}/{box.validity}"
        uids = box.uids(ledger.known(name), since)
        for done, fetched in enumerate(box.messages(uids), start=1):
            handled = _handle(fetched, settings, folder, ledger)
            ledger.record(name, handled)
            if progress:
                progress(done, len(uids))
            yield handled


def _handle(fetched: Fetched, settings: InboxSettings, folder: Path, ledger: _Ledger) -> Handled:
    if fetched.data is None:
        return Handled(fetched.uid, "too-large" if fetched.too_large else "none")
    with TemporaryDirectory(prefix="sheetcredit-") as name:
        mail = Path(name) / "thu.eml"
        mail.write_bytes(fetched.data)
        # A mail may end who takes it apart: that is another process.
        dead = [_Found(Candidate(mail, mail.name), None, "E-MAIL")]
        found = in_own_process(_taken_apart, mail, Path(name) / "dinh-kem", otherwise=dead)
        about = found[0].candidate
        handled = Handled(fetched.uid, "foreign", about.sender, about.subject)
        if not _is_wanted(about.sender, settings.senders):
            return replace(handled, outcome="other-sender")
        ours = [one for one in found if one.place is not None]
        problems = [one for one in found if one.problem and one.problem != _NOTHING]
        if not ours:
            problem = problems[0].problem if problems else ""
            return replace(handled, outcome="unreadable" if problem else "foreign", problem=problem)
        return _landed(handled, ours, folder, ledger)


def _taken_apart(mail: Path, workdir: Path) -> list[_Found]:
    """What is attached to a mail, and where it belongs."""
    try:
        return [_recognised(one) for one in candidates([mail], workdir)]
    except SheetcreditError as error:
        return [_Found(Candidate(mail, mail.name), None, error.code)]


def _recognised(candidate: Candidate) -> _Found:
    if candidate.error is not None:
        return _Found(candidate, None, candidate.error.code)
    path = Path(candidate.path)
    try:
        kind = recognise(path).kind
    except SheetcreditError:
        return _Found(candidate, UNKNOWN_PERIOD)  # perhaps a report: somebody has to look at it
    if kind is None:
        return _Found(candidate, None)
    return _Found(candidate, _period(path, kind) or UNKNOWN_PERIOD)


def _period(path: Path, kind: str) -> str:
    """The period that a workbook says it is of; empty where it says none."""
    office = branch_rulebook().office if kind == "branch" else our_rulebook().office
    try:
        book = peek(path, office.sheet("info").sheet)
        period = info_of(book, office).period if book else None
    except SheetcreditError:
        return ""
    return str(period) if period else ""


def _is_wanted(sender: str, senders: Sequence[str]) -> bool:
    """Whether a message is from one of these addresses, or domains (`@example.vn`); all are without any."""
    folded = [one.strip().casefold() for one in senders]
    return not folded or any(
        sender == one or (one.startswith("@") and sender.endswith(one)) for one in folded
    )


def _landed(handled: Handled, ours: Sequence[_Found], folder: Path, ledger: _Ledger) -> Handled:
    contents = [Path(one.candidate.path).read_bytes() for one in ours]
    digests = [sha256(data).hexdigest() for data in contents]
    told = "\n".join([ours[0].candidate.message_id, *sorted(digests)])
    key = sha256(told.encode()).hexdigest()
    if ledger.has(key):
        return replace(handled, outcome="again", key=key)
    files = []
    for one, data, digest in zip(ours, contents, digests, strict=True):
        about = one.candidate
        origin = MailOrigin(
            digest=digest, sender=about.sender, subject=one_line(about.subject), message_id=about.message_id,
            mail=one_line(about.origin), received=about.received,
        )  # fmt: skip
        files.append(_put(folder / (one.place or UNKNOWN_PERIOD), Path(about.path), data, origin))
    return replace(handled, outcome="landed", files=tuple(files), key=key)


def _put(folder: Path, source: Path, data: bytes, origin: MailOrigin) -> Path:
    """A workbook under its own name, or that with a number; never over anything, its origin first."""
    stem, suffix = safe_name(source.stem, ""), source.suffix
    for number in count(1):
        path = folder / (f"{stem}{suffix}" if number == 1 else f"{stem} ({number}){suffix}")
        beside = origin_beside(path)
        if beside == origin and (not path.exists() or path.read_bytes() == data):
            break  # a run that died has begun it
        if beside is None and not path.exists():
            break
    make_folder(path)
    write_origin(path, origin)
    if not path.exists():
        write_new(path, data)
    return path


# What was handled: by the number a server gives a message, and by what a message is known by

_TABLES = """
CREATE TABLE IF NOT EXISTS handled (
    mailbox TEXT, uid INTEGER, outcome TEXT, at TEXT, PRIMARY KEY (mailbox, uid)
);
CREATE TABLE IF NOT EXISTS message (key TEXT PRIMARY KEY, at TEXT);
"""


@dataclass(frozen=True, slots=True)
class _Ledger:
    """The user's record of handled messages; a message is in it whole or not at all."""

    base: sqlite3.Connection

    def known(self, name: str) -> set[int]:
        """The numbers of a mailbox that were handled."""
        return {uid for (uid,) in self.base.execute("SELECT uid FROM handled WHERE mailbox = ?", (name,))}

    def has(self, key: str) -> bool:
        """Whether a message was handled under whatever number."""
        return self.base.execute("SELECT 1 FROM message WHERE key = ?", (key,)).fetchone() is not None

    def record(self, name: str, handled: Handled) -> None:
        """Remember a message, on the disk when this returns."""
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        with self.base:
            if handled.outcome == "landed":
                self.base.execute("INSERT OR IGNORE INTO message VALUES (?, ?)", (handled.key, now))
            self.base.execute(
                "INSERT OR REPLACE INTO handled VALUES (?, ?, ?, ?)",
                (name, handled.uid, handled.outcome, now),
            )


@contextmanager
def _ledger() -> Iterator[_Ledger]:
    """The record, held by this run alone.

    Raises:
        CannotReceive: another run holds it, or it is damaged.
    """
    path = state_folder() / "inbox.sqlite"
    make_folder(path)
    with ExitStack() as held:
        try:
            held.enter_context(locked(path, REAL_FILES))
        except FileLocked as error:
            raise CannotReceive("E-INBOX-BUSY") from error
        try:
            base = held.enter_context(closing(sqlite3.connect(path)))
            base.executescript(_TABLES)
            yield _Ledger(base)
        except sqlite3.Error as error:
            raise CannotReceive("E-INBOX-LEDGER", path=path, problem=str(error)) from error
