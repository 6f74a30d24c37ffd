"""`new`: a workbook with an office's communes and programmes, ready to be filled in."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook
from openxml_audit import OpenXmlValidator  # type: ignore[import-untyped]

from sheetcredit.build.new import make_workbook
from sheetcredit.cli.main import main
from sheetcredit.model.errors import BadUsage, CannotWrite, SheetcreditError
from sheetcredit.report import reconcile, validate
from sheetcredit.rulebook import our_rulebook
from sheetcredit.workbooks import read_office
from tests.seeds_of import digest

NOT_FILLED_IN = {"S-EMPTY"}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "quý 1.xlsx"


def test_a_workbook_of_an_office(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", str(out), "--office", "0312", "--period", "2024Q1", "--no-buttons"]) == 0
    said = capsys.readouterr()
    assert said.err == "" and str(out) in said.out
    reading = read_office(out, our_rulebook())
    assert (reading.info.office, str(reading.info.period)) == ("0312", "2024Q1")
    assert reading.info.as_of is not None and reading.info.as_of.isoformat() == "2024-03-31"
    sizes = {name: len(table.rows) for name, table in reading.tables.items()}
    assert sizes["farmers"] == sizes["women"] == sizes["veterans"] == sizes["youth"] == 16
    assert (sizes["ledger"], sizes["programmes"]) == (64, 11)
    assert {f.code for f in validate(out).findings} <= NOT_FILLED_IN


def test_nothing_in_it_is_wrong_and_no_figure_is_made_up(out: Path) -> None:
    make_workbook(out, "0312", "2024Q1")
    report = reconcile(out)
    assert {finding.code for finding in report.findings if finding.severity == "error"} <= NOT_FILLED_IN
    assert {value for value in report.figures.values() if value not in (None, 0)} == set()


def test_excel_would_open_it(out: Path) -> None:
    make_workbook(out, "0312", "2024Q1")
    assert list(OpenXmlValidator().validate(str(out)).errors) == []


def test_communes_are_those_of_the_day(out: Path) -> None:
    make_workbook(out, "0312", "2024Q4")
    named = {row[1] for row in load_workbook(out)["Hội CCB"].iter_rows(values_only=True)}
    assert "Xã An Hồng" in named


def test_a_blank_workbook_asks_only_for_what_is_required(out: Path) -> None:
    assert main(["new", str(out), "--no-buttons"]) == 0
    found = {(f.code, f.sheet, f.column) for f in validate(out).findings if f.code not in NOT_FILLED_IN}
    assert found == {
        ("V-REQUIRED", "Thông tin", header) for header in ("Mã PGD", "Tên PGD", "Kỳ báo cáo", "Ngày số liệu")
    }
    assert list(OpenXmlValidator().validate(str(out)).errors) == []


def test_a_period_without_an_office(out: Path) -> None:
    make_workbook(out, None, "2024Q2")
    reading = read_office(out, our_rulebook())
    assert (reading.info.office, str(reading.info.period)) == (None, "2024Q2")


def test_an_existing_file_stays(out: Path) -> None:
    out.write_bytes(b"mine")
    before = digest(out)
    with pytest.raises(CannotWrite) as caught:
        make_workbook(out, None, None)
    assert caught.value.code == "E-EXISTS" and digest(out) == before


@pytest.mark.parametrize(
    ("name", "office", "period", "code"),
    [
        ("a.xlsx", "9999", "2024Q1", "E-OFFICE"),
        ("a.xlsx", "312", "2024Q1", "E-OFFICE"),
        ("a.xlsx", "0312", "2024Q5", "E-PERIOD"),
        ("a.xlsx", None, "quý 1", "E-PERIOD"),
        ("a.docx", None, None, "E-FORMAT"),
        ("a", None, None, "E-FORMAT"),
        ("gone/a.xlsx", None, None, "E-GONE"),
    ],
)
def test_refused(name: str, office: str | None, period: str | None, code: str, tmp_path: Path) -> None:
    with pytest.raises(SheetcreditError) as caught:
        make_workbook(tmp_path / name, office, period)
    assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_the_same_each_time(tmp_path: Path) -> None:
    one, other = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    for path in (one, other):
        make_workbook(path, "0312", "2024Q1")
    assert digest(one) == digest(other)


def test_a_failure_is_bad_usage_on_the_command_line(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", str(out), "--office", "9999", "--no-buttons", "--lang", "en"]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and "9999" in said.err and "0969" in said.err
    assert issubclass(BadUsage, SheetcreditError)
