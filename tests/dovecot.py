"""A real IMAP server (Dovecot) on loopback with TLS, and a line to it that breaks."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.daemon import folder_of_daemon, installed, running, write_certificate
from tests.mail_server import HOST, PASSWORD, free_port

USER = "chinhanh@example.vn"
DRAFTS = "Thư nháp"
"""The folder of drafts: its name is the user's, its kind the server says."""
_CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
log_path = {folder}/log
ssl = required
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.key
auth_mechanisms = plain login
first_valid_uid = 0
mail_location = maildir:{folder}/mail
namespace inbox {{
  inbox = yes
  mailbox "{drafts}" {{
    auto = create
    special_use = \\Drafts
  }}
}}
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={owner} gid={owner_group} home={folder}/home
}}
"""


@dataclass(frozen=True)
class Server:
    """A server that runs: its ports (TLS from the start, and STARTTLS), and the folder of its mailbox."""

    port: int
    plain: int
    folder: Path

    def deliver(self, messages: Iterable[bytes]) -> None:
        """Messages into the mailbox, as a delivery agent puts them there."""
        new = self.folder / "mail" / "new"
        for number, message in enumerate(messages, start=len(list(new.iterdir()))):
            path = new / f"{1_711_000_000 + number}.{number:06}.test"
            path.write_bytes(message)
            if os.geteuid() == 0:
                shutil.chown(path, "mail", "mail")

    def contents(self) -> dict[str, bytes]:
        """Every message with its flags, as it lies there."""
        found = [path for name in ("new", "cur") for path in (self.folder / "mail" / name).iterdir()]
        return {path.name: path.read_bytes() for path in found}

    def drafts(self) -> list[tuple[str, bytes]]:
        """What lies in the folder of drafts: the flags of each message, and the message."""
        (folder,) = [path for path in (self.folder / "mail").glob(".Th*") if path.is_dir()]
        found = [path for name in ("new", "cur") for path in (folder / name).iterdir()]
        return [(path.name.partition(":2,")[2], path.read_bytes()) for path in sorted(found)]

    def settings(self, into: Path, **more: str) -> dict[str, str]:
        """The environment that leads `inbox` here."""
        told = {
            "HOST": HOST, "PORT": str(self.port), "USER": USER, "PASSWORD": PASSWORD, "FOLDER": str(into),
            "CA_FILE": str(self.folder / "ca.pem"), "TIMEOUT": "20", **more,
        }  # fmt: skip
        return {f"SHEETCREDIT_INBOX_{name}": value for name, value in told.items()}


@contextmanager
def imap_server(expires: datetime | None = None) -> Iterator[Server]:
    """Dovecot with one user's empty mailbox; `expires`: when its certificate does."""
    program = installed("dovecot", "dovecot-imapd")
    with folder_of_daemon("dovecot") as folder:
        server = Server(free_port(), free_port(), folder)
        _prepare(server, expires)
        with running([program, "-F", "-c", str(folder / "conf")], folder, server.port):
            yield server


def _prepare(server: Server, expires: datetime | None) -> None:
    folder, me = server.folder, getpass.getuser()
    root = os.geteuid() == 0
    write_certificate(folder, expires)
    (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n", encoding="utf-8")
    owner = "mail" if root else me
    for name in ("run", "home", "mail", "mail/new", "mail/cur", "mail/tmp"):
        (folder / name).mkdir()
        if root:
            shutil.chown(folder / name, owner, owner)
    config = _CONFIG.format(
        folder=folder, drafts=DRAFTS, plain=server.plain, port=server.port, owner=owner, owner_group=owner,
        internal="dovecot" if root else me, login="dovenull" if root else me,
        group="dovecot" if root else me,
    )  # fmt: skip
    (folder / "conf").write_text(config, encoding="utf-8")


@contextmanager
def breaking_line(port: int, after: int) -> Iterator[int]:
    """A port that passes everything on to another one, and hangs up after that many bytes have come back."""
    listener = socket.create_server((HOST, 0))
    threads: list[threading.Thread] = []
    ended: list[socket.socket] = []

    def pump(source: socket.socket, target: socket.socket, most: int) -> None:
        passed = 0
        with suppress(OSError):
            while data := source.recv(4096):
                target.sendall(data[: max(0, most - passed)])
                passed += len(data)
                if passed >= most:
                    break
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            ended.append(one)

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection((HOST, port))
                for pair in ((client, server, 1 << 40), (server, client, after)):
                    threads.append(threading.Thread(target=pump, args=pair, daemon=True))
                    threads[-1].start()

    main = threading.Thread(target=serve, daemon=True)
    main.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in (main, *threads):
            thread.join(10)
        for one in ended:
            one.close()
