"""One column's raw cells turned into values of its type, and what was odd about each cell.

The quick way takes a whole column that holds only what it should; anything else is looked at cell
by cell, so that no value is guessed and none is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import cast

from sheetcredit.model.grid import CellValue, serial_of
from sheetcredit.model.legacy_fonts import converted_from_legacy, from_tcvn3, from_vni
from sheetcredit.model.money import parse_number
from sheetcredit.model.text import composed, fold, shortened
from sheetcredit.template.definition import CheckDefinition, Column

MOST_DONG = 10**18
"""No amount is as large, in đồng; beyond it sums would not fit into 64 bits."""
_ERROR = re.compile(r"#[A-Z][A-Z0-9_/]*[!?]?|Err:[0-9]{3}")
_FLOATS = frozenset({float})
_WITH_BLANKS = frozenset({int, float, str, type(None)})
_DASHES = frozenset({"-", "–", "—"})
_NO_WIDTH = re.compile("[\u200b-\u200f\u2060\ufeff]")
_EXCEL_DAYS = range(36_526, 73_051)  # 2000 to 2099
_MOST_QUOTED = 200
_DATE_FORMATS = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S")
_DATE_IN_WORDS = re.compile(r"(?:ngày )?([0-9]{1,2}) tháng ([0-9]{1,2}) năm ([0-9]{4})")


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something about one cell: a code of the findings catalogue. `unknown`: its value cannot be used."""

    index: int
    code: str
    raw: CellValue
    details: Mapping[str, object]
    unknown: bool


def read_numbers(
    values: Sequence[CellValue], column: Column, unit: int = 1
) -> tuple[list[float | None], list[Oddity]]:
    """Numbers as the sheet states them, None where empty or unknown.

    `unit` is the worth in đồng of one; a number of more than `MOST_DONG` is no amount.
    """
    numbers, oddities = _numbers_of(values)
    numbers = [_fifteen_digits(number) for number in numbers]
    known = [number for number in numbers if number is not None]
    most = MOST_DONG // (unit if column.type == "amount" else 1)
    if not sum(map(abs, known)) <= most:  # NaN is not within either
        oddities += _too_large(numbers, most)
    if column.type == "count" and not all(map(float.is_integer, known)):
        oddities += _fractions(numbers)
    return numbers, oddities


def _numbers_of(values: Sequence[CellValue]) -> tuple[list[float | None], list[Oddity]]:
    """The same; cell by cell where a column holds more than numbers and blanks."""
    types = set(map(type, values))
    if types == _FLOATS:
        return list(cast("Sequence[float]", values)), []
    if types <= _WITH_BLANKS and not any(value for value in values if type(value) is str):
        return [None if value is None or value == "" else float(value) for value in values], []  # type: ignore[arg-type]
    read = [_number(value, index) for index, value in enumerate(values)]
    return [number for number, _ in read], [oddity for _, oddity in read if oddity]


def _fifteen_digits(number: float | None) -> float | None:
    """A number as Excel shows and compares it: 84.99999999999999 is 85."""
    return number if number is None or number.is_integer() else float(f"{number:.15g}")


def _number(value: CellValue, index: int) -> tuple[float | None, Oddity | None]:
    if value is None or value == "":
        return None, None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value), None
    if isinstance(value, date):  # Excel keeps a number; that it is shown as a date is the cell's format
        number = serial_of(value)
        return number, Oddity(index, "V-SHOWN-DATE", str(value), {"number": exact(number)}, False)
    if isinstance(value, str):
        text = _NO_WIDTH.sub("", value).strip()
        if not text or text in _DASHES:
            return None, None
        if _ERROR.fullmatch(text):
            return None, Oddity(index, "V-ERROR", text, {}, True)
        parsed = parse_number(text)
        if parsed is None:
            return None, Oddity(index, "V-TYPE", _quoted(value), {"text": _quoted(value)}, True)
        return float(parsed), Oddity(
            index, "V-TEXTNUM", value, {"text": _quoted(value), "number": parsed}, False
        )
    return None, Oddity(index, "V-TYPE", str(value), {"text": str(value)}, True)


def _too_large(numbers: list[float | None], most: int) -> Iterable[Oddity]:
    """Numbers that cannot be amounts or counts are taken out of `numbers`."""
    for index, number in enumerate(numbers):
        if number is not None and not -most <= number <= most:  # NaN is not within either
            numbers[index] = None
            yield Oddity(index, "V-TYPE", f"{number:g}", {"text": f"{number:g}"}, True)


def _fractions(numbers: list[float | None]) -> Iterable[Oddity]:
    """Numbers that are not whole are taken out of `numbers`."""
    for index, number in enumerate(numbers):
        if number is not None and not number.is_integer():
            numbers[index] = None
            yield Oddity(index, "V-WHOLE", number, {}, True)


def read_codes(values: Sequence[CellValue], column: Column) -> tuple[list[str | None], list[Oddity]]:
    """Codes as text with their leading zeros; a code that lost them is restored and reported."""
    width = column.width or 0
    if set(map(type, values)) == {str}:
        texts: list[str] = list(values)  # type: ignore[arg-type]
        joined = "".join(texts)
        whole = set(map(len, texts)) <= {width, column.bank_width} if width else "" not in texts
        if whole and joined.isascii() and joined.isdigit():
            return list(texts), []
    codes: list[str | None] = []
    oddities: list[Oddity] = []
    for index, value in enumerate(values):
        code, oddity = _code(value, index, width, column.bank_width)
        codes.append(code)
        if oddity:
            oddities.append(oddity)
    return codes, oddities


def _code(
    value: CellValue, index: int, width: int, bank_width: int | None = None
) -> tuple[str | None, Oddity | None]:
    if value is None or value == "":
        return None, None
    written = _as_text(value)
    text = "".join(_NO_WIDTH.sub("", written).split()).lstrip("'")
    if not text:
        return None, None
    if _ERROR.fullmatch(text):
        return None, Oddity(index, "V-ERROR", text, {}, True)
    written = _quoted(written)
    wrong = isinstance(value, bool) or not (text.isascii() and text.isdigit())
    if not wrong and bank_width is not None and len(text) == bank_width:
        return text, None
    if wrong or (width and len(text) > width):
        return None, Oddity(index, "V-CODE-FORM", written, {"text": written, "width": width}, True)
    padded = text.rjust(width, "0")
    if padded != text:
        return padded, Oddity(index, "V-CODE", text, {"text": text, "code": padded}, False)
    return padded, None


def read_texts(values: Sequence[CellValue], column: Column) -> tuple[list[str | None], list[Oddity]]:
    """Names and notes, composed, without spaces around; those in a legacy font in Unicode, and reported."""
    if set(map(type, values)) == {str}:
        read = list(map(_unicode, values))
        if column.type != "text" or not any(font for _, font in read):
            return [text or None for text, _ in read], []
    texts: list[str | None] = []
    oddities: list[Oddity] = []
    for index, value in enumerate(values):
        if value is None or value == "":
            texts.append(None)
            continue
        written = value if isinstance(value, str) else _as_text(value)
        text, font = _unicode(written)
        texts.append(text or None)
        if font and column.type == "text":
            oddities.append(Oddity(index, "V-FONT", written, {"text": _quoted(written), "font": font}, False))
    return texts, oddities


@lru_cache(maxsize=1 << 14)
def _unicode(written: str) -> tuple[str, str | None]:
    """Text composed and in Unicode, and the legacy font it was written in, if any."""
    text = written.strip()
    if text.isascii():
        return text, None
    if max(text) <= "\xff" and (converted := converted_from_legacy(text)) is not None:
        return converted.text, converted.font
    return composed(text), None


def _quoted(text: str) -> str:
    """A text from a cell as messages quote it."""
    return shortened(text, _MOST_QUOTED)


def _as_text(value: CellValue) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def read_choices(
    values: Sequence[CellValue], choices: Mapping[str, str]
) -> tuple[list[str | None], list[Oddity]]:
    """One of the listed words, however it was cased or composed; `choices` maps folded to listed."""
    if choices.keys() >= set(values):
        return [choices[value] for value in values], []  # type: ignore[index]
    listed: list[str | None] = []
    oddities: list[Oddity] = []
    for index, value in enumerate(values):
        if value is None or value == "":
            listed.append(None)
            continue
        text = _as_text(value)
        meant = (text, *(fold(convert(text)) for convert in (composed, from_tcvn3, from_vni)))
        choice = next((choices[one] for one in meant if one in choices), None)
        listed.append(choice)
        if choice is None and text.strip():
            allowed = ", ".join(dict.fromkeys(choices.values()))
            details = {"text": _quoted(_as_text(value)), "allowed": allowed}
            oddities.append(Oddity(index, "V-CHOICE", _quoted(str(value)), details, True))
    return listed, oddities


def read_dates(values: Sequence[CellValue]) -> tuple[list[date | None], list[Oddity]]:
    """Dates; one typed as text is read day first."""
    dates: list[date | None] = []
    oddities: list[Oddity] = []
    for index, value in enumerate(values):
        if isinstance(value, datetime):
            dates.append(value.date())
        elif isinstance(value, date):
            dates.append(value)
        elif value is None or value == "":
            dates.append(None)
        elif isinstance(value, float) and value.is_integer() and value in _EXCEL_DAYS:
            dates.append(date(1899, 12, 30) + timedelta(days=int(value)))  # it lost its format
        else:
            found = _parse_date(" ".join(str(value).split()))
            dates.append(found)
            if found is None and str(value).strip():
                quoted = _quoted(str(value))
                oddities.append(Oddity(index, "V-DATE", quoted, {"text": quoted}, True))
    return dates, oddities


def _parse_date(text: str) -> date | None:
    for form in _DATE_FORMATS:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    match = _DATE_IN_WORDS.fullmatch(fold(text))
    try:
        return date(int(match[3]), int(match[2]), int(match[1])) if match else None
    except ValueError:
        return None


BOUND_CODES: Mapping[str, str] = {"str_matches": "V-FORM", "isin": "V-CHOICE"}
"""The finding that a failed check gives; V-RANGE for all others."""


def keeps(value: object, check: CheckDefinition) -> bool:
    """Whether one value satisfies a check of the definitions; an empty one satisfies all."""
    if value is None:
        return True
    if check.check == "str_matches":
        return re.search(str(check.value), str(value)) is not None
    if check.check == "isin":
        return value in check.value
    if not isinstance(value, (int, float)):
        return True
    if check.check == "in_range":
        return bool(check.value[0] <= value <= check.value[1])
    return bool(value >= check.value if check.check == "greater_than_or_equal_to" else value <= check.value)


def exact(number: float) -> Decimal:
    """The decimal number that a person typed to get this float."""
    return Decimal(repr(number))
