"""The key of an office or a branch (Ed25519): it signs seals and receipts; others check with its public half.

The private half is in the system's keyring, or else in a file that only its owner may read. Public keys that
are trusted are lines of `trusted-keys.txt`, or of any files of a folder.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Literal

from sheetcredit.folders import config_folder
from sheetcredit.model.errors import BadUsage, CannotWrite
from sheetcredit.seal.content import typeable
from sheetcredit.settings import recall, remember
from sheetcredit.xlsx.atomic_write import make_folder, put, write_new

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Verdict = Literal["valid", "bad-signature", "unknown-key"]

_PRIVATE, _PUBLIC, _SIGNATURE = "sheetcredit-private-1", "sheetcredit-key-1", "ed25519"
_NAME = "office-key"
_FILE, _TRUSTED = "office.key", "trusted-keys.txt"
_RAW = 32


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key and whose it is: an office code, or the name of a branch."""

    owner: str
    raw: bytes

    @property
    def id(self) -> str:
        """Ten characters that name the key, to compare on the telephone."""
        return typeable(blake2b(self.raw, digest_size=8).digest(), 10)

    def line(self) -> str:
        """The key as one line to pass on."""
        return f"{_PUBLIC} {self.owner} {b64encode(self.raw).decode()}"


@dataclass(frozen=True, slots=True)
class OfficeKey:
    """A private key and whose it is."""

    owner: str
    private: Ed25519PrivateKey

    @property
    def public(self) -> PublicKey:
        """The half that others may know."""
        return PublicKey(self.owner, self.private.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> str:
        """The signature as text: kind, id of the key, signature."""
        return f"{_SIGNATURE}:{self.public.id}:{b64encode(self.private.sign(message)).decode()}"


def new_key(owner: str) -> tuple[OfficeKey, str]:
    """A new key for this machine, and where it is kept: `keyring`, or the path of its file.

    Raises:
        BadUsage: there is one already, or the owner's name is no single word.
        CannotWrite: it cannot be kept.
    """
    check_owner(owner)
    if (present := own_key()) is not None:
        raise BadUsage("E-KEY-EXISTS", id=present.public.id, owner=present.owner)
    key = OfficeKey(owner, _ed25519().Ed25519PrivateKey.generate())
    text = f"{_PRIVATE} {owner} {b64encode(key.private.private_bytes_raw()).decode()}"
    if remember(_NAME, text):
        return key, "keyring"
    return key, str(_keep_in_file(text))


def check_owner(owner: str) -> None:
    """Raise `BadUsage` unless the name is one word of letters, digits and dashes."""
    if not owner or not all(letter.isalnum() or letter in "-_." for letter in owner):
        raise BadUsage("E-KEY-OWNER", owner=owner)


def _keep_in_file(text: str) -> Path:
    path = config_folder() / _FILE
    try:
        put(path, f"{text}\n".encode(), mode=0o600)
    except OSError as error:
        raise CannotWrite("E-WRITE", path=path, reason=error.strerror or error) from error
    return path


def own_key() -> OfficeKey | None:
    """The key of this machine; None where none was made.

    Raises:
        BadUsage: its file is open to others, or holds no key.
    """
    path = config_folder() / _FILE
    if path.is_file():
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise BadUsage("E-KEY-OPEN", path=path)
        return _private(path.read_text(encoding="utf-8"), str(path))
    kept = recall(_NAME)
    return _private(kept, "keyring") if kept else None


def _private(text: str, where: str) -> OfficeKey:
    kind, owner, raw = _parts(text, where)
    if kind != _PRIVATE:
        raise BadUsage("E-KEY-FORM", where=where)
    return OfficeKey(owner, _ed25519().Ed25519PrivateKey.from_private_bytes(raw))


def _parts(text: str, where: str) -> tuple[str, str, bytes]:
    try:
        kind, owner, encoded = text.split()
        raw = b64decode(encoded, validate=True)
    except ValueError:
        raise BadUsage("E-KEY-FORM", where=where) from None
    if len(raw) != _RAW:
        raise BadUsage("E-KEY-FORM", where=where)
    return kind, owner, raw


def trusted_keys(where: Path | None = None) -> tuple[PublicKey, ...]:
    """The trusted public keys: of the user's own list, or of a file or folder; none where it is missing.

    Raises:
        BadUsage: a line is no public key.
    """
    path = where or config_folder() / _TRUSTED
    files = sorted(path.glob("*.txt")) if path.is_dir() else [path]
    keys: dict[bytes, PublicKey] = {}
    for file in files:
        if not file.is_file() and where is None:
            continue
        try:
            lines = file.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeError):
            raise BadUsage("E-KEY-FORM", where=file) from None
        for line in lines:
            if line.strip() and not line.startswith("#"):
                key = public_key(line, str(file))
                keys[key.raw] = key
    return tuple(keys.values())


def public_key(line: str, where: str = "-") -> PublicKey:
    """A public key from its line.

    Raises:
        BadUsage: it is none.
    """
    kind, owner, raw = _parts(line, where)
    if kind != _PUBLIC:
        raise BadUsage("E-KEY-FORM", where=where)
    check_owner(owner)
    return PublicKey(owner, raw)


def trust(keys: Iterable[PublicKey]) -> Path:
    """Add public keys to the user's own list; returns the list.

    Raises:
        BadUsage: the list holds another key of the same owner: it must be taken out by hand first.
        CannotWrite: the list cannot be written.
    """
    path = config_folder() / _TRUSTED
    known = list(trusted_keys())
    for key in keys:
        other = next((one for one in known if one.owner == key.owner), None)
        if other is not None and other.raw != key.raw:
            raise BadUsage("E-KEY-OTHER", owner=key.owner, id=other.id, path=path)
        if other is None:
            known.append(key)
    make_folder(path)
    return write_new(
        path, "".join(f"{line}\n" for line in [*_comments(path), *(k.line() for k in known)]).encode()
    )


def revoke(name: str) -> tuple[PublicKey, ...]:
    """Take keys off the user's own list, by their id or their owner; returns what was taken off.

    A comment with the day and the key stays, so that the list tells what counted when.

    Raises:
        BadUsage: the list has no such key.
        CannotWrite: the list cannot be written.
    """
    path = config_folder() / _TRUSTED
    known = trusted_keys()
    gone = tuple(key for key in known if name in (key.id, key.owner))
    if not gone:
        raise BadUsage("E-KEY-UNKNOWN", key=name)
    comments = [*_comments(path), *(f"# revoked {date.today().isoformat()}: {key.line()}" for key in gone)]
    lines = [*comments, *(key.line() for key in known if key not in gone)]
    write_new(path, "".join(f"{line}\n" for line in lines).encode())
    return gone


def _comments(path: Path) -> list[str]:
    """The lines of a list that are no keys: what people noted, and keys that were revoked."""
    if not path.is_file():
        return []
    return [line for line in path.read_text(encoding="utf-8-sig").splitlines() if line.startswith("#")]


def key_id(signature: str) -> str:
    """The id of the key that a signature says it was made with."""
    return signature.split(":")[1] if signature.count(":") > 1 else ""


def verify(signature: str, message: bytes, trusted: Iterable[PublicKey], owner: str | None = None) -> Verdict:
    """Whether a signature is good; `owner`: whose key it must be."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - cryptography is slow to load

    kind, _, rest = signature.partition(":")
    key_id, _, encoded = rest.partition(":")
    key = next((key for key in trusted if key.id == key_id and owner in (None, key.owner)), None)
    if kind != _SIGNATURE or not encoded:
        return "bad-signature"
    if key is None:
        return "unknown-key"
    try:
        _ed25519().Ed25519PublicKey.from_public_bytes(key.raw).verify(
            b64decode(encoded, validate=True), message
        )
    except (InvalidSignature, ValueError):
        return "bad-signature"
    return "valid"


def _ed25519() -> ModuleType:
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - slow to load

    return ed25519
