"""Where a workbook that was mailed came from: a small file beside it, `PGD0312.xlsx.nguon.json`."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from sheetcredit.xlsx.atomic_write import write_new

ENDING = ".nguon.json"
_LARGEST = 100_000


class MailOrigin(msgspec.Struct, frozen=True, kw_only=True):
    """The mail that brought a workbook. `digest` is the sha256 of the workbook's bytes (hex).

    `mail`: the names of mails and archives that it lay in; `received` is when the mail arrived.
    """

    version: int = 1
    digest: str
    sender: str = ""
    subject: str = ""
    message_id: str = ""
    mail: str = ""
    received: datetime | None = None


def write_origin(workbook: Path, origin: MailOrigin) -> Path:
    """Put the origin beside where the workbook is or will be.

    Raises:
        CannotWrite: it cannot be written.
    """
    data = msgspec.json.format(msgspec.json.encode(origin), indent=1)
    return write_new(_beside(workbook), data + b"\n")


def origin_beside(workbook: Path) -> MailOrigin | None:
    """What the file beside a workbook says; None where there is none, or it says nothing of use."""
    try:
        with _beside(workbook).open("rb") as file:
            return msgspec.json.decode(file.read(_LARGEST), type=MailOrigin)
    except (OSError, ValueError, msgspec.MsgspecError):
        return None


def origin_of(workbook: Path) -> MailOrigin | None:
    """The origin of a workbook that still is what was mailed; None for one that was changed since."""
    origin = origin_beside(workbook)
    try:
        same = origin is not None and sha256(workbook.read_bytes()).hexdigest() == origin.digest
    except OSError:
        return None
    return origin if same else None


def _beside(workbook: Path) -> Path:
    return workbook.with_name(workbook.name + ENDING)
