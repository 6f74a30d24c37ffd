"""A copy of a workbook without the prepared rows at the end of a sheet: what calamine need not read.

A form keeps a thousand prepared rows (styles, formulas without a value) below the few that are filled.
calamine skips their cells one by one, which takes longer than any other sheet. The copy is read and thrown
away; nothing is ever written from it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from functools import lru_cache

from sheetcredit.workbook.package import Package

_VALUE = re.compile(rb"<v(?!></v>|/>)")
_ROW_END = b"</row>"
_LEAST_BYTES = 32 * 1024
"""It does not pay for less."""
_KNOWN = 4


def without_prepared_rows(package: Package, data: bytes, sheets: Iterable[str]) -> bytes:
    """The file `data`, the named sheets cut after their last row with a value."""
    named = set(sheets)
    cut: dict[str, bytes] = {}
    for sheet in package.sheets:
        if sheet.name in named and package.container.entries[sheet.part].unpacked > _LEAST_BYTES:
            text, stored = package.unpacked(sheet.part)
            shorter = cut_after_values(text)
            if shorter is not None:
                cut[sheet.part] = stored.pack(shorter)
    return package.container.rebuilt(cut) if cut else data


def cut_after_values(text: bytes) -> bytes | None:
    """A sheet part (as UTF-8) without the rows below its last value; None where few bytes would go."""
    start, end = text.find(b"<sheetData>"), text.rfind(b"</sheetData>")
    if not 0 <= start < end - _LEAST_BYTES:
        return None
    known = _prepared_before()
    for prepared in tuple(known):  # another thread may add one
        row_end = end - len(prepared)
        if text.endswith(prepared, start, end) and text.endswith(_ROW_END, start, row_end):
            return text[:row_end] + text[end:]
    cut = _end_of_values(text, start, end)
    if cut is None:
        return None
    known.append(text[cut:end])
    return text[:cut] + text[end:]


@lru_cache(maxsize=1)
def _prepared_before() -> deque[bytes]:
    """Prepared rows without a value that were met last: a form keeps the same ones in every workbook."""
    return deque(maxlen=_KNOWN)


def _end_of_values(text: bytes, start: int, end: int) -> int | None:
    """Where the row of the last value ends; None where few bytes follow."""
    last = max(start, text.rfind(b"<is", start, end))
    for found in _VALUE.finditer(text, last, end):
        last = found.start()
    row_end = text.find(_ROW_END, last, end) + len(_ROW_END)
    if row_end < len(_ROW_END) or end - row_end < _LEAST_BYTES:
        return None
    prefixed = max(text.rfind(b":v", row_end, end), text.rfind(b":is", row_end, end))
    return row_end if prefixed < 0 else None
