"""A tiny office that is consistent in all its parts, written as text tables and held in memory.

A test takes it, changes a cell or two and looks at where the findings stand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sheetcredit.model.grid import Book, CellValue, Formula, Grid
from sheetcredit.outcome import Report
from sheetcredit.report import check_readings
from sheetcredit.rulebook import Rulebook
from sheetcredit.template.reading import Reading, understand

RULEBOOK = Rulebook()
OFFICE = RULEBOOK.office
Place = tuple[str, str | None, str | None]
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_CELL = re.compile(r"([A-Z]+)([0-9]+)")
_FLOWS = "Doanh số cho vay | Doanh số thu nợ | Xóa nợ | Dư nợ | Nợ quá hạn | Nợ khoanh"
_STATEMENT = f"Mã xã | Xã | Số tổ | Số khách hàng | Dư nợ đầu năm | {_FLOWS} | Tiền gửi tổ viên"
_STOCKS = "Số khách hàng | Dư nợ | Nợ quá hạn | Nợ khoanh | Tiền gửi tổ viên"

TABLES: Mapping[str, str] = {
    "info": """
        Mã PGD                | '0312
        Tên PGD               | PGD An Dương
        Kỳ báo cáo            | 2024Q1
        Ngày số liệu          | 31/03/2024
        Đơn vị tính           | triệu đồng
        Phiên bản mẫu         | 1
        Cách làm tròn tỷ trọng | thường
        """,
    "funding": """
        Mã nguồn  | Nguồn vốn   | Kế hoạch năm | Đầu năm | Hiện tại
        '101      | Trung ương  | 6000         | 5000    | 5400
        '201      | Địa phương  | 2200         | 2100    | 2000
        Tổng cộng |             | 8200         | 7100    | 7400
        """,
    "programmes": f"""
        Mã CT | Chương trình tín dụng | Kế hoạch năm | Dư nợ đầu năm | {_FLOWS} | Số khách hàng
        '01   | Hộ nghèo             | 5000 | 4520.4 | 500 | 300 | 1 | 4719.4 | 15 | 3 | 120
        '03   | Giải quyết việc làm  | 3000 | 2500   | 270 | 139 | 0 | 2631   | 9  | 0 | 70
        Tổng cộng |                  | 8000 | 7020.4 | 770 | 439 | 1 | 7350.4 | 24 | 3 | 190
        """,
    "farmers": f"""
        {_STATEMENT}
        '11581    | Thị trấn An Dương | 2 | 43 | 1400 | 300 | 200 | 0 | 1500 | 10 | 0 | 150
        '11584    | Xã Lê Thiện       | 1 | 35 | 1450 | 100 | 50  | 0 | 1500 | 5  | 1 | 120
        Tổng cộng |                   | 3 | 78 | 2850 | 400 | 250 | 0 | 3000 | 15 | 1 | 270
        """,
    "women": f"""
        {_STATEMENT}
        '11581    | Thị trấn An Dương | 1 | 45 | 1900 | 200 | 100 | 0 | 2000 | 0 | 0 | 200
        '11584    | Xã Lê Thiện       | 1 | 20 | 750  | 80  | 29  | 1 | 800  | 8 | 0 | 60
        Tổng cộng |                   | 2 | 65 | 2650 | 280 | 129 | 1 | 2800 | 8 | 0 | 260
        """,
    "veterans": f"""
        {_STATEMENT}
        '11581    | Thị trấn An Dương | 1 | 28 | 1150 | 90 | 40 | 0 | 1200 | 0 | 0 | 90
        Tổng cộng |                   | 1 | 28 | 1150 | 90 | 40 | 0 | 1200 | 0 | 0 | 90
        """,
    "youth": f"""
        {_STATEMENT}
        '11584    | Xã Lê Thiện | 1 | 8 | 310 | 0 | 10 | 0 | 300 | 0 | 2 | 20
        Tổng cộng |             | 1 | 8 | 310 | 0 | 10 | 0 | 300 | 0 | 2 | 20
        """,
    "direct": f"""
        Mã CT | Chương trình tín dụng | Số khách hàng | Dư nợ đầu năm | {_FLOWS}
        '03       | Giải quyết việc làm | 2 | 60 | 0 | 10 | 0 | 50 | 1 | 0
        Tổng cộng |                     | 2 | 60 | 0 | 10 | 0 | 50 | 1 | 0
        """,
    "groups": f"""
        Mã tổ | Tổ trưởng | Mã xã | Xã | Mã ĐVUT | Số tổ viên | {_STOCKS} | Điểm | Xếp loại
        '0000001 | Trần Văn An  | '11581 | Thị trấn An Dương | '11 | 30 | 25 | 1000  | 10 | 0 | 100 | 90 | Tốt
        '0000002 | Lê Thị Bình  | '11581 | Thị trấn An Dương | '11 | 20 | 18 | 500.4 | 0  | 0 | 50  | 75 | Khá
        '0000003 | Phạm Văn Chi | '11584 | Xã Lê Thiện | '11 | 40 | 35 | 1500 | 5 | 1 | 120 | 95 | Tốt
        '0000004 | Ngô Thị Dung | '11581 | Thị trấn An Dương | '12 | 50 | 45 | 2000  | 0  | 0 | 200 | 92 | Tốt
        '0000005 | Vũ Thị Giang | '11584 | Xã Lê Thiện | '12 | 25 | 20 | 800 | 8 | 0 | 60 | 60 | Trung bình
        '0000006 | Bùi Văn Hải  | '11581 | Thị trấn An Dương | '13 | 30 | 28 | 1200  | 0  | 0 | 90  | 93 | Tốt
        '0000007 | Đỗ Thị Lan   | '11584 | Xã Lê Thiện | '14 | 10 | 8 | 300 | 0 | 2 | 20 | 96 | Tốt
        Tổng cộng | | | | | 205 | 179 | 7300.4 | 23 | 3 | 640 | |
        """,
    "ledger": f"""
        Mã xã | Xã | Mã ĐVUT | Đơn vị nhận ủy thác | Số tổ | {_STOCKS}
        '11581 | Thị trấn An Dương | '11 | Hội Nông dân | 2 | 43 | 1500400000 | 10000000 | 0 | 150000000
        '11584 | Xã Lê Thiện       | '11 | Hội Nông dân | 1 | 35 | 1500000000 | 5000000 | 1000000 | 120000000
        '11581 | Thị trấn An Dương | '12 | Hội Phụ nữ   | 1 | 45 | 2000000000 | 0        | 0 | 200000000
        '11584 | Xã Lê Thiện       | '12 | Hội Phụ nữ   | 1 | 20 | 800000000  | 8000000  | 0 | 60000000
        '11581 | Thị trấn An Dương | '13 | Hội CCB      | 1 | 28 | 1200000000 | 0        | 0 | 90000000
        '11584 | Xã Lê Thiện       | '14 | Đoàn TN      | 1 | 8  | 300000000  | 0        | 2000000 | 20000000
        '11581 | Thị trấn An Dương | '99 | Trực tiếp    | 0 | 2  | 50000000   | 1000000  | 0 | 0
        Tổng cộng | | | | 7 | 181 | 7350400000 | 24000000 | 3000000 | 640000000
        """,
    "summary": "",
    "comparison": "",
    "findings": "",
}


def parsed(text: str) -> list[list[CellValue]]:
    """The cells of a text table: numbers as floats, `'` keeps text, nothing is an empty cell."""
    lines = [line.strip() for line in text.strip().splitlines()]
    return [[_value(cell.strip()) for cell in line.split("|")] for line in lines]


def _value(cell: str) -> CellValue:
    if cell.startswith("'"):
        return cell[1:]
    return float(cell) if _NUMBER.fullmatch(cell) else cell


def rows_of(sheet_id: str) -> list[list[CellValue]]:
    """The rows of a sheet of the tiny office, free to be changed."""
    return parsed(TABLES[sheet_id])


def grid_of(sheet_id: str, rows: Sequence[Sequence[CellValue]] | None = None, hidden: bool = False) -> Grid:
    """A sheet of the tiny office, or other rows under its name."""
    found_rows = rows_of(sheet_id) if rows is None else rows
    return Grid(OFFICE.sheet(sheet_id).sheet, found_rows, hidden=hidden)


def changed(sheet_id: str, **cells: CellValue) -> Grid:
    """A sheet of the tiny office with other values in some cells: `changed("farmers", I2=1501.0)`."""
    rows = rows_of(sheet_id)
    for cell, value in cells.items():
        row, column = place_of(cell)
        rows += [[] for _ in range(row + 1 - len(rows))]
        rows[row] += [""] * (column + 1 - len(rows[row]))
        rows[row][column] = value
    return grid_of(sheet_id, rows)


def with_formula(grid: Grid, cell: str, text: str, cached: str | None) -> Grid:
    """A sheet with a formula in a cell; the file keeps `cached` as its value."""
    return replace(grid, formulas={**grid.formulas, place_of(cell): Formula(text, cached)})


def place_of(cell: str) -> tuple[int, int]:
    """Zero-based row and column of an A1 address."""
    match = _CELL.fullmatch(cell)
    assert match, cell
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]) - 1, column - 1


def office_book(
    *, path: str = "office.xlsx", names: Mapping[str, str] | None = None, **overrides: Any
) -> Book:
    """The tiny office; an override replaces a sheet, None leaves it out; `names` renames tabs by sheet id."""
    grids: dict[str, Grid] = {}
    for sheet_id in TABLES:
        grid: Grid | None = overrides.pop(sheet_id, grid_of(sheet_id))
        if grid is not None:
            name = (names or {}).get(sheet_id, grid.sheet)
            grids[name] = replace(grid, sheet=name)
    assert not overrides, overrides
    return Book(path, grids)


def reading_of(book: Book) -> Reading:
    """A book understood as an office workbook."""
    return understand(book, OFFICE)


def check(book: Book) -> Report:
    """Everything that can be said of one book."""
    return check_all(book)[0]


def check_all(*books: Book) -> list[Report]:
    """Everything that can be said of several books, checked at once."""
    return check_readings([reading_of(book) for book in books], RULEBOOK)


def found(report: Report) -> set[Place]:
    """Code, sheet and cell of each finding."""
    return {(finding.code, finding.sheet, finding.cell) for finding in report.findings}


def findings_of(**overrides: Grid | None) -> set[Place]:
    """Code, sheet and cell of each finding in the tiny office with some sheets replaced."""
    return found(check(office_book(path="office.xlsx", names=None, **overrides)))
