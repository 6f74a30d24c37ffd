"""How much a workbook may ask of the machine before it is refused.

Each limit can be set by an environment variable, a whole number: `SHEETCREDIT_LIMIT_PARTS=20000`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from sheetcredit.model.errors import BadUsage, HostileFile

_MIB = 1024 * 1024
_PREFIX = "SHEETCREDIT_LIMIT_"


class FileLimits(NamedTuple):
    """Bounds on one workbook file. Sizes are in bytes; exceeding any bound raises `HostileFile`."""

    file_bytes: int = 256 * _MIB
    """Size of the file as it lies on the disk."""
    parts: int = 10_000
    """Number of entries of the package."""
    part_bytes: int = 256 * _MIB
    """Unpacked size of one part, declared or actual."""
    total_bytes: int = 1024 * _MIB
    """Declared unpacked size of all parts together."""
    values_bytes: int = 64 * _MIB
    """The same for a workbook whose values are read, as all commands do; `patch_cells` alone reads none."""
    row_bytes: int = 64 * _MIB
    """Unpacked size of one row of a sheet that is read row by row, as the bank's large exports are."""
    ratio: int = 400
    """Unpacked size divided by packed size of one part; XML of real sheets stays below 200."""
    ratio_free_bytes: int = 4 * _MIB
    """Parts that unpack to less than this are not judged by their ratio."""
    depth: int = 256
    """Nesting of XML elements."""
    cells: int = 2_000_000
    """Cells from A1 to the last one, empty or not, of all sheets together: room is made for each."""
    elements: int = 500_000
    """Tags and attributes of the parts that describe the workbook (lists of sheets, names, links …)."""
    formulas: int = 100_000
    """Formulas of one sheet whose formulas are read; `patch_cells` follows any number of them."""
    strings: int = 500_000
    """Entries of the table of shared strings."""
    styles: int = 70_000
    """Cell formats; Excel itself stops at 65,490."""
    mail_parts: int = 1_000
    """Parts of one mail, those of the mails in it included."""
    mail_header_bytes: int = 8_192
    """Length of a header that describes a part of a mail: the time to parse it grows with its square."""
    mail_depth: int = 8
    """Mails within mails."""
    arrival_bytes: int = 256 * _MIB
    """Declared unpacked size of all files of one archive of reports."""
    arrivals: int = 50_000
    """Workbooks that one run takes in from folders, mails and archives."""
    seconds: int = 60
    """Processor time that one workbook, or mail, may take; looked at between parts and sheets."""
    computed: int = 10_000
    """Dependent formulas that a write computes anew; where there are more, they lose their cached values."""
    engine_seconds: int = 20
    """Time that formulas may take to compute by ourselves; beyond it they lose their cached values."""
    recalc_seconds: int = 120
    """Time that LibreOffice may take to compute a workbook."""


DEFAULT_LIMITS = FileLimits()


def hold(limits: FileLimits, limit: str, found: int, path: str) -> None:
    """Raise `HostileFile` `E-LIMIT` if a workbook asks for more than `limit`, a field of `FileLimits`."""
    allowed: int = getattr(limits, limit)
    if found > allowed:
        setting = _PREFIX + limit.upper()
        raise HostileFile("E-LIMIT", path=path, limit=limit, found=found, allowed=allowed, setting=setting)


@cache
def current_limits() -> FileLimits:
    """The limits that hold in this process. Raises `BadUsage` `E-SETTING` for what is no whole number."""
    return limits_from(os.environ)


def limits_from(settings: Mapping[str, str]) -> FileLimits:
    """The limits with what the settings say. Raises `BadUsage` `E-SETTING`."""
    values: dict[str, int] = {}
    for name, text in settings.items():
        if not name.startswith(_PREFIX):
            continue
        limit = name.removeprefix(_PREFIX).lower()
        if limit not in FileLimits._fields or not (text.isascii() and text.isdigit() and 0 < len(text) < 16):
            names = ", ".join(_PREFIX + one.upper() for one in FileLimits._fields)
            raise BadUsage("E-SETTING", name=name, value=repr(text), advice=names)
        values[limit] = int(text)
    return DEFAULT_LIMITS._replace(**values)
