"""Cells of every kind in every kind of column: the value, and the code of what is odd."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcredit.model.checked_yaml import Words
from sheetcredit.model.grid import CellValue
from sheetcredit.template.definition import CheckDefinition, Column
from sheetcredit.template.frames import folded_choices
from sheetcredit.template.values import (
    MOST_DONG,
    keeps,
    read_choices,
    read_codes,
    read_dates,
    read_numbers,
    read_texts,
)

AMOUNT = Column(name="balance", header="Dư nợ", type="amount")
COUNT = Column(name="customers", header="Số khách hàng", type="count")
CODE = Column(name="commune", header="Mã xã", type="code", width=5)
TEXT = Column(name="leader", header="Tổ trưởng", type="text")
RATINGS = folded_choices(("Tốt", "Khá", "Trung bình", "Yếu"))


@pytest.mark.parametrize(
    ("value", "number", "code"),
    [
        (12.0, 12, None), (5, 5, None), (-3.5, -3.5, None), ("", None, None), (None, None, None),
        ("  ", None, None), ("-", None, None), ("–", None, None), ("\u200b", None, None),
        ("1.234.567", 1234567, "V-TEXTNUM"), ("1 234\u00a0", 1234, "V-TEXTNUM"), ("1,234.5", 1234.5, "V-TEXTNUM"),
        ("1,234", None, "V-TYPE"), ("1.23", None, "V-TYPE"), ("1234.23", 1234.23, "V-TEXTNUM"), ("12 triệu", None, "V-TYPE"), (True, None, "V-TYPE"),
        (date(2024, 3, 31), 45382, "V-SHOWN-DATE"), (datetime(1903, 5, 18, 6), 1234.25, "V-SHOWN-DATE"), (84.99999999999999, 85, None), (253.00000000000003, 253, None), (time(6), None, "V-TYPE"),
        (timedelta(hours=36), None, "V-TYPE"), ("#REF!", None, "V-ERROR"), ("#N/A", None, "V-ERROR"),
        ("#DIV/0!", None, "V-ERROR"), ("#NAME?", None, "V-ERROR"), ("#NULL!", None, "V-ERROR"),
        ("#SPILL!", None, "V-ERROR"), ("Err:502", None, "V-ERROR"), (1e300, None, "V-TYPE"),
        (float("inf"), None, "V-TYPE"), (float("nan"), None, "V-TYPE"), (-1e19, None, "V-TYPE"),
    ],
)  # fmt: skip
def test_a_number(value: CellValue, number: float | None, code: str | None) -> None:
    (read,), oddities = read_numbers([value], AMOUNT)
    assert read == number
    assert [oddity.code for oddity in oddities] == ([code] if code else [])
    assert all(oddity.unknown == (number is None) for oddity in oddities)


def test_a_number_may_be_as_large_as_its_unit_allows() -> None:
    most = MOST_DONG / 10**9
    assert read_numbers([most, most * 1.01], AMOUNT, 10**9)[0] == [most, None]
    assert read_numbers([most * 10**9], COUNT, 10**9)[0] == [most * 10**9]


@pytest.mark.parametrize(("value", "code"), [(5.5, "V-WHOLE"), ("5,5", "V-TEXTNUM"), (1e300, "V-TYPE")])
def test_a_count_with_a_fraction_is_unknown(value: CellValue, code: str) -> None:
    (read,), oddities = read_numbers([value], COUNT)
    assert read is None
    assert oddities[0].code == code


@given(st.lists(st.integers(0, 10**12) | st.none() | st.just("")))
def test_plain_columns_come_back(values: list[int | None]) -> None:
    read, oddities = read_numbers(values, AMOUNT)
    assert oddities == []
    assert read == [float(value) if isinstance(value, int) else None for value in values]


@pytest.mark.parametrize(
    ("value", "code", "oddity"),
    [
        ("11581", "11581", None), (11581.0, "11581", None), (11581, "11581", None), (" 11581\u00a0", "11581", None),
        ("115 81", "11581", None), ("'11581", "11581", None), (575.0, "00575", "V-CODE"), ("0575", "00575", "V-CODE"),
        ("", None, None), ("  ", None, None), (None, None, None), ("115755", None, "V-CODE-FORM"),
        ("1157A", None, "V-CODE-FORM"), (1157.5, None, "V-CODE-FORM"), (True, None, "V-CODE-FORM"),
        (-11581.0, None, "V-CODE-FORM"), ("１１５７５", None, "V-CODE-FORM"), (date(2024, 3, 1), None, "V-CODE-FORM"),
        ("#REF!", None, "V-ERROR"),
    ],
)  # fmt: skip
def test_a_code(value: CellValue, code: str | None, oddity: str | None) -> None:
    (read,), oddities = read_codes([value], CODE)
    assert (read, [each.code for each in oddities]) == (code, [oddity] if oddity else [])


def test_codes_of_full_width_are_taken_as_they_are() -> None:
    assert read_codes(["11581", "00001"], CODE) == (["11581", "00001"], [])
    assert read_codes(["11581", "1"], CODE)[0] == ["11581", "00001"]


@pytest.mark.parametrize(
    ("written", "read", "font"),
    [
        ("Nguyễn Thị Hoà", "Nguyễn Thị Hoà", None), (unicodedata.normalize("NFD", "Hòa"), "Hòa", None),
        ("X· An Hång", "Xã An Hồng", "TCVN3"), ("Leâ Thò Hoa", "Lê Thị Hoa", "VNI"), (" Lan ", "Lan", None),
        ("Hoà", "Hoà", None), ("  ", None, None), (12.0, "12", None),
    ],
)  # fmt: skip
def test_a_text(written: CellValue, read: str | None, font: str | None) -> None:
    (text,), oddities = read_texts([written], TEXT)
    assert text == read
    assert [(o.code, o.details["font"], o.unknown) for o in oddities] == (
        [("V-FONT", font, False)] if font else []
    )


@pytest.mark.parametrize(
    ("written", "choice"),
    [("Tốt", "Tốt"), ("TỐT", "Tốt"), (" trung  bình ", "Trung bình"), (unicodedata.normalize("NFD", "Yếu"), "Yếu"),
     ("Tèt", "Tốt"), ("", None), ("  ", None)],
)  # fmt: skip
def test_a_choice(written: str, choice: str | None) -> None:
    assert read_choices([written], RATINGS) == ([choice], [])


def test_a_word_outside_the_list() -> None:
    (read,), (oddity,) = read_choices(["Xuất sắc"], RATINGS)
    assert (read, oddity.code) == (None, "V-CHOICE")
    assert oddity.details["allowed"] == "Tốt, Khá, Trung bình, Yếu"


@pytest.mark.parametrize(
    ("value", "day"),
    [
        (date(2024, 3, 31), date(2024, 3, 31)), (datetime(2024, 3, 31, 7), date(2024, 3, 31)),
        ("31/3/2024", date(2024, 3, 31)), ("31-03-2024", date(2024, 3, 31)), (" 31.3.2024 ", date(2024, 3, 31)),
        ("2024-03-31", date(2024, 3, 31)), ("ngày 31 tháng 3 năm 2024", date(2024, 3, 31)),
        ("31/4/2024", None), ("31/3/24", None), ("3/31/2024", None), ("cuối quý", None), (45382.0, date(2024, 3, 31)), (45382.5, None), (12.0, None),
        ("ngày 31 tháng 4 năm 2024", None),
    ],
)  # fmt: skip
def test_a_date(value: CellValue, day: date | None) -> None:
    (read,), oddities = read_dates([value])
    assert (read, [o.code for o in oddities]) == (day, [] if day else ["V-DATE"])


def test_checks_of_single_values() -> None:
    def check(name: str, value: object) -> CheckDefinition:
        return CheckDefinition(check=name, value=value, rule=Words(vi="x"))  # type: ignore[arg-type]

    assert keeps("2024Q1", check("str_matches", "^20[0-9]{2}Q[1-4]$"))
    assert not keeps("2024q1", check("str_matches", "^20[0-9]{2}Q[1-4]$"))
    assert keeps(None, check("isin", ["a"])) and not keeps("b", check("isin", ["a"]))
    assert keeps(1.0, check("in_range", [0, 1])) and not keeps(2, check("in_range", [0, 1]))
    assert keeps(0, check("greater_than_or_equal_to", 0)) and not keeps(
        -1, check("greater_than_or_equal_to", 0)
    )
    assert keeps(0, check("less_than_or_equal_to", 0)) and not keeps(1, check("less_than_or_equal_to", 0))
