"""An office's periods side by side as a workbook with charts: the figures, then communes, then groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from sheetcredit.archive.partitions import read_partition
from sheetcredit.archive.read import Quarter
from sheetcredit.build.styles import FONT, Workbook
from sheetcredit.model.errors import BadUsage, CannotWrite
from sheetcredit.model.text import Language, word
from sheetcredit.template.definition import Figure, load_office
from sheetcredit.xlsx.atomic_write import write_new

_FONT = {"font_name": FONT, "font_size": 11}
_CHARTED = (("TH_NguonVon", "TH_DuNo"), ("TH_NoQuaHan", "TH_NoKhoanh"))
"""The figures of each chart, by defined name."""
_DOWN = (("ledger", ("commune", "commune_name"), "history-communes"),
         ("groups", ("group", "leader", "commune"), "history-groups"))  # fmt: skip
"""The way down: the table, what tells its rows apart, and the tab."""


class _Look:
    """The formats of a history workbook."""

    def __init__(self, book: Workbook) -> None:
        self.title = book.add_format(_FONT | {"bold": True, "font_size": 14})
        self.header = book.add_format(
            _FONT | {"bold": True, "border": 1, "bg_color": "#E2EFDA", "align": "center"}
        )
        self.section = book.add_format(_FONT | {"bold": True, "border": 1})
        self.text = book.add_format(_FONT | {"border": 1, "indent": 1})
        self.whole = book.add_format(_FONT | {"border": 1, "num_format": "#,##0"})
        self.percent = {
            places: book.add_format(
                _FONT | {"border": 1, "num_format": f"0{'.' if places else ''}{'0' * places}%"}
            )
            for places in range(4)
        }


def write_history(out: Path, folder: Path, periods: Sequence[Quarter], language: Language) -> Path:
    """The workbook at `out`: figures and charts, balances by commune and by group, one column a period.

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
    _figures(book, look, periods, language)
    for table, keys, tab in _DOWN:
        _rows(book, look, folder, periods, table, keys, word(tab, language), language)
    book.close()
    return write_new(out, made.getvalue())


def _page(
    book: Workbook,
    look: _Look,
    name: str,
    headers: Sequence[str],
    about: Mapping[str, Any],
    language: Language,
) -> Any:
    page = book.add_worksheet(name)
    title = word(
        "history-title", language, office=about["office"], name=about["office_name"], unit=about["unit_name"]
    )
    page.write_string(0, 0, title, look.title)
    for place, text in enumerate(headers):
        page.write_string(2, place, text, look.header)
    page.freeze_panes(3, 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(2)
    return page


def _figures(book: Workbook, look: _Look, periods: Sequence[Quarter], language: Language) -> None:
    last = periods[-1].submission
    name = word("history-figures", language)
    page = _page(
        book,
        look,
        name,
        [word("col-figure", language), *(str(one.period) for one in periods)],
        last,
        language,
    )
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
                _number(page, row, place, _value(one, figure, last["unit"]), style)
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


def _value(one: Quarter, figure: Figure, unit: int) -> float | None:
    value = one.figures.get(figure.name)
    if value is None:
        return None
    return float(value * one.submission["unit"] / unit) if figure.amount else float(value)


def _number(page: Any, row: int, place: int, value: float | None, style: Any) -> None:
    if value is None:
        page.write_blank(row, place, None, style)
    else:
        page.write_number(row, place, value, style)


def _rows(
    book: Workbook, look: _Look, folder: Path, periods: Sequence[Quarter], table: str, keys: Sequence[str],
    name: str, language: Language,
) -> None:  # fmt: skip
    """Balances of the rows of a table, those that share their first code added up; the latest names count."""
    last = periods[-1].submission
    balances: dict[str, dict[int, int]] = {}
    names: dict[str, Sequence[str]] = {}
    for number, one in enumerate(periods):
        rows = read_partition(folder, table, one.submission["partition"])
        if rows is None or not {*keys, "balance"} <= set(rows.columns):
            continue
        own = rows.filter((pl.col("office") == one.submission["office"]) & pl.col(keys[0]).is_not_null())
        for *codes, balance in own.select(*keys, "balance").rows():
            held = balances.setdefault(codes[0], {})
            held[number] = held.get(number, 0) + int(balance or 0)
            names[codes[0]] = [str(each or "") for each in codes]
    sheet = load_office().sheet(table)
    headers = [sheet.column(key).header for key in keys] + [str(one.period) for one in periods]
    page = _page(book, look, name, headers, last, language)
    page.set_column(0, len(keys) - 1, 22)
    page.set_column(len(keys), len(headers) - 1, 14)
    for row, code in enumerate(sorted(balances), start=3):
        for place, text in enumerate(names[code]):
            page.write_string(row, place, text, look.text)
        for number in range(len(periods)):
            value = balances[code].get(number)
            _number(
                page, row, len(keys) + number, None if value is None else value / last["unit"], look.whole
            )
    if balances:
        page.autofilter(2, 0, 2 + len(balances), len(headers) - 1)
