"""Wine: a Windows of its own in a folder, with what Wine 8 lacks put in, and programs run in it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from tools.windows.pieces import BUILD, HERE, Missing, compile_c

# No .NET, no HTML engine, no management service: nothing of ours asks for them, and each costs seconds.
_OVERRIDES = "wbemprox=;mscoree=;mshtml="
_DESKTOP = ("DISPLAY", "XAUTHORITY", "WAYLAND_DISPLAY")


@dataclass(frozen=True, slots=True)
class Done:
    """What a program of Windows left: exit code and both streams as bytes."""

    code: int
    out: bytes
    err: bytes

    @property
    def text(self) -> str:
        """Standard output as UTF-8, with Unix line ends."""
        return self.out.decode("utf-8").replace("\r\n", "\n")

    @property
    def told(self) -> str:
        """Standard error as UTF-8, with Unix line ends."""
        return self.err.decode("utf-8").replace("\r\n", "\n")


@dataclass(frozen=True, slots=True)
class Wine:
    """One prefix: drive C, registry, user. `settings` are environment variables for every program."""

    prefix: Path
    settings: Mapping[str, str]

    @property
    def drive(self) -> Path:
        """Drive C as Linux sees it."""
        return self.prefix / "drive_c"

    @property
    def home(self) -> Path:
        """The profile of the user; Wine calls the user as Linux does."""
        (profile,) = (path for path in (self.drive / "users").iterdir() if path.name != "Public")
        return profile

    def path(self, path: Path) -> str:
        """How a program of Windows calls a path of Linux."""
        if path.is_relative_to(self.drive):
            return str(PureWindowsPath("C:/", *path.relative_to(self.drive).parts))
        return str(PureWindowsPath("Z:/", *path.absolute().parts[1:]))

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment in which Wine is started: this prefix, and nothing of the screen."""
        kept = {name: value for name, value in os.environ.items() if not _ours(name)}
        return {
            **kept, "WINEPREFIX": str(self.prefix), "WINEARCH": "win64", "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": _OVERRIDES, "LANG": "C.UTF-8", "TZ": "UTC", **self.settings, **(more or {}),
        }  # fmt: skip

    def run(
        self,
        program: str | Path,
        *arguments: str | Path,
        cwd: Path | None = None,
        more: Mapping[str, str] | None = None,
        given: bytes | None = None,
        seconds: float = 1200,
    ) -> Done:
        """Run a program of Windows to its end; its streams are pipes (Wine cannot inherit files)."""
        done = subprocess.run(
            self.command(program, *arguments), cwd=cwd or self.drive, env=self.environment(more),
            input=given, stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True, timeout=seconds, check=False,
        )  # fmt: skip
        return Done(done.returncode, done.stdout, done.stderr)

    def command(self, program: str | Path, *arguments: str | Path) -> list[str]:
        """The command line for `subprocess` that starts a program of Windows."""
        return [
            "wine",
            *(self.path(part) if isinstance(part, Path) else part for part in (program, *arguments)),
        ]

    def must(self, program: str | Path, *arguments: str | Path, cwd: Path | None = None) -> Done:
        """As `run`; anything but exit code 0 ends the build."""
        done = self.run(program, *arguments, cwd=cwd)
        if done.code != 0:
            raise Missing(f"{program} {arguments} failed ({done.code}):\n{done.out!r}\n{done.err!r}")
        return done

    @contextmanager
    def awake(self) -> Iterator[None]:
        """Keep the prefix's services and its desktop running while the block runs.

        A start then takes tenths of a second, and no program lends its streams to what Wine starts for it.
        """
        program = compile_c(HERE / "shims" / "awake.c", self.drive / "awake.exe", "-luser32")
        waiting = subprocess.Popen(
            self.command(program), cwd=self.drive, env=self.environment(),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert waiting.stdin is not None and waiting.stdout is not None
        try:
            if waiting.stdout.readline().strip() != b"awake":
                raise Missing(f"the desktop of {self.prefix} cannot be started")
            yield
        finally:
            waiting.stdin.close()
            waiting.wait()
            waiting.stdout.close()
            self.stop()

    def stop(self) -> None:
        """End whatever still runs in this prefix, and wait until its registry is written."""
        for order in ("-k", "-w"):
            subprocess.run(["wineserver", order], env=self.environment(), check=False, capture_output=True)


def _ours(name: str) -> bool:
    """Variables that would change what is run: of Wine, of the screen, of Python and of the program."""
    return name in _DESKTOP or name.startswith(("WINE", "PYTHON", "SHEETCREDIT_", "XDG_", "LC_"))


def new_windows(prefix: Path, settings: Mapping[str, str] | None = None) -> Wine:
    """A fresh Windows 10 in a folder; whatever was there is removed."""
    wine = Wine(prefix, settings or {})
    while prefix.exists():  # services that end write their files once more
        wine.stop()
        shutil.rmtree(prefix, ignore_errors=True)
    prefix.parent.mkdir(parents=True, exist_ok=True)
    started = subprocess.run(
        ["wineboot", "-i"], env=wine.environment(), capture_output=True, text=True, check=False
    )
    if started.returncode != 0 or not (wine.drive / "windows" / "system32").is_dir():
        raise Missing(f"wineboot failed ({started.returncode}):\n{started.stdout}{started.stderr}")
    wine.must("reg", "add", r"HKCU\Software\Wine", "/v", "Version", "/d", "win10", "/f")
    shim = compile_c(
        HERE / "shims" / "bcryptprimitives.c", BUILD / "bcryptprimitives.dll", "-shared", "-ladvapi32"
    )
    shutil.copy(shim, wine.drive / "windows" / "system32")
    return wine
