"""Numbers as people write them: what they are worth, how they are bounded, where they stand."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcredit.bulletin.verify.claims import Claim
from sheetcredit.bulletin.verify.items import number_in_words
from sheetcredit.bulletin.verify.lexicon import load_lexicon
from sheetcredit.bulletin.verify.meaning import claims_of
from sheetcredit.model.text import number_text

MILLION, BILLION = 10**6, 10**9
WORDS = {
    2: "hai", 10: "mười", 11: "mười một", 15: "mười lăm", 20: "hai mươi", 21: "hai mươi mốt", 34: "ba mươi tư",
    105: "một trăm linh năm", 250: "hai trăm năm mươi",
}  # fmt: skip


def only(text: str) -> Claim:
    (claim,) = claims_of([text]).numbers
    return claim


def bounds(text: str) -> tuple[Fraction | int | None, Fraction | int | None]:
    size = only(text).size()
    return size.low, size.high


@given(st.integers(1, 99_999), st.integers(0, 999), st.booleans())
def test_an_amount_in_two_units_is_one_number(billions: int, millions: int, zeros: bool) -> None:
    second = f"{millions:03}" if zeros else str(millions)
    text = f"{number_text(billions)} tỷ {second} triệu đồng"
    claim = only(f"Tổng dư nợ đạt {text}.")
    worth = billions * BILLION + millions * MILLION
    assert claim.place.quote == text
    assert bounds(f"Tổng dư nợ đạt {text}.") == (worth - MILLION // 2, worth + MILLION // 2)


@given(st.integers(1, 9_999_999))
def test_bounds_reach_to_the_next_round_number(number: int) -> None:
    last = 1
    while number % (last * 10) == 0:
        last *= 10
    shown = number_text(number)
    assert bounds(f"Tổng dư nợ đạt hơn {shown} tỷ đồng.") == (number * BILLION, (number + last) * BILLION)
    assert bounds(f"Tổng dư nợ đạt gần {shown} tỷ đồng.") == ((number - last) * BILLION, number * BILLION)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("Tổng dư nợ đạt 356 nghìn tỷ đồng.", 355_500 * BILLION, 356_500 * BILLION),
        ("Tổng dư nợ đạt 1 284 516 triệu đồng.", 1_284_515_500_000, 1_284_516_500_000),
        ("Có hơn 6.800 nghìn hộ còn dư nợ.", 6_800_000, 6_900_000),
        ("Có gần 6,9 triệu hộ còn dư nợ.", 6_800_000, 6_900_000),
        ("Số hộ vay là 8.425.", 8425, 8425),
        ("Có mười một chương trình tín dụng.", 11, 11),
        ("Tỷ lệ nợ quá hạn dưới 0,1%.", 0, Fraction(1, 10)),
        ("Phấn đấu dư nợ tăng từ 9% trở lên.", 9, None),
        ("Phấn đấu dư nợ tăng từ 8% đến 10%.", 8, 10),
        ("Tốc độ tăng trưởng dư nợ 5,3 phần trăm.", Fraction(525, 100), Fraction(535, 100)),
    ],
)
def test_what_a_number_can_be(text: str, low: int, high: int | None) -> None:
    assert bounds(text) == (low, high)


def test_a_fraction_is_two_counts() -> None:
    part, whole = claims_of(["Có 1.233/1.236 tổ không có nợ quá hạn."]).numbers
    assert [claim.place.quote for claim in (part, whole)] == ["1.233", "1.236"]
    assert part.meaning is not None and whole.meaning is not None
    assert (part.meaning.aspect, whole.meaning.aspect) == ("clean", "level")
    assert (part.place.start, whole.place.start) == (4, 10)


@pytest.mark.parametrize(("number", "words"), WORDS.items())
def test_numbers_in_words(number: int, words: str) -> None:
    said = words.split()
    assert number_in_words([*said, "tổ"], load_lexicon().digits) == (len(said), number)


@pytest.mark.parametrize(
    "text",
    [
        "Trong năm tổ chức tốt.",
        "Một hộ được vay.",
        "Một số tổ hoạt động tốt.",
        "Cả năm chương trình chạy đều.",
    ],
)
def test_words_that_are_no_numbers(text: str) -> None:
    assert claims_of([text]).numbers == ()


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Đến cuối năm phấn đấu tổng dư nợ đạt 530 tỷ đồng.", "target"),
        ("Tỷ lệ thu lãi đạt 99,7%.", "rate"),
        ("Cho vay hộ nghèo giảm 5,2 tỷ đồng so với đầu năm.", "programme.change"),
        ("Vốn ngân sách địa phương đạt 105% kế hoạch.", "funding_part.plan"),
        ("Tổng dư nợ bằng 107% so với cùng kỳ năm trước.", "balance.ratio_other"),
        ("Tổng dư nợ tăng 25 tỷ đồng so với quý trước.", "balance.change_other"),
        ("Hội Phụ nữ quản lý 81 tổ.", "groups/HPN.level"),
        ("Có 12 xã xếp loại khá.", "communes/fair"),
        ("Dư nợ bình quân 41,7 triệu đồng/hộ.", "average.level"),
        ("Đã có 2.114 lượt hộ được vay vốn.", "loans.level"),
        ("Tạo việc làm cho 320 lao động.", "people"),
    ],
)
def test_what_is_no_figure_of_the_report_has_a_label(text: str, label: str) -> None:
    claim = only(text)
    lexicon = load_lexicon()
    assert claim.meaning is not None
    assert lexicon.figure_of(claim.meaning) is None
    assert lexicon.label_of(claim.meaning) == label
