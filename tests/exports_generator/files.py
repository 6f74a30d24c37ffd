"""The exports of an invented office as the bank's programs write them, with the quirks that real ones have.

The figures agree, or differ by definition, as those of real exports do.
"""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from tests.exports_generator import headers as heads
from tests.exports_generator.loan_book import (
    AS_OF,
    ASSOCIATIONS,
    BRANCH,
    BRANCH_NAME,
    COMMUNES,
    DRAWN,
    OFFICE,
    POS,
    PROGRAMME,
    PROGRAMMES,
    SEED,
    Customer,
    Loan,
    Office,
    build,
    rating,
)

DAY, MONTH, YEAR = AS_OF
DATE = f"{DAY:02d}/{MONTH:02d}/{YEAR}"
STAMP = f"{DAY:02d}{MONTH:02d}{YEAR}"
NAME_OF = dict(COMMUNES)
SHORT_IN_HSTD = {"990014": "Thử Bốn"}  # the detailed export leaves "Xã" out for some communes
LEN_SHORTER = {"0012304", "0012312", "0012327"}  # groups whose collection on LEN_31 is lower than elsewhere
OTHER_DEPOSIT = {"0012302": 1234, "0012309": 5678, "0012320": 40_321}  # dong that LEN_31 shows more


class Book:
    """The office's loan book, summed in the ways the reports sum it."""

    def __init__(self, seed: int = SEED) -> None:
        self.office: Office = build(seed)
        self.group = {g.code: g for g in self.office.groups}
        self.by_customer: dict[str, list[Loan]] = defaultdict(list)
        for loan in self.office.loans:
            self.by_customer[loan.customer].append(loan)

    def sums(self, some: Iterable[Loan]) -> dict[str, int]:
        """What reports say of some loans; lent is without roll-overs, gross with them."""
        loans = list(some)

        def total(value: Callable[[Loan], int]) -> int:
            return sum(value(x) for x in loans)

        return {
            "lent_m": total(lambda x: x.lent["m"] - x.rolled["m"]),
            "lent_y": total(lambda x: x.lent["y"] - x.rolled["y"]),
            "gross_m": total(lambda x: x.lent["m"]),
            "gross_y": total(lambda x: x.lent["y"]),
            "paid_m": total(lambda x: x.paid["m"] + x.paid_overdue["m"]),
            "paid_y": total(lambda x: x.paid["y"] + x.paid_overdue["y"]),
            "off_m": 0,
            "off_y": total(lambda x: x.written_off),
            "balance": total(lambda x: x.balance),
            "current": total(lambda x: x.current),
            "overdue": total(lambda x: x.overdue),
            "frozen": total(lambda x: x.frozen),
            "opening": total(lambda x: x.opening),
            "short": total(lambda x: x.balance if x.term == "Ngắn hạn" else 0),
            "medium": total(lambda x: x.balance if x.term == "Trung hạn" else 0),
            "long": total(lambda x: x.balance if x.term == "Dài hạn" else 0),
            "borrowers": len({x.customer for x in loans if x.balance > 0}),
            "turns": sum(1 for x in loans if x.lent["y"] > 0 and not x.rolled["y"]),
        }

    def people(self, group: str) -> list[Customer]:
        """Who has a group's code."""
        return [c for c in self.office.customers.values() if c.group == group]

    def deposits(self, group: str) -> int:
        """What a group's people have saved."""
        return sum(c.deposit for c in self.people(group))

    def loans(self, **want: str) -> list[Loan]:
        """The loans of which all this is true."""
        return [x for x in self.office.loans if all(getattr(x, k) == v for k, v in want.items())]

    def len_row(self, codes: list[str], programme: str | None = None) -> dict[str, int]:
        """The twelve numbers of LEN_31 for these groups ("" = direct lending of one commune is given as ("", commune))."""
        loans = [
            x
            for x in self.office.loans
            if x.group in codes and (programme is None or x.programme == programme)
        ]
        sums = self.sums(loans)
        less = sum(x.paid["m"] for x in loans if x.group in LEN_SHORTER)
        deposits = sum(self.deposits(c) + OTHER_DEPOSIT.get(c, 0) for c in codes)
        return {
            "groups": len(codes),
            "homes": sum(len(self.people(c)) for c in codes),
            "balance": sums["balance"],
            "current": sums["current"],
            "overdue": sums["overdue"],
            "frozen": sums["frozen"],
            "deposits": deposits,
            "lent": sums["gross_m"],
            "paid": sums["paid_m"] - less,
            "interest": sums["balance"] // 2000 * 10,
            "saved": len(codes) * 500_000,
            "drawn": len(codes) * 120_000,
        }

    def len_direct(self, commune: str, programme: str | None = None) -> dict[str, int]:
        """The same of direct lending in a commune, with people who only save."""
        loans = [
            x for x in self.loans(group="", commune=commune) if programme is None or x.programme == programme
        ]
        sums = self.sums(loans)
        savers = [c for c in self.office.customers.values() if c.group == "0000000"]
        part = savers[[c for c, _ in COMMUNES].index(commune) :: 5]  # the savers are counted somewhere
        own = [c for c in self.office.customers.values() if c.group == "" and c.commune == commune]
        return {
            "groups": 0,
            "homes": len(own) + len(part),
            "balance": sums["balance"],
            "current": sums["current"],
            "overdue": sums["overdue"],
            "frozen": sums["frozen"],
            "deposits": sum(c.deposit for c in own + part),
            "lent": sums["gross_m"],
            "paid": sums["paid_m"],
            "interest": sums["balance"] // 2000 * 10,
            "saved": 0,
            "drawn": 0,
        }


def add(*rows: dict[str, int]) -> dict[str, int]:
    return {k: sum(r[k] for r in rows) for k in rows[0]}


def millions(value: int) -> float:
    return round(value / 1_000_000, 6)


class Sheet:
    """A worksheet with the few formats that the reports use."""

    def __init__(self, path: Path, name: str) -> None:
        self.book = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False})
        self.book.set_properties({"created": datetime(2026, 4, 2)})
        self.sheet = self.book.add_worksheet(name)
        self.sheet.set_landscape()
        self.sheet.set_paper(9)
        self.sheet.fit_to_pages(1, 0)
        base = {"font_name": "Times New Roman", "font_size": 11}
        self.title = self.book.add_format({**base, "bold": True, "font_size": 13})
        self.plain = self.book.add_format(base)
        self.head = self.book.add_format(
            {**base, "bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True}
        )
        self.text = self.book.add_format({**base, "border": 1})
        self.whole = self.book.add_format({**base, "border": 1, "num_format": "#,##0"})
        self.six = self.book.add_format({**base, "border": 1, "num_format": "#,##0.000000"})
        self.two = self.book.add_format({**base, "border": 1, "num_format": "#,##0.00"})
        self.bold = self.book.add_format({**base, "bold": True, "border": 1, "num_format": "#,##0"})
        self.bold6 = self.book.add_format({**base, "bold": True, "border": 1, "num_format": "#,##0.000000"})

    def row(self, r: int, values: Sequence[object], formats: object = None, start: int = 0) -> None:
        """Values side by side from a column on; empty ones are not written."""
        for c, value in enumerate(values):
            if value is None or value == "":
                continue
            form = formats[c] if isinstance(formats, list) else formats
            if isinstance(value, str):
                self.sheet.write_string(r, start + c, value, form)
            else:
                self.sheet.write(r, start + c, value, form)

    def close(self) -> None:
        """Write the file."""
        self.book.close()


def bcquery(path: Path, title: str, header: list[str], rows: list[list[Any]], *, noise: bool = True) -> None:
    """An export by query: sheet BCQUERY, title in B2, header in row 5, column A blank, rows from 6."""
    sheet = Sheet(path, "BCQUERY")
    sheet.row(1, [title], sheet.title, 1)
    sheet.row(4, header, sheet.head, 1)
    r = 5
    for n, values in enumerate(rows):
        if noise and n == 3:
            r += 1  # a blank row
        if noise and n == len(rows) // 2 and len(rows) > 12:
            sheet.row(r, header, sheet.head, 1)  # the header repeated at a page break
            r += 1
        sheet.row(r, values, sheet.text, 1)
        r += 1
    if noise:
        sheet.row(r, ["Tổng cộng"], sheet.bold, 1)
        sheet.row(r + 2, ["Người lập biểu", "", "", "", "Kiểm soát"], sheet.plain, 1)
    sheet.sheet.set_column(1, len(header), 14)
    sheet.close()


def hstd(book: Book, path: Path) -> None:
    at = {name: n for n, name in enumerate(heads.HSTD)}
    assert len(heads.HSTD) == 175, len(heads.HSTD)
    rows: list[list[Any]] = []
    shown: set[str] = set()

    def line(values: dict[str, Any]) -> list[Any]:
        out: list[Any] = [""] * len(heads.HSTD)
        for name, value in values.items():
            out[at[name]] = value
        return out

    def base(customer: Customer) -> dict[str, Any]:
        group = book.group.get(customer.group)
        commune = customer.commune
        values = {
            "Mã CN": BRANCH,
            "Mã PGD": POS,
            "Tên PGD": OFFICE,
            "Mã xã": commune,
            "Tên xã": SHORT_IN_HSTD.get(commune) or NAME_OF.get(commune, "Vay trực tiếp"),
            "Mã thôn": customer.hamlet,
            "Tên thôn": f"Thôn {customer.hamlet[-2:]}",
            "Mã KH": customer.code,
            "Tên KH": customer.name,
            "Phân loại": "E",
            "Loại KH": "1",
            "Số CMND": "0" * 12,
            "Địa chỉ": "Thôn mẫu, xã mẫu",
            "Mã tổ": customer.group,
            "Loại tổ": "01",
            "Tên tổ": group.leader if group else "",
            "Mã ĐVUT": group.association if group else "99",
            "Tên ĐVUT": ASSOCIATIONS[group.association] if group else "",
            "Ngày số liệu": DATE,
            "Số dư tiền gửi 105": 0.0,
        }
        for name in ("Dư nợ trong hạn", "Dư nợ quá hạn", "Dư nợ khoanh", "Tổng dư nợ"):
            values[name] = 0.0
        return values

    def saving(customer: Customer, values: dict[str, Any], book_no: int = 0) -> dict[str, Any]:
        if customer.code in shown and not book_no:
            return values
        shown.add(customer.code)
        return {
            **values,
            "Sổ tiết kiệm 105": f"{14820000000000 + int(customer.code[-8:]) * 10 + book_no}",
            "Số dư tiền gửi 105": float(customer.deposit),
        }

    for loan in book.office.loans:
        customer = book.office.customers[loan.customer]
        values = base(customer)
        values = saving(customer, values)
        values.update(
            {
                "Số khế ước": loan.number,
                "Ngày vay": "15/06/2024",
                "Ngày ĐH theo hợp đồng": "15/06/2029",
                "Ngày ĐH theo Gia hạn": "15/06/2029",
                "Ngày ĐH theo GDXA": "07/07/2029",
                "Thời hạn vay": loan.term,
                "Lãi suất": 7.92,
                "Ngày GDXA": "07",
                "Hình thức vay": "2" if loan.group else "1",
                "Tình trạng món vay": loan.status,
                "Nguồn vốn": loan.source,
                "Mã chương trình": loan.programme,
                "Tên chương trình": PROGRAMME[loan.programme][2],
                "Mã Quyết định": "43" if loan.stem else loan.programme,
                "Tên Quyết định": "Cho vay HSSV STEM" if loan.stem else PROGRAMME[loan.programme][2],
                "Mã nhà đầu tư": loan.investor,
                "Mức vay": float(loan.granted),
                "Tổng giải ngân": float(loan.granted),
                "Dư nợ trong hạn": float(loan.current),
                "Dư nợ quá hạn": float(loan.overdue),
                "Dư nợ khoanh": float(loan.frozen),
                "Tổng dư nợ": float(loan.balance),
                "Gốc xóa": float(loan.written_off),
                "Ngày giao dịch gần nhất": "07/03/2026",
                "Xóa trong Năm": float(loan.written_off),
            }
        )
        for key, suffix in (
            (
                "m",
                (
                    "Giải ngân trong tháng",
                    "Đảo khoản GN tháng",
                    "Thu nợ TH tháng",
                    "Thu nợ QH tháng",
                    "Thu nợ khoanh tháng",
                ),
            ),
            (
                "q",
                (
                    "Giải ngân trong Quý",
                    "Đảo khoản GN Quý",
                    "Thu nợ TH Quý",
                    "Thu nợ QH Quý",
                    "Thu nợ Khoanh Quý",
                ),
            ),
            (
                "y",
                ("Giải ngân Năm", "Đảo khoản GN Năm", "Thu nợ TH Năm", "Thu nợ QH Năm", "Thu nợ Khoanh Năm"),
            ),
        ):
            for name, value in zip(
                suffix,
                (loan.lent[key], loan.rolled[key], loan.paid[key], loan.paid_overdue[key], 0),
                strict=False,
            ):
                values[name] = float(value)
        rows.append(line(values))
        if customer.books == 2 and loan is book.by_customer[customer.code][0]:
            rows.append(
                line(saving(customer, {k: v for k, v in values.items() if "105" not in k}, 1))
            )  # the loan a second time
    only_save = [
        one
        for one in book.office.customers.values()
        if one.code not in shown and not book.by_customer[one.code]
    ]
    rows += [line(saving(customer, base(customer))) for customer in only_save]
    bcquery(path, "31 - Tạo hồ sơ tín dụng chi tiết theo kỳ số liệu", heads.HSTD, rows, noise=False)


def detail_us_dates(book: Book, path: Path) -> None:
    """Dư nợ chi tiết: as above with points and dates as American text; the name tells the day of export."""
    header = [
        *heads.HSTD[:21],
        "Mã điểm giao dịch",
        "Tên điểm giao dịch",
        *heads.HSTD[21:60],
        *heads.HSTD[74:84],
        *heads.HSTD[-3:],
    ]
    rows = []
    for loan in book.office.loans:
        customer, group = book.office.customers[loan.customer], book.group.get(loan.group)
        values = {
            "Mã CN": BRANCH,
            "Mã PGD": POS,
            "Tên PGD": OFFICE,
            "Mã xã": loan.commune,
            "Tên xã": NAME_OF[loan.commune],
            "Mã thôn": loan.hamlet,
            "Mã KH": customer.code,
            "Tên KH": customer.name,
            "Mã tổ": loan.group,
            "Tên tổ": group.leader if group else "",
            "Mã ĐVUT": loan.association,
            "Số khế ước": loan.number,
            "Mã điểm giao dịch": group.point if group else "",
            "Tên điểm giao dịch": f"Điểm {loan.commune[-2:]}",
            "Ngày vay": "6/15/2024 12:00:00 AM",
            "Tình trạng món vay": loan.status,
            "Mã chương trình": loan.programme,
            "Tên chương trình": PROGRAMME[loan.programme][2],
            "Nguồn vốn": loan.source,
            "Dư nợ trong hạn": loan.current,
            "Dư nợ quá hạn": loan.overdue,
            "Dư nợ khoanh": loan.frozen,
            "Tổng dư nợ": loan.balance,
            "Giải ngân trong tháng": loan.lent["m"],
            "Đảo khoản GN tháng": loan.rolled["m"],
            "Thu nợ TH tháng": loan.paid["m"],
            "Thu nợ QH tháng": loan.paid_overdue["m"],
            "Sổ tiết kiệm 105": customer.code if loan.status == "OPEN" else "",
            "Số dư tiền gửi 105": customer.deposit,
            "Ngày số liệu": f"{MONTH}/{DAY}/{YEAR} 12:00:00 AM",
        }
        rows.append([values.get(name, "") for name in header])
    bcquery(path, "Dư nợ chi tiết", header, rows, noise=False)


# ---- reports in the form of a printed page: (1) (2) (3) marks -------------------------------------------------


def marked(sheet: Sheet, r: int, marks: int) -> int:
    """The row (1) (2) … : column B stays blank, so that (1) stands in A and (2) in C."""
    sheet.row(r, ["(1)", ""] + [f"({n})" for n in range(2, marks + 1)], sheet.head)
    return r + 1


def bctd(book: Book, path: Path, which: str) -> None:
    sheet = Sheet(path, "Sheet1")
    label = "CHI NHÁNH/ HUYỆN/XÃ" if which == "01.1" else "CHƯƠNG TRÌNH VAY"
    sheet.row(0, [f"Mẫu biểu số: {which}/BCTD"], sheet.plain, 14)
    sheet.row(1, [BRANCH_NAME], sheet.plain)
    sheet.row(2, [OFFICE.upper()], sheet.plain)
    sheet.row(3, ["BÁO CÁO KẾT QỦA CHO VAY HỘ NGHÈO VÀ CÁC ĐỐI TƯỢNG CHÍNH SÁCH"], sheet.title, 3)
    sheet.row(4, [f"Ngày {DAY:02d} Tháng {MONTH:02d} Năm {YEAR}"], sheet.plain, 6)
    sheet.row(5, ["Đơn vị: triệu đồng, hộ"], sheet.plain, 14)
    over = [
        ("Doanh số cho vay", 2),
        ("Doanh số thu nợ", 2),
        ("Doanh số xóa nợ", 2),
        ("Tổng dư nợ", 0),
        ("Phân theo tính chất nợ", 3),
        ("Phân theo thời hạn vay", 3),
        ("Số KH còn dư nợ", 0),
        ("Số lượt KH vay vốn", 0),
    ]
    under = ["Trong tháng", "Lũy kế từ đầu năm"] * 3 + [
        "",
        "Trong hạn",
        "Quá hạn",
        "Nợ khoanh",
        "Ngắn hạn",
        "Trung hạn",
        "Dài hạn",
        "",
        "",
    ]

    def header(r: int) -> int:
        sheet.sheet.merge_range(r, 0, r + 1, 1, "TT", sheet.head)
        sheet.sheet.merge_range(r, 2, r + 1, 2, label, sheet.head)
        c = 3
        for text, width in over:
            if width:
                sheet.sheet.merge_range(r, c, r, c + width - 1, text, sheet.head)
                c += width
            else:
                sheet.sheet.merge_range(r, c, r + 1, c, text, sheet.head)
                c += 1
        for n, text in enumerate(under):
            if text:
                sheet.sheet.write_string(r + 1, 3 + n, text, sheet.head)
        return marked(sheet, r + 2, 17)

    order = (
        "lent_m",
        "lent_y",
        "paid_m",
        "paid_y",
        "off_m",
        "off_y",
        "balance",
        "current",
        "overdue",
        "frozen",
        "short",
        "medium",
        "long",
    )

    def numbers(sums: dict[str, int]) -> list[Any]:
        return [millions(sums[k]) for k in order] + [sums["borrowers"], sums["turns"]]

    if which == "01.1":
        lines = [(name, book.sums(book.loans(commune=code))) for code, name in COMMUNES]
    else:
        lines = [(p[3], book.sums(book.loans(programme=p[0]))) for p in PROGRAMMES]
        lines = [line for line in lines if line[1]["balance"] or line[1]["paid_y"]]
    total = book.sums(book.office.loans)
    if which == "01.2":  # customers of the total row: the sum over programmes, so not the number of people
        total["borrowers"] = sum(s["borrowers"] for _, s in lines)
        total["turns"] = sum(s["turns"] for _, s in lines)
    r = header(6)
    for n, (name, sums) in enumerate(lines):
        if n == 4:
            r = header(r)  # a page break: header and marks again
        sheet.row(
            r, [str(n + 1), "", name, *numbers(sums)], [sheet.text] * 3 + [sheet.six] * 13 + [sheet.whole] * 2
        )
        r += 1
    sheet.row(
        r, ["TỔNG CỘNG", "", "", *numbers(total)], [sheet.bold] * 3 + [sheet.bold6] * 13 + [sheet.bold] * 2
    )
    sheet.row(r + 1, [f"null, ngày {DRAWN[0]} tháng {DRAWN[1]} năm {DRAWN[2]}"], sheet.plain, 12)
    sheet.row(
        r + 2, ["LẬP BIỂU", "", "", "", "KIỂM SOÁT", "", "", "", "", "THỦ TRƯỞNG ĐƠN VỊ"], sheet.plain, 2
    )
    sheet.sheet.set_column(2, 2, 34)
    sheet.sheet.set_column(3, 16, 15)
    sheet.close()


LEN_ORDER = (
    "groups",
    "homes",
    "balance",
    "current",
    "overdue",
    "frozen",
    "deposits",
    "lent",
    "paid",
    "interest",
    "saved",
    "drawn",
)


def len31(book: Book, path: Path, kind: str) -> None:
    sheet = Sheet(path, "Sheet1")
    heading = {
        "XAPUONG": "Tên xã( phường)",
        "DONVIUT": "Tên đơn vị ủy thác",
        "CHTRINH": "Tên chương trình",
        "TO_TRUONG": "Tên tổ trưởng",
    }[kind]
    sheet.row(0, [BRANCH_NAME], sheet.plain)
    sheet.row(1, [OFFICE.upper()], sheet.plain)
    sheet.row(2, ["TỔNG HỢP SỐ LIỆU TÍN DỤNG"], sheet.title, 4)
    sheet.row(3, [f"Ngày {DAY} tháng {MONTH} năm {YEAR}"], sheet.plain, 5)
    sheet.row(4, [f"Doanh số phát sinh từ ngày 01/{MONTH:02d}/{YEAR} đến ngày {DATE}"], sheet.plain, 4)
    sheet.row(5, ["Đơn vị tính: Đồng"], sheet.plain, 12)

    def header(r: int) -> int:
        sheet.sheet.merge_range(r, 0, r + 1, 1, "STT", sheet.head)
        for c, text in ((2, heading), (3, "Số tổ"), (4, "Số hộ")):
            sheet.sheet.merge_range(r, c, r + 1, c, text, sheet.head)
        sheet.sheet.merge_range(r, 5, r, 8, "Dư nợ", sheet.head)
        sheet.sheet.merge_range(r, 9, r + 1, 9, "Dư tiền gửi", sheet.head)
        sheet.sheet.merge_range(r, 10, r, 14, "Doanh số phát sinh trong tháng", sheet.head)
        for c, text in enumerate(["Tổng số", "Trong hạn", "Quá hạn", "Nợ khoanh"]):
            sheet.sheet.write_string(r + 1, 5 + c, text, sheet.head)
        for c, text in enumerate(["Cho vay", "Thu nợ", "Thu lãi", "Thu TK", "Chi TK"]):
            sheet.sheet.write_string(r + 1, 10 + c, text, sheet.head)
        return marked(sheet, r + 2, 14)

    lines: list[tuple[str, str, dict[str, int]]] = []  # STT, name, numbers
    communes = []
    for n, (commune, name) in enumerate(COMMUNES):
        groups = [g for g in book.office.groups if g.commune == commune]
        direct = book.len_direct(commune)
        whole = add(*(book.len_row([g.code]) for g in groups), direct)
        communes.append(whole)
        lines.append(
            (str(n + 1) if kind == "XAPUONG" else "" if kind == "CHTRINH" else "ABCDE"[n], name, whole)
        )
        if kind == "DONVIUT":
            for i, association in enumerate(
                a for a in ASSOCIATIONS if any(g.association == a for g in groups)
            ):
                lines.append(
                    (
                        str(i + 1),
                        ASSOCIATIONS[association],
                        book.len_row([g.code for g in groups if g.association == association]),
                    )
                )
            lines.append((str(i + 2), "Trực tiếp", direct))
        if kind == "CHTRINH":
            for association in ASSOCIATIONS:
                codes = [g.code for g in groups if g.association == association]
                if not codes:
                    continue
                own = book.len_row(codes)
                lines.append(("", ASSOCIATIONS[association], own))
                count = 0
                own["homes"]
                for p in PROGRAMMES:
                    loans = [
                        x
                        for x in book.office.loans
                        if x.group in codes and x.programme == p[0] and x.status == "OPEN"
                    ]
                    if not loans:
                        continue
                    count += 1
                    row = book.len_row(codes, p[0])
                    row.update(
                        groups=len({x.group for x in loans}),
                        homes=len({x.customer for x in loans}),
                        deposits=0,
                        saved=0,
                        drawn=0,
                    )
                    lines.append((str(count), p[2], row))
                only = [
                    c
                    for code in codes
                    for c in book.people(code)
                    if not any(x.balance for x in book.by_customer[c.code])
                ]
                lines.append(
                    (
                        str(count + 1),
                        "Không vay vốn, có tiết kiệm",
                        {**dict.fromkeys(LEN_ORDER, 0), "homes": len(only), "deposits": own["deposits"]},
                    )
                )
            lines.append(("", "Trực tiếp", direct))
            for i, p in enumerate(
                p
                for p in PROGRAMMES
                if any(x.programme == p[0] for x in book.loans(group="", commune=commune))
            ):
                row = book.len_direct(commune, p[0])
                row.update(
                    homes=len({x.customer for x in book.loans(group="", commune=commune, programme=p[0])}),
                    deposits=0,
                )
                lines.append((str(i + 1), p[2], row))
        if kind == "TO_TRUONG":
            named: dict[str, list[str]] = {}
            for g in groups:
                named.setdefault(g.leader, []).append(
                    g.code
                )  # groups of the same leader's name become one line
            for i, (leader, codes) in enumerate(named.items()):
                lines.append((str(i + 1), leader[:25], {**book.len_row(codes), "groups": 1}))
            lines.append((str(len(named) + 1), "Vay trực tiếp", direct))
    total = add(*communes)
    r = header(6)
    on_page = 0
    for stt, name, row in lines:
        if on_page == 22:
            r, on_page = header(r), 0
        form = sheet.whole if stt.isdigit() and kind != "XAPUONG" else sheet.bold
        sheet.row(r, [stt, "", name] + [row[k] for k in LEN_ORDER], [sheet.text] * 3 + [form] * 12)
        r, on_page = r + 1, on_page + 1
    sheet.row(r, ["Tổng cộng", "", ""] + [total[k] for k in LEN_ORDER], sheet.bold)
    sheet.row(r + 1, [f"null, ngày {DRAWN[0]} tháng {DRAWN[1]} năm {DRAWN[2]}"], sheet.plain, 10)
    sheet.row(r + 2, ["LẬP BIỂU", "", "", "", "", "GIÁM ĐỐC"], sheet.plain, 2)
    sheet.sheet.set_column(2, 2, 30)
    sheet.sheet.set_column(5, 14, 16)
    sheet.close()


def b32(book: Book, path: Path) -> None:
    sheet = Sheet(path, "Sheet1")
    sheet.row(0, ["Mẫu biểu số: 13/BC"], sheet.plain, 8)
    sheet.row(1, [BRANCH_NAME], sheet.plain)
    sheet.row(2, ["BÁO CÁO KẾT QUẢ HOẠT ĐỘNG TÍN DỤNG"], sheet.title, 3)
    sheet.row(3, [f"Ngày {DAY:02d} Tháng {MONTH:02d} Năm {YEAR}"], sheet.plain, 4)
    sheet.row(4, ["Đơn vị: triệu đồng, hộ"], sheet.plain, 8)
    shown = ["01", "02", "03", "06", "19"]
    names = ["Tổng số"] + [PROGRAMME[p][1] for p in shown] + ["KHAC"]
    sheet.sheet.merge_range(5, 0, 6, 1, "TT", sheet.head)
    sheet.sheet.merge_range(5, 2, 6, 2, "CHI NHÁNH/ HUYỆN/XÃ", sheet.head)
    for n, name in enumerate(names):
        sheet.sheet.merge_range(5, 3 + 2 * n, 5, 4 + 2 * n, name, sheet.head)
        sheet.sheet.write_string(6, 3 + 2 * n, "Số hộ", sheet.head)
        sheet.sheet.write_string(6, 4 + 2 * n, "Số tiền", sheet.head)
    r = marked(sheet, 7, 2 + 2 * len(names))
    parts = [
        ("I. Doanh số cho vay", lambda x: x.lent["m"]),
        ("II. Doanh số thu nợ", lambda x: x.paid["m"] + x.paid_overdue["m"] + x.lent["m"]),
        ("III. Tổng dư nợ", lambda x: x.balance),
        ("IV. Nợ quá hạn", lambda x: x.overdue),
    ]

    def cells(loans: list[Loan], value: Callable[[Loan], int]) -> list[Any]:
        out: list[Any] = []
        for wanted in [None, *shown, "rest"]:
            part = [
                x
                for x in loans
                if wanted is None or x.programme == wanted or (wanted == "rest" and x.programme not in shown)
            ]
            out += [len({x.customer for x in part if value(x)}), round(sum(value(x) for x in part) / 1e6, 2)]
        return out

    for title, value in parts:
        sheet.row(r, [title], sheet.bold)
        r += 1
        for source, label in (("1", "Nguồn trung ương"), ("2", "Nguồn địa phương")):
            sheet.row(r, [label], sheet.bold)
            loans = [x for x in book.office.loans if x.source == source]
            sheet.row(r + 1, [OFFICE, "", "", *cells(loans, value)], sheet.two)
            r += 2
            for code, name in COMMUNES:
                sheet.row(
                    r, ["", "", name, *cells([x for x in loans if x.commune == code], value)], sheet.two
                )
                r += 1
    sheet.row(r, [f"{OFFICE}, ngày {DRAWN[0]} tháng {DRAWN[1]} năm {DRAWN[2]}"], sheet.plain, 5)
    sheet.sheet.set_column(2, 2, 26)
    sheet.sheet.set_column(3, 16, 12)
    sheet.close()


def bc0437(book: Book, path: Path) -> None:
    sheet = Sheet(path, "Sheet 1")
    sheet.row(0, [f"THÔNG TIN TỔ TK&VV DO KHÁC QUẢN LÝ ĐẾN NGÀY {DATE}"], sheet.title)
    sheet.row(1, heads.BC0437, sheet.head)
    groups = [g for g in book.office.groups if not g.closing]
    # Two rows appear twice, letter for letter.
    lines = [*groups[:9], groups[8], *groups[9:20], groups[3], *groups[20:]]
    for n, group in enumerate(lines):
        r = 2 + n
        people = book.people(group.code)
        sums = book.sums(book.loans(group=group.code))
        savings = book.deposits(group.code)
        with_loan = len({x.customer for x in book.loans(group=group.code) if x.balance})
        savers = sum(1 for c in people if c.deposit)
        values = [
            POS,
            group.commune,
            NAME_OF[group.commune],
            group.association,
            None,
            group.code,
            group.leader,
            len(people),
            with_loan,
            savers,
            len(people) - 1,
            1,
            savers - 1,
            1,
            round(sums["balance"] / 1_000_000),
            round(sums["overdue"] / 1_000_000),
            round(100 * sums["overdue"] / sums["balance"], 2),
            round(sums["frozen"] / 1_000_000),
            round(100 * sums["frozen"] / sums["balance"], 2),
            3,
            0,
            round(savings / 1_000_000),
            round(savings / 1e6 / len(people), 2),
            10.5,
            1,
            0,
            group.score,
            None,
        ]
        sheet.row(r, values, sheet.text)
        sheet.sheet.write_formula(
            r,
            4,
            f'=IF(D{r + 1}="11","Hội nông dân",IF(D{r + 1}="12","Hội liên hiệp phụ nữ",IF(D{r + 1}="13","Hội cựu chiến binh","Đoàn thanh niên")))',
            sheet.text,
            0,
        )
        sheet.sheet.write_formula(
            r,
            27,
            f'=IF(AA{r + 1}<50,"Yếu",IF(AA{r + 1}<70,"Trung bình",IF(AA{r + 1}<85,"Khá","Tốt")))',
            sheet.text,
            0,
        )
    sheet.sheet.set_column(0, 27, 13)
    sheet.close()


def bc0438(book: Book, path: Path) -> None:
    sheet = Sheet(path, "Sheet 1")
    sheet.row(0, [f"THÔNG TIN ỦY THÁC XÃ {'0' * 6} ĐẾN NGÀY {DATE}"], sheet.title)
    pairs = [
        (c, n, a)
        for c, n in COMMUNES
        for a in ASSOCIATIONS
        if any(g.commune == c and g.association == a for g in book.office.groups)
    ]
    first = ["Mã PGD", "Mã xã", "Tên xã", "Mã ĐVUT", "Tên ĐVUT"]

    def name(r: int) -> str:
        return f'=IF(D{r}="11","Hội nông dân",IF(D{r}="12","Hội liên hiệp phụ nữ",IF(D{r}="13","Hội cựu chiến binh","Đoàn thanh niên")))'

    r = 1
    sheet.row(r, [1, "Dư nợ nhận ủy thác"], sheet.bold)
    sheet.row(
        r + 1,
        [
            *first,
            "Số ấp có dư nợ do HĐT quản lý",
            "Số ấp trên địa bàn",
            "Tổng số tổ do HĐT quản lý",
            "Tổng số khách hàng vay vốn do HĐT quản lý",
            "Tổng dư nợ do HĐT quản lý",
            "Số dư tiết kiệm do HĐT quản lý",
        ],
        sheet.head,
    )
    r += 2
    top = r + 1
    for commune, label, association in pairs:
        groups = [
            g
            for g in book.office.groups
            if g.commune == commune and g.association == association and not g.closing
        ]
        codes = {g.code for g in groups}
        loans = [x for x in book.office.loans if x.group in codes]
        sheet.row(
            r,
            [
                POS,
                commune,
                label,
                association,
                None,
                len({g.hamlet for g in groups}),
                3,
                len(groups),
                len({x.customer for x in loans if x.balance}),
                sum(x.balance for x in loans),
                sum(book.deposits(c) for c in codes),
            ],
            sheet.whole,
        )
        sheet.sheet.write_formula(r, 4, name(r + 1), sheet.text, 0)
        r += 1
    sheet.row(r, ["Tổng cộng"], sheet.bold)
    for c in range(5, 11):
        sheet.sheet.write_formula(r, c, f"=SUM({chr(65 + c)}{top}:{chr(65 + c)}{r})", sheet.bold, 0)
    r += 1
    sheet.row(r, [2, "Chấm điểm hoạt động nhận ủy nhiệm"], sheet.bold)
    sheet.row(r + 1, [*first, "Tổng số", "Tốt", "Khá", "Trung bình", "Yếu"], sheet.head)
    r += 2
    for commune, label, association in pairs:
        found = [
            rating(g.score)
            for g in book.office.groups
            if g.commune == commune and g.association == association and not g.closing
        ]
        sheet.row(
            r,
            [POS, commune, label, association, None, None]
            + [found.count(x) for x in ("Tốt", "Khá", "Trung bình", "Yếu")],
            sheet.whole,
        )
        sheet.sheet.write_formula(r, 4, name(r + 1), sheet.text, 0)
        sheet.sheet.write_formula(r, 5, f"=SUM(G{r + 1}:J{r + 1})", sheet.whole, 0)
        r += 1
    sheet.row(r, ["Tổng cộng"], sheet.bold)
    r += 1
    sheet.row(r, [3, "Dư nợ nhận ủy thác"], sheet.bold)
    sheet.row(
        r + 1,
        [
            *first,
            "Tên chương trình vay",
            "Số khách hàng",
            "Tổng dư nợ",
            "Nợ quá hạn",
            "",
            "Nợ khoanh",
            "",
            "Lãi tồn",
            "Số món vay 3 tháng không hoạt động",
        ],
        sheet.head,
    )
    sheet.row(r + 2, [""] * 8 + ["Số tiền", "Tỷ lệ", "Số tiền", "Tỷ lệ"], sheet.head)
    r += 3
    for commune, label, association in pairs:
        for p in PROGRAMMES:
            loans = [
                x
                for x in book.office.loans
                if x.commune == commune and x.association == association and x.programme == p[0] and x.balance
            ]
            if not loans:
                continue
            sums = book.sums(loans)
            sheet.row(
                r,
                [
                    POS,
                    commune,
                    label,
                    association,
                    None,
                    p[2],
                    sums["borrowers"],
                    sums["balance"],
                    sums["overdue"],
                    round(100 * sums["overdue"] / sums["balance"], 2),
                    sums["frozen"],
                    round(100 * sums["frozen"] / sums["balance"], 2),
                    sums["balance"] // 500,
                    1 if sums["overdue"] else 0,
                ],
                sheet.whole,
            )
            sheet.sheet.write_formula(r, 4, name(r + 1), sheet.text, 0)
            r += 1
    sheet.row(r, ["Tổng cộng"], sheet.bold)
    sheet.sheet.set_column(0, 13, 15)
    sheet.close()


def dsto(book: Book, path: Path) -> None:
    sheet = Sheet(path, "Sheet1")
    sheet.row(0, ["NGÂN HÀNG CHÍNH SÁCH XÃ HỘI"], sheet.plain)
    sheet.row(2, ["DANH SÁCH TỔ TK&VV"], sheet.title)
    sheet.row(4, heads.DSTO, sheet.head)
    sheet.sheet.merge_range(4, 12, 4, 13, "SỐ HỘ TẤT NỢ", sheet.head)
    sheet.row(5, ["CÒN LÃI TỒN", "CÒN TIẾT KIỆM"], sheet.head, 12)
    said = {"11": "HỘI NÔNG DÂN", "12": "HỘI PHỤ NỮ", "13": "HỘI CỰU CHIẾN BINH", "14": "ĐOÀN THANH NIÊN"}
    r = 6
    for group in book.office.groups:
        if group.closing:
            continue
        sums = book.sums(book.loans(group=group.code))
        people = book.people(group.code)
        saving_only = sum(1 for c in people if not any(x.balance for x in book.by_customer[c.code]))
        sheet.row(
            r,
            [
                POS,
                NAME_OF[group.commune],
                group.point,
                f"Điểm {group.point[-4:]} ",
                f"Thôn {group.hamlet[-2:]}",
                said[group.association],
                group.code,
                f"99{group.code}0",
                ("BÀ " if group.code[-1] in "36" else "") + group.leader.upper(),
                "0000000000",
                len(people) - saving_only,
                sums["balance"],
                0,
                saving_only,
            ],
            sheet.whole,
        )
        r += 1
    sheet.row(r, ["TỔNG CỘNG"], sheet.bold)
    sheet.sheet.write_formula(r, 11, f"=SUM(L7:L{r})", sheet.bold, 0)
    sheet.row(r + 2, ["Thủ trưởng đơn vị", "", "", "", "Lập biểu"], sheet.plain)
    sheet.row(r + 3, ["(Ký, ghi rõ họ tên)"], sheet.plain)
    sheet.sheet.set_column(0, 13, 17)
    sheet.close()
    declare(path, "A1:AA14")


def declare(path: Path, ref: str) -> None:
    """The part says that it ends at `ref` although rows follow: a reader must not believe it."""
    copy = path.with_suffix(".tmp")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            data = old.read(item.filename)
            if item.filename == "xl/worksheets/sheet1.xml":
                data = re.sub(rb'<dimension ref="[^"]*"/>', f'<dimension ref="{ref}"/>'.encode(), data)
            new.writestr(item, data)
    copy.replace(path)


def leaders(book: Book, path: Path) -> None:
    rows = []
    for n, g in enumerate(book.office.groups):
        if n in (6, 14):
            continue  # the list of leaders lacks groups that do owe
        rows.append(
            [
                POS,
                g.commune,
                NAME_OF[g.commune],
                g.point,
                f"Điểm {g.point[-4:]} ",
                "07",
                g.hamlet,
                f"Thôn {g.hamlet[-2:]}",
                g.association,
                int(g.code),
                g.leader.upper(),
                "01/01/1970",
                "0000000000",
                "9900000001",
                "TỔ PHÓ MẪU",
                "A",
                "01",
            ]
        )
    bcquery(path, "12. THÔNG TIN TỔ TRƯỞNG", heads.TO_TRUONG, rows)


def by_hamlet(book: Book) -> list[list[Any]]:
    rows: list[list[Any]] = []
    keys: dict[tuple[str, str, str, str], list[Loan]] = defaultdict(list)
    for x in book.office.loans:
        if x.balance:
            keys[(x.hamlet, x.programme, x.source, x.investor)].append(x)
    for (hamlet, programme, source, investor), loans in sorted(keys.items()):
        sums = book.sums(loans)
        commune = loans[0].commune
        rows.append(
            [
                POS,
                source,
                commune,
                NAME_OF[commune],
                f"TXN09{commune[-2:]}01",
                f"Điểm {commune[-2:]}",
                hamlet,
                f"Thôn {hamlet[-2:]}",
                programme,
                PROGRAMME[programme][1],
                PROGRAMME[programme][2],
                sums["borrowers"],
                sums["balance"],
                sums["current"],
                sums["overdue"],
                sums["frozen"],
                investor,
                DATE,
            ]
        )
    return rows


def total_by_programme(book: Book, path: Path) -> None:
    bcquery(path, "1. TỔNG DƯ NỢ THEO CHƯƠNG TRÌNH", heads.TDN, by_hamlet(book), noise=False)


def total_as_html(book: Book, path: Path) -> None:
    """The same table as a web page named .xls, with numbers as Vietnamese text."""

    def cell(v: object) -> str:
        text = f"{v:,}".replace(",", ".") if isinstance(v, int) else str(v)
        return f"<td>{text}</td>"

    rows = "".join("<tr>" + "".join(cell(v) for v in row) + "</tr>" for row in by_hamlet(book))
    head = "".join(f"<th>{h}</th>" for h in heads.TDN)
    path.write_text(
        f'<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body><table border="1">'
        f"<tr><td colspan=18>1. TỔNG DƯ NỢ THEO CHƯƠNG TRÌNH</td></tr><tr>{head}</tr>{rows}</table></body></html>",
        encoding="utf-8",
    )


def overdue(book: Book, path: Path) -> None:
    rows = []
    for x in book.office.loans:
        if x.overdue:
            g = book.group.get(x.group)
            rows.append(
                [
                    POS,
                    x.commune,
                    NAME_OF[x.commune],
                    x.hamlet,
                    g.point if g else "",
                    f"Điểm {x.commune[-2:]}",
                    x.group,
                    g.leader if g else "",
                    x.association,
                    ASSOCIATIONS.get(x.association, "Trực tiếp"),
                    x.customer,
                    book.office.customers[x.customer].name,
                    x.number,
                    x.overdue,
                    0,
                    "23/02/2026",
                    x.source,
                    x.programme,
                    PROGRAMME[x.programme][1],
                    PROGRAMME[x.programme][2],
                    book.office.customers[x.customer].deposit,
                    DATE,
                ]
            )
    bcquery(path, "2. SAO KÊ DANH SÁCH NỢ QUÁ HẠN", heads.NQH, rows)


def frozen(book: Book, path: Path) -> None:
    rows = []
    for x in book.office.loans:
        if x.frozen:
            g = book.group.get(x.group)
            rows.append(
                [
                    POS,
                    "07",
                    g.point if g else "",
                    f"Điểm {x.commune[-2:]}",
                    x.commune,
                    NAME_OF[x.commune],
                    x.customer,
                    book.office.customers[x.customer].name,
                    x.group,
                    g.leader if g else "",
                    x.number,
                    x.association,
                    x.frozen,
                    "15/12/2022",
                    "15/12/2027",
                    x.source,
                    x.programme,
                    PROGRAMME[x.programme][2],
                    "Vắng mặt",
                ]
            )
    bcquery(path, "13. Danh sách nợ khoanh (DL Tháng)", heads.KHOANH, rows)


def scores(book: Book, path: Path, *, new: bool) -> None:
    sheet = Sheet(path, "Sheet1")
    start = 1 if not new else 0  # the older layout has a blank column A
    header = heads.CDTO_NEW if new else heads.CDTO_OLD
    sheet.row(0, ["BÁO CÁO CHẤM ĐIỂM TỔ TIẾT KIỆM VÀ VAY VỐN"], sheet.title, start)
    sheet.row(
        1,
        [f"Kỳ chấm điểm tháng {MONTH + 1:02d}/{YEAR}" if new else f"Ngày {DAY} tháng {MONTH} năm {YEAR}"],
        sheet.plain,
        start,
    )
    sheet.row(7, header, sheet.head, start)
    r = 8 if new else 10
    if not new:
        sheet.row(8, [""] * 11 + ["20", "30", "15", "20", "5", "10", "100"], sheet.head, start)
        sheet.row(9, [f"({n})" for n in range(1, len(header) + 1)], sheet.head, start)
    groups = [g for g in book.office.groups if not g.closing]
    for n, g in enumerate(groups):
        sums = book.sums(book.loans(group=g.code))
        p = g.parts
        if new:
            values = [
                n + 1,
                POS if n % 7 == 0 else None,
                OFFICE if n % 7 == 0 else None,
                g.commune,
                NAME_OF[g.commune],
                int(g.code),
                g.leader,
                "01",
                ASSOCIATIONS[g.association],
                sums["balance"],
                p["gdx"],
                p["goc"],
                p["lai"],
                round(p["tv"] + p["tg"], 2),
                p["nqh"],
                g.score,
                rating(g.score),
                DATE,
            ]
        else:
            values = [
                n + 1,
                int(POS),
                OFFICE,
                int(g.commune),
                NAME_OF[g.commune],
                int(g.code),
                g.leader,
                ASSOCIATIONS[g.association],
                "01",
                sums["balance"],
                book.deposits(g.code),
                p["gdx"],
                p["nqh"],
                p["goc"],
                p["lai"],
                p["tv"],
                p["tg"],
                g.score,
                rating(g.score),
                "A",
            ]
        sheet.row(r + n, values, sheet.text, start)
    sheet.row(r + len(groups), ["Tổng cộng"], sheet.bold, start)
    sheet.sheet.set_column(0, 20, 14)
    sheet.close()


PLAN_LABELS = {
    "Nguồn vốn cân đối từ TW (KHA)": "Vốn TW",
    "Dư nợ Kế hoạch A": "KHA",
    "Dư nợ Kế hoạch B": "KHB",
    "Tiền gửi tiết kiệm qua Tổ TK&VV": "Tiền gửi tiết kiệm qua Tổ TKVV",
}


def telegram(book: Book, path: Path) -> None:
    """Điện báo: a column of indicators, one column an office. Million dong; codes stand as numbers in row 4."""
    total = book.sums(book.office.loans)
    local = book.sums([x for x in book.office.loans if x.source == "2"])
    central = book.sums([x for x in book.office.loans if x.source == "1"])
    deposits = sum(c.deposit for c in book.office.customers.values())

    def values(opening: bool) -> list[tuple[str, int]]:
        k = "opening" if opening else "balance"
        both = total[k]
        return [
            ("Nguồn vốn cân đối từ TW (KHA)", central[k] - deposits),
            ("Tổng huy động vốn", deposits + 2_500_000_000),
            ("Tiền gửi tiết kiệm qua Tổ TK&VV", deposits),
            ("Nguồn vốn nhận UTĐT tại ĐP", local[k] + 150_000_000),
            ("Tổng dư nợ", both),
            ("Dư nợ Kế hoạch A", central[k]),
            ("Dư nợ Quá hạn KHA", central["overdue"]),
            ("Dư nợ Khoanh KHA", central["frozen"]),
            ("Dư nợ Kế hoạch B", local[k]),
            ("Dư nợ Quá hạn KHB", local["overdue"]),
            ("Dư nợ Khoanh KHB", local["frozen"]),
            *[
                row
                for p in PROGRAMMES
                for row in (
                    (p[2], book.sums(book.loans(programme=p[0]))[k]),
                    ("Trđ: NQH", book.sums(book.loans(programme=p[0]))["overdue"]),
                )
            ],
            ("Vốn An toàn", 300_000_000),
            ("Tồn quỹ tiền mặt", 120_000_000),
            ("Tiền gửi tại NHNN và TCTD", 80_000_000),
        ]

    workbook = xlsxwriter.Workbook(str(path))
    workbook.set_properties({"created": datetime(2026, 4, 2)})
    bold = workbook.add_format({"bold": True, "font_name": "Times New Roman", "border": 1, "align": "center"})
    num = workbook.add_format({"num_format": "#,##0.00", "border": 1, "font_name": "Times New Roman"})
    for name, opening, day in (
        ("DB1", False, DATE),
        ("Y", True, f"31/12/{YEAR - 1}"),
        ("KH_GIAO_DAU_NAM", None, f"31/12/{YEAR}"),
    ):
        ws = workbook.add_worksheet(name)
        ws.write_string(0, 1, BRANCH_NAME)
        ws.write_string(1, 1, "ĐIỆN BÁO NGÀY - CÂN ĐỐI NGUỒN VỐN VÀ SỬ DỤNG VỐN")
        ws.write_string(2, 1, f"Ngày {day}")
        ws.write_string(3, 12, "Đơn vị tính: Triệu đồng")  # far to the right: easily missed
        for c, code in enumerate((990000, 990100)):
            ws.write_number(3, 3 + c, code // 100)  # the POS code without its zeros
        for c, text in enumerate(("STT", "Chỉ tiêu", "Cộng", "HST", "P.Thử nghiệm")):
            ws.write_string(4, c, text, bold)
        for n, (indicator, amount) in enumerate(values(bool(opening))):
            label, value = indicator, amount
            if opening is None:
                if label.startswith("Trđ"):
                    continue
                label, value = PLAN_LABELS.get(label, label), int(amount * 1.08)
            r = 5 + n
            ws.write(r, 0, n + 1)
            ws.write_string(r, 1, label)
            other = value // 3
            ws.write_number(r, 2, round((value + other) / 1e6, 2), num)
            ws.write_number(r, 3, round(other / 1e6, 2), num)
            ws.write_number(r, 4, round(value / 1e6, 2), num)
        ws.set_column(1, 1, 52)
        ws.set_column(2, 4, 16)
    workbook.close()


def jobs(book: Book, path: Path) -> None:
    """SK_GQVL: header in row 8, column A blank, a total row right under it, commune codes of two digits."""
    sheet = Sheet(path, "Sheet1")
    sheet.row(0, ["SAO KÊ DƯ NỢ MÓN VAY GIẢI QUYẾT VIỆC LÀM"], sheet.title, 1)
    sheet.row(2, [f"Ngày {DAY:02d} tháng {MONTH:02d} năm {YEAR}"], sheet.plain, 3)
    sheet.row(3, [BRANCH_NAME], sheet.plain, 1)
    sheet.row(7, heads.GQVL, sheet.head, 1)
    sheet.sheet.merge_range(7, 11, 7, 12, "Ngày đến hạn", sheet.head)
    loans = [x for x in book.loans(programme="03") if x.balance]
    sums = book.sums(loans)
    sheet.row(
        8, ["Tổng cộng"] + [""] * 12 + [sums["current"], sums["overdue"], sums["frozen"]], sheet.bold, 1
    )
    for n, x in enumerate(loans):
        g = book.group.get(x.group)
        sheet.row(
            9 + n,
            [
                int(POS),
                x.commune[-2:],
                NAME_OF[x.commune],
                f"Thôn {x.hamlet[-2:]}",
                x.group,
                g.leader if g else "",
                x.customer,
                book.office.customers[x.customer].name,
                x.number,
                "15/06/2024",
                "15/06/2029",
                "15/06/2029",
                60,
                x.current,
                x.overdue,
                x.frozen,
                "TW" if x.source == "1" else "ĐP",
                1,
                "Ngân sách",
                "21" if n % 3 else "12",
                "01412",
                "Chăn nuôi trâu, bò",
                x.investor,
                x.granted,
                x.lent["y"],
                0,
                "",
            ],
            sheet.text,
            1,
        )
    sheet.sheet.set_column(1, 27, 13)
    sheet.close()


def expected(book: Book) -> dict[str, Any]:
    """What an import should arrive at: truth from the loan book."""
    ledger = []
    for commune, name in COMMUNES:
        for association in [*ASSOCIATIONS, "99"]:
            loans = [x for x in book.office.loans if (x.commune, x.association) == (commune, association)]
            if not loans:
                continue
            groups = [
                g
                for g in book.office.groups
                if g.commune == commune and g.association == association and not g.closing
            ]
            sums = book.sums(loans)
            ledger.append(
                {
                    "commune": commune,
                    "commune_name": name,
                    "association": association,
                    "groups": len(groups),
                    "customers": sums["borrowers"],
                    "balance": sums["balance"],
                    "overdue": sums["overdue"],
                    "frozen": sums["frozen"],
                    "deposits": sum(book.deposits(g.code) for g in groups),
                    "opening": sums["opening"],
                    "disbursement": sums["lent_y"],
                    "collection": sums["paid_y"],
                    "write_off": sums["off_y"],
                }
            )
    programmes = [
        {
            "programme": p[0],
            "opening": s["opening"],
            "disbursement": s["lent_y"],
            "collection": s["paid_y"],
            "write_off": s["off_y"],
            "balance": s["balance"],
            "overdue": s["overdue"],
            "frozen": s["frozen"],
            "customers": s["borrowers"],
        }
        for p in PROGRAMMES
        for s in [book.sums(book.loans(programme=p[0]))]
        if s["balance"] or s["opening"]
    ]
    listed = [
        {
            "group": g.code,
            "leader": g.leader,
            "commune": g.commune,
            "association": g.association,
            "members": len(book.people(g.code)),
            "customers": len({x.customer for x in book.loans(group=g.code) if x.balance}),
            "balance": s["balance"],
            "overdue": s["overdue"],
            "frozen": s["frozen"],
            "deposits": book.deposits(g.code),
            "score": g.score,
            "rating": rating(g.score),
        }
        for g in book.office.groups
        if not g.closing
        for s in [book.sums(book.loans(group=g.code))]
    ]
    total = book.sums(book.office.loans)
    assert total["balance"] == total["opening"] + total["lent_y"] - total["paid_y"] - total["off_y"]
    assert (
        sum(int(str(r["balance"])) for r in ledger)
        == total["balance"]
        == sum(int(str(p["balance"])) for p in programmes)
    )
    return {
        "as_of": f"{YEAR}-{MONTH:02d}-{DAY:02d}",
        "pos": POS,
        "unit": "đồng",
        "total": total,
        "ledger": ledger,
        "programmes": programmes,
        "groups": listed,
    }


def write_exports(folder: Path, seed: int = SEED) -> dict[str, Any]:
    """All exports of an invented office into a folder; returns what an import should arrive at.

    BC0437 and BC0438 are written as .xlsx.
    """
    folder.mkdir(parents=True, exist_ok=True)
    book = Book(seed)
    short = POS[2:]
    hstd(book, folder / f"{POS}_HSTD_mau31_{STAMP}.xlsx")
    detail_us_dates(book, folder / f"{POS}_DU_NO__CHI_tiet_DEN_07-04-2026_.xlsx")
    for kind in ("XAPUONG", "DONVIUT", "CHTRINH", "TO_TRUONG"):
        len31(book, folder / f"{short}_LEN_31_{kind}_{STAMP}_1.XLSX", kind)
    for which in ("01.1", "01.2"):
        bctd(book, folder / f"{short}_BCDHTD_{which}_{STAMP}_1.XLSX", which)
    b32(book, folder / f"{short}_B32_{STAMP}_1.XLSX")
    bc0437(book, folder / f"BC0437_{POS}___{STAMP}.xlsx")
    bc0438(book, folder / f"BC0438_000000_{STAMP}.xlsx")
    dsto(book, folder / f"{POS}_{STAMP}_DSTO.xlsx")
    leaders(book, folder / "Thong_tin_to_truong_T3_2026.xlsx")
    total_by_programme(book, folder / f"Tong_du_no_{YEAR}-{MONTH:02d}-{DAY:02d}.xlsx")
    total_as_html(book, folder / f"Tong_du_no_{YEAR}-{MONTH:02d}-{DAY:02d}.xls")
    overdue(book, folder / f"No qua han  {DAY:02d}-{MONTH:02d}-{YEAR}.xlsx")
    frozen(book, folder / f"Khoanh No_{YEAR}-{MONTH:02d}-{DAY:02d}.xlsx")
    scores(book, folder / f"CT_CDTOTKVV_{POS}_{STAMP}_cu.xlsx", new=False)
    scores(book, folder / f"CT_CDTOTKVV_{POS}_{STAMP}_moi.xlsx", new=True)
    telegram(book, folder / f"Dienbao_{STAMP}.xlsx")
    jobs(book, folder / f"SK_GQVL_{POS}_{STAMP}.xlsx")
    return expected(book)
