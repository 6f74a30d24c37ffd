"""The sheets of the tool added to a workbook of an office's own template: the first run puts them there."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from sheetcredit.build.workbook import Content, workbook_bytes
from sheetcredit.template.definition import Office, load_office
from sheetcredit.template.own import with_result_tabs
from sheetcredit.template.reading import Reading
from sheetcredit.xlsx.added_sheets import with_sheets
from sheetcredit.xlsx.limits import current_limits
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.read import book_of, bytes_of

RESULTS = ("info", "summary", "comparison", "findings")
"""Ids of the sheets that come: what the report says of itself, and the results."""
_SET_APART = "{name} (sheetcredit)"


def with_result_sheets(data: bytes, path: str) -> bytes:
    """The workbook with the tool's sheets behind its own; as it is where it has them.

    A sheet whose name is taken gets another one.

    Raises:
        CannotPatch: the workbook is built too unusually to be certain.
    """
    package = Package(data, path, current_limits())
    office = load_office()
    needed = {office.sheet(sheet).sheet: office.sheet(sheet).table_name for sheet in RESULTS}
    names = {one.name for one in package.all_names if "#REF!" not in one.text}
    if all(name is None or name in names for name in needed.values()):
        return data
    taken = {sheet.name.casefold() for sheet in package.sheets}
    tabs = {name: _SET_APART.format(name=name) if name.casefold() in taken else name for name in needed}
    return with_sheets(package, Package(_blank(), "office.xlsx"), tabs)


def read_with_sheets(reading: Reading, office: Office) -> Reading:
    """A reading with the book as it is once it has the tool's sheets."""
    path = Path(reading.file)
    book = book_of(with_result_sheets(bytes_of(path), reading.file), path)
    return replace(reading, book=with_result_tabs(replace(book, digest=reading.book.digest), office))


@cache
def _blank() -> bytes:
    return workbook_bytes(Content({}, {}), load_office(), "office")
