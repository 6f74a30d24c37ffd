"""Small parts met before, byte for byte: styles, theme, links stand alike in all workbooks of a form.

Unpacking begins with a table of codes, which takes longer than such a part itself.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

_LARGEST, _MOST_KEPT, _MOST_MET = 65_536, 64, 4096


class _Part(NamedTuple):
    packed: bytes
    content: bytes


class KnownParts:
    """Deflated parts and their content; one that comes but once is not kept."""

    def __init__(self) -> None:
        self._kept: dict[int, _Part] = {}
        self._met: set[int] = set()

    def content(self, crc: int, packed: bytes) -> bytes | None:
        """What a part was unpacked to when it was met before; None when it was not."""
        kept = self._kept.get(crc)
        return kept.content if kept is not None and kept.packed == packed else None

    def meet(self, crc: int, packed: bytes, content: bytes) -> None:
        """A part was unpacked; its content has that CRC-32."""
        if len(content) > _LARGEST:
            return
        if crc in self._met:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[crc] = _Part(packed, content)
            return
        if len(self._met) >= _MOST_MET:
            self._met.clear()
        self._met.add(crc)


@lru_cache(maxsize=1)
def known_parts() -> KnownParts:
    """Those that this process met."""
    return KnownParts()
