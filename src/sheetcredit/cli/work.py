"""What the commands do alike: read files with a progress bar, check or write them, show what was found."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeVar

from sheetcredit.cli.options import BLOCKED, CLEAN, COULD_NOT_RUN, Lang

if TYPE_CHECKING:
    from sheetcredit.model.errors import SheetcreditError
    from sheetcredit.outcome import Report
    from sheetcredit.rulebook import Rulebook
    from sheetcredit.template.reading import Reading

Item = TypeVar("Item")


def check_files(
    files: Sequence[Path],
    check: Callable[..., list[Report]],
    json: bool,
    quiet: bool,
    lang: Lang,
    compared: bool = False,
) -> int:
    """Read all files, check them together, show each; unreadable ones are told and do not stop the rest."""
    from sheetcredit.rulebook import our_rulebook  # noqa: PLC0415

    rulebook = our_rulebook()
    readings, failures = read(distinct(files), rulebook, lang, quiet)
    reports = _checked(readings, rulebook, check)
    show(reports, json, quiet, lang, compared=compared)
    return exit_code(reports, failures)


def write_files(
    files: Sequence[Path],
    out: Path | None,
    json: bool,
    quiet: bool,
    lang: Lang,
    summary_only: bool = False,
    previous: Path | None = None,
) -> int:
    """Read and check all files, write each report into its workbook (or into `out`), show them."""
    from sheetcredit import report  # noqa: PLC0415
    from sheetcredit.model.errors import SheetcreditError  # noqa: PLC0415
    from sheetcredit.previous import previous_readings  # noqa: PLC0415
    from sheetcredit.rulebook import our_rulebook  # noqa: PLC0415
    from sheetcredit.xlsx.atomic_write import destinations, make_folder  # noqa: PLC0415

    files = distinct(files)
    targets = destinations(files, out)
    rulebook = our_rulebook()
    readings, failures = read(files, rulebook, lang, quiet)

    def check(some: Sequence[Reading], book: Rulebook) -> list[Report]:
        before = {} if summary_only else previous_readings(some, book, previous, targets.values())
        return report.check_readings(some, book, before)

    checked = _checked(readings, rulebook, check)
    written: list[Report] = []
    for reading, found in zip(readings, progress(checked, "progress-write", lang, quiet), strict=True):
        target = targets[Path(reading.file)]
        try:
            if len(files) > 1:
                make_folder(target)
            written.append(
                report.write_report(found, reading, _rulebook_of(reading, rulebook), target, summary_only)
            )
        except SheetcreditError as error:
            tell(error, lang)
            failures += 1
    show(written, json, quiet, lang, compared=not summary_only, summarised=True)
    return exit_code(written, failures)


def _checked(
    readings: Sequence[Reading], rulebook: Rulebook, check: Callable[..., list[Report]]
) -> list[Report]:
    """The reports in the order of the readings: workbooks of offices together, those of branches together."""
    together: dict[Rulebook, list[Reading]] = {}
    for reading in readings:
        together.setdefault(_rulebook_of(reading, rulebook), []).append(reading)
    reports = {report.file: report for book, some in together.items() for report in check(some, book)}
    return [reports[reading.file] for reading in readings]


def _rulebook_of(reading: Reading, rulebook: Rulebook) -> Rulebook:
    """What a workbook is checked by: the rulebook of offices unless it is a branch's."""
    if "units" not in reading.tables:
        return rulebook
    from sheetcredit.consolidate.report import branch_rulebook  # noqa: PLC0415

    return branch_rulebook()


def distinct(files: Sequence[Path]) -> list[Path]:
    """The files, each once: one given twice is still one workbook."""
    distinct: dict[Path, Path] = {}
    for file in files:
        distinct.setdefault(file.resolve(), file)
    return list(distinct.values())


def read(files: Sequence[Path], rulebook: Rulebook, lang: Lang, quiet: bool) -> tuple[list[Reading], int]:
    """The files that can be read, understood; and how many cannot, each told on stderr."""
    from sheetcredit.model.errors import NotOurTemplate, SheetcreditError  # noqa: PLC0415
    from sheetcredit.validation import read_office  # noqa: PLC0415

    readings: list[Reading] = []
    failures = 0
    for path in progress(files, "progress-read", lang, quiet):
        try:
            try:
                readings.append(read_office(path, rulebook))
            except NotOurTemplate as refused:
                from sheetcredit.consolidate.report import read_branch_instead  # noqa: PLC0415

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
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import track  # noqa: PLC0415

    from sheetcredit.model.text import word  # noqa: PLC0415

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
        from sheetcredit.screen.json_form import as_json  # noqa: PLC0415

        print(as_json(reports, lang))
        return
    if quiet:
        return
    from sheetcredit.screen.terminal import Terminal  # noqa: PLC0415

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


def say(code: str, lang: Lang, stream: TextIO | None = None, **details: object) -> None:
    """One line of the screen catalogue, on stdout unless another stream is given."""
    from sheetcredit.model.text import word  # noqa: PLC0415

    print(word(code, lang, **details), file=stream or sys.stdout)


def tell(error: SheetcreditError, lang: Lang) -> None:
    """One line on stderr: what happened and what to do."""
    from sheetcredit.model.text import one_line, word  # noqa: PLC0415

    line = word("error-line", lang, message=error.message(lang), remedy=error.remedy(lang))
    print(one_line(line), file=sys.stderr)


def failed(error: Exception, given: Sequence[str], lang: Lang) -> int:
    """What no command foresaw: the user gets one line, the log the details of what nobody foresaw at all."""
    from sheetcredit.log import log_failure  # noqa: PLC0415
    from sheetcredit.model.errors import BadUsage, SheetcreditError  # noqa: PLC0415

    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:  # whoever looked at it first
        error = BadUsage("E-LONG-NAME", path=error.filename)
    if not isinstance(error, SheetcreditError):
        reason = f"{type(error).__name__}: {error}"
        error = SheetcreditError("E-INTERNAL", reason=reason, log=log_failure(error, given))
    tell(error, lang)
    return COULD_NOT_RUN
