"""`sheetcredit excel install`: everything on this machine that a button needs to start Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sheetcredit._version import __version__
from sheetcredit.excel.config import write_config
from sheetcredit.excel.machine import MACOS, WINDOWS, Machine
from sheetcredit.model.errors import BadUsage, CannotWrite

BLANK = f"mau-bao-cao-{__version__}.xlsm"
"""The template's name says its version: a newer one never takes the place of one that somebody uses."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing put in place: `code` of the screen catalogue, what it is about, whether it is new."""

    code: str
    found: str
    new: bool


def install(machine: Machine, make_blank: Callable[[Path], Path]) -> list[Step]:
    """Put in place what is missing; what is there and right stays. `make_blank` writes the template.

    Raises:
        BadUsage: there is no Excel for this system, or VBA cannot open the path of its Python.
        CannotWrite: a file cannot be written.
    """
    if not machine.has_excel:
        raise BadUsage("E-NO-EXCEL", system=machine.platform)
    interpreter = machine.interpreter_for_excel()
    if machine.platform == WINDOWS and not interpreter.isascii():
        raise BadUsage("E-INTERPRETER-PATH", path=interpreter)
    try:
        steps = [_settings(machine, interpreter)]
        if machine.platform == MACOS:
            steps.append(_script(machine))
        steps.append(_blank(machine, make_blank))
    except OSError as problem:
        raise CannotWrite("E-WRITE", path=problem.filename, reason=problem.strerror) from problem
    return [*steps, Step("excel-trust", str(machine.folder), new=False)]


def settings_of(machine: Machine, interpreter: str) -> dict[str, str]:
    """What xlwings is told: the interpreter, and to load no code from beside a workbook."""
    # Workbooks come by mail: the folder they are opened from must not be one that Python imports from.
    return {
        machine.interpreter_key: interpreter,
        "ADD_WORKBOOK_TO_PYTHONPATH": "False",
        "SHOW CONSOLE": "False",
    }


def script_name() -> str:
    """The AppleScript that the installed xlwings brings; its name holds the version."""
    return script_source().name


def script_source() -> Path:
    """Where xlwings keeps that script."""
    from sheetcredit.workbook.macros import xlwings_folder  # noqa: PLC0415

    return next(xlwings_folder().glob("xlwings-*.applescript"))


def _settings(machine: Machine, interpreter: str) -> Step:
    new = write_config(machine.config, settings_of(machine, interpreter))
    return Step("excel-config", f"{machine.config}: {interpreter}", new)


def _script(machine: Machine) -> Step:
    source = script_source()
    target = machine.scripts / source.name
    content = source.read_bytes()
    new = not target.is_file() or target.read_bytes() != content
    if new:
        machine.scripts.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return Step("excel-script", str(target), new)


def _blank(machine: Machine, make_blank: Callable[[Path], Path]) -> Step:
    target = machine.folder / BLANK
    new = not target.exists()
    if new:
        machine.folder.mkdir(parents=True, exist_ok=True)
        make_blank(target)
    return Step("excel-template", str(target), new)
