"""Texts with their truth, marked in place.

`{508.377 triệu đồng|TH_DuNo|508377tr|w}`: the number as it stands, its accepted meanings (a figure of `Tổng hợp`
or a label of docs/bulletin.md, parted by commas), its worth, and a name where the text gives something to
compare it with. What is not marked is no figure, and must not be taken for one.

The worth: digits with the decimals printed and one of the units `nt` (nghìn tỷ), `ty` (tỷ), `tr` (triệu), `ng` (nghìn), `dg`
(đồng), `pc` (per cent) or none; in front `>` more than (hơn, trên), `<` nearly (gần), `<=` at most (dưới), `>=` at least (từ … trở
lên), `~` about (khoảng); `8..10pc` is a range. `233/236` is a fraction of two counts.

A contradiction is `kind: a|b <- c d`: the numbers involved, before the arrow those of which one must be named
first. What is `allowed` may be told and need not be; what is `unscored` may mean anything but must not be compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import yaml

FOLDER = Path(__file__).parent
Bound = Literal["exact", "rounded", "over", "nearly", "below", "at_least", "about", "range"]

_MARK = re.compile(r"\{([^{}|]+)\|([^{}|]*)\|([^{}|]+)(?:\|(\w+))?\}")
_WORTH = re.compile(r"(>=|<=|>|<|~)?(\d+(?:\.\d+)?)(?:\.\.(\d+(?:\.\d+)?))?(nt|ty|tr|ng|dg|pc)?")
_UNITS = {
    "nt": Fraction(10**12),
    "ty": Fraction(10**9),
    "tr": Fraction(10**6),
    "ng": Fraction(10**3),
    "dg": Fraction(1),
    "pc": Fraction(1, 100),
}
_BOUNDS: dict[str, Bound] = {
    ">": "over", "<": "nearly", "<=": "below", ">=": "at_least", "~": "about",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Worth:
    """What a number is worth: the printed value, the worth of its last digit, and how it is bounded."""

    value: Fraction
    step: Fraction
    bound: Bound
    upper: Fraction | None = None

    def accepts(self, low: Fraction | None, high: Fraction | None) -> bool:
        """Whether an interval is a right reading."""
        value, half = self.value, self.step / 2
        if self.bound == "over":
            return low == value and (high is None or high > value)
        if self.bound == "nearly":
            return high == value and low is not None and low < value
        if self.bound == "below":
            return high == value
        if self.bound == "at_least":
            return low == value
        if low is None or high is None:
            return False
        if self.bound == "range":
            return (low, high) == (value, self.upper)
        if self.bound == "about":
            return low <= value <= high
        if self.bound == "exact":
            return low == high == value
        return (low, high) in ((value, value), (value - half, value + half))


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a text, its place (line and characters from 1, the end included) and its truth."""

    name: str
    text: str
    line: int
    start: int
    end: int
    worths: tuple[Worth, ...]
    """One, or two of a fraction."""

    meanings: tuple[str, ...]
    comparable: bool
    optional: bool
    unscored: bool


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Numbers that do not tie: one of `key` must be named first."""

    kind: str
    key: frozenset[str]
    numbers: frozenset[str]


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text with its truth."""

    name: str
    lines: tuple[str, ...]
    numbers: tuple[Number, ...]
    contradictions: tuple[Contradiction, ...]
    allowed: tuple[Contradiction, ...]


def marked_texts(name: str) -> list[MarkedText]:
    """The texts of one file of this folder."""
    content = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    return [_text(entry) for entry in content]


def _text(entry: dict[str, Any]) -> MarkedText:
    unscored = set(entry.get("unscored", ()))
    lines: list[str] = []
    numbers: list[Number] = []
    for at, marked in enumerate(entry["text"].rstrip("\n").split("\n"), start=1):
        line = ""
        last = 0
        for mark in _MARK.finditer(marked):
            line += marked[last : mark.start()]
            text, meanings, worth, name = mark.groups()
            numbers.append(
                Number(
                    name=name or f"line{at}:{len(line) + 1}",
                    text=text,
                    line=at,
                    start=len(line) + 1,
                    end=len(line) + len(text),
                    worths=tuple(_worths(worth)),
                    meanings=tuple(meanings.lstrip("?").split(",")),
                    comparable=name is not None,
                    optional=meanings.startswith("?"),
                    unscored=text in unscored,
                )
            )
            line += text
            last = mark.end()
        lines.append(line + marked[last:])
    return MarkedText(
        name=entry["name"],
        lines=tuple(lines),
        numbers=tuple(numbers),
        contradictions=tuple(map(_contradiction, entry.get("contradictions", ()))),
        allowed=tuple(map(_contradiction, entry.get("allowed", ()))),
    )


def _worths(text: str) -> Iterator[Worth]:
    for part in text.split("/"):
        found = _WORTH.fullmatch(part)
        assert found, text
        sign, digits, upper, unit = found.groups()
        scale = _UNITS.get(unit or "", Fraction(1))
        decimals = len(digits.partition(".")[2])
        plain: Bound = "range" if upper else "rounded" if unit else "exact"
        yield Worth(
            Fraction(Decimal(digits)) * scale,
            scale / 10**decimals,
            _BOUNDS[sign] if sign else plain,
            Fraction(Decimal(upper)) * scale if upper else None,
        )


def _contradiction(text: str) -> Contradiction:
    kind, _, rest = text.partition(":")
    key, _, others = rest.partition("<-")
    keys = frozenset(key.strip().split("|"))
    return Contradiction(kind, keys, frozenset(others.split()) | (keys if len(keys) == 1 else frozenset()))
