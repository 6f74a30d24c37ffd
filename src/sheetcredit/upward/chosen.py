"""Of all the versions that an office sent for a period, the one that counts: the latest that is valid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sheetcredit.model.period import Period
from sheetcredit.upward.gather import Gathered

PassedOver = tuple[Gathered, str, Mapping[str, object]]
"""A version that does not count, why (`older`, `blocked`, `same`), and details."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What an office sent for a period: the version used, if one is valid, and the others with the reason."""

    office: str
    period: Period
    used: Gathered | None
    passed_over: tuple[PassedOver, ...]


def choose(gathered: Sequence[Gathered]) -> list[Chosen]:
    """By office and period, the latest valid version; workbooks without a code or period are left out."""
    sent: dict[tuple[Period, str], list[Gathered]] = defaultdict(list)
    for one in gathered:
        if one.report and one.report.office and one.report.period:
            sent[one.report.period, one.report.office].append(one)
    return [_chosen(office, period, versions) for (period, office), versions in sorted(sent.items())]


def _chosen(office: str, period: Period, versions: Sequence[Gathered]) -> Chosen:
    ordered = sorted(versions, key=lambda one: (one.received or datetime.min.replace(tzinfo=UTC), one.origin))
    valid = [one for one in ordered if one.report and not one.report.blocks]
    used = valid[-1] if valid else None
    passed = [(one, _reason(one, used), {}) for one in ordered if one is not used]
    return Chosen(office, period, used, tuple(passed))


def _reason(one: Gathered, used: Gathered | None) -> str:
    if used is not None and one.digest == used.digest:
        return "same"
    if one.report is not None and one.report.blocks:
        return "blocked"
    return "older"
