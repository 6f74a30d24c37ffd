"""What a person says of an office, understood: a province by its name, communes by code or name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from difflib import get_close_matches

from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.catalogue.entry import Entry
from sheetcredit.catalogue.names import plain_name, plain_province, without_tones
from sheetcredit.catalogue.national import Nation, branch_name
from sheetcredit.catalogue.own_offices import OwnCommune, OwnOffice
from sheetcredit.model.errors import BadUsage

_NEAR = 5


def province_named(nation: Nation, said: str) -> str:
    """The code of the province of now that a person means, by code or name; a former one by what it became.

    Raises:
        BadUsage: there is none of that name.
    """
    text = said.strip()
    if text in nation.provinces:
        return text
    names = {plain_province(name): code for name, code in nation.provinces_of_any_time()}
    bare = {without_tones(name): code for name, code in names.items()}
    code = names.get(plain_province(text)) or bare.get(without_tones(plain_province(text)))
    if code is not None:
        return code
    near = get_close_matches(plain_province(text), names, _NEAR, 0.5)
    told = ", ".join(dict.fromkeys(nation.provinces[names[name]] for name in near))
    raise BadUsage("E-PROVINCE", said=said, known=told or ", ".join(nation.provinces.values()))


def communes_on(nation: Nation, province: str, day: date) -> list[Entry]:
    """The communes of a province on a day, by name."""
    there = [one for one in nation.province(province).communes if one.valid_on(day)]
    return sorted(there, key=lambda one: plain_name(one.name.vi))


def communes_named(there: Sequence[Entry], said: Iterable[str]) -> list[Entry]:
    """The communes that a person means: by number in this list, by code, or by name.

    Raises:
        BadUsage: one is not there, or a name means several.
    """
    by_code = {one.code: one for one in there}
    by_name: dict[str, list[Entry]] = {}
    for one in there:
        by_name.setdefault(plain_name(one.name.vi), []).append(one)
    found: dict[str, Entry] = {}
    for text in filter(None, (each.strip() for each in said)):
        one = _commune(text, there, by_code, by_name)
        found[one.code] = one
    return list(found.values())


def _commune(
    text: str, there: Sequence[Entry], by_code: Mapping[str, Entry], by_name: Mapping[str, Sequence[Entry]]
) -> Entry:
    if text in by_code:
        return by_code[text]
    if text.isdigit() and 1 <= int(text) <= len(there) and len(text) < 5:
        return there[int(text) - 1]
    named = by_name.get(plain_name(text), ())
    named = named or [one for one in there if without_tones(plain_name(one.name.vi)) == without_tones(text)]
    exact = [one for one in named if one.name.vi == text] or named
    if len(exact) == 1:
        return exact[0]
    near = exact or [by_name[name][0] for name in get_close_matches(plain_name(text), by_name, _NEAR, 0.6)]
    near = near or [by_code[code] for code in get_close_matches(text, by_code, _NEAR, 0.6)]
    told = ", ".join(f"{one.code} {one.name.vi}" for one in near)
    raise BadUsage("E-COMMUNE", said=text, known=told or "-")


def office_told(
    code: str,
    catalogues: Catalogues,
    day: date,
    *,
    name: str = "",
    pos: str = "",
    province: str = "",
    communes: Sequence[str] = (),
) -> OwnOffice:
    """An office as a person tells it, valid from the day since which its communes are what they are.

    What is not told is what the catalogue says, or what was told before.

    Raises:
        BadUsage: the province or a commune is not known, or too little was told of an office nobody knows.
    """
    nation = catalogues.nation
    known, before = catalogues.office_on(code, day), catalogues.own.find(code)
    before = before or OwnOffice(code=code)
    where = before.province
    if nation is not None:
        where = province_named(nation, province) if province else where or nation.province_of(code) or ""
    listed = before.communes
    if communes:
        if nation is None or not where:
            raise BadUsage("E-PROVINCE-MISSING", office=code)
        chosen = communes_named(communes_on(nation, where, day), communes)
        listed = tuple(OwnCommune(code=one.code) for one in chosen)
    if known is None and not (name and where and listed):
        raise BadUsage("E-OFFICE-TOLD", office=code)
    branch = before.branch
    if not branch and nation is not None and where and known is None:
        branch = branch_name(nation.provinces[where])
    return OwnOffice(
        code=before.code, pos=pos or before.pos, name=name or before.name, branch=branch, province=where,
        place=before.place, send_to=before.send_to, communes=listed, groups=before.groups,
        valid_from=nation.state_begins(day) if nation is not None and communes else before.valid_from,
    )  # fmt: skip
