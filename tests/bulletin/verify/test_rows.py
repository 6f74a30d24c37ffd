"""Programmes and sources of funding held against their own rows of the workbook, never against the whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from sheetcredit.bulletin.verify.verification import verify
from tests.seeds_of import GOLDEN

RIGHT = [
    "Dư nợ chương trình hộ nghèo 20.413 triệu đồng, hộ cận nghèo 42.713 triệu đồng.",
    "Vốn ngân sách huyện ủy thác đạt 19.754 triệu đồng, tăng 527 triệu đồng so với đầu năm.",
    "Nguồn vốn địa phương ủy thác 97,8 tỷ đồng.",
    "Trong quý I/2024, doanh số cho vay đạt 32.172 triệu đồng, doanh số thu nợ 23.472 triệu đồng.",
    "Doanh số cho vay 32,2 tỷ đồng, trong đó giải quyết việc làm 7,2 tỷ đồng, nước sạch 8,2 tỷ đồng.",
    "Nguồn vốn trung ương 289.098 triệu đồng.",
    "Nguồn vốn trung ương 264.435 triệu đồng.",
]
WRONG = [
    ("Dư nợ chương trình hộ nghèo 20.431 triệu đồng.", "20.431 triệu đồng", "Chương trình!"),
    ("Vốn ngân sách huyện ủy thác đạt 17.954 triệu đồng.", "17.954 triệu đồng", "Nguồn vốn!"),
]


@pytest.mark.parametrize("line", RIGHT)
def test_what_the_rows_bear_out(line: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(line, encoding="utf-8")
    report = verify(path, GOLDEN)
    assert [(finding.code, finding.details["quote"]) for finding in report.findings] == []
    assert report.numbers and all(number.state == "agrees" for number in report.numbers)


@pytest.mark.parametrize(("line", "quote", "sheet"), WRONG)
def test_what_they_do_not(line: str, quote: str, sheet: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(line, encoding="utf-8")
    (finding,) = verify(path, GOLDEN).findings
    assert (finding.code, finding.details["quote"]) == ("B-VALUE", quote)
    assert sheet in finding.message()


def test_another_period_is_not_held_against_the_year_so_far(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Trong tháng 3, doanh số cho vay đạt 10.500 triệu đồng.", encoding="utf-8")
    assert {finding.code for finding in verify(path, GOLDEN).findings} <= {"B-UNTRACED"}
