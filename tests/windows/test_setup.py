"""The setup itself: what it puts where, an upgrade, programs that are running, and what an uninstall leaves."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.seeds_of import GOLDEN
from tests.windows.helpers import beside
from tests.windows.installed import SETUP, Installed, install
from tools.windows.installer import pack_setup
from tools.windows.pieces import BUILD, HERE, compile_c
from tools.windows.program import version
from tools.windows.wine import Wine, new_windows

MENU = Path("AppData", "Roaming", "Microsoft", "Windows", "Start Menu", "Programs", "sheetcredit")
KEYS = (
    r"HKCU\Software\sheetcredit",
    r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\sheetcredit",
    r"HKCU\Software\Classes\SystemFileAssociations\.xlsx\shell\sheetcredit\command",
    r"HKCU\Software\Classes\SystemFileAssociations\.xlsm\shell\sheetcredit\command",
    r"HKCU\Software\Classes\Directory\shell\sheetcredit\command",
)
# Where Wine has the Credential Manager, and what keyring calls ours.
STORE, CREDENTIAL = r"HKCU\Software\Wine\Credential Manager", "sheetcredit"
WAIT = "import sys\nprint('held', flush=True)\nsys.stdin.read()\n"
FAKE_EXCEL = r"""
#include <windows.h>
#include <stdio.h>
int main(void) {
    WNDCLASSA kind = {.lpfnWndProc = DefWindowProcA, .lpszClassName = "XLMAIN"};
    RegisterClassA(&kind);
    CreateWindowA("XLMAIN", "Excel", WS_OVERLAPPED, 0, 0, 9, 9, 0, 0, 0, 0);
    puts("held");
    fflush(stdout);
    for (MSG message; !feof(stdin);) {
        while (PeekMessageA(&message, 0, 0, 0, PM_REMOVE)) DispatchMessageA(&message);
        if (MsgWaitForMultipleObjects(0, 0, FALSE, 50, QS_ALLINPUT) == WAIT_TIMEOUT) {
            DWORD waiting = 0;
            if (!PeekNamedPipe(GetStdHandle(STD_INPUT_HANDLE), 0, 0, 0, &waiting, 0)) break;
        }
    }
    return 0;
}
"""


@pytest.fixture(scope="module")
def wine() -> Iterator[Wine]:
    """A Windows of its own: what is installed here goes again."""
    wine = new_windows(BUILD / "prefix-setup")
    with wine.awake():
        yield wine


def registry(wine: Wine, key: str) -> str:
    """The values of a key and those below; empty where there is no such key."""
    done = wine.run("reg", "query", key, "/s", cwd=wine.drive)
    return done.out.decode("utf-8", "replace") if done.code == 0 else ""


def settings_of(wine: Wine) -> list[str]:
    """The user's part of the registry, but for Wine's own, in which keys and passwords lie."""
    keys = registry(wine, r"HKCU\Software").split("\r\n\r\n")
    return [key for key in keys if "\\Software\\Wine" not in key]


def user_path(wine: Wine) -> str:
    return registry(wine, r"HKCU\Environment")


def uninstall(wine: Wine, found: Installed, *switches: str) -> None:
    # `_?=` keeps it from copying itself and returning before it is done; then it cannot remove itself.
    done = wine.run(
        found.folder / "uninstall.exe", "/S", *switches, "_?=" + wine.path(found.folder), cwd=wine.drive
    )
    assert done.code == 0, done
    (found.folder / "uninstall.exe").unlink()
    if not any(found.folder.iterdir()):
        found.folder.rmdir()


def test_the_life_of_an_installation(wine: Wine, tmp_path: Path) -> None:
    """Installed, used, upgraded with settings, key, archive and a changed template in place, removed."""
    before = settings_of(wine)
    path_before = user_path(wine)
    older = tmp_path / "older.exe"
    pack_setup(BUILD / "program", older, "0.0.9", quick=True)
    found = install(wine, setup=older)
    older.unlink()
    assert "0.0.9" in registry(wine, KEYS[0]) and "0.0.9" in registry(wine, KEYS[1])
    log = (found.folder / "install.log").read_bytes().decode("utf-16")
    assert "add_to_path" not in log or "FAILED" not in log

    for key in KEYS:
        assert registry(wine, key), key
    assert "desktop check" in registry(wine, KEYS[2])
    assert {path.suffix for path in (wine.home / MENU).iterdir()} == {".lnk"}
    assert len(list((wine.home / MENU).iterdir())) == 5
    assert wine.path(found.folder) in user_path(wine)
    settings = (wine.home / ".xlwings" / "xlwings.conf").read_text(encoding="utf-8")
    assert f'"INTERPRETER_WIN","{wine.path(found.python)}"' in settings
    template = next((wine.home / "Documents" / "sheetcredit").glob("*.xlsm"))

    folder = wine.drive / "việc"
    folder.mkdir()
    shutil.copy(GOLDEN, folder / "báo cáo.xlsx")
    made = found.sheetcredit("key", "new", "--owner", "0312", cwd=folder)
    assert made.code == 0, made
    assert CREDENTIAL in registry(wine, STORE)
    own = wine.home / "AppData" / "Local" / "sheetcredit"
    own.mkdir(exist_ok=True)
    (own / "settings.toml").write_text('[mail]\nhost = "may-chu.vn"\n', encoding="utf-8")
    kept = {
        path: path.read_bytes() for path in own.rglob("*") if path.is_file() and "Cache" not in path.parts
    }
    assert kept
    (folder / "den").mkdir()
    shutil.copy(GOLDEN, folder / "den" / "PGD0312.xlsx")
    stored = found.sheetcredit("consolidate", "den", "-o", "cn.xlsx", "--archive", "kho", cwd=folder)
    assert stored.code in (0, 1), stored
    history = found.sheetcredit("history", "0312", "--archive", "kho", "--json", cwd=folder)
    assert history.code == 0, history

    # The next version, over the one that is there: something old in its folder must not stay.
    (found.folder / "python" / "old.py").write_bytes(b"")
    install(wine)
    assert not (found.folder / "python" / "old.py").exists()
    assert not (found.folder / "new").exists()
    assert {path: path.read_bytes() for path in kept} == kept
    assert found.sheetcredit("history", "0312", "--archive", "kho", "--json", cwd=folder) == history
    assert f" {version()}" in found.sheetcredit("--version", cwd=folder).text
    assert "0.0.9" not in registry(wine, KEYS[0]) + registry(wine, KEYS[1])
    assert user_path(wine).count(wine.path(found.folder)) == 1
    shown = found.sheetcredit("key", "show", cwd=folder)
    assert shown.code == 0 and shown.text.splitlines()[-1] in made.text

    template.write_bytes(b"changed by the user")
    uninstall(wine, found)
    assert not found.folder.exists()
    assert not (wine.home / MENU).exists()
    assert settings_of(wine) == before
    assert user_path(wine) == path_before
    assert not (wine.home / ".xlwings").exists()
    assert template.read_bytes() == b"changed by the user"
    assert {path: path.read_bytes() for path in kept} == kept
    assert CREDENTIAL in registry(wine, STORE)


def test_uninstall_of_everything(wine: Wine) -> None:
    """With `/ALL` the profile has no file more than before."""
    before = of_the_user(wine)
    found = install(wine)
    assert of_the_user(wine) - before
    assert found.sheetcredit("key", "show", cwd=wine.drive).code == 0  # of the one before
    uninstall(wine, found, "/ALL")
    assert CREDENTIAL not in registry(wine, STORE)
    assert not (wine.home / "AppData" / "Local" / "sheetcredit").exists()
    assert of_the_user(wine) - before == set()


def of_the_user(wine: Wine) -> set[Path]:
    """The files of the user's profile, without Windows' own temporary ones."""
    temporary = wine.home / "AppData" / "Local" / "Temp"
    return {path for path in wine.home.rglob("*") if path.is_file() and temporary not in path.parents}


def test_another_folder_with_blanks_and_accents(wine: Wine) -> None:
    folder = wine.drive / "Phòng Kế toán" / "chương trình"
    # `/D=` is without quotes, which only a line of a shell is.
    (wine.drive / "setup.bat").write_bytes(f'@"{wine.path(SETUP)}" /S /D=%~1\r\n'.encode())
    done = wine.run("cmd", "/c", "setup.bat", folder, cwd=wine.drive)
    assert done.code == 0, done
    found = Installed(wine, folder)
    shutil.copy(GOLDEN, wine.drive / "báo cáo.xlsx")
    assert found.sheetcredit("validate", "báo cáo.xlsx", "-q", cwd=wine.drive).code == 0
    uninstall(wine, found, "/ALL")
    assert not folder.exists()


def test_a_running_program_is_not_replaced(wine: Wine) -> None:
    found = install(wine)
    with beside(found, WAIT, cwd=wine.drive / "windows"):
        done = wine.run(SETUP, "/S", cwd=wine.drive)
        assert done.code == 3
        assert found.sheetcredit("--version", cwd=wine.drive).code == 0
    uninstall(wine, found, "/ALL")


def test_an_open_excel_is_noted(wine: Wine, tmp_path: Path) -> None:
    """With `/S` nobody can be asked: the log says that Excel was open."""
    source = tmp_path / "excel.c"
    source.write_text(FAKE_EXCEL, encoding="utf-8")
    program = compile_c(source, wine.drive / "excel.exe", "-luser32")
    with subprocess.Popen(
        wine.command(program), cwd=wine.drive, env=wine.environment(), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as excel:  # fmt: skip
        assert excel.stdout is not None and excel.stdout.readline().strip() == b"held"
        found = install(wine)
        assert "Excel is open" in (found.folder / "install.log").read_bytes().decode("utf-16", "replace")
        excel.communicate()
    uninstall(wine, found, "/ALL")


def test_the_same_bytes_again(tmp_path: Path) -> None:
    """The installer of the same program folder is the same file."""
    for name in ("one.exe", "two.exe"):
        pack_setup(BUILD / "program", tmp_path / name, "9.9.9", quick=True)
        os.utime(BUILD / "program" / "sheetcredit.exe")
    assert (tmp_path / "one.exe").read_bytes() == (tmp_path / "two.exe").read_bytes()
    assert HERE.is_dir()
