"""The quarter's bulletin as a job: written from a workbook, or a text of it held against the workbook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sheetcredit.bulletin import SUFFIXES, bulletin_text, write_bulletin
from sheetcredit.bulletin.verify.against import against, check_times
from sheetcredit.bulletin.verify.facts import Facts
from sheetcredit.bulletin.verify.itself import against_itself
from sheetcredit.bulletin.verify.separators import mixed_separators, read_alike
from sheetcredit.bulletin.verify.source import lines_of
from sheetcredit.bulletin.verify.understand import claims_of
from sheetcredit.model.errors import BadUsage, CannotWrite
from sheetcredit.model.finding import SEVERITIES, Finding
from sheetcredit.outcome import Report

if TYPE_CHECKING:
    from sheetcredit.rulebook import Rulebook

_UNSETTLED = {"B-UNTRACED", "B-UNKNOWN"}


@dataclass(frozen=True, slots=True)
class Bulletin:
    """A bulletin: its text, where it was written to, and the report it was made from."""

    report: Report
    text: str = ""
    written_to: Path | None = None


def publish(
    path: Path,
    out: Path | None = None,
    draft: bool = False,
    template: Path | None = None,
    rulebook: Rulebook | None = None,
) -> Bulletin:
    """The bulletin of a workbook, as text or written to `out`; none where something blocks, unless a draft.

    Raises:
        BadUsage: `out` has a suffix that no bulletin is written in.
        CannotWrite: `out` is there already; somebody may have edited it.
        CannotRead, NotOurTemplate: the workbook cannot be read.
    """
    if out is not None:
        if out.suffix.lower() not in SUFFIXES:
            raise BadUsage("E-BULLETIN-FORMAT", path=out, suffix=out.suffix or "-")
        if out.exists():
            raise CannotWrite("E-EXISTS", path=out)
    report = _reconciled(path, rulebook)
    if report.blocks and not draft:
        return Bulletin(report)
    if out is None:
        return Bulletin(report, bulletin_text(report))
    return Bulletin(report, written_to=write_bulletin(report, out, template))


def verify(text: Path, path: Path | None = None, rulebook: Rulebook | None = None) -> Report:
    """A text held against the workbook, or against itself where there is none.

    The report's findings are those of the text; `outcomes` counts its numbers: passed were traced to a figure
    (or contradict nothing), failed do not agree, not evaluated could not be traced.
    """
    lines = lines_of(text)
    report = _reconciled(path, rulebook) if path else None
    return verified(str(text), lines, report)


def verified(file: str, lines: Sequence[str], report: Report | None) -> Report:
    """What is to be said of the lines of a text, read from `file`, beside a report of the same quarter."""
    claims = claims_of(lines)
    findings: list[Finding] = []
    settled = set()
    numbers = read_alike(claims.numbers)
    if report is not None:
        facts = Facts(report)
        checked = against(file, numbers, facts)
        findings += check_times(file, claims.times, facts)
        findings += [finding for each in checked for finding in each.findings]
        numbers = [each.claim for each in checked]
        settled = {c.claim.spot for c in checked if not {f.code for f in c.findings} & _UNSETTLED}
    itself = against_itself(file, numbers, settled)
    findings += itself.findings
    findings += mixed_separators(file, itself.claims)
    findings.sort(key=lambda finding: (SEVERITIES.index(finding.severity), *_place(finding), finding.code))
    places = {(claim.spot.line, claim.spot.start) for claim in claims.numbers}
    wrong = {_place(finding) for finding in findings if finding.severity != "note"}
    unsettled = {_place(finding) for finding in findings if finding.code in _UNSETTLED}
    return Report(
        file=file,
        office=report.office if report else None,
        office_name=report.office_name if report else "",
        period=report.period if report else None,
        unit=report.unit if report else 1_000_000,
        unit_name=report.unit_name if report else "triệu đồng",
        findings=tuple(findings),
        outcomes={
            "passed": len(places - wrong - unsettled),
            "failed": len(places & wrong - unsettled),
            "explained": 0,
            "not_evaluated": len(unsettled),
        },
        summary=report.summary if report else None,
        notices=itself.notices,
    )


def _reconciled(path: Path, rulebook: Rulebook | None) -> Report:
    from sheetcredit.consolidate.report import report_on  # noqa: PLC0415 - a text by itself needs no polars

    return report_on(path, rulebook)


def _place(finding: Finding) -> tuple[int, int]:
    place = finding.details["items"]
    assert isinstance(place, tuple)
    return place[0]["line"], place[0]["start"]
