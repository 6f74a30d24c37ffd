"""The outbox: what is known of a message survives whatever happens to the run that sent it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from sheetcredit.mail.outbox import Intent, Outbox, State, key_of, new_intent
from sheetcredit.model.errors import CannotSend, CannotWrite


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox")


def intent(key: str = "ab12", seal: str = "AAAA") -> Intent:
    return new_intent(
        key=key, message_id="<1@example.vn>", office="0312", period="2024Q1", submission=1, seal=seal,
        recipients=["b@example.vn"], subject="Báo cáo", workbook="q1.xlsx",
    )  # fmt: skip


def test_an_intent_is_kept_in_one_file_through_all_its_states(outbox: Outbox) -> None:
    kept = outbox.save(intent())
    for state in ("handing-over", "sent"):
        kept = outbox.save(msgspec.structs.replace(kept, state=state))
    assert [found.state for found in outbox.intents()] == ["sent"]
    assert outbox.intents() == [kept]
    assert [path.suffix for path in outbox.folder.iterdir()] == [".json"], "no lock and no temporary file"


def test_a_message_is_the_same_by_its_data_and_recipients() -> None:
    assert key_of(b"data", ["a@x.vn", "B@x.vn"]) == key_of(b"data", ["b@x.vn", "A@x.vn"])
    keys = {key_of(b"data", ["a@x.vn"]), key_of(b"Data", ["a@x.vn"]), key_of(b"data", ["a@x.vn", "b@x.vn"])}
    assert len(keys) == 3


def test_intents_are_found_by_key_in_the_order_they_came(outbox: Outbox) -> None:
    for number, key in enumerate(("ab12", "cd34", "ab12")):
        outbox.save(intent(key, seal=str(number)))
    assert [found.seal for found in outbox.of_key("ab12")] == ["0", "2"]
    assert outbox.of_key("ef") == []


@pytest.mark.parametrize(
    ("state", "handed_in"),
    [
        ("intent", False), ("refused", False), ("gave-up", False),
        ("handing-over", True), ("unknown", True), ("sent", True), ("draft", True),
    ],
)  # fmt: skip
def test_a_seal_counts_as_submitted_once_it_may_have_arrived(
    state: State, handed_in: bool, outbox: Outbox
) -> None:
    outbox.save(msgspec.structs.replace(intent(), state=state))
    assert outbox.submitted("AAAA") is handed_in
    assert outbox.submitted("BBBB") is False


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"state": "lost"}'])
def test_a_record_that_cannot_be_read_stops_everything(content: bytes, outbox: Outbox) -> None:
    kept = outbox.save(intent())
    (outbox.folder / kept.name).write_bytes(content)
    with pytest.raises(CannotSend) as caught:
        outbox.of_key("ab12")
    assert caught.value.code == "E-OUTBOX"


def test_two_runs_with_one_message_do_not_go_on_together(outbox: Outbox) -> None:
    with outbox.alone("ab12"):
        with pytest.raises(CannotSend) as caught, outbox.alone("ab12"):
            pass
        assert caught.value.code == "E-MAIL-BUSY"
        with outbox.alone("cd34"):
            pass
    with outbox.alone("ab12"):
        pass


def test_an_outbox_that_is_not_there_is_empty(outbox: Outbox) -> None:
    assert outbox.intents() == []
    assert outbox.submitted("AAAA") is False


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    with pytest.raises(CannotWrite):
        Outbox(tmp_path / "file" / "outbox").save(intent())
