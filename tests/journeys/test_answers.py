"""A branch answers its offices: accepted, returned, reminded; one mail each, in its thread, whatever breaks."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from sheetcredit.cli.main import main
from sheetcredit.consolidate.answers import Texts
from sheetcredit.model.errors import BadUsage
from sheetcredit.rulebook import our_rulebook
from sheetcredit.seal.keys import new_key, trust
from sheetcredit.workbooks import read_office
from tests import exim as exim_on_loopback
from tests.consolidate.branch_offices import arrived, built, patched
from tests.consolidate.mailbox import mail
from tests.dovecot import Server, breaking_line, imap_server
from tests.mail_server import Received, environment, mail_server, own_folders
from tests.seeds_of import GOLDEN

SENDERS = {code: f"pgd{code}@example.vn" for code in ("0312", "0302", "0303")}
KINDS = {"0312": "accepted", "0302": "returned", "0303": "late"}


@pytest.fixture
def server() -> Iterator[tuple[Received, dict[str, str]]]:
    with mail_server() as pair:
        yield pair


class Branch:
    """A branch's machine: 0312's good mail, 0302's wrong one, nothing of 0303, 0304 without any address."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self.folder, self.inbox = folder, folder / "den"
        self.listed = folder / "ds.csv"
        rows = [
            "Mã đơn vị;Tên đơn vị;Hạn nộp;Email",
            *(f"{code};PGD {code};10/4/2024;" for code in ("0312", "0302")),
        ]
        rows += [f"0303;PGD 0303;10/4/2024;{SENDERS['0303']}", "0304;PGD 0304;10/4/2024;"]
        self.listed.write_text("\n".join(rows), encoding="utf-8")
        good = arrived(folder / "t" / "PGD0312.xlsx", GOLDEN.read_bytes())
        wrong = patched(
            arrived(folder / "t" / "PGD0302.xlsx", built(2)), {"Sổ ngân hàng": {"G10": 123_456_789}}
        )
        for path in (good, wrong):
            self.put(path.name[3:7], path.read_bytes())
        self.environment = environment(own_folders(folder), settings)

    def put(self, code: str, data: bytes) -> None:
        message = mail((f"PGD{code}.xlsx", data))
        message.replace_header("From", SENDERS[code])
        message["Message-ID"] = f"<nop-{code}@example.vn>"
        self.inbox.mkdir(exist_ok=True)
        (self.inbox / f"{code}.eml").write_bytes(message.as_bytes())

    def answer(self, *more: str | Path, code: str = "") -> subprocess.CompletedProcess[str]:
        arguments = ["answer", self.inbox, "--expected", self.listed, *more]
        start = ["-c", code] if code else ["-m", "sheetcredit"]
        return subprocess.run(
            [sys.executable, *start, *map(str, arguments)], env=self.environment, capture_output=True,
            text=True, encoding="utf-8", timeout=120, check=False,
        )  # fmt: skip


def outcomes(done: subprocess.CompletedProcess[str]) -> dict[str, tuple[str, str]]:
    told = json.loads(done.stdout)["answers"]
    return {one["office"]: (one["kind"], one["outcome"]) for one in told}


def by_recipient(messages: list[EmailMessage]) -> dict[str, EmailMessage]:
    return {str(message["To"]): message for message in messages}


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_each_office_hears_once(tmp_path: Path, server: tuple[Received, dict[str, str]]) -> None:
    received, settings = server
    branch = Branch(tmp_path, settings)
    looked = branch.answer()
    assert (looked.returncode, looked.stderr, received.tries) == (1, "", 0)  # 0304 has no address
    assert "--send" in looked.stdout

    sent = branch.answer("--send", "--json")
    assert (sent.returncode, sent.stderr) == (1, "")
    assert outcomes(sent) == {code: (kind, "sent") for code, kind in KINDS.items()} | {
        "0304": ("late", "nobody")
    }
    mails = by_recipient(received.messages)
    assert mails.keys() == set(SENDERS.values())
    for code, message in ((code, mails[sender]) for code, sender in SENDERS.items()):
        answered = None if code == "0303" else f"<nop-{code}@example.vn>"
        assert (message["In-Reply-To"], message["References"]) == (answered, answered)
    assert "đã nhận" in str(mails[SENDERS["0312"]]["Subject"]).casefold()
    assert "10/04/2024" in text_of(mails[SENDERS["0303"]])

    again = branch.answer("--send", "--json")
    assert outcomes(again) == {code: (kind, "already") for code, kind in KINDS.items()} | {
        "0304": ("late", "nobody")
    }
    assert len(received.mails) == 3
    other = patched(arrived(tmp_path / "t" / "moi.xlsx", built(2)), {"Sổ ngân hàng": {"G11": 1}})
    branch.put("0302", other.read_bytes())  # another version, another answer
    assert outcomes(branch.answer("--send", "--json"))["0302"] == ("returned", "sent")
    assert len(received.mails) == 4


def test_a_returned_workbook_goes_back_with_the_questions_in_it(
    tmp_path: Path, server: tuple[Received, dict[str, str]]
) -> None:
    received, settings = server
    Branch(tmp_path, settings).answer("--send", "--only", "returned")
    (message,) = received.messages
    assert "Sổ ngân hàng, ô G10" in text_of(message)
    workbook, receipt = list(message.iter_attachments())
    said = json.loads(receipt.get_content())
    assert (said["verdict"], said["office"]) == ("returned", "0302")
    path = tmp_path / "ve.xlsx"
    path.write_bytes(workbook.get_content())
    grid = read_office(path, our_rulebook()).book.grid("Kiểm tra")
    assert grid is not None
    asked = {question["code"] for question in said["questions"]}
    assert asked
    assert asked <= {str(value) for row in grid.rows for value in row}


def test_an_accepted_one_gets_its_receipt_only(
    tmp_path: Path, server: tuple[Received, dict[str, str]]
) -> None:
    received, settings = server
    Branch(tmp_path, settings).answer("--send", "--only", "accepted")
    (message,) = received.messages
    (receipt,) = message.iter_attachments()
    assert json.loads(receipt.get_content())["verdict"] == "accepted"


def test_drafts_are_made_once_and_not_sent_as_well(
    tmp_path: Path, server: tuple[Received, dict[str, str]]
) -> None:
    received, settings = server
    branch, folder = Branch(tmp_path, settings), tmp_path / "nháp"
    branch.answer("--drafts", folder)
    drafts = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert sorted(name[:13] for name in drafts) == [
        "accepted-0312",
        "late-0303-202",
        "late-0304-202",
        "returned-0302",
    ]
    for data in drafts.values():
        message = message_from_bytes(data, policy=policy.default)
        assert (message["X-Unsent"], message["Date"], message["Message-ID"]) == ("1", None, None)
    branch.answer("--drafts", folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == drafts
    assert set(outcomes(branch.answer("--send", "--json")).values()) >= {("accepted", "already")}
    assert received.tries == 0


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with imap_server() as one:
        yield one


@pytest.fixture
def mailbox(running: Server) -> Server:
    """A real mailbox, its folder of drafts empty."""
    for path in (running.folder / "mail").glob(".Th*"):
        shutil.rmtree(path)
    return running


def drafts_in(mailbox: Server) -> dict[str, EmailMessage]:
    messages = [message_from_bytes(data, policy=policy.default) for _, data in mailbox.drafts()]
    assert len({str(one["Message-ID"]) for one in messages}) == len(messages)
    return {str(one["Subject"]): one for one in messages}


def test_drafts_in_the_mailbox_are_made_once(tmp_path: Path, mailbox: Server) -> None:
    branch = Branch(tmp_path, mailbox.settings(tmp_path / "bao-cao"))
    made = branch.answer("--to-mailbox", "--json")
    assert (made.returncode, made.stderr) == (0, "")
    drafted = {code: (kind, "draft") for code, kind in KINDS.items()} | {"0304": ("late", "draft")}
    assert outcomes(made) == drafted
    drafts = drafts_in(mailbox)
    assert len(drafts) == 4
    assert all(set(flags) == {"D", "S"} for flags, _ in mailbox.drafts())
    (returned,) = [one for one in drafts.values() if one["To"] == SENDERS["0302"]]
    assert returned["In-Reply-To"] == "<nop-0302@example.vn>"
    assert len(list(returned.iter_attachments())) == 2
    again = branch.answer("--to-mailbox", "--json")
    assert {outcome for _, outcome in outcomes(again).values()} == {"already"}
    assert drafts_in(mailbox).keys() == drafts.keys()


STEPS = [
    (name, number, when) for name in ("put", "save") for number in (1, 3) for when in ("before", "after")
]
KILLED_AT_DRAFTS = """
import os, signal, sys
from sheetcredit.mail import imap, outbox
target = {"put": imap.DraftsFolder, "save": outbox.Outbox}["NAME"]
real, calls = getattr(target, "NAME"), 0
def watched(*given):
    global calls
    calls += 1
    if calls == NUMBER and "WHEN" == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = real(*given)
    if calls == NUMBER:
        os.kill(os.getpid(), signal.SIGKILL)
    return result
setattr(target, "NAME", watched)
from sheetcredit.cli.main import main
sys.exit(main())
"""


@pytest.mark.parametrize(("name", "number", "when"), STEPS)
def test_a_run_that_is_killed_leaves_no_draft_twice(
    name: str, number: int, when: str, tmp_path: Path, mailbox: Server
) -> None:
    branch = Branch(tmp_path, mailbox.settings(tmp_path / "bao-cao"))
    code = KILLED_AT_DRAFTS.replace("NUMBER", str(number)).replace("WHEN", when).replace("NAME", name)
    killed = branch.answer("--to-mailbox", code=code)
    assert killed.returncode == -9, killed.stderr
    assert branch.answer("--to-mailbox").returncode == 0
    assert len(mailbox.drafts()) == len(drafts_in(mailbox)) == 4


def test_a_mailbox_that_takes_no_drafts_is_said_in_one_line(tmp_path: Path, mailbox: Server) -> None:
    def told(**more: str) -> str:
        done = Branch(tmp_path, mailbox.settings(tmp_path / "bao-cao", **more)).answer("--to-mailbox")
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        return done.stderr

    assert "Không có" in told(DRAFTS="Không có")
    assert "mật khẩu" in told(PASSWORD="sai")
    assert "Chứng thư" in told(CA_FILE="")
    both = Branch(tmp_path, {}).answer("--to-mailbox", "--send")
    assert (both.returncode, both.stderr.count("\n")) == (2, 1)


def test_one_that_fails_stops_no_other(tmp_path: Path, server: tuple[Received, dict[str, str]]) -> None:
    received, settings = server
    received.refused[SENDERS["0302"]] = "550 no such user"
    branch = Branch(tmp_path, settings)
    done = branch.answer("--send", "--json")
    assert done.returncode == 1
    assert {code: outcome for code, (_, outcome) in outcomes(done).items()} == {
        "0312": "sent", "0302": "failed", "0303": "sent", "0304": "nobody",
    }  # fmt: skip
    received.refused.clear()
    assert outcomes(branch.answer("--send", "--json"))["0302"] == ("returned", "sent")
    assert len(received.mails) == 3


def test_a_forger_hears_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """The key of 0312 is trusted; what came is not signed by it: the mail's own sender is not answered."""
    branch = Branch(tmp_path, {})
    for name, value in branch.environment.items():
        monkeypatch.setenv(name, value)
    made, _ = new_key("0312")
    trust([made.public])
    main(["answer", str(branch.inbox), "--expected", str(branch.listed), "--json"])
    told = {one["office"]: one for one in json.loads(capsys.readouterr().out)["answers"]}
    assert (told["0312"]["kind"], told["0312"]["recipients"]) == ("returned", [])
    assert told["0302"]["recipients"] == [SENDERS["0302"]]


KILLED = """
import os, signal, sys
from sheetcredit.mail import outbox
count, written = int("NUMBER"), "WRITTEN" == "after"
real = outbox.Outbox.save
saves = 0
def save(self, intent):
    global saves
    saves += 1
    if saves == count and not written:
        os.kill(os.getpid(), signal.SIGKILL)
    kept = real(self, intent)
    if saves == count:
        os.kill(os.getpid(), signal.SIGKILL)
    return kept
outbox.Outbox.save = save
from sheetcredit.cli.main import main
sys.exit(main())
"""


@pytest.fixture(scope="module")
def exim() -> Iterator[exim_on_loopback.Server]:
    with exim_on_loopback.smtp_server() as one:
        yield one


@pytest.fixture
def post(exim: exim_on_loopback.Server) -> exim_on_loopback.Server:
    """A real mail server that nothing was sent to."""
    exim.empty()
    return exim


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_real_server_takes_each_answer_once(
    security: str, tmp_path: Path, post: exim_on_loopback.Server
) -> None:
    port = post.tls if security == "tls" else post.port
    branch = Branch(tmp_path, post.settings(SECURITY=security, PORT=str(port)))
    for outcome in ("sent", "already"):
        done = branch.answer("--send", "--json")
        assert (done.returncode, done.stderr) == (1, "")  # nobody knows an address of 0304
        assert {code: (kind, outcome) for code, kind in KINDS.items()}.items() <= outcomes(done).items()
    taken = {str(message["Envelope-To"]): message for message in post.messages}
    assert (len(post.messages), set(taken)) == (3, set(SENDERS.values()))
    returned = taken[SENDERS["0302"]]
    assert returned["In-Reply-To"] == "<nop-0302@example.vn>"
    workbook, receipt = returned.iter_attachments()
    assert workbook.get_content()[:2] == b"PK"
    assert json.loads(receipt.get_content())["verdict"] == "returned"


def test_what_a_real_server_refuses_is_told_and_sent_later(
    tmp_path: Path, post: exim_on_loopback.Server
) -> None:
    def refused(**more: str) -> str:
        done = Branch(tmp_path, post.settings(**more)).answer("--send", "--json")
        told = [one for one in json.loads(done.stdout)["answers"] if one["recipients"]]
        assert {one["outcome"] for one in told} == {"failed"}
        (error,) = {one["error"] for one in told}
        return str(error)

    assert "mật khẩu" in refused(PASSWORD="sai")
    assert "hứng thư" in refused(CA_FILE="")
    with breaking_line(post.port, 900) as port:
        refused(PORT=str(port))
    assert post.messages == []
    done = outcomes(Branch(tmp_path, post.settings()).answer("--send", "--json"))
    assert {code: (kind, "sent") for code, kind in KINDS.items()}.items() <= done.items()
    assert len(post.messages) == 3


def test_an_expired_certificate_of_a_real_server(tmp_path: Path) -> None:
    with exim_on_loopback.smtp_server(expires=datetime.now(UTC) - timedelta(days=1)) as server:
        done = Branch(tmp_path, server.settings()).answer("--send", "--only", "accepted", "--json")
        (answer,) = json.loads(done.stdout)["answers"]
        assert "expired" in answer["error"]
        assert server.messages == []


def test_a_mailbox_that_nobody_has_stops_no_other(tmp_path: Path, post: exim_on_loopback.Server) -> None:
    branch = Branch(tmp_path, post.settings())
    listed = branch.listed.read_text("utf-8")
    branch.listed.write_text(listed.replace(SENDERS["0303"], exim_on_loopback.REFUSED), encoding="utf-8")
    done = outcomes(branch.answer("--send", "--json"))
    assert [done[code][1] for code in ("0312", "0302", "0303")] == ["sent", "sent", "failed"]
    assert len(post.messages) == 2


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6])
def test_a_run_that_is_killed_answers_nobody_twice(
    number: int, when: str, tmp_path: Path, post: exim_on_loopback.Server
) -> None:
    received, settings = post, post.settings()
    branch = Branch(tmp_path, settings)
    killed = branch.answer("--send", code=KILLED.replace("NUMBER", str(number)).replace("WRITTEN", when))
    assert killed.returncode == -9, killed.stderr
    done = outcomes(branch.answer("--send", "--json"))
    counted = Counter(str(message["To"]) for message in received.messages)
    assert max(counted.values()) == 1
    for code, sender in SENDERS.items():
        # What may have arrived is said to, and neither sent again nor called done.
        assert counted[sender] == 1 or done[code][1] == "failed"
    failed = [code for code, (_, outcome) in done.items() if outcome == "failed"]
    assert len(failed) <= 1


def test_texts_of_the_branch(tmp_path: Path) -> None:
    path = tmp_path / "loi.yaml"
    path.write_text('greeting: "Gửi anh chị {office_name} {unknown}"\n', encoding="utf-8")
    texts = Texts.read(path)
    assert (
        texts.written("greeting", {"office_name": "{0.__class__}"}) == "Gửi anh chị {0.__class__} {unknown}"
    )
    assert "{" not in texts.written(
        "late", {"today": date.today(), "owner": 1, "period": 1, "due": 1, "days": 1}
    )


@pytest.mark.parametrize(
    "text", ["nothing: x", "greeting: [1]", 'greeting: "{"', "- a", "greeting: '{office.x.y}'", "a: b: c"]
)
def test_texts_that_make_no_sense(text: str, tmp_path: Path) -> None:
    path = tmp_path / "loi.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadUsage) as told:
        Texts.read(path)
    assert told.value.code == "E-ANSWER-TEXTS"
