"""Work that makes millions of objects and drops them all at its end."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_MIB = 1 << 20
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -2, -3, -8  # as malloc.h numbers them


@contextmanager
def no_collecting() -> Iterator[None]:
    """Without looking for cycles in the meantime: what comes stays until the end.

    What is still there then counts as old, so that it is not looked through at once.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.unfreeze()  # into the oldest generation
        gc.enable()


def hold_on() -> None:
    """From now on freed memory stays with the process (of glibc): it is needed again at once, and the system
    would clear every page of it first.
    """
    if not sys.platform.startswith("linux"):
        return
    with suppress(OSError, AttributeError):  # another C library
        allocator = ctypes.CDLL(None)
        allocator.mallopt(_TRIM_THRESHOLD, 512 * _MIB)
        allocator.mallopt(_TOP_PAD, 64 * _MIB)
        allocator.mallopt(_MMAP_THRESHOLD, 32 * _MIB)
        allocator.mallopt(_ARENA_MAX, 1)
