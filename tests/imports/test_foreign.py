"""Workbooks that are no export of the bank are taken for none."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from sheetcredit.imports.sheets import open_sheets
from sheetcredit.imports.tables import read_tables
from tests.imports.small import write_row
from tests.own_template.workbooks import LAYOUTS

ROOT = Path(__file__).resolve().parents[2]
OURS = [
    *sorted((ROOT / "workbook").glob("*.xlsx")),
    *sorted((ROOT / "seeds").glob("*.xlsx")),
]
MARKS = ["(1)", None, *(f"({number})" for number in range(2, 18))]
HEADERS: dict[str, Sequence[str]] = {
    "14. sleeping loans": [
        "Mã PGD",
        "Mã xã",
        "Mã tổ",
        "Mã khách hàng",
        "Số khế ước",
        "Dư nợ",
        "Ngày giao dịch cuối",
    ],
    "08/KTNB": ["STT", "Mã khác hàng", "Tên khách hàng", "Số khế ước", "Dư nợ", "Số tháng"],
    "dates due": ["MAPGD", "MATO", "SOKU", "NGAYDENHAN", "NODENHAN", "DUNO"],
    "7. groups checked": ["Mã PGD", "Mã xã", "Mã tổ", "Tên tổ trưởng", "Xếp loại tổ", "Điểm tổ"],
    "15/TD": ["STT", "Họ và tên", "Chương trình", "Số khế ước", "Dư nợ gốc", "Lãi tồn", "Tiền gửi", "Ký tên"],
    "16/TD": ["Chỉ tiêu", "Đơn vị", "Kỳ này", "Kỳ trước"],
    "04/BC-TH": ["STT", "Xã", "Số tổ", "Số hộ", "Dư nợ", "Nợ quá hạn", "Tỷ lệ"],
    "plans": ["STT", "Xã", "Hộ nghèo", "Hộ cận nghèo", "Mới thoát nghèo", "Việc làm"],
    "01C": ["Mã chỉ tiêu", "Tên chỉ tiêu", "Kế hoạch", "Thực hiện"],
    "savings": ["Mã KH", "Tên KH", "Số sổ", "Số dư", "Lãi suất"],
    "cash": ["Ngày", "Số phiếu", "Thu", "Chi", "Tồn"],
    "salaries": ["Họ tên", "Chức vụ", "Hệ số", "Lương", "Phụ cấp"],
    "contacts": ["Mã tổ", "Tên tổ trưởng", "Số điện thoại", "Địa chỉ"],
    "visits": ["Mã tổ", "Ngày kiểm tra", "Người kiểm tra", "Số tổ viên", "Kết quả"],
    "11/QT": ["Mã tổ", "Tên tổ trưởng", "Dư nợ", "Tiền gửi"],
    "balance sheet": ["Số hiệu tài khoản", "Tên tài khoản", "Dư nợ", "Dư có"],
}
PAGES = {
    "03.1/BCTD": ["Mẫu biểu số: 03.1/BCTD"], "03.2/BCTD": ["Mẫu biểu số: 03.2/BCTD"], "no title": ["BÁO CÁO"],
    "01/BCTD": ["Mẫu biểu số: 01/BCTD"], "13/BCTK": ["Mẫu số 3/BC"], "other title": ["TỔNG HỢP TÍN DỤNG XÃ"],
}  # fmt: skip
LABELS = {
    "too few": ["Tổng dư nợ", "Tổng huy động vốn", "Chi phí", "Thu nhập", "Lợi nhuận"],
    "balance": ["Tài sản", "Nguồn vốn", "Dư nợ", "Tiền mặt", "Tiền gửi"],
    "summary": ["Tổng dư nợ", "Nợ quá hạn", "Nợ khoanh", "Số khách hàng", "Số tổ"],
}


def tables_of(path: Path) -> list[str]:
    return [table.kind.kind for sheet in open_sheets(path) for table in read_tables(sheet)]


def sheet(path: Path, rows: Sequence[Sequence[Any]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("BCQUERY")
        for number, values in enumerate(rows):
            write_row(page, number, values)
    return path


def random_rows(seed: int) -> Iterator[list[Any]]:
    """A table of words that stand in our definitions, and of numbers, in any order."""
    chance = random.Random(seed)
    words = [
        "STT",
        "Mã tổ",
        "Tên tổ trưởng",
        "Dư nợ",
        "Xếp loại",
        "Ngày",
        "Xã",
        "Hội",
        "(1)",
        "(2)",
        "Ghi chú",
        "Tổng cộng",
    ]
    for _ in range(chance.randint(1, 80)):
        kind = chance.random()
        yield [
            chance.choice(words)
            if kind < 0.3 or chance.random() < 0.2
            else chance.choice([None, chance.randrange(10**9)])
            for _ in range(chance.randint(0, 25))
        ]


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_our_own_templates_and_workbooks_are_none(path: Path) -> None:
    assert tables_of(path) == []


@pytest.mark.parametrize("name", LAYOUTS)
def test_templates_of_offices_are_none(name: str, tmp_path: Path) -> None:
    LAYOUTS[name].build(tmp_path / "x.xlsx")
    assert tables_of(tmp_path / "x.xlsx") == []


@pytest.mark.parametrize("name", HEADERS)
def test_other_statements_are_none(name: str, tmp_path: Path) -> None:
    rows = [[None, name], [], [None, *HEADERS[name]], *[[None, *["0012301"] * len(HEADERS[name])]] * 3]
    assert tables_of(sheet(tmp_path / "x.xlsx", rows)) == []


@pytest.mark.parametrize("name", PAGES)
def test_other_printed_forms_are_none(name: str, tmp_path: Path) -> None:
    rows: list[Sequence[Any]] = [
        PAGES[name],
        ["Đơn vị: triệu đồng"],
        MARKS,
        ["1", None, "Xã Thử Một", *[1.5] * 15],
    ]
    assert tables_of(sheet(tmp_path / "x.xlsx", rows)) == []


@pytest.mark.parametrize("name", LABELS)
def test_other_lists_of_indicators_are_none(name: str, tmp_path: Path) -> None:
    assert (
        tables_of(
            sheet(tmp_path / "x.xlsx", [[number, label, 1.5] for number, label in enumerate(LABELS[name])])
        )
        == []
    )


@pytest.mark.parametrize("seed", range(20))
def test_random_sheets_are_none(seed: int, tmp_path: Path) -> None:
    assert tables_of(sheet(tmp_path / "x.xlsx", list(random_rows(seed)))) == []


def test_a_page_of_the_web_that_is_no_table_of_the_bank_is_none(tmp_path: Path) -> None:
    path = tmp_path / "x.xls"
    path.write_text("<html><body><table><tr><td>Mã tổ</td><td>Dư nợ</td></tr></table></body></html>", "utf-8")
    assert tables_of(path) == []
