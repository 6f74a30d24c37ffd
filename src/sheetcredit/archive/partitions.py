"""Where the archive keeps what: a table is a folder, in it one file a period and branch."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from sheetcredit.model.errors import CannotRead
from sheetcredit.model.period import Period, find_period

DATA = "data.parquet"


@dataclass(frozen=True, slots=True)
class Partition:
    """Where a branch's rows of a period lie in each table."""

    period: Period
    branch: str

    def file(self, folder: Path, table: str) -> Path:
        """The partition's file of one table."""
        return folder / table / f"period={self.period}" / f"branch={self.branch}" / DATA


def partitions(folder: Path, table: str = "submissions") -> list[Partition]:
    """All partitions of a table, by period and branch."""
    found = []
    for file in folder.glob(f"{table}/period=*/branch=*/{DATA}"):
        period = find_period(file.parent.parent.name.removeprefix("period="))
        if period:
            found.append(Partition(period, file.parent.name.removeprefix("branch=")))
    return sorted(found, key=lambda one: (one.period, one.branch))


def read_partition(folder: Path, table: str, partition: Partition) -> pl.DataFrame | None:
    """The rows of a partition; None where it has none.

    Raises:
        CannotRead: the file is damaged.
    """
    file = partition.file(folder, table)
    try:
        return pl.read_parquet(file.read_bytes(), hive_partitioning=False)
    except FileNotFoundError:
        return None
    except (pl.exceptions.PolarsError, OSError) as error:
        raise CannotRead("E-ARCHIVE", path=file, reason=type(error).__name__) from error


def branch_of(name: str) -> str:
    """A branch's name as the name of its folder: small letters, digits and hyphens."""
    plain_text = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "d"))
    letters = "".join(char for char in plain_text if not unicodedata.combining(char)).lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-") or "khong-ro"
