"""Vietnamese letters and syllables: what a proper word is, where its tone stands.

A syllable has an initial, a rhyme and a tone, and each of them is one of a short list. That makes it
possible to tell real Vietnamese from text in a legacy font without a dictionary.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

TONES = "\u0300\u0309\u0303\u0301\u0323"
"""The combining marks of the five tones: huyền, hỏi, ngã, sắc, nặng."""

_WORD = re.compile(r"[^\s\d!-/:-@\[-`{-~\u2013\u2014]+")
_INITIALS = ("", *"b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x".split())  # noqa: SIM905
_RHYMES = frozenset(
    (  # noqa: SIM905 - a list of quoted rhymes would hide them
        "a ac ach ai am an ang anh ao ap at au ay ăc ăk ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây "
        "e ec em en eng eo ep et ê êch êm ên ênh êp êt êu "
        "i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu "
        "o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet "
        "oi om on ong ooc oong op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt "
        "u ua uân uâng uât uây uc uê uêch uênh ui um un ung uơ up ut uy uya uych uyên uyêt uyn uynh uyt uyu "
        "uôc uôi uôm uôn uông uôt ư ưa ưc ưi ưm ưn ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu "
        "y yêm yên yêng yêt yêu ych ynh"
    ).split()
)
_STOPPED = re.compile("(?:ch|[cpt])$")
_TONES_OF_STOPPED = TONES[3:]
_ABBREVIATION = re.compile("[A-ZĐđĂÂÊÔƠƯ]{1,5}")
_LONGEST_WORD = 24
_VOWELS = frozenset("aăâeêioôơuưy")
_MARKED = frozenset("ăâêôơư")
_EITHER = frozenset({"oa", "oe", "uy"})


def words_of(text: str) -> list[str]:
    """The words of a text, digits and ASCII punctuation left out."""
    return _WORD.findall(text)


def is_syllable(word: str) -> bool:
    """Whether a word can be a Vietnamese syllable; the tone may stand on either vowel of `oa`, `oe`, `uy`."""
    letters: list[str] = []
    tones: list[tuple[int, str]] = []
    if len(word) > _LONGEST_WORD:  # `nghiêng` has seven letters; a mark more for each if decomposed
        return False
    for character in unicodedata.normalize("NFC", word.lower()):
        parts = unicodedata.normalize("NFD", character)
        tones += [(len(letters), part) for part in parts if part in TONES]
        plain = "".join(part for part in parts if part not in TONES)
        letters.append(unicodedata.normalize("NFC", plain))
    text = "".join(letters)
    if len(tones) > 1 or len(text) != len(letters):
        return False
    return any(
        text.startswith(initial) and _is_rhyme(text[len(initial) :], tones, len(initial))
        for initial in _INITIALS
    )


def _is_rhyme(rhyme: str, tones: Sequence[tuple[int, str]], start: int) -> bool:
    if rhyme not in _RHYMES:
        return False
    if not tones:
        return not _STOPPED.search(rhyme)
    place, tone = tones[0]
    if _STOPPED.search(rhyme) and tone not in _TONES_OF_STOPPED:
        return False
    return place - start in _tone_places(rhyme)


def _tone_places(rhyme: str) -> tuple[int, ...]:
    """Where the tone of a rhyme may stand."""
    marked = [place for place, letter in enumerate(rhyme) if letter in _MARKED]
    vowels = sum(letter in _VOWELS for letter in rhyme)
    if marked:
        return (marked[-1],)
    if vowels < len(rhyme):
        return (vowels - 1,)
    return (0, 1) if rhyme in _EITHER else (vowels // 2 if vowels == 3 else 0,)


def is_vietnamese(text: str, abbreviations: bool = False) -> bool:
    """Whether every word with a letter beyond ASCII is a syllable (or, if they count, an abbreviation)."""
    return all(
        word.isascii() or is_syllable(word) or (abbreviations and bool(_ABBREVIATION.fullmatch(word)))
        for word in words_of(text)
    )


def _composed(*parts: str) -> str:
    return unicodedata.normalize("NFC", "".join(parts))


_PAIRS = [
    (first, second)
    for lower in ("oa", "oe", "uy")
    for first in (lower[0], lower[0].upper())
    for second in (lower[1], lower[1].upper())
]
_NEW_TONES = {
    _composed(first, second, tone): _composed(first, tone, second)
    for first, second in _PAIRS
    for tone in TONES
}
# After q the u belongs to the initial: `quý` stays; within a longer rhyme (`hoàn`) both schools agree.
_OLD_TONE = re.compile(rf"(?<![qQ])(?:{'|'.join(_NEW_TONES)})(?!\w)")


def with_new_tones(text: str) -> str:
    """Composed text with the tone on the first vowel of a final `oa`, `oe`, `uy`: `Hoà` → `Hòa`."""
    return _OLD_TONE.sub(lambda match: _NEW_TONES[match[0]], text)
