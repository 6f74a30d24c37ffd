"""What the cells of an export say: codes, amounts, dates, units, each written in several ways."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from sheetcredit.catalogue.entry import Entry
from sheetcredit.model.grid import CellValue
from sheetcredit.model.money import parse_number
from sheetcredit.model.text import fold

_WORDY_DATE = re.compile(r"ngày\s+(\d{1,2})\s+tháng\s+(\d{1,2})\s+năm\s+(\d{4})")
_DATE = re.compile(r"(?<!\d)(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?!\d)")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?")
_OTHER_DAY = re.compile(
    r"quyết định|nghị định|thông tư|công văn|văn bản|ban hành|hướng dẫn|\bqđ\b"
    r"|\bin ngày|ngày in\b|giờ in|lập ngày"
)
"""Lines whose date is that of a decision behind the form, or of printing."""
_FROM = re.compile(r"từ ngày.*?(?=đến)")
_AMERICAN_TIME = re.compile(r"\d\s*[ap]m\b")
_UNIT = re.compile(r"(?:đơn vị(?: tính)?|đvt)\s*[:(]?\s*(.+)")
_BRACKETS = re.compile(r"\(([^()]*)\)\s*$")
_EXCEL_DAYS = range(20_000, 80_000)  # 1954 to 2119


class NoValueError(ValueError):
    """A cell that should hold a number or a date holds something else."""


def code(value: CellValue, width: int) -> str | None:
    """A code as text of `width` digits; None where the cell holds none.

    A number, or text of digits, gets back the zeros it lost: 4601 is 004601.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value).strip().removeprefix("'").removesuffix(".0")
    return text.zfill(width) if text.isascii() and text.isdigit() and text.strip("0") else None


def plain_text(value: CellValue) -> str | None:
    """A text; a number where text should be is a formula nobody computed (0), unless it is a code."""
    if isinstance(value, str):
        return " ".join(value.split()) or None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, int) and value else None


def number(value: CellValue) -> Decimal | None:
    """A number, also one written as Vietnamese text; None for an empty cell.

    Raises:
        NoValueError: the cell holds something else.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise NoValueError
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, str):
        text = value.strip()
        if text in ("", "-"):
            return None
        parsed = parse_number(text)
        if parsed is not None:
            return parsed
    raise NoValueError


def dates_of(values: Iterable[CellValue], evidence: Iterable[CellValue] = ()) -> set[date]:
    """The different dates of a column, empty cells left out.

    Day and month of text are told by all the dates of the file: where a second part is beyond 12 the month
    comes first, as in American text; so it does in text with AM or PM while nothing says otherwise.

    Raises:
        NoValueError: a cell holds no date, or the order cannot be told.
    """
    distinct = set(values) - {None, ""}
    texts = [str(value) for value in {*distinct, *evidence} if isinstance(value, str)]
    month_first = _month_first(texts)
    return {_one_date(value, month_first) for value in distinct}


def _month_first(texts: Iterable[str]) -> bool:
    first = second = american = False
    for text in texts:
        if match := _DATE.match(text.strip()):
            first = first or int(match[1]) > 12
            second = second or int(match[2]) > 12
            american = american or bool(_AMERICAN_TIME.search(text.lower()))
    if first and second:
        raise NoValueError
    return second or (american and not first)


def _one_date(value: CellValue, month_first: bool) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, int | float) and int(value) in _EXCEL_DAYS:
        return date(1899, 12, 30) + timedelta(days=int(value))
    text = value.strip() if isinstance(value, str) else ""
    try:
        if match := _ISO_DATE.fullmatch(text):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _DATE.match(text):
            day, month = (match[2], match[1]) if month_first else (match[1], match[2])
            return date(int(match[3]), int(month), int(day))
    except ValueError:
        pass
    raise NoValueError


def dates_in(texts: Iterable[str]) -> set[date]:
    """The dates that lines above or below a table say; of a span of days only its end."""
    found: set[date] = set()
    for text in texts:
        said = _FROM.sub("", fold(text))
        if _OTHER_DAY.search(said):
            continue
        parts = [*_WORDY_DATE.findall(said), *_DATE.findall(said)]
        for day, month, year in parts:
            try:
                found.add(date(int(year), int(month), int(day)))
            except ValueError:
                continue
    return found


def units_in(texts: Iterable[str], units: Sequence[Entry]) -> set[int]:
    """Đồng per unit, as lines above a table say it: `Đơn vị tính: Triệu đồng`."""
    said = (match[1] for text in texts if (match := _UNIT.search(fold(text))))
    return {dong for text in said if (dong := _unit(text, units)) is not None}


def unit_of_header(header: str, units: Sequence[Entry]) -> int | None:
    """Đồng per unit, as a header says it in brackets: `Tổng dư nợ (triệu đồng)`."""
    match = _BRACKETS.search(fold(header))
    return _unit(match[1], units) if match else None


def _unit(text: str, units: Sequence[Entry]) -> int | None:
    names = [(fold(name), one.dong) for one in units for name in (one.name.vi, *one.aliases)]
    for name, dong in sorted(names, key=lambda pair: -len(pair[0])):
        rest = text.removeprefix(name)
        if rest != text and not rest[:1].isalnum() and not (rest[:1] == " " and rest[1:2].isalpha()):
            return dong
    return None
