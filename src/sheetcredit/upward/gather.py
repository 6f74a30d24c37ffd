"""Any number of workbooks read, understood and checked, each by itself; the error of one is a value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import polars as pl

from sheetcredit.model.errors import SheetcreditError
from sheetcredit.outcome import Report
from sheetcredit.report import check_readings
from sheetcredit.rulebook import Rulebook
from sheetcredit.template.frames import stack
from sheetcredit.validation import read_office


class Incoming(Protocol):
    """A file that came in; `upward.intake.Candidate` is one."""

    @property
    def path(self) -> Path | str:
        """Where it lies."""

    @property
    def origin(self) -> str:
        """Where it came from, as people say it."""

    @property
    def received(self) -> datetime | None:
        """When it came, if that is known."""

    @property
    def error(self) -> SheetcreditError | None:
        """Why there is nothing to read."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """One file that came in, and what was found in it.

    `digest` is the sha256 of its bytes; `kind` is `office`, `association`, `branch` or None. `report` is
    None when it could not be read, and then `error` says why. `info` are the values of `Thông tin`. `rows`
    are its tables by frame (`funding`, `programmes`, `statements`, `direct`, `groups`, `ledger`), amounts
    in whole đồng, with the columns of `template.frames`.
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
    """Every candidate read and checked, in their order."""
    del executor, workers
    incoming = list(candidates)
    gathered = []
    for number, one in enumerate(incoming, start=1):
        gathered.append(_gathered(one, rulebook))
        if progress:
            progress(number, len(incoming))
    return gathered


def _gathered(one: Incoming, rulebook: Rulebook) -> Gathered:
    path = Path(one.path)
    digest = sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    told = (str(path), one.origin, one.received, digest)
    if one.error is not None:
        return Gathered(*told, None, None, one.error)
    try:
        reading = read_office(path, rulebook)
    except SheetcreditError as error:
        return Gathered(*told, None, None, error)
    rows = {name: frame for name, frame in stack(reading.blocks).items() if not name.endswith(".total")}
    return Gathered(
        *told, "office", check_readings([reading], rulebook)[0], None, dict(reading.info.values), rows
    )
