"""The office workbook as other programs see it: openpyxl, our own reader, the Open XML validator."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from openxml_audit import OpenXmlValidator  # type: ignore[import-untyped]

from sheetcredit.build.tables import sum_as_excel
from sheetcredit.build.workbook import Content, build_workbook, workbook_bytes
from sheetcredit.catalogue.catalogue import load_catalogue, load_catalogues
from sheetcredit.template.definition import Column, Sheet, load_office
from sheetcredit.template.reading import Reading, understand
from sheetcredit.xlsx.read import book_of, read_book
from workbook.build import TEMPLATE, differences, main

OFFICE = load_office()
TABLES = OFFICE.tables()
HEADER, NUMBERING, FIRST = 8, 9, 10  # Excel's rows of a table people fill in
INFO = {
    "office": "0312", "office_name": "PGD A & B", "branch": "Chi nhánh Hải Phòng", "period": "2024Q1",
    "as_of": date(2024, 3, 31), "unit": "triệu đồng", "prepared_by": "Nguyễn Thị Lan",
    "director": "Phạm Quốc Việt",
}  # fmt: skip
CODES = {
    "funding": ("101", "102", "201"), "programmes": ("01", "19", "09"), "direct": ("02", "12", "01"),
    "groups": ("0000001", "0000002", "0000003"),
}  # fmt: skip
COMMUNES = ("11575", "11578", "11581")


def sample_value(sheet: Sheet, column: Column, index: int) -> object:
    if column.key and column.name != "association":
        return CODES.get(sheet.id, COMMUNES)[index]
    if column.type == "code":
        return {"association": "11", "commune": COMMUNES[index]}[column.name]
    if column.type == "amount":
        return Decimal(f"{1000 * (index + 1)}.250001") if column.decimals else 1000 * (index + 1)
    if column.type == "count":
        return 40 - index
    if column.type == "score":
        return 92.5
    return "Tốt" if column.type == "choice" else f"Tên {index}"


def sample_content(rows: int = 3) -> Content:
    tables = {
        sheet.id: [
            {column.name: sample_value(sheet, column, index) for column in sheet.columns}
            for index in range(rows)
        ]
        for sheet in TABLES
    }
    return Content(INFO, tables)


@pytest.fixture(scope="module")
def blank_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_workbook(tmp_path_factory.mktemp("blank") / "office.xlsx")


@pytest.fixture(scope="module")
def filled_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_workbook(tmp_path_factory.mktemp("filled") / "office.xlsx", sample_content())


@pytest.fixture(scope="module")
def blank(blank_path: Path) -> Workbook:
    return load_workbook(blank_path)


@pytest.fixture(scope="module")
def filled(filled_path: Path) -> Workbook:
    return load_workbook(filled_path)


@pytest.fixture(scope="module")
def shown(filled_path: Path) -> Workbook:
    return load_workbook(filled_path, data_only=True)


def read(path: Path) -> Reading:
    return understand(read_book(path), OFFICE)


def named_cell(book: Workbook, name: str) -> tuple[Worksheet, str]:
    sheet, _, cells = book.defined_names[name].attr_text.partition("!")
    return book[sheet.strip("'")], cells.replace("$", "")


def rules(page: Worksheet) -> Iterator[tuple[str, str]]:
    for area in page.conditional_formatting:
        for rule in area.rules:
            yield str(area.sqref), rule.formula[0]


# --- contracts


def test_sheets_are_those_of_the_definitions_and_the_lists_are_hidden(blank: Workbook) -> None:
    assert blank.sheetnames == [*(sheet.sheet for sheet in OFFICE.sheets), OFFICE.conventions.lists_sheet]
    assert blank[OFFICE.conventions.lists_sheet].sheet_state == "hidden"


@pytest.mark.parametrize("sheet", TABLES, ids=lambda sheet: sheet.id)
def test_headers_are_those_of_the_definitions_and_numbered(blank: Workbook, sheet: Sheet) -> None:
    page = blank[sheet.sheet]
    assert [cell.value for cell in page[HEADER]] == [column.header for column in sheet.columns]
    assert [cell.value for cell in page[NUMBERING]] == [f"({i})" for i in range(1, len(sheet.columns) + 1)]


@pytest.mark.parametrize("sheet_id", ["comparison", "findings", "journal", "record"])
def test_written_tables_have_every_column_right_above_the_first_row(blank: Workbook, sheet_id: str) -> None:
    sheet = OFFICE.sheet(sheet_id)
    page, cell = named_cell(blank, str(sheet.table_name))
    assert cell == f"A{HEADER}"
    assert [cell.value for cell in page[HEADER]] == [column.header for column in sheet.columns]
    assert page.cell(HEADER + 1, 1).value is None
    letters = [get_column_letter(place) for place in range(1, len(sheet.columns) + 1)]
    hidden = [page.column_dimensions[letter].hidden for letter in letters]
    # openpyxl keeps a run of alike columns under the first of them
    assert any(hidden) == any(column.hidden for column in sheet.columns)


def test_every_figure_has_its_own_cell(blank: Workbook) -> None:
    cells = [named_cell(blank, figure.name) for figure in OFFICE.sheet("summary").figures]
    assert len({cell for _, cell in cells}) == len(cells)
    for page, cell in cells:
        assert page.title == "Tổng hợp"
        assert page[cell].value is None


def test_shares_stand_beside_their_figures_with_their_decimals(blank: Workbook) -> None:
    page, amount = named_cell(blank, "TH_HND")
    _, share = named_cell(blank, "TH_HND_TyTrong")
    assert (amount[0], share[0], amount[1:]) == ("D", "E", share[1:])
    assert page[share].number_format == "0.0%"
    assert page[named_cell(blank, "TH_NoQuaHan_TyLe")[1]].number_format == "0.00%"
    assert page[named_cell(blank, "TH_DuNo_HTKH")[1]].number_format == "0.0%"
    assert page[amount].number_format == "#,##0"


def test_the_cell_that_remembers_what_was_written_is_hidden(blank: Workbook) -> None:
    page, cell = named_cell(blank, "TH_DaLap")
    assert page.title == "Tổng hợp"
    assert page.column_dimensions[cell[0]].hidden


def test_details_stand_behind_their_names(shown: Workbook) -> None:
    expected = INFO | {"template_version": 1, "share_rounding": "thường", "as_of": datetime(2024, 3, 31)}
    for column in OFFICE.sheet("info").columns:
        assert column.name_in_book is not None
        page, cell = named_cell(shown, column.name_in_book)
        assert page.title == "Thông tin"
        assert page[cell].value == expected.get(column.name)
        assert page[f"B{cell[1:]}"].value == column.header
        assert page[f"D{cell[1:]}"].value is None, "a reader would take a hint beside an empty value for it"


def test_addresses_cover_the_styled_rows_of_their_column(blank: Workbook) -> None:
    sheet = OFFICE.sheet("findings")
    page, cells = named_cell(blank, str(sheet.address_name))
    top, bottom = cells.split(":")
    assert page[f"{top[0]}{HEADER}"].value == sheet.column("address").header
    assert int(top[1:]) == HEADER + 1
    assert int(bottom[1:]) == HEADER + sheet.styled_rows


def test_links_lead_to_the_cell_of_their_row(blank: Workbook) -> None:
    sheet = OFFICE.sheet("findings")
    page = blank[sheet.sheet]
    at = {column.name: index for index, column in enumerate(sheet.columns, start=1)}
    for row in (HEADER + 1, HEADER + sheet.styled_rows):
        formula = page.cell(row, at["link"]).value
        where = page.cell(row, at["sheet"]).coordinate
        which = page.cell(row, at["cell"]).coordinate
        assert formula == f'=IF({which}="","",HYPERLINK("#\'"&{where}&"\'!"&{which},"→"))'


# --- content


def test_a_filled_workbook_is_understood_without_a_finding(filled_path: Path) -> None:
    reading = read(filled_path)
    assert reading.findings == ()
    content = sample_content()
    for sheet in TABLES:
        block = next(b for b in reading.blocks if b.sheet is sheet and not b.frame.endswith(".total"))
        for column in sheet.columns:
            typed = [row[column.name] for row in content.tables[sheet.id]]
            assert block.columns[column.name] == (
                [float(str(value)) for value in typed] if column.numeric else typed
            )


def test_the_blank_template_lacks_only_its_details(blank_path: Path) -> None:
    reading = read(blank_path)
    assert {(finding.code, finding.sheet) for finding in reading.findings} == {("V-REQUIRED", "Thông tin")}
    assert all(not table.rows for table in reading.tables.values())
    assert reading.info.unit == 1_000_000


@pytest.mark.parametrize("sheet", TABLES, ids=lambda sheet: sheet.id)
def test_blank_tables_have_room_for_their_rows(blank: Workbook, sheet: Sheet) -> None:
    total = FIRST + sheet.rows
    assert blank[sheet.sheet].cell(total, 1).value == "Tổng cộng"


@pytest.mark.parametrize("sheet", TABLES, ids=lambda sheet: sheet.id)
def test_totals_are_formulas_over_all_rows_with_their_value(
    filled: Workbook, shown: Workbook, sheet: Sheet
) -> None:
    rows = sample_content().tables[sheet.id]
    total, last = FIRST + len(rows), FIRST + len(rows) - 1
    for place, column in enumerate(sheet.columns, start=1):
        cell = filled[sheet.sheet].cell(total, place)
        if column.total is None:
            assert not str(cell.value or "").startswith("=")
            continue
        letter = get_column_letter(place)
        assert cell.value == f"=SUM({letter}{FIRST}:{letter}{last})"
        expected = sum(Decimal(str(row[column.name])) for row in rows)
        assert Decimal(repr(shown[sheet.sheet].cell(total, place).value)) == expected


def test_a_named_table_without_rows_keeps_one_blank_line(tmp_path: Path) -> None:
    path = build_workbook(
        tmp_path / "a.xlsx", Content(INFO, {"groups": [], "ledger": [{"commune": "11575"}]})
    )
    book = load_workbook(path)
    assert book["Tổ TK&VV"].cell(FIRST + 1, 1).value == "Tổng cộng"
    assert book["Tổ TK&VV"].cell(FIRST + 1, 8).value == f"=SUM(H{FIRST}:H{FIRST})"
    assert book["Sổ ngân hàng"].cell(FIRST, 1).value == "11575"
    assert book["Sổ ngân hàng"].cell(FIRST, 7).value is None


@pytest.mark.parametrize("typed", ["1.234.567", 12345, 0.25, True, "=1+1", "https://example.vn"])
def test_values_are_written_as_their_type_says(tmp_path: Path, typed: object) -> None:
    path = build_workbook(
        tmp_path / "a.xlsx", Content({}, {"funding": [{"plan": typed, "source_name": typed}]})
    )
    grid = read_book(path).grids["Nguồn vốn"]
    assert (grid.value(FIRST - 1, 1), grid.value(FIRST - 1, 2)) == (typed, typed)
    assert not any(row == FIRST - 1 for row, _ in grid.formulas)


def test_a_name_that_no_definition_has_is_refused(tmp_path: Path) -> None:
    content = Content({"offfice": "1"}, {"grups": [], "funding": [{"plann": 1}]})
    with pytest.raises(ValueError, match=r"offfice, grups, funding\.plann"):
        build_workbook(tmp_path / "a.xlsx", content)
    assert not (tmp_path / "a.xlsx").exists()


numbers = st.one_of(
    st.integers(0, 10**12),
    st.decimals(0, 10**6, places=6, allow_nan=False),
    st.floats(0, 10**6, allow_nan=False),
    st.none(),
    st.just("1.234"),
)


@given(st.lists(numbers, max_size=40))
def test_sums_are_exact_and_leave_out_what_sum_leaves_out(values: list[object]) -> None:
    total = sum_as_excel(values)
    counted = [Decimal(str(value)) for value in values if isinstance(value, (int, float, Decimal))]
    assert Decimal(repr(total)) == Decimal(repr(float(sum(counted, Decimal(0))))) or total == sum(counted)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.integers(0, 10**13).map(lambda millionths: Decimal(millionths) / 10**6), min_size=1, max_size=60
    )
)
def test_the_kept_total_is_the_sum_that_a_reader_finds(tmp_path: Path, amounts: list[Decimal]) -> None:
    tables: dict[str, list[Mapping[str, object]]] = {sheet.id: [] for sheet in TABLES}
    tables["groups"] = [{"group": f"{i:07d}", "balance": amount} for i, amount in enumerate(amounts, start=1)]
    reading = read(build_workbook(tmp_path / "a.xlsx", Content(INFO, tables)))
    total = next(block for block in reading.blocks if block.frame == "groups.total").columns["balance"][0]
    assert round(Decimal(repr(total)) * 10**6) == sum(amounts) * 10**6


# --- heading and signatures


def test_headings_name_the_office_by_formula_and_in_the_kept_value(filled: Workbook, shown: Workbook) -> None:
    for sheet in OFFICE.sheets:
        page, values = filled[sheet.sheet], shown[sheet.sheet]
        assert page["A1"].value is None, "the first row is kept for buttons"
        assert page["A2"].value == "NGÂN HÀNG CHÍNH SÁCH XÃ HỘI"
        assert page["A3"].value == '=IF(TT_ChiNhanh="","",TT_ChiNhanh)'
        assert (values["A3"].value, values["A4"].value) == (INFO["branch"], INFO["office_name"])
        assert page["A5"].value == sheet.title.vi
        texts = {cell.value for row in values["A1:M7"] for cell in row}
        assert {"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"} <= texts
        if sheet.kind != "labels":
            assert values["A6"].value == "Đến ngày 31/03/2024 - Kỳ báo cáo: quý I năm 2024"
        if sheet.kind == "table" or sheet.id in ("summary", "comparison"):
            assert f"Đơn vị tính: {'đồng' if sheet.unit == 'dong' else 'triệu đồng'}" in texts


def test_a_blank_template_leaves_the_day_to_be_filled_in(blank_path: Path) -> None:
    page = load_workbook(blank_path, data_only=True)["Nguồn vốn"]
    assert page["A6"].value == "Đến ngày ...../...../.........."
    assert "Đơn vị tính: triệu đồng" in {cell.value for cell in page[7]}


@pytest.mark.parametrize("sheet", [*TABLES, OFFICE.sheet("summary")], ids=lambda sheet: sheet.id)
def test_signatures_name_who_signs_and_leave_the_day_to_the_pen(shown: Workbook, sheet: Sheet) -> None:
    texts = {cell.value for row in shown[sheet.sheet].iter_rows() for cell in row}
    assert {"NGƯỜI LẬP", "KIỂM SOÁT", "GIÁM ĐỐC", "Nguyễn Thị Lan", "Phạm Quốc Việt"} <= texts
    assert "An Dương, ngày ..... tháng ..... năm 20....." in texts


# --- what Excel does with entries


def test_codes_are_chosen_from_lists(filled: Workbook) -> None:
    for sheet in TABLES:
        rows = sample_content().tables[sheet.id]
        for place, column in enumerate(sheet.columns, start=1):
            cell = filled[sheet.sheet].cell(FIRST + len(rows) - 1, place)
            found = [
                check
                for check in filled[sheet.sheet].data_validations.dataValidation
                if cell.coordinate in check.sqref
            ]
            assert len(found) == (column.type != "text")
            if column.catalogue or column.choices:
                assert found[0].type == "list"
                assert found[0].formula1 in filled.defined_names
            elif column.type in ("amount", "count"):
                assert (found[0].errorStyle, found[0].formula1) == ("warning", "0")
            for check in found:
                assert check.errorTitle
                assert check.error
            assert (cell.number_format == "@") == (column.type == "code")


def list_values(book: Workbook, name: str) -> list[object]:
    page, cells = named_cell(book, name)
    return [row[0].value for row in page[cells]] if ":" in cells else [page[cells].value]


def test_lists_hold_what_is_in_force_on_the_day(filled: Workbook, blank: Workbook) -> None:
    assert list_values(filled, "DM_groups_rating") == ["Tốt", "Khá", "Trung bình", "Yếu"]
    assert list_values(filled, "DM_groups_association") == ["11", "12", "13", "14"]
    assert list_values(filled, "DM_units") == [entry.name.vi for entry in load_catalogue("units")]
    communes = list_values(filled, "DM_communes")
    in_force = [e.code for e in load_catalogues().communes_of("0312") if e.valid_on(date(2024, 3, 31))]
    assert communes == in_force and len(communes) == 16
    assert list_values(blank, "DM_communes") == [None]  # whose communes they would be is not known yet


def test_only_what_belongs_to_the_user_is_unlocked(filled: Workbook) -> None:
    for sheet in OFFICE.sheets:
        page = filled[sheet.sheet]
        assert page.protection.sheet
        assert not page.protection.password
        assert not page.protection.formatColumns, "False: allowed"
        assert all(cell.protection.locked for cell in page[HEADER] if sheet.kind != "labels")
    for sheet in TABLES:
        page = filled[sheet.sheet]
        allowed = page.protection
        assert not (allowed.insertRows or allowed.deleteRows or allowed.sort or allowed.autoFilter)
        assert not any(cell.protection.locked for cell in page[FIRST])
        assert all(cell.protection.locked for cell in page[FIRST + 3])
    findings = OFFICE.sheet("findings")
    page = filled[findings.sheet]
    for place, column in enumerate(findings.columns, start=1):
        dimension = page.column_dimensions.get(get_column_letter(place))
        if dimension is not None and column.owner == "user":
            assert not dimension.protection.locked
    assert "TT_PhienBan" in filled.defined_names
    for name, locked in (("TT_PhienBan", True), ("TT_MaNiemPhong", True), ("TT_Ky", False)):
        details, cell = named_cell(filled, name)
        assert details[cell].protection.locked is locked


# --- highlighting


@pytest.mark.parametrize(
    "sheet",
    [s for s in OFFICE.sheets if s.id not in ("comparison", "findings", "journal", "record")],
    ids=lambda s: s.id,
)
def test_cells_named_in_the_findings_light_up(filled: Workbook, sheet: Sheet) -> None:
    page = filled[sheet.sheet]
    looked_up = [area for area, rule in rules(page) if f'COUNTIF(KT_DiaChi,"{sheet.sheet}!"&ADDRESS(' in rule]
    assert looked_up
    if sheet.kind == "table":
        last = page.cell(FIRST + 3, len(sheet.columns)).coordinate
        assert f"A{FIRST}:{last}" in looked_up, "all rows and the total row"


def test_no_rule_reaches_into_another_sheet(filled: Workbook) -> None:
    for page in filled.worksheets:
        for _, rule in rules(page):
            assert "!" not in re.sub(r'"[^"]*"', "", rule)


def test_written_tables_are_ruled_and_coloured_where_something_stands(filled: Workbook) -> None:
    states = "".join(rule for _, rule in rules(filled["Đối chiếu"]))
    assert all(f'"{text}"' in states for text in ("Lệch", "Khớp", "Khớp (làm tròn)"))
    severities = "".join(rule for _, rule in rules(filled["Kiểm tra"]))
    assert all(f'"{text}"' in severities for text in ("Lỗi", "Cần giải trình", "Lưu ý"))
    for name in ("Đối chiếu", "Kiểm tra"):
        assert any(rule == f'$A{HEADER + 1}<>""' for _, rule in rules(filled[name]))


# --- print and looks


def test_forms_print_on_one_page_width_with_headers_repeated(filled: Workbook) -> None:
    for sheet in OFFICE.sheets:
        page = filled[sheet.sheet]
        assert page.page_setup.paperSize == 9
        assert page.page_setup.fitToWidth in (None, 1)
        assert page.sheet_properties.pageSetUpPr is not None
        assert page.sheet_properties.pageSetUpPr.fitToPage
        header = 6 if sheet.kind == "labels" else HEADER
        assert page.print_title_rows == f"${header}:${header}"
        assert page.freeze_panes is not None
        assert page.auto_filter.ref is None
        assert page.oddFooter is not None
        assert str(page.oddFooter.left).endswith("PGD A && B - Kỳ 2024Q1")
        if page.print_area:
            assert page.print_area.startswith(f"'{page.title}'!$A$2:"), "the strip of buttons is not printed"


def test_everything_is_set_in_times_new_roman(filled: Workbook) -> None:
    for page in filled.worksheets:
        fonts = {
            cell.font.name for row in page.iter_rows(max_row=30) for cell in row if cell.value is not None
        }
        assert fonts == {"Times New Roman"}


def test_the_summary_has_its_two_charts_on_the_printed_shares(filled_path: Path, blank: Workbook) -> None:
    with ZipFile(filled_path) as package:
        charts = {name: package.read(name).decode() for name in package.namelist() if "/charts/chart" in name}
    assert len(charts) == 2
    _, first = named_cell(blank, "TH_HND_TyTrong")
    _, last = named_cell(blank, "TH_DTN_TyTrong")
    wanted = f"'Tổng hợp'!${first[0]}${first[1:]}:${last[0]}${last[1:]}"
    assert any("doughnutChart" in chart and wanted in chart for chart in charts.values())
    assert any("barChart" in chart for chart in charts.values())
    assert all("Times New Roman" in chart for chart in charts.values())


# --- the package


@pytest.mark.parametrize("which", ["blank_path", "filled_path"])
def test_excel_would_open_it_cleanly(which: str, request: pytest.FixtureRequest) -> None:
    result = OpenXmlValidator().validate(request.getfixturevalue(which))
    assert result.is_valid, [error.description for error in result.errors]
    assert not result.errors


def test_the_same_content_gives_the_same_bytes(filled_path: Path, tmp_path: Path) -> None:
    again = build_workbook(tmp_path / "again.xlsx", sample_content())
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(filled_path.read_bytes()).digest()


def test_the_template_in_the_repository_is_what_the_definitions_give(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert differences(TEMPLATE) == []
    assert main(["--check"]) == 0
    assert "up to date" in capsys.readouterr().out


def test_a_template_out_of_date_is_told_part_by_part(filled_path: Path, tmp_path: Path) -> None:
    assert "xl/worksheets/sheet1.xml" in differences(filled_path)
    assert differences(tmp_path / "none.xlsx") == ["missing"]
    (tmp_path / "text.xlsx").write_text("no workbook")
    assert differences(tmp_path / "text.xlsx") == ["not a workbook"]


# --- texts


@pytest.mark.parametrize(
    "text", ["<r>a & b</r>", "<r><t>x</t></r>", " hai ", "=A1", "_x000D_", "a\nb", "<r></r>"]
)
def test_a_text_is_what_it_is(text: str, tmp_path: Path) -> None:
    content = Content(INFO | {"office_name": text, "prepared_by": text}, {"funding": [{"source_name": text}]})
    book = read_book(build_workbook(tmp_path / "a.xlsx", content))
    table = load_workbook(tmp_path / "a.xlsx")["Nguồn vốn"]
    assert (book.named("TT_TenPGD"), book.named("TT_NguoiLap")) == (text, text)
    assert table.cell(FIRST, 2).value == text


@settings(max_examples=40)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=20))
def test_no_text_is_taken_for_the_xml_of_a_rich_one(text: str) -> None:
    data = workbook_bytes(Content({"office_name": f"<r>{text}</r>"}, {}), OFFICE, "office")
    assert book_of(data, Path("a.xlsx")).named("TT_TenPGD") == f"<r>{text}</r>"
