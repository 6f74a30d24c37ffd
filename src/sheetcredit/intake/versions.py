"""Which version of each report counts: the latest valid one, and the story of the others in words.

A version is valid when it could be read and nothing in it blocks (a broken seal is an error like others).
Versions are ordered by their submission number where they carry one, then by when they were sealed or
arrived, then by name. The result does not depend on the order in which the files are given.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Generic, Literal, Protocol, TypeVar

from sheetcredit.model.finding import SEVERITIES
from sheetcredit.model.period import Period, find_period
from sheetcredit.model.text import DEFAULT_LANGUAGE, Language, word
from sheetcredit.template.definition import CODE

if TYPE_CHECKING:
    from sheetcredit.model.errors import SheetcreditError
    from sheetcredit.model.finding import Finding
    from sheetcredit.outcome import Report

Reason = Literal["older", "duplicate", "unreadable", "blocked", "unidentified"]

SUBMISSION = "submission"
"""The column of `Thông tin` that counts how often a period's report was handed in (`Lần nộp`)."""

SEALED = "sealed_at"
"""The column that says when it was sealed."""

_KINDS = ("office", "association", "branch")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Arrival(Protocol):
    """A file that arrived and what was found in it; `pool.gather.Gathered` is one."""

    @property
    def path(self) -> str:
        """Where it lies."""

    @property
    def origin(self) -> str:
        """Where it came from, as people say it."""

    @property
    def received(self) -> datetime | None:
        """When it came."""

    @property
    def digest(self) -> str:
        """The sha256 of its bytes."""

    @property
    def kind(self) -> str | None:
        """`office`, `association`, `branch` or None."""

    @property
    def report(self) -> Report | None:
        """What was found; None when it could not be read."""

    @property
    def error(self) -> SheetcreditError | None:
        """Why it could not be read."""

    @property
    def info(self) -> Mapping[str, object]:
        """The values of `Thông tin` by column name."""


A = TypeVar("A", bound=Arrival)


@dataclass(frozen=True, slots=True)
class PassedOver(Generic[A]):
    """A version that is not used, and why. `later`: it came after the one that is used.

    `details`: `version`, `origin`, and by reason `error` (`unreadable`), `finding` and `count` (`blocked`),
    `same` (`duplicate`: the origin of the one it repeats), `lacks` (`unidentified`: `office`, `period`).
    """

    gathered: A
    reason: Reason
    later: bool
    details: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: Language = DEFAULT_LANGUAGE) -> str:
        """Why it is not used, in words."""
        details = dict(self.details)
        details["version"] = word("version-numbered", language, version=details.get("version", "?"))
        details["reason"] = self._reason(language)
        return word(f"story-{self.reason}", language, **details)

    def _reason(self, language: Language) -> str:
        if self.gathered.error is not None:
            return self.gathered.error.message(language).rstrip(".")
        finding = self.details.get("finding")
        if finding is not None:
            first: Finding = finding  # type: ignore[assignment]
            return first.message(language)
        return word(f"lacks-{self.details.get('lacks', 'office')}", language)


@dataclass(frozen=True, slots=True)
class Chosen(Generic[A]):
    """What counts for one office (or association, or branch) and period.

    `used` is None while no version is valid. `version` is that one's submission number, or its place in
    the order of arrival where it carries none; `versions` counts those that differ. Without an office and
    a period: what could not be assigned to any.
    """

    kind: str | None
    office: str | None
    period: Period | None
    association: str | None
    used: A | None
    version: int | None
    versions: int
    passed_over: tuple[PassedOver[A], ...]

    @property
    def returned(self) -> tuple[PassedOver[A], ...]:
        """Versions that came after the one that is used and are not valid: their sender must hear of it."""
        later = (each for each in self.passed_over if each.later)
        return tuple(each for each in later if each.reason in ("unreadable", "blocked"))

    def story(self, language: Language = DEFAULT_LANGUAGE, older: bool = False) -> str:
        """In words: `dùng bản 2; bản 3 đã nhận, bị trả lại vì …`; older versions only if asked for."""
        shown = (each for each in self.passed_over if older or each.later or each.reason == "duplicate")
        return "; ".join((self._beginning(language), *(each.text(language) for each in shown)))

    def _beginning(self, language: Language) -> str:
        if self.office is None:
            return word("story-unknown", language)
        if self.used is None:
            return word("story-none", language)
        only = word("version-only", language)
        numbered = word("version-numbered", language, version=self.version)
        return word("story-used", language, version=only if self.versions == 1 else numbered)


@dataclass(frozen=True, slots=True)
class _Subject:
    """Whose report it is, of when."""

    kind: str
    office: str
    association: str
    period: Period

    @property
    def order(self) -> tuple[object, ...]:
        place = _KINDS.index(self.kind) if self.kind in _KINDS else len(_KINDS)
        return place, self.kind, self.office, self.association, self.period


def choose(gathered: Sequence[A], valid: Callable[[A], bool] | None = None) -> list[Chosen[A]]:
    """The version that counts of each office and period, by kind, office, association and period.

    Last comes one without an office: what could not be assigned, if there is any. `valid` says which
    versions may be used, instead of `is_valid`.
    """
    may_be_used = valid or is_valid
    subjects: dict[_Subject, list[A]] = defaultdict(list)
    strays: list[A] = []
    for arrival in sorted(gathered, key=_arrival_order):
        subject = _subject(arrival)
        if subject is None:
            strays.append(arrival)
        else:
            subjects[subject].append(arrival)
    ordered = sorted(subjects, key=lambda subject: subject.order)
    chosen = [_chosen(subject, subjects[subject], may_be_used) for subject in ordered]
    return [*chosen, _unassigned(strays)] if strays else chosen


def version_order(arrival: Arrival) -> tuple[object, ...]:
    """What orders the versions of one report: later ones are greater."""
    moment = moment_of(arrival) or _LONG_AGO
    return submission_of(arrival) or 0, moment, *_arrival_order(arrival)


def moment_of(arrival: Arrival) -> datetime | None:
    """When a version was sealed, otherwise when it came; None where neither is known."""
    return _sealed(arrival) or (_aware(arrival.received) if arrival.received else None)


def submission_of(arrival: Arrival) -> int | None:
    """The number of the submission, if the workbook carries one."""
    number = arrival.info.get(SUBMISSION)
    whole = isinstance(number, (int, float)) and not isinstance(number, bool) and number == int(number)
    return int(number) if whole and number >= 1 else None  # type: ignore[call-overload, operator]


def is_valid(arrival: Arrival) -> bool:
    """Whether a version may be used."""
    return arrival.error is None and arrival.report is not None and not arrival.report.blocks


def _arrival_order(arrival: Arrival) -> tuple[object, ...]:
    return _when(arrival), arrival.origin, arrival.digest, arrival.path


def _when(arrival: Arrival) -> datetime:
    return _aware(arrival.received) if arrival.received else _LONG_AGO


def _sealed(arrival: Arrival) -> datetime | None:
    """When the report was sealed, if it says so."""
    try:
        return _aware(datetime.fromisoformat(str(arrival.info.get(SEALED) or "")))
    except ValueError:
        return None


def _aware(when: datetime) -> datetime:
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _subject(arrival: Arrival) -> _Subject | None:
    office, period = _identity(arrival)
    if arrival.kind is None or office is None or period is None:
        return None
    association = str(arrival.info.get(CODE) or "") if arrival.kind == "association" else ""
    return _Subject(arrival.kind, office, association, period)


def _identity(arrival: Arrival) -> tuple[str | None, Period | None]:
    """Office and period: of the report, or what `Thông tin` says of one that could not be checked."""
    if arrival.report is not None:
        return arrival.report.office, arrival.report.period
    office, period = arrival.info.get("office"), arrival.info.get("period")
    return str(office) if office else None, find_period(str(period or ""))


def _chosen(subject: _Subject, arrivals: Sequence[A], valid: Callable[[A], bool]) -> Chosen[A]:
    """The arrivals come in the order of their arrival: of equal ones the first stands for all."""
    first = _firsts(arrivals)
    versions = sorted((each for each in arrivals if first[_same(each)] is each), key=version_order)
    numbers = {_same(each): submission_of(each) or place for place, each in enumerate(versions, start=1)}
    used = next((each for each in reversed(versions) if valid(each)), None)
    place = versions.index(used) if used is not None else -1
    passed: list[PassedOver[A]] = []
    for index, each in enumerate(versions):
        if index != place:
            reason: Reason = "older" if index < place and valid(each) else _fault(each)
            passed.append(_passed(each, reason, index > place, version=numbers[_same(each)]))
    for each in arrivals:
        original = first[_same(each)]
        if original is not each:
            version = numbers[_same(each)]
            passed.append(_passed(each, "duplicate", False, version=version, same=original.origin))
    return Chosen(
        subject.kind, subject.office, subject.period, subject.association or None, used,
        numbers[_same(used)] if used is not None else None, len(versions), tuple(passed),
    )  # fmt: skip


def _unassigned(arrivals: Sequence[A]) -> Chosen[A]:
    first = _firsts(arrivals)
    passed: list[PassedOver[A]] = []
    for each in arrivals:
        original = first[_same(each)]
        if original is not each:
            passed.append(_passed(each, "duplicate", False, same=original.origin))
        else:
            lacks = "period" if _identity(each)[0] else "office"
            passed.append(_passed(each, "unidentified", True, lacks=lacks))
    return Chosen(None, None, None, None, None, None, len(first), tuple(passed))


def _firsts(arrivals: Sequence[A]) -> dict[str, A]:
    firsts: dict[str, A] = {}
    for each in arrivals:
        firsts.setdefault(_same(each), each)
    return firsts


def _same(arrival: Arrival) -> str:
    """What two arrivals share that are one; a file whose bytes could not be had is only itself."""
    return arrival.digest or f"{arrival.origin}\n{arrival.path}"


def _fault(arrival: Arrival) -> Reason:
    return "unreadable" if arrival.error is not None or arrival.report is None else "blocked"


def _passed(arrival: A, reason: Reason, later: bool, **details: object) -> PassedOver[A]:
    details["origin"] = arrival.origin
    if reason == "blocked" and arrival.report is not None:
        blocking = [finding for finding in arrival.report.findings if finding.blocks]
        details["count"] = len(blocking)
        details["finding"] = min(blocking, key=lambda finding: SEVERITIES.index(finding.severity))
    return PassedOver(arrival, reason, later, details)
