"""An association's statement by itself: what is wrong, in its own file and cell."""

from __future__ import annotations

from pathlib import Path

import pytest

from sheetcredit.associations.statements import Statement, read_statement
from sheetcredit.intake.candidates import Candidate
from sheetcredit.rulebook import our_rulebook
from tests.associations.tiny_statement import GROUPS, LIST, SHEETS, tiny_statement
from tests.consolidate.handed_in import statement
from tests.seeds_of import GOLDEN
from tests.tables import Place, Workbook

RULEBOOK = our_rulebook()


def read(book: Workbook, folder: Path) -> Statement:
    path = book.save(folder / "hội.xlsx")
    return read_statement(Candidate(path, "thư.eml › hội.xlsx"), RULEBOOK)


def found(book: Workbook, folder: Path) -> set[Place]:
    statement = read(book, folder)
    assert statement.error is None and statement.report is not None
    return {(f.code, f.sheet, f.cell) for f in statement.report.findings if f.severity != "note"}


@pytest.mark.parametrize("code", SHEETS)
def test_a_statement_that_ties(code: str, tmp_path: Path) -> None:
    seen = read(tiny_statement(code), tmp_path)
    assert seen.report is not None and not seen.report.blocks
    assert (seen.kind, seen.association, seen.report.office, str(seen.report.period)) == (
        "association",
        code,
        "0312",
        "2024Q1",
    )
    assert seen.report.file == "thư.eml › hội.xlsx" and len(seen.digest) == 64
    assert seen.report.outcomes["failed"] == 0 and seen.report.outcomes["passed"] >= 8
    assert seen.report.outcomes["not_evaluated"] > 0  # the rules that need the bank's sheets


@pytest.mark.parametrize("code", ["11", "14"])
def test_a_real_one(code: str, tmp_path: Path) -> None:
    seen = read_statement(Candidate(statement(tmp_path, code), "a"), RULEBOOK)
    assert seen.report is not None and seen.report.findings == ()


def test_it_is_held_against_its_own_groups(tmp_path: Path) -> None:
    book = tiny_statement("11").put(LIST, D2=7, D3=7)
    assert found(book, tmp_path) == {("R05", LIST, "D2")}


def test_rows_and_totals(tmp_path: Path) -> None:
    book = tiny_statement("11").put(LIST, I3=111).put(GROUPS, M2="Khá")
    assert found(book, tmp_path) == {("R01", LIST, "I3"), ("R09", GROUPS, "M2")}


def test_cells_codes_and_details(tmp_path: Path) -> None:
    book = tiny_statement("12").put(LIST, F2="hai", A2="'99999").put("Thông tin", B7="đô la", B6="2024-07-01")
    assert {
        ("V-TYPE", LIST, "F2"), ("R15", LIST, "A2"), ("V-CHOICE", "Thông tin", "B7"), ("R12", "Thông tin", "B6"),
    } <= found(book, tmp_path)  # fmt: skip


def test_a_group_of_another_association(tmp_path: Path) -> None:
    book = tiny_statement("11").put(GROUPS, E2="'12")
    codes = {code for code, _, _ in found(book, tmp_path)}
    assert codes == {"R05"}


def test_an_empty_list_of_groups_is_not_handed_in(tmp_path: Path) -> None:
    blank = tiny_statement("11").sheet(GROUPS, "\n".join(GROUP_HEADERS))
    for book in (blank, tiny_statement("11").without(GROUPS)):
        seen = read(book, tmp_path)
        assert seen.report is not None and not seen.report.blocks
        assert seen.report.outcomes["failed"] == 0


GROUP_HEADERS = (
    "Mã tổ | Tổ trưởng | Mã xã | Xã | Mã ĐVUT | Số tổ viên | Số khách hàng | Dư nợ | Nợ quá hạn | Nợ khoanh "
    "| Tiền gửi tổ viên | Điểm | Xếp loại",
    "Tổng cộng | | | | | | | | | | | |",
)


def test_a_missing_list_blocks(tmp_path: Path) -> None:
    assert {code for code, _, _ in found(tiny_statement("11").without(LIST), tmp_path)} >= {"S-MISSING"}


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda folder: GOLDEN, "E-NOT-STATEMENT"),
        (
            lambda folder: tiny_statement("11").put("Thông tin", B1=None).save(folder / "a.xlsx"),
            "E-NO-ASSOCIATION",
        ),
        (
            lambda folder: tiny_statement("11").put("Thông tin", B1="'99").save(folder / "a.xlsx"),
            "E-NO-ASSOCIATION",
        ),
        (lambda folder: tiny_statement("11").put("Thông tin", B8=2).save(folder / "a.xlsx"), "E-VERSION"),
        (lambda folder: Workbook({}).sheet("A", "1").save(folder / "a.xlsx"), "E-NOT-RECOGNISED"),
        (lambda folder: folder / "gone.xlsx", "E-MISSING"),
    ],
)
def test_what_is_no_statement(make: object, code: str, tmp_path: Path) -> None:
    assert callable(make)
    seen = read_statement(Candidate(make(tmp_path), "thư.eml › x.xlsx"), RULEBOOK)
    assert seen.error is not None and seen.error.code == code and seen.report is None
    assert "thư.eml › x.xlsx" in seen.error.message()
