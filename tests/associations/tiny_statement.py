"""The tiny office's statements as small text tables, to be changed in the body of a test."""

from __future__ import annotations

from pathlib import Path

from tests.tables import TINY, Table, Workbook, tiny

SHEETS = {"11": "Hội Nông dân", "12": "Hội Phụ nữ", "13": "Hội CCB", "14": "Đoàn TN"}
LIST, GROUPS = "Báo cáo của hội", "Tổ TK&VV"
_ROWS = {"11": 2, "12": 3, "13": 4, "14": 5}


def tiny_statement(code: str) -> Workbook:
    """What an association of the tiny office hands in: one commune, one group; it ties."""
    groups = TINY[GROUPS].strip().split("\n")
    group = groups[_ROWS[code] - 1]
    numbers = [cell.strip() for cell in group.split("|")][5:11]
    total = f"Tổng cộng | | | | | {' | '.join(numbers)} | |"
    return (
        Workbook({}, path=f"{code}.xlsx")
        .sheet("Thông tin", f"""
            Mã ĐVUT | '{code}
            Tên hội | {SHEETS[code]}
            Mã PGD | 0312
            Tên PGD | PGD An Dương
            Kỳ báo cáo | 2024Q1
            Ngày số liệu | 2024-03-31
            Đơn vị tính | triệu đồng
            Phiên bản mẫu | 1
        """)
        .sheet(LIST, TINY[SHEETS[code]])
        .sheet(GROUPS, "\n".join(line.strip() for line in (groups[0], group, total)))
        .sheet("Kiểm tra", "")
    )  # fmt: skip


def tiny_office() -> Workbook:
    """The tiny office with three blank rows above each total that statements may need."""
    book = tiny()
    for name in (*SHEETS.values(), GROUPS):
        book = book.sheet(name, with_blanks(book.sheets[name], 3))
    return book


def with_blanks(table: Table, count: int) -> Table:
    """The table with blank rows above its last row."""
    last = max(row for row, _ in table.cells)
    return Table(
        {(row + count * (row == last), column): value for (row, column), value in table.cells.items()}
    )


def save_all(folder: Path) -> dict[str, Path]:
    return {code: tiny_statement(code).save(folder / f"{code}.xlsx") for code in SHEETS}
