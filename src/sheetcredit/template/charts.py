"""The charts of `Tổng hợp`. They show the printed shares, so that chart and table agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sheetcredit.template import layout as at
from sheetcredit.template.definition import Sheet
from sheetcredit.template.styles import FONT, INK
from sheetcredit.template.writer import Chart, Worksheet

if TYPE_CHECKING:
    from sheetcredit.template.forms import Draft
    from sheetcredit.template.results import Line

_COLOURS = {
    "associations": ("#2F5D8A", "#B5651D", "#6B8E5A", "#8C6BA0"),
    "ratings": ("#5B8C5A", "#2F5D8A", "#D09A3C", "#A94442"),
}
_LABEL, _FIGURE, _SHARE = 1, 3, 4
_WIDTH, _HEIGHT, _GAP = 430, 286, 10
_ROWS = 14


def add_charts(draft: Draft, page: Worksheet, sheet: Sheet, lines: Sequence[Line], row: int) -> int:
    """The charts of the sections that ask for one, side by side from a row on; the last row they cover."""
    for place in range(row, row + _ROWS):
        page.set_row(place, at.ROW_HEIGHT)
    for index, section in enumerate(section for section in sheet.sections if section.chart):
        rows = [line.row for line in lines if line.section is section and line.figure]
        kind = next(str(figure.share) for figure in section.figures if figure.share)
        title = section.chart.vi if section.chart else ""
        chart = (_doughnut if kind == "associations" else _bars)(draft, sheet, rows, title, _COLOURS[kind])
        chart.set_size({"width": _WIDTH, "height": _HEIGHT})
        offset = index * (_WIDTH + _GAP)
        page.insert_chart(row, 0, chart, {"object_position": 2, "x_offset": offset, "description": title})
    return row + _ROWS - 1


def _doughnut(draft: Draft, sheet: Sheet, rows: Sequence[int], title: str, colours: Sequence[str]) -> Chart:
    chart = draft.book.add_chart({"type": "doughnut"})
    chart.add_series(
        {
            "name": title,
            "categories": [sheet.sheet, rows[0], _LABEL, rows[-1], _LABEL],
            "values": [sheet.sheet, rows[0], _SHARE, rows[-1], _SHARE],
            "points": [{"fill": {"color": colour}, "border": {"color": "white"}} for colour in colours],
            "data_labels": {"value": True, "num_format": "0.0%", "font": _font(10, "white", bold=True)},
        }
    )
    chart.set_hole_size(48)
    chart.set_legend({"position": "right", "font": _font(11)})
    _finish(chart, title)
    return chart


def _bars(draft: Draft, sheet: Sheet, rows: Sequence[int], title: str, colours: Sequence[str]) -> Chart:
    chart = draft.book.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": title,
            "categories": [sheet.sheet, rows[0], _LABEL, rows[-1], _LABEL],
            "values": [sheet.sheet, rows[0], _FIGURE, rows[-1], _FIGURE],
            "points": [{"fill": {"color": colour}} for colour in colours],
            "gap": 60,
            "data_labels": {"value": True, "num_format": "#,##0", "font": _font(11, bold=True)},
        }
    )
    chart.set_y_axis(
        {"reverse": True, "num_font": _font(11), "line": {"color": "#B8C2CC"}, "major_tick_mark": "none"}
    )
    chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}, "min": 0})
    chart.set_legend({"none": True})
    _finish(chart, title)
    return chart


def add_balance_chart(draft: Draft, page: Worksheet, sheet: Sheet, first: int, last: int) -> int:
    """The balance of each row of a table as columns below it; the last row covered."""
    places = {column.name: place for place, column in enumerate(sheet.columns)}
    chart = draft.book.add_chart({"type": "column"})
    name = places["office_name"]
    chart.add_series(
        {
            "name": sheet.column("balance").header,
            "categories": [sheet.sheet, first, name, last, name],
            "values": [sheet.sheet, first, places["balance"], last, places["balance"]],
            "fill": {"color": _COLOURS["associations"][0]},
            "gap": 60,
        }
    )
    title = sheet.chart.vi if sheet.chart else ""
    chart.set_legend({"none": True})
    chart.set_x_axis({"num_font": _font(10), "line": {"color": "#B8C2CC"}, "major_tick_mark": "none"})
    lines = {"visible": True, "line": {"color": "#E1E6EB"}}
    chart.set_y_axis(
        {
            "num_font": _font(10),
            "num_format": "#,##0",
            "major_gridlines": lines,
            "line": {"none": True},
            "min": 0,
        }
    )
    _finish(chart, title)
    chart.set_size({"width": 2 * _WIDTH + _GAP, "height": _HEIGHT})
    row = last + 3
    for place in range(row, row + _ROWS):
        page.set_row(place, at.ROW_HEIGHT)
    page.insert_chart(row, 0, chart, {"object_position": 2, "description": title})
    return row + _ROWS - 1


def _finish(chart: Chart, title: str) -> None:
    chart.set_title({"name": title, "name_font": _font(13, bold=True), "overlay": False})
    chart.set_chartarea({"border": {"color": "#C9D1D9"}, "fill": {"color": "white"}})


def _font(size: int, colour: str = INK, bold: bool = False) -> dict[str, object]:
    return {"name": FONT, "size": size, "color": colour, "bold": bold}
