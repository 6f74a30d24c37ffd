"""What LibreOffice tells at one call: which workbooks are open, where sheets end, their dates, the names.

Excel answers each of these questions at once. Over the bridge an answer is an object, and an object that
crosses it takes milliseconds; so a few lines of Basic, which a session puts into its LibreOffice, look there,
and set there what is a setting of the program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

LIBRARY, MODULE, FUNCTION = "Standard", "sheetcredit_tests", "Ask"
BASIC = """Option Explicit

Function Ask(question, address, setting)
    Select Case question
        Case "opened"
            Ask = Opened()
        Case "document"
            Ask = Found(address)
        Case "look"
            Ask = Look(Found(address))
        Case "calculates"
            Ask = Found(address).isAutomaticCalculationEnabled()
        Case "calculate"
            Found(address).enableAutomaticCalculation(setting)
        Case "freeze"
            If setting Then Found(address).lockControllers() Else Found(address).unlockControllers()
    End Select
End Function

Function Opened()
    Dim documents, document, place, front
    documents = StarDesktop.Components.createEnumeration()
    Dim addresses(99)
    While documents.hasMoreElements()
        document = documents.nextElement()
        If HasUnoInterfaces(document, "com.sun.star.sheet.XSpreadsheetDocument") Then
            addresses(place) = document.URL
            place = place + 1
        End If
    Wend
    front = ""
    If Not IsNull(StarDesktop.CurrentComponent) Then
        If HasUnoInterfaces(StarDesktop.CurrentComponent, "com.sun.star.frame.XModel") Then
            front = StarDesktop.CurrentComponent.URL
        End If
    End If
    Opened = Array(addresses, place, front)
End Function

Function Found(address)
    Dim documents, document
    documents = StarDesktop.Components.createEnumeration()
    While documents.hasMoreElements()
        document = documents.nextElement()
        If HasUnoInterfaces(document, "com.sun.star.sheet.XSpreadsheetDocument") Then
            If document.URL = address Then Found = document
        End If
    Wend
End Function

Function Look(document)
    Dim names, named, pages, sheets, sheet, page, cursor, place
    named = document.NamedRanges  ' each time anew it would be looked up in the document
    names = named.ElementNames
    Dim contents(UBound(names) + 1)
    For place = 0 To UBound(names)
        contents(place) = named.getByName(names(place)).Content
    Next
    sheets = document.Sheets
    pages = sheets.ElementNames
    Dim cells(UBound(pages)), shown(UBound(pages)), used(UBound(pages)), dated(UBound(pages))
    For page = 0 To UBound(pages)
        sheet = sheets.getByName(pages(page))
        shown(page) = sheet.IsVisible
        cursor = sheet.createCursor()
        cursor.gotoEndOfUsedArea(True)
        With cursor.RangeAddress
            used(page) = Corners(cursor.RangeAddress)
            If shown(page) Then  ' of hidden sheets nobody is likely to ask
                cells(page) = sheet.getCellRangeByPosition(0, 0, .EndColumn, .EndRow)
            End If
        End With
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


class Opened(NamedTuple):
    """The addresses of the open workbooks, and of the document in front."""

    workbooks: list[str]
    front: str


class Inside:
    """A connection to what was put inside. A document goes by its address: as an object it costs more."""

    def __init__(self, context: Any) -> None:
        name = "com.sun.star.script.provider.MasterScriptProviderFactory"
        provider = context.ServiceManager.createInstanceWithContext(name, context).createScriptProvider("")
        self._script = provider.getScript(
            f"vnd.sun.star.script:{LIBRARY}.{MODULE}.{FUNCTION}?language=Basic&location=application"
        )

    def _ask(self, question: str, address: str = "", setting: bool = False) -> Any:
        return self._script.invoke((question, address, setting), (), ())[0]

    def opened(self) -> Opened:
        """What is open now."""
        addresses, count, front = self._ask("opened")
        return Opened(list(addresses[: int(count)]), front)

    def document(self, address: str) -> Any:
        """An open workbook."""
        return self._ask("document", address)

    def calculates(self, address: str) -> bool:
        """Whether a workbook calculates by itself."""
        return bool(self._ask("calculates", address))

    def calculate(self, address: str, automatically: bool) -> None:
        """Let it calculate by itself, or not."""
        self._ask("calculate", address, automatically)

    def freeze(self, address: str, still: bool) -> None:
        """Keep what is shown of it as it is, or not."""
        self._ask("freeze", address, still)

    def look(self, address: str) -> Seen:
        """What a workbook holds now."""
        pages, cells, shown, used, dated, names, contents = self._ask("look", address)
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
