"""Processes of this machine that read and check, already loading while it is found out what they are to read.

Kept free of heavy imports: who starts them loads the rest meanwhile.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from multiprocessing import get_context
from multiprocessing.context import BaseContext
from threading import Thread
from typing import TYPE_CHECKING, Any

from sheetcredit.model.errors import BadUsage

if TYPE_CHECKING:
    from sheetcredit.pool.chunks import Sent
    from sheetcredit.pool.orders import Chunk


Opening = Callable[[], AbstractContextManager[Executor]]
"""Opens workers; each time fresh ones where the old ones died."""

FORKING = sys.platform.startswith("linux")
"""Processes are forked from one that loads first; until then, who asks for one waits."""
_LOADED = "sheetcredit.pool.loaded"
_THRIFTY = {
    "POLARS_MAX_THREADS": "1",  # the processes are the parallelism
    "POLARS_ENGINE_AFFINITY": "in-memory",  # as on the command line
    "_RJEM_MALLOC_CONF": "dirty_decay_ms:-1,muzzy_decay_ms:-1",  # polars keeps memory that is needed again
}


@contextmanager
def processes(count: int) -> Iterator[Executor]:
    """`count` processes of this machine, already loading what they need; they leave Ctrl+C to the caller.

    On Linux they come from a process that loads once for all of them; elsewhere each is started anew. None
    is forked from this one: polars has threads, and a fork would keep their locks. A system that lets no
    process be started has the work done here.
    """
    try:
        context = _context()
        pool = ProcessPoolExecutor(count, context, initializer=_begin, initargs=(dict(os.environ),))
    except (OSError, ImportError, NotImplementedError):
        yield Here()
        return
    try:
        if not FORKING:
            with deaf_children():
                for _ in range(count):  # a pool starts a process when it is asked something and none is idle
                    pool.submit(os.getpid)
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def started(count: int) -> Iterator[Opening]:
    """Processes begun before it is known what they are to read: they load while the caller loads.

    They are handed out the first time, and leave when they are given back; who opens again gets fresh ones.
    """
    with ExitStack() as stack:
        waiting = [stack.enter_context(processes(count))]
        yield lambda: _lent(waiting.pop()) if waiting else processes(count)


@contextmanager
def _lent(pool: Executor) -> Iterator[Executor]:
    """The pool; at the end its processes leave without anybody waiting for them."""
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


class Here(Executor):
    """This process, when there is no other."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do it now."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def get_ready() -> None:
    """The process that others are forked from begins to load, where there is one."""
    with suppress(OSError, ImportError, NotImplementedError):  # then there will be no processes
        _context()


def _context() -> BaseContext:
    """How processes are started; the one that they are forked from has begun to load."""
    if not FORKING:
        return get_context("spawn")
    from multiprocessing import forkserver  # noqa: PLC0415 - not where there is none

    context = get_context("forkserver")
    context.set_forkserver_preload([_LOADED])
    with deaf_children(), _environment(_THRIFTY):
        forkserver.ensure_running()
    return context


@contextmanager
def _environment(also: Mapping[str, str]) -> Iterator[None]:
    """With these variables, where they are not set, for what is started meanwhile."""
    missing = {name: value for name, value in also.items() if name not in os.environ}
    os.environ.update(missing)
    try:
        yield
    finally:
        for name in missing:
            del os.environ[name]


def _begin(environment: Mapping[str, str]) -> None:
    """In a fresh process: the environment of who wants it, which may have changed since; then load."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in os.environ.keys() - environment.keys() - _THRIFTY.keys():
        del os.environ[name]
    os.environ.update(environment)
    for name in ("POLARS_MAX_THREADS", "POLARS_ENGINE_AFFINITY"):
        os.environ.setdefault(name, _THRIFTY[name])
    __import__(_LOADED)
    atexit.register(os._exit, 0)  # results are sent by then: taking all apart again would take its time


@contextmanager
def deaf_children() -> Iterator[None]:
    """Processes begun herein never hear Ctrl+C, not even while they start: they inherit that it is blocked.

    Here it is heard at the end: neither lost, nor breaking off what is half begun.
    """
    heard: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    hears = callable(before) and threading.current_thread() is threading.main_thread()
    if hears:  # another thread may be handed the signal, and then the main one is told all the same
        signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    blocks = hasattr(signal, "pthread_sigmask")  # not on Windows
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if blocks else set()
    try:
        yield
    finally:
        if blocks:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if hears:
            signal.signal(signal.SIGINT, before)
        if heard:
            signal.raise_signal(signal.SIGINT)


# Spreading chunks of files over workers: processes of this machine, or any executor.
#
# A worker that dies takes nothing along: what was not finished is done again by fresh workers, and what is
# still not finished then goes file by file, so that a file which kills whoever reads it is told as its own
# error. Where no worker lives at all, the work is done here. Kept free of heavy imports: workers start with
# it, and load the rest while the caller prepares.

_PATIENCE = 15
"""Seconds in which a scheduler has to answer."""


def work_on(chunk: Chunk) -> Sent:
    """What a worker is asked to do: named here, so that asking needs none of what the work needs."""
    from sheetcredit.pool.chunks import read_chunk  # noqa: PLC0415

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
    from sheetcredit.pool.chunks import failed  # noqa: PLC0415 - loads polars
    from sheetcredit.pool.orders import split  # noqa: PLC0415

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
