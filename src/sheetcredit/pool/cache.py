"""What was read once is kept, so that an unchanged workbook is not read again.

A workbook is known by its bytes, whatever it is called and wherever it lies. What is kept holds for one
version of the program and one set of rules and catalogues; anything else lies in a folder of its own. One
file holds what came of one chunk: msgpack and Arrow, with a digest over all of it. A file that is damaged,
or not of our making, is as good as none.
"""

from __future__ import annotations

import os
import shutil
import struct
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b, sha256
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sheetcredit._version import __version__
from sheetcredit.pool.cache_folder import SUFFIX, default_folder
from sheetcredit.xlsx.atomic_write import put

if TYPE_CHECKING:
    from sheetcredit.pool.chunks import Found, Rows, Sent
    from sheetcredit.rulebook import Rulebook

_MARK = b"sheetcredit/kept/2\n"
_HEAD = struct.Struct("<16sI")  # digest of all that follows it, length of the list of workbooks
_MOST_BYTES = 2_000_000_000
_IDLE_DAYS = 120
_DAMAGED = (OSError, struct.error, msgspec.DecodeError, ValueError, TypeError, LookupError)


class _Body(msgspec.Struct):
    """The workbooks of a chunk, and their stacked frames as Arrow streams."""

    found: list[dict[str, object]]
    frames: dict[str, bytes]


class Kept:
    """What one version of the program made of workbooks by one set of rules."""

    def __init__(self, rulebook: Rulebook, folder: Path | None = None) -> None:
        root = folder or default_folder()
        tidy(root)
        self.folder = root / _setting(rulebook)
        self._files: dict[str, Path] = {}
        for path in sorted(self.folder.glob(f"*{SUFFIX}")) if self.folder.is_dir() else ():
            self._files.update(dict.fromkeys(_listed(path), path))

    def known(self, paths: Iterable[str]) -> dict[str, tuple[Found, Rows]]:
        """By path, what is kept of the workbooks that lie there now."""
        if not self._files:
            return {}
        wanted: dict[Path, dict[str, list[str]]] = {}
        for path in paths:
            digest = _digest(path)
            if digest in self._files:
                wanted.setdefault(self._files[digest], {}).setdefault(digest, []).append(path)
        return {
            path: read
            for file, digests in wanted.items()
            for path, read in _read(file, digests)
        }  # fmt: skip

    def keep(self, sent: Sent) -> None:
        """Keep what was read without error; that it cannot be kept is nobody's trouble."""
        with suppress(OSError, TypeError, UnicodeEncodeError):
            found = [_plain(one) for one in sent.found]
            if not any(one["whole"] for one in found):
                return
            listed = msgspec.msgpack.encode([one["digest"] if one["whole"] else "" for one in found])
            body = msgspec.msgpack.encode(_Body(found, dict(sent.frames)))
            digest = _digest_of(listed, body)
            data = b"".join((_MARK, _HEAD.pack(digest, len(listed)), listed, body))
            put(self.folder / f"{digest.hex()}{SUFFIX}", data, lasting=False)


def tidy(root: Path, now: float | None = None) -> None:
    """Remove what nobody has needed for months, and the oldest beyond a limit."""
    present = now or time.time()
    with suppress(OSError):
        dated = sorted(
            (
                (stat.st_mtime, stat.st_size, path)
                for path in root.glob(f"*/*{SUFFIX}")
                if (stat := path.stat())
            ),
            reverse=True,
        )
        size = 0
        for changed, bytes_of, path in dated:
            size += bytes_of
            if size > _MOST_BYTES or present - changed > _IDLE_DAYS * 86_400:
                path.unlink(missing_ok=True)
        for setting in root.iterdir():
            if setting.is_dir() and not any(setting.iterdir()):
                shutil.rmtree(setting, ignore_errors=True)


def _setting(rulebook: Rulebook) -> str:
    """What the outcome depends on beside the workbook: the program, and all that is in the rulebook."""
    from importlib.metadata import version  # noqa: PLC0415

    told = rulebook.catalogues
    rules = (rulebook.office, rulebook.rules, told.entries, told.limits, told.nation is None, told.own.lists)
    digest = blake2b(
        msgspec.msgpack.encode((__version__, version("polars"), _sources(), rules)), digest_size=10
    )
    return digest.hexdigest()


def _sources() -> list[tuple[str, int, int]]:
    """The program's own files with size and time: whoever works on it has no version that changes."""
    package = Path(__file__).resolve().parent.parent
    stats = ((path.relative_to(package).as_posix(), path.stat()) for path in package.rglob("*.py"))
    return sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)


def _digest_of(*pieces: bytes | memoryview) -> bytes:
    whole = sha256()  # which processors know by heart
    for piece in pieces:
        whole.update(piece)
    return whole.digest()[:16]


def _digest(path: str) -> str:
    if "://" in path:
        return ""  # it would have to be fetched to be known
    with suppress(OSError):
        return sha256(Path(path).read_bytes()).hexdigest()
    return ""


def _plain(found: Found) -> dict[str, object]:
    from sheetcredit.archive.plain_values import plain  # noqa: PLC0415

    return {
        "digest": found.digest,
        "whole": bool(found.digest) and found.error is None and found.dated,
        "kind": found.kind,
        "report": plain(found.report),
        "info": plain(found.info),
        "layout": plain(found.layout),
        "rows": dict(found.rows),
        "previous": found.previous,
    }


def _listed(path: Path) -> Sequence[str]:
    """The workbooks that a file holds; none if it is not ours."""
    try:
        with path.open("rb") as file:
            if file.read(len(_MARK)) != _MARK:
                return ()
            _, length = _HEAD.unpack(file.read(_HEAD.size))
            return [each for each in msgspec.msgpack.decode(file.read(length), type=list[str]) if each]
    except (OSError, struct.error, msgspec.DecodeError):
        return ()


def _read(file: Path, digests: Mapping[str, Sequence[str]]) -> Iterable[tuple[str, tuple[Found, Rows]]]:
    from polars.exceptions import PolarsError  # noqa: PLC0415

    try:
        data = file.read_bytes()
        digest, length = _HEAD.unpack_from(data, len(_MARK))
        start = len(_MARK) + _HEAD.size
        if _digest_of(memoryview(data)[start:]) != digest:
            return []
        body = msgspec.msgpack.decode(memoryview(data)[start + length :], type=_Body)
        read = list(_unpacked(body, digests))
        os.utime(file)  # it was of use: `tidy` lets it stay
    except (*_DAMAGED, PolarsError):
        return []
    return read


def _unpacked(body: _Body, digests: Mapping[str, Sequence[str]]) -> Iterable[tuple[str, tuple[Found, Rows]]]:
    from sheetcredit.archive.plain_values import restored  # noqa: PLC0415
    from sheetcredit.pool.chunks import Found, unpacked  # noqa: PLC0415 - loads polars

    heights = [msgspec.convert(one["rows"], dict[str, int]) for one in body.found]
    rows = unpacked(body.frames, (("", own) for own in heights))
    for one, own, cut in zip(body.found, heights, rows, strict=True):
        digest = str(one["digest"])
        for path in digests.get(digest, ()) if one["whole"] else ():
            found = Found(
                path=path, digest=digest, kind=msgspec.convert(one["kind"], str | None),
                report=restored(one["report"], path), info=restored(one["info"], path),
                layout=restored(one["layout"], path), rows=own, previous=str(one["previous"]),
            )  # fmt: skip
            yield path, (found, cut.lying_at(path))
