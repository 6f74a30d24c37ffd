"""Compressing the parts of a workbook built in memory: once, when nothing more is to change in it."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

_LEVEL = 5
"""As in `container`: half the time of zlib's own choice, one or two per cent larger."""


def deflated(data: bytes) -> bytes:
    """The same workbook with every part compressed; order, names and dates stay."""
    packed = BytesIO()
    with ZipFile(BytesIO(data)) as plain, ZipFile(packed, "w") as package:
        for entry in plain.infolist():
            package.writestr(entry, plain.read(entry), ZIP_DEFLATED, _LEVEL)
    return packed.getvalue()
