"""The figures that a table of an export gives, as its definition says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from sheetcredit.imports.definitions import Given, GivenColumn, fields_of, terms_of
from sheetcredit.imports.figures import ImportedFigure, Quality, Source
from sheetcredit.imports.frames import ROW, TypedTable, doubt, holds, some_rows
from sheetcredit.imports.recognise import folded
from sheetcredit.model.finding import Finding

_ALL_ROWS = 20
_NAMED = 5
STATEMENTS = "statements"
"""The table of a definition that stands for the sheets of the four associations."""
_EACH = "_each"


@dataclass(frozen=True)
class Giving:
    """How figures are made of a table: the sheets of the associations by code, and the rating of a score."""

    statements: Mapping[str, str]
    levels: tuple[tuple[Decimal, str], ...]
    """Ratings: scores below the number get the name, in rising order."""

    def rating(self, score: Decimal) -> str:
        """The rating of a score."""
        return next((name for below, name in self.levels if score < below), self.levels[-1][1])

    def figures(self, typed: TypedTable, source: Source, findings: list[Finding]) -> Iterator[ImportedFigure]:
        """All figures of a table; what cannot be given is added to the findings."""
        for given in typed.kind.gives:
            yield from self._given(typed, given, source, findings)

    def _given(
        self, typed: TypedTable, given: Given, source: Source, findings: list[Finding]
    ) -> Iterator[ImportedFigure]:
        frame = typed.frame
        names = [name for name in given.key if not name.startswith("=")]
        known = set(frame.columns)
        columns = [column for column in given.columns if {*fields_of(column), *column.where, *names} <= known]
        if not columns or not set(given.where) <= known:
            return
        frame = frame.filter(holds(given.where, known))
        findings += _without_code(typed, given, columns, frame)
        frame = frame.filter(*(pl.col(name).is_not_null() for name in names))
        if frame.is_empty():
            return
        frame = _with_once(frame, columns).with_columns(pl.lit(0).alias(_EACH))
        aggregated = frame.group_by(names or [_EACH], maintain_order=True).agg(
            pl.col(ROW).sort().head(_ALL_ROWS + 1).alias("rows"),
            pl.col(ROW).max().alias("last"),
            *(
                expression
                for place, column in enumerate(columns)
                for expression in _expressions(place, column)
            ),
        )
        for line in aggregated.iter_rows(named=True):
            key = tuple(name[1:] if name.startswith("=") else line[name] for name in given.key)
            table = given.table
            if table == STATEMENTS:
                if key[1] not in self.statements:
                    continue
                table, key = self.statements[key[1]], key[:1]
            for place, column in enumerate(columns):
                value, slack, rows = self._value(line, place, column, typed)
                if column.text and _whole(line[f"{place}.n"]) > 1:
                    several = _several(source, column, key, frame, names, line)
                    findings += several
                    value = None if several else value
                if value is None:
                    continue
                quality = given.quality if column.quality is Quality.EXACT else column.quality
                if slack and quality is Quality.EXACT:
                    quality = Quality.ROUNDED
                yield ImportedFigure(
                    table,
                    key,
                    column.column,
                    value,
                    slack,
                    quality,
                    column.basis or given.basis,
                    source,
                    rows,
                )

    def _value(
        self, line: Mapping[str, object], place: int, column: GivenColumn, typed: TypedTable
    ) -> tuple[int | Decimal | str | None, int, tuple[int, ...]]:
        """The value, its slack, and its rows; no value where a term has none."""
        rows = _rows(line["rows"], line["last"])
        if column.sum:
            total = slack = 0
            for number, (sign, name) in enumerate(terms_of(column.sum)):
                used = _whole(line[f"{place}.{number}.n"])
                if not used:
                    return None, 0, ()
                total += sign * _whole(line[f"{place}.{number}"])
                slack += typed.slack.get(name, 0) * used
            if typed.kind.form == "indicators":
                rows = _rows(line[f"{place}.rows"], None)
            return total, slack, rows
        value = line[f"{place}"]
        if value is None:
            return None, 0, ()
        if column.score:
            return Decimal(str(value)), 0, rows
        if column.rating:
            return self.rating(Decimal(str(value))), 0, rows
        return (str(value) if column.text else _whole(value)), 0, rows


def _without_code(
    typed: TypedTable, given: Given, columns: list[GivenColumn], frame: pl.DataFrame
) -> Iterator[Finding]:
    """Rows whose amounts no row of the table takes, as they have no code; unknown names are told already."""
    amounts = {name for column in columns for name in fields_of(column) if frame[name].dtype.is_integer()}
    some = pl.any_horizontal([pl.col(name) != 0 for name in amounts]) if amounts else pl.lit(value=False)
    for name in given.key:
        if name.startswith("=") or name in typed.unnamed:
            continue
        lost = frame.filter(pl.col(name).is_null() & some)
        if lost.height:
            rows = lost[ROW].to_list()
            source = typed.source
            yield doubt(
                "I-NO-CODE", source.file, source.sheet, rows[0], table=given.table, header=typed.header(name),
                rows=some_rows(rows), count=len(rows),
            )  # fmt: skip


def _several(
    source: Source,
    column: GivenColumn,
    key: tuple[str, ...],
    frame: pl.DataFrame,
    names: list[str],
    line: Mapping[str, object],
) -> list[Finding]:
    """One key with two texts: a group under two associations. Two spellings of one name are none."""
    of_key = frame.filter(*(pl.col(name) == line[name] for name in names))
    codes = of_key[column.text].drop_nulls().unique(maintain_order=True).to_list()
    if len(set(map(folded, codes))) == 1:
        return []
    is_code = all(map(str.isdigit, codes))  # a name in a wrong column may be a customer's
    row = int(of_key[ROW].min())  # type: ignore[arg-type]
    found = doubt(
        "I-SEVERAL", source.file, source.sheet, row, header=column.column, key=" × ".join(key),
        listed=", ".join(codes[:_NAMED]) if is_code else str(len(codes)), first=row,
    )  # fmt: skip
    return [found]


def _rows(rows: object, last: object) -> tuple[int, ...]:
    found = tuple(rows) if isinstance(rows, list) else ()
    return found if len(found) <= _ALL_ROWS else (found[0], _whole(last))


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _expressions(place: int, column: GivenColumn) -> Iterator[pl.Expr]:
    where = holds(column.where, (*column.where, *fields_of(column)))
    if column.sum:
        used = pl.lit(value=False)
        for number, (_, name) in enumerate(terms_of(column.sum)):
            term = pl.col(name).filter(where)
            yield term.sum().alias(f"{place}.{number}")
            yield term.count().alias(f"{place}.{number}.n")
            used = used | pl.col(name).is_not_null()
        yield pl.col(ROW).filter(where & used).alias(f"{place}.rows")
    elif column.distinct:
        yield pl.col(column.distinct).filter(where).drop_nulls().n_unique().alias(f"{place}")
    elif column.once:
        yield pl.col(_once(place)).sum().alias(f"{place}")
    else:
        text = pl.col(column.text or column.score or column.rating).filter(where).drop_nulls()
        yield text.first().alias(f"{place}")
        yield text.n_unique().alias(f"{place}.n")


def _once(place: int) -> str:
    return f"_once.{place}"


def _with_once(frame: pl.DataFrame, columns: list[GivenColumn]) -> pl.DataFrame:
    """With the amounts that count once a person: the greatest, on one of the rows that have it."""
    for place, column in enumerate(columns):
        if not column.once:
            continue
        amount, person, balance = column.once
        where = holds(column.where, frame.columns)
        # Of rows with the same amount that of a loan still owed counts: an old group's loan may be paid off.
        rank = pl.when(where).then(2 * pl.col(amount) + (pl.col(balance) > 0).cast(pl.Int64))
        frame = frame.with_columns(rank.alias("_rank"))
        best = (pl.col("_rank") == pl.col("_rank").max().over(person)).fill_null(value=False)
        frame = frame.with_columns(best.alias("_best"))
        first = pl.col("_best") & (pl.col("_best").cast(pl.Int64).cum_sum().over(person) == 1)
        frame = frame.with_columns(pl.when(first).then(pl.col(amount)).otherwise(0).alias(_once(place)))
    return frame
