"""`send`: what goes out is what was checked, once."""

from __future__ import annotations

import io
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from docx import Document

import sheetcredit
from sheetcredit import sending
from sheetcredit.bulletin.publish import bulletin_text
from sheetcredit.filling import Edits
from sheetcredit.mail.outbox import Intent, Outbox
from sheetcredit.mail.receipt import apply_receipt, receipt_for, write_receipt
from sheetcredit.mail.sealing import seal_workbook
from sheetcredit.model.errors import BadUsage, CannotSend, ChangedMeanwhile, SendLater, SentPerhaps
from sheetcredit.report import write_report
from sheetcredit.rulebook import our_rulebook
from sheetcredit.seal.check import check_seal
from sheetcredit.sending import Order, Sent, send, send_from_button
from sheetcredit.workbooks import read_office
from tests.mail_server import Received, free_port, mail_server, misbehaving, settings_for
from tests.seeds_of import MISTAKEN, copy_of, digest

BOOK = our_rulebook()
TO = ("chinhanh@example.vn",)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Received]:
    with mail_server() as (received, environment):
        put(monkeypatch, environment)
        yield received


def put(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def intents() -> list[Intent]:
    return Outbox.of_user().intents()


def states() -> list[str]:
    return [intent.state for intent in intents()]


def seal_status(path: Path) -> str:
    return check_seal(read_office(path, BOOK), None, None, BOOK.office).status


def text_of(message: EmailMessage | None) -> str:
    assert message is not None
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def to_branch(path: Path, **more: object) -> Sent:
    return send(path, Order(to=TO, **more))  # type: ignore[arg-type]


def test_what_arrives_is_the_sealed_workbook(office: Path, server: Received) -> None:
    sent = to_branch(office)
    assert sent.outcome == "sent" and sent.intent is not None
    (message,) = server.messages
    attached, _ = message.iter_attachments()  # the bulletin goes along
    assert attached.get_filename() == office.name
    assert attached.get_content() == office.read_bytes()
    assert seal_status(office) == "valid"
    assert sent.intent.seal in text_of(message)
    assert server.recipients == [list(TO)]
    (kept,) = intents()
    assert (kept.state, kept.message_id, kept.recipients) == ("sent", message["Message-ID"], TO)
    assert (kept.submission, kept.attempts, kept.reply) == (1, 1, "taken as number 1")


def test_the_same_workbook_does_not_go_out_again_unless_asked(office: Path, server: Received) -> None:
    to_branch(office)
    before = digest(office)
    assert [to_branch(office).outcome for _ in range(2)] == ["already", "already"]
    sheetcredit.run(office)
    renamed = office.rename(office.with_name("other name.xlsx"))
    assert to_branch(renamed).outcome == "already", "the same data, whatever the file"
    assert (len(server.mails), digest(renamed)) == (1, before)
    assert to_branch(renamed, again=True).outcome == "sent"
    ids = [message["Message-ID"] for message in server.messages]
    assert len(set(ids)) == 2
    assert send(renamed, Order(to=("other@example.vn",))).outcome == "sent", "others have not had it"
    assert len(server.mails) == 3


def test_a_resubmission_says_what_changed(office: Path, server: Received) -> None:
    to_branch(office)
    sheetcredit.patch_cells(office, {"Tổ TK&VV": {"B12": "Nguyễn Văn Mới"}})
    assert to_branch(office).outcome == "void"
    seal_workbook(office, submitted=Outbox.of_user().submitted)
    assert to_branch(office).outcome == "sent"
    first, second = server.messages
    assert "lần nộp trước" not in text_of(first)
    assert second["Subject"].endswith("nộp lần 2")
    assert "Tổ TK&VV!B12 Tổ trưởng:" in text_of(second) and "→ Nguyễn Văn Mới" in text_of(second)


def test_what_the_branch_returned_goes_out_again_though_no_figure_changed(
    office: Path, server: Received
) -> None:
    to_branch(office)
    row = read_office(office, BOOK).info.cells["seal"][0] + 1
    sheetcredit.patch_cells(office, {"Thông tin": {f"C{row}": None}})
    assert to_branch(office).outcome == "already", "lifting the seal makes no new report"
    report, reading = sheetcredit.reconcile(office), read_office(office, BOOK)
    receipt = receipt_for(report, reading, "returned", [("", "Hội CCB", "I15", "Giải trình số này")])
    applied = apply_receipt(write_receipt(receipt, office.parent), office)
    assert applied.report.blocks
    grid = read_office(office, BOOK).book.grids["Kiểm tra"]
    row = next(number for number, line in enumerate(grid.rows, start=1) if "Q-BRANCH" in line)
    sheetcredit.patch_cells(office, {"Kiểm tra": {f"I{row}": "Số đúng, đã đối chiếu"}})
    assert [to_branch(office).outcome for _ in range(2)] == ["sent", "already"]
    second = server.messages[1]
    assert second["Subject"].endswith("nộp lần 2")
    assert "không đổi so với lần nộp trước" in text_of(second) and "1 điểm đã giải trình" in text_of(second)


def test_what_blocks_does_not_go_out_without_a_reason(server: Received, tmp_path: Path) -> None:
    book = copy_of(MISTAKEN, tmp_path)
    before = digest(book)
    refused = to_branch(book)
    assert refused.outcome == "blocked" and refused.report.blocks
    assert (server.mails, states(), digest(book)) == ([], [], before)
    assert to_branch(book, reason="  \n ").outcome == "blocked"
    sent = to_branch(book, reason="Chi nhánh yêu cầu\ntrước 17 giờ")
    assert sent.outcome == "sent"
    assert "Lý do: Chi nhánh yêu cầu trước 17 giờ" in text_of(server.messages[0])
    assert read_office(book, BOOK).info.values["send_reason"] == "Chi nhánh yêu cầu trước 17 giờ"
    assert [intent.reason for intent in intents()] == ["Chi nhánh yêu cầu trước 17 giờ"]


def test_a_void_seal_does_not_go_out_without_a_reason(office: Path, server: Received) -> None:
    seal_workbook(office)
    sheetcredit.patch_cells(office, {"Tổ TK&VV": {"B12": "Nguyễn Văn Mới"}})
    refused = to_branch(office)
    assert refused.outcome == "void"
    assert {(f.code, f.cell) for f in refused.report.findings} == {("S-SEAL", "C19"), ("S-SEAL-CELL", "B12")}
    assert (server.mails, seal_status(office)) == ([], "void")
    assert to_branch(office, reason="Đổi tổ trưởng").outcome == "sent"
    assert seal_status(office) == "valid"
    assert "Lý do: Đổi tổ trưởng" in text_of(server.messages[0])


def test_a_reason_that_excuses_nothing_is_not_told(office: Path, server: Received) -> None:
    to_branch(office, reason="thừa")
    assert "Lý do" not in text_of(server.messages[0])
    assert read_office(office, BOOK).info.values["send_reason"] is None


def test_a_temporary_refusal_is_tried_again(office: Path, server: Received) -> None:
    server.answers += ["451 later", "452 still full"]
    sent = to_branch(office)
    assert (len(server.mails), server.tries) == (1, 3)
    assert sent.intent is not None and sent.intent.attempts == 3


def test_after_the_last_attempt_the_next_run_sends_it(office: Path, server: Received) -> None:
    server.answers += ["451 later"] * 3
    with pytest.raises(SendLater):
        to_branch(office)
    assert states() == ["gave-up"]
    assert to_branch(office).outcome == "sent"
    assert (len(server.mails), server.tries) == (1, 4)


def test_a_refusal_for_good_is_not_tried_again(office: Path, server: Received) -> None:
    server.answers.append("554 no")
    with pytest.raises(CannotSend) as caught:
        to_branch(office)
    assert (type(caught.value), server.tries, states()) == (CannotSend, 1, ["refused"])
    assert to_branch(office).outcome == "sent"
    assert len(server.mails) == 1


def test_no_server_is_tried_and_told(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, settings_for(free_port()))
    with pytest.raises(SendLater) as caught:
        to_branch(office)
    assert caught.value.code == "E-MAIL-CONNECTION"
    assert [(intent.state, intent.attempts) for intent in intents()] == [("gave-up", 3)]


@pytest.mark.parametrize(
    ("manners", "taken", "attempts"),
    [
        (("shut-down", "take"), 1, 2),
        (("greeting-421", "silent", "take"), 1, 3),
        (("silent",), 0, 3),
    ],
)
def test_a_connection_that_breaks_before_the_end_is_tried_again(
    manners: tuple[str, ...], taken: int, attempts: int, office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with misbehaving(*manners) as (mails, port):
        put(monkeypatch, settings_for(port) | {"SHEETCREDIT_MAIL_TIMEOUT": "0.5"})
        try:
            outcome = to_branch(office).outcome
        except SendLater:
            outcome = "blocked"
        assert (len(mails), outcome == "sent") == (taken, bool(taken))
    assert intents()[0].attempts == attempts


@pytest.mark.parametrize("manner", ["drop-after-end", "hang-after-end"])
def test_a_connection_that_breaks_at_the_end_is_never_tried_again_by_itself(
    manner: str, office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with misbehaving(manner, "take") as (mails, port):
        put(monkeypatch, settings_for(port) | {"SHEETCREDIT_MAIL_TIMEOUT": "0.5"})
        with pytest.raises(SentPerhaps) as caught:
            to_branch(office)
        assert (caught.value.code, len(mails), states()) == ("E-MAIL-UNKNOWN", 1, ["unknown"])
        for _ in range(2):
            with pytest.raises(SentPerhaps) as caught:
                to_branch(office)
            assert (caught.value.code, len(mails)) == ("E-MAIL-PERHAPS", 1)
        assert to_branch(office, again=True).outcome == "sent"
    first, second = (message_from_bytes(mail, policy=policy.default)["Message-ID"] for mail in mails)
    assert first == second, "so that the other side can drop the double"
    assert to_branch(office).outcome == "already"


def test_too_large_for_the_server_is_told_before_anything_is_sent(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server(size=50_000) as (received, environment):
        put(monkeypatch, environment)
        with pytest.raises(CannotSend) as caught:
            to_branch(office)
    assert (caught.value.code, received.tries, states()) == ("E-MAIL-SIZE", 0, ["refused"])


def test_a_look_writes_and_sends_nothing(office: Path, server: Received, own_home: Path) -> None:
    before = digest(office)
    shown = to_branch(office, dry_run=True)
    assert shown.outcome == "shown" and "437.439" in text_of(shown.message)
    assert (digest(office), server.tries) == (before, 0)
    assert not (own_home / "state").exists()


def test_a_look_and_a_draft_do_not_go_together(office: Path, tmp_path: Path) -> None:
    with pytest.raises(BadUsage) as caught:
        to_branch(office, dry_run=True, draft=tmp_path / "x.eml")
    assert caught.value.code == "E-SEND-BOTH"


def test_a_draft_holds_the_sealed_workbook(office: Path, tmp_path: Path) -> None:
    sent = to_branch(office, draft=tmp_path / "thư.eml")
    assert sent.outcome == "draft"
    data = (tmp_path / "thư.eml").read_bytes()
    message = message_from_bytes(data, policy=policy.default)
    assert (message["X-Unsent"], message["To"]) == ("1", TO[0])
    (attached,) = [part for part in message.iter_attachments() if str(part.get_filename()).endswith(".xlsx")]
    assert attached.get_content() == office.read_bytes()
    assert (seal_status(office), states()) == ("valid", ["draft"])


def test_recipients_come_from_the_workbook(office: Path, server: Received) -> None:
    row = read_office(office, BOOK).info.cells["send_to"][0] + 1
    with pytest.raises(BadUsage) as caught:
        send(office)
    assert caught.value.code == "E-MAIL-TO"
    text = "Phòng Kế hoạch <a@example.vn>; b@example.vn"
    sheetcredit.patch_cells(office, {"Thông tin": {f"C{row}": text}})
    send(office)
    assert server.recipients == [["a@example.vn", "b@example.vn"]]
    sheetcredit.patch_cells(office, {"Thông tin": {f"C{row}": "a@example.vn\nRCPT TO:<x@example.vn>"}})
    send(office)
    assert server.recipients[1] == ["a@example.vn", "x@example.vn"], "a name and an address, no command"
    sheetcredit.patch_cells(office, {"Thông tin": {f"C{row}": "a@example.vn> x"}})
    with pytest.raises(BadUsage) as caught:
        send(office)
    assert caught.value.code == "E-MAIL-ADDRESS"


@pytest.mark.parametrize(
    ("name", "code"),
    [("HOST", "E-MAIL-SETTINGS"), ("SENDER", "E-MAIL-SETTINGS"), ("PASSWORD", "E-MAIL-PASSWORD")],
)
def test_what_is_missing_is_told_before_anything_is_written(
    name: str, code: str, office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(monkeypatch, settings_for(free_port(), login=True) | {f"SHEETCREDIT_MAIL_{name}": ""})
    before = digest(office)
    with pytest.raises(BadUsage) as caught:
        to_branch(office)
    assert (caught.value.code, digest(office), states()) == (code, before, [])


def test_the_bulletin_goes_along(office: Path, server: Received) -> None:
    to_branch(office)
    (message,) = server.messages
    workbook, bulletin = message.iter_attachments()
    assert [workbook.get_filename(), bulletin.get_filename()] == [office.name, "Bản tin 2024Q1 - 0312.docx"]
    data = bulletin.get_payload(decode=True)
    assert isinstance(data, bytes) and Document(io.BytesIO(data)).paragraphs
    said = bulletin_text(sheetcredit.reconcile(office)).strip()
    assert said in text_of(message).replace("\r\n", "\n")


def test_a_workbook_saved_while_it_was_being_checked_does_not_go_out(
    office: Path, server: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*given: Any, **named: Any) -> Any:
        sheetcredit.patch_cells(office, {"Hội CCB": {"I15": 4682}})
        return write_report(*given, **named)

    monkeypatch.setattr(sending, "write_report", late)
    with pytest.raises(ChangedMeanwhile):
        to_branch(office)
    assert (server.tries, states()) == (0, [])


# --- the button


def addressed(office: Path) -> Path:
    row = read_office(office, BOOK).info.cells["send_to"][0] + 1
    sheetcredit.patch_cells(office, {"Thông tin": {f"C{row}": TO[0]}})
    return office


def test_the_button_makes_a_draft_beside_the_workbook(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHEETCREDIT_MAIL_PDF", "false")
    told = send_from_button(addressed(office))
    draft = office.with_suffix(".eml")
    assert draft.is_file() and str(draft) in told and "Outlook" in told
    assert seal_status(office) == "valid"


def test_the_button_sends_where_the_settings_say_so(
    office: Path, server: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHEETCREDIT_MAIL_BUTTON", "send")
    assert "Đã gửi" in send_from_button(addressed(office))
    assert "không gửi lại" in send_from_button(office)
    assert len(server.mails) == 1


def test_the_button_seals_the_open_workbook_through_its_caller(
    office: Path, server: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHEETCREDIT_MAIL_BUTTON", "send")
    addressed(office).with_name(f"~${office.name}").write_bytes(b"")
    written: list[Edits] = []

    def live(edits: Edits) -> Path:
        written.append(edits)
        owner = office.with_name(f"~${office.name}")
        owner.unlink()
        sheetcredit.patch_cells(office, edits)
        owner.write_bytes(b"")
        return office

    assert "Đã gửi" in send_from_button(office, live)
    assert len(written) == 1 and {"Thông tin", "Tổng hợp", "Niêm phong"} <= set(written[0])
    attached, _ = server.messages[0].iter_attachments()  # the bulletin goes along
    assert attached.get_content() == office.read_bytes()
    assert seal_status(office) == "valid"


def test_the_button_seals_a_copy_where_the_open_workbook_cannot_be_written(
    office: Path, server: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHEETCREDIT_MAIL_BUTTON", "send")
    addressed(office).with_name(f"~${office.name}").write_bytes(b"")
    before = digest(office)
    assert "niem-phong" in send_from_button(office)
    copy = office.with_name("Báo cáo quý I-niem-phong.xlsx")
    attached, _ = server.messages[0].iter_attachments()  # the bulletin goes along
    assert attached.get_content() == copy.read_bytes()
    assert (digest(office), seal_status(copy)) == (before, "valid")


def test_the_button_tells_what_is_in_the_way(tmp_path: Path) -> None:
    assert "Chưa gửi" in send_from_button(copy_of(MISTAKEN, tmp_path))
    assert not list(tmp_path.glob("*.eml"))
