"""Somebody saves the workbook between our reading it and our writing into it: their work is not overwritten."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sheetcredit.model.errors import ChangedMeanwhile
from sheetcredit.repair import fix as job
from sheetcredit.repair.fix import find_repairs
from sheetcredit.report import check_readings, write_report
from sheetcredit.rulebook import our_rulebook
from sheetcredit.workbooks import read_office
from sheetcredit.xlsx.patch import patch_cells
from sheetcredit.xlsx.read import read_book
from tests.seeds_of import GOLDEN, MISTAKEN


@pytest.mark.parametrize("elsewhere", [False, True])
def test_the_main_job_writes_nothing_into_a_file_it_has_not_read(tmp_path: Path, elsewhere: bool) -> None:
    path, out = tmp_path / "a.xlsx", tmp_path / "b.xlsx" if elsewhere else None
    shutil.copy(GOLDEN, path)
    book = our_rulebook()
    reading = read_office(path, book)
    (report,) = check_readings([reading], book)
    patch_cells(path, {"Hội CCB": {"E9": 12345}})
    saved = path.read_bytes()
    with pytest.raises(ChangedMeanwhile):
        write_report(report, reading, book, out)
    assert [one.name for one in tmp_path.iterdir()] == ["a.xlsx"] and path.read_bytes() == saved


def test_nor_do_the_repairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.xlsx"
    shutil.copy(MISTAKEN, path)
    real = find_repairs

    def find_and_be_overtaken(*arguments: object) -> object:
        found = list(real(*arguments))  # type: ignore[arg-type]
        patch_cells(path, {"Hội CCB": {"E9": 12345}})
        return found

    monkeypatch.setattr("sheetcredit.repair.fix.find_repairs", find_and_be_overtaken)
    with pytest.raises(ChangedMeanwhile):
        job.fix(path, apply=True)
    assert read_book(path).grids["Hội CCB"].value(8, 4) == 12345
