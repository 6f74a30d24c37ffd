"""xlwings' settings file: lines of two quoted texts, read by VBA as plain text."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sheetcredit._version import __version__
from sheetcredit.excel.machine import MACOS, WINDOWS, Machine
from sheetcredit.excel.macros import embedded_modules, same_source, vba_sources, xlwings_folder
from sheetcredit.model.errors import BadUsage, CannotWrite
from sheetcredit.xlsx.limits import current_limits
from sheetcredit.xlsx.package import Package


def read_config(path: Path) -> dict[str, str]:
    """The settings by name in capitals; none where there is no such file."""
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    lines = csv.reader(text.splitlines())
    return {line[0].strip().upper(): line[1].strip() for line in lines if len(line) >= 2}


def write_config(path: Path, settings: Mapping[str, str]) -> bool:
    """Put settings into the file, the others in it stay; False when they stood there already."""
    known = read_config(path)
    wanted = known | {name.upper(): value for name, value in settings.items()}
    if wanted == known:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, wanted)
    return True


def drop_config(path: Path, settings: Mapping[str, str]) -> None:
    """Take settings out of the file where they stand with these values; a file with nothing left goes."""
    ours = {name.upper(): value for name, value in settings.items()}
    left = {name: value for name, value in read_config(path).items() if ours.get(name) != value}
    if left:
        _write(path, left)
        return
    path.unlink(missing_ok=True)
    with suppress(OSError):  # something else of xlwings is in it
        path.parent.rmdir()


def _write(path: Path, settings: Mapping[str, str]) -> None:
    text = "".join(f'"{name}","{value}"\r\n' for name, value in settings.items())
    path.write_bytes(text.encode("utf-8"))


# `sheetcredit excel install`: everything on this machine that a button needs to start Python.

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


def uninstall(machine: Machine, make_blank: Callable[[Path], Path]) -> list[Step]:
    """Take back what `install` put in place; what the user has changed or set otherwise stays.

    Raises:
        CannotWrite: a file cannot be changed or removed.
    """
    steps = []
    try:
        ours = settings_of(machine, machine.interpreter_for_excel())
        known = read_config(machine.config)
        # Another Python may have been set up since: then the settings are its own.
        if known.get(machine.interpreter_key) == ours[machine.interpreter_key]:
            drop_config(machine.config, ours)
            steps.append(Step("excel-config-gone", str(machine.config), new=True))
        blank = machine.folder / BLANK
        if blank.is_file() and _is_unused(blank, make_blank):
            blank.unlink()
            steps.append(Step("excel-template-gone", str(blank), new=True))
            with suppress(OSError):  # workbooks of the user are in it
                machine.folder.rmdir()
    except OSError as problem:
        raise CannotWrite("E-WRITE", path=problem.filename, reason=problem.strerror) from problem
    return steps


def _is_unused(blank: Path, make_blank: Callable[[Path], Path]) -> bool:
    """Whether the blank workbook is still as it was made."""
    with TemporaryDirectory(prefix="sheetcredit-") as folder:
        return make_blank(Path(folder) / blank.name).read_bytes() == blank.read_bytes()


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


# What `sheetcredit doctor` sees of Excel: its settings, its rules for macros, the macros of a workbook.

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
