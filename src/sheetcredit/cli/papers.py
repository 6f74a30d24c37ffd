"""The command of the papers to sign: written from a workbook, or held against it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sheetcredit.cli import jobs
from sheetcredit.cli.options import Json, Language, Quiet


class KindOption(StrEnum):
    """What `--kind` takes."""

    minutes = "minutes"
    groups = "groups"
    summaries = "summaries"


def papers(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PAPER...] BOOK",
            help="Báo cáo của PGD; với --check: giấy tờ hoặc thư mục, rồi báo cáo. / The workbook, last.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="FOLDER", help="Thư mục ghi giấy tờ. / The folder to write to."),
    ] = None,
    kinds: Annotated[
        list[KindOption] | None,
        typer.Option(
            "--kind",
            help="Loại: minutes (biên bản), groups (bảng kê tổ), summaries (tổng hợp hội). "
            "/ Which papers; minutes and summaries otherwise.",
        ),
    ] = None,
    one_file: Annotated[
        bool, typer.Option("--one-file", help="Mỗi loại một tệp để in một lượt. / All of a kind in one file.")
    ] = False,
    draft: Annotated[
        bool,
        typer.Option("--draft", help="Lập cả khi còn lỗi, ghi DỰ THẢO. / Write them while something blocks."),
    ] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Giấy nào không còn khớp báo cáo. / Which papers no longer agree with BOOK."
        ),
    ] = False,
    copy_templates: Annotated[
        bool,
        typer.Option(
            "--copy-templates",
            help="Chép mẫu Word vào thư mục cài đặt để sửa. / Copy the templates to edit them.",
        ),
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
    lang: Language = "vi",
) -> int:
    """Lập biên bản đối chiếu, bảng kê tổ, tổng hợp hội để ký; kiểm tra giấy đã lập. / Papers to sign."""
    given = list(files or ())
    if copy_templates:
        return jobs.papers.copy_templates(given, quiet, lang)
    if check:
        return jobs.check_papers.check(given, json, quiet, lang)
    named = [kind.value for kind in kinds] if kinds else None
    return jobs.papers.write(given, out, named, one_file, draft, json, quiet, lang)
