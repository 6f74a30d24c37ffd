"""LibreOffice as a calculator: a workbook opened without a window, everything computed, saved elsewhere."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from sheetcredit.model.errors import CannotRead

# A profile of its own, thrown away afterwards: every formula is computed whatever value the file keeps, no
# macro runs, no link to another file or page is followed, nobody is asked anything.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update"><prop oor:name="Link" oor:op="fuse">
<value>2</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel"
 oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution"
 oor:op="fuse"><value>true</value></prop></item>
</oor:items>
"""
_PLACES = (
    r"C:\Program Files\LibreOffice\program\soffice.com",
    r"C:\Program Files (x86)\LibreOffice\program\soffice.com",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
)


def find_libreoffice() -> str | None:
    """The program, if this machine has it."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    return found or next((place for place in _PLACES if Path(place).is_file()), None)


def computed_by_libreoffice(data: bytes, suffix: str, path: str, seconds: int) -> bytes:
    """The workbook as LibreOffice saves it once every formula is computed: to look at, never to keep.

    `suffix` is `.xlsx` or `.xlsm`, `path` the name for messages. Raises `CannotRead`: `E-NO-LIBREOFFICE`, or
    `E-LIBREOFFICE` when it fails or takes longer than `seconds`.
    """
    program = find_libreoffice()
    if program is None:
        raise CannotRead("E-NO-LIBREOFFICE", path=path)
    with tempfile.TemporaryDirectory(prefix="sheetcredit-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        settings = folder / "profile" / "user" / "registrymodifications.xcu"
        settings.parent.mkdir(parents=True)
        settings.write_text(_SETTINGS, encoding="utf-8")
        source = folder / f"book{suffix}"
        source.write_bytes(data)
        command = [
            program, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore",
            "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "out"), str(source),
        ]  # fmt: skip
        said = _run(command, seconds, path)
        result = folder / "out" / "book.xlsx"
        if not result.is_file():
            raise CannotRead("E-LIBREOFFICE", path=path, reason=said or "no output")
        return result.read_bytes()


def _run(command: list[str], seconds: int, path: str) -> str:
    """Run to the end, or end it with everything it started; returns the last line it said."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as problem:
        raise CannotRead("E-LIBREOFFICE", path=path, reason=problem.strerror or str(problem)) from problem
    try:
        _, said = process.communicate(timeout=seconds)
    except BaseException as problem:
        _end(process)
        if isinstance(problem, subprocess.TimeoutExpired):
            raise CannotRead("E-LIBREOFFICE", path=path, reason=f"> {seconds} s") from None
        raise
    return said.decode("utf-8", "replace").strip().rpartition("\n")[2]


def _end(process: subprocess.Popen[bytes]) -> None:
    # On other systems than Windows it is a small script that starts the real program.
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
