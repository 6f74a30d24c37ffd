"""Quirks of single kinds of exports: old formats, several tables on a sheet, pages, wrong sizes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from sheetcredit.imports.figures import Exports, Quality
from tests.exports_generator import files
from tests.exports_generator.files import Book
from tests.exports_generator.loan_book import COMMUNES, PROGRAMMES
from tests.imports.small import LOAN, bctd, codes, figures, len31, loans, printed, query, read, write_row

OLD = Path(__file__).parent / "files"
MILLION = 1_000_000


@pytest.fixture(scope="module")
def book() -> Book:
    return Book()


def told(exports: Exports) -> list[tuple[object, ...]]:
    return sorted((one.table, one.key, one.column, str(one.value), one.slack) for one in exports.figures)


@pytest.mark.parametrize(("name", "write"), [("bc0437", files.bc0437), ("bc0438", files.bc0438)])
def test_the_old_format_gives_what_the_new_one_does(
    name: str, write: Callable[[Book, Path], None], book: Book, tmp_path: Path
) -> None:
    write(book, tmp_path / "new.xlsx")
    old, new = read(OLD / f"{name}.xls"), read(tmp_path / "new.xlsx")
    assert codes(old) == codes(new) == []
    assert told(old) == told(new) != []


def test_a_format_is_known_by_its_bytes_and_not_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "x.xlsx").write_bytes((OLD / "bc0437.xls").read_bytes())
    query(tmp_path / "y.xlsx", loans({})).rename(tmp_path / "y.xls")
    assert [source.kind for source in read(tmp_path / "x.xlsx").sources] == ["bc0437"]
    assert [source.kind for source in read(tmp_path / "y.xls").sources] == ["hstd"]


def test_three_tables_stand_one_under_the_other(book: Book, tmp_path: Path) -> None:
    files.bc0438(book, tmp_path / "x.xlsx")
    exports = read(tmp_path / "x.xlsx")
    assert [source.kind for source in exports.sources] == ["bc0438", "bc0438_ratings", "bc0438_programmes"]
    assert [source.taken for source in exports.sources[:2]] == [19, 19]
    ledger, programmes = figures(exports, "ledger"), figures(exports, "~entrusted")
    balances = {key: value for (key, column), value in ledger.items() if column == "balance"}
    assert balances == {key: value for (key, column), value in programmes.items() if column == "balance"}
    assert {column for _, column in ledger} == {
        "groups",
        "customers",
        "balance",
        "deposits",
        "overdue",
        "frozen",
    }


def test_rows_beyond_the_end_that_a_sheet_declares_are_read(book: Book, tmp_path: Path) -> None:
    files.dsto(book, tmp_path / "x.xlsx")
    files.declare(tmp_path / "x.xlsx", "A1:C3")
    files.total_by_programme(book, tmp_path / "y.xlsx")
    exports = read(tmp_path / "x.xlsx", tmp_path / "y.xlsx")
    assert codes(exports) == []
    source = exports.sources[0]
    assert (source.kind, source.header_row, source.taken) == ("groups", 5, 30)
    assert (("0012301",), "association") in figures(exports, "groups")


def test_a_list_of_leaders_is_never_the_list_of_groups(book: Book, tmp_path: Path) -> None:
    files.leaders(book, tmp_path / "x.xlsx")
    exports = read(tmp_path / "x.xlsx")
    assert {one.quality for one in exports.figures if one.table == "groups"} == {Quality.PROPOSAL}
    assert all(len(one.key[0]) == 7 for one in exports.figures if one.table == "groups")


@pytest.mark.parametrize("new", [True, False])
def test_both_layouts_of_the_scores(new: bool, book: Book, tmp_path: Path) -> None:
    files.scores(book, tmp_path / "x.xlsx", new=new)
    exports = read(tmp_path / "x.xlsx")
    assert (codes(exports), exports.sources[0].taken, exports.sources[0].office) == ([], 30, "009901")
    assert exports.sources[0].as_of == date(2026, 3, 31)
    truth = {group.code: group.score for group in book.office.groups if not group.closing}
    found = {one.key[0]: float(str(one.value)) for one in exports.figures if one.column == "score"}
    assert found == truth


def test_a_web_page_named_xls_is_read_with_its_numbers_as_text(book: Book, tmp_path: Path) -> None:
    files.total_as_html(book, tmp_path / "x.xls")
    files.total_by_programme(book, tmp_path / "y.xlsx")
    page, workbook = read(tmp_path / "x.xls"), read(tmp_path / "y.xlsx")
    assert told(page) == told(workbook) != []
    assert codes(page) == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_web_pages_in_other_encodings(encoding: str, book: Book, tmp_path: Path) -> None:
    files.total_as_html(book, tmp_path / "x.xls")
    text = (tmp_path / "x.xls").read_text("utf-8")
    (tmp_path / "y.xls").write_bytes(text.encode(encoding))
    assert told(read(tmp_path / "y.xls")) == told(read(tmp_path / "x.xls"))


def test_unusual_xml_is_read_by_calamine(tmp_path: Path) -> None:
    usual = query(tmp_path / "x.xlsx", loans({}, {}))
    with (
        zipfile.ZipFile(usual) as old,
        zipfile.ZipFile(tmp_path / "y.xlsx", "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for item in old.infolist():
            data = old.read(item.filename)
            if item.filename == "xl/worksheets/sheet1.xml":
                data = re.sub(rb'<c r="([A-Z]+[0-9]+)"', rb"<c r='\1'", data)
            new.writestr(item.filename, data)
    assert told(read(tmp_path / "y.xlsx")) == told(read(usual)) != []


@pytest.mark.parametrize("lines", [1, 2, 3, 5])
def test_header_and_marks_are_repeated_on_every_page(lines: int, tmp_path: Path) -> None:
    names = [programme[3] for programme in PROGRAMMES]
    rows = [bctd(str(number), name, 40.5, 1) for number, name in enumerate(names, start=1)]
    total = bctd("TỔNG CỘNG", None, 40.5 * len(names), len(names))
    page = printed(
        tmp_path / "p.xlsx",
        [*rows, total],
        title="01.2/BCTD",
        marks=17,
        unit="Đơn vị: triệu đồng",
        page_of=lines,
    )
    exports = read(page)
    assert (codes(exports), exports.sources[0].taken) == ([], len(names))
    found = figures(exports, "programmes")
    assert {found[(programme[0],), "balance"] for programme in PROGRAMMES} == {40_500_000}


@pytest.mark.parametrize("unit", [0.1, 0.123456, 1234.567891, 52754.427, 99999.999999])
def test_million_with_six_decimals_are_exact_to_the_dong(unit: float, tmp_path: Path) -> None:
    lines = [bctd("1", "Cho vay hộ nghèo", unit, 100), bctd("TỔNG CỘNG", None, unit, 100)]
    page = printed(tmp_path / "p.xlsx", lines, title="01.2/BCTD", marks=17, unit="Đơn vị: triệu đồng")
    exports = read(page)
    if unit >= 100:  # less is no average of a hundred customers
        assert figures(exports, "programmes")[("01",), "balance"] == round(unit * MILLION)
    else:
        assert codes(exports) == ["I-UNIT"]


def test_sources_of_funds_are_rounded_to_ten_thousand_dong(book: Book, tmp_path: Path) -> None:
    files.b32(book, tmp_path / "x.xlsx")
    exports = read(tmp_path / "x.xlsx")
    for source in ("1", "2"):
        truth = book.sums(book.loans(source=source))
        found = {
            one.column: one for one in exports.figures if one.table == "~sources" and one.key == (source,)
        }
        for column in ("balance", "overdue"):
            one = found[column]
            assert abs(int(str(one.value)) - truth[column]) <= one.slack == 5_000
        assert found["disbursement_month"].basis == "with_roll_over"
        assert abs(int(str(found["disbursement_month"].value)) - truth["gross_m"]) <= 5_000
        assert found["collection_month"].basis == "collection_plus_lending"


def test_direct_lending_and_savers_of_the_view_by_programme(tmp_path: Path) -> None:
    name = "Cho vay nhà ở xã hội theo Nghị định số 100"
    lines = [
        len31(None, "Xã Thử Một", 90 * MILLION, 3), len31(None, "Hội nông dân", 50 * MILLION, 2),
        len31("1", name, 50 * MILLION), len31("2", "Không vay vốn, có tiết kiệm", 0),
        len31(None, "Trực tiếp", 40 * MILLION), len31("1", name, 40 * MILLION, 1, 5 * MILLION),
        len31("Tổng cộng", None, 90 * MILLION, 3, 5 * MILLION),
    ]  # fmt: skip
    exports = read(query(tmp_path / "x.xlsx", loans({})), printed(tmp_path / "p.xlsx", lines))
    found = {
        (one.table, one.key, one.column): one.value
        for one in exports.figures
        if one.source.kind == "len31_programmes"
    }
    assert codes(exports) == []
    assert found["direct", ("12",), "balance"] == 40 * MILLION
    assert found["direct", ("12",), "overdue"] == 5 * MILLION
    assert found["programmes", ("12",), "balance"] == 90 * MILLION


def test_two_commune_digits_do_not_matter_where_the_name_is_told(book: Book, tmp_path: Path) -> None:
    files.jobs(book, tmp_path / "x.xlsx")
    files.total_by_programme(book, tmp_path / "y.xlsx")
    exports = read(tmp_path / "x.xlsx", tmp_path / "y.xlsx")
    assert codes(exports) == []
    assert exports.sources[0].office == "009901"
    assert (
        figures(exports, "~programmes")[("03",), "balance"]
        == figures(exports, "programmes")[("03",), "balance"]
    )
    assert {key for key, _ in figures(exports, "~jobs")} <= {(code,) for code, _ in COMMUNES}


def test_a_hidden_sheet_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        shown = workbook.add_worksheet("Ghi chú")
        shown.write_string(0, 0, "xem trang khác")
        hidden = workbook.add_worksheet("BCQUERY")
        hidden.hide()
        write_row(hidden, 4, [None, *LOAN])
        write_row(hidden, 5, [None, *LOAN.values()])
    assert codes(read(path)) == ["I-UNKNOWN"]
