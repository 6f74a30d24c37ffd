"""Answers to the offices, one mail each: accepted with its receipt, returned with the questions, a reminder.

The words are data (`schemas/messages/answers.yaml`, or a file of the branch's own). An answer goes to the
address that the list of offices names, else to the one that the report came from, and into the thread of
that mail. A version that is not surely the office's own is answered to the address of the list only: whoever
forged it learns nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import msgspec

from sheetcredit.consolidate.arrivals import VIETNAM, Arrivals, Submission
from sheetcredit.consolidate.branch_report import branch_rulebook, read_branch
from sheetcredit.consolidate.consolidate import judged_and_returned
from sheetcredit.consolidate.origins import is_untrusted
from sheetcredit.intake.content import safe_name
from sheetcredit.mail.imap import DraftsFolder
from sheetcredit.mail.message import Attachment, addresses_in, compose_answer
from sheetcredit.mail.outbox import UNCERTAIN, Intent, Outbox, key_of, new_intent
from sheetcredit.mail.receipt import apply_receipt, receipt_for, write_receipt
from sheetcredit.mail.smtp import send_once
from sheetcredit.model.errors import BadUsage, SheetcreditError
from sheetcredit.model.finding import Finding
from sheetcredit.model.text import DEFAULT_LANGUAGE, message_catalogue, one_line
from sheetcredit.model.yaml_file import YamlMistakeError, parse_yaml
from sheetcredit.outcome import Gathered
from sheetcredit.rulebook import Rulebook
from sheetcredit.seal.keys import own_key
from sheetcredit.settings import MailSettings
from sheetcredit.workbooks import read_office
from sheetcredit.xlsx.atomic_write import make_folder, write_new

AnswerKind = Literal["accepted", "returned", "late"]
_MOST_POINTS = 40


@dataclass(frozen=True, slots=True)
class Answer:
    """One mail to one office. `key` is the same for the same answer to the same addresses.

    `workbook`: the one that is answered, with its `submission` and `seal`; none in a reminder.
    """

    kind: AnswerKind
    office: str
    name: str
    period: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    attachments: tuple[Attachment, ...] = ()
    in_reply_to: str = ""
    submission: int = 0
    seal: str = ""
    workbook: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Texts:
    """The words of the mails by code."""

    own: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path | None) -> Texts:
        """Those of a file: `code: "text"`; of none without a file.

        Raises:
            BadUsage: it cannot be read, or names a text or a placeholder that there is none of.
        """
        if path is None:
            return cls()
        try:
            content = parse_yaml(path.read_bytes())
        except OSError as error:
            raise BadUsage("E-ANSWER-TEXTS", path=path, problem=error.strerror or error) from error
        except YamlMistakeError as error:
            raise BadUsage("E-ANSWER-TEXTS", path=path, problem=error.problem) from error
        known = message_catalogue("answers")
        if not isinstance(content, dict):
            raise BadUsage("E-ANSWER-TEXTS", path=path, problem="code: text?")
        for code, text in content.items():
            if code not in known or not isinstance(text, str):
                raise BadUsage("E-ANSWER-TEXTS", path=path, problem=f"{code}?")
            try:
                text.format_map(_Anything())
            except (ValueError, AttributeError, IndexError, KeyError) as error:
                raise BadUsage("E-ANSWER-TEXTS", path=path, problem=f"{code}: {error}") from error
        return cls({str(code): str(text) for code, text in content.items()})

    def written(self, code: str, details: Mapping[str, object]) -> str:
        """A text with its placeholders filled; one that is not known stays as it is written."""
        text = self.own.get(code) or str(message_catalogue("answers")[code]["text"][DEFAULT_LANGUAGE])
        return text.format_map(_Filled(details))


class _Anything(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return key


class _Filled(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


def sent_answer(
    answer: Answer, settings: MailSettings, watch: Callable[..., None], again: bool = False
) -> tuple[Intent, bool]:
    """An answer sent unless it was sent, or made a draft of, before; its record, and whether it went now.

    Raises:
        CannotSend: as `send_once`.
    """
    outbox = Outbox.of_user()
    drafted = [one for one in outbox.of_key(answer.key) if one.state == "draft"]
    if drafted and not again:
        return drafted[-1], False
    made: list[Intent] = []

    def compose(message_id: str) -> tuple[bytes, Intent]:
        made.append(_intent(answer, message_id))
        return _message(answer, settings, message_id), made[-1]

    intent = send_once(outbox, answer.key, settings, watch, compose, again)
    return intent, bool(made)


def drafted_answer(
    answer: Answer, settings: MailSettings, folder: Path, again: bool = False
) -> tuple[Path, bool]:
    """An answer as a draft in a folder, unless it was sent or made a draft of before; where, and whether now.

    Raises:
        CannotWrite: it cannot be written.
    """
    outbox, path = Outbox.of_user(), folder / _file_name(answer)
    with outbox.alone(answer.key):
        known = [one for one in outbox.of_key(answer.key) if one.state in ("draft", "sent", *UNCERTAIN)]
        if known and not again:
            return path, False
        make_folder(path)
        write_new(path, _message(answer, settings, None))
        outbox.save(msgspec.structs.replace(_intent(answer, "-"), state="draft"))
        return path, True


def mailed_draft(
    answer: Answer, settings: MailSettings, drafts: DraftsFolder, again: bool = False
) -> tuple[Intent, bool]:
    """An answer as a draft in the mailbox, unless it was sent or made a draft of before; whether now.

    Its Message-ID follows from what it answers: a run that died after the server took the draft, and before
    that was recorded, finds it there.

    Raises:
        CannotReceive: the server did not take it, or broke off.
    """
    outbox = Outbox.of_user()
    with outbox.alone(answer.key):
        known = [one for one in outbox.of_key(answer.key) if one.state in ("draft", "sent", *UNCERTAIN)]
        if known and not again:
            return known[-1], False
        domain = settings.sender.rpartition("@")[2] or "sheetcredit.invalid"
        message_id = f"<{answer.key}.{len(known)}@{domain}>"
        now = not drafts.holds(message_id)
        if now:
            drafts.put(_message(answer, settings, message_id))
        return outbox.save(msgspec.structs.replace(_intent(answer, message_id), state="draft")), now


def _message(answer: Answer, settings: MailSettings, message_id: str | None) -> bytes:
    return compose_answer(
        answer.subject, answer.text, settings.sender, settings.sender_name, answer.recipients,
        answer.attachments, answer.in_reply_to, message_id,
    ).as_bytes()  # fmt: skip


def _intent(answer: Answer, message_id: str) -> Intent:
    return new_intent(
        key=answer.key, message_id=message_id, office=answer.office, period=answer.period,
        submission=answer.submission, seal=answer.seal, recipients=answer.recipients,
        subject=answer.subject, workbook=answer.workbook, reason=answer.kind,
    )  # fmt: skip


def _file_name(answer: Answer) -> str:
    return safe_name(f"{answer.kind}-{answer.office}-{answer.period}-{answer.key[:8]}.eml", ".eml")


def answers_to(
    arrived: Arrivals, rulebook: Rulebook, texts: Texts | None = None, today: date | None = None
) -> Iterator[Answer]:
    """The answer to each office, in the order of the list.

    One that has not reported is reminded once its day has passed; before that it is owed nothing.
    """
    writer = _Writer(arrived, rulebook, texts or Texts(), today or date.today())
    for submission in arrived.submissions:
        if submission.state == "missing":
            if submission.due < writer.today:
                yield writer.reminder(submission)
        elif (version := _answered(submission)) is not None:
            blocked = version is not submission.used or submission.state == "provisional"
            yield writer.returned(submission, version) if blocked else writer.accepted(submission, version)


def _answered(submission: Submission) -> Gathered | None:
    """The version that an office hears of: the latest that was judged; what cannot be read is nobody's."""
    readable = [one for one in judged_and_returned(submission) if one.report is not None]
    return readable[-1] if readable else None


@dataclass(frozen=True, slots=True)
class _Writer:
    """What all answers of a period have in common."""

    arrived: Arrivals
    rulebook: Rulebook
    texts: Texts
    today: date

    def accepted(self, one: Submission, version: Gathered) -> Answer:
        told = self._details(one, version)
        parts = ["greeting", "accepted", *(["accepted-late"] if one.state == "late" else []),
                 "accepted-attached", "closing"]  # fmt: skip
        receipt, _ = self._papers(version, questions=False)
        return self._answer("accepted", one, version, told, self._text(parts, told), (receipt,))

    def returned(self, one: Submission, version: Gathered) -> Answer:
        blocking = (
            [finding for finding in version.report.findings if finding.blocks] if version.report else []
        )
        told = self._details(one, version) | {"count": len(blocking)}
        receipt, workbook = self._papers(version, questions=True)
        older = [self.texts.written("returned-older", told)] if one.used else []
        attached = "returned-attached" if workbook else "returned-receipt"
        text = "\n\n".join([
            self._text(["greeting", "returned"], told),
            "\n".join(self._points(blocking)),
            *older,
            self._text([attached, "closing"], told),
        ])  # fmt: skip
        papers = tuple(filter(None, (workbook, receipt)))
        return self._answer("returned", one, version, told, text, papers, blocking)

    def reminder(self, one: Submission) -> Answer:
        told = self._details(one, None) | {"days": (self.today - one.due).days}
        return self._answer(
            "late", one, None, told, self._text(["greeting", "late", "late-ask", "closing"], told)
        )

    def _points(self, findings: Sequence[Finding]) -> Iterator[str]:
        for number, finding in enumerate(findings[:_MOST_POINTS], start=1):
            told = {
                "number": number, "code": finding.code, "message": one_line(finding.message()),
                "remedy": one_line(finding.remedy()),
            }  # fmt: skip
            yield self.texts.written("returned-point", told)
        if (more := len(findings) - _MOST_POINTS) > 0:
            yield self.texts.written("returned-more", {"count": more})

    def _text(self, codes: Sequence[str], told: Mapping[str, object]) -> str:
        return "\n\n".join(self.texts.written(code, told) for code in codes)

    def _details(self, one: Submission, version: Gathered | None) -> dict[str, object]:
        came = version.received.astimezone(VIETNAM) if version and version.received else None
        used = one.used.origin if one.used else ""
        told = {
            "office": one.office, "office_name": one.name, "owner": self.arrived.owner.name,
            "period": self.arrived.period, "due": f"{one.due:%d/%m/%Y}", "today": f"{self.today:%d/%m/%Y}",
            "file": version.origin if version else "", "received": f"{came:%d/%m/%Y}" if came else "?",
            "version": one.chosen.version if one.chosen and one.chosen.version else 1,
            "seal": (version.info.get("seal") if version else "") or "-", "used": used,
            "days": (one.received - one.due).days if one.received else 0,
        }  # fmt: skip
        return {name: one_line(str(value)) for name, value in told.items()}

    def _papers(self, version: Gathered, questions: bool) -> tuple[Attachment, Attachment | None]:
        """The receipt and, of what is returned, the workbook with the questions filled in where it can be."""
        branch = version.kind == "branch"
        book = branch_rulebook() if branch else self.rulebook
        reading = read_branch(version.path) if branch else read_office(version.path, book)
        assert version.report is not None
        receipt = receipt_for(version.report, reading, issued_by=self.arrived.owner.name, rulebook=book)
        with TemporaryDirectory(prefix="sheetcredit-") as folder:
            paper = write_receipt(receipt, Path(folder), own_key())
            answer = Attachment(paper.name, paper.read_bytes())
            source = Path(version.path)
            name = self.texts.written("returned-file", {"stem": source.stem, "suffix": source.suffix})
            try:
                filled = Path(folder) / f"filled{source.suffix}"
                if questions:
                    apply_receipt(paper, source, filled, (), book)
                    return answer, Attachment(one_line(name), filled.read_bytes())
            except SheetcreditError:
                pass  # a format that cannot be written, say: the questions stand in the text and the receipt
        return answer, None

    def _answer(
        self,
        kind: AnswerKind,
        one: Submission,
        version: Gathered | None,
        told: Mapping[str, object],
        text: str,
        papers: Sequence[Attachment] = (),
        asked: Sequence[Finding] = (),
    ) -> Answer:
        known = one.sender
        if not known and version is not None and not is_untrusted(version):
            known = version.sender
        recipients = _addresses(known)
        about = [kind, one.office, str(self.arrived.period), version.digest if version else str(one.due)]
        data = blake2b("\n".join([*about, *sorted(f.key + f.digest for f in asked)]).encode()).digest()
        return Answer(
            kind=kind, office=one.office, name=one.name, period=str(self.arrived.period),
            recipients=recipients, subject=self.texts.written(f"subject-{kind}", told), text=text + "\n",
            attachments=tuple(papers), in_reply_to=version.message_id if version else "",
            submission=one.chosen.version or 0 if one.chosen else 0,
            seal=str(version.info.get("seal") or "") if version else "",
            workbook=version.path if version else "", key=key_of(data, recipients),
        )  # fmt: skip


def _addresses(known: str) -> tuple[str, ...]:
    """The addresses of a text; none where it names what no server would take."""
    try:
        return tuple(addresses_in(known))
    except BadUsage:
        return ()
