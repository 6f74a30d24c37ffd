"""The sheets that the tool fills (summary, comparison, findings, journal, sources, record), and the charts.

They are formatted and empty: filling them writes values only, never a style.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sheetcredit.build import forms as at
from sheetcredit.build.forms import (
    Draft,
    add_rule,
    define,
    has_fraction,
    lay_out,
    light_up,
    merge,
    new_page,
    protect,
    set_up_print,
    width_of,
    write_as_of,
    write_headers,
    write_signatures,
    write_unit,
)
from sheetcredit.build.styles import (
    ALIGNED,
    ALIGNED_WHOLE,
    FONT,
    INK,
    RULED,
    STRIPE_FILL,
    TAB_RESULT,
    TOTAL_FILL,
    WHOLE,
    Chart,
    Format,
    Worksheet,
    column_parts,
    percent,
    xl_col_to_name,
    xl_rowcol_to_cell,
)
from sheetcredit.model.text import word
from sheetcredit.template.definition import Column, Figure, Sheet, SummarySection
from sheetcredit.template.wording import form, has_words

_COLOURS = {
    "associations": ("#2F5D8A", "#B5651D", "#6B8E5A", "#8C6BA0"),
    "ratings": ("#5B8C5A", "#2F5D8A", "#D09A3C", "#A94442"),
}
_CHART_WIDTH, _CHART_HEIGHT, _CHART_GAP = 430, 286, 10  # pixels
_CHART_ROWS = 14

_SUMMARY = ("number", "label", "unit", "figure", "share", "note")
_SUMMARY_WIDTHS = (6.0, 41.0, 13.0, 15.0, 11.0, 34.0)
_LABEL, _UNIT, _FIGURE, _SHARE, _NOTE, _WRITTEN = 1, 2, 3, 4, 5, 6
_STRIPED = "MOD(ROW(),2)=0"
_STRIPE = RULED | {"bg_color": STRIPE_FILL}
_PRINTED_FINDINGS = 100  # the formulas of the links would otherwise print as empty pages
_STATES = {
    "state-differs": ("#F8D7DA", "#8B1A1A"),
    "state-equal": ("#DFF0DB", "#2E6B2E"),
    "state-rounding": ("#ECECEC", "#5A5A5A"),
    "state-unknown": ("#FCEFC9", "#7A5200"),
}
_SEVERITIES = {
    "severity-error": ("#F8D7DA", "#8B1A1A"),
    "severity-query": ("#FCEFC9", "#7A5200"),
    "severity-note": ("#DCE9F7", "#1F4E79"),
    "severity-gone": ("#ECECEC", "#5A5A5A"),
}
_STATUSES = ("status-open", "status-explained", "status-void", "status-gone")
_FINDING_HEIGHT = 48  # three lines
_SOURCE_HEIGHT = 62  # four lines
_HEADLINE_HEIGHT = 60  # four lines: the counts, and up to three cells to put right first
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """A printed line of `Tổng hợp`: a section's title, or a figure with its share if it has one."""

    row: int
    number: str
    section: SummarySection
    figure: Figure | None = None
    share: Figure | None = None


def summary_lines(sheet: Sheet) -> Iterator[SummaryLine]:
    """The lines of `Tổng hợp`, top to bottom."""
    row = at.FIRST_ROW
    for roman, section in zip(_ROMAN, sheet.all_sections, strict=False):
        yield SummaryLine(row, roman, section)
        row += 1
        shares = {figure.name: figure for figure in section.figures if section.paired and figure.share}
        alone = [figure for figure in section.figures if figure.name not in shares]
        for number, figure in enumerate(alone, start=1):
            yield SummaryLine(row, str(number), section, figure, shares.get(f"{figure.name}_TyTrong"))
            row += 1


def add_summary_sheet(draft: Draft, sheet: Sheet) -> None:
    """`Tổng hợp`: every figure behind its defined name, and two charts below."""
    layout = lay_out(_SUMMARY_WIDTHS)
    page = new_page(draft, sheet, layout, TAB_RESULT)
    write_as_of(draft, page, layout)
    write_unit(draft, page, sheet, layout)
    page.set_row(at.HEADER, 22)
    page.set_row(at.NUMBERING, at.NUMBERING_HEIGHT)
    for place, code in enumerate(_SUMMARY):
        page.write_string(at.HEADER, place, form(f"summary-{code}"), draft.styles.of("box", "header"))
        page.write_string(at.NUMBERING, place, f"({place + 1})", draft.styles.of("box", "numbering"))
    lines = list(summary_lines(sheet))
    for line in lines:
        page.set_row(line.row, at.ROW_HEIGHT)
        if line.figure is None:
            _write_section(draft, page, line)
        else:
            _write_figure(draft, page, sheet, line, line.figure)
    last = lines[-1].row
    _write_state_cell(draft, page, sheet)
    below = add_charts(draft, page, sheet, lines, last + 2)
    end = write_signatures(draft, page, layout, below + 1)
    light_up(draft, page, sheet, (at.FIRST_ROW, _FIGURE, last, _SHARE))
    set_up_print(draft, page, wide=False)
    page.fit_to_pages(1, 1)
    page.print_area(at.BANK, 0, end, _NOTE)
    page.freeze_panes(at.FIRST_ROW, 0)
    page.set_selection(at.FIRST_ROW, 0, at.FIRST_ROW, 0)
    protect(page, insert_rows=False, delete_rows=False)


def _write_section(draft: Draft, page: Worksheet, line: SummaryLine) -> None:
    centre = draft.styles.of("box", "total", "centre")
    plain = draft.styles.of("box", "bold", "left", "indent", bg_color=TOTAL_FILL)
    page.write_string(line.row, 0, line.number, centre)
    page.write_string(line.row, _LABEL, line.section.title.vi, plain)
    for place in (_UNIT, _FIGURE, _SHARE):
        page.write_blank(line.row, place, None, plain)
    basis = line.section.basis.vi if line.section.basis else ""
    page.write_string(
        line.row, _NOTE, basis, draft.styles.of("box", "italic", "left", "indent", bg_color=TOTAL_FILL)
    )


def _write_figure(draft: Draft, page: Worksheet, sheet: Sheet, line: SummaryLine, figure: Figure) -> None:
    styles = draft.styles
    page.write_string(line.row, 0, line.number, styles.of("box", "centre"))
    page.write_string(line.row, _LABEL, figure.label.vi, styles.of("box", "left", "indent"))
    unit_style = styles.of("box", "centre")
    if figure.amount is not None:
        unit = draft.name_of("unit")
        page.write_formula(line.row, _UNIT, f"={unit}", unit_style, draft.info_text("unit"))
    else:
        page.write_string(line.row, _UNIT, unit_of(figure), unit_style)
    shown = WHOLE if figure.ratio is None else percent(figure.decimals)
    page.write_blank(line.row, _FIGURE, None, styles.of("box", "right", "bold", num_format=shown))
    define(draft, figure.name, sheet, (line.row, _FIGURE))
    share_style = styles.of("box", "right", num_format=percent(line.share.decimals if line.share else 0))
    page.write_blank(line.row, _SHARE, None, share_style)
    if line.share:
        define(draft, line.share.name, sheet, (line.row, _SHARE))
    basis = figure.basis.vi if figure.basis else ""
    page.write_string(line.row, _NOTE, basis, styles.of("box", "italic", "left", "indent"))


def unit_of(figure: Figure) -> str:
    """What a count or a ratio is counted in."""
    if figure.count is None:
        return form("unit-percent")
    code = f"unit-{figure.count.split('_')[0]}"
    return form(code) if has_words(code) else ""


def _write_state_cell(draft: Draft, page: Worksheet, sheet: Sheet) -> None:
    """The hidden cell where the tool notes what it wrote, to notice a figure typed over."""
    page.set_column(_WRITTEN, _WRITTEN, 2, draft.styles.of("text"), {"hidden": True})
    page.write_blank(at.HEADER, _WRITTEN, None, draft.styles.of("text"))
    if sheet.written_name:
        define(draft, sheet.written_name, sheet, (at.HEADER, _WRITTEN))


def add_comparison_sheet(draft: Draft, sheet: Sheet) -> None:
    """`Đối chiếu`: the three sides of each commune × association."""
    page, last = _new_written_table(draft, sheet)
    write_unit(draft, page, sheet, _layout(sheet))
    filled = _filled(at.FIRST_WRITTEN_ROW)
    _colour_words(draft, page, _place(sheet, "state"), last, _STATES)
    for place, column in enumerate(sheet.columns):
        if column.numeric:
            fraction = f"AND({filled},{has_fraction(at.FIRST_WRITTEN_ROW, place)})"
            cells = (at.FIRST_WRITTEN_ROW, place, last, place)
            for condition, shown in ((fraction, ALIGNED), (filled, ALIGNED_WHOLE)):
                look = {"num_format": shown}
                add_rule(draft, page, cells, f"AND({condition},{_STRIPED})", _STRIPE | look)
                add_rule(draft, page, cells, condition, RULED | look)
    _rule_filled_lines(draft, page, sheet, last)
    protect(page)


def add_findings_sheet(draft: Draft, sheet: Sheet) -> None:
    """`Kiểm tra`: one finding a row, a link to its cell, a column for the user's explanation."""
    page, last = _new_written_table(draft, sheet)
    layout = _layout(sheet)
    style = draft.styles.of("bold", "wrap", "left")
    merge(page, at.UNIT, layout.all, form("headline-blank"), style)
    page.set_row(at.UNIT, _HEADLINE_HEIGHT)
    if sheet.headline_name:
        define(draft, sheet.headline_name, sheet, (at.UNIT, 0))
    address = _place(sheet, "address")
    if sheet.address_name:
        define(draft, sheet.address_name, sheet, (at.FIRST_WRITTEN_ROW, address), (last, address))
    _write_links(draft, page, sheet, last)
    _colour_words(draft, page, _place(sheet, "severity"), last, _SEVERITIES)
    _rule_filled_lines(draft, page, sheet, last)
    printed = min(last, at.FIRST_WRITTEN_ROW + _PRINTED_FINDINGS - 1)
    page.print_area(at.BANK, 0, printed, layout.all.last)
    page.outline_settings(True, False, True, False)
    protect(page)  # taken off once rows are folded: a protected sheet does not let anybody unfold them


def add_journal_sheet(draft: Draft, sheet: Sheet) -> None:
    """`Nhật ký`: what the tool repaired, one cell a row."""
    page, last = _new_written_table(draft, sheet)
    _rule_filled_lines(draft, page, sheet, last)
    printed = min(last, at.FIRST_WRITTEN_ROW + _PRINTED_FINDINGS - 1)
    page.print_area(at.BANK, 0, printed, _layout(sheet).all.last)
    protect(page)


def add_sources_sheet(draft: Draft, sheet: Sheet) -> None:
    """`Nguồn số liệu`: where imported figures come from; a column to confirm proposals in."""
    page, last = _new_written_table(draft, sheet)
    for row in range(at.FIRST_WRITTEN_ROW, last + 1):
        page.set_row(row, _SOURCE_HEIGHT)  # as in `Kiểm tra`: not every program fits rows on opening
    _rule_filled_lines(draft, page, sheet, last)
    printed = min(last, at.FIRST_WRITTEN_ROW + _PRINTED_FINDINGS - 1)
    page.print_area(at.BANK, 0, printed, _layout(sheet).all.last)
    protect(page)


def add_record_sheet(draft: Draft, sheet: Sheet) -> None:
    """`Niêm phong`: what was sealed; for programs only."""
    page, _ = _new_written_table(draft, sheet)
    if sheet.hidden:
        page.very_hidden()
    protect(page)


def _layout(sheet: Sheet) -> at.Layout:
    return lay_out([_width(sheet, column) for column in sheet.columns if not column.hidden])


def _width(sheet: Sheet, column: Column) -> float:
    written = {"severity": _SEVERITIES, "state": _STATES, "status": _STATUSES}.get(column.name, ())
    return 6.0 if column.name == "number" else width_of(sheet, column, map(word, written))


def _place(sheet: Sheet, name: str) -> int:
    return next(place for place, column in enumerate(sheet.columns) if column.name == name)


def _new_written_table(draft: Draft, sheet: Sheet) -> tuple[Worksheet, int]:
    """A form whose table the tool writes: its columns carry the style, so that values are enough."""
    layout = _layout(sheet)
    page = new_page(draft, sheet, layout, TAB_RESULT)
    write_as_of(draft, page, layout)
    for place, column in enumerate(sheet.columns):
        options = {"hidden": True} if column.hidden else {}
        page.set_column(place, place, _width(sheet, column), _column_style(draft, column), options)
    write_headers(draft, page, sheet.columns, numbered=False)
    if sheet.table_name:
        define(draft, sheet.table_name, sheet, (at.HEADER, 0))
    set_up_print(draft, page, layout.wide)
    last = at.FIRST_WRITTEN_ROW + sheet.styled_rows - 1
    page.freeze_panes(at.FIRST_WRITTEN_ROW, 0)
    page.set_selection(at.FIRST_WRITTEN_ROW, 0, at.FIRST_WRITTEN_ROW, 0)
    return page, last


def _column_style(draft: Draft, column: Column) -> Format:
    parts = ["centre", "whole"] if column.type == "count" else list(column_parts(column))
    parts += ["top"]
    if column.formula == "link":
        parts += ["link"]
    if column.owner == "user":
        parts += ["open"]
    return draft.styles.of(*parts)


def _write_links(draft: Draft, page: Worksheet, sheet: Sheet, last: int) -> None:
    place = _place(sheet, "link")
    to_sheet, to_cell = (xl_col_to_name(_place(sheet, name)) for name in ("sheet", "cell"))
    to_file = next((xl_col_to_name(n) for n, c in enumerate(sheet.columns) if c.name == "path"), None)
    style = _column_style(draft, sheet.columns[place])
    for row in range(at.FIRST_WRITTEN_ROW, last + 1):
        where, which = f"{to_sheet}{row + 1}", f"{to_cell}{row + 1}"
        file = f"{to_file}{row + 1}&" if to_file else ""
        formula = f'=IF({which}="","",HYPERLINK({file}"#\'"&{where}&"\'!"&{which},"→"))'
        # Excel fits rows without a height when it opens a file; other programs show one line.
        page.set_row(row, _FINDING_HEIGHT)
        page.write_formula(row, place, formula, style, "")


def _colour_words(
    draft: Draft, page: Worksheet, place: int, last: int, colours: Mapping[str, tuple[str, str]]
) -> None:
    """A column's words on coloured ground; the words are those that the tool writes."""
    cell = xl_rowcol_to_cell(at.FIRST_WRITTEN_ROW, place, col_abs=True)
    for code, (ground, ink) in colours.items():
        look = RULED | {"bg_color": ground, "font_color": ink, "bold": True}
        add_rule(draft, page, (at.FIRST_WRITTEN_ROW, place, last, place), f'{cell}="{word(code)}"', look)


def _filled(row: int) -> str:
    return f'{xl_rowcol_to_cell(row, 0, col_abs=True)}<>""'


def _rule_filled_lines(draft: Draft, page: Worksheet, sheet: Sheet, last: int) -> None:
    """Lines and a light stripe appear where something is written."""
    shown = [place for place, column in enumerate(sheet.columns) if not column.hidden]
    cells = (at.FIRST_WRITTEN_ROW, shown[0], last, shown[-1])
    filled = _filled(at.FIRST_WRITTEN_ROW)
    add_rule(draft, page, cells, f"AND({filled},{_STRIPED})", _STRIPE)
    add_rule(draft, page, cells, filled, RULED)


# Charts. They show the printed shares, so that chart and table agree.


def add_charts(draft: Draft, page: Worksheet, sheet: Sheet, lines: Sequence[SummaryLine], row: int) -> int:
    """The charts of the sections that ask for one, side by side from a row on; the last row they cover."""
    for place in range(row, row + _CHART_ROWS):
        page.set_row(place, at.ROW_HEIGHT)
    for index, section in enumerate(section for section in sheet.sections if section.chart):
        rows = [line.row for line in lines if line.section is section and line.figure]
        kind = next(str(figure.share) for figure in section.figures if figure.share)
        title = section.chart.vi if section.chart else ""
        chart = (_doughnut if kind == "associations" else _bars)(draft, sheet, rows, title, _COLOURS[kind])
        chart.set_size({"width": _CHART_WIDTH, "height": _CHART_HEIGHT})
        offset = index * (_CHART_WIDTH + _CHART_GAP)
        page.insert_chart(row, 0, chart, {"object_position": 2, "x_offset": offset, "description": title})
    return row + _CHART_ROWS - 1


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
    chart.set_size({"width": 2 * _CHART_WIDTH + _CHART_GAP, "height": _CHART_HEIGHT})
    row = last + 3
    for place in range(row, row + _CHART_ROWS):
        page.set_row(place, at.ROW_HEIGHT)
    page.insert_chart(row, 0, chart, {"object_position": 2, "description": title})
    return row + _CHART_ROWS - 1


def _finish(chart: Chart, title: str) -> None:
    chart.set_title({"name": title, "name_font": _font(13, bold=True), "overlay": False})
    chart.set_chartarea({"border": {"color": "#C9D1D9"}, "fill": {"color": "white"}})


def _font(size: int, colour: str = INK, bold: bool = False) -> dict[str, object]:
    return {"name": FONT, "size": size, "color": colour, "bold": bold}
