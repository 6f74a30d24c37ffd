"""How people lay out sheets of their own: areas with headers of several lines, dates and months in words.

What changes from one report to the next (`Dư nợ đến 31/03/2024`, `Tháng 3`) is compared by what it means, so
that a header of this quarter is known again in the next one.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import NamedTuple

from sheetcredit.model.grid import CellValue, Grid
from sheetcredit.model.text import composed, fold
from sheetcredit.template.headers import DATE, dates_in

STEP = " > "
"""Stands between the lines of a header: `Doanh số > Cho vay`."""
OPENING, MONTH, QUARTER, YEAR, LAST_YEAR = "{đầu năm}", "{tháng}", "{kỳ}", "{năm}", "{năm trước}"
_MOST_LINES = 4
_LOOK_BACK = 5
"""Rows between a header and the first row of data: numbering, a unit, a heading."""
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_DAY = re.compile(r"(?<![0-9])[0-3]?[0-9][/.-][01]?[0-9][/.-](?:20)?[0-9]{2}(?![0-9])")
_DAY_IN_WORDS = re.compile(r"(?:ngày )?([0-9]{1,2}) tháng ([0-9]{1,2}) năm (20[0-9]{2})")
_MONTH = re.compile(
    r"(?:\btháng\s*|\bt)0?([0-9]{1,2})(?:(?:[/.-]| năm )(20[0-9]{2}))?(?![0-9/])", re.IGNORECASE
)
_QUARTER = re.compile(
    rf"\b(?:quý|{fold('quý')})\s*(iv|i{{1,3}}|[1-4])(?:(?:\s*[/.-]\s*| năm )(20[0-9]{{2}}))?\b", re.IGNORECASE
)
_YEAR = re.compile(r"(?<![0-9/.-])(20[0-9]{2})(?![0-9])")


class TableArea(NamedTuple):
    """A table as it lies on a sheet, zero-based: the lines of its header, its first row, its end."""

    top: int
    bottom: int
    first: int
    end: int

    @property
    def lines(self) -> int:
        """How many lines the header has."""
        return self.bottom - self.top + 1


def in_general(text: str, day: date | None) -> str:
    """A text as it is compared: folded, in the words that fit every report."""
    return fold(in_general_words(text, day))


def in_general_words(text: str, day: date | None) -> str:
    """A text with what it says of the report's own day in words that fit every report.

    `Dư nợ 31/12/2023` on a day of 2024 is `Dư nợ {đầu năm}`, `Tháng 3` on a day in March `{tháng}`.
    """
    said = " ".join(composed(text).split())
    if day is None:
        return said

    def of_day(match: re.Match[str]) -> str:
        found = dates_in([match[0]])
        if not found:
            return match[0]
        opening = found[0] in (date(day.year - 1, 12, 31), date(day.year, 1, 1))
        return DATE if found[0] == day else OPENING if opening else match[0]

    def of_month(match: re.Match[str]) -> str:
        own = int(match[1]) == day.month and match[2] in (None, str(day.year))
        return MONTH if own else match[0]

    def of_quarter(match: re.Match[str]) -> str:
        own = (_ROMAN.get(match[1].lower()) or int(match[1])) == (day.month + 2) // 3
        return QUARTER if own and match[2] in (None, str(day.year)) else match[0]

    def of_year(match: re.Match[str]) -> str:
        return {day.year: YEAR, day.year - 1: LAST_YEAR}.get(int(match[1]), match[0])

    for pattern, worded in ((_DAY, of_day), (_QUARTER, of_quarter), (_MONTH, of_month), (_YEAR, of_year)):
        said = pattern.sub(worded, said)
    return said


def days_said(value: CellValue) -> list[date]:
    """The days that a cell names: a date, `đến 31/03/2024`, the last of `Quý I/2024` or `Tháng 3/2024`."""
    if isinstance(value, datetime):
        return [value.date()]
    if isinstance(value, date):
        return [value]
    if not isinstance(value, str):
        return []
    folded = fold(value)
    days = dates_in([folded])
    for match in _DAY_IN_WORDS.finditer(folded):
        days += dates_in([f"{match[1]}/{match[2]}/{match[3]}"])
    if days:
        return days
    for match in _QUARTER.finditer(folded):
        quarter = _ROMAN.get(match[1].lower()) or int(match[1])
        days += _last_day(match[2] or _year_beside(folded), 3 * quarter)
    if not days:
        for match in _MONTH.finditer(folded):
            days += _last_day(match[2], int(match[1]))
    return days


def _year_beside(text: str) -> str | None:
    years = _YEAR.findall(text)
    return years[0] if len(years) == 1 else None


def _last_day(year: str | None, month: int) -> list[date]:
    if year is None or not 1 <= month <= 12:
        return []
    return [date(int(year), month, monthrange(int(year), month)[1])]


def header_paths(grid: Grid, top: int, bottom: int) -> dict[int, str]:
    """By column, the words of its header from the first line to the last, as they are written.

    A cell of an upper line stands for all columns that are merged with it, or that have nothing above
    their own words: `Doanh số | | ` over `Cho vay | Thu nợ`.
    """
    merged = _merged_texts(grid, top, bottom)
    width = max((len(grid.rows[row]) for row in range(top, min(bottom + 1, len(grid.rows)))), default=0)
    paths: dict[int, str] = {}
    last = [""] * (bottom - top + 1)
    for place in range(width):
        said = [merged.get((row, place)) or _words(grid.value(row, place)) for row in range(top, bottom + 1)]
        if not any(said):
            last = [""] * len(last)
            continue
        for line, text in enumerate(said[:-1]):
            if not text and not any(said[:line]) and any(said[line + 1 :]):
                said[line] = last[line]
        last = said
        steps = [text for number, text in enumerate(said) if text and text not in said[:number]]
        paths[place] = STEP.join(steps)
    return paths


def _merged_texts(grid: Grid, top: int, bottom: int) -> Mapping[tuple[int, int], str]:
    found: dict[tuple[int, int], str] = {}
    for first, left, last, right in grid.merged:
        if first > bottom or last < top or (last - first + 1) * (right - left + 1) > 1000:
            continue
        text = _words(grid.value(first, left))
        found |= {(row, place): text for row in range(first, last + 1) for place in range(left, right + 1)}
    return found


def _words(value: CellValue) -> str:
    if isinstance(value, datetime | date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, int | float):
        return f"{value:g}"
    return " ".join(value.split()) if isinstance(value, str) else ""


def areas_of(grid: Grid) -> list[TableArea]:
    """The tables of a sheet, top to bottom, as its headers and rows of numbers tell."""
    areas: list[TableArea] = []
    row, last = 0, -1
    while row < len(grid.rows):
        if _is_data(grid.rows[row]):
            header = _header_above(grid, row, last)
            if header is not None:
                if areas:
                    areas[-1] = areas[-1]._replace(end=header[0])
                areas.append(TableArea(*header, row, len(grid.rows)))
            last = row
        row += 1
    return areas


def _header_above(grid: Grid, first: int, last: int) -> tuple[int, int] | None:
    """The lines of a header between the row of data before and the first one below it."""
    bottom = first - 1
    while bottom > last and first - bottom <= _LOOK_BACK and len(_texts(grid.rows[bottom])) < 3:
        bottom -= 1
    if bottom <= last or first - bottom > _LOOK_BACK or _is_numbering(grid.rows[bottom]):
        bottom = _above_numbering(grid, bottom, last)
    if bottom <= last or len(_texts(grid.rows[bottom])) < 3:
        return None
    top = bottom
    while top - 1 > last and bottom - top + 2 <= _MOST_LINES and _is_header_line(grid, top - 1):
        top -= 1
    return top, bottom


def _above_numbering(grid: Grid, row: int, last: int) -> int:
    while row > last and (len(_texts(grid.rows[row])) < 3 or _is_numbering(grid.rows[row])):
        row -= 1
    return row


def _is_header_line(grid: Grid, row: int) -> bool:
    """Whether a line above a header belongs to it: several texts, or one over some of the columns below."""
    texts = _texts(grid.rows[row])
    if len(texts) >= 2:
        return not _is_data(grid.rows[row])
    below = len(_texts(grid.rows[row + 1])) if row + 1 < len(grid.rows) else 0
    spans = [area for area in grid.merged if area[0] == row and area[1] in texts]
    return bool(texts) and bool(spans) and 1 < spans[0][3] - spans[0][1] + 1 <= max(1, below - 2)


def _texts(values: Sequence[CellValue]) -> dict[int, str]:
    return {
        place: value for place, value in enumerate(values)
        if isinstance(value, str) and value and not value.isspace()
    }  # fmt: skip


def _is_data(values: Sequence[CellValue]) -> bool:
    """Whether a row has numbers, and is not the line (1)(2)(3) nor a line of years."""
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) < 2 or _is_numbering(values):
        return False
    return not all(2000 <= number <= 2100 for number in numbers)


def _is_numbering(values: Sequence[CellValue]) -> bool:
    """The line of column numbers: 1, 2, 3 … or (1), (2), (3) …, and letters A, B before them."""
    said = [value for value in values if value not in (None, "")]
    numbers = [_column_number(value) for value in said]
    counted = [number for number in numbers if number is not None]
    letters = [value for value, number in zip(said, numbers, strict=True) if number is None]
    plain = all(isinstance(value, str) and len(value.strip()) <= 2 for value in letters)
    steps = {after - before for before, after in pairwise(counted)}
    return len(counted) >= 3 and steps == {1} and counted[0] <= 2 and plain


def _column_number(value: CellValue) -> int | None:
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, int):
        return value
    match = re.fullmatch(r"\(?([0-9]{1,2})\)?(?:\s*=.*)?", value.strip()) if isinstance(value, str) else None
    return int(match[1]) if match else None


def last_data_above(grid: Grid, row: int) -> int:
    """The last row of numbers above a row; -1 where there is none."""
    return next((above for above in range(row - 1, -1, -1) if _is_data(grid.rows[above])), -1)


def texts_above(grid: Grid, row: int, last: int = -1) -> Iterator[tuple[int, int, str]]:
    """Row, column and words of the texts above a row, nearest first."""
    for above in range(min(row, len(grid.rows)) - 1, last, -1):
        for place, text in _texts(grid.rows[above]).items():
            yield above, place, " ".join(text.split())
