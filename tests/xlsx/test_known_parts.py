"""A part that was met before is taken only where it is the same to the last byte."""

from __future__ import annotations

import struct
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile
from zlib import crc32

import pytest

from sheetcredit.model.errors import CannotRead, SheetcreditError
from sheetcredit.xlsx import container
from sheetcredit.xlsx.container import Container
from sheetcredit.xlsx.known_parts import KnownParts

CONTENT = b"<styles>" + bytes(range(32, 127)) * 3 + b"</styles>"


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> KnownParts:
    parts = KnownParts()
    monkeypatch.setattr(container, "known_parts", lambda: parts)
    return parts


def zipped(content: bytes = CONTENT, method: int = ZIP_DEFLATED) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", method) as package:
        package.writestr("a.xml", content)
    return out.getvalue()


def read(data: bytes) -> bytes:
    return Container(data, "a.xlsx").read("a.xml")


def test_a_part_is_unpacked_twice_and_then_known(known: KnownParts, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [read(zipped()) for _ in range(2)] == [CONTENT] * 2
    monkeypatch.setattr(container, "inflated", lambda *_: pytest.fail("unpacked again"))
    assert read(zipped()) == CONTENT
    assert read(zipped(method=ZIP_STORED)) == CONTENT


@pytest.mark.parametrize("at", [-4, 30, 40])
def test_a_damaged_part_is_not_taken_for_the_one_it_was(known: KnownParts, at: int) -> None:
    for _ in range(3):
        read(zipped())
    data = bytearray(zipped())
    entry = Container(bytes(data), "a.xlsx").entries["a.xml"]
    data[entry.data_start + at if at > 0 else entry.data_start + entry.packed + at] ^= 0x41
    with pytest.raises(CannotRead):
        read(bytes(data))


def test_a_part_that_lies_about_its_size_is_refused_however_often_it_was_met(known: KnownParts) -> None:
    for _ in range(3):
        read(zipped())
    right, wrong = struct.pack("<I", len(CONTENT)), struct.pack("<I", len(CONTENT) + 1)
    with pytest.raises(SheetcreditError):
        read(zipped().replace(right, wrong))


def test_large_parts_and_too_many_are_not_kept() -> None:
    parts = KnownParts()
    large = b"x" * 65_537
    for _ in range(3):
        parts.meet(crc32(large), b"packed", large)
    assert parts.content(crc32(large), b"packed") is None
    for number in range(200):
        for _ in range(2):
            parts.meet(number, b"packed", b"content")
    assert 0 < sum(parts.content(number, b"packed") is not None for number in range(200)) <= 64
    assert parts.content(199, b"other") is None
