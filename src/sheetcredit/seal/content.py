"""What a seal covers: the typed values of the input tables, the details that give them meaning, the figures.

A value counts as it is read, not as it is written: a number kept as text that becomes a number, a name with
its tone on the other vowel, rows sorted anew, columns moved or lines inserted above change nothing. Numbers
count to fifteen digits, as Excel keeps them, texts to 500 characters. Total rows are left out: they follow
from the rows, and rule R01 holds them against each other. Names of those who sign and of the addressee may
change freely.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b

from sheetcredit.model.text import fold
from sheetcredit.template.definition import Office
from sheetcredit.template.on_paper import ON_PAPER
from sheetcredit.template.reading import Reading

DETAILS = ("office", "period", "as_of", "unit", "share_rounding", "template_version")
"""The columns of `Thông tin` that a seal covers."""

INFO, SUMMARY = "info", "summary"
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BETWEEN = "\x1f"
_LONGEST = 500

Values = Mapping[str, str]
"""Column name → value as text; empty cells are left out."""


@dataclass(frozen=True, slots=True)
class Line:
    """One sealed row: its values, and the Excel row where it stands now (None for details and figures)."""

    values: Values
    row: int | None = None


Snapshot = Mapping[tuple[str, str], Line]
"""Sheet id and key of the row → the row."""


def snapshot(reading: Reading, office: Office, figures: Mapping[str, object] | None = None) -> Snapshot:
    """What a seal would cover; `figures` are those about to be written, otherwise what `Tổng hợp` shows."""
    lines = {(INFO, ""): Line(_texts((name, reading.info.values.get(name)) for name in DETAILS))}
    for block in reading.blocks:
        if not block.frame.endswith(".total"):
            lines |= _table_lines(block.sheet.id, block.sheet.key, block.rows, block.columns)
    names = [figure.name for figure in office.sheet(SUMMARY).figures]
    shown = figures if figures is not None else {name: reading.book.named(name) for name in names}
    lines[SUMMARY, ""] = Line(_texts((name, shown.get(name)) for name in names))
    return lines | _lines_on_paper(reading, office)


def _lines_on_paper(reading: Reading, office: Office) -> dict[tuple[str, str], Line]:
    """What stands on paper and says something else than the values: nothing, in a workbook that is right."""
    lines = {}
    for finding in reading.findings:
        sheet = office.named(finding.sheet or "")
        if finding.code in ON_PAPER and sheet is not None:
            found = finding.details.get("found")
            lines[sheet.id, finding.key] = Line({"on_paper": str(found)[:_LONGEST]}, finding.row)
    return lines


def _table_lines(
    sheet: str, key: Iterable[str], rows: Iterable[int], columns: Mapping[str, Sequence[object]]
) -> dict[tuple[str, str], Line]:
    """The rows of a table by their key; one that repeats a key is numbered."""
    names, keys = list(columns), list(key)
    seen: Counter[str] = Counter()
    lines = {}
    texts = [list(map(text_of, column)) for column in columns.values()]
    for row, cells in zip(rows, zip(*texts, strict=True), strict=True):
        values = {name: text for name, text in zip(names, cells, strict=True) if text}
        name = "/".join(values.get(part, "") for part in keys)
        seen[name] += 1
        lines[sheet, name if seen[name] == 1 else f"{name}#{seen[name]}"] = Line(values, row)
    return lines


def _texts(cells: Iterable[tuple[str, object]]) -> dict[str, str]:
    return {name: text for name, value in cells if (text := text_of(value))}


def text_of(value: object) -> str:
    """A typed value as the text that is sealed; empty for an empty cell."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value + 0.0:.15g}"  # adding nought turns -0 into 0
    if isinstance(value, int | Decimal):
        return f"{float(value):.15g}"
    return value.isoformat() if isinstance(value, date) else str(value)[:_LONGEST]


def same(text: str) -> str:
    """The form in which two sealed values are compared: what `fold` gives, without asking it for ASCII."""
    if text.isascii():
        return text if text.isdigit() else " ".join(text.lower().split())
    return _folded(text)


_folded = lru_cache(maxsize=1 << 12)(fold)


def data_digest(lines: Snapshot) -> bytes:
    """The digest of everything covered, in an order of its own."""
    hashed = blake2b(digest_size=32)
    for sheet, key in sorted(lines):
        values = lines[sheet, key].values
        cells = (f"{name}={same(values[name])}" for name in sorted(values))
        hashed.update(f"{sheet}{_BETWEEN}{key}{_BETWEEN}{_BETWEEN.join(cells)}\n".encode())
    return hashed.digest()


def sheet_marks(lines: Snapshot) -> dict[str, str]:
    """Two characters a sheet: enough to say which one changed where nothing else was kept."""
    sheets = sorted({sheet for sheet, _ in lines})
    return {
        sheet: typeable(data_digest({place: line for place, line in lines.items() if place[0] == sheet}), 2)
        for sheet in sheets
    }


def typeable(digest: bytes, length: int) -> str:
    """The first characters of a digest in Crockford's base 32: no I, L, O or U to mistake."""
    number = int.from_bytes(digest, "big")
    bits = len(digest) * 8
    return "".join(_CROCKFORD[(number >> (bits - 5 * place)) & 31] for place in range(1, length + 1))
