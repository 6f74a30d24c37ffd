"""The commands about this machine: what it has and lacks, and Excel on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sheetcredit.cli import jobs
from sheetcredit.cli.options import Json, Language


def doctor(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Xem cả macro của tệp này. / Look at its macros too."),
    ] = None,
    json: Json = False,
    lang: Language = "vi",
) -> int:
    """Kiểm tra máy: bản cài, mẫu, Excel, LibreOffice và việc cần làm. / What this machine lacks."""
    return jobs.machine.doctor(file, json, lang)


excel = typer.Typer(
    no_args_is_help=True,
    help="Chuẩn bị máy cho các nút bấm trong Excel. / Prepare this machine for the buttons in Excel.",
)


@excel.command()
def install(lang: Language = "vi") -> None:
    """Cho Excel biết Python ở đâu và chép mẫu vào Documents. / Tell Excel where Python is."""
    jobs.machine.set_up_excel(lang)


@excel.command()
def uninstall(lang: Language = "vi") -> None:
    """Bỏ những gì `install` đã làm, trừ thứ đã được sửa. / Take back what `install` did."""
    jobs.machine.take_back_from_excel(lang)
