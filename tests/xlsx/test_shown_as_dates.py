"""A number whose format shows it as a date, a time or hours: it is the number that counts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcredit.model.errors import CannotRead
from sheetcredit.model.grid import CellValue, serial_of
from sheetcredit.xlsx.read import book_of
from tests.xlsx.hostile import SHEET, WORKBOOK, packed, parts_of
from tests.xlsx.test_number_formats import with_format

FARMERS = "Hội Nông dân"
FORMATS = {"date": b"14", "moment": b"22", "hours": b"46", "time of day": b"18"}
DATED = {number: parts_of(with_format(b"", number=number)) for number in FORMATS.values()}


def read(number: bytes, text: str, calendar: bool = False) -> CellValue:
    parts = dict(DATED[number])
    parts[SHEET] = parts[SHEET].replace(b"<v>12447</v>", f"<v>{text}</v>".encode(), 1)
    if calendar:
        parts[WORKBOOK] = parts[WORKBOOK].replace(b"<workbookPr", b'<workbookPr date1904="1"', 1)
    return book_of(packed(parts), Path("a.xlsx"), [FARMERS]).grids[FARMERS].value(12, 8)


def number_of(value: CellValue) -> float:
    return serial_of(value) if isinstance(value, date) else float(str(value))


@pytest.mark.parametrize("calendar", [False, True])
@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("number", ["0", "0.25", "1", "59", "60", "61", "-5", "12447", "2094.759", "45382"])
def test_the_number_counts(number: str, kind: str, calendar: bool) -> None:
    assert number_of(read(FORMATS[kind], number, calendar)) == pytest.approx(float(number), abs=2e-5)


@given(st.integers(-(10**6), 10**6), st.sampled_from(sorted(FORMATS.values())), st.booleans())
def test_whatever_the_number(number: int, code: bytes, calendar: bool) -> None:
    assert number_of(read(code, str(number), calendar)) == pytest.approx(number, abs=2e-5)


def test_more_hours_than_there_are_is_told() -> None:
    with pytest.raises(CannotRead) as caught:
        read(FORMATS["hours"], "1e10")
    assert caught.value.code == "E-TRUNCATED"
