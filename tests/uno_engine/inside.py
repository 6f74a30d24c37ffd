"""What LibreOffice tells at one call: a sheet's corners, its values, the names of a book.

Excel has a call for each of these. Over the bridge each is a dozen, and every object that crosses it takes
milliseconds; so a few lines of Basic, which a session puts into its LibreOffice, ask there.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

LIBRARY, MODULE = "Standard", "sheetcredit_tests"
BASIC = """Option Explicit

Function Used(document, sheet)
    Dim cursor, area
    cursor = document.Sheets.getByName(sheet).createCursor()
    cursor.gotoEndOfUsedArea(True)
    area = cursor.RangeAddress
    Used = Array(area.StartRow, area.StartColumn, area.EndRow, area.EndColumn)
End Function

Function Values(document, sheet, top, left, bottom, right)
    Dim cells, dates, found, place
    cells = document.Sheets.getByName(sheet).getCellRangeByPosition(left, top, right, bottom)
    found = cells.queryContentCells(2).RangeAddresses  ' 2: dates
    Dim areas(UBound(found) + 1)
    For place = 0 To UBound(found)
        With found(place)
            areas(place) = Array(.StartRow, .StartColumn, .EndRow, .EndColumn)
        End With
    Next
    Values = Array(cells.getDataArray(), areas)
End Function

Function Formulas(document, sheet, top, left, bottom, right)
    Formulas = document.Sheets.getByName(sheet).getCellRangeByPosition(left, top, right, bottom).getFormulaArray()
End Function

Function Names(document)
    Dim all, found, place
    all = document.NamedRanges
    found = all.ElementNames
    Dim contents(UBound(found))
    For place = 0 To UBound(found)
        contents(place) = all.getByName(found(place)).Content
    Next
    Names = Array(found, contents)
End Function
"""


def put_inside(context: Any) -> None:
    """Put the functions into a LibreOffice's own library: no document changes by it."""
    name = "com.sun.star.script.ApplicationScriptLibraryContainer"
    libraries = context.ServiceManager.createInstanceWithContext(name, context)
    libraries.loadLibrary(LIBRARY)
    library = libraries.getByName(LIBRARY)
    if not library.hasByName(MODULE):
        library.insertByName(MODULE, BASIC)


class Inside:
    """The functions, called."""

    def __init__(self, context: Any) -> None:
        self._context = context
        self._scripts: dict[str, Any] = {}

    @cached_property
    def _provider(self) -> Any:
        name = "com.sun.star.script.provider.MasterScriptProviderFactory"
        factory = self._context.ServiceManager.createInstanceWithContext(name, self._context)
        return factory.createScriptProvider("")

    def __call__(self, function: str, *given: Any) -> Any:
        """What a function returns."""
        if function not in self._scripts:
            place = f"vnd.sun.star.script:{LIBRARY}.{MODULE}.{function}?language=Basic&location=application"
            self._scripts[function] = self._provider.getScript(place)
        return self._scripts[function].invoke(given, (), ())[0]
