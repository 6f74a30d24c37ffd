"""A mailbox over IMAP, never without TLS: read without a change to it, and drafts put into their folder.

Messages come as bytes, the oldest first. What is fetched of a mailbox of thousands is first how each message
is made up; bodies only of those that have something attached.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date

from imap_tools import AND, BaseMailBox, H, MailBox, MailBoxStartTls, MailMessageFlags
from imap_tools.errors import ImapToolsError, MailboxLoginError, UnexpectedCommandStatusError

from sheetcredit.mail.tls import tls_context
from sheetcredit.model.errors import CannotReceive
from sheetcredit.settings import InboxSettings
from sheetcredit.xlsx.limits import current_limits

_AT_ONCE = 200
_DRAFTS, _USUAL_DRAFTS = "\\drafts", "Drafts"
_UID = re.compile(rb"UID (\d+)")
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
# Parts that are no text, or that have a name: what can hold a workbook.
_ATTACHED = re.compile(
    rb'"(?:application|message|image|audio|video|model|font)" "|name\b|name\*', re.IGNORECASE
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Fetched:
    """One message. `data` is None where nothing is attached, or where it is larger than the limit."""

    uid: int
    size: int
    data: bytes | None
    too_large: bool = False


@dataclass(slots=True)
class Mailbox:
    """A folder that is open. `validity` changes when the server numbers its messages anew."""

    box: BaseMailBox
    validity: str
    settings: InboxSettings

    def uids(self, known: Collection[int], since: date | None) -> list[int]:
        """The messages that are not known yet, the oldest first."""
        criteria = "ALL" if since is None else f"SINCE {since.day}-{_MONTHS[since.month - 1]}-{since.year}"
        with _failures(self.settings):
            found = [int(uid) for uid in self.box.uids(criteria)]
        return sorted(uid for uid in found if uid not in known)

    def messages(self, uids: list[int]) -> Iterator[Fetched]:
        """These messages, those without anything attached without their data."""
        limit = current_limits().file_bytes
        for start in range(0, len(uids), _AT_ONCE):
            some = uids[start : start + _AT_ONCE]
            outlines = self._outlines(some)
            for uid in some:
                outline = outlines.get(uid)
                if outline is None:  # gone meanwhile
                    continue
                size, attached = outline
                fits = size <= limit
                data = self._body(uid) if attached and fits else None
                if data is not None or not attached or not fits:
                    yield Fetched(uid, size, data, attached and not fits)

    def _outlines(self, uids: list[int]) -> dict[int, tuple[int, bool]]:
        found = {}
        for line in self._fetch(",".join(map(str, uids)), "(UID RFC822.SIZE BODYSTRUCTURE)"):
            uid, size = _UID.search(line), _SIZE.search(line)
            if uid and size:
                found[int(uid[1])] = int(size[1]), bool(_ATTACHED.search(line))
        return found

    def _body(self, uid: int) -> bytes | None:
        with _failures(self.settings):
            status, answer = self.box.client.uid("FETCH", str(uid), "(BODY.PEEK[])")
        if status != "OK":
            raise CannotReceive("E-IMAP-REFUSED", **_where(self.settings), reply=_text(answer))
        return next((part[1] for part in answer if isinstance(part, tuple)), None)

    def _fetch(self, uids: str, what: str) -> Iterator[bytes]:
        """The answer by message; what a server sends as a literal stands in its place."""
        with _failures(self.settings):
            status, answer = self.box.client.uid("FETCH", uids, what)
        if status != "OK":
            raise CannotReceive("E-IMAP-REFUSED", **_where(self.settings), reply=_text(answer))
        whole = b""
        for part in answer:
            whole += b" ".join(part) + b" " if isinstance(part, tuple) else (part or b"") + b"\n"
            if not isinstance(part, tuple):
                yield whole
                whole = b""


@dataclass(frozen=True, slots=True)
class DraftsFolder:
    """The folder of drafts of a mailbox: the only one that anything is put into, and nothing is taken out."""

    box: BaseMailBox
    name: str
    settings: InboxSettings

    def holds(self, message_id: str) -> bool:
        """Whether a draft with this Message-ID lies there.

        Raises:
            CannotReceive: the server cannot say.
        """
        with _failures(self.settings):
            self.box.folder.set(self.name, readonly=True)
            return bool(self.box.uids(AND(header=H("Message-ID", message_id))))

    def put(self, message: bytes) -> None:
        """A message as a draft.

        Raises:
            CannotReceive: the server does not take it, or broke off: `holds` then says what became of it.
        """
        with _failures(self.settings):
            self.box.append(message, self.name, flag_set=[MailMessageFlags.DRAFT, MailMessageFlags.SEEN])


@contextmanager
def mailbox(settings: InboxSettings, password: str) -> Iterator[Mailbox]:
    """The mailbox of the settings, opened for reading only.

    Raises:
        CannotReceive: no connection, a certificate that is not trusted, a login or a folder that is refused.
    """
    with _session(settings, password) as box:
        with _failures(settings):
            try:
                box.folder.set(settings.mailbox, readonly=True)
            except UnexpectedCommandStatusError as error:
                raise CannotReceive("E-IMAP-FOLDER", **_where(settings), folder=settings.mailbox) from error
            validity = str(box.folder.status(settings.mailbox, ["UIDVALIDITY"])["UIDVALIDITY"])
        yield Mailbox(box, validity, settings)


@contextmanager
def drafts_folder(settings: InboxSettings, password: str) -> Iterator[DraftsFolder]:
    """The folder that the settings name, or else the one that the server says drafts go to (RFC 6154).

    Raises:
        CannotReceive: as `mailbox`; there is no such folder.
    """
    with _session(settings, password) as box:
        with _failures(settings):
            folders = {one.name: one.flags for one in box.folder.list()}
        marked = [name for name, flags in folders.items() if _DRAFTS in map(str.casefold, flags)]
        wanted = [settings.drafts] if settings.drafts else [*marked, _USUAL_DRAFTS]
        found = next((name for name in wanted if name in folders), None)
        if found is None:
            raise CannotReceive("E-IMAP-DRAFTS", **_where(settings), folder=wanted[-1])
        yield DraftsFolder(box, found, settings)


@contextmanager
def _session(settings: InboxSettings, password: str) -> Iterator[BaseMailBox]:
    with _failures(settings):
        box = _connected(settings)
    try:
        with _failures(settings):
            _log_in(box, settings, password)
        yield box
    finally:
        with suppress(Exception):  # whatever happens to a farewell, what was done is done
            box.logout()


def _log_in(box: BaseMailBox, settings: InboxSettings, password: str) -> None:
    try:
        box.login_utf8(settings.user, password, initial_folder=None)
    except imaplib.IMAP4.abort:  # not refused: the connection broke
        raise
    except (MailboxLoginError, imaplib.IMAP4.error) as error:
        where = _where(settings)
        raise CannotReceive("E-IMAP-LOGIN", **where, user=settings.user, reply=_text([str(error)])) from error


def _connected(settings: InboxSettings) -> BaseMailBox:
    context = tls_context(settings.ca_file)
    kind = MailBox if settings.security == "tls" else MailBoxStartTls
    return kind(settings.host, settings.at_port, timeout=settings.timeout, ssl_context=context)


@contextmanager
def _failures(settings: InboxSettings) -> Iterator[None]:
    """What goes wrong with a server, as one line with a remedy."""
    where = _where(settings)
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise CannotReceive("E-IMAP-CERTIFICATE", **where, reason=error.verify_message) from error
    except ssl.SSLError as error:
        raise CannotReceive("E-IMAP-TLS", **where, reason=error.reason or str(error)) from error
    except ImapToolsError as error:
        raise CannotReceive("E-IMAP-REFUSED", **where, reply=_text([str(error)])) from error
    except (imaplib.IMAP4.abort, OSError, EOFError) as error:
        reason = "timeout" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
        raise CannotReceive("E-IMAP-CONNECTION", **where, reason=_text([reason])) from error
    except imaplib.IMAP4.error as error:
        raise CannotReceive("E-IMAP-REFUSED", **where, reply=_text([str(error)])) from error


def _where(settings: InboxSettings) -> dict[str, object]:
    return {"host": settings.host, "port": settings.at_port}


def _text(answer: object) -> str:
    parts = answer if isinstance(answer, (list, tuple)) else [answer]
    told = " ".join(
        part.decode("utf-8", "replace") if isinstance(part, bytes) else str(part) for part in parts
    )
    return " ".join(told.split())[:300]
