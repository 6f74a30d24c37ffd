"""A block of values pasted one row off: the numbers are right, but each stands beside its row.

Where such a block begins, a value stands twice (the source row kept its own) or a cell is empty. From
there on, every number is tried on the row it would have come from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from sheetcredit.explain.hypothesis import Hypothesis, Residual, SearchLimits
from sheetcredit.explain.ties import INFINITY, CellRef, OfficeTies, RowValues

_HOPELESS = 8
"""A longer block that is worse than the best by so many ties is not pursued."""
_EMPTY, _TWICE, _SMALL, _ZERO = -1.0, -2.0, -6.0, -8.0


_NearCells = Mapping[int, Set[str]]
"""Some cells of one sheet: their columns by Excel row."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Rows from `first` to `last` (places in the sheet's order) whose values came from a neighbour."""

    first: int
    last: int
    columns: tuple[str, ...]
    effects: Mapping[int, int]
    clears: frozenset[int]
    breaks: int
    changed: int
    wider: Mapping[int, int]

    @property
    def net(self) -> int:
        """Ties cleared less twice those broken."""
        return len(self.clears) - 2 * self.breaks

    @property
    def rank(self) -> tuple[int, int]:
        """The higher, the better; of blocks as good as each other the one of fewer columns."""
        return self.net, -len(self.columns)


class _Sheet:
    """One sheet's rows in the order in which a paste would have run: downwards, or upwards reversed."""

    def __init__(
        self,
        ties: OfficeTies,
        rows: Sequence[RowValues],
        values: Mapping[str, Sequence[int | None]],
        *,
        upwards: bool = False,
    ) -> None:
        self.ties = ties
        self.rows = rows
        self.upwards = upwards
        self._values = values
        self.clues: dict[int, dict[str, float]] = defaultdict(dict)
        for column, numbers in values.items():
            for place, number in enumerate(numbers[:-1]):
                if number is None or (place and numbers[place - 1] == number):  # as seldom happens
                    clue = _clue(numbers, place)
                    if clue is not None:
                        self.clues[place][column] = clue

    def raw(self, place: int, column: str) -> int | None:
        """A cell's number; None where it is empty."""
        return self._values[column][place]

    def cell(self, place: int, column: str) -> CellRef:
        """The cell of a column in the row at a place."""
        row = self.rows[place]
        return CellRef(row["sheet"], row["row"], column)

    def near(self, place: int, columns: Iterable[str], cells: _NearCells) -> bool:
        """Whether one of the columns' cells at a place, or right after it, is among `cells`."""
        here, after = cells.get(self.rows[place]["row"]), cells.get(self.rows[place + 1]["row"])
        return (here is not None and not here.isdisjoint(columns)) or (
            after is not None and not after.isdisjoint(columns)
        )

    def moves(self, place: int, columns: Iterable[str]) -> bool:
        """Whether the next row has another number in one of the columns."""
        return any((self.raw(place, c) or 0) != (self.raw(place + 1, c) or 0) for c in columns)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _clue(values: Sequence[int | None], place: int) -> float | None:
    """The weight of what says that a shifted block may begin here; None where nothing does."""
    value = values[place]
    if value is None:
        return _EMPTY if values[place + 1] else None
    if place == 0 or values[place - 1] != value:
        return None
    return _ZERO if value == 0 else _SMALL if abs(value) < 1000 else _TWICE


class Shifts:
    """The search for shifted blocks in one workbook; where they may begin is found out once."""

    def __init__(self, ties: OfficeTies, limits: SearchLimits) -> None:
        self._ties = ties
        self._limits = limits
        self._sheets: dict[str, tuple[_Sheet, ...]] = {}

    def _both_ways(self, name: str) -> tuple[_Sheet, ...]:
        """A sheet's rows downwards and upwards; nothing where they are too few to be shifted."""
        if name not in self._sheets:
            table = self._ties.table(name)
            rows: list[RowValues] = []
            if table is not None:
                frame = self._ties.rows(table.sheet.frame or table.sheet.id)
                rows = [row for row in frame if row["sheet"] == name]
            if table is None or len(rows) <= 2:
                self._sheets[name] = ()
            else:
                columns = [c.name for c in table.sheet.columns if c.type in ("amount", "count")]
                values = {column: [_whole(row.get(column)) for row in rows] for column in columns}
                turned = {column: numbers[::-1] for column, numbers in values.items()}
                downwards = _Sheet(self._ties, rows, values)
                self._sheets[name] = downwards, _Sheet(self._ties, rows[::-1], turned, upwards=True)
        return self._sheets[name]

    def hypotheses(self, residual: Residual, near: Set[CellRef]) -> Iterator[Hypothesis]:
        """Hypotheses that put a block of values back by one row, in one or several columns.

        `near`: the cells that broken ties add up; a block begins at one of them.
        """
        by_sheet: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        for cell in near:
            by_sheet[cell.sheet][cell.row].add(cell.column)
        for name in sorted(by_sheet):
            for sheet in self._both_ways(name):
                found = _starting(sheet, residual, self._limits, by_sheet[name])
                best = min(found, key=lambda hypothesis: hypothesis.order, default=None)
                if best is not None:
                    yield best


def _starting(
    sheet: _Sheet, residual: Residual, limits: SearchLimits, near: _NearCells
) -> Iterator[Hypothesis]:
    for place, clues in sheet.clues.items():
        if not sheet.near(place, clues, near) or not sheet.moves(place, clues):
            continue
        strong = tuple(column for column, clue in clues.items() if clue > _ZERO)
        alone = [(c,) for c in clues if sheet.near(place, [c], near) and sheet.moves(place, [c])]
        best: _Block | None = None
        for chosen in dict.fromkeys([strong, *alone]):
            block = _grow(sheet, residual, limits, place, chosen) if chosen else None
            block = _fitting_columns(sheet, residual, limits, block, [c for c in clues if c not in chosen])
            if block is not None and (best is None or block.rank > best.rank):
                best = block
        if best is not None and best.changed > 1 and best.net > 0:
            yield _hypothesis(sheet, best, max(clues[column] for column in best.columns))


def _fitting_columns(
    sheet: _Sheet, residual: Residual, limits: SearchLimits, block: _Block | None, others: Sequence[str]
) -> _Block | None:
    """The block without the columns that add nothing, and with those that belong to it."""
    if block is None:
        return None
    for column in block.columns:
        rest = tuple(c for c in block.columns if c != column)
        fewer = _grow(sheet, residual, limits, block.first, rest, block) if rest else None
        if fewer and fewer.net >= block.net:
            block = fewer
    for column in others:
        more = _grow(sheet, residual, limits, block.first, (*block.columns, column), block)
        if more and more.net > block.net:
            block = more
    return block


def _grow(
    sheet: _Sheet, residual: Residual, limits: SearchLimits, first: int, columns: tuple[str, ...],
    like: _Block | None = None,
) -> _Block | None:  # fmt: skip
    """The longest block from `first` that clears the most; as long as `like` and no longer, if given."""
    effects: dict[int, int] = {}
    wider: dict[int, int] = {}
    best: _Block | None = None
    changed = 0
    stop = min(len(sheet.rows), first + limits.block_rows)
    for last in range(first, stop):
        if like is None or last >= like.last:
            closed, more = _closed(sheet, residual, effects, last, columns)
            clears, breaks = residual.weigh(closed, wider)
            block = _Block(first, last, columns, closed, clears, breaks, changed + more, dict(wider))
            if clears and (best is None or (block.net, block.changed > 1) > (best.net, best.changed > 1)):
                best = block
            if block.net < (best.net if best else 0) - _HOPELESS:
                break
        if last + 1 >= len(sheet.rows):
            break
        for column in columns:
            change = (sheet.raw(last + 1, column) or 0) - (sheet.raw(last, column) or 0)
            if change:
                changed += 1
                cell = sheet.cell(last, column)
                for index, sign in sheet.ties.touched_by(cell):
                    effects[index] = effects.get(index, 0) + sign * change
                    if sheet.raw(last, column) is None and sheet.ties.rule_of(index).tolerance == "rounding":
                        wider[index] = wider.get(index, 0) + sheet.ties.declared_half(cell)
    return best


def _closed(
    sheet: _Sheet, residual: Residual, effects: Mapping[int, int], last: int, columns: Sequence[str]
) -> tuple[dict[int, int], int]:
    """The effects with the last row's own numbers, which the paste overwrote, as the ties want them."""
    closed = dict(effects)
    changed = 0
    for column in columns:
        value = sheet.raw(last, column) or 0
        touches = sheet.ties.touched_by(sheet.cell(last, column))
        low, high = -value, INFINITY
        for index, sign in touches:
            least, most = residual.allowed(index, sign)
            offset = sign * closed.get(index, 0)
            least, most = least - offset, most - offset
            if max(low, least) <= min(high, most):
                low, high = max(low, least), min(high, most)
        change = 0 if low <= 0 <= high else low if low > 0 else high
        if high < INFINITY // 2 and low > 0:
            change = (low + high) // 2
        if change:
            changed += 1
            for index, sign in touches:
                closed[index] = closed.get(index, 0) + sign * change
    return closed, changed


def _hypothesis(sheet: _Sheet, block: _Block, clue: float) -> Hypothesis:
    """The block as a correction of its uppermost cell, to the number one row further on."""
    top, bottom = (block.last, block.first) if sheet.upwards else (block.first, block.last)
    moving = [c for c in block.columns if sheet.upwards or sheet.moves(top, [c])] or block.columns
    first, last = sheet.cell(top, moving[0]), sheet.cell(bottom, block.columns[-1])
    suggestion = None if sheet.upwards else sheet.raw(top + 1, moving[0])
    return Hypothesis(
        first, "shifted-up" if sheet.upwards else "shifted-down", suggestion, block.effects, clue,
        block.wider, details={"block": (first, last)}, clears=block.clears, breaks=block.breaks,
    )  # fmt: skip
