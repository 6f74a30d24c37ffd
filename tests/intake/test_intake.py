"""What arrived: folders, mails and archives in, candidates out; nothing hostile gets through or stops the rest."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcredit.intake import candidates as intake
from sheetcredit.intake.candidates import Candidate, candidates
from sheetcredit.intake.content import content_of, safe_name
from sheetcredit.model.errors import HostileFile
from sheetcredit.xlsx.limits import FileLimits
from tests.consolidate.mailbox import RECEIVED, forwarded, mail, raw_mail, zipped
from tests.seeds_of import GOLDEN
from tests.tables import tiny

BOOK = GOLDEN.read_bytes()


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return tiny().save(tmp_path_factory.mktemp("tiny") / "tiny.xlsx").read_bytes()


@pytest.fixture
def box(tmp_path: Path) -> Path:
    folder = tmp_path / "hộp thư"
    folder.mkdir()
    return folder


def take(box: Path, *more: Path) -> list[Candidate]:
    return candidates([box, *more], box.parent / "work")


def told(found: list[Candidate]) -> list[tuple[str, str | None]]:
    return [(one.origin, one.error.code if one.error else None) for one in found]


def test_a_folder_in_order_without_what_is_no_report(box: Path) -> None:
    names = (
        "b.xlsx",
        "a.XLSM",
        "~$b.xlsx",
        ".c.xlsx",
        "thư.pdf",
        "x.tmp",
        "trong/d.ods",
        "trong/.git/e.xlsx",
        "trong/sâu/f.xls",
    )
    for name in names:
        path = box / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(BOOK)
    found = take(box)
    assert told(found) == [
        ("a.XLSM", None), ("b.xlsx", None), ("trong/d.ods", None), ("trong/sâu/f.xls", None),
    ]  # fmt: skip
    assert [Path(one.path) for one in found] == [box / one.origin for one in found]


def test_a_file_named_twice_is_taken_once(box: Path) -> None:
    (box / "a.xlsx").write_bytes(BOOK)
    (box / "link.xlsx").symlink_to(box / "a.xlsx")
    found = take(box, box / "a.xlsx", box)
    assert [one.path for one in found] == [box / "a.xlsx"]


def test_a_named_file_is_a_candidate_whatever_it_is_called(box: Path) -> None:
    gone = box / "không có.dat"
    assert told(candidates([gone], box / "work")) == [("không có.dat", None)]


def test_addresses_pass_through(box: Path) -> None:
    for path in ("s3://kho/2024/a.xlsx", Path("s3://kho/2024/a.xlsx")):
        assert candidates([path], box)[0].path == "s3://kho/2024/a.xlsx"


@pytest.mark.skipif(os.name == "nt", reason="only administrators of Windows may make symbolic links")
def test_loops_of_links_end(box: Path) -> None:
    (box / "a.xlsx").write_bytes(BOOK)
    (box / "vòng").symlink_to(box)
    (box / "tự").symlink_to(box / "tự")
    (box / "b.xlsx").symlink_to(box / "đâu.xlsx")
    assert told(take(box)) == [("a.xlsx", None), ("b.xlsx", None)]


def test_own_folders_are_left_out(box: Path) -> None:
    (box / "work").mkdir()
    for name in ("a.xlsx", "work/b.xlsx", "out.xlsx"):
        (box / name).write_bytes(BOOK)
    found = candidates([box], box / "work", exclude=[box / "out.xlsx"])
    assert told(found) == [("a.xlsx", None)]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="an administrator may read everything")
def test_a_folder_that_may_not_be_read(box: Path) -> None:
    (box / "kín").mkdir(mode=0)
    (box / "a.xlsx").write_bytes(BOOK)
    assert told(take(box)) == [("a.xlsx", None), ("kín", "E-PERMISSION")]


def test_a_folder_of_mails(box: Path, other: bytes) -> None:
    message = mail(("PGD0312.xlsx", BOOK), ("ảnh.png", b"\x89PNG"), ("tổ chức hội.xlsx", other))
    message["Received"] = RECEIVED
    (box / "thu-03.eml").write_bytes(message.as_bytes())
    found = take(box)
    assert told(found) == [("thu-03.eml › PGD0312.xlsx", None), ("thu-03.eml › tổ chức hội.xlsx", None)]
    assert [Path(one.path).read_bytes() for one in found] == [BOOK, other]
    assert [Path(one.path).name for one in found] == ["PGD0312.xlsx", "tổ chức hội.xlsx"]
    assert {one.received for one in found} == {datetime(2024, 4, 3, 2, 15, tzinfo=UTC)}


def test_the_same_mails_give_the_same_files(box: Path) -> None:
    message = mail(("a.xlsx", BOOK)).as_bytes()
    for name in ("1.eml", "2.eml"):
        (box / name).write_bytes(message)
    first = take(box)
    assert len({one.path for one in first}) == 2  # two arrivals are two files, however alike
    before = {Path(one.path): Path(one.path).stat().st_mtime_ns for one in first}
    assert take(box) == first
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_what_lies_in_the_way_is_not_written_over(box: Path) -> None:
    (box / "1.eml").write_bytes(mail(("a.xlsx", BOOK)).as_bytes())
    kept = Path(take(box)[0].path)
    kept.write_bytes(b"mine")
    again = Path(take(box)[0].path)
    assert (kept.read_bytes(), again.read_bytes(), again.name) == (b"mine", BOOK, "a (2).xlsx")


def test_mails_within_mails(box: Path) -> None:
    inner = mail(("PGD.xlsx", BOOK), subject="Nộp báo cáo")
    (box / "fw.eml").write_bytes(forwarded(forwarded(inner, "Lần hai")).as_bytes())
    found = take(box)
    assert told(found) == [("fw.eml › Lần hai › Nộp báo cáo › PGD.xlsx", None)]
    assert found[0].received == datetime(2024, 4, 3, 1, 0, tzinfo=UTC)  # when it came first


def test_a_mail_attached_as_a_file(box: Path) -> None:
    inner = mail(("PGD.xlsx", BOOK)).as_bytes()
    whole = mail(("thư gốc.eml", inner), kind=("application", "octet-stream"))
    (box / "a.eml").write_bytes(whole.as_bytes())
    (box / "b.eml").write_bytes(raw_mail(inner, "attachment", "message/rfc822"))
    assert told(take(box)) == [
        ("a.eml › thư gốc.eml › PGD.xlsx", None),
        ("b.eml › Báo cáo quý I › PGD.xlsx", None),
    ]


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment; filename*=UTF-8''B%C3%A1o%20c%C3%A1o.xlsx", "Báo cáo.xlsx"),
        (
            "attachment; filename*0*=UTF-8''B%C3%A1o; filename*1*=%20c%C3%A1o; filename*2=.xlsx",
            "Báo cáo.xlsx",
        ),
        ('attachment; filename="=?UTF-8?B?QsOhbyBjw6FvLnhsc3g=?="', "Báo cáo.xlsx"),
        ('attachment; filename="=?utf-8?Q?B=C3=A1o_c=C3=A1o=2Exlsx?="', "Báo cáo.xlsx"),
        ('attachment; filename="Báo cáo.xlsx"', "Báo cáo.xlsx"),
        ("attachment; filename=BC.xlsx", "BC.xlsx"),
        ("attachment", "dinh-kem.xlsx"),
        ("inline; filename=BC.pdf", "BC.xlsx"),
        ('attachment; filename="../../etc/BC.xlsx"', "BC.xlsx"),
        ('attachment; filename="C:\\\\Windows\\\\BC.xlsx"', "BC.xlsx"),
        ('attachment; filename="/BC.xlsx"', "BC.xlsx"),
        ('attachment; filename="CON.xlsx"', "_CON.xlsx"),
        ('attachment; filename="~$.xlsx"', "dinh-kem.xlsx"),
        ('attachment; filename=".xlsx"', "dinh-kem.xlsx"),
        ('attachment; filename="=?bogus?B?///?="', None),
        ("attachment; filename*=bogus'%%", None),
    ],
)
def test_names_of_attachments(box: Path, disposition: str, name: str | None) -> None:
    (box / "thư.eml").write_bytes(raw_mail(BOOK, disposition))
    (found,) = take(box)
    path = Path(found.path)
    assert found.error is None and path.read_bytes() == BOOK
    assert path.parent.parent == box.parent / "work" and path.suffix == ".xlsx"
    assert name is None or path.name == name


@given(st.text(max_size=300))
def test_any_name_is_made_safe(name: str) -> None:
    safe = safe_name(name, ".xlsx")
    assert safe.endswith(".xlsx") and len(safe) < 130 and not set(safe) & set('/\\<>:"|?*\0\n\r')
    assert not safe.startswith((".", "~$")) and Path(safe).name == safe and safe.isprintable()


def test_archives_in_mails_and_folders(box: Path, other: bytes) -> None:
    archive = zipped(
        {"quý 1/PGD1.xlsx": BOOK, "quý 1/": b"", "PGD2.xlsx": other, "__MACOSX/x.xlsx": b"", "a.txt": b""}
    )
    (box / "a.zip").write_bytes(archive)
    (box / "b.eml").write_bytes(mail(("gom.zip", archive), kind=("application", "zip")).as_bytes())
    (box / "c.zip").write_bytes(zipped({"thư.eml": mail(("PGD.xlsx", BOOK)).as_bytes()}))
    assert told(take(box)) == [
        ("a.zip › PGD2.xlsx", None),
        ("a.zip › quý 1/PGD1.xlsx", None),
        ("b.eml › gom.zip › PGD2.xlsx", None),
        ("b.eml › gom.zip › quý 1/PGD1.xlsx", None),
        ("c.zip › thư.eml › PGD.xlsx", None),
    ]


def test_what_is_broken_is_told_and_stops_nothing(box: Path) -> None:
    whole = mail(("a.xlsx", BOOK)).as_bytes()
    (box / "0-rỗng.eml").write_bytes(b"")
    (box / "1-rác.eml").write_bytes(bytes(range(256)) * 40)
    (box / "2-không đính kèm.eml").write_bytes(mail().as_bytes())
    (box / "3-cụt.eml").write_bytes(whole[: len(whole) // 2])
    (box / "4.msg").write_bytes(b"\xd0\xcf\x11\xe0")
    (box / "5.eml").write_bytes(mail(("x.rar", b"Rar!\x1a\x07\x01\x00")).as_bytes())
    (box / "6.zip").write_bytes(zipped({"a.zip": zipped({"b.xlsx": BOOK}), "c.xlsx": BOOK}))
    (box / "7.zip").write_bytes(zipped({"c.xlsx": BOOK})[:-30])
    (box / "8.zip").write_bytes(zipped({"../c.xlsx": BOOK}))
    (box / "9.eml").write_bytes(mail(("winmail.dat", b"\x78\x9f\x3e\x22zz")).as_bytes())
    (box / "a.xlsx").write_bytes(b"rac")
    found = told(take(box))
    assert [code for _, code in found if code] == [
        "E-MAIL", "E-MAIL", "E-NOTHING-ATTACHED", "E-MAIL", "E-CLOSED-FORMAT", "E-CLOSED-FORMAT",
        "E-TRUNCATED", "E-HOSTILE", "E-CLOSED-FORMAT",
    ]  # fmt: skip
    good = [origin for origin, code in found if not code]
    assert good == [
        "3-cụt.eml › a.xlsx",
        "6.zip › c.xlsx",
        "a.xlsx",
    ]  # whoever reads them tells what is wrong


def test_hostile_archives_and_mails_meet_their_limits(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = FileLimits(arrival_bytes=3 * len(BOOK) // 2, mail_parts=20, mail_depth=3, arrivals=30)
    monkeypatch.setattr(intake, "current_limits", lambda: limits)
    inner = mail(("PGD.xlsx", BOOK))
    for _ in range(4):
        inner = forwarded(inner)
    (box / "a.eml").write_bytes(inner.as_bytes())
    (box / "b.eml").write_bytes(mail(*[(f"{n}.xlsx", b"PK") for n in range(30)]).as_bytes())
    (box / "c.zip").write_bytes(zipped({"1.xlsx": BOOK, "2.xlsx": BOOK}))
    assert [code for _, code in told(take(box))] == ["E-LIMIT"] * 3
    for number in range(31):
        shutil.copy(GOLDEN, box / f"{number}.xlsx")
    with pytest.raises(HostileFile):
        take(box)


QUOTES = 'a="' * 60_000
LONG_HEADERS = {
    "type": f"Content-Type: multipart/mixed; {QUOTES}",
    "folded": "Content-Type: multipart/mixed;\r\n" + '  a="\r\n' * 30_000,
    "tabs": "content-type : multipart/mixed;\n" + '\ta="\n' * 30_000,
    "disposition": f"Content-Disposition: attachment; {QUOTES}",
    "words": "Subject: " + "=?utf-8?q?a?= " * 12_000,
    "name": "Content-Disposition: attachment; filename*0*=a; "
    + "".join(f"filename*{n}*=b; " for n in range(9_000)),
}


@pytest.mark.parametrize("header", LONG_HEADERS.values(), ids=LONG_HEADERS)
@pytest.mark.parametrize("within", ["alone", "part", "mail"])
def test_headers_that_would_take_hours_are_refused(box: Path, header: str, within: str) -> None:
    """Parsed, the first of them took more than two minutes."""
    whole = f"Subject: x\r\nMIME-Version: 1.0\r\n{header}\r\n\r\nkhông có gì\r\n"
    if within == "part":
        kind = 'Content-Type: multipart/mixed; boundary="b"'
        whole = f"Subject: x\r\n{kind}\r\n\r\n--b\r\n{header}\r\n\r\nx\r\n--b--\r\n"
    data = whole.encode()
    if within == "mail":
        data = mail(("thu.eml", data)).as_bytes()
    (box / "a.eml").write_bytes(data)
    (box / "b.eml").write_bytes(mail(("PGD.xlsx", BOOK)).as_bytes())
    assert told(take(box)) == [("a.eml", "E-LIMIT"), ("b.eml › PGD.xlsx", None)]


def test_a_long_list_of_addressees_is_no_fault(box: Path) -> None:
    message = mail(("PGD.xlsx", BOOK))
    message["Cc"] = ", ".join(f"can-bo-{number}@example.vn" for number in range(2_000))
    (box / "a.eml").write_bytes(message.as_bytes())
    assert told(take(box)) == [("a.eml › PGD.xlsx", None)]


def test_a_mail_that_keeps_its_reader_busy_is_given_up(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = count(0, 100)  # a hundred seconds of processor time between two looks
    monkeypatch.setattr("sheetcredit.intake.mails.time.process_time", lambda: next(clock))
    (box / "a.eml").write_bytes(mail(("PGD.xlsx", BOOK)).as_bytes())
    (found,) = take(box)
    assert found.error is not None and found.error.details["limit"] == "seconds"


def test_mails_nested_without_end_are_told(box: Path) -> None:
    head = "".join(f'Content-Type: multipart/mixed; boundary="{n}"\r\n\r\n--{n}\r\n' for n in range(2000))
    (box / "a.eml").write_bytes(f"Subject: x\r\nMIME-Version: 1.0\r\n{head}".encode())
    (found,) = take(box)
    assert found.error is not None and found.error.code in ("E-MAIL", "E-LIMIT", "E-NOTHING-ATTACHED")


@given(st.binary(max_size=400), st.integers(0, 3000))
def test_no_bytes_in_a_mail_raise(tmp_path_factory: pytest.TempPathFactory, junk: bytes, at: int) -> None:
    folder = tmp_path_factory.mktemp("m")
    whole = forwarded(mail(("Báo cáo.xlsx", b"PK\x03\x04" + b"x" * 900))).as_bytes()
    at = min(at, len(whole))
    (folder / "a.eml").write_bytes(whole[:at] + junk + whole[at:])
    assert candidates([folder], folder / "work")


def test_a_workbook_that_is_called_an_archive(box: Path) -> None:
    (box / "a.zip").write_bytes(BOOK)
    assert take(box)[0].path == box / "a.zip" and told(take(box)) == [("a.zip", None)]


def test_a_mail_may_not_unpack_to_too_much(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "current_limits", lambda: FileLimits(arrival_bytes=5 * len(BOOK) // 2))
    archive = zipped({"a.xlsx": BOOK, "b.xlsx": BOOK})
    (box / "a.eml").write_bytes(mail(("1.zip", archive), ("2.zip", archive)).as_bytes())
    assert told(take(box)) == [
        ("a.eml › 1.zip › a.xlsx", None), ("a.eml › 1.zip › b.xlsx", None), ("a.eml", "E-LIMIT"),
    ]  # fmt: skip


def test_contents_count_not_names(other: bytes) -> None:
    assert content_of("x.pdf", other).suffix == ".xlsx"
    assert content_of("x.zip", other) == content_of("x", other)
    assert content_of("x.xlsx", b"PK\x03\x04cut").kind == "workbook"
    assert content_of("x.docx", zipped({"[Content_Types].xml": b"", "word/a.xml": b""})).kind == "other"
