"""What a written number can mean: a dot separates thousands in one text, decimals in another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from sheetcredit.bulletin.verify.lexicon import Kind

Style = Literal["plain", "dot", "comma", "space"]
"""How thousands are separated."""

_GROUPED = re.compile(r"[1-9]\d{0,2}(?:[.,]\d{3})+")
_SPACES = re.compile("[ \u00a0\u2007\u2009\u202f]")
_LARGEST_PERCENTAGE = 1000


@dataclass(frozen=True, slots=True)
class Value:
    """One way to read a number: its value, decimals as printed, the marks of thousands and of decimals."""

    value: Decimal
    decimals: int = 0
    style: Style = "plain"
    point: str = ""

    @property
    def step(self) -> Decimal:
        """The worth of its last printed digit."""
        return Decimal(1).scaleb(-self.decimals)


def readings(text: str, kind: Kind | None) -> tuple[Value, ...]:
    """Every way to read a number, the likeliest first; none where it is no number (`1.1.2`).

    A count has no fraction, and a percentage is not in the thousands: `14,917 hộ` is 14 917.
    """
    found = tuple(_readings(text))
    if kind == "count":
        whole = tuple(value for value in found if value.decimals == 0)
        return whole or found
    if kind == "percent":
        return tuple(sorted(found, key=lambda value: abs(value.value) > _LARGEST_PERCENTAGE))
    return found


def _readings(text: str) -> Iterator[Value]:
    sign = "-" if text[0] in "-\u2212" else ""
    text = text.lstrip("+-\u2212")
    if _SPACES.search(text):
        whole, _, fraction = _SPACES.sub("", text).partition(",")
        yield _value(sign, whole, fraction, "space", ",")
        return
    dots, commas = text.count("."), text.count(",")
    if not dots and not commas:
        yield _value(sign, text, "", "plain")
    elif dots and commas:
        # The one that comes last separates the decimals.
        point = max(text.rfind("."), text.rfind(","))
        whole, fraction = text[:point], text[point + 1 :]
        if _GROUPED.fullmatch(whole) and text[point] not in whole:
            yield _value(sign, whole, fraction, "dot" if text[point] == "," else "comma", text[point])
    else:
        mark: Literal[".", ","] = "." if dots else ","
        whole, _, fraction = text.partition(mark)
        decimal = [_value(sign, whole, fraction, "plain", mark)] if dots + commas == 1 else []
        grouped = [_value(sign, text, "", "dot" if dots else "comma")] if _GROUPED.fullmatch(text) else []
        yield from (*grouped, *decimal) if dots else (*decimal, *grouped)


def _value(sign: str, whole: str, fraction: str, style: Style, point: str = "") -> Value:
    digits = sign + re.sub(r"\D", "", whole)
    if not fraction:
        return Value(Decimal(digits), 0, style)
    return Value(Decimal(f"{digits}.{fraction}"), len(fraction), style, point)
