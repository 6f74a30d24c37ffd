"""What should hold in an office's workbook, computed anew from what is typed: no code of the checks.

A mistake *changes a tied number* when, after it, one of these identities no longer holds. Numbers
are exact; where a sheet rounds, a number stands for the interval of half its last place around it, and
an identity holds as long as some numbers within the intervals satisfy it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from tests.mutation.books import Row, Typed

MILLION = 1_000_000
STATEMENTS = {"farmers": "11", "women": "12", "veterans": "13", "youth": "14"}
_FLOWS = ("opening", "disbursement", "collection", "write_off", "balance", "overdue", "frozen")
_PLACE = ("groups", "customers", "balance", "overdue", "frozen", "deposits")
_NUMBERS = {*_FLOWS, *_PLACE, "members", "plan", "current"}
_COUNTS = ("groups", "customers", "members")
_KEYS = {"funding": ("source",), "programmes": ("programme",), "direct": ("programme",), "groups": ("group",),
         "ledger": ("commune", "association"), **dict.fromkeys(STATEMENTS, ("commune",))}  # fmt: skip
Number = tuple[Decimal, Decimal]
"""A number and half of what rounding may have taken from it."""


def broken(typed: Typed) -> frozenset[str]:
    """Names of the identities that do not hold."""
    return frozenset(_broken(typed.tables))


def number(sheet: str, column: str, row: Row) -> Number:
    """A cell in đồng (or counted), with its half last place."""
    value = row.get(column)
    if value is None:
        return Decimal(0), Decimal(0)
    if isinstance(value, str):
        value = value.replace(".", "").replace(",", ".")
    exact = Decimal(str(value))
    if column in _COUNTS or sheet == "ledger":
        return exact, Decimal(0)
    if sheet in ("funding", *STATEMENTS):
        places = min(0, int(exact.normalize().as_tuple().exponent))
        return exact * MILLION, Decimal(10) ** places * MILLION / 2 if places > -6 else Decimal(0)
    return exact * MILLION, Decimal(0)


def _sum(sheet: str, column: str, rows: Iterable[Row]) -> Number:
    numbers = [number(sheet, column, row) for row in rows]
    return sum((n for n, _ in numbers), Decimal(0)), sum((h for _, h in numbers), Decimal(0))


def _add(*numbers: Number) -> Number:
    return sum((n for n, _ in numbers), Decimal(0)), sum((h for _, h in numbers), Decimal(0))


def _differ(one: Number, other: Number) -> bool:
    return abs(one[0] - other[0]) > one[1] + other[1]


def _exceeds(one: Number, other: Number) -> bool:
    return one[0] - other[0] > one[1] + other[1]


def _broken(tables: Mapping[str, list[Row]]) -> Iterable[str]:
    yield from _rows(tables)
    yield from _places(tables)
    programmes, direct, ledger = tables["programmes"], tables["direct"], tables["ledger"]
    own = [row for row in ledger if row["association"] == "99"]
    for column in _FLOWS:
        stated = _add(*(_sum(sheet, column, tables[sheet]) for sheet in STATEMENTS))
        whole = _sum("programmes", column, programmes)
        if _differ(whole, _add(stated, _sum("direct", column, direct))):
            yield f"programmes = associations + direct: {column}"
        if column in ("balance", "overdue", "frozen"):
            if _differ(whole, _sum("ledger", column, ledger)):
                yield f"programmes = ledger: {column}"
            if _differ(_sum("direct", column, direct), _sum("ledger", column, own)):
                yield f"direct = ledger: {column}"
    for column in ("customers", *_FLOWS):
        for code in {row["programme"] for row in direct}:
            part = _sum("direct", column, (row for row in direct if row["programme"] == code))
            if _exceeds(part, _sum("programmes", column, (r for r in programmes if r["programme"] == code))):
                yield f"direct within programme {code}: {column}"
    if _exceeds(_sum("programmes", "balance", programmes), _sum("funding", "current", tables["funding"])):
        yield "balance within funding"


def _rows(tables: Mapping[str, list[Row]]) -> Iterable[str]:
    for sheet, rows in tables.items():
        keys = [tuple(row[name] for name in _KEYS[sheet]) for row in rows]
        if len(set(keys)) < len(keys):
            yield f"repeated key: {sheet}"
        for place, row in enumerate(rows):
            numbers = {name: number(sheet, name, row) for name in row if _numeric(row[name], name)}
            if any(value < 0 for value, _ in numbers.values()):
                yield f"negative: {sheet} {place}"
            if any(value % 1 for name, (value, _) in numbers.items() if name in _COUNTS):
                yield f"fraction: {sheet} {place}"
            if "opening" in numbers and "disbursement" in numbers:
                after = (numbers["opening"], numbers["disbursement"])
                before = (numbers["collection"], numbers["write_off"], numbers["balance"])
                if _differ(_add(*after), _add(*before)):
                    yield f"movements: {sheet} {place}"
            late = (
                _add(numbers["overdue"], numbers["frozen"])
                if "overdue" in numbers
                else (Decimal(0), Decimal(0))
            )
            if "overdue" in numbers and _exceeds(late, numbers["balance"]):
                yield f"overdue within balance: {sheet} {place}"
            if sheet == "programmes" and numbers["plan"][0] > 0:
                plan, balance = numbers["plan"][0], numbers["balance"][0]
                if not plan * 50 <= balance * 100 <= plan * 110:
                    yield f"plan completion: {place}"
            if sheet == "groups":
                if not 5 <= numbers["members"][0] <= 60:
                    yield f"members: {place}"
                if numbers["customers"][0] > numbers["members"][0]:
                    yield f"customers within members: {place}"
                if row["rating"] != _rating(Decimal(str(row["score"]))):
                    yield f"rating: {place}"


def _numeric(value: object, name: str) -> bool:
    return name in _NUMBERS and (value is None or isinstance(value, (int, Decimal, str)))


def _rating(score: Decimal) -> str:
    return "Yếu" if score < 50 else "Trung bình" if score < 70 else "Khá" if score < 85 else "Tốt"


def _places(tables: Mapping[str, list[Row]]) -> Iterable[str]:
    sums: dict[tuple[str, str, str, str], Number] = defaultdict(lambda: (Decimal(0), Decimal(0)))
    places = set()
    sides = [("groups", "groups", None), ("ledger", "ledger", None)]
    sides += [("statements", sheet, code) for sheet, code in STATEMENTS.items()]  # type: ignore[misc]
    for side, sheet, code in sides:
        for row in tables[sheet]:
            place = str(row["commune"]), str(code or row["association"])
            if place[1] == "99":
                continue
            places.add(place)
            for column in _PLACE:
                one = (
                    (Decimal(1), Decimal(0))
                    if (side, column) == ("groups", "groups")
                    else number(sheet, column, row)
                )
                sums[side, *place, column] = _add(sums[side, *place, column], one)
    for place in places:
        for column in _PLACE:
            stated, listed, booked = (sums[s, *place, column] for s in ("statements", "groups", "ledger"))
            for name, one, other in (
                ("s=g", stated, listed),
                ("s=l", stated, booked),
                ("g=l", listed, booked),
            ):
                if _differ(one, other):
                    yield f"{name} {place} {column}"
