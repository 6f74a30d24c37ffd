"""The stacked frames taken apart again for the workbooks that have something to explain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from sheetcredit.checks.tie_frame import FAILED
from sheetcredit.template.frames import Frames


@dataclass(frozen=True, slots=True)
class Own:
    """One workbook's part of the stacked frames."""

    ties: pl.DataFrame
    frames: Frames


def with_breaks(ties: pl.DataFrame, frames: Frames) -> dict[str, Own]:
    """By file, what belongs to each workbook with a failed tie.

    Everything is split in one go: to filter all rows once for each workbook would cost by the square of
    their number.
    """
    files = ties["file"].filter(ties["state"] == FAILED).unique().to_list()
    if not files:
        return {}
    apart = {name: _by_file(frame, files) for name, frame in frames.items()}
    empty = {name: frame.head(0) for name, frame in frames.items()}
    return {
        file: Own(own, {name: parts.get(file, empty[name]) for name, parts in apart.items()})
        for file, own in _by_file(ties, files).items()
    }


def _by_file(frame: pl.DataFrame, files: list[str]) -> Mapping[str, pl.DataFrame]:
    of = frame["file"]
    if len(of) and (of == of[0]).all():
        return {of[0]: frame}
    chosen = frame.filter(of.is_in(files))
    return {str(key[0]): part for key, part in chosen.partition_by("file", as_dict=True).items()}
