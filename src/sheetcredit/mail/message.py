"""`Tổng hợp` as a PDF, where LibreOffice is at hand: of a copy in which only that sheet is shown."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses, localtime, make_msgid
from html import escape
from pathlib import Path

from sheetcredit.model.errors import BadUsage
from sheetcredit.model.text import DEFAULT_LANGUAGE, message_catalogue, number_text, one_line
from sheetcredit.outcome import Report
from sheetcredit.seal.changes import Change
from sheetcredit.seal.code import Seal
from sheetcredit.template.definition import Figure, load_office
from sheetcredit.template.reading import Info
from sheetcredit.xlsx.limits import current_limits
from sheetcredit.xlsx.package import Package

_TIMEOUT = 120.0
# Numbers as they are written in Vietnam, wherever the program runs.
_LOCALE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">
<value>vi-VN</value></prop></item>
</oor:items>
"""
_PROGRAMS = ("soffice", "libreoffice")
_WINDOWS = Path("C:/Program Files/LibreOffice/program/soffice.exe")
_SHEET = re.compile(rb"<((?:\w+:)?)sheet\s[^>]*>")
_STATE = re.compile(rb'\sstate="[^"]*"')
_PRINTED = re.compile(rb"<((?:\w+:)?)definedName\s[^>]*_xlnm\.Print_Area[^>]*>[^<]*</(?:\w+:)?definedName>")
_ACTIVE = re.compile(rb'\s(?:activeTab|firstSheet)="\d+"')


def find_libreoffice() -> str | None:
    """The program, if it is installed."""
    for name in _PROGRAMS:
        if found := shutil.which(name):
            return found
    return str(_WINDOWS) if _WINDOWS.is_file() else None


def sheet_as_pdf(workbook: Path, sheet: str, timeout: float = _TIMEOUT) -> bytes | None:
    """One sheet of a workbook as a PDF; None where there is no LibreOffice, or it does not manage."""
    program = find_libreoffice()
    if program is None:
        return None
    with tempfile.TemporaryDirectory(prefix="sheetcredit-") as name:
        folder = Path(name)
        copy = folder / f"sheet{workbook.suffix}"
        copy.write_bytes(only_sheet_shown(workbook.read_bytes(), str(workbook), sheet))
        registry = folder / "profile" / "user" / "registrymodifications.xcu"
        registry.parent.mkdir(parents=True)
        registry.write_text(_LOCALE, encoding="utf-8")
        command = [
            program, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore",
            "--convert-to", "pdf:calc_pdf_Export", "--outdir", str(folder), str(copy),
        ]  # fmt: skip
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=timeout)
            return (folder / "sheet.pdf").read_bytes()
        except (OSError, subprocess.SubprocessError):
            return None


def only_sheet_shown(data: bytes, path: str, sheet: str) -> bytes:
    """A workbook's bytes with every other sheet hidden and without a print area.

    LibreOffice prints a hidden sheet that has one.
    """
    package = Package(data, path, current_limits())
    place = package.listed.index(package.sheet(sheet).name)
    text, stored = package.unpacked(package.workbook_part)
    places = iter(range(len(package.listed)))

    def hide(match: re.Match[bytes]) -> bytes:
        tag = _STATE.sub(b"", match[0])
        if next(places) == place:
            return tag
        return re.sub(rb"\s*/?>$", lambda end: b' state="hidden"' + end[0], tag)

    def keep(match: re.Match[bytes]) -> bytes:
        return match[0] if f'localSheetId="{place}"'.encode() in match[0] else b""

    shown = _PRINTED.sub(keep, _SHEET.sub(hide, text))
    shown = re.sub(
        rb"<(?:\w+:)?workbookView\b",
        lambda view: view[0] + f' activeTab="{place}" firstSheet="{place}"'.encode(),
        _ACTIVE.sub(b"", shown),
        count=1,
    )
    return package.container.rebuilt({package.workbook_part: stored.pack(shown)}, set())


# The mail to the branch: subject, text and HTML with the figures and the bulletin, attachments.
#
# Whatever came from a workbook loses line breaks and control characters before it stands in a header, and is
# escaped in the HTML.

POLICY = policy.SMTP.clone(cte_type="7bit")
_WORKBOOKS = {
    ".xlsx": "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xlsm": "vnd.ms-excel.sheet.macroEnabled.12",
    ".docx": "vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".pdf": "pdf",
}
_SEPARATORS = re.compile(r"[;\n\r]+")
_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+")
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_MOST_CHANGES = 30
_LONGEST_NAME = 120
_CELL = "padding:3px 10px;border:1px solid #bbb"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with the mail."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says: `changes` since the last submission (None: none), `reason` of an override."""

    report: Report
    info: Info
    seal: Seal
    changes: Sequence[Change] | None = None
    reason: str = ""
    bulletin: str = ""

    @property
    def subject(self) -> str:
        """The subject line."""
        code = "subject" if self.seal.submission <= 1 else "subject-again"
        return one_line(_said(code, **self._details()))

    def _details(self) -> dict[str, object]:
        info = self.info
        return {
            "office": info.office or "?", "office_name": info.office_name or "?",
            "period": info.period or "?",
            "as_of": f"{info.as_of:%d/%m/%Y}" if info.as_of else "?", "submission": self.seal.submission,
        }  # fmt: skip

    def paragraphs(self) -> list[str]:
        """The text before the figures."""
        branch = str(self.info.values.get("branch") or "")
        told = [_said("greeting", branch=branch) if branch else _said("greeting-blank")]
        told.append(_said("opening", **self._details()))
        seal = self.seal
        sealed = _said("seal", seal=seal.code, at=seal.sealed_at, by=seal.sealed_by)
        told.append(f"{sealed} {_said('signed')}" if seal.signature else sealed)
        if explained := sum(finding.status == "explained" for finding in self.report.findings):
            told.append(_said("explained", count=explained))
        if self.reason:
            left = sum(finding.blocks for finding in self.report.findings)
            told.append(_said("override", count=left, reason=self.reason))
        return [one_line(text) for text in told]

    def changed(self) -> list[str]:
        """What changed since the last submission, one line each."""
        if self.changes is None:
            return []
        if not self.changes:
            return [_said("unchanged")]
        lines = [_said("changed", count=len(self.changes))]
        lines += [f"- {one_line(change.text())}" for change in self.changes[:_MOST_CHANGES]]
        if (more := len(self.changes) - _MOST_CHANGES) > 0:
            lines.append(_said("changed-more", count=more))
        return lines

    def closing(self) -> str:
        """Who made the report."""
        return one_line(_said("closing", name=self.info.values.get("prepared_by") or self.seal.sealed_by))


def _said(code: str, **details: object) -> str:
    return str(message_catalogue("mail")[code][DEFAULT_LANGUAGE]).format_map(details)


def file_name(code: str, info: Info) -> str:
    """The name of an attached file, safe on any disk."""
    name = one_line(_said(code, period=info.period or "-", office=info.office or "-"))
    return re.sub(r'[\\/:*?"<>|]', "-", name)


def compose(
    letter: Letter,
    sender: str,
    sender_name: str,
    recipients: Iterable[str],
    attachments: Sequence[Attachment],
    message_id: str | None = None,
    draft: bool = False,
) -> EmailMessage:
    """The whole message; a draft is one that Outlook opens ready to be sent, by whoever is logged in."""
    message = EmailMessage(policy=POLICY)
    if sender:
        message["From"] = _address(sender_name or letter.info.office_name, sender)
    if addresses := [_address("", recipient) for recipient in recipients]:
        message["To"] = addresses
    message["Subject"] = letter.subject
    if draft:
        message["X-Unsent"] = "1"
    else:
        message["Date"] = format_datetime(localtime())
        message["Message-ID"] = message_id or new_message_id(sender)
    names = _said("attached", names=", ".join(one_line(part.name) for part in attachments))
    message.set_content(text_body(letter, names), cte="quoted-printable")
    message.add_alternative(html_body(letter, names), subtype="html", cte="quoted-printable")
    _attach(message, attachments)
    return message


def compose_answer(
    subject: str,
    text: str,
    sender: str,
    sender_name: str,
    recipients: Iterable[str],
    attachments: Sequence[Attachment],
    in_reply_to: str = "",
    message_id: str | None = None,
) -> EmailMessage:
    """A message of plain text, in the thread of the mail that it answers; without `message_id` a draft."""
    message = EmailMessage(policy=POLICY)
    if sender:
        message["From"] = _address(sender_name, sender)
    if addresses := [_address("", recipient) for recipient in recipients]:
        message["To"] = addresses
    message["Subject"] = one_line(subject)
    if in_reply_to:
        message["In-Reply-To"] = message["References"] = in_reply_to
    if message_id is None:
        message["X-Unsent"] = "1"
    else:
        message["Date"] = format_datetime(localtime())
        message["Message-ID"] = message_id
    message.set_content(text, cte="quoted-printable")
    _attach(message, attachments)
    return message


def _attach(message: EmailMessage, attachments: Iterable[Attachment]) -> None:
    for part in attachments:
        suffix = f".{part.name.rpartition('.')[2].lower()}"
        name = one_line(part.name)
        kind = _WORKBOOKS.get(suffix, "octet-stream")
        message.add_attachment(part.content, maintype="application", subtype=kind, filename=name)


def new_message_id(sender: str) -> str:
    """A Message-ID of the sender's domain."""
    return make_msgid(idstring="sheetcredit", domain=sender.rpartition("@")[2] or "sheetcredit.invalid")


def _address(name: str, address: str) -> Address:
    user, _, domain = address.rpartition("@")
    return Address(display_name=one_line(name)[:_LONGEST_NAME], username=user, domain=domain)


def addresses_in(text: str) -> list[str]:
    """The mail addresses that a text names, each once, parted by commas or semicolons.

    Raises:
        BadUsage: one of them is no address that a mail server would take.
    """
    found: dict[str, str] = {}
    # A comma may stand inside the quotes of a name; a semicolon is how Outlook parts addresses.
    for piece in _SEPARATORS.split(text):
        if piece.strip():
            for _, address in getaddresses([piece]):
                # The parser mends what it can: an address is taken only as it was written.
                whole = check_address(address if address in piece else "", piece)
                found.setdefault(whole.casefold(), whole)
    return list(found.values())


def check_address(address: str, written: str | None = None) -> str:
    """An address with its domain in ASCII.

    Raises:
        BadUsage: it is none.
    """
    user, at, domain = address.strip().rpartition("@")
    try:
        encoded = domain.encode("idna").decode("ascii") if domain else ""
    except UnicodeError:
        encoded = ""
    if not (at and _LOCAL.fullmatch(user) and _DOMAIN.fullmatch(encoded)):
        raise BadUsage("E-MAIL-ADDRESS", address=(written or address).strip() or "?")
    return f"{user}@{encoded}"


def text_body(letter: Letter, attached: str) -> str:
    """The body as plain text."""
    parts = ["\n\n".join(letter.paragraphs())]
    if changed := letter.changed():
        parts.append("\n".join(changed))
    rows = list(_figure_rows(letter.report))
    if rows:
        width = max(len(label) for label, _, _ in rows) + 2
        lines = [
            f"{'  ' + label if value else label:{width}}  {value:>12}  {share}".rstrip()
            for label, value, share in rows
        ]
        parts.append("\n".join([_said("figures", unit=letter.report.unit_name), *lines]))
    if letter.bulletin:
        parts.append(f"{_said('bulletin')}\n\n{letter.bulletin.strip()}")
    parts += [one_line(attached), letter.closing()]
    return "\n\n".join(parts) + "\n"


def html_body(letter: Letter, attached: str) -> str:
    """The body as HTML; everything from outside is escaped."""
    parts = [f"<p>{escape(text)}</p>" for text in letter.paragraphs()]
    if changed := letter.changed():
        parts.append(f"<p>{'<br>'.join(map(escape, changed))}</p>")
    if rows := list(_figure_rows(letter.report)):
        parts.append(f"<h3>{escape(_said('figures', unit=letter.report.unit_name))}</h3>")
        lines = [
            f'<tr><th colspan="3" style="{_CELL};text-align:left">{escape(label)}</th></tr>'
            if not value
            else f'<tr><td style="{_CELL}">{escape(label)}</td>'
            f'<td style="{_CELL};text-align:right">{escape(value)}</td>'
            f'<td style="{_CELL};text-align:right">{escape(share)}</td></tr>'
            for label, value, share in rows
        ]
        parts.append(f'<table style="border-collapse:collapse">{"".join(lines)}</table>')
    if letter.bulletin:
        text = [f"<p>{escape(line)}</p>" for line in letter.bulletin.splitlines() if line.strip()]
        parts += [f"<h3>{escape(_said('bulletin'))}</h3>", *text]
    parts += [f"<p>{escape(one_line(attached))}</p>", f"<p>{escape(letter.closing())}</p>"]
    body = "\n".join(parts)
    style = "font-family:'Times New Roman',serif;font-size:15px"
    return f'<html><head><meta charset="utf-8"></head><body style="{style}">\n{body}\n</body></html>\n'


def _figure_rows(report: Report) -> Iterable[tuple[str, str, str]]:
    """Label, value and share of every figure that has a value; the title of its section before, alone."""
    for section in load_office().sheet("summary").sections:
        if any(report.figures.get(figure.name) is not None for figure in section.figures):
            yield section.title.vi + (f" ({section.basis.vi})" if section.basis else ""), "", ""
        shares = {figure.name: figure for figure in section.figures if section.paired and figure.share}
        for figure in section.figures:
            if figure.name in shares or report.figures.get(figure.name) is None:
                continue
            share = shares.get(f"{figure.name}_TyTrong")
            label = figure.label.vi + (f" ({figure.basis.vi})" if figure.basis else "")
            yield label, figure_text(report, figure), figure_text(report, share) if share else ""


def figure_text(report: Report, figure: Figure) -> str:
    """A figure as it is printed."""
    value = report.figures.get(figure.name)
    if value is None:
        return "-"
    if figure.ratio:
        return number_text(Decimal(value) * 100, DEFAULT_LANGUAGE, figure.decimals) + " %"
    return number_text(value, DEFAULT_LANGUAGE)


def shown_message(message: EmailMessage) -> str:
    """A message as people look at it before it goes: headers, text, and what is attached."""
    lines = [
        f"{name}: {one_line(str(value))}"
        for name, value in message.items()
        if name in ("From", "To", "Subject", "Date", "Message-ID")
    ]
    body = message.get_body(("plain",))
    text = str(body.get_content()) if body is not None else ""
    files = [
        f"[{part.get_filename()}: {len(part.get_payload(decode=True) or b''):,} byte]"
        for part in message.iter_attachments()
    ]
    return "\n".join([*lines, "", text.rstrip(), "", *files])
