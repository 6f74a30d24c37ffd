"""The zip container of a workbook, read and spliced by hand.

Unedited entries are never unpacked: their local header, packed bytes, data descriptor and whatever
padding follows are copied as one block. Only edited entries and the directory are written anew.
"""

from __future__ import annotations

import struct
import time
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple, Self

from sheetcredit.model.errors import CannotRead, HostileFile
from sheetcredit.xlsx.limits import DEFAULT_LIMITS, FileLimits, hold

# ISA-L unpacks in half the time and packs a large sheet in a quarter; there is no build for some machines.
_FAST: Any = zlib
with suppress(ImportError):
    from isal import isal_zlib

    _FAST = isal_zlib

_PIECE = 1 << 20
_LEVEL = 5
"""Half the time of zlib's own choice (6), and a sheet one or two per cent larger."""
_LARGE = 4 << 20
"""From so many bytes on a part is packed by ISA-L, into a tenth more bytes."""
_LEVEL_OF_LARGE = _LEVEL if _FAST is zlib else 3

_LOCAL = struct.Struct("<IHHHHHIIIHH")
_CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
_END = struct.Struct("<IHHHHIIH")
_END64 = struct.Struct("<IQHHIIQQQQ")
_LOCATOR64 = struct.Struct("<IIQI")
_LOCAL_MAGIC = 0x04034B50
_CENTRAL_MAGIC = 0x02014B50
_END_MAGIC = b"PK\x05\x06"
_END64_MAGIC = 0x06064B50
_LOCATOR64_MAGIC = 0x07064B50
_ZIP64_EXTRA = 1
_FULL16 = 0xFFFF
_FULL32 = 0xFFFFFFFF
_ENCRYPTED, _DESCRIPTOR, _UTF8 = 0x1, 0x8, 0x800
_STORED, _DEFLATED = 0, 8
_VERSION = 20
_WHEN = (0, 0b0000000_0001_11111)  # midnight, 31 January 1980: as XlsxWriter dates the parts of a file
_UNIX, _READABLE = 3 << 8, 0o600 << 16

OLE2_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class ZipEntry(NamedTuple):
    """One part as the directory describes it; sizes and offsets in bytes."""

    name: str
    method: int
    flags: int
    crc: int
    packed: int
    unpacked: int
    start: int
    """Offset of the local header."""
    data_start: int
    """Offset of the packed bytes."""
    record: bytes
    """The directory record, with its name, extra fields and comment."""


class NewEntry(NamedTuple):
    """A part of a new file: the CRC-32 and size of its content, and the content deflated or as it is."""

    name: str
    crc: int
    unpacked: int
    packed: bytes
    method: int = _DEFLATED

    @classmethod
    def stored(cls, name: str, content: bytes) -> Self:
        """A part that is not compressed."""
        return cls(name, checksum(content), len(content), content, _STORED)


class _Directory(NamedTuple):
    start: int
    end: int
    parts: int
    end64: int | None
    """Offset of the zip64 end record, if there is one."""
    end_record: int


class Container:
    """A zip file in memory: its entries by name, their bytes on demand, and a copy with some replaced.

    Raises `CannotRead` for what is not (or no longer) a zip file and `HostileFile` for one that breaks
    a limit or plays tricks with names, sizes or offsets.
    """

    def __init__(self, data: bytes, path: str, limits: FileLimits = DEFAULT_LIMITS) -> None:
        self.data = data
        self.path = path
        self.limits = limits
        self._started = time.process_time()
        _refuse_other_formats(data, path, limits)
        self._directory = _find_directory(data, path)
        self.entries = _read_entries(data, self._directory, path, limits)

    def check_time(self) -> None:
        """Raise `HostileFile` when the work on this file has taken too much of the processor."""
        hold(self.limits, "seconds", int(time.process_time() - self._started), self.path)

    def read(self, name: str) -> bytes:
        """The unpacked bytes of an entry, checked against its declared size and checksum."""
        self.check_time()
        entry = self.entries[name]
        packed = self.data[entry.data_start : entry.data_start + entry.packed]
        if entry.method == _STORED:
            return self._checked(entry, packed)
        try:
            # One byte more than declared shows an entry that lies about its size.
            return self._checked(entry, inflated(packed, entry.unpacked + 1))
        except ValueError as problem:
            raise CannotRead("E-TRUNCATED", path=self.path, reason=str(problem)) from None

    def pieces(self, name: str) -> Iterator[bytes]:
        """The same piece by piece, for a part that need not lie in memory as a whole."""
        entry = self.entries[name]
        packed = self.data[entry.data_start : entry.data_start + entry.packed]
        stream = _FAST.decompressobj(-zlib.MAX_WBITS) if entry.method == _DEFLATED else None
        size = crc = 0
        while packed:
            self.check_time()
            try:
                piece = stream.decompress(packed, _PIECE) if stream else packed[:_PIECE]
            except _FAST.error as problem:
                raise CannotRead("E-TRUNCATED", path=self.path, reason=str(problem)) from None
            packed = stream.unconsumed_tail if stream else packed[_PIECE:]
            if stream and not piece:
                break
            size, crc = size + len(piece), _FAST.crc32(piece, crc)
            if size > entry.unpacked:
                raise HostileFile("E-HOSTILE", path=self.path, reason=f"size of {name}")
            yield piece
        if size < entry.unpacked or crc != entry.crc:
            raise CannotRead("E-TRUNCATED", path=self.path, part=name)

    def _checked(self, entry: ZipEntry, content: bytes) -> bytes:
        if len(content) > entry.unpacked:
            raise HostileFile("E-HOSTILE", path=self.path, reason=f"size of {entry.name}")
        if len(content) < entry.unpacked or checksum(content) != entry.crc:
            raise CannotRead("E-TRUNCATED", path=self.path, part=entry.name)
        return content

    def rebuilt(self, replaced: Mapping[str, bytes], removed: Collection[str] = ()) -> bytes:
        """The whole file anew with some entries' contents replaced and others left out.

        Order, timestamps, flags and extra fields stay; the blocks of all other entries are the same bytes.
        """
        physical = sorted(self.entries.values(), key=lambda entry: entry.start)
        ends = [entry.start for entry in physical[1:]] + [self._directory.start]
        pieces = [self.data[: physical[0].start if physical else self._directory.start]]
        position = len(pieces[0])
        records: dict[str, bytes] = {}
        for entry, end in zip(physical, ends, strict=True):
            if entry.name in removed:
                continue
            if entry.name in replaced:
                block, records[entry.name] = _replaced_entry(self.data, entry, replaced[entry.name], position)
            else:
                block = self.data[entry.start : end]
                records[entry.name] = _moved_record(entry, position)
            pieces.append(block)
            position += len(block)
        directory = b"".join(records[name] for name in self.entries if name in records)
        pieces += [directory, self._end_records(len(records), position, len(directory))]
        return b"".join(pieces)

    def _end_records(self, count: int, start: int, size: int) -> bytes:
        """What follows the directory, with its counts and offsets brought up to date."""
        old = self._directory
        tail = bytearray(self.data[old.end :])
        if old.end64 is not None:
            fields = list(_END64.unpack_from(tail, old.end64 - old.end))
            fields[6:10] = [count, count, size, start]
            _END64.pack_into(tail, old.end64 - old.end, *fields)
            locator = list(_LOCATOR64.unpack_from(tail, old.end_record - old.end - _LOCATOR64.size))
            locator[2] = start + size + (old.end64 - old.end)
            _LOCATOR64.pack_into(tail, old.end_record - old.end - _LOCATOR64.size, *locator)
        at = old.end_record - old.end
        record = list(_END.unpack_from(tail, at))
        # A field that says "see the zip64 record" goes on saying so.
        for index, value, full in (
            (3, count, _FULL16),
            (4, count, _FULL16),
            (5, size, _FULL32),
            (6, start, _FULL32),
        ):
            if old.end64 is None or record[index] != full:
                record[index] = value
        _END.pack_into(tail, at, *record)
        return bytes(tail)


def _refuse_other_formats(data: bytes, path: str, limits: FileLimits) -> None:
    if not data:
        raise CannotRead("E-EMPTY", path=path)
    hold(limits, "file_bytes", len(data), path)
    if data.startswith(OLE2_MAGIC):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise CannotRead("E-PASSWORD", path=path)
        raise CannotRead("E-LEGACY", path=path, suffix=path[path.rfind(".") :], actual=".xls")
    if not data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        raise CannotRead("E-NOT-WORKBOOK", path=path)


def _find_directory(data: bytes, path: str) -> _Directory:
    """Where the directory lies, from the end record (and the zip64 one when it is there)."""
    at = data.rfind(_END_MAGIC, max(0, len(data) - _END.size - _FULL16))
    if at < 0 or at + _END.size > len(data):
        raise CannotRead("E-TRUNCATED", path=path)
    _, disk, first_disk, _, count, size, start, _ = _END.unpack_from(data, at)
    end64: int | None = None
    if _FULL16 in (disk, count) or _FULL32 in (size, start):
        locator = at - _LOCATOR64.size
        if locator >= 0 and int.from_bytes(data[locator : locator + 4], "little") == _LOCATOR64_MAGIC:
            end64 = int(_LOCATOR64.unpack_from(data, locator)[2])
            if end64 + _END64.size > locator:
                raise CannotRead("E-TRUNCATED", path=path)
            fields = _END64.unpack_from(data, end64)
            if fields[0] != _END64_MAGIC:
                raise CannotRead("E-TRUNCATED", path=path)
            disk, first_disk, count, size, start = fields[4], fields[5], fields[7], fields[8], fields[9]
    if disk or first_disk:
        raise CannotRead("E-TRUNCATED", path=path)
    if start + size > (at if end64 is None else end64):
        raise CannotRead("E-TRUNCATED", path=path)
    return _Directory(start, start + size, count, end64, at)


def _read_entries(data: bytes, directory: _Directory, path: str, limits: FileLimits) -> dict[str, ZipEntry]:
    hold(limits, "parts", directory.parts, path)
    entries: dict[str, ZipEntry] = {}
    folded: set[str] = set()
    at = directory.start
    for _ in range(directory.parts):
        entry = _read_entry(data, at, directory, path)
        at += len(entry.record)
        if entry.name.casefold() in folded:
            raise HostileFile("E-DUPLICATE-PART", path=path, part=entry.name)
        folded.add(entry.name.casefold())
        _check_size(entry, path, limits)
        entries[entry.name] = entry
    if at != directory.end:
        raise CannotRead("E-TRUNCATED", path=path)
    hold(limits, "total_bytes", sum(entry.unpacked for entry in entries.values()), path)
    _refuse_overlaps(list(entries.values()), directory, path)
    return entries


def _read_entry(data: bytes, at: int, directory: _Directory, path: str) -> ZipEntry:
    if at + _CENTRAL.size > directory.end:
        raise CannotRead("E-TRUNCATED", path=path)
    fields = _CENTRAL.unpack_from(data, at)
    magic, flags, method, crc, packed, unpacked = (
        fields[0],
        fields[3],
        fields[4],
        fields[7],
        fields[8],
        fields[9],
    )
    name_length, extra_length, comment_length, start = fields[10], fields[11], fields[12], fields[16]
    end = at + _CENTRAL.size + name_length + extra_length + comment_length
    if magic != _CENTRAL_MAGIC or end > directory.end:
        raise CannotRead("E-TRUNCATED", path=path)
    record = data[at:end]
    raw_name = record[_CENTRAL.size : _CENTRAL.size + name_length]
    wide = _zip64_values(record, name_length, extra_length, path)
    unpacked, packed, start = (
        wide.pop(0) if value == _FULL32 and wide else value for value in (unpacked, packed, start)
    )
    name = _part_name(raw_name, flags, path)
    if flags & _ENCRYPTED:
        raise CannotRead("E-PASSWORD", path=path)
    if method not in (_STORED, _DEFLATED):
        raise HostileFile("E-HOSTILE", path=path, reason=f"compression of {name}")
    if start + _LOCAL.size > directory.start:
        raise CannotRead("E-TRUNCATED", path=path)
    local = _LOCAL.unpack_from(data, start)
    data_start = start + _LOCAL.size + local[9] + local[10]
    if local[0] != _LOCAL_MAGIC or data_start + packed > directory.start:
        raise CannotRead("E-TRUNCATED", path=path)
    if data[start + _LOCAL.size : start + _LOCAL.size + local[9]] != raw_name or local[3] != method:
        raise HostileFile("E-HOSTILE", path=path, reason=f"two descriptions of {name}")
    return ZipEntry(name, method, flags, crc, packed, unpacked, start, data_start, record)


def _part_name(raw: bytes, flags: int, path: str) -> str:
    try:
        name = raw.decode("utf-8" if flags & _UTF8 else "cp437")
    except UnicodeDecodeError:
        raise HostileFile("E-HOSTILE", path=path, reason="part name") from None
    name = name.replace("\\", "/")  # as some programs on Windows write all names of a package
    segments = name.removesuffix("/").split("/")
    if any(segment in ("", ".", "..") for segment in segments) or any(mark in name for mark in ":\0"):
        raise HostileFile("E-HOSTILE", path=path, reason=f"part name {name!r}")
    return name


def _zip64_values(record: bytes, name_length: int, extra_length: int, path: str) -> list[int]:
    """The 64-bit values of the record's zip64 field, in their order; empty without such a field."""
    span = _zip64_span(record, _CENTRAL.size + name_length, extra_length)
    if span is None:
        return []
    body = record[span[0] + 4 : span[1]]
    if len(body) % 8 and len(body) != 28:
        raise CannotRead("E-TRUNCATED", path=path)
    return [int.from_bytes(body[i : i + 8], "little") for i in range(0, len(body) - len(body) % 8, 8)]


def _zip64_span(record: bytes, start: int, length: int) -> tuple[int, int] | None:
    """Where the zip64 extra field lies, header included."""
    at, end = start, start + length
    while at + 4 <= end:
        kind, size = struct.unpack_from("<HH", record, at)
        if kind == _ZIP64_EXTRA:
            return (at, at + 4 + size) if at + 4 + size <= end else None
        at += 4 + size
    return None


def _check_size(entry: ZipEntry, path: str, limits: FileLimits) -> None:
    hold(limits, "part_bytes", entry.unpacked, path)
    if entry.unpacked > limits.ratio_free_bytes:
        hold(limits, "ratio", entry.unpacked // max(entry.packed, 1), path)
    if entry.method == _STORED and entry.packed != entry.unpacked:
        raise HostileFile("E-HOSTILE", path=path, reason=f"size of {entry.name}")


def _refuse_overlaps(entries: list[ZipEntry], directory: _Directory, path: str) -> None:
    """Entries that share packed bytes unpack to far more than the file could hold honestly."""
    end = 0
    for entry in sorted(entries, key=lambda one: one.start):
        if entry.start < end:
            raise HostileFile("E-HOSTILE", path=path, reason=f"{entry.name} overlaps another part")
        end = entry.data_start + entry.packed
    if end > directory.start:
        raise CannotRead("E-TRUNCATED", path=path)


def _moved_record(entry: ZipEntry, position: int) -> bytes:
    """The entry's directory record, pointing at its new place."""
    record = bytearray(entry.record)
    fields = _CENTRAL.unpack_from(record)
    if fields[16] != _FULL32:
        record[42:46] = position.to_bytes(4, "little")
        return bytes(record)
    span = _zip64_span(entry.record, _CENTRAL.size + fields[10], fields[11])
    if span is None:
        record[42:46] = position.to_bytes(4, "little")
        return bytes(record)
    at = span[0] + 4 + 8 * (fields[9] == _FULL32) + 8 * (fields[8] == _FULL32)
    record[at : at + 8] = position.to_bytes(8, "little")
    return bytes(record)


def _replaced_entry(data: bytes, entry: ZipEntry, content: bytes, position: int) -> tuple[bytes, bytes]:
    """The local block and the directory record of an entry with a new content."""
    packed = content if entry.method == _STORED else deflated(content)
    sizes = (checksum(content), len(packed), len(content))
    local = list(_LOCAL.unpack_from(data, entry.start))
    names_at = entry.start + _LOCAL.size
    name = data[names_at : names_at + local[9]]
    extra = _without_zip64(data[names_at + local[9] : entry.data_start])
    local[2] &= ~_DESCRIPTOR
    local[6:9] = sizes
    local[10] = len(extra)
    block = _LOCAL.pack(*local) + name + extra + packed

    fields = list(_CENTRAL.unpack_from(entry.record))
    comment_at = _CENTRAL.size + fields[10] + fields[11]
    central_extra = _without_zip64(entry.record[_CENTRAL.size + fields[10] : comment_at])
    fields[3] &= ~_DESCRIPTOR
    fields[7:10] = sizes
    fields[11] = len(central_extra)
    fields[16] = position
    record = _CENTRAL.pack(*fields) + name + central_extra + entry.record[comment_at:]
    return block, record


def _without_zip64(extra: bytes) -> bytes:
    span = _zip64_span(extra, 0, len(extra))
    return extra if span is None else extra[: span[0]] + extra[span[1] :]


def new_container(entries: Iterable[NewEntry]) -> bytes:
    """A file of these parts, all of the same day, so that the same content gives the same bytes."""
    blocks: list[bytes] = []
    records: list[bytes] = []
    position = 0
    for entry in entries:
        name = entry.name.encode("ascii")
        sizes = (entry.crc, len(entry.packed), entry.unpacked, len(name), 0)
        common = (_VERSION, 0, entry.method, *_WHEN, *sizes)
        block = _LOCAL.pack(_LOCAL_MAGIC, *common) + name + entry.packed
        records.append(
            _CENTRAL.pack(_CENTRAL_MAGIC, _UNIX | _VERSION, *common, 0, 0, 0, _READABLE, position) + name
        )
        blocks.append(block)
        position += len(block)
    directory = b"".join(records)
    magic = int.from_bytes(_END_MAGIC, "little")
    end = _END.pack(magic, 0, 0, len(records), len(records), len(directory), position, 0)
    return b"".join((*blocks, directory, end))


def inflated(packed: bytes, most: int) -> bytes:
    """The content of a deflated part, but never more than `most` bytes. Raises `ValueError` if it is none."""
    try:
        content: bytes = _FAST.decompressobj(-zlib.MAX_WBITS).decompress(packed, most)
    except _FAST.error as problem:
        raise ValueError(str(problem)) from None
    return content


def deflated(content: bytes) -> bytes:
    """A part as it is kept in a zip file."""
    if len(content) < _LARGE:
        return zlib.compress(content, _LEVEL, -zlib.MAX_WBITS)
    packed: bytes = _FAST.compress(content, _LEVEL_OF_LARGE, -zlib.MAX_WBITS)
    return packed


def checksum(content: bytes) -> int:
    """The CRC-32 that a zip file keeps of a part."""
    crc: int = _FAST.crc32(content)
    return crc
