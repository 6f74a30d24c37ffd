"""The branch's answer: written, signed, read, and taken into the office's workbook until it is dealt with."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest

import sheetcredit
from sheetcredit.cli.main import main
from sheetcredit.mail.receipt import (
    Question,
    Receipt,
    apply_receipt,
    read_receipt,
    receipt_for,
    write_receipt,
)
from sheetcredit.mail.sealing import seal_workbook
from sheetcredit.model.errors import BadUsage, CannotRead
from sheetcredit.model.finding import Finding
from sheetcredit.rulebook import our_rulebook
from sheetcredit.seal.check import check_seal
from sheetcredit.seal.keys import OfficeKey, new_key
from sheetcredit.workbooks import read_office
from tests.mail_server import own_folders
from tests.seeds_of import MISTAKEN, copy_of, digest

BOOK = our_rulebook()
ASKED = ("R05", "Hội CCB", "I15", "Số này có đúng không?")


def receipt_of(workbook: Path, *questions: tuple[str | None, ...], **more: object) -> Receipt:
    reading = read_office(workbook, BOOK)
    report = sheetcredit.reconcile(workbook)
    return receipt_for(report, reading, questions=questions, **more)  # type: ignore[arg-type]


def answer(workbook: Path, *questions: tuple[str | None, ...]) -> Path:
    """A sealed workbook's receipt in the folder beside it."""
    return write_receipt(receipt_of(workbook, *questions), workbook.parent)


def asked(workbook: Path) -> list[Finding]:
    return [finding for finding in sheetcredit.validate(workbook).findings if finding.code == "Q-BRANCH"]


def explain(workbook: Path, key: str, text: str) -> None:
    """Write an explanation beside a finding of `Kiểm tra`, as a user does."""
    book = read_office(workbook, BOOK).book
    grid = book.grids["Kiểm tra"]
    row = next(number for number, line in enumerate(grid.rows) if key in line)
    sheetcredit.patch_cells(workbook, {"Kiểm tra": {f"I{row + 1}": text}})


def test_a_receipt_is_read_as_it_was_written(office: Path) -> None:
    seal_workbook(office)
    receipt = receipt_of(office, ASKED, ("", None, None, "Chung", "k"), issued_by="CN Hải Phòng")
    path = write_receipt(receipt, office.parent)
    assert re.fullmatch(r"phieu-0312-2024Q1-lan1-[0-9A-Z]{8}\.json", path.name)
    assert read_receipt(path) == receipt
    assert receipt.verdict == "returned"
    assert receipt.questions == (Question(*ASKED), Question("", None, None, "Chung", "k"))
    assert receipt_of(office).verdict == "accepted"
    assert receipt.seal == check_seal(read_office(office, BOOK), None, None, BOOK.office).code
    assert path.stat().st_size < 2000


def test_questions_are_those_of_what_blocks_unless_given(tmp_path: Path) -> None:
    book = copy_of(MISTAKEN, tmp_path)
    report = sheetcredit.reconcile(book)
    receipt = receipt_for(report, read_office(book, BOOK))
    blocking = [(f.code, f.sheet, f.cell, f.key) for f in report.findings if f.blocks]
    assert blocking
    assert [(q.code, q.sheet, q.cell, q.key) for q in receipt.questions] == blocking
    assert (receipt.verdict, receipt.seal, receipt.submission) == ("returned", "", 0)


def test_a_signature_covers_every_field(office: Path, tmp_path: Path) -> None:
    key, _ = new_key("CN-HaiPhong")
    path = write_receipt(receipt_of(office, ASKED), tmp_path / "r.json", key)
    assert read_receipt(path).trust == "unknown-key"
    assert read_receipt(path, [key.public]).trust == "valid"
    content = json.loads(path.read_text("utf-8"))
    others = {
        "office": "0313", "period": "2024Q2", "submission": 7, "seal": "X", "data": "00", "verdict": "accepted",
        "issued_at": "x", "issued_by": "x", "questions": [],
    }  # fmt: skip
    assert set(others) == set(content) - {"version", "kind", "signature"}
    for name, value in others.items():
        path.write_text(json.dumps(content | {name: value}), "utf-8")
        with pytest.raises(CannotRead) as caught:
            read_receipt(path, [key.public])
        assert caught.value.code == "E-RECEIPT-FORGED", name
    path.write_text(json.dumps(content | {"signature": ""}), "utf-8")
    assert read_receipt(path, [key.public]).trust == "unsigned"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"version": 2}', '{"version": 1, "kind": "other"}'])
def test_what_is_no_receipt_is_told(text: str, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(text, "utf-8")
    with pytest.raises(CannotRead) as caught:
        read_receipt(path)
    assert caught.value.code == "E-RECEIPT"
    with pytest.raises(CannotRead) as caught:
        read_receipt(tmp_path / "none.json")
    assert caught.value.code == "E-MISSING"


def test_a_question_stays_until_it_is_answered(office: Path) -> None:
    seal_workbook(office)
    applied = apply_receipt(answer(office, ASKED), office)
    assert applied.report.blocks
    (question,) = asked(office)
    assert (question.sheet, question.cell, question.column) == ("Hội CCB", "I15", "Dư nợ")
    assert (question.status, question.blocks, question.details["question"]) == ("open", True, ASKED[3])
    for _ in range(2):
        sheetcredit.run(office)
        assert asked(office) == [question]
    explain(office, question.key, "Đã đối chiếu, số đúng.")
    for _ in range(2):
        report = sheetcredit.run(office)
        assert not report.blocks
        assert [(f.status, f.explanation) for f in asked(office)] == [("explained", "Đã đối chiếu, số đúng.")]


def test_a_question_falls_away_once_the_cell_changes(office: Path) -> None:
    seal_workbook(office)
    apply_receipt(answer(office, ASKED), office)
    sheetcredit.patch_cells(office, {"Hội CCB": {"I15": 4682}})
    assert asked(office) == []
    sheetcredit.patch_cells(office, {"Hội CCB": {"I15": 4681}})
    assert len(asked(office)) == 1, "not before the workbook was written again"
    sheetcredit.patch_cells(office, {"Hội CCB": {"I15": 4682}})
    sheetcredit.run(office)
    sheetcredit.patch_cells(office, {"Hội CCB": {"I15": 4681}})
    assert asked(office) == []


def test_a_question_follows_its_row(office: Path) -> None:
    seal_workbook(office)
    apply_receipt(answer(office, ASKED), office)
    rows = read_office(office, BOOK).book.grids["Hội CCB"].rows
    swapped = {
        f"{chr(65 + column)}{to}": rows[source - 1][column] for source, to in ((14, 15), (15, 14)) for column in range(12)
    }  # fmt: skip
    sheetcredit.patch_cells(office, {"Hội CCB": swapped})  # type: ignore[dict-item]
    assert [(f.sheet, f.cell) for f in asked(office)] == [("Hội CCB", "I14")]


@pytest.mark.parametrize(
    ("question", "place"),
    [
        (("R01", "Thông tin", "C11", "Ngày?"), ("Thông tin", "C11")),
        (("R14", "Tổng hợp", "D11", "Sao tăng?"), ("Tổng hợp", "D11")),
        (("", "Hội CCB", None, "Cả trang?"), ("Hội CCB", None)),
        (("", "hội ccb", " $i$15 ", "Viết khác?"), ("Hội CCB", "I15")),
        (("", "Hội CCB", "Z99", "Ô lạ?"), ("Hội CCB", "Z99")),
        (("", "Hội CCB", "=HYPERLINK(1)", "Không phải ô?"), ("Hội CCB", None)),
        (("", "Không có", "x", "Không đâu cả?"), (None, None)),
        (("", "Không có", "A1", "Trang lạ?"), (None, None)),
        (("", None, None, "Chung?"), (None, None)),
    ],
)
def test_a_question_may_be_about_anything(
    question: tuple[str | None, ...], place: tuple[str | None, str | None], office: Path
) -> None:
    seal_workbook(office)
    apply_receipt(answer(office, question), office)
    for _ in range(2):
        (found,) = asked(office)
        assert (found.sheet, found.cell, found.details["question"]) == (*place, question[3])
        sheetcredit.run(office)


def test_hostile_words_stay_words(office: Path) -> None:
    seal_workbook(office)
    text = '=HYPERLINK("http://x") «|» {value}\r\n' + "x" * 5000
    apply_receipt(answer(office, ("=1+1|x", "Hội CCB", "I15", text)), office)
    first = asked(office)
    sheetcredit.run(office)
    assert asked(office) == first
    (question,) = first
    assert (question.sheet, question.cell, question.blocks) == ("Hội CCB", "I15", True)
    told = str(question.details["question"])
    assert told.startswith('=HYPERLINK("http://x") “|” {value}') and len(told) <= 1500


@pytest.mark.parametrize(
    "key",
    ["Q-BRANCH|", "Q-BRANCH|1|2|3|4|5|6", "Q-BRANCH||||||", "Q-BRANCH|1.1|R05|groups||balance|x", "Q-BRANCH|" + "|" * 9000,
     "Q-BRANCH|1.1|" + "c" * 9000 + "|" + "s" * 9000 + "||Z1|", "Q-BRANCH|1.1|R05|Hội CCB||=1+1|"],
)  # fmt: skip
def test_whatever_stands_as_a_question_is_shown_or_left(key: str, office: Path) -> None:
    sheetcredit.patch_cells(office, {"Kiểm tra": {"A9": 1, "G9": "«" * 3000, "K9": key}})
    for finding in asked(office):
        assert finding.sheet in (None, "Hội CCB") and finding.cell is None
    sheetcredit.run(office)
    sheetcredit.run(office)


def test_a_returned_workbook_goes_out_as_the_next_submission(office: Path) -> None:
    first = seal_workbook(office).seal
    assert first is not None
    apply_receipt(answer(office, ("", "Tổ TK&VV", "B12", "Đúng tên chưa?")), office)
    assert check_seal(read_office(office, BOOK), None, None, BOOK.office).status == "none"
    assert "S-SEAL" not in {f.code for f in sheetcredit.validate(office).findings}
    sheetcredit.patch_cells(office, {"Tổ TK&VV": {"B12": "Nguyễn Văn Mới"}})
    sealed = seal_workbook(office)
    assert sealed.seal is not None and sealed.changes is not None
    assert sealed.seal.submission == 2
    assert [(c.place, c.new) for c in sealed.changes] == [("Tổ TK&VV!B12", "Nguyễn Văn Mới")]


def test_an_accepted_workbook_keeps_its_seal(office: Path) -> None:
    seal_workbook(office)
    applied = apply_receipt(answer(office), office)
    assert (applied.receipt.verdict, applied.report.blocks) == ("accepted", False)
    assert check_seal(read_office(office, BOOK), None, None, BOOK.office).status == "valid"
    sheetcredit.patch_cells(office, {"Tổ TK&VV": {"B12": "Nguyễn Văn Mới"}})
    later = seal_workbook(office).seal
    assert later is not None and later.submission == 2


def test_a_receipt_taken_in_twice_asks_once(office: Path) -> None:
    seal_workbook(office)
    receipt = answer(office, ASKED)
    apply_receipt(receipt, office)
    before = digest(office)
    apply_receipt(receipt, office)
    assert digest(office) == before
    assert len(asked(office)) == 1


def test_the_receipt_of_another_report_changes_nothing(office: Path, tmp_path: Path) -> None:
    seal_workbook(office)
    other = receipt_of(office, ASKED)
    before = digest(office)
    for changed, code in (
        ({"office": "0313"}, "E-RECEIPT-OTHER"),
        ({"period": "2024Q2"}, "E-RECEIPT-OTHER"),
        ({"seal": "AAAA-AAAA-AAAA-AAAA"}, "E-RECEIPT-SEAL"),
        ({"seal": ""}, "E-RECEIPT-SEAL"),
        ({"submission": 2}, "E-RECEIPT-SEAL"),
        ({"submission": 0, "seal": ""}, "E-RECEIPT-SEAL"),
        ({"data": "00"}, "E-RECEIPT-DATA"),
        ({"data": ""}, "E-RECEIPT-DATA"),
    ):
        path = write_receipt(other, tmp_path / "other.json")
        path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changed), "utf-8")
        with pytest.raises(BadUsage) as caught:
            apply_receipt(path, office)
        assert caught.value.code == code
    assert digest(office) == before


# --- whose answer it is

BRANCH, NEIGHBOUR = "03", "0313"


def key_of(owner: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> OfficeKey:
    """A key made on another machine."""
    with monkeypatch.context() as there:
        for name, value in own_folders(folder / owner).items():
            there.setenv(name, value)
        return new_key(owner)[0]


@pytest.mark.parametrize("owner", ["03", "CN-HaiPhong", "cn-hải-phòng", "HaiPhong", "ChiNhanhHaiPhong"])
def test_once_the_branch_is_trusted_only_its_signature_counts(
    owner: str, office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal_workbook(office)
    branch, neighbour = (key_of(name, tmp_path, monkeypatch) for name in (owner, NEIGHBOUR))
    trusted = [branch.public, neighbour.public]
    receipt, before = receipt_of(office, ASKED), digest(office)
    for key in (None, neighbour, key_of("stranger", tmp_path, monkeypatch)):
        path = write_receipt(receipt, tmp_path / "r.json", key)
        with pytest.raises(BadUsage) as caught:
            apply_receipt(path, office, trusted=trusted)
        assert caught.value.code == "E-RECEIPT-SIGNER"
        assert digest(office) == before
    applied = apply_receipt(write_receipt(receipt, tmp_path / "r.json", branch), office, trusted=trusted)
    assert applied.receipt.trust == "valid" and len(asked(office)) == 1


def test_without_a_key_of_the_branch_a_neighbours_signature_is_no_proof(
    office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal_workbook(office)
    neighbour = key_of(NEIGHBOUR, tmp_path, monkeypatch)
    path = write_receipt(receipt_of(office, ASKED), tmp_path / "r.json", neighbour)
    assert apply_receipt(path, office, trusted=[neighbour.public]).receipt.trust == "unknown-key"


def test_an_older_receipt_never_overrides_a_newer(office: Path, tmp_path: Path) -> None:
    seal_workbook(office)
    early, late = datetime(2024, 4, 5, 8, tzinfo=UTC), datetime(2024, 4, 5, 9, tzinfo=UTC)
    old = write_receipt(receipt_of(office, ASKED, issued_at=early), tmp_path)
    new = write_receipt(receipt_of(office, issued_at=late), tmp_path)
    assert old != new, "neither overwrites the other"
    apply_receipt(new, office)
    before = digest(office)
    with pytest.raises(BadUsage) as caught:
        apply_receipt(old, office)
    assert caught.value.code == "E-RECEIPT-OLDER"
    assert digest(office) == before
    undated = json.loads(old.read_text("utf-8")) | {"issued_at": "?"}
    old.write_text(json.dumps(undated), "utf-8")
    with pytest.raises(BadUsage):
        apply_receipt(old, office)


def test_a_receipt_speaks_of_what_was_sent_also_when_work_went_on(office: Path) -> None:
    seal_workbook(office)
    receipt = answer(office, ASKED)
    sheetcredit.patch_cells(office, {"Tổ TK&VV": {"B12": "Nguyễn Văn Mới"}})
    apply_receipt(receipt, office)
    assert [(f.sheet, f.cell) for f in asked(office)] == [("Hội CCB", "I15")]


@pytest.mark.parametrize("text", ["\x1b[2J\x1b]0;x\x07", "\x9b31m", "\u202egnp.exe", "a\r\nb", "\x00\x7f"])
def test_texts_of_a_receipt_cannot_move_the_cursor(
    text: str, office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seal_workbook(office)
    receipt = receipt_of(office, (text, "Hội CCB", "I15", f"Xem {text} lại"), issued_by=f"CN {text}")
    path = write_receipt(receipt, tmp_path)
    assert main(["receipt", str(path), str(office)]) == 1
    shown = capsys.readouterr()
    assert not [c for c in shown.out + shown.err if c != "\n" and unicodedata.category(c) in ("Cc", "Cf")]
