"""Rows written alike: one regular expression reads them, several times as fast as cell by cell.

A table's rows differ in their numbers and texts only; the tags around those, with the style of every cell,
are the same. Such a form is learnt from one row and then matches whole rows. Only what a form matches to
the last byte is read by it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from sheetcredit.xlsx.address import MAX_COLUMN, column_number

ROW_HEAD = re.compile(rb'<row r="([1-9][0-9]{0,6})"([^<>]*)>')
ROW_END = b"</row>"
_PLAIN_ATTRIBUTES = re.compile(rb'(?: (?!xmlns)[A-Za-z0-9:]+="[^"<>&]*")*')
_CELL = re.compile(
    rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"(?: s="(0|[1-9][0-9]{0,5})")?(?: t="(s|n|str)")?'
    rb"(?:/>|>(?:(<f>)[^<]*</f>)?(?:(<v>)[^<]*</v>)?</c>)"
)
_NUMBER, _INDEX, _TEXT = rb"([-+.0-9eE]+)", rb"([0-9]+)", rb"([^<]*)"
_CONTENT = {b"": _NUMBER, b"n": _NUMBER, b"s": _INDEX, b"str": _TEXT}
_ALIKE = 3
"""So many rows written alike, one below the other, may be of a form."""
_MANY_BYTES, _OFTEN = 16_384, 6
"""A form is learnt, which takes as long as a thousand cells, where it pays at once or in the long run."""
_PATIENCE = 24
"""Sheets of one name are looked at so often for a form, unless there is much to gain."""
_LEAST_BYTES, _MOST_FORMS, _MOST_CELLS = 2048, 3, 200


class Place(NamedTuple):
    """A cell of a form: its column (from 1), its style and type as written, the groups that hold its value
    and its formula (None where it has none).
    """

    column: int
    style: bytes
    kind: bytes
    value: int | None
    formula: int | None


class Form(NamedTuple):
    """How a row is written. The first group of `pattern` is the row's number."""

    pattern: re.Pattern[bytes]
    places: tuple[Place, ...]


class Run(NamedTuple):
    """Neighbouring rows of one form: where they begin and end, and the groups of each."""

    form: Form
    start: int
    end: int
    groups: Sequence[tuple[bytes, ...]]


class Forms:
    """The forms that sheets of one name were found to have, and how often others were met."""

    def __init__(self) -> None:
        self.known: list[Form] = []
        self.met: Counter[bytes] = Counter()
        self.looked = 0

    def runs(self, text: bytes, start: int, end: int) -> list[Run]:
        """All rows of known forms between two offsets, in their order; a form worth it is learnt first."""
        found = [run for form in self.known for run in _runs(form, text, start, end)]
        gap = max(_gaps(found, start, end), key=lambda gap: gap[1] - gap[0], default=(end, end))
        size = gap[1] - gap[0]
        if size <= _LEAST_BYTES or (self.looked > _PATIENCE and size <= _MANY_BYTES):
            return sorted(found, key=lambda run: run.start)
        self.looked += 1
        if (form := self._learnt(text, *gap)) is not None:
            found += _runs(form, text, *gap)
            self.known = [*self.known[1 - _MOST_FORMS :], form]
        return sorted(found, key=lambda run: run.start)

    def _learnt(self, text: bytes, start: int, end: int) -> Form | None:
        """The form of the rows in the middle of what no known form matches, if it is worth it."""
        described: tuple[bytes, tuple[Place, ...]] | None = None
        at = (start + end) // 2
        for _ in range(_ALIKE):
            at = text.find(b"<row ", at, end)
            close = text.find(ROW_END, at, end) + len(ROW_END)
            row = _described(text[at:close]) if 0 <= at < close else None
            if row is None or (described is not None and row != described):
                return None
            described, at = row, close
        assert described is not None
        pattern, places = described
        self.met[pattern] += 1
        worth = end - start > _MANY_BYTES or self.met[pattern] >= _OFTEN
        return Form(re.compile(pattern), places) if worth else None


@lru_cache(maxsize=64)
def forms_of(_sheet: str) -> Forms:
    """What is known of the sheets of that name, for as long as the process lives."""
    return Forms()


def _runs(form: Form, text: bytes, start: int, end: int) -> Iterator[Run]:
    """The rows of a form, neighbours together."""
    first = form.pattern.search(text, start, end)
    if first is None:
        return
    groups = form.pattern.findall(text, first.start(), end)
    last = text.rfind(b'<row r="%s"' % groups[-1][0], first.start(), end)
    stop = text.find(ROW_END, last, end) + len(ROW_END)
    if text.count(b"<row", first.start(), stop) == len(groups):  # one below the other, as nearly always
        yield Run(form, first.start(), stop, groups)
        return
    groups, begin, stop = [], start, start
    for match in form.pattern.finditer(text, first.start(), end):
        if groups and match.start() != stop:
            yield Run(form, begin, stop, groups)
            groups = []
        if not groups:
            begin = match.start()
        groups.append(match.groups())
        stop = match.end()
    yield Run(form, begin, stop, groups)


def _gaps(runs: Sequence[Run], start: int, end: int) -> list[tuple[int, int]]:
    """What lies between the runs."""
    gaps = []
    at = start
    for run in sorted(runs, key=lambda run: run.start):
        if run.start > at:
            gaps.append((at, run.start))
        at = run.end
    return [*gaps, (at, end)] if at < end else gaps


def _described(row: bytes) -> tuple[bytes, tuple[Place, ...]] | None:
    """The pattern of rows written like this one, and its places; None where it has anything unusual."""
    head = ROW_HEAD.match(row)
    if head is None or not _PLAIN_ATTRIBUTES.fullmatch(head[2]):
        return None
    pattern = [rb'<row r="([1-9][0-9]{0,6})"', re.escape(head[2]), b">"]
    places: list[Place] = []
    groups, at = 1, head.end()
    while cell := _CELL.match(row, at):
        letters, digits, style, kind, formula, value = cell.groups(default=b"")
        column = column_number(letters.decode())
        if digits != head[1] or column > MAX_COLUMN or (places and column <= places[-1].column):
            return None
        written = row[at : cell.end()]
        opening = written[: written.find(b">") + 1]
        pattern.append(
            re.escape(opening).replace(re.escape(b'r="' + letters + digits), rb'r="%s\1' % letters)
        )
        places.append(
            Place(
                column, style, kind,
                value=groups + bool(formula) if value else None,
                formula=groups if formula else None,
            )
        )  # fmt: skip
        pattern += [b"<f>" + _TEXT + b"</f>"] if formula else []
        pattern += [b"<v>" + _CONTENT[kind] + b"</v>"] if value else []
        pattern += [b"</c>"] if not opening.endswith(b"/>") else []
        groups += bool(formula) + bool(value)
        at = cell.end()
    if row[at:] != ROW_END or groups == 1 or len(places) > _MOST_CELLS:
        return None
    return b"".join([*pattern, ROW_END]), tuple(places)
