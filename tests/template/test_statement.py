"""The statement of an association: its template, and `new --association`."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook
from openxml_audit import OpenXmlValidator  # type: ignore[import-untyped]

from sheetcredit.build.new import make_statement
from sheetcredit.cli.main import main
from sheetcredit.model.errors import BadUsage
from sheetcredit.template.definition import load_association, load_office, statement_sheet
from sheetcredit.template.reading import understand
from sheetcredit.xlsx.read import read_book
from tests.seeds_of import digest
from workbook.build import STATEMENT

OFFICE = load_office()


def test_headers_and_names_are_those_of_the_office_workbook() -> None:
    statement = load_association()
    lists = [sheet for sheet in OFFICE.tables() if sheet.frame == "statements"]
    assert len(lists) == 4
    for sheet in lists:
        assert sheet.columns == statement.sheet("statement").columns
    assert statement.sheet("groups").columns == OFFICE.sheet("groups").columns
    assert statement.sheet("findings").columns == OFFICE.sheet("findings").columns
    office_names = {column.header: column.name_in_book for column in OFFICE.sheet("info").columns}
    for column in statement.sheet("info").columns:
        assert office_names.get(column.header, column.name_in_book) == column.name_in_book


@pytest.mark.parametrize(
    ("code", "sheet"), [("11", "Hội Nông dân"), ("12", "Hội Phụ nữ"), ("13", "Hội CCB"), ("14", "Đoàn TN")]
)
def test_each_association_has_its_sheet(code: str, sheet: str) -> None:
    found = statement_sheet(OFFICE, code)
    assert found is not None and found.sheet == sheet
    assert load_association(code).sheet("statement").constants == {"association": code}
    assert statement_sheet(OFFICE, "99") is None


def test_a_statement_of_an_office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "hội.xlsx"
    assert main(["new", str(out), "--association", "13", "--office", "0312", "--period", "2024Q1"]) == 0
    assert str(out) in capsys.readouterr().out
    reading = understand(read_book(out), load_association("13"))
    assert (reading.info.office, str(reading.info.period)) == ("0312", "2024Q1")
    assert reading.info.values["association"] == "13"
    assert len(reading.tables["statement"].rows) == 16 and not reading.tables["groups"].rows
    assert reading.findings == ()
    assert list(OpenXmlValidator().validate(str(out)).errors) == []


def test_the_blank_template(tmp_path: Path) -> None:
    assert list(OpenXmlValidator().validate(str(STATEMENT)).errors) == []
    visible = [sheet.title for sheet in load_workbook(STATEMENT) if sheet.sheet_state == "visible"]
    assert visible == ["Thông tin", "Báo cáo của hội", "Tổ TK&VV", "Kiểm tra"]
    made = make_statement(tmp_path / "a.xlsx", "11", None, None)
    again = make_statement(tmp_path / "b.xlsx", "11", None, None)
    assert digest(made) == digest(again)
    assert (
        understand(read_book(made), load_association("11")).info.values["association_name"] == "Hội Nông dân"
    )


@pytest.mark.parametrize("code", ["99", "1", "15", ""])
def test_an_association_that_is_none(code: str, tmp_path: Path) -> None:
    with pytest.raises(BadUsage) as caught:
        make_statement(tmp_path / "a.xlsx", code, "0312", "2024Q1")
    assert caught.value.code == "E-ASSOCIATION" and list(tmp_path.iterdir()) == []
