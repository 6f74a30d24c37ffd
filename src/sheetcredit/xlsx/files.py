"""The file operations that saving uses, as one small seam, and what their failures are called."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sheetcredit.model.errors import CannotRead, CannotWrite, FileLocked, SheetcreditError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_GONE = {errno.ENOENT, errno.ENOTDIR, errno.ESTALE, errno.ENODEV, errno.EHOSTDOWN, errno.ENOTCONN}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}


def _read(path: Path) -> bytes:
    return path.read_bytes()


def _create(path: Path, mode: int) -> int:
    """Open a new file for writing, its mode limited by the umask; fails if the name is taken."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)


def _keep_mode(path: Path, like: os.stat_result) -> None:
    path.chmod(stat.S_IMODE(like.st_mode))


def _keep_owner(path: Path, like: os.stat_result) -> None:
    """Give the file to the owner of the old one; only an administrator always may."""
    if hasattr(os, "chown"):
        now = path.stat()
        if (now.st_uid, now.st_gid) != (like.st_uid, like.st_gid):
            os.chown(path, like.st_uid, like.st_gid)


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unlink(path: Path) -> None:
    path.unlink()


@dataclass(frozen=True, slots=True)
class FileOps:
    """Every operation on the disk that saving does; tests replace one to make it fail."""

    read: Callable[[Path], bytes] = _read
    create: Callable[[Path, int], int] = _create
    write: Callable[[int, bytes], int] = os.write
    sync: Callable[[int], None] = os.fsync
    close: Callable[[int], None] = os.close
    stat: Callable[[Path], os.stat_result] = os.stat
    keep_mode: Callable[[Path, os.stat_result], None] = _keep_mode
    keep_owner: Callable[[Path, os.stat_result], None] = _keep_owner
    replace: Callable[[Path, Path], None] = os.replace
    unlink: Callable[[Path], None] = _unlink
    sync_folder: Callable[[Path], None] = _sync_folder


REAL_FILES = FileOps()


def write_all(handle: int, data: bytes, files: FileOps) -> None:
    """Write every byte: an operating system may take fewer at once than it is given."""
    view = memoryview(data)
    while view:
        count = files.write(handle, bytes(view[: 1 << 24]))
        if count <= 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        view = view[count:]


def remove_quietly(path: Path, files: FileOps) -> None:
    """Remove a file of ours if it is there. A failure is retried past the seam: no litter."""
    try:
        files.unlink(path)
    except FileNotFoundError:
        return
    except OSError:
        with suppress(OSError):
            path.unlink()


def reading_failed(path: Path, problem: OSError) -> SheetcreditError:
    """What to tell when a file cannot be read."""
    if problem.errno == errno.ENAMETOOLONG:
        return CannotRead("E-LONG-NAME", path=path)
    if path.is_symlink() and not path.exists():
        return CannotRead("E-LINK", path=path)
    if problem.errno == errno.ENOENT:
        return CannotRead("E-MISSING" if path.parent.is_dir() else "E-GONE", path=path, folder=path.parent)
    if problem.errno == errno.EISDIR or path.is_dir():
        return CannotRead("E-NOT-A-FILE", path=path)
    if problem.errno in _DENIED:
        return CannotRead("E-PERMISSION", path=path)
    return CannotRead("E-DEVICE", path=path, reason=problem.strerror or str(problem))


def writing_failed(path: Path, problem: OSError) -> SheetcreditError:
    """What to tell when a file or the names beside it cannot be written."""
    folder = path.parent
    if problem.errno == errno.ENAMETOOLONG:
        return CannotWrite("E-LONG-NAME", path=path)
    if problem.errno in _FULL:
        return CannotWrite("E-NO-SPACE", path=path)
    if problem.errno in _GONE:
        return CannotWrite("E-GONE", path=path, folder=folder)
    if problem.errno in _DENIED:
        if os.name == "nt" and os.access(folder, os.W_OK):
            # Windows refuses to replace a file that another program holds open.
            return FileLocked("E-LOCKED", path=path, by="")
        return CannotWrite("E-READ-ONLY-FOLDER", path=path, folder=folder)
    return CannotWrite("E-WRITE", path=path, reason=problem.strerror or str(problem))
