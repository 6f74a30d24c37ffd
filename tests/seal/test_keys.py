"""Keys: where they are kept, who may read them, whose signature is taken."""

from __future__ import annotations

import os
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from sheetcredit.folders import config_folder
from sheetcredit.model.errors import BadUsage
from sheetcredit.seal.keys import PublicKey, new_key, own_key, public_key, revoke, trust, trusted_keys, verify

MESSAGE = b"what is signed"


class InMemory(KeyringBackend):
    """A keyring that works."""

    priority = 1

    def __init__(self) -> None:
        self.secrets: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.secrets[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.secrets[service, username]


def test_without_a_keyring_the_key_is_a_file_for_its_owner_only() -> None:
    made, where = new_key("0312")
    path = Path(where)
    assert path.parent == config_folder()
    assert os.name == "nt" or path.stat().st_mode & 0o777 == 0o600
    kept = own_key()
    assert kept is not None
    assert kept.public == made.public
    assert kept.owner == "0312"


def test_a_keyring_that_works_keeps_it_and_no_file_is_written() -> None:
    before, working = keyring.get_keyring(), InMemory()
    keyring.set_keyring(working)
    try:
        made, where = new_key("0312")
        kept = own_key()
    finally:
        keyring.set_keyring(before)
    assert where == "keyring"
    assert kept is not None and kept.public == made.public
    assert not config_folder().exists()
    assert [name for _, name in working.secrets] == ["office-key"]


def test_a_key_is_not_made_twice() -> None:
    made, _ = new_key("0312")
    with pytest.raises(BadUsage) as caught:
        new_key("0312")
    assert caught.value.code == "E-KEY-EXISTS"
    kept = own_key()
    assert kept is not None and kept.public == made.public


@pytest.mark.skipif(os.name == "nt", reason="modes")
def test_a_key_file_that_others_may_read_is_not_used() -> None:
    _, where = new_key("0312")
    Path(where).chmod(0o644)
    with pytest.raises(BadUsage) as caught:
        own_key()
    assert caught.value.code == "E-KEY-OPEN"


@pytest.mark.parametrize("owner", ["CN-HảiPhòng", "ĐắkLắk", "支行", "a" * 300, "x.y_z-1"])
def test_any_single_word_may_own_a_key(owner: str) -> None:
    made, where = new_key(owner)
    assert [path.name for path in Path(where).parent.iterdir()] == ["office.key"]
    kept = own_key()
    assert kept is not None and (kept.owner, kept.public) == (owner, made.public)
    trust([made.public])
    assert trusted_keys() == (made.public,)


@pytest.mark.parametrize("owner", ["", "PGD An Dương", "a\nb", "0312 AAAA"])
def test_an_owner_is_one_word(owner: str) -> None:
    with pytest.raises(BadUsage) as caught:
        new_key(owner)
    assert caught.value.code == "E-KEY-OWNER"
    assert own_key() is None and not config_folder().exists()


def test_a_signature_is_good_for_its_message_and_its_owner_only() -> None:
    key, _ = new_key("0312")
    signature, trusted = key.sign(MESSAGE), [key.public]
    assert verify(signature, MESSAGE, trusted) == "valid"
    assert verify(signature, MESSAGE, trusted, "0312") == "valid"
    assert verify(signature, MESSAGE, trusted, "0313") == "unknown-key"
    assert verify(signature, MESSAGE, []) == "unknown-key"
    assert verify(signature, b"what was signed", trusted) == "bad-signature"
    broken = signature[:-6] + ("A" if signature[-6] != "A" else "B") + signature[-5:]
    assert verify(broken, MESSAGE, trusted) == "bad-signature"
    for nonsense in ("", "ed25519", "ed25519:X", f"rsa:{key.public.id}:AA==", f"ed25519:{key.public.id}:%%"):
        assert verify(nonsense, MESSAGE, trusted) == "bad-signature"


def test_public_keys_are_passed_on_as_lines(tmp_path: Path) -> None:
    key, _ = new_key("0312")
    other = PublicKey("CN-HaiPhong", bytes(range(32)))
    assert public_key(key.public.line()) == key.public
    trust([key.public])
    trust([other, key.public])
    assert trusted_keys() == (key.public, other)
    folder = tmp_path / "keys"
    folder.mkdir()
    (folder / "a.txt").write_text(f"# from the branch\n\n{other.line()}\n", "utf-8")
    (folder / "b.txt").write_text(f"{key.public.line()}\n{other.line()}\n", "utf-8")
    assert set(trusted_keys(folder)) == {key.public, other}
    assert trusted_keys(folder / "a.txt") == (other,)


def test_a_second_key_of_an_owner_is_not_taken_silently() -> None:
    trust([PublicKey("0312", bytes(32))])
    with pytest.raises(BadUsage) as caught:
        trust([PublicKey("0312", bytes(range(32)))])
    assert caught.value.code == "E-KEY-OTHER"
    assert len(trusted_keys()) == 1


@pytest.mark.parametrize(
    "line", ["", "key", "sheetcredit-key-1 0312 AAAA", "sheetcredit-key-1 0312 !!!!", "ssh-ed25519 AAAA 0312"]
)
def test_what_is_no_key_is_told(line: str, tmp_path: Path) -> None:
    with pytest.raises(BadUsage) as caught:
        public_key(line)
    assert caught.value.code == "E-KEY-FORM"
    with pytest.raises(BadUsage):
        trusted_keys(tmp_path / "none.txt")


def test_a_revoked_key_counts_no_more_and_stays_as_a_comment() -> None:
    first, second = PublicKey("0312", bytes(32)), PublicKey("0313", bytes(range(32)))
    path = trust([first, second])
    assert revoke("0312") == (first,)
    assert trusted_keys() == (second,)
    trust([PublicKey("0312", bytes(range(1, 33)))])
    assert first.line() in path.read_text("utf-8") and len(trusted_keys()) == 2
    assert revoke(second.id) == (second,)
    with pytest.raises(BadUsage) as caught:
        revoke("0313")
    assert caught.value.code == "E-KEY-UNKNOWN"
