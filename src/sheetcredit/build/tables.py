"""The sheets that people fill in: the report's details and the tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import cast

from sheetcredit.build import forms as at
from sheetcredit.build.forms import (
    Draft,
    Span,
    define,
    lay_out,
    light_up,
    merge,
    new_page,
    protect,
    set_up_print,
    widths_of,
    write_as_of,
    write_headers,
    write_signatures,
    write_unit,
)
from sheetcredit.build.lists import add_validation
from sheetcredit.build.results import add_balance_chart
from sheetcredit.build.styles import (
    TAB_INFO,
    TAB_INPUT,
    TAB_LEDGER,
    TAB_RESULT,
    Worksheet,
    column_parts,
    write_value,
    xl_col_to_name,
    xl_range,
)
from sheetcredit.model.money import round_half_up
from sheetcredit.template.definition import Column, Sheet
from sheetcredit.template.wording import form, form_of, has_words

Row = Mapping[str, object]

_INFO_WIDTHS = (6.0, 36.0, 58.0)
_INFO_HEADERS = ("number", "label", "value")
_INFO_ROW_HEIGHT = 21
_EXACTLY = 10**6  # the decimals of an amount in its unit
_NUMBERS = frozenset({int, Decimal, type(None)})
_NAMES_BESIDE = {"programme_name": "DM_programmes", "source_name": "DM_funding_sources"}


def add_info_sheet(draft: Draft, sheet: Sheet) -> None:
    """`Thông tin`: labels, their values behind defined names, hints where a cell is selected.

    Nothing may stand to the right of a value: a reader takes the first filled cell after the label.
    """
    layout = lay_out(_INFO_WIDTHS)
    page = new_page(draft, sheet, layout, TAB_INFO)
    header = at.SUBTITLE
    page.set_row(header, 20)
    for place, code in enumerate(_INFO_HEADERS):
        page.write_string(header, place, form(code), draft.styles.of("box", "header"))
    for index, column in enumerate(sheet.columns):
        _write_info_line(draft, page, sheet, column, header + 1 + index)
    last = header + len(sheet.columns)
    notes = [form_of(draft.kind, code) for code in ("notes", "note-1", "note-2", "note-3", "note-4")]
    for row, note in enumerate(notes, start=last + 2):
        merge(page, row, layout.all, note, draft.styles.of("italic", "wrap", "left"))
        page.set_row(row, 18)
    light_up(draft, page, sheet, (header + 1, 2, last, 2))
    set_up_print(draft, page, wide=False)
    page.repeat_rows(header)
    page.print_area(at.BANK, 0, last + 1 + len(notes), 2)
    page.ignore_errors({"number_stored_as_text": xl_range(header + 1, 2, last, 2)})
    page.freeze_panes(header + 1, 0)
    page.set_selection(header + 1, 2, header + 1, 2)
    protect(page, insert_rows=False, delete_rows=False)


def _write_info_line(draft: Draft, page: Worksheet, sheet: Sheet, column: Column, row: int) -> None:
    kind = "date" if column.type == "date" else "whole" if column.type == "count" else "text"
    owner = "tool" if column.filled or column.name == "template_version" else "input"
    wrap = ("wrap",) if column.wrap else ()
    style = draft.styles.of("box", "indent", "left", kind, owner, *wrap)
    page.set_row(row, _INFO_ROW_HEIGHT * (1 + column.wrap))
    page.write_number(row, 0, row - at.SUBTITLE, draft.styles.of("box", "centre"))
    page.write_string(
        row, 1, column.header, draft.styles.of("box", "indent", "bold" if column.required else "left")
    )
    write_value(page, row, 2, draft.info.get(column.name), style)
    define(draft, str(column.name_in_book), sheet, (row, 2))
    hint = f"hint-{column.name}"
    prompt = form_of(draft.kind, hint) if has_words(hint) else ""
    if column.name == "period":
        page.data_validation(row, 2, row, 2, _period_rule(column, prompt, draft.name_of("period")))
    else:
        add_validation(page, sheet, column, (row, 2, row, 2), draft.lists, prompt)


def _period_rule(column: Column, prompt: str, name: str) -> dict[str, object]:
    year = f'LEFT({name},2)="20",ISNUMBER(VALUE(MID({name},3,2)))'
    quarter = f'AND(LEN({name})=6,EXACT(MID({name},5,1),"Q"),ISNUMBER(FIND(RIGHT({name},1),"1234")))'
    of_year = f"IFERROR(VALUE(RIGHT({name},2)),0)"
    month = f'AND(LEN({name})=7,MID({name},5,1)="-",{of_year}>=1,{of_year}<=12)'
    written = f"=AND({year},OR(LEN({name})=4,{quarter},{month}))"
    return {
        "validate": "custom", "value": written, "error_type": "warning",
        "error_title": form("entry-title"), "error_message": form("entry-period"),
        "input_title": column.header, "input_message": prompt,
    }  # fmt: skip


def add_table_sheet(draft: Draft, sheet: Sheet, rows: Sequence[Row]) -> None:
    """A table: headers, rows, total row by formula, signatures."""
    columns = sheet.columns
    texts = {column.name: _texts(draft, column, rows) for column in columns if column.width_chars}
    layout = lay_out(widths_of(sheet, texts))
    page = new_page(draft, sheet, layout, _tab(sheet))
    write_as_of(draft, page, layout)
    write_unit(draft, page, sheet, layout)
    write_headers(draft, page, columns, numbered=True)
    first, last = at.FIRST_ROW, at.FIRST_ROW + len(rows) - 1
    values = {column.name: _values(column, rows) for column in columns}
    _write_rows(draft, page, columns, rows, values)
    if sheet.total:
        _write_total(draft, page, sheet, values, last + 1)
    below = add_balance_chart(draft, page, sheet, first, last) if sheet.chart else last + 1
    end = write_signatures(draft, page, layout, below + 2)
    fractions = [] if sheet.filled else _spans_with_decimals(columns)
    light_up(draft, page, sheet, (first, 0, last + 1, len(columns) - 1), fractions)
    for place, column in enumerate(columns):
        add_validation(page, sheet, column, (first, place, last, place), draft.lists)
    page.ignore_errors({"number_stored_as_text": xl_range(first, 0, last, len(columns) - 1)})
    set_up_print(draft, page, layout.wide)
    page.print_area(at.BANK, 0, end, len(columns) - 1)
    page.freeze_panes(first, 0)
    page.set_selection(first, 0, first, 0)
    protect(page)


def _tab(sheet: Sheet) -> str:
    if sheet.filled:
        return TAB_RESULT
    return TAB_LEDGER if sheet.unit == "dong" else TAB_INPUT


def _texts(draft: Draft, column: Column, rows: Sequence[Row]) -> list[str]:
    """The texts that a column holds, or may be given from a list."""
    held = [str(values[column.name]) for values in rows if values.get(column.name)]
    listed = draft.lists.get(_NAMES_BESIDE.get(column.name, ""))
    return held or list(listed.beside if listed else ())


def _write_rows(
    draft: Draft,
    page: Worksheet,
    columns: Sequence[Column],
    rows: Sequence[Row],
    values: Mapping[str, Sequence[object]],
) -> None:
    styles = [draft.styles.of("box", "open", *column_parts(column)) for column in columns]
    whole_row = draft.styles.of("open")  # a row can be deleted only when all of it is unlocked
    lines = zip(_lines(columns, rows), zip(*values.values(), strict=True), strict=True)
    for row, (line_count, line) in enumerate(lines, at.FIRST_ROW):
        page.set_row(row, at.ROW_HEIGHT * line_count, whole_row)
        for place, (value, style) in enumerate(zip(line, styles, strict=True)):
            write_value(page, row, place, value, style)


def _values(column: Column, rows: Sequence[Row]) -> list[object]:
    if column.ratio:
        return [row_ratio(column, values) for values in rows]
    return [values.get(column.name) for values in rows]


def _lines(columns: Sequence[Column], rows: Sequence[Row]) -> list[int]:
    """How many lines the longest wrapped text of each row takes."""
    wrapped = {c.name: int(c.width_chars) for c in columns if c.wrap and c.width_chars}
    if not wrapped:
        return [1] * len(rows)
    return [
        max(1, *(-(-len(str(values.get(name) or "")) // width) for name, width in wrapped.items()))
        for values in rows
    ]


def row_ratio(column: Column, values: Row) -> Decimal | None:
    """A ratio's value from the other values of its row; None where there is nothing to divide by.

    Each side is a column, or columns added and taken away: `balance - opening`.
    """
    part, whole = (_signed_sum(side, values) for side in column.ratio or ("0", "0"))
    if part is None or not whole:
        return None
    percents = part.scaleb(column.decimals + 2)
    steps = round_half_up(int(percents * _EXACTLY), int(whole * _EXACTLY))
    return Decimal(steps).scaleb(-column.decimals - 2)


def _signed_sum(side: str, values: Row) -> Decimal | None:
    total, sign = Decimal(0), 1
    for term in side.split():
        if term in ("+", "-"):
            sign = 1 if term == "+" else -1
            continue
        value = values.get(term)
        if value is None:
            return None
        total += sign * (value if isinstance(value, Decimal) else Decimal(str(value)))
    return total


def _write_total(
    draft: Draft, page: Worksheet, sheet: Sheet, values: Mapping[str, Sequence[object]], row: int
) -> None:
    page.set_row(row, at.ROW_HEIGHT + 1.5)
    columns = sheet.columns
    labelled = next(place for place, column in enumerate(columns) if column.numeric) - 1
    merge(page, row, Span(0, labelled), form("total"), draft.styles.of("box", "total", "centre"))
    sums = {c.name: sum_as_excel(values[c.name]) for c in columns if c.total}
    for place, column in enumerate(columns[labelled + 1 :], start=labelled + 1):
        style = draft.styles.of("box", *column_parts(column), "total")
        if column.ratio:
            write_value(page, row, place, row_ratio(column, sums), style)
            continue
        if column.total is None:
            page.write_blank(row, place, None, style)
            continue
        letters = xl_col_to_name(place)
        cells = f"{letters}{at.FIRST_ROW + 1}:{letters}{row}"  # a range even of one row, so that it grows
        page.write_formula(row, place, f"=SUM({cells})", style, sums[column.name])


def sum_as_excel(values: Iterable[object]) -> int | float:
    """What SUM gives over these cells: texts and booleans count nothing. Added exactly."""
    kept = [value for value in values if value is not None]
    if not _NUMBERS.issuperset(map(type, kept)):
        kept = [_added(value) for value in kept]
    exact = Decimal(sum(cast(list[int | Decimal], kept), Decimal(0)))
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def _added(value: object) -> int | Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0
    return value if isinstance(value, int) else Decimal(str(value))


def _spans_with_decimals(columns: Sequence[Column]) -> list[Span]:
    spans: list[Span] = []
    for place, column in enumerate(columns):
        if column.type != "amount" or not column.decimals:
            continue
        if spans and spans[-1].last == place - 1:
            spans[-1] = Span(spans[-1].first, place)
        else:
            spans.append(Span(place, place))
    return spans
