"""Workers begun before it is known what they are to read, where many files are likely to come.

Kept free of heavy imports: the workers load while the command is understood, and loads.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

from sheetcredit.pool.cache_folder import is_any_kept
from sheetcredit.pool.workers import Opening, get_ready, started

_MANY = 8
"""Fewer files are read before another process has started."""
_ELSEWHERE = "--scheduler"


def begin(arguments: Sequence[str]) -> None:
    """What readers come from, begun when arguments look as if many files were to be read on this machine."""
    if any(each.startswith(_ELSEWHERE) for each in arguments):
        return
    named = (Path(each) for each in arguments if not each.startswith("-"))
    with suppress(Exception):  # whatever is wrong with a path, or here, is told when it is read
        if _worth_it(named):
            get_ready()


@contextmanager
def readers(paths: Iterable[Path], scheduler: str | None = None) -> Iterator[Opening | None]:
    """Processes of this machine, as many as it has cores; None where they would not be worth it.

    Where something is kept from an earlier run there may be little left to read: that is seen first.
    """
    if scheduler is not None or not _worth_it(paths):
        yield None
        return
    with started(os.cpu_count() or 1) as opening:
        yield opening


def _worth_it(paths: Iterable[Path]) -> bool:
    return os.cpu_count() not in (None, 1) and _many(paths) and not is_any_kept()


def _many(paths: Iterable[Path]) -> bool:
    files = (name for path in paths for _, _, names in _walked(path) for name in names)
    return sum(1 for _ in islice(files, _MANY)) == _MANY


def _walked(path: Path) -> Iterable[tuple[str, list[str], list[str]]]:
    return os.walk(path) if path.is_dir() else [("", [], [path.name])]
