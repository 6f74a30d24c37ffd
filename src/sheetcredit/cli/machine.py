"""The commands about this machine: what it has, what it lacks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sheetcredit.cli.options import CLEAN, COULD_NOT_RUN, Json, Language


def doctor(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Xem cả macro của tệp này. / Look at its macros too."),
    ] = None,
    json: Json = False,
    lang: Language = "vi",
) -> int:
    """Kiểm tra máy: bản cài, mẫu, Excel, LibreOffice và việc cần làm. / What this machine lacks."""
    from sheetcredit.screen.doctor import examine, print_examination  # noqa: PLC0415

    examination = examine(file)
    print_examination(examination, lang, json)
    return CLEAN if all(item.ok or not item.needed for item in examination) else COULD_NOT_RUN
