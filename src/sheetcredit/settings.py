"""Small secrets of this machine: in the system's keyring where there is one that works."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

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

PREFIX = "SHEETCREDIT_MAIL_"
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


def mail_settings(options: Mapping[str, Any] | None = None) -> MailSettings:
    """The mail settings in force; `options` are those given on the command line (None: not given).

    Raises:
        BadUsage: the file or a value in it, in the environment or among the options makes no sense.
    """
    path = settings_file()
    values = dict(_from_file(path))
    names = {field.encode_name for field in msgspec.structs.fields(MailSettings)}
    for name in names:
        if written := os.environ.get(PREFIX + name.upper()):
            values[name] = written.split(",") if name == "delays" else written
    values |= {name: value for name, value in (options or {}).items() if value is not None}
    try:
        return msgspec.convert(values, MailSettings, strict=False)
    except msgspec.ValidationError as error:
        raise BadUsage("E-SETTINGS", path=path, problem=str(error)) from error


def settings_file() -> Path:
    """The settings file: the one that `SHEETCREDIT_SETTINGS` names, or the user's own."""
    given = os.environ.get("SHEETCREDIT_SETTINGS")
    return Path(given) if given else config_folder() / FILE


def _from_file(path: Path) -> Mapping[str, Any]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or str(error)
        raise BadUsage("E-SETTINGS", path=path, problem=problem) from error
    mail = content.get("mail", {})
    if not isinstance(mail, dict):
        raise BadUsage("E-SETTINGS", path=path, problem="[mail]")
    return mail


def password_of(settings: MailSettings) -> str | None:
    """The password of the mail account: from the environment, or the keyring."""
    return os.environ.get(f"{PREFIX}PASSWORD") or recall(password_name(settings))


def password_name(settings: MailSettings) -> str:
    """What the keyring calls the password."""
    return f"mail:{settings.user}@{settings.host}"
