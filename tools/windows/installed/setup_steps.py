"""What the installer has Python do: `python setup_steps.py install|uninstall|forget FOLDER LOG`.

The user's PATH, which may be longer than the installer's own texts; Excel's settings; a log for IT. Nothing
here ends the installation: what fails is in the log, and the program works from its own folder.
"""

from __future__ import annotations

import ctypes
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

assert sys.platform == "win32"
import winreg  # noqa: E402

_ENVIRONMENT = "Environment"


def main(order: str, folder: str, log: str) -> int:
    """Do all steps of an order, and write what became of each."""
    steps: dict[str, tuple[Callable[[str], str], ...]] = {
        "install": (_add_to_path, _set_up_excel),
        "uninstall": (_remove_from_path, _undo_excel),
        "forget": (_forget_secrets,),
    }
    failed = False
    # The installer began the log, in its own encoding.
    with Path(log).open("a", encoding="utf-16-le", newline="\r\n") as written:
        for step in steps[order]:
            try:
                told = step(folder)
            except Exception as problem:  # each step stands for itself
                told = f"FAILED {type(problem).__name__}: {problem}"
                failed = True
            written.write(f"{datetime.now():%Y-%m-%d %H:%M:%S} {step.__name__.strip('_')}: {told}\n")
    return int(failed)


def _add_to_path(folder: str) -> str:
    entries, kind = _path()
    if any(_same(entry, folder) for entry in entries):
        return "already there"
    _write_path([*entries, folder], kind)
    return folder


def _remove_from_path(folder: str) -> str:
    entries, kind = _path()
    kept = [entry for entry in entries if not _same(entry, folder)]
    if kept == entries:
        return "not there"
    _write_path(kept, kind)
    return folder


def _path() -> tuple[list[str], int]:
    """The entries of the user's PATH, and whether variables in it are expanded."""
    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _ENVIRONMENT) as key:
        try:
            text, kind = winreg.QueryValueEx(key, "Path")
        except FileNotFoundError:
            return [], winreg.REG_EXPAND_SZ
    return [entry for entry in text.split(";") if entry], kind


def _write_path(entries: list[str], kind: int) -> None:
    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _ENVIRONMENT, access=winreg.KEY_SET_VALUE) as key:
        if entries:
            winreg.SetValueEx(key, "Path", 0, kind, ";".join(entries))
        else:
            winreg.DeleteValue(key, "Path")
    # Windows opened from now on see it: WM_SETTINGCHANGE to all top windows, waiting a second at most.
    ctypes.windll.user32.SendMessageTimeoutW(0xFFFF, 0x1A, 0, _ENVIRONMENT, 2, 1000, None)


def _same(entry: str, folder: str) -> bool:
    return entry.strip('"').rstrip("\\").lower() == folder.rstrip("\\").lower()


def _set_up_excel(_folder: str) -> str:
    return _sheetcredit("excel", "install", "--lang", "en")


def _undo_excel(_folder: str) -> str:
    return _sheetcredit("excel", "uninstall", "--lang", "en")


def _forget_secrets(_folder: str) -> str:
    """Take the seal key and the mail's password out of the Credential Manager; keyring names them."""
    from win32ctypes.pywin32 import win32cred  # noqa: PLC0415 - for this order alone

    targets = [one["TargetName"] for one in win32cred.CredEnumerate(None, 0)]
    ours = [name for name in targets if name == "sheetcredit" or name.endswith("@sheetcredit")]
    for name in ours:
        win32cred.CredDelete(name, win32cred.CRED_TYPE_GENERIC)
    return f"{len(ours)} taken out"


def _sheetcredit(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "sheetcredit", *arguments], stdin=subprocess.DEVNULL, capture_output=True,
        encoding="utf-8", errors="replace", check=False, creationflags=subprocess.CREATE_NO_WINDOW,
    )  # fmt: skip
    told = " | ".join((done.stdout + done.stderr).split("\n")).strip(" |")
    if done.returncode != 0:
        raise RuntimeError(f"exit code {done.returncode}: {told}")
    return told


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
