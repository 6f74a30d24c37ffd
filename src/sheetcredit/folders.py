"""The user's own folders: settings and keys, what the program keeps, what may be thrown away.

`SHEETCREDIT_HOME` names one folder that holds them all, on every system: for a portable copy, for a service
without a profile, for a test. Otherwise each is where the system wants it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import platformdirs

from sheetcredit.model.errors import BadUsage

HOME = "SHEETCREDIT_HOME"


def config_folder() -> Path:
    """For settings and keys; it need not be there."""
    return _folder("config", platformdirs.user_config_path)


def state_folder() -> Path:
    """For what the program keeps: the outbox, the log."""
    return _folder("state", platformdirs.user_state_path)


def cache_folder() -> Path:
    """For what can be made again."""
    return _folder("cache", platformdirs.user_cache_path)


def user_home() -> Path:
    """The user's own folder.

    Raises:
        BadUsage: as below.
    """
    try:
        return Path.home()
    except RuntimeError:
        raise BadUsage("E-NO-HOME", name=HOME) from None


def _folder(kind: str, usual: Callable[..., Path]) -> Path:
    """A folder of the user.

    Raises:
        BadUsage: the system does not say where (a service without a profile), nor does `SHEETCREDIT_HOME`.
    """
    if home := os.environ.get(HOME):
        return Path(home) / kind
    try:
        found = usual("sheetcredit", appauthor=False)
    except (RuntimeError, ValueError, OSError):
        raise BadUsage("E-NO-HOME", name=HOME) from None
    if not found.is_absolute():  # `~` could not be expanded
        raise BadUsage("E-NO-HOME", name=HOME)
    return found
