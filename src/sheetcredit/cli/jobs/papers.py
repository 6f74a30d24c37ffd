"""The papers to sign, written on the command line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from sheetcredit.cli.jobs.workbooks import show
from sheetcredit.cli.options import BLOCKED, CLEAN, Lang
from sheetcredit.model.errors import BadUsage
from sheetcredit.papers.papers import USUAL, make_papers, own_templates_folder
from sheetcredit.papers.papers import copy_templates as copy_ours
from sheetcredit.papers.words import KINDS
from sheetcredit.screen.papers import papers_json, print_papers
from sheetcredit.screen.say import say


def write(
    given: Sequence[Path],
    out: Path | None,
    kinds: Sequence[str] | None,
    one_file: bool,
    draft: bool,
    json: bool,
    quiet: bool,
    lang: Lang,
) -> int:
    """`sheetcredit papers BOOK`: the papers of one workbook, into a folder.

    Raises:
        BadUsage: there is no workbook, or more than one.
    """
    if len(given) != 1:
        raise BadUsage("E-PAPERS-BOOK")
    chosen = [kind for kind in KINDS if kind in kinds] if kinds else USUAL
    made = make_papers(given[0], out, chosen, one_file=one_file, draft=draft)
    refused = made.report.blocks and not draft
    if json:
        print(papers_json(made, lang))
    elif refused:
        show([made.report], json, quiet, lang)
    elif not quiet:
        print_papers(made, lang)
    if refused:
        say("papers-refused", lang, stream=sys.stderr)
    return BLOCKED if made.report.blocks else CLEAN


def copy_templates(given: Sequence[Path], quiet: bool, lang: Lang) -> int:
    """`sheetcredit papers --copy-templates`: ours into the settings folder, nothing replaced.

    Raises:
        BadUsage: a workbook was named as well.
    """
    if given:
        raise BadUsage("E-PAPERS-BOOK")
    copied = copy_ours()
    if not quiet:
        code = "templates-copied" if copied else "templates-there"
        say(code, lang, folder=own_templates_folder(), count=len(copied))
    return CLEAN
