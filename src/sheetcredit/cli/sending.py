"""The commands towards the branch: seal a workbook, send it, take in the answer, keep keys."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sheetcredit.cli.options import (
    BLOCKED,
    CLEAN,
    Elsewhere,
    Json,
    Language,
    OneFile,
    Quiet,
)
from sheetcredit.cli.work import exit_code, say, show

if TYPE_CHECKING:
    from sheetcredit.mail.send import Sent

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
    from sheetcredit.consolidate.report import rulebook_for  # noqa: PLC0415
    from sheetcredit.mail.outbox import Outbox  # noqa: PLC0415
    from sheetcredit.mail.sealing import seal_workbook  # noqa: PLC0415

    sealed = seal_workbook(file, out, by, rulebook_for(file), submitted=Outbox.of_user().submitted)
    show([sealed.report], json, quiet, lang, summarised=True)
    if not json and not quiet and sealed.seal is not None:
        done = sealed.seal
        say("sealed", lang, seal=done.code, at=done.sealed_at, by=done.sealed_by, submission=done.submission)
        for change in sealed.changes or ():
            print(f"  {change.text(lang)}")
    return exit_code([sealed.report], 0)


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
    from sheetcredit.consolidate.report import rulebook_for  # noqa: PLC0415
    from sheetcredit.mail.send import Order, told  # noqa: PLC0415
    from sheetcredit.mail.send import send as send_workbook  # noqa: PLC0415

    options = {"host": server, "port": port, "security": security, "user": user, "sender": sender}

    def watch(code: str, **details: object) -> None:
        if not quiet and sys.stderr.isatty():
            say(code, lang, stream=sys.stderr, **details)

    order = Order(
        tuple(to or ()), dry_run, draft, again, reason, by, not no_pdf, options, watch=watch
    )  # fmt: skip
    sent = send_workbook(file, order, rulebook_for(file))
    refused = sent.outcome in ("blocked", "void")
    if json:
        print(_as_json(sent))
    elif not quiet:
        if refused:
            show([sent.report], json, quiet, lang)
        if sent.outcome == "shown" and sent.message is not None:
            from sheetcredit.mail.message import shown_message  # noqa: PLC0415

            print(shown_message(sent.message))
        print(told(sent, lang))
    return BLOCKED if refused else CLEAN


def _as_json(sent: Sent) -> str:
    import json as json_format  # noqa: PLC0415

    intent = sent.intent
    file = {
        "path": str(sent.workbook),
        "outcome": sent.outcome,
        "recipients": list(sent.recipients),
        "submission": intent.submission if intent else None,
        "seal": intent.seal if intent else None,
        "message_id": intent.message_id if intent and intent.message_id != "-" else None,
        "draft": str(sent.draft) if sent.draft else None,
    }
    return json_format.dumps({"version": 1, "files": [file]}, ensure_ascii=False, indent=1)


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
    from sheetcredit.consolidate.report import rulebook_for  # noqa: PLC0415
    from sheetcredit.mail.receipt import apply_receipt  # noqa: PLC0415

    applied = apply_receipt(answer, workbook, out, rulebook=rulebook_for(workbook))
    show([applied.report], json, quiet, lang)
    if not json and not quiet:
        said = applied.receipt
        count, by = len(said.questions), said.issued_by or "?"
        say(f"receipt-{said.verdict}", lang, submission=said.submission, by=by, count=count)
        say(f"trust-{said.trust}", lang)
    return exit_code([applied.report], 0)


@key.command(name="new")
def key_new(
    owner: Annotated[
        str, typer.Option("--owner", metavar="CODE", help="Mã PGD hoặc tên chi nhánh. / Whose.")
    ],
    lang: Language = "vi",
) -> None:
    """Tạo khóa ký Ed25519 của đơn vị trên máy này. / Make this machine's signing key."""
    from sheetcredit.seal.keys import new_key  # noqa: PLC0415

    made, where = new_key(owner)
    say("key-made", lang, id=made.public.id, where=where)
    print(made.public.line())


@key.command(name="show")
def key_show(lang: Language = "vi") -> None:
    """In dòng khóa công khai để gửi chi nhánh, và các khóa đã tin cậy. / Print public keys."""
    from sheetcredit.model.errors import BadUsage  # noqa: PLC0415
    from sheetcredit.seal.keys import own_key, trusted_keys  # noqa: PLC0415

    own, trusted = own_key(), trusted_keys()
    if own is None and not trusted:
        raise BadUsage("E-KEY-NONE")
    if own is not None:
        say("key-own", lang, id=own.public.id, owner=own.owner)
        print(own.public.line())
    for known in trusted:
        say("key-trusted", lang, id=known.id, owner=known.owner)


@key.command(name="trust")
def key_trust(
    line: Annotated[
        str, typer.Argument(metavar="LINE|FILE", help="Dòng khóa hoặc tệp. / A key line or file.")
    ],
    lang: Language = "vi",
) -> None:
    """Ghi nhận khóa công khai của đơn vị khác sau khi đối chiếu mã khóa. / Trust another's public key."""
    from sheetcredit.seal.keys import public_key, trust, trusted_keys  # noqa: PLC0415

    keys = (public_key(line),) if len(line.split()) > 1 else trusted_keys(Path(line))
    where = trust(keys)
    for known in keys:
        say("key-trusted", lang, id=known.id, owner=known.owner)
    say("key-list", lang, where=where)


@key.command(name="password")
def key_password(lang: Language = "vi") -> None:
    """Lưu mật khẩu hộp thư vào kho mật khẩu của máy. / Keep the mail password in the keyring."""
    from sheetcredit.model.errors import BadUsage, CannotWrite  # noqa: PLC0415
    from sheetcredit.model.text import word  # noqa: PLC0415
    from sheetcredit.settings import (  # noqa: PLC0415
        mail_settings,
        password_name,
        remember,
        settings_file,
    )

    settings = mail_settings()
    if not settings.user or not settings.host:
        raise BadUsage("E-MAIL-SETTINGS", path=settings_file())
    secret = typer.prompt(word("ask-password", lang, user=settings.user, host=settings.host), hide_input=True)
    if not remember(password_name(settings), secret):
        raise CannotWrite("E-MAIL-KEYRING")
    say("password-kept", lang, user=settings.user, host=settings.host)
