"""The command of the quarter's bulletin: written from a workbook, or a text of it verified."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sheetcredit.cli.options import BLOCKED, CLEAN, Json, Language, Quiet
from sheetcredit.cli.work import say, show

if TYPE_CHECKING:
    from sheetcredit.cli.options import Lang


def bulletin(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Tệp .xlsx hoặc .xlsm. / A workbook.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", metavar="OUT", help="Ghi ra .docx, .md hoặc .txt; không nêu thì in ra. / Where to."
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
    from sheetcredit.model.errors import BadUsage  # noqa: PLC0415

    if verify is not None:
        if out or draft or template:
            raise BadUsage("E-BULLETIN-USE")
        return _verify(verify, file, json, quiet, lang)
    if file is None:
        raise BadUsage("E-BULLETIN-WHAT")
    from sheetcredit.bulletin.publish import publish  # noqa: PLC0415

    made = publish(file, out, draft, template)
    refused = made.report.blocks and not draft
    if refused or json:
        show([made.report], json, quiet, lang)
    if refused:
        say("bulletin-refused", lang, stream=sys.stderr)
        return BLOCKED
    if made.written_to and not json and not quiet:
        say("bulletin-written", lang, path=made.written_to)
    elif made.text and not json and not quiet:
        print(made.text, end="")
    return BLOCKED if made.report.blocks else CLEAN


def _verify(text: Path, file: Path | None, json: bool, quiet: bool, lang: Lang) -> int:
    from sheetcredit.bulletin.publish import verify  # noqa: PLC0415

    report = verify(text, file)
    if json:
        show([report], json, quiet, lang)
    elif not quiet:
        from sheetcredit.screen.verified import print_verified  # noqa: PLC0415

        print_verified(report, lang)
    return BLOCKED if report.blocks else CLEAN
