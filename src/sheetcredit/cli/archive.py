"""The commands about what is archived."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sheetcredit.cli.options import Json, Language


def history(
    office: Annotated[str, typer.Argument(metavar="OFFICE", help="Mã PGD. / Office code.")],
    archive: Annotated[
        Path,
        typer.Option(
            "--archive",
            metavar="DIR",
            help="Thư mục đã dùng với consolidate --archive. / The folder given to consolidate --archive.",
        ),
    ],
    last: Annotated[int, typer.Option("--last", metavar="N", min=1, help="Số kỳ gần nhất. / Quarters.")] = 8,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="OUT.xlsx", help="Ghi ra bảng tính có biểu đồ. / As a workbook."),
    ] = None,
    json: Json = False,
    lang: Language = "vi",
) -> int:
    """Xem số liệu các kỳ đã lưu của một PGD, cạnh nhau. / An office's archived quarters side by side."""
    from sheetcredit.screen import history as job  # noqa: PLC0415 - only the command that is run is loaded

    return job.show_history(archive, office, last, json, lang, out)
