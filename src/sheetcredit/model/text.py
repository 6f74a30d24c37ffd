"""Words and numbers as people read them: one catalogue, Vietnamese first, English second."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, Literal

from sheetcredit.model.resources import schemas_folder
from sheetcredit.model.yaml_file import load_yaml

Language = Literal["vi", "en"]
DEFAULT_LANGUAGE: Language = "vi"
LANGUAGES: tuple[Language, ...] = ("vi", "en")
_BEGINS_FORMULA = tuple("=+-@|\t\r\n＝＋－＠")
_NO_WIDTH = re.compile("[\u200b-\u200f\u2060\ufeff]")
_ENDLESS_MARKS = re.compile("[\u0300-\u036f]{31}")
_BARE_NUMBER = re.compile(r"[+-]?[0-9][0-9.,\u00a0 ]*")


@cache
def message_catalogue(name: str) -> dict[str, Any]:
    """The entries of `schemas/messages/<name>.yaml`: code → field → language → template.

    The findings of the rules across sheets stand with their rules and are added to `findings`.
    """
    entries: dict[str, Any] = load_yaml(schemas_folder() / "messages" / f"{name}.yaml")
    if name == "findings":
        for template in ("office", "branch"):
            for rule in load_yaml(schemas_folder() / template / "rules.yaml")["rules"]:
                entries[rule["id"]] = rule | {"remedy": rule["instruction"]}
    return entries


class _Lenient(dict[str, object]):
    """Leaves an unknown placeholder readable instead of failing while an error is being told."""

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


def message_of(
    catalogue: str, code: str, field: str, language: Language, details: Mapping[str, object]
) -> str:
    """One text of a catalogue entry with its `{placeholders}` filled from `details`."""
    entry = message_catalogue(catalogue)[code][field]
    return str(entry[language]).format_map(_Lenient(details))


def word(code: str, language: Language = DEFAULT_LANGUAGE, **details: object) -> str:
    """A word or sentence of the screen, from `schemas/messages/screen.yaml`."""
    return str(message_catalogue("screen")[code][language]).format_map(_Lenient(details))


def number_text(
    value: int | Decimal | float, language: Language = DEFAULT_LANGUAGE, decimals: int | None = None
) -> str:
    """A number as printed: `437.439,5` in Vietnamese, `437,439.5` in English.

    Without `decimals` all the digits of the value are shown and trailing zeros dropped.
    """
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    english = f"{exact:,f}" if decimals is None else f"{exact:,.{decimals}f}"
    if decimals is None and "." in english:
        english = english.rstrip("0").rstrip(".")
    if language == "en":
        return english
    return english.translate(str.maketrans(",.", ".,"))


def one_line(text: str) -> str:
    """Text that came from outside, safe to print on one line: no line breaks, no control characters."""
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") else c for c in text)


def harmless(text: str) -> str:
    """Text that came from a workbook, safe to stand alone in a cell of ours.

    Written by us it is text whatever it begins with. But a person may edit the cell, or save the sheet as CSV
    and open that: what would then be a formula gets an apostrophe in front, unless it is only a number.
    """
    risky = text.lstrip(" ").startswith(_BEGINS_FORMULA) and not _BARE_NUMBER.fullmatch(text)
    return f"'{text}" if risky else text


def composed(text: str) -> str:
    """Text in composed Unicode (NFC); one with endless combining marks, which no letter has, as it is.

    Composing takes time in the square of the marks on one letter: 130,000 of them half a minute.
    """
    return text if _ENDLESS_MARKS.search(text) else unicodedata.normalize("NFC", text)


QUOTED = 200
"""So many characters of a formula stand in a message: a cell may hold 8,192."""


def shortened(text: str, most: int) -> str:
    """The text, or its beginning with a mark where more was cut off."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


@lru_cache(maxsize=1 << 13)
def fold(text: str) -> str:
    """The form in which names and headers are compared: NFC, one space, lower case.

    The old tone placement (`Hoà`) folds to the new one (`Hòa`), as both are met in real files.
    """
    folded = composed(_NO_WIDTH.sub("", text)).casefold().replace("ð", "đ")  # Icelandic Eth looks like Đ
    words = " ".join(folded.split())
    for old, new in _OLD_TONES:
        words = words.replace(old, new)
    return words


def _old_tone_pairs() -> tuple[tuple[str, str], ...]:
    tones = "\u0300\u0301\u0303\u0309\u0323"
    pairs = []
    for first, second in ("oa", "oe", "uy"):
        for tone in tones:
            old = unicodedata.normalize("NFC", first + second + tone)
            new = unicodedata.normalize("NFC", first + tone + second)
            pairs.append((old, new))
    return tuple(pairs)


_OLD_TONES = _old_tone_pairs()


# A list of any length in a message: the first few by name, the others counted.


def listed(texts: Sequence[str], most: int) -> Mapping[str, str]:
    """The texts in both languages, `most` of them named."""
    named = ", ".join(texts[:most])
    rest = len(texts) - most
    if rest <= 0:
        return dict.fromkeys(LANGUAGES, named)
    return {language: word("and-more", language, named=named, rest=rest) for language in LANGUAGES}
