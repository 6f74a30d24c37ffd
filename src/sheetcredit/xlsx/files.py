"""The file operations that saving uses, as one small seam, and what their failures are called."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from sheetcredit import windows
from sheetcredit.model.errors import CannotRead, CannotWrite, FileLocked, SheetcreditError

Result = TypeVar("Result")

ON_WINDOWS = sys.platform == "win32"

Cause = Literal["full", "gone", "denied", "held", "long", "network", "name", "folder", "other"]

_BY_ERRNO: dict[Cause, set[int]] = {
    "full": {errno.ENOSPC, errno.EDQUOT, errno.EFBIG},
    "gone": {errno.ENOENT, errno.ENOTDIR, errno.ESTALE, errno.ENODEV, errno.EHOSTDOWN, errno.ENOTCONN},
    "denied": {errno.EACCES, errno.EPERM, errno.EROFS},
    "long": {errno.ENAMETOOLONG},
    "folder": {errno.EISDIR},
}
# Windows' own numbers (winerror.h): its errno says EACCES and ENOENT of very different things.
_BY_WINDOWS: dict[Cause, set[int]] = {
    "full": {39, 112, 1295},
    "gone": {2, 3, 15, 21},
    "denied": {5, 19, 65},
    "held": {32, 33, 1224},
    "long": {111, 206, 234},
    "network": {51, 53, 54, 55, 59, 64, 67, 121, 1203, 1222, 1231, 1232, 2250},
    "name": {123, 161},
}
_LONGEST_NAME = 255
"""Characters of a file's name on Windows, whatever folder it is in."""


def cause_of(problem: OSError) -> Cause:
    """What a failed operation on the disk failed for."""
    number = getattr(problem, "winerror", None)
    if sys.platform == "win32" and problem.filename is not None:
        if any(len(part) > _LONGEST_NAME for part in Path(str(problem.filename)).parts):
            return "long"  # it says that there is no such file
        if number is None:  # what opens files for Python keeps the number to itself
            number = windows.error_of_opening(windows.without_limit(str(problem.filename)))
    table, key = (_BY_WINDOWS, number) if number else (_BY_ERRNO, problem.errno)
    return next((cause for cause, numbers in table.items() if key in numbers), "other")


def unlimited(path: Path) -> Path:
    """A long path in the form for which Windows has no limit; any other as it is."""
    if sys.platform == "win32":
        return Path(windows.without_limit(str(path)))
    return path


def real_path(path: Path, *, strict: bool = False) -> Path:
    """The path with links followed; `strict`: it must be there.

    Raises:
        OSError: it is not there, or cannot be looked at.
        RuntimeError: links lead in a circle.
    """
    longer = unlimited(path)
    if longer == path:
        return unlimited(path.resolve(strict=strict))
    if strict:
        longer.stat()  # Windows follows no links in such a form
    return longer


_PATIENCE = 2.0
"""Seconds in which a virus scanner or OneDrive has to let go of a file that it looks at."""
_PATIENCE_WITH_LITTER = 15.0
"""The same where a file of ours would be left behind: better late than that."""


def _patiently(operation: Callable[[], Result], patience: float = _PATIENCE) -> Result:
    """Do it; on Windows again and again while somebody holds the file for a moment."""
    deadline = time.monotonic() + patience
    pause = 0.01
    while True:
        try:
            return operation()
        except PermissionError as problem:
            if not ON_WINDOWS or time.monotonic() > deadline or cause_of(problem) not in ("denied", "held"):
                raise
        time.sleep(pause)
        pause = min(2 * pause, 0.1)


def _read(path: Path) -> bytes:
    return _patiently(unlimited(path).read_bytes)


def _create(path: Path, mode: int) -> int:
    """Open a new file for writing, its mode limited by the umask; fails if the name is taken."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return _patiently(lambda: os.open(unlimited(path), flags, mode))


def _stat(path: Path) -> os.stat_result:
    return unlimited(path).stat()


def _keep_mode(path: Path, like: os.stat_result) -> None:
    unlimited(path).chmod(stat.S_IMODE(like.st_mode))


def _keep_owner(path: Path, like: os.stat_result) -> None:
    """Give the file to the owner of the old one; only an administrator always may."""
    if hasattr(os, "chown"):
        now = path.stat()
        if (now.st_uid, now.st_gid) != (like.st_uid, like.st_gid):
            os.chown(path, like.st_uid, like.st_gid)


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut; Windows has no such call and needs none."""
    if ON_WINDOWS:
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _replace(source: Path, target: Path) -> None:
    _patiently(lambda: os.replace(unlimited(source), unlimited(target)))  # noqa: PTH105 - as tests put in


def _unlink(path: Path) -> None:
    """Remove a file of ours; on Windows one that was marked read-only, too."""
    _patiently(lambda: _unlink_once(unlimited(path)))


def _unlink_once(path: Path) -> None:
    if ON_WINDOWS and is_marked_read_only(path.stat()):
        path.chmod(stat.S_IWRITE)
    path.unlink()


@dataclass(frozen=True, slots=True)
class FileOps:
    """Every operation on the disk that saving does; tests replace one to make it fail."""

    read: Callable[[Path], bytes] = _read
    create: Callable[[Path, int], int] = _create
    write: Callable[[int, bytes], int] = os.write
    sync: Callable[[int], None] = os.fsync
    close: Callable[[int], None] = os.close
    stat: Callable[[Path], os.stat_result] = _stat
    keep_mode: Callable[[Path, os.stat_result], None] = _keep_mode
    keep_owner: Callable[[Path, os.stat_result], None] = _keep_owner
    replace: Callable[[Path, Path], None] = _replace
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
    """Remove a file of ours if it is there. A failure is retried past the seam, and for longer: no litter."""
    try:
        files.unlink(path)
    except FileNotFoundError:
        return
    except OSError as problem:
        patience = _PATIENCE_WITH_LITTER if cause_of(problem) == "held" else _PATIENCE
        with suppress(OSError):
            _patiently(lambda: _unlink_once(unlimited(path)), patience)


def reading_failed(path: Path, problem: OSError) -> SheetcreditError:
    """What to tell when a file cannot be read."""
    cause = cause_of(problem)
    if cause == "long":
        return CannotRead("E-LONG-NAME", path=path)
    if cause == "network":
        return CannotRead("E-NETWORK", path=path)
    if cause == "name":  # a pattern that fitted nothing, or what can be no name
        return CannotRead("E-MISSING" if set("*?") & set(path.name) else "E-BAD-NAME", path=path)
    if cause == "held":
        return CannotRead("E-HELD", path=path)
    if path.is_symlink() and not path.exists():
        return CannotRead("E-LINK", path=path)
    if problem.errno == errno.ENOENT:
        return CannotRead("E-MISSING" if path.parent.is_dir() else "E-GONE", path=path, folder=path.parent)
    if cause == "folder" or path.is_dir():
        return CannotRead("E-NOT-A-FILE", path=path)
    if cause == "denied":
        return CannotRead("E-PERMISSION", path=path)
    return CannotRead("E-DEVICE", path=path, reason=problem.strerror or str(problem))


def writing_failed(path: Path, problem: OSError) -> SheetcreditError:
    """What to tell when a file or the names beside it cannot be written."""
    folder = path.parent
    cause = cause_of(problem)
    if cause == "long":
        return CannotWrite("E-LONG-NAME", path=path)
    if cause == "network":
        return CannotWrite("E-NETWORK", path=path)
    if cause == "name":
        return CannotWrite("E-BAD-NAME", path=path)
    if cause == "full":
        return CannotWrite("E-NO-SPACE", path=path)
    if cause == "gone":
        return CannotWrite("E-GONE", path=path, folder=folder)
    if cause == "held":
        return FileLocked("E-LOCKED", path=path, by="")
    if cause == "denied":
        return _denied(path)
    return CannotWrite("E-WRITE", path=path, reason=problem.strerror or str(problem))


def _denied(path: Path) -> SheetcreditError:
    """Access denied: Windows says so of a file that is open elsewhere, or marked read-only, as well."""
    if sys.platform == "win32" and path.exists():
        if is_marked_read_only(path.stat()):
            return CannotWrite("E-READ-ONLY-FILE", path=path)
        if not windows.may_be_replaced(str(unlimited(path))):
            return FileLocked("E-LOCKED", path=path, by="")
    return CannotWrite("E-READ-ONLY-FOLDER", path=path, folder=path.parent)


def is_marked_read_only(found: os.stat_result) -> bool:
    """Whether Windows' mark of a file forbids to write it; elsewhere only the folder's rights count."""
    marks = getattr(found, "st_file_attributes", 0)
    return bool(marks & stat.FILE_ATTRIBUTE_READONLY)
