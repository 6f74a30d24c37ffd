"""The formulas of a sheet as its grid keeps them: text and kept value, by zero-based row and column.

Nearly every formula is written in one plain way, `<c r="B7" s="3"><f>SUM(B8:B20)</f><v>12</v></c>`, and is
read at one look. A sheet with any other goes the long way, through `Package.formulas`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sheetcredit.model.grid import Formula
from sheetcredit.xlsx.address import MAX_COLUMN, MAX_ROW, column_number
from sheetcredit.xlsx.limits import DEFAULT_LIMITS
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.xml_bytes import MAIN_NAMESPACES, unescape

Formulas = Mapping[tuple[int, int], Formula]
"""By zero-based row and column."""

_ROOT = re.compile(rb'(?:<\?xml[^<>]*\?>)?\s*<worksheet xmlns="([^"<>]*)"[^<>]*>')
_PLAIN = re.compile(
    rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"(?: s="[0-9]+")?(?: t="(str|n|b|e)")?>'
    rb"<f>([^<]*)</f>(?:<v>([^<]*)</v>)?</c>"
)
_CLOSE = b"</sheetData>"


def kept_formulas(package: Package, sheet: str) -> Formulas:
    """The formulas of a worksheet and what the file keeps as their values.

    Raises `CannotRead` or `CannotPatch` for a part that cannot be told for certain.
    """
    plain = plain_formulas(package.text(package.sheet(sheet).part), package.limits.formulas)
    if plain is not None:
        return plain
    return {
        (row - 1, column - 1): Formula(formula.text, formula.cached)
        for (row, column), formula in package.formulas(sheet).items()
    }


def plain_formulas(part: bytes, most: int = DEFAULT_LIMITS.formulas) -> Formulas | None:
    """The formulas of a sheet part (as UTF-8); None where any or the sheet is not plain, or above `most`."""
    start, end = part.find(b"<sheetData>"), part.rfind(b"</sheetData>")
    if not 0 <= start < end or not is_plain_root(part, start) or _has_other_formulas(part, start, end):
        return None
    found: list[tuple[tuple[int, int], Formula]] = []
    # From the end, as `rfind` is several times as fast as `find`.
    at, row = part.rfind(b"<f", start, end), end
    while at >= 0:
        begin = part.rfind(b"<c ", start, at)
        cell = _PLAIN.match(part, begin, end) if begin >= 0 else None
        if cell is None or cell.start(4) != at + 3 or len(found) == most:
            return None
        if begin < row:
            row = part.rfind(b"<row", start, begin)
            if part.find(b"xmlns", row, part.find(b">", row)) >= 0:
                return None
        letters, digits, kind, text, kept = cell.groups()
        line, column = int(digits), column_number(letters.decode())
        if line > MAX_ROW or column > MAX_COLUMN or (kept is not None and b"_x" in kept):
            return None
        try:
            # An empty value is none, but of a text.
            cached = unescape(kept) if kept or (kept is not None and kind == b"str") else None
            found.append(((line - 1, column - 1), Formula(unescape(text), cached)))
        except (ValueError, OverflowError):
            return None
        at = part.rfind(b"<f", start, begin)
    return dict(reversed(found))


def is_plain_root(part: bytes, start: int) -> bool:
    """Whether nothing around a table, which starts at `start`, gives its tags another meaning than usual.

    The marks that could are looked for from the first character on that they have in common with little else.
    """
    root = _ROOT.match(part)
    if root is None or root[1].decode("utf-8", "replace") not in MAIN_NAMESPACES:
        return False
    if part.rfind(b"<sheetData") != start:
        return False
    mark, asked = part.find(b"!"), part.find(b"?", root.start(1))
    if mark >= 0 and part.rfind(b"<!", mark - 1) >= 0:
        return False
    return asked < 0 or part.rfind(b"<?", asked - 1) < 0


def _has_other_formulas(part: bytes, start: int, end: int) -> bool:
    """Whether there may be formulas with a prefix."""
    colon = part.find(b":", start, end)
    return colon >= 0 and part.rfind(b":f", colon, end) >= 0
