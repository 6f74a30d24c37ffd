"""The periods side by side: what the archive holds of the offices of a period, and that period itself.

The branch is the sum of its offices, and so a period is shown with how many of them it is the sum of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from sheetcredit.archive.history import ArchivedReports, archived_reports
from sheetcredit.consolidate.arrivals import Arrivals
from sheetcredit.model.money import printed
from sheetcredit.model.period import Period, PeriodKind
from sheetcredit.model.text import Language
from sheetcredit.template.definition import load_branch

FIGURES = ("TH_NguonVon", "TH_DuNo", "TH_NoQuaHan", "TH_TienGui")
"""Amounts, so that the branch's are sums of the offices'."""
_MOST_PERIODS = 40
_UNIT = 1_000_000

Series = Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Trends:
    """Figures at the ends of periods, the earliest first, in triệu; None where there is no report.

    `offices`: by code, a series for each of `FIGURES`; `branch`: their sums; `counted`: of how many offices
    each period is the sum.
    """

    periods: Sequence[str]
    counted: Sequence[int]
    branch: Sequence[Series]
    offices: Mapping[str, Sequence[Series]]

    def rows(self) -> Iterator[TrendRow]:
        """The branch's, the latest first."""
        for place, period in reversed(list(enumerate(self.periods))):
            values = [line[place] for line in self.branch]
            balance, overdue = (values[FIGURES.index(name)] for name in ("TH_DuNo", "TH_NoQuaHan"))
            ratio = Decimal(overdue or 0) / balance if balance else None
            yield TrendRow(period, self.counted[place], values, ratio)


@dataclass(frozen=True, slots=True)
class TrendRow:
    """A period: of how many offices, the values of `FIGURES`, overdue debt as a share of the balance."""

    period: str
    counted: int
    values: Series
    overdue_ratio: Decimal | None


def labels(language: Language) -> list[str]:
    """What `FIGURES` are called."""
    figures = {figure.name: figure for figure in load_branch().sheet("summary").figures}
    return [figures[name].label.say(language) for name in FIGURES]


def trends(arrived: Arrivals, archive: Path | None) -> Trends | None:
    """The last periods, up to the one that is reported; None where there is nothing before it.

    Raises:
        CannotRead: the archive is damaged.
    """
    if archive is None or not (archive / "submissions").is_dir():
        return None
    codes = [one.office for one in arrived.submissions]
    held = archived_reports(archive, every=arrived.period.kind)
    before = held.before(arrived.period.last_day, codes).latest(_MOST_PERIODS - 1)
    if before.frame.is_empty():
        return None
    ends = [*before.frame["ends"].unique().sort(), arrived.period.last_day]
    values = [*_archived(before), *_reported(arrived)]
    return _side_by_side(values, ends, codes, arrived.period.kind)


_Value = tuple[str, date, str, int]
"""Office, the last day of the period, the figure and its amount in đồng."""


def _archived(before: ArchivedReports) -> Iterator[_Value]:
    rows = before.figures(FIGURES).select("office", "ends", "figure", "dong").drop_nulls()
    yield from rows.iter_rows()


def _reported(arrived: Arrivals) -> Iterator[_Value]:
    for one in arrived.summed:
        report = one.used.report if one.used else None
        for figure in FIGURES if report else ():
            assert report is not None
            value = report.figures.get(figure)
            if value is not None:
                yield one.office, arrived.period.last_day, figure, int(value) * report.unit


def _side_by_side(
    values: Sequence[_Value], ends: Sequence[date], codes: Sequence[str], kind: PeriodKind
) -> Trends:
    at = {day: place for place, day in enumerate(ends)}
    offices: dict[str, list[list[int | None]]] = {
        code: [[None] * len(ends) for _ in FIGURES] for code in codes
    }
    sums = [[0] * len(ends) for _ in FIGURES]
    counted: list[set[str]] = [set() for _ in ends]
    for office, day, figure, dong in values:
        place, line = at[day], FIGURES.index(figure)
        offices[office][line][place] = printed(dong, _UNIT)
        sums[line][place] += dong
        counted[place].add(office)
    return Trends(
        [_name(day, kind) for day in ends],
        [len(of) for of in counted],
        [[printed(dong, _UNIT) for dong in line] for line in sums],
        {code: lines for code, lines in offices.items() if any(map(any, lines))},
    )


def _name(last_day: date, kind: PeriodKind) -> str:
    month = Period(last_day.year, last_day.month, "month")
    return str(month.as_kind(kind) or month)
