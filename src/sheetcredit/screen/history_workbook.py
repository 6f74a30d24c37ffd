"""Periods side by side as a workbook with charts: the figures, then the way down office, commune, group.

Each row leads to the first of its own on the next sheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from sheetcredit.archive.history import (
    COMMUNES,
    GROUPS,
    OFFICES,
    ArchivedPeriod,
    History,
    HistoryLevel,
    balances,
)
from sheetcredit.build.styles import FONT, Workbook
from sheetcredit.model.errors import BadUsage, CannotWrite
from sheetcredit.model.text import Language, word
from sheetcredit.template.definition import Figure, load_office
from sheetcredit.xlsx.atomic_write import write_new

_FONT = {"font_name": FONT, "font_size": 11}
_CHARTED = (("TH_NguonVon", "TH_DuNo"), ("TH_NoQuaHan", "TH_NoKhoanh"))
"""The figures of each chart, by defined name."""
_DOWN: tuple[tuple[str, HistoryLevel], ...] = (
    ("history-offices-tab", OFFICES), ("history-communes", COMMUNES), ("history-groups", GROUPS),
)  # fmt: skip
"""The way down: the tab and what stands on it; an office's begins with its communes."""
_MOST_LINKS = 60_000
"""A sheet may hold 65,530; rows beyond these are found by the filter."""


class _Look:
    """The formats of a history workbook."""

    def __init__(self, book: Workbook) -> None:
        self.title = book.add_format(_FONT | {"bold": True, "font_size": 14})
        self.header = book.add_format(
            _FONT | {"bold": True, "border": 1, "bg_color": "#E2EFDA", "align": "center"}
        )
        self.section = book.add_format(_FONT | {"bold": True, "border": 1})
        self.link = book.add_format(
            _FONT | {"border": 1, "indent": 1, "font_color": "#0563C1", "underline": 1}
        )
        self.text = book.add_format(_FONT | {"border": 1, "indent": 1})
        self.whole = book.add_format(_FONT | {"border": 1, "num_format": "#,##0"})
        self.percent = {
            places: book.add_format(
                _FONT | {"border": 1, "num_format": f"0{'.' if places else ''}{'0' * places}%"}
            )
            for places in range(4)
        }


def write_history(out: Path, found: History, language: Language) -> Path:
    """The workbook at `out`: figures and charts, balances down to the groups, one column a period.

    Amounts are in the unit of the latest report.

    Raises:
        BadUsage: `out` is no .xlsx.
        CannotRead: the archive is damaged.
        CannotWrite: it is there already, or cannot be written.
    """
    if out.suffix.lower() != ".xlsx":
        raise BadUsage("E-FORMAT", suffix=out.suffix or "-", path=out)
    if out.exists():
        raise CannotWrite("E-EXISTS", path=out)
    made = BytesIO()
    book = Workbook(made, {"in_memory": True})
    look = _Look(book)
    _figures(book, look, found, language)
    levels = _DOWN[1:] if found.of_office else _DOWN
    rows = [(word(tab, language), level, balances(found.reports, level)) for tab, level in levels]
    for (tab, level, held), below in zip(rows, [*rows[1:], None], strict=True):
        _rows(book, look, found, _Down(tab, level, held, below), language)
    book.close()
    return write_new(out, made.getvalue())


def _page(
    book: Workbook, look: _Look, name: str, headers: Sequence[str], found: History, language: Language
) -> Any:
    page = book.add_worksheet(name)
    unit = found.periods[-1].unit_name
    page.write_string(
        0, 0, word("history-title", language, office=found.code, name=found.name, unit=unit), look.title
    )
    for place, text in enumerate(headers):
        page.write_string(2, place, text, look.header)
    page.freeze_panes(3, 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(2)
    return page


def _figures(book: Workbook, look: _Look, found: History, language: Language) -> None:
    periods, unit = found.periods, found.periods[-1].unit
    name = word("history-figures", language)
    headers = [word("col-figure", language), *(str(one.period) for one in periods)]
    page = _page(book, look, name, headers, found, language)
    page.set_column(0, 0, 62)
    page.set_column(1, len(periods), 13)
    row, where = 3, {}
    for section in load_office().sheet("summary").sections:
        page.write_string(row, 0, section.title.say(language), look.section)
        row += 1
        for figure in section.figures:
            where[figure.name] = row
            page.write_string(row, 0, figure.label.say(language), look.text)
            style = look.percent[min(figure.decimals, 3)] if figure.ratio else look.whole
            for place, one in enumerate(periods, start=1):
                _number(page, row, place, _value(one, figure, unit), style)
            row += 1
    if not found.of_office:
        page.write_string(row, 0, word("history-offices", language), look.text)
        for place, one in enumerate(periods, start=1):
            page.write_number(row, place, one.offices, look.whole)
        row += 1
    for one in periods:
        if one.same_day:
            text = word("history-same-day", language, period=one.period, others=one.same_day)
            page.write_string(row, 0, text)
            row += 1
    for offset, names in enumerate(_CHARTED):
        chart = book.add_chart({"type": "column"})
        for figure_name in (each for each in names if each in where):
            line = where[figure_name]
            chart.add_series(
                {
                    "name": [name, line, 0],
                    "categories": [name, 2, 1, 2, len(periods)],
                    "values": [name, line, 1, line, len(periods)],
                }
            )
        chart.set_legend({"position": "bottom"})
        chart.set_size({"width": 620, "height": 300})
        page.insert_chart(row + 1 + 16 * offset, 0, chart)


def _value(one: ArchivedPeriod, figure: Figure, unit: int) -> float | None:
    value = one.figures.get(figure.name)
    if value is None:
        return None
    return float(value * one.unit / unit) if figure.amount else float(value)


def _number(page: Any, row: int, place: int, value: float | None, style: Any) -> None:
    if value is None:
        page.write_blank(row, place, None, style)
    else:
        page.write_number(row, place, value, style)


class _Down(NamedTuple):
    """A sheet of the way down: its tab, level and balances, and the same of the sheet below it."""

    tab: str
    level: HistoryLevel
    held: pl.DataFrame
    below: tuple[str, HistoryLevel, pl.DataFrame] | None


def _rows(book: Workbook, look: _Look, found: History, sheet: _Down, language: Language) -> None:
    """The balances of a level; a code leads to the first row of its own on the sheet below."""
    keys, names = sheet.level.keys, sheet.level.names
    own = keys[1:] if found.of_office else keys  # of one office it need not be said which
    shown = (*own, *names) if sheet.level != OFFICES else ("office", "office_name")
    held = sheet.held
    if sheet.level == OFFICES:
        called = found.reports.frame.sort("ends").group_by("office").agg(pl.col("office_name").last())
        held = held.join(called, on="office", how="left", maintain_order="left")
    headers = [_header(name, sheet.level, language) for name in shown] + [
        str(one.period) for one in found.periods
    ]
    page = _page(book, look, sheet.tab, headers, found, language)
    page.set_column(0, len(shown) - 1, 22)
    page.set_column(len(shown), len(headers) - 1, 14)
    first = _first_rows(sheet.below, keys) if sheet.below and len(held) <= _MOST_LINKS else {}
    days = [name for name in held.columns if name not in (*keys, *names, "office_name")]
    unit = found.periods[-1].unit
    for row, line in enumerate(held.iter_rows(named=True), start=3):
        leads = first.get(tuple(line[key] for key in keys))
        for place, name in enumerate(shown):
            text = str(line[name] or "")
            if leads is not None and sheet.below and name == own[-1]:
                page.write_url(row, place, f"internal:'{sheet.below[0]}'!A{leads + 1}", look.link, text)
            else:
                page.write_string(row, place, text, look.text)
        for place, day in enumerate(days, start=len(shown)):
            _number(page, row, place, None if line[day] is None else line[day] / unit, look.whole)
    if len(held):
        page.autofilter(2, 0, 2 + len(held), len(headers) - 1)


def _first_rows(
    below: tuple[str, HistoryLevel, pl.DataFrame], keys: Sequence[str]
) -> dict[tuple[object, ...], int]:
    """By the codes of a row, the zero-based row of its first on the sheet below."""
    found: dict[tuple[object, ...], int] = {}
    for row, codes in enumerate(below[2].select(*keys).rows(), start=3):
        found.setdefault(codes, row)
    return found


def _header(name: str, level: HistoryLevel, language: Language) -> str:
    if name in ("office", "office_name"):
        return word(f"history-{name.replace('_', '-')}", language)
    return load_office().sheet(level.table).column(name).header
