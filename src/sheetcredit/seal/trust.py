"""Whose key counts for what: an office's own for its seal, that of the unit above it for the answer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.catalogue.entry import Entry
from sheetcredit.model.text import fold
from sheetcredit.seal.keys import PublicKey
from sheetcredit.template.reading import Info

HEAD_OFFICE = "00"
_PREFIXES = ("", "cn", "chinhanh")
"""What people write before the place of a branch when they name its key: `CN-HaiPhong`."""


def keys_by_office(keys: Iterable[PublicKey], catalogues: Catalogues) -> tuple[PublicKey, ...]:
    """The keys, each under the one code by which its office is counted.

    The owner of a key may have been named by the bank's POS code; an office is not another one for that, and
    a workbook that carries the other code must not pass for one of an office without a key.
    """
    return tuple(replace(key, owner=catalogues.office_code(key.owner) or key.owner) for key in keys)


def superior_keys(
    keys: Iterable[PublicKey], info: Info, catalogues: Catalogues, *, of_branch: bool
) -> tuple[PublicKey, ...]:
    """The keys of the unit that a report goes to: the office's branch, or (`of_branch`) the head office.

    A key belongs to that unit if its owner is the unit's code, its name, one of its aliases, or the place of
    a branch, whatever the case, accents and hyphens.
    """
    names = {name for entry in _superiors(info, catalogues, of_branch) for name in _names(entry)}
    return tuple(key for key in keys if _squeezed(key.owner) in names)


def _superiors(info: Info, catalogues: Catalogues, of_branch: bool) -> list[Entry]:
    branches = catalogues.of("branches")
    if of_branch:
        return [entry for entry in branches if entry.code == HEAD_OFFICE]
    office = catalogues.office_on(info.office, info.day)
    named = fold(office.branch.vi if office and office.branch else str(info.values.get("branch") or ""))
    return [entry for entry in branches if fold(entry.name.vi) == named]


def _names(entry: Entry) -> set[str]:
    places = [entry.place] if entry.place and entry.code != HEAD_OFFICE else []
    return {
        *map(_squeezed, (entry.code, entry.name.vi, *entry.aliases)),
        *(prefix + _squeezed(place) for place in places for prefix in _PREFIXES),
    }


def _squeezed(name: str) -> str:
    """A name as its small Latin letters and digits."""
    letters = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D")).lower()
    return re.sub(r"[^a-z0-9]", "", letters)
