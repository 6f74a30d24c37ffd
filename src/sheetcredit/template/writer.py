"""The classes of XlsxWriter that the template is built with, imported in one place.

XlsxWriter declares no types to checkers, so here is the one spot where they are told to let it pass.
"""

from __future__ import annotations

from xlsxwriter.chart import Chart  # type: ignore[import-untyped]
from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.packager import Packager  # type: ignore[import-untyped]
from xlsxwriter.sharedstrings import SharedStrings  # type: ignore[import-untyped]
from xlsxwriter.utility import (  # type: ignore[import-untyped]
    quote_sheetname,
    xl_cell_to_rowcol,
    xl_col_to_name,
    xl_range,
    xl_range_abs,
    xl_rowcol_to_cell,
    xl_rowcol_to_cell_fast,
)
from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

__all__ = [
    "Chart",
    "Format",
    "Packager",
    "SharedStrings",
    "Workbook",
    "Worksheet",
    "quote_sheetname",
    "xl_cell_to_rowcol",
    "xl_col_to_name",
    "xl_range",
    "xl_range_abs",
    "xl_rowcol_to_cell",
    "xl_rowcol_to_cell_fast",
]
