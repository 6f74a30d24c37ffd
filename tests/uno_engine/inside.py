"""What LibreOffice tells of a whole workbook at one call: where its sheets end, their dates, its names.

Excel answers each of these questions at once. Over the bridge an answer is an object, and an object that
crosses it takes milliseconds; so a few lines of Basic, which a session puts into its LibreOffice, look there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LIBRARY, MODULE, FUNCTION = "Standard", "sheetcredit_tests", "Look"
BASIC = """Option Explicit

Function Look(document)
    Dim names, pages, page, cursor, place
    names = document.NamedRanges.ElementNames
    Dim contents(UBound(names) + 1)
    For place = 0 To UBound(names)
        contents(place) = document.NamedRanges.getByName(names(place)).Content
    Next
    pages = document.Sheets.ElementNames
    Dim cells(UBound(pages)), shown(UBound(pages)), used(UBound(pages)), dated(UBound(pages))
    For page = 0 To UBound(pages)
        shown(page) = document.Sheets.getByName(pages(page)).IsVisible
        cursor = document.Sheets.getByName(pages(page)).createCursor()
        cursor.gotoEndOfUsedArea(True)
        used(page) = Corners(cursor.RangeAddress)
        If shown(page) Then  ' of hidden sheets nobody is likely to ask
            With cursor.RangeAddress
                cells(page) = cursor.Spreadsheet.getCellRangeByPosition(0, 0, .EndColumn, .EndRow)
            End With
        End If
        dated(page) = Areas(cursor.queryContentCells(2).RangeAddresses)  ' 2: CellFlags.DATETIME
    Next
    Look = Array(pages, cells, shown, used, dated, names, contents)
End Function

Function Areas(found)
    Dim place
    Dim told(UBound(found) + 1)
    For place = 0 To UBound(found)
        told(place) = Corners(found(place))
    Next
    Areas = told
End Function

Function Corners(area)
    Corners = Array(area.StartRow + 1, area.StartColumn + 1, area.EndRow + 1, area.EndColumn + 1)
End Function
"""
Corners = tuple[int, int, int, int]
"""Top, left, bottom, right, from 1."""


@dataclass(frozen=True)
class Seen:
    """By sheet, the cells from the first to the last that is used (None of a hidden one), whether it is shown,
    the corners of what is used, and those of the dates; by name, what it stands for.
    """

    cells: Mapping[str, Any]
    shown: Mapping[str, bool]
    used: Mapping[str, Corners]
    dates: Mapping[str, list[Corners]]
    names: Mapping[str, str]


def put_inside(context: Any) -> None:
    """Put the function into a LibreOffice's own library: no document changes by it."""
    name = "com.sun.star.script.ApplicationScriptLibraryContainer"
    libraries = context.ServiceManager.createInstanceWithContext(name, context)
    libraries.loadLibrary(LIBRARY)
    library = libraries.getByName(LIBRARY)
    if not library.hasByName(MODULE):
        library.insertByName(MODULE, BASIC)


class Inside:
    """A connection to what was put inside."""

    def __init__(self, context: Any) -> None:
        name = "com.sun.star.script.provider.MasterScriptProviderFactory"
        provider = context.ServiceManager.createInstanceWithContext(name, context).createScriptProvider("")
        self._look = provider.getScript(
            f"vnd.sun.star.script:{LIBRARY}.{MODULE}.{FUNCTION}?language=Basic&location=application"
        )

    def look(self, document: Any) -> Seen:
        """What a workbook holds now."""
        pages, cells, shown, used, dated, names, contents = self._look.invoke((document,), (), ())[0]
        return Seen(
            dict(zip(pages, cells, strict=True)),
            dict(zip(pages, shown, strict=True)),
            dict(zip(pages, map(_corners, used), strict=True)),
            {page: [_corners(a) for a in areas if a] for page, areas in zip(pages, dated, strict=True)},
            dict(zip(names, contents, strict=False)),  # an array of Basic has one place more
        )


def _corners(told: Any) -> Corners:
    """Basic counts in floats."""
    top, left, bottom, right = map(int, told)
    return top, left, bottom, right
