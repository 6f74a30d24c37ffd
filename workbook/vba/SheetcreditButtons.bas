Attribute VB_Name = "SheetcreditButtons"
Option Explicit

' One macro a button. Each calls one function of the Python module sheetcredit.buttons, and nothing else:
' what is checked, reconciled and filled is decided there, by the same code that the command line runs.
' The source is plain ASCII; the Vietnamese captions are on the buttons of the sheets.

Public Sub NhapSoLieu()
    LetProgramWrite
    RunPython "import sheetcredit.buttons; sheetcredit.buttons.import_exports()"
End Sub

Public Sub KiemTra()
    LetProgramWrite
    RunPython "import sheetcredit.buttons; sheetcredit.buttons.check()"
End Sub

Public Sub DoiChieu()
    LetProgramWrite
    RunPython "import sheetcredit.buttons; sheetcredit.buttons.reconcile()"
End Sub

Public Sub LapTongHop()
    LetProgramWrite
    RunPython "import sheetcredit.buttons; sheetcredit.buttons.fill()"
End Sub

Public Sub BanTin()
    RunPython "import sheetcredit.buttons; sheetcredit.buttons.bulletin()"
End Sub

Public Sub GuiCapTren()
    LetProgramWrite
    RunPython "import sheetcredit.buttons; sheetcredit.buttons.send()"
End Sub

Public Sub KySau()
    RunPython "import sheetcredit.buttons; sheetcredit.buttons.next_period()"
End Sub
