"""The commands about offices and communes: shown, imported from a list, and the lists to be filled in."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

from msgspec import structs

from sheetcredit.build.list_forms import write_list
from sheetcredit.catalogue.branch_list import GROUP_HEADERS, HEADERS, read_list
from sheetcredit.catalogue.catalogue import Catalogues, load_catalogues
from sheetcredit.catalogue.entry import Entry
from sheetcredit.catalogue.national import Nation
from sheetcredit.catalogue.own_offices import (
    OwnOffice,
    branch_file,
    keep,
    own_file,
    read_offices,
    write_offices,
)
from sheetcredit.catalogue.telling import province_named
from sheetcredit.cli.options import Lang
from sheetcredit.model.errors import BadUsage
from sheetcredit.model.text import word
from sheetcredit.rulebook import our_rulebook
from sheetcredit.screen.say import say
from sheetcredit.template.wording import form as words
from sheetcredit.workbooks import read_office

__all__ = ["form", "groups", "import_list", "show"]

_EMPTY_LINES = 200
_PROVINCE, _COMMUNE = 2, 5


def show(code: str, lang: Lang) -> None:
    """`sheetcredit catalogue show`: an office, a commune in all its states, or the offices of a province.

    Raises:
        BadUsage: no catalogue has that code.
    """
    catalogues, today = load_catalogues(), date.today()
    office = catalogues.office_on(code, today)
    nation = catalogues.nation
    if office is not None:
        _show_office(code, office, catalogues, today, lang)
    elif nation is not None and len(code) == _COMMUNE and (states := _states(nation, code)):
        for entry, province in states:
            _show_commune(entry, province, catalogues, nation, today, lang)
    elif nation is not None and len(code) == _PROVINCE and code in nation.provinces:
        offices = _offices_in(catalogues, nation, code, today)
        say("show-province", lang, name=nation.provinces[code], number=code, count=len(offices))
        for one in offices:
            say("show-line", lang, number=one.code, name=one.name.say(lang))
    else:
        raise BadUsage("E-CODE", number=code)


def _show_office(code: str, office: Entry, catalogues: Catalogues, today: date, lang: Lang) -> None:
    communes = [one for one in catalogues.communes_of(code) if one.valid_on(today) and not one.elsewhere]
    say(
        "show-office", lang, number=office.code, name=office.name.say(lang), count=len(communes),
        branch=office.branch.say(lang) if office.branch else "-", pos=office.bank_code or "-",
        source=_source(code, office, lang),
    )  # fmt: skip
    for one in communes:
        number = f"{one.code} ({one.bank_code})" if one.bank_code else one.code
        say("show-line", lang, number=number, name=one.name.say(lang))


def _source(code: str, office: Entry, lang: Lang) -> str:
    for path, named in ((own_file(), "source-own"), (branch_file(), "source-branch")):
        if any(one.is_called(code) for one in read_offices(path)):
            return word(named, lang, path=path)
    return word("source-derived" if office.derived else "source-listed", lang)


def _states(nation: Nation, code: str) -> list[tuple[Entry, str]]:
    return [
        (entry, province)
        for province in nation.provinces
        for entry in nation.province(province).communes
        if entry.code == code
    ]


def _show_commune(
    entry: Entry, province: str, catalogues: Catalogues, nation: Nation, today: date, lang: Lang
) -> None:
    office = catalogues.office_on(entry.office, min(entry.valid_to, today))
    ends = "…" if entry.valid_to == date.max else f"{entry.valid_to:%d/%m/%Y}"
    begins = f"{entry.valid_from:%d/%m/%Y}"
    say(
        "show-commune", lang, number=entry.code, name=entry.name.say(lang), begins=begins, ends=ends,
        office=office.name.say(lang) if office else "-",
    )  # fmt: skip
    since = entry.valid_to + timedelta(days=1) if entry.valid_to < today else None
    if since is not None:
        names = {one.code: one.name for one in nation.province(province).communes if one.valid_on(since)}
        became = nation.province(province).became(entry.code, entry.valid_to, since) or ()
        items = ", ".join(f"{new} {names[new].say(lang)}" for new in became if new in names)
        say("show-became", lang, since=f"{since:%d/%m/%Y}", items=items or "?")


def _offices_in(catalogues: Catalogues, nation: Nation, province: str, day: date) -> list[Entry]:
    codes = [code for code in sorted(catalogues.office_codes) if nation.province_of(code) == province]
    codes += [one.code for one in catalogues.own.all() if one.province == province and one.code not in codes]
    found = (catalogues.office_on(code, day) for code in dict.fromkeys(codes))
    return [office for office in found if office is not None]


def import_list(path: Path, lang: Lang) -> None:
    """`sheetcredit catalogue import`: what a list says is kept beside the settings.

    Raises:
        BadUsage: the file is no such list.
        CannotWrite: it cannot be kept.
    """
    catalogues = load_catalogues()
    listed = read_list(path, catalogues, date.today())
    for number in listed.unknown:
        say("list-unknown", lang, sys.stderr, number=number, near="")
    for number, offices in listed.twice.items():
        say("list-twice", lang, sys.stderr, number=number, offices=", ".join(offices))
    if listed.groups:
        for code, groups_of in listed.groups.items():
            own = next((one for one in read_offices(own_file()) if one.is_called(code)), OwnOffice(code=code))
            keep(structs.replace(own, groups={**own.groups, **groups_of}), own_file())
        say("groups-imported", lang, count=sum(map(len, listed.groups.values())))
    else:
        codes = {one.code for one in listed.offices}
        others = [one for one in read_offices(branch_file()) if one.code not in codes]
        kept = write_offices(branch_file(), [*others, *listed.offices])
        communes = sum(len(one.communes) for one in listed.offices)
        say("list-imported", lang, offices=len(listed.offices), communes=communes, path=path, kept=kept)
    load_catalogues.cache_clear()


def form(out: Path, branch: str | None, lang: Lang) -> None:
    """`sheetcredit catalogue form`: a list to be filled in, with what the catalogues say of a province.

    Raises:
        BadUsage: there is no such province, or no national catalogue.
        CannotWrite: the file is there already, or cannot be written.
    """
    catalogues, today = load_catalogues(), date.today()
    lines: list[dict[str, str]] = []
    if branch:
        if catalogues.nation is None:
            raise BadUsage("E-NO-NATION")
        province = province_named(catalogues.nation, branch)
        for office in _offices_in(catalogues, catalogues.nation, province, today):
            lines += _lines_of(office, catalogues, catalogues.nation.provinces[province], today)
    made = write_list(out, HEADERS, lines, words("list-note"), 0 if lines else _EMPTY_LINES)
    say("made", lang, path=made)


def _lines_of(office: Entry, catalogues: Catalogues, province: str, day: date) -> Iterable[dict[str, str]]:
    about = {
        "office": office.code, "pos": office.bank_code, "name": office.name.vi, "province": province,
        "branch": office.branch.vi if office.branch else "",
    }  # fmt: skip
    for one in catalogues.communes_of(office.code):
        if one.valid_on(day) and not one.elsewhere:
            yield {
                **about, "commune": one.code, "bank_code": one.bank_code, "commune_name": one.name.vi
            }  # fmt: skip


def groups(path: Path, out: Path, lang: Lang) -> None:
    """`sheetcredit catalogue groups`: the groups of a workbook that stand in divided communes.

    Raises:
        CannotRead, NotOurTemplate: the workbook cannot be read.
        CannotWrite: the list is there already, or cannot be written.
    """
    rulebook = our_rulebook()
    reading = read_office(path, rulebook)
    catalogues, office, today = rulebook.catalogues, reading.info.office, date.today()
    table = reading.tables.get("groups")
    own = catalogues.own.find(office) if office else None
    names = {one.code: one.name.vi for one in catalogues.around(office) if one.valid_on(today)}
    lines: list[dict[str, str]] = []
    if table is None:
        say("groups-none", lang)
        return
    for row in table.rows:
        held: Mapping[str, str] = {
            name: table.grid.text(row, place).strip() for name, place in table.columns.items()
        }
        code = held.get("commune", "")
        last = min(reading.info.day, today)
        became = catalogues.became(office, code, _in_force_until(catalogues, office, code, last), today) or ()
        if len(became) > 1:
            put = own.groups.get(held["group"], "") if own else ""
            lines.append({
                "office": office or "", "group": held["group"], "leader": held.get("leader", ""),
                "commune": code, "commune_name": held.get("commune_name", ""), "new": put,
                "choices": ", ".join(f"{new} {names.get(new, '')}" for new in became),
            })  # fmt: skip
    if not lines:
        say("groups-none", lang)
        return
    made = write_list(out, GROUP_HEADERS, lines, words("groups-note"))
    say("groups-made", lang, count=len(lines), path=made)


def _in_force_until(catalogues: Catalogues, office: str | None, code: str, day: date) -> date:
    """The day of a workbook, or the last day on which a commune was in force before it."""
    days = [one for one in catalogues.communes_of(office) if one.code == code and one.valid_from <= day]
    return min(max((one.valid_to for one in days), default=day), day)
