"""What the commands about this machine do: look it over, and set Excel up."""

from __future__ import annotations

from pathlib import Path

from sheetcredit.cli.options import CLEAN, COULD_NOT_RUN, Lang
from sheetcredit.excel.machine import this_machine
from sheetcredit.excel.new_workbook import make_new
from sheetcredit.excel.setup import install, uninstall
from sheetcredit.screen.doctor import examine, print_examination
from sheetcredit.screen.say import say


def doctor(file: Path | None, json: bool, lang: Lang) -> int:
    """`sheetcredit doctor`: what this machine has and lacks; with `file` its macros too."""
    examination = examine(file)
    print_examination(examination, lang, json)
    return CLEAN if all(item.ok or not item.needed for item in examination) else COULD_NOT_RUN


def set_up_excel(lang: Lang) -> None:
    """`sheetcredit excel install`: Excel is told where Python is; a blank workbook goes into Documents."""
    for step in install(this_machine(), lambda path: make_new(path, None, None)):
        say(step.code, lang, found=step.found)
        if not step.new and step.code != "excel-trust":
            say("excel-unchanged", lang)


def take_back_from_excel(lang: Lang) -> None:
    """`sheetcredit excel uninstall`: what `excel install` did is undone."""
    for step in uninstall(this_machine(), lambda path: make_new(path, None, None)):
        say(step.code, lang, found=step.found)
