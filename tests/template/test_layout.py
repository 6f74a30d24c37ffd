"""How sheets of an office's own are laid out: what a header says in general, and where tables lie."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcredit.model.grid import CellValue, Grid
from sheetcredit.model.text import fold
from sheetcredit.template.layout import areas_of, days_said, header_paths, in_general

MARCH = date(2024, 3, 31)
quarters = st.builds(
    lambda year, quarter: date(year, 3 * quarter, monthrange(year, 3 * quarter)[1]),
    st.integers(2020, 2035), st.integers(1, 4),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "general"),
    [
        ("Dư nợ đến 31/03/2024", "dư nợ đến {ngày}"),
        ("DƯ NỢ 31.3.24", "dư nợ {ngày}"),
        ("Dư nợ 31/12/2023", "dư nợ {đầu năm}"),
        ("Dư nợ 01/01/2024", "dư nợ {đầu năm}"),
        ("Dư nợ 29/02/2024", "dư nợ 29/02/2024"),
        ("Tháng 03/2024", "{tháng}"),
        ("Tháng 2", "tháng 2"),
        ("T3", "{tháng}"),
        ("Quý I/2024", "{kỳ}"),
        ("Kế hoạch năm 2024", "kế hoạch năm {năm}"),
    ],
)
def test_what_a_header_says_of_the_day_is_said_in_general(text: str, general: str) -> None:
    assert in_general(text, MARCH) == fold(general)
    assert in_general(general, MARCH) == fold(general)


@given(quarters, quarters)
def test_a_header_of_one_quarter_is_known_again_in_another(one: date, other: date) -> None:
    def headers(day: date) -> list[str]:
        return [
            f"Dư nợ đến {day:%d/%m/%Y}", f"Dư nợ 31/12/{day.year - 1}", f"Tháng {day.month}",
            f"Quý {day.month // 3} năm {day.year}",
        ]  # fmt: skip

    assert [in_general(text, one) for text in headers(one)] == [
        in_general(text, other) for text in headers(other)
    ]
    assert len({in_general(text, one) for text in headers(one)}) == 4


@given(quarters)
def test_every_way_to_say_the_last_day_of_a_quarter(day: date) -> None:
    roman = ("I", "II", "III", "IV")[day.month // 3 - 1]
    for text in (
        f"Số liệu đến {day:%d/%m/%Y}", f"ngày {day.day} tháng {day.month} năm {day.year}",
        f"QUÝ {roman} NĂM {day.year}", f"Quý {day.month // 3}/{day.year}", f"Tháng {day.month}/{day.year}",
    ):  # fmt: skip
        assert days_said(text) == [day]


def test_two_lines_of_a_header_are_read_together_with_and_without_merged_cells() -> None:
    rows: list[list[CellValue]] = [
        ["STT", "Xã", "Doanh số", "", "Dư nợ"],
        ["", "", "Cho vay", "Thu nợ", ""],
        [1.0, "A", 3.0, 4.0, 5.0],
    ]
    plain = header_paths(Grid("A", rows), 0, 1)
    merged = header_paths(
        Grid("A", rows, merged=((0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 0, 3), (0, 4, 1, 4))), 0, 1
    )
    assert plain == merged == {0: "STT", 1: "Xã", 2: "Doanh số > Cho vay", 3: "Doanh số > Thu nợ", 4: "Dư nợ"}


def test_tables_one_below_the_other_each_have_their_header() -> None:
    table: list[list[CellValue]] = [
        ["STT", "Xã", "Dư nợ", "NQH"],
        ["(1)", "(2)", "(3)", "(4)"],
        [1.0, "A", 3.0, 4.0],
        [2.0, "B", 3.0, 4.0],
    ]
    rows: list[list[CellValue]] = [
        ["I. HND"],
        *table,
        [""],
        ["II. HPN"],
        *table,
        ["Người lập", "", "Giám đốc"],
    ]
    areas = areas_of(Grid("A", rows))
    assert [(area.top, area.bottom, area.first) for area in areas] == [(1, 1, 3), (7, 7, 9)]
    assert areas[0].end == areas[1].top
