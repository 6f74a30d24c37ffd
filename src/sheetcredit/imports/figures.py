"""What is read of the bank's exports: figures for cells of the template, each with where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from sheetcredit.model.finding import Finding


class Quality(StrEnum):
    """How far a figure may be taken for the one of the template."""

    EXACT = "exact"
    """To the đồng, by the template's own definition (or by the basis that is told with it)."""
    ROUNDED = "rounded"
    """The source prints it rounded: it lies within the figure's slack."""
    PROPOSAL = "proposal"
    """To be confirmed by a person: another definition, or a statement that the bank must not write itself."""


@dataclass(frozen=True, slots=True)
class Source:
    """One sheet (or one of several tables of a sheet) of one export, recognised.

    `kind` is the stem of `schemas/imports/<kind>.yaml`; `header_row` counts from 1, as in Excel. `as_of` is
    the day of the data, `drawn` the day the file was drawn. `office` is the POS code as written (6 digits),
    None where the file has none. `unit`: đồng per unit of its amounts. `left_out`: rows by reason, a code of
    `schemas/messages/screen.yaml`.
    """

    file: Path
    sheet: str
    kind: str
    header_row: int
    as_of: date | None
    drawn: date | None
    office: str | None
    unit: int
    taken: int
    left_out: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ImportedFigure:
    """One number (or text) that an export gives for one cell of the template.

    `table` is the key of a sheet of `schemas/office` (groups, ledger, programmes …); one that begins with `~`
    serves only to compare. `key`: the values of the key columns in the order of the table's definition, in
    our codes where known. `value`: amounts in whole đồng, a score as a Decimal; `slack`: how far the true
    amount may lie from it, 0 for exact. `basis`: '' or a definition named by the kind (borrowers,
    with_roll_over …). `rows`: the rows of Excel it comes from; of more than twenty the first and the last.
    """

    table: str
    key: tuple[str, ...]
    column: str
    value: int | Decimal | str
    slack: int
    quality: Quality
    basis: str
    source: Source
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Exports:
    """What the files say together. `findings`: files refused, and doubts."""

    sources: tuple[Source, ...]
    figures: tuple[ImportedFigure, ...]
    findings: tuple[Finding, ...]
