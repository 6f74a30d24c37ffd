"""What people and programs see of the next quarter's work: the sums of one office or of many."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from sheetcredit.model.text import Language, number_text, one_line, word
from sheetcredit.screen.json_form import VERSION
from sheetcredit.workplan.totals import WorkTotals

_WIDTHS = (9, 24, 26, 16, 16, 8, 8)


def print_totals(totals: WorkTotals, language: Language) -> None:
    """A line an office, association and kind of work, the sum of each kind, and what is not signed yet."""
    _line([word(f"work-{name}", language) for name in _COLUMNS])
    for one in totals.work:
        whose = one.association_name or word("work-office", language)
        _line([one.office, whose, one.name, _shown(one.planned, language), _shown(one.done, language),
               str(one.open), str(one.waiting)])  # fmt: skip
    for name in dict.fromkeys(one.name for one in totals.work):
        mine = [one for one in totals.work if one.name == name]
        sums = [sum((one.planned for one in mine), Decimal(0)), sum((one.done for one in mine), Decimal(0))]
        counts = [sum(one.open for one in mine), sum(one.waiting for one in mine)]
        _line([word("work-total", language), "", name, *(_shown(one, language) for one in sums),
               *map(str, counts)])  # fmt: skip
    for signed in totals.signed:
        print(one_line(word("work-signed", language, **asdict(signed))))
    if totals.signed:
        left = [one.office for one in totals.signed if one.minutes_signed < one.minutes]
        counted = {
            "minutes": sum(one.minutes for one in totals.signed),
            "signed": sum(one.minutes_signed for one in totals.signed),
            "offices": ", ".join(dict.fromkeys(left)) or word("nothing", language),
        }
        print(one_line(word("work-unsigned", language, **counted)))
    for path in totals.without:
        print(one_line(word("work-without", language, path=path)))


_COLUMNS = (
    "column-office", "column-association", "column-kind", "column-planned", "column-done", "column-open",
    "column-waiting",
)  # fmt: skip


def _line(cells: Sequence[str]) -> None:
    shown = [cell[:width].ljust(width) for cell, width in zip(cells[:3], _WIDTHS, strict=False)]
    numbers = [cell.rjust(width) for cell, width in zip(cells[3:], _WIDTHS[3:], strict=True)]
    print(one_line(" ".join((*shown, *numbers)).rstrip()))


def _shown(number: Decimal, language: Language) -> str:
    return number_text(number, language)


def totals_json(totals: WorkTotals) -> str:
    """The same for programs."""
    told: dict[str, Any] = {
        "version": VERSION,
        "work": [_plain(asdict(one)) for one in totals.work],
        "signed": [asdict(one) for one in totals.signed],
        "without": list(totals.without),
    }
    return json.dumps(told, ensure_ascii=False, indent=1)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: (int(value) if value == value.to_integral_value() else float(value))
        if isinstance(value, Decimal) else value
        for name, value in values.items()
    }  # fmt: skip
