"""Processes of this machine that read and check, already loading while it is found out what they are to read.

Kept free of heavy imports: who starts them loads the rest meanwhile.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.context import BaseContext
from typing import Any

Opening = Callable[[], AbstractContextManager[Executor]]
"""Opens workers; each time fresh ones where the old ones died."""

FORKING = sys.platform.startswith("linux")
"""Processes are forked from one that loads first; until then, who asks for one waits."""
_LOADED = "sheetcredit.upward.loaded"
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
