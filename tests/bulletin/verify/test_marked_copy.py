"""A copy of a document with a comment on each number; nothing else of it changes."""

from __future__ import annotations

import io
from pathlib import Path
from unicodedata import normalize

import pytest
from docx import Document
from openxml_audit import OpenXmlValidator  # type: ignore[import-untyped]

from sheetcredit.bulletin.compose import compose
from sheetcredit.bulletin.document import as_docx
from sheetcredit.bulletin.verify.marked_copy import marked_copy
from sheetcredit.bulletin.verify.source import lines_of
from sheetcredit.bulletin.verify.verification import check_target, verified, verify, write_marked_copy
from sheetcredit.model.errors import BadUsage, CannotWrite
from tests.bulletin.reports import golden_report
from tests.seeds_of import GOLDEN

TEXT = (
    "Tổng dư nợ 640 tỷ đồng, trong đó dư nợ ủy thác 622 tỷ đồng, chiếm 99,2%. "
    "Nợ quá hạn 1 tỷ 280 triệu đồng, chiếm 0,2% tổng dư nợ. Tiền gửi tổ viên 19 tỷ đồng."
)


def written(path: Path, *texts: str, runs: int = 1) -> Path:
    """A document with a paragraph for each text, cut into runs of so many words."""
    document = Document()
    for text in texts:
        paragraph = document.add_paragraph()
        words = text.split(" ")
        for at in range(0, len(words), runs):
            run = paragraph.add_run(" ".join(words[at : at + runs]) + (" " if at + runs < len(words) else ""))
            run.bold = at % 2 == 0
    document.save(str(path))
    return path


def comments(data: bytes) -> list[str]:
    return [comment.text for comment in Document(io.BytesIO(data)).comments]


def marked_words(data: bytes) -> list[str]:
    """The words between the two ends of each comment, in the order of the text."""
    namespace = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    found: list[str] = []
    open_: set[str] = set()
    for element in Document(io.BytesIO(data)).element.body.iter():
        if element.tag == f"{namespace}commentRangeStart":
            open_.add(element.get(f"{namespace}id"))
            found.append("")
        elif element.tag == f"{namespace}commentRangeEnd":
            open_.discard(element.get(f"{namespace}id"))
        elif element.tag == f"{namespace}t" and open_:
            found[-1] += element.text or ""
    return found


@pytest.mark.parametrize("runs", [1, 3, 100])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_every_number_has_its_comment(runs: int, form: str, tmp_path: Path) -> None:
    path = written(tmp_path / "a.docx", normalize(form, TEXT), runs=runs)  # type: ignore[arg-type]
    report = verify(path)
    assert report.numbers is not None
    data = marked_copy(path, report, "vi")
    assert [normalize("NFC", words) for words in marked_words(data)] == [n.text for n in report.numbers]
    copy = tmp_path / "b.docx"
    copy.write_bytes(data)
    assert lines_of(copy) == lines_of(path)
    bold = [
        [(run.bold, run.text) for run in line.runs if run.text] for line in Document(str(path)).paragraphs
    ]
    again = [
        [(run.bold, run.text) for run in line.runs if run.text] for line in Document(str(copy)).paragraphs
    ]
    assert ["".join(text for is_bold, text in line if is_bold) for line in bold] == [
        "".join(text for is_bold, text in line if is_bold) for line in again
    ]


def test_what_the_comments_say(tmp_path: Path) -> None:
    path = written(tmp_path / "a.docx", TEXT)
    report = verify(path)
    assert report.numbers is not None
    states = {number.text: number.state for number in report.numbers}
    assert states == {
        "640 tỷ đồng": "agrees", "622 tỷ đồng": "agrees", "99,2%": "wrong", "1 tỷ 280 triệu đồng": "agrees",
        "0,2%": "agrees", "19 tỷ đồng": "not_compared",
    }  # fmt: skip
    said = comments(marked_copy(path, report, "vi"))
    assert sum("B-SHARE" in comment for comment in said) == 3  # at the share, and at both amounts
    assert sum(comment.startswith("Chưa đối chiếu được") for comment in said) == 1
    assert len(said) == 6 and not any("{" in comment for comment in said)
    assert all(comment.isascii() is False for comment in said)
    assert any("WRONG" in comment for comment in comments(marked_copy(path, report, "en")))


def test_in_a_table_and_beside_a_workbook(tmp_path: Path) -> None:
    document = Document()
    table = document.add_table(rows=3, cols=3)
    rows = [
        ("Hội", "Dư nợ (triệu đồng)", "Tỷ trọng (%)"),
        ("Hội Nông dân", "147.185", "33,7"),
        ("Hội Phụ nữ", "185.065", "42,4"),
    ]
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    path = tmp_path / "a.docx"
    document.save(str(path))
    data = marked_copy(path, verify(path, GOLDEN), "vi")
    assert marked_words(data) == ["147.185", "33,7", "185.065", "42,4"]
    assert any("Tổng hợp!" in comment for comment in comments(data))


def test_the_copy_of_our_own_bulletin_opens_cleanly(tmp_path: Path) -> None:
    path = tmp_path / "ban-tin.docx"
    path.write_bytes(as_docx(compose(golden_report())))
    report = verified(str(path), lines_of(path), golden_report())
    out = tmp_path / "da-soat.docx"
    write_marked_copy(path, report, out, "vi")
    before, after = (OpenXmlValidator().validate(str(file)) for file in (path, out))
    assert [str(error) for error in after.errors] == [str(error) for error in before.errors] == []
    assert report.numbers is not None
    own = len(list(Document(str(path)).comments))
    assert len(list(Document(str(out)).comments)) == own + len(report.numbers)


def test_where_no_copy_can_be_written(tmp_path: Path) -> None:
    text = tmp_path / "a.txt"
    text.write_text(TEXT, encoding="utf-8")
    document = written(tmp_path / "a.docx", TEXT)
    for source, out in ((text, tmp_path / "b.docx"), (document, tmp_path / "b.md")):
        with pytest.raises(BadUsage):
            check_target(source, out)
    with pytest.raises(CannotWrite):
        check_target(document, document)
