"""A list of offices in an Excel file, as a branch fills it in; and one of groups of divided communes.

A line is a commune of an office; what stands in the first line of an office holds for all of it. Several
communes may stand in one cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.catalogue.own_offices import OwnCommune, OwnOffice
from sheetcredit.catalogue.telling import province_named
from sheetcredit.model.errors import BadUsage, SheetcreditError
from sheetcredit.model.text import fold
from sheetcredit.xlsx.read import read_book

HEADERS = {
    "office": "Mã PGD", "pos": "Mã POS", "name": "Tên PGD", "branch": "Chi nhánh", "province": "Tỉnh",
    "commune": "Mã xã", "bank_code": "Mã xã NHCSXH", "commune_name": "Tên xã", "valid_from": "Từ ngày",
}  # fmt: skip
GROUP_HEADERS = {
    "office": "Mã PGD", "group": "Mã tổ", "leader": "Tổ trưởng", "commune": "Mã xã cũ",
    "commune_name": "Xã cũ", "choices": "Có thể là", "new": "Xã mới",
}  # fmt: skip
_MOST_LINES_ABOVE = 30
_WIDTHS = {"office": 4, "pos": 6, "commune": 5, "bank_code": 6, "group": 7, "new": 5}


@dataclass(frozen=True)
class OfficeList:
    """What a list says: offices, or groups with their new commune by office; and what is odd about it.

    `unknown` are communes that no catalogue knows, `twice` communes that several offices list.
    """

    offices: tuple[OwnOffice, ...] = ()
    groups: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    twice: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_list(path: Path, catalogues: Catalogues, today: date) -> OfficeList:
    """The list in an Excel file.

    Raises:
        BadUsage: it cannot be read, or has neither the columns of offices nor those of groups.
    """
    try:
        grids = read_book(path).grids
    except SheetcreditError as error:
        raise BadUsage("E-LIST", path=path, reason=error.message()) from error
    for grid in grids.values():
        for headers, needed in ((GROUP_HEADERS, ("group", "new")), (HEADERS, ("office", "commune"))):
            lines = list(_lines(grid.rows, headers, needed))
            if lines:
                return _groups(lines) if headers is GROUP_HEADERS else _offices(lines, catalogues, today)
    raise BadUsage("E-LIST", path=path, reason="Mã PGD, Mã xã?")


def _lines(
    rows: Sequence[Sequence[object]], headers: Mapping[str, str], needed: Iterable[str]
) -> Iterator[dict[str, str]]:
    """The lines below the first row that has the needed headers, as texts; codes with their zeros."""
    names = {fold(header): name for name, header in headers.items()}
    for number, row in enumerate(rows[:_MOST_LINES_ABOVE]):
        columns = {place: names.get(fold(str(value))) for place, value in enumerate(row) if value}
        if set(needed) <= set(columns.values()):
            for line in rows[number + 1 :]:
                told = {
                    name: _text(name, line[place])
                    for place, name in columns.items()
                    if name and place < len(line)
                }
                if any(told.values()):
                    yield told
            return


def _text(name: str, value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.strftime("%d/%m/%Y")
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value or "").strip()
    width = _WIDTHS.get(name, 0)
    return text.rjust(width, "0") if width and text.isdigit() and len(text) < width else text


def _offices(lines: Iterable[Mapping[str, str]], catalogues: Catalogues, today: date) -> OfficeList:
    told: dict[str, dict[str, str]] = {}
    communes: dict[str, dict[str, OwnCommune]] = {}
    last = ""
    for line in lines:
        last = line.get("office") or last
        if not last:
            continue
        about = told.setdefault(last, {})
        for name in ("pos", "name", "branch", "province", "valid_from"):
            if line.get(name):
                about.setdefault(name, line[name])
        listed = communes.setdefault(last, {})
        codes = re.findall(r"\d+", line.get("commune", ""))
        alone = line if len(codes) == 1 else {}
        for code in codes:
            whole = _text("commune", code)
            listed[whole] = OwnCommune(
                code=whole, name=alone.get("commune_name", ""), bank_code=alone.get("bank_code", "")
            )
    offices = tuple(_office(code, told[code], communes[code].values(), catalogues, today) for code in told)
    return _judged(offices, catalogues)


def _office(
    code: str, about: Mapping[str, str], communes: Iterable[OwnCommune], catalogues: Catalogues, today: date
) -> OwnOffice:
    nation = catalogues.nation
    province = ""
    if nation is not None:
        province = nation.province_of(code) or ""
        if about.get("province"):
            province = province_named(nation, about["province"])
    begins = _day(about.get("valid_from", "")) or (nation.state_begins(today) if nation else date.min)
    return OwnOffice(
        code=code, pos=about.get("pos", ""), name=about.get("name", ""), branch=about.get("branch", ""),
        province=province, valid_from=begins, communes=tuple(communes),
    )  # fmt: skip


def _day(text: str) -> date | None:
    match = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text)
    return date(int(match[3]), int(match[2]), int(match[1])) if match else None


def _judged(offices: Sequence[OwnOffice], catalogues: Catalogues) -> OfficeList:
    """With the communes that no catalogue knows, and those that several offices list.

    A name that the catalogue has as well is left to it: it follows the commune through its states.
    """
    whose: dict[str, list[str]] = {}
    unknown: list[str] = []
    kept: list[OwnOffice] = []
    for office in offices:
        known = _known(office, catalogues)
        communes = []
        for one in office.communes:
            whose.setdefault(one.code, []).append(office.code)
            if one.code not in known:
                unknown.append(one.code)
            communes.append(OwnCommune(code=one.code, bank_code=one.bank_code) if one.code in known else one)
        kept.append(_with_communes(office, communes))
    twice = {code: tuple(codes) for code, codes in whose.items() if len(set(codes)) > 1}
    return OfficeList(tuple(kept), unknown=tuple(dict.fromkeys(unknown)), twice=twice)


def _known(office: OwnOffice, catalogues: Catalogues) -> frozenset[str]:
    nation = catalogues.nation
    if nation is None:
        return frozenset(entry.code for entry in catalogues.entries.get("communes", ()))
    provinces = (office.province,) if office.province else tuple(nation.provinces)
    there = (entry for code in provinces for entry in nation.province(code).communes)
    return frozenset(entry.code for entry in there if entry.valid_to >= office.valid_from)


def _with_communes(office: OwnOffice, communes: Iterable[OwnCommune]) -> OwnOffice:
    return OwnOffice(
        code=office.code, pos=office.pos, name=office.name, branch=office.branch, province=office.province,
        valid_from=office.valid_from, communes=tuple(communes),
    )  # fmt: skip


def _groups(lines: Iterable[Mapping[str, str]]) -> OfficeList:
    groups: dict[str, dict[str, str]] = {}
    for line in lines:
        new = re.search(r"\d{5}", line.get("new", ""))
        if line.get("office") and line.get("group") and new:
            groups.setdefault(line["office"], {})[line["group"]] = new[0]
    return OfficeList(groups=groups)
