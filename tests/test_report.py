"""The main job as a function: what blocks, what it writes, what a second look gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from sheetcredit.model.errors import CannotWrite
from sheetcredit.report import check_readings, reconcile, run, validate, validate_readings, write_report
from sheetcredit.rulebook import our_rulebook
from sheetcredit.workbooks import read_office
from sheetcredit.xlsx.cells import EditValue
from sheetcredit.xlsx.patch import patch_cells
from tests.seeds_of import GOLDEN, MISTAKEN, copy_of, digest


def summary_cell(path: Path, name: str) -> str:
    _, row, column = read_office(path, our_rulebook()).book.names[name]
    return f"{chr(65 + column)}{row + 1}"


def test_validation_looks_at_sheets_alone() -> None:
    report = validate(MISTAKEN)
    assert {finding.code[0] for finding in report.findings} <= {"V", "S"}
    assert (report.outcomes, report.figures, report.comparison) == ({}, {}, ())
    assert (report.office, str(report.period), report.unit) == ("0312", "2024Q1", 10**6)


def test_outcomes_count_every_rule_once() -> None:
    rules = len(our_rulebook().rules)
    for seed in (GOLDEN, MISTAKEN):
        outcomes = reconcile(seed).outcomes
        assert sum(outcomes.values()) <= rules
        assert set(outcomes) == {"passed", "failed", "explained", "not_evaluated"}
    assert sum(reconcile(GOLDEN).outcomes.values()) == sum(reconcile(MISTAKEN).outcomes.values())


def test_findings_come_in_the_same_order_each_time() -> None:
    one, other = reconcile(MISTAKEN), reconcile(MISTAKEN)
    assert one == other
    keys = [finding.key for finding in one.findings]
    assert len(keys) == len(set(keys))


def test_what_is_missing_is_not_evaluated() -> None:
    book = our_rulebook()
    reading = read_office(GOLDEN, book)
    (report,) = check_readings([reading], book)
    assert report.outcomes["not_evaluated"] == 0


@pytest.mark.parametrize(("value", "code"), [(438214, "R14"), ("438.213", "R14"), (None, "R14")])
def test_a_figure_typed_over_blocks_until_it_is_filled_again(
    value: EditValue, code: str, tmp_path: Path
) -> None:
    path = copy_of(GOLDEN, tmp_path)
    run(path)
    cell = summary_cell(path, "TH_DuNo")
    patch_cells(path, {"Tổng hợp": {cell: value}})
    report = reconcile(path)
    assert [(f.code, f.sheet, f.cell) for f in report.findings if f.blocks] == [(code, "Tổng hợp", cell)]
    assert report.outcomes["failed"] == 1
    filled = run(path)
    assert [(f.code, f.cell, f.severity) for f in filled.findings if f.code == code] == [(code, cell, "note")]
    assert not filled.blocks
    assert [f.code for f in run(path).findings if f.code == code] == []


def test_a_summary_that_is_merely_old_is_worth_a_note_until_it_is_filled(tmp_path: Path) -> None:
    path = copy_of(MISTAKEN, tmp_path)
    run(path)
    table = read_office(path, our_rulebook()).table_named("Sổ ngân hàng")
    assert table is not None
    patch_cells(path, {"Sổ ngân hàng": {table.cell(table.rows[0], "balance"): 5_000_000_000}})
    assert [f.severity for f in reconcile(path).findings if f.code == "F-STALE"] == ["note"]
    assert [f for f in run(path).findings if f.code == "F-STALE"] == []


def test_what_cannot_be_written_is_told_before_anything_is(tmp_path: Path) -> None:
    book = our_rulebook()
    source = copy_of(GOLDEN, tmp_path)
    reading = read_office(source, book)
    (report,) = check_readings([reading], book)
    before = digest(source)
    with pytest.raises(CannotWrite) as caught:
        write_report(report, reading, book, tmp_path / "gone" / "out.xlsx")
    assert caught.value.code == "E-GONE"
    assert digest(source) == before


def test_many_workbooks_at_once_give_what_each_gives(tmp_path: Path) -> None:
    book = our_rulebook()
    paths = [copy_of(seed, tmp_path, f"{n}.xlsx") for n, seed in enumerate((GOLDEN, MISTAKEN, GOLDEN))]
    readings = [read_office(path, book) for path in paths]
    assert check_readings(readings, book) == [check_readings([one], book)[0] for one in readings]
    assert validate_readings(readings, book) == [validate(path) for path in paths]
