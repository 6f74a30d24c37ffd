"""A sheet that takes the rows of a table at once: the bytes are those that XlsxWriter writes cell by cell.

A national workbook has 150,000 cells, and XlsxWriter spends a dozen calls on each. Here a cell is one text,
the end of its tag, and a row is one template filled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import NoReturn

from sheetcredit.build.styles import Format, Worksheet, xl_col_to_name, xl_rowcol_to_cell_fast
from sheetcredit.model.errors import CannotPatch
from sheetcredit.model.grid import CellValue, address

LONGEST = 16_383
"""Texts of so many characters are sure to fit a cell; XlsxWriter cuts what does not."""
_BLANK = "/>"
_VALUE_AT, _VALUE_END = len("><v>"), len("</v></c>")
_SPAN_ROWS = 16
"""Rows that share one `spans`."""
_USUAL_PIXELS = 20
_CALLED = re.compile(r"[A-Z][A-Z0-9._]*(?=\()")
_EARLY = frozenset({"DAY", "HYPERLINK", "IF", "IFERROR", "INDEX", "LEFT", "MATCH", "MONTH", "RIGHT", "ROMAN",
                    "SUM", "TEXT", "YEAR"})  # fmt: skip
"""Functions that every version of Excel knows by their own name."""
_NUMBERS = frozenset({int, Decimal, type(None)})


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows from `first` on (zero-based), and by column the end of each cell's tag, behind its style."""

    first: int
    heights: Sequence[float]
    row_style: Format
    styles: Sequence[Format]
    ends: Sequence[Sequence[str]]
    columns: Sequence[Sequence[object]]
    """The values that the ends stand for."""

    @property
    def last(self) -> int:
        return self.first + len(self.heights) - 1


class TableSheet(Worksheet):  # type: ignore[misc]  # XlsxWriter declares no types
    """A worksheet with `write_rows` besides what every one has."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: _Rows | None = None
        self._waiting = False

    def write_rows(
        self,
        first: int,
        heights: Sequence[float],
        row_style: Format,
        styles: Sequence[Format],
        columns: Sequence[Sequence[object]],
    ) -> None:
        """Rows from `first` on with heights in points, their cells by column from A on; once for a sheet.

        A value is written as its Python type says. Texts have at most `LONGEST` characters.
        """
        numbers = [_NUMBERS.issuperset(map(type, column)) for column in columns]
        others = [place for place, only in enumerate(numbers) if not only]
        # Texts are numbered as they come, row by row.
        rows = zip(*(columns[place] for place in others), strict=True)
        ends = [self._end(value) for row in rows for value in row]
        by_place = {place: ends[start :: len(others)] for start, place in enumerate(others)}
        for place, only in enumerate(numbers):
            if only:
                by_place[place] = [_BLANK if n is None else f"><v>{n:.16G}</v></c>" for n in columns[place]]
        in_order = [by_place[place] for place in range(len(columns))]
        self._rows = _Rows(first, heights, row_style, styles, in_order, columns)
        self._check_dimensions(self._rows.first, 0)
        self._check_dimensions(self._rows.last, len(columns) - 1)

    def put(self, row: int, column: int, value: int | Decimal | str | None) -> None:
        """A value into a cell (zero-based) that was not written at once; the cell keeps its look.

        Raises:
            CannotPatch: no cell holds such a number, or so long a text.
        """
        assert self._rows is None or not self._rows.first <= row <= self._rows.last
        look = getattr(self.table[row].pop(column, None), "format", None)
        if value is None:
            self._write_blank(row, column, None, look)
        elif isinstance(value, str):
            if self._write_string(row, column, value, look):
                self._refuse("E-TEXT-LENGTH", row, column, length=len(value))
        elif Decimal(f"{value:.15G}") != value:
            self._refuse("E-NUMBER", row, column, value=value)
        else:
            self._write_number(row, column, value, look)

    def _refuse(self, code: str, row: int, column: int, **details: object) -> NoReturn:
        raise CannotPatch(code, sheet=self.name, cell=address(row, column), **details)

    def _end(self, value: object) -> str:
        if isinstance(value, str):
            return f' t="s"><v>{self.str_table._get_shared_string_index(value)}</v></c>'
        if value is None:
            return _BLANK
        if isinstance(value, bool):
            return f' t="b"><v>{value:d}</v></c>'
        if isinstance(value, (int, float, Decimal)):
            if not isfinite(value):
                raise ValueError(value)
            return f"><v>{value:.16G}</v></c>"
        if isinstance(value, date):
            return f"><v>{self._convert_date_time(value):.16G}</v></c>"
        return self._end(str(value))

    def values_at_once(self) -> tuple[int, list[list[CellValue]]]:
        """The first row and the columns of what `write_rows` was given, as a reader gives them: no number
        is anything but a float, and an empty cell is an empty text."""
        if self._rows is None:
            return 0, []
        columns = zip(self._rows.columns, self._rows.ends, strict=True)
        return self._rows.first, [_values(column, ends) for column, ends in columns]

    # What XlsxWriter calls when it takes a formula, and when it writes the parts

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        """As it is stored. XlsxWriter looks for each of thirty functions that came late."""
        plain = formula[:1] == "=" and formula[-1:] != "}" and not expand_future_functions
        if plain and _EARLY.issuperset(_CALLED.findall(formula)):
            return formula[1:]
        return str(super()._prepare_formula(formula, expand_future_functions))

    def _get_range_data(self, top: int, left: int, bottom: int, right: int) -> list[object]:
        """What a chart keeps of the cells it shows."""
        rows = self._rows
        if rows is None or not rows.first <= top <= bottom <= rows.last:
            return list(super()._get_range_data(top, left, bottom, right))
        span = slice(top - rows.first, bottom - rows.first + 1)
        lines = zip(*(column[span] for column in rows.columns[left : right + 1]), strict=True)
        return [self._charted(value) for line in lines for value in line]

    def _charted(self, value: object) -> str:
        if isinstance(value, date):
            value = self._convert_date_time(value)
        return f"{value:.16g}" if isinstance(value, (int, float, Decimal)) else str(value or "")

    def _calculate_spans(self) -> None:
        super()._calculate_spans()
        if self._rows is None:
            return
        for group in range(self._rows.first // _SPAN_ROWS, self._rows.last // _SPAN_ROWS + 1):
            known = self.row_spans.get(group, f"1:{len(self._rows.styles)}")
            low, _, high = known.partition(":")
            self.row_spans[group] = f"{min(int(low), 1)}:{max(int(high), len(self._rows.styles))}"

    def _write_rows(self) -> None:
        self._waiting = self._rows is not None
        super()._write_rows()
        self._write_waiting()

    def _write_row(self, row: int, *more: object, **options: object) -> None:
        if self._rows is not None and row > self._rows.last:
            self._write_waiting()
        super()._write_row(row, *more, **options)

    def _write_cell(self, row: int, column: int, cell: object) -> None:
        """Texts and empty cells, which are nearly all, without a dozen calls for each."""
        match cell.__class__.__name__:
            case "String":
                end = f' t="s"><v>{cell.string}</v></c>'  # type: ignore[attr-defined]
            case "Blank":
                end = _BLANK
            case _:
                super()._write_cell(row, column, cell)
                return
        look = cell.format or self._look_around(row, column)  # type: ignore[attr-defined]
        style = f' s="{look._get_xf_index()}"' if look else ""
        self.fh.write(f'<c r="{xl_rowcol_to_cell_fast(row, column)}"{style}{end}')

    def _look_around(self, row: int, column: int) -> Format | None:
        """The look of a cell that has none of its own: its row's, else its column's."""
        if row in self.row_info and self.row_info[row].row_format:
            return self.row_info[row].row_format
        return self.col_info[column].column_format if column in self.col_info else None

    def _write_waiting(self) -> None:
        """The rows, when their turn has come."""
        if self._waiting and self._rows is not None:
            self.fh.write("".join(_texts(self._rows, self.row_spans)))
        self._waiting = False


def _values(column: Sequence[object], ends: Sequence[str]) -> list[CellValue]:
    if _NUMBERS.issuperset(map(type, column)):
        return ["" if end == _BLANK else float(end[_VALUE_AT:-_VALUE_END]) for end in ends]
    return list(map(_value, column, ends))


def _value(value: object, end: str) -> CellValue:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, (bool, date)):
        return value
    if isinstance(value, (int, float, Decimal)):
        return float(end[_VALUE_AT:-_VALUE_END])
    return str(value)


def _texts(rows: _Rows, spans: dict[int, str]) -> Iterator[str]:
    numbers = range(rows.first + 1, rows.last + 2)
    look = rows.row_style._get_xf_index()
    heads = (
        f'<row r="{n}" spans="{spans[(n - 1) // _SPAN_ROWS]}" s="{look}" customFormat="1"{_tall(height)}>'
        for n, height in zip(numbers, rows.heights, strict=True)
    )
    cells = (
        f'<c r="{xl_col_to_name(place)}%d" s="{style._get_xf_index()}"%s'
        for place, style in enumerate(rows.styles)
    )
    template = f"%s{''.join(cells)}</row>"
    parts = [part for ends in rows.ends for part in (numbers, ends)]
    return (template % row for row in zip(heads, *parts, strict=True))


def _tall(height: float) -> str:
    """A row's height (in points) as it is stored: in whole pixels, and the usual one not at all."""
    pixels = int(height * 4.0 / 3.0 + 0.5)
    return "" if pixels == _USUAL_PIXELS else f' ht="{pixels * 0.75:.16g}" customHeight="1"'
