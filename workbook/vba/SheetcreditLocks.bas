Attribute VB_Name = "SheetcreditLocks"
Option Explicit

' The sheets are locked, without a password, against slips of the hand and not against the program.
' Excel tells the two apart (UserInterfaceOnly) but forgets it when the file is closed, so it is told again
' before the program writes. What a sheet allows its user stays as it was, no sheet is unlocked at any time,
' and one that somebody locked with a password is left alone.
Public Sub LetProgramWrite()
    Dim page As Worksheet
    On Error Resume Next
    For Each page In ThisWorkbook.Worksheets
        If page.ProtectContents Then
            With page.Protection
                page.Protect DrawingObjects:=page.ProtectDrawingObjects, Contents:=True, _
                    Scenarios:=page.ProtectScenarios, UserInterfaceOnly:=True, _
                    AllowFormattingCells:=.AllowFormattingCells, _
                    AllowFormattingColumns:=.AllowFormattingColumns, _
                    AllowFormattingRows:=.AllowFormattingRows, _
                    AllowInsertingColumns:=.AllowInsertingColumns, _
                    AllowInsertingRows:=.AllowInsertingRows, _
                    AllowInsertingHyperlinks:=.AllowInsertingHyperlinks, _
                    AllowDeletingColumns:=.AllowDeletingColumns, _
                    AllowDeletingRows:=.AllowDeletingRows, _
                    AllowSorting:=.AllowSorting, _
                    AllowFiltering:=.AllowFiltering, _
                    AllowUsingPivotTables:=.AllowUsingPivotTables
            End With
        End If
    Next page
End Sub
