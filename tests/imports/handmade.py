"""Figures of exports written by hand: what reading them gives, without any file."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from sheetcredit.imports.figures import Exports, ImportedFigure, Quality, Source

DAY = date(2024, 3, 31)
OFFICE = "000312"


def source(
    kind: str, *, as_of: date | None = DAY, drawn: date | None = None, office: str | None = OFFICE
) -> Source:
    """A source of a kind, its file called like the kind."""
    return Source(Path(f"{kind}.xlsx"), "Sheet1", kind, 5, as_of, drawn, office, 1, 3)


def figure(
    kind: str | Source,
    place: str,
    value: int | Decimal | str,
    *,
    slack: int = 0,
    basis: str = "",
    quality: Quality = Quality.EXACT,
) -> ImportedFigure:
    """A figure for `table/key/column`; the parts of a key are joined by commas."""
    table, key, column = place.split("/")
    of = kind if isinstance(kind, Source) else source(kind)
    return ImportedFigure(table, tuple(key.split(",")), column, value, slack, quality, basis, of, (7, 8))


def exports(*figures: ImportedFigure) -> Exports:
    """What these figures come to."""
    return Exports(tuple(dict.fromkeys(one.source for one in figures)), figures, ())
