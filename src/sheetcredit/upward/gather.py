"""Any number of workbooks read, understood and checked: the work of a branch, or of a nation.

Files are handed to workers in chunks. A worker reads its chunk, stacks the same sheet of all its workbooks
into one frame, and checks it once. One file that cannot be read never stops the others: its error is a
value. The result is in the order of the candidates, and the same however the work was spread.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Protocol

import polars as pl

from sheetcredit.model.errors import SheetcreditError
from sheetcredit.outcome import Report
from sheetcredit.rulebook import Rulebook
from sheetcredit.upward.chunks import Chunk, Found, Rules, Sent, read_chunk

_URL = re.compile(r"([a-z][a-z0-9+.-]+):/+(.*)", re.DOTALL)  # two letters at least: no drive of Windows
_FILES_A_CHUNK = 24


class Incoming(Protocol):
    """A file that came in; `upward.intake.Candidate` is one."""

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
    None when it could not be read, and then `error` says why. `info` are the values of `Thông tin`.
    `rows` are its tables by frame (`funding`, `programmes`, `statements`, `direct`, `groups`, `ledger`),
    amounts in whole đồng, with the columns of `template.frames`. A report's `comparison` is left out:
    it belongs into the office's own workbook.
    """

    path: str
    origin: str
    received: datetime | None
    digest: str
    kind: str | None
    report: Report | None
    error: SheetcreditError | None
    info: Mapping[str, object] = field(default_factory=dict)
    rows: Mapping[str, pl.DataFrame] = field(default_factory=dict)


Progress = Callable[[int, int], None]
"""Called with how many files are done, and of how many."""


def gather(
    candidates: Iterable[Incoming],
    rulebook: Rulebook,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[Gathered]:
    """Every candidate read and checked, in their order.

    The work is spread over `executor` if one is given, otherwise over `workers` processes of this machine
    (as many as it has cores unless told; one file, or one worker, needs no other process).
    """
    incoming = list(candidates)
    paths = [address_of(one.path) for one in incoming]
    rules = Rules.of(rulebook)
    chunks = [
        Chunk(tuple(paths[start : start + _FILES_A_CHUNK]), rules)
        for start in range(0, len(paths), _FILES_A_CHUNK)
    ]
    sent = _spread(chunks, executor, workers or os.cpu_count() or 1, progress, len(paths))
    found = (each for one in sent for each in one.unpacked())
    return [_gathered(one, *each) for one, each in zip(incoming, found, strict=True)]


def stacked(gathered: Iterable[Gathered], frame: str) -> pl.DataFrame:
    """The rows of one frame of all files, stacked; an empty frame where none has any."""
    rows = [one.rows[frame] for one in gathered if frame in one.rows]
    return pl.concat(rows) if rows else pl.DataFrame()


def address_of(path: Path | str) -> str:
    """The path as text; an address keeps its two slashes, of which a `Path` leaves one."""
    match = _URL.fullmatch(str(path))
    return f"{match[1]}://{match[2]}" if match else str(path)


def _spread(
    chunks: Sequence[Chunk],
    executor: Executor | None,
    workers: int,
    progress: Progress | None,
    total: int,
) -> list[Sent]:
    done: list[Sent] = []

    def take(results: Iterable[Sent]) -> list[Sent]:
        for sent in results:
            done.append(sent)
            if progress:
                progress(sum(len(one.found) for one in done), total)
        return done

    if executor is not None:
        return take(executor.map(read_chunk, chunks))
    if workers == 1 or len(chunks) < 2:
        return take(map(read_chunk, chunks))
    with ProcessPoolExecutor(min(workers, len(chunks)), get_context("spawn")) as pool:
        return take(pool.map(read_chunk, chunks))


def _gathered(one: Incoming, found: Found, rows: Mapping[str, pl.DataFrame]) -> Gathered:
    return Gathered(
        found.path, one.origin, one.received, found.digest, found.kind, found.report, found.error,
        found.info, rows,
    )  # fmt: skip
