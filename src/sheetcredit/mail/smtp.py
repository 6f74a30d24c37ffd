"""Handing one message to a mail server, and saying for certain whether it took it.

Until the dot that ends the message has been sent, the server cannot have taken it: every failure before
it may be tried again. After the dot only the server's answer tells; where it does not come, the outcome
is unknown and nothing is tried again. Recipients are taken all or none.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from sheetcredit.mail.message import new_message_id
from sheetcredit.mail.outbox import UNCERTAIN, Intent, Outbox, State, clock
from sheetcredit.mail.tls import tls_context
from sheetcredit.model.errors import BadUsage, CannotSend, SendLater, SentPerhaps, SheetcreditError
from sheetcredit.settings import MailSettings, password_of, settings_file

if TYPE_CHECKING:
    from tenacity import RetryCallState


_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_LINE_END = re.compile(rb"\r\n|\r|\n")
_FIRST_DOT = re.compile(rb"(?m)^\.")
_OK, _LOGGED_IN, _GO_AHEAD, _BUSY = 250, 235, 354, 421
_LONGEST_REPLY = 300


def deliver(
    message: bytes,
    sender: str,
    recipients: Sequence[str],
    settings: MailSettings,
    password: str | None,
    before_end: Callable[[], None],
) -> str:
    """Hand a message over; the server's words of acceptance.

    `before_end` is called when all but the last dot has been sent.

    Raises:
        SendLater: not taken, for a reason that may pass.
        CannotSend: not taken, and trying again would not help.
        SentPerhaps: the connection broke after the end of the message.
    """
    data = _FIRST_DOT.sub(b"..", _LINE_END.sub(b"\r\n", message).removesuffix(b"\r\n") + b"\r\n")
    with _failures(settings), _connected(settings) as server:
        _log_in(server, settings, password)
        _check_size(server, len(data))
        _envelope(server, sender, recipients, len(data))
        _expect(server.docmd("DATA"), _GO_AHEAD)
        server.send(data)
        _expect_silence(server, settings)
        before_end()
        code, reply = _end(server, settings)
        _expect((code, reply), _OK)
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        return _text(reply)


def _expect_silence(server: smtplib.SMTP, settings: MailSettings) -> None:
    """A server that has gone, or spoken, before the end of the message has not taken it."""
    assert server.sock is not None
    server.sock.settimeout(0)
    try:
        # What came together with an earlier answer waits in smtplib's own buffer, not in the socket.
        if not (server.file and server.file.peek(1)):
            server.sock.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return
    finally:
        server.sock.settimeout(settings.timeout)
    raise smtplib.SMTPServerDisconnected("connection closed before the end of the message")


def _end(server: smtplib.SMTP, settings: MailSettings) -> tuple[int, bytes]:
    try:
        server.send(b".\r\n")
        return server.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise SentPerhaps("E-MAIL-UNKNOWN", host=settings.host, reason=_reason(error)) from error


@contextmanager
def _connected(settings: MailSettings) -> Iterator[smtplib.SMTP]:
    """A connection greeted and, unless the settings say otherwise, encrypted; never a weaker one."""
    if settings.security == "none" and settings.user and settings.host not in _LOOPBACK:
        raise BadUsage("E-MAIL-PLAIN", path=settings_file())
    address = settings.host, settings.at_port
    server: smtplib.SMTP
    if settings.security == "tls":
        server = smtplib.SMTP_SSL(*address, timeout=settings.timeout, context=tls_context(settings.ca_file))
    else:
        server = smtplib.SMTP(*address, timeout=settings.timeout)
    try:
        _greet(server)
        if settings.security == "starttls":
            if not server.has_extn("starttls"):
                raise CannotSend("E-MAIL-NO-TLS", host=settings.host, port=settings.at_port)
            server.starttls(context=tls_context(settings.ca_file))
            _greet(server)
        yield server
    finally:
        server.close()


def _greet(server: smtplib.SMTP) -> None:
    code, reply = server.ehlo()
    if code == _BUSY or not 200 <= code <= 299:
        raise smtplib.SMTPResponseException(code, reply)


def _log_in(server: smtplib.SMTP, settings: MailSettings, password: str | None) -> None:
    if not settings.user:
        return
    if f"{settings.user}{password}".isascii():
        server.login(settings.user, password or "")
        return
    # smtplib logs in with ASCII only; PLAIN is UTF-8 (RFC 4616).
    told = b64encode(f"\0{settings.user}\0{password}".encode()).decode()
    code, reply = server.docmd("AUTH", f"PLAIN {told}")
    if code != _LOGGED_IN:
        raise smtplib.SMTPAuthenticationError(code, reply)


def _check_size(server: smtplib.SMTP, size: int) -> None:
    """The largest message that the server takes, where it tells."""
    told = server.esmtp_features.get("size", "")
    if told.isdigit() and 0 < int(told) < size:
        raise CannotSend("E-MAIL-SIZE", size=_megabytes(size), limit=_megabytes(int(told)))


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"


def _envelope(server: smtplib.SMTP, sender: str, recipients: Sequence[str], size: int) -> None:
    options = [f"SIZE={size}"] if server.has_extn("size") else []
    _expect(server.mail(sender, options), _OK)
    for recipient in recipients:
        code, reply = server.rcpt(recipient)
        if code not in (250, 251):
            raise smtplib.SMTPRecipientsRefused({recipient: (code, reply)})


def _expect(answer: tuple[int, bytes], wanted: int) -> None:
    code, reply = answer
    if code != wanted:
        raise smtplib.SMTPResponseException(code, reply)


@contextmanager
def _failures(settings: MailSettings) -> Iterator[None]:
    """What went wrong before the message was taken, as errors of ours."""
    where = {"host": settings.host, "port": settings.at_port}
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise CannotSend("E-MAIL-CERTIFICATE", **where, reason=error.verify_message) from error
    except ssl.SSLError as error:
        raise CannotSend("E-MAIL-TLS", **where, reason=_reason(error)) from error
    except smtplib.SMTPAuthenticationError as error:
        raise _answered(error, "E-MAIL-LOGIN", user=settings.user, **where) from error
    except smtplib.SMTPRecipientsRefused as error:
        recipient, (code, reply) = next(iter(error.recipients.items()))
        answer = smtplib.SMTPResponseException(code, reply)
        raise _answered(answer, "E-MAIL-RECIPIENT", recipient=recipient) from error
    except smtplib.SMTPServerDisconnected as error:
        raise SendLater("E-MAIL-CONNECTION", **where, reason=_reason(error)) from error
    except smtplib.SMTPResponseException as error:
        raise _answered(error, "E-MAIL-REFUSED", **where) from error
    except smtplib.SMTPException as error:  # no way to log in that both sides know
        raise CannotSend("E-MAIL-REFUSED", **where, reply=_reason(error)) from error
    except OSError as error:
        raise SendLater("E-MAIL-CONNECTION", **where, reason=_reason(error)) from error


def _answered(error: smtplib.SMTPResponseException, code: str, **details: object) -> CannotSend:
    """By the first digit of the answer: 4 passes, 5 stays."""
    reply = _text(error.smtp_error)
    told = f"{error.smtp_code} {reply}".strip()
    if 400 <= error.smtp_code <= 499:
        return SendLater("E-MAIL-LATER", reply=told)
    return CannotSend(code, **details, reply=told)


def _text(reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else str(reply)
    return " ".join(text.split())[:_LONGEST_REPLY]


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "timeout"
    return _text(getattr(error, "strerror", None) or str(error) or type(error).__name__)


# One message tried until the server takes it, refuses it, or nobody can tell.
#
# The outbox follows every step.


@dataclass(slots=True)
class Delivery:
    """An intent on its way, as the outbox keeps it. `watch` hears of what takes long."""

    outbox: Outbox
    intent: Intent
    settings: MailSettings
    watch: Callable[..., None]

    def run(self, message: bytes) -> Intent:
        """The intent as sent.

        Raises:
            CannotSend: as `deliver`, after the last attempt; the outbox says so too.
        """
        self._put("intent")
        try:
            reply = self._attempts(message)
        except SentPerhaps as error:
            self._put("unknown", reply=str(error.details.get("reason", "")))
            raise
        except SendLater as error:
            self._put("gave-up", reply=str(error.details.get("reply") or error.details.get("reason") or ""))
            raise
        except SheetcreditError as error:
            self._put("refused", reply=str(error.details.get("reply") or error.code))
            raise
        return self._put("sent", reply=reply)

    def _attempts(self, message: bytes) -> str:
        import tenacity as again  # noqa: PLC0415 - slow to load

        settings, delays = self.settings, self.settings.delays
        password = password_of(settings) if settings.user else None
        retrying = again.Retrying(
            retry=again.retry_if_exception_type(SendLater), stop=again.stop_after_attempt(len(delays) + 1),
            wait=again.wait_chain(*map(again.wait_fixed, delays)) if delays else again.wait_none(),
            before_sleep=self._waiting, reraise=True,
        )  # fmt: skip

        def attempt() -> str:
            self._put("intent", attempts=self.intent.attempts + 1)
            self.watch("send-step-try", host=settings.host, number=self.intent.attempts)
            return deliver(
                message, settings.sender, self.intent.recipients, settings, password, self._handing_over
            )

        return retrying(attempt)

    def _waiting(self, state: RetryCallState) -> None:
        failed = state.outcome.exception() if state.outcome else None
        if isinstance(failed, SheetcreditError) and state.next_action:
            seconds = f"{state.next_action.sleep:g}"
            self.watch("send-step-wait", problem=failed.message(), seconds=seconds)

    def _put(self, state: State, **more: Any) -> Intent:
        self.intent = self.outbox.save(msgspec.structs.replace(self.intent, state=state, **more))
        return self.intent

    def _handing_over(self) -> None:
        self._put("handing-over")


def send_once(
    outbox: Outbox,
    key: str,
    settings: MailSettings,
    watch: Callable[..., None],
    compose: Callable[[str], tuple[bytes, Intent]],
    again: bool = False,
) -> Intent:
    """A message sent unless it was sent before; `compose` makes it and its intent, given its Message-ID.

    Raises:
        SentPerhaps: nobody can tell whether it arrived, now or the last time; `again` sends it once more.
        CannotSend: it was not taken, or another run is at it.
    """
    with outbox.alone(key):
        earlier = _earlier(outbox, key)
        if earlier is not None and earlier.state == "sent" and not again:
            return earlier
        if earlier is not None and earlier.state in UNCERTAIN and not again:
            raise SentPerhaps(
                "E-MAIL-PERHAPS", at=clock(earlier.created), to=", ".join(earlier.recipients),
                message_id=earlier.message_id,
            )  # fmt: skip
        # Of what may have arrived already, the same Message-ID lets the other side drop the double.
        known = earlier.message_id if earlier is not None and earlier.state != "sent" else None
        message, intent = compose(known or new_message_id(settings.sender))
        if earlier is not None and earlier.state == "intent":
            intent = msgspec.structs.replace(intent, name=earlier.name)
        return Delivery(outbox, intent, settings, watch).run(message)


def _earlier(outbox: Outbox, key: str) -> Intent | None:
    """What counts of the past: that it was sent, else that it may have been, else an unfinished try."""
    intents = outbox.of_key(key)
    for states in (frozenset({"sent"}), UNCERTAIN, frozenset({"intent"})):
        if found := [intent for intent in intents if intent.state in states]:
            return found[-1]
    return None
