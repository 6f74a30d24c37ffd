"""Where unforeseen failures are written down, for whoever helps the user."""

from __future__ import annotations

import tempfile
import traceback
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from sheetcredit._version import __version__
from sheetcredit.folders import state_folder
from sheetcredit.model.errors import BadUsage

LOG_NAME = "sheetcredit.log"


def log_failure(error: BaseException, arguments: Sequence[str]) -> Path:
    """Append an unforeseen failure to the log and tell where that is.

    Workbook content is not logged: of the arguments only commands and options are kept, of the failures
    their kind and where in the program they happened, never their text.
    """
    options = [argument.split("=")[0] for argument in arguments[1:] if argument.startswith("-")]
    said = f"{datetime.now():%Y-%m-%d %H:%M:%S} sheetcredit {__version__} {[*arguments[:1], *options]}\n"
    text = said + "\n".join(_chain(error)) + "\n"
    for place in (state_folder, lambda: Path(tempfile.gettempdir())):
        try:
            folder = place()
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / LOG_NAME).open("a", encoding="utf-8", errors="backslashreplace") as log:
                log.write(text)
        except (OSError, BadUsage):
            continue
        return folder / LOG_NAME
    return Path("-")


def _chain(error: BaseException | None) -> Iterator[str]:
    """Each failure and what caused it, the outermost first."""
    while error is not None:
        yield f"{type(error).__module__}.{type(error).__qualname__}"
        yield from (line.rstrip("\n") for line in traceback.format_tb(error.__traceback__))
        error = error.__cause__ or error.__context__
