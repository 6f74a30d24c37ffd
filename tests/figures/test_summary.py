"""The summary: from amounts alone, and no figure rather than a wrong one."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from sheetcredit.report import reconcile
from sheetcredit.rulebook import our_rulebook
from sheetcredit.template.locate import Table
from sheetcredit.workbooks import read_office
from sheetcredit.xlsx.cells import EditValue
from sheetcredit.xlsx.patch import patch_cells
from tests.seeds_of import GOLDEN, PUBLISHED, copy_of

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported")

DIRECT_ONLY = {"TH_UyThac_Tang"}
FUNDING = {name for name in PUBLISHED if name.startswith("TH_NguonVon")}
RATINGS = {name for name in PUBLISHED if name.startswith("TH_To_")}
OVERDUE = {"TH_NoQuaHan", "TH_NoQuaHan_TyLe"}
FROZEN = {"TH_NoKhoanh", "TH_NoKhoanh_TyLe"}
TOTAL = {"TH_DuNo", "TH_DuNo_Tang", "TH_DuNo_TyLeTang", "TH_DuNo_HTKH", "TH_SoChuongTrinh"}
ASSOCIATIONS = {f"TH_{a}{s}" for a in ("HND", "HPN", "CCB", "DTN") for s in ("", "_TyTrong")}
ENTRUSTED = {"TH_UyThac", "TH_UyThac_Tang", "TH_UyThac_TyTrong", "TH_TrucTiep", *ASSOCIATIONS}
COUNTS = {"TH_SoTo", "TH_SoKhachHang", "TH_TienGui"}
OF_TOTAL = {"TH_NoQuaHan_TyLe", "TH_NoKhoanh_TyLe", "TH_UyThac_TyTrong"}


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return copy_of(GOLDEN, tmp_path)


def table_of(path: Path, sheet: str) -> Table:
    table = read_office(path, our_rulebook()).table_named(sheet)
    assert table is not None
    return table


def put(path: Path, sheet: str, column: str, value: EditValue, row: int | None = None) -> None:
    """Write a column of the first row (or the header, row -1)."""
    table = table_of(path, sheet)
    line = table.header_row if row == -1 else table.rows[row or 0]
    patch_cells(path, {sheet: {table.cell(line, column): value}})


def unknown(path: Path) -> set[str]:
    """The names of the figures that are None; all others are as they were."""
    figures, golden = reconcile(path).figures, reconcile(GOLDEN).figures
    assert {name for name, value in figures.items() if value is not None and value != golden[name]} == set()
    return {name for name, value in figures.items() if value is None}


def without_sheet(name: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        book = load_workbook(path)
        del book[name]
        book.save(path)

    return change


CHANGES: dict[str, tuple[Callable[[Path], None], set[str]]] = {
    "no sheet Nguồn vốn": (without_sheet("Nguồn vốn"), FUNDING),
    "no sheet Trực tiếp": (without_sheet("Trực tiếp"), DIRECT_ONLY),
    "no sheet Tổ TK&VV": (without_sheet("Tổ TK&VV"), RATINGS),
    "no sheet Sổ ngân hàng": (without_sheet("Sổ ngân hàng"), ENTRUSTED | COUNTS),
    "no sheet Chương trình": (
        without_sheet("Chương trình"),
        TOTAL | OVERDUE | FROZEN | OF_TOTAL | {"TH_UyThac_Tang"},
    ),
    "an amount that is no number": (
        lambda path: put(path, "Chương trình", "balance", "hai mươi triệu"),
        TOTAL - {"TH_DuNo_Tang"} | OF_TOTAL | {"TH_DuNo_Tang"},
    ),
    "an opening that is no number": (
        lambda path: put(path, "Chương trình", "opening", "?"),
        {"TH_DuNo_Tang", "TH_DuNo_TyLeTang", "TH_UyThac_Tang"},
    ),
    "a plan that is no number": (
        lambda path: put(path, "Nguồn vốn", "plan", "chưa giao"),
        {"TH_NguonVon_HTKHTangTruong"},
    ),
    "no association beside an amount": (
        lambda path: put(path, "Sổ ngân hàng", "association", None),
        ENTRUSTED | COUNTS,
    ),
    "a rating that is none": (lambda path: put(path, "Tổ TK&VV", "rating", "Rất tốt"), RATINGS),
    "no rating": (lambda path: put(path, "Tổ TK&VV", "rating", None), set()),
}


@pytest.mark.parametrize("change", CHANGES)
def test_no_figure_rather_than_a_wrong_one(change: str, book: Path) -> None:
    make, expected = CHANGES[change]
    make(book)
    if change == "no rating":
        figures = reconcile(book).figures
        rated = [figures[f"TH_To_{name}"] for name in ("Tot", "Kha", "TrungBinh", "Yeu")]
        assert sum(value for value in rated if isinstance(value, int)) == 249
        return
    assert unknown(book) == expected


@pytest.mark.parametrize(
    ("sheet", "column", "expected"),
    [
        ("Chương trình", "overdue", OVERDUE),
        ("Chương trình", "plan", {"TH_DuNo_HTKH"}),
        ("Sổ ngân hàng", "deposits", {"TH_TienGui"}),
    ],
)
def test_a_column_that_is_gone_is_unknown_not_zero(
    sheet: str, column: str, expected: set[str], book: Path
) -> None:
    put(book, sheet, column, "Cột khác hẳn", row=-1)
    # The line of (1)(2)(3) under the headers is still told from data.
    assert unknown(book) == expected


def test_direct_lending_without_rows_is_zero(book: Path) -> None:
    table = table_of(book, "Trực tiếp")
    cells: dict[str, EditValue] = {
        table.cell(row, name): None for row in table.rows for name in table.columns
    }
    patch_cells(book, {"Trực tiếp": cells})
    figures = reconcile(book).figures
    assert figures["TH_UyThac_Tang"] == 437439 - 429551


def test_a_repeated_row_counts_once(book: Path) -> None:
    table = table_of(book, "Tổ TK&VV")
    first, second = table.rows[:2]
    patch_cells(
        book,
        {
            "Tổ TK&VV": {
                table.cell(second, name): table.grid.value(first, place)  # type: ignore[misc]
                for name, place in table.columns.items()
            }
        },
    )
    figures = reconcile(book).figures
    assert sum(value for name, value in figures.items() if name in RATINGS and isinstance(value, int)) == 249


@pytest.mark.parametrize(
    ("way", "shares", "adjusted"),
    [
        ("cân đủ 100%", ("0.337", "0.423", "0.160", "0.080"), ("TH_HND_TyTrong",)),
        ("thường", ("0.336", "0.423", "0.160", "0.080"), ()),
    ],
)
def test_the_office_chooses_how_shares_are_rounded(
    way: str, shares: tuple[str, ...], adjusted: tuple[str, ...], book: Path
) -> None:
    row, column = read_office(book, our_rulebook()).info.cells["share_rounding"]
    patch_cells(book, {"Thông tin": {f"{chr(65 + column)}{row + 1}": way}})
    report = reconcile(book)
    names = [f"TH_{name}_TyTrong" for name in ("HND", "HPN", "CCB", "DTN")]
    assert [report.figures[name] for name in names] == [Decimal(share) for share in shares]
    assert report.summary is not None and report.summary.adjusted == adjusted
