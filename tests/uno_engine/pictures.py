"""Sheets as they look on the screen, buttons included, as PDF: on paper the buttons are left out."""

from __future__ import annotations

from pathlib import Path

from tests.uno_engine.bridge import setting
from tests.uno_engine.session import OpenBook


def print_as_on_screen(book: OpenBook, sheet: str, rows: int, target: Path) -> Path:
    """The first rows of a sheet with its buttons on a page of their own, as PDF at `target`."""
    document = book.document
    for name in document.Sheets.ElementNames:
        page = document.Sheets.getByName(name)
        page.setPrintAreas(())
        if name != sheet:
            page.IsVisible = False
    page = document.Sheets.getByName(sheet)
    cursor = page.createCursor()
    cursor.gotoEndOfUsedArea(False)
    area = page.getCellRangeByPosition(0, 0, cursor.RangeAddress.EndColumn, rows - 1).RangeAddress
    page.setPrintAreas((area,))
    for control in book.controls(sheet):
        control.model.Printable = True
    document.storeToURL(target.as_uri(), (setting("FilterName", "calc_pdf_Export"),))
    return target
