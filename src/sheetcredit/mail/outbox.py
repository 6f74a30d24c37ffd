"""What was sent and what was about to be: one JSON file for each intent, so that nothing goes out twice.

    intent ──► handing-over ──► sent
       │             ├────────► unknown     the connection broke after the end of the message
       │             └────────► refused     the server answered, and did not take it
       └──► refused | gave-up               not taken: for good, or after the last attempt

`intent` is written before the server is asked, `handing-over` before the dot that ends the message. A run
that dies leaves its record as it was: found as `intent`, the message cannot have been taken and the next run
sends it under the same Message-ID; found as `handing-over`, nobody can tell, and it is not sent again unless
asked for. `draft` records a draft for a mail program.

A file is replaced at once or not at all, and synced before the next step.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Literal

import msgspec

from sheetcredit.folders import state_folder
from sheetcredit.model.errors import CannotSend, FileLocked
from sheetcredit.xlsx.atomic_write import make_folder, write_new
from sheetcredit.xlsx.files import REAL_FILES
from sheetcredit.xlsx.locks import locked

State = Literal["intent", "handing-over", "sent", "refused", "gave-up", "unknown", "draft"]
UNCERTAIN = frozenset({"handing-over", "unknown"})
_HANDED_IN = frozenset({"sent", "draft"}) | UNCERTAIN
_VERSION = 1
_KEY = re.compile(r"[0-9a-f]+")


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one set of recipients. Times are ISO; `reply` is the server's last word.

    `key` is the same for the same data to the same recipients.
    """

    version: int = _VERSION
    key: str
    state: State
    message_id: str
    office: str
    period: str
    submission: int
    seal: str
    recipients: tuple[str, ...]
    subject: str
    workbook: str
    created: str
    changed: str
    attempts: int = 0
    reply: str = ""
    reason: str = ""
    name: str = ""


def key_of(data: bytes, recipients: Sequence[str], returns: int = 0) -> str:
    """The key of a data digest and recipients, in whatever order they were named.

    What the branch returned may go out with the same data, explained: `returns` counts how often.
    """
    told = [data.hex(), str(returns), *sorted({recipient.casefold() for recipient in recipients})]
    return blake2b("\n".join(told).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Outbox:
    """The folder of intents."""

    folder: Path

    @classmethod
    def of_user(cls) -> Outbox:
        """The user's own outbox."""
        return cls(state_folder() / "outbox")

    def intents(self) -> list[Intent]:
        """All that is kept, oldest first.

        Raises:
            CannotSend: one cannot be read; what it says about the past must not be guessed.
        """
        found = []
        for path in sorted(self.folder.glob("*.json")):
            try:
                found.append(msgspec.json.decode(path.read_bytes(), type=Intent))
            except (OSError, msgspec.MsgspecError) as error:
                raise CannotSend("E-OUTBOX", path=path) from error
        return found

    def of_key(self, key: str) -> list[Intent]:
        """What is kept of the same data to the same recipients, oldest first."""
        return [intent for intent in self.intents() if intent.key == key]

    def submitted(self, seal: str) -> bool:
        """Whether a workbook with that seal has been sent, perhaps sent, or made a draft of."""
        return any(intent.seal == seal and intent.state in _HANDED_IN for intent in self.intents())

    def save(self, intent: Intent) -> Intent:
        """Keep an intent in place of its earlier state; on the disk when this returns."""
        make_folder(self.folder / "-")
        name = intent.name or f"{_stamp()}-{intent.key[:12]}-{secrets.token_hex(3)}.json"
        kept = msgspec.structs.replace(intent, name=name, changed=_now())
        data = msgspec.json.format(msgspec.json.encode(kept), indent=1)
        write_new(self.folder / name, data + b"\n")
        return kept

    @contextmanager
    def alone(self, key: str) -> Iterator[None]:
        """Hold what belongs to a key: of two runs with the same message one is told that the other is at it.

        Raises:
            CannotSend: another run holds it.
        """
        assert _KEY.fullmatch(key)
        make_folder(self.folder / "-")
        with ExitStack() as held:
            try:
                held.enter_context(locked(self.folder / key, REAL_FILES))
            except FileLocked as error:
                raise CannotSend("E-MAIL-BUSY") from error
            yield


def new_intent(
    *,
    key: str,
    message_id: str,
    office: str,
    period: str,
    submission: int,
    seal: str,
    recipients: Sequence[str],
    subject: str,
    workbook: str,
    reason: str = "",
) -> Intent:
    """An intent that is not kept yet."""
    return Intent(
        key=key, state="intent", message_id=message_id, office=office, period=period, submission=submission,
        seal=seal, recipients=tuple(recipients), subject=subject, workbook=workbook, created=_now(),
        changed=_now(), reason=reason,
    )  # fmt: skip


def clock(time: str) -> str:
    """An ISO time as people read it."""
    return f"{datetime.fromisoformat(time):%H:%M, %d/%m/%Y}"


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _stamp() -> str:
    return f"{datetime.now():%Y%m%dT%H%M%S%f}"
