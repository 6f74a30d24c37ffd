"""The commands towards the branch: seal a workbook, send it, take in the answer, keep keys."""

from __future__ import annotations

import json as json_format
import sys
from pathlib import Path

import typer

from sheetcredit.cli.jobs.workbooks import exit_code, show
from sheetcredit.cli.options import BLOCKED, CLEAN, Lang
from sheetcredit.consolidate.branch_report import rulebook_for
from sheetcredit.mail.message import shown_message
from sheetcredit.mail.outbox import Outbox
from sheetcredit.mail.receipt import apply_receipt
from sheetcredit.mail.sealing import seal_workbook
from sheetcredit.model.errors import BadUsage, CannotWrite
from sheetcredit.model.text import one_line, word
from sheetcredit.screen.say import say
from sheetcredit.seal.keys import new_key, own_key, public_key, revoke, trust, trusted_keys
from sheetcredit.sending import Order, Sent, send, told
from sheetcredit.settings import inbox_settings, mail_settings, password_name, remember, settings_file
from sheetcredit.xlsx.atomic_write import write_new

_LONGEST_NAME = 200


def seal(file: Path, out: Path | None, by: str | None, json: bool, quiet: bool, lang: Lang) -> int:
    """`sheetcredit seal`: checked, filled and sealed when nothing blocks."""
    sealed = seal_workbook(file, out, by, rulebook_for(file), submitted=Outbox.of_user().submitted)
    show([sealed.report], json, quiet, lang, summarised=True)
    if not json and not quiet and sealed.seal is not None:
        done = sealed.seal
        say("sealed", lang, seal=done.code, at=done.sealed_at, by=done.sealed_by, submission=done.submission)
        for change in sealed.changes or ():
            print(f"  {change.text(lang)}")
    return exit_code([sealed.report], 0)


def send_workbook(file: Path, order: Order, json: bool, quiet: bool, lang: Lang) -> int:
    """`sheetcredit send`: sealed and mailed, or made a draft of."""
    sent = send(file, order, rulebook_for(file))
    refused = sent.outcome in ("blocked", "void")
    if json:
        print(_as_json(sent))
    elif not quiet:
        if refused:
            show([sent.report], json, quiet, lang)
        if sent.outcome == "shown" and sent.message is not None:
            print(shown_message(sent.message))
        print(told(sent, lang))
    return BLOCKED if refused else CLEAN


def order_of(
    recipients: tuple[str, ...],
    dry_run: bool,
    draft: Path | None,
    again: bool,
    reason: str,
    by: str | None,
    pdf: bool,
    mail: dict[str, str | int | None],
    quiet: bool,
    lang: Lang,
) -> Order:
    """What was asked of `send`; each step is reported on stderr while somebody watches."""

    def watch(code: str, **details: object) -> None:
        if not quiet and sys.stderr.isatty():
            say(code, lang, stream=sys.stderr, **details)

    return Order(recipients, dry_run, draft, again, reason, by, pdf, mail, watch=watch)


def _as_json(sent: Sent) -> str:
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


def receipt(answer: Path, workbook: Path, out: Path | None, json: bool, quiet: bool, lang: Lang) -> int:
    """`sheetcredit receipt`: the branch's questions put into `Kiểm tra`."""
    applied = apply_receipt(answer, workbook, out, rulebook=rulebook_for(workbook))
    show([applied.report], json, quiet, lang)
    if not json and not quiet:
        said = applied.receipt
        count, by = len(said.questions), one_line(said.issued_by)[:_LONGEST_NAME] or "?"
        say(f"receipt-{said.verdict}", lang, submission=said.submission, by=by, count=count)
        say(f"trust-{said.trust}", lang)
    return exit_code([applied.report], 0)


def make_key(owner: str, lang: Lang) -> None:
    """`sheetcredit key new`: this machine's signing key, and the line that others trust."""
    made, where = new_key(owner)
    say("key-made", lang, id=made.public.id, where=where)
    print(made.public.line())


def show_keys(out: Path | None, lang: Lang) -> None:
    """`sheetcredit key show`: the own public key and those that are trusted; the own one into `out`, to send.

    Raises:
        BadUsage: there is none.
        CannotWrite: `out` cannot be written.
    """
    own, trusted = own_key(), trusted_keys()
    if own is None and not trusted:
        raise BadUsage("E-KEY-NONE")
    if own is not None:
        say("key-own", lang, id=own.public.id, owner=own.owner)
        print(own.public.line())
        if out is not None:
            say("written", lang, path=write_new(out, f"{own.public.line()}\n".encode()))
    elif out is not None:
        raise BadUsage("E-KEY-NONE")
    for known in trusted:
        say("key-trusted", lang, id=known.id, owner=known.owner)


def trust_key(line: str, lang: Lang) -> None:
    """`sheetcredit key trust`: a public key, from its line or a file, put on the list of those that count."""
    is_file = len(line.split()) == 1 or Path(line).exists()
    keys = trusted_keys(Path(line)) if is_file else (public_key(line),)
    where = trust(keys)
    for known in keys:
        say("key-trusted", lang, id=known.id, owner=known.owner)
    say("key-list", lang, where=where)


def list_trusted(json: bool, lang: Lang) -> None:
    """`sheetcredit trust list`: whose signatures count on this machine."""
    keys = trusted_keys()
    if json:
        told = [{"id": key.id, "owner": key.owner, "key": key.line()} for key in keys]
        print(json_format.dumps({"version": 1, "keys": told}, ensure_ascii=False, indent=1))
        return
    for key in keys:
        say("key-trusted", lang, id=key.id, owner=key.owner)
    if not keys:
        say("key-trusted-none", lang)


def revoke_key(name: str, lang: Lang) -> None:
    """`sheetcredit trust revoke`: a key taken off the list by its id or owner."""
    for key in revoke(name):
        say("key-revoked", lang, id=key.id, owner=key.owner)


def keep_password(inbox: bool, lang: Lang) -> None:
    """`sheetcredit key password`: the password of the mail account, into the system's keyring.

    Raises:
        BadUsage: no mail server or account is set.
        CannotWrite: there is no keyring that keeps it.
    """
    settings = inbox_settings() if inbox else mail_settings()
    if not settings.user or not settings.host:
        raise BadUsage("E-INBOX-SETTINGS" if inbox else "E-MAIL-SETTINGS", path=settings_file())
    secret = typer.prompt(word("ask-password", lang, user=settings.user, host=settings.host), hide_input=True)
    if not remember(password_name(settings), secret):
        raise CannotWrite("E-MAIL-KEYRING")
    say("password-kept", lang, user=settings.user, host=settings.host)
