"""The quarter's bulletin, written from a workbook on the command line."""

from __future__ import annotations

import sys
from pathlib import Path

from sheetcredit.bulletin.publish import publish
from sheetcredit.cli.jobs.workbooks import show
from sheetcredit.cli.options import BLOCKED, CLEAN, Lang
from sheetcredit.model.errors import BadUsage
from sheetcredit.screen.say import say


def bulletin(
    file: Path | None,
    out: Path | None,
    draft: bool,
    template: Path | None,
    json: bool,
    quiet: bool,
    lang: Lang,
) -> int:
    """`sheetcredit bulletin`: composed from `file`, to `out` or the screen.

    Raises:
        BadUsage: there is no workbook.
    """
    if file is None:
        raise BadUsage("E-BULLETIN-WHAT")
    made = publish(file, out, draft, template)
    refused = made.report.blocks and not draft
    if refused or json:
        show([made.report], json, quiet, lang)
    if refused:
        say("bulletin-refused", lang, stream=sys.stderr)
        return BLOCKED
    if made.written_to and not json and not quiet:
        say("bulletin-written", lang, path=made.written_to)
    elif made.text and not json and not quiet:
        print(made.text, end="")
    return BLOCKED if made.report.blocks else CLEAN
