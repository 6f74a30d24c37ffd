"""What workers are asked to do, as it is sent to them.

Kept free of heavy imports: who asks first and loads the rest afterwards keeps no worker waiting.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING
from zlib import compress, decompress

import msgspec

from sheetcredit.catalogue.entry import Entry
from sheetcredit.rulebook import Rulebook

if TYPE_CHECKING:
    from sheetcredit.archive.read import Before


@dataclass(frozen=True, slots=True)
class Rules:
    """A rulebook on its way to workers: each unpacks one it has not seen.

    The entries of the catalogues, of which a nation has ten thousand, go by a way of their own.
    """

    digest: str
    rules: bytes = field(repr=False)
    entries: bytes = field(repr=False)

    @classmethod
    def of(cls, rulebook: Rulebook) -> Rules:
        """The rulebook with all it loads later."""
        catalogues = rulebook.catalogues
        rules = pickle.dumps((rulebook.office, rulebook.rules, catalogues.with_entries({})))
        entries = compress(msgspec.msgpack.encode(catalogues.entries), level=1)
        return cls(sha256(rules + entries).hexdigest(), rules, entries)

    def unpacked(self) -> Rulebook:
        """The rulebook again."""
        known = _UNPACKED.get(self.digest)
        if known is None:
            office, rules, catalogues = pickle.loads(self.rules)
            entries = msgspec.msgpack.decode(decompress(self.entries), type=dict[str, tuple[Entry, ...]])
            _UNPACKED.clear()
            known = _UNPACKED[self.digest] = Rulebook(office, rules, catalogues.with_entries(entries))
        return known


_UNPACKED: dict[str, Rulebook] = {}
"""The rulebook that this process was last asked to work with."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Files for one worker; `before`: the archive that holds their previous reports."""

    paths: tuple[str, ...]
    rules: Rules
    before: Before | None = None


def split(chunk: Chunk) -> Iterator[Chunk]:
    """Each file of a chunk as a chunk."""
    return (replace(chunk, paths=(path,)) for path in chunk.paths)
