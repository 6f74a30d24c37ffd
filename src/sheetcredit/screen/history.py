"""Periods of an office or a branch side by side, for people and for programs."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from rich import box
from rich.console import Console
from rich.table import Table

from sheetcredit.archive.history import ArchivedPeriod, History, history
from sheetcredit.model.money import in_unit
from sheetcredit.model.period import PeriodKind
from sheetcredit.model.text import Language, number_text, word
from sheetcredit.screen.history_workbook import write_history
from sheetcredit.screen.say import say
from sheetcredit.template.definition import Figure, load_office

VERSION = 1
_WIDEST = 200


def show_history(
    archive: Path,
    who: str,
    last: int,
    every: PeriodKind,
    as_object: bool,
    language: Language,
    out: Path | None,
) -> int:
    """`sheetcredit history`: the last periods that the archive keeps of an office or a branch; always 0.

    Raises:
        BadUsage: the archive knows nothing of the office.
    """
    found = history(archive, who, every=every, last=last)
    if out is not None:
        say("made", language, path=write_history(out, found, language))
    elif as_object:
        print(as_json(found))
    else:
        print_history(sys.stdout, found, language)
    return 0


def as_json(found: History) -> str:
    """The periods as one JSON object; amounts in the unit of their report, as in `--json` elsewhere."""
    told = {
        "version": VERSION,
        ("office" if found.of_office else "branch"): found.code,
        "name": found.name,
        "quarters": [_period(one) for one in found.periods],
    }
    return json.dumps(told, ensure_ascii=False, indent=1)


def print_history(stream: IO[str], found: History, language: Language) -> None:
    """The figures of `Tổng hợp`, one column a period, amounts in the unit of the latest."""
    last = found.periods[-1]
    title = word("history-title", language, office=found.code, name=found.name, unit=last.unit_name)
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(word("col-figure", language))
    for one in found.periods:
        table.add_column(str(one.period), justify="right", no_wrap=True)
    for section in load_office().sheet("summary").sections:
        table.add_row(f"[bold]{section.title.say(language)}[/]")
        for figure in section.figures:
            basis = f" [dim]({figure.basis.say(language)})[/]" if figure.basis else ""
            cells = [_cell(one, figure, last.unit, language) for one in found.periods]
            table.add_row(f"  {figure.label.say(language)}{basis}", *cells)
        table.add_section()
    if found.of_office:
        counts = [str(one.submission["findings"]) for one in found.periods]
        table.add_row(word("history-findings", language), *counts)
        table.add_row(
            word("history-submission", language), *(one.submission["submission"] for one in found.periods)
        )
    else:
        table.add_row(word("history-offices", language), *(str(one.offices) for one in found.periods))
    width = None if stream.isatty() else _WIDEST
    console = Console(file=stream, width=width, highlight=False)
    console.print(table)
    for one in found.periods:
        if one.same_day:
            console.print(word("history-same-day", language, period=one.period, others=one.same_day))


def _cell(one: ArchivedPeriod, figure: Figure, unit: int, language: Language) -> str:
    value = one.figures.get(figure.name)
    if value is None:
        return "-"
    if figure.ratio:
        return number_text(value * 100, language, figure.decimals) + " %"
    if figure.amount:
        return number_text(in_unit(int(value) * one.unit, unit), language)
    return number_text(value, language, 0)


def _period(one: ArchivedPeriod) -> dict[str, Any]:
    about = one.submission
    told: dict[str, Any] = {
        "period": str(one.period),
        "same_day": one.same_day.split(", ") if one.same_day else [],
    }
    if about:
        told |= {
            "submission": about["submission"],
            "received": about["received"].isoformat() if about["received"] else None,
            "unit": one.unit,
            "blocks": about["blocks"],
            "findings": about["findings"],
        }
    else:
        told |= {"unit": one.unit, "offices": one.offices}
    return told | {"figures": {name: _number(value) for name, value in one.figures.items()}}


def _number(value: int | Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == int(value) else float(value)
