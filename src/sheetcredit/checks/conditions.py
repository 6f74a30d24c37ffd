"""Whether a row meets the condition of a rule's side; polars is asked once for the same values."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

import polars as pl


def keeps(where: str, row: Mapping[str, Any]) -> bool:
    """Whether a row meets a side's condition."""
    return _meets(where, tuple(row.get(name) for name in _names(where)))


@lru_cache(maxsize=1 << 12)
def _meets(where: str, values: tuple[object, ...]) -> bool:
    """Whether a condition holds for the values of its columns; a condition sees few different ones."""
    one = pl.DataFrame({name: [value] for name, value in zip(_names(where), values, strict=True)})
    return not one.filter(pl.sql_expr(where)).is_empty()


@cache
def _names(sql: str) -> tuple[str, ...]:
    return tuple(pl.sql_expr(sql).meta.root_names())
