"""A program of Debian that serves on loopback for a test, in a folder of its own: started, waited for, ended."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import trustme

from tests.mail_server import HOST


def installed(program: str, package: str) -> str:
    """Where a program is. It is needed: where it is missing the tests fail, `make mail` installs it."""
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert found, f"{program} is missing: run `make mail` (Debian's package {package})"
    return found


@contextmanager
def folder_of_daemon(name: str) -> Iterator[Path]:
    """An empty folder, removed afterwards. Sockets need a short path; the daemon's own user a way in."""
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_certificate(folder: Path, expires: datetime | None) -> None:
    """`server.pem` and `server.key` for loopback, and `ca.pem` of the authority that signed them."""
    authority = trustme.CA()
    issued = authority.issue_cert(HOST, not_after=expires)
    (folder / "server.pem").write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    (folder / "server.key").write_bytes(issued.private_key_pem.bytes())
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))


@contextmanager
def running(command: Sequence[str], folder: Path, port: int) -> Iterator[None]:
    """The daemon of a command that stays in the foreground, from when its port answers. It writes to `out`."""
    with (folder / "out").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _wait_for(process, folder, port)
            yield
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(process: subprocess.Popen[bytes], folder: Path, port: int) -> None:
    for _ in range(200):
        if process.poll() is not None:
            break
        with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.05)
    logs = [path for path in (folder / "out", folder / "log", *folder.glob("log/*")) if path.is_file()]
    told = "\n".join(path.read_text("utf-8", "replace") for path in logs)
    raise AssertionError(f"{process.args!r} does not start: {told}")
