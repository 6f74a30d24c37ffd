"""The command of the quarter's bulletin: written from a workbook, or a text of it verified."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sheetcredit.cli import jobs
from sheetcredit.cli.options import Json, Language, Quiet
from sheetcredit.model.errors import BadUsage


def bulletin(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Tệp .xlsx hoặc .xlsm. / A workbook.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            metavar="OUT",
            help="Ghi ra .docx, .md, .txt; với --verify: bản sao .docx có ghi chú. / Where to.",
        ),
    ] = None,
    verify: Annotated[
        Path | None,
        typer.Option(
            "--verify",
            metavar="TEXT",
            help="Soát một bài .docx, .md, .txt theo FILE; không có FILE thì tự soát. / Check a text.",
        ),
    ] = None,
    draft: Annotated[
        bool,
        typer.Option("--draft", help="Lập cả khi còn lỗi, ghi DỰ THẢO. / Write it while something blocks."),
    ] = False,
    template: Annotated[
        Path | None,
        typer.Option("--template", metavar="DOCX", help="Mẫu .docx của đơn vị. / The office's own template."),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    lang: Language = "vi",
) -> int:
    """Lập bản tin quý từ số liệu Tổng hợp, hoặc soát số trong một bản tin. / The quarterly bulletin."""
    if verify is not None:
        if draft or template:
            raise BadUsage("E-BULLETIN-USE")
        # A job of its own: a text by itself needs no polars.
        return jobs.verify_text.verify_text(verify, file, out, json, quiet, lang)
    return jobs.bulletin.bulletin(file, out, draft, template, json, quiet, lang)
