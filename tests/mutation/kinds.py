"""Mistakes of the kinds that people make, each typed into a random place of an office."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random

from sheetcredit.template.definition import load_office
from tests.mutation.books import Row, Typed
from tests.mutation.truth import STATEMENTS

UNITS = (10, 1_000, 1_000_000)
_DONG = Decimal("0.000001")


class Unsuitable(Exception):
    """The place drawn does not admit the mistake: draw another."""


@dataclass(frozen=True)
class Mistake:
    """What was done. `rows` are the cells' rows (any of them is right); None is the total row.

    `cause` is asked for where no cell can be right by itself: the row is gone. `tied` when the mistake
    is one of code, rating, date or text, or of a total, which some rule always sees.
    """

    kind: str
    sheet: str
    rows: tuple[Row | None, ...]
    columns: tuple[str, ...]
    tied: bool = False
    cause: str | None = None
    keys: tuple[str, ...] = ()
    group: str | None = None


Draw = Callable[[Random, Typed], Mistake]
KINDS: dict[str, Draw] = {}
IN_GROUPS: dict[str, Draw] = {}
"""Slips of the digits drawn among the groups only: the hardest to place, as only their sums tie."""


def _kind(name: str) -> Callable[[Draw], Draw]:
    def register(draw: Draw) -> Draw:
        KINDS[name] = draw
        return draw

    return register


# One cell


def _cell(rng: Random, typed: Typed, tab: str | None = None) -> tuple[str, Row, str, Decimal]:
    """A random number: first the sheet (`tab` if given), then the column, then the row."""
    sheet = load_office().sheet(tab) if tab else rng.choice(load_office().tables())
    column = rng.choice([c for c in sheet.columns if c.type in ("amount", "count")])
    rows = [row for row in typed.tables[sheet.id] if _number(row.get(column.name)) >= 1]
    if not rows:
        raise Unsuitable
    row = rng.choice(rows)
    return sheet.id, row, column.name, _number(row[column.name])


def _number(value: object) -> Decimal:
    return Decimal(str(value)) if isinstance(value, (int, Decimal)) else Decimal(0)


def _as_typed(value: Decimal) -> int | Decimal:
    value = value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
    return int(value) if value == value.to_integral_value() else value


def _digits_of(value: Decimal) -> str:
    """A number as it is typed, with a point: no trailing zeros after it."""
    return f"{value:.0f}" if value == value.to_integral_value() else f"{value.normalize():f}"


def _retype(kind: str, change: Callable[[Random, str], str]) -> None:
    """Registers a slip of the digits as typed: in the sheet's unit, without trailing zeros."""

    def draw(rng: Random, typed: Typed, tab: str | None = None) -> Mistake:
        sheet, row, column, value = _cell(rng, typed, tab)
        after = change(rng, _digits_of(value))
        leading = after[:1] == "0" and after[1:2] != "."
        if not after.strip(".") or leading or Decimal(after) == value:
            raise Unsuitable
        if Decimal(after) % _DONG:
            raise Unsuitable  # nobody types parts of a đồng
        row[column] = _as_typed(Decimal(after))
        return Mistake(f"{kind} in a group" if tab else kind, sheet, (row,), (column,))

    KINDS[kind] = draw
    IN_GROUPS[f"{kind} in a group"] = lambda rng, typed: draw(rng, typed, "groups")


def _digits(text: str) -> list[int]:
    return [place for place, char in enumerate(text) if char.isdigit()]


def _transpose(rng: Random, text: str) -> str:
    places = _digits(text)
    if len(places) < 2:
        raise Unsuitable
    at = rng.randrange(len(places) - 1)
    one, other = places[at], places[at + 1]
    chars = list(text)
    chars[one], chars[other] = chars[other], chars[one]
    return "".join(chars)


def _mistype(rng: Random, text: str) -> str:
    at = rng.choice(_digits(text))
    return text[:at] + rng.choice("0123456789") + text[at + 1 :]


def _lose(rng: Random, text: str) -> str:
    at = rng.choice(_digits(text))
    if len(_digits(text)) < 2:
        raise Unsuitable
    return text[:at] + text[at + 1 :]


def _gain(rng: Random, text: str) -> str:
    at = rng.choice(_digits(text))
    digit = text[at] if rng.random() < 0.5 else rng.choice("0123456789")
    return text[:at] + digit + text[at:]


_retype("transposed", _transpose)
_retype("mistyped", _mistype)
_retype("digit-lost", _lose)
_retype("digit-added", _gain)


@_kind("sign")
def _sign(rng: Random, typed: Typed) -> Mistake:
    sheet, row, column, value = _cell(rng, typed)
    row[column] = _as_typed(-value)
    return Mistake("sign", sheet, (row,), (column,))


def _slip_of_unit(factor: int, up: bool) -> None:
    kind = f"unit-x{factor}" if up else f"unit-/{factor}"

    @_kind(kind)
    def draw(rng: Random, typed: Typed) -> Mistake:
        sheet, row, column, value = _cell(rng, typed)
        after = value * factor if up else (value / factor).quantize(_DONG)
        if abs(after) >= 10**15 or after == value or after == 0:
            raise Unsuitable
        if column in ("groups", "customers", "members") and factor > 10:
            raise Unsuitable
        row[column] = _as_typed(after)
        return Mistake(kind, sheet, (row,), (column,))


for _factor in UNITS:
    _slip_of_unit(_factor, True)
    _slip_of_unit(_factor, False)


@_kind("left-from-opening")
def _left(rng: Random, typed: Typed) -> Mistake:
    sheet = rng.choice([*STATEMENTS, "programmes", "direct", "funding"])
    column = "current" if sheet == "funding" else "balance"
    rows = [row for row in typed.tables[sheet] if row[column] != row["opening"]]
    if not rows:
        raise Unsuitable
    row = rng.choice(rows)
    row[column] = row["opening"]
    return Mistake("left-from-opening", sheet, (row,), (column,))


@_kind("number-as-text")
def _text(rng: Random, typed: Typed) -> Mistake:
    sheet, row, column, value = _cell(rng, typed)
    english = f"{Decimal(_digits_of(value)):,f}"
    row[column] = english.translate(str.maketrans(",.", ".,"))
    return Mistake("number-as-text", sheet, (row,), (column,), tied=True)


# Rows

_LISTS = (*STATEMENTS, "programmes", "direct", "groups", "ledger")
_KEY = {"groups": "group", "programmes": "programme", "direct": "programme"}


def _row(rng: Random, typed: Typed, sheets: Sequence[str] = _LISTS) -> tuple[str, Row]:
    sheet = rng.choice(sheets)
    rows = [row for row in typed.tables[sheet] if _number(row["balance"])]
    if len(rows) < 2:
        raise Unsuitable
    return sheet, rng.choice(rows)


@_kind("row-missing")
def _missing(rng: Random, typed: Typed) -> Mistake:
    sheet, row = _row(rng, typed)
    rows = typed.tables[sheet]
    rows[:] = [other for other in rows if other is not row]
    keys: tuple[str, ...] = ()
    if "commune" in row:
        association = STATEMENTS.get(sheet) or str(row["association"])
        keys = ("99",) if association == "99" else (str(row["commune"]), association)
    key = _KEY.get(sheet, "commune")
    return Mistake("row-missing", sheet, (), (key,), cause="row-missing", keys=keys)


@_kind("row-duplicated")
def _duplicated(rng: Random, typed: Typed) -> Mistake:
    sheet, row = _row(rng, typed)
    return _copied("row-duplicated", typed, sheet, row, dict(row))


@_kind("row-duplicated-other-code")
def _duplicated_code(rng: Random, typed: Typed) -> Mistake:
    sheet, row = _row(rng, typed, ("groups",))
    codes = {other["group"] for other in typed.tables["groups"]}
    code = next(c for c in iter(lambda: f"{rng.randrange(10_000_000):07d}", None) if c not in codes)
    return _copied("row-duplicated-other-code", typed, sheet, row, {**row, "group": code})


def _copied(kind: str, typed: Typed, sheet: str, row: Row, copy: Row) -> Mistake:
    rows = typed.tables[sheet]
    at = next(i for i, other in enumerate(rows) if other is row)
    rows.insert(at + 1, copy)
    return Mistake(kind, sheet, (row, copy), (_KEY.get(sheet, "commune"),), tied=True)


@_kind("rows-one-off")
def _one_off(rng: Random, typed: Typed) -> Mistake:
    """A block copied one row too low (or high): the first row keeps its number, or loses it when cut."""
    sheet = rng.choice(_LISTS)
    columns = [c.name for c in load_office().sheet(sheet).columns if c.type in ("amount", "count")]
    first_column = rng.randrange(len(columns))
    columns = columns[first_column : first_column + rng.randint(1, 3)]
    rows = typed.tables[sheet]
    if len(rows) < 4:
        raise Unsuitable
    length = rng.randint(2, min(8, len(rows) - 1))
    start = rng.randrange(len(rows) - length)
    block = rows[start : start + length + 1]
    cut = rng.random() < 0.4
    if rng.random() < 0.5:
        block = block[::-1]
    before = [{name: row[name] for name in columns} for row in block]
    for name in columns:
        for place in range(len(block) - 1, 0, -1):
            block[place][name] = block[place - 1][name]
        if cut:
            block[0][name] = None
    changed = [
        (place, name)
        for place in range(len(rows)) for name in columns
        for old, row in zip(before, block, strict=True)
        if row is rows[place] and old[name] != row[name]
    ]  # fmt: skip
    if len(changed) < 2:
        raise Unsuitable
    first = min(place for place, _ in changed)
    names = tuple(name for place, name in changed if place == first)
    return Mistake("rows-one-off", sheet, (rows[first],), names)


@_kind("misbooked-commune")
def _commune(rng: Random, typed: Typed) -> Mistake:
    _, row = _row(rng, typed, ("groups",))
    others = {
        str(other["commune"]): other["commune_name"]
        for other in typed.tables["groups"]
        if other["commune"] != row["commune"]
    }
    commune = rng.choice(sorted(others))
    row["commune"] = commune
    if rng.random() < 0.5:
        row["commune_name"] = others[commune]
    return Mistake("misbooked-commune", "groups", (row,), ("commune",), group=str(row["group"]))


@_kind("misbooked-association")
def _association(rng: Random, typed: Typed) -> Mistake:
    _, row = _row(rng, typed, ("groups",))
    row["association"] = rng.choice([code for code in STATEMENTS.values() if code != row["association"]])
    return Mistake("misbooked-association", "groups", (row,), ("association",), group=str(row["group"]))


# Totals


def _total_of(rng: Random, typed: Typed) -> tuple[str, str]:
    sheet = rng.choice(load_office().tables())
    column = rng.choice([c.name for c in sheet.columns if c.total])
    if (sheet.id, column) in {*typed.typed_totals, *typed.short_totals}:
        raise Unsuitable
    return sheet.id, column


@_kind("total-misses-row")
def _short(rng: Random, typed: Typed) -> Mistake:
    sheet, column = _total_of(rng, typed)
    end = rng.choice(("first", "last"))
    rows = typed.tables[sheet]
    if len(rows) < 2 or not _number(rows[0 if end == "first" else -1][column]):
        raise Unsuitable
    typed.short_totals[sheet, column] = end
    return Mistake("total-misses-row", sheet, (None,), (column,), tied=True)


@_kind("total-typed-over")
def _typed_over(rng: Random, typed: Typed) -> Mistake:
    sheet, column = _total_of(rng, typed)
    total = sum((_number(row[column]) for row in typed.tables[sheet]), Decimal(0))
    text = str(_as_typed(total))
    after = Decimal(rng.choice((_transpose, _mistype, _lose, _gain))(rng, text) or 0) if total else Decimal(0)
    if after == total:
        raise Unsuitable
    typed.typed_totals[sheet, column] = _as_typed(after)
    return Mistake("total-typed-over", sheet, (None,), (column,), tied=True)


# Codes, ratings, dates


@_kind("code-lost-zeros")
def _zeros(rng: Random, typed: Typed) -> Mistake:
    sheet, column = rng.choice((("groups", "group"), ("programmes", "programme"), ("direct", "programme")))
    rows = [row for row in typed.tables[sheet] if str(row[column]).startswith("0")]
    if not rows:
        raise Unsuitable
    row = rng.choice(rows)
    row[column] = int(str(row[column]))
    return Mistake("code-lost-zeros", sheet, (row,), (column,), tied=True)


_WRONG_CODES = {"commune": "99998", "association": "15", "programme": "98", "source": "999"}


@_kind("code-not-in-force")
def _not_in_force(rng: Random, typed: Typed) -> Mistake:
    sheet = rng.choice(load_office().tables())
    column = rng.choice([c.name for c in sheet.columns if c.type == "code" and c.catalogue])
    row = rng.choice(typed.tables[sheet.id])
    row[column] = _WRONG_CODES[column]
    return Mistake("code-not-in-force", sheet.id, (row,), (column,), tied=True)


@_kind("rating-wrong")
def _rating(rng: Random, typed: Typed) -> Mistake:
    row = rng.choice(typed.tables["groups"])
    row["rating"] = rng.choice([r for r in ("Tốt", "Khá", "Trung bình", "Yếu") if r != row["rating"]])
    return Mistake("rating-wrong", "groups", (row,), ("rating",), tied=True)


@_kind("date-outside-period")
def _date(rng: Random, typed: Typed) -> Mistake:
    day = typed.info["as_of"]
    typed.info["as_of"] = day + timedelta(days=rng.choice((1, 15, 30, -91, -92, 366)))  # type: ignore[operator]
    return Mistake("date-outside-period", "info", (None,), ("as_of",), tied=True)


def names() -> Iterable[str]:
    """All kinds, in the order of the table."""
    return KINDS
