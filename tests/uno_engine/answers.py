"""What LibreOffice answers when the engine asks it: this file runs inside LibreOffice, as a macro in Python.

Excel answers each of these questions at once. From outside, an answer is an object of LibreOffice, and an
object that crosses the bridge takes eight messages before anything is asked of it; so a session puts this file
into its LibreOffice's profile, and a question is one call. Questions and answers are JSON: the bridge passes
one text faster than thousands of values. Cells go by sheet and corners: top, left, bottom, right, from 1.
Nothing of the project is imported here.
"""

from __future__ import annotations

import json
from typing import Any

office: Any = globals().get("XSCRIPTCONTEXT")
"""LibreOffice puts it here."""

SPREADSHEET = "com.sun.star.sheet.SpreadsheetDocument"
CELLS = "com.sun.star.sheet.SheetCellRange"
DATES = 2  # com.sun.star.sheet.CellFlags.DATETIME
ERRORS = 4  # com.sun.star.sheet.FormulaResult.ERROR

# LibreOffice's objects of what was looked at last.
_documents: dict[str, Any] = {}
_sheets: dict[tuple[str, str], Any] = {}


def ask(question: str, given: str) -> str:
    """The one function that is called."""
    return json.dumps(QUESTIONS[question](*json.loads(given)), ensure_ascii=False)


# --- workbooks -------------------------------------------------------------------------------------


def opened() -> Any:
    """The addresses of the open workbooks, and of the document in front."""
    _documents.clear()
    _sheets.clear()
    desktop = office.getDesktop()
    components = desktop.Components.createEnumeration()
    while components.hasMoreElements():
        component = components.nextElement()
        if component.supportsService(SPREADSHEET):
            _documents[component.URL] = component
    front = desktop.CurrentComponent
    return tuple(_documents), front.URL if front is not None and hasattr(front, "URL") else ""


def look(address: str) -> Any:
    """The sheets; whether each is shown, what is used of it, where its dates are; the names, and what for.

    One kind of object after the other: LibreOffice keeps what it knows of a kind only while it is in use.
    """
    looked_at = _documents[address]
    pages = looked_at.Sheets
    names = pages.ElementNames
    sheets = [pages.getByName(name) for name in names]
    _sheets.update({(address, name): sheet for name, sheet in zip(names, sheets, strict=True)})
    shown = tuple(sheet.IsVisible for sheet in sheets)
    used = []
    for sheet in sheets:
        cursor = sheet.createCursor()
        cursor.gotoEndOfUsedArea(True)
        used.append(_corners(cursor.RangeAddress))
    dates = tuple(tuple(map(_corners, sheet.queryContentCells(DATES).RangeAddresses)) for sheet in sheets)
    named = looked_at.NamedRanges
    meant = tuple((name, named.getByName(name).Content) for name in named.ElementNames)
    return names, shown, tuple(used), dates, meant


def save(address: str) -> None:
    """Save it where it is."""
    _documents[address].store()


def to_front(address: str) -> None:
    """Put its window in front."""
    _documents[address].CurrentController.Frame.activate()


# --- how it works ----------------------------------------------------------------------------------


def calculates(address: str) -> Any:
    """Whether it calculates by itself."""
    return _documents[address].isAutomaticCalculationEnabled()


def let_calculate(address: str, by_itself: bool) -> None:
    """Let it calculate by itself, or not."""
    _documents[address].enableAutomaticCalculation(by_itself)


def recalculate(address: str) -> None:
    """Calculate what is to be calculated."""
    _documents[address].calculate()


def freeze(address: str, still: bool) -> None:
    """Keep what is shown of it as it is, or not."""
    if still:
        _documents[address].lockControllers()
    else:
        _documents[address].unlockControllers()


# --- cells -----------------------------------------------------------------------------------------


def _cells(address: str, sheet: str, top: int, left: int, bottom: int, right: int) -> Any:
    return _sheet(address, sheet).getCellRangeByPosition(left - 1, top - 1, right - 1, bottom - 1)


def values(*place: Any) -> Any:
    """Row by row: texts, numbers, None for an error."""
    return _cells(*place).getDataArray()


def errors(*place: Any) -> Any:
    """Row and column, from 0 within the cells, and LibreOffice's number of each error."""
    found = _cells(*place)
    areas = found.queryFormulaCells(ERRORS).RangeAddresses
    _, _, top, left, *_ = place
    return tuple(
        (
            row + 1 - top,
            column + 1 - left,
            found.getCellByPosition(column + 1 - left, row + 1 - top).getError(),
        )
        for area in areas
        for row in range(area.StartRow, area.EndRow + 1)
        for column in range(area.StartColumn, area.EndColumn + 1)
    )


def formulas(*place: Any) -> Any:
    """Row by row, what stands in each cell."""
    return _cells(*place).getFormulaArray()


def write(address: str, rows: Any, entered: Any, *where: Any) -> None:
    """Put values, and formulas by row and column, into cells.

    A sheet that is locked without a password lets the program write: the macros ask Excel for that.
    """
    sheet, target = _sheet(address, where[0]), _cells(address, *where)
    locked = sheet.isProtected()
    if locked:
        sheet.unprotect("")
    try:
        target.setDataArray(tuple(map(tuple, rows)))
        for row, column, formula in entered:
            target.getCellByPosition(column, row).setFormula(formula)
    finally:
        if locked:
            sheet.protect("")


# --- what is shown ---------------------------------------------------------------------------------


def selected(address: str) -> Any:
    """The sheet and the corners of what is selected; None where that is no rectangle of cells."""
    found = _documents[address].CurrentSelection
    if found is None or not found.supportsService(CELLS):
        return None
    return found.Spreadsheet.Name, _corners(found.RangeAddress)


def select(*place: Any) -> None:
    """Select cells."""
    _documents[place[0]].CurrentController.select(_cells(*place))


def in_front(address: str) -> Any:
    """The name of the sheet in front."""
    return _documents[address].CurrentController.ActiveSheet.Name


def show(address: str, sheet: str) -> None:
    """Put a sheet in front."""
    _documents[address].CurrentController.setActiveSheet(_sheet(address, sheet))


def _sheet(address: str, name: str) -> Any:
    if (address, name) not in _sheets:
        _sheets[address, name] = _documents[address].Sheets.getByName(name)
    return _sheets[address, name]


def _corners(area: Any) -> tuple[int, int, int, int]:
    return area.StartRow + 1, area.StartColumn + 1, area.EndRow + 1, area.EndColumn + 1


QUESTIONS = {
    function.__name__: function
    for function in (
        opened, look, save, to_front, calculates, let_calculate, recalculate, freeze,
        values, errors, formulas, write, selected, select, in_front, show,
    )
}  # fmt: skip
