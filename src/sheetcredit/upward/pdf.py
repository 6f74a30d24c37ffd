"""`Tổng hợp` as a PDF, where LibreOffice is at hand: of a copy in which only that sheet is shown."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from sheetcredit.workbook.limits import current_limits
from sheetcredit.workbook.package import Package

_TIMEOUT = 120.0
# Numbers as they are written in Vietnam, wherever the program runs.
_LOCALE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">
<value>vi-VN</value></prop></item>
</oor:items>
"""
_PROGRAMS = ("soffice", "libreoffice")
_WINDOWS = Path("C:/Program Files/LibreOffice/program/soffice.exe")
_SHEET = re.compile(rb"<((?:\w+:)?)sheet\s[^>]*>")
_STATE = re.compile(rb'\sstate="[^"]*"')
_PRINTED = re.compile(rb"<((?:\w+:)?)definedName\s[^>]*_xlnm\.Print_Area[^>]*>[^<]*</(?:\w+:)?definedName>")
_ACTIVE = re.compile(rb'\s(?:activeTab|firstSheet)="\d+"')


def find_libreoffice() -> str | None:
    """The program, if it is installed."""
    for name in _PROGRAMS:
        if found := shutil.which(name):
            return found
    return str(_WINDOWS) if _WINDOWS.is_file() else None


def sheet_as_pdf(workbook: Path, sheet: str, timeout: float = _TIMEOUT) -> bytes | None:
    """One sheet of a workbook as a PDF; None where there is no LibreOffice, or it does not manage."""
    program = find_libreoffice()
    if program is None:
        return None
    with tempfile.TemporaryDirectory(prefix="sheetcredit-") as name:
        folder = Path(name)
        copy = folder / f"sheet{workbook.suffix}"
        copy.write_bytes(only_sheet_shown(workbook.read_bytes(), str(workbook), sheet))
        registry = folder / "profile" / "user" / "registrymodifications.xcu"
        registry.parent.mkdir(parents=True)
        registry.write_text(_LOCALE, encoding="utf-8")
        command = [
            program, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore",
            "--convert-to", "pdf:calc_pdf_Export", "--outdir", str(folder), str(copy),
        ]  # fmt: skip
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=timeout)
            return (folder / "sheet.pdf").read_bytes()
        except (OSError, subprocess.SubprocessError):
            return None


def only_sheet_shown(data: bytes, path: str, sheet: str) -> bytes:
    """A workbook's bytes with every other sheet hidden and without a print area.

    LibreOffice prints a hidden sheet that has one.
    """
    package = Package(data, path, current_limits())
    place = package.sheets.index(package.sheet(sheet))
    text, stored = package.unpacked(package.workbook_part)
    places = iter(range(len(package.sheets)))

    def hide(match: re.Match[bytes]) -> bytes:
        tag = _STATE.sub(b"", match[0])
        if next(places) == place:
            return tag
        return re.sub(rb"\s*/?>$", lambda end: b' state="hidden"' + end[0], tag)

    def keep(match: re.Match[bytes]) -> bytes:
        return match[0] if f'localSheetId="{place}"'.encode() in match[0] else b""

    shown = _PRINTED.sub(keep, _SHEET.sub(hide, text))
    shown = re.sub(
        rb"<(?:\w+:)?workbookView\b",
        lambda view: view[0] + f' activeTab="{place}" firstSheet="{place}"'.encode(),
        _ACTIVE.sub(b"", shown),
        count=1,
    )
    return package.container.rebuilt({package.workbook_part: stored.pack(shown)}, set())
