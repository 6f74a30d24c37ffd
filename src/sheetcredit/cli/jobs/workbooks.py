"""What all commands on workbooks share: reading with progress, showing reports, the exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from sheetcredit.cli.options import BLOCKED, CLEAN, COULD_NOT_RUN, Lang
from sheetcredit.consolidate.branch_report import branch_rulebook, read_branch_instead
from sheetcredit.model.errors import NotOurTemplate, SheetcreditError
from sheetcredit.model.text import word
from sheetcredit.outcome import Report
from sheetcredit.report import validate_readings
from sheetcredit.rulebook import Rulebook, our_rulebook
from sheetcredit.screen.json_form import as_json
from sheetcredit.screen.say import tell
from sheetcredit.screen.terminal import Terminal
from sheetcredit.template.reading import Reading
from sheetcredit.workbooks import read_office

Item = TypeVar("Item")
Check = Callable[[Sequence[Reading], Rulebook], list[Report]]


def validate(files: Sequence[Path], fingerprint: bool, json: bool, quiet: bool, lang: Lang) -> int:
    """`sheetcredit validate`: each sheet against its schema; with `fingerprint` against the template too."""
    return check_files(files, partial(validate_readings, form=fingerprint), json, quiet, lang)


def check_files(
    files: Sequence[Path], check: Check, json: bool, quiet: bool, lang: Lang, compared: bool = False
) -> int:
    """Read all files, check them together, show each; what cannot be read is reported and stops nothing."""
    rulebook = our_rulebook()
    readings, failures = read(distinct(files), rulebook, lang, quiet)
    reports = checked(readings, rulebook, check)
    show(reports, json, quiet, lang, compared=compared)
    return exit_code(reports, failures)


def checked(readings: Sequence[Reading], rulebook: Rulebook, check: Check) -> list[Report]:
    """The reports in the order of the readings: workbooks of offices together, those of branches together."""
    together: dict[Rulebook, list[Reading]] = {}
    for reading in readings:
        together.setdefault(rulebook_of(reading, rulebook), []).append(reading)
    reports = {report.file: report for book, some in together.items() for report in check(some, book)}
    return [reports[reading.file] for reading in readings]


def rulebook_of(reading: Reading, rulebook: Rulebook) -> Rulebook:
    """What a workbook is checked by: the rulebook of offices unless it is a branch's."""
    return branch_rulebook() if "units" in reading.tables else rulebook


def distinct(files: Sequence[Path]) -> list[Path]:
    """The files, each once: one given twice is still one workbook."""
    distinct: dict[Path, Path] = {}
    for file in files:
        distinct.setdefault(file.resolve(), file)
    return list(distinct.values())


def read(files: Sequence[Path], rulebook: Rulebook, lang: Lang, quiet: bool) -> tuple[list[Reading], int]:
    """The files that can be read, located and typed; and how many cannot, each reported on stderr."""
    readings: list[Reading] = []
    failures = 0
    for path in progress(files, "progress-read", lang, quiet):
        try:
            try:
                readings.append(read_office(path, rulebook))
            except NotOurTemplate as refused:
                readings.append(read_branch_instead(path, refused))
        except SheetcreditError as error:
            tell(error, lang)
            failures += 1
    return readings, failures


def progress(items: Sequence[Item], code: str, lang: Lang, quiet: bool) -> Iterator[Item]:
    """The items, with a progress bar on stderr when there are several and somebody watches."""
    if quiet or len(items) < 2 or not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console  # noqa: PLC0415 - a tenth of a second, for one file nothing
    from rich.progress import track  # noqa: PLC0415 - as above

    yield from track(items, description=word(code, lang), console=Console(stderr=True), transient=True)


def show(
    reports: Sequence[Report],
    json: bool,
    quiet: bool,
    lang: Lang,
    compared: bool = False,
    summarised: bool = False,
) -> None:
    """The reports on stdout: for programs, or as people read them, or not at all."""
    if json:
        print(as_json(reports, lang))
    elif not quiet:
        terminal = Terminal(sys.stdout, lang)
        for report in reports:
            terminal.report(report, compared and len(reports) == 1, summarised and len(reports) == 1)
        if len(reports) > 1:
            terminal.totals(reports)


def exit_code(reports: Sequence[Report], failures: int) -> int:
    """What a command ends with, by its reports and the files that could not be read or written."""
    if failures:
        return COULD_NOT_RUN
    return BLOCKED if any(report.blocks for report in reports) else CLEAN
