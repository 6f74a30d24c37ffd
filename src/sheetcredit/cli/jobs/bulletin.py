"""The quarter's bulletin on the command line: written from a workbook, or a text of it verified."""

from __future__ import annotations

import sys
from pathlib import Path

from sheetcredit.bulletin.publish import publish
from sheetcredit.bulletin.verify.verification import check_target, verify, write_marked_copy
from sheetcredit.cli.jobs.workbooks import show
from sheetcredit.cli.options import BLOCKED, CLEAN, Lang
from sheetcredit.model.errors import BadUsage
from sheetcredit.screen.say import say
from sheetcredit.screen.verified import print_verified


def bulletin(
    file: Path | None,
    out: Path | None,
    text: Path | None,
    draft: bool,
    template: Path | None,
    json: bool,
    quiet: bool,
    lang: Lang,
) -> int:
    """`sheetcredit bulletin`: composed from `file`, or with `text` that text verified (against `file`);
    then `out` is a copy of it with a comment on each number.

    Raises:
        BadUsage: options that do not go together, or neither a workbook nor a text.
    """
    if text is not None:
        if draft or template:
            raise BadUsage("E-BULLETIN-USE")
        return _verify(text, file, out, json, quiet, lang)
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


def _verify(text: Path, file: Path | None, out: Path | None, json: bool, quiet: bool, lang: Lang) -> int:
    if out is not None:
        check_target(text, out)
    report = verify(text, file)
    if out is not None:
        write_marked_copy(text, report, out, lang)
    if json:
        show([report], json, quiet, lang)
    elif not quiet:
        print_verified(report, lang)
        if out is not None:
            say("verified-marked", lang, path=out)
    return BLOCKED if report.blocks else CLEAN
