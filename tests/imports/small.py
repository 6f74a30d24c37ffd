"""Small exports of a few rows, written for one test each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from sheetcredit.imports.figures import Exports
from sheetcredit.imports.read import read_exports
from sheetcredit.rulebook import our_rulebook

Row = Sequence[Any]
LOAN = {
    "Mã PGD": "009901", "Mã xã": "990011", "Tên xã": "Xã Thử Một", "Mã KH": "9900000001", "Mã tổ": "0012301",
    "Tên tổ": "Tổ trưởng 01", "Mã ĐVUT": "11", "Số khế ước": "6600990100000001", "Ngày vay": "15/06/2024",
    "Mã chương trình": "03", "Tên chương trình": "Cho vay giải quyết việc làm", "Tổng dư nợ": 50_000_000.0,
    "Dư nợ quá hạn": 0.0, "Dư nợ khoanh": 0.0, "Giải ngân Năm": 0.0, "Đảo khoản GN Năm": 0.0, "Thu nợ TH Năm": 0.0,
    "Thu nợ QH Năm": 0.0, "Thu nợ Khoanh Năm": 0.0, "Xóa trong Năm": 0.0, "Số dư tiền gửi 105": 0.0,
    "Ngày số liệu": "31/03/2026",
}  # fmt: skip
"""One loan of form 31, as its needed columns say it."""
GROUP = {
    "Mã PGD": "009901", "Mã xã": "990011", "Tên xã": "Xã Thử Một", "Mã ĐVUT": "11", "Tên ĐVUT": 0, "Mã tổ": "0012301",
    "Tên tổ trưởng": "Tổ trưởng 01", "Số tổ viên": 30, "Số tổ viên còn dư nợ": 25, "Tổng dư nợ\n(triệu đồng)": 1250,
    "Dư nợ quá hạn (triệu đồng)": 3, "Dư nợ khoanh (triệu đồng)": 0, "Số dư tiết kiệm (triệu đồng)": 40,
    "Kết quả chấm điểm tổ tháng gần nhất": 84.9, "Xếp loại": 0,
}  # fmt: skip
"""One group of BC0437."""
SCORED = {
    "STT": 1, "Mã PGD": "009901", "Tên PGD": "PGD Thử", "Mã xã": "990011", "Tên xã": "Xã Thử Một", "Mã tổ": "0012301",
    "Tên tổ trưởng": "Tổ trưởng 01", "Loại tổ": "01", "ĐVUT": "Hội nông dân", "Dư nợ": 1_250_000_000,
    "Tổng điểm": 84.9, "Xếp loại": "Khá", "NGAYBC": "31/03/2026",
}  # fmt: skip
"""One group of CDTOTKVV."""


def loans(*changes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Loans of as many customers, each with what is to be different."""
    return [
        {**LOAN, "Mã KH": f"99{number:08d}", "Số khế ước": f"66009901{number:08d}", **change}
        for number, change in enumerate(changes, start=1)
    ]


def query(
    path: Path,
    rows: Sequence[Mapping[str, Any]],
    *,
    header_row: int = 5,
    above: Mapping[tuple[int, int], object] | None = None,
    below: Sequence[Row] = (),
    sheet: str = "BCQUERY",
    rename: Mapping[str, str] | None = None,
) -> Path:
    """An export by query: column A blank, the header in a row (from 1), data under it, then other rows."""
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False}) as book:
        write_query(book, sheet, rows, header_row, above or {}, below, rename or {})
    return path


def write_query(
    book: Any,
    sheet: str,
    rows: Sequence[Mapping[str, Any]],
    header_row: int = 5,
    above: Mapping[tuple[int, int], object] | None = None,
    below: Sequence[Row] = (),
    rename: Mapping[str, str] | None = None,
) -> None:
    """One sheet of a workbook."""
    page = book.add_worksheet(sheet)
    headers = list(dict.fromkeys(name for row in rows for name in row))
    for (row, column), value in (above or {}).items():
        page.write(row, column, value)
    for column, name in enumerate(headers, start=1):
        page.write_string(header_row - 1, column, (rename or {}).get(name, name))
    for number, line in enumerate(rows):
        write_row(page, header_row + number, [None, *(line.get(name) for name in headers)])
    for number, values in enumerate(below):
        write_row(page, header_row + len(rows) + number, values)


def write_row(page: Any, row: int, values: Row) -> None:
    """Values side by side: text as text, formulas that begin with an equals sign with a cached 0."""
    for column, value in enumerate(values):
        if isinstance(value, str) and value.startswith("="):
            page.write_formula(row, column, value, None, 0)
        elif isinstance(value, str):
            page.write_string(row, column, value)
        elif value is not None:
            page.write(row, column, value)


def printed(
    path: Path,
    lines: Sequence[Row],
    *,
    title: str = "TỔNG HỢP SỐ LIỆU TÍN DỤNG",
    unit: str | None = "Đơn vị tính: Đồng",
    marks: int = 14,
    day: str = "Ngày 31 tháng 3 năm 2026",
    unit_column: int = 12,
    page_of: int = 22,
) -> Path:
    """A printed page: title, day, unit, marks with a blank column B; the marks again on every page."""
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False}) as book:
        page = book.add_worksheet("Sheet1")
        page.write_string(0, 4, title)
        page.write_string(1, 5, day)
        if unit is not None:
            page.write_string(2, unit_column, unit)
        row = 3
        for number, values in enumerate(lines):
            if number % page_of == 0:
                write_row(page, row, ["STT", None, "Tên", "Số tổ", "Số hộ"])
                write_row(page, row + 1, ["(1)", None, *(f"({mark})" for mark in range(2, marks + 1))])
                row += 2
            write_row(page, row, values)
            row += 1
        page.write_string(row, 10, "null, ngày 2 tháng 4 năm 2026")
    return path


def len31(first: str | None, name: str | None, balance: int, homes: int = 1, overdue: int = 0) -> Row:
    """A line of LEN_31."""
    return [first, None, name, 1, homes, balance, balance - overdue, overdue, 0, 0, 0, 0, 0, 0, 0]


def bctd(first: str, name: str | None, balance: float, customers: int, lent: float = 0.0) -> Row:
    """A line of 01.1 or 01.2, in triệu."""
    return [
        first,
        None,
        name,
        lent,
        lent,
        0.0,
        0.0,
        0.0,
        0.0,
        balance,
        balance,
        0.0,
        0.0,
        0.0,
        balance,
        0.0,
        customers,
        0,
    ]


def telegram(
    path: Path,
    sheets: Mapping[str, Sequence[Row]],
    *,
    codes: Row = (None, None, None, 9900, 9901),
    day: str = "31/03/2026",
) -> Path:
    """A telegram: indicators in column B, their sum in C, an office a column."""
    days = {"Y": "31/12/2025", "KH_GIAO_DAU_NAM": "31/12/2026"}
    with xlsxwriter.Workbook(path) as book:
        for name, lines in sheets.items():
            page = book.add_worksheet(name)
            page.write_string(0, 1, "ĐIỆN BÁO NGÀY")
            page.write_string(1, 1, f"Ngày {days.get(name, day)}")
            page.write_string(2, 40, "Đơn vị tính: Triệu đồng")
            write_row(page, 3, codes)
            write_row(page, 4, ["STT", "Chỉ tiêu", "Cộng", "HST", "P.Thử"])
            for number, line in enumerate(lines):
                write_row(page, 5 + number, [number + 1, *line])
    return path


def read(*paths: Path, office: str | None = None) -> Exports:
    """What files say together."""
    return read_exports(paths, our_rulebook(), office)


def figures(exports: Exports, table: str) -> dict[tuple[tuple[str, ...], str], object]:
    """The figures of one table by key and column, of the first source that gives them."""
    found: dict[tuple[tuple[str, ...], str], object] = {}
    for one in exports.figures:
        if one.table == table:
            found.setdefault((one.key, one.column), one.value)
    return found


def codes(exports: Exports) -> list[str]:
    """The codes of what was found, without notes on days."""
    return [one.code for one in exports.findings if one.code != "I-NO-DAY"]
