"""The exports of an invented office, read together: every figure against its loan book."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sheetcredit.imports.figures import Exports, Quality
from sheetcredit.imports.read import read_exports
from sheetcredit.rulebook import our_rulebook
from tests.exports_generator.files import write_exports
from tests.exports_generator.loan_book import SEED

Cell = tuple[str, tuple[str, ...], str]
STATEMENTS = {"11": "farmers", "12": "women", "13": "veterans", "14": "youth"}
BOOK = ("groups", "customers", "balance", "overdue", "frozen", "deposits")
MOVEMENTS = ("opening", "disbursement", "collection", "write_off")
OTHERWISE_DEFINED = {"with_savers", "with_roll_over", "len31_collection", "sum_over_programmes"}
"""What the bank's own reports count otherwise; it is told with the figure."""


def truth_of(expected: Mapping[str, Any]) -> Iterator[tuple[Cell, int | Decimal | str]]:
    """What the loan book says, by cell of the template."""
    for row in expected["ledger"]:
        key = (row["commune"], row["association"])
        yield from ((("ledger", key, column), row[column]) for column in BOOK)
        if (sheet := STATEMENTS.get(row["association"])) is not None:
            yield from (((sheet, key[:1], column), row[column]) for column in (*BOOK, *MOVEMENTS))
    for table, name in (("programmes", "programme"), ("groups", "group")):
        for row in expected[table]:
            for column, value in row.items():
                if column != name:
                    exact = Decimal(str(value)) if isinstance(value, float) else value
                    yield (table, (row[name],), column), exact
    names = {"balance": "balance", "overdue": "overdue", "frozen": "frozen", "lent_y": "disbursement"}
    names |= {"paid_y": "collection", "off_y": "write_off", "borrowers": "customers", "opening": "opening"}
    names |= {"lent_m": "disbursement_month", "paid_m": "collection_month"}
    yield from ((("~totals", (), column), expected["total"][name]) for name, column in names.items())


def check(exports: Exports, expected: Mapping[str, Any]) -> None:
    """Every figure is true within its slack, or says how it is counted; every cell has one that is true."""
    truth = dict(truth_of(expected))
    found: dict[Cell, set[Quality]] = {}
    for figure in exports.figures:
        cell = (figure.table, figure.key, figure.column)
        if cell not in truth or figure.quality is Quality.PROPOSAL or figure.basis in OTHERWISE_DEFINED:
            continue
        value, wanted = figure.value, truth[cell]
        if isinstance(value, str) or isinstance(wanted, str):
            assert value == wanted, (figure.source.kind, cell)
        else:
            assert abs(Decimal(value) - wanted) <= figure.slack, (figure.source.kind, cell, value, wanted)
        assert (figure.slack == 0) == (figure.quality is Quality.EXACT)
        found.setdefault(cell, set()).add(figure.quality)
    statements = {cell for cell in truth if cell[0] in STATEMENTS.values()}
    lacking = {cell for cell in truth if Quality.EXACT not in found.get(cell, set())} - statements
    assert lacking == set()
    proposed = {
        (one.table, one.key, one.column): one.value
        for one in exports.figures
        if one.table in STATEMENTS.values()
    }
    assert proposed == {cell: truth[cell] for cell in statements}
    assert {one.quality for one in exports.figures if one.table in STATEMENTS.values()} == {Quality.PROPOSAL}


@pytest.mark.parametrize("seed", [SEED, *range(1, 11)])
def test_every_figure_is_that_of_the_loan_book(seed: int, tmp_path: Path) -> None:
    expected = write_exports(tmp_path, seed)
    exports = read_exports(sorted(tmp_path.iterdir()), our_rulebook())
    assert {finding.code for finding in exports.findings} == {"I-NO-DAY"}
    check(exports, expected)


def test_files_are_known_under_any_name(tmp_path: Path) -> None:
    write_exports(tmp_path / "named")
    files = sorted((tmp_path / "named").iterdir())
    kinds = {path.name: {one.kind for one in read_exports([path], our_rulebook()).sources} for path in files}
    # What needs another file to know its office or the codes of its names is known all the same.
    assert sum(map(bool, kinds.values())) >= len(files) - 1
    (tmp_path / "random").mkdir()
    order = random.Random(1).sample(range(len(files)), len(files))
    for number, path in zip(order, files, strict=True):
        shutil.copy(path, tmp_path / "random" / f"{number}{path.suffix}")
    whole = read_exports(files, our_rulebook())
    again = read_exports(sorted((tmp_path / "random").iterdir()), our_rulebook())
    assert sorted(one.kind for one in again.sources) == sorted(one.kind for one in whole.sources)
    assert len({one.file for one in again.sources}) == len(files) == 21
    told = {(one.table, one.key, one.column, one.value, one.source.kind) for one in whole.figures}
    assert {(one.table, one.key, one.column, one.value, one.source.kind) for one in again.figures} == told
