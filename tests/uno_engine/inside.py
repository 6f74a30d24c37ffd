"""Asking LibreOffice: which workbooks are open, what a workbook holds, what stands in cells; and writing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import copy
from typing import Any, NamedTuple

ANSWERS = Path(__file__).with_name("answers.py")
SCRIPTS = Path("user", "Scripts", "python")
"""Where a profile of LibreOffice keeps macros in Python."""

Corners = tuple[int, int, int, int]
"""Top, left, bottom, right, from 1."""


def put_inside(profile: Path) -> None:
    """Put what answers into the profile of a LibreOffice; no document changes by it."""
    scripts = profile / SCRIPTS
    scripts.mkdir(parents=True)
    copy(ANSWERS, scripts)


class Opened(NamedTuple):
    """The addresses of the open workbooks, and of the document in front."""

    workbooks: Sequence[str]
    front: str


@dataclass(frozen=True)
class Seen:
    """By sheet, whether it is shown, the corners of what is used, and those of the dates; by name, what it
    stands for.
    """

    shown: Mapping[str, bool]
    used: Mapping[str, Corners]
    dates: Mapping[str, Sequence[Corners]]
    names: Mapping[str, str]


class Inside:
    """A connection to what was put inside. A document goes by its address: as an object it costs more."""

    def __init__(self, context: Any) -> None:
        name = "com.sun.star.script.provider.MasterScriptProviderFactory"
        macros = context.ServiceManager.createInstanceWithContext(name, context).createScriptProvider("")
        place = f"vnd.sun.star.script:{ANSWERS.name}$ask?language=Python&location=user"
        self._invoke = macros.getScript(place).invoke

    def ask(self, question: str, *given: Any) -> Any:
        """The answer to a question of `answers.py`.

        Raises:
            com.sun.star.script.provider.ScriptExceptionRaisedException: LibreOffice cannot do it.
        """
        return json.loads(self._invoke((question, json.dumps(given, ensure_ascii=False)), (), ())[0])

    def opened(self) -> Opened:
        """What is open now."""
        return Opened(*self.ask("opened"))

    def look(self, address: str) -> Seen:
        """What a workbook holds now."""
        pages, shown, used, dates, names = self.ask("look", address)
        return Seen(
            dict(zip(pages, shown, strict=True)),
            dict(zip(pages, used, strict=True)),
            dict(zip(pages, dates, strict=True)),
            dict(names),
        )
