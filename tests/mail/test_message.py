"""The message: addresses, headers that nobody can break out of, words in any script."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from sheetcredit.mail.message import (
    Attachment,
    Letter,
    addresses_in,
    compose,
    file_name,
    new_message_id,
    shown_message,
)
from sheetcredit.model.errors import BadUsage
from sheetcredit.model.period import Period
from sheetcredit.outcome import Report
from sheetcredit.seal.changes import Change
from sheetcredit.seal.code import Seal
from sheetcredit.template.reading import Info

SEAL = Seal("AAAA-BBBB-CCCC-DDDD", "2024-04-05 08:00:00 +07:00", "Trần Thị Bình", "0.1.0-ABCD", 1)


def info(**more: Any) -> Info:
    told = Info(
        office="0312", office_name="PGD huyện An Dương", period=Period(2024, 1), as_of=date(2024, 3, 31),
        unit=1_000_000, unit_name="triệu đồng", share_rounding="thường",
        values={"branch": "Chi nhánh Hải Phòng", "prepared_by": "Trần Thị Bình"}, cells={},
    )  # fmt: skip
    return replace(told, **more)


def report() -> Report:
    return Report("q1.xlsx", "0312", "PGD", Period(2024, 1), 1_000_000, "triệu đồng", (), {})


def letter(**more: Any) -> Letter:
    return Letter(**{"report": report(), "info": info(), "seal": SEAL, **more})


def received(message: EmailMessage) -> EmailMessage:
    """The message as the other side reads it; what goes over the wire is ASCII."""
    wire = message.as_bytes()
    assert wire.isascii()
    assert all(len(line) <= 998 for line in wire.split(b"\r\n"))
    return message_from_bytes(wire, policy=policy.default)


def composed(told: Letter, *files: Attachment, **more: Any) -> EmailMessage:
    return received(compose(told, "pgd@example.vn", "", ["a@example.vn"], files, **more))


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_vietnamese_arrives_as_it_was_written() -> None:
    message = composed(
        letter(bulletin="Dư nợ tăng 8.662 triệu đồng."), Attachment("Báo cáo quý I.xlsx", b"PK")
    )
    assert message["Subject"] == "Báo cáo tín dụng chính sách kỳ 2024Q1 - PGD huyện An Dương (0312)"
    assert message["From"].addresses[0].display_name == "PGD huyện An Dương"
    assert [part.get_filename() for part in message.iter_attachments()] == ["Báo cáo quý I.xlsx"]
    for kind in ("plain", "html"):
        text = text_of(message, kind)
        assert "Chi nhánh Hải Phòng" in text and SEAL.code in text and "8.662 triệu đồng" in text


HOSTILE = "PGD\r\nBcc: thief@example.com\r\n\r\n<b>x</b>\x00\u2028"


def test_text_from_a_workbook_breaks_out_of_nothing() -> None:
    told = letter(
        info=info(office_name=HOSTILE, office=HOSTILE, values={"branch": HOSTILE, "prepared_by": HOSTILE}),
        seal=replace(SEAL, sealed_by=HOSTILE),
        changes=[Change("cell", HOSTILE, HOSTILE, "B7", 7, HOSTILE, HOSTILE, HOSTILE)],
        reason=HOSTILE,
        bulletin=HOSTILE,
    )
    name = file_name("summary-file", told.info)
    message = composed(told, Attachment(HOSTILE + ".xlsx", b"PK"), Attachment(name, b"%PDF"))
    assert set(message.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type",
    }  # fmt: skip
    assert [address.addr_spec for address in message["To"].addresses] == ["a@example.vn"]
    assert "<b>" not in text_of(message, "html")
    assert "<b>" in text_of(message), "plain text stays what it was"
    assert all("\n" not in str(part.get_filename()) for part in message.iter_attachments())


def test_what_changed_since_the_last_submission_is_told() -> None:
    change = Change("cell", "Hội CCB", "11581", "I15", 15, "Dư nợ", "2450", "2540.5")
    again = letter(seal=replace(SEAL, submission=2), changes=[change] * 40)
    text = text_of(composed(again))
    assert text.count("- Hội CCB!I15 Dư nợ: 2.450 → 2.540,5") == 30
    assert "10 thay đổi khác" in text
    assert composed(again)["Subject"].endswith("nộp lần 2")
    assert "không đổi so với lần nộp trước" in text_of(composed(letter(changes=[])))
    assert "lần nộp trước" not in text_of(composed(letter()))


def test_a_draft_opens_ready_to_send_from_whoever_is_logged_in() -> None:
    message = received(compose(letter(), "", "", ["a@example.vn"], [], draft=True))
    assert message["X-Unsent"] == "1"
    assert {"From", "Date", "Message-ID"} & set(message.keys()) == set()
    assert received(compose(letter(), "", "", [], [], draft=True))["To"] is None


def test_the_message_id_is_the_one_that_was_recorded() -> None:
    known = new_message_id("pgd@example.vn")
    assert known.endswith("sheetcredit@example.vn>")
    assert composed(letter(), message_id=known)["Message-ID"] == known
    assert new_message_id("pgd@example.vn") != known


def test_a_look_at_the_message_shows_headers_text_and_files() -> None:
    shown = shown_message(composed(letter(), Attachment("q1.xlsx", b"PK")))
    assert "To: a@example.vn" in shown and SEAL.code in shown and "[q1.xlsx: 2 byte]" in shown


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a@example.vn", ["a@example.vn"]),
        ("a@example.vn; b@example.vn,c@example.vn", ["a@example.vn", "b@example.vn", "c@example.vn"]),
        ("Phòng Kế hoạch <a@example.vn>; A@Example.vn", ["a@example.vn"]),
        ('"Hải, Phòng" <a@example.vn>', ["a@example.vn"]),
        ("a@chi-nhánh.vn", ["a@xn--chi-nhnh-eza.vn"]),
        (" ;; ", []),
        ("", []),
    ],
)
def test_addresses_are_parted_as_people_write_them(text: str, found: list[str]) -> None:
    assert addresses_in(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "a", "a@", "@example.vn", "a b@example.vn", "a@exa mple.vn", "trần@example.vn",
        "a@example.vn\nb", "a@example.vn>\r\nBcc: x@example.vn", "<a@example.vn> SIZE=1",
    ],
)  # fmt: skip
def test_what_is_no_address_is_told(text: str) -> None:
    with pytest.raises(BadUsage) as caught:
        addresses_in(text)
    assert caught.value.code == "E-MAIL-ADDRESS"
