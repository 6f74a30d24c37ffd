"""What travels between processes: readings, reports and failures come back as they were, and small."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from sheetcredit.model import errors
from sheetcredit.model.errors import CannotRead, SheetcreditError
from sheetcredit.report import check_readings
from sheetcredit.rulebook import our_rulebook
from sheetcredit.template.definition import load_office
from sheetcredit.template.reading import Reading
from sheetcredit.workbooks import read_office
from tests.seeds_of import GOLDEN, MISTAKEN

KINDS = [
    kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, SheetcreditError)
]


@pytest.fixture(scope="module", params=[GOLDEN, MISTAKEN], ids=["golden", "mistaken"])
def reading(request: pytest.FixtureRequest) -> Reading:
    path: Path = request.param
    return read_office(path, our_rulebook())


@pytest.mark.parametrize("kind", KINDS)
def test_a_failure_comes_back_whole(kind: type[SheetcreditError]) -> None:
    error = kind("E-LIMIT", path=Path("a.xlsx"), limit="parts", found=2, allowed=1)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (again.code, again.details) == (error.code, error.details)
    assert str(again) == str(error)


def test_a_failure_to_read_comes_back_whole(tmp_path: Path) -> None:
    with pytest.raises(CannotRead) as caught:
        read_office(tmp_path / "gone.xlsx", our_rulebook())
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.code, again.message()) == (caught.value.code, caught.value.message())


def test_a_reading_comes_back_as_it_was(reading: Reading) -> None:
    again = pickle.loads(pickle.dumps(reading))
    assert again == reading
    ours = {id(sheet) for sheet in load_office().sheets}
    assert {id(table.sheet) for table in again.tables.values()} <= ours
    assert {id(block.sheet) for block in again.blocks} <= ours


def test_a_report_comes_back_as_it_was(reading: Reading) -> None:
    book = our_rulebook()
    report = check_readings([reading], book)[0]
    assert pickle.loads(pickle.dumps(report)) == report
    assert check_readings([pickle.loads(pickle.dumps(reading))], book)[0] == report


def test_neither_takes_definitions_or_frames_along(reading: Reading) -> None:
    cells = sum(len(row) for grid in reading.book.grids.values() for row in grid.rows)
    assert len(pickle.dumps(reading)) < 40 * cells
    report = check_readings([reading], our_rulebook())[0]
    lines = len(report.comparison) + len(report.findings)
    assert len(pickle.dumps(report)) < 8_192 + 1_024 * lines
