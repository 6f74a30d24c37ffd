"""What is to be told about files and offices that no row of `Tình hình nộp` speaks of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from sheetcredit.consolidate.arrivals import Arrivals
from sheetcredit.model.errors import NotOurTemplate
from sheetcredit.model.finding import Finding, digest_of, severity_of
from sheetcredit.model.text import word
from sheetcredit.pool.gather import Gathered


def notices(arrivals: Arrivals) -> list[Finding]:
    """Unreadable files, reports without a code or of a later period, offices that are not on the list."""
    found = [finding for stray in arrivals.strays for finding in _of_stray(stray, arrivals)]
    for one in arrivals.submissions:
        if not one.expected and one.judged is not None:
            details = {"office": f"{one.office} {one.name}", "branch": arrivals.owner.name}
            found.append(_finding("N-FOREIGN", one.judged, details, one.office))
    if not arrivals.listed:
        found.append(
            Finding(
                file="", code="N-NO-LIST", severity=severity_of("N-NO-LIST"), sheet=None,
                details={"branch": arrivals.owner.name}, key="N-NO-LIST",
            )
        )  # fmt: skip
    return found


def _of_stray(stray: Gathered, arrivals: Arrivals) -> Iterator[Finding]:
    if stray.error is not None:
        reasons = {
            language: f"{stray.error.message(language)} {stray.error.remedy(language)}"
            for language in ("vi", "en")
        }
        found = _finding("N-UNREADABLE", stray, {"reason": reasons}, stray.origin)
        if isinstance(stray.error, NotOurTemplate):  # somebody's own workbook, not a report that is lost
            found = replace(found, severity="note")
        yield found
        return
    report = stray.report
    if report is None or stray.kind not in ("office", "branch"):
        return
    if report.office is None or report.period is None:
        yield _finding("N-NO-CODE", stray, {}, stray.origin)
        return
    missing = {one.office for one in arrivals.submissions if one.state == "missing"}
    if report.period > arrivals.period or (report.period < arrivals.period and report.office in missing):
        details = {
            "office": report.office_name or report.office, "found": str(report.period),
            "period": str(arrivals.period),
        }  # fmt: skip
        yield _finding("N-OTHER-PERIOD", stray, details, stray.origin)


def _finding(code: str, about: Gathered, details: Mapping[str, object], key: str) -> Finding:
    return Finding(
        file=about.path, code=code, severity=severity_of(code), sheet=None,
        details={"origin": about.origin, **details}, key=f"{code}|{key}", digest=digest_of(about.digest),
    )  # fmt: skip


def carried(arrivals: Arrivals) -> list[Finding]:
    """The findings of the offices' own workbooks, in the order of the offices, keyed by office."""
    return [
        replace(finding, key=f"{one.office}|{finding.key}")
        for one in arrivals.submissions
        for finding in one.findings
    ]


def office_label(code: str, name: str) -> str:
    """An office as tables name it: its code and its name without the title all of them share."""
    for title in word("office-titles").split("|"):
        if name.startswith(title):
            return f"{code} {name.removeprefix(title)}"
    return f"{code} {name}".strip() if name != code else code
