"""One sentence beside the golden workbook: what agrees, and why what does not does not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from sheetcredit.bulletin.verify.verification import verified
from sheetcredit.figures.summary import Summary
from sheetcredit.model.finding import Finding
from tests.bulletin.reports import golden_report

AGREE = [
    "Đến hết quý I/2024, tổng dư nợ đạt 438,2 tỷ đồng, tăng 8,66 tỷ đồng (tăng 2,02%) so với đầu năm, bằng 97,6% kế hoạch năm; trong đó dư nợ ủy thác qua 4 hội, đoàn thể là 437,439 tỷ đồng, chiếm 99,8%.",
    "Theo Nghị định số 78/2002/NĐ-CP, đến 31/3/2024 PGD có hơn 437 tỷ đồng dư nợ ủy thác, gần 438 tỷ đồng.",
    "Hội Phụ nữ dẫn đầu với dư nợ 185.065 triệu đồng (42,3%), tiếp đến là Hội Nông dân 147.185 triệu đồng (33,7%).",
    "Nợ quá hạn 456 triệu đồng, tỷ lệ 0,1%/tổng dư nợ. Tỷ lệ nợ quá hạn 0,10%.",
    "Toàn huyện có 250 tổ TK&VV tại 16 xã, thị trấn; số hộ vay là 8.425 hộ.",
    "Số tổ xếp loại Tốt: 240 tổ, chiếm 96%; Khá: 6 tổ, chiếm 2,4%; Trung bình: 4 tổ, chiếm 1,6%; không có tổ yếu.",
    "Nguồn vốn đạt 449.141 triệu đồng, tăng 19.588 triệu đồng so với 31/12/2023, đạt 45,6% kế hoạch tăng trưởng năm 2024.",
    "Dư nợ đầu năm là 429.551 triệu đồng, đến nay dư nợ là 438.213 triệu đồng.",
    "Hiện có 11 chương trình tín dụng, 8.425 khách hàng còn dư nợ, tiền gửi tổ viên 19.412 trđ.",
    "Tổng dư nợ: 438 213 triệu đồng.",
    "Tổng dư nợ 438.213.000.000 đồng.",
    "Dư nợ cho vay trực tiếp 774 triệu đồng, chiếm 0,18% tổng dư nợ.",
    "Tốc độ tăng trưởng tín dụng 2,02%, nợ khoanh 134 triệu đồng, chiếm 0,03%.",
]  # fmt: skip

# What such texts say besides, of which the workbook holds nothing: to be looked at, never called wrong.
ELSEWHERE = [
    "Trong đó nguồn vốn ngân sách địa phương ủy thác đạt 35.200 triệu đồng, chiếm 7,8% tổng nguồn vốn.",
    "Tổng dư nợ đạt 438.213 triệu đồng với 8.440 hộ còn dư nợ.",
    "Dư nợ chương trình hộ nghèo 45.200 triệu đồng, hộ cận nghèo 60.300 triệu đồng, nước sạch 85.000 triệu đồng.",
    "Tỷ lệ giao dịch đạt 98,5%, tỷ lệ thu lãi đạt 99,9%, tỷ lệ giải ngân đạt 100%.",
    "Bình quân mỗi tổ có 33,7 hộ, dư nợ bình quân một tổ là 1.750 triệu đồng.",
    "Ông A, 45 tuổi, vay 100 triệu đồng nuôi 20 con bò, mỗi năm lãi 80 triệu đồng.",
    "Dư nợ ủy thác qua Hội Nông dân là 147.185 triệu đồng, với 85 tổ TK&VV, 2.835 hộ vay, tăng 1.200 triệu đồng.",
]

# What no office reports: people, works, communes. Nothing is said of them at all.
OUTSIDE = [
    "Nhờ đó, đã giúp 215 hộ vượt qua ngưỡng nghèo, tạo việc làm cho 320 lao động, xây 1.204 công trình nước sạch.",
    "Có 14/16 xã không có nợ quá hạn; PGD giao dịch tại 16 điểm giao dịch xã; 4 tổ chức hội nhận ủy thác.",
]

DISAGREE = [
    ("Tổng dư nợ đạt 438.213 tỷ đồng, tăng 2,02%.", "B-UNIT-WRONG", "438.213 tỷ đồng"),
    ("Tổng dư nợ đạt 438.213 đồng, tăng 2,02%.", "B-UNIT-WRONG", "438.213 đồng"),
    ("Tổng dư nợ tăng 8.662% so với đầu năm.", "B-UNIT-WRONG", "8.662%"),
    ("Tổng dư nợ hoàn thành 97,6% kế hoạch tăng trưởng.", "B-BASIS-WRONG", "97,6% kế hoạch tăng trưởng"),
    ("Tổng nguồn vốn hoàn thành 45,6% mức kế hoạch.", "B-BASIS-WRONG", "45,6% mức kế hoạch"),
    ("Dư nợ ủy thác tăng trưởng 99,82%.", "B-BASIS-WRONG", "99,82%"),
    ("Tổng dư nợ tăng trưởng 97,6%.", "B-BASIS-WRONG", "97,6%"),
    ("Tổng dư nợ tăng 438.213 triệu đồng.", "B-BASIS-WRONG", "438.213 triệu đồng"),
    ("Hội Nông dân 185.065 triệu đồng.", "B-VALUE-OTHER", "185.065 triệu đồng"),
    ("Hội Nông dân chiếm 33,6% dư nợ ủy thác.", "B-ROUNDED", "33,6% dư nợ ủy thác"),
    ("Nguồn vốn đạt 45,6% kế hoạch năm.", "B-BASIS", "45,6% kế hoạch"),
    ("Tổng dư nợ giảm 8.662 triệu đồng so với đầu năm.", "B-VALUE", "8.662 triệu đồng"),
    ("Nợ quá hạn chiếm 0,3% tổng dư nợ.", "B-VALUE", "0,3% tổng dư nợ"),
    ("Có 12 chương trình tín dụng.", "B-VALUE", "12 chương trình tín dụng"),
    ("Không có nợ quá hạn.", "B-VALUE", "Không có nợ quá hạn"),
    ("Tổng dư nợ không đổi so với đầu năm.", "B-VALUE", "không đổi"),
    ("Dư nợ ủy thác hơn 439 tỷ đồng.", "B-VALUE", "439 tỷ đồng"),
    ("Trong quý, doanh số cho vay đạt 45.120 triệu đồng.", "B-UNTRACED", "45.120 triệu đồng"),
    ("Dư nợ ủy thác bình quân 52 triệu đồng/hộ.", "B-UNTRACED", "52 triệu đồng"),
    ("Tổng dư nợ tăng 2,02% so với cùng kỳ năm trước.", "B-UNTRACED", "2,02%"),
    ("Tổng dư nợ đầu năm là 429.515 triệu đồng.", "B-VALUE", "429.515 triệu đồng"),
    ("Dư nợ ủy thác chiếm 99,82 tổng dư nợ.", "B-UNIT", "99,82 tổng dư nợ"),
    ("Dư nợ ủy thác đạt 437.439.", "B-UNIT", "437.439"),
    ("Đến 30/4/2024, PGD triển khai tốt nhiệm vụ.", "B-PERIOD", "30/4/2024"),
    ("Đến hết tháng 4/2024, PGD triển khai tốt nhiệm vụ.", "B-PERIOD", "tháng 4/2024"),
    ("Toàn huyện đầu tư 45.120 triệu đồng.", "B-UNTRACED", "45.120 triệu đồng"),
]  # fmt: skip


def beside_golden(*lines: str) -> tuple[Finding, ...]:
    return verified("a.txt", lines, golden_report()).findings


@pytest.mark.parametrize("line", AGREE)
def test_what_agrees(line: str) -> None:
    assert [(f.code, f.details["quote"]) for f in beside_golden(line)] == []


@pytest.mark.parametrize(("line", "code", "quote"), DISAGREE)
def test_what_does_not(line: str, code: str, quote: str) -> None:
    (finding,) = beside_golden(line)
    assert (finding.code, finding.details["quote"]) == (code, quote)
    assert "{" not in finding.message("vi") + finding.message("en") + finding.remedy("vi") + finding.remedy(
        "en"
    )


@pytest.mark.parametrize("line", ELSEWHERE)
def test_what_the_workbook_does_not_hold(line: str) -> None:
    assert {finding.code for finding in beside_golden("Đến 31/3/2024:", line)} == {"B-UNTRACED"}
    assert verified("a.txt", [line], None).findings == ()


@pytest.mark.parametrize("line", OUTSIDE)
def test_what_no_office_reports(line: str) -> None:
    assert beside_golden(line) == ()


def test_a_sum_of_figures_is_traced() -> None:
    assert beside_golden("Nợ quá hạn và nợ khoanh là 590 triệu đồng, chiếm 0,13% tổng dư nợ.") == ()
    (finding,) = beside_golden("Nợ quá hạn và nợ khoanh là 509 triệu đồng.")
    assert (finding.code, finding.expected) == ("B-VALUE", 590)


def test_a_wrong_number_names_the_cell_and_both_numbers() -> None:
    (finding,) = beside_golden("Tổng dư nợ đạt 438,231 tỷ đồng.")
    assert (finding.code, finding.value, finding.expected) == (
        "B-VALUE",
        Decimal("438.231"),
        Decimal("438.213"),
    )
    assert finding.difference == Decimal("0.018")
    assert "Tổng hợp!D16" in finding.message() and finding.row == 1 and finding.cell is None


def test_a_number_without_any_meaning_is_a_note() -> None:
    (finding,) = beside_golden("Kết quả gồm 3 nhóm chính.")
    assert (finding.code, finding.severity) == ("B-UNKNOWN", "note")


def test_numbers_written_in_two_ways_are_read_and_told() -> None:
    lines = ("Tổng dư nợ 438.213 triệu đồng, tăng 2.02%.", "Dư nợ ủy thác 437,439 triệu đồng, chiếm 99,82%.")
    assert {(f.code, f.severity) for f in beside_golden(*lines)} == {("B-SEPARATORS", "note")}


def test_where_the_workbook_has_no_figure_nothing_is_traced() -> None:
    report = replace(golden_report(), summary=Summary({}, ()))
    checked = verified("a.txt", ["Tổng dư nợ đạt 438.213 triệu đồng."], report)
    assert [finding.code for finding in checked.findings] == ["B-UNTRACED"]
    assert checked.outcomes["not_evaluated"] == 1


def test_what_the_workbook_does_not_hold_must_still_tie() -> None:
    lines = (
        "Dư nợ ủy thác có 8.425 hộ vay: Hội Nông dân 2.800 hộ vay; Hội Phụ nữ 3.600 hộ vay; "
        "Hội CCB 1.300 hộ vay; Đoàn Thanh niên 720 hộ vay.",
    )
    codes = [finding.code for finding in beside_golden(*lines)]
    assert codes.count("B-UNTRACED") == 4 and "B-SUM" in codes
