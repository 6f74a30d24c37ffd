"""What is attached to a mail: `.eml` files read with the standard library, nested or broken as they are."""

from __future__ import annotations

import base64
import binascii
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesFeedParser
from email.policy import Policy
from email.utils import getaddresses, parsedate_to_datetime

from sheetcredit.model.errors import CannotRead
from sheetcredit.model.text import one_line
from sheetcredit.xlsx.limits import FileLimits, hold

# Headers that Python's parser takes apart, with the lines that continue them.
_HEADER = re.compile(
    rb"(?:\A|[\r\n])(?:content-[a-z-]+|subject|date)[ \t]*:([^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*)",
    re.IGNORECASE,
)
_PIECE = 65_536
# What Python's parser is known to raise on malformed headers; the errors of codecs are among them.
_BROKEN = (MessageError, ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)
_LONGEST_LABEL, _LONGEST_ADDRESS, _LONGEST_FROM, _LONGEST_SUBJECT = 60, 254, 1000, 200
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")


@dataclass(frozen=True, slots=True)
class MailAttachment:
    """A file in a mail. `trail` are the mails within the mail that it lies in, as people see them.

    `sender` is the address that the outermost mail says it is from: a mail that was forwarded is the
    forwarder's word. `message_id` and `subject` are that mail's, too; an answer goes to it.
    """

    name: str
    data: bytes
    trail: tuple[str, ...]
    received: datetime | None
    sender: str = ""
    message_id: str = ""
    subject: str = ""


def attachments(data: bytes, path: str, limits: FileLimits) -> list[MailAttachment]:
    """Everything attached to a mail, and to the mails attached to it.

    Parts of plain text without a name are left out. A content type is believed of nothing but mails.

    Raises:
        CannotRead: it is no mail.
        HostileFile: it has too many parts, mails within mails or long headers, or takes too long.
    """
    started = time.process_time()
    # The newer policy knows more encodings of names; the older one breaks on nothing.
    for manner in (policy.default, policy.compat32):
        with suppress(*_BROKEN):
            return list(_Reader(path, limits, manner, started).read(data))
    raise CannotRead("E-MAIL", path=path)


class _Reader:
    """Walks through one mail, counting its parts and the processor time since `started`."""

    def __init__(self, path: str, limits: FileLimits, manner: Policy, started: float) -> None:
        self._path, self._limits, self._manner, self._started = path, limits, manner, started
        self._parts = 0

    def read(self, data: bytes) -> Iterator[MailAttachment]:
        message = self._parse(data)
        if not message.keys():
            raise CannotRead("E-MAIL", path=self._path)
        sender, message_id = sender_of(message), message_id_of(message)
        subject = one_line(subject_of(message))[:_LONGEST_SUBJECT]
        for attached in self._walk(message, (), received_at(message), 1):
            yield replace(attached, sender=sender, message_id=message_id, subject=subject)

    def _parse(self, data: bytes) -> Message:
        longest = max((len(match[1]) for match in _HEADER.finditer(data)), default=0)
        hold(self._limits, "mail_header_bytes", longest, self._path)
        parser = BytesFeedParser(policy=self._manner)
        for start in range(0, len(data), _PIECE):
            self._check_time()
            parser.feed(data[start : start + _PIECE])
        return parser.close()

    def _walk(
        self, part: Message, trail: tuple[str, ...], received: datetime | None, depth: int
    ) -> Iterator[MailAttachment]:
        self._count(depth)
        name = name_of(part)
        if part.get_content_type() == "message/rfc822":
            yield from self._within(_inner(part, self._parse), name, trail, received, depth + 1)
        elif part.is_multipart():
            for piece in part.get_payload():
                if isinstance(piece, Message):
                    yield from self._walk(piece, trail, received, depth)
        elif name or part.get_content_maintype() != "text":
            payload = part.get_payload(decode=True)
            data = payload if isinstance(payload, bytes) else b""
            if name.casefold().endswith(".eml"):
                yield from self._within(self._parse(data), name, trail, received, depth + 1)
            elif data:
                yield MailAttachment(name, data, trail, received)

    def _within(
        self, inner: Message | None, name: str, trail: tuple[str, ...], received: datetime | None, depth: int
    ) -> Iterator[MailAttachment]:
        """What is attached to a mail that was forwarded as a whole: it came when it first came."""
        if inner is None or not inner.keys():
            return
        first = received_at(inner)
        when = min(first, received) if first and received else first or received
        label = one_line(name or subject_of(inner))[:_LONGEST_LABEL] or "…"
        yield from self._walk(inner, (*trail, label), when, depth)

    def _count(self, depth: int) -> None:
        self._parts += 1
        self._check_time()
        hold(self._limits, "mail_parts", self._parts, self._path)
        hold(self._limits, "mail_depth", depth, self._path)

    def _check_time(self) -> None:
        hold(self._limits, "seconds", int(time.process_time() - self._started), self._path)


def _inner(part: Message, parse: Callable[[bytes], Message]) -> Message | None:
    """The mail within a part; some programs encode it in base64, which nobody else expects."""
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else None
    if not isinstance(inner, Message):
        return None
    coded = str(part.get("Content-Transfer-Encoding", "")).strip().casefold() == "base64"
    text = inner.get_payload()
    if coded and not inner.keys() and isinstance(text, str):
        with suppress(binascii.Error):
            return parse(base64.b64decode(text.encode("ascii", "ignore")))
    return inner


def name_of(part: Message) -> str:
    """The name a part goes by, decoded; empty where it has none."""
    name = part.get_filename("") or ""
    return _decoded(str(name))


def subject_of(message: Message) -> str:
    """The subject, decoded."""
    return _decoded(str(message.get("Subject", "")))


def sender_of(message: Message) -> str:
    """The address that a mail says it is from, in small letters; empty where it names none."""
    with suppress(*_BROKEN):
        written = [str(value) for name, value in message.raw_items() if name.casefold() == "from"]
        for _, address in getaddresses([value[:_LONGEST_FROM] for value in written[:1]]):
            if "@" in address:
                return one_line(address).strip().casefold()[:_LONGEST_ADDRESS]
    return ""


def message_id_of(message: Message) -> str:
    """The Message-ID; empty where a mail has none, or one that no server would repeat."""
    with suppress(*_BROKEN):
        written = [str(value) for name, value in message.raw_items() if name.casefold() == "message-id"]
        found = _MESSAGE_ID.search(written[0][:_LONGEST_FROM]) if written else None
        return found[0] if found else ""
    return ""


def _decoded(text: str) -> str:
    if "=?" in text:
        with suppress(*_BROKEN):
            text = str(make_header(decode_header(text)))
    raw = text.encode("utf-8", "surrogateescape")  # bytes of no declared code page: most are UTF-8
    return raw.decode("utf-8", "replace")


def received_at(message: Message) -> datetime | None:
    """When a mail arrived: by the last server on its way, otherwise when it says it was sent."""
    headers = [(name.casefold(), str(value)) for name, value in message.raw_items()]
    stamps = [value.rpartition(";")[2] for name, value in headers if name == "received" and ";" in value]
    for text in (*stamps[:1], *(value for name, value in headers if name == "date")):
        with suppress(*_BROKEN, OverflowError):
            moment = parsedate_to_datetime(text.strip())
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    return None
