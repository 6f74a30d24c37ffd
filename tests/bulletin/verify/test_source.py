"""The lines of .docx, .md and .txt that somebody wrote, and what cannot be read."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest
from docx import Document

from sheetcredit.bulletin.verify import source
from sheetcredit.bulletin.verify.source import lines_of
from sheetcredit.bulletin.verify.verification import verify
from sheetcredit.model.errors import SheetcreditError
from tests.seeds_of import GOLDEN

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'


def document(path: Path, body: str) -> Path:
    with ZipFile(path, "w") as package:
        package.writestr("word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")
    return path


def test_markdown_without_its_marks(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(
        "# Đầu\n**Dư nợ** 438.213[^1] triệu `đồng` \\[a\\]\n> ghi\n[^1]: Tổng hợp!D16\n", encoding="utf-8"
    )
    assert lines_of(path) == ["Đầu", "Dư nợ 438.213 triệu đồng [a]", "ghi", ""]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_as_notepad_saves_it(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Dư nợ\r\nủy thác", encoding=encoding)
    assert lines_of(path) == ["Dư nợ", "ủy thác"]


def test_word_as_it_is_read(tmp_path: Path) -> None:
    body = (
        "<w:p><w:r><w:t>Dư nợ</w:t><w:tab/><w:t>438</w:t></w:r><w:r><w:delText>9</w:delText></w:r>"
        "<w:ins><w:r><w:t>.213</w:t></w:r></w:ins></w:p><w:p><w:r><mc:AlternateContent><mc:Choice><w:t>một</w:t>"
        "</mc:Choice><mc:Fallback><w:t>một</w:t></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    assert lines_of(document(tmp_path / "a.docx", body)) == ["Dư nợ 438.213", "một"]


def test_a_table_is_read_with_its_heads(tmp_path: Path) -> None:
    made = Document()
    table = made.add_table(rows=3, cols=3)
    rows = [
        ("Hội", "Dư nợ (triệu đồng)", "Tỷ trọng (%)"),
        ("Hội Nông dân", "147.185", "33,7"),
        ("Hội Phụ nữ", "185.065", "42,4"),
    ]
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    path = tmp_path / "a.docx"
    made.save(str(path))
    report = verify(path, GOLDEN)
    assert [(f.code, f.details["quote"]) for f in report.findings] == [("B-VALUE", "42,4")]
    assert report.outcomes["passed"] == 3


def test_a_table_of_all_associations_ties_with_its_total_row(tmp_path: Path) -> None:
    rows = [
        ("STT", "Đơn vị", "Số hộ", "Dư nợ (triệu đồng)"), ("1", "Hội Nông dân", "2.835", "147.185"),
        ("2", "Hội Phụ nữ", "3.560", "185.065"), ("3", "Hội CCB", "1.350", "70.061"),
        ("4", "Đoàn Thanh niên", "680", "35.128"), ("", "Tổng cộng", "8.425", "437.439"),
    ]  # fmt: skip
    cells = ["".join(f"<w:tc><w:p><w:r><w:t>{cell}</w:t></w:r></w:p></w:tc>" for cell in row) for row in rows]
    body = "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"
    path = document(tmp_path / "a.docx", body)
    assert verify(path).findings == ()
    # The customers of each association are no figures of the workbook, but they give their total.
    assert verify(path, GOLDEN).outcomes["passed"] == 10
    wrong = document(tmp_path / "b.docx", body.replace("1.350", "1.530").replace("70.061", "70.016"))
    assert [finding.code for finding in verify(wrong).findings] == ["B-SUM", "B-SUM"]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.pdf", b"x", "E-TEXT-FORMAT"), ("a", b"x", "E-TEXT-FORMAT"), ("a.txt", b"D\xf9 n\xfe", "E-TEXT-ENCODING"),
        ("a.docx", b"no", "E-TEXT-DAMAGED"), ("none.txt", None, "E-MISSING"), ("none.docx", None, "E-MISSING"),
    ],
)  # fmt: skip
def test_what_cannot_be_read(name: str, content: bytes | None, code: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(SheetcreditError) as caught:
        lines_of(tmp_path / name)
    assert caught.value.code == code


def test_documents_that_are_a_trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.docx"
    with ZipFile(path, "w") as package:
        package.writestr("word/document.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    with pytest.raises(SheetcreditError) as caught:
        lines_of(path)
    assert caught.value.code == "E-TEXT-DAMAGED"
    document(path, "<w:p>" + "<w:r>" * 50_000 + "</w:r>" * 50_000 + "</w:p>")
    with pytest.raises(SheetcreditError) as caught:
        lines_of(path)
    assert caught.value.code == "E-TEXT-DAMAGED"
    monkeypatch.setattr(source, "_LARGEST", 10)
    (tmp_path / "a.txt").write_text("quá mười ký tự")
    for name in ("a.txt", "a.docx"):
        with pytest.raises(SheetcreditError) as caught:
            lines_of(tmp_path / name)
        assert caught.value.code == "E-TEXT-SIZE"
