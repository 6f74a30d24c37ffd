"""Which report is taken for the previous one, and what finding it costs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from shutil import copy

import pytest

from sheetcredit.cli.main import main
from sheetcredit.rulebook import our_rulebook
from sheetcredit.template.reading import Reading
from sheetcredit.workbooks import other_reports
from tests.checks.cells import read
from tests.checks.periods import golden_tables, quarter_before, row_of, write, year_before

BOOK = our_rulebook()


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four quarters and another office's."""
    folder = tmp_path_factory.mktemp("reports")
    tables = golden_tables()
    write(folder / "a.xlsx", year_before(tables), "2023Q4")
    write(folder / "b.xlsx", quarter_before(tables), "2024Q1")
    write(folder / "c.xlsx", tables, "2024Q2")
    write(folder / "khac.xlsx", tables, "2024Q1", office="0999")
    return folder


@pytest.fixture
def folder(reports: Path, tmp_path: Path) -> Path:
    for path in reports.iterdir():
        copy(path, tmp_path / path.name)
    return tmp_path


def found(path: Path, *targets: Path) -> str | None:
    readings: list[Reading] = [read(path)]
    before = other_reports(readings, BOOK, targets=targets).previous
    return Path(before[str(path)].file).name if str(path) in before else None


def test_the_latest_earlier_report_of_the_office_is_found_whatever_it_is_called(folder: Path) -> None:
    assert found(folder / "c.xlsx") == "b.xlsx"
    assert found(folder / "b.xlsx") == "a.xlsx"
    assert found(folder / "a.xlsx") is None
    assert found(folder / "khac.xlsx") is None
    (folder / "b.xlsx").rename(folder / "Báo cáo mới nhất (2).XLSX")
    assert found(folder / "c.xlsx") == "Báo cáo mới nhất (2).XLSX"


def test_of_two_reports_of_one_period_the_one_changed_last_counts(folder: Path) -> None:
    copy(folder / "b.xlsx", folder / "z.xlsx")
    os.utime(folder / "z.xlsx", (1, 1))
    assert found(folder / "c.xlsx") == "b.xlsx"
    os.utime(folder / "b.xlsx", (0, 0))
    assert found(folder / "c.xlsx") == "z.xlsx"


def test_a_file_about_to_be_written_is_not_taken(folder: Path) -> None:
    assert found(folder / "c.xlsx", folder / "b.xlsx") == "a.xlsx"


def test_what_is_no_report_is_passed_over(folder: Path) -> None:
    (folder / "hong.xlsx").write_bytes(b"PK\x03\x04 hong")
    (folder / "trong.xlsx").write_bytes(b"")
    (folder / "~$c.xlsx").write_bytes(b"owner")
    (folder / "thu-muc.xlsx").mkdir()
    copy(folder / "b.xlsx", folder / "b.bak")
    (folder / "b.xlsx").unlink()
    assert found(folder / "c.xlsx") == "a.xlsx"


def test_only_so_many_files_are_looked_into(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = BOOK.catalogues.limits.continuity[0].search
    for number in range(limit + 20):
        (folder / f"khac-{number}.xlsx").write_bytes(b"PK")
        os.utime(folder / f"khac-{number}.xlsx", (4e9, 4e9))
    looked: list[Path] = []
    monkeypatch.setattr("sheetcredit.workbooks.peek", lambda path, sheet: looked.append(path))
    assert found(folder / "c.xlsx") is None  # the reports are older than all of these
    assert len(looked) == limit


def test_strangers_in_the_folder_are_passed_over(folder: Path) -> None:
    for number in range(30):
        copy(folder / "khac.xlsx", folder / f"khac-{number}.xlsx")
    assert other_reports([read(folder / "a.xlsx")], BOOK).previous == {}


def test_reports_given_together_find_each_other(folder: Path) -> None:
    readings = [read(folder / f"{name}.xlsx") for name in "abc"]
    before = other_reports(readings, BOOK).previous
    assert {Path(file).name: Path(then.file).name for file, then in before.items()} == {
        "b.xlsx": "a.xlsx", "c.xlsx": "b.xlsx",
    }  # fmt: skip
    assert before[str(folder / "c.xlsx")] is readings[1]


def test_the_command_line_takes_the_named_report(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["reconcile", str(folder / "c.xlsx"), "--previous", str(folder / "a.xlsx"), "--json"])
    told = json.loads(capsys.readouterr().out)["files"][0]
    # A copy of what was reported then: it blocks (H-COPY or H-SAME), beside the right report.
    assert (code, told["previous"]) == (1, str(folder / "a.xlsx"))


@pytest.mark.parametrize("name", ["khac.xlsx", "c.xlsx"])
def test_another_offices_report_cannot_be_run_against(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    out = folder / "out.xlsx"
    arguments = ["run", str(folder / "b.xlsx"), "--previous", str(folder / name), "-o", str(out)]
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert not out.exists()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert "không phải báo cáo kỳ trước" in told.err


def test_a_missing_report_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconcile", str(folder / "c.xlsx"), "--previous", str(folder / "khong.xlsx")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_main_job_says_what_it_compared_with_and_blocks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = golden_tables()
    write(tmp_path / "cu.xlsx", year_before(tables), "2023Q4")
    row_of(tables, "funding", source="101")["opening"] += 5
    new = write(tmp_path / "moi.xlsx", tables, "2024Q1")
    assert main(["run", str(new), "--lang", "en"]) == 1
    told = capsys.readouterr().out
    assert "R20" in told
    assert "Compared with the previous report" in told
    assert main(["run", str(new), "-q"]) == 1


def test_filling_alone_compares_with_nothing(tmp_path: Path) -> None:
    tables = golden_tables()
    write(tmp_path / "cu.xlsx", year_before(tables), "2023Q4")
    row_of(tables, "funding", source="101")["opening"] += 5
    assert main(["fill", str(write(tmp_path / "moi.xlsx", tables, "2024Q1")), "-q"]) == 0
