"""`sheetcredit import`: the bank's exports shown as changes of a workbook, written when somebody agrees."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import typer

from sheetcredit.cli.options import BLOCKED, CLEAN, Lang
from sheetcredit.excel.new_workbook import WITH, with_buttons
from sheetcredit.imports.importing import Finish, carry_out, prepare_import
from sheetcredit.imports.preview import preview_lines
from sheetcredit.model.errors import BadUsage
from sheetcredit.model.text import word
from sheetcredit.rulebook import our_rulebook
from sheetcredit.screen.imports import has_errors, import_json
from sheetcredit.screen.say import say
from sheetcredit.template.definition import load_office


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What the options ask for: write without asking, where to, with proposals, and who confirmed those."""

    apply: bool
    out: Path | None
    propose: bool
    confirmed: str


def import_exports(paths: Sequence[Path], order: ImportOrder, json: bool, quiet: bool, lang: Lang) -> int:
    """Preview, question, writing; the last path is the workbook, which is made where it is not there.

    On a terminal it is asked for, in a script `--apply` says so; nothing is written otherwise.

    Raises:
        BadUsage: no workbook was named, or the files do not go together.
    """
    if len(paths) < 2:
        raise BadUsage("E-IMPORT-USAGE")
    *files, book = paths
    shown = not (json or quiet)
    with TemporaryDirectory(prefix="sheetcredit-") as folder:
        if shown and sys.stderr.isatty():
            say("import-working", lang, stream=sys.stderr)
        prepared = prepare_import(
            files, book, Path(folder), our_rulebook(), propose=order.propose, finish=_finish(book)
        )
        waiting = bool(prepared.plan.changes) or prepared.made or bool(order.confirmed)
        heading = word("import-new-book" if prepared.made else "import-book", lang, path=book)
        office = prepared.rulebook.office
        for line in preview_lines(prepared.exports, prepared.plan, office, heading, lang) if shown else ():
            print(line)
        agreed = order.apply or (shown and waiting and _agreed(order.out or book, lang))
        written = (
            carry_out(prepared, order.out, order.confirmed) if agreed and (waiting or order.out) else None
        )
    if json:
        print(import_json(prepared, written, lang))
    elif not quiet:
        code = "import-done" if written else "import-shown" if waiting else "import-same"
        say(code, lang, path=written or order.out or book, count=len(prepared.plan.changes))
    if has_errors(prepared.exports.findings) or (waiting and written is None):
        return BLOCKED
    return CLEAN


def _agreed(target: Path, lang: Lang) -> bool:
    """Whether somebody at a terminal says yes; nobody is there in a script."""
    asking = sys.stdin.isatty() and sys.stdout.isatty()
    return asking and typer.confirm(word("import-ask", lang, path=target), default=False)


def _finish(book: Path) -> Finish | None:
    """A new .xlsm gets its buttons."""
    if book.suffix.lower() != WITH:
        return None
    return lambda data, path: with_buttons(data, load_office(), str(path))
