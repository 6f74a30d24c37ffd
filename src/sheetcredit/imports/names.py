"""From what exports call a commune, a programme or a group to its code: printed pages have names only."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.imports.recognise import folded
from sheetcredit.model.text import fold

_CUT = 20
"""From so many letters on a printed name may have been cut off."""

Codes = dict[str, set[str]]


def _codes() -> Codes:
    return defaultdict(set)


@dataclass(frozen=True)
class Names:
    """What the files of one import and the catalogues know; a name that two things bear has two codes.

    `communes` and `programmes` by name; `groups` by commune and the leader's name.
    """

    ours: dict[str, str]
    """Our code of a commune by the bank's, as the catalogues say it or the name tells."""
    listed: Codes = field(default_factory=_codes)
    """Our communes of the office by name, with and without their title."""
    communes: Codes = field(default_factory=_codes)
    plain_communes: Codes = field(default_factory=_codes)
    programmes: Codes = field(default_factory=_codes)
    groups: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))

    def learn(self, what: str, code: str | None, name: str | None, commune: str | None = None) -> None:
        """A name of a code, as a file with both says it."""
        if not code or not name:
            return
        if what == "commune":
            if code not in self.ours and (ours := self._listed(name)) is not None:
                self.ours[code] = ours
            known = self.our_commune(code)
            self.communes[fold(name)].add(known)
            self.plain_communes[folded(name)].add(known)
        elif what == "programme":
            self.programmes[folded(name)].add(code)
        elif what == "group" and commune:
            self.groups[commune, folded(name)].add(code)

    def _listed(self, name: str) -> str | None:
        """Our code of the one commune of the office of that name, unless another code of the bank has it."""
        taken = {ours for code, ours in self.ours.items() if code != ours}
        for known in (self.listed.get(fold(name)), self.listed.get(folded(name))):
            if known and len(known) == 1:
                return None if known <= taken else next(iter(known))
        return None

    def our_commune(self, code: str) -> str:
        """Our code of a commune that a file has the bank's code of; the bank's where nobody knows ours."""
        return self.ours.get(code, code)

    def commune(self, text: str | None) -> str | None:
        """The code of a commune by its code or name; None where it is unknown, or two bear the name."""
        if not text:
            return None
        if text.isdigit():
            return self.our_commune(text)
        for known in (self.communes.get(fold(text)), self.plain_communes.get(folded(text))):
            if known and len(known) == 1:
                return next(iter(known))
        return None

    def programme(self, text: str | None) -> str | None:
        """The code of a programme by its code or name."""
        if not text:
            return None
        if text.isdigit():
            return text
        known = self.programmes.get(folded(text), set())
        return next(iter(known)) if len(known) == 1 else None

    def group(self, commune: str | None, leader: str | None) -> str | None:
        """The one group of a commune that a leader of this name leads; the name may have been cut off."""
        if not commune or not leader:
            return None
        name = folded(leader)
        exact = self.groups.get((commune, name), set())
        begun = {
            code
            for (place, other), codes in self.groups.items()
            if place == commune and len(leader) >= _CUT and other.startswith(name)
            for code in codes
        }
        found = exact | begun
        return next(iter(found)) if len(found) == 1 else None


def names_of(catalogues: Catalogues, office: str | None, day: date) -> Names:
    """What the catalogues know: all programmes, and the communes of the office."""
    entry = catalogues.office_on(office, day) if office else None
    communes = [
        one for one in catalogues.communes_of(entry.code if entry else office) if entry and one.valid_on(day)
    ]
    names = Names({one.bank_code: one.code for one in communes if one.bank_code})
    for one in communes:
        for name in (fold(one.name.vi), folded(one.name.vi)):
            names.listed[name].add(one.code)
    for one in communes:
        names.ours.setdefault(one.code, one.code)
        names.learn("commune", one.code, one.name.vi)
    for one in catalogues.of("programmes"):
        for text in (one.name.vi, *one.aliases):
            names.learn("programme", one.code, text)
    return names
