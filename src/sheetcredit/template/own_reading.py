"""A workbook of an office's own template, understood by its mapping as `understand` does one of ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.model.errors import NotOurTemplate
from sheetcredit.model.finding import Finding, severity_of
from sheetcredit.model.grid import Book
from sheetcredit.model.period import Period
from sheetcredit.model.text import fold
from sheetcredit.template.definition import Office
from sheetcredit.template.frames import Block, read_table
from sheetcredit.template.mapping import OwnTemplate
from sheetcredit.template.on_paper import shown_in_table
from sheetcredit.template.own import OwnWorkbook, read_own, with_result_tabs
from sheetcredit.template.reading import DEFAULT_UNIT, Info, Reading, unit_choices


def understand_own(book: Book, office: Office, own: OwnTemplate, catalogues: Catalogues) -> Reading:
    """The workbook as an office workbook, as its mapping says.

    Raises:
        NotOurTemplate: no table of the mapping is there.
    """
    found = read_own(book, office, own, catalogues)
    book = with_result_tabs(book, office)
    if not found.tables:
        sheets = ", ".join(dict.fromkeys(f"`{one.sheet}`" for one in own.tables))
        raise NotOurTemplate("E-MAPPING", path=book.path, sheets=sheets)
    findings = [*found.findings, *_not_learnt(book, office, own)]
    info = _own_info(book, office, own, found, catalogues)
    if found.day is None:
        where = own.details.as_of.sheet if own.details.as_of else None
        findings.append(
            Finding(
                file=book.path, code="S-OWN-DAY", severity=severity_of("S-OWN-DAY"), sheet=where,
                key="S-OWN-DAY",
            )
        )  # fmt: skip
    blocks: list[Block] = []
    for table in found.tables.values():
        typed = read_table(book.path, table, info.unit)
        blocks.extend(typed.blocks)
        findings.extend(typed.findings)
        findings.extend(shown_in_table(book, table, table.unit or info.unit, unit_choices()))
    tabs = {table.sheet.sheet: table.grid.sheet for table in found.tables.values()}
    tabs[office.sheet("info").sheet] = found.day.place.sheet if found.day else ""
    return Reading(book, info, found.tables, tuple(blocks), tuple(findings), own, tabs)


def _not_learnt(book: Book, office: Office, own: OwnTemplate) -> Iterator[Finding]:
    """S-OWN-LACKS: what a template of one's own does not have, in one note."""
    learnt = {one.table for one in own.tables}
    lacking = [sheet.sheet for sheet in office.tables() if sheet.id not in learnt]
    if lacking:
        yield Finding(
            file=book.path, code="S-OWN-LACKS", severity=severity_of("S-OWN-LACKS"), sheet=None,
            details={"listed": ", ".join(lacking)}, key="S-OWN-LACKS",
        )  # fmt: skip


def _own_info(
    book: Book, office: Office, own: OwnTemplate, found: OwnWorkbook, catalogues: Catalogues
) -> Info:
    """What the mapping and the workbook's own words say in place of `Thông tin`."""
    day = found.day.day if found.day else None
    period = Period(day.year, day.month, "month") if day else None
    # A workbook that only says its day is a quarter's where a quarter ends in that month.
    period = (period.as_kind("quarter") or period) if period else None
    entry = catalogues.office_on(own.details.office, day or date.today())
    unit_name, unit = unit_choices().get(fold(own.details.unit), ("triệu đồng", DEFAULT_UNIT))
    sheet = office.sheet("info")
    values: dict[str, object] = {column.name: column.default for column in sheet.columns}
    values |= {
        "office": own.details.office,
        "office_name": own.details.office_name or (entry.name.vi if entry else ""),
        "branch": entry.branch.vi if entry and entry.branch else None,
        "period": str(period) if period else None,
        "as_of": day,
        "unit": unit_name,
        "template_version": float(office.conventions.version),
    }
    cells = {"as_of": found.day.place[1:], "period": found.day.place[1:]} if found.day else {}
    for column in sheet.columns:  # who signs is typed on the sheet that the tool has added
        said = book.named(column.name_in_book or "")
        if column.type == "text" and not column.required and not column.filled and said is not None:
            values[column.name] = said
    return Info(
        own.details.office, str(values["office_name"]), period, day, unit, unit_name,
        str(values.get("share_rounding") or ""), values, cells,
    )  # fmt: skip
