"""From a folder of mails with the associations' statements to an office workbook that can go out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openxml_audit import OpenXmlValidator  # type: ignore[import-untyped]

from seeds.content import Row
from seeds.statements import golden
from sheetcredit import patch_cells
from sheetcredit.build.workbook import Content, build_workbook
from sheetcredit.cli.jobs.statements import merge
from sheetcredit.cli.main import main
from sheetcredit.intake.candidates import candidates
from sheetcredit.report import run
from sheetcredit.xlsx.read import read_book
from tests.consolidate.handed_in import office_without_statements, statement
from tests.consolidate.mailbox import forwarded, mail, zipped
from tests.seeds_of import GOLDEN, PUBLISHED, digest

Said = pytest.CaptureFixture[str]


@pytest.fixture
def mails(tmp_path: Path) -> Path:
    """Four statements as they come: attached, forwarded, zipped, and saved by hand into the folder."""
    folder, made = tmp_path / "thư đến", tmp_path / "hội"
    folder.mkdir()
    made.mkdir()
    data = {code: statement(made, code).read_bytes() for code in ("11", "12", "13")}
    (folder / "1.eml").write_bytes(mail(("Hội Nông dân Q1.xlsx", data["11"])).as_bytes())
    (folder / "2.eml").write_bytes(
        forwarded(mail(("bc.dat", data["12"]), kind=("application", "octet-stream"))).as_bytes()
    )
    (folder / "3.eml").write_bytes(mail(("CCB.zip", zipped({"quý 1/ccb.xlsx": data["13"]}))).as_bytes())
    statement(folder, "14", name="đoàn.xlsx")
    return folder


def merge_paths(paths: list[Path], out: Path, **options: Any) -> int:
    """What `consolidate` does with them."""
    return merge(candidates(paths, out.parent / "tạm", [out]), out, **options)


def wrong_total(listed: list[Row], groups: list[Row]) -> None:
    listed[2]["balance"] = int(str(listed[2]["balance"])) + 900


def test_mails_in_an_office_workbook_out(mails: Path, tmp_path: Path, capsys: Said) -> None:
    office = office_without_statements(tmp_path / "pgd.xlsx")
    assert merge_paths([mails], office) == 0
    said = capsys.readouterr().out
    assert said.count("✓") >= 4 and "3.eml › CCB.zip › quý 1/ccb.xlsx" in said and "đoàn.xlsx" in said
    report = run(office)
    figures = {name: float(value) for name, value in report.figures.items() if value is not None}
    assert report.findings == () and figures.items() >= PUBLISHED.items()
    merged, seed = read_book(office), read_book(GOLDEN)
    for sheet in ("Hội Nông dân", "Hội Phụ nữ", "Hội CCB", "Đoàn TN"):
        assert merged.grids[sheet].rows[9:25] == seed.grids[sheet].rows[9:25]
    groups = {row[0]: row for row in seed.grids["Tổ TK&VV"].rows[9:259]}
    assert {row[0]: row for row in merged.grids["Tổ TK&VV"].rows[9:259]} == groups
    assert list(OpenXmlValidator().validate(str(office)).errors) == []


def test_what_the_office_explained_stays(mails: Path, tmp_path: Path, capsys: Said) -> None:
    tables = dict(golden().tables)
    first, *rest = tables["programmes"]
    tables["programmes"] = [{**first, "plan": 9_000_000}, *rest]  # far from its balance: a query
    office = build_workbook(tmp_path / "pgd.xlsx", Content(golden().info, tables))
    (query,) = [finding for finding in run(office).findings if finding.code == "R13"]
    book = load_workbook(office)["Kiểm tra"]
    (row,) = [line for line in range(9, 40) if book.cell(line, 3).value == "R13"]
    patch_cells(office, {"Kiểm tra": {f"I{row}": "Thành phố bổ sung nguồn tháng 3"}})
    statement(mails, "14", lambda listed, groups: groups[0].update(leader="Tên mới"), "đoàn.xlsx")
    assert merge_paths([mails], office, quiet=True) == 0
    report = run(office, tmp_path / "again.xlsx")
    (after,) = [finding for finding in report.findings if finding.key == query.key]
    assert (after.status, after.explanation) == ("explained", "Thành phố bổ sung nguồn tháng 3")
    assert "Tên mới" in {line[1] for line in read_book(office).grids["Tổ TK&VV"].rows}


def test_a_statement_that_is_wrong_goes_back_with_its_cells(tmp_path: Path, capsys: Said) -> None:
    office = office_without_statements(tmp_path / "pgd.xlsx")
    source = statement(tmp_path, "12", wrong_total)
    before = digest(source)
    back = tmp_path / "trả lại"
    assert merge_paths([source, statement(tmp_path, "11")], office, returned=back) == 1
    said = capsys.readouterr().out
    assert "I12" in said and "R05" in said and "11.128" in said and str(back) in said
    (copy,) = back.iterdir()
    page = load_workbook(copy)["Kiểm tra"]
    assert {(page.cell(row, 3).value, page.cell(row, 5).value) for row in (9, 10)} == {
        ("R02", "I12"),
        ("R05", "I12"),
    }
    assert digest(source) == before and list(OpenXmlValidator().validate(str(copy)).errors) == []


def test_the_machine_form(mails: Path, tmp_path: Path, capsys: Said) -> None:
    office = office_without_statements(tmp_path / "pgd.xlsx")
    (mails / "x.eml").write_bytes(b"")
    assert merge_paths([mails], office, json=True) == 2
    told = json.loads(capsys.readouterr().out)
    states = {(one["association"], one["state"]) for one in told["statements"]}
    assert states == {
        ("11", "merged"),
        ("12", "merged"),
        ("13", "merged"),
        ("14", "merged"),
        (None, "unidentified"),
    }
    assert [one["error"]["code"] for one in told["statements"] if one["error"]] == ["E-MAIL"]
    assert told["files"][0]["path"] == str(office) and told["files"][0]["figures"]["TH_UyThac"] == 437439
    assert (told["version"], told["missing"], told["out"]) == (1, [], str(office))


def test_quietly_only_what_could_not_be_read_is_told(mails: Path, tmp_path: Path, capsys: Said) -> None:
    (mails / "x.eml").write_bytes(b"")
    assert merge_paths([mails], tmp_path / "mới.xlsx", quiet=True, lang="en") == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and "x.eml" in said.err


def test_other_commands_say_what_a_statement_is(tmp_path: Path, capsys: Said) -> None:
    path = statement(tmp_path, "11")
    assert main(["run", str(path)]) == 2
    said = capsys.readouterr().err
    assert "báo cáo của hội" in said and "consolidate" in said and said.count("\n") == 1


def test_a_statement_beside_the_report_is_no_previous_report(tmp_path: Path) -> None:
    before = build_workbook(
        tmp_path / "a.xlsx", Content({**golden().info, "period": "2023Q3"}, golden().tables)
    )
    statement(tmp_path, "11", period="2023Q4")
    current = build_workbook(tmp_path / "b.xlsx", golden())
    assert run(current, tmp_path / "out.xlsx").previous == before
