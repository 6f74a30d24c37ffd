"""The rows of many workbooks: stacked, as they were checked, and cut apart only when somebody asks.

Between processes and on the disk they go as Arrow streams without their file, which is the same in every
row of a workbook and would be half of what is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO

import polars as pl


class Rows(Mapping[str, pl.DataFrame]):
    """One workbook's tables by frame, out of the stacked frames of its chunk."""

    __slots__ = ("_path", "_spans", "_stacked")

    def __init__(
        self, path: str, stacked: Mapping[str, pl.DataFrame], spans: Mapping[str, tuple[int, int]]
    ) -> None:
        self._path = path
        self._stacked = stacked
        self._spans = spans

    def __getitem__(self, name: str) -> pl.DataFrame:
        start, height = self._spans[name]
        rows = self._stacked[name].slice(start, height)
        return rows.select(pl.lit(self._path).alias("file"), pl.all())

    def __iter__(self) -> Iterator[str]:
        return iter(self._spans)

    def __len__(self) -> int:
        return len(self._spans)

    def lying(self, name: str) -> tuple[pl.DataFrame | None, int, int]:
        """The stack that a table lies in (without the column `file`), its first row there and its height.

        None and noughts where the workbook has no such table.
        """
        span = self._spans.get(name)
        return (None, 0, 0) if span is None else (self._stacked[name], *span)

    def lying_at(self, path: str) -> Rows:
        """The same rows of a workbook that lies elsewhere."""
        return Rows(path, self._stacked, self._spans)


def joined(
    workbooks: Iterable[Mapping[str, pl.DataFrame]], name: str, columns: Sequence[str]
) -> tuple[list[pl.DataFrame], list[int]]:
    """Some columns of one table of many workbooks, in their order, and how many rows each workbook has.

    What lies one behind the other in a stack comes in one piece: a selection costs more than its rows.
    """
    pieces: list[pl.DataFrame] = []
    heights: list[int] = []
    stack: pl.DataFrame | None = None
    chosen = pl.DataFrame()
    start = end = 0
    for rows in workbooks:
        if isinstance(rows, Rows):
            frame, first, height = rows.lying(name)
        else:
            frame, first, height = rows.get(name), 0, len(rows.get(name, ()))
        heights.append(height)
        if frame is None:
            continue
        if frame is not stack or first != end:
            pieces.append(chosen.slice(start, end - start))
            chosen = chosen if frame is stack else frame.select(columns)
            stack, start = frame, first
        end = first + height
    pieces.append(chosen.slice(start, end - start))
    return pieces[1:], heights  # the first is what stood before any workbook: nothing


def packed(rows: pl.DataFrame) -> bytes:
    """Stacked rows as an Arrow stream: compressed to a fifth, they are sent and kept in less time."""
    out = BytesIO()
    rows.drop("file").write_ipc_stream(out, compression="lz4")
    return out.getvalue()


def unpacked(frames: Mapping[str, bytes], files: Iterable[tuple[str, Mapping[str, int]]]) -> Iterator[Rows]:
    """The rows of each file; `files` says in their order how many rows each has in which frame.

    Raises:
        PolarsError, LookupError: that is not what was packed.
    """
    stacked = {name: pl.read_ipc_stream(BytesIO(stream)) for name, stream in frames.items()}
    starts = dict.fromkeys(stacked, 0)
    for path, heights in files:
        spans = {}
        for name, height in heights.items():
            spans[name] = (starts[name], height)
            starts[name] += height
        yield Rows(path, stacked, spans)
