"""A cache of reports, so that an unchanged workbook is not read again.

A workbook is known by its bytes, whatever it is called and wherever it lies. An entry holds for one version
of the program and one set of rules and catalogues; any other has a folder of its own. One file holds the
result of one chunk: a mark, a digest over all that follows, the list of its workbooks, and the body in
msgpack and Arrow. A file that is damaged, or not of our making, counts as absent; nothing in it is code.
"""

from __future__ import annotations

import os
import shutil
import struct
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import msgspec
from polars.exceptions import PolarsError

from sheetcredit._version import __version__
from sheetcredit.archive.plain_values import plain, restored
from sheetcredit.folders import cache_folder
from sheetcredit.outcome import Gathered
from sheetcredit.pool.chunks import ChunkResult, FileResult, split_by_file
from sheetcredit.rulebook import Rulebook
from sheetcredit.template.mapping import kept_mappings, lies_beside
from sheetcredit.xlsx.atomic_write import put

_SUFFIX = ".kept"
_MARK = b"sheetcredit/kept/3\n"
_HEAD = struct.Struct("<32sI")  # the digest; the length of the list of workbooks
_MOST_BYTES = 2_000_000_000
_IDLE_DAYS = 120
_DAMAGED = (OSError, struct.error, msgspec.DecodeError, ValueError, TypeError, LookupError, PolarsError)


class _Body(msgspec.Struct):
    """The files of a chunk as plain values, and their stacked frames as Arrow streams."""

    files: list[dict[str, object]]
    frames: dict[str, bytes]


class ResultCache:
    """What one version of the program found in workbooks by one set of rules."""

    def __init__(self, rulebook: Rulebook, folder: Path | None = None) -> None:
        root = folder or cache_folder() / "read"
        tidy(root)
        self.folder = root / _setting(rulebook)
        self._files: dict[str, Path] = {}  # by digest of a workbook
        for path in sorted(self.folder.glob(f"*{_SUFFIX}")) if self.folder.is_dir() else ():
            self._files.update(dict.fromkeys(_listed(path), path))

    def lookup(self, paths: Iterable[str]) -> dict[str, tuple[Gathered, str]]:
        """By path, what is cached of the workbooks that lie there now.

        With it comes the digest of the archived submission that each was compared with.
        """
        wanted: dict[Path, dict[str, list[str]]] = {}
        for path in paths if self._files else ():
            digest = _digest_of(path)
            if digest in self._files and not lies_beside(path):
                wanted.setdefault(self._files[digest], {}).setdefault(digest, []).append(path)
        return {
            file.path: (file, previous)
            for cached, digests in wanted.items()
            for file, previous in _read(cached, digests)
        }

    def store(self, chunk: ChunkResult) -> None:
        """Add what can be cached. Cache-write failures are ignored: the next run reads the workbook again."""
        if not any(one.cacheable for one in chunk.files):
            return
        with suppress(OSError, TypeError, UnicodeEncodeError):
            listed = msgspec.msgpack.encode([one.file.digest for one in chunk.files if one.cacheable])
            body = msgspec.msgpack.encode(_Body([_plain(one) for one in chunk.files], dict(chunk.frames)))
            digest = sha256(listed + body)
            data = b"".join((_MARK, _HEAD.pack(digest.digest(), len(listed)), listed, body))
            put(self.folder / f"{digest.hexdigest()[:32]}{_SUFFIX}", data, lasting=False)


def tidy(root: Path, now: float | None = None) -> None:
    """Remove what has not been used for months, and the oldest beyond a limit."""
    present = now or time.time()
    with suppress(OSError):
        files = [(path.stat(), path) for path in root.glob(f"*/*{_SUFFIX}")]
        size = 0
        for stat, path in sorted(files, key=lambda file: file[0].st_mtime, reverse=True):
            size += stat.st_size
            if size > _MOST_BYTES or present - stat.st_mtime > _IDLE_DAYS * 86_400:
                path.unlink(missing_ok=True)
        for setting in root.iterdir():
            if setting.is_dir() and not any(setting.iterdir()):
                shutil.rmtree(setting, ignore_errors=True)


def _setting(rulebook: Rulebook) -> str:
    """What a report depends on beside the workbook: the program, and all that is in the rulebook."""
    known = rulebook.catalogues
    rules = (
        rulebook.office,
        rulebook.rules,
        known.entries,
        known.limits,
        known.nation is None,
        known.own.lists,
    )
    depends = (__version__, version("polars"), _sources(), rules, kept_mappings())
    return sha256(msgspec.msgpack.encode(depends)).hexdigest()[:20]


def _sources() -> list[tuple[str, int, int]]:
    """The program's own files with size and time: while it is worked on, the version does not change."""
    package = Path(__file__).resolve().parent.parent
    stats = ((path.relative_to(package).as_posix(), path.stat()) for path in package.rglob("*.py"))
    return sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)


def _digest_of(path: str) -> str:
    """The digest of a file; empty where it cannot be read, or would have to be fetched."""
    if "://" not in path:
        with suppress(OSError):
            return sha256(Path(path).read_bytes()).hexdigest()
    return ""


def _listed(path: Path) -> Sequence[str]:
    """The workbooks that a file holds; none if it is not ours."""
    try:
        with path.open("rb") as file:
            if file.read(len(_MARK)) != _MARK:
                return ()
            _, length = _HEAD.unpack(file.read(_HEAD.size))
            return msgspec.msgpack.decode(file.read(length), type=list[str])
    except _DAMAGED:
        return ()


def _read(cached: Path, digests: Mapping[str, Sequence[str]]) -> list[tuple[Gathered, str]]:
    """What a file of the cache holds of these workbooks, each under the paths where it lies now."""
    try:
        data = cached.read_bytes()
        digest, length = _HEAD.unpack_from(data, len(_MARK))
        content = memoryview(data)[len(_MARK) + _HEAD.size :]
        if sha256(content).digest() != digest:
            return []
        body = msgspec.msgpack.decode(content[length:], type=_Body)
        found = list(_restored(body, digests))
        os.utime(cached)  # it was of use: `tidy` lets it stay
    except _DAMAGED:
        return []
    return found


def _plain(one: FileResult) -> dict[str, object]:
    file = one.file
    return {
        "digest": file.digest if one.cacheable else "", "kind": file.kind, "report": plain(file.report),
        "info": plain(file.info), "layout": plain(file.layout), "seal": plain(file.seal),
        "heights": dict(one.heights), "previous": one.previous,
    }  # fmt: skip


def _restored(body: _Body, digests: Mapping[str, Sequence[str]]) -> Iterator[tuple[Gathered, str]]:
    heights = [msgspec.convert(one["heights"], dict[str, int]) for one in body.files]
    for one, rows in zip(body.files, split_by_file(body.frames, heights), strict=True):
        digest = str(one["digest"])
        for path in digests.get(digest, ()):
            file = Gathered(
                path, digest=digest, kind=msgspec.convert(one["kind"], str | None),
                report=restored(one["report"], path), info=restored(one["info"], path),
                layout=restored(one["layout"], path), seal=restored(one["seal"], path), rows=rows,
            )  # fmt: skip
            yield file, str(one["previous"])
