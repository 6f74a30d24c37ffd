"""Text as it should be written: Unicode, composed, single spaces, the tone on the right vowel."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sheetcredit.model.legacy_fonts import converted_from_legacy
from sheetcredit.model.vietnamese import with_new_tones

Kind = Literal["number", "code", "TCVN3", "VNI", "compose", "spaces", "tones"]

# Line breaks within a cell are wanted; marks of no width are not, apart from the soft hyphen, which is a
# letter in TCVN3.
_SPACES = re.compile(r"[^\S\n\r]+")
_NO_WIDTH = re.compile("[\u200b-\u200d\u2060\ufeff]")
_AROUND_BREAKS = re.compile(r" *(\r?\n) *")


@dataclass(frozen=True, slots=True)
class Repaired:
    """A text as it should be written, and what was done to it."""

    text: str
    kinds: tuple[Kind, ...]


def repaired_text(text: str) -> Repaired:
    """The text put right in the order: legacy font, composition, spaces, tones."""
    kinds: list[Kind] = []
    if (converted := converted_from_legacy(text)) is not None:
        text = converted.text
        kinds.append(converted.font)
    for kind, step in _STEPS:
        better = step(text)
        if better != text:
            kinds.append(kind)
            text = better
    return Repaired(text, tuple(kinds))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def single_spaced(text: str) -> str:
    """Text without surplus, non-breaking and invisible spaces; its line breaks stay."""
    return _AROUND_BREAKS.sub(r"\1", _SPACES.sub(" ", _NO_WIDTH.sub("", text))).strip()


_STEPS: tuple[tuple[Kind, Callable[[str], str]], ...] = (
    ("compose", _composed), ("spaces", single_spaced), ("tones", with_new_tones),
)  # fmt: skip
