"""A new file of parts that are made one after the other; large ones are compressed while the next is made."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from sheetcredit.workbook.container import LEVEL, NewEntry, new_container
from sheetcredit.workbook.inflate import checksum

_LARGE = 200_000
"""A thread waits some milliseconds for its turn with the interpreter: less is done sooner than handed on."""


def packed(write_parts: Callable[[Callable[[str, bytes], None]], None]) -> bytes:
    """The file; `write_parts` is given what takes a part, by name and content."""
    made: list[tuple[str, int, int, Future[bytes]]] = []
    with ThreadPoolExecutor(1) as beside:  # zlib lets others work meanwhile

        def put(name: str, content: bytes) -> None:
            deflated = beside.submit(_deflated, content) if len(content) > _LARGE else _now(content)
            made.append((name, checksum(content), len(content), deflated))

        write_parts(put)
        return new_container(NewEntry(name, crc, size, part.result()) for name, crc, size, part in made)


def _now(content: bytes) -> Future[bytes]:
    done: Future[bytes] = Future()
    done.set_result(_deflated(content))
    return done


def _deflated(content: bytes) -> bytes:
    return zlib.compress(content, LEVEL, -zlib.MAX_WBITS)
