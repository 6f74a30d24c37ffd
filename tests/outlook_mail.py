"""A mail as Outlook saves it (`.msg`): the compound file and the few properties of it that a reader looks at."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

_SECTOR, _SMALL, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SUBJECT, _HEADERS, _CLASS = 0x0037, 0x007D, 0x001A
_NAME, _DATA, _METHOD = 0x3707, 0x3701, 0x3705
_TEXT, _BINARY, _INT = 0x001F, 0x0102, 0x0003
Tree = Mapping[str, "bytes | Tree"]


def outlook_mail(headers: str, subject: str, attached: Sequence[tuple[str, bytes]]) -> bytes:
    """A mail with these headers and attachments."""
    texts = {_CLASS: "IPM.Note", _SUBJECT: subject, _HEADERS: headers}
    head = struct.pack("<8x4I8x", 0, len(attached), 0, len(attached))
    tree: dict[str, bytes | Tree] = dict(_properties(head, texts, {}))
    for number, (name, data) in enumerate(attached):
        method = struct.pack("<HHIII", _INT, _METHOD, 6, 1, 0)
        inner = dict(_properties(b"\0" * 8, {_NAME: name}, {_DATA: data}, method))
        tree[f"__attach_version1.0_#{number:08X}"] = inner
    return compound_file(tree)


def _properties(
    head: bytes, texts: Mapping[int, str], binaries: Mapping[int, bytes], more: bytes = b""
) -> dict[str, bytes]:
    streams, entries = {}, more
    for number, text in texts.items():
        data = text.encode("utf-16-le")
        streams[f"__substg1.0_{number:04X}{_TEXT:04X}"] = data
        entries += struct.pack("<HHIII", _TEXT, number, 6, len(data) + 2, 0)
    for number, data in binaries.items():
        streams[f"__substg1.0_{number:04X}{_BINARY:04X}"] = data
        entries += struct.pack("<HHIII", _BINARY, number, 6, len(data), 0)
    return {**streams, "__properties_version1.0": head + entries}


def compound_file(tree: Tree) -> bytes:
    """A compound file (MS-CFB, version 3) of these streams and storages."""
    entries: list[list[object]] = [["Root Entry", 5, _FREE, _FREE, _FREE, _END, 0]]
    sectors: list[bytes] = []
    chain: list[int] = []
    small: list[bytes] = []
    small_chain: list[int] = []

    def put(data: bytes, of: list[bytes], links: list[int], size: int) -> int:
        first = len(of)
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
        for place, piece in enumerate(pieces):
            of.append(piece.ljust(size, b"\0"))
            links.append(first + place + 1 if place + 1 < len(pieces) else _END)
        return first if pieces else _END

    def stream(data: bytes) -> int:
        if len(data) < _CUTOFF:
            return put(data, small, small_chain, _SMALL)
        return put(data, sectors, chain, _SECTOR)

    def add(parent: int, inner: Tree) -> None:
        # Siblings in a chain to the right: a tree all the same, in the order that the format wants.
        names = sorted(inner, key=lambda name: (len(name), name.upper()))
        previous = parent
        for place, name in enumerate(names):
            content, number = inner[name], len(entries)
            if place == 0:
                entries[parent][4] = number
            else:
                entries[previous][3] = number
            previous = number
            if isinstance(content, bytes):
                entries.append([name, 2, _FREE, _FREE, _FREE, stream(content), len(content)])
            else:
                entries.append([name, 1, _FREE, _FREE, _FREE, 0, 0])
                add(number, content)

    add(0, tree)
    together = b"".join(small)
    entries[0][5:] = [put(together, sectors, chain, _SECTOR), len(together)]
    links = struct.pack(f"<{len(small_chain)}I", *small_chain)
    small_fats = -(-len(links) // _SECTOR)
    small_at = put(links.ljust(small_fats * _SECTOR, b"\xff"), sectors, chain, _SECTOR)
    directory = b"".join(_entry(*entry) for entry in entries)  # type: ignore[arg-type]
    directory_at = put(directory, sectors, chain, _SECTOR)
    fats = 1
    while (len(sectors) + fats) * 4 > fats * _SECTOR:
        fats += 1
    assert fats <= 109
    fat_at = len(sectors)
    table = [*chain, *[_FAT] * fats]
    fat = struct.pack(f"<{len(table)}I", *table).ljust(fats * _SECTOR, b"\xff")
    places = [*range(fat_at, fat_at + fats), *[_FREE] * (109 - fats)]
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII109I", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, fats,
        directory_at, 0, _CUTOFF, small_at, small_fats, _END, 0, *places,
    )  # fmt: skip
    return header + b"".join(sectors) + fat


def _entry(name: str, kind: int, left: int, right: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    return struct.pack(
        "<64sHBBIII16xI16xIII", text, len(text), kind, 1, left, right, child, 0, start, size, 0
    )
