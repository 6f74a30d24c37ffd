"""A test-only xlwings engine on LibreOffice's UNO bridge.

With it the program's buttons, which know xlwings alone, work on a book that is open in a real spreadsheet
program where there is no Excel. It takes no code of xlwings' commercial part; it is built from
`xlwings.base_classes` and covers what the buttons use.
"""
