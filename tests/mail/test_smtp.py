"""Handing a message to a server: what it answers decides what may be done next."""

from __future__ import annotations

from pathlib import Path

import pytest

from sheetcredit.mail.smtp import deliver
from sheetcredit.model.errors import BadUsage, CannotSend, SendLater, SentPerhaps
from sheetcredit.settings import mail_settings
from tests.mail_server import HOST, PASSWORD, Authority, free_port, mail_server, misbehaving, settings_for

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")

MAIL = b"From: a@example.vn\r\nTo: b@example.vn\r\nSubject: x\r\n\r\n.a line with a dot\r\n..two\r\nlast\r\n"
LONG = MAIL + b"".join(
    b"line %d of a long message, to fill what a connection holds\r\n" % n for n in range(140_000)
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("ca"))


class Steps:
    """Whether the end of the message was reached."""

    def __init__(self) -> None:
        self.reached = 0

    def end(self) -> None:
        self.reached += 1


def hand_over(
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    message: bytes = MAIL,
    password: str | None = None,
    steps: Steps | None = None,
    to: tuple[str, ...] = ("b@example.vn",),
    **options: object,
) -> str:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = mail_settings(options)
    return deliver(message, "a@example.vn", to, settings, password, (steps or Steps()).end)


def refusal(
    kind: type[CannotSend], monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], **more: object
) -> str:
    steps = Steps()
    with pytest.raises(CannotSend) as caught:
        hand_over(monkeypatch, environment, steps=steps, **more)  # type: ignore[arg-type]
    assert type(caught.value) is kind
    assert steps.reached == (kind is SentPerhaps)
    return caught.value.code


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_an_encrypted_connection_with_login(
    security: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server(security, authority, login=True) as (received, environment):
        reply = hand_over(monkeypatch, environment, password=PASSWORD)
    assert reply == "taken as number 1"
    assert received.mails == [MAIL]
    assert received.recipients == [["b@example.vn"]]
    assert received.encrypted == [True]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_wrong_password_is_for_good(
    security: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server(security, authority, login=True) as (received, environment):
        assert refusal(CannotSend, monkeypatch, environment, password="wrong") == "E-MAIL-LOGIN"
    assert received.tries == 0


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_nobody_is_not_taken(
    security: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server(security, authority) as (received, environment):
        environment["SHEETCREDIT_MAIL_CA_FILE"] = ""
        assert refusal(CannotSend, monkeypatch, environment) == "E-MAIL-CERTIFICATE"
    assert received.tries == 0


def test_a_certificate_of_another_server_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server("tls", Authority.make(tmp_path, "other.example.vn")) as (received, environment):
        assert refusal(CannotSend, monkeypatch, environment) == "E-MAIL-CERTIFICATE"
    assert received.tries == 0


def test_encryption_is_never_given_up(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    with mail_server() as (received, environment):
        assert refusal(CannotSend, monkeypatch, environment, security="starttls") == "E-MAIL-NO-TLS"
        assert refusal(CannotSend, monkeypatch, environment, security="tls") == "E-MAIL-TLS"
    assert received.tries == 0


def test_a_password_never_goes_over_an_open_line(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = settings_for(free_port(), login=True) | {"SHEETCREDIT_MAIL_HOST": "mail.example.vn"}
    with pytest.raises(BadUsage) as caught:
        hand_over(monkeypatch, environment, password=PASSWORD)
    assert caught.value.code == "E-MAIL-PLAIN"


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [("451 later", SendLater, "E-MAIL-LATER"), ("554 never", CannotSend, "E-MAIL-REFUSED")],
)
def test_the_answer_to_the_message_says_whether_to_try_again(
    answer: str, kind: type[CannotSend], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server() as (received, environment):
        received.answers.append(answer)
        steps = Steps()
        with pytest.raises(CannotSend) as caught:
            hand_over(monkeypatch, environment, steps=steps)
    assert (type(caught.value), caught.value.code, steps.reached) == (kind, code, 1)
    assert answer in str(caught.value.details["reply"])


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [("450 full", SendLater, "E-MAIL-LATER"), ("550 no such box", CannotSend, "E-MAIL-RECIPIENT")],
)
def test_recipients_are_taken_all_or_none(
    answer: str, kind: type[CannotSend], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server() as (received, environment):
        received.refused["c@example.vn"] = answer
        both = ("b@example.vn", "c@example.vn")
        assert refusal(kind, monkeypatch, environment, to=both) == code
    assert received.tries == 0


def test_too_large_a_message_is_not_even_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    with mail_server(size=30_000_000) as (received, environment):
        large = MAIL + b"x" * 30_000_000 + b"\r\n"
        assert refusal(CannotSend, monkeypatch, environment, message=large) == "E-MAIL-SIZE"
        assert hand_over(monkeypatch, environment)
    assert received.tries == 1


def test_a_refused_connection_may_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(SendLater, monkeypatch, settings_for(free_port())) == "E-MAIL-CONNECTION"


@pytest.mark.parametrize(
    ("manner", "kind", "code"),
    [
        ("silent", SendLater, "E-MAIL-CONNECTION"),
        ("greeting-421", SendLater, "E-MAIL-LATER"),
        ("drop-in-data", SendLater, "E-MAIL-CONNECTION"),
        ("drop-after-end", SentPerhaps, "E-MAIL-UNKNOWN"),
        ("hang-after-end", SentPerhaps, "E-MAIL-UNKNOWN"),
    ],
)
def test_a_connection_that_breaks(
    manner: str, kind: type[CannotSend], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with misbehaving(manner) as (taken, port):
        environment = settings_for(port) | {"SHEETCREDIT_MAIL_TIMEOUT": "0.3"}
        assert refusal(kind, monkeypatch, environment, message=LONG if "drop-in" in manner else MAIL) == code
    assert len(taken) == (kind is SentPerhaps)


def test_lines_that_begin_with_a_dot_arrive_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    with mail_server() as (received, environment):
        hand_over(monkeypatch, environment, message=MAIL.replace(b"\r\n", b"\n"))
    assert received.mails == [MAIL]
    assert environment["SHEETCREDIT_MAIL_HOST"] == HOST
