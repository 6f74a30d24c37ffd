"""Workbooks written as small text tables in the body of a test.

    office = tiny().put("Hội CCB", I2="1 234").sheet("Trực tiếp", '''
        Mã CT | Chương trình tín dụng | Dư nợ
        02    | Học sinh, sinh viên   | 7
        Tổng cộng | | 7
    ''')
    assert office.found() == {("V-TEXTNUM", "Hội CCB", "I2")}

A line is a row, from A1 on, and `|` separates cells. A cell is what a spreadsheet would make of it:
`12`, `-0.5` numbers (English decimals); `2024-03-31` a date; `TRUE` a boolean; `'11581` text, like
everything else (digits with a leading zero are text by themselves); `=SUM(I2:I3) -> 4` a formula and
the value the file keeps for it; without the arrow it keeps none. `tiny()` is an office whose sheets are
complete and tie everywhere: what a test changes in it is all that can be found.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import xlsxwriter  # type: ignore[import-untyped]

from sheetcredit.model.grid import Book, CellValue, Formula, Grid
from sheetcredit.outcome import Report
from sheetcredit.report import check_readings
from sheetcredit.rulebook import Rulebook, our_rulebook
from sheetcredit.template.reading import Reading, understand
from sheetcredit.xlsx.sums import with_sums

Place = tuple[str, str | None, str | None]
"""Code, sheet and cell of a finding."""

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?(e\d+)?")
_CELL = re.compile(r"([A-Z]+)(\d+)")


def cell_value(token: str) -> CellValue | Formula:
    """What a spreadsheet makes of a token."""
    if token.startswith("'"):
        return token[1:].removesuffix("'")
    if token.startswith("="):
        text, arrow, cached = token[1:].partition("->")
        return Formula(text.strip(), cached.strip() if arrow else None)
    if _NUMBER.fullmatch(token):
        return float(token)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", token):
        return datetime.fromisoformat(token).date()
    return {"TRUE": True, "FALSE": False}.get(token, token)


def place_of(cell: str) -> tuple[int, int]:
    """Zero-based row and column of an A1 address."""
    match = _CELL.fullmatch(cell)
    assert match, cell
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]) - 1, column - 1


@dataclass(frozen=True)
class Table:
    """The cells of one sheet by zero-based row and column."""

    cells: Mapping[tuple[int, int], CellValue | Formula]

    @classmethod
    def of(cls, text: str) -> Table:
        """The table that a text writes; the first line of an indented text is dropped if it is blank."""
        lines = textwrap.dedent(text.rstrip()).split("\n")
        lines = lines[1:] if lines and not lines[0].strip() else lines
        cells = {
            (row, column): cell_value(token.strip())
            for row, line in enumerate(lines)
            for column, token in enumerate(line.split("|"))
            if token.strip()
        }
        return cls(cells)

    def put(self, cells: Mapping[str, CellValue | Formula]) -> Table:
        """The table with some cells replaced (by A1 address; None empties one); texts are cell tokens."""
        changed = dict(self.cells)
        for address, value in cells.items():
            changed.pop(place_of(address), None)
            if value is not None:
                changed[place_of(address)] = cell_value(value) if isinstance(value, str) else value
        return Table(changed)

    def moved(self, rows: int = 0, columns: int = 0) -> Table:
        """The table further down and to the right."""
        return Table({(row + rows, column + columns): v for (row, column), v in self.cells.items()})

    def with_row(self, before: int, text: str) -> Table:
        """The table with a row written into it, so that it becomes Excel's row `before`."""
        shifted = {(row + (row >= before - 1), column): v for (row, column), v in self.cells.items()}
        added = {(before - 1, column): value for (_, column), value in Table.of(text).cells.items()}
        return Table(shifted | added)

    def with_columns(self, order: Sequence[int | None]) -> Table:
        """The table with its columns in another order; None leaves a new one empty."""
        place = {old: new for new, old in enumerate(order) if old is not None}
        kept = {(row, place[column]): v for (row, column), v in self.cells.items() if column in place}
        return Table(kept)

    def grid(self, name: str) -> Grid:
        """The sheet as a file reader would give it."""
        height = max((row for row, _ in self.cells), default=-1) + 1
        width = max((column for _, column in self.cells), default=-1) + 1
        rows: list[list[CellValue]] = [[""] * width for _ in range(height)]
        formulas: dict[tuple[int, int], Formula] = {}
        for (row, column), value in self.cells.items():
            if isinstance(value, Formula):
                formulas[row, column] = value
                kept = cell_value(value.cached or "")
                rows[row][column] = "" if isinstance(kept, Formula) else kept
            else:
                rows[row][column] = float(value) if type(value) is int else value
        return with_sums(Grid(name, rows, formulas))


@dataclass(frozen=True)
class Workbook:
    """Sheets by name, in order. Every change gives a new workbook."""

    sheets: Mapping[str, Table]
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    path: str = "tiny.xlsx"

    def sheet(self, name: str, text: str | Table) -> Workbook:
        """With a sheet replaced (or added) as a whole."""
        table = Table.of(text) if isinstance(text, str) else text
        return replace(self, sheets={**self.sheets, name: table})

    def put(self, sheet: str, **cells: CellValue | Formula) -> Workbook:
        """With some cells of a sheet replaced: `put("Hội CCB", I2=5, J2="=I2 -> 5")`."""
        return self.sheet(sheet, self.sheets[sheet].put(cells))

    def without(self, *sheets: str) -> Workbook:
        """Without some sheets."""
        return replace(self, sheets={name: t for name, t in self.sheets.items() if name not in sheets})

    def renamed(self, old: str, new: str) -> Workbook:
        """With a sheet under another name."""
        return replace(self, sheets={new if name == old else name: t for name, t in self.sheets.items()})

    def named(self, **names: tuple[str, str]) -> Workbook:
        """With defined names: `named(TT_Ky=("Thông tin", "B4"))`."""
        return replace(self, names={**self.names, **names})

    def at(self, path: str) -> Workbook:
        """Under another path."""
        return replace(self, path=path)

    def book(self) -> Book:
        """As a file reader would give it."""
        names = {name: (sheet, *place_of(cell)) for name, (sheet, cell) in self.names.items()}
        return Book(self.path, {name: table.grid(name) for name, table in self.sheets.items()}, names)

    def reading(self) -> Reading:
        """Understood as an office workbook."""
        return understand(self.book(), our_rulebook().office)

    def report(self, rulebook: Rulebook | None = None) -> Report:
        """Validated and reconciled."""
        return reports(self, rulebook=rulebook)[0]

    def found(self, *, notes: bool = False) -> set[Place]:
        """Code, sheet and cell of everything found, notes only if asked for."""
        return places(self.report(), notes=notes)

    def save(self, path: Path) -> Path:
        """As a real workbook. Errors such as `#REF!` become error cells."""
        book = xlsxwriter.Workbook(path)
        date_format = book.add_format({"num_format": "dd/mm/yyyy"})
        for name, table in self.sheets.items():
            sheet = book.add_worksheet(name)
            for (row, column), value in table.cells.items():
                if isinstance(value, Formula):
                    kept = cell_value(value.cached or "")
                    sheet.write_formula(row, column, f"={value.text}", None, kept)
                elif isinstance(value, bool):
                    sheet.write_boolean(row, column, value)
                elif isinstance(value, (int, float)):
                    sheet.write_number(row, column, value)
                elif isinstance(value, (date, datetime)):
                    sheet.write_datetime(row, column, value, date_format)
                elif isinstance(value, str) and re.fullmatch(r"#[A-Z0/]+[!?]?", value):
                    sheet.write_formula(row, column, f"={value}", None, value)
                else:
                    sheet.write_string(row, column, str(value))
        for name, (tab, cell) in self.names.items():
            letters, number = _CELL.fullmatch(cell).groups()  # type: ignore[union-attr]
            book.define_name(name, f"='{tab}'!${letters}${number}")
        book.close()
        return path


def reports(*workbooks: Workbook, rulebook: Rulebook | None = None) -> list[Report]:
    """Several workbooks checked at once."""
    return check_readings([workbook.reading() for workbook in workbooks], rulebook or our_rulebook())


def places(report: Report, *, notes: bool = False) -> set[Place]:
    """Code, sheet and cell of a report's findings."""
    return {(f.code, f.sheet, f.cell) for f in report.findings if notes or f.severity != "note"}


STATEMENT = (
    "Mã xã | Xã | Số tổ | Số khách hàng | Dư nợ đầu năm | Doanh số cho vay | Doanh số thu nợ | Xóa nợ "
    "| Dư nợ | Nợ quá hạn | Nợ khoanh | Tiền gửi tổ viên\n"
)
"""The headers of an association's statement, columns A to L."""

TINY: Mapping[str, str] = {
    "Thông tin": """
        Mã PGD | 0312
        Tên PGD | PGD An Dương
        Chi nhánh | Hải Phòng
        Kỳ báo cáo | 2024Q1
        Ngày số liệu | 2024-03-31
        Đơn vị tính | triệu đồng
        Phiên bản mẫu | 1
        Cách làm tròn tỷ trọng | thường
        Người lập | Lan
    """,
    "Nguồn vốn": """
        Mã nguồn | Nguồn vốn | Kế hoạch năm | Đầu năm | Hiện tại
        '101 | Trung ương cân đối | 400 | 350 | 370
        '201 | Ngân sách thành phố | 60 | 50 | 50
        Tổng cộng | | 460 | 400 | 420
    """,
    "Chương trình": """
        Mã CT | Chương trình tín dụng | Kế hoạch năm | Dư nợ đầu năm | Doanh số cho vay | Doanh số thu nợ | Xóa nợ | Dư nợ | Nợ quá hạn | Nợ khoanh | Số khách hàng
        01 | Cho vay hộ nghèo | 350 | 330 | 40 | 15 | 0 | 355 | 1 | 0 | 15
        02 | Cho vay học sinh, sinh viên | 60 | 56 | 1.75 | 5 | 0 | 52.75 | 0 | 1 | 5
        Tổng cộng | | 410 | 386 | 41.75 | 20 | 0 | 407.75 | 1 | 1 | 20
    """,
    "Hội Nông dân": STATEMENT + "'11581 | An Dương | 1 | 5 | 100 | 15 | 5 | 0 | 110 | 1 | 0 | 2\n"
    "Tổng cộng | | 1 | 5 | 100 | 15 | 5 | 0 | 110 | 1 | 0 | 2",
    "Hội Phụ nữ": STATEMENT + "'11584 | Lê Thiện | 1 | 6 | 200 | 20 | 9 | 0 | 211 | 0 | 1 | 3\n"
    "Tổng cộng | | 1 | 6 | 200 | 20 | 9 | 0 | 211 | 0 | 1 | 3",
    "Hội CCB": STATEMENT + "'11584 | Lê Thiện | 1 | 4 | 48 | 4 | 2 | 0 | 50 | 0 | 0 | 0\n"
    "Tổng cộng | | 1 | 4 | 48 | 4 | 2 | 0 | 50 | 0 | 0 | 0",
    "Đoàn TN": STATEMENT + "'11581 | An Dương | 1 | 3 | 30 | 2 | 2 | 0 | 30 | 0 | 0 | 1\n"
    "Tổng cộng | | 1 | 3 | 30 | 2 | 2 | 0 | 30 | 0 | 0 | 1",
    "Trực tiếp": """
        Mã CT | Chương trình tín dụng | Số khách hàng | Dư nợ đầu năm | Doanh số cho vay | Doanh số thu nợ | Xóa nợ | Dư nợ | Nợ quá hạn | Nợ khoanh
        02 | Cho vay học sinh, sinh viên | 2 | 8 | 0 | 1 | 0 | 7 | 0 | 0
        Tổng cộng | | 2 | 8 | 0 | 1 | 0 | 7 | 0 | 0
    """,
    "Tổ TK&VV": """
        Mã tổ | Tổ trưởng | Mã xã | Xã | Mã ĐVUT | Số tổ viên | Số khách hàng | Dư nợ | Nợ quá hạn | Nợ khoanh | Tiền gửi tổ viên | Điểm | Xếp loại
        0000001 | Nguyễn Thị Lan | '11581 | An Dương | '11 | 10 | 5 | 110 | 1 | 0 | 2 | 92 | Tốt
        0000002 | Trần Thị Mai | '11584 | Lê Thiện | '12 | 12 | 6 | 210.5 | 0 | 1 | 3 | 92.5 | Tốt
        0000003 | Phạm Văn Hòa | '11584 | Lê Thiện | '13 | 9 | 4 | 50 | 0 | 0 | 0 | 78 | Khá
        0000004 | Nguyễn Thị Lan | '11581 | An Dương | '14 | 8 | 3 | 30.25 | 0 | 0 | 1 | 60 | Trung bình
        Tổng cộng | | | | | 39 | 18 | 400.75 | 1 | 1 | 6 |  |
    """,
    "Sổ ngân hàng": """
        Mã xã | Xã | Mã ĐVUT | Đơn vị nhận ủy thác | Số tổ | Số khách hàng | Dư nợ | Nợ quá hạn | Nợ khoanh | Tiền gửi tổ viên
        '11581 | An Dương | '11 | Hội Nông dân | 1 | 5 | 110000000 | 1000000 | 0 | 2000000
        '11581 | An Dương | '14 | Đoàn Thanh niên | 1 | 3 | 30250000 | 0 | 0 | 1000000
        '11581 | An Dương | '99 | Trực tiếp | 0 | 2 | 7000000 | 0 | 0 | 0
        '11584 | Lê Thiện | '12 | Hội Phụ nữ | 1 | 6 | 210500000 | 0 | 1000000 | 3000000
        '11584 | Lê Thiện | '13 | Hội CCB | 1 | 4 | 50000000 | 0 | 0 | 0
        Tổng cộng | | | | 4 | 20 | 407750000 | 1000000 | 1000000 | 6000000
    """,
    "Tổng hợp": "",
    "Đối chiếu": "",
    "Kiểm tra": "",
}  # fmt: skip
"""A consistent office: 2 communes, 4 groups, 2 programmes. Headers stand in row 1, columns as in the template."""


def tiny() -> Workbook:
    """The consistent office, in triệu đồng (the ledger in đồng)."""
    return Workbook({name: Table.of(text) for name, text in TINY.items()})


def tiny_in(unit: str, dong: int) -> Workbook:
    """The same office in another unit, worth `dong` đồng; its statements are exact, not rounded."""
    office = our_rulebook().office
    exact = tiny().put("Hội Phụ nữ", G2=9.5, G3=9.5, I2=210.5, I3=210.5)
    exact = exact.put("Đoàn TN", F2=2.75, F3=2.75, G2=2.5, G3=2.5, I2=30.25, I3=30.25)
    sheets = dict(exact.sheets)
    for sheet in office.tables():
        table = sheets[sheet.sheet]
        headers = {str(value): column for (row, column), value in table.cells.items() if row == 0}
        amounts = {headers[c.header] for c in sheet.columns if c.type == "amount" and sheet.unit == "book"}
        sheets[sheet.sheet] = Table({
            (row, column): value * 1_000_000 / dong
            if column in amounts and isinstance(value, float)
            else value
            for (row, column), value in table.cells.items()
        })  # fmt: skip
    return Workbook(sheets).put("Thông tin", B6=unit)
