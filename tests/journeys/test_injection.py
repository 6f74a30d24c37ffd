"""Text that came from a workbook is never written where Excel would run it."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcredit import run
from sheetcredit.model.text import harmless, message_catalogue
from sheetcredit.repair.fix import fix
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.patch import patch_cells
from sheetcredit.xlsx.read import read_book
from tests.libreoffice import LibreOffice
from tests.seeds_of import GOLDEN
from tests.xlsx.hostile import parts_of

DANGEROUS = [
    "=1+1",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    " =1",
    '=HYPERLINK("http://x")',
    "＝1+1",
]
OURS = ("Đối chiếu", "Kiểm tra", "Nhật ký")
# Words of ours, and counts: what a message may begin with besides its own text.
FIRST = {"measure", "figure", "label", "count", "customers", "place"}


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_could_run_gets_an_apostrophe(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert harmless(harmless(text)) == harmless(text)


@given(st.from_regex(r"\A[+-]?[0-9]{1,9}([.,][0-9]{1,9})*\Z") | st.from_regex(r"\A[\w'(][^\x00]*\Z"))
def test_numbers_and_words_stay(text: str) -> None:
    assert harmless(text) == text


def test_no_message_begins_with_what_was_typed() -> None:
    for code, entry in message_catalogue("findings").items():
        for text in entry["message"].values():
            first = re.match(r"\{(\w+)", text)
            assert first is None or first[1] in FIRST, code


@pytest.fixture
def hostile_office(tmp_path: Path) -> Path:
    """The golden workbook with formulas for names: of communes, groups, leaders, and in Giải trình."""
    path = tmp_path / "a.xlsx"
    names = {f"B{row}": DANGEROUS[row % len(DANGEROUS)] for row in range(8, 24)}
    patch_cells(
        GOLDEN,
        {
            **dict.fromkeys(("Hội Nông dân", "Hội Phụ nữ", "Hội CCB", "Đoàn TN", "Sổ ngân hàng"), names),
            "Tổ TK&VV": names | {"D9": "=2+2 ", "H10": "-1+1"},
            "Kiểm tra": {"I9": "=3+3"},
        },
        out=path,
    )
    return path


def texts_of(path: Path) -> list[tuple[str, str, str]]:
    """Sheet, address and text of every cell of the sheets that the tool fills; none may be a new formula."""
    book = openpyxl.load_workbook(path)
    return [
        (sheet, cell.coordinate, cell.value)
        for sheet in OURS
        for row in book[sheet].iter_rows()
        for cell in row
        if isinstance(cell.value, str) and cell.data_type != "f"
    ]


def test_the_main_job_and_the_repairs_write_nothing_that_runs(hostile_office: Path, tmp_path: Path) -> None:
    out = tmp_path / "ra.xlsx"
    report = run(hostile_office, out)
    assert len(report.findings) > 20
    fix(out, apply=True)
    before, after = Package.open(hostile_office), Package.open(out)
    for sheet in (*OURS, "Hội CCB", "Tổ TK&VV"):
        old, new = before.formulas(sheet), after.formulas(sheet)
        assert {place: one.text for place, one in old.items()} == {
            place: one.text for place, one in new.items()
        }
    own = {("Kiểm tra", cell) for cell in ("I9",)} | {
        (sheet, cell) for sheet, cell, text in texts_of(out) if text == "=3+3"
    }
    risky = [one for one in texts_of(out) if harmless(one[2]) != one[2] and one[:2] not in own]
    assert risky == []
    # What the user typed is the user's: it stays as it was, as text.
    assert read_book(out).grids["Hội CCB"].text(7, 1) == DANGEROUS[0]
    assert len(parts_of(out.read_bytes())) == len(parts_of(hostile_office.read_bytes()))


def test_saved_as_csv_nothing_of_ours_begins_a_formula(
    hostile_office: Path, tmp_path: Path, libreoffice: LibreOffice
) -> None:
    out = tmp_path / "ra.xlsx"
    run(hostile_office, out)
    fix(out, apply=True)
    folder = libreoffice.save_as(out, "csv").parent
    for sheet in ("Đối chiếu", "Nhật ký"):
        with (folder / f"ra-{sheet}.csv").open(encoding="utf-8", newline="") as lines:
            cells = [cell for line in csv.reader(lines) for cell in line]
        assert len(cells) > 20
        assert [cell for cell in cells if harmless(cell) != cell] == []
