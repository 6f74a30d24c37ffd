"""The golden office with a few cells retyped, explained: what the tests of the checks look at."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from sheetcredit.model.finding import Finding
from sheetcredit.outcome import Report
from sheetcredit.report import check_readings
from sheetcredit.template.definition import load_office
from sheetcredit.template.reading import understand
from tests.mutation.books import Row, Typed, make_book
from tests.mutation.offices import offices, rulebook


def golden() -> Typed:
    """The golden office, to type into."""
    return Typed.of(offices()[0].content)


def report_on(typed: Typed) -> Report:
    """The report on what was typed."""
    reading = understand(make_book(typed, "typed.xlsx"), load_office())
    return check_readings([reading], rulebook())[0]


def after(change: Callable[[Typed], None]) -> Report:
    """The report on the golden office after a change."""
    typed = golden()
    change(typed)
    return report_on(typed)


def row_of(typed: Typed, sheet: str, **keys: str) -> Row:
    """The first row with those keys."""
    return next(row for row in typed.tables[sheet] if all(row[name] == value for name, value in keys.items()))


def way_out(report: Report) -> list[tuple[str, str, str]]:
    """Tab, cell and cause of each correction."""
    return [(fix.suspect.sheet, fix.suspect.cell, fix.suspect.cause) for fix in report.fix_first]


def causes(finding: Finding) -> list[tuple[str, str]]:
    """Cell and cause of a finding's suspects."""
    return [(suspect.cell, suspect.cause) for suspect in finding.suspects]


@cache
def tab(sheet: str) -> str:
    """The name on a sheet's tab."""
    return load_office().sheet(sheet).sheet
