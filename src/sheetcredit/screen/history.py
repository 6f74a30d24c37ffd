"""An office's quarters side by side, for people and for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from rich import box
from rich.console import Console
from rich.table import Table

from sheetcredit.archive.read import Quarter, history
from sheetcredit.model.money import in_unit
from sheetcredit.model.text import Language, number_text, word
from sheetcredit.rulebook import our_rulebook
from sheetcredit.screen.history_workbook import write_history
from sheetcredit.screen.say import say
from sheetcredit.template.definition import Figure, load_office

VERSION = 1
_WIDEST = 200


def show_history(
    archive: Path, office: str, last: int, as_object: bool, language: Language, out: Path | None = None
) -> int:
    """`sheetcredit history`: the last quarters that the archive keeps of an office; always 0.

    Raises:
        BadUsage: the archive knows nothing of the office.
    """
    quarters = history(archive, our_rulebook().catalogues.office_code(office) or office)[-last:]
    if out is not None:
        say("made", language, path=write_history(out, archive, quarters, language))
    elif as_object:
        print(as_json(quarters))
    else:
        print_history(sys.stdout, quarters, language)
    return 0


def as_json(quarters: Sequence[Quarter]) -> str:
    """The quarters as one JSON object; amounts in the unit of their report, as in `--json` elsewhere."""
    last = quarters[-1].submission
    told = {
        "version": VERSION,
        "office": last["office"],
        "name": last["office_name"],
        "quarters": [_quarter(quarter) for quarter in quarters],
    }
    return json.dumps(told, ensure_ascii=False, indent=1)


def print_history(stream: IO[str], quarters: Sequence[Quarter], language: Language) -> None:
    """The figures of `Tổng hợp`, one column a quarter, amounts in the unit of the latest."""
    last = quarters[-1].submission
    title = word(
        "history-title", language, office=last["office"], name=last["office_name"], unit=last["unit_name"]
    )
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(word("col-figure", language))
    for quarter in quarters:
        table.add_column(str(quarter.period), justify="right", no_wrap=True)
    for section in load_office().sheet("summary").sections:
        table.add_row(f"[bold]{section.title.say(language)}[/]")
        for figure in section.figures:
            basis = f" [dim]({figure.basis.say(language)})[/]" if figure.basis else ""
            cells = [_cell(quarter, figure, last["unit"], language) for quarter in quarters]
            table.add_row(f"  {figure.label.say(language)}{basis}", *cells)
        table.add_section()
    counts = [str(quarter.submission["findings"]) for quarter in quarters]
    table.add_row(word("history-findings", language), *counts)
    table.add_row(word("history-submission", language), *(q.submission["submission"] for q in quarters))
    width = None if stream.isatty() else _WIDEST
    Console(file=stream, width=width, highlight=False).print(table)


def _cell(quarter: Quarter, figure: Figure, unit: int, language: Language) -> str:
    value = quarter.figures.get(figure.name)
    if value is None:
        return "-"
    if figure.ratio:
        return number_text(value * 100, language, figure.decimals) + " %"
    if figure.amount:
        return number_text(in_unit(int(value) * quarter.submission["unit"], unit), language)
    return number_text(value, language, 0)


def _quarter(quarter: Quarter) -> dict[str, Any]:
    one = quarter.submission
    return {
        "period": str(quarter.period),
        "submission": one["submission"],
        "received": one["received"].isoformat() if one["received"] else None,
        "unit": one["unit"],
        "blocks": one["blocks"],
        "findings": one["findings"],
        "figures": {name: _number(value) for name, value in quarter.figures.items()},
    }


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
