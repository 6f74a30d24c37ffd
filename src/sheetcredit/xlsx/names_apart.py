"""`workbook.xml` read in two: its defined names, of which a form has many, and the rest.

The rest is the same in every workbook of a form, and then parsed once. Told only where the names are written
plainly; None has the whole part parsed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import starmap
from typing import NamedTuple

from sheetcredit.model.errors import CannotRead
from sheetcredit.xlsx.xml_bytes import MAIN_NAMESPACES, ODD_ENTITY, Element, Origin, elements, unescape

_NAMES = b"definedNames"
_NAME = re.compile(
    rb'<definedName name="([^"<>&\x00-\x20]+)"(?: localSheetId="([0-9]{1,9})")?(?: hidden="(0|1)")?>'
    rb"([^<>\x00-\x1f]*)</definedName>"
)


class WrittenName(NamedTuple):
    """A defined name as the part says it; `local` is the place of its sheet, or empty."""

    name: str
    text: str
    local: str
    hidden: bool


def elements_and_names(text: bytes, depth: int) -> tuple[Sequence[Element], tuple[WrittenName, ...]] | None:
    """The elements without the defined names, which are not to be changed; and these names."""
    start, end = text.find(b"<%s>" % _NAMES), text.rfind(b"</%s>" % _NAMES)
    if not 0 <= start < end or b"<!" in text:
        return None
    start += len(_NAMES) + 2
    inner = text[start:end]
    names = _names(inner)
    others = None if names is None else _elements(text[:start] + text[end:], depth)
    return None if names is None or others is None else (others, names)


def _names(inner: bytes) -> tuple[WrittenName, ...] | None:
    if _NAME.sub(b"", inner) or ODD_ENTITY.search(inner):
        return None
    try:
        return tuple(starmap(_told, _NAME.findall(inner)))
    except (ValueError, OverflowError):  # no UTF-8, or no character
        return None


@lru_cache(maxsize=4096)
def _told(name: bytes, local: bytes, hidden: bytes, text: bytes) -> WrittenName:
    """Most names are the same in every workbook of a form."""
    return WrittenName(name.decode(), unescape(text).strip(), local.decode(), hidden == b"1")


@lru_cache(maxsize=64)
def _elements(text: bytes, depth: int) -> Sequence[Element] | None:
    """All elements, where those of names belong to the workbook itself."""
    try:
        found = elements(text, Origin("", "", depth))
    except CannotRead:
        return None
    of_names = [(one.depth, one.namespace in MAIN_NAMESPACES) for one in found if one.name.encode() == _NAMES]
    return found if of_names == [(1, True)] else None


def named_in(found: Sequence[Element]) -> tuple[WrittenName, ...]:
    """The defined names among all elements of the part."""
    return tuple(
        WrittenName(
            one.attributes.get("name", ""),
            one.text.strip(),
            one.attributes.get("localSheetId", ""),
            one.attributes.get("hidden") in ("1", "true"),
        )
        for one in found
        if one.name == "definedName" and one.depth == 2
    )
