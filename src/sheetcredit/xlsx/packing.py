"""A new file of parts that are made one after the other."""

from __future__ import annotations

from collections.abc import Callable

from sheetcredit.xlsx.container import NewEntry, checksum, deflated, new_container


def packed(write_parts: Callable[[Callable[[str, bytes], None]], None]) -> bytes:
    """The file; `write_parts` is given what takes a part, by name and content."""
    made: list[NewEntry] = []

    def put(name: str, content: bytes) -> None:
        made.append(NewEntry(name, checksum(content), len(content), deflated(content)))

    write_parts(put)
    return new_container(made)
