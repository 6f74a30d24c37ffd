"""A text of others verified on the command line. A text by itself needs no workbook, and no polars."""

from __future__ import annotations

from pathlib import Path

from sheetcredit.bulletin.verify.verification import check_target, verify, write_marked_copy
from sheetcredit.cli.options import BLOCKED, CLEAN, Lang
from sheetcredit.screen.json_form import as_json
from sheetcredit.screen.say import say
from sheetcredit.screen.verified import print_verified


def verify_text(text: Path, file: Path | None, out: Path | None, json: bool, quiet: bool, lang: Lang) -> int:
    """`sheetcredit bulletin --verify`: `text` verified, against `file` where one is given.

    `out` is to be a copy of the text with a comment on each number.
    """
    if out is not None:
        check_target(text, out)
    report = verify(text, file)
    if out is not None:
        write_marked_copy(text, report, out, lang)
    if json:
        print(as_json([report], lang))
    elif not quiet:
        print_verified(report, lang)
        if out is not None:
            say("verified-marked", lang, path=out)
    return BLOCKED if report.blocks else CLEAN
