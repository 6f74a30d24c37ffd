"""What every form has: its layout, heading, title, headers, signatures and print set-up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, combinations

from sheetcredit.build.lists import Lists, owners_of, places_name
from sheetcredit.build.styles import (
    EXACT,
    FONT,
    HIGHLIGHT,
    Format,
    Styles,
    Workbook,
    Worksheet,
    quote_sheetname,
    write_text,
    xl_rowcol_to_cell,
)
from sheetcredit.model.period import find_period
from sheetcredit.template.definition import Column, Office, Sheet
from sheetcredit.template.wording import WorkbookKind, form

# Zero-based rows. The first is left free for buttons.
STRIP, BANK, BRANCH, OFFICE, TITLE, SUBTITLE, UNIT, HEADER, NUMBERING = range(9)
FIRST_ROW = 9  # of a table that people fill in
FIRST_WRITTEN_ROW = 8  # of a table that the tool writes: right below its header

HEIGHTS = {STRIP: 27, BANK: 15.75, BRANCH: 15.75, OFFICE: 15.75, TITLE: 24, SUBTITLE: 15.75, UNIT: 15.75}
HEADER_HEIGHT = 33
NUMBERING_HEIGHT = 12.75
ROW_HEIGHT = 16.5

LEFT_NEEDS = 38
RIGHT_NEEDS = 46
PORTRAIT_WIDTH = 116

_AMOUNT_WIDTHS = {"dong": 18.0, "book": 13.0}
_EXACT_WIDTH = 16.5
_COUNT_WIDTH = 10.0
_PER_LETTER = 0.88
_WIDEST_TEXT = 52.0
_ROOMY = 112.0
_CODE_WIDTH = 8.5


@dataclass(frozen=True, slots=True)
class Span:
    """Neighbouring columns, first and last, zero-based."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Layout:
    """A form's visible columns and how its heading and signatures spread over them."""

    widths: tuple[float, ...]
    left: Span
    right: Span
    thirds: tuple[Span, Span, Span]

    @property
    def all(self) -> Span:
        """All visible columns."""
        return Span(0, len(self.widths) - 1)

    @property
    def wide(self) -> bool:
        """Whether the form is printed across the page."""
        return sum(self.widths) > PORTRAIT_WIDTH


def lay_out(widths: Sequence[float]) -> Layout:
    """The layout of a form with columns of these widths (in characters)."""
    count = len(widths)
    upto = list(accumulate(widths))
    left_end = next((i for i, width in enumerate(upto) if width >= LEFT_NEEDS), count - 2)
    right_start = next((i for i in reversed(range(count)) if upto[-1] - upto[i] >= RIGHT_NEEDS), 0) + 1
    left_end = min(left_end, count - 2)
    right_start = min(max(right_start, left_end + 1), count - 1)
    return Layout(
        tuple(widths), Span(0, left_end), Span(right_start, count - 1), _thirds(upto, count)
    )  # fmt: skip


def _thirds(upto: Sequence[float], count: int) -> tuple[Span, Span, Span]:
    """Three spans of at least one column each, as evenly wide as the columns allow."""

    def unevenness(ends: tuple[int, int]) -> float:
        one, two = upto[ends[0]], upto[ends[1]]
        return sum(abs(width - upto[-1] / 3) for width in (one, two - one, upto[-1] - two))

    one, two = min(combinations(range(count - 1), 2), key=unevenness)
    return Span(0, one), Span(one + 1, two), Span(two + 1, count - 1)


def widths_of(sheet: Sheet, texts: Mapping[str, Iterable[str]]) -> list[float]:
    """The widths of a table's columns, given the texts they hold; a narrow table is given room."""
    widths = [width_of(sheet, column, texts.get(column.name, ())) for column in sheet.columns]
    numeric = [place for place, column in enumerate(sheet.columns) if column.numeric]
    missing = max(_ROOMY - sum(widths), 0) / max(len(numeric), 1)
    return [width + missing * (place in numeric) for place, width in enumerate(widths)]


def width_of(sheet: Sheet, column: Column, texts: Iterable[str] = ()) -> float:
    """How wide a column is, in characters of the normal font; a text column fits the texts it holds."""
    if column.width_chars:
        longest = max(map(len, texts), default=0)
        return max(float(column.width_chars), min(_PER_LETTER * longest + 3, _WIDEST_TEXT))
    if column.type == "amount":
        return _EXACT_WIDTH if column.decimals and not sheet.filled else _AMOUNT_WIDTHS[sheet.unit]
    if column.type in ("count", "ratio"):
        return _COUNT_WIDTH
    if column.type == "code":
        return max(_CODE_WIDTH, (column.width or 0) + 2.5)
    return 12.0


CellRange = tuple[int, int, int, int]
"""First row, first column, last row, last column, zero-based."""

SIGNATURE_ROWS = 8
_FREEDOMS = {
    "format_cells": True, "format_columns": True, "format_rows": True, "insert_rows": True,
    "delete_rows": True, "sort": True, "autofilter": True,
}  # fmt: skip
_ROMAN = ("", "I", "II", "III", "IV")
_OF_THE_BANK = (
    ("prepared-by", "sign", "prepared_by"),
    ("checked-by", "sign", "checked_by"),
    ("director", "sign-and-seal", "director"),
)
_SIGNERS = {
    "office": _OF_THE_BANK,
    "branch": _OF_THE_BANK,
    "association": (
        ("prepared-by", "sign", "prepared_by"),
        None,
        ("association-director", "sign-and-seal", "director"),
    ),
}
_ISSUER = {"office": "office_name", "association": "association_name", "branch": "office_name"}
"""Whose form it is, by kind: the line of `Thông tin` printed at the foot of a page."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The workbook being built and what all its sheets share."""

    book: Workbook
    styles: Styles
    office: Office
    info: Mapping[str, object]
    lists: Lists
    kind: WorkbookKind = "office"

    def name_of(self, info_column: str) -> str:
        """The defined name of a value of `Thông tin`."""
        return str(self.office.sheet("info").column(info_column).name_in_book)

    def info_text(self, info_column: str) -> str:
        """A value of `Thông tin` as text; empty where there is none."""
        value = self.info.get(info_column)
        return "" if value is None else str(value)


def new_page(draft: Draft, sheet: Sheet, layout: Layout, tab: str) -> Worksheet:
    """A sheet with its heading, title and column widths."""
    page = draft.book.add_worksheet(sheet.sheet)
    page.set_tab_color(tab)
    page.hide_gridlines(2)
    for column, width in enumerate(layout.widths):
        page.set_column(column, column, width, draft.styles.of())
    for row, height in HEIGHTS.items():
        page.set_row(row, height)
    write_heading(draft, page, layout)
    merge(page, TITLE, layout.all, sheet.title.vi, draft.styles.of("title"))
    return page


def write_heading(draft: Draft, page: Worksheet, layout: Layout) -> None:
    """The two-column national heading."""
    plain, bold = draft.styles.of("centre"), draft.styles.of("centre", "bold")
    if draft.kind == "association":
        write_info_value(draft, page, BANK, layout.left, _ISSUER[draft.kind], "centre", "bold", "shrink")
        merge(page, BRANCH, layout.left, form("sent-to"), plain)
        write_info_value(draft, page, OFFICE, layout.left, "office_name", "centre", "shrink")
    else:
        merge(page, BANK, layout.left, form("bank"), plain)
        write_info_value(draft, page, BRANCH, layout.left, "branch", "centre", "shrink")
        write_info_value(draft, page, OFFICE, layout.left, "office_name", "centre", "bold", "shrink")
    merge(page, BANK, layout.right, form("republic"), bold)
    merge(page, BRANCH, layout.right, form("motto"), draft.styles.of("centre", "bold", "underlined"))


def write_info_value(
    draft: Draft, page: Worksheet, row: int, span: Span, info_column: str, *parts: str
) -> None:
    """A value of `Thông tin`, by formula, across a span."""
    name = draft.name_of(info_column)
    formula = f'=IF({name}="","",{name})'
    merge_formula(page, row, span, formula, draft.info_text(info_column), draft.styles.of(*parts))


def write_as_of(draft: Draft, page: Worksheet, layout: Layout) -> None:
    """The line below the title: the day and the period that the figures speak of."""
    day, period = draft.name_of("as_of"), draft.name_of("period")
    shown_day = f'TEXT(DAY({day}),"00")&"/"&TEXT(MONTH({day}),"00")&"/"&YEAR({day})'
    formula = (
        f'=IF({day}="","{form("as-of-blank")}","{form("as-of")} "&IFERROR({shown_day},{day}))'
        f'&IF({period}="",""," - {form("period")} "&{_period_formula(period)})'
    )
    merge_formula(
        page, SUBTITLE, layout.all, formula, as_of_text(draft.info), draft.styles.of("centre", "italic")
    )


def _period_formula(name: str) -> str:
    """What a period named so is called in words, as `period_text` says it."""
    quarter = f"IFERROR(ROMAN(RIGHT({name},1)),RIGHT({name},1))"
    of_quarter = _words(f"LEFT({name},4)", "quarter", quarter=quarter)
    of_month = _words(f"LEFT({name},4)", "month", month=f"IFERROR(VALUE(RIGHT({name},2)),RIGHT({name},2))")
    return f"IF(LEN({name})=4,{_words(name, 'year')},IF(LEN({name})=7,{of_month},{of_quarter}))"


def _words(year: str, code: str, **places: str) -> str:
    """A word of the form as a formula, expressions in its places."""
    places |= {"year": year}
    text = form(code, **{name: f"\n{name}\n" for name in places})
    parts = (places.get(part, f'"{part}"') for part in text.split("\n") if part)
    return "&".join(parts)


def as_of_text(info: Mapping[str, object]) -> str:
    """What the formula of that line shows."""
    day, written = info.get("as_of"), str(info.get("period") or "")
    shown = f"{day:%d/%m/%Y}" if isinstance(day, date) else day
    text = f"{form('as-of')} {shown}" if day else form("as-of-blank")
    if not written:
        return text
    return f"{text} - {form('period')} {period_text(written)}"


def period_text(written: str) -> str:
    """A period in words: a quarter, a month or a year; what is none of them is called a quarter."""
    period = find_period(written)
    if period is None:
        return form("quarter", quarter=written[-1], year=written[:4])
    if period.kind == "quarter":
        return form("quarter", quarter=_ROMAN[period.number], year=period.year)
    return form(period.kind, month=period.number, year=period.year)


def write_unit(draft: Draft, page: Worksheet, sheet: Sheet, layout: Layout) -> None:
    """The unit line, right above the table."""
    style = draft.styles.of("right", "italic")
    if sheet.unit == "dong":
        merge(page, UNIT, layout.right, f"{form('unit')} {form('dong')}", style)
        return
    formula = f'="{form("unit")} "&{draft.name_of("unit")}'
    merge_formula(page, UNIT, layout.right, formula, f"{form('unit')} {draft.info_text('unit')}", style)


def write_headers(draft: Draft, page: Worksheet, columns: Sequence[Column], numbered: bool) -> None:
    """The header row, and below it the (1)(2)(3) row of the forms people fill in."""
    page.set_row(HEADER, HEADER_HEIGHT)
    for place, column in enumerate(columns):
        page.write_string(HEADER, place, column.header, draft.styles.of("box", "header"))
    if not numbered:
        return
    page.set_row(NUMBERING, NUMBERING_HEIGHT)
    for place in range(len(columns)):
        page.write_string(NUMBERING, place, f"({place + 1})", draft.styles.of("box", "numbering"))


def write_signatures(draft: Draft, page: Worksheet, layout: Layout, row: int) -> int:
    """Place and date, then the three who sign, from `row` on; the last row written.

    The day of signing is not the day of the figures, so it is left to the pen.
    """
    owners, named = draft.lists[f"DM_{owners_of(draft.office)}"], places_name(draft.office)
    place = f"INDEX({named},MATCH({draft.name_of('office')},{owners.name},0))"
    blank, rest = form("signing-place-blank"), f", {form('signing-date')}"
    formula = f'=IFERROR(IF({place}="","{blank}",{place}),"{blank}")&"{rest}"'
    places = dict(zip(owners.values, draft.lists[named].values, strict=True))
    known = places.get(draft.info_text("office")) or blank
    right = Span(min(layout.right.first, layout.thirds[2].first), layout.right.last)
    merge_formula(page, row, right, formula, known + rest, draft.styles.of("centre", "italic", "open"))
    for span, signer in zip(layout.thirds, _SIGNERS[draft.kind], strict=True):
        if signer is None:
            continue
        role, how, name = signer
        merge(page, row + 1, span, form(role), draft.styles.of("centre", "bold"))
        merge(page, row + 2, span, form(how), draft.styles.of("centre", "small"))
        write_info_value(draft, page, row + SIGNATURE_ROWS - 1, span, name, "centre", "bold", "shrink")
    return row + SIGNATURE_ROWS - 1


def set_up_print(draft: Draft, page: Worksheet, wide: bool) -> None:
    """A4, one page wide, headers on every page, office and period at its foot."""
    page.set_paper(9)
    if wide:
        page.set_landscape()
    page.set_margins(left=0.79, right=0.59, top=0.79, bottom=0.79)
    page.fit_to_pages(1, 0)
    page.center_horizontally()
    page.repeat_rows(HEADER)
    font = f'&"{FONT},Italic"&9'
    left, period = draft.info_text(_ISSUER[draft.kind]), draft.info_text("period")
    if period:
        left += f" - {form('footer-period', period=period)}"
    left = left.replace("&", "&&")
    page.set_footer(f"&L{font}{left}&R{font}{form('page')} &P/&N", {"margin": 0.35})


def protect(page: Worksheet, **more: bool) -> None:
    """Locks what is not the user's, without a password; the usual work stays allowed."""
    page.protect("", _FREEDOMS | more)


def add_rule(
    draft: Draft,
    page: Worksheet,
    cells: CellRange,
    condition: str,
    look: Mapping[str, object],
) -> None:
    """A conditional format. Rules come in the order of their importance.

    LibreOffice applies only the first rule that holds, Excel all that do not contradict each other:
    a rule that comes first has to carry the looks of the later ones that may hold as well.
    """
    options = {"type": "formula", "criteria": f"={condition}", "format": draft.styles.mark(**look)}
    page.conditional_format(*cells, options)


def light_up(
    draft: Draft,
    page: Worksheet,
    sheet: Sheet,
    cells: CellRange,
    fractions: Sequence[Span] = (),
) -> None:
    """CellRange named in `Kiểm tra` light up. The rule looks them up there: no style is ever written.

    `fractions`: columns whose amounts may have decimals, which are shown where there are any.
    """
    findings = next((other for other in draft.office.sheets if other.id == "findings"), None)
    if findings is None:
        return
    addresses = findings.address_name
    named = f'COUNTIF({addresses},"{sheet.sheet}!"&ADDRESS(ROW(),COLUMN(),4))>0'
    top, _, bottom, _ = cells
    for span in fractions:
        both = f"AND({has_fraction(top, span.first)},{named})"
        add_rule(draft, page, (top, span.first, bottom, span.last), both, HIGHLIGHT | {"num_format": EXACT})
    add_rule(draft, page, cells, named, HIGHLIGHT)
    for span in fractions:
        place = (top, span.first, bottom, span.last)
        add_rule(draft, page, place, has_fraction(top, span.first), {"num_format": EXACT})


def has_fraction(row: int, column: int) -> str:
    """The condition that the first cell of a rule's range holds a number with decimals."""
    cell = xl_rowcol_to_cell(row, column)
    return f"ROUND({cell},6)<>ROUND({cell},0)"


def merge(page: Worksheet, row: int, span: Span, text: str, style: Format) -> None:
    """A text across a span of columns."""
    if span.first != span.last:
        page.merge_range(row, span.first, row, span.last, "", style)
    write_text(page, row, span.first, text, style)


def merge_formula(page: Worksheet, row: int, span: Span, formula: str, value: object, style: Format) -> None:
    """A formula across a span of columns, with the value it has now."""
    if span.first != span.last:
        page.merge_range(row, span.first, row, span.last, "", style)
    page.write_formula(row, span.first, formula, style, value)


def define(
    draft: Draft, name: str, sheet: Sheet, first: tuple[int, int], last: tuple[int, int] | None = None
) -> None:
    """A defined name for a cell or a range of a sheet."""
    cells = xl_rowcol_to_cell(*first, row_abs=True, col_abs=True)
    if last is not None:
        cells += ":" + xl_rowcol_to_cell(*last, row_abs=True, col_abs=True)
    draft.book.define_name(name, f"={quote_sheetname(sheet.sheet)}!{cells}")
