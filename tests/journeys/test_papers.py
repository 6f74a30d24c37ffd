"""Papers to sign from the command line: written, checked after the workbook changed, on the office's own page."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from docx import Document

from sheetcredit import patch_cells
from sheetcredit.cli.main import main
from sheetcredit.model.grid import address
from sheetcredit.papers.marks import printed_in
from tests.checks.cells import read
from tests.seeds_of import GOLDEN, MISTAKEN, copy_of, digest

PAPER = "bien-ban-11587-daiban-hnd.docx"
CELL = ("Hội Nông dân", "I13")


def folder_of(book: Path) -> Path:
    return book.with_name(f"{book.stem}-giay-to")


def test_written_once_and_never_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = copy_of(GOLDEN, tmp_path)
    before = digest(book)
    assert main(["papers", str(book)]) == 0
    files = sorted(folder_of(book).glob("*.docx"))
    assert len(files) == 64 + 4 and digest(book) == before
    assert str(folder_of(book)) in capsys.readouterr().out
    written = {file: digest(file) for file in files}
    filled = Document(str(files[0]))  # somebody fills in a name
    filled.paragraphs[8].add_run("Nguyễn Văn A")
    filled.save(str(files[0]))
    written[files[0]] = digest(files[0])
    assert main(["papers", str(book)]) == 0
    assert {file: digest(file) for file in folder_of(book).glob("*.docx")} == written


def test_a_change_is_found_on_the_papers_it_concerns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = copy_of(GOLDEN, tmp_path)
    assert main(["run", str(book), "-q"]) == 0
    assert main(["seal", str(book), "-q"]) == 0
    assert main(["papers", str(book), "-q"]) == 0
    folder = folder_of(book)
    (seal,) = {text for file in folder.glob("*.docx") for tag, text in printed_in(file) if tag.name == "seal"}
    assert main(["papers", "--check", str(folder), str(book), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["papers"]
    assert len(told) == 68 and {one["state"] for one in told} == {"agrees"}
    assert {one["seal"] for one in told} == {seal}
    patch_cells(book, {CELL[0]: {CELL[1]: 12448}})
    assert main(["papers", "--check", str(folder), str(book)]) == 1
    said = capsys.readouterr().out
    assert "trên giấy 12.447, báo cáo 12.448 (Hội Nông dân!I13)" in said and seal in said
    assert main(["papers", "--check", str(folder), str(book), "--json"]) == 1
    states = {Path(one["path"]).name: one["state"] for one in json.loads(capsys.readouterr().out)["papers"]}
    assert {name for name, state in states.items() if state == "changed"} == {PAPER, "tong-hop-hnd.docx"}
    assert {state for name, state in states.items() if state != "changed"} == {"old-seal"}
    assert main(["papers", str(book), "--draft", "-q"]) in (0, 1)
    assert (folder / PAPER).exists() and (folder / PAPER.replace(".docx", " (2).docx")).exists()


def test_a_number_typed_over_in_word_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = copy_of(GOLDEN, tmp_path)
    assert main(["papers", str(book), "-q", "-o", str(tmp_path / "giấy tờ")]) == 0
    path = tmp_path / "giấy tờ" / PAPER
    opened = Document(str(path))
    word = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    (text,) = [one for one in opened.element.iter(f"{word}t") if one.text == "12.447"]
    text.text = "12.474"
    opened.save(str(path))
    assert main(["papers", "--check", str(path), str(book)]) == 1
    assert "trên giấy 12.474, báo cáo 12.447 (Hội Nông dân!I13)" in capsys.readouterr().out


def test_other_reports_and_other_documents(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book, later = copy_of(GOLDEN, tmp_path), copy_of(GOLDEN, tmp_path, "sau.xlsx")
    assert main(["papers", str(book), "-q", "--kind", "summaries"]) == 0
    period = read(later).info.cells["period"]
    patch_cells(later, {"Thông tin": {address(*period): "2024Q2"}})
    other = tmp_path / "thu.docx"
    Document().save(str(other))
    capsys.readouterr()
    assert main(["papers", "--check", str(folder_of(book)), str(other), str(later), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)["papers"]
    assert [one["state"] for one in told] == ["other-report"] * 4 + ["no-paper"]
    assert told[0]["found"] == "0312 2024Q1"


@pytest.mark.parametrize("kind", ["minutes", "groups", "summaries"])
def test_all_of_a_kind_in_one_file(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = copy_of(GOLDEN, tmp_path)
    assert main(["papers", str(book), "--one-file", "--kind", kind]) == 0
    (path,) = folder_of(book).glob("*.docx")
    capsys.readouterr()
    assert main(["papers", "--check", str(path), str(book), "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["papers"]
    assert one["papers"] == {"minutes": 64, "groups": 250, "summaries": 4}[kind]


def test_what_blocks_gives_drafts_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = copy_of(MISTAKEN, tmp_path)
    assert main(["papers", str(book)]) == 1
    said = capsys.readouterr()
    assert not folder_of(book).exists() and "--draft" in said.err and "R05" in said.out
    assert main(["papers", str(book), "--draft", "--kind", "summaries"]) == 1
    assert len(list(folder_of(book).iterdir())) == 4


def test_a_template_of_the_office(own_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["papers", "--copy-templates"]) == 0
    mine = own_home / "config" / "papers" / "tong-hop-hoi.docx"
    opened = Document(str(mine))
    opened.paragraphs[0].insert_paragraph_before("Của riêng {{ office }}, {{ total.balance }}")
    opened.save(str(mine))
    edited = digest(mine)
    assert main(["papers", "--copy-templates"]) == 0
    assert digest(mine) == edited
    book = copy_of(GOLDEN, tmp_path)
    assert main(["papers", str(book), "-q", "--kind", "summaries"]) == 0
    text = Document(str(folder_of(book) / "tong-hop-hnd.docx")).paragraphs[0].text
    assert text.startswith("Của riêng PGD NHCSXH huyện An Dương")
    opened.paragraphs[0].text = "{{ offise }}"
    opened.save(str(mine))
    capsys.readouterr()
    assert main(["papers", str(book), "--kind", "summaries"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and str(mine) in said and "{{ offise }}" in said and "office?" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ["papers"], ["papers", "a.xlsx", "b.xlsx"], ["papers", "none.xlsx"], ["papers", "--check"],
        ["papers", "--check", str(GOLDEN)], ["papers", "--check", str(GOLDEN), str(GOLDEN)],
        ["papers", str(GOLDEN), "-o", str(GOLDEN)], ["papers", "--copy-templates", str(GOLDEN)],
        ["papers", str(GOLDEN), "--kind", "minute"],
    ],
)  # fmt: skip
def test_what_could_not_run(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1


def test_checking_loads_nothing_of_word(tmp_path: Path) -> None:
    book = copy_of(GOLDEN, tmp_path)
    assert main(["papers", str(book), "-q", "--kind", "summaries"]) == 0
    code = (
        "import sys; from sheetcredit.cli.main import main\n"
        "main(['papers', '--check', *sys.argv[1:]])\n"
        "print(*{'docx', 'docxtpl', 'lxml', 'jinja2'} & set(sys.modules), file=sys.stderr)"
    )
    arguments = [str(folder_of(book)), str(book)]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stderr.split() == []
