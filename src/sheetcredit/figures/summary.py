"""The figures of `Tổng hợp`, as `schemas/office/summary.yaml` says, and the shares that are printed.

Ratios are always computed from amounts in whole đồng, never from printed percentages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache

import polars as pl

from sheetcredit.figures.shares import ratio, shares
from sheetcredit.model.money import printed
from sheetcredit.template.definition import THEN, Figure, Quantity, Sheet
from sheetcredit.template.frames import Frames
from sheetcredit.template.reading import Reading

FigureValue = int | Decimal | None


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one workbook by defined name, as printed; `adjusted` names shares moved off half-up.

    Amounts are whole units of the workbook, ratios fractions; None where there is nothing to compute.
    """

    figures: Mapping[str, FigureValue]
    adjusted: tuple[str, ...]
    year_before: Mapping[str, FigureValue] = field(default_factory=dict)
    """The figures against the same period of the year before; none where its report is not at hand."""


def summarise(sheet: Sheet, frames: Frames, readings: Mapping[str, Reading]) -> dict[str, Summary]:
    """The summary of each file; `sheet` is the definition of `Tổng hợp`."""
    quantities = _quantities(sheet, frames, readings)
    values = _expressions(sheet, quantities)
    return {
        file: _summary(sheet, values[file], readings[file].info.unit, readings[file].info.share_rounding)
        for file in readings
        if file in values
    }


def against_year_before(
    sheet: Sheet, now: tuple[Frames, Reading], then: tuple[Frames, Reading]
) -> dict[str, FigureValue]:
    """The figures of one workbook against its report of the year before, from the frames of both."""
    quantities: dict[str, int | None] = {}
    for suffix, (frames, reading) in (("", now), (THEN, then)):
        row = _quantities(sheet, frames, {reading.file: reading}).drop("file").to_dicts()[0]
        quantities |= {f"{name}{suffix}": value for name, value in row.items()}
    frame = pl.DataFrame([quantities], schema=dict.fromkeys(quantities, pl.Int64), orient="row")
    figures = sheet.year_before_figures
    values = frame.select(map(_whole, sorted({sql for one in figures for sql in _sql(one)}))).to_dicts()[0]
    return {one.name: _figure(one, values, now[1].info.unit) for one in figures}


def summarise_rows(sheet: Sheet, frames: Frames, units: Mapping[str, int]) -> dict[str, Summary]:
    """The figures of what a frame's `file` puts together, as the rows of all offices of a day.

    `units`: by file, the unit in đồng in which amounts are printed. A frame that is not there is unknown.
    """
    columns: dict[str, list[int | None]] = {}
    sums = {
        name: _sums_of(frames[quantity.frame], {name: quantity}) if quantity.frame in frames else {}
        for name, quantity in sheet.quantities.items()
    }
    for name, quantity in sheet.quantities.items():
        known = quantity.frame in frames
        columns[name] = [
            _or_zero(sums[name].get(file, {}).get(name), quantity) if known else None for file in units
        ]
    schema = {"file": pl.String, **dict.fromkeys(columns, pl.Int64)}
    values = _expressions(sheet, pl.DataFrame({"file": list(units), **columns}, schema=schema))
    return {file: _summary(sheet, values[file], unit, "") for file, unit in units.items()}


def columns_summed(sheet: Sheet) -> dict[str, frozenset[str]]:
    """By frame, the columns that the figures are computed from."""
    needed: dict[str, frozenset[str]] = {}
    for quantity in sheet.quantities.values():
        needed[quantity.frame] = needed.get(quantity.frame, frozenset()) | _columns_of(quantity)
    return needed


def _quantities(sheet: Sheet, frames: Frames, readings: Mapping[str, Reading]) -> pl.DataFrame:
    """One row a file, one column a quantity; null where its table is missing or a value is unknown.

    Files are few: what the frames add up to is put side by side here, without joins.
    """
    by_frame: dict[str, dict[str, Quantity]] = defaultdict(dict)
    for name, quantity in sheet.quantities.items():
        by_frame[quantity.frame][name] = quantity
    lacking = {file: _lacking(reading) for file, reading in readings.items()}
    columns: dict[str, list[int | None]] = {}
    for frame_name, wanted in by_frame.items():
        sums = _sums_of(frames[frame_name], wanted) if frame_name in frames else {}
        for name, quantity in wanted.items():
            values = (
                None if _lacks(lacking[file], quantity) else _or_zero(sums.get(file, {}).get(name), quantity)
                for file in readings
            )
            columns[name] = list(values)
    schema = {"file": pl.String, **dict.fromkeys(columns, pl.Int64)}
    return pl.DataFrame({"file": list(readings), **columns}, schema=schema)


def _or_zero(value: int | None, quantity: Quantity) -> int | None:
    return 0 if value is None and quantity.missing == "zero" else value


def _sums_of(frame: pl.DataFrame, wanted: Mapping[str, Quantity]) -> Mapping[str, Mapping[str, int | None]]:
    """By file, the quantities of a frame."""
    clean = frame["bad"].null_count() == len(frame)
    if not clean:  # a repeated row has a finding of its own, and counts once
        frame = frame.filter(~pl.col("bad").str.contains("|*|", literal=True).fill_null(False))
    sums = frame.group_by("file").agg(_sum(quantity, clean).alias(name) for name, quantity in wanted.items())
    return {row["file"]: row for row in sums.to_dicts()}


def _lacking(reading: Reading) -> dict[str, set[str]]:
    """By frame that a workbook has tables of, the columns that one of them has not."""
    lacking: dict[str, set[str]] = defaultdict(set)
    for table in reading.tables.values():
        missing = lacking[table.sheet.frame or table.sheet.id]
        if len(table.columns) < len(table.sheet.columns):
            missing.update(c.name for c in table.sheet.columns if c.name not in table.columns)
    return lacking


def _lacks(lacking: Mapping[str, set[str]], quantity: Quantity) -> bool:
    """Whether a workbook has no table, or no column, for a quantity: then it is unknown, not zero."""
    missing = lacking.get(quantity.frame)
    return missing is None or (bool(missing) and not missing.isdisjoint(_columns_of(quantity)))


@cache
def _columns_of(quantity: Quantity) -> frozenset[str]:
    expressions = (quantity.sum, quantity.where) if quantity.where else (quantity.sum,)
    return frozenset(name for sql in expressions for name in pl.sql_expr(sql).meta.root_names())


@cache
def _sum(quantity: Quantity, clean: bool) -> pl.Expr:
    """The sum; null where a value that it needs cannot be used: no figure rather than a wrong one."""
    value = pl.sql_expr(quantity.sum).cast(pl.Int64)
    total = (pl.when(pl.sql_expr(quantity.where)).then(value) if quantity.where else value).sum()
    doubts: list[pl.Expr] = []
    if quantity.where:
        doubts += [pl.col(name).is_null().any() for name in pl.sql_expr(quantity.where).meta.root_names()]
    if not clean:
        marks = [f"|{name}|" for name in pl.sql_expr(quantity.sum).meta.root_names()]
        counted = pl.sql_expr(quantity.where).fill_null(True) if quantity.where else pl.lit(True)
        doubts += [
            (pl.col("bad").str.contains(mark, literal=True).fill_null(False) & counted).any()
            for mark in marks
        ]
    return pl.when(pl.any_horizontal(doubts)).then(None).otherwise(total) if doubts else total


def _expressions(sheet: Sheet, quantities: pl.DataFrame) -> dict[str, dict[str, int | None]]:
    """By file, the value of every expression that a figure uses."""
    wanted = {sql for figure in sheet.figures for sql in _sql(figure)}
    evaluated = quantities.select("file", *map(_whole, sorted(wanted)))
    return {row["file"]: row for row in evaluated.to_dicts()}


@cache
def _whole(sql: str) -> pl.Expr:
    return pl.sql_expr(sql).cast(pl.Int64).alias(sql)


def _sql(figure: Figure) -> tuple[str, ...]:
    if figure.ratio:
        return figure.ratio
    return (figure.amount or figure.count or "",)


def _summary(sheet: Sheet, values: Mapping[str, int | None], unit: int, rounding: str) -> Summary:
    figures: dict[str, FigureValue] = {}
    together: dict[str, list[Figure]] = defaultdict(list)
    for figure in sheet.figures:
        figures[figure.name] = None
        if figure.share:
            together[figure.share].append(figure)
        else:
            figures[figure.name] = _figure(figure, values, unit)
    adjusted = [
        name for group in together.values() for name in _fill_shares(group, values, rounding, figures)
    ]
    return Summary(figures, tuple(adjusted))


def _figure(figure: Figure, values: Mapping[str, int | None], unit: int) -> FigureValue:
    """A figure that is no share, as it is printed."""
    if figure.ratio:
        part, whole = (values[sql] for sql in figure.ratio)
        return None if part is None or whole is None else ratio(part, whole, figure.decimals)
    value = values[_sql(figure)[0]]
    return printed(value, unit) if figure.amount is not None and value is not None else value


def _fill_shares(
    group: Sequence[Figure], values: Mapping[str, int | None], rounding: str, figures: dict[str, FigureValue]
) -> Iterable[str]:
    """Put the shares of one group into `figures`; the names of those moved off half-up."""
    pairs = [figure.ratio for figure in group if figure.ratio]
    parts = [values[part] for part, _ in pairs]
    whole = values[pairs[0][1]]
    known = [part for part in parts if part is not None]
    if whole is None or len(known) < len(parts):
        return []
    result = shares(known, whole, group[0].decimals, rounding)
    figures.update(zip((figure.name for figure in group), result.values, strict=True))
    return [group[place].name for place in result.adjusted]
