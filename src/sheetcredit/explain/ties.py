"""One office's ties in a form that can be reasoned about: which cells each tie adds up, and how.

Nothing is built before it is asked for: an office has thousands of ties, and a break touches few.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple

import polars as pl

from sheetcredit.rules.rules import Rule, Side
from sheetcredit.rules.ties import FAILED, KEYS, NOT_EVALUATED
from sheetcredit.template.definition import Column
from sheetcredit.template.frames import Frames
from sheetcredit.template.locate import Table
from sheetcredit.template.reading import Reading

INFINITY = 1 << 62
_TERM = re.compile(r"([+-]?)\s*([a-z_]+)")
_FILTERED = ("SUBTOTAL(", "AGGREGATE(")
_RANGE = re.compile(r"(?:SUM\(|SUBTOTAL\(10?9,)\$?[A-Z]{1,3}\$?(\d{1,7}):\$?[A-Z]{1,3}\$?(\d{1,7})\)")


class CellRef(NamedTuple):
    """A cell of a table by sheet, Excel row and English column name."""

    sheet: str
    row: int
    column: str


@dataclass(frozen=True, slots=True)
class Tie:
    """An evaluated rule instance: `gap` = left - right must lie within [low, high] (đồng or counts)."""

    index: int
    rule: str
    measure: str
    key: tuple[str | None, ...]
    sheet: str | None
    row: int | None
    left: int
    right: int
    low: int
    high: int

    @property
    def gap(self) -> int:
        """Left minus right."""
        return self.left - self.right


RowValues = Mapping[str, Any]
Touch = tuple[int, int]
"""A tie's index, and whether a cell adds to its gap (+1) or takes from it (-1)."""


@dataclass(frozen=True, slots=True)
class _Summing:
    """A side of a comparison: its rule, condition, keys, sign in the gap, and measures with their columns."""

    rule: str
    where: str | None
    by: tuple[str, ...]
    sign: int
    columns: tuple[tuple[str, str], ...]


class OfficeTies:
    """The ties of one workbook with their members, looked up as they are needed."""

    def __init__(self, rules: Sequence[Rule], ties: pl.DataFrame, frames: Frames, reading: Reading) -> None:
        self.rules = {rule.id: rule for rule in rules}
        self.reading = reading
        self._frames = frames
        self._data = _bounded(ties, self.rules, reading.file)
        self.low: list[int] = self._data["low"].to_list()
        self.high: list[int] = self._data["high"].to_list()
        self.gaps: list[int] = self._data["gap"].to_list()
        self.failed_indexes: list[int] = self._data["failed"].arg_true().to_list()
        self._tables = {table.sheet.sheet: table for table in reading.tables.values()}
        self._columns = {(name, c.name): c for name, t in self._tables.items() for c in t.sheet.columns}
        self._rows: dict[str, list[RowValues]] = {}
        self._sides: dict[tuple[object, ...], Mapping[tuple[str | None, ...], list[RowValues]]] = {}
        self._at: tuple[Mapping[tuple[object, ...], int], Mapping[tuple[str, int], list[int]]] | None = None
        self._by_cell: Mapping[tuple[str, int], tuple[str, RowValues]] | None = None
        self._lists: Sequence[Sequence[Any]] | None = None
        self._known: dict[int, Tie] = {}
        self._touched: dict[CellRef, list[Touch]] = {}
        self._members: dict[int, list[tuple[CellRef, int]]] = {}
        self._covered: dict[tuple[str, str], tuple[int, int] | None] = {}
        self._summed: dict[str, Sequence[_Summing]] = {}
        self._row_touched: dict[tuple[str, int], Mapping[str, list[Touch]]] = {}

    # Ties

    def tie(self, index: int) -> Tie:
        """The tie of that index."""
        if index not in self._known:
            rules, measures, sheets, rows, lefts, rights, keys = self._columns_of_ties()
            self._known[index] = Tie(
                index, rules[index], measures[index], keys[index], sheets[index], rows[index],
                lefts[index], rights[index] or 0, self.low[index], self.high[index],
            )  # fmt: skip
        return self._known[index]

    def _columns_of_ties(self) -> Sequence[Sequence[Any]]:
        """Rules, measures, sheets, rows, left and right sides, and keys (as in `KEYS`) of all ties."""
        if self._lists is None:
            single = ("rule", "measure", "sheet", "row", "left", "right")
            columns = [self._data[name].to_list() for name in single]
            keys = list(zip(*(self._data[name].to_list() for name in KEYS), strict=True))
            self._lists = [*columns, keys]
        return self._lists

    @property
    def failed(self) -> list[Tie]:
        """The ties that do not hold, as they stand in the workbook."""
        return [self.tie(index) for index in self.failed_indexes]

    def rule_of(self, index: int) -> Rule:
        """The rule that a tie is an instance of."""
        return self.rules[self.tie(index).rule]

    def is_keyed(self, index: int) -> bool:
        """Whether a comparison is of one key, and not of whole tables."""
        return any(self.tie(index).key)

    def _places(self) -> tuple[Mapping[tuple[object, ...], int], Mapping[tuple[str, int], list[int]]]:
        """Where evaluated ties stand: comparisons by rule, measure and key; the others by sheet and row."""
        if self._at is None:
            compared: dict[tuple[object, ...], int] = {}
            by_row: dict[tuple[str, int], list[int]] = defaultdict(list)
            rules, measures, sheets, rows, _, _, keys = self._columns_of_ties()
            for index in self._data["counts"].arg_true().to_list():
                sheet, row = sheets[index], rows[index]
                if sheet is None:
                    compared[rules[index], measures[index], keys[index]] = index
                else:
                    by_row[sheet, row].append(index)
            self._at = compared, by_row
        return self._at

    # Rows

    def rows(self, frame: str) -> list[RowValues]:
        """The rows of a frame as mappings."""
        if frame not in self._rows:
            data = self._frames.get(frame)
            if data is None:
                self._rows[frame] = []
            else:
                here = data["file"] == self.reading.file
                self._rows[frame] = [*(data if here.all() else data.filter(here)).to_dicts()]
        return self._rows[frame]

    def row_of(self, cell: CellRef) -> RowValues | None:
        """The row that a cell stands in."""
        found = self._located(cell)
        return found[1] if found else None

    def frame_of(self, cell: CellRef) -> str | None:
        """The frame that a cell's row belongs to."""
        found = self._located(cell)
        return found[0] if found else None

    def _located(self, cell: CellRef) -> tuple[str, RowValues] | None:
        if self._by_cell is None:
            self._by_cell = {
                (row["sheet"], row["row"]): (frame, row) for frame in self._frames for row in self.rows(frame)
            }
        return self._by_cell.get((cell.sheet, cell.row))

    def table(self, sheet: str) -> Table | None:
        """The table on a sheet."""
        return self._tables.get(sheet)

    def column(self, cell: CellRef) -> Column | None:
        """What the sheet's definition says of the cell's column."""
        return self._columns.get((cell.sheet, cell.column))

    # Which ties a cell takes part in, and which cells a tie adds up

    def touched_by(self, cell: CellRef) -> list[Touch]:
        """All evaluated ties that a cell takes part in, with its sign in each."""
        if cell not in self._touched:
            self._touched[cell] = list(self._find_touched(cell))
        return self._touched[cell]

    def _find_touched(self, cell: CellRef) -> Iterator[Touch]:
        located = self._located(cell)
        if located is None:
            return
        frame, row = located
        _, by_row = self._places()
        for index in by_row.get((cell.sheet, cell.row), ()):
            for member, sign in self.members(index):
                if member == cell:
                    yield index, sign
        if frame.endswith(".total"):
            return
        table = self.table(cell.sheet)
        if table is not None and table.total_row is not None and self._counts_in_total(table, cell):
            for index in by_row.get((cell.sheet, table.total_row + 1), ()):
                if self.tie(index).measure == cell.column:
                    yield index, -1
        yield from self._row_touches(frame, row).get(cell.column, ())

    def keyed(self, frame: str, row: RowValues) -> Iterator[tuple[int, int, str]]:
        """The comparisons that sum a row of a frame: index, sign and the column that is summed."""
        compared, _ = self._places()
        keys: dict[tuple[str, ...], tuple[str | None, ...]] = {}
        for side in self._summing(frame):
            if side.where is None or meets(side.where, row):
                key = keys.get(side.by)
                if key is None:
                    key = tuple(row.get(name) if name in side.by else None for name in KEYS)
                    keys[side.by] = key
                for measure, column in side.columns:
                    index = compared.get((side.rule, measure, key))
                    if index is not None:
                        yield index, side.sign, column

    def _row_touches(self, frame: str, row: RowValues) -> Mapping[str, list[Touch]]:
        """By column, the comparisons that sum a row of the workbook."""
        place = row["sheet"], row["row"]
        if place not in self._row_touched:
            by_column: dict[str, list[Touch]] = defaultdict(list)
            for index, sign, column in self.keyed(frame, row):
                by_column[column].append((index, sign))
            if frame == "groups":
                by_column.pop("groups", None)  # a row counts, but no cell says so
            self._row_touched[place] = by_column
        return self._row_touched[place]

    def _summing(self, frame: str) -> Sequence[_Summing]:
        """The sides of comparisons that sum a frame."""
        if frame not in self._summed:
            self._summed[frame] = [
                _Summing(
                    rule.id, side.where, rule.by, sign, tuple((m, side.column(m)) for m in rule.measures)
                )
                for rule in self.rules.values()
                if rule.kind == "compare"
                for side, sign in ((rule.left, 1), (rule.right, -1))
                if side is not None and frame in side.frames
            ]
        return self._summed[frame]

    def members(self, index: int) -> list[tuple[CellRef, int]]:
        """The cells that a tie adds up, each with its sign; counting rows reads no cell."""
        if index not in self._members:
            self._members[index] = self._find_members(index)
        return self._members[index]

    def _find_members(self, index: int) -> list[tuple[CellRef, int]]:
        tie, rule = self.tie(index), self.rule_of(index)
        if rule.kind == "row":
            return _row_members(rule, tie)
        if rule.kind == "total":
            return self._total_members(tie)
        members: list[tuple[CellRef, int]] = []
        for side, sign in ((rule.left, 1), (rule.right, -1)):
            if side is None:
                continue
            column = side.column(tie.measure)
            if not (column == "groups" and side.frames == ("groups",)):
                rows = self.side_rows(side, rule.by, tie.key)
                members.extend((CellRef(row["sheet"], row["row"], column), sign) for row in rows)
        return members

    def side_rows(self, side: Side, by: tuple[str, ...], key: tuple[str | None, ...]) -> list[RowValues]:
        """The rows that one side of a comparison sums for a key."""
        known = (side.frames, side.where, by)
        if known not in self._sides:
            grouped: dict[tuple[str | None, ...], list[RowValues]] = defaultdict(list)
            for frame in side.frames:
                for row in self.rows(frame):
                    if side.where is None or meets(side.where, row):
                        grouped[tuple(row[name] for name in by)].append(row)
            self._sides[known] = grouped
        wanted = tuple(key[KEYS.index(name)] for name in by)
        return self._sides[known].get(wanted, [])

    def _total_members(self, tie: Tie) -> list[tuple[CellRef, int]]:
        """The total cell, and the rows that do not move it by themselves: those its SUM does not cover."""
        assert tie.sheet is not None and tie.row is not None
        total = (CellRef(tie.sheet, tie.row, tie.measure), 1)
        table = self.table(tie.sheet)
        if table is None:
            return [total]
        cells = (CellRef(tie.sheet, row + 1, tie.measure) for row in table.rows)
        return [total, *((cell, -1) for cell in cells if self._counts_in_total(table, cell))]

    def _counts_in_total(self, table: Table, cell: CellRef) -> bool:
        """Whether a change of the cell leaves its column's total where it is."""
        covered = self.covered(table, cell.column)
        return covered is None or not covered[0] <= cell.row <= covered[1]

    def covered(self, table: Table, column: str) -> tuple[int, int] | None:
        """The first and last Excel row that a total's formula sums; None where a number is typed.

        A formula that is no plain SUM of a range is taken to follow all its rows.
        """
        place = table.sheet.sheet, column
        if place not in self._covered:
            self._covered[place] = _covered(table, column)
        return self._covered[place]

    def is_filtered(self, table: Table, column: str) -> bool:
        """Whether a total leaves out the rows that a filter hides: SUBTOTAL does, and AGGREGATE may."""
        place = table.columns.get(column)
        if place is None or table.total_row is None:
            return False
        formula = table.grid.formulas.get((table.total_row, place))
        return formula is not None and formula.text.upper().lstrip("+ ").startswith(_FILTERED)

    # Cells

    def value(self, cell: CellRef) -> int | None:
        """The cell's value, in đồng or counted; an empty cell counts as zero."""
        row = self.row_of(cell)
        value = row.get(cell.column) if row else None
        return value if isinstance(value, int) else 0 if row and value is None else None

    def half(self, cell: CellRef) -> int:
        """Half of the last place that the cell is written in, in đồng; 0 where it is exact."""
        row = self.row_of(cell)
        return int(row.get(f"{cell.column}__half") or 0) if row else 0

    def unit(self, cell: CellRef) -> int:
        """In how many đồng the cell counts; 1 for counts."""
        row, column = self.row_of(cell), self.column(cell)
        return int(row["unit"]) if row and column and column.type == "amount" else 1

    def declared_half(self, cell: CellRef) -> int:
        """Half of the last place that the column is meant to be written in, in đồng."""
        column = self.column(cell)
        if column is None or column.type != "amount":
            return 0
        return int(self.unit(cell) // 10**column.decimals // 2)

    def is_total(self, cell: CellRef) -> bool:
        """Whether the cell stands in its table's total row."""
        table = self.table(cell.sheet)
        return table is not None and table.total_row is not None and cell.row == table.total_row + 1


def _covered(table: Table, column: str) -> tuple[int, int] | None:
    place = table.columns.get(column)
    if place is None or table.total_row is None:
        return None
    formula = table.grid.formulas.get((table.total_row, place))
    if formula is None:
        return None
    match = _RANGE.fullmatch(formula.text.replace(" ", ""))
    return (int(match[1]), int(match[2])) if match else (0, INFINITY)


def _row_members(rule: Rule, tie: Tie) -> list[tuple[CellRef, int]]:
    assert rule.left and rule.right and tie.sheet is not None and tie.row is not None
    terms = list(_terms(rule.left.value))
    if rule.operator != "between":
        terms += [(name, -sign) for name, sign in _terms(rule.right.value)]
    return [(CellRef(tie.sheet, tie.row, name), sign) for name, sign in terms]


def _bounded(ties: pl.DataFrame, rules: Mapping[str, Rule], file: str) -> pl.DataFrame:
    """The file's ties about numbers, with their gap, the interval that allows it, and how they ended.

    Ties that were not evaluated allow anything.
    """
    both, least, most = (
        [rule.id for rule in rules.values() if rule.operator == operator] for operator in ("=", ">=", "<=")
    )
    between = [rule.id for rule in rules.values() if rule.operator == "between"]
    rule, counts = pl.col("rule"), pl.col("state") != NOT_EVALUATED
    slack = pl.col("slack").fill_null(0)
    low = pl.when(rule.is_in(both + least)).then(-slack).when(rule.is_in(between)).then(0)
    room = pl.col("most") - pl.col("right")
    high = pl.when(rule.is_in(both + most)).then(slack).when(rule.is_in(between)).then(room)
    return ties.filter((pl.col("file") == file) & pl.col("left").is_not_null()).with_columns(
        gap=pl.col("left") - pl.col("right").fill_null(0),
        low=pl.when(counts).then(low.otherwise(None)).fill_null(-INFINITY),
        high=pl.when(counts).then(high.otherwise(None)).fill_null(INFINITY),
        counts=counts,
        failed=pl.col("state") == FAILED,
    )


@cache
def _terms(sql: str) -> tuple[tuple[str, int], ...]:
    """The columns a linear expression adds (+1) and takes away (-1)."""
    return tuple((name, -1 if sign == "-" else 1) for sign, name in _TERM.findall(sql))


def meets(where: str, row: Mapping[str, Any]) -> bool:
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
