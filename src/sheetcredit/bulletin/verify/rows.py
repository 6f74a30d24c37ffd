"""The rows of a workbook in the words of claims: each programme and each source of funding by its own name.

Loaded only where there is a workbook: a text by itself needs no polars.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from sheetcredit.bulletin.verify.facts import Fact
from sheetcredit.bulletin.verify.lexicon import Lexicon, Meaning, load_lexicon
from sheetcredit.consolidate.branch_report import read_branch_instead
from sheetcredit.model.errors import NotOurTemplate
from sheetcredit.rulebook import Rulebook, our_rulebook
from sheetcredit.template.frames import stack
from sheetcredit.template.reading import Reading
from sheetcredit.workbooks import read_office

# What the columns of a frame are in the words of the lexicon: measure and aspect.
_PROGRAMMES: Mapping[str, tuple[str, str]] = {
    "balance": ("balance", "level"), "opening": ("balance", "opening"),
    "disbursement": ("disbursed", "level"), "collection": ("collected", "level"),
    "write_off": ("written_off", "level"), "overdue": ("overdue", "level"), "frozen": ("frozen", "level"),
}  # fmt: skip
_FUNDING: Mapping[str, tuple[str, str]] = {"current": ("funding", "level"), "opening": ("funding", "opening")}
_TOTALS = ("disbursement", "collection", "write_off")
"""Columns whose sums `Tổng hợp` does not hold."""


def row_facts(path: Path, rulebook: Rulebook | None = None) -> tuple[Fact, ...]:
    """What the programmes and the funding sources of a workbook say, in đồng and per cent.

    A name may mean several sums of rows (`vốn trung ương` with or without what the centre subsidises): each
    is a fact of its own.

    Raises:
        CannotRead, NotOurTemplate: the workbook cannot be read.
    """
    try:
        reading = read_office(path, rulebook or our_rulebook())
    except NotOurTemplate as refused:
        reading = read_branch_instead(path, refused)
    frames = stack(reading.blocks)
    lexicon = load_lexicon()
    facts: list[Fact] = []
    for frame, key, columns in (("programmes", "programme", _PROGRAMMES), ("funding", "source", _FUNDING)):
        if frame in frames:
            rows = frames[frame].to_dicts()
            facts += _of_parts(reading, lexicon, rows, key, columns)
            facts += _totals(rows)
    return tuple(facts)


def _of_parts(
    reading: Reading,
    lexicon: Lexicon,
    rows: Sequence[Mapping[str, Any]],
    key: str,
    columns: Mapping[str, tuple[str, str]],
) -> Iterator[Fact]:
    by_code = {row[key]: row for row in rows}
    for part, known in lexicon.parts.items():
        for codes in known.codes:
            found = [by_code[code] for code in codes if code in by_code]
            if not found:
                continue
            sums = {name: _sum(found, name) for name in (*columns, "plan")}
            place = _place(reading, found, next(iter(columns)))
            for name, (measure, aspect) in columns.items():
                if (amount := sums[name]) is not None:
                    meaning = Meaning(measure=measure, part=part, aspect=aspect)
                    yield Fact(meaning, "amount", amount, _step(found, name), place=place)
            yield from _computed(part, sums, columns, place, _step(found, next(iter(columns))))


def _computed(
    part: str,
    sums: Mapping[str, Decimal | None],
    columns: Mapping[str, tuple[str, str]],
    place: str,
    step: Decimal,
) -> Iterator[Fact]:
    """Change, growth and completion of the plan of a part."""
    name = next(iter(columns))
    measure = columns[name][0]
    level, opening, plan = sums[name], sums["opening"], sums["plan"]
    if level is None or opening is None:
        return
    change = level - opening
    yield Fact(Meaning(measure=measure, part=part, aspect="change"), "amount", change, 2 * step, place=place)
    ratios = {"growth": (change, opening), "plan_level": (level, plan)}
    if plan is not None:
        ratios["plan_growth"] = (change, plan - opening)
    for aspect, (upper, lower) in ratios.items():
        if lower is not None and lower > 0:
            meaning = Meaning(measure=measure, part=part, aspect=aspect)
            yield Fact(meaning, "percent", upper * 100 / lower, Decimal("0.0001"), place=place)


def _totals(rows: Sequence[Mapping[str, Any]]) -> Iterator[Fact]:
    for name in _TOTALS:
        if rows and name in rows[0] and (amount := _sum(rows, name)) is not None:
            measure, aspect = _PROGRAMMES[name]
            yield Fact(Meaning(measure=measure, aspect=aspect), "amount", amount, _step(rows, name))


def _sum(rows: Sequence[Mapping[str, Any]], name: str) -> Decimal | None:
    """The sum of a column; None where a row has no number in it, or none that can be used."""
    values = [int(row[name]) for row in rows if row.get(name) is not None]
    bad = any(f"|{name}|" in (row.get("bad") or "") or "|*|" in (row.get("bad") or "") for row in rows)
    return None if bad or len(values) < len(rows) else Decimal(sum(values))


def _step(rows: Sequence[Mapping[str, Any]], name: str) -> Decimal:
    """What the sum of a column may have been rounded by: a whole step, in đồng."""
    halves = [row.get(f"{name}__half") or 0 for row in rows]
    return Decimal(max(1, 2 * sum(halves)))


def _place(reading: Reading, rows: Sequence[Mapping[str, Any]], column: str) -> str:
    cells = [reading.place(row["sheet"], row["row"], column)[0] for row in rows]
    return f"{rows[0]['sheet']}!{', '.join(cell for cell in cells if cell)}"
