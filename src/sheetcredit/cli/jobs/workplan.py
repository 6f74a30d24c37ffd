"""The next quarter's work on the command line."""

from __future__ import annotations

import json as json_format
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from sheetcredit.cli.jobs.workbooks import distinct, read
from sheetcredit.cli.options import CLEAN, COULD_NOT_RUN, Lang
from sheetcredit.model.errors import BadUsage
from sheetcredit.rulebook import our_rulebook
from sheetcredit.screen.json_form import VERSION
from sheetcredit.screen.say import say
from sheetcredit.screen.workplan import print_totals, totals_json
from sheetcredit.workplan.fill import fill_plan
from sheetcredit.workplan.totals import sum_work
from sheetcredit.workplan.upgrade import upgrade as upgrade_workbook


def upgrade(file: Path, out: Path | None, quiet: bool, lang: Lang) -> int:
    """`sheetcredit upgrade`: the sheets that a workbook lacks, added behind its own."""
    path, added = upgrade_workbook(file, out)
    if not quiet:
        say("upgraded" if added else "upgraded-already", lang, path=path, sheets=", ".join(added))
    return CLEAN


def fill(files: Sequence[Path], out: Path | None, json: bool, quiet: bool, lang: Lang) -> int:
    """`sheetcredit plan BOOK`: the proposals written into its `Kế hoạch`.

    Raises:
        BadUsage: several workbooks, which are summed with --total only.
    """
    if len(files) != 1:
        raise BadUsage("E-PLAN-FILES")
    filled = fill_plan(files[0], out)
    if json:
        told = {**asdict(filled), "path": str(filled.path)}
        print(json_format.dumps({"version": VERSION, "plan": told}, ensure_ascii=False, indent=1))
    elif not quiet:
        say("plan-filled", lang, **asdict(filled))
    return CLEAN


def total(files: Sequence[Path], json: bool, quiet: bool, lang: Lang) -> int:
    """`sheetcredit plan --total FILE...`: plan, done, open and signed, by office and association."""
    rulebook = our_rulebook()
    readings, failures = read(distinct(files), rulebook, lang, quiet)
    totals = sum_work([reading for reading in readings if "units" not in reading.tables], rulebook.catalogues)
    if json:
        print(totals_json(totals))
    elif not quiet:
        print_totals(totals, lang)
    return COULD_NOT_RUN if failures else CLEAN
