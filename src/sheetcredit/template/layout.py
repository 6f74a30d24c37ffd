"""Where things stand on a form: its rows, its column widths, the halves of its heading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations

from sheetcredit.template.definition import Column, Sheet

# Zero-based rows. The first is left free for buttons.
STRIP, BANK, BRANCH, OFFICE, TITLE, SUBTITLE, UNIT, HEADER, NUMBERING = range(9)
FIRST_ROW = 9  # of a table that people fill in
FIRST_WRITTEN_ROW = 8  # of a table that the tool writes: right below its header

HEIGHTS = {STRIP: 27, BANK: 15.75, BRANCH: 15.75, OFFICE: 15.75, TITLE: 24, SUBTITLE: 15.75, UNIT: 15.75}
HEADER_HEIGHT = 33
NUMBERING_HEIGHT = 12.75
ROW_HEIGHT = 16.5

LEFT_NEEDS = 38
RIGHT_NEEDS = 46
PORTRAIT_WIDTH = 116

_AMOUNT_WIDTHS = {"dong": 18.0, "book": 13.0}
_EXACT_WIDTH = 16.5
_COUNT_WIDTH = 10.0
_PER_LETTER = 0.88
_WIDEST_TEXT = 52.0
_ROOMY = 112.0
_CODE_WIDTH = 8.5


@dataclass(frozen=True, slots=True)
class Span:
    """Neighbouring columns, first and last, zero-based."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Layout:
    """A form's visible columns and how its heading and signatures spread over them."""

    widths: tuple[float, ...]
    left: Span
    right: Span
    thirds: tuple[Span, Span, Span]

    @property
    def all(self) -> Span:
        """All visible columns."""
        return Span(0, len(self.widths) - 1)

    @property
    def wide(self) -> bool:
        """Whether the form is printed across the page."""
        return sum(self.widths) > PORTRAIT_WIDTH


def lay_out(widths: Sequence[float]) -> Layout:
    """The layout of a form with columns of these widths (in characters)."""
    count = len(widths)
    upto = list(accumulate(widths))
    left_end = next((i for i, width in enumerate(upto) if width >= LEFT_NEEDS), count - 2)
    right_start = next((i for i in reversed(range(count)) if upto[-1] - upto[i] >= RIGHT_NEEDS), 0) + 1
    left_end = min(left_end, count - 2)
    right_start = min(max(right_start, left_end + 1), count - 1)
    return Layout(
        tuple(widths), Span(0, left_end), Span(right_start, count - 1), _thirds(upto, count)
    )  # fmt: skip


def _thirds(upto: Sequence[float], count: int) -> tuple[Span, Span, Span]:
    """Three spans of at least one column each, as evenly wide as the columns allow."""

    def unevenness(ends: tuple[int, int]) -> float:
        one, two = upto[ends[0]], upto[ends[1]]
        return sum(abs(width - upto[-1] / 3) for width in (one, two - one, upto[-1] - two))

    one, two = min(combinations(range(count - 1), 2), key=unevenness)
    return Span(0, one), Span(one + 1, two), Span(two + 1, count - 1)


def widths_of(sheet: Sheet, texts: Mapping[str, Iterable[str]]) -> list[float]:
    """The widths of a table's columns, given the texts they hold; a narrow table is given room."""
    widths = [width_of(sheet, column, texts.get(column.name, ())) for column in sheet.columns]
    numeric = [place for place, column in enumerate(sheet.columns) if column.numeric]
    missing = max(_ROOMY - sum(widths), 0) / max(len(numeric), 1)
    return [width + missing * (place in numeric) for place, width in enumerate(widths)]


def width_of(sheet: Sheet, column: Column, texts: Iterable[str] = ()) -> float:
    """How wide a column is, in characters of the normal font; a text column fits the texts it holds."""
    if column.width_chars:
        longest = max(map(len, texts), default=0)
        return max(float(column.width_chars), min(_PER_LETTER * longest + 3, _WIDEST_TEXT))
    if column.type == "amount":
        return _EXACT_WIDTH if column.decimals and not sheet.filled else _AMOUNT_WIDTHS[sheet.unit]
    if column.type in ("count", "ratio"):
        return _COUNT_WIDTH
    if column.type == "code":
        return max(_CODE_WIDTH, (column.width or 0) + 2.5)
    return 12.0
