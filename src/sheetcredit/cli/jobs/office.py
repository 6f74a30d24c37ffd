"""The commands of an office: the main job, new workbooks, repairs, recalculation."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from sheetcredit.build.new import make_statement
from sheetcredit.cli.jobs.own_office import OfficeOptions, ensure_office
from sheetcredit.cli.jobs.workbooks import (
    check_files,
    checked,
    distinct,
    exit_code,
    progress,
    read,
    rulebook_of,
    show,
)
from sheetcredit.cli.options import BLOCKED, CLEAN, Lang
from sheetcredit.excel.new_workbook import give_buttons, make_new
from sheetcredit.model.errors import BadUsage, SheetcreditError
from sheetcredit.model.period import parse_period
from sheetcredit.model.text import word
from sheetcredit.next_period import make_next
from sheetcredit.outcome import Report
from sheetcredit.report import check_readings, with_broken_first, write_report
from sheetcredit.rulebook import Rulebook, our_rulebook
from sheetcredit.screen.repairs import show_repairs
from sheetcredit.screen.say import say, tell
from sheetcredit.template.reading import Reading
from sheetcredit.workbooks import OtherReports, other_reports
from sheetcredit.xlsx.atomic_write import destinations, make_folder
from sheetcredit.xlsx.recalc import recalculate

__all__ = ["OfficeOptions", "fix", "new", "next_period", "recalc", "reconcile", "write_files"]

_NAMED = 5
"""Cells named in one line."""


def new(
    out: Path | None,
    office: str | None,
    period: str | None,
    no_buttons: bool,
    association: str | None,
    source: Path | None,
    told: OfficeOptions,
    lang: Lang,
) -> None:
    """`sheetcredit new`: a workbook from the template, an association's statement, or buttons for a workbook.

    An office that nobody knows is asked for on a terminal; what is told of one is remembered.

    Raises:
        BadUsage: options that do not go together, or say too little of an office that nobody knows.
    """
    if office is not None and source is None and out is not None:
        ensure_office(office, period, told, lang)
    if source is not None:
        if office or period or no_buttons or association:
            raise BadUsage("E-FROM-OPTIONS")
        made = give_buttons(source, out)
    elif out is None:
        raise BadUsage("E-NEW-OUT")
    elif association is not None:
        made = make_statement(out, association, office, period)
    else:
        made = make_new(out, office, period, buttons=False if no_buttons else None)
    say("made", lang, path=made)


def next_period(book: Path, out: Path | None, period: str | None, quiet: bool, lang: Lang) -> None:
    """`sheetcredit next`: the next period's workbook, and what is left to do in it."""
    made = make_next(book, out, period=parse_period(period) if period else None)
    if quiet:
        return
    openings = word("next-carried" if made.new_year else "next-same", lang)
    say("next-made", lang, path=made.path, period=made.period, before=made.before.name, openings=openings)
    if made.restated:
        say("next-restated", lang, listed=", ".join(f"{old} → {new}" for old, new in made.restated.items()))
    if made.divided:
        say("next-remedy", lang, told="; ".join(made.divided))


def reconcile(files: Sequence[Path], previous: Path | None, json: bool, quiet: bool, lang: Lang) -> int:
    """`sheetcredit reconcile`: across the sheets and against the previous report, every break explained."""

    def check(readings: Sequence[Reading], rulebook: Rulebook) -> list[Report]:
        return check_readings(readings, rulebook, other_reports(readings, rulebook, previous))

    return check_files(files, check, json, quiet, lang, compared=True)


def write_files(
    files: Sequence[Path],
    out: Path | None,
    json: bool,
    quiet: bool,
    lang: Lang,
    summary_only: bool = False,
    previous: Path | None = None,
    broken_first: bool = False,
) -> int:
    """`sheetcredit run` and `fill`: check all files, write each report into its workbook (or into `out`)."""
    files = distinct(files)
    targets = destinations(files, out)
    rulebook = our_rulebook()
    readings, failures = read(files, rulebook, lang, quiet)

    def check(some: Sequence[Reading], book: Rulebook) -> list[Report]:
        others = other_reports(some, book, previous, targets.values())
        if summary_only:  # of those only last year's has figures to fill in
            others = OtherReports(year_before=others.year_before)
        return check_readings(some, book, others)

    found = checked(readings, rulebook, check)
    written: list[Report] = []
    for reading, report in zip(readings, progress(found, "progress-write", lang, quiet), strict=True):
        target = targets[Path(reading.file)]
        ordered = with_broken_first(report) if broken_first else report
        try:
            if len(files) > 1:
                make_folder(target)
            book = rulebook_of(reading, rulebook)
            written.append(write_report(ordered, reading, book, target, summary_only))
        except SheetcreditError as error:
            tell(error, lang)
            failures += 1
    show(written, json, quiet, lang, compared=not summary_only, summarised=True)
    return exit_code(written, failures)


def fix(file: Path, apply: bool, out: Path | None, json: bool, quiet: bool, lang: Lang) -> int:
    """`sheetcredit fix`: the safe repairs, shown or made."""
    return show_repairs(file, apply, out, json=json, quiet=quiet, language=lang)


def recalc(file: Path, out: Path | None, quiet: bool, lang: Lang) -> int:
    """`sheetcredit recalc`: every formula computed, only the values stored; for workbooks of any template."""
    if not quiet and sys.stderr.isatty():
        say("recalc-working", lang, stream=sys.stderr, path=file)
    done = recalculate(file, out)
    if not quiet:
        code = "recalc-done" if done.changed else "recalc-same"
        say(code, lang, path=done.path, formulas=done.formulas, changed=done.changed)
        if done.left:
            cells = ", ".join(f"{sheet}!{cell}" for sheet, cell in done.left[:_NAMED])
            rest = " …" if len(done.left) > _NAMED else ""
            say("recalc-left", lang, count=len(done.left), cells=cells + rest)
    return BLOCKED if done.left else CLEAN
