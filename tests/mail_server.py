"""Mail servers on loopback: a real one (aiosmtpd) with TLS and login, and one that misbehaves as told."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HOST = "127.0.0.1"
USER, PASSWORD = "pgd0312@example.vn", "mật khẩu 1"


@dataclass
class Received:
    """What a server took, and what it answered to messages before (`451 …`, `550 …`), in turn."""

    mails: list[bytes] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    encrypted: list[bool] = field(default_factory=list)
    tries: int = 0

    @property
    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(mail, policy=policy.default) for mail in self.mails]

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.tries += 1
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        self.mails.append(envelope.content)
        self.recipients.append(list(envelope.rcpt_tos))
        assert server.transport is not None
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        return "250 taken as number 1"


def _login(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and data == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=good)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Authority:
    """A certificate authority of our own, and a server's context."""

    ca: trustme.CA
    context: ssl.SSLContext
    file: Path

    @classmethod
    def make(cls, folder: Path, name: str = HOST) -> Authority:
        ca = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert(name).configure_cert(context)
        ca.cert_pem.write_to_path(str(folder / "ca.pem"))
        return cls(ca, context, folder / "ca.pem")


@contextmanager
def mail_server(
    security: str = "none", authority: Authority | None = None, login: bool = False, size: int = 33_554_432
) -> Iterator[tuple[Received, dict[str, str]]]:
    """A server that takes mail, and the environment that leads `send` to it."""
    received = Received()
    options: dict[str, Any] = {"data_size_limit": size, "timeout": 20}
    if login:
        options |= {"authenticator": _login, "auth_required": True, "auth_require_tls": security != "none"}
    if security == "starttls":
        assert authority is not None
        options |= {"tls_context": authority.context, "require_starttls": True}
    context = authority.context if security == "tls" and authority else None
    if context is not None and login:
        options["auth_require_tls"] = False  # aiosmtpd does not see that all of the connection is encrypted
    controller = Controller(received, hostname=HOST, port=free_port(), ssl_context=context, **options)
    controller.start()
    try:
        yield received, settings_for(controller.port, security, authority, login)
    finally:
        controller.stop()


def settings_for(
    port: int, security: str = "none", authority: Authority | None = None, login: bool = False
) -> dict[str, str]:
    """The environment of `send` for a server on a port: short delays, no PDF."""
    settings = {
        "HOST": HOST, "PORT": str(port), "SECURITY": security, "SENDER": "pgd0312@example.vn",
        "TIMEOUT": "5", "DELAYS": "0.05,0.05", "PDF": "false",
    }  # fmt: skip
    if authority is not None:
        settings["CA_FILE"] = str(authority.file)
    if login:
        settings |= {"USER": USER, "PASSWORD": PASSWORD}
    return {f"SHEETCREDIT_MAIL_{name}": value for name, value in settings.items()}


def own_folders(folder: Path) -> dict[str, str]:
    """The environment of a user whose settings, keys and outbox are in a folder of the test."""
    return {
        "SHEETCREDIT_HOME": str(folder),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }  # fmt: skip


def environment(*parts: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with more."""
    return {**os.environ, **{name: value for part in parts for name, value in part.items()}}


@contextmanager
def misbehaving(*manners: str) -> Iterator[tuple[list[bytes], int]]:
    """A server whose connections go by these manners, one each, the last for all further ones.

    `silent`: accepts and says nothing · `greeting-421` · `drop-in-data`: closes in the middle of the message
    · `shut-down`: says so where the message should begin · `drop-after-end`: takes the message and closes without a word · `hang-after-end`: the same, and stays ·
    `take`: behaves. Gives the messages that it read to the end, and its port.
    """
    taken: list[bytes] = []
    listener = socket.create_server((HOST, 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # nothing waits unread
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def serve() -> None:
        number = 0
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            manner = manners[min(number, len(manners) - 1)]
            number += 1
            thread = threading.Thread(target=_speak, args=(connection, manner, taken, stop), daemon=True)
            threads.append(thread)
            thread.start()

    main = threading.Thread(target=serve, daemon=True)
    main.start()
    try:
        yield taken, listener.getsockname()[1]
    finally:
        stop.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in (main, *threads):
            thread.join(10)


def _speak(connection: socket.socket, manner: str, taken: list[bytes], stop: threading.Event) -> None:
    with connection, connection.makefile("rb") as lines:
        if manner == "silent":
            stop.wait(30)
            return
        if manner == "greeting-421":
            connection.sendall(b"421 come back later\r\n")
            return
        connection.sendall(b"220 here\r\n")
        for line in lines:
            word = line.split(b" ")[0].strip().upper()
            if word == b"EHLO":
                connection.sendall(b"250-here\r\n250 SIZE 99000000\r\n")
            elif word == b"QUIT":
                connection.sendall(b"221 bye\r\n")
                return
            elif word != b"DATA":
                connection.sendall(b"250 OK\r\n")
            else:
                if manner == "shut-down":
                    connection.sendall(b"354 go on\r\n421 shutting down\r\n")
                    return
                connection.sendall(b"354 go on\r\n")
                if not _message(lines, manner, taken):
                    return
                if manner == "hang-after-end":
                    stop.wait(30)
                    return
                if manner == "drop-after-end":
                    return
                connection.sendall(b"250 taken\r\n")


def _message(lines: Any, manner: str, taken: list[bytes]) -> bool:
    """Read a message; whether to its end."""
    read: list[bytes] = []
    for line in lines:
        if line == b".\r\n":
            taken.append(b"".join(read))
            return True
        read.append(line)
        if manner == "drop-in-data" and len(read) == 100:
            return False
    return False
