"""Amounts: whole đồng as integers, and the units in which people write them."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

_AROUND = re.compile(r"^[\s\u200b-\u200f\u2060\ufeff]+|[\s\u200b-\u200f\u2060\ufeff]+$")
_SPACE = r"[ \u00a0\u2007\u2009\u202f']"
_SIGN = r"([+\-\u2212]?)[ \u00a0]?"
_DOTS = re.compile(_SIGN + r"([1-9][0-9]{0,2}(?:\.[0-9]{3})+)(?:,([0-9]+))?")
_COMMAS = re.compile(_SIGN + r"([1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.([0-9]+))?")
_SPACES = re.compile(_SIGN + rf"([1-9][0-9]{{0,2}}(?:{_SPACE}[0-9]{{3}})+)(?:,([0-9]+))?")
_PLAIN = re.compile(_SIGN + r"([0-9]+)(?:,([0-9]+))?")
_ENGLISH = re.compile(_SIGN + r"([0-9]{4,})\.([0-9]+)|" + _SIGN + r"([0-9]+)\.(00?)")
_GROUPED = re.compile(r"[^0-9]")
_LONGEST = 60
"""So many characters no amount has, however it is grouped."""


def parse_number(text: str) -> Decimal | None:
    """A number as people in Vietnam type it, or None when it cannot be told for certain.

    The dot separates thousands and the comma decimals: `449.141` is 449 141 and `0,5` a half; a space
    may separate thousands as well. English grouping is accepted where nothing else is possible
    (`1,234.5`, `1,234,567`), and so is a dot that cannot group (`12447.00`). `1,234` could be either and is
    refused, as are a dot that may have lost a digit (`1.23`, `0.123`) and spaces that do not group
    (`12 34`). An amount in brackets is negative; the apostrophe that marks a text in Excel is left out.
    """
    text = _AROUND.sub("", text).removeprefix("'")
    if len(text) > _LONGEST:
        return None
    if text.startswith("(") and text.endswith(")"):
        inner = parse_number(text[1:-1])
        return None if inner is None or inner < 0 else -inner
    if match := _COMMAS.fullmatch(text):
        ambiguous = match[2].count(",") == 1 and match[3] is None
        return None if ambiguous else _decimal(match)
    if match := _ENGLISH.fullmatch(text):
        sign, whole, fraction = match.group(1, 2, 3) if match[2] else match.group(4, 5, 6)
        return Decimal(f"{'' if sign in ('', '+') else '-'}{whole}.{fraction}")
    match = _PLAIN.fullmatch(text) or _DOTS.fullmatch(text) or _SPACES.fullmatch(text)
    return _decimal(match) if match else None


def _decimal(match: re.Match[str]) -> Decimal:
    sign = "" if match[1] in ("", "+") else "-"
    fraction = (match[3] or "").rstrip("0")
    return Decimal(f"{sign}{_GROUPED.sub('', match[2])}{'.' if fraction else ''}{fraction}")


def in_unit(dong: int, unit: int) -> Decimal:
    """Whole đồng as an exact number of units, without trailing zeros."""
    whole, rest = divmod(dong, unit)
    return (Decimal(dong) / unit).normalize() if rest else Decimal(whole)


def round_half_up(numerator: int, denominator: int) -> int:
    """The whole number nearest to a ratio, halves away from zero. `denominator` must not be 0."""
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    quotient, rest = divmod(abs(numerator), abs(denominator))
    return sign * (quotient + (2 * rest >= abs(denominator)))


def printed(dong: int, unit: int) -> int:
    """Whole đồng as the whole number of units that is printed, half-up."""
    return round_half_up(dong, unit)


def quantize(value: Decimal, decimals: int) -> Decimal:
    """`value` rounded half-up to a number of decimals."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
