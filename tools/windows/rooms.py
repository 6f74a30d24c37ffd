"""The tests of the rooms that touch files, paths, locks, encodings and processes, run by CPython for Windows.

`python -m tools.windows.rooms [pytest's arguments]` (without a path: all of them): under Wine, from the
checkout, with the packages of the installed program and those that tests need.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tools.windows.pieces import (
    BUILD,
    HERE,
    ROOT,
    RUN_PINS,
    add_packages,
    install_wheels,
    windows_python,
)
from tools.windows.wine import new_windows

PACKAGES = ("aiosmtpd", "fsspec", "hypothesis", "openpyxl", "pytest", "trustme")
TESTS = (
    "tests/xlsx/test_on_windows.py", "tests/xlsx/test_guard.py", "tests/cli/test_log.py", "tests/intake",
    "tests/seal/test_keys.py", "tests/mail/test_outbox.py", "tests/excel/test_install.py",
    "tests/archive/test_history.py",
)  # fmt: skip


def prepare() -> Path:
    """The Python that runs them, with its packages; made once."""
    python = BUILD / "rooms"
    made = python / "made"
    if made.exists() and made.read_bytes() == _made_of():
        return python
    shutil.rmtree(python, ignore_errors=True)
    shutil.copytree(windows_python(), python)
    site = python / "Lib" / "site-packages"
    install_wheels(site, RUN_PINS)
    named = ["--only-binary", ":all:", "-c", str(ROOT / "constraints.txt"), *PACKAGES]
    add_packages(site, named)
    shutil.copy(HERE / "shims" / "no_copyfile2.py", site / "sitecustomize.py")
    checkout = "Z:" + str(ROOT).replace("/", "\\")
    paths = ("python313.zip", ".", "Lib\\site-packages", f"{checkout}\\src", checkout, "import site", "")
    (python / "python313._pth").write_text("\r\n".join(paths), encoding="utf-8", newline="")
    made.write_bytes(_made_of())
    return python


def _made_of() -> bytes:
    return b"".join((ROOT / name).read_bytes() for name in ("constraints.txt", "tools/windows/rooms.py"))


def main() -> int:
    """Run them in a Windows of their own; returns pytest's exit code."""
    python = prepare()
    given = sys.argv[1:]
    chosen = given if any(not one.startswith("-") for one in given) else [*TESTS, *given]
    wine = new_windows(BUILD / "prefix-rooms")
    temporary = wine.path(wine.drive / "pytest")
    with wine.awake():
        running = subprocess.Popen(
            wine.command(
                python / "python.exe", "-m", "pytest", "-q", "--color=no", "-p", "no:cacheprovider",
                f"--basetemp={temporary}", *chosen,
            ),
            cwd=ROOT, env=wine.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert running.stdout is not None
        for line in running.stdout:
            sys.stdout.write(line.decode("utf-8", "replace").rstrip("\r\n") + "\n")
            sys.stdout.flush()
        return running.wait()


if __name__ == "__main__":
    sys.exit(main())
