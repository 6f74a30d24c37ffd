"""The commands that prepare this machine for the buttons in Excel."""

from __future__ import annotations

from pathlib import Path

import typer

from sheetcredit.cli.options import Language
from sheetcredit.cli.work import say

app = typer.Typer(
    no_args_is_help=True,
    help="Chuẩn bị máy cho các nút bấm trong Excel. / Prepare this machine for the buttons in Excel.",
)


@app.command()
def install(lang: Language = "vi") -> None:
    """Cho Excel biết Python ở đâu và chép mẫu vào Documents. / Tell Excel where Python is."""
    from sheetcredit.excel.machine import this_machine  # noqa: PLC0415
    from sheetcredit.excel.new_workbook import make_new  # noqa: PLC0415
    from sheetcredit.excel.setup import install as put_in_place  # noqa: PLC0415

    def make_blank(path: Path) -> Path:
        return make_new(path, None, None)

    for step in put_in_place(this_machine(), make_blank):
        say(step.code, lang, found=step.found)
        if not step.new and step.code != "excel-trust":
            say("excel-unchanged", lang)


@app.callback()
def _group() -> None:
    """Keep `install` a command of the group, though it is the only one."""
