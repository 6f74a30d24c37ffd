"""Tables of many workbooks in few pieces are the tables one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
import pytest

from sheetcredit.pool.chunks import Rows, joined

COLUMNS = ("code", "amount")


def stack(start: int, height: int, *more: str) -> pl.DataFrame:
    """A stack as a chunk has it, with columns that other stacks may lack."""
    numbers = range(start, start + height)
    own = {"code": [f"{number:02}" for number in numbers], "amount": list(numbers)}
    return pl.DataFrame(own | {name: [0] * height for name in more})


ONE, TWO = {"t": stack(0, 6, "half")}, {"t": stack(50, 4)}
A, B, C = (Rows(name, ONE, {"t": span}) for name, span in (("a", (0, 2)), ("b", (2, 3)), ("c", (5, 1))))
D, E = (Rows(name, TWO, {"t": span}) for name, span in (("d", (0, 1)), ("e", (1, 3))))
NONE = Rows("none", TWO, {})
PLAIN = {"t": stack(90, 2).with_columns(file=pl.lit("plain"))}


@pytest.mark.parametrize(
    ("workbooks", "pieces"),
    [
        ([], 0),
        ([NONE, {}], 0),
        ([A, B, C, D, E], 2),
        ([A, C, D, E], 3),
        ([B, A], 2),
        ([A, NONE, B, PLAIN, D, C], 4),
        ([A, A], 2),
    ],
)
def test_pieces_are_the_tables_one_by_one(
    workbooks: Sequence[Mapping[str, pl.DataFrame]], pieces: int
) -> None:
    found, heights = joined(workbooks, "t", COLUMNS)
    singly = [rows["t"].select(COLUMNS) for rows in workbooks if "t" in rows]
    assert len(found) == pieces
    assert heights == [len(rows["t"]) if "t" in rows else 0 for rows in workbooks]
    if singly:
        assert pl.concat(found).equals(pl.concat(singly))
