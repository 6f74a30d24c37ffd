"""Text written with the one-byte fonts of the 1990s turned into Unicode.

TCVN3 is the third character set of TCVN 5712:1993 (fonts such as .VnTime): one byte a letter, accented
capitals only without a tone; fonts whose name ends in H show small letters as capitals. VNI Windows
(fonts such as VNI-Times) puts a byte with the mark after the vowel. A workbook keeps both as the
Latin-1 characters of the same bytes.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from sheetcredit.model.vietnamese import is_vietnamese, words_of

Font = Literal["TCVN3", "VNI"]

_TCVN3_CAPITALS = "ĂÂÊÔƠƯĐ"  # from 0xA1
_TCVN3_PLAIN = "ăâêôơưđ"  # from 0xA8
_TCVN3_TONED = {
    0xB5: "àảãáạ", 0xBB: "ằẳẵắ", 0xC6: "ặầẩẫấậè", 0xCE: "ẻẽéẹềểễếệìỉ", 0xDC: "ĩíịò", 0xE1: "ỏõóọồổỗốộờởỡớợù",
    0xF1: "ủũúụừửữứựỳỷỹýỵ",
}  # fmt: skip


def _tcvn3_table() -> dict[str, str]:
    runs = {0xA1: _TCVN3_CAPITALS, 0xA8: _TCVN3_PLAIN, **_TCVN3_TONED}
    return {chr(first + place): letter for first, run in runs.items() for place, letter in enumerate(run)}


# The vowels with the tones huyền, hỏi, ngã, sắc, nặng, and the marks that VNI writes for them.
_VNI_PLAIN, _VNI_HAT, _VNI_BREVE = "øûõùï", "àåãáä", "èúüéë"
_VNI_ROWS = (
    ("a", "àảãáạ", _VNI_PLAIN), ("a", "ầẩẫấậ", _VNI_HAT), ("a", "ằẳẵắặ", _VNI_BREVE),
    ("e", "èẻẽéẹ", _VNI_PLAIN), ("e", "ềểễếệ", _VNI_HAT), ("o", "òỏõóọ", _VNI_PLAIN),
    ("o", "ồổỗốộ", _VNI_HAT), ("ô", "ờởỡớợ", _VNI_PLAIN), ("u", "ùủũúụ", _VNI_PLAIN),
    ("ö", "ừửữứự", _VNI_PLAIN), ("y", "ỳỷỹý", _VNI_PLAIN),
    ("a", "â", "â"), ("a", "ă", "ê"), ("e", "ê", "â"), ("o", "ô", "â"),
)  # fmt: skip
_VNI_SINGLE = {"ô": "ơ", "ö": "ư", "ñ": "đ", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "í": "í", "ò": "ị", "î": "ỵ"}


def _vni_table() -> dict[str, str]:
    small = {
        base + mark: letter
        for base, letters, marks in _VNI_ROWS
        for letter, mark in zip(letters, marks, strict=False)
    }
    small |= _VNI_SINGLE
    return small | {code.upper(): letter.upper() for code, letter in small.items()}


TCVN3: dict[str, str] = _tcvn3_table()
"""Latin-1 character → letter."""
VNI: dict[str, str] = _vni_table()
"""One or two Latin-1 characters → letter."""

# A capital followed by the small form of its mark is met too (`Ngaân`, `Aân`): the vowel says the case.
_VNI_DECODING = {code[0] + code[1:].lower(): letter for code, letter in VNI.items()} | VNI
_VNI_CODE = re.compile("|".join(map(re.escape, sorted(_VNI_DECODING, key=len, reverse=True))))
_TWO_CAPITALS = re.compile("[A-ZĂÂÊÔƠƯĐ].*[A-ZĂÂÊÔƠƯĐ]")


_TO_TCVN3 = {letter: code for code, letter in TCVN3.items()}
_TO_VNI = {letter: code for code, letter in VNI.items()}
_LATIN_1_LETTERS = "ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúý"  # of Vietnamese
_NOT_UNICODE = re.compile(
    f"[^\x00-\x7f{_LATIN_1_LETTERS}\xa0]|[a-z{_LATIN_1_LETTERS[15:]}][{_LATIN_1_LETTERS[:15]}]"
)
_VNI_PAIR = re.compile("|".join(re.escape(code) for code in sorted(_VNI_DECODING) if len(code) == 2))


class Converted(NamedTuple):
    """Text in Unicode, and the font's code it was written in."""

    text: str
    font: Font


def from_tcvn3(text: str) -> str:
    """TCVN3 text in Unicode; in capitals throughout where its plain letters are."""
    converted = "".join(TCVN3.get(character, character) for character in text)
    in_small = any(character.isascii() and character.islower() for character in text)
    if not in_small and any(_TWO_CAPITALS.search(word) for word in words_of(converted)):
        return converted.upper()
    return converted


def from_vni(text: str) -> str:
    """VNI Windows text in Unicode."""
    return _VNI_CODE.sub(lambda match: _VNI_DECODING[match[0]], text)


def to_tcvn3(text: str) -> str:
    """Composed text as a TCVN3 font writes it."""
    return "".join(_TO_TCVN3.get(character, character) for character in text)


def to_vni(text: str) -> str:
    """Composed text as a VNI font writes it."""
    return "".join(_TO_VNI.get(character, character) for character in text)


def converted_from_legacy(text: str) -> Converted | None:
    """The text in Unicode where it certainly is in a legacy font's code, otherwise None.

    Certain: as it stands some word is no Vietnamese, and in exactly one of the two codes every word is.
    And it has something that Unicode text has not, even with a slip in it (`Lê Thanh Lôc`): a sign that is
    no letter of Vietnamese, a capital within a word, or the two letters that VNI writes for one.
    """
    if text.isascii() or any(character > "\xff" for character in text) or is_vietnamese(text):
        return None
    if not (_NOT_UNICODE.search(text) or _VNI_PAIR.search(text)):
        return None
    candidates = (Converted(from_tcvn3(text), "TCVN3"), Converted(from_vni(text), "VNI"))
    readings = [c for c in candidates if c.text != text and is_vietnamese(c.text, abbreviations=True)]
    return readings[0] if len(readings) == 1 else None
