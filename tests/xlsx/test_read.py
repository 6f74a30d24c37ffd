"""Reading files: values, formulas, names and hidden sheets of every kind, and what is refused by name."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import python_calamine

from sheetcredit.model.errors import CannotRead, HostileFile
from sheetcredit.xlsx.patch import patch_cells
from sheetcredit.xlsx.read import read_book
from tests.journeys.test_bad_input import ole_file
from tests.libreoffice import LibreOffice
from tests.seeds_of import GOLDEN, copy_of


def workbook(path: Path) -> Path:
    """A small workbook of everything that reading tells apart."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Số liệu"
    sheet["B2"], sheet["C2"], sheet["D2"] = "chữ", 1.5, True
    sheet["B3"], sheet["C3"], sheet["E3"] = "0012", 7, date(2024, 3, 31)
    sheet["C4"], sheet["D4"] = "=SUM(C2:C3)", "=NOW()"
    hidden = book.create_sheet("Ẩn")
    hidden["A1"], hidden.sheet_state = "x", "hidden"
    book.create_sheet("Trống")
    book.defined_names["TEN"] = openpyxl.workbook.defined_name.DefinedName("TEN", attr_text="'Số liệu'!$C$3")
    book.defined_names["VUNG"] = openpyxl.workbook.defined_name.DefinedName(
        "VUNG", attr_text="'Số liệu'!$B$2:$D$4"
    )
    book.defined_names["HONG"] = openpyxl.workbook.defined_name.DefinedName(
        "HONG", attr_text="'Số liệu'!#REF!"
    )
    book.save(path)
    return path


def test_values_stand_where_excel_shows_them(tmp_path: Path) -> None:
    book = read_book(workbook(tmp_path / "a.xlsx"), ["Số liệu"])
    grid = book.grids["Số liệu"]
    assert [grid.value(1, column) for column in range(5)] == [None, "chữ", 1.5, True, None]
    assert (grid.value(2, 1), grid.value(2, 2), grid.value(2, 4)) == ("0012", 7, date(2024, 3, 31))
    assert grid.value(99, 0) is None and grid.value(0, 99) is None
    assert list(book.grids) == ["Số liệu", "Ẩn", "Trống"]
    assert (book.grids["Ẩn"].hidden, grid.hidden) == (True, False)
    assert book.writable


def test_names_point_to_their_first_cell(tmp_path: Path) -> None:
    book = read_book(workbook(tmp_path / "a.xlsx"))
    assert book.names["TEN"] == ("Số liệu", 2, 2) and book.named("TEN") == 7
    assert book.names["VUNG"] == ("Số liệu", 1, 1)
    assert "HONG" not in book.names and book.named("HONG") is None


def test_formulas_of_the_sheets_asked_for(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    assert read_book(path).grids["Số liệu"].formulas == {}
    grid = read_book(path, ["Số liệu"]).grids["Số liệu"]
    assert {place: formula.text for place, formula in grid.formulas.items()} == {
        (3, 2): "SUM(C2:C3)",
        (3, 3): "NOW()",
    }
    # The file keeps no values: a plain sum is worked out, anything else is not.
    assert grid.value(3, 2) == 8.5 and grid.formulas[3, 2].cached == "8.5"
    assert grid.value(3, 3) is None and grid.formulas[3, 3].cached is None


@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_other_formats_give_the_same_values(kind: str, tmp_path: Path, libreoffice: LibreOffice) -> None:
    path = workbook(tmp_path / "a.xlsx")
    ours, other = read_book(path, ["Số liệu"]), read_book(libreoffice.save_as(path, kind))
    assert (other.writable, other.names) == (False, {})
    for place in ((1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 4), (3, 2)):
        value, theirs = (book.grids["Số liệu"].value(*place) for book in (ours, other))
        assert (place, theirs) == (place, value)


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.xlsx", b"", "E-EMPTY"),
        ("a.xlsx", b"PK", "E-NOT-WORKBOOK"),
        ("a.xlsx", b"<html><table></table></html>", "E-NOT-WORKBOOK"),
        ("a.xls", b"<html><table></table></html>", "E-NOT-WORKBOOK"),
        ("a.csv", b"a;b\n1;2\n", "E-NOT-WORKBOOK"),
        ("a.xlsx", ole_file("EncryptionInfo", "EncryptedPackage"), "E-PASSWORD"),
        ("a.xlsm", ole_file("EncryptionInfo", "EncryptedPackage"), "E-PASSWORD"),
        ("a.xls", ole_file("EncryptionInfo", "EncryptedPackage"), "E-PASSWORD"),
        ("a.xlsx", ole_file("Workbook"), "E-LEGACY"),
        ("a.xls", ole_file("Workbook"), "E-TRUNCATED"),
    ],
)
def test_refused_by_name(name: str, data: bytes, code: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(CannotRead) as caught:
        read_book(path)
    assert caught.value.code == code
    assert str(path) in caught.value.message("vi")


def test_any_end_that_is_missing_is_told(tmp_path: Path) -> None:
    whole = GOLDEN.read_bytes()
    path = tmp_path / "a.xlsx"
    for size in range(1, len(whole), 9_973):
        path.write_bytes(whole[:size])
        with pytest.raises(CannotRead) as caught:
            read_book(path)
        assert caught.value.code in ("E-TRUNCATED", "E-NOT-WORKBOOK")


@pytest.mark.parametrize("cell", ["XFD1048576", "A1048576", "XFD700"])
def test_a_cell_far_outside_is_named_before_memory_is_taken(cell: str, tmp_path: Path) -> None:
    path = copy_of(GOLDEN, tmp_path)
    patch_cells(path, {"Hội CCB": {cell: 1}})
    with pytest.raises(HostileFile) as caught:
        read_book(path)
    assert (caught.value.code, caught.value.details["sheet"]) == ("E-FAR-CELL", "Hội CCB")


@pytest.mark.parametrize("cell", ["ZZ500", "B100200", "XFD12"])
def test_a_cell_outside_but_within_reach_is_read(cell: str, tmp_path: Path) -> None:
    path = copy_of(GOLDEN, tmp_path)
    patch_cells(path, {"Hội CCB": {cell: 1}})
    assert read_book(path).grids["Hội CCB"].rows[-1][-1] in (1, "")


def test_a_fault_of_the_reader_is_no_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    panic = type("PanicException", (BaseException,), {})

    def fail(_: io.BytesIO) -> None:
        raise panic("index out of bounds")

    monkeypatch.setattr(python_calamine, "load_workbook", fail)
    with pytest.raises(CannotRead) as caught:
        read_book(copy_of(GOLDEN, tmp_path))
    assert caught.value.code == "E-TRUNCATED"

    def stop(_: io.BytesIO) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(python_calamine, "load_workbook", stop)
    with pytest.raises(KeyboardInterrupt):
        read_book(copy_of(GOLDEN, tmp_path))
