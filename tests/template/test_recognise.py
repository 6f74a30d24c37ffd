"""What kind of workbook a file is, whatever it is called."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sheetcredit.build.new import make_statement
from sheetcredit.model.errors import CannotRead, NotOurTemplate
from sheetcredit.template.recognise import recognise, recognise_book
from sheetcredit.xlsx.read import read_book
from tests.libreoffice import LibreOffice
from tests.seeds_of import GOLDEN, MISTAKEN
from tests.tables import Workbook, tiny


@pytest.fixture
def statement(tmp_path: Path) -> Path:
    return make_statement(tmp_path / "hội.xlsx", "12", "0312", "2024Q1")


def test_an_office_workbook(tmp_path: Path) -> None:
    for path in (GOLDEN, MISTAKEN, tiny().save(tmp_path / "a.xlsx")):
        assert (recognise(path).kind, recognise(path).association) == ("office", None)


def test_a_statement_and_whose_it_is(statement: Path) -> None:
    found = recognise(statement)
    assert (found.kind, found.association) == ("association", "12")
    assert recognise_book(read_book(statement)) == found


def test_a_blank_statement_is_of_no_association(tmp_path: Path) -> None:
    shutil.copy(Path(__file__).parents[2] / "workbook" / "association.xlsx", tmp_path / "a.xlsx")
    found = recognise(tmp_path / "a.xlsx")
    assert (found.kind, found.association) == ("association", None)


def test_a_name_says_nothing(statement: Path, tmp_path: Path) -> None:
    renamed = Path(shutil.copy(statement, tmp_path / "PGD0312-2024Q1.xlsm"))
    assert recognise(renamed).kind == "association"


def test_sheets_however_they_are_written() -> None:
    book = tiny().renamed("Hội Nông dân", "hội  nông dân").without("Trực tiếp", "Kiểm tra").book()
    assert recognise_book(book).kind == "office"


def test_what_is_left_of_an_office_workbook_is_no_statement() -> None:
    sheets = tiny().sheets
    left = Workbook({name: sheets[name] for name in ("Thông tin", "Tổ TK&VV")})
    found = recognise_book(left.book())
    assert (found.kind, found.nearest) == (None, "office") and "Sổ ngân hàng" in found.missing


def test_a_statement_with_its_list_renamed_is_one_still() -> None:
    book = Workbook({}).sheet("Thông tin", "Mã ĐVUT | '13").sheet("Sheet1", "a").sheet("Tổ TK&VV", "a").book()
    assert (recognise_book(book).kind, recognise_book(book).association) == ("association", "13")


def test_none_of_ours() -> None:
    found = recognise_book(Workbook({}).sheet("Sheet1", "a").book())
    assert (found.kind, found.nearest) == (None, None)
    error = found.refused("a.xlsx")
    assert isinstance(error, NotOurTemplate) and error.code == "E-NOT-RECOGNISED"
    assert "không giống mẫu nào" in error.message()


def test_other_formats(libreoffice: LibreOffice, statement: Path) -> None:
    for kind in ("xls", "ods"):
        assert recognise(libreoffice.save_as(statement, kind)).association == "12"


@pytest.mark.parametrize("data", [b"", b"x", b"PK\x03\x04", GOLDEN.read_bytes()[:5000]])
@pytest.mark.parametrize("suffix", [".xlsx", ".xls"])
def test_what_cannot_be_opened(data: bytes, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(data)
    with pytest.raises(CannotRead):
        recognise(path)
    with pytest.raises(CannotRead):
        recognise(tmp_path / f"gone{suffix}")
