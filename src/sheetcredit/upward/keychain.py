"""Small secrets of this machine: in the system's keyring where there is one that works."""

from __future__ import annotations

from contextlib import suppress

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
    import keyring  # noqa: PLC0415

    with suppress(Exception):
        keyring.set_password(SERVICE, name, secret)
    return recall(name) == secret
