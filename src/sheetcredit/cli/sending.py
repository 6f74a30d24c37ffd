"""The commands towards the branch: seal a workbook, send it, take in the answer, keep keys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from sheetcredit.cli import jobs
from sheetcredit.cli.options import Elsewhere, Json, Language, OneFile, Quiet

By = Annotated[
    str | None,
    typer.Option("--by", metavar="NAME", help="Người niêm phong; không nêu thì lấy Người lập. / Who seals."),
]

key = typer.Typer(
    no_args_is_help=True,
    help="Khóa ký của đơn vị: tạo, xem, tin cậy, mật khẩu thư. / The office's key and the mail password.",
)


def seal(
    file: OneFile,
    out: Elsewhere = None,
    by: By = None,
    json: Json = False,
    quiet: Quiet = False,
    lang: Language = "vi",
) -> int:
    """Kiểm tra, lập Tổng hợp và niêm phong khi không còn gì chặn. / Check, fill and seal a workbook."""
    return jobs.sending.seal(file, out, by, json, quiet, lang)


def send(
    file: OneFile,
    to: Annotated[
        list[str] | None,
        typer.Option("--to", metavar="ADDR", help="Nơi nhận, thay ô Nơi nhận. / Instead of Nơi nhận."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Chỉ xem thư, không gửi. / Show the message only.")
    ] = False,
    draft: Annotated[
        Path | None,
        typer.Option("--draft", metavar="OUT.eml", help="Làm thư nháp cho Outlook. / A draft for Outlook."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Gửi lại dù đã gửi hoặc chưa rõ. / Send once more.")
    ] = False,
    reason: Annotated[
        str,
        typer.Option("--reason", metavar="TEXT", help="Lý do gửi khi còn lỗi. / Why in spite of findings."),
    ] = "",
    by: By = None,
    no_pdf: Annotated[bool, typer.Option("--no-pdf", help="Không kèm PDF. / Without the PDF.")] = False,
    server: Annotated[
        str | None, typer.Option("--server", metavar="HOST", help="Máy chủ thư. / Mail server.")
    ] = None,
    port: Annotated[int | None, typer.Option("--port", help="Cổng. / Port.")] = None,
    security: Annotated[
        Literal["starttls", "tls", "none"] | None, typer.Option("--security", help="Mã hóa. / Encryption.")
    ] = None,
    user: Annotated[str | None, typer.Option("--user", help="Tên đăng nhập thư. / Login.")] = None,
    sender: Annotated[
        str | None, typer.Option("--from", metavar="ADDR", help="Địa chỉ gửi. / Sender's address.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    lang: Language = "vi",
) -> int:
    """Niêm phong và gửi báo cáo lên cấp trên, hoặc làm thư nháp. / Seal a workbook and mail it upward."""
    mail = {"host": server, "port": port, "security": security, "user": user, "sender": sender}
    order = jobs.sending.order_of(
        tuple(to or ()), dry_run, draft, again, reason, by, not no_pdf, mail, quiet or json, lang
    )
    return jobs.sending.send_workbook(file, order, json, quiet, lang)


def receipt(
    answer: Annotated[
        Path, typer.Argument(metavar="RECEIPT", help="Phiếu của chi nhánh (.json). / Receipt.")
    ],
    workbook: Annotated[Path, typer.Argument(metavar="WORKBOOK", help="Tệp đã gửi. / The workbook sent.")],
    out: Elsewhere = None,
    json: Json = False,
    quiet: Quiet = False,
    lang: Language = "vi",
) -> int:
    """Nhận phiếu trả lời: câu hỏi của cấp trên vào trang Kiểm tra. / Take in the branch's receipt."""
    return jobs.sending.receipt(answer, workbook, out, json, quiet, lang)


trust = typer.Typer(
    no_args_is_help=True,
    help="Các khóa được tin: xem, thêm, thu hồi. / The keys that count: list, add, revoke.",
)


@trust.command(name="list")
def trust_list(json: Json = False, lang: Language = "vi") -> None:
    """Xem các khóa đã ghi nhận: mã khóa, chủ khóa. / The keys that are trusted, with their owners."""
    jobs.sending.list_trusted(json, lang)


@trust.command(name="add")
def trust_add(
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="Tệp khóa đơn vị gửi, hoặc dòng khóa. / A key file or line.")
    ],
    lang: Language = "vi",
) -> None:
    """Ghi nhận khóa của đơn vị, sau khi đọc đối chiếu mã khóa qua điện thoại. / Trust a unit's key."""
    jobs.sending.trust_key(key, lang)


@trust.command(name="revoke")
def trust_revoke(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Mã khóa hoặc chủ khóa. / A key's id or owner.")],
    lang: Language = "vi",
) -> None:
    """Thu hồi: khóa này không còn được tin. / The key no longer counts."""
    jobs.sending.revoke_key(key, lang)


@key.command(name="new")
def key_new(
    owner: Annotated[
        str, typer.Option("--owner", metavar="CODE", help="Mã PGD hoặc tên chi nhánh. / Whose.")
    ],
    lang: Language = "vi",
) -> None:
    """Tạo khóa ký Ed25519 của đơn vị trên máy này. / Make this machine's signing key."""
    jobs.sending.make_key(owner, lang)


@key.command(name="show")
def key_show(
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="FILE", help="Ghi khóa ra tệp để gửi đi. / Into a file to send."),
    ] = None,
    lang: Language = "vi",
) -> None:
    """In dòng khóa công khai để gửi chi nhánh, và các khóa đã tin cậy. / Print public keys."""
    jobs.sending.show_keys(out, lang)


@key.command(name="trust")
def key_trust(
    line: Annotated[
        str, typer.Argument(metavar="LINE|FILE", help="Dòng khóa hoặc tệp. / A key line or file.")
    ],
    lang: Language = "vi",
) -> None:
    """Ghi nhận khóa công khai của đơn vị khác sau khi đối chiếu mã khóa. / Trust another's public key."""
    jobs.sending.trust_key(line, lang)


@key.command(name="password")
def key_password(
    inbox: Annotated[
        bool, typer.Option("--inbox", help="Của hộp thư đến ([inbox]). / Of the mailbox that is read.")
    ] = False,
    lang: Language = "vi",
) -> None:
    """Lưu mật khẩu hộp thư vào kho mật khẩu của máy. / Keep the mail password in the keyring."""
    jobs.sending.keep_password(inbox, lang)
