"""The installed program under Wine, and its twin on Linux: the same command, the same files, side by side."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.windows.pieces import ROOT
from tools.windows.wine import Done, Wine

SETUP = ROOT / "dist" / "sheetcredit-setup.exe"
# Nobody waits this long: it ends a program that hangs, on a machine however busy.
SECONDS = 1200


@dataclass(frozen=True, slots=True)
class Installed:
    """A Windows with the program in it."""

    wine: Wine
    folder: Path

    @property
    def program(self) -> Path:
        """`sheetcredit.exe`."""
        return self.folder / "sheetcredit.exe"

    @property
    def python(self) -> Path:
        """The Python that it starts."""
        return self.folder / "python" / "python.exe"

    def sheetcredit(
        self, *arguments: str, cwd: Path, more: Mapping[str, str] | None = None, given: bytes | None = None
    ) -> Done:
        """Run a command of the program in a folder."""
        return self.wine.run(self.program, *arguments, cwd=cwd, more=more, given=given, seconds=SECONDS)


def install(wine: Wine, *switches: str, setup: Path = SETUP) -> Installed:
    """Run a setup without questions; the folder is the usual one."""
    done = wine.run(setup, "/S", *switches, cwd=wine.drive, seconds=SECONDS)
    assert done.code == 0, done
    found = Installed(wine, wine.home / "AppData" / "Local" / "Programs" / "sheetcredit")
    assert found.program.is_file()
    return found


@dataclass(frozen=True, slots=True)
class Twins:
    """Two folders with the same files, one in drive C and one of Linux, and the same commands in both."""

    installed: Installed
    windows: Path
    linux: Path
    settings: Mapping[str, Path]

    def put(self, name: str, data: bytes | Path, when: float | None = None) -> None:
        """A file in both folders; `when` is the time it bears."""
        content = data.read_bytes() if isinstance(data, Path) else data
        for folder in (self.windows, self.linux):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            if when is not None:
                os.utime(path, (when, when))

    def same(self, *arguments: str, files: Iterable[str] = (), home: str = "home") -> Done:
        """Run a command in both: exit code, both streams and the files named must be the same."""
        linux, windows = self.on_linux(*arguments, home=home), self.on_windows(*arguments, home=home)
        assert windows.code == linux.code, (linux, windows)
        here, there = slashed(self.installed.wine.path(self.windows)), slashed(str(self.linux))
        assert slashed(windows.told).replace(here, "") == slashed(linux.told).replace(there, "")
        assert slashed(windows.text).replace(here, "") == slashed(linux.text).replace(there, "")
        for name in files:
            assert (self.windows / name).read_bytes() == (self.linux / name).read_bytes(), name
        assert self.names(self.windows) == self.names(self.linux)
        return windows

    def on_linux(self, *arguments: str, home: str = "home") -> Done:
        """Run a command of the checkout."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SHEETCREDIT_")}
        more = {name: str(path) for name, path in self.settings.items()}
        own = {"SHEETCREDIT_HOME": str(self.linux.parent / home), "TZ": "UTC", "LANG": "C.UTF-8"}
        done = subprocess.run(
            [sys.executable, "-m", "sheetcredit", *arguments], cwd=self.linux,
            env={**kept, **more, **own}, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        return Done(done.returncode, done.stdout, done.stderr)

    def on_windows(self, *arguments: str, home: str = "home", given: bytes | None = None) -> Done:
        """Run a command of the installed program."""
        wine = self.installed.wine
        more = {name: wine.path(path) for name, path in self.settings.items()}
        own = {"SHEETCREDIT_HOME": wine.path(self.windows.parent / f"{self.windows.name}-{home}")}
        return self.installed.sheetcredit(*arguments, cwd=self.windows, more={**more, **own}, given=given)

    @staticmethod
    def names(folder: Path) -> list[str]:
        """What lies in a folder and below."""
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def slashed(text: str) -> str:
    """Paths as Linux writes them, in plain text and in JSON."""
    return text.replace("\\\\", "/").replace("\\", "/")


def twins(installed: Installed, linux: Path, name: str, settings: Mapping[str, Path] | None = None) -> Twins:
    """Two empty folders of that name."""
    windows = installed.wine.drive / name
    shutil.rmtree(windows, ignore_errors=True)
    for folder in (windows, linux / name):
        folder.mkdir(parents=True)
    return Twins(installed, windows, linux / name, settings or {})
