"""`sheetcredit fix`: shown first, applied on demand, logged, and never a value changed."""

from __future__ import annotations

import json
import unicodedata
from decimal import Decimal
from pathlib import Path
from shutil import copy
from zipfile import ZipFile

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from sheetcredit.cli.main import main
from sheetcredit.model.errors import BadUsage, CannotWrite
from sheetcredit.model.money import parse_number
from sheetcredit.repair.fix import Fixed, fix
from sheetcredit.report import reconcile
from sheetcredit.template.frames import stack
from sheetcredit.xlsx.patch import patch_cells
from tests.checks.cells import cell_of, golden_copy, read, table_of, value_of

GROUPS, WOMEN, PROGRAMMES, JOURNAL = "Tổ TK&VV", "Hội Phụ nữ", "Chương trình", "Nhật ký"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return golden_copy(tmp_path / "bao-cao.xlsx")


def group_codes(path: Path) -> list[str]:
    table = table_of(path, GROUPS)
    return [table.grid.text(row, table.columns["group"]) for row in table.rows]


@pytest.fixture
def spoiled(book: Path) -> dict[tuple[str, str], tuple[object, object, str]]:
    """One cell of every kind of repair: (sheet, cell) → what was typed, what it should be, the kind."""
    codes = group_codes(book)
    cells: dict[tuple[str, str], tuple[object, object, str]] = {
        (GROUPS, cell_of(book, GROUPS, codes[0], "leader")): ("§ç ThÞ H\xad¬ng", "Đỗ Thị Hương", "TCVN3"),
        (GROUPS, cell_of(book, GROUPS, codes[1], "leader")): ("Leâ Thò Hoa", "Lê Thị Hoa", "VNI"),
        (GROUPS, cell_of(book, GROUPS, codes[2], "leader")): (
            unicodedata.normalize("NFD", "Trần Văn Đức"), "Trần Văn Đức", "compose",
        ),
        (GROUPS, cell_of(book, GROUPS, codes[3], "leader")): (" Phạm\u00a0 Thu  Hà", "Phạm Thu Hà", "spaces"),
        (GROUPS, cell_of(book, GROUPS, codes[4], "leader")): ("Vũ Thị Thuý", "Vũ Thị Thúy", "tones"),
        (GROUPS, cell_of(book, GROUPS, codes[5], "group")): (int(codes[5]), codes[5], "code"),
    }  # fmt: skip
    for sheet, code, column in ((WOMEN, "11596", "balance"), (PROGRAMMES, "03", "balance")):
        cell = cell_of(book, sheet, code, column)
        number = Decimal(repr(value_of(book, sheet, cell)))
        text = f"{number:,f}".translate(str.maketrans(",.", ".,"))
        text = text.rstrip("0").rstrip(",") if "," in text else text
        cells[sheet, cell] = (f" {text}\u00a0", parse_number(text), "number")
    edits: dict[str, dict[str, object]] = {}
    for (sheet, cell), (typed, _, _) in cells.items():
        edits.setdefault(sheet, {})[cell] = typed
    patch_cells(book, edits)  # type: ignore[arg-type]
    return cells


def frames(path: Path) -> dict[str, pl.DataFrame]:
    """The rows as they are read, without the flags of how they are written."""
    return {
        name: frame.drop("bad").select(pl.exclude("file", "leader"))
        for name, frame in stack(read(path).blocks).items()
        if not name.endswith(".total")
    }


def journal(path: Path) -> list[tuple[object, ...]]:
    page = load_workbook(path)[JOURNAL]
    table = [tuple(cell.value for cell in row) for row in page.iter_rows(max_col=6)]
    header = next(place for place, row in enumerate(table) if row[0] == "Thời điểm")
    return [row for row in table[header + 1 :] if row[0]]


def test_a_clean_workbook_has_nothing_to_repair(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = book.read_bytes()
    assert main(["fix", str(book)]) == 0
    assert main(["fix", str(book), "--apply"]) == 0
    assert book.read_bytes() == before
    assert "không có gì để sửa" in capsys.readouterr().out


def test_everything_is_shown_first_and_nothing_written(
    book: Path, spoiled: dict[tuple[str, str], tuple[object, object, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    before = book.read_bytes()
    found = {(r.sheet, r.cell): (r.old, r.new, r.kinds) for r in fix(book).repairs}
    assert found == {place: (str(old), new, (kind,)) for place, (old, new, kind) in spoiled.items()}
    assert main(["fix", str(book)]) == 1
    shown = capsys.readouterr().out
    assert all(cell in shown for _, cell in spoiled)
    assert "--apply" in shown
    assert main(["fix", str(book), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)["files"][0]
    assert {(r["sheet"], r["cell"], r["kinds"][0]) for r in told["repairs"]} == {
        (*place, kind) for place, (_, _, kind) in spoiled.items()
    }
    assert (told["applied"], told["written_to"]) == (False, None)
    assert main(["fix", str(book), "-q"]) == 1
    assert capsys.readouterr().out == ""
    assert book.read_bytes() == before


def test_applied_repairs_change_no_value_and_are_logged(
    book: Path, spoiled: dict[tuple[str, str], tuple[object, object, str]]
) -> None:
    before = frames(book)
    fixed = fix(book, apply=True)
    assert fixed.written_to == book
    after = frames(book)
    assert before.keys() == after.keys()
    for name, frame in before.items():
        assert frame.equals(after[name]), name
    for (sheet, cell), (_, new, _) in spoiled.items():
        value = value_of(book, sheet, cell)
        assert value == new if isinstance(new, str) else Decimal(repr(value)) == new
    assert {(row[1], row[2], row[3], row[4]) for row in journal(book)} == {
        (sheet, cell, str(old), str(new)) for (sheet, cell), (old, new, _) in spoiled.items()
    }
    assert fix(book) == Fixed(str(book), ())
    odd = {"V-TEXTNUM", "V-CODE", "V-FONT"}
    assert not odd & {finding.code for finding in read(book).findings}


def test_the_journal_is_appended_to_never_overwritten(book: Path) -> None:
    cell = cell_of(book, GROUPS, group_codes(book)[0], "leader")
    for name in ("Lê Thị Thuý", "Lê Thị Hoà", "Lê Thị Loan  "):
        patch_cells(book, {GROUPS: {cell: name}})
        fix(book, apply=True)
    assert [row[3] for row in journal(book)] == ["Lê Thị Thuý", "Lê Thị Hoà", "Lê Thị Loan  "]
    reconcile(book)
    assert len(journal(book)) == 3


def test_the_source_stays_when_an_output_is_named(
    book: Path, spoiled: dict[tuple[str, str], tuple[object, object, str]], tmp_path: Path
) -> None:
    before = book.read_bytes()
    out = tmp_path / "sua.xlsx"
    assert main(["fix", str(book), "--apply", "-o", str(out), "-q"]) == 0
    assert book.read_bytes() == before
    assert len(journal(out)) == len(spoiled)
    with ZipFile(book) as old, ZipFile(out) as new:
        changed = {name for name in old.namelist() if old.read(name) != new.read(name)}
    touched = {sheet for sheet, _ in spoiled} | {JOURNAL}
    sheets = {name for name in changed if name.startswith("xl/worksheets/")}
    assert (
        len(sheets) <= len(touched) + 4
    )  # sheets whose formulas add what was text before are calculated anew
    assert changed - sheets <= {"xl/workbook.xml", "xl/calcChain.xml", "[Content_Types].xml"}


def test_an_output_without_apply_is_wrong_usage(book: Path, tmp_path: Path) -> None:
    with pytest.raises(BadUsage):
        fix(book, out=tmp_path / "o.xlsx")
    assert main(["fix", str(book), "-o", str(tmp_path / "o.xlsx")]) == 2


def test_without_a_journal_nothing_is_applied(book: Path, tmp_path: Path) -> None:
    old = tmp_path / "mau-cu.xlsx"
    copy(book, old)
    workbook = load_workbook(old)
    del workbook[JOURNAL]
    del workbook.defined_names["NK_Bang"]
    workbook.save(old)
    assert not [finding for finding in read(old).findings if finding.sheet == JOURNAL]
    cell = cell_of(old, GROUPS, group_codes(old)[0], "leader")
    patch_cells(old, {GROUPS: {cell: "Vũ Thị Thuý"}})
    before = old.read_bytes()
    assert [repair.cell for repair in fix(old).repairs] == [cell]
    with pytest.raises(CannotWrite) as error:
        fix(old, apply=True)
    assert error.value.code == "E-JOURNAL"
    assert old.read_bytes() == before
    assert main(["fix", str(old), "--apply"]) == 2


@pytest.mark.parametrize("typed", ["1,234", "0.123", "abc", "#REF!", "12345678901234567,5", "-", "", True, 5])
def test_what_is_not_certain_stays(book: Path, typed: object) -> None:
    cell = cell_of(book, WOMEN, "11596", "balance")
    patch_cells(book, {WOMEN: {cell: typed}})  # type: ignore[dict-item]
    assert fix(book).repairs == ()


def test_formulas_and_totals_are_never_overwritten(book: Path) -> None:
    workbook = load_workbook(book)
    page = workbook[GROUPS]
    cell = cell_of(book, GROUPS, group_codes(book)[0], "leader")
    page[cell] = '="Vũ Thị Thuý"'
    workbook.save(book)
    assert fix(book).repairs == ()


def test_details_are_repaired_too(book: Path) -> None:
    reading = read(book)
    row, column = reading.info.cells["director"]
    cell = f"{chr(65 + column)}{row + 1}"
    patch_cells(book, {"Thông tin": {cell: "Ph¹m ThÞ Lan"}})
    assert [(r.sheet, r.cell, r.new, r.kinds) for r in fix(book, apply=True).repairs] == [
        ("Thông tin", cell, "Phạm Thị Lan", ("TCVN3",))
    ]
    assert read(book).info.values["director"] == "Phạm Thị Lan"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    typed=st.lists(
        st.one_of(
            st.integers(0, 10**7).map(lambda n: f"{n:,}".replace(",", ".")),
            st.integers(0, 10**7).map(str),
            st.decimals(0, 99999, places=3).map(lambda d: str(d).replace(".", ",")),
            st.text(max_size=12),
            st.integers(0, 10**6),
        ),
        min_size=5,
        max_size=5,
    )
)
def test_reading_before_and_after_is_the_same(tmp_path: Path, typed: list[object]) -> None:
    path = golden_copy(tmp_path / "thu.xlsx")
    table = table_of(path, WOMEN)
    edits = {
        table.cell(row, "balance"): value if not isinstance(value, str) or value.isprintable() else "x"
        for row, value in zip(table.rows, typed, strict=False)
    }
    patch_cells(path, {WOMEN: edits})  # type: ignore[dict-item]
    before = frames(path)
    fix(path, apply=True)
    after = frames(path)
    assert all(frame.equals(after[name]) for name, frame in before.items())
