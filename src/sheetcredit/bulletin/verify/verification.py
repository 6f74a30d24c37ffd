"""A text verified, as a job: understood, held against a workbook and itself, told number by number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sheetcredit.bulletin.verify.claims import Claim, TimeSpan
from sheetcredit.bulletin.verify.compare import Traced, check_times, compare
from sheetcredit.bulletin.verify.contradictions import SelfCheck, check_text
from sheetcredit.bulletin.verify.facts import Fact, Facts
from sheetcredit.bulletin.verify.lexicon import Lexicon, load_lexicon
from sheetcredit.bulletin.verify.meaning import claims_of
from sheetcredit.bulletin.verify.planned import hold_against_plan
from sheetcredit.bulletin.verify.related import read_alike
from sheetcredit.bulletin.verify.source import lines_of
from sheetcredit.bulletin.verify.wording import about, words
from sheetcredit.model.errors import BadUsage, CannotWrite
from sheetcredit.model.finding import SEVERITIES, Finding
from sheetcredit.model.text import Language
from sheetcredit.outcome import Report, TextNumber
from sheetcredit.xlsx.atomic_write import write_new

if TYPE_CHECKING:
    from sheetcredit.rulebook import Rulebook

_UNSETTLED = frozenset({"B-UNTRACED", "B-UNKNOWN"})
_UNITS = {"amount": "đồng", "percent": "fraction"}


def verify(text: Path, path: Path | None = None, rulebook: Rulebook | None = None) -> Report:
    """A text held against the workbook, or against itself where there is none.

    The report's findings are those of the text, its `numbers` what each was taken for; `outcomes` counts
    them: passed were compared with something and agree, failed do not, not evaluated could not be compared.

    Raises:
        BadUsage: the text is of no format that is read.
        CannotRead, NotOurTemplate: the text or the workbook cannot be read.
    """
    lines = lines_of(text)
    if path is None:
        return verified(str(text), lines, None)
    # A text by itself needs no polars.
    from sheetcredit.bulletin.verify.rows import row_facts  # noqa: PLC0415 - polars
    from sheetcredit.consolidate.branch_report import report_on  # noqa: PLC0415 - polars

    return verified(str(text), lines, report_on(path, rulebook), row_facts(path, rulebook))


def check_target(text: Path, out: Path) -> None:
    """Refuse what no marked copy can be written to, before any work is done.

    Raises:
        BadUsage: the text or the copy is no .docx.
        CannotWrite: `out` is there already.
    """
    if text.suffix.lower() != ".docx" or out.suffix.lower() != ".docx":
        raise BadUsage("E-MARKED-FORMAT", path=text if text.suffix.lower() != ".docx" else out)
    if out.exists():
        raise CannotWrite("E-EXISTS", path=out)


def write_marked_copy(text: Path, report: Report, out: Path, language: Language) -> None:
    """The document `text`, verified in `report`, written to `out` with a comment on each number.

    Raises:
        CannotRead, CannotWrite: the document cannot be opened, the copy not be written.
    """
    from sheetcredit.bulletin.verify.marked_copy import marked_copy  # noqa: PLC0415 - lxml, docx

    write_new(out, marked_copy(text, report, language))


def verified(file: str, lines: Sequence[str], report: Report | None, rows: Iterable[Fact] = ()) -> Report:
    """What is to be said of the lines of a text, read from `file`, beside a report of the same quarter.

    `rows` is what the workbook's own rows say beside the report's figures.
    """
    understood = claims_of(lines)
    claims: Sequence[Claim] = read_alike(understood.numbers)
    findings: list[Finding] = []
    traced: list[Traced] = []
    if report is not None:
        facts = Facts(report, rows)
        traced = hold_against_plan(file, lines, compare(file, claims, facts), report)
        findings += check_times(file, understood.times, facts)
        findings += [finding for each in traced for finding in each.findings]
        claims = [each.claim for each in traced]
    settled = {each.claim.place for each in traced if _is_settled(each)}
    itself = check_text(file, claims, settled)
    findings += itself.findings
    findings.sort(key=lambda finding: (SEVERITIES.index(finding.severity), *_place(finding), finding.code))
    judged = list(_judged(itself, traced, findings))
    return Report(
        file=file,
        office=report.office if report else None,
        office_name=report.office_name if report else "",
        period=report.period if report else None,
        unit=report.unit if report else 1_000_000,
        unit_name=report.unit_name if report else "triệu đồng",
        findings=tuple(findings),
        outcomes=_outcomes(judged),
        summary=report.summary if report else None,
        notices=itself.notices,
        numbers=tuple(_numbers(judged, load_lexicon())),
    )


def _is_settled(traced: Traced) -> bool:
    """Whether the workbook has said what there is to say of a number."""
    if traced.fact is None and not traced.findings:
        return False
    return not {finding.code for finding in traced.findings} & _UNSETTLED


State = Literal["agrees", "wrong", "not_compared"]


@dataclass(frozen=True, slots=True)
class _Judged:
    """A claim, how it fared, and what it was held against."""

    claim: Claim
    state: State
    against: tuple[str, ...]


def _judged(itself: SelfCheck, traced: Sequence[Traced], findings: Sequence[Finding]) -> Iterator[_Judged]:
    wrong = {_place(f) for f in findings if f.severity != "note" and f.code not in _UNSETTLED}
    by_place = {each.claim.place: each for each in traced}
    for claim in itself.claims:
        each = by_place.get(claim.place)
        against = list(itself.compared.get(claim.place, ()))
        if each is not None and each.fact is not None:
            against.insert(0, each.fact.place or each.fact.name or "Tổng hợp")
        state: State = "not_compared"
        if (claim.spot.line, claim.spot.start) in wrong:
            state = "wrong"
        elif against:
            state = "agrees"
        yield _Judged(claim, state, tuple(against))


def _outcomes(judged: Iterable[_Judged]) -> dict[str, int]:
    outcomes = {"passed": 0, "failed": 0, "explained": 0, "not_evaluated": 0}
    for each in judged:
        if each.state != "not_compared" or _is_number(each.claim):
            outcomes[
                {"agrees": "passed", "wrong": "failed", "not_compared": "not_evaluated"}[each.state]
            ] += 1
    return outcomes


def _is_number(claim: Claim) -> bool:
    """Whether it may be a figure of anything: it has a unit, or its words say what it is."""
    return claim.unit is not None or claim.meaning is not None


def _numbers(judged: Iterable[_Judged], lexicon: Lexicon) -> Iterator[TextNumber]:
    for each in judged:
        claim = each.claim
        if claim.implied or not _is_number(claim):
            continue
        meaning = claim.meaning
        figure = lexicon.figure_of(meaning) if meaning and claim.who is None else None
        size, kind = claim.size(), claim.kind or "amount"
        percent = Fraction(1, 100) if kind == "percent" else Fraction(1)
        yield TextNumber(
            line=claim.place.line,
            start=claim.place.start,
            end=claim.place.end,
            text=claim.place.quote,
            kind=kind,
            low=None if size.low is None else size.low * percent,
            high=None if size.high is None else size.high * percent,
            unit=_UNITS.get(kind) or _counted(claim, lexicon),
            figure=figure,
            label=lexicon.label_of(meaning) if meaning and not figure else None,
            basis=meaning.base if meaning else None,
            period=_period(claim.when),
            state=each.state,
            against=each.against,
            said=about(meaning, lexicon) if meaning else words("aspect-nothing"),
        )


def _counted(claim: Claim, lexicon: Lexicon) -> str:
    measure = claim.meaning.measure if claim.meaning else None
    return lexicon.measures[measure].label.vi if measure else claim.unit or ""


def _period(when: TimeSpan) -> str | None:
    """Of when a number is: `2024-09`, `2024`, `09`."""
    parts = [f"{when.year}" if when.year else "", f"{when.month:02}" if when.month else ""]
    return "-".join(part for part in parts if part) or None


def _place(finding: Finding) -> tuple[int, int]:
    place = finding.details["items"]
    assert isinstance(place, tuple)
    return place[0]["line"], place[0]["start"]
