"""Spreading chunks of files over workers: processes of this machine, or any executor.

A worker that dies takes nothing along: what was not finished is done again by fresh workers, and what is
still not finished then goes file by file, so that a file which kills whoever reads it is told as its own
error. Where no worker lives at all, the work is done here. Kept free of heavy imports: workers start with
it, and load the rest while the caller prepares.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from contextlib import contextmanager, nullcontext, suppress
from threading import Thread
from typing import TYPE_CHECKING

from sheetcredit.model.errors import BadUsage
from sheetcredit.upward.processes import Here, Opening, deaf_children

if TYPE_CHECKING:
    from sheetcredit.upward.chunks import Sent
    from sheetcredit.upward.orders import Chunk

_PATIENCE = 15
"""Seconds in which a scheduler has to answer."""


def work_on(chunk: Chunk) -> Sent:
    """What a worker is asked to do: named here, so that asking needs none of what the work needs."""
    from sheetcredit.upward.chunks import read_chunk  # noqa: PLC0415

    return read_chunk(chunk)


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """The workers of a Dask cluster, by the address of its scheduler.

    Raises:
        BadUsage: the extra is not installed, or no scheduler answers there.
    """
    try:
        from distributed import Client  # noqa: PLC0415 - comes with sheetcredit[cluster]
    except ImportError:
        raise BadUsage("E-CLUSTER", path=f"--scheduler {address}") from None
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TimeoutError) as error:
        reason = str(error) or type(error).__name__
        raise BadUsage("E-SCHEDULER", address=address, reason=reason) from error
    with client:
        yield client.get_executor(pure=False, retries=2)  # type: ignore[no-untyped-call]


def borrowed(executor: Executor) -> Opening:
    """Workers that belong to the caller: they are not closed, and replace their dead themselves."""
    return lambda: nullcontext(executor)


def spread(
    chunks: Sequence[Chunk],
    opening: Opening,
    alone: Opening,
    meanwhile: Callable[[], None] | None = None,
) -> Iterator[tuple[int, Sequence[Sent]]]:
    """Each chunk's place and what came of it, in the order in which they are finished.

    `opening` gives the workers, `alone` a single one that reads what could not be finished otherwise;
    `meanwhile` is called while the workers are asked.

    Raises:
        BadUsage: the workers have no sheetcredit of this version.
    """
    left = dict(enumerate(chunks))
    for _ in range(2):
        if left:
            with opening() as executor:
                for place, sent in _finished(executor, left, meanwhile):
                    del left[place]
                    yield place, [sent]
            meanwhile = None
    if left:
        alone = _living(alone)
    for place, chunk in left.items():
        yield place, list(_one_by_one(chunk, alone))


def _finished(
    executor: Executor, chunks: Mapping[int, Chunk], meanwhile: Callable[[], None] | None
) -> Iterator[tuple[int, Sent]]:
    """What gets finished; a chunk whose worker died, or failed, is left out."""
    futures: dict[Future[Sent], int] = {}
    try:
        asking = Thread(target=_ask, args=(executor, chunks, futures), daemon=True)
        asking.start()  # who asks workers that are still loading waits for them
        try:
            if meanwhile:
                meanwhile()
        finally:
            asking.join()
        for future in as_completed(list(futures)):
            place = futures.pop(future)
            if not future.cancelled() and future.exception() is None:
                yield place, future.result()
    finally:
        for future in futures:
            future.cancel()


def _ask(executor: Executor, chunks: Mapping[int, Chunk], futures: dict[Future[Sent], int]) -> None:
    with suppress(BrokenExecutor), deaf_children():  # the workers died while they were being asked
        for place, chunk in chunks.items():
            futures[executor.submit(work_on, chunk)] = place


def _living(alone: Opening) -> Opening:
    """Where a worker dies that was asked next to nothing, no file is to blame: the work is done here."""
    try:
        with alone() as executor:
            executor.submit(os.getpid).result()
    except BrokenExecutor:
        return borrowed(Here())
    except Exception:
        return alone  # whatever it complains of, it lives
    return alone


def _one_by_one(chunk: Chunk, alone: Opening) -> Iterator[Sent]:
    """A chunk's files each by itself; one that kills its worker again has an error of its own."""
    from sheetcredit.upward.chunks import failed  # noqa: PLC0415
    from sheetcredit.upward.orders import split  # noqa: PLC0415

    left = list(split(chunk))
    while left:
        with alone() as executor:
            while left:
                one = left.pop(0)
                try:
                    sent = executor.submit(work_on, one).result()
                except ImportError as error:
                    raise BadUsage("E-WORKERS", reason=str(error)) from error
                except Exception as error:
                    yield failed(one, error)
                    break
                yield sent
