"""An office that nobody knows begins; a branch puts its offices right by one list; divided communes once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook

from sheetcredit import patch_cells, reconcile, validate
from sheetcredit.catalogue.catalogue import load_catalogues
from sheetcredit.catalogue.own_offices import load_own_offices
from sheetcredit.cli.main import main
from tests.seeds_of import GOLDEN

WHO = ["--name", "PGD NHCSXH Mới", "--province", "quang tri", "--communes", "Đồng Thuận, 18871; Đồng Hới"]


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("SHEETCREDIT_SETTINGS", str(tmp_path / "cai-dat" / "settings.toml"))
    load_catalogues.cache_clear()
    yield tmp_path / "cai-dat"
    load_catalogues.cache_clear()


def communes_in(path: Path, sheet: str = "Hội Nông dân") -> list[str]:
    page = load_workbook(path)[sheet]
    codes = [page.cell(row, 1).value for row in range(10, page.max_row + 1)]
    return [str(code) for code in codes if str(code).isdigit()]


def test_an_unknown_office_tells_who_it_is_once(
    tmp_path: Path, own_settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    assert main(["new", str(first), "--office", "4501", "--period", "2026Q3"]) == 2
    assert "--communes" in capsys.readouterr().err and not first.exists()
    assert main(["new", str(first), "--office", "4501", "--period", "2026Q3", *WHO]) == 0
    assert str(own_settings / "offices.yaml") in capsys.readouterr().err
    assert main(["new", str(second), "--office", "4501", "--period", "2026Q4"]) == 0
    for made in (first, second):
        assert communes_in(made) == ["18859", "18871", "18880"]
        assert "R15" not in {f.code for f in validate(made).findings}
    info = load_workbook(first)["Thông tin"]
    values = {info.cell(row, 2).value: info.cell(row, 3).value for row in range(1, 25)}
    assert values["Tên PGD"] == "PGD NHCSXH Mới"
    assert values["Chi nhánh"] == "Chi nhánh NHCSXH tỉnh Quảng Trị"


@pytest.mark.parametrize(
    ("option", "value", "named"),
    [("--province", "Quang Tra", "Quảng Trị"), ("--communes", "Đồng Hơ", "Đồng Hới"), ("--communes", "18881", "18880")],
)  # fmt: skip
def test_what_cannot_be_told_names_what_is_near(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, value: str, named: str
) -> None:
    told = [*WHO]
    told[told.index(option) + 1] = value
    out = tmp_path / "a.xlsx"
    assert main(["new", str(out), "--office", "4501", "--period", "2026Q3", *told]) == 2
    assert named in capsys.readouterr().err


def test_on_a_terminal_it_asks_until_it_understands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter(["PGD NHCSXH Mới", "Quảng Tra", "Quảng Trị", "nowhere", "1, 18871", "004501"])
    monkeypatch.setattr("typer.prompt", lambda *_args, **_options: next(answers))
    for stream in ("stdin", "stderr"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True)
    out = tmp_path / "a.xlsx"
    assert main(["new", str(out), "--office", "4501", "--period", "2026Q3"]) == 0
    assert next(answers, None) is None
    shown = capsys.readouterr().err
    first = next(line.split()[1] for line in shown.splitlines() if line.split()[:1] == ["1"])
    assert set(communes_in(out)) == {first, "18871"}
    assert load_own_offices().find("004501") is not None
    assert main(["catalogue", "show", "004501"]) == 0
    assert "PGD NHCSXH Mới" in capsys.readouterr().out


def test_a_branch_puts_its_offices_right_by_one_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = tmp_path / "danh-sach.xlsx"
    assert main(["catalogue", "form", str(listed), "--branch", "Hải Phòng"]) == 0
    book = load_workbook(listed)
    page = book.active
    assert page is not None
    lines = {(page.cell(row, 1).value, page.cell(row, 6).value): row for row in range(4, page.max_row + 1)}
    assert len(lines) == 114
    row = lines["0312", "11581"]
    page.cell(row, 2).value, page.cell(row, 3).value = "003112", "PGD NHCSXH An Dương mới"
    page.cell(row, 7).value = 310001  # a number, as a spreadsheet makes of it
    page.cell(lines["0312", "11617"], 6).value = "11617, 11602"
    page.cell(lines["0288", "10507"], 6).value = "99001"
    book.save(listed)
    assert main(["catalogue", "import", str(listed)]) == 0
    said = capsys.readouterr()
    assert "27 PGD" in said.out and "99001" in said.err and "11602" in said.err
    out = tmp_path / "a.xlsx"
    assert main(["new", str(out), "--office", "0312", "--period", "2026Q3"]) == 0
    assert communes_in(out) == ["11581", "11593", "11617", "11602"]
    by_pos = tmp_path / "b.xlsx"
    patch_cells(out, {"Thông tin": {"C7": "003112"}, "Hội Nông dân": {"A10": "310001"}}, by_pos)
    assert "R15" not in {f.code for f in validate(by_pos).findings}


def test_a_list_that_is_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalogue", "import", str(GOLDEN)]) == 2
    assert "catalogue form" in capsys.readouterr().err


def test_groups_of_a_divided_commune_are_put_into_the_new_ones_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An Dương of 2024 as if it were of today: Lê Lợi was divided, Hồng Phong went into one commune whole."""
    old, listed = tmp_path / "cu.xlsx", tmp_path / "to.xlsx"
    patch_cells(GOLDEN, {"Thông tin": {"C10": "2026Q3"}}, old)
    before = validate(old)
    assert main(["catalogue", "groups", str(old), str(listed)]) == 0
    book = load_workbook(listed)
    page = book.active
    assert page is not None
    assert {page.cell(row, 4).value for row in range(4, page.max_row + 1)} >= {"11611"}
    for row in range(4, page.max_row + 1):
        choices = str(page.cell(row, 6).value)
        page.cell(row, 7).value = choices.split(maxsplit=1)[0]
    count = page.max_row - 3
    book.save(listed)
    assert main(["catalogue", "import", str(listed)]) == 0
    assert str(count) in capsys.readouterr().out
    own = load_own_offices().find("0312")
    assert own is not None and len(own.groups) == count
    assert before.office == "0312"


def test_an_unknown_code_is_asked_about_once_and_counts_once_explained(tmp_path: Path) -> None:
    wrong = tmp_path / "a.xlsx"
    page = load_workbook(GOLDEN)["Hội Nông dân"]
    edits = {}
    for sheet in ("Hội Nông dân", "Hội Phụ nữ", "Hội CCB", "Đoàn TN", "Tổ TK&VV", "Sổ ngân hàng"):
        there = load_workbook(GOLDEN)[sheet]
        column = 3 if sheet == "Tổ TK&VV" else 1
        letter = "C" if column == 3 else "A"
        edits[sheet] = {
            f"{letter}{row}": "11999"
            for row in range(10, there.max_row + 1)
            if there.cell(row, column).value == "11617"
        }
    assert page is not None and sum(map(len, edits.values())) > 10
    patch_cells(GOLDEN, edits, wrong)
    report = reconcile(wrong)
    (asked,) = [f for f in report.findings if f.code == "R15"]
    assert (asked.severity, asked.value, asked.key) == ("query", "11999", "R15|communes|11999")
    # The unknown code is asked about once, and so is the commune that has no row any more.
    assert [f.code for f in report.findings if f.severity != "note"] == ["R15", "R33"]
    assert [f.key for f in validate(wrong).findings if f.code == "R15"] == [asked.key]
