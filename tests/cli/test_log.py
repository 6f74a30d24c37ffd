"""The log of unforeseen failures: where in the program, never what is in the workbook."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from sheetcredit import log
from sheetcredit.cli import main as cli
from sheetcredit.xlsx.patch import patch_cells
from tests.seeds_of import GOLDEN, copy_of

SECRET = "Nguyễn Thị Bí Mật 987654321"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHEETCREDIT_HOME", str(tmp_path))
    return tmp_path / "state"


def test_it_tells_where_and_keeps_quiet_about_what(state: Path) -> None:
    try:
        try:
            raise KeyError(SECRET)
        except KeyError as cause:
            raise ValueError(f"không đọc được {SECRET}") from cause
    except ValueError as error:
        path = log.log_failure(error, ["run", f"{SECRET}.xlsx", "--json", f"--to={SECRET}"])
    assert path == state / "sheetcredit.log"
    text = path.read_text(encoding="utf-8")
    assert "builtins.ValueError" in text and "builtins.KeyError" in text and "test_log.py" in text
    assert "['run', '--json', '--to']" in text
    assert SECRET not in text and "987654321" not in text


def test_what_nobody_foresaw_is_one_line_and_the_log(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = copy_of(GOLDEN, tmp_path, f"{SECRET}.xlsx")
    patch_cells(path, {"Thông tin": {"C15": SECRET}})

    def fail(*_: object) -> None:
        raise RuntimeError(f"lỗi ở {SECRET}\nhai dòng")

    monkeypatch.setattr("sheetcredit.cli.jobs.workbooks.read_office", fail)
    assert cli.main(["validate", str(path)]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and "sheetcredit.log" in said.err
    assert "Traceback" not in said.err
    assert SECRET not in (state / "sheetcredit.log").read_text(encoding="utf-8")


def test_failures_are_added_one_after_the_other(state: Path) -> None:
    for _ in range(2):
        path = log.log_failure(ValueError("x"), [])
    assert path.read_text(encoding="utf-8").count("builtins.ValueError") == 2


def test_where_nothing_can_be_written_it_goes_on(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state.write_text("a file where the folder should be", encoding="utf-8")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    assert log.log_failure(ValueError("x"), []) == tmp_path / "temporary" / "sheetcredit.log"
    (tmp_path / "temporary" / "sheetcredit.log").unlink()
    (tmp_path / "temporary").rmdir()
    (tmp_path / "temporary").write_text("", encoding="utf-8")
    assert log.log_failure(ValueError("x"), []) == Path("-")
