"""One sheet of a workbook, read without the others: cheap enough for all the files of a folder."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import python_calamine as calamine

from sheetcredit.model.errors import CannotRead
from sheetcredit.model.grid import Book, Grid
from sheetcredit.xlsx.package import Package


def peek(path: Path, sheet: str) -> Book | None:
    """The workbook with that sheet alone; None for a file that cannot be read or has no such sheet."""
    try:
        data = path.read_bytes()
        Package(data, str(path))  # breaks off on what would not be safe to unpack
        with calamine.load_workbook(BytesIO(data)) as workbook:
            if sheet not in workbook.sheet_names:
                return None
            rows = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except (CannotRead, calamine.CalamineError, OSError):
        return None
    return Book(str(path), {sheet: Grid(sheet=sheet, rows=rows)})
