"""The quarter's bulletin from the command line: written, edited by hand, verified before it goes out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from docx import Document

from sheetcredit.cli.main import main
from tests.bulletin.reports import golden_report
from tests.seeds_of import GOLDEN, MISTAKEN, SEEDS, copy_of, digest

SEED = SEEDS / "bulletins" / "an-duong-2024q1.txt"


@pytest.mark.parametrize("suffix", [".docx", ".md", ".txt"])
def test_written_then_verified(suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = copy_of(GOLDEN, tmp_path), tmp_path / f"ban-tin{suffix}"
    before = digest(source)
    assert main(["bulletin", str(source), "-o", str(out)]) == 0
    assert str(out) in capsys.readouterr().out
    assert digest(source) == before
    assert main(["bulletin", str(source), "--verify", str(out)]) == 0
    assert main(["bulletin", "--verify", str(out), "--lang", "en"]) == 0
    assert "agree" in capsys.readouterr().out


def test_a_slip_of_the_hand_in_word_is_caught(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "ban-tin.docx"
    assert main(["bulletin", str(GOLDEN), "-o", str(out), "-q"]) == 0
    document = Document(str(out))
    (run,) = [run for line in document.paragraphs for run in line.runs if run.text == "437.439"]
    run.text = "437.493"
    document.save(str(out))
    capsys.readouterr()
    assert main(["bulletin", str(GOLDEN), "--verify", str(out)]) == 1
    said = capsys.readouterr().out
    assert "B-VALUE" in said and "437.493" in said and "Tổng hợp!D22" in said


def test_without_an_output_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bulletin", str(GOLDEN)]) == 0
    assert "438.213 triệu đồng" in capsys.readouterr().out


def test_a_workbook_that_is_blocked_gives_none_but_a_draft(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "ban-tin.md"
    assert main(["bulletin", str(MISTAKEN), "-o", str(out)]) == 1
    said = capsys.readouterr()
    assert not out.exists() and "--draft" in said.err and "R05" in said.out
    assert main(["bulletin", str(MISTAKEN), "-o", str(out), "--draft"]) == 1
    assert out.read_text("utf-8").startswith("> **DỰ THẢO")


def test_what_somebody_may_have_edited_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "ban-tin.txt"
    out.write_text("sửa tay", encoding="utf-8")
    assert main(["bulletin", str(GOLDEN), "-o", str(out)]) == 2
    assert out.read_text("utf-8") == "sửa tay"
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["bulletin"], ["bulletin", str(GOLDEN), "-o", "a.pdf"], ["bulletin", "--verify", "none.txt"],
        ["bulletin", "--verify", str(SEED), "-o", "a.md"], ["bulletin", "none.xlsx"],
        ["bulletin", str(GOLDEN), "-o", "none/a.md"],
    ],
)  # fmt: skip
def test_what_could_not_run(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1


def test_the_machine_form(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bulletin", str(GOLDEN), "--verify", str(SEED), "--json"]) == 1
    (file,) = json.loads(capsys.readouterr().out)["files"]
    assert file["path"] == str(SEED) and file["office"] == "0312" and file["period"] == "2024Q1"
    assert [finding["code"] for finding in file["findings"]] == ["B-UNIT", "B-BASIS"]
    first = file["findings"][0]
    assert (first["sheet"], first["cell"], first["row"], first["value"]) == (None, None, 1, 45.6)
    assert first["items"] == [{"line": 1, "start": 248, "end": 260, "quote": "45,6 kế hoạch"}]
    assert file["figures"]["TH_DuNo"] == golden_report().figures["TH_DuNo"]
    assert main(["bulletin", "--verify", str(SEED), "--json"]) == 1
    (file,) = json.loads(capsys.readouterr().out)["files"]
    assert file["office"] is None and file["figures"] == {} and len(file["notices"]) == 1


def test_the_machine_form_tells_what_each_number_was_taken_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bulletin", "--verify", str(SEED), "--json"]) == 1
    (file,) = json.loads(capsys.readouterr().out)["files"]
    claims = file["claims"]
    assert [(claim["line"], claim["start"]) for claim in claims] == sorted(
        (claim["line"], claim["start"]) for claim in claims
    )
    balance = next(claim for claim in claims if claim["figure"] == "TH_DuNo")
    assert (balance["kind"], balance["unit"], balance["text"]) == ("amount", "đồng", "438.213\xa0 triệu đồng")
    assert (balance["low"], balance["high"]) == (438_212_500_000, 438_213_500_000)
    assert balance["compared"] and balance["state"] == "agrees" and balance["against"]
    share = next(claim for claim in claims if claim["figure"] == "TH_UyThac_TyTrong")
    assert (share["low"], share["high"], share["basis"]) == (0.99815, 0.99825, "balance")
    programmes = next(claim for claim in claims if claim["figure"] == "TH_SoChuongTrinh")
    assert (programmes["low"], programmes["compared"], programmes["against"]) == (11, False, [])
    assert sum(claim["state"] == "agrees" for claim in claims) < file["outcomes"]["passed"] + 1
    assert len(claims) + 1 == sum(file["outcomes"].values())  # and `không có tổ xếp loại yếu`


def test_what_could_not_be_compared_is_listed_and_a_copy_is_marked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, copy = tmp_path / "bai.docx", tmp_path / "bai-da-soat.docx"
    document = Document()
    document.add_paragraph(
        "Tổng dư nợ 640 tỷ đồng của 14 chương trình, dư nợ ủy thác 622 tỷ đồng, chiếm 99,2%."
    )
    document.save(str(text))
    before = digest(text)
    assert main(["bulletin", "--verify", str(text), "-o", str(copy)]) == 1
    said = capsys.readouterr().out
    assert "«14» (số chương trình)" in said and "97,2%" in said and str(copy) in said
    assert digest(text) == before
    comments = [comment.text for comment in Document(str(copy)).comments]
    assert len(comments) == 4 and sum("B-SHARE" in comment for comment in comments) == 3
    assert main(["bulletin", "--verify", str(text), "-o", str(copy)]) == 2  # somebody may have edited it
    assert capsys.readouterr().err.count("\n") == 1


def test_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bulletin", "--verify", str(SEED), "-q"]) == 1
    assert main(["bulletin", str(GOLDEN), "-q"]) == 0
    assert capsys.readouterr().out == ""
