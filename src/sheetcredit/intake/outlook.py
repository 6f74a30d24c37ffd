"""Mails of Outlook (`.msg`), read with python-oxmsg: what is attached to them, and from whom they are."""

from __future__ import annotations

import io
from datetime import UTC
from email import message_from_string, policy

from oxmsg import Message

from sheetcredit.intake.mails import MailAttachment, message_id_of, sender_of
from sheetcredit.model.errors import CannotRead
from sheetcredit.model.text import one_line
from sheetcredit.xlsx.limits import FileLimits, hold

_LONGEST_SUBJECT = 200


def outlook_attachments(data: bytes, path: str, limits: FileLimits) -> list[MailAttachment]:
    """The files attached to a mail that Outlook saved.

    Raises:
        CannotRead: it is no such mail, or a damaged one.
        HostileFile: it has too many parts.
    """
    try:
        mail = Message.load(io.BytesIO(data))
        hold(limits, "mail_parts", mail.attachment_count, path)
        headers = message_from_string(
            "".join(f"{name}: {one_line(str(text))}\n" for name, text in mail.message_headers.items()),
            policy=policy.compat32,
        )
        if not headers.get("From") and mail.sender:
            headers["From"] = one_line(mail.sender)
        when = mail.sent_date
        about = sender_of(headers), message_id_of(headers), one_line(mail.subject or "")[:_LONGEST_SUBJECT]
        return [
            MailAttachment(one.file_name or "", one.file_bytes, (), when and when.astimezone(UTC), *about)
            for one in mail.attachments
            if one.file_bytes
        ]
    except CannotRead:
        raise
    except Exception as error:  # the library knows no error of its own: a damaged file breaks it anywhere
        raise CannotRead("E-MAIL", path=path) from error
