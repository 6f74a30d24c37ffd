"""Replacing a file safely: readers see the old bytes or the new ones, never half of them.

The order: read → change → lock → temporary file in the same folder → sync → read it back → is the source
still what was read? → rename → sync the folder → unlock. A change that is refused never touches the folder,
and of two runs that read the same file the second to write learns that it changed.
"""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from sheetcredit.model.errors import BadUsage, CannotRead, CannotWrite, ChangedMeanwhile
from sheetcredit.xlsx.files import (
    REAL_FILES,
    FileOps,
    is_marked_read_only,
    reading_failed,
    real_path,
    remove_quietly,
    unlimited,
    write_all,
    writing_failed,
)
from sheetcredit.xlsx.locks import Lock, lock_path, locked, refuse_open_elsewhere

__all__ = ["REAL_FILES", "FileOps", "destinations", "make_folder", "put", "rewrite", "write_new"]

UNFINISHED = ".sheetcredit-new"
"""How the names of files end that a write has not finished."""
_NEW_FILE_MODE = 0o666


def rewrite(
    source: Path,
    change: Callable[[bytes], bytes],
    *,
    out: Path | None = None,
    files: FileOps = REAL_FILES,
) -> Path:
    """Put `change(bytes of source)` in the place of the source, or into `out`; returns where it is.

    Symbolic links are followed to the real file. If nothing changes, nothing is written in place. Whatever
    `change` raises leaves everything as it was. Raises `CannotRead` and `CannotWrite` (`FileLocked`,
    `ChangedMeanwhile`) with a code for each cause.
    """
    real = _real_file(source)
    target = real if out is None else _real_target(out)
    in_place = target == real
    refuse_open_elsewhere(target)
    if not in_place:
        data = change(_read(real, source, files))
        _store(target, data, None, files)
        return out or source
    before = _read(real, source, files)
    data = change(before)
    if data != before:
        _store(target, data, sha256(before).digest(), files)
    elif lock_path(target).exists():
        # Nothing to write, but a run that died may have left its lock: taking it clears it away.
        with suppress(CannotWrite), locked(target, files):
            pass
    return source if out is None else out


def write_new(target: Path, data: bytes, *, files: FileOps = REAL_FILES) -> Path:
    """Write bytes to a file as safely, whether it exists or not; returns where it is."""
    real = _real_target(target)
    refuse_open_elsewhere(real)
    _store(real, data, None, files)
    return target


def _real_file(source: Path) -> Path:
    try:
        real = real_path(source, strict=True)
    except OSError as problem:
        raise reading_failed(source, problem) from None
    except RuntimeError:
        raise CannotRead("E-LINK", path=source) from None
    if not real.is_file():
        raise CannotRead("E-NOT-A-FILE", path=source)
    return real


def _real_target(out: Path) -> Path:
    try:
        real = real_path(out)
        if real.is_dir():
            raise CannotWrite("E-NOT-WRITABLE-PLACE", path=out)
        if not real.parent.is_dir():
            raise CannotWrite("E-GONE", path=out, folder=real.parent)
    except RuntimeError:
        raise CannotWrite("E-LINK", path=out) from None
    except OSError as problem:
        raise writing_failed(out, problem) from problem
    return real


def _read(real: Path, shown: Path, files: FileOps) -> bytes:
    try:
        return files.read(real)
    except OSError as problem:
        raise reading_failed(shown, problem) from problem


def _store(target: Path, data: bytes, expected: bytes | None, files: FileOps) -> None:
    """Write and rename under the lock. `expected` is the hash of what is being replaced, if it matters."""
    with locked(target, files) as lock:
        try:
            old = _stat(target, files)
            if old is not None and is_marked_read_only(old):
                raise CannotWrite("E-READ-ONLY-FILE", path=target)
            _write_temporary(lock, data, _NEW_FILE_MODE if old is None else 0o600, files)
            if old is not None:
                _keep_attributes(lock, old, files)
            refuse_open_elsewhere(target)
            if expected is not None:
                _refuse_changed(target, expected, files)
            if not lock.held(files):
                raise ChangedMeanwhile("E-CHANGED", path=target)
            files.replace(lock.temporary, target)
        except OSError as problem:
            raise writing_failed(target, problem) from problem
        finally:
            remove_quietly(lock.temporary, files)
        # The new file is in place: a folder that cannot be synced is no reason to say it is not.
        with suppress(OSError):
            files.sync_folder(target.parent)


def _write_temporary(lock: Lock, data: bytes, mode: int, files: FileOps) -> None:
    handle = files.create(lock.temporary, mode)
    try:
        write_all(handle, data, files)
        files.sync(handle)
    except BaseException:
        with suppress(OSError):
            files.close(handle)
        raise
    files.close(handle)
    if files.read(lock.temporary) != data:
        raise CannotWrite("E-VERIFY", path=lock.target)


def _stat(target: Path, files: FileOps) -> os.stat_result | None:
    try:
        return files.stat(target)
    except FileNotFoundError:
        return None


def _keep_attributes(lock: Lock, old: os.stat_result, files: FileOps) -> None:
    """Give the new file the owner and the mode of the one it replaces."""
    # Ownership first: changing it may clear bits of the mode. Only an administrator can always keep it.
    with suppress(PermissionError):
        files.keep_owner(lock.temporary, old)
    files.keep_mode(lock.temporary, old)


def _refuse_changed(target: Path, expected: bytes, files: FileOps) -> None:
    try:
        now = files.read(target)
    except FileNotFoundError:
        raise ChangedMeanwhile("E-CHANGED", path=target) from None
    if sha256(now).digest() != expected:
        raise ChangedMeanwhile("E-CHANGED", path=target)


def put(
    path: Path, data: bytes, *, lasting: bool = True, mode: int = _NEW_FILE_MODE, files: FileOps = REAL_FILES
) -> None:
    """Write `data` to `path`, making its folder; `lasting` waits until a power cut would spare it.

    Raises:
        OSError: it could not be written; what was there is untouched.
    """
    path = unlimited(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}{UNFINISHED}")
    try:
        handle = files.create(temporary, mode)
        try:
            write_all(handle, data, files)
            if lasting:
                files.sync(handle)
        finally:
            files.close(handle)
        files.replace(temporary, path)
    except BaseException:
        remove_quietly(temporary, files)
        raise
    if lasting:
        files.sync_folder(path.parent)


def destinations(files: Sequence[Path], out: Path | None) -> Mapping[Path, Path | None]:
    """The target of each file; None means in place.

    Raises:
        BadUsage: several files but `out` is a file, two of them would be written to one place, or a
            result would replace an input although it was asked for elsewhere.
    """
    if out is None:
        return dict.fromkeys(files)
    alone = len(files) == 1 and not out.is_dir()
    targets: dict[Path, Path | None] = {files[0]: out} if alone else _in_folder(files, out)
    inputs = {file.resolve() for file in files}
    for target in targets.values():
        if target is not None and target.resolve() in inputs:
            raise BadUsage("E-OUT-IS-INPUT", path=target)
    return targets


def _in_folder(files: Sequence[Path], out: Path) -> dict[Path, Path | None]:
    if out.exists() and not out.is_dir():
        raise BadUsage("E-OUT-NOT-FOLDER", path=out)
    if not out.exists() and out.suffix:
        raise BadUsage("E-OUT-NOT-FOLDER", path=out)
    names = Counter(file.name for file in files)
    for name, times in names.items():
        if times > 1:
            raise BadUsage("E-SAME-OUTPUT", path=out / name)
    return {file: out / file.name for file in files}


def make_folder(target: Path | None) -> None:
    """Make the folder that a result goes to, when it was named with -o and is not there yet."""
    if target is not None and target.parent != Path():
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotWrite("E-WRITE", path=target.parent, reason=error.strerror) from error
