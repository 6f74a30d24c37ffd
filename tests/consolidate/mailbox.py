"""Mails written by hand and by the standard library, for tests."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Mapping
from email.message import EmailMessage

XLSX_TYPE = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")
RECEIVED = "from mail.example (mail.example [192.0.2.1]) by in.example; Wed, 03 Apr 2024 09:15:00 +0700"


def mail(
    *attached: tuple[str, bytes], subject: str = "Báo cáo quý I", kind: tuple[str, str] = XLSX_TYPE
) -> EmailMessage:
    """A mail with attachments as a mail program writes it."""
    message = EmailMessage()
    message["From"] = "pgd0312@example.vn"
    message["To"] = "chinhanh@example.vn"
    message["Subject"] = subject
    message["Date"] = "Wed, 03 Apr 2024 08:00:00 +0700"
    message.set_content("Kính gửi chi nhánh.\n")
    for name, data in attached:
        message.add_attachment(data, maintype=kind[0], subtype=kind[1], filename=name)
    return message


def raw_mail(data: bytes, disposition: str, kind: str = "application/octet-stream") -> bytes:
    """A mail whose only attachment has these headers, to the letter."""
    body = base64.encodebytes(data).decode("ascii")
    return (
        "From: a@example.vn\r\nTo: b@example.vn\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
        "Date: Wed, 03 Apr 2024 08:00:00 +0700\r\n"
        'Content-Type: multipart/mixed; boundary="=="\r\n\r\n--==\r\n'
        "Content-Type: text/plain\r\n\r\nchào\r\n--==\r\n"
        f"Content-Type: {kind}\r\nContent-Disposition: {disposition}\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{body}\r\n--==--\r\n"
    ).encode("utf-8", "surrogateescape")


def forwarded(inner: EmailMessage, subject: str = "Chuyển tiếp") -> EmailMessage:
    """A mail that carries another one whole."""
    outer = mail(subject=subject)
    del outer["Date"]
    outer["Date"] = "Fri, 05 Apr 2024 10:00:00 +0700"
    outer.add_attachment(inner)
    return outer


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip archive of files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()
