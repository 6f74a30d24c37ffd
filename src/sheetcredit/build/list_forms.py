"""Lists to be filled in: the offices of a branch with their communes, the groups of divided communes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sheetcredit.build.styles import HEADER_FILL, Workbook
from sheetcredit.model.errors import CannotWrite
from sheetcredit.template.wording import form

_WIDE = frozenset({"name", "branch", "commune_name", "leader", "choices"})


def write_list(
    path: Path, headers: Mapping[str, str], lines: Sequence[Mapping[str, str]], note: str, empty: int = 0
) -> Path:
    """A list of texts at `path`: a note, headers (by name of the column), lines, `empty` lines to fill in.

    Raises:
        CannotWrite: there is such a file already, or it cannot be written.
    """
    if path.exists():
        raise CannotWrite("E-EXISTS", path=path)
    try:
        book = Workbook(path)
        page = book.add_worksheet(form("list-sheet"))
        text = book.add_format({"num_format": "@", "border": 1, "text_wrap": True, "valign": "top"})
        head = book.add_format({"bold": True, "border": 1, "bg_color": HEADER_FILL, "text_wrap": True})
        page.write_string(0, 0, note, book.add_format({"italic": True}))
        for place, (name, header) in enumerate(headers.items()):
            page.set_column(place, place, 34 if name in _WIDE else 14, book.add_format({"num_format": "@"}))
            page.write_string(2, place, header, head)
            for row, line in enumerate([*lines, *({},) * empty], start=3):
                if line.get(name):
                    page.write_string(row, place, line[name], text)
                else:
                    page.write_blank(row, place, None, text)
        page.freeze_panes(3, 0)
        page.fit_to_pages(1, 0)
        page.repeat_rows(2)
        book.close()
    except OSError as error:
        raise CannotWrite("E-WRITE", path=path, reason=error.strerror or error) from error
    return path
