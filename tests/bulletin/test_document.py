"""The Word document: the page of Decree 30/2020, comments that name cells, a template that staff may change."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from docx import Document
from openxml_audit import OpenXmlValidator  # type: ignore[import-untyped]

from sheetcredit.bulletin.compose import compose
from sheetcredit.bulletin.document import as_docx
from sheetcredit.bulletin.publish import write_bulletin
from sheetcredit.model.errors import CannotRead
from tests.bulletin.reports import golden_report
from workbook.build_bulletin import TEMPLATE, build, main
from workbook.decree_page import differences


def text_of(data: bytes) -> list[str]:
    document = Document(io.BytesIO(data))
    return [line.text for line in document.paragraphs]


def template_with(folder: Path, *lines: str) -> Path:
    document = Document(io.BytesIO(build()))
    for line in lines:
        document.add_paragraph(line)
    path = folder / "mau.docx"
    document.save(str(path))
    return path


def test_the_template_is_what_its_script_builds(tmp_path: Path) -> None:
    assert differences(TEMPLATE, build()) == []
    assert differences(tmp_path / "none.docx", build()) == ["missing"]
    (tmp_path / "text.docx").write_text("no")
    assert differences(tmp_path / "text.docx", build()) == ["not a document"]
    assert main(["--check"]) == 0


def test_the_page_follows_the_decree() -> None:
    document = Document(io.BytesIO(as_docx(compose(golden_report()))))
    section = document.sections[0]
    lengths = [
        section.page_width, section.page_height,
        section.top_margin, section.bottom_margin, section.left_margin, section.right_margin,
    ]  # fmt: skip
    assert [round(length.mm) for length in lengths if length] == [210, 297, 20, 20, 30, 15]
    assert document.styles["Normal"].font.name == "Times New Roman"
    assert document.styles["Normal"].font.size.pt == 14
    head = document.tables[0].rows[0].cells
    assert (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in head[1].text and "PGD NHCSXH HUYỆN AN DƯƠNG" in head[0].text
    )
    foot = document.tables[-1].rows[0].cells
    assert foot[0].text.startswith("Nơi nhận:") and "Vũ Đức Thịnh" in foot[1].text


def test_it_says_what_the_text_says() -> None:
    bulletin = compose(golden_report())
    lines = text_of(as_docx(bulletin))
    for section in bulletin.sections:
        for part in section.body:
            assert f"- {part.text}" if part.item else part.text in lines


def test_every_number_has_a_comment_with_its_cell() -> None:
    bulletin = compose(golden_report())
    document = Document(io.BytesIO(as_docx(bulletin)))
    comments = [comment.text for comment in document.comments]
    wanted = [
        bulletin.sources[run.figure]
        for section in bulletin.sections
        for part in section.body
        for run in part.runs
        if run.figure
    ]
    assert comments == wanted
    assert {comment.author for comment in document.comments} == {"sheetcredit"}
    assert "\ue000" not in document.element.xml


@pytest.mark.parametrize("blocked", [False, True], ids=["final", "draft"])
def test_word_would_open_it_cleanly(blocked: bool, tmp_path: Path) -> None:
    bulletin = compose(golden_report())
    path = tmp_path / "ban-tin.docx"
    path.write_bytes(as_docx(replace(bulletin, draft="DỰ THẢO" if blocked else "")))
    result = OpenXmlValidator().validate(str(path))
    assert [error.description for error in result.errors] == []
    assert ("DỰ THẢO" in text_of(path.read_bytes())) == blocked
    assert [error.description for error in OpenXmlValidator().validate(str(TEMPLATE)).errors] == []


def test_names_from_the_workbook_are_text() -> None:
    report = replace(golden_report(), office_name="PGD <A> & {{ so }}")
    lines = text_of(as_docx(compose(report)))
    assert any("PGD <A> & {{ so }} phối hợp" in line for line in lines)


def test_staff_add_sentences_with_figures(tmp_path: Path) -> None:
    template = template_with(tmp_path, "Riêng tiền gửi là {{r so.TH_TienGui }} triệu đồng.")
    out = write_bulletin(golden_report(), tmp_path / "a.docx", template)
    assert "Riêng tiền gửi là 19.412 triệu đồng." in text_of(out.read_bytes())


@pytest.mark.parametrize(
    "line", ["{{ so.TH_DuNo", "{% for %}", "{{ ''.__class__.__mro__[1].__subclasses__() }}"]
)
def test_a_template_with_a_mistake_is_told(line: str, tmp_path: Path) -> None:
    with pytest.raises(CannotRead) as caught:
        write_bulletin(golden_report(), tmp_path / "a.docx", template_with(tmp_path, line))
    assert caught.value.code == "E-BULLETIN-TEMPLATE" and not (tmp_path / "a.docx").exists()


def test_a_template_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "x.docx").write_text("no")
    for name, code in (("x.docx", "E-BULLETIN-TEMPLATE"), ("y.docx", "E-MISSING")):
        with pytest.raises(CannotRead) as caught:
            write_bulletin(golden_report(), tmp_path / "a.docx", tmp_path / name)
        assert caught.value.code == code
