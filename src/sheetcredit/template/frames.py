"""Typed frames: the same sheet of many workbooks stacked into one polars frame, in whole đồng.

`stack_as_typed` gives numbers as they were typed (Float64, in the sheet's unit), which is what
validation looks at; `in_dong` turns them into whole đồng and counts (Int64), from where nothing is a
float any more.

Every frame carries `file`, `sheet`, `row` (Excel's own) and `bad` beside its columns. `bad` lists,
between bars, the columns of a row whose value cannot be used (`|balance|`), was text that a
spreadsheet does not add (`|~balance|`), or `|*|` for a row that repeats another's key; it is null
for a good row. An amount column in coarser steps than the đồng has a companion `<name>__half`: half of the
last place that was written, in đồng, so that a rounded number can be treated as an interval.
Total rows stand in frames of their own, named `<frame>.total`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, repeat
from math import isfinite
from typing import NamedTuple, TypeVar

import polars as pl

from sheetcredit.model.finding import Finding, severity_of
from sheetcredit.model.grid import CellValue, address
from sheetcredit.model.text import fold
from sheetcredit.template.definition import Column, Sheet
from sheetcredit.template.locate import Table
from sheetcredit.template.values import (
    Oddity,
    exact,
    read_choices,
    read_codes,
    read_dates,
    read_numbers,
    read_texts,
)  # fmt: skip

Frames = Mapping[str, pl.DataFrame]
_Values = TypeVar("_Values", pl.Expr, pl.Series)
DONG_NOISE = 1e-2
"""Đồng that binary floating point may add to a sum of a few hundred amounts."""
FLOAT_NOISE = 1e-14
"""The same, as a part of a very large amount."""
_OF_BLOCK = ("file", "sheet", "unit")
WHOLE_DONG = 6
"""A column with so many decimals states whole đồng, whatever its unit."""


@dataclass(frozen=True, slots=True)
class Block:
    """One table's columns as typed by people: numbers in the sheet's unit, codes, texts."""

    file: str
    sheet: Sheet
    frame: str
    unit: int
    rows: Sequence[int]
    columns: Mapping[str, Sequence[object]]
    bad: Mapping[int, frozenset[str]] = field(default_factory=dict)


class Typed(NamedTuple):
    """A table's blocks (rows, and total row if it has one) and the oddities of its cells."""

    blocks: tuple[Block, ...]
    findings: tuple[Finding, ...]


def read_table(file: str, table: Table, unit: int) -> Typed:
    """The table's rows and total row, typed; `unit` is the worth in đồng of what the book counts in."""
    sheet_unit = table.unit or (1 if table.sheet.unit == "dong" else unit)
    frame = table.sheet.frame or table.sheet.id
    rows, findings = _read_rows(file, table, frame, sheet_unit, table.rows, table.sheet.columns)
    if table.total_row is None:
        return Typed((rows,), tuple(findings))
    summed = tuple(column for column in table.sheet.columns if column.total)
    total, more = _read_rows(file, table, f"{frame}.total", sheet_unit, [table.total_row], summed)
    told = [finding for finding in more if not _follows(finding, table)]
    return Typed((rows, total), (*findings, *told))


def _follows(finding: Finding, table: Table) -> bool:
    """Whether a total is a fraction only because its formula adds one up, which is told at its own cell."""
    if finding.code != "V-WHOLE" or table.total_row is None:
        return False
    summed = (place for row, place in table.grid.formulas if row == table.total_row)
    return any(finding.cell == address(table.total_row, place) for place in summed)


def _read_rows(
    file: str, table: Table, frame: str, unit: int, rows: Sequence[int], columns: Iterable[Column]
) -> tuple[Block, list[Finding]]:
    values: dict[str, Sequence[object]] = {}
    bad: dict[int, set[str]] = defaultdict(set)
    findings: list[Finding] = []
    grid = [table.grid.rows[row] for row in rows]
    by_place: Sequence[Sequence[CellValue]] = list(zip(*grid, strict=False))
    for column in columns:
        place = table.columns.get(column.name)
        if place is None:
            values[column.name] = [None] * len(grid)
            if column.type != "text":  # what is not there is not zero
                for index in range(len(grid)):
                    bad[index].add(column.name)
            continue
        # Rows may be of different lengths: only what all of them have stands in `by_place`.
        raw = by_place[place] if place < len(by_place) else [_at(line, place) for line in grid]
        values[column.name], oddities = _read_column(raw, column, unit)
        for oddity in oddities:
            row = rows[oddity.index]
            if oddity.unknown:
                bad[oddity.index].add(column.name)
            elif oddity.code == "V-TEXTNUM":
                bad[oddity.index].add(f"~{column.name}")
            findings.append(_finding(file, table, row, column, oddity))
    for index, name in _uncalculated(table, rows):
        if name in values:
            bad[index].add(name)
    frozen_bad = {index: frozenset(names) for index, names in bad.items()}
    block = Block(file, table.sheet, frame, unit, [row + 1 for row in rows], values, frozen_bad)
    return block, findings


def _at(line: Sequence[CellValue], place: int) -> CellValue:
    return line[place] if place < len(line) else None


def _uncalculated(table: Table, rows: Sequence[int]) -> Iterable[tuple[int, str]]:
    """Formula cells for which the file keeps no value: unknown, not zero."""
    empty = [place for place, f in table.grid.formulas.items() if f.cached is None]
    if not empty:
        return
    indexes = {row: index for index, row in enumerate(rows)}
    names = {place: name for name, place in table.columns.items()}
    for row, place in empty:
        if row in indexes and place in names and table.grid.value(row, place) is None:
            yield indexes[row], names[place]


def _read_column(
    raw: Sequence[CellValue], column: Column, unit: int
) -> tuple[Sequence[object], list[Oddity]]:
    if column.numeric:
        return read_numbers(raw, column, unit)
    if column.type == "code":
        return read_codes(raw, column)
    if column.type == "choice" and column.choices:
        return read_choices(raw, folded_choices(column.choices))
    if column.type == "date":
        return read_dates(raw)
    return read_texts(raw, column)


@cache
def folded_choices(choices: tuple[str, ...]) -> Mapping[str, str]:
    """Each listed choice, as it stands and folded, to the choice itself."""
    return {fold(choice): choice for choice in choices} | {choice: choice for choice in choices}


def _finding(file: str, table: Table, row: int, column: Column, oddity: Oddity) -> Finding:
    raw = oddity.raw
    named = oddity.code == "V-CODE-FORM" and column.name in table.shown
    code = "V-NAME-UNKNOWN" if named else oddity.code
    return Finding(
        file=file,
        code=code,
        severity=severity_of(code),
        sheet=table.sheet.sheet,
        cell=table.cell(row, column.name),
        row=row + 1,
        column=column.header,
        value=raw if isinstance(raw, (str, int)) else exact(raw) if isinstance(raw, float) else str(raw),
        details=oddity.details,
        key=f"{code}|{table.sheet.sheet}|{_row_key(table, row)}|{column.name}",
    )


def _row_key(table: Table, row: int) -> str:
    keys = [_plain(table.grid.value(row, table.columns[n])) for n in table.sheet.key if n in table.columns]
    return "/".join(keys) if any(keys) else f"#{row + 1}"


def _plain(value: CellValue) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


def stack(blocks: Iterable[Block]) -> dict[str, pl.DataFrame]:
    """Blocks of any number of workbooks as one frame per kind of table, in whole đồng."""
    kept = list(blocks)
    return in_dong(stack_as_typed(kept), dict.fromkeys(block.sheet for block in kept))


def stack_as_typed(blocks: Iterable[Block]) -> dict[str, pl.DataFrame]:
    """Blocks of any number of workbooks as one frame per kind of table, numbers as they were typed.

    All columns of one type become one long series that the frames share: polars costs by the call.
    """
    by_frame: dict[str, list[Block]] = defaultdict(list)
    for block in blocks:
        by_frame[block.frame].append(block)
    values: dict[type[pl.DataType], list[object]] = defaultdict(list)
    spans: dict[str, list[tuple[str, type[pl.DataType], int]]] = {}
    for frame, group in by_frame.items():
        spans[frame] = []
        for name, dtype, columns in _columns_of(group):
            spans[frame].append((name, dtype, len(values[dtype])))
            for column in columns:  # a list at a time is copied, not walked through
                values[dtype].extend(column)
    series = {dtype: pl.Series(column, dtype=dtype, strict=True) for dtype, column in values.items()}
    alike = _alike([block for group in by_frame.values() for block in group])
    stacked: dict[str, pl.DataFrame] = {}
    start = 0
    for frame, group in by_frame.items():
        height = sum(len(block.rows) for block in group)
        typed = {name: series[dtype].slice(at, height) for name, dtype, at in spans[frame]}
        beside = {name: alike[name].slice(start, height) for name in (*_OF_BLOCK, *group[0].sheet.constants)}
        first = {
            name: columns.pop(name) for name, columns in (("file", beside), ("sheet", beside), ("row", typed))
        }
        # `Tình hình nộp` has a column `file` of its own: in a frame that is the workbook of the row.
        named = first | beside | {name: column for name, column in typed.items() if name not in first}
        stacked[frame] = pl.DataFrame([column.alias(name) for name, column in named.items()])
        start += height
    return stacked


def _alike(blocks: Sequence[Block]) -> dict[str, pl.Series]:
    """The columns that are the same in all rows of a block, over all blocks."""
    sizes = (len(block.rows) for block in blocks)
    rows = chain.from_iterable(repeat(place, size) for place, size in enumerate(sizes))
    index = pl.Series(list(rows), dtype=pl.UInt32)
    constants = dict.fromkeys(name for block in blocks for name in block.sheet.constants)
    columns = {
        "file": pl.Series([block.file for block in blocks], dtype=pl.String),
        "sheet": pl.Series([block.sheet.sheet for block in blocks], dtype=pl.String),
        "unit": pl.Series([block.unit for block in blocks], dtype=pl.Int64),
    }
    for name in constants:
        columns[name] = pl.Series([block.sheet.constants.get(name) for block in blocks], dtype=pl.String)
    return {name: column[index] for name, column in columns.items()}


def _columns_of(
    blocks: Sequence[Block],
) -> Iterable[tuple[str, type[pl.DataType], Iterable[Sequence[object]]]]:
    """Name, type and values (block by block) of each column of a frame that differs from row to row."""
    sheet, total = blocks[0].sheet, blocks[0].frame.endswith(".total")
    yield "row", pl.Int64, (block.rows for block in blocks)
    for column in _columns(sheet, total):
        yield column.name, _dtype(column), (block.columns[column.name] for block in blocks)
    yield "bad", pl.String, map(_bars, blocks)


def _bars(block: Block) -> Sequence[str | None]:
    if not block.bad:
        return [None] * len(block.rows)
    marks = {index: f"|{'|'.join(sorted(names))}|" for index, names in block.bad.items()}
    return [marks.get(index) for index in range(len(block.rows))]


def in_dong(frames: Frames, tables: Iterable[Sheet]) -> dict[str, pl.DataFrame]:
    """Stacked frames with amounts in whole đồng and counts as integers (Int64), and the `__half` columns.

    The numbers of all frames are turned together, as one long column: polars costs by the call.
    """
    places = _whole_columns(frames, tables)
    if not places:
        return dict(frames)
    converted = {name: {one.name: one for one in frame.get_columns()} for name, frame in frames.items()}
    ones = pl.Series([1], dtype=pl.Int64).new_from_index(0, max(len(frames[frame]) for frame, _ in places))
    numbers = pl.concat([converted[frame][column.name] for frame, column in places])
    units = pl.concat([
        converted[frame]["unit"] if column.type == "amount" else ones.head(len(frames[frame]))
        for frame, column in places
    ])  # fmt: skip
    whole = numbers.floor()  # multiplied as integers, or a large amount would lose its last đồng
    rest = ((numbers - whole) * units).round(mode="half_away_from_zero")
    dong = whole.cast(pl.Int64) * units + rest.cast(pl.Int64)
    for (frame, column), part in zip(places, _cut(dong, places, frames), strict=True):
        converted[frame][column.name] = part.alias(column.name)
    coarse = [(f, c) for f, c in places if c.type == "amount" and c.decimals < WHOLE_DONG]
    if coarse:
        stated = pl.concat([converted[frame][column.name] for frame, column in coarse])
        units = pl.concat([converted[frame]["unit"] for frame, _ in coarse])
        parts = pl.concat([
            pl.Series([10**column.decimals], dtype=pl.Int64).new_from_index(0, len(frames[frame]))
            for frame, column in coarse
        ])  # fmt: skip
        halves = _cut(_half_step(stated, units // parts), coarse, frames)
        for (frame, column), part in zip(coarse, halves, strict=True):
            converted[frame][f"{column.name}__half"] = part.alias(f"{column.name}__half")
    return {name: pl.DataFrame(list(columns.values())) for name, columns in converted.items()}


def _cut(together: pl.Series, places: Iterable[tuple[str, Column]], frames: Frames) -> Iterable[pl.Series]:
    """Columns that were laid end to end, one by one."""
    start = 0
    for frame, _ in places:
        yield together.slice(start, len(frames[frame]))
        start += len(frames[frame])


@cache
def _whole_columns_of(sheet: Sheet, total: bool) -> tuple[Column, ...]:
    return tuple(column for column in _columns(sheet, total) if column.type in ("amount", "count"))


def _whole_columns(frames: Frames, tables: Iterable[Sheet]) -> list[tuple[str, Column]]:
    """The columns of amounts and counts of all frames."""
    columns: dict[tuple[str, str], tuple[str, Column]] = {}
    for sheet in tables:
        name = sheet.frame or sheet.id
        for frame, total in ((name, False), (f"{name}.total", True)):
            for column in _whole_columns_of(sheet, total) if frame in frames else ():
                columns.setdefault((frame, column.name), (frame, column))
    return list(columns.values())


def _half_step(dong: pl.Series, declared: pl.Series) -> pl.Series:
    """Half of each number's last place: the declared one, or a finer one in use.

    An empty cell states nought, in the place that others are written in.
    """
    # Nearly every cell is written in the declared place: one test settles them.
    if not (declared < 1).any() and not (dong % declared != 0).any():
        return declared // 2
    table = pl.DataFrame({"dong": dong, "declared": declared})
    coarse = (pl.col("dong") % pl.max_horizontal("declared", 1)).fill_null(0) == 0
    finer = pl.lit(0, pl.Int64)
    for power in range(1, 10):
        size = 10**power
        divides = (pl.col("dong") % size == 0) & (pl.col("declared") >= size)
        finer = pl.when(divides).then(size // 2).otherwise(finer)
    return table.select(pl.when(coarse).then(pl.col("declared") // 2).otherwise(finer))["declared"]


def part_of_a_dong(amounts: _Values, units: _Values) -> _Values:
    """Whether an amount as typed has a part smaller than one đồng, beyond what floats add by themselves."""
    dong = amounts * units
    return (dong - dong.round()).abs() > DONG_NOISE + dong.abs() * FLOAT_NOISE


def surely_whole(amounts: pl.Series, units: pl.Series) -> bool:
    """Whether no amount has a part smaller than one đồng, by a quicker look; no is not yet a part."""
    dong = amounts * units
    if not isfinite(dong.sum() or 0.0):
        return False
    off = dong - (dong + 0.5).cast(pl.Int64, strict=False)
    return all(isinstance(end, float) and abs(end) <= DONG_NOISE for end in (off.min(), off.max()) if end)


def _columns(sheet: Sheet, total: bool) -> list[Column]:
    return [column for column in sheet.columns if not total or column.total]


def _dtype(column: Column) -> type[pl.DataType]:
    """How a column is held before amounts are turned into đồng."""
    if column.numeric:
        return pl.Float64
    return pl.Date if column.type == "date" else pl.String


def may_repeat(frame: pl.DataFrame, key: Sequence[str]) -> bool:
    """Whether two rows of a sheet have the same key; rows without a key are alike as well."""
    if any(frame[name].n_unique() == len(frame) for name in key):  # one column tells all rows apart
        return False
    return bool(frame.select(pl.struct("file", "sheet", *key).n_unique()).item() < len(frame))


def mark_repeated(frame: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """`frame` with `|*|` added to `bad` of each row that repeats the key of an earlier one."""
    if not key or not may_repeat(frame, key):
        return frame
    names = ["file", "sheet", *key]
    repeats = pl.struct(names).is_first_distinct().not_() & pl.all_horizontal(pl.col(key).is_not_null())
    return frame.with_columns(
        bad=pl.when(repeats).then(pl.concat_str(pl.col("bad").fill_null(""), pl.lit("|*|"))).otherwise("bad")
    )
