"""The seal as it stands in `Thông tin`: a code people can type, and beside it when, by whom, by which rules.

A workbook made before there were cells for these keeps them all in the cell of the code, between semicolons.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

from sheetcredit.model.grid import address
from sheetcredit.seal.content import Snapshot, data_digest, same, sheet_marks, typeable
from sheetcredit.template.reading import Info

DETAILS = ("sealed_at", "sealed_by", "rule_set", "submission", "signature")
_KIND = "sheetcredit-seal-1"
_LENGTH, _GROUP = 16, 4
_ALIKE = str.maketrans("OIL", "011")
_BETWEEN = "; "
_LONGEST, _LONGEST_CODE = 1000, 40


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal as written. `marks` (two characters by sheet id) only where there is no record of the rows."""

    code: str
    sealed_at: str
    sealed_by: str
    rule_set: str
    submission: int
    signature: str = ""
    marks: Mapping[str, str] | None = None

    def digest_for(self, lines: Snapshot) -> bytes:
        """The whole digest that these details and that data give; its beginning is the code."""
        details = (self.rule_set, self.sealed_at, same(self.sealed_by), str(self.submission))
        told = "\x1f".join((_KIND, data_digest(lines).hex(), *details))
        return blake2b(told.encode(), digest_size=32).digest()

    def fits(self, lines: Snapshot) -> bool:
        """Whether the code is the one that this data gives."""
        return plain(self.code) == plain(code_of(self.digest_for(lines)))


def code_of(digest: bytes) -> str:
    """The code of a digest, in groups of four: 80 bits of it."""
    text = typeable(digest, _LENGTH)
    return "-".join(text[place : place + _GROUP] for place in range(0, _LENGTH, _GROUP))


def plain(code: str) -> str:
    """A code as it compares, however it was typed."""
    return "".join(filter(str.isalnum, code.upper())).translate(_ALIKE)


def seal_of(info: Info) -> Seal | None:
    """The seal that a workbook carries."""
    written = _text(info, "seal")
    if not written:
        return None
    code, *rest = written.split(_BETWEEN)
    code = code[:_LONGEST_CODE]
    if len(rest) >= len(DETAILS):
        at, by, rules, number, signature, *marks = rest
        pairs = (mark.partition("=")[::2] for mark in marks[0].split()) if marks else ()
        return Seal(code, at, by, rules, _number(number), signature, dict(pairs))
    at, by, rules, number, signature = (_text(info, name) for name in DETAILS)
    return Seal(code, at, by, rules, _number(number), signature)


def _text(info: Info, name: str) -> str:
    value = info.values.get(name)
    return f"{value:.15g}" if isinstance(value, float) else str(value or "").strip()[:_LONGEST]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


def seal_cells(info: Info, seal: Seal | None, lines: Snapshot) -> dict[str, int | str | None]:
    """The cells of `Thông tin` that carry a seal, by A1 address; all emptied but the number without one.

    `seal` must be in `info.cells`.
    """
    beside = {name: address(*info.cells[name]) for name in DETAILS if name in info.cells}
    place = address(*info.cells["seal"])
    if seal is None:
        emptied = (cell for name, cell in beside.items() if name != "submission")
        return dict.fromkeys((place, *emptied))
    values: dict[str, int | str] = {
        "sealed_at": seal.sealed_at, "sealed_by": seal.sealed_by, "rule_set": seal.rule_set,
        "submission": seal.submission, "signature": seal.signature,
    }  # fmt: skip
    if len(beside) == len(DETAILS):
        return {place: seal.code} | {cell: values[name] or None for name, cell in beside.items()}
    marks = " ".join(f"{sheet}={mark}" for sheet, mark in sheet_marks(lines).items())
    told = [str(values[name]).replace(";", ",") for name in DETAILS]
    return {place: _BETWEEN.join((seal.code, *told, marks))}
