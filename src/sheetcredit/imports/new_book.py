"""A new workbook for the office whose exports are imported, and the office where nobody knows it yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sheetcredit.build.new import content_of
from sheetcredit.build.workbook import Content, build_workbook
from sheetcredit.catalogue.own_offices import OwnCommune, OwnOffice, OwnOffices
from sheetcredit.imports.choose import ChosenFigures
from sheetcredit.imports.plan import period_of
from sheetcredit.model.errors import BadUsage
from sheetcredit.rulebook import Rulebook

_ROOM = 20
"""Blank rows that a table of groups keeps, for what a person adds."""
_WHOLE = frozenset({"funding"})
"""Tables that list everything there is, also what no figure is about."""
Key = tuple[str, ...]


def office_in(choice: ChosenFigures, rulebook: Rulebook) -> OwnOffice | None:
    """The office as its exports tell it: code, name, communes; None where it is known, or none is named."""
    if choice.office is None or choice.as_of is None:
        return None
    if rulebook.catalogues.office_on(choice.office, choice.as_of) is not None:
        return None
    name = next((str(one.value) for place, one in choice.taken.items() if place[2] == "office_name"), "")
    communes = tuple(
        OwnCommune(code=code, name=called, bank_code=code)
        for code, called in sorted(_communes(choice).items())
    )
    return OwnOffice(code=choice.office, pos=choice.office, name=name or choice.office, communes=communes)


def _communes(choice: ChosenFigures) -> Mapping[str, str]:
    """The communes that the figures are about, with their names where a file tells them."""
    names: dict[str, str] = {}
    of_group = {
        place[1]: str(one.value) for place, one in choice.taken.items() if _is(place, "groups", "commune")
    }
    for (table, key, column), figure in choice.taken.items():
        if table == "ledger":
            names.setdefault(key[0], "")
        code = key[0] if table == "ledger" else of_group.get(key, "") if table == "groups" else ""
        if column == "commune_name" and code:
            names[code] = names.get(code) or str(figure.value)
    return names | {code: names.get(code, "") for code in of_group.values()}


def _is(place: tuple[str, Key, str], table: str, column: str) -> bool:
    return place[0] == table and place[2] == column


def with_office(rulebook: Rulebook, office: OwnOffice) -> Rulebook:
    """The rulebook with an office that nobody has put down yet."""
    known = rulebook.catalogues
    own = OwnOffices(((office,), *known.own.lists))
    return Rulebook(rulebook.office, rulebook.rules, replace(known, own=own))


def new_workbook(path: Path, choice: ChosenFigures, rulebook: Rulebook) -> Path:
    """A workbook at `path` with a blank row for everything that the figures are about.

    Raises:
        BadUsage: no file says of which day or office it is.
    """
    if choice.office is None or choice.as_of is None:
        raise BadUsage("E-IMPORT-NO-DAY", path=path)
    code = rulebook.catalogues.office_code(choice.office) or choice.office
    content = content_of(code, str(period_of(choice.as_of)), rulebook.catalogues) or Content({}, {})
    tables = dict(content.tables)
    for sheet in rulebook.office.tables():
        rows = len({place[1] for place in choice.taken if place[0] == sheet.id})
        if rows and sheet.id not in _WHOLE:
            tables[sheet.id] = ({},) * (rows + (_ROOM if sheet.id == "groups" else 0))
    return build_workbook(path, Content({**content.info, "as_of": choice.as_of}, tables))
