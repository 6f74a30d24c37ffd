"""`sheetcredit send`: the workbook checked, filled, sealed and mailed, or made a draft of.

What goes out is what was checked: the workbook is sealed before it is attached. Nothing goes out twice: the
outbox knows what was sent (`sheetcredit.mail.outbox`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal

import msgspec

from sheetcredit.bulletin.publish import bulletin_text, write_bulletin
from sheetcredit.filling import Edits, filled_cells
from sheetcredit.mail.message import (
    Attachment,
    Letter,
    addresses_in,
    check_address,
    compose,
    file_name,
    sheet_as_pdf,
)
from sheetcredit.mail.outbox import Intent, Outbox, clock, key_of, new_intent
from sheetcredit.mail.sealing import Sealing, checked_for_sending, figures_of, last_changes, prepare_seal
from sheetcredit.mail.smtp import send_once
from sheetcredit.model.errors import (
    BadUsage,
    ChangedMeanwhile,
    FileLocked,
    SheetcreditError,
)
from sheetcredit.model.text import one_line, word
from sheetcredit.outcome import Report
from sheetcredit.report import with_more, write_report
from sheetcredit.rulebook import Rulebook, our_rulebook
from sheetcredit.seal.changes import find_void_seals
from sheetcredit.seal.check import check_seal
from sheetcredit.seal.code import Seal, seal_of
from sheetcredit.seal.content import data_digest, snapshot
from sheetcredit.seal.keys import own_key
from sheetcredit.seal.record import read_record
from sheetcredit.settings import MailSettings, mail_settings, password_of, settings_file
from sheetcredit.template.reading import Reading
from sheetcredit.workbooks import read_office
from sheetcredit.xlsx.atomic_write import write_new
from sheetcredit.xlsx.patch import patch_cells

Outcome = Literal["sent", "already", "draft", "shown", "blocked", "void"]


@dataclass(frozen=True, slots=True)
class Sent:
    """How `send` ended. `blocked` and `void`: refused, `report` says why; `already`: sent before.

    `workbook` is the sealed file; `message` is what was composed, if it came to that.
    """

    outcome: Outcome
    report: Report
    workbook: Path
    recipients: tuple[str, ...] = ()
    intent: Intent | None = None
    message: EmailMessage | None = None
    draft: Path | None = None


def _nobody(code: str, **details: object) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Order:
    """What `send` was asked for. `options` override mail settings.

    `put` writes cells into a workbook that is open, saves it and returns its path. `watch` hears of what
    takes long, by codes of the screen catalogue.
    """

    to: tuple[str, ...] = ()
    dry_run: bool = False
    draft: Path | None = None
    again: bool = False
    reason: str = ""
    by: str | None = None
    pdf: bool = True
    options: Mapping[str, Any] | None = None
    put: Callable[[Edits], Path] | None = None
    watch: Callable[..., None] = _nobody


def send(path: str | Path, order: Order | None = None, rulebook: Rulebook | None = None) -> Sent:
    """Check a workbook, seal it and send it upward, as the order says.

    Raises:
        BadUsage: no recipient, no mail settings, an address that is none.
        CannotRead, CannotWrite: the workbook cannot be read or sealed.
        CannotSend: the mail was not delivered; `SentPerhaps`: nobody can tell.
    """
    order, book = order or Order(), rulebook or our_rulebook()
    if order.dry_run and order.draft is not None:
        raise BadUsage("E-SEND-BOTH")
    settings = mail_settings(order.options)
    if settings.sender:
        check_address(settings.sender)
    reading = read_office(path, book)
    report = checked_for_sending(reading, book)
    state = check_seal(reading, figures_of(report), (), book.office)
    reason = one_line(order.reason).strip()
    if not reason and report.blocks:
        return Sent("blocked", report, Path(path))
    if not reason and state.status == "void":
        findings = (*find_void_seals([reading], book.office), *report.findings)
        return Sent("void", replace(report, findings=findings), Path(path))
    recipients = recipients_of(reading, order.to)
    mailing = not order.dry_run and order.draft is None
    if mailing:
        if not recipients:
            raise BadUsage("E-MAIL-TO")
        check_settings(settings)
    sealing = None
    outbox = Outbox.of_user()
    if not report.blocks and state.status != "void":
        reason = ""  # nothing to excuse
    if reason or state.status in ("none", "void"):
        sealing = prepare_seal(
            reading, report, book, order.by, own_key(), outbox.submitted, reason=reason or None
        )
    job = _Job(reading, report, book, order, settings, recipients, reason, sealing, outbox)
    if order.dry_run:
        return job.show()
    if order.draft is not None:
        return job.make_draft(order.draft)
    return job.mail()


def recipients_of(reading: Reading, to: Sequence[str]) -> tuple[str, ...]:
    """Those that were named, otherwise those of `Nơi nhận`."""
    if to:
        return tuple(addresses_in(";".join(to)))
    return tuple(addresses_in(str(reading.info.values.get("send_to") or "")))


def check_settings(settings: MailSettings) -> None:
    """Raise `BadUsage` for what would stop any mail, before anything is written."""
    if not settings.host or not settings.sender:
        raise BadUsage("E-MAIL-SETTINGS", path=settings_file())
    if settings.user and password_of(settings) is None:
        raise BadUsage("E-MAIL-PASSWORD", user=settings.user, host=settings.host)


@dataclass(frozen=True, slots=True)
class _Job:
    """One workbook on its way; `sealing` is None where its seal is good already."""

    reading: Reading
    report: Report
    book: Rulebook
    order: Order
    settings: MailSettings
    recipients: tuple[str, ...]
    reason: str
    sealing: Sealing | None
    outbox: Outbox

    def show(self) -> Sent:
        """The message as it would be; nothing is written or sent."""
        with tempfile.TemporaryDirectory(prefix="sheetcredit-") as folder:
            workbook = Path(self.reading.file)
            copy = self._sealed(Path(folder) / workbook.name)
            return Sent("shown", self.report, workbook, self.recipients, message=self._message(copy))

    def make_draft(self, target: Path) -> Sent:
        """The message as a draft for a mail program, beside or wherever `target` says."""
        workbook = self._sealed()
        message = self._message(workbook, draft=True)
        write_new(target, message.as_bytes())
        intent = self.outbox.save(msgspec.structs.replace(self._intent("-"), state="draft"))
        return Sent("draft", self.report, workbook, self.recipients, intent, message, target)

    def mail(self) -> Sent:
        """The message sent, unless it was sent before."""
        made: list[tuple[Path, EmailMessage]] = []

        def compose(message_id: str) -> tuple[bytes, Intent]:
            workbook = self._sealed()
            made.append((workbook, self._message(workbook, message_id)))
            return made[-1][1].as_bytes(), self._intent(message_id)

        intent = send_once(
            self.outbox, self._key(), self.settings, self.order.watch, compose, self.order.again
        )
        if not made:
            return Sent("already", self.report, Path(self.reading.file), self.recipients, intent)
        workbook, message = made[-1]
        return Sent("sent", self.report, workbook, self.recipients, intent, message)

    def _key(self) -> str:
        lines = snapshot(self.reading, self.book.office, self.report.figures)
        record = None if self.sealing else read_record(self.reading.book, self.book.office)
        returns = self.sealing.returns if self.sealing else record.returns if record else 0
        return key_of(data_digest(lines), self.recipients, returns)

    def _sealed(self, out: Path | None = None) -> Path:
        """The sealed workbook: in place, unless `out` says where; as it is if its seal is good."""
        if self.sealing is None:
            return Path(self.reading.file)
        if out is None and self.order.put is not None:
            filled = filled_cells(self.book.office, self.reading, self.report)
            return self.order.put(with_more(filled, self.sealing.cells))
        written = write_report(self.report, self.reading, self.book, out, also=self.sealing.cells)
        return written.written_to or Path(self.reading.file)

    def _checked_bytes(self, workbook: Path) -> bytes:
        """The sealed workbook as it goes out: somebody may have saved it since it was read and checked.

        Raises:
            ChangedMeanwhile: its data are no longer what was checked.
        """
        data = workbook.read_bytes()
        state = check_seal(read_office(workbook, self.book), None, (), self.book.office)
        good = state.status in ("valid", "unknown-key") and state.code == self._seal.code
        if not good or workbook.read_bytes() != data:
            raise ChangedMeanwhile("E-CHANGED", path=workbook)
        return data

    @property
    def _seal(self) -> Seal:
        seal = self.sealing.seal if self.sealing else seal_of(self.reading.info)
        assert seal is not None
        return seal

    def _message(self, workbook: Path, message_id: str | None = None, draft: bool = False) -> EmailMessage:
        info = self.reading.info
        changes = self.sealing.changes if self.sealing else last_changes(self.reading, self.book)
        text, attachments = _bulletin(self.report, file_name("bulletin-file", info))
        letter = Letter(self.report, info, self._seal, changes, self.reason, text)
        attachments.insert(0, Attachment(Path(self.reading.file).name, self._checked_bytes(workbook)))
        if self.order.pdf and self.settings.pdf:
            self.order.watch("send-step-pdf")
            pdf = sheet_as_pdf(workbook, self.book.office.sheet("summary").sheet)
            attachments += [Attachment(file_name("summary-file", info), pdf)] if pdf else []
        sender, name = self.settings.sender, self.settings.sender_name
        return compose(letter, sender, name, self.recipients, attachments, message_id, draft)

    def _intent(self, message_id: str) -> Intent:
        info, seal = self.reading.info, self._seal
        subject = Letter(self.report, info, seal).subject
        return new_intent(
            key=self._key(), message_id=message_id, office=info.office or "", period=str(info.period or ""),
            submission=seal.submission, seal=seal.code, recipients=self.recipients, subject=subject,
            workbook=str(Path(self.reading.file).resolve()), reason=self.reason,
        )  # fmt: skip


def _bulletin(report: Report, name: str) -> tuple[str, list[Attachment]]:
    """The bulletin as text and as an attached document; neither where the figures do not give one."""
    try:
        text = bulletin_text(report)
        with tempfile.TemporaryDirectory(prefix="sheetcredit-") as folder:
            document = write_bulletin(report, Path(folder) / "bulletin.docx")
            return text, [Attachment(name, document.read_bytes())]
    except SheetcreditError:
        return "", []


def send_from_button(path: Path, put: Callable[[Edits], Path] | None = None) -> str:
    """What the button **Gửi cấp trên** does: a draft beside the workbook, or the mail itself, by setting.

    `put` writes the cells of the seal into the open workbook, saves it and returns its path. Without it a
    workbook that is open is sealed in a copy beside it. Returns what to tell the user, in Vietnamese.

    Raises:
        SheetcreditError: as `send`.
    """
    settings = mail_settings()
    draft = None if settings.button == "send" else path.with_name(f"{path.stem}.eml")
    order = Order(draft=draft, put=put)
    try:
        sent = send(path, order)
    except FileLocked:
        copy = path.with_name(f"{path.stem}-niem-phong{path.suffix}")
        sent = send(path, replace(order, put=lambda cells: _sealed_copy(path, copy, cells)))
    return told(sent)


def _sealed_copy(path: Path, copy: Path, cells: Edits) -> Path:
    return patch_cells(path, cells, copy)


def told(sent: Sent, language: Literal["vi", "en"] = "vi") -> str:
    """How it ended, in one or two sentences."""
    intent = sent.intent
    seal = intent.seal if intent else ""
    details = {
        "path": sent.workbook, "to": ", ".join(sent.recipients) or word("nothing", language), "seal": seal,
        "draft": sent.draft, "message_id": intent.message_id if intent else "",
        "at": clock(intent.changed) if intent else "", "count": sum(f.blocks for f in sent.report.findings),
    }  # fmt: skip
    return one_line(word(f"send-{sent.outcome}", language, **details))
