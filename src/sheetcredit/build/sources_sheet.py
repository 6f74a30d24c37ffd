"""`Nguồn số liệu` added to a workbook into which something is imported for the first time."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import structs

from sheetcredit.build.workbook import Content, workbook_bytes
from sheetcredit.template.definition import load_office
from sheetcredit.template.sources import sources_sheet
from sheetcredit.xlsx.added_sheets import with_sheets
from sheetcredit.xlsx.limits import current_limits
from sheetcredit.xlsx.package import Package

_SET_APART = "{name} (sheetcredit)"


Details = Mapping[str, object]
"""What `Thông tin` says, by column name."""
_SHOWN = ("as_of", "period", "office_name", "branch")


def with_sources_sheet(data: bytes, path: str, info: Details | None = None) -> bytes:
    """The workbook with the sheet behind its own; as it is where it has it. A taken name gets another one.

    `info`: what its heading shows by formula, as nothing computes it before the workbook is opened.

    Raises:
        CannotPatch: the workbook is built too unusually to be certain.
    """
    package = Package(data, path, current_limits())
    sheet = sources_sheet()
    if any(name.name == sheet.table_name and "#REF!" not in name.text for name in package.all_names):
        return data
    taken = {one.name.casefold() for one in package.sheets}
    tab = _SET_APART.format(name=sheet.sheet) if sheet.sheet.casefold() in taken else sheet.sheet
    return with_sheets(package, Package(_alone(info or {}), "sources.xlsx"), {sheet.sheet: tab})


def _alone(info: Details) -> bytes:
    office = load_office()
    alone = structs.replace(office, sheets=(office.sheet("info"), sources_sheet()))
    return workbook_bytes(
        Content({name: info[name] for name in _SHOWN if info.get(name)}, {}), alone, "office"
    )
