"""Workbooks of an office's own template: the same figures laid out in the ways that offices use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter  # type: ignore[import-untyped]

COMMUNES = ("TT An Dương", "Lê Thiện", "Lê Lợi", "Đại Bản", "An Hòa")
ASSOCIATIONS = {
    "farmers": "Hội Nông dân", "women": "Hội Phụ nữ", "veterans": "Hội CCB", "youth": "Đoàn Thanh niên",
}  # fmt: skip
SHORT = {"farmers": "HND", "women": "HPN", "veterans": "CCB", "youth": "ĐTN"}
Row = tuple[Any, ...]


class Planted(NamedTuple):
    """Where the balance of the second commune of the farmers stands: the tab and the cell."""

    tab: str
    cell: str


class Layout(NamedTuple):
    """A way to lay the figures out."""

    build: Callable[[Path], None]
    planted: Planted
    learnt: int = 4
    mistake: int | str = 777


def statement(association: str, factor: int = 1) -> list[Row]:
    """Commune, groups, customers, opening, lent, collected, balance, overdue, frozen, deposits."""
    shift = list(ASSOCIATIONS).index(association)
    rows = []
    for number, commune in enumerate(COMMUNES):
        opening, lent, collected = (
            3000 + 517 * number + 91 * shift,
            300 + 7 * number,
            200 + 11 * number + shift,
        )
        amounts = (opening, lent, collected, opening + lent - collected, 5 + number, number, 90 + 3 * shift)
        rows.append((commune, 3 + number, 60 + 9 * number, *(amount * factor for amount in amounts)))
    return rows


def total(rows: Sequence[Row]) -> list[Any]:
    """The sums of all columns of numbers."""
    return [sum(row[place] for row in rows) for place in range(1, len(rows[0]))]


def _book(path: Path) -> Any:
    return xlsxwriter.Workbook(path)


def _fill(page: Any, top: int, rows: Sequence[Row], left: int = 1, numbered: bool = True) -> int:
    for number, row in enumerate(rows):
        if numbered:
            page.write_number(top + number, left - 1, number + 1)
        page.write_row(top + number, left, row)
    page.write_row(top + len(rows), left, ["Tổng cộng", *total(rows)])
    return top + len(rows) + 1


def two_tier(path: Path) -> None:
    """Headers of two lines that are not merged, and the line (1)(2)(3)."""
    book = _book(path)
    for association, tab in SHORT.items():
        page = book.add_worksheet(tab)
        page.write("A1", f"DƯ NỢ ỦY THÁC QUA {ASSOCIATIONS[association].upper()}")
        page.write("A2", "Đến ngày 31/03/2024")
        page.write("H3", "ĐVT: triệu đồng")
        page.write_row("A4", ["STT", "Xã, phường", "Số tổ", "Số hộ", "Đầu năm", "Doanh số", "", "Dư nợ"])
        page.write_row("F5", ["cho vay", "thu nợ", "Tổng số", "Quá hạn", "Khoanh"])
        page.write("K4", "TGTK")
        page.write_row("A6", [f"({number})" for number in range(1, 12)])
        _fill(page, 6, statement(association))
        page.write("H16", "An Dương, ngày 05 tháng 4 năm 2024")
        page.write("B17", "NGƯỜI LẬP")
        page.write("H17", "GIÁM ĐỐC")
    book.close()


def side_by_side(path: Path) -> None:
    """All four on one sheet, side by side, under a merged name each."""
    book = _book(path)
    page = book.add_worksheet("Ủy thác")
    page.merge_range("A1:L1", "TỔNG HỢP ỦY THÁC QUA CÁC HỘI QUÝ I/2024 (triệu đồng)")
    page.write("A2", "Đơn vị tính: triệu đồng")
    page.merge_range("A4:A5", "STT")
    page.merge_range("B4:B5", "Xã")
    columns = ["Số KH", "DN đầu năm", "DSCV", "DSTN", "Dư nợ", "NQH"]
    whole = []
    for order, association in enumerate(ASSOCIATIONS):
        left = 2 + order * len(columns)
        page.merge_range(3, left, 3, left + len(columns) - 1, ASSOCIATIONS[association])
        page.write_row(4, left, columns)
        whole.append([row[2:8] for row in statement(association)])
    rows = [
        (commune, *(value for block in whole for value in block[place]))
        for place, commune in enumerate(COMMUNES)
    ]
    _fill(page, 5, rows)
    book.close()


def months(path: Path) -> None:
    """A block of columns for each month; the report is of March."""
    book = _book(path)
    for association, tab in SHORT.items():
        page = book.add_worksheet(f"Hội {tab}" if tab != "ĐTN" else "Đoàn TN")
        page.write("A1", f"{ASSOCIATIONS[association]} - số liệu đến 31/03/2024, ĐVT: triệu đồng")
        page.merge_range("A3:A4", "Tên xã")
        page.merge_range("B3:B4", "Dư nợ đầu năm")
        for month in (1, 2, 3):
            left = 2 + 4 * (month - 1)
            page.merge_range(2, left, 2, left + 3, f"Tháng {month}")
            page.write_row(3, left, ["Cho vay", "Thu nợ", "Dư nợ", "Nợ quá hạn"])
        rows = []
        for commune, _, _, opening, lent, collected, balance, overdue, *_ in statement(association):
            earlier = [(lent - 200, 50, opening + lent - 250, 1), (lent - 100, 90, opening + lent - 190, 2)]
            rows.append((commune, opening, *earlier[0], *earlier[1], lent, collected, balance, overdue))
        _fill(page, 4, rows, left=0, numbered=False)
    book.close()


def in_dong(path: Path) -> None:
    """Amounts in đồng, which nobody says."""
    book = _book(path)
    for association, name in ASSOCIATIONS.items():
        page = book.add_worksheet(name)
        page.write("B2", "Số liệu đến ngày 31 tháng 3 năm 2024")
        page.write_row("B4", ["Đơn vị", "Số tổ", "Số khách hàng", "Dư nợ 31/12/2023", "DS cho vay", "DS thu nợ",
                              "Dư nợ 31/03/2024", "NQH", "Nợ khoanh", "Số dư tiền gửi"])  # fmt: skip
        _fill(page, 4, statement(association, 1_000_000), left=1, numbered=False)
    book.close()


def title_page(path: Path) -> None:
    """A title page first, a hidden sheet of the year before, and the four under long names."""
    book = _book(path)
    page = book.add_worksheet("Trang bìa")
    for row, text in enumerate(
        ["NGÂN HÀNG CHÍNH SÁCH XÃ HỘI", "PGD NHCSXH huyện An Dương", "", "BÁO CÁO QUÝ I NĂM 2024"]
    ):
        page.write(row, 0, text)
    old = book.add_worksheet("HND 2023")
    old.hide()
    for place, (association, name) in enumerate(ASSOCIATIONS.items()):
        page = book.add_worksheet(f"{place + 1}. {name}")
        page.write("A1", f"Kết quả nhận ủy thác của {name}")
        page.write("A2", "(Đơn vị: triệu đồng)")
        headers = ["TT", "Tên xã", "Tổng số tổ", "Số hộ còn dư nợ", "Dư nợ đầu năm", "Doanh số cho vay",
                   "Doanh số thu nợ", "Tổng dư nợ", "Trong đó nợ quá hạn", "Nợ khoanh", "Số dư TK"]  # fmt: skip
        page.write_row("A4", headers)
        _fill(page, 4, statement(association))
        if association == "farmers":
            old.write_row("A4", headers)
            _fill(old, 4, statement("youth"))
    book.close()


def stacked(path: Path) -> None:
    """The four tables one below the other, told apart by the title above each."""
    book = _book(path)
    page = book.add_worksheet("Dư nợ UT")
    page.write("A1", "Dư nợ ủy thác đến 31/03/2024 (triệu đồng)")
    page.write("J1", "ĐVT: triệu đồng")
    row = 2
    for number, (association, name) in enumerate(ASSOCIATIONS.items()):
        page.write(row, 0, f"{'I' * (number + 1) if number < 3 else 'IV'}. {name.upper()}")
        page.write_row(row + 1, 0, ["STT", "Tên xã", "Số tổ", "Số KH", "DN đầu năm", "DS cho vay", "DS thu nợ",
                                    "Dư nợ", "NQH", "Khoanh", "TGTK"])  # fmt: skip
        row = _fill(page, row + 2, statement(association)) + 1
    book.close()


def one_list(path: Path) -> None:
    """One table of all four, a column saying whose row it is."""
    book = _book(path)
    page = book.add_worksheet("Chi tiết")
    page.write("A1", "CHI TIẾT ỦY THÁC THÁNG 3/2024")
    page.write("A2", "ĐVT: triệu đồng")
    page.write_row("A4", ["Tổ chức hội", "Xã", "Số tổ", "Số hộ vay", "Dư nợ đầu năm", "Cho vay", "Thu nợ",
                          "Dư nợ cuối kỳ", "Nợ QH", "Nợ khoanh", "Tiền gửi TK"])  # fmt: skip
    rows = [(SHORT[name], *row) for name in ASSOCIATIONS for row in statement(name)]
    for number, row in enumerate(rows):
        page.write_row(4 + number, 0, row)
    book.close()


def headings(path: Path) -> None:
    """One table under one header; a heading with sums before the communes of each association."""
    book = _book(path)
    page = book.add_worksheet("Dư nợ ủy thác")
    page.write("A1", "CHI TIẾT DƯ NỢ ỦY THÁC ĐẾN 31/03/2024")
    page.write("H2", "ĐVT: triệu đồng")
    page.write_row("A4", ["STT", "Đơn vị", "Số tổ", "Số KH", "Dư nợ đầu năm", "DS cho vay", "DS thu nợ",
                          "Tổng dư nợ", "NQH", "Khoanh", "TGTK"])  # fmt: skip
    row, sums = 4, []
    for number, (association, name) in enumerate(ASSOCIATIONS.items()):
        rows = statement(association)
        sums.append(total(rows))
        page.write_row(row, 0, [("I", "II", "III", "IV")[number], name, *total(rows)])
        for place, line in enumerate(rows):
            page.write_row(row + 1 + place, 0, [place + 1, *line])
        row += 1 + len(rows)
    page.write_row(row, 1, ["Tổng cộng", *map(sum, zip(*sums, strict=True))])
    book.close()


def ledger_in_million(path: Path) -> None:
    """The bank's ledger in the unit of the statements, and not in đồng as ours."""
    with_ledger(path, 1, "triệu đồng")


def with_ledger(path: Path, factor: int = 1_000_000, unit: str = "đồng") -> None:
    """The bank's side too: the ledger, communes and associations by their names."""
    book = _book(path)
    for association, tab in SHORT.items():
        page = book.add_worksheet(tab)
        page.write("A1", "Đến ngày 31/03/2024, đơn vị tính: triệu đồng")
        page.write_row("A3", ["STT", "Tên xã", "Số tổ", "Số khách hàng", "Dư nợ đầu năm", "DS cho vay",
                              "DS thu nợ", "Dư nợ", "Nợ quá hạn", "Nợ khoanh", "TGTK"])  # fmt: skip
        _fill(page, 3, statement(association))
    page = book.add_worksheet("Sổ NH")
    page.write("A1", "Sổ cái của ngân hàng đến 31/03/2024")
    page.write("A2", f"ĐVT: {unit}")
    page.write_row("A3", ["Tên xã", "Tên hội", "Số tổ", "Số khách hàng", "Dư nợ", "Nợ quá hạn", "Nợ khoanh",
                          "Tiền gửi"])  # fmt: skip
    rows = [
        (row[0], ASSOCIATIONS[name], row[1], row[2], *(value * factor for value in row[6:10]))
        for name in ASSOCIATIONS
        for row in statement(name)
    ]
    for number, row in enumerate(rows):
        page.write_row(3 + number, 0, row)
    page.write_row(3 + len(rows), 0, ["Tổng cộng", "", *[sum(row[i] for row in rows) for i in range(2, 8)]])
    book.close()


LAYOUTS = {
    "two-tier": Layout(two_tier, Planted("HND", "H8")),
    "side-by-side": Layout(side_by_side, Planted("Ủy thác", "G7")),
    "months": Layout(months, Planted("Hội HND", "M6")),
    "in-dong": Layout(in_dong, Planted("Hội Nông dân", "H6")),
    "title-page": Layout(title_page, Planted("1. Hội Nông dân", "H6")),
    "stacked": Layout(stacked, Planted("Dư nợ UT", "H6")),
    "headings": Layout(headings, Planted("Dư nợ ủy thác", "H7")),
    "one-list": Layout(one_list, Planted("Chi tiết", "H6"), mistake="3.2o1"),
    "ledger-in-million": Layout(ledger_in_million, Planted("Sổ NH", "E5"), 5),
    "with-ledger": Layout(with_ledger, Planted("HND", "H5"), 5),
}
