"""The bulletin's wording: it follows the sign and size of the figures, and every number names its cell."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from sheetcredit.bulletin.compose import Composed, compose, definitions
from sheetcredit.bulletin.phrases import load_phrases
from sheetcredit.bulletin.plain import as_markdown
from sheetcredit.bulletin.publish import bulletin_text, write_bulletin
from sheetcredit.model.errors import BadDefinition, BadUsage
from sheetcredit.model.finding import Finding
from sheetcredit.model.resources import schemas_folder
from sheetcredit.outcome import Report
from tests.bulletin.reports import golden_report, invented_report, with_figures


def paragraphs(report: Report) -> list[str]:
    return [part.text for section in compose(report).sections for part in section.body]


def numbers(bulletin: Composed) -> set[str]:
    return {
        run.figure
        for section in bulletin.sections
        for part in section.body
        for run in part.runs
        if run.figure
    }


def test_the_golden_text(same_as_golden: Callable[[str, str], None]) -> None:
    same_as_golden("ban-tin.txt", bulletin_text(golden_report()))


def test_the_golden_markdown(same_as_golden: Callable[[str, str], None]) -> None:
    same_as_golden("ban-tin.md", as_markdown(compose(golden_report())))


def test_every_figure_is_printed_but_those_of_nothing() -> None:
    of_one_report = {name for name in definitions() if not name.startswith("TH_CK_")}
    assert numbers(compose(golden_report())) == of_one_report - {"TH_To_Yeu", "TH_To_Yeu_TyTrong"}


def test_every_number_names_its_cell() -> None:
    bulletin = compose(golden_report())
    assert bulletin.sources["TH_DuNo"].startswith("Tổng hợp!D16 (TH_DuNo)")
    for name in numbers(bulletin):
        assert re.match(rf"Tổng hợp![A-Z]+[0-9]+ \({name}\), ", bulletin.sources[name])
    markdown = as_markdown(bulletin)
    marks = re.findall(r"\[\^(\d+)\](?!:)", markdown)
    notes = re.findall(r"^\[\^(\d+)\]: ", markdown, re.MULTILINE)
    assert set(marks) == set(notes) and len(notes) == len(set(notes)) == len(numbers(bulletin))


def test_without_a_workbook_a_number_names_the_cell_of_the_form() -> None:
    bulletin = compose(with_figures({"TH_DuNo": 1250}))
    assert "TH_DuNo" in bulletin.sources["TH_DuNo"] and "Tổng hợp" in bulletin.sources["TH_DuNo"]


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({"TH_DuNo": 100, "TH_DuNo_Tang": 5, "TH_DuNo_TyLeTang": Decimal("0.0526")},
         "đạt 100 triệu đồng, tăng 5 triệu đồng so với đầu năm, tốc độ tăng trưởng 5,26%."),
        ({"TH_DuNo": 100, "TH_DuNo_Tang": -5, "TH_DuNo_TyLeTang": Decimal("-0.0476")},
         "đạt 100 triệu đồng, giảm 5 triệu đồng so với đầu năm (giảm 4,76%)."),
        ({"TH_DuNo": 100, "TH_DuNo_Tang": 0, "TH_DuNo_TyLeTang": Decimal("0.0000")},
         "đạt 100 triệu đồng, không đổi so với đầu năm."),
        ({"TH_DuNo": 1234567}, "đạt 1.234.567 triệu đồng."),
        ({"TH_NguonVon": 9, "TH_NguonVon_HTKHTangTruong": Decimal("-0.123")},
         "bằng -12,3% kế hoạch tăng trưởng nguồn vốn năm 2024"),
        ({"TH_To_Tot": 3, "TH_To_Kha": 0, "TH_To_TrungBinh": 0, "TH_To_Yeu": 0},
         "có 3 tổ xếp loại tốt, không có tổ xếp loại khá, không có tổ xếp loại trung bình, không có tổ xếp loại yếu."),
        ({"TH_NoQuaHan": 0, "TH_NoKhoanh": 0}, "Không có nợ quá hạn. Không có nợ khoanh."),
        ({"TH_NoQuaHan": 0}, "Không có nợ quá hạn."),
        ({"TH_NoKhoanh": 7}, "Nợ khoanh là 7 triệu đồng."),
    ],
)  # fmt: skip
def test_wording_follows_the_sign(figures: dict[str, int], expected: str) -> None:
    assert any(expected in text for text in paragraphs(with_figures(figures)))


def test_what_could_not_be_computed_is_left_out() -> None:
    text = bulletin_text(with_figures({"TH_DuNo": 100}))
    assert "Tổng nguồn vốn" not in text and "Hội" not in text and "{" not in text
    assert [section.heading for section in compose(with_figures({"TH_DuNo": 100})).sections] == [
        "", "1. Dư nợ các chương trình tín dụng", "2. Nhiệm vụ quý II/2024",
    ]  # fmt: skip


def test_the_next_quarters_work_follows_the_figures() -> None:
    def tasks(**figures: int) -> str:
        return "\n".join(part.text for part in compose(with_figures(figures)).sections[-1].body)

    assert "nợ quá hạn;" not in tasks(TH_NoQuaHan=0) and "tổ xếp loại" not in tasks(TH_To_Yeu=0)
    assert "Thu hồi 456 triệu đồng nợ quá hạn;" in tasks(TH_NoQuaHan=456)
    assert "kiện toàn 3 tổ xếp loại yếu;" in tasks(TH_To_Yeu=3)


def test_the_year_turns_after_the_fourth_quarter() -> None:
    report = invented_report(7, 3, 20, "2024Q4")
    assert report.period
    bulletin = compose(report)
    assert bulletin.subject.endswith("quý IV/2024")
    assert bulletin.sections[-1].heading.endswith("Nhiệm vụ quý I/2025")
    assert bulletin.letter["place_and_day"].endswith("năm 2025")


def test_a_report_without_a_period_has_a_bulletin() -> None:
    text = bulletin_text(with_figures({"TH_DuNo": 100}, period=None))
    assert "quý" not in text and "Nhiệm vụ thời gian tới" in text


def test_a_report_that_is_blocked_gives_a_draft(tmp_path: Path) -> None:
    finding = Finding(file="a.xlsx", code="V-TYPE", severity="error", sheet="Hội CCB")
    blocked = replace(golden_report(), findings=(finding,))
    assert "DỰ THẢO" in bulletin_text(blocked) and "DỰ THẢO" not in bulletin_text(golden_report())
    assert "DỰ THẢO" in write_bulletin(blocked, tmp_path / "a.md").read_text("utf-8")


def test_names_are_no_markup() -> None:
    bulletin = compose(replace(golden_report(), office_name="PGD [A](b) <c> *d*"))
    assert r"PGD \[A\](b) \<c\> \*d\*" in as_markdown(bulletin)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [("{TH_SoTo}", "{TH_SoToo}", "sections"), ("by: TH_DuNo_HTKH", "by: TH_DuNo_HTK", "sections"),
     ("when: [TH_To_Yeu]", "when: [TH_ToYeu]", "tasks"), ("{next_period}", "{period_after}", "tasks"),
     ("motto: ", "moto: ", "letter")],
)  # fmt: skip
def test_a_mistake_in_the_wording_is_told(old: str, new: str, place: str, tmp_path: Path) -> None:
    text = (schemas_folder() / "bulletin" / "phrases.yaml").read_text("utf-8")
    assert old in text
    (tmp_path / "phrases.yaml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BadDefinition) as caught:
        load_phrases(tmp_path)
    assert caught.value.details["place"] == place


def test_a_format_nobody_knows(tmp_path: Path) -> None:
    with pytest.raises(BadUsage) as caught:
        write_bulletin(golden_report(), tmp_path / "a.pdf")
    assert caught.value.code == "E-BULLETIN-FORMAT"


def test_text_and_markdown_load_nothing_of_word(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from sheetcredit.bulletin.publish import publish; from sheetcredit.bulletin.verify.verification import verify\n"
        "publish(Path(sys.argv[1]), Path(sys.argv[2])); verify(Path(sys.argv[2]), Path(sys.argv[1]))\n"
        "print(*{'docx', 'docxtpl', 'lxml', 'jinja2'} & set(sys.modules))"
    )
    arguments = [str(golden_report().file), str(tmp_path / "a.md")]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == []
