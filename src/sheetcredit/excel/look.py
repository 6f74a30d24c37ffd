"""What `sheetcredit doctor` sees of Excel: its settings, its rules for macros, the macros of a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sheetcredit.excel.config import read_config
from sheetcredit.excel.install import script_name
from sheetcredit.excel.machine import MACOS, WINDOWS, Machine
from sheetcredit.workbook.limits import current_limits
from sheetcredit.workbook.macros import embedded_modules, same_source, vba_sources
from sheetcredit.workbook.package import Package

_OFFICE = ("16.0", "15.0")
_RULES = r"Software\Microsoft\Office\{version}\Excel\Security"
_POLICY = r"Software\Policies\Microsoft\Office\{version}\Excel\Security"
_ASKS, _SIGNED_ONLY, _NEVER = 2, 3, 4  # VBAWarnings; 1 is "run everything"


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing looked at: `code` of the screen catalogue (its remedy is `code` with `-todo` behind)."""

    code: str
    ok: bool
    found: str


def look_at_excel(machine: Machine) -> Iterator[Seen]:
    """What this machine has of what the buttons need; nothing where there can be no Excel."""
    if not machine.has_excel:
        return
    set_up = read_config(machine.config).get(machine.interpreter_key, "")
    right = machine.same_path(set_up, machine.interpreter_for_excel()) if set_up else False
    yield Seen("doctor-excel-python", right, set_up or "-")
    if machine.platform == MACOS:
        script = machine.scripts / script_name()
        yield Seen("doctor-excel-script", script.is_file(), script.name)
    if machine.platform == WINDOWS:
        yield _macro_rule(machine)
        yield _internet_rule(machine)
        yield _trusted(machine)


def look_at_book(path: Path) -> Iterator[Seen]:
    """Whether the macros of a workbook are those of this installation.

    Raises:
        CannotRead: it cannot be read.
    """
    embedded = embedded_modules(Package.open(path, current_limits()))
    if not embedded:
        yield Seen("doctor-book-plain", True, path.name)
        return
    ours = vba_sources()
    differing = [name for name, source in ours.items() if not same_source(embedded.get(name, ""), source)]
    yield Seen("doctor-book-macros", not differing, f"{path.name} ({', '.join(differing or ours)})")
    foreign = sorted(embedded.keys() - ours.keys())
    if foreign:
        yield Seen("doctor-book-foreign", False, f"{path.name} ({', '.join(foreign)})")


def _rule(machine: Machine, name: str) -> int | str | None:
    """A rule for macros: the one that the administrator sets counts before the user's own."""
    for keys in (_POLICY, _RULES):
        for version in _OFFICE:
            found = machine.registry(keys.format(version=version), name)
            if found is not None:
                return found
    return None


def _macro_rule(machine: Machine) -> Seen:
    level = _rule(machine, "VBAWarnings")
    level = _ASKS if level is None else level
    return Seen("doctor-macros", level not in (_SIGNED_ONLY, _NEVER), str(level))


def _internet_rule(machine: Machine) -> Seen:
    """Files that came over the internet run no macros since 2022, whatever the user allows."""
    blocked = _rule(machine, "blockcontentexecutionfrominternet")
    return Seen("doctor-macros-internet", blocked != 1, "-" if blocked is None else str(blocked))


def _trusted(machine: Machine) -> Seen:
    folders = []
    for version in _OFFICE:
        key = f"{_RULES.format(version=version)}\\Trusted Locations"
        folders += [machine.registry(f"{key}\\{name}", "Path") for name in machine.subkeys(key)]
    known = any(
        isinstance(path, str) and machine.same_path(path.rstrip("\\"), str(machine.folder))
        for path in folders
    )
    return Seen("doctor-trusted", known, str(machine.folder))
