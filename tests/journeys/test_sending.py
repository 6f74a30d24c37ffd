"""From a finished workbook to the branch and back, by the real command line, whatever breaks on the way."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

import sheetcredit
from sheetcredit.cli.main import main
from sheetcredit.mail.receipt import receipt_for, write_receipt
from sheetcredit.rulebook import our_rulebook
from sheetcredit.seal.keys import public_key
from sheetcredit.workbooks import read_office
from tests.mail_server import Authority, Received, environment, mail_server, own_folders
from tests.seeds_of import GOLDEN, MISTAKEN, copy_of, digest

TO = "chinhanh@example.vn"
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")


class Office:
    """A transaction office: its machine's folders, its mail settings, its workbook."""

    def __init__(self, folder: Path, mail: dict[str, str], seed: Path = GOLDEN) -> None:
        self.folder = folder
        self.workbook = copy_of(seed, folder, "Báo cáo quý I.xlsx")
        self.environment = environment(own_folders(folder), mail)

    def run(self, *arguments: str | Path, code: str | None = None) -> subprocess.CompletedProcess[str]:
        """`sheetcredit` as a user starts it; `code` is run before it."""
        start = ["-m", "sheetcredit"] if code is None else ["-c", code]
        return subprocess.run(
            [sys.executable, *start, *map(str, arguments)], env=self.environment, capture_output=True,
            text=True, encoding="utf-8", timeout=120, check=False,
        )  # fmt: skip

    def send(self, *more: str | Path, code: str | None = None) -> subprocess.CompletedProcess[str]:
        return self.run("send", self.workbook, "--to", TO, *more, code=code)

    def records(self) -> list[str]:
        """The states of the outbox, oldest first."""
        files = sorted((self.folder / "state" / "outbox").glob("*.json"))
        return [json.loads(path.read_text("utf-8"))["state"] for path in files]


@pytest.fixture
def server() -> Iterator[tuple[Received, dict[str, str]]]:
    with mail_server() as pair:
        yield pair


def test_the_whole_way(tmp_path: Path, server: tuple[Received, dict[str, str]]) -> None:
    received, mail = server
    office = Office(tmp_path, mail)

    looked = office.send("--dry-run")
    assert (looked.returncode, looked.stderr, received.tries) == (0, "", 0)
    assert f"To: {TO}" in looked.stdout and "437.439" in looked.stdout

    sent = office.send("--json")
    assert (sent.returncode, sent.stderr) == (0, "")
    (file,) = json.loads(sent.stdout)["files"]
    (message,) = received.messages
    assert (file["outcome"], file["recipients"], file["submission"]) == ("sent", [TO], 1)
    assert file["message_id"] == message["Message-ID"]
    assert file["seal"] in str(message.get_body(("plain",)))
    again = office.send()
    assert (again.returncode, len(received.mails)) == (0, 1)
    assert "không gửi lại" in again.stdout

    arrived = tmp_path / "branch.xlsx"
    attached, _ = message.iter_attachments()  # the bulletin goes along
    arrived.write_bytes(attached.get_content())
    receipt = receipt_for(
        sheetcredit.reconcile(arrived), read_office(arrived, our_rulebook()),
        questions=[("", "Hội CCB", "I15", "Kiểm tra lại số này")], issued_by="CN Hải Phòng",
    )  # fmt: skip
    path = write_receipt(receipt, tmp_path)
    taken = office.run("receipt", path, office.workbook)
    assert (taken.returncode, taken.stderr) == (1, "")
    assert "Hội CCB" in taken.stdout and "I15" in taken.stdout and "Kiểm tra lại số này" in taken.stdout
    assert office.send().returncode == 1, "the question is open"

    kept = {finding.key: finding for finding in sheetcredit.validate(office.workbook).findings}
    (key,) = [key for key, finding in kept.items() if finding.code == "Q-BRANCH"]
    grid = read_office(office.workbook, our_rulebook()).book.grids["Kiểm tra"]
    row = next(number for number, line in enumerate(grid.rows, start=1) if key in line)
    answer = {"Kiểm tra": {f"I{row}": "Đã kiểm tra, số đúng"}, "Tổ TK&VV": {"B12": "Nguyễn Văn Mới"}}
    sheetcredit.patch_cells(office.workbook, answer)
    resent = office.send()
    assert (resent.returncode, len(received.mails)) == (0, 2)
    second = received.messages[1]
    assert second["Subject"].endswith("nộp lần 2")
    body = second.get_body(("plain",))
    assert body is not None and "Tổ TK&VV!B12" in body.get_content()


def test_a_change_after_sealing_is_told_and_sealed_anew(tmp_path: Path) -> None:
    office = Office(tmp_path, {})
    sealed = office.run("seal", office.workbook, "--by", "Trần Thị Bình")
    assert (sealed.returncode, sealed.stderr) == (0, "")
    assert "Trần Thị Bình" in sealed.stdout
    assert office.run("validate", office.workbook).returncode == 0
    sheetcredit.patch_cells(office.workbook, {"Tổ TK&VV": {"B12": "Nguyễn Văn Mới"}})
    told = office.run("validate", office.workbook, "--json")
    assert told.returncode == 1
    (file,) = json.loads(told.stdout)["files"]
    found = {finding["code"]: finding for finding in file["findings"]}
    assert (found["S-SEAL"]["sheet"], found["S-SEAL"]["cell"]) == ("Thông tin", "C19")
    change = found["S-SEAL-CELL"]
    assert (change["sheet"], change["cell"], change["value"]) == ("Tổ TK&VV", "B12", "Nguyễn Văn Mới")
    refused = office.send("--draft", tmp_path / "x.eml")
    assert refused.returncode == 1 and not (tmp_path / "x.eml").exists()
    assert office.run("seal", office.workbook).returncode == 0
    assert office.run("validate", office.workbook).returncode == 0


def test_what_blocks_is_refused_with_its_findings(tmp_path: Path) -> None:
    office = Office(tmp_path, {}, MISTAKEN)
    before = digest(office.workbook)
    for command in (("seal", office.workbook), ("send", office.workbook, "--to", TO)):
        refused = office.run(*command)
        assert (refused.returncode, refused.stderr) == (1, "")
        assert "R05" in refused.stdout
    assert digest(office.workbook) == before


def test_without_settings_one_line_says_what_to_do(tmp_path: Path) -> None:
    office = Office(tmp_path, {})
    refused = office.send()
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.count("\n") == 1
    assert "--draft" in refused.stderr


def test_keys_are_made_shown_and_trusted(tmp_path: Path) -> None:
    office = Office(tmp_path, {})
    made = office.run("key", "new", "--owner", "0312")
    assert made.returncode == 0
    line = made.stdout.splitlines()[-1]
    known = public_key(line)
    shown = office.run("key", "show")
    assert known.id in shown.stdout and line in shown.stdout
    assert office.run("key", "new", "--owner", "0312").returncode == 2
    trusted = office.run("key", "trust", line)
    assert trusted.returncode == 0 and known.id in trusted.stdout
    assert office.run("key", "trust", "nonsense").returncode == 2
    assert office.run("key", "password").returncode == 2, "no mail settings"
    assert office.run("key").returncode == 2


def test_login_over_starttls(tmp_path: Path) -> None:
    with mail_server("starttls", Authority.make(tmp_path), login=True) as (received, mail):
        office = Office(tmp_path, mail)
        wrong = dict(office.environment)
        office.environment["SHEETCREDIT_MAIL_PASSWORD"] = "wrong"
        refused = office.send()
        assert (refused.returncode, received.tries) == (2, 0)
        assert office.records() == ["refused"]
        office.environment = wrong
        assert office.send().returncode == 0
    assert (len(received.mails), received.encrypted) == (1, [True])


# --- a run that is killed

KILLED = """
import os, signal, sys
from sheetcredit.mail import outbox, smtp
from sheetcredit import sending

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def before(module, name):
    setattr(module, name, die)

def after(module, name):
    real = getattr(module, name)
    def wrapped(*given, **named):
        real(*given, **named)
        die()
    setattr(module, name, wrapped)

def at_save(state, written):
    real = outbox.Outbox.save
    def save(self, intent):
        if intent.state == state and not written:
            die()
        kept = real(self, intent)
        if intent.state == state:
            die()
        return kept
    outbox.Outbox.save = save

def in_data(self, data):
    if len(data) > 10000:
        real_send(self, data[:9000])
        die()
    return real_send(self, data)

real_send = smtp.smtplib.SMTP.send
STEP
from sheetcredit.cli.main import main
sys.exit(main(sys.argv[1:]))
"""

STEPS = {
    "before sealing": ("before(sending, 'write_report')", 0),
    "sealed": ("after(sending, 'write_report')", 0),
    "before the intent": ("at_save('intent', False)", 0),
    "intent written": ("at_save('intent', True)", 0),
    "connected": ("after(smtp, '_greet')", 0),
    "recipients taken": ("after(smtp, '_envelope')", 0),
    "in the middle of the message": ("smtp.smtplib.SMTP.send = in_data", 0),
    "before handing over": ("at_save('handing-over', False)", 0),
    "handing over": ("at_save('handing-over', True)", 0),
    "message ended": ("before(smtp.smtplib.SMTP, 'quit'); after(smtp, '_end')", 1),
    "before it is recorded": ("at_save('sent', False)", 1),
    "recorded": ("at_save('sent', True)", 1),
}
UNCERTAIN = {"handing over", "message ended", "before it is recorded"}


@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_is_killed_delivers_once_or_says_that_it_cannot_know(
    step: str,
    tmp_path: Path,
    server: tuple[Received, dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    received, mail = server
    office = Office(tmp_path, mail)
    for name, value in office.environment.items():
        monkeypatch.setenv(name, value)

    def send_again(*more: str) -> tuple[int, str]:
        capsys.readouterr()
        return main(["send", str(office.workbook), "--to", TO, *more]), capsys.readouterr().err

    how, delivered = STEPS[step]
    killed = office.send(code=KILLED.replace("STEP", how))
    assert killed.returncode == -9, killed.stderr
    assert len(received.mails) == delivered
    code, told = send_again()
    if step in UNCERTAIN:
        assert code == 2 and told.count("\n") == 1
        assert "--again" in told
        assert len(received.mails) == delivered, "never twice by itself"
        assert send_again("--again") == (0, "")
        ids = {message["Message-ID"] for message in received.messages}
        assert (len(ids), len(received.mails)) == (1, delivered + 1)
    else:
        assert (code, told) == (0, "")
        assert len(received.mails) == 1, "neither lost nor doubled"
    assert send_again() == (0, "")
    assert "sent" in office.records() and "intent" not in office.records()


def test_a_draft_is_what_outlook_opens(tmp_path: Path) -> None:
    office = Office(tmp_path, {"SHEETCREDIT_MAIL_PDF": "true"})
    made = office.send("--draft", tmp_path / "thư nháp.eml")
    assert (made.returncode, made.stderr) == (0, "")
    message = message_from_bytes((tmp_path / "thư nháp.eml").read_bytes(), policy=policy.default)
    assert message["X-Unsent"] == "1"
    names = [part.get_filename() for part in message.iter_attachments()]
    assert office.workbook.name in names
    pdfs = [p for p in message.iter_attachments() if str(p.get_filename()).endswith(".pdf")]
    for pdf in pdfs:  # where LibreOffice is at hand
        assert pdf.get_content().startswith(b"%PDF")
        assert pdf.get_content().count(b"/Type/Page/") + pdf.get_content().count(b"/Type/Page\n") <= 1
