"""The commands about templates of an office's own: learn one, show by which mapping a workbook is read."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from sheetcredit.cli import jobs
from sheetcredit.cli.options import Json, Language, OneFile

app = typer.Typer(
    no_args_is_help=True,
    help="Mẫu riêng của đơn vị: học một lần, dùng mãi. / Templates of an office's own, learnt once.",
)

Keep = Literal["settings", "folder", "inside"]


@app.command()
def learn(
    file: OneFile,
    office: Annotated[
        str | None, typer.Option("--office", metavar="CODE", help="Mã PGD. / Office code.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="TÊN", help="Tên của mẫu. / What to call the template.")
    ] = None,
    unit: Annotated[
        str | None,
        typer.Option("--unit", metavar="ĐVT", help="Đơn vị tính, nếu tệp không ghi. / The unit of amounts."),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="BẢNG.CỘT=X",
            help="Cột X (chữ cái hoặc tiêu đề) là cột này: farmers.balance=H; trống thì bỏ. "
            "/ That column is this one of ours; nothing behind = leaves it out.",
        ),
    ] = None,
    skip: Annotated[
        list[str] | None,
        typer.Option("--skip", metavar="TRANG", help="Không dùng trang. / Leave a sheet out."),
    ] = None,
    keep: Annotated[
        Keep | None,
        typer.Option("--keep", help="Nơi giữ: cài đặt, thư mục của tệp, trong tệp. / Where it is kept."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Nhận mọi đề xuất, không hỏi. / Take all that is proposed.")
    ] = False,
    json: Json = False,
    lang: Language = "vi",
) -> int:
    """Học mẫu riêng: bảng, cột nào là bảng, cột nào của mẫu chung. / Learn a template of your own."""
    told = jobs.template.LearnOptions(office, name, unit, tuple(column or ()), tuple(skip or ()), keep, yes)
    return jobs.template.learn(file, told, json, lang)


@app.command()
def show(file: OneFile, lang: Language = "vi") -> int:
    """Tệp được đọc theo bảng ánh xạ nào, bảng nào ở đâu. / By which mapping a workbook is read."""
    return jobs.template.show(file, lang)
