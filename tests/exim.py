"""A real mail server (Exim) on loopback: TLS and a login, and a mailbox that everything it takes ends in."""

from __future__ import annotations

import getpass
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from tests.daemon import folder_of_daemon, installed, running, write_certificate
from tests.mail_server import HOST, PASSWORD, USER, free_port

REFUSED = "khong-co@example.vn"
"""The one address that the server knows nobody of."""
_CONFIG = """
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/spool/pid
primary_hostname = mail.example.vn
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port} : {tls}
tls_on_connect_ports = {tls}
tls_advertise_hosts = *
tls_certificate = {folder}/server.pem
tls_privatekey = {folder}/server.key
host_lookup =
keep_environment =
deliver_drop_privilege = true
never_users =
message_size_limit = 30M
acl_smtp_rcpt = recipients
acl_smtp_data = everything

begin acl
recipients:
  deny recipients = {refused}
       message = no such user
  accept authenticated = *
  deny message = log in first
everything:
  accept

begin routers
all:
  driver = accept
  transport = box

begin transports
box:
  driver = appendfile
  directory = {folder}/box
  maildir_format
  create_directory
  envelope_to_add

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_advertise_condition = ${{if def:tls_in_cipher}}
  server_condition = ${{if and{{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
"""


@dataclass(frozen=True)
class Server:
    """A server that runs: its ports (STARTTLS, and TLS from the start), and its folder."""

    port: int
    tls: int
    folder: Path

    @property
    def messages(self) -> list[EmailMessage]:
        """All that was taken, once it is delivered; `Envelope-To` is the recipient."""
        for _ in range(400):
            if not any((self.folder / "spool" / "input").glob("*-[DH]")):
                break
            time.sleep(0.05)
        found = sorted((self.folder / "box" / "new").glob("*"))
        return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in found]

    def empty(self) -> None:
        """As if nothing had come."""
        for _ in self.messages:
            for path in (self.folder / "box" / "new").glob("*"):
                path.unlink()

    def settings(self, **more: str) -> dict[str, str]:
        """The environment that leads a sender here, with TLS and a login."""
        told = {
            "HOST": HOST, "PORT": str(self.port), "SECURITY": "starttls", "SENDER": "chinhanh@example.vn",
            "USER": USER, "PASSWORD": PASSWORD, "TIMEOUT": "20", "DELAYS": "0.05", "PDF": "false",
            "CA_FILE": str(self.folder / "ca.pem"), **more,
        }  # fmt: skip
        return {f"SHEETCREDIT_MAIL_{name}": value for name, value in told.items()}


@contextmanager
def smtp_server(expires: datetime | None = None) -> Iterator[Server]:
    """Exim with an empty mailbox; `expires`: when its certificate does."""
    program = installed("exim4", "exim4-daemon-light")
    with folder_of_daemon("exim") as folder:
        server = Server(free_port(), free_port(), folder)
        _prepare(server, expires)
        with running([program, "-bdf", "-C", str(folder / "conf")], folder, server.port):
            yield server


def _prepare(server: Server, expires: datetime | None) -> None:
    folder = server.folder
    write_certificate(folder, expires)
    for name in ("spool", "spool/input", "log", "box", "box/new", "box/cur", "box/tmp"):
        (folder / name).mkdir()
    config = _CONFIG.format(
        folder=folder, port=server.port, tls=server.tls, refused=REFUSED, user=USER, password=PASSWORD
    )
    (folder / "conf").write_text(config, encoding="utf-8")
    owner = "Debian-exim" if os.geteuid() == 0 else getpass.getuser()  # what Exim runs as
    for path in (*folder.rglob("*"),):
        if path.name != "conf":
            shutil.chown(path, owner)
