"""The other published bulletins, as figures: independent cases for shares, ratios and sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import yaml

FOLDER = Path(__file__).parent / "bulletins"
Method = Literal["half_up", "adjusted_by_hand", "cut_off"]


@dataclass(frozen=True, slots=True)
class Number:
    """A figure and how it was printed; `ambiguous` when its look alone does not tell the value."""

    value: int
    printed: str
    name: str = ""
    title: str = ""
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class PublishedShares:
    """Parts of a whole with their printed percentages, and the method that prints them so."""

    title: str
    whole: int
    decimals: int
    method: Method
    parts: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class PublishedRatio:
    """A printed percentage and the amounts behind it."""

    title: str
    part: int
    whole: int
    decimals: int
    printed: str
    method: Method


@dataclass(frozen=True, slots=True)
class PublishedSum:
    """Parts, what they add up to, and the total that was printed."""

    title: str
    parts: tuple[Number, ...]
    sum: int
    printed: str
    printed_value: int

    @property
    def ties(self) -> bool:
        """Whether the printed total is the sum of the printed parts."""
        return self.sum == self.printed_value


@dataclass(frozen=True, slots=True)
class Bulletin:
    """One bulletin; `name` is its file's."""

    name: str
    unit: str
    as_of: str
    shares: tuple[PublishedShares, ...]
    ratios: tuple[PublishedRatio, ...]
    sums: tuple[PublishedSum, ...]
    numbers: tuple[Number, ...]


def read_bulletins(folder: Path = FOLDER) -> tuple[Bulletin, ...]:
    """All bulletins, by name of their file."""
    return tuple(_bulletin(path) for path in sorted(folder.glob("*.yaml")))


def percentage(printed: str) -> Decimal:
    """A percentage printed the Vietnamese way, `7,5`, as a number."""
    return Decimal(printed.replace(",", "."))


def _bulletin(path: Path) -> Bulletin:
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Bulletin(
        name=path.stem,
        unit=content["unit"],
        as_of=str(content["as_of"]),
        shares=tuple(PublishedShares(**_with_parts(entry)) for entry in content.get("shares", ())),
        ratios=tuple(PublishedRatio(**entry) for entry in content.get("ratios", ())),
        sums=tuple(PublishedSum(**_with_parts(entry)) for entry in content.get("sums", ())),
        numbers=_numbers(content.get("numbers", ())),
    )


def _with_parts(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {**entry, "parts": _numbers(entry["parts"])}


def _numbers(entries: Iterable[Mapping[str, Any]]) -> tuple[Number, ...]:
    return tuple(Number(**entry) for entry in entries)
