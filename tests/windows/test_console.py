"""What is printed reaches the reader whole: through a pipe, into a file, on a console, whatever its code page."""

from __future__ import annotations

import os
import pty
import re
import select
import time
from pathlib import Path

import pytest

from tests.seeds_of import MISTAKEN
from tests.windows.installed import SECONDS, Installed

NAME = "báo cáo quý.xlsx"
# A word of the screen with letters that no code page of the list but UTF-8 has all of.
WORDS = "lỗi phải sửa"
ESCAPES = re.compile(rb"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07)")


@pytest.fixture(scope="module")
def folder(installed: Installed) -> Path:
    folder = installed.wine.drive / "man-hinh"
    folder.mkdir()
    (folder / NAME).write_bytes(MISTAKEN.read_bytes())
    batch = (
        "@echo off\r\nchcp %1 >nul\r\n"
        f'"{installed.wine.path(installed.program)}" validate %2 > ra.txt 2> loi.txt\r\n'
        "set code=%errorlevel%\r\n"
        f'"{installed.wine.path(installed.program)}" validate %2 | find /c "V-" > dem.txt\r\n'
        "exit /b %code%\r\n"
    )
    (folder / "thu.bat").write_bytes(batch.encode())
    return folder


@pytest.mark.parametrize("page", ["437", "1252", "1258", "65001"])
def test_redirected_output_is_utf8(installed: Installed, folder: Path, page: str) -> None:
    done = installed.wine.run("cmd", "/c", "thu.bat", page, NAME, cwd=folder)
    assert done.code == 1
    text = (folder / "ra.txt").read_bytes().decode("utf-8")
    assert NAME in text and WORDS in text
    assert (folder / "loi.txt").read_bytes() == b""


def test_piped_output_is_utf8(installed: Installed, folder: Path) -> None:
    done = installed.sheetcredit("validate", NAME, cwd=folder)
    assert (done.code, done.err) == (1, b"")
    assert NAME in done.text and WORDS in done.text


@pytest.mark.parametrize(
    ("arguments", "code"), [(("validate", NAME), 1), (("--version",), 0), (("khong",), 2)]
)
def test_exit_codes_pass_through(
    installed: Installed, folder: Path, arguments: tuple[str, ...], code: int
) -> None:
    assert installed.sheetcredit(*arguments, cwd=folder).code == code
    # Wine reads a batch file in its own code page: the name comes from outside.
    line = f'"{installed.wine.path(installed.program)}" %* >nul 2>nul'
    (folder / "ma.bat").write_bytes(f"@echo off\r\n{line}\r\n".encode())
    assert installed.wine.run("cmd", "/c", "ma.bat", *arguments, cwd=folder).code == code


@pytest.mark.parametrize("page", ["437", "1252", "1258", "65001"])
def test_console(installed: Installed, folder: Path, page: str) -> None:
    (folder / "xem.bat").write_bytes(
        f'@echo off\r\nchcp {page} >nul\r\n"{installed.wine.path(installed.program)}" validate %1\r\n'.encode()
    )
    shown = on_console(installed, folder, ["cmd", "/c", "xem.bat", NAME])
    assert WORDS in shown


def on_console(
    installed: Installed,
    folder: Path,
    command: list[str],
    keys: bytes = b"",
    after: str = "",
    seconds: float = SECONDS,
) -> str:
    """What a program writes on a console; once `after` is seen there, `keys` are pressed."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execvpe("wine", ["wine", *command], {**installed.wine.environment(), "TERM": "xterm"})
    shown = b""
    pressed = not keys
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                got = os.read(terminal, 65536)
            except OSError:
                break
            if not got:
                break
            shown += got
        if not pressed and after in ESCAPES.sub(b"", shown).decode("utf-8", "replace"):
            os.write(terminal, keys)
            pressed = True
    else:
        os.kill(pid, 9)
    os.waitpid(pid, 0)
    os.close(terminal)
    return ESCAPES.sub(b"", shown).decode("utf-8", "replace")
