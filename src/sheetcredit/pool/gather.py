"""Any number of workbooks read and checked: the work of a branch, or of a nation.

Files go to workers in chunks; a worker stacks the same sheet of all its workbooks into one frame, and checks
it once (`chunks`). The result is in the order of the candidates, and the same however the work was spread.

No file stops another. A file that cannot be read has its error as a value. A worker that dies takes nothing
along: what was not finished is done again by fresh workers, and what is still not finished then goes file by
file, so that a file which kills whoever reads it ends as one error of its own. Where no process can be
started at all, the work is done in this one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sheetcredit.archive.read import ArchiveSnapshot
from sheetcredit.model.errors import BadUsage
from sheetcredit.outcome import Gathered
from sheetcredit.pool.cache import ResultCache
from sheetcredit.pool.chunks import (
    Chunk,
    ChunkResult,
    SerializedRulebook,
    chunk_failed,
    read_chunk,
    read_files,
)
from sheetcredit.pool.workers import processes, sigint_deferred
from sheetcredit.rulebook import Rulebook

_URL = re.compile(r"([a-z][a-z0-9+.-]+):/(.*)", re.DOTALL)  # two letters at least: no drive of Windows
_ROOTED = ("file", "local")
_LEAST_FILES, _MOST_FILES = 12, 72
_CLUSTER_SIZE = 8
"""Assumed number of workers of an executor, which does not report it."""
_ATTEMPTS = 2


class Incoming(Protocol):
    """A file that came in; `intake.candidates.Candidate` is one."""

    @property
    def path(self) -> Path | str:
        """Where it lies: a path, or an address that fsspec opens (`s3://…`)."""

    @property
    def origin(self) -> str:
        """Where it came from, as people say it."""

    @property
    def received(self) -> datetime | None:
        """When it came, if that is known."""


class Stopped(KeyboardInterrupt):
    """Ctrl+C: nothing is half-written, and what was read until then is in the cache if there is one."""

    def __init__(self, done: int, total: int) -> None:
        self.done = done
        self.total = total
        super().__init__(done, total)


Progress = Callable[[int, int], None]
"""Called with how many files are done, and of how many."""


def gather(
    candidates: Iterable[Incoming],
    rulebook: Rulebook,
    *,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    cache: ResultCache | None = None,
    archive: Path | None = None,
) -> list[Gathered]:
    """Every candidate read and checked, in their order; the same path twice is read once.

    The work is spread over `executor` if one is given (`workers.cluster` is one), otherwise over `workers`
    processes of this machine: as many as it has cores unless told. A single file is read in this process, and
    so are all of them where `workers` is 1. What the `cache` holds is not read again, and what is read is
    added to it chunk by chunk. With an `archive` each report is compared with the previous one of its office.

    Raises:
        Stopped: Ctrl+C.
        BadUsage: the executor's workers have no sheetcredit.
    """
    incoming = list(candidates)
    paths = list(dict.fromkeys(address_of(one.path) for one in incoming))
    snapshot = ArchiveSnapshot.at(archive) if archive else None
    read: dict[str, Gathered] = {}
    try:
        if cache:
            cached = cache.lookup(paths)
            read.update((path, file) for path, (file, previous) in cached.items()
                        if previous == _digest_of_others(file, snapshot))  # fmt: skip
        left = [path for path in paths if path not in read]
        with closing(_results(left, rulebook, snapshot, workers, executor)) as results:
            for chunk in results:
                if cache:
                    cache.store(chunk)
                read.update((file.path, file) for file in chunk.gathered())
                if progress:
                    progress(len(read), len(paths))
    except KeyboardInterrupt:
        raise Stopped(len(read), len(paths)) from None
    return [replace(read[address_of(one.path)], origin=one.origin, received=one.received) for one in incoming]


def address_of(path: Path | str) -> str:
    """The path as text; an address gets back the slashes that a `Path` has left out."""
    text = str(path)
    match = None if "://" in text else _URL.fullmatch(text.replace(os.sep, "/"))
    if match is None:
        return text
    return f"{match[1]}://{'/' if match[1] in _ROOTED else ''}{match[2]}"


def _digest_of_others(file: Gathered, archive: ArchiveSnapshot | None) -> str:
    """The archived submissions that the report would be held against today."""
    return archive.digest_of_others(file.report.office, file.report.period) if archive and file.report else ""


def _results(
    paths: Sequence[str],
    rulebook: Rulebook,
    archive: ArchiveSnapshot | None,
    workers: int | None,
    executor: Executor | None,
) -> Generator[ChunkResult, None, None]:
    """What the files give, chunk by chunk, as they are finished."""
    if executor is None and (workers == 1 or len(paths) < 2):
        yield from (read_files(some, rulebook, archive) for some in _chunks(paths, 1))
        return
    # Even two files go to other processes: one on which the reading library aborts must not stop the other.
    workers = workers or (_CLUSTER_SIZE if executor else os.cpu_count() or 1)
    rules = SerializedRulebook.of(rulebook)
    chunks = [Chunk(tuple(some), rules, archive) for some in _chunks(paths, workers)]
    yield from _spread(chunks, workers, executor)


def _chunks(paths: Sequence[str], workers: int) -> Iterator[Sequence[str]]:
    """Files for one worker at a time: many while there are many left, as they are cheaper to check together,
    then fewer and fewer, so that no worker waits long for another at the end."""
    least = max(1, min(_LEAST_FILES, len(paths) // (workers * 3)))
    start = 0
    while start < len(paths):
        share = (len(paths) - start) // (workers * 2)
        size = max(least, min(_MOST_FILES, share))
        yield paths[start : start + size]
        start += size


def _spread(chunks: Sequence[Chunk], workers: int, executor: Executor | None) -> Iterator[ChunkResult]:
    """What comes of each chunk, in the order in which they are finished.

    Raises:
        BadUsage: the workers have no sheetcredit of this version.
    """
    left = dict(enumerate(chunks))
    for _ in range(_ATTEMPTS):
        if left:
            with suppress(BrokenExecutor), _opened(executor, workers) as pool:
                for place, result in _completed(pool, left):
                    del left[place]
                    yield result
    if left and not _any_worker_lives(executor):
        yield from map(read_chunk, left.values())
        return
    for chunk in left.values():
        yield from _file_by_file(chunk, executor)


def _opened(executor: Executor | None, workers: int) -> AbstractContextManager[Executor]:
    """Living workers; an executor of the caller is not closed, and replaces its dead itself."""
    return nullcontext(executor) if executor else processes(workers)


def _completed(pool: Executor, chunks: Mapping[int, Chunk]) -> Iterator[tuple[int, ChunkResult]]:
    """The chunks that get finished, by place; one whose worker died, or failed, is left out."""
    futures: dict[Future[ChunkResult], int] = {}
    try:
        with suppress(BrokenExecutor), sigint_deferred():  # the workers may die while they are being asked
            for place, chunk in chunks.items():
                futures[pool.submit(read_chunk, chunk)] = place
        for future in as_completed(list(futures)):
            place = futures.pop(future)
            if not future.cancelled() and future.exception() is None:
                yield place, future.result()
    finally:
        for future in futures:
            future.cancel()


def _any_worker_lives(executor: Executor | None) -> bool:
    """Where a worker dies that was asked next to nothing, no file is to blame."""
    try:
        with _opened(executor, 1) as pool:
            pool.submit(os.getpid).result()
    except BrokenExecutor:
        return False
    except Exception:
        return True  # whatever it complains of, it lives
    return True


def _file_by_file(chunk: Chunk, executor: Executor | None) -> Iterator[ChunkResult]:
    """A chunk's files each by itself; one that kills its worker again has an error of its own."""
    left = [replace(chunk, paths=(path,)) for path in chunk.paths]
    while left:
        with _opened(executor, 1) as pool:  # a fresh one after each death
            while left:
                one = left.pop(0)
                try:
                    result = pool.submit(read_chunk, one).result()
                except ImportError as error:
                    raise BadUsage("E-WORKERS", reason=str(error)) from error
                except Exception as error:
                    yield chunk_failed(one, error)
                    break
                yield result
