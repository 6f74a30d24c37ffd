"""A new file of parts that are made one after the other; large ones are compressed while the next is made."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from sheetcredit.xlsx.container import NewEntry, checksum, deflated, new_container

_LARGE = 200_000
"""A thread waits some milliseconds for its turn with the interpreter: less is done sooner than handed on."""


def packed(write_parts: Callable[[Callable[[str, bytes], None]], None]) -> bytes:
    """The file; `write_parts` is given what takes a part, by name and content."""
    made: list[tuple[str, int, int, Future[bytes]]] = []
    with ThreadPoolExecutor(1) as beside:  # zlib lets others work meanwhile

        def put(name: str, content: bytes) -> None:
            part = beside.submit(deflated, content) if len(content) > _LARGE else _now(content)
            made.append((name, checksum(content), len(content), part))

        write_parts(put)
        return new_container(NewEntry(name, crc, size, part.result()) for name, crc, size, part in made)


def _now(content: bytes) -> Future[bytes]:
    done: Future[bytes] = Future()
    done.set_result(deflated(content))
    return done
