"""A text without a workbook: what it says against itself, and how its shares were rounded."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcredit.bulletin.verify.rounding import Amount, method_of
from sheetcredit.bulletin.verify.verification import verified
from sheetcredit.figures.shares import BALANCED, shares

TEXTS = [
    ("Tổng dư nợ 438.213 triệu đồng, tăng 8.662 triệu đồng so với đầu năm, đầu năm là 429.000 triệu đồng.", {"B-OPENING"}),
    ("Tổng dư nợ 438.213 triệu đồng, tăng 8.662 triệu đồng, tốc độ tăng trưởng 1,98%.", {"B-GROWTH"}),
    ("Tổng dư nợ 438.213 triệu đồng. Dư nợ ủy thác 437.439 triệu đồng, tăng trưởng 99,82%.", {"B-BASIS-WRONG"}),
    ("Dư nợ ủy thác 437.439 triệu đồng: Hội Nông dân 147.185 triệu đồng; Hội Phụ nữ 185.065 triệu đồng; Hội CCB 70.061 triệu đồng; Đoàn Thanh niên 35.128 triệu đồng.", set()),
    ("Dư nợ ủy thác 437.439 triệu đồng: Hội Nông dân 147.185 triệu đồng; Hội Phụ nữ 185.065 triệu đồng; Hội CCB 70.061 triệu đồng; Đoàn Thanh niên 35.182 triệu đồng.", {"B-SUM"}),
    ("Dư nợ ủy thác 437 tỷ đồng: Hội Nông dân 147 tỷ đồng; Hội Phụ nữ 185 tỷ đồng; Hội CCB 70 tỷ đồng; Đoàn Thanh niên 36 tỷ đồng.", {"B-SUM-ROUNDED"}),
    ("Có 250 tổ: 260 tổ xếp loại tốt, 6 tổ xếp loại khá.", {"B-SUM"}),
    ("Có 250 tổ: 240 tổ xếp loại tốt, 6 tổ xếp loại khá.", set()),
    ("Có 250 tổ: 240 tổ xếp loại tốt chiếm 95%.", {"B-SHARE"}),
    ("Dư nợ ủy thác 437.439 triệu đồng: Hội Phụ nữ 185.065 triệu đồng (42,3%), Hội Nông dân 147.185 triệu đồng (33,7%).", set()),
    ("Dư nợ ủy thác 437.439 triệu đồng: Hội Phụ nữ 185.065 triệu đồng (42,3%), Hội Nông dân 147.185 triệu đồng (33,8%).", {"B-SHARE"}),
    ("Tổng dư nợ 438.213 triệu đồng. Nợ quá hạn 456 triệu đồng, nợ khoanh 134 triệu đồng; nợ quá hạn và nợ khoanh chiếm 0,13% tổng dư nợ.", set()),
    ("Nợ quá hạn 456 triệu đồng. Tổng dư nợ 438.213 triệu đồng. Nợ quá hạn là 465 triệu đồng.", {"B-TWICE"}),
    ("Nợ quá hạn 456 triệu đồng. Nợ quá hạn là 0,456 tỷ đồng, tức 0,5 tỷ đồng nợ quá hạn.", set()),
    ("Dư nợ ủy thác 2,847 tỷ đồng: Hội Nông dân 808 tỷ đồng; Hội Phụ nữ 776 tỷ đồng; Hội CCB 646 tỷ đồng; Đoàn Thanh niên 617 tỷ đồng.", set()),
    ("Doanh số cho vay 45.120 triệu đồng cho 612 lượt hộ, bình quân 73 triệu đồng/hộ.", set()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "codes"), TEXTS)
def test_what_a_text_says_against_itself(text: str, codes: set[str]) -> None:
    report = verified("a.txt", [text], None)
    assert {finding.code for finding in report.findings} == codes
    for finding in (*report.findings, *report.notices):
        assert "{" not in finding.message("vi") + finding.message("en") + finding.remedy("en")


def test_a_contradiction_shows_both_places() -> None:
    (finding,) = verified(
        "a.txt", ["Nợ quá hạn 456 triệu đồng.", "Nợ quá hạn là 465 triệu đồng."], None
    ).findings
    items = finding.details["items"]
    assert isinstance(items, tuple) and [item["line"] for item in items] == [2, 1]


def counts(*values: int) -> list[Amount]:
    return [Amount(Fraction(value), Fraction(0)) for value in values]


def decimals(*values: str) -> list[Decimal]:
    return [Decimal(value) for value in values]


@pytest.mark.parametrize(
    ("parts", "whole", "printed", "places", "method"),
    [
        ((2300, 195, 81, 8), 2584, ("89", "7.5", "3.1", "0.3"), 1, "half_up"),
        ((147185, 185065, 70061, 35128), 437439, ("33.7", "42.3", "16", "8"), 1, "balanced"),
        ((241, 6), 247, ("97.5", "2.4"), 1, "cut_off"),
        ((241, 6), 247, ("97.5", "2.5"), 1, "by_hand"),
        ((241, 6), 247, ("97.5", "2.6"), 1, "wrong"),
        ((241, 6), 247, ("96.5", "3.5"), 1, "wrong"),
    ],
)
def test_the_way_of_rounding_is_named(
    parts: tuple[int, ...], whole: int, printed: tuple[str, ...], places: int, method: str
) -> None:
    complete = sum(parts) == whole
    assert method_of(counts(*parts), counts(whole)[0], decimals(*printed), places, complete) == method


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=5), st.integers(0, 2), st.booleans())
def test_shares_of_our_own_are_always_recognised(parts: list[int], places: int, balanced: bool) -> None:
    whole = sum(parts)
    if whole == 0:
        return
    printed = [
        value * 100
        for value in shares(parts, whole, places, BALANCED if balanced else "").values
        if value is not None
    ]
    method = method_of(counts(*parts), counts(whole)[0], printed, places, True)
    assert method in (("half_up", "balanced") if balanced else ("half_up",))
