"""Who else has a file: a spreadsheet program that shows it, or another run that is writing it."""

from __future__ import annotations

import errno
import os
import secrets
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sheetcredit import windows
from sheetcredit.model.errors import FileLocked
from sheetcredit.xlsx.files import FileOps, remove_quietly, unlimited, write_all, writing_failed

_MAX_OWNER = 60
_PATIENCE = 1.0
"""Seconds that a lock file may stay without its content before its maker is taken for dead."""


_FOREIGN_AGE = 3600.0
"""Seconds after which the lock of another machine is taken for left behind."""


def refuse_open_elsewhere(target: Path) -> None:
    """Raise `FileLocked` if Excel (`~$name`) or LibreOffice (`.~lock.name#`) has the file open."""
    excel = target.with_name(f"~${target.name}")
    if (content := _content(excel)) is not None:
        if owner := _excel_owner(content):
            raise FileLocked("E-OWNER", path=target, owner=owner)
        raise FileLocked("E-LOCKED", path=target, by="")
    libreoffice = target.with_name(f".~lock.{target.name}#")
    if (content := _content(libreoffice)) is not None:
        fields = content.decode("utf-8", "replace").split(",")
        owner = _clean(next((one for one in fields[:2] if one.strip()), ""))
        raise FileLocked(
            "E-LOCKED", path=target, by=f" (LibreOffice: {owner})" if owner else " (LibreOffice)"
        )


def _content(path: Path) -> bytes | None:
    """The beginning of a file; empty when it may not be read, None when it is not there."""
    try:
        with unlimited(path).open("rb") as source:
            return source.read(1024)
    except FileNotFoundError:
        return None
    except OSError as problem:
        # Excel keeps the owner file to itself on Windows: that it exists says enough.
        return b"" if problem.errno in (errno.EACCES, errno.EPERM) else None


def _excel_owner(content: bytes) -> str:
    """The user name in an owner file: a length and one-byte text, then from byte 55 the same as UTF-16."""
    if len(content) >= 57:
        count = int.from_bytes(content[55:57], "little")
        if 0 < count <= 54 and len(content) >= 57 + 2 * count:
            return _clean(content[57 : 57 + 2 * count].decode("utf-16-le", "replace"))
    if content and 0 < content[0] < len(content):
        return _clean(content[1 : 1 + content[0]].decode("cp1252", "replace"))
    return ""


def _clean(name: str) -> str:
    """A name from a file is shown as plain text: no control characters, no braces, not long."""
    kept = "".join(char if char.isprintable() and char not in "{}" else " " for char in name)
    return " ".join(kept.split())[:_MAX_OWNER]


class Lock(NamedTuple):
    """A lock that this run holds on a file."""

    target: Path
    token: str

    @property
    def path(self) -> Path:
        """The lock file beside the target."""
        return lock_path(self.target)

    @property
    def temporary(self) -> Path:
        """Where the new file is written; the token lets the next run clear it away after a crash."""
        return _temporary(self.target, self.token)

    def held(self, files: FileOps) -> bool:
        """Whether it is still ours."""
        try:
            return files.read(self.path) == _note(self.token)
        except FileNotFoundError:
            return False
        except OSError:
            return _content(self.path) == _note(self.token)


def lock_path(target: Path) -> Path:
    """The lock file of a workbook."""
    return target.with_name(f".{target.name}.sheetcredit-lock")


def _temporary(target: Path, token: str) -> Path:
    return target.with_name(f".{target.name}.{token}.sheetcredit-new")


def _note(token: str) -> bytes:
    return f"{socket.gethostname()}\n{os.getpid()}\n{token}\n".encode()


@contextmanager
def locked(target: Path, files: FileOps) -> Iterator[Lock]:
    """Hold the exclusive lock on a file while the block runs.

    The lock of a process of this machine that no longer runs is cleared away with what it left. Raises
    `FileLocked` `E-BUSY` when another run holds it.
    """
    lock = Lock(target, secrets.token_hex(8))
    try:
        _acquire(lock, files)
    except OSError as problem:
        raise writing_failed(target, problem) from problem
    try:
        yield lock
    finally:
        if lock.held(files):
            remove_quietly(lock.path, files)


def _acquire(lock: Lock, files: FileOps) -> None:
    for _ in range(3):
        try:
            handle = files.create(lock.path, 0o600)
        except FileExistsError:
            _clear_stale(lock, files)
            continue
        try:
            try:
                write_all(handle, _note(lock.token), files)
            finally:
                files.close(handle)
            if not lock.held(files):
                raise OSError(errno.EIO, os.strerror(errno.EIO))
        except BaseException:
            remove_quietly(lock.path, files)
            raise
        return
    raise FileLocked("E-BUSY", path=lock.target)


def _clear_stale(lock: Lock, files: FileOps) -> None:
    """Remove the lock of a dead process; raises `FileLocked` while its holder may be alive."""
    note = _settled_note(lock.path)
    if note is None:
        return
    fields = note.decode("utf-8", "replace").split("\n")
    whole = len(fields) == 4 and fields[1].isascii() and fields[1].isdigit() and fields[2].isalnum()
    if whole and _in_use(lock.path, host=fields[0], pid=int(fields[1])):
        raise FileLocked("E-BUSY", path=lock.target)
    if whole:
        # What it was writing goes first: should we die here too, the lock still tells of it.
        remove_quietly(_temporary(lock.target, fields[2]), files)
    # Two runs may clear the same lock: the one that came first has made a new one by now.
    if _content(lock.path) == note:
        remove_quietly(lock.path, files)


def _settled_note(path: Path) -> bytes | None:
    """What a lock file says, once its maker has had time to say it; None when it has gone."""
    deadline = time.monotonic() + _PATIENCE
    while (note := _content(path)) is not None and note.count(b"\n") < 3:
        if time.monotonic() > deadline:
            return note
        time.sleep(0.02)
    return note


def _in_use(path: Path, *, host: str, pid: int) -> bool:
    """Whether the holder of a lock may still be writing."""
    if host == socket.gethostname():
        return _alive(pid)
    # A process of another machine cannot be asked; a write takes seconds.
    try:
        return time.time() - path.stat().st_mtime < _FOREIGN_AGE
    except OSError:
        return True


def _alive(pid: int) -> bool:
    if sys.platform == "win32":
        # There `os.kill(pid, 0)` would end the process.
        return windows.is_running(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
