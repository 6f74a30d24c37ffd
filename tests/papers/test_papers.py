"""What stands on the papers: every number is its cell's, on the page of the Decree, clean for Word."""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openxml_audit import OpenXmlValidator  # type: ignore[import-untyped]

from seeds.generate import make_office, to_content
from sheetcredit.model.errors import CannotRead
from sheetcredit.papers.contents import MEASURES, Paper, PaperMaker, maker_of
from sheetcredit.papers.document import PaperTemplate
from sheetcredit.papers.marks import LONGEST, Tag, marked, numbers_of, printed_in, tag_of
from sheetcredit.papers.papers import template_of
from sheetcredit.papers.words import KINDS, Kind
from sheetcredit.report import check_readings
from sheetcredit.rulebook import our_rulebook
from sheetcredit.template.reading import understand
from tests.libreoffice import LibreOffice
from tests.mutation.books import Typed, make_book
from tests.seeds_of import GOLDEN, MISTAKEN
from workbook.build_papers import TEMPLATES
from workbook.decree_page import differences

SIDES = {"statement": 4, "groups": 1, "ledger": 1}


@cache
def golden() -> PaperMaker:
    return maker_of(GOLDEN)


@cache
def golden_papers(kind: Kind) -> tuple[Paper, ...]:
    return tuple(golden().papers([kind]))


@cache
def template(kind: Kind) -> PaperTemplate:
    return PaperTemplate(template_of(kind))


def document(kind: Kind, papers: tuple[Paper, ...]) -> bytes:
    return template(kind).filled(papers)


def number(text: str) -> Decimal:
    return Decimal(text.replace(".", "").replace(",", ".").rstrip("%"))


def test_the_templates_are_what_their_script_builds() -> None:
    for path, build in TEMPLATES.items():
        assert differences(path, build()) == [], path


def test_one_paper_for_each() -> None:
    minutes = golden_papers("minutes")
    assert len(minutes) == 64
    assert [paper.key for paper in minutes[:5]] == [
        "11581/11",
        "11581/12",
        "11581/13",
        "11581/14",
        "11584/11",
    ]
    assert len(golden_papers("groups")) == 250
    assert [paper.key for paper in golden_papers("summaries")] == ["11", "12", "13", "14"]
    names = [paper.file for kind in KINDS for paper in golden_papers(kind)]
    assert len(set(names)) == len(names) and all(re.fullmatch("[a-z0-9-]+", name) for name in names)


def rows_of(sheet: str) -> list[dict[str, object]]:
    """A sheet's rows by header, read by openpyxl: nothing of ours."""
    book = load_workbook(GOLDEN, data_only=True)
    lines = [list(line) for line in book[sheet].iter_rows(values_only=True)]
    at = next(place for place, line in enumerate(lines) if "Dư nợ" in line)
    heads = [str(head) for head in lines[at]]
    return [
        dict(zip(heads, line, strict=True))
        for line in lines[at + 1 :]
        if re.fullmatch(r"\d{5,7}", str(line[0]))
    ]


HEADERS = {
    "groups": "Số tổ", "customers": "Số khách hàng", "balance": "Dư nợ", "overdue": "Nợ quá hạn",
    "frozen": "Nợ khoanh", "deposits": "Tiền gửi tổ viên",
}  # fmt: skip
AMOUNTS = ("balance", "overdue", "frozen", "deposits")


def expected_minutes() -> dict[tuple[str, str, str], Decimal]:
    """By key of the paper, side and measure, an independent computation from the cells."""
    found: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    sheets = {"11": "Hội Nông dân", "12": "Hội Phụ nữ", "13": "Hội CCB", "14": "Đoàn TN"}
    for code, sheet in sheets.items():
        for row in rows_of(sheet):
            for name in MEASURES:
                found[f"{row['Mã xã']}/{code}", "statement", name] += Decimal(str(row[HEADERS[name]] or 0))
    for row in rows_of("Tổ TK&VV"):
        key = f"{row['Mã xã']}/{row['Mã ĐVUT']}"
        found[key, "groups", "groups"] += 1
        for name in MEASURES[1:]:
            found[key, "groups", name] += Decimal(str(row[HEADERS[name]] or 0))
    for row in rows_of("Sổ ngân hàng"):
        if row["Mã ĐVUT"] in sheets:
            key = f"{row['Mã xã']}/{row['Mã ĐVUT']}"
            for name in MEASURES:
                size = 1_000_000 if name in AMOUNTS else 1
                found[key, "ledger", name] += Decimal(str(row[HEADERS[name]] or 0)) / size
    return found


def test_the_balances_of_all_minutes_equal_the_cells() -> None:
    expected = expected_minutes()
    for paper in golden_papers("minutes"):
        printed = dict(numbers_of(document("minutes", (paper,))))
        told = {tag.name: text for tag, text in printed.items()}
        for name in MEASURES:
            sides = {side: number(told[f"{side}.{name}"]) for side in SIDES}
            assert sides == {side: expected[paper.key, side, name] for side in SIDES}, (paper.key, name)
            assert number(told[f"difference.{name}"]) == sides["statement"] - sides["ledger"]
            assert number(told[f"groups_difference.{name}"]) == sides["groups"] - sides["ledger"]


def test_every_number_names_its_cell() -> None:
    (paper,) = [paper for paper in golden_papers("minutes") if paper.key == "11587/11"]
    sources = {tag.name: figure.source for tag, figure in paper.figures.items()}
    assert sources["statement.balance"] == "Hội Nông dân!I13"
    assert sources["ledger.balance"].startswith("Sổ ngân hàng!")
    assert sources["groups.balance"].startswith("Tổ TK&VV!") and sources["groups.balance"].endswith(
        "4 ô khác"
    )
    titles = re.findall(
        r'<w:alias w:val="([^"]*)"/>',
        zipfile.ZipFile(io.BytesIO(document("minutes", (paper,)))).read("word/document.xml").decode(),
    )
    assert "Hội Nông dân!I13" in titles and all(len(title) <= LONGEST for title in titles)


def test_lists_and_summaries_equal_the_cells() -> None:
    rows = {str(row["Mã tổ"]): row for row in rows_of("Tổ TK&VV")}
    headers = {**{name: HEADERS[name] for name in MEASURES[1:]}, "members": "Số tổ viên", "score": "Điểm"}
    for paper in golden_papers("groups"):
        told = {tag.name.rpartition(".")[2]: figure.text for tag, figure in paper.figures.items()}
        row = rows[paper.key]
        for name, header in headers.items():
            assert number(told[name]) == round(Decimal(str(row[header] or 0)), 6), (paper.key, name)
        assert told["rating"] == row["Xếp loại"]
    expected = expected_minutes()
    for paper in golden_papers("summaries"):
        told = {tag.name: figure.text for tag, figure in paper.figures.items()}
        mine = {key for key, _, _ in expected if key.endswith(f"/{paper.key}")}
        for side in SIDES:
            whole = sum(expected[key, side, "balance"] for key in mine)
            assert number(told[f"total.{side}.balance"]) == whole
        ratings = [row["Xếp loại"] for row in rows.values() if row["Mã ĐVUT"] == paper.key]
        counted = {"good": "Tốt", "fair": "Khá", "average": "Trung bình", "weak": "Yếu"}
        assert {name: number(told[f"total.{name}"]) for name in counted} == {
            name: ratings.count(rating) for name, rating in counted.items()
        }


def test_differences_and_their_causes_stand_on_the_minutes() -> None:
    maker = maker_of(MISTAKEN)
    papers = {paper.key: paper for paper in maker.papers(["minutes"])}
    differing = {key: paper for key, paper in papers.items() if paper.context["differences"]}
    compared = {(c.commune, c.association) for c in maker.report.comparison if c.state == "differs"}
    assert {tuple(key.split("/")) for key in differing} == compared and len(compared) == 6
    assert all(paper.context["draft"] for paper in papers.values())
    paper = papers["11584/11"]
    text = "\n".join(line.text for line in Document(io.BytesIO(document("minutes", (paper,)))).paragraphs)
    assert "DỰ THẢO" in text and "Nguyên nhân: " in text


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_follows_the_decree_and_word_opens_it(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    for papers in (golden_papers(kind)[:1], golden_papers(kind)[:4]):
        path.write_bytes(document(kind, papers))
        found = OpenXmlValidator().validate(str(path))
        assert found.is_valid, [error.description for error in found.errors]
        opened = Document(str(path))
        assert len(opened.sections) == len(papers)
        for section in opened.sections:
            sides = [section.page_width, section.page_height, section.left_margin, section.right_margin]
            wide = kind == "summaries"
            assert [round(side.mm) for side in sides if side] == [
                *((297, 210) if wide else (210, 297)),
                30,
                15,
            ]
        assert opened.styles["Normal"].font.name == "Times New Roman"
    ids = re.findall(rb'<w:id w:val="(\d+)"/>', zipfile.ZipFile(path).read("word/document.xml"))
    assert ids and len(set(ids)) == len(ids)


def test_many_in_one_file_hold_all_their_numbers() -> None:
    papers = golden_papers("minutes")
    printed = dict(numbers_of(document("minutes", papers)))
    alone = [one for paper in papers for one in numbers_of(document("minutes", (paper,)))]
    assert list(printed.items()) == alone
    assert {tag.key for tag in printed} == {paper.key for paper in papers}


def test_libreoffice_prints_one_list_a_page(tmp_path: Path, libreoffice: LibreOffice) -> None:
    path = tmp_path / "bang-ke.docx"
    path.write_bytes(document("groups", golden_papers("groups")[:5]))
    pdf = libreoffice.save_as(path, "pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 5


@pytest.mark.parametrize(
    ("text", "reason", "place"),
    [
        ("Dư nợ: {{ balanse }}", "balance", "Dư nợ: {{ balanse }}"),
        ("{% for line in lines %}", "", "{% for line in lines %}"),
        ("{{ balance ", "", "{{ balance"),
        ("{{ 1 / 0 }}", "division", "{{ 1 / 0 }}"),
        ("{{ balance.nothing }}", "nothing", "{{ balance.nothing }}"),
        ("{% include 'a' %}", "", "{% include 'a' %}"),
    ],
)
def test_a_mistake_in_a_template_is_told_with_its_place(
    text: str, reason: str, place: str, tmp_path: Path
) -> None:
    opened = Document(str(template_of("groups")))
    opened.paragraphs[-1].text = text
    opened.save(str(tmp_path / "mau.docx"))
    with pytest.raises(CannotRead) as caught:
        PaperTemplate(tmp_path / "mau.docx").filled(golden_papers("groups")[:1])
    details = caught.value.details
    assert caught.value.code == "E-PAPER-TEMPLATE" and details["path"] == tmp_path / "mau.docx"
    assert reason in str(details["reason"])
    assert place in str(details["place"]) or str(details["place"]) == "-"


def test_what_is_no_document_is_told(tmp_path: Path) -> None:
    for data in (b"", b"PK\x03\x04", b"text"):
        (tmp_path / "mau.docx").write_bytes(data)
        with pytest.raises(CannotRead):
            PaperTemplate(tmp_path / "mau.docx")
        with pytest.raises(CannotRead):
            printed_in(tmp_path / "mau.docx")


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=60))
def test_tags_fit_into_a_document_and_read_back(office: str, key: str, side: str) -> None:
    tag = Tag("b", office, "2024Q1", key, f"{side}.overdue_ratio").shortened()
    again = tag.shortened()
    assert len(str(tag)) <= LONGEST
    assert (again.office, again.key) == (tag.office, tag.key)
    assert tag_of(str(tag)) == tag


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.text(max_size=30))
def test_papers_of_any_office_with_any_names(seed: int, name: str) -> None:
    office = make_office(seed % 50, code="0312", communes=2, groups=6, period="2025Q2")
    content = Typed.of(to_content(office))
    reading = understand(make_book(content, "a.xlsx"), our_rulebook().office)
    (report,) = check_readings([reading], our_rulebook())
    maker = PaperMaker(reading, report, our_rulebook())
    for paper in maker.papers(["minutes"])[:2]:
        context = {**paper.context, "director": name, "prepared_by": marked(Tag("", "", "", "", "x"), name)}
        filled = Paper(paper.kind, paper.key, paper.file, paper.title, context, paper.figures)
        printed = dict(numbers_of(document("minutes", (filled,))))
        assert any(tag.key for tag in printed)
        for tag, text in printed.items():
            assert not tag.key or paper.figures[tag].text == text
