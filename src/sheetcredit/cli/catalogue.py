"""The commands about offices, communes and the bank's codes: what is known of them, and putting it right."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sheetcredit.cli import jobs
from sheetcredit.cli.options import Language, OneFile

app = typer.Typer(
    no_args_is_help=True,
    help="Danh mục PGD, xã và mã của ngân hàng. / Offices, communes and the bank's own codes.",
)

Out = Annotated[Path, typer.Argument(metavar="OUT.xlsx", help="Tệp sẽ tạo. / The new file.")]


@app.command()
def show(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Mã PGD, POS, xã hoặc tỉnh. / A code.")],
    lang: Language = "vi",
) -> None:
    """Danh mục nói gì về một mã. / What the catalogues say of a code."""
    jobs.catalogue.show(code, lang)


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="LIST.xlsx", help="Danh sách đã điền. / A filled-in list.")],
    lang: Language = "vi",
) -> None:
    """Nhập danh sách PGD của chi nhánh, hoặc xã mới của các tổ. / Import a list of offices or of groups."""
    jobs.catalogue.import_list(file, lang)


@app.command()
def form(
    out: Out,
    branch: Annotated[
        str | None, typer.Option("--branch", metavar="TỈNH", help="Điền sẵn tỉnh này. / Filled with these.")
    ] = None,
    lang: Language = "vi",
) -> None:
    """Mẫu danh sách PGD để điền. / The form of a list of offices."""
    jobs.catalogue.form(out, branch, lang)


@app.command()
def groups(file: OneFile, out: Out, lang: Language = "vi") -> None:
    """Các tổ ở xã bị chia, để xếp vào xã mới một lần. / The groups of divided communes, to be put once."""
    jobs.catalogue.groups(file, out, lang)
