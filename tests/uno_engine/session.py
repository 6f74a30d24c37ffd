"""A LibreOffice of the tests' own, macros allowed, with workbooks whose buttons can be pressed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.uno_engine.bridge import HOW_TO_INSTALL, connect, setting
from tests.uno_engine.inside import Inside, put_inside
from tests.uno_engine.transport import FIRST, PIPE, RESULT, STAND_IN

ROOT = Path(__file__).resolve().parent.parent.parent
# Level 0: macros run without a question. The documents are the tests' own.
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel"
oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">
<value>vi</value></prop></item>
</oor:items>
"""
ALWAYS_RUN = 4  # com.sun.star.document.MacroExecMode.ALWAYS_EXECUTE_NO_WARN
PATIENCE = 60.0


@dataclass(frozen=True)
class Pressed:
    """What a press led to: the command of the macro, the message boxes, how the process ended."""

    command: str
    alerts: list[list[str]]
    code: int
    errors: str
    took: float

    @property
    def text(self) -> str:
        """The text of the one message box."""
        ((_, text),) = self.alerts
        return text


@dataclass(frozen=True)
class Control:
    """A button as LibreOffice shows it."""

    label: str
    script: str
    printed: bool
    model: Any


class OpenBook:
    """A workbook open in LibreOffice, with the transport of `RunPython` replaced."""

    def __init__(self, document: Any, path: Path, result: Path) -> None:
        self.document = document
        self.path = path
        self._result = result
        library = next(
            library
            for name in document.BasicLibraries.ElementNames
            if (library := document.BasicLibraries.getByName(name)).hasByName("xlwings")
        )
        self.own_transport: str = library.getByName("xlwings")
        library.replaceByName("xlwings", STAND_IN.format(python=sys.executable))

    def controls(self, sheet: str) -> list[Control]:
        """The form controls on a sheet, left to right."""
        page = self.document.Sheets.getByName(sheet).DrawPage
        shapes = [page.getByIndex(number) for number in range(page.Count)]
        models = [
            shape.Control for shape in shapes if shape.supportsService("com.sun.star.drawing.ControlShape")
        ]
        found = []
        for number in range(page.Forms.Count):
            form = page.Forms.getByIndex(number)
            for place in range(form.Count):
                model = form.getByIndex(place)
                events = form.getScriptEvents(place)
                assert model in models
                script = " ".join(event.ScriptCode for event in events)
                found.append(Control(model.Label, script, model.Printable, model))
        return found

    def press(self, label: str, sheet: str = "Thông tin", first: str = "") -> Pressed:
        """Click a button on its sheet, and wait until the process it started is done.

        `first` is Python code that the process runs before the macro's command.
        """
        self._result.unlink(missing_ok=True)
        self._result.with_name(FIRST).write_text(first, encoding="utf-8")
        controller = self.document.CurrentController
        controller.setActiveSheet(self.document.Sheets.getByName(sheet))
        (model,) = [control.model for control in self.controls(sheet) if control.label == label]
        context = controller.getControl(model).AccessibleContext
        context.doAccessibleAction(0)
        deadline = time.monotonic() + PATIENCE
        while not self._result.exists():
            assert time.monotonic() < deadline, f"{label}: the button started nothing"
            time.sleep(0.01)
        return Pressed(**json.loads(self._result.read_text(encoding="utf-8")))

    def value(self, sheet: str, cell: str) -> str | float | None:
        """The value of a cell as it is now."""
        found = self.document.Sheets.getByName(sheet).getCellRangeByName(cell)
        if found.Type.value == "EMPTY":
            return None
        is_text = found.Type.value == "TEXT" or (
            found.Type.value == "FORMULA" and found.FormulaResultType2 == 2
        )
        return str(found.String) if is_text else float(found.Value)

    def named(self, name: str) -> str | float | None:
        """The value behind a defined name."""
        cells = self.document.NamedRanges.getByName(name).ReferredCells
        sheet, _, cell = cells.AbsoluteName.removeprefix("$").partition(".")
        return self.value(sheet.strip("'"), cell.replace("$", ""))

    def type(self, sheet: str, cell: str, value: str | float) -> None:
        """Put a value into a cell as a user would, without saving."""
        found = self.document.Sheets.getByName(sheet).getCellRangeByName(cell)
        if isinstance(value, str):
            found.String = value
        else:
            found.Value = value

    def column(self, sheet: str, column: str, first: int, last: int) -> list[str]:
        """The shown texts of a column."""
        cells = self.document.Sheets.getByName(sheet).getCellRangeByName(f"{column}{first}:{column}{last}")
        return [cells.getCellByPosition(0, row).String for row in range(last - first + 1)]

    def close(self) -> None:
        """Close without saving."""
        self.document.close(True)


class Session:
    """One LibreOffice for all button tests: starting it takes longer than they do."""

    def __init__(self, context: Any, pipe: str, result: Path) -> None:
        self.context, self.pipe = context, pipe
        self._result = result
        name = "com.sun.star.frame.Desktop"
        self.desktop = context.ServiceManager.createInstanceWithContext(name, context)
        try:
            Inside(context)
        except Exception as problem:  # UNO's own kind, made at run time
            raise ImportError(HOW_TO_INSTALL) from problem

    @contextmanager
    def opened(self, path: Path) -> Iterator[OpenBook]:
        """A workbook, open until the end of the block; nothing is saved."""
        options = (setting("MacroExecutionMode", ALWAYS_RUN),)
        document = self.desktop.loadComponentFromURL(path.as_uri(), "_blank", 0, options)
        book = OpenBook(document, path, self._result)
        try:
            yield book
        finally:
            book.close()


@contextmanager
def started(program: str, folder: Path) -> Iterator[Session]:
    """A LibreOffice with a profile of its own that listens, until the end of the block.

    Raises:
        ImportError: the bridge to it, or its macros in Python, are not installed.
    """
    settings = folder / "profile" / "user" / "registrymodifications.xcu"
    settings.parent.mkdir(parents=True)
    settings.write_text(SETTINGS, encoding="utf-8")
    put_inside(folder / "profile")
    pipe, result = f"sheetcredit-{os.getpid()}", folder / "pressed.json"
    surroundings = {
        PIPE: pipe, RESULT: str(result), "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src"))),
        "SHEETCREDIT_HOME": str(folder / "home"),
    }  # fmt: skip
    process = subprocess.Popen(
        [
            program, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore",
            "--nologo", "--nofirststartwizard", f"--accept=pipe,name={pipe};urp",
        ],
        env=os.environ | surroundings, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield Session(_reached(pipe, process), pipe, result)
    finally:
        _stop(process, pipe)


def _reached(pipe: str, process: subprocess.Popen[bytes]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return connect(pipe)
        except ImportError:
            raise
        except Exception:  # UNO's own kind, made at run time
            assert process.poll() is None, "LibreOffice ended before it could be reached"
            assert time.monotonic() < deadline, "LibreOffice does not answer"
            time.sleep(0.05)


def _stop(process: subprocess.Popen[bytes], pipe: str) -> None:
    try:
        context = connect(pipe)
        context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context).terminate()
    except Exception:  # it may be gone already, or refuse: the wait below decides
        process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
