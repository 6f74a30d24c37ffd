"""What shows only beside others: a group of two offices, a figure unlike other offices or earlier periods.

Each is a query on the office's own cell or file: it may be right; then the branch says so in `Giải trình`.
To add one, write a function `(Arrivals, Neighbours) -> Iterator[Finding]` and name it in `CHECKS`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import polars as pl

from sheetcredit.archive.history import archived_reports
from sheetcredit.consolidate.arrivals import Arrivals, Submission, office_label
from sheetcredit.model.errors import BadDefinition
from sheetcredit.model.finding import Finding, digest_of, severity_of
from sheetcredit.model.grid import address
from sheetcredit.model.period import Period, find_period
from sheetcredit.model.resources import schemas_folder
from sheetcredit.model.text import LANGUAGES, Language, listed, message_of, number_text
from sheetcredit.model.yaml_file import load_yaml
from sheetcredit.outcome import Gathered
from sheetcredit.template.definition import load_office

_NORMAL = Decimal("1.4826")
"""What makes of the median deviation a standard one, where figures are spread as errors usually are."""


class ComparedRatio(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A ratio of two sums of the programmes that offices are compared by.

    `seasonal`: it goes with the time of the year, so that only the same period of other years is like it.
    """

    name: str
    label: Mapping[str, str]
    part: str
    whole: str
    times: int
    least: float
    seasonal: bool = False


class Neighbours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When an office is unlike its neighbours, from `schemas/branch/_neighbours.yaml`."""

    least_offices: int
    least_periods: int
    listed: int
    measures: tuple[ComparedRatio, ...]


@cache
def load_neighbours() -> Neighbours:
    """The limits.

    Raises:
        BadDefinition: the file has a mistake.
    """
    path = schemas_folder() / "branch" / "_neighbours.yaml"
    try:
        return msgspec.convert(load_yaml(path), Neighbours)
    except msgspec.ValidationError as error:
        raise BadDefinition("E-DEFINITION", path=path, problem=str(error)) from error


def findings_of_neighbours(arrived: Arrivals) -> list[Finding]:
    """All that shows between the offices that are summed."""
    limits = load_neighbours()
    return [finding for check in CHECKS for finding in check(arrived, limits)]


@dataclass(frozen=True, slots=True)
class RuleRate:
    """How many of the offices that were judged do not fail a rule; `code` and `title` are its own."""

    code: str
    offices: int
    failed: int

    def title(self, language: Language) -> str:
        """The rule in a few words."""
        return message_of("findings", self.code, "title", language, {})


def rule_rates(arrived: Arrivals) -> list[RuleRate]:
    """The rules that an office fails, the one that most fail first; what is explained is not failed."""
    judged = [one for one in arrived.submissions if one.judged and one.judged.report]
    failed = Counter(code for one in judged for code in {f.code for f in one.findings if f.blocks})
    rates = [RuleRate(code, len(judged), count) for code, count in failed.items()]
    return sorted(rates, key=lambda rate: (-rate.failed, rate.code))


def in_two_offices(arrived: Arrivals, limits: Neighbours) -> Iterator[Finding]:
    """N-GROUP-TWICE, N-COMMUNE-TWICE: one finding for two offices that both report the same ones.

    A group is the same where its code and its commune are: whether codes are unique in the whole bank is not
    known.
    """
    for code, column, same in (
        ("N-GROUP-TWICE", "group", ("group", "commune")),
        ("N-COMMUNE-TWICE", "commune", ("commune",)),
    ):
        reported: dict[tuple[str, ...], list[tuple[Submission, int]]] = defaultdict(list)
        for one in arrived.summed:
            for names, row in _first_rows(one, same).items():
                reported[names].append((one, row))
        pairs: dict[tuple[str, str], list[tuple[str, Submission, int, Submission]]] = defaultdict(list)
        for names, places in reported.items():
            (first, _), *others = places
            for other, row in others:
                pairs[first.office, other.office].append((names[0], other, row, first))
        for shared in pairs.values():
            yield _shared(code, column, shared, limits)


def _first_rows(one: Submission, columns: Sequence[str]) -> Mapping[tuple[str, ...], int]:
    """The codes of these columns of the groups, each with the Excel row where they first stand."""
    frame = one.used.rows.get("groups") if one.used else None
    if frame is None or not set(columns) <= set(frame.columns):
        return {}
    rows: dict[tuple[str, ...], int] = {}
    for *names, row in frame.select(*columns, "row").rows():
        if all(names):
            rows.setdefault(tuple(map(str, names)), int(row))
    return rows


def _shared(
    code: str, column: str, shared: Sequence[tuple[str, Submission, int, Submission]], limits: Neighbours
) -> Finding:
    names = sorted(name for name, *_ in shared)
    _, other, row, first = min(shared, key=lambda one: one[2])
    assert other.used is not None
    sheet = load_office().sheet("groups")
    _, columns = other.used.layout.get("groups", (0, {}))
    place = columns.get(column)
    return _finding(
        code, other.used, names,
        {
            "office": office_label(other.office, other.name), "other": office_label(first.office, first.name),
            "count": len(names), "listed": listed(names, limits.listed), "items": tuple(names),
        },
        f"{other.office}|{first.office}", sheet.sheet,
        None if place is None else address(row - 1, place), row, sheet.column(column).header,
    )  # fmt: skip


def unlike_neighbours(arrived: Arrivals, limits: Neighbours) -> Iterator[Finding]:
    """N-OUTLIER: a ratio further from the middle of all offices than `times` their usual distance.

    The middle is the median and the usual distance the median of distances, which no outlier moves. Where
    nearly all are alike, `least` is what a difference must reach at any rate.
    """
    for measure in limits.measures:
        ratios = {one.office: ratio for one in arrived.summed if (ratio := _ratio(one, measure)) is not None}
        if len(ratios) < limits.least_offices:
            continue
        middle, allowed = _usual(list(ratios.values()), measure)
        for one in arrived.summed:
            ratio = ratios.get(one.office)
            if ratio is not None and abs(ratio - middle) > allowed:
                yield _outlier("N-OUTLIER", one, measure, ratio, middle, len(ratios))


def unlike_own_history(arrived: Arrivals, archive: Path) -> Iterator[Finding]:
    """N-OUTLIER-OWN: the same of an office against its own earlier periods, from the archive.

    Raises:
        CannotRead: the archive is damaged.
    """
    limits, period = load_neighbours(), arrived.period
    if period is None or not (archive / "submissions").is_dir():
        return
    rows = archived_reports(archive, every=period.kind)
    columns = sorted(
        {word for one in limits.measures for word in f"{one.part} {one.whole}".split()} - {*"+-"}
    )
    earlier: dict[tuple[str, Period], pl.DataFrame] = {
        (str(office), then): frame
        for (office, text), frame in rows.collected(rows.rows("programmes", columns)).group_by(
            "office", "period"
        )
        if (found := find_period(str(text)))
        and (then := found.as_kind(period.kind) or found).is_before(period)
    }
    for measure in limits.measures:
        for one in arrived.summed:
            ratio = _ratio(one, measure)
            past = [
                before
                for (office, then), frame in earlier.items()
                if office == one.office and (not measure.seasonal or then.number == period.number)
                if (before := _ratio_of(frame, measure)) is not None
            ]
            if ratio is None or len(past) < limits.least_periods:
                continue
            middle, allowed = _usual(past, measure)
            if abs(ratio - middle) > allowed:
                yield _outlier("N-OUTLIER-OWN", one, measure, ratio, middle, len(past))


def _usual(ratios: Sequence[Decimal], measure: ComparedRatio) -> tuple[Decimal, Decimal]:
    """The middle of ratios, and how far from it one may lie."""
    middle = median(ratios)
    spread = median(abs(ratio - middle) for ratio in ratios) * _NORMAL
    return middle, max(spread * measure.times, Decimal(str(measure.least)))


def _ratio(one: Submission, measure: ComparedRatio) -> Decimal | None:
    frame = one.used.rows.get("programmes") if one.used else None
    return None if frame is None else _ratio_of(frame, measure)


def _ratio_of(frame: Any, measure: ComparedRatio) -> Decimal | None:
    whole = sum(_terms(frame, measure.whole))
    return Decimal(sum(_terms(frame, measure.part))) / Decimal(whole) if whole else None


def _terms(frame: Any, columns: str) -> Iterator[int]:
    """The sums of columns in đồng, as `balance - opening` names them."""
    sign = 1
    for word in columns.split():
        if word in "+-":
            sign = -1 if word == "-" else 1
        else:
            yield sign * int(frame[word].sum() or 0)


def _outlier(
    code: str, one: Submission, measure: ComparedRatio, ratio: Decimal, middle: Decimal, count: int
) -> Finding:
    assert one.used is not None

    def percent(value: Decimal) -> Mapping[Language, str]:
        return {language: number_text(value * 100, language, 2) + " %" for language in LANGUAGES}

    details = {
        "office": office_label(one.office, one.name), "measure": measure.label, "own": percent(ratio),
        "middle": percent(middle), "count": count,
    }  # fmt: skip
    digest = [measure.name, round(ratio, 6)]
    return _finding(code, one.used, digest, details, f"{one.office}|{measure.name}")


def _finding(
    code: str,
    about: Gathered,
    numbers: Sequence[object],
    details: Mapping[str, object],
    key: str,
    sheet: str | None = None,
    cell: str | None = None,
    row: int | None = None,
    column: str | None = None,
) -> Finding:
    return Finding(
        file=about.path, code=code, severity=severity_of(code), sheet=sheet, cell=cell, row=row,
        column=column, details={"origin": about.origin, **details}, key=f"{code}|{key}",
        digest=digest_of(*numbers),
    )  # fmt: skip


Check = Callable[[Arrivals, Neighbours], Iterator[Finding]]
CHECKS: tuple[Check, ...] = (in_two_offices, unlike_neighbours)
