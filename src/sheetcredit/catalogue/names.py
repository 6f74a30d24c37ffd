"""Names of places as people write them: compared without title, case and spelling of tones."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from sheetcredit.model.text import fold

_TITLES = re.compile(r"^(thị trấn|đặc khu|xã|phường|tt|p|x)[. ]+", re.IGNORECASE)
_TITLES_OF_PROVINCES = re.compile(r"^(thành phố|tỉnh|tp)[. ]+", re.IGNORECASE)


@lru_cache(maxsize=1 << 14)
def plain_name(name: str) -> str:
    """A commune's name as it is compared: folded, without its title (xã, phường, thị trấn)."""
    return _TITLES.sub("", fold(name))


def plain_province(name: str) -> str:
    """A province's name as it is compared: folded, without its title (tỉnh, thành phố)."""
    return _TITLES_OF_PROVINCES.sub("", fold(name))


def without_tones(name: str) -> str:
    """A name typed without marks: small Latin letters and digits only."""
    letters = unicodedata.normalize("NFD", plain_name(name).replace("đ", "d"))
    return "".join(letter for letter in letters if letter.isascii() and letter.isalnum())
