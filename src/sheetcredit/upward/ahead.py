"""Workers begun before it is known what they are to read, where many files are likely to come.

Kept free of heavy imports: the workers load while the command loads.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from sheetcredit.upward.kept import is_any_kept
from sheetcredit.upward.processes import Opening, started

_MANY = 8
"""Fewer files are read before another process has started."""


@contextmanager
def readers(paths: Iterable[Path], scheduler: str | None = None) -> Iterator[Opening | None]:
    """Processes of this machine, as many as it has cores; None where they would not be worth it.

    Where something is kept from an earlier run there may be little left to read: that is seen first.
    """
    cores = os.cpu_count() or 1
    if scheduler is not None or cores == 1 or not _many(paths) or is_any_kept():
        yield None
        return
    with started(cores) as opening:
        yield opening


def _many(paths: Iterable[Path]) -> bool:
    files = (name for path in paths for _, _, names in _walked(path) for name in names)
    return sum(1 for _ in islice(files, _MANY)) == _MANY


def _walked(path: Path) -> Iterable[tuple[str, list[str], list[str]]]:
    return os.walk(path) if path.is_dir() else [("", [], [path.name])]
