"""What the commands share of their arguments and options, and their exit codes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

CLEAN, BLOCKED, COULD_NOT_RUN, INTERRUPTED = 0, 1, 2, 130

Lang = Literal["vi", "en"]
Every = Literal["month", "quarter", "year"]

Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Tệp .xlsx hoặc .xlsm. / Workbooks.")]
OneFile = Annotated[Path, typer.Argument(metavar="FILE", help="Tệp .xlsx hoặc .xlsm. / A workbook.")]
Json = Annotated[bool, typer.Option("--json", help="In kết quả dạng JSON. / Machine form on stdout.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Chỉ báo bằng mã thoát. / Exit code only.")]
Elsewhere = Annotated[Path | None, typer.Option("-o", "--out", help="Ghi ra tệp khác. / Write elsewhere.")]
Previous = Annotated[
    Path | None,
    typer.Option(
        "--previous",
        metavar="FILE",
        help="Báo cáo kỳ trước; không nêu thì tự tìm trong cùng thư mục. "
        "/ The previous report; looked for beside the file otherwise.",
    ),
]
Language = Annotated[Lang, typer.Option("--lang", help="Ngôn ngữ. / Language of the messages.")]
