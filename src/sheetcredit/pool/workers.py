"""Executors that chunks of files are read by: processes of this machine, or a Dask cluster.

Kept free of heavy imports, so that the fork server can begin to import before the command does.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context, parent_process
from multiprocessing.context import BaseContext
from typing import TypeVar

from sheetcredit.model.errors import BadUsage

if sys.platform == "win32":
    from sheetcredit.windows import ignore_ctrl_c
else:
    import resource

T = TypeVar("T")
FORKSERVER = sys.platform.startswith("linux")
"""Elsewhere processes are spawned. Neither forks the command itself: polars has threads, and a forked child
would wait for ever for the locks that they held."""
PRELOADED = ["sheetcredit.pool.chunks", "sheetcredit.explain.explain"]
_FOR_WORKERS = {"POLARS_MAX_THREADS": "1"}  # the processes are the parallelism; read when polars is imported
_SCHEDULER_SECONDS = 15
_MOST = 61 if sys.platform == "win32" else sys.maxsize
"""Windows waits for 63 handles at once, two of which are the pool's own."""


def start_forkserver() -> None:
    """Let the process that workers are forked from begin to import what they need, while the caller imports.

    Where none can be started, `processes` says so.
    """
    with suppress(OSError, ImportError, NotImplementedError):
        _context()


def _context() -> BaseContext:
    """How processes are started; on Linux from a fork server, which is running when this returns."""
    if not FORKSERVER:
        return get_context("spawn")
    from multiprocessing import forkserver  # noqa: PLC0415 - Windows has none

    forkserver.set_forkserver_preload(PRELOADED)
    missing = {name: value for name, value in _FOR_WORKERS.items() if name not in os.environ}
    os.environ.update(missing)
    try:
        with sigint_deferred():
            forkserver.ensure_running()
    finally:
        for name in missing:
            del os.environ[name]
    return get_context("forkserver")


@contextmanager
def processes(count: int) -> Iterator[Executor]:
    """`count` processes of this machine.

    Raises:
        BrokenExecutor: the system starts no processes, or those it started died.
    """
    try:
        environment = _FOR_WORKERS | dict(os.environ)
        pool = ProcessPoolExecutor(
            min(count, _MOST), _context(), initializer=_start_worker, initargs=(environment,)
        )
    except (OSError, ImportError, NotImplementedError) as error:
        raise BrokenExecutor from error
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start_worker(environment: Mapping[str, str]) -> None:
    """In a fresh process. The fork server may be older than the caller's environment."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the whole group: only the caller answers
    gc.set_threshold(200_000, 50, 50)  # as the command line does: little of what is read is ever a cycle
    os.environ.clear()
    os.environ.update(environment)


@contextmanager
def sigint_deferred() -> Iterator[None]:
    """Ctrl+C waits until the end; processes started herein never see it, as they inherit that it is blocked.

    To block it here alone would not do: the system hands the signal to any thread that does not block it,
    and Python then interrupts the main thread, maybe halfway through starting a process.
    """
    pending: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    handles = callable(before) and threading.current_thread() is threading.main_thread()
    if handles:
        signal.signal(signal.SIGINT, lambda number, _: pending.append(number))
    blocks = hasattr(signal, "pthread_sigmask")  # not on Windows
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if blocks else set()
    if sys.platform == "win32":
        ignore_ctrl_c(True)
    try:
        yield
    finally:
        if sys.platform == "win32":
            ignore_ctrl_c(False)
        if blocks:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if handles:
            signal.signal(signal.SIGINT, before)
        if pending:
            signal.raise_signal(signal.SIGINT)


def in_own_process(function: Callable[..., T], *arguments: object, otherwise: T) -> T:
    """What a function of files returns, called in a process of its own; `otherwise` where it kills that.

    Where no process can be started it is called here.
    """
    try:
        with processes(1) as pool:
            try:
                pool.submit(os.getpid).result()
            except BrokenExecutor:
                return function(*arguments)
            return pool.submit(function, *arguments).result()
    except BrokenExecutor:
        return otherwise


@contextmanager
def cpu_limit(seconds: int) -> Iterator[None]:
    """In a worker, a bound on the processor time of this block: beyond it the system ends the worker.

    The limits of `xlsx.limits` are looked at between parts and sheets; this one also ends a library that does
    not come back. It does nothing in the command's own process, or where the system has no such limit.
    """
    if sys.platform == "win32" or parent_process() is None:
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_CPU)
    bound = int(time.process_time()) + seconds + 1
    if before[1] != resource.RLIM_INFINITY:
        bound = min(bound, before[1])
    resource.setrlimit(resource.RLIMIT_CPU, (bound, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, before)


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
        client = Client(address, timeout=_SCHEDULER_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TimeoutError) as error:
        reason = str(error) or type(error).__name__
        raise BadUsage("E-SCHEDULER", address=address, reason=reason) from error
    with client:
        yield client.get_executor(pure=False, retries=2)  # type: ignore[no-untyped-call]
