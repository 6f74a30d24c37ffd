"""The commands of the next quarter's work: the sheets added, proposals filled in, many offices summed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sheetcredit.cli import jobs
from sheetcredit.cli.options import Elsewhere, Json, Language, OneFile, Quiet


def upgrade(file: OneFile, out: Elsewhere = None, quiet: Quiet = False, lang: Language = "vi") -> int:
    """Thêm các trang của mẫu phiên bản 2: Kế hoạch, Nợ đến hạn, Giấy đã ký. / Add what version 2 has."""
    return jobs.workplan.upgrade(file, out, quiet, lang)


def plan(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Báo cáo có trang Kế hoạch; với --total: nhiều báo cáo. / Workbooks."
        ),
    ],
    total: Annotated[
        bool,
        typer.Option(
            "--total", help="Cộng kế hoạch, đã làm, giấy đã ký theo PGD và hội. / Sums of many offices."
        ),
    ] = False,
    out: Elsewhere = None,
    json: Json = False,
    quiet: Quiet = False,
    lang: Language = "vi",
) -> int:
    """Điền việc quý sau vào trang Kế hoạch từ số liệu, hoặc cộng của nhiều PGD. / The next quarter's work."""
    if total:
        return jobs.workplan.total(files, json, quiet, lang)
    return jobs.workplan.fill(files, out, json, quiet, lang)
