"""LibreOffice as an independent reader and calculator of workbooks, with a profile of its own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

# Calculate every formula anew when a file is loaded, whatever values it keeps.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item>
</oor:items>
"""
# Every sheet in a file of its own, commas and quotes, texts in UTF-8.
_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
_FILTERS = {
    "csv": _CSV,
    "xlsx": "xlsx:Calc MS Excel 2007 XML",
    "xls": "xls:MS Excel 97",
    "ods": "ods:calc8",
    "pdf": "pdf",
}


class LibreOffice:
    """Opens workbooks and saves them again."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._times = 0
        settings = folder / "profile" / "user" / "registrymodifications.xcu"
        settings.parent.mkdir(parents=True)
        settings.write_text(_SETTINGS, encoding="utf-8")

    def save_as(self, source: Path, kind: str) -> Path:
        """The workbook opened, calculated from scratch and saved as `xlsx`, `xls` or `ods`; a document as `pdf`.

        As `csv` each sheet becomes `NAME-SHEET.csv` in the folder of the path that is returned.
        """
        self._times += 1
        target = self._folder / str(self._times)
        command = [
            self._program, f"-env:UserInstallation={(self._folder / 'profile').as_uri()}", "--headless",
            "--norestore", "--convert-to", _FILTERS[kind], "--outdir", str(target), str(source),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return target / f"{source.stem}.{kind}"


def find_libreoffice() -> str | None:
    """The program, if it is installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")
