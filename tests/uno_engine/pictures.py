"""Sheets as they look on the screen, buttons included: on paper the buttons are left out."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.uno_engine.bridge import setting
from tests.uno_engine.session import OpenBook

EDGE = 300  # hundredths of a millimetre around the picture


def print_as_on_screen(book: OpenBook, sheet: str, rows: int, target: Path) -> Path:
    """The first rows of a sheet with its buttons, in their own size on one page cut to fit, as PDF."""
    document = book.document
    page = document.Sheets.getByName(sheet)
    columns = len(page.getPrintAreas()) and max(area.EndColumn for area in page.getPrintAreas())
    if not columns:
        cursor = page.createCursor()
        cursor.gotoEndOfUsedArea(False)
        columns = cursor.RangeAddress.EndColumn
    for name in document.Sheets.ElementNames:
        other = document.Sheets.getByName(name)
        other.setPrintAreas(())
        other.IsVisible = name == sheet
    shown = page.getCellRangeByPosition(0, 0, columns, rows - 1)
    page.setTitleRows(shown.RangeAddress)
    page.setPrintTitleRows(False)
    page.setPrintAreas((shown.RangeAddress,))
    style = document.StyleFamilies.getByName("PageStyles").getByName(page.PageStyle)
    style.HeaderIsOn = style.FooterIsOn = style.CenterHorizontally = False
    style.ScaleToPagesX = style.ScaleToPagesY = style.ScaleToPages = 0
    style.PageScale = 100
    for side in ("Left", "Right", "Top", "Bottom"):
        setattr(style, f"{side}Margin", EDGE)
    style.Width, style.Height = shown.Size.Width + 3 * EDGE, shown.Size.Height + 3 * EDGE
    for control in book.controls(sheet):
        control.model.Printable = True
    document.storeToURL(target.as_uri(), (setting("FilterName", "calc_pdf_Export"),))
    return target


def drawn(pdf: Path, resolution: int, *options: str) -> bytes:
    """The first page of a PDF as a picture: PPM, or with `-png` PNG."""
    command = ["pdftoppm", "-r", str(resolution), "-singlefile", "-f", "1", "-l", "1", *options, str(pdf)]
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
