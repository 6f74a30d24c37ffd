"""A list of any length in a message: the first few by name, the others counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sheetcredit.model.text import Language, word

_LANGUAGES: tuple[Language, ...] = ("vi", "en")


def listed(texts: Sequence[str], most: int) -> Mapping[str, str]:
    """The texts in both languages, `most` of them named."""
    named = ", ".join(texts[:most])
    rest = len(texts) - most
    if rest <= 0:
        return dict.fromkeys(_LANGUAGES, named)
    return {language: word("and-more", language, named=named, rest=rest) for language in _LANGUAGES}
