"""The commands about what is archived."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sheetcredit.cli.options import Every, Json, Language


def history(
    office: Annotated[
        str,
        typer.Argument(
            metavar="OFFICE",
            help="Mã PGD, hoặc mã hay tên chi nhánh (00: toàn quốc). / An office or a branch.",
        ),
    ],
    archive: Annotated[
        Path,
        typer.Option(
            "--archive",
            metavar="DIR",
            help="Thư mục đã dùng với consolidate --archive. / The folder given to consolidate --archive.",
        ),
    ],
    last: Annotated[int, typer.Option("--last", metavar="N", min=1, help="Số kỳ gần nhất. / Periods.")] = 8,
    every: Annotated[
        Every, typer.Option("--every", help="Lấy mọi tháng, chỉ cuối quý hoặc cuối năm. / Which period ends.")
    ] = "month",
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="OUT.xlsx", help="Ghi ra bảng tính có biểu đồ. / As a workbook."),
    ] = None,
    json: Json = False,
    lang: Language = "vi",
) -> int:
    """Xem số liệu các kỳ đã lưu của một PGD hay chi nhánh, cạnh nhau. / Archived periods side by side."""
    from sheetcredit.screen import history as job  # noqa: PLC0415 - only the command that is run is loaded

    return job.show_history(archive, office, last, every, json, lang, out)
