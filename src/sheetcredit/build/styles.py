"""How the workbooks look: fonts, borders, number formats and colours, in one place.

XlsxWriter declares no types. Its names are imported here and nowhere else, so that the type checker has to
be told so only once. Only its documented interface is used.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from xlsxwriter.chart import Chart  # type: ignore[import-untyped]
from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.utility import (  # type: ignore[import-untyped]
    quote_sheetname,
    xl_col_to_name,
    xl_range,
    xl_range_abs,
    xl_rowcol_to_cell,
)
from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from sheetcredit.template.definition import Column

__all__ = [
    "Chart",
    "Format",
    "Workbook",
    "Worksheet",
    "quote_sheetname",
    "xl_col_to_name",
    "xl_range",
    "xl_range_abs",
    "xl_rowcol_to_cell",
]

FONT = "Times New Roman"
INK = "#1F2933"
LINE = "#7F8C99"
HEADER_FILL = "#DCE6F0"
TOTAL_FILL = "#EEF3F8"
INPUT_FILL = "#FFFBEA"
TOOL_FILL = "#F0F0F0"
STRIPE_FILL = "#F6F9FC"
TAB_INPUT = "#5B7FA6"
TAB_LEDGER = "#8C8C8C"
TAB_RESULT = "#6B8E5A"
TAB_INFO = "#C9A227"

# Amounts are shown as whole numbers; where there is a fraction, a conditional format shows all of it.
# (`#,##0.######` alone would dangle a separator behind every whole number.)
WHOLE = "#,##0"
EXACT = "#,##0.######"
ALIGNED = "#,##0.??????"
"""The decimals there are, the points of a column one below another."""
ALIGNED_WHOLE = "#,##0_._0_0_0_0_0_0"
"""A whole number in such a column."""

_PARTS: dict[str, dict[str, Any]] = {
    "base": {"font_name": FONT, "font_size": 11, "font_color": INK, "valign": "vcenter"},
    "open": {"locked": False},
    "box": {"border": 1, "border_color": LINE},
    "bold": {"bold": True},
    "italic": {"italic": True},
    "left": {"align": "left"},
    "centre": {"align": "center"},
    "right": {"align": "right"},
    "top": {"valign": "top"},
    "wrap": {"text_wrap": True},
    "shrink": {"shrink": True},
    "indent": {"indent": 1},
    "underlined": {"underline": 1},
    "title": {"font_size": 14, "bold": True, "align": "center"},
    "small": {"font_size": 9, "italic": True},
    "header": {"bold": True, "align": "center", "text_wrap": True, "bg_color": HEADER_FILL},
    "numbering": {"font_size": 9, "italic": True, "align": "center", "bg_color": HEADER_FILL},
    "total": {"bold": True, "bg_color": TOTAL_FILL},
    "input": {"bg_color": INPUT_FILL, "locked": False},
    "tool": {"bg_color": TOOL_FILL},
    "link": {"font_color": "#1F5FA8", "underline": 1, "align": "center"},
    "text": {"num_format": "@"},
    "date": {"num_format": "dd/mm/yyyy", "align": "left"},
    "whole": {"num_format": WHOLE},
    "percent-1": {"num_format": "0.0%"},
    "percent-2": {"num_format": "0.00%"},
}

HIGHLIGHT = {"bg_color": "#FFC7CE", "font_color": "#9C0006"}
RULED = {"border": 1, "border_color": LINE}


class Styles:
    """The formats of one workbook, each made once. A format is named by the parts it is made of."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[object, ...], Format] = {}

    def of(self, *parts: str, **more: object) -> Format:
        """The format made of the named parts, later ones first; `more` are XlsxWriter's own properties."""
        key = (*parts, *sorted(more.items()))
        if key not in self._made:
            properties: dict[str, Any] = dict(_PARTS["base"])
            for part in parts:
                properties |= _PARTS[part]
            self._made[key] = self._book.add_format(properties | more)
        return self._made[key]

    def mark(self, **properties: object) -> Format:
        """A format of a conditional rule: only what the rule changes."""
        key = ("mark", *sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(dict(properties))
        return self._made[key]


def column_parts(column: Column) -> tuple[str, ...]:
    """The parts of the format in which a column's values are shown."""
    if column.type in ("amount", "count"):
        return ("right", "whole")
    if column.type == "code":
        return ("centre", "text")
    if column.type == "ratio":
        return ("right", f"percent-{column.decimals}")
    if column.type in ("score", "choice"):
        return ("centre",)
    if column.type == "date":
        return ("date",)
    return ("left", "indent", "wrap" if column.wrap else "shrink")


def percent(decimals: int) -> str:
    """The number format of a percentage with a number of decimals."""
    return "0." + "0" * decimals + "%" if decimals else "0%"


def write_text(page: Worksheet, row: int, column: int, text: str, style: Format) -> None:
    """A text as it is, whatever it looks like."""
    if text.startswith("<r>") and text.endswith("</r>"):
        # XlsxWriter takes such a text for the XML of a rich string. As a rich string of two runs it is safe.
        page.write_rich_string(row, column, style, text[:1], style, text[1:], style)
    else:
        page.write_string(row, column, text, style)


def write_value(page: Worksheet, row: int, column: int, value: object, style: Format) -> None:
    """A value as a person would have typed it: its Python type decides, never its look."""
    if value is None:
        page.write_blank(row, column, None, style)
    elif isinstance(value, bool):
        page.write_boolean(row, column, value, style)
    elif isinstance(value, (int, float, Decimal)):
        page.write_number(row, column, value, style)
    elif isinstance(value, date):
        page.write_datetime(row, column, value, style)
    else:
        write_text(page, row, column, str(value), style)
