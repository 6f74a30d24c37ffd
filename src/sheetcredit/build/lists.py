"""The drop-down lists of the office workbook and what Excel says about a wrong entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from msgspec import structs

from sheetcredit.build.styles import Styles, Workbook, Worksheet, quote_sheetname, write_text, xl_range_abs
from sheetcredit.catalogue.catalogue import load_catalogue, load_catalogues
from sheetcredit.catalogue.entry import Entry
from sheetcredit.template.definition import Column, Office, Sheet
from sheetcredit.template.wording import form

_EDITABLE = frozenset({"offices", "branches", "communes", "programmes", "funding_sources"})
_OWNERS = frozenset({"offices", "branches"})
_NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Listed:
    """A list: its defined name, what is chosen, and beside each value its name for the reader."""

    name: str
    values: tuple[str, ...]
    beside: tuple[str, ...]


Lists = Mapping[str, Listed]


def make_lists(office: Office, info: Mapping[str, object]) -> Lists:
    """The lists that columns of the workbook need, and the places where its owners sign, by defined name."""
    lists: dict[str, Listed] = {}
    for sheet in office.sheets:
        for column in sheet.columns:
            name = list_name(sheet, column)
            if name is not None and name not in lists:
                lists[name] = _listed(name, column, info)
    owners = owners_of(office)
    codes = lists[f"DM_{owners}"].values
    places = {entry.code: entry.place for entry in _owners(owners, info)}
    name = places_name(office)
    lists[name] = Listed(name, tuple(places.get(code, "") for code in codes), codes)
    return lists


def owners_of(office: Office) -> str:
    """The catalogue of those whose workbook this is: offices or branches."""
    return str(office.sheet("info").column("office").catalogue)


def places_name(office: Office) -> str:
    """The defined name of the places where they sign, one beside each code."""
    return f"DM_{owners_of(office)}_place"


def list_name(sheet: Sheet, column: Column) -> str | None:
    """The defined name of the list a column is filled from; None when it has none."""
    if sheet.kind == "output" or sheet.filled:
        return None
    if column.choices:
        return f"DM_{sheet.id}_{column.name}"
    return f"DM_{column.catalogue}" if column.catalogue else None


def _listed(name: str, column: Column, info: Mapping[str, object]) -> Listed:
    entries = _entries(column, info) if column.catalogue else []
    if column.type == "choice":
        values = column.choices or tuple(entry.name.vi for entry in entries)
        return Listed(name, values, ("",) * len(values))
    if column.choices:
        entries = [entry for entry in entries if entry.code in column.choices]
    return Listed(name, tuple(entry.code for entry in entries), tuple(entry.name.vi for entry in entries))


def _entries(column: Column, info: Mapping[str, object]) -> list[Entry]:
    """The catalogue's entries that this workbook may use: of its day and its office, each code once."""
    name, office = str(column.catalogue), info.get("office")
    entries: Iterable[Entry] = _owners(name, info) if name in _OWNERS else load_catalogue(name)
    if name == "communes" and isinstance(office, str):
        entries = load_catalogues().communes_of(office) or entries
    day = info.get("as_of")
    if isinstance(day, date):
        entries = [entry for entry in entries if entry.valid_on(day)]
    return list({entry.code: entry for entry in entries if not entry.elsewhere}.values())


def _owners(name: str, info: Mapping[str, object]) -> Sequence[Entry]:
    """Those whose workbook it may be: who is named, if a catalogue knows them, else all that are listed."""
    listed, office, day = load_catalogue(name), info.get("office"), info.get("as_of")
    if not isinstance(office, str) or any(entry.code == office for entry in listed):
        return listed
    on = day if isinstance(day, date) else date.today()
    if name == "offices":
        known = load_catalogues().office_on(office, on)
        return [structs.replace(known, code=office)] if known else listed
    return [entry for entry in load_catalogues().of(name) if entry.code == office] or listed


def write_lists(book: Workbook, office: Office, lists: Lists, styles: Styles) -> None:
    """The hidden sheet that holds the lists, each behind its defined name."""
    name = office.conventions.lists_sheet
    page = book.add_worksheet(name)
    page.hide()
    text = styles.of("text")
    for index, listed in enumerate(lists.values()):
        column = 2 * index
        page.set_column(column, column, 14, text)
        page.set_column(column + 1, column + 1, 40, text)
        page.write_string(0, column, listed.name, styles.of("bold"))
        for row, (value, beside) in enumerate(zip(listed.values, listed.beside, strict=True), start=1):
            write_text(page, row, column, value, text)
            if beside:
                write_text(page, row, column + 1, beside, text)
        cells = xl_range_abs(1, column, max(len(listed.values), 1), column)
        book.define_name(listed.name, f"={quote_sheetname(name)}!{cells}")
    page.protect("", {"format_columns": True})


def add_validation(
    page: Worksheet,
    sheet: Sheet,
    column: Column,
    cells: tuple[int, int, int, int],
    lists: Lists,
    prompt: str = "",
) -> None:
    """What Excel accepts in these cells (first row, first column, last row, last column)."""
    options = _validation(sheet, column, lists)
    if options is None and not prompt:
        return
    options = options or {"validate": "any"}
    if prompt:
        options |= {"input_title": column.header[:32], "input_message": prompt}
    page.data_validation(*cells, options)


def _validation(sheet: Sheet, column: Column, lists: Lists) -> dict[str, Any] | None:
    name = list_name(sheet, column)
    if name is not None and lists[name].values:
        lenient = column.catalogue in _EDITABLE
        words = "entry-code" if lenient else "entry-choice"
        return _rule("warning" if lenient else "stop", words, validate="list", source=f"={name}")
    if column.type == "amount":
        return _rule("warning", "entry-amount", validate="decimal", criteria=">=", value=0)
    if column.type == "count" and column.name != "template_version":
        return _rule("warning", "entry-count", validate="integer", criteria=">=", value=0)
    if column.type == "score":
        return _rule("warning", "entry-score", validate="decimal", criteria="between", minimum=0, maximum=100)
    if column.type == "code":
        width = column.width or 0
        details = {"width": width}
        return _rule("warning", "entry-width", details, validate="length", criteria="==", value=width)
    if column.type == "date":
        return _rule("warning", "entry-date", validate="date", criteria=">=", value=date(2003, 1, 1))
    return None


def _rule(style: str, words: str, details: Mapping[str, object] = _NOTHING, **options: Any) -> dict[str, Any]:
    message = form(words, **details)
    return options | {"error_type": style, "error_title": form("entry-title"), "error_message": message}
