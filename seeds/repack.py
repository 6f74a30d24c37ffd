"""A change to a built workbook that no content can express: a SUM that misses its last row."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def shorten_total(path: Path, sheet: str, cell: str, before: int, after: int) -> None:
    """Let the SUM in a total cell miss its last row; `before` and `after` are its cached values.

    Raises:
        ValueError: the cell holds no SUM over a column, or another value than `before`.
    """
    with ZipFile(path) as book:
        parts = [(info, book.read(info)) for info in book.infolist()]
    name = _part_of({info.filename: content for info, content in parts}, sheet)
    pattern = re.compile(rf'(<c r="{cell}"[^>]*><f>SUM\([A-Z]+\d+:[A-Z]+)(\d+)(\)</f><v>){before}(</v>)')
    with ZipFile(path, "w") as book:
        for info, content in parts:
            changed = content
            if info.filename == name:
                text, count = pattern.subn(lambda match: _shorter(match, after), content.decode())
                if count != 1:
                    raise ValueError(f"{sheet}!{cell} is not a SUM with the value {before}")
                changed = text.encode()
            book.writestr(info, changed)


def _shorter(match: re.Match[str], after: int) -> str:
    return f"{match[1]}{int(match[2]) - 1}{match[3]}{after}{match[4]}"


def _part_of(parts: dict[str, bytes], sheet: str) -> str:
    """The package part that holds a sheet."""
    sheets = ElementTree.fromstring(parts["xl/workbook.xml"]).iter(f"{_MAIN}sheet")
    relation = next(entry.attrib[_RELATION] for entry in sheets if entry.attrib["name"] == sheet)
    relations = ElementTree.fromstring(parts["xl/_rels/workbook.xml.rels"])
    return "xl/" + next(entry.attrib["Target"] for entry in relations if entry.attrib["Id"] == relation)
