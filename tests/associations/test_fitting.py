"""Rows fitted into a form: whatever stood there before, the office then holds what the statement says."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from sheetcredit.associations.merge import Form, fit_groups, fit_list
from sheetcredit.rulebook import our_rulebook
from sheetcredit.template.frames import Block
from sheetcredit.template.reading import Reading, understand
from tests.associations.tiny_statement import GROUPS, with_blanks
from tests.tables import STATEMENT, TINY, Table, Workbook, tiny

OFFICE = our_rulebook().office
CODES = [f"{number:05}" for number in range(11581, 11583)]
AMOUNTS = ("opening", "disbursement", "collection", "write_off", "balance", "overdue", "frozen", "deposits")
Rows = dict[str, list[int | None]]

rows = st.dictionaries(
    st.sampled_from(CODES), st.lists(st.none() | st.integers(0, 99_999), min_size=10, max_size=10), max_size=8
)


def listed(held: Rows, blanks: int) -> Table:
    lines = [
        f"'{code} | Xã | {' | '.join('' if n is None else str(n) for n in numbers)}"
        for code, numbers in held.items()
    ]
    return with_blanks(Table.of(STATEMENT + "\n".join([*lines, "Tổng cộng | | 0"])), blanks)


def reading(name: str, table: Table, unit: str = "triệu đồng") -> Reading:
    return understand(tiny().sheet(name, table).put("Thông tin", B6=unit).book(), OFFICE)


def block(seen: Reading, sheet: str) -> Block:
    return next(b for b in seen.blocks if b.sheet.sheet == sheet and not b.frame.endswith(".total"))


def numbers(seen: Reading) -> dict[str, list[object]]:
    """By commune, what the statement's columns hold; rows without a number hold nothing."""
    found = block(seen, "Hội CCB")
    names = ("groups", "customers", *AMOUNTS)
    held = {
        str(code): [found.columns[name][index] for name in names]
        for index, code in enumerate(found.columns["commune"])
    }
    return {code: row for code, row in held.items() if any(value is not None for value in row)}


def written(table: Table, edits: Mapping[str, object]) -> Table:
    cells = {cell: f"'{value}" if isinstance(value, str) else value for cell, value in edits.items()}
    return table.put({cell: float(v) if isinstance(v, Decimal) else v for cell, v in cells.items()})  # type: ignore[misc]


@settings(max_examples=60, deadline=None)
@given(rows, rows)
def test_the_office_then_holds_the_statement(before: Rows, statement: Rows) -> None:
    table = listed(before, blanks=8)
    incoming = reading("Hội CCB", listed(statement, 0))
    form = Form.of(reading("Hội CCB", table), "veterans")
    assert form is not None
    fitted = fit_list(form, block(incoming, "Hội CCB"))
    after = reading("Hội CCB", written(table, form.edits))
    assert numbers(after) == numbers(incoming)
    assert set(fitted.added) == set(statement) - set(before) and form.needed == len(fitted.added)
    assert set(fitted.emptied) <= set(before) - set(statement)
    again = Form.of(after, "veterans")
    assert again is not None
    fit_list(again, block(incoming, "Hội CCB"))
    assert again.edits == {}


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10**13),
    st.sampled_from([("đồng", 0), ("nghìn đồng", 3), ("triệu đồng", 6), ("tỷ đồng", 9)]),
)
def test_amounts_keep_their_last_dong(dong: int, unit: tuple[str, int]) -> None:
    name, places = unit
    exact = Decimal(dong).scaleb(-places)
    table = Table.of(STATEMENT + "'11584 | Xã | 1 | 4 | 0 | 0 | 0 | 0 | 1 | 0 | 0 | 0\nTổng cộng | | 1").put(
        {"I2": float(exact)}
    )
    form = Form.of(reading("Hội CCB", listed({"11584": [1] * 10}, 0)), "veterans")
    assert form is not None
    fit_list(form, block(reading("Hội CCB", table, name), "Hội CCB"))
    in_millions = Decimal(dong).scaleb(-6)
    assert form.edits.get("I2", Decimal(1)) == in_millions


def groups(*lines: str) -> Workbook:
    header = TINY[GROUPS].strip().split("\n")[0].strip()
    return tiny().sheet(GROUPS, "\n".join((header, *lines, "Tổng cộng | | | | | 0")))


def test_groups_of_others_and_what_is_silent_stay() -> None:
    mine = "0000001 | An | '11581 | An Dương | '11 | 10 | 5 | 110.25 | 1 | 0 | 2 | 92 | Tốt"
    gone = "0000007 | Ba | '11581 | An Dương | '11 | 10 | 5 | 11 | 1 | 0 | 2 | 92 | Tốt"
    other = "0000002 | Mai | '11584 | Lê Thiện | '12 | 12 | 6 | 210.5 | 0 | 1 | 3 | 92.5 | Tốt"
    form = Form.of(groups(mine, gone, other).reading(), "groups")
    incoming = groups(
        "0000001 | An | '11581 | An Dương | '11 | 11 | | 110 | 1 | 0 | 2 | 92 | Tốt",
        "0000002 | Mai | '11584 | Lê Thiện | '12 | 99 | 6 | 1 | 0 | 1 | 3 | 92.5 | Tốt",
        "0000003 | Tư | '11581 | An Dương | '11 | 11 | 5 | 7 | 1 | 0 | 2 | 92 | Tốt",
    ).reading()
    assert form is not None
    fitted = fit_groups(form, block(incoming, GROUPS), "11", frozenset({"0000003"}))
    # The members changed; an empty number says nothing, and 110 is 110,25 rounded.
    assert form.edits == {"F2": 11}
    assert (fitted.rows, fitted.cells, fitted.added, fitted.unmentioned) == (1, 1, (), ("0000007",))
