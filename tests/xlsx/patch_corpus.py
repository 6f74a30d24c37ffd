"""Workbooks for the tests of `patch`, built by several writers, and how two packages are compared."""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from xml.parsers import expat

import openpyxl
import xlsxwriter  # type: ignore[import-untyped]
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table

from sheetcredit.model.text import Language

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_LINKS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
LANGUAGES: tuple[Language, ...] = ("vi", "en")
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def zipped(parts: dict[str, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, (2024, 3, 31, 17, 0, 2))
            info.compress_type = compression
            archive.writestr(info, content)
    return target.getvalue()


def streamed(source: bytes, *, force_zip64: bool = False, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The same parts with data descriptors (as written to a pipe) or zip64 fields."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, chunk: object) -> int:
            piece = bytes(chunk)  # type: ignore[call-overload]
            self.data += piece
            return len(piece)

    pipe = Pipe()
    with (
        zipfile.ZipFile(io.BytesIO(source)) as old,
        zipfile.ZipFile(pipe, "w", compression) as new,
    ):
        for info in old.infolist():
            copy = zipfile.ZipInfo(info.filename, info.date_time)
            copy.compress_type = compression
            copy.comment = b"ghi ch\xc3\xba"
            with new.open(copy, "w", force_zip64=force_zip64) as target:
                target.write(old.read(info))
        new.comment = b"comment"
    return bytes(pipe.data)


def sheet_xml(body: str, before: str = "", after: str = "") -> str:
    """A worksheet with the given rows."""
    return (
        f'{DECLARATION}<worksheet xmlns="{MAIN}" xmlns:r="{LINKS}">'
        f"{before}<sheetData>{body}</sheetData>{after}</worksheet>"
    )


def hand_made(
    *sheets: str | bytes,
    workbook: str = "",
    properties: str = "",
    extra: dict[str, bytes | str] | None = None,
    links: str = "",
    types: str = "",
    main: str = MAIN,
    relations: str = LINKS,
) -> bytes:
    """A package of the given sheet parts; `workbook` is put after `<sheets>`."""
    numbers = range(1, len(sheets) + 1)
    listed = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    office = relations
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": (
            f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            '<Override PartName="/xl/workbook.xml" ContentType='
            '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
            + "".join(
                f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType='
                '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
                for n in numbers
            )
            + f"{types}</Types>"
        ),
        "_rels/.rels": (
            f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": (
            f'{DECLARATION}<workbook xmlns="{main}" xmlns:r="{office}">{properties}'
            f"<sheets>{listed}</sheets>{workbook}</workbook>"
        ),
        "xl/_rels/workbook.xml.rels": (
            f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">'
            + "".join(
                f'<Relationship Id="rId{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>'
                for n in numbers
            )
            + f"{links}</Relationships>"
        ),
    }
    parts |= {f"xl/worksheets/sheet{n}.xml": sheet for n, sheet in zip(numbers, sheets, strict=True)}
    return zipped(parts | (extra or {}))


def by_openpyxl() -> bytes:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = "Dữ liệu"
    for row in range(1, 31):
        for column in range(1, 7):
            first.cell(row, column, row * column if column % 2 else f"chữ {row} & <{column}>")
    first["A1"].font = Font(bold=True)
    first["H2"], first["H3"], first["H4"] = "=SUM(A1:A30)", "=H2*2", "=C1+1"
    first["J1"], first["J2"] = dt.date(2024, 3, 31), True
    first.merge_cells("L2:M4")
    first["A2"].comment = Comment("xem lại", "kế toán")
    first.conditional_formatting.add(
        "A1:A30",
        CellIsRule("greaterThan", ["5"], fill=PatternFill(bgColor="FFFF00")),  # type: ignore[no-untyped-call]
    )
    choice = DataValidation(type="list", formula1='"a,b"')
    choice.add("F1")
    first.add_data_validation(choice)
    second = book.create_sheet("Bảng 'B'")
    for row, pair in enumerate([("tên", "số"), ("x", 1), ("y", 2)], 1):
        for column, value in enumerate(pair, 1):
            second.cell(row, column, value)
    second.add_table(Table(displayName="Bang1", ref="A1:B3"))
    second["D1"], second["D2"] = "=SUM(Bang1[số])", "='Dữ liệu'!A1*3"
    chart = BarChart()
    chart.add_data(Reference(second, min_col=2, min_row=1, max_row=3), titles_from_data=True)
    second.add_chart(chart, "F5")
    hidden = book.create_sheet("Ẩn")
    hidden.sheet_state = "hidden"
    hidden["A1"] = "=TH_Tong+1"
    book.defined_names["TH_Tong"] = DefinedName("TH_Tong", attr_text="'Dữ liệu'!$H$2")
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def by_xlsxwriter() -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet("Dữ liệu")
    bold, red = book.add_format({"bold": True}), book.add_format({"font_color": "red"})
    sheet.set_column(20, 22, 12, bold)
    sheet.set_row(40, 20, red)
    for row in range(30):
        for column in range(6):
            if column % 2:
                sheet.write_number(row, column, row * column)
            else:
                sheet.write_string(row, column, f"chữ {row % 7}", bold if row % 2 else None)
    sheet.write_rich_string(5, 0, "bình ", bold, "đậm", " thường")
    sheet.write_blank(31, 2, None, red)
    sheet.write_formula("H2", "=SUM(B1:B30)", None, 435)
    sheet.write_formula("H3", '=H2&"x"', None, "435x")
    sheet.write_formula("H4", "=F30>1", None, True)
    sheet.write_array_formula("H6:H8", "{=B1:B3*2}", None, 0)
    sheet.write_dynamic_array_formula("J1", "=_xlfn.SEQUENCE(3)", None, 1)
    sheet.merge_range("L2:M4", "gộp", bold)
    sheet.insert_textbox("O2", "hộp chữ")
    sheet.add_sparkline("N1", {"range": "B1:B30"})
    sheet.conditional_format("B1:B30", {"type": "data_bar", "data_bar_2010": True})
    sheet.protect("", {"select_locked_cells": True})
    other = book.add_worksheet("Khác")
    other.write_formula("A1", "='Dữ liệu'!B2+1", None, 2)
    other.write_formula("A2", "=SUM(C1:C9)", None, 0)
    other.add_table("E1:F4", {"name": "Bang2", "columns": [{"header": "a"}, {"header": "b"}]})
    chart = book.add_chart({"type": "pie"})
    chart.add_series({"values": "='Dữ liệu'!$B$1:$B$5"})
    other.insert_chart("H2", chart)
    book.define_name("TH_Tong", "='Dữ liệu'!$H$2")
    book.close()
    return target.getvalue()


def by_libreoffice(source: bytes, folder: Path) -> bytes:
    """The workbook opened and saved again by LibreOffice."""
    program = shutil.which("soffice")
    assert program is not None
    (folder / "in.xlsx").write_bytes(source)
    command = [
        program,
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        "--headless",
        "--convert-to",
    ]
    subprocess.run(
        [*command, "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "out"), str(folder / "in.xlsx")],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return (folder / "out" / "in.xlsx").read_bytes()


def blocks(data: bytes) -> dict[str, bytes]:
    """Each part's local header, packed bytes and what follows up to the next, by name and in file order."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
        ends = [info.header_offset for info in infos[1:]] + [archive.start_dir]
    return {info.filename: data[info.header_offset : end] for info, end in zip(infos, ends, strict=True)}


def part(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return archive.read(name)


def changed_parts(before: bytes, after: bytes) -> set[str]:
    """The parts that are not the same bytes, headers included. None may come, go or move."""
    old, new = blocks(before), blocks(after)
    assert list(old) == list(new)
    return {name for name in old if old[name] != new[name]}


_DIMENSION = re.compile(rb"<(?:\w+:)?dimension [^>]*/>")
_EMPTY_ROW = re.compile(rb"<((?:\w+:)?row)((?: [^<>]*)?)(?:/>|></\1>)")


# The cells that the array formulas and the data table of these workbooks fill besides their first.
FILLED = {"H7", "H8", "J2", "J3", "K21", "K22"}


def skeleton(sheet: bytes, written: set[str], *, cached: bool = False) -> bytes:
    """The sheet without the written cells, its dimension and rows left empty.

    With `cached` it is also without the computed values of formulas, which a patch may take out.
    """
    parser = expat.ParserCreate()
    spans: list[tuple[int, int]] = []
    stack: list[tuple[str, int]] = []
    formula = [False]

    def start(name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "c":
            formula[0] = False
        if local == "f":
            formula[0] = True
        if local == "c" and attributes.get("r") in written:
            local = "!"
        elif local == "c" and attributes.get("r") in FILLED:
            local = "filled"
        stack.append((local, parser.CurrentByteIndex))

    def end(_: str) -> None:
        local, begin = stack.pop()
        at = parser.CurrentByteIndex
        finish = at if sheet[at - 2 : at] == b"/>" else sheet.index(b">", at) + 1
        if local == "!" or (local == "v" and cached and (formula[0] or stack[-1][0] == "filled")):
            spans.append((begin, finish))

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(sheet, True)
    kept, position = b"", 0
    for begin, finish in sorted(spans):
        if begin >= position:
            kept, position = kept + sheet[position:begin], finish
    kept = _DIMENSION.sub(b"", kept + sheet[position:])
    if cached:
        kept = re.sub(rb'(<(?:\w+:)?c(?: [^<>]*?)?) t="\w+"([^<>]*><(?:\w+:)?f)', rb"\1\2", kept)
    return _EMPTY_ROW.sub(b"", kept)
