"""The branch's answer to a workbook: accepted, or returned with questions on cells; a small signed JSON file.

The branch makes it (`receipt_for`, `write_receipt`), the office takes it in (`apply_receipt`): the questions
become findings in `Kiểm tra`, and a returned workbook's next seal is the next submission.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from sheetcredit.checks.questions import asked_at, question_finding
from sheetcredit.filling import Edits
from sheetcredit.mail.sealing import info_tab
from sheetcredit.model.errors import BadUsage, CannotRead
from sheetcredit.model.finding import Finding
from sheetcredit.model.text import one_line
from sheetcredit.outcome import Report
from sheetcredit.report import check_readings, write_report
from sheetcredit.rulebook import Rulebook, our_rulebook
from sheetcredit.seal.code import plain, seal_cells, seal_of
from sheetcredit.seal.content import data_digest, snapshot, typeable
from sheetcredit.seal.keys import OfficeKey, PublicKey, trusted_keys, verify
from sheetcredit.seal.record import Record, read_record, record_cells
from sheetcredit.seal.trust import superior_keys
from sheetcredit.template.reading import Reading
from sheetcredit.workbooks import other_reports, read_office
from sheetcredit.xlsx.atomic_write import write_new
from sheetcredit.xlsx.files import reading_failed

Verdict = Literal["accepted", "returned"]
Trust = Literal["unsigned", "valid", "unknown-key"]
VERSION = 1
_LARGEST = 4_000_000
_LONGEST = 60
_UNSAFE = re.compile(r"[^\w.-]+")


class Question(NamedTuple):
    """What the branch asks: code and key of the finding behind it, the cell, the words."""

    code: str
    sheet: str | None
    cell: str | None
    message: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The branch's answer. `data` is the digest of the sealed data (hex); times are ISO.

    `trust` is not part of the file: what reading it found of its signature.
    """

    office: str
    period: str
    submission: int
    seal: str
    data: str
    verdict: Verdict
    questions: tuple[Question, ...] = ()
    issued_at: str = ""
    issued_by: str = ""
    signature: str = ""
    version: int = VERSION
    trust: Trust = "unsigned"


@dataclass(frozen=True, slots=True)
class Applied:
    """A receipt taken into a workbook: what its `Kiểm tra` says now."""

    receipt: Receipt
    report: Report


def receipt_for(
    report: Report,
    reading: Reading,
    verdict: Verdict | None = None,
    questions: Iterable[Sequence[str | None]] | None = None,
    issued_by: str = "",
    issued_at: datetime | None = None,
    rulebook: Rulebook | None = None,
) -> Receipt:
    """The receipt of a workbook that was received.

    `questions` are (code, sheet, cell, message[, key]); those of the findings that block unless given.
    Without a `verdict` a workbook is returned if there are questions. `rulebook` is that of the workbook's
    kind (office or branch), ours for offices unless given.
    """
    asked = _asked(report.findings) if questions is None else tuple(_question(one) for one in questions)
    seal = seal_of(reading.info)
    now = (issued_at or datetime.now()).astimezone()
    return Receipt(
        office=reading.info.office or "",
        period=str(reading.info.period or ""),
        submission=seal.submission if seal else 0,
        seal=seal.code if seal else "",
        data=data_digest(snapshot(reading, (rulebook or our_rulebook()).office)).hex(),
        verdict=verdict or ("returned" if asked else "accepted"),
        questions=asked,
        issued_at=now.isoformat(timespec="seconds"),
        issued_by=issued_by,
    )


def _asked(findings: Iterable[Finding]) -> tuple[Question, ...]:
    found = []
    for finding in findings:
        if finding.blocks:
            cause = f" ({finding.suspects[0].cause_text()})" if finding.suspects else ""
            text = finding.sentence() + cause
            found.append(Question(finding.code, finding.sheet, finding.cell, text, finding.key))
    return tuple(found)


def _question(parts: Sequence[str | None]) -> Question:
    code, sheet, cell, message, *key = parts
    return Question(code or "", sheet, cell, message or "", (key[0] or "") if key else "")


def write_receipt(receipt: Receipt, where: Path, key: OfficeKey | None = None) -> Path:
    """Write a receipt, signed if there is a key, to a file, or under a name of its own into a folder.

    The name ends with a digest of all that is answered, so that no receipt replaces another one.

    Raises:
        CannotWrite: it cannot be written.
    """
    if key is not None:
        receipt = replace(receipt, signature=key.sign(_signed_bytes(receipt)))
    answer = _signed_bytes(replace(receipt, issued_at=""))  # the same answer, given again, is the same file
    digest = typeable(blake2b(answer, digest_size=8).digest(), 8)
    office, period = receipt.office or "khong-ro", receipt.period or "khong-ro"
    name = f"phieu-{office}-{period}-lan{receipt.submission}-{digest}.json"
    path = where if where.suffix.lower() == ".json" else where / _UNSAFE.sub("-", name)
    text = json.dumps(_content(receipt) | {"signature": receipt.signature}, ensure_ascii=False, indent=1)
    return write_new(path, f"{text}\n".encode())


def _content(receipt: Receipt) -> dict[str, Any]:
    return {
        "version": receipt.version, "kind": "sheetcredit-receipt", "office": receipt.office,
        "period": receipt.period, "submission": receipt.submission, "seal": receipt.seal,
        "data": receipt.data, "verdict": receipt.verdict, "issued_at": receipt.issued_at,
        "issued_by": receipt.issued_by, "questions": [question._asdict() for question in receipt.questions],
    }  # fmt: skip


def _signed_bytes(receipt: Receipt) -> bytes:
    """What the signature covers: everything else, in one form."""
    told = json.dumps(_content(receipt), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return b"sheetcredit-receipt-1\n" + told.encode()


class _QuestionFile(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    sheet: str | None
    cell: str | None
    message: str
    key: str


class _ReceiptFile(msgspec.Struct, forbid_unknown_fields=True):
    version: Literal[1]
    kind: Literal["sheetcredit-receipt"]
    office: str
    period: str
    submission: int
    seal: str
    data: str
    verdict: Verdict
    issued_at: str
    issued_by: str
    questions: list[_QuestionFile]
    signature: str


def read_receipt(path: Path, trusted: Iterable[PublicKey] | Path | None = None) -> Receipt:
    """A receipt from its file; `trusted` are public keys, or where they are (else the user's own list).

    Raises:
        CannotRead: it is no receipt, or its signature is wrong.
    """
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise reading_failed(path, problem) from problem
    try:
        file = msgspec.json.decode(data[: _LARGEST + 1], type=_ReceiptFile)
    except msgspec.MsgspecError as error:
        raise CannotRead("E-RECEIPT", path=path) from error
    questions = tuple(Question(one.code, one.sheet, one.cell, one.message, one.key) for one in file.questions)
    receipt = Receipt(
        file.office, file.period, file.submission, file.seal, file.data, file.verdict, questions,
        file.issued_at, file.issued_by, file.signature,
    )  # fmt: skip
    if not receipt.signature:
        return receipt
    keys = trusted_keys(trusted) if trusted is None or isinstance(trusted, Path) else tuple(trusted)
    found = verify(receipt.signature, _signed_bytes(receipt), keys)
    if found == "bad-signature":
        raise CannotRead("E-RECEIPT-FORGED", path=path)
    return replace(receipt, trust=found)


def apply_receipt(
    path: Path,
    workbook: Path,
    out: Path | None = None,
    trusted: Iterable[PublicKey] | Path | None = None,
    rulebook: Rulebook | None = None,
) -> Applied:
    """Take a receipt into the office's workbook: questions into `Kiểm tra`, a returned seal lifted.

    Raises:
        CannotRead: the receipt or the workbook cannot be read.
        BadUsage: the receipt answers another report, another submission of it or other data; it is older than
            one that was taken in; or it is not signed by the unit above although that unit's key is trusted.
    """
    book = rulebook or our_rulebook()
    keys = trusted_keys(trusted) if trusted is None or isinstance(trusted, Path) else tuple(trusted)
    receipt = read_receipt(path, keys)
    reading = read_office(workbook, book)
    receipt = _signed_from_above(receipt, path, reading, book, keys)
    _check_same(receipt, path, reading, book)
    report = check_readings([reading], book, other_reports([reading], book))[0]
    known = {finding.key for finding in report.findings}
    asked = [finding for finding in questions_of(receipt, reading, book) if finding.key not in known]
    report = replace(report, findings=(*asked, *report.findings))
    written = write_report(report, reading, book, out, also=_answered(receipt, reading, book))
    return Applied(receipt, written)


def _check_same(receipt: Receipt, path: Path, reading: Reading, book: Rulebook) -> None:
    info = reading.info
    if (receipt.office, receipt.period) != (info.office or "", str(info.period or "")):
        raise BadUsage(
            "E-RECEIPT-OTHER", path=path, office=receipt.office, period=receipt.period, workbook=reading.file
        )
    record = read_record(reading.book, book.office)
    handed_in = list(_handed_in(reading, record, book))
    same_seal = [
        one for one in handed_in if (plain(receipt.seal), receipt.submission) == (one.seal, one.submission)
    ]
    if not same_seal:
        raise BadUsage(
            "E-RECEIPT-SEAL", path=path, seal=receipt.seal or "-", submission=receipt.submission,
            workbook=reading.file, found=handed_in[0].shown,
        )  # fmt: skip
    if receipt.data not in (one.data for one in same_seal):
        raise BadUsage("E-RECEIPT-DATA", path=path, workbook=reading.file)
    if record is not None and record.answered and _issued(receipt.issued_at) < _issued(record.answered_at):
        raise BadUsage("E-RECEIPT-OLDER", path=path, issued=receipt.issued_at, taken=record.answered_at)


class _HandedIn(NamedTuple):
    """What a receipt may speak of: a seal as it compares and as it is shown, submission, digest (hex)."""

    seal: str
    shown: str
    submission: int
    data: str


def _handed_in(reading: Reading, record: Record | None, book: Rulebook) -> Iterator[_HandedIn]:
    """The state that the seal speaks of, the one that the record keeps, and an unsealed workbook as it is."""
    seal = seal_of(reading.info)
    now = data_digest(snapshot(reading, book.office)).hex()
    if seal is not None:
        yield _HandedIn(plain(seal.code), seal.code, seal.submission, now)
    if record is not None:
        yield _HandedIn(plain(record.code), record.code, record.submission, record.data.hex())
    if seal is None:
        yield _HandedIn("", "-", 0, now)


def _issued(text: str) -> datetime:
    """When a receipt was issued; long ago where it does not say."""
    try:
        issued = datetime.fromisoformat(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return issued if issued.tzinfo else issued.replace(tzinfo=UTC)


def _signed_from_above(
    receipt: Receipt, path: Path, reading: Reading, book: Rulebook, keys: Sequence[PublicKey]
) -> Receipt:
    """The receipt, if it may be taken in: once a key of the unit above is trusted, only that key signs."""
    above = superior_keys(keys, reading.info, book.catalogues, of_branch=book.office.has("units"))
    found = verify(receipt.signature, _signed_bytes(receipt), above) if receipt.signature else "unsigned"
    if above and found != "valid":
        raise BadUsage("E-RECEIPT-SIGNER", path=path, owner=above[0].owner, id=above[0].id)
    return receipt if above or receipt.trust == "unsigned" else replace(receipt, trust="unknown-key")


def questions_of(receipt: Receipt, reading: Reading, rulebook: Rulebook) -> list[Finding]:
    """The receipt's questions as findings of a workbook."""
    office = rulebook.office
    lines = snapshot(reading, office)
    found: dict[str, Finding] = {}
    for place, question in enumerate(receipt.questions, start=1):
        number = f"{receipt.submission}.{place}"
        code, sheet, cell = (
            one_line(text or "")[:_LONGEST] for text in (question.code, question.sheet, question.cell)
        )
        asked = asked_at(reading, office, lines, number, code or "-", sheet, cell)
        finding = question_finding(reading, office, lines, asked, question.message)
        found.setdefault(finding.key, finding)
    return list(found.values())


def _answered(receipt: Receipt, reading: Reading, rulebook: Rulebook) -> Edits:
    """The cells that remember the answer; the seal of what was returned is lifted, its number stays."""
    office, cells = rulebook.office, Edits()
    record = read_record(reading.book, office)
    if record is not None and (not receipt.seal or plain(record.code) == plain(receipt.seal)):
        answered = replace(record, answered=receipt.verdict, answered_at=receipt.issued_at)
        tab, written = record_cells(reading.book, office.sheet("record"), answered)
        cells[tab] = dict(written)
    if receipt.verdict == "returned" and "seal" in reading.info.cells and record is not None:
        cells[info_tab(reading, office)] = dict(seal_cells(reading.info, None, {}))
    return cells
