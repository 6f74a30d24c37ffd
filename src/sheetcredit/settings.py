"""Small secrets of this machine: in the system's keyring where there is one that works."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from sheetcredit.folders import config_folder
from sheetcredit.model.errors import BadUsage

SERVICE = "sheetcredit"


def recall(name: str) -> str | None:
    """A secret from the keyring; None where it has none of that name, or there is no keyring."""
    import keyring  # noqa: PLC0415 - slow to load

    # Keyrings of the desktop fail in many ways (locked, no session bus): all mean that there is none.
    with suppress(Exception):
        return keyring.get_password(SERVICE, name)
    return None


def remember(name: str, secret: str) -> bool:
    """Put a secret into the keyring; whether it is really there afterwards."""
    import keyring  # noqa: PLC0415 - slow to load

    with suppress(Exception):
        keyring.set_password(SERVICE, name, secret)
    return recall(name) == secret


# Where the settings of this machine are, and those of the mail.
#
# A value comes from the first that has one: the option of the command, the environment
# (`SHEETCREDIT_MAIL_HOST` …), the file `settings.toml`, the default.

PREFIX, INBOX_PREFIX = "SHEETCREDIT_MAIL_", "SHEETCREDIT_INBOX_"
FILE = "settings.toml"
_PORTS = {"starttls": 587, "tls": 465, "none": 25}


class MailSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How mail is sent. Times in seconds; `sender` is the address it comes from.

    `delays` are the pauses before each further attempt; `button` is what the Excel button does;
    `ca_file` holds certificates to trust beside the system's.
    """

    host: str = ""
    port: int | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    sender: str = ""
    sender_name: str = ""
    timeout: float = 60.0
    delays: tuple[float, ...] = (5.0, 20.0, 60.0)
    ca_file: str = ""
    button: Literal["draft", "send"] = "draft"
    pdf: bool = True

    @property
    def at_port(self) -> int:
        """The port, or the usual one of the kind of connection."""
        return self.port or _PORTS[self.security]


class InboxSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How mail is fetched, always encrypted.

    `mailbox` is the folder on the server, `drafts` the one for drafts where the server does not say which,
    `folder` where workbooks go. `since`: nothing older is looked at (an ISO day); `senders`: addresses or
    `@domains` that count, all without any. `timeout` in seconds; `ca_file` holds certificates to trust beside
    the system's.
    """

    host: str = ""
    port: int | None = None
    security: Literal["tls", "starttls"] = "tls"
    user: str = ""
    mailbox: str = "INBOX"
    drafts: str = ""
    folder: str = ""
    since: date | None = None
    senders: tuple[str, ...] = ()
    timeout: float = 60.0
    ca_file: str = ""

    @property
    def at_port(self) -> int:
        """The port, or the usual one of the kind of connection."""
        return self.port or (993 if self.security == "tls" else 143)


_S = TypeVar("_S", bound=msgspec.Struct)
_LISTS = frozenset({"delays", "senders"})


def mail_settings(options: Mapping[str, Any] | None = None) -> MailSettings:
    """The settings of sending in force; `options` are those of the command line (None: not given).

    Raises:
        BadUsage: the file or a value in it, in the environment or among the options makes no sense.
    """
    return _settings("mail", MailSettings, PREFIX, options)


def inbox_settings(options: Mapping[str, Any] | None = None) -> InboxSettings:
    """The settings of fetching in force, as above: `[inbox]`, `SHEETCREDIT_INBOX_HOST` …"""
    return _settings("inbox", InboxSettings, INBOX_PREFIX, options)


def _settings(section: str, kind: type[_S], prefix: str, options: Mapping[str, Any] | None) -> _S:
    path = settings_file()
    values = dict(_from_file(path, section))
    names = {field.encode_name for field in msgspec.structs.fields(kind)}
    for name in names:
        if written := os.environ.get(prefix + name.upper()):
            values[name] = written.split(",") if name in _LISTS else written
    values |= {name: value for name, value in (options or {}).items() if value is not None}
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        raise BadUsage("E-SETTINGS", path=path, problem=str(error)) from error


def settings_file() -> Path:
    """The settings file: the one that `SHEETCREDIT_SETTINGS` names, or the user's own."""
    given = os.environ.get("SHEETCREDIT_SETTINGS")
    return Path(given) if given else config_folder() / FILE


def _from_file(path: Path, section: str) -> Mapping[str, Any]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or str(error)
        raise BadUsage("E-SETTINGS", path=path, problem=problem) from error
    found = content.get(section, {})
    if not isinstance(found, dict):
        raise BadUsage("E-SETTINGS", path=path, problem=f"[{section}]")
    return found


def password_of(settings: MailSettings | InboxSettings) -> str | None:
    """The password of a mail account: from the environment, or the keyring."""
    prefix = PREFIX if isinstance(settings, MailSettings) else INBOX_PREFIX
    return os.environ.get(f"{prefix}PASSWORD") or recall(password_name(settings))


def password_name(settings: MailSettings | InboxSettings) -> str:
    """What the keyring calls the password."""
    return f"mail:{settings.user}@{settings.host}"
