"""What shows only beside others: a group of two offices, a figure unlike other offices or earlier periods.

Each is a query on the office's own cell or file: it may be right; then the branch says so in `Giải trình`.
To add one, write a function `(OfficesCompared) -> Iterator[Finding]` and name it in `CHECKS`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from statistics import median

import msgspec
import polars as pl

from sheetcredit.archive.history import archived_reports
from sheetcredit.consolidate.arrivals import Arrivals, Submission, office_label
from sheetcredit.model.errors import BadDefinition
from sheetcredit.model.finding import Finding, digest_of, severity_of
from sheetcredit.model.grid import address
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


@dataclass(frozen=True, slots=True)
class OfficesCompared:
    """What is compared: the offices that are summed, and the archive with their earlier reports, if any."""

    arrived: Arrivals
    limits: Neighbours
    archive: Path | None = None


def findings_of_neighbours(arrived: Arrivals, archive: Path | None = None) -> list[Finding]:
    """All that shows between the offices that are summed, and between each and its own earlier periods.

    Raises:
        CannotRead: the archive is damaged.
    """
    compared = OfficesCompared(arrived, load_neighbours(), archive)
    return [finding for check in CHECKS for finding in check(compared)]


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


def in_two_offices(compared: OfficesCompared) -> Iterator[Finding]:
    """N-GROUP-TWICE, N-COMMUNE-TWICE: one finding for two offices that both report the same ones.

    A group is the same where its code and its commune are: whether codes are unique in the whole bank is not
    known.
    """
    for code, column, same in (
        ("N-GROUP-TWICE", "group", ("group", "commune")),
        ("N-COMMUNE-TWICE", "commune", ("commune",)),
    ):
        reported: dict[tuple[str, ...], list[tuple[Submission, int]]] = defaultdict(list)
        for one in compared.arrived.summed:
            for names, row in _first_rows(one, same).items():
                reported[names].append((one, row))
        pairs: dict[tuple[str, str], list[tuple[str, Submission, int, Submission]]] = defaultdict(list)
        for names, places in reported.items():
            (first, _), *others = places
            for other, row in others:
                pairs[first.office, other.office].append((names[0], other, row, first))
        for shared in pairs.values():
            yield _shared(code, column, shared, compared.limits.listed)


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
    code: str, column: str, shared: Sequence[tuple[str, Submission, int, Submission]], most_listed: int
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
            "count": len(names), "listed": listed(names, most_listed), "items": tuple(names),
        },
        f"{other.office}|{first.office}", sheet.sheet,
        None if place is None else address(row - 1, place), row, sheet.column(column).header,
    )  # fmt: skip


def unlike_neighbours(compared: OfficesCompared) -> Iterator[Finding]:
    """N-OUTLIER: a ratio further from the middle of all offices than `times` their usual distance.

    The middle is the median and the usual distance the median of distances, which no outlier moves. Where
    nearly all are alike, `least` is what a difference must reach at any rate.
    """
    limits, sums = compared.limits, _reported(compared)
    for measure in limits.measures:
        ratios = {
            office: ratio for office, own in sums.items() if (ratio := _ratio(own, measure)) is not None
        }
        if len(ratios) < limits.least_offices:
            continue
        for one in compared.arrived.summed:
            if one.office in ratios:
                yield from _outlier("N-OUTLIER", one, measure, ratios[one.office], list(ratios.values()))


def unlike_own_history(compared: OfficesCompared) -> Iterator[Finding]:
    """N-OUTLIER-OWN: a ratio as far from the middle of the same office's earlier periods.

    The periods are those of the archive that are of the kind that is reported; of a seasonal measure only the
    same one of other years.

    Raises:
        CannotRead: the archive is damaged.
    """
    arrived, limits = compared.arrived, compared.limits
    sums = _reported(compared)
    earlier = _archived(compared)
    month = arrived.period.last_day.month
    for measure in limits.measures:
        for one in arrived.summed:
            ratio = _ratio(sums[one.office], measure) if one.office in sums else None
            past = [
                before
                for ends, own in earlier.get(one.office, ())
                if not measure.seasonal or ends.month == month
                if (before := _ratio(own, measure)) is not None
            ]
            if ratio is not None and len(past) >= limits.least_periods:
                yield from _outlier("N-OUTLIER-OWN", one, measure, ratio, past)


_Sums = Mapping[str, int]
"""The sum of each column of the programmes that a measure names, in đồng."""


def _reported(compared: OfficesCompared) -> Mapping[str, _Sums]:
    """The sums that each office reports."""
    frames = {one.office: one.used.rows.get("programmes") for one in compared.arrived.summed if one.used}
    return {
        office: {name: int(frame[name].sum() or 0) for name in _columns(compared.limits)}
        for office, frame in frames.items()
        if frame is not None
    }


def _archived(compared: OfficesCompared) -> Mapping[str, Sequence[tuple[date, _Sums]]]:
    """The sums of earlier periods of the offices that are summed, each with its last day."""
    arrived, archive, columns = compared.arrived, compared.archive, _columns(compared.limits)
    if archive is None or not (archive / "submissions").is_dir():
        return {}
    reports = archived_reports(archive, every=arrived.period.kind).before(
        arrived.period.last_day, [one.office for one in arrived.summed]
    )
    rows = reports.rows("programmes", columns).group_by("office", "ends").agg(pl.col(columns).sum())
    found: dict[str, list[tuple[date, _Sums]]] = defaultdict(list)
    for office, ends, *sums in reports.collected(rows).select("office", "ends", *columns).iter_rows():
        found[office].append((ends, {name: dong or 0 for name, dong in zip(columns, sums, strict=True)}))
    return found


def _usual(ratios: Sequence[Decimal], measure: ComparedRatio) -> tuple[Decimal, Decimal]:
    """The middle of ratios, and how far from it one may lie."""
    middle = median(ratios)
    spread = median(abs(ratio - middle) for ratio in ratios) * _NORMAL
    return middle, max(spread * measure.times, Decimal(str(measure.least)))


def _columns(limits: Neighbours) -> list[str]:
    """The columns of the programmes that any measure names."""
    return sorted(
        {name for one in limits.measures for text in (one.part, one.whole) for _, name in _terms(text)}
    )


def _ratio(sums: _Sums, measure: ComparedRatio) -> Decimal | None:
    """The part of the whole; None where there is no whole."""
    part, whole = (
        sum(sign * sums[name] for sign, name in _terms(text)) for text in (measure.part, measure.whole)
    )
    return Decimal(part) / Decimal(whole) if whole else None


def _terms(text: str) -> Iterator[tuple[int, str]]:
    """The columns that a sum such as `balance - opening` names, each with its sign."""
    sign = 1
    for word in text.split():
        if word in "+-":
            sign = -1 if word == "-" else 1
        else:
            yield sign, word


def _outlier(
    code: str, one: Submission, measure: ComparedRatio, ratio: Decimal, others: Sequence[Decimal]
) -> Iterator[Finding]:
    """The finding, if the ratio of an office is unlike the others."""
    middle, allowed = _usual(others, measure)
    if abs(ratio - middle) <= allowed:
        return
    assert one.used is not None

    def percent(value: Decimal) -> Mapping[Language, str]:
        return {language: number_text(value * 100, language, 2) + " %" for language in LANGUAGES}

    details = {
        "office": office_label(one.office, one.name), "measure": measure.label, "own": percent(ratio),
        "middle": percent(middle), "count": len(others),
    }  # fmt: skip
    digest = [measure.name, round(ratio, 6)]
    yield _finding(code, one.used, digest, details, f"{one.office}|{measure.name}")


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


Check = Callable[[OfficesCompared], Iterator[Finding]]
CHECKS: tuple[Check, ...] = (in_two_offices, unlike_neighbours, unlike_own_history)
