"""The main job, top to bottom: read → locate → check all → explain → summarise → write.

One office and a thousand go the same way: the same sheet of all workbooks is one frame, checked once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from sheetcredit.checks.batch import Batch
from sheetcredit.checks.explanations import explained, read_explanations
from sheetcredit.checks.registry import Stage, find_all
from sheetcredit.checks.summary_figures import TYPED_OVER
from sheetcredit.explain.breaks import FixFirst
from sheetcredit.figures.comparison import Comparison, compare
from sheetcredit.filling import CellEdit, Edits, filled_cells, looks_of_tool, own_details
from sheetcredit.model.errors import CannotWrite
from sheetcredit.model.finding import SEVERITIES, Finding, Suspect
from sheetcredit.model.period import periods_between
from sheetcredit.outcome import Report
from sheetcredit.rulebook import Rulebook, our_rulebook
from sheetcredit.rules.previous import outcomes_with_previous
from sheetcredit.rules.rules import OF_CELLS, WITHIN_ONE_REPORT, Rule
from sheetcredit.rules.ties import outcome_of_rules
from sheetcredit.seal.changes import FINDINGS as SEAL_FINDINGS
from sheetcredit.seal.changes import VOID
from sheetcredit.template.definition import Office
from sheetcredit.template.own_words import own_words_of
from sheetcredit.template.reading import Reading
from sheetcredit.workbooks import OtherReports, other_reports, read_office
from sheetcredit.workplan.totals import work_left
from sheetcredit.xlsx.patch import patch_cells
from sheetcredit.xlsx.row_looks import with_looks


def validate(path: str | Path, rulebook: Rulebook | None = None) -> Report:
    """Each sheet of a workbook against its schema.

    Raises:
        SheetcreditError: the workbook cannot be read, or is not of our template.
    """
    book = rulebook or our_rulebook()
    return validate_readings([read_office(path, book)], book)[0]


def reconcile(
    path: str | Path, rulebook: Rulebook | None = None, previous: str | Path | None = None
) -> Report:
    """A workbook validated, then reconciled across its sheets, every break with its likely causes.

    And held against the `previous` report; the one found beside the file unless it is named.
    """
    book = rulebook or our_rulebook()
    reading = read_office(path, book)
    return check_readings([reading], book, other_reports([reading], book, previous))[0]


def run(
    path: str | Path,
    out: str | Path | None = None,
    rulebook: Rulebook | None = None,
    previous: str | Path | None = None,
) -> Report:
    """The main job: validate, reconcile, fill `Tổng hợp`, `Đối chiếu` and `Kiểm tra`.

    Without `out` the workbook is changed in place; with it the source is not touched. `previous` as in
    `reconcile`.
    """
    book = rulebook or our_rulebook()
    reading = read_office(path, book)
    others = other_reports([reading], book, previous, [Path(out) if out else None])
    return write_report(check_readings([reading], book, others)[0], reading, book, out)


def validate_readings(readings: Sequence[Reading], rulebook: Rulebook, *, form: bool = False) -> list[Report]:
    """Each sheet against its schema, for any number of workbooks at once.

    With `form` each file is also held against the template file: what was added, removed or never calculated.
    """
    batch = Batch.of(readings, rulebook)
    stages: tuple[Stage, ...] = ("sheet", "form") if form else ("sheet",)
    found = find_all(batch, stages)
    return [_in_own_words(_report(batch, file, found[file]), batch) for file in batch.readings]


def check_readings(
    readings: Sequence[Reading], rulebook: Rulebook, others: OtherReports | None = None
) -> list[Report]:
    """Everything that can be said of any number of workbooks: the main job without the writing.

    `others` are the reports they are held against.
    """
    return check_batch(Batch.of(readings, rulebook, others))


def check_batch(batch: Batch, compared: bool = True) -> list[Report]:
    """The same of a batch; `compared` where somebody will look at the lines of `Đối chiếu`."""
    found = find_all(batch, ("sheet", "across"))
    noticed: tuple[Stage, ...] = ("notice",) if batch.office.has("summary") else ()
    notices = find_all(batch, noticed)
    outcomes = _outcomes(batch, found)
    comparisons = _comparisons(batch) if compared and batch.office.has("comparison") else {}
    reports = []
    for file in batch.readings:
        report = _report(batch, file, found[file], outcomes[file])
        breaks, before = batch.breaks.get(file), batch.previous.get(file)
        findings, fix_first = _led(report.findings, breaks.fix_first if breaks else (), batch.rules)
        whole = replace(
            report,
            findings=tuple(_with_leaders(findings, fix_first)),
            summary=batch.summaries.get(file),
            comparison=tuple(comparisons.get(file, ())),
            fix_first=fix_first,
            notices=tuple(notices[file]),
            previous=Path(before.file) if before else None,
            periods_back=periods_between(before.info.period, report.period) if before else 0,
            previous_period=before.info.period if before else None,
            work=work_left(batch.readings[file]) if batch.office.has("ledger") else {},
        )
        reports.append(_in_own_words(whole, batch))
    return reports


def _in_own_words(report: Report, batch: Batch) -> Report:
    """The report with the tabs and headers of the workbook, where they are other than ours."""
    words = own_words_of(batch.readings[report.file])
    if words is None:
        return report
    return replace(
        report,
        findings=tuple(map(words.of_finding, report.findings)),
        notices=tuple(map(words.of_finding, report.notices)),
        fix_first=tuple(replace(one, suspect=words.of_suspect(one.suspect)) for one in report.fix_first),
    )


def _report(
    batch: Batch, file: str, findings: Sequence[Finding], outcomes: Mapping[str, int] | None = None
) -> Report:
    """The report of one workbook: findings with the user's explanations, in the order of the sheets."""
    reading = batch.readings[file]
    explanations = read_explanations(reading.book, batch.office)
    settled = sorted(explained(findings, explanations), key=lambda finding: _order(finding, batch.office))
    keys = {finding.key for finding in settled}
    return Report(
        file=file,
        office=batch.catalogues.office_code(reading.info.office),
        office_name=reading.info.office_name,
        period=reading.info.period,
        unit=reading.info.unit,
        unit_name=reading.info.unit_name,
        findings=tuple(settled),
        outcomes=_with_explained(outcomes or {}, settled),
        orphans=tuple(text for key, text in explanations.items() if key not in keys),
        info=reading.info,
        names=reading.book.names,
    )


def _order(finding: Finding, office: Office) -> tuple[object, ...]:
    """What blocks first; then by sheet, row and column as one walks through the workbook."""
    sheets = [sheet.sheet for sheet in office.sheets]
    place = sheets.index(finding.sheet) if finding.sheet in sheets else -1
    letters = "".join(filter(str.isalpha, finding.cell or ""))
    severity = SEVERITIES.index(finding.severity)
    return severity, place, finding.row or 0, len(letters), letters, finding.code, finding.key


def _outcomes(batch: Batch, found: Mapping[str, Sequence[Finding]]) -> dict[str, Mapping[str, int]]:
    """By file, how many rules ended in which way, those included that look at single cells."""
    within = [rule for rule in batch.rules if rule.kind in WITHIN_ONE_REPORT]
    none = {"not_evaluated": len(within)}
    ended = outcome_of_rules(within, batch.ties)
    compared = batch.compared
    with_previous = outcomes_with_previous(batch.rules, compared, batch.previous) if compared else {}
    of_cells = OF_CELLS if batch.office.has("summary") else ("catalogue",)
    outcomes: dict[str, Mapping[str, int]] = {}
    for file, findings in found.items():
        counts = Counter({"passed": 0, "failed": 0, "explained": 0, "not_evaluated": 0})
        counts.update(ended.get(file, none))
        codes = {finding.code for finding in findings}
        for rule in batch.rules:
            if rule.kind in of_cells:
                counts["failed" if rule.id in codes else "passed"] += 1
        counts.update(with_previous.get(file, {}))
        outcomes[file] = counts
    return outcomes


def _with_explained(outcomes: Mapping[str, int], findings: Iterable[Finding]) -> dict[str, int]:
    """A failed rule all of whose findings are explained counts as explained."""
    counted = dict(outcomes)
    rules = [finding for finding in findings if finding.code.startswith("R")]
    settled = {f.code for f in rules if f.status == "explained"} - {
        f.code for f in rules if f.status != "explained"
    }
    if counted:
        counted["failed"] -= len(settled)
        counted["explained"] = len(settled)
    return counted


def _led(
    findings: Sequence[Finding], fix_first: tuple[FixFirst, ...], rules: Iterable[Rule]
) -> tuple[Sequence[Finding], tuple[FixFirst, ...]]:
    """Findings that follow from one of a rule that `leads` theirs; its place is then what to look at first.

    They have more on their left side: the right one lacks what the leader says is missing.
    """
    leads = {rule.id: rule.leads for rule in rules if rule.leads}
    leader = next((f for f in findings if f.code in leads and not f.explanation), None)
    led = {
        finding.key: replace(finding, follows=leader.key)
        for finding in findings
        if leader and finding.code in leads[leader.code] and (finding.difference or 0) > 0
    }
    if leader is None or not led:
        return findings, fix_first
    others = {_cause_of(one) for f in findings if f.key not in led for one in f.suspects[:1]}
    theirs = {_cause_of(one) for f in led.values() for one in f.suspects} - others
    first = FixFirst(Suspect(leader.sheet or "", leader.cell or "", "missing-communes"), 1 + len(led))
    rest = (one for one in fix_first if _cause_of(one.suspect) not in theirs)
    return [led.get(finding.key, finding) for finding in findings], (first, *rest)


def _with_leaders(findings: Sequence[Finding], fix_first: Sequence[FixFirst]) -> Iterator[Finding]:
    """Findings that one correction settles follow one of them, and stand right behind it."""
    settled_with = _settled_with(findings, fix_first)
    followers: dict[str, list[Finding]] = {}
    for finding in findings:
        leading = finding.key
        while leading in settled_with:
            leading = settled_with[leading]
        if leading != finding.key:
            followers.setdefault(leading, []).append(replace(finding, follows=leading))
    for finding in findings:
        if finding.key not in settled_with:
            yield finding
            yield from followers.get(finding.key, ())


def _settled_with(findings: Sequence[Finding], fix_first: Sequence[FixFirst]) -> dict[str, str]:
    """By key of a finding, that of the one it is settled with, on the sheet of the cause where there is one.

    What else is wrong with the very cell of a cause is settled with it too. A finding that the user has
    written something about stands alone.
    """
    causes = {_cause_of(one.suspect) for one in fix_first if one.clears > 1}
    at_cell = {cause[:2]: cause for cause in map(_cause_of, (one.suspect for one in reversed(fix_first)))}
    leaders: dict[tuple[str, str, str], Finding] = {}
    for finding in findings:
        for suspect in finding.suspects[:1]:
            leader = leaders.setdefault(_cause_of(suspect), finding)
            if leader.sheet != suspect.sheet == finding.sheet:
                leaders[_cause_of(suspect)] = finding
    settled = {finding.key: finding.follows for finding in findings if finding.follows}
    for finding in findings:
        if finding.suspects:
            cause = _cause_of(finding.suspects[0])
            first = leaders[cause] if cause in causes else None
        else:
            first = leaders.get(at_cell.get((finding.sheet or "", finding.cell or ""), ("", "", "")))
        leading = (first.follows or first.key) if first else finding.key
        if leading != finding.key and not finding.explanation:
            settled.setdefault(finding.key, leading)
    return settled


def _cause_of(suspect: Suspect) -> tuple[str, str, str]:
    return suspect.sheet, suspect.cell, suspect.cause


def _comparisons(batch: Batch) -> Mapping[str, Sequence[Comparison]]:
    causes = {file: breaks.findings for file, breaks in batch.breaks.items()}
    return compare(batch.office, batch.ties, list(batch.readings.values()), batch.catalogues, causes)


def with_broken_first(report: Report) -> Report:
    """The report with the lines of `Đối chiếu` that differ before the others, else in their order."""
    lines = sorted(report.comparison, key=lambda line: line.state != "differs")
    return replace(report, comparison=tuple(lines))


def write_report(
    report: Report,
    reading: Reading,
    rulebook: Rulebook,
    out: str | Path | None,
    summary_only: bool = False,
    also: Mapping[str, Mapping[str, CellEdit]] | None = None,
) -> Report:
    """The report written into the workbook (or into `out`, the source untouched).

    `also` are further cells, by sheet and address, that go in with the same write.
    """
    source = Path(reading.file)
    if not reading.book.writable:
        raise CannotWrite("E-READ-ONLY-FORMAT", path=source, format=source.suffix)
    report = replace(report, findings=tuple(settled_by_filling(report.findings)))
    steps: list[Callable[[bytes], bytes]] = []
    if reading.own is not None:
        from sheetcredit.build.result_sheets import read_with_sheets, with_result_sheets  # noqa: PLC0415 - slow

        steps.append(partial(with_result_sheets, path=str(source)))
        reading = read_with_sheets(reading, rulebook.office)
        also = with_more(own_details(rulebook.office, reading), also or {})
    edits = with_more(filled_cells(rulebook.office, reading, report, summary_only), also or {})
    if not summary_only:
        looks = looks_of_tool(rulebook.office, reading, report)
        steps.append(partial(with_looks, looks=looks, path=str(source)))
    place = Path(out) if out else None
    target = patch_cells(source, edits, place, digest=reading.book.digest, prepare=_one_after_another(steps))
    return replace(report, written_to=target)


def _one_after_another(steps: Sequence[Callable[[bytes], bytes]]) -> Callable[[bytes], bytes]:
    def prepared(data: bytes) -> bytes:
        for step in steps:
            data = step(data)
        return data

    return prepared


def with_more(edits: Edits, more: Mapping[str, Mapping[str, CellEdit]]) -> Edits:
    """Edits and further ones together; the further ones count where both name a cell."""
    return {sheet: {**edits.get(sheet, {}), **more.get(sheet, {})} for sheet in [*edits, *more]}


def settled_by_filling(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Filling puts a summary figure right that was typed over (worth a note), and an old one (worth none).

    With the figures back, a seal fits again that was void by them alone.
    """
    refilled = any(finding.code == VOID and finding.details.get("refilled") for finding in findings)
    for finding in findings:
        if finding.code != "F-STALE" and not (refilled and finding.code in SEAL_FINDINGS):
            yield replace(finding, severity="note") if finding.code in TYPED_OVER else finding
