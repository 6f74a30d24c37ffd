"""TCVN3 and VNI text to Unicode and back; what is not certain is left alone."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcredit.model.legacy_fonts import TCVN3, VNI, converted_from_legacy, from_tcvn3, from_vni
from sheetcredit.model.vietnamese import TONES, is_syllable, with_new_tones

VOWELS = "aăâeêioôơuưy"
SMALL = [unicodedata.normalize("NFC", vowel + tone) for vowel in VOWELS for tone in ("", *TONES)] + ["đ"]
LETTERS = SMALL + [letter.upper() for letter in SMALL]
CONSONANTS = list("bcdghklmnpqrstvx") + list("BCDGHKLMNPQRSTVX")
TO_TCVN3 = {letter: code for code, letter in TCVN3.items()}
TO_VNI = {letter: code for code, letter in VNI.items()}
# What TCVN3 has a code for: all small letters, capitals without a tone.
TCVN3_LETTERS = [letter for letter in LETTERS if letter.isascii() or letter in TO_TCVN3]
WORDS = (
    "Cộng hòa xã hội chủ nghĩa Việt Nam", "Phòng giao dịch huyện An Dương", "Tổ tiết kiệm và vay vốn",
    "Nguyễn Thị Thu Hương", "Đặng Quốc Tuấn", "hộ nghèo", "nước sạch và vệ sinh môi trường nông thôn",
    "Hội Cựu chiến binh", "xuất khẩu lao động", "Xã Đại Bản", "khuyến khích", "Trần Văn Khoẻ",
)  # fmt: skip


def test_every_vietnamese_letter_has_its_code() -> None:
    assert len(set(LETTERS)) == 2 * (12 * 6 + 1)
    assert set(LETTERS) - set(TCVN3.values()) == {
        letter for letter in LETTERS if letter.isascii() or (letter.isupper() and letter not in "ĂÂÊÔƠƯĐ")
    }
    assert {letter for letter in LETTERS if not letter.isascii()} == set(VNI.values())
    assert len(set(VNI)) == len(set(VNI.values())) == 134


@given(st.lists(st.sampled_from(LETTERS + CONSONANTS + [" "])).map("".join))
def test_vni_comes_back(text: str) -> None:
    assert from_vni("".join(TO_VNI.get(letter, letter) for letter in text)) == text


@given(st.lists(st.sampled_from([*TCVN3_LETTERS, *CONSONANTS, " "])).map("".join))
def test_tcvn3_comes_back(text: str) -> None:
    # A small plain letter in front says that these are not capitals throughout.
    assert from_tcvn3("x" + "".join(TO_TCVN3.get(letter, letter) for letter in text)) == "x" + text


@given(st.lists(st.sampled_from(SMALL + CONSONANTS[:16]), min_size=1).map("".join))
def test_tcvn3_capitals_come_from_the_font_that_shows_small_letters_so(text: str) -> None:
    code = "".join(TO_TCVN3.get(letter, letter.upper()) for letter in "hn" + text)
    assert from_tcvn3(code) == "HN" + text.upper()


@pytest.mark.parametrize("text", WORDS)
@pytest.mark.parametrize("table", [TO_TCVN3, TO_VNI], ids=["TCVN3", "VNI"])
def test_real_phrases_are_recognised(text: str, table: dict[str, str]) -> None:
    converted = converted_from_legacy("".join(table.get(letter, letter) for letter in text))
    assert converted is not None
    assert converted.text == text
    assert converted.font == ("TCVN3" if table is TO_TCVN3 else "VNI")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("Céng hßa x· héi chñ nghÜa ViÖt Nam", "Cộng hòa xã hội chủ nghĩa Việt Nam"),
        ("Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam", "Cộng hòa xã hội chủ nghĩa Việt Nam"),
        ("CéNG HßA X· HéI CHñ NGHÜA VIÖT NAM", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        ("COÄNG HOØA XAÕ HOÄI CHUÛ NGHÓA VIEÄT NAM", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        ("X· An Hång", "Xã An Hồng"),
        ("Tr\xad¬ng V¨n §øc", "Trương Văn Đức"),
        ("§VUT x· §ång Th¸i", "ĐVUT xã Đồng Thái"),
        ("Leâ Thò Hoa", "Lê Thị Hoa"),
    ],
)
def test_known_texts(typed: str, read: str) -> None:
    converted = converted_from_legacy(typed)
    assert converted is not None
    assert converted.text == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "An Duong",
        "Hoà",
        "quý",
        "THÉP",
        "Café Señor",
        "Müller",
        "naïve",
        "xã Lê Lợi",
        "Tổ 12 · ½",
        "x²",
        "±5°",
    ],
)
def test_text_that_may_be_right_is_left_alone(text: str) -> None:
    assert converted_from_legacy(text) is None


@given(st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_good_vietnamese_is_never_converted(text: str) -> None:
    assert converted_from_legacy(text) is None
    assert all(is_syllable(word) for word in text.split())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Hoà", "Hòa"), ("HOÀ", "HÒA"), ("khoẻ", "khỏe"), ("Thuý", "Thúy"), ("huỷ", "hủy"), ("loè", "lòe"),
        ("hoàn", "hoàn"), ("quý", "quý"), ("Quỳ", "Quỳ"), ("Huỳnh", "Huỳnh"), ("Hòa", "Hòa"),
    ],
)  # fmt: skip
def test_the_tone_moves_only_where_the_schools_differ(old: str, new: str) -> None:
    assert with_new_tones(old) == new


@pytest.mark.parametrize(
    "word", ["nghiêng", "giếng", "gì", "quyết", "khuỷu", "ươm", "Đắk", "yến", "xoong", "thuở"]
)
def test_syllables(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["héi", "hßa", "Leõ", "Coäng", "nghÜa", "át́", "cảt", "b", "đàx"])
def test_what_is_no_syllable(word: str) -> None:
    assert not is_syllable(word)
