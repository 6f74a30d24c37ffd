"""The first half of the main job: workbooks read, understood, and each sheet held against its schema."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sheetcredit.checks.drift import find_drift
from sheetcredit.checks.explanations import explained, read_explanations
from sheetcredit.checks.questions import find_questions
from sheetcredit.checks.schema import find_empty, validate_frames
from sheetcredit.checks.stale import find_stale
from sheetcredit.checks.submissions import find_submissions
from sheetcredit.model.errors import NotOurTemplate
from sheetcredit.model.finding import SEVERITIES, Finding
from sheetcredit.outcome import Report
from sheetcredit.rulebook import Rulebook, our_rulebook
from sheetcredit.seal.changes import find_void_seals
from sheetcredit.template.frames import Frames, stack_as_typed
from sheetcredit.template.reading import Reading, understand

if TYPE_CHECKING:
    from sheetcredit.figures.summary import Summary
    from sheetcredit.template.definition import Office


def validate(path: str | Path, rulebook: Rulebook | None = None) -> Report:
    """Each sheet of a workbook against its schema.

    Raises:
        SheetcreditError: the workbook cannot be read, or is not of our template.
    """
    book = rulebook or our_rulebook()
    return validate_readings([read_office(path, book)], book)[0]


def read_office(path: str | Path, rulebook: Rulebook) -> Reading:
    """A workbook read and understood."""
    from sheetcredit.xlsx.read import read_book  # noqa: PLC0415 - a button reads no file

    sheets = [sheet.sheet for sheet in rulebook.office.tables()]
    book = read_book(Path(path), sheets)
    try:
        return understand(book, rulebook.office)
    except NotOurTemplate as error:
        from sheetcredit.template.recognise import is_statement  # noqa: PLC0415 - only to tell what it is

        if is_statement(book):
            raise NotOurTemplate("E-IS-STATEMENT", path=path) from error
        raise


def validate_readings(readings: Sequence[Reading], rulebook: Rulebook, *, form: bool = False) -> list[Report]:
    """Each sheet against its schema, for any number of workbooks at once.

    With `form` each file is also held against the template file: what was added, taken away or never
    calculated.
    """
    frames = stack_as_typed(block for reading in readings for block in reading.blocks)
    found = validated(frames, readings, rulebook)
    if form:
        from sheetcredit.checks.form import compare_form  # noqa: PLC0415 - opens the files again

        found += [one for reading in readings for one in compare_form(reading, rulebook.office)]
    single = by_file_of(found)
    return [report_of(reading, single.get(reading.file, ()), rulebook) for reading in readings]


def validated(frames: Frames, readings: Sequence[Reading], rulebook: Rulebook) -> list[Finding]:
    """Everything that validation finds in stacked frames whose numbers are still as they were typed."""
    by_file = {reading.file: reading for reading in readings}
    found = [finding for reading in readings for finding in reading.findings]
    found += validate_frames(rulebook.office, frames, by_file)
    found += find_stale(readings)
    found += find_empty(readings)
    found += find_void_seals(readings, rulebook.office)
    found += find_questions(readings, rulebook.office)
    found += find_submissions(readings, rulebook.office)
    found += find_drift(readings, rulebook.office)
    return found


def by_file_of(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """The findings of each workbook, in their order."""
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        found[finding.file].append(finding)
    return found


def report_of(
    reading: Reading,
    findings: Sequence[Finding],
    rulebook: Rulebook,
    outcomes: Mapping[str, int] | None = None,
    summary: Summary | None = None,
) -> Report:
    """The report of one workbook: findings with the user's explanations, in the order of the sheets."""
    explanations = read_explanations(reading.book, rulebook.office)
    settled = sorted(explained(findings, explanations), key=lambda finding: _order(finding, rulebook.office))
    keys = {finding.key for finding in settled}
    return Report(
        file=reading.file,
        office=reading.info.office,
        office_name=reading.info.office_name,
        period=reading.info.period,
        unit=reading.info.unit,
        unit_name=reading.info.unit_name,
        findings=tuple(settled),
        outcomes=_with_explained(outcomes or {}, settled),
        summary=summary,
        orphans=tuple(text for key, text in explanations.items() if key not in keys),
        info=reading.info,
        names=reading.book.names,
    )


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


def _order(finding: Finding, office: Office) -> tuple[object, ...]:
    """What blocks first; then by sheet, row and column as one walks through the workbook."""
    sheets = [sheet.sheet for sheet in office.sheets]
    place = sheets.index(finding.sheet) if finding.sheet in sheets else -1
    letters = "".join(filter(str.isalpha, finding.cell or ""))
    severity = SEVERITIES.index(finding.severity)
    return severity, place, finding.row or 0, len(letters), letters, finding.code, finding.key
