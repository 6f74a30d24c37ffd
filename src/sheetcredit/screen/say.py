"""One line to the user, from the catalogue of the screen: what was done, or why it could not be."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from sheetcredit.log import log_failure
from sheetcredit.model.errors import SheetcreditError
from sheetcredit.model.text import Language, one_line, word
from sheetcredit.xlsx.files import cause_of, reading_failed

_OF_THE_NAME = ("long", "name", "network")
"""Causes that lie in what the user named, whichever step came upon it first."""


def say(code: str, language: Language, stream: TextIO | None = None, **details: object) -> None:
    """One line of the screen catalogue, on stdout unless another stream is given."""
    print(word(code, language, **details), file=stream or sys.stdout)


def tell(error: SheetcreditError, language: Language) -> None:
    """One line on stderr: what happened and what to do."""
    line = word("error-line", language, message=error.message(language), remedy=error.remedy(language))
    print(one_line(line), file=sys.stderr)


def failed(error: Exception, given: Sequence[str], language: Language) -> int:
    """What no command foresaw: one line for the user, the details of what nobody foresaw in the log.

    `given` are the arguments of the command. Returns the exit code, always 2.
    """
    if isinstance(error, OSError) and error.filename and cause_of(error) in _OF_THE_NAME:
        error = reading_failed(Path(str(error.filename)), error)
    if not isinstance(error, SheetcreditError):
        reason = f"{type(error).__name__}: {error}"
        error = SheetcreditError("E-INTERNAL", reason=reason, log=log_failure(error, given))
    tell(error, language)
    return 2
