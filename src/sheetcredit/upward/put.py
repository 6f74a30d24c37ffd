"""Putting a file in its place at once: readers see the old one or the new one, never half of it."""

from __future__ import annotations

import secrets
from pathlib import Path

from sheetcredit.workbook.files import REAL_FILES, FileOps, remove_quietly, write_all

UNFINISHED = ".sheetcredit-new"


def put(path: Path, data: bytes, *, lasting: bool = True, files: FileOps = REAL_FILES) -> None:
    """Write `data` to `path`, making its folder; `lasting` waits until a power cut would spare it.

    Raises:
        OSError: it could not be written; what was there is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}{UNFINISHED}")
    try:
        handle = files.create(temporary, 0o666)
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
