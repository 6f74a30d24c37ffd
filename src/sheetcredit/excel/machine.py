"""The machine as the set-up sees it: which system, whose home, which Python. Tests make one up."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from sheetcredit.excel import windows
from sheetcredit.folders import user_home

WINDOWS, MACOS = "win32", "darwin"
CONFIG_NAME = "xlwings.conf"

Registry = Callable[[str, str], "int | str | None"]
"""The value of a name below a key of the current user's registry; None where there is none."""


def _no_value(_key: str, _name: str) -> None:
    """Systems other than Windows have no registry."""


def _no_subkeys(_key: str) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Machine:
    """`platform` as `sys.platform`; `interpreter` is the Python that the buttons are to start.

    `short_name` gives a path in the old form without accents, where Windows keeps one.
    """

    platform: str
    home: Path
    documents: Path
    interpreter: str
    short_name: Callable[[str], str] = str
    registry: Registry = _no_value
    subkeys: Callable[[str], Sequence[str]] = _no_subkeys

    @property
    def has_excel(self) -> bool:
        """Whether Excel exists for this system at all."""
        return self.platform in (WINDOWS, MACOS)

    @property
    def folder(self) -> Path:
        """The folder for workbooks with buttons, which Excel can be told to trust."""
        return self.documents / "sheetcredit"

    @property
    def config(self) -> Path:
        """The file in which xlwings' VBA looks for its settings."""
        if self.platform == MACOS:
            return self.home / "Library" / "Containers" / "com.microsoft.Excel" / "Data" / CONFIG_NAME
        return self.home / ".xlwings" / CONFIG_NAME

    @property
    def interpreter_key(self) -> str:
        """The name of the setting that says which Python to start."""
        return "INTERPRETER_MAC" if self.platform == MACOS else "INTERPRETER_WIN"

    @property
    def scripts(self) -> Path:
        """The one folder from which Excel for Mac may run AppleScript."""
        return self.home / "Library" / "Application Scripts" / "com.microsoft.Excel"

    def interpreter_for_excel(self) -> str:
        """The interpreter as VBA can open it: its old file functions know no accented letters."""
        if self.platform == WINDOWS and not self.interpreter.isascii():
            return self.short_name(self.interpreter)
        return self.interpreter

    def same_path(self, one: str, other: str) -> bool:
        """Whether two texts name one file on that system."""
        kind = PureWindowsPath if self.platform == WINDOWS else PurePosixPath
        return kind(one) == kind(other)


def this_machine() -> Machine:
    """The machine that the program runs on."""
    from platformdirs import user_documents_path  # noqa: PLC0415 - only the set-up needs it

    home, documents = user_home(), user_documents_path()
    if sys.platform == "win32":
        return Machine(
            sys.platform, home, documents, sys.executable, windows.short_name, windows.value, windows.subkeys
        )
    return Machine(sys.platform, home, documents, sys.executable)
