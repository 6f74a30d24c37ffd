"""An office's quarters side by side, through the front door."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from seeds.generate import golden_office, make_office, to_content
from sheetcredit.archive.write import append
from sheetcredit.build.workbook import build_workbook
from sheetcredit.cli.main import main
from sheetcredit.pool.gather import gather
from sheetcredit.rulebook import our_rulebook
from tests.consolidate.nation import Came


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden office, and an invented quarter before it in another unit."""
    folder = tmp_path_factory.mktemp("archive")
    golden = build_workbook(folder / "golden.xlsx", to_content(golden_office()))
    before = make_office(3, code="0312", communes=3, groups=20, period="2023Q4")
    other = build_workbook(folder / "before.xlsx", to_content(before))
    gathered = gather([Came(golden), Came(other)], our_rulebook(), workers=1)
    assert len(append(gathered, folder / "archive").added) == 2
    return folder / "archive"


def test_quarters_side_by_side(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "0312", "--archive", str(archive)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "0312" in lines[0]
    [header] = [line for line in lines if "2024Q1" in line]
    assert header.split()[-2:] == ["2023Q4", "2024Q1"]
    assert any(line.rstrip().endswith(" 438.213") for line in lines)
    assert any(line.rstrip().endswith(" 99,82 %") for line in lines)


def test_machine_form(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "0312", "--archive", str(archive), "--json", "--last", "1"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["version"], told["office"]) == (1, "0312")
    [quarter] = told["quarters"]
    assert quarter["period"] == "2024Q1"
    assert quarter["figures"]["TH_DuNo"] == 438213
    assert quarter["figures"]["TH_HND_TyTrong"] == 0.337


@pytest.mark.parametrize("place", ["", "nowhere"])
def test_what_cannot_be_told(archive: Path, place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "9", "--archive", str(archive / place)]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert ("0312" in told) == (place == "")


def test_periods_side_by_side_in_a_workbook(archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "cac-ky.xlsx"
    assert main(["history", "0312", "--archive", str(archive), "-o", str(out)]) == 0
    book = load_workbook(out)
    assert book.sheetnames == ["Các kỳ", "Theo xã", "Theo tổ"]
    page = book["Các kỳ"]
    assert [page.cell(3, place).value for place in (2, 3)] == ["2023Q4", "2024Q1"]
    held = {page.cell(row, 1).value: page.cell(row, 3).value for row in range(4, page.max_row + 1)}
    assert held["Tổng dư nợ"] == 438213 and len(page._charts) == 2  # type: ignore[attr-defined]
    owed = [row[-1] for row in book["Theo xã"].iter_rows(min_row=4, values_only=True) if row[-1]]
    assert sum(map(Decimal, map(repr, owed)), Decimal(0)).quantize(Decimal(1)) == 438213
    groups = list(book["Theo tổ"].iter_rows(min_row=4, values_only=True))
    assert len([row for row in groups if row[-1] is not None]) == 250
    assert main(["history", "0312", "--archive", str(archive), "-o", str(out)]) == 2
