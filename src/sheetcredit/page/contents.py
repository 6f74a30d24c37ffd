"""What the page shows of a period: values and words, nothing of how they are drawn.

Every amount is in triệu đồng. What is a sum of offices carries `coverage`, so that nobody takes the sum of
four offices for that of six.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

from sheetcredit.consolidate.arrivals import (
    Arrivals,
    Submission,
    SubmissionState,
    coverage_text,
    office_label,
)
from sheetcredit.consolidate.consolidate import Beside, Earlier, Totals
from sheetcredit.consolidate.neighbours import RuleRate, rule_rates
from sheetcredit.consolidate.origins import origin_text, seal_text
from sheetcredit.model.finding import Finding
from sheetcredit.model.text import Language, message_of, number_text, one_line, word
from sheetcredit.outcome import Report
from sheetcredit.page.trends import Trends, trends
from sheetcredit.template.definition import Figure, load_branch

STATES: tuple[SubmissionState, ...] = ("received", "late", "provisional", "returned", "missing")
SIGNS: Mapping[SubmissionState, str] = {
    "received": "✓", "late": "◷", "provisional": "≈", "returned": "↩", "missing": "✕",
}  # fmt: skip
"""A sign beside each colour: a state must be told apart without colours, too."""
_ON_CARDS = ("TH_NguonVon", "TH_DuNo", "TH_UyThac", "TH_NoQuaHan", "TH_SoTo", "TH_SoKhachHang", "TH_TienGui")
_WITH_CARD = {"TH_NoQuaHan": "TH_NoQuaHan_TyLe", "TH_DuNo": "TH_DuNo_HTKH", "TH_UyThac": "TH_UyThac_TyTrong"}
_RATINGS = ("good", "fair", "average", "weak")
_MOST_BARS = 25
_SAFE_IN_LINKS = "/.-_~!'()*,;=@+$"


@dataclass(frozen=True, slots=True)
class OfficeRow:
    """One office: its state, and its figures where they are summed (triệu; ratios as fractions)."""

    code: str
    name: str
    state: SubmissionState
    sign: str
    due: date
    received: date | None
    days_late: int
    version: int | None
    versions: int
    older: bool
    origin: str
    link: str
    seal: str
    errors: int
    queries: int
    story: str
    summed: bool
    balance: Decimal | None = None
    growth: Decimal | None = None
    completion: Decimal | None = None
    overdue: Decimal | None = None
    overdue_ratio: Decimal | None = None


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure of `Tổng hợp` now, before and a year ago, as printed; `change` is against before.

    A row without a value is the title of a section.
    """

    label: str
    now: str = ""
    before: str = ""
    change: str = ""
    year_ago: str = ""
    title: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A figure in large print, what it was before, and the ratio that belongs to it."""

    label: str
    value: str
    change: str
    beside: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of one kind: `rows` of `label`, `value`, and `mark` (what it is held against) where known.

    `total` counts the bars there would be: a chart of very many offices shows the first only.
    """

    id: str
    title: str
    value: str
    mark: str
    percent: bool
    rows: Sequence[Mapping[str, object]]
    total: int = 0


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding as the page lists it, with its place and the link to the file that it is in."""

    code: str
    severity: str
    status: str
    office: str
    file: str
    link: str
    place: str
    text: str
    remedy: str
    explanation: str

    def fields(self) -> list[str]:
        """In the order of the page's script."""
        return [
            self.code, self.severity, self.status, self.office, self.file, self.link, self.place, self.text,
            self.remedy, self.explanation,
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that makes the totals other than they seem, and the offices it is about."""

    title: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Page:
    """All that the page shows. `coverage` is empty where every office is summed.

    `comparable`: whether the figures of the previous period are of the same offices. `nation`: whether it is
    the head office's, of branches or of all offices.
    """

    owner: str
    period: str
    as_of: date
    language: Language
    coverage: str
    counts: Sequence[tuple[SubmissionState, int]]
    offices: Sequence[OfficeRow]
    warnings: Sequence[Warned]
    cards: Sequence[Card]
    figures: Sequence[FigureRow]
    charts: Sequence[Chart]
    findings: Sequence[FindingRow]
    strays: Sequence[tuple[str, str]]
    previous: str = ""
    year_ago: str = ""
    workbook: str = ""
    comparable: bool = True
    rates: Sequence[RuleRate] = ()
    trends: Trends | None = None
    nation: bool = False


def said(code: str, language: Language, **details: object) -> str:
    """A word of the page, from `schemas/messages/page.yaml`."""
    return message_of("page", code, "text", language, details)


def page_of(
    totals: Totals, out: Path, language: Language, workbook: Path | None = None, archive: Path | None = None
) -> Page:
    """The page that will lie at `out`.

    `workbook`: the branch workbook that was written beside it; `archive`: where earlier periods are kept.
    """
    arrived = totals.arrivals
    coverage = coverage_text(arrived, language)
    return Page(
        owner=one_line(arrived.owner.name),
        period=str(arrived.period),
        as_of=arrived.period.last_day,
        language=language,
        coverage=coverage,
        counts=_counts(arrived),
        offices=_offices(totals, out, language),
        warnings=_warnings(totals, language),
        cards=_cards(totals, language) if arrived.summed else (),
        figures=_figures(totals, language) if arrived.summed else (),
        charts=[chart for chart in _charts(totals, coverage, language) if chart.rows],
        findings=_findings(totals, out, language, workbook),
        strays=_strays(arrived, language),
        previous=_period_of(totals.previous, language),
        year_ago=_period_of(totals.last_year, language),
        comparable=totals.previous is None or same_offices(totals, totals.previous),
        rates=rule_rates(arrived),
        trends=trends(arrived, archive),
        nation=arrived.owner.level == "toàn quốc",
        workbook=link_to(str(workbook), out) if workbook else "",
    )


def _period_of(earlier: Earlier | None, language: Language) -> str:
    """An earlier period, with how many offices its figures are of where some were missing then."""
    if earlier is None:
        return ""
    summed, expected = len(earlier.offices), earlier.expected
    of = f" ({word('coverage', language, summed=summed, expected=expected)})" if summed < expected else ""
    return f"{earlier.report.period}{of}"


def _counts(arrived: Arrivals) -> list[tuple[SubmissionState, int]]:
    counted = Counter(one.state for one in arrived.submissions)
    return [(state, counted[state]) for state in STATES]


# Offices


def _offices(totals: Totals, out: Path, language: Language) -> list[OfficeRow]:
    figures = {str(row["office"]): row for row in totals.tables.get("units", ())}
    return [_office(one, figures.get(one.office), out, language) for one in totals.arrivals.submissions]


def _office(
    one: Submission, figures: Mapping[str, object] | None, out: Path, language: Language
) -> OfficeRow:
    judged = one.judged
    late = (one.received - one.due).days if one.received and one.state == "late" else 0
    row = OfficeRow(
        code=one.office, name=one_line(one.name), state=one.state, sign=SIGNS[one.state], due=one.due,
        received=one.received, days_late=late, version=one.chosen.version if one.chosen else None,
        versions=one.chosen.versions if one.chosen else 0,
        older=bool(one.used and one.chosen and one.chosen.returned),
        origin=one_line(origin_text(judged, language)) if judged else "",
        link=link_to(judged.path, out) if judged else "",
        seal=one_line(seal_text(judged, language)) if judged else "",
        errors=one.count("error"), queries=one.count("query"), story=one_line(one.story(language)),
        summed=one.used is not None,
    )  # fmt: skip
    return row if figures is None else _with_figures(row, figures)


def _with_figures(row: OfficeRow, figures: Mapping[str, object]) -> OfficeRow:
    balance, opening, plan, overdue = (
        Decimal(str(figures[name] or 0)) for name in ("balance", "opening", "plan", "overdue")
    )
    values = {name: getattr(row, name) for name in OfficeRow.__slots__}
    values |= {
        "balance": balance, "overdue": overdue,
        "growth": _ratio(balance - opening, opening), "completion": _ratio(balance, plan),
        "overdue_ratio": _ratio(overdue, balance),
    }  # fmt: skip
    return OfficeRow(**values)


def _ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    return part / whole if whole else None


def link_to(path: str, out: Path) -> str:
    """The address of a file for a page at `out`: relative where that is possible, and never of a script.

    Empty where it is not there any more: what a mail brought is kept by `consolidate` only.
    """
    if path.startswith(("https://", "http://", "s3://")):
        return quote(path, safe=_SAFE_IN_LINKS + ":")
    if not os.path.lexists(path):
        return ""
    try:
        relative = os.path.relpath(path, out.resolve().parent)
    except ValueError:  # another drive of Windows
        return Path(path).resolve().as_uri()
    return "./" + quote(os.fsencode(relative.replace(os.sep, "/")), safe=_SAFE_IN_LINKS)


def same_offices(totals: Totals, earlier: Earlier) -> bool:
    """Whether the figures of now and then are of the same offices, and so can be compared."""
    return earlier.offices == {one.office for one in totals.arrivals.summed}


# What makes totals other than they seem

_OF_TOTALS = {
    "N-MISSING": "missing", "N-RETURNED": "returned", "N-PROVISIONAL": "provisional", "N-NEWER": "newer",
    "N-UNTRUSTED": "untrusted", "N-NO-PREVIOUS": "opening", "N-FOREIGN": "foreign", "N-GROUP-TWICE": "twice",
    "N-OUTLIER": "outlier", "N-BANK": "bank",
}  # fmt: skip


def _warnings(totals: Totals, language: Language) -> list[Warned]:
    lines: dict[str, list[str]] = {}
    for finding in totals.report.findings:
        if finding.code in _OF_TOTALS:
            lines.setdefault(_OF_TOTALS[finding.code], []).append(one_line(finding.sentence(language)))
    return [
        Warned(said(f"warn-{kind}", language), lines[kind]) for kind in _OF_TOTALS.values() if kind in lines
    ]


# Figures


def _cards(totals: Totals, language: Language) -> list[Card]:
    figures = {figure.name: figure for figure in load_branch().sheet("summary").figures}
    cards = []
    for name in _ON_CARDS:
        figure = figures[name]
        beside = figures.get(_WITH_CARD.get(name, ""))
        ratio = f"{beside.label.say(language)}: {_shown(totals.report, beside, language)}" if beside else ""
        change = _change(totals, figure, language)
        cards.append(
            Card(
                figure.label.say(language),
                _shown(totals.report, figure, language),
                said("since", language, change=change, period=_period_of(totals.previous, language))
                if change
                else "",
                ratio,
            )
        )
    return cards


def _figures(totals: Totals, language: Language) -> list[FigureRow]:
    rows = []
    for section in load_branch().sheet("summary").sections:
        rows.append(FigureRow(section.title.say(language), title=True))
        for figure in section.figures:
            basis = f" ({figure.basis.say(language)})" if figure.basis else ""
            rows.append(
                FigureRow(
                    f"{figure.label.say(language)}{basis}",
                    _shown(totals.report, figure, language),
                    _shown(_report(totals.previous), figure, language),
                    _change(totals, figure, language),
                    _shown(_report(totals.last_year), figure, language),
                )
            )
    return rows


def _report(earlier: Earlier | None) -> Report | None:
    return earlier.report if earlier else None


def _shown(report: Report | None, figure: Figure, language: Language) -> str:
    value = report.figures.get(figure.name) if report else None
    if value is None:
        return ""
    if figure.ratio:
        return number_text(Decimal(value) * 100, language, figure.decimals) + " %"
    return number_text(value, language)


def _change(totals: Totals, figure: Figure, language: Language) -> str:
    """Now less before, with its sign, of ratios in percentage points; none where the offices are others."""
    previous = totals.previous
    if previous is None or not same_offices(totals, previous):
        return ""
    now, before = totals.report.figures.get(figure.name), previous.report.figures.get(figure.name)
    if now is None or before is None:
        return ""
    change = Decimal(now) - Decimal(before)
    sign = "+" if change > 0 else ""
    if figure.ratio:
        return f"{sign}{number_text(change * 100, language, figure.decimals)} {said('points', language)}"
    return sign + number_text(change, language)


# Charts


def _charts(totals: Totals, coverage: str, language: Language) -> Iterator[Chart]:
    def titled(code: str) -> str:
        title = said(f"chart-{code}", language)
        return f"{title} ({coverage})" if coverage else title

    opening = said("opening", language)
    units = totals.tables.get("units", ())
    names = {one.office: office_label(one.office, one_line(one.name)) for one in totals.arrivals.submissions}
    by_balance = [
        {"label": names.get(str(row["office"]), str(row["office"])), "value": _float(row["balance"]),
         "mark": _float(row["opening"])}
        for row in sorted(units, key=lambda row: -_float(row["balance"]))
    ]  # fmt: skip
    yield Chart("balance", titled("balance"), said("balance", language), opening, False,
                by_balance[:_MOST_BARS], len(by_balance))  # fmt: skip
    ratios = [
        {"label": names.get(str(row["office"]), ""), "value": _float(row["overdue"]) / _float(row["balance"])}
        for row in units
        if _float(row["balance"])
    ]
    ratios.sort(key=lambda row: -float(str(row["value"])))
    yield Chart("overdue", titled("overdue"), said("overdue-ratio", language), "", True,
                ratios[:_MOST_BARS], len(ratios))  # fmt: skip
    associations = _grouped(totals.tables.get("associations", ()), "association_name")
    yield Chart(
        "associations", titled("associations"), said("balance", language), opening, False, associations
    )
    programmes = _grouped(totals.tables.get("programmes", ()), "programme_name")
    programmes.sort(key=lambda row: -float(str(row["value"])))
    yield Chart("programmes", titled("programmes"), said("balance", language), opening, False, programmes)
    counted = [sum(int(str(row[name] or 0)) for row in totals.tables.get("ratings", ())) for name in _RATINGS]
    rated = [
        {"label": said(f"rating-{name}", language), "value": count}
        for name, count in zip(_RATINGS, counted, strict=True)
    ]
    yield Chart(
        "ratings", titled("ratings"), said("groups", language), "", False, rated if any(counted) else ()
    )


def _grouped(rows: Sequence[Mapping[str, object]], name: str) -> list[dict[str, object]]:
    """Balance and opening by a name, in the order of the rows."""
    sums: dict[str, list[float]] = {}
    for row in rows:
        held = sums.setdefault(one_line(str(row[name])), [0.0, 0.0])
        held[0] += _float(row["balance"])
        held[1] += _float(row["opening"])
    return [{"label": label, "value": now, "mark": then} for label, (now, then) in sums.items()]


def _float(value: object) -> float:
    """An amount for the eye: the length of a bar needs no đồng."""
    return float(str(value or 0))


# Findings


def _findings(totals: Totals, out: Path, language: Language, workbook: Path | None) -> list[FindingRow]:
    beside = Beside(totals.arrivals, out)
    own = link_to(str(workbook), out) if workbook else ""
    return [_finding(finding, beside, out, own, totals.arrivals, language) for finding in totals.findings]


def _finding(
    finding: Finding, beside: Beside, out: Path, own: str, arrived: Arrivals, language: Language
) -> FindingRow:
    """`own`: the link to the branch workbook, which findings that are of no office's file lead to."""
    cells = beside(finding)
    link = link_to(finding.file, out) if "path" in cells and finding.file else own
    place = f"{finding.sheet}!{finding.cell}" if finding.sheet and finding.cell else finding.sheet or ""
    return FindingRow(
        code=finding.code, severity=finding.severity, status=finding.status,
        office=one_line(str(cells.get("unit_name") or arrived.owner.name)),
        file=one_line(str(cells.get("file") or "")), link=link,
        place=one_line(place), text=one_line(finding.sentence(language)),
        remedy=one_line(finding.remedy(language)), explanation=one_line(finding.explanation),
    )  # fmt: skip


def _strays(arrived: Arrivals, language: Language) -> list[tuple[str, str]]:
    return [
        (one_line(one.origin), one_line(f"{one.error.message(language)} {one.error.remedy(language)}"))
        for one in arrived.strays
        if one.error is not None
    ]
