"""Any number of workbooks read, understood and checked: the work of a branch, or of a nation.

Files are handed to workers in chunks. A worker reads its chunk, stacks the same sheet of all its workbooks
into one frame, and checks it once. One file that cannot be read never stops the others: its error is a
value. The result is in the order of the candidates, and the same however the work was spread.

Kept free of heavy imports: the files are handed out first, and while workers read them the caller loads.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sheetcredit.pool.orders import Chunk, Rules
from sheetcredit.pool.workers import Opening, borrowed, processes, spread

if TYPE_CHECKING:
    import polars as pl

    from sheetcredit.archive.read import Before
    from sheetcredit.model.errors import SheetcreditError
    from sheetcredit.outcome import Report
    from sheetcredit.pool.cache import Kept
    from sheetcredit.pool.chunks import Found, Sent
    from sheetcredit.rulebook import Rulebook

    _Read = tuple[Found, Mapping[str, pl.DataFrame]]

_URL = re.compile(r"([a-z][a-z0-9+.-]+):/(.*)", re.DOTALL)  # two letters at least: no drive of Windows
_ROOTED = ("file", "local")
_WORTH_A_PROCESS = 8
"""Fewer files are read before another process has started."""
_LEAST_FILES, _MOST_FILES = 12, 72
_OF_A_CLUSTER = 8
"""How many workers an executor is taken to have that does not say."""


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


@dataclass(frozen=True, slots=True)
class Gathered:
    """One file that came in, and what was found in it.

    `digest` is the sha256 of its bytes; `kind` is `office`, `association`, `branch` or None. `report` is
    None when it could not be read, and then `error` says why. `info` are the values of `Thông tin`, and
    `layout` says where its tables stood (`chunks.Found`). `rows` are its tables by frame (`funding`,
    `programmes`, `statements`, `direct`, `groups`, `ledger`), amounts in whole đồng, with the columns of
    `template.frames`. A report's `comparison` and `names` are left out: they belong to the office's own
    workbook.
    """

    path: str
    origin: str
    received: datetime | None
    digest: str
    kind: str | None
    report: Report | None
    error: SheetcreditError | None
    info: Mapping[str, object] = field(default_factory=dict)
    layout: Mapping[str, tuple[int, Mapping[str, int]]] = field(default_factory=dict)
    rows: Mapping[str, pl.DataFrame] = field(default_factory=dict, compare=False)


class Stopped(KeyboardInterrupt):
    """Ctrl+C: nothing is half-written, and what was read until then is kept if there is where to keep it."""

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
    opening: Opening | None = None,
    progress: Progress | None = None,
    kept: Kept | None = None,
    archive: Path | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> list[Gathered]:
    """Every candidate read and checked, in their order; the same path twice is read once.

    The work is spread over `executor` if one is given (`workers.cluster` is one), otherwise over `workers`
    processes of this machine: as many as it has cores unless told. One file, or one worker, needs no other
    process. `opening` opens workers in another way (`workers.started`). What `kept` knows is not read again,
    and what is read is added to it chunk by chunk. With an `archive` each report is held against the
    previous one of its office there. `meanwhile` is called while the files are handed out, or read.

    Raises:
        Stopped: Ctrl+C.
        BadUsage: the executor's workers have no sheetcredit.
    """
    incoming = list(candidates)
    paths = list(dict.fromkeys(address_of(one.path) for one in incoming))
    read: dict[str, _Read] = {}
    before = _archived(archive) if archive else None
    try:
        if kept:
            read.update(_still_true(kept.known(paths), before))
        left = [path for path in paths if path not in read]
        for sent in _sent(left, rulebook, before, workers, executor, opening, meanwhile):
            if kept:
                kept.keep(sent)
            read.update((found.path, (found, rows)) for found, rows in sent.unpacked())
            if progress:
                progress(len(read), len(paths))
    except KeyboardInterrupt:
        raise Stopped(len(read), len(paths)) from None
    return [_gathered(one, *read[address_of(one.path)]) for one in incoming]


def stacked(gathered: Iterable[Gathered], frame: str) -> pl.DataFrame:
    """The rows of one frame of all files, stacked; an empty frame where none has any."""
    import polars as pl  # noqa: PLC0415

    rows = [one.rows[frame] for one in gathered if frame in one.rows]
    return pl.concat(rows) if rows else pl.DataFrame()


def address_of(path: Path | str) -> str:
    """The path as text; an address gets back the slashes that a `Path` has left out."""
    text = str(path)
    match = None if "://" in text else _URL.fullmatch(text)
    if match is None:
        return text
    return f"{match[1]}://{'/' if match[1] in _ROOTED else ''}{match[2]}"


def _archived(folder: Path) -> Before:
    from sheetcredit.archive.read import Before  # noqa: PLC0415

    return Before.at(folder)


def _still_true(known: Mapping[str, _Read], before: Before | None) -> Iterator[tuple[str, _Read]]:
    """What is kept and was compared with the report that is the previous one today."""
    for path, (found, rows) in known.items():
        now = ""
        if before and found.report:
            now = before.last_submission(found.report.office, found.report.period)
        if found.previous == now:
            yield path, (found, rows)


def _sent(
    paths: Sequence[str],
    rulebook: Rulebook,
    before: Before | None,
    workers: int | None,
    executor: Executor | None,
    opening: Opening | None,
    meanwhile: Callable[[], None] | None,
) -> Iterator[Sent]:
    """What the files give, chunk by chunk, as they are finished."""
    workers = workers or (_OF_A_CLUSTER if executor else os.cpu_count() or 1)
    if executor is None and (workers == 1 or len(paths) < _WORTH_A_PROCESS):
        from sheetcredit.pool.chunks import read_files  # noqa: PLC0415

        yield from (read_files(some, rulebook, before) for some in _chunks(paths, 1))
        return
    opening = opening or (borrowed(executor) if executor else partial(processes, workers))
    alone = borrowed(executor) if executor else partial(processes, 1)
    rules = Rules.of(rulebook)
    chunks = [Chunk(tuple(some), rules, before) for some in _chunks(paths, workers)]
    for _, sent in spread(chunks, opening, alone, meanwhile):
        yield from sent


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


def _gathered(one: Incoming, found: Found, rows: Mapping[str, pl.DataFrame]) -> Gathered:
    return Gathered(
        found.path, one.origin, one.received, found.digest, found.kind, found.report, found.error,
        found.info, found.layout, rows,
    )  # fmt: skip
