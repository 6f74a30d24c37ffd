"""Windows from Linux: CPython for Windows, Wine to run it, and the installer made of both.

`pieces` fetches what others make, `program` puts the installed folder together, `installer` packs it into
`sheetcredit-setup.exe` and the portable .zip, and `wine` runs programs of Windows.
"""
