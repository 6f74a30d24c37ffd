"""Consolidation, top to bottom: files read and checked; versions chosen; summed; checked again; written.

One branch over its offices, or the head office over its branches: the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

from sheetcredit.archive.write import Accepted, append
from sheetcredit.checks.explanations import explained, read_explanations
from sheetcredit.consolidate.arrivals import Arrivals, Submission, arrivals, office_label, with_branches
from sheetcredit.consolidate.bank_sums import findings_of_bank
from sheetcredit.consolidate.branch_report import branch_rulebook, check_branch, read_branch
from sheetcredit.consolidate.branch_workbook import (
    BranchWorkbook,
    branch_content,
    build_branch_workbook,
    details_of_user,
)
from sheetcredit.consolidate.neighbours import findings_of_neighbours
from sheetcredit.consolidate.origins import origin_text, untrusted_reason, with_seals_judged
from sheetcredit.filling import CellEdit
from sheetcredit.intake.candidates import Candidate, candidates
from sheetcredit.mail.receipt import receipt_for, write_receipt
from sheetcredit.model.errors import CannotWrite, NotOurTemplate, SheetcreditError
from sheetcredit.model.finding import SEVERITIES, Finding, digest_of, severity_of
from sheetcredit.model.period import Period
from sheetcredit.model.text import LANGUAGES
from sheetcredit.outcome import Gathered, Report
from sheetcredit.pool.cache import ResultCache
from sheetcredit.pool.gather import Progress, gather
from sheetcredit.rulebook import Rulebook
from sheetcredit.rules.previous import offices_on
from sheetcredit.seal.keys import own_key, trusted_keys
from sheetcredit.seal.trust import keys_by_office
from sheetcredit.template.reading import Reading
from sheetcredit.workbooks import other_reports, read_office
from sheetcredit.xlsx.locks import refuse_open_elsewhere


@dataclass(frozen=True, slots=True)
class Options:
    """How to consolidate: which period, whom to expect, and what to do with reports that something blocks.

    `previous`: the branch's previous workbook, looked for beside the new one unless named; `executor` or
    `workers` as in `gather`; `cache` holds reports that were read before; `archive`: where the previous
    reports of the offices are looked for.
    """

    period: Period | None = None
    expected: Path | None = None
    include_blocked: bool = False
    previous: Path | None = None
    executor: Executor | None = None
    workers: int | None = None
    cache: ResultCache | None = None
    archive: Path | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """The branch's report of an earlier period: its figures, and of which of the offices expected then."""

    report: Report
    offices: frozenset[str]
    expected: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What the reports at hand add up to, and all that was found.

    `report` is the branch's own; `findings` are its findings and those of the offices' workbooks, the latter
    keyed by office. `tables`: the rows of the branch workbook by id of their sheet, amounts in triệu.
    `previous` and `last_year` are the branch's reports of the period before, and of the same one a year
    ago, where they were found.
    """

    arrivals: Arrivals
    tables: Mapping[str, Sequence[Mapping[str, object]]]
    report: Report
    findings: tuple[Finding, ...]
    previous: Earlier | None = None
    last_year: Earlier | None = None


@dataclass(frozen=True, slots=True)
class Consolidated:
    """What came of it. `kept`: where the workbook that was at this place before is kept, if it was built
    anew."""

    totals: Totals
    report: Report
    written_to: Path
    kept: Path | None = None

    @property
    def arrivals(self) -> Arrivals:
        """Who has reported, and what with."""
        return self.totals.arrivals

    @property
    def reports(self) -> list[Report]:
        """The reports of the offices, those that were summed and those that were returned."""
        judged = (one.judged for one in self.arrivals.submissions if one.judged)
        return [one.report for one in judged if one.report]


def consolidate(
    paths: Sequence[Path],
    out: Path,
    rulebook: Rulebook,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Consolidated:
    """All reports at these places in one reconciled workbook at `out`.

    Raises:
        BadUsage: there is nothing to consolidate.
        CannotWrite: `out` is something else, open elsewhere, or cannot be written.
    """
    _old_workbook(out)  # refuses before anything is kept beside it
    return consolidate_files(files_at(paths, out), out, rulebook, options or Options(), progress)


def files_at(paths: Sequence[Path], out: Path) -> list[Candidate]:
    """What lies at these places, `out` left out.

    What is attached to mails is kept in a folder beside `out`, where the links of `Kiểm tra` lead.
    """
    return candidates(paths, out.with_name(f"{out.stem}-dinh-kem"), [out])


def consolidate_files(
    files: Sequence[Candidate],
    out: Path,
    rulebook: Rulebook,
    options: Options,
    progress: Progress | None = None,
) -> Consolidated:
    """The same for files that are known already.

    Raises:
        BadUsage: there is no report, or none of the period.
        CannotWrite: `out` is of another branch or period, or cannot be written.
    """
    old = _old_workbook(out)
    gathered = read_all(files, rulebook, options, progress)
    arrived = arrivals(
        gathered, rulebook.catalogues, options.period, options.expected, options.include_blocked
    )
    workbook, totals = _summed(arrived, out, rulebook, options, old)
    whole = _with_findings(totals.report, totals.findings)
    written_to, kept = workbook.write(whole, Beside(arrived, out))
    return Consolidated(totals, replace(totals.report, written_to=written_to), written_to, kept)


def totals_of(arrived: Arrivals, out: Path, rulebook: Rulebook, options: Options) -> Totals:
    """What the reports of a period would add up to in a branch workbook at `out`; nothing is written."""
    return _summed(arrived, out, rulebook, options, None)[1]


def _summed(
    arrived: Arrivals, out: Path, rulebook: Rulebook, options: Options, old: Reading | None
) -> tuple[BranchWorkbook, Totals]:
    """The branch workbook to be, checked by its own rules."""
    of_bank, exports = findings_of_bank(arrived, rulebook)
    told = [one for one in findings_of_files(arrived) if one.file not in exports]
    of_files = [*told, *findings_of_neighbours(arrived, options.archive), *of_bank]
    of_offices = _findings_of_offices(arrived)
    content = branch_content(arrived, rulebook.catalogues, details_of_user(old))
    workbook = build_branch_workbook(out, content, old, arrived, len(of_files) + len(of_offices))
    reading = workbook.reading
    others = other_reports([reading], branch_rulebook(), options.previous, [out])
    report = check_branch(reading, others)
    of_files, of_offices = (_explained(found, reading) for found in (of_files, of_offices))
    report = _with_findings(report, sorted((*of_files, *report.findings), key=_severity))
    totals = Totals(
        arrived, content.tables, report, (*report.findings, *of_offices),
        _earlier(others.previous.get(reading.file)), _earlier(others.year_before.get(reading.file)),
    )  # fmt: skip
    return workbook, totals


def _earlier(reading: Reading | None) -> Earlier | None:
    if reading is None:
        return None
    return Earlier(
        check_branch(reading), offices_on(reading, "units"), len(offices_on(reading, "submissions"))
    )


def _old_workbook(out: Path) -> Reading | None:
    """The branch workbook that is there already; None where there is none.

    Raises:
        CannotWrite: the file is open elsewhere, or is no branch workbook: nothing is written over it.
    """
    if out.suffix.lower() != ".xlsx":
        raise CannotWrite("E-FORMAT", path=out, suffix=out.suffix or out.name)
    if not out.parent.is_dir():
        raise CannotWrite("E-GONE", path=out, folder=out.parent)
    if not out.exists():
        return None
    refuse_open_elsewhere(out.resolve())
    try:
        return read_branch(out)
    except SheetcreditError as error:
        raise CannotWrite("E-OUT-FOREIGN", path=out) from error


# Reading


def read_all(
    files: Sequence[Candidate], rulebook: Rulebook, options: Options, progress: Progress | None = None
) -> list[Gathered]:
    """What came in, read and checked; an error names the file by where it came from."""
    readable = [one for one in files if one.error is None]
    closed = [
        Gathered(str(one.path), one.origin, one.received, error=one.error) for one in files if one.error
    ]
    gathered = gather(
        readable, rulebook, executor=options.executor, workers=options.workers, progress=progress,
        cache=options.cache, archive=options.archive,
    )  # fmt: skip
    gathered = [
        replace(found, sender=one.sender, message_id=one.message_id, subject=one.subject)
        for one, found in zip(readable, gathered, strict=True)
    ]
    trusted = keys_by_office(trusted_keys(), rulebook.catalogues)
    judged = with_seals_judged(with_branches(gathered), trusted)
    return [_by_origin(one) for one in (*judged, *closed)]


def _by_origin(one: Gathered) -> Gathered:
    """An error names the file as people know it: the attachment of a mail, not where that was kept."""
    if one.error is None or "path" not in one.error.details:
        return one
    details = {**one.error.details, "path": one.origin}
    return replace(one, error=type(one.error)(one.error.code, **details))


# Findings beside those of the branch workbook's own sheets


def _severity(finding: Finding) -> int:
    return SEVERITIES.index(finding.severity)


def _findings_of_offices(arrived: Arrivals) -> list[Finding]:
    """The findings of the offices' own workbooks, what blocks first, keyed by office."""
    found = [
        replace(finding, key=f"{one.office}|{finding.key}")
        for one in arrived.submissions
        for finding in one.findings
    ]
    return sorted(found, key=_severity)


def findings_of_files(arrived: Arrivals) -> list[Finding]:
    """What no row of `Tình hình nộp` can say: unreadable files, reports without a code or of a later period,
    offices that are not on the list."""
    found = [finding for stray in arrived.strays for finding in _of_stray(stray, arrived)]
    for one in arrived.submissions:
        found += _of_newer_versions(one)
        if not one.expected and one.judged is not None:
            details = {"office": f"{one.office} {one.name}", "branch": arrived.owner.name}
            found.append(_of_file("N-FOREIGN", one.judged, details, one.office))
        found += _of_strangers(one)
    if not arrived.listed:
        found.append(
            Finding(
                file="", code="N-NO-LIST", severity=severity_of("N-NO-LIST"), sheet=None,
                details={"branch": arrived.owner.name}, key="N-NO-LIST",
            )
        )  # fmt: skip
    return found


def _of_strangers(one: Submission) -> Iterator[Finding]:
    """Versions that are not surely the office's own, and mails from another address than usual.

    Usual is the address that the list of offices names, or else the one that brought the version that counts
    with a signature that is trusted.
    """
    versions = [passed.gathered for passed in (one.chosen.passed_over if one.chosen else ())]
    label = office_label(one.office, one.name)
    for version in versions:
        reason = untrusted_reason(version)
        if reason is not None and version is not one.judged:
            reasons = {language: reason.message(language) for language in ("vi", "en")}
            details = {"office": label, "from": origin_text(version), "reason": reasons}
            yield _of_file("N-UNTRUSTED", version, details, f"{one.office}|{version.digest}")
    signed = one.used if one.used and one.used.sealed and one.used.sealed.signer else None
    usual = one.sender or (signed.sender if signed else "")
    for version in filter(None, (one.used, *versions)):
        if usual and version.sender not in ("", usual):
            details = {"office": label, "sender": version.sender, "usual": usual}
            yield _of_file("N-SENDER", version, details, f"{one.office}|{version.sender}|{version.digest}")


def _of_stray(stray: Gathered, arrived: Arrivals) -> Iterator[Finding]:
    if stray.error is not None:
        reasons = {
            language: f"{stray.error.message(language)} {stray.error.remedy(language)}"
            for language in LANGUAGES
        }
        found = _of_file("N-UNREADABLE", stray, {"reason": reasons}, stray.origin)
        if isinstance(stray.error, NotOurTemplate):  # somebody's own workbook, not a report that is lost
            found = replace(found, severity="note")
        yield found
        return
    report = stray.report
    if report is None or stray.kind not in ("office", "branch"):
        return
    if report.office is None or report.period is None:
        yield _of_file("N-NO-CODE", stray, {}, stray.origin)
        return
    missing = {one.office for one in arrived.submissions if one.state == "missing"}
    later = arrived.period.is_before(report.period)
    if later or (report.period != arrived.period and report.office in missing):
        details = {
            "office": report.office_name or report.office, "found": str(report.period),
            "period": str(arrived.period),
        }  # fmt: skip
        yield _of_file("N-OTHER-PERIOD", stray, details, stray.origin)


def _of_newer_versions(one: Submission) -> Iterator[Finding]:
    """A version that came after the one whose figures are used, and was returned."""
    if one.chosen is None or one.chosen.used is None:
        return
    for passed in one.chosen.returned:
        details = {
            "office": f"{one.office} {one.name}", "used": one.chosen.used.origin,
            "reason": {language: passed.text(language) for language in LANGUAGES},
        }  # fmt: skip
        yield _of_file("N-NEWER", passed.gathered, details, f"{one.office}|{passed.gathered.digest}")


def judged_and_returned(one: Submission) -> Iterator[Gathered]:
    """The version that the state speaks of, and those that came after it and are returned."""
    if one.judged is not None:
        yield one.judged
    for passed in one.chosen.returned if one.chosen else ():
        if passed.gathered is not one.judged:
            yield passed.gathered


def _of_file(code: str, about: Gathered, details: Mapping[str, object], key: str) -> Finding:
    return Finding(
        file=about.path, code=code, severity=severity_of(code), sheet=None,
        details={"origin": about.origin, **details}, key=f"{code}|{key}", digest=digest_of(about.digest),
    )  # fmt: skip


def _explained(findings: Sequence[Finding], reading: Reading) -> list[Finding]:
    """The findings, each with the text that the user wrote beside it in the old branch workbook."""
    return explained(findings, read_explanations(reading.book, branch_rulebook().office))


def _with_findings(report: Report, findings: Sequence[Finding]) -> Report:
    """The report with these findings; an explanation that belongs to one of them is no orphan any more."""
    keys = {finding.key for finding in findings}
    orphans = tuple(orphan for orphan in report.orphans if orphan.key not in keys)
    return replace(report, findings=tuple(findings), orphans=orphans)


class Beside:
    """What stands beside a finding in `Kiểm tra`.

    `unit_name`: whose it is; `file`: as people know it; `path`: the link from `out` that leads there.
    """

    def __init__(self, arrived: Arrivals, out: Path) -> None:
        self._out = out
        self._files: Mapping[str, tuple[str, Gathered]] = {
            file.path: (office_label(one.office, one.name), file)
            for one in arrived.submissions
            for file in judged_and_returned(one)
        }
        self._strays = {one.path: one for one in arrived.strays}

    def __call__(self, finding: Finding) -> dict[str, CellEdit]:
        """The cells beside a finding, by column."""
        if finding.file in self._files:
            label, gathered = self._files[finding.file]
            place = {"address": None, "path": _link(gathered.path, self._out)}
            return {"unit_name": label, "file": gathered.origin, **place}
        stray = self._strays.get(finding.file)
        return {"file": stray.origin, "path": _link(stray.path, self._out)} if stray else {}


def _link(path: str, out: Path) -> str:
    """A file as a link in `out` names it: from the workbook's own folder where that is possible."""
    if "://" in path:
        return path
    try:
        relative = os.path.relpath(path, out.resolve().parent)
    except ValueError:  # another drive of Windows
        relative = str(Path(path).resolve())
    return relative.replace(os.sep, "/").replace("#", "%23")


# After it: receipts back to the offices, accepted reports into the archive


def write_receipts(result: Consolidated, folder: Path, rulebook: Rulebook) -> list[Path]:
    """A receipt for each report that came: accepted for the version that is used, returned for what came
    after it (or for the latest, where none is valid). Signed where this machine has a key.

    Raises:
        CannotWrite: a receipt cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite("E-WRITE", path=folder, reason=error.strerror or error) from error
    key, issued_by = own_key(), result.arrivals.owner.name
    written = []
    for one in _answered(result):
        reading = read_branch(one.path) if one.kind == "branch" else read_office(one.path, rulebook)
        assert one.report is not None
        kind = branch_rulebook() if one.kind == "branch" else rulebook
        receipt = receipt_for(one.report, reading, issued_by=issued_by, rulebook=kind)
        written.append(write_receipt(receipt, folder, key))
    return written


def _answered(result: Consolidated) -> Iterator[Gathered]:
    """The versions that are answered; what could not be read is nobody's."""
    for submission in result.arrivals.submissions:
        yield from (one for one in judged_and_returned(submission) if one.report is not None)


def keep_in_archive(result: Consolidated, folder: Path, rulebook: Rulebook) -> Accepted:
    """The accepted reports of offices put into the archive; what became of each.

    Raises:
        CannotWrite, CannotRead: as `archive.write.append`.
    """
    used = [one.used for one in result.arrivals.summed if one.state != "provisional"]
    return append([one for one in used if one and one.kind == "office"], folder, rulebook)
