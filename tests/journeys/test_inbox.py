"""Mail comes in: a real mailbox read by the real command line, each message once, whatever breaks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.consolidate.branch_offices import arrived, built, patched
from tests.consolidate.mailbox import forwarded, mail, zipped
from tests.dovecot import Server, breaking_line, imap_server
from tests.mail_server import environment, own_folders
from tests.outlook_mail import outlook_mail
from tests.seeds_of import GOLDEN

GOOD = GOLDEN.read_bytes()
Told = dict[str, object]


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with imap_server() as one:
        yield one


@pytest.fixture
def server(running: Server) -> Server:
    """The server with an empty mailbox."""
    for path in (running.folder / "mail").iterdir():
        if path.name.startswith("dovecot"):
            path.unlink()
    for name in ("new", "cur"):
        for path in (running.folder / "mail" / name).iterdir():
            path.unlink()
    return running


class Branch:
    """A branch's machine."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self.folder, self.into = folder, folder / "bao-cao"
        self.environment = environment(own_folders(folder), settings)

    def fetch(self, *more: str, code: str = "") -> subprocess.CompletedProcess[str]:
        start = ["-c", code] if code else ["-m", "sheetcredit"]
        return subprocess.run(
            [sys.executable, *start, "inbox", *more], env=self.environment, capture_output=True, text=True,
            encoding="utf-8", timeout=300, check=False,
        )  # fmt: skip

    def files(self) -> dict[str, bytes]:
        found = [
            path for path in self.into.rglob("*") if path.is_file() and not path.name.endswith(".nguon.json")
        ]
        return {path.relative_to(self.into).as_posix(): path.read_bytes() for path in found}

    def origins(self) -> dict[str, dict[str, str]]:
        found = self.into.rglob("*.nguon.json")
        return {
            path.relative_to(self.into).as_posix().removesuffix(".nguon.json"): json.loads(
                path.read_text("utf-8")
            )
            for path in found
        }


def branch_at(server: Server, folder: Path, **more: str) -> Branch:
    return Branch(folder, server.settings(folder / "bao-cao", **more))


def message(
    number: int, *attached: tuple[str, bytes], sender: str = "", subject: str = "Báo cáo quý I"
) -> EmailMessage:
    made = mail(*attached, subject=subject)
    made.replace_header("From", sender or f"pgd{number:04}@example.vn")
    made["Message-ID"] = f"<m{number}@example.vn>"
    return made


def report(number: int) -> bytes:
    return built(number)


@pytest.fixture(scope="module")
def forty(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[bytes], int]:
    """Forty messages: good, wrong, forged, repeated, nested, hostile, foreign, of Outlook, and plain ones; how
    many workbooks of ours there are in them."""
    folder = tmp_path_factory.mktemp("thu")
    wrong = patched(
        arrived(folder / "sai.xlsx", built(9)), {"Sổ ngân hàng": {"G10": 123_456_789}}
    ).read_bytes()
    foreign = __import__("openpyxl").Workbook()
    foreign.save(folder / "khac.xlsx")
    headers = "From: PGD <pgd0306@example.vn>\r\nMessage-ID: <msg1@example.vn>\r\nSubject: Báo cáo\r\n"
    good = [message(number, (f"PGD03{number:02}.xlsx", report(number))) for number in range(1, 6)]
    many = [
        *good,
        good[0], good[1],  # delivered twice
        message(1, ("PGD0301.xlsx", report(7))),  # another report under a Message-ID that was used
        message(10, ("sai.xlsx", wrong)),
        forwarded(message(11, ("trong.xlsx", report(8)))),
        message(12, ("goi.zip", zipped({"a/PGD0310.xlsx": report(10)}))),
        message(13, ("thu.msg", outlook_mail(headers, "Báo cáo", [("PGD0306.xlsx", report(6))]))),
        message(14, ("../../../etc/PGD0312.xlsx", GOOD)),
        message(15, ("khac.xlsx", (folder / "khac.xlsx").read_bytes())),
        message(16, ("hong.xlsx", GOOD[:5000])),
        message(17, ("anh.rar", b"Rar!\x1a\x07\x00" + b"\0" * 200)),
        message(18, ("hai.xlsx", report(11)), ("ba.xlsx", report(12))),
        message(19, ("bom.xlsx", zipped({f"xl/{n}.xml": b"\0" * 3_000_000 for n in range(2)}))),
    ]  # fmt: skip
    many += [message(100 + number, subject="Mời họp") for number in range(40 - len(many))]
    return [one.as_bytes() for one in many], 13


def test_forty_messages_each_once(server: Server, tmp_path: Path, forty: tuple[list[bytes], int]) -> None:
    messages, ours = forty
    server.deliver(messages)
    before = {name.partition(":")[0]: data for name, data in server.contents().items()}
    branch = branch_at(server, tmp_path)
    done = branch.fetch("--json")
    assert (done.returncode, done.stderr) == (1, "")  # one has a .rar that nobody here can open
    told = json.loads(done.stdout)
    assert len(told["messages"]) == len(messages) == 40
    assert told["counts"]["again"] == 2
    assert told["counts"]["none"] >= 20
    files = branch.files()
    valid = {name for name in files if name.startswith("2024Q1/")}
    assert len(valid) == ours
    assert len(set(files.values())) == len(files), "nothing twice"
    assert branch.origins().keys() == files.keys()
    for name, code, sender in (("PGD0302.xlsx", "m2", "pgd0002"), ("PGD0306.xlsx", "m13", "pgd0013")):
        origin = branch.origins()[f"2024Q1/{name}"]
        assert (origin["message_id"], origin["sender"]) == (f"<{code}@example.vn>", f"{sender}@example.vn")
    after = {name.partition(":")[0]: data for name, data in server.contents().items()}
    assert after == before, "nothing in the mailbox is changed"
    assert not any("S" in name.partition(":2,")[2] for name in server.contents()), "nor marked as read"
    again = branch.fetch("--json")
    assert (again.returncode, json.loads(again.stdout)["messages"]) == (0, [])
    assert branch.files() == files


def test_what_was_fetched_is_consolidated_and_answered(server: Server, tmp_path: Path) -> None:
    server.deliver([message(1, ("PGD0312.xlsx", GOOD)).as_bytes()])
    branch = branch_at(server, tmp_path)
    assert branch.fetch().returncode == 0
    listed = tmp_path / "ds.csv"
    listed.write_text("Mã đơn vị\n0312\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "sheetcredit", "answer", str(branch.into), "--expected", str(listed), "--json"],
        env=branch.environment, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    (answer,) = json.loads(done.stdout)["answers"]
    assert (answer["kind"], answer["recipients"]) == ("accepted", ["pgd0001@example.vn"])
    assert answer["in_reply_to"] == "<m1@example.vn>"


KILLED = """
import os, signal, sys
from sheetcredit.consolidate import inbox
count, when, name = NUMBER, "WHEN", "NAME"
target = inbox._Ledger if name == "record" else inbox
real, calls = getattr(target, name), 0
def watched(*given, **named):
    global calls
    calls += 1
    if calls == count and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = real(*given, **named)
    if calls == count:
        os.kill(os.getpid(), signal.SIGKILL)
    return result
setattr(target, name, watched)
from sheetcredit.cli.main import main
sys.exit(main())
"""
STEPS = [
    (name, number, when)
    for name in ("write_origin", "write_new", "record")
    for number in (1, 3)
    for when in ("before", "after")
]


@pytest.mark.parametrize(("name", "number", "when"), STEPS)
def test_killed_at_twelve_steps(name: str, number: int, when: str, server: Server, tmp_path: Path) -> None:
    twice = message(1, ("PGD0301.xlsx", report(1)))
    pair = message(2, ("PGD0302.xlsx", report(2)), ("PGD0301.xlsx", report(3)))
    messages = [twice, pair, twice, message(4, ("PGD0304.xlsx", report(4)))]
    server.deliver(one.as_bytes() for one in messages)
    branch = branch_at(server, tmp_path)
    code = KILLED.replace("NUMBER", str(number)).replace("WHEN", when).replace("NAME", name)
    killed = branch.fetch(code=code)
    assert killed.returncode == -9, killed.stderr
    done = branch.fetch("--json")
    assert (done.returncode, done.stderr) == (0, "")
    files = branch.files()
    assert sorted(files) == [f"2024Q1/PGD030{end}.xlsx" for end in ("1 (2)", "1", "2", "4")]
    assert set(files.values()) == {report(one) for one in (1, 2, 3, 4)}
    assert branch.origins().keys() == files.keys()
    assert json.loads(branch.fetch("--json").stdout)["messages"] == []


def one_line(done: subprocess.CompletedProcess[str], code: int = 2) -> str:
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_wrong_password_and_folder(server: Server, tmp_path: Path) -> None:
    assert "mật khẩu" in one_line(branch_at(server, tmp_path, PASSWORD="sai").fetch())
    assert "ngăn" in one_line(branch_at(server, tmp_path, MAILBOX="Không có").fetch())


def test_a_certificate_that_nobody_vouches_for(server: Server, tmp_path: Path) -> None:
    assert "Chứng thư" in one_line(branch_at(server, tmp_path, CA_FILE="").fetch())


def test_an_expired_certificate(tmp_path: Path) -> None:
    with imap_server(expires=datetime.now(UTC) - timedelta(days=1)) as server:
        told = one_line(branch_at(server, tmp_path).fetch())
    assert "expired" in told


def test_starttls(server: Server, tmp_path: Path) -> None:
    server.deliver([message(1, ("PGD0312.xlsx", GOOD)).as_bytes()])
    branch = branch_at(server, tmp_path, SECURITY="starttls", PORT=str(server.plain))
    assert branch.fetch().returncode == 0
    assert list(branch.files()) == ["2024Q1/PGD0312.xlsx"]


def test_a_line_that_breaks_loses_nothing(server: Server, tmp_path: Path) -> None:
    server.deliver(message(n, (f"PGD030{n}.xlsx", report(n))).as_bytes() for n in (1, 2, 3))
    branch = branch_at(server, tmp_path)
    with breaking_line(server.port, 60_000) as port:
        cut = branch_at(server, tmp_path, PORT=str(port)).fetch("-q")
    assert "kết nối" in one_line(cut)
    assert len(branch.files()) < 3
    assert branch.fetch().returncode == 0
    assert sorted(branch.files()) == [f"2024Q1/PGD030{n}.xlsx" for n in (1, 2, 3)]


def test_a_mailbox_of_five_thousand(server: Server, tmp_path: Path) -> None:
    plain = [message(number, subject=f"Thư {number}").as_bytes() for number in range(5_000)]
    plain[2_500] = message(2_500, ("PGD0312.xlsx", GOOD)).as_bytes()
    server.deliver(plain)
    branch = branch_at(server, tmp_path)
    told = json.loads(branch.fetch("--json").stdout)
    assert (told["counts"]["none"], told["counts"]["landed"]) == (4_999, 1)
    assert json.loads(branch.fetch("--json").stdout)["messages"] == []


def test_senders_and_settings(server: Server, tmp_path: Path) -> None:
    server.deliver(message(n, (f"PGD030{n}.xlsx", report(n))).as_bytes() for n in (1, 2, 3))
    branch = branch_at(server, tmp_path, SENDERS="pgd0002@example.vn,@khac.vn")
    assert json.loads(branch.fetch("--json").stdout)["counts"] == {"landed": 1, "other-sender": 2}
    assert list(branch.files()) == ["2024Q1/PGD0302.xlsx"]
    none = Branch(tmp_path, {})
    assert "[inbox]" in one_line(none.fetch())
