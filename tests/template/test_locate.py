"""Tables found wherever staff moved them; what cannot be told is reported at its cell."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from sheetcredit.report import reconcile
from sheetcredit.template.reading import Reading
from tests.tables import STATEMENT, TINY, Table, Workbook, places, tiny

CCB = "Hội CCB"
ROW = "'11584 | Lê Thiện | 1 | 4 | 48 | 4 | 2 | 0 | 50 | 0 | 0 | 0"
TOTAL = "Tổng cộng | | 1 | 4 | 48 | 4 | 2 | 0 | 50 | 0 | 0 | 0"


def ccb(*lines: str) -> Workbook:
    """The office with its sheet of the veterans written anew."""
    return tiny().sheet(CCB, "\n".join(lines))


def balances(reading: Reading, sheet: str = "veterans") -> list[object]:
    table = reading.tables[sheet]
    return [table.grid.value(row, table.columns["balance"]) for row in table.rows]


def test_the_tiny_office_has_nothing_to_find() -> None:
    report = tiny().report()
    assert report.findings == ()
    # Not evaluated is R30: this office has no source 302 (deposits of group members).
    assert report.outcomes == {"passed": 26, "failed": 0, "explained": 0, "not_evaluated": 1}


class TestMoved:
    """Wherever the table stands, it reads the same."""

    @pytest.mark.parametrize("name", [name for name in TINY if name not in ("Thông tin",)])
    def test_headers_on_row_5_with_column_a_blank(self, name: str) -> None:
        office = tiny()
        moved = office.sheet(name, office.sheets[name].moved(rows=4, columns=1))
        unit = "đồng" if name == "Sổ ngân hàng" else "triệu đồng"
        assert moved.put(name, B2="Đến ngày 31/3/2024", C3=f"Đơn vị tính: {unit}").found() == set()

    @given(st.data())
    @settings(max_examples=25, deadline=None)
    def test_columns_in_any_order_with_others_between(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from([n for n in TINY if TINY[n] and n != "Thông tin"]))
        table = tiny().sheets[name]
        width = max(column for _, column in table.cells) + 1
        order: list[int | None] = list(data.draw(st.permutations(range(width))))
        for place in data.draw(st.lists(st.integers(0, width), max_size=4)):
            order.insert(place, None)
        blank_rows = data.draw(st.integers(0, 3))
        moved = table.with_columns(order).moved(rows=data.draw(st.integers(0, 9)))
        bottom = max(row for row, _ in moved.cells)
        cells = {(row + blank_rows * (row == bottom), column): v for (row, column), v in moved.cells.items()}
        assert tiny().sheet(name, Table(cells)).found() == set()

    def test_an_inserted_column_with_texts_and_numbers(self) -> None:
        order: list[int | None] = [None, *range(12)]
        table = tiny().sheets[CCB].with_columns(order).put({"A1": "STT", "A2": 1, "A3": "x"})
        assert tiny().sheet(CCB, table).found() == set()

    def test_two_tiers_and_numbers_below(self) -> None:
        office = ccb(
            "",
            "Mã xã | Xã | Số tổ | Số khách hàng | Dư nợ | Doanh số | | Xóa nợ | Dư nợ | Trong đó | | Tiền gửi",
            " | | | | đầu năm | cho vay | thu nợ | | | Nợ quá hạn | Nợ khoanh | tổ viên",
            "(1) | (2) | (3) | (4) | (5) | (6) | (7) | (8) | (9)=(5)+(6)-(7)-(8) | (10) | (11) | (12)",
            ROW, TOTAL,
        )  # fmt: skip
        assert office.found() == set()

    def test_three_lines_with_units_below(self) -> None:
        office = ccb(
            "BÁO CÁO DƯ NỢ",
            STATEMENT.replace("\n", "").replace("Nợ quá hạn | Nợ khoanh", "Chất lượng nợ | "),
            " | | | | | | | | | Nợ quá hạn | Nợ khoanh",
            " | | (tổ) | (hộ) | triệu đồng | triệu đồng | triệu đồng | triệu đồng | triệu đồng | triệu đồng",
            ROW, TOTAL,
        )  # fmt: skip
        assert office.found() == set()

    def test_a_balance_split_into_current_and_total(self) -> None:
        header = STATEMENT.replace("| Dư nợ |", "| Dư nợ | |").replace("\n", "")
        below = " | | | | | | | | Trong hạn | Tổng số"
        row = "'11584 | Lê Thiện | 1 | 4 | 48 | 4 | 2 | 0 | 999 | 50 | 0 | 0 | 0"
        total = "Tổng cộng | | 1 | 4 | 48 | 4 | 2 | 0 | 999 | 50 | 0 | 0 | 0"
        office = ccb(header, below, row, total)
        assert balances(office.reading()) == [50]
        assert office.found() == set()

    def test_headers_repeated_on_each_page(self) -> None:
        numbering = " | ".join(f"({n})" for n in range(1, 13))
        office = ccb(
            STATEMENT.strip(), numbering, ROW.replace("50", "20").replace("48", "18"), "Trang 1", "",
            STATEMENT.strip(), numbering,
            "'11581 | An Dương | 0 | 0 | 30 | 0 | 0 | 0 | 30 | 0 | 0 | 0", TOTAL,
        )  # fmt: skip
        assert office.reading().tables["veterans"].rows == [2, 7]
        assert balances(office.reading()) == [20, 30]

    @pytest.mark.parametrize("place", range(12))
    @pytest.mark.parametrize("typed", ["x", "+1", "7", "(99)x"])
    def test_the_line_of_numbers_with_one_cell_typed_over_is_no_row(self, place: int, typed: str) -> None:
        numbering = [f"({n})" for n in range(1, 13)]
        numbering[place] = f"'{typed}"
        office = ccb(STATEMENT.strip(), " | ".join(numbering), ROW, TOTAL)
        assert office.reading().tables["veterans"].rows == [2]
        assert office.found() == set()

    def test_a_row_with_negative_amounts_in_brackets_is_a_row(self) -> None:
        row = "'11584 | Lê Thiện | 1 | 4 | (48) | (49) | (51) | (52) | (53) | 0 | 0 | 0"
        assert ccb(STATEMENT.strip(), row, TOTAL).reading().tables["veterans"].rows == [1]

    def test_a_repeated_header_with_moved_columns_is_told(self) -> None:
        swapped = STATEMENT.strip().replace("Dư nợ | Nợ quá hạn", "Nợ quá hạn | Dư nợ")
        found = ccb(STATEMENT.strip(), ROW, swapped, TOTAL).found()
        assert found == {("S-DOUBLE", CCB, "I3"), ("S-DOUBLE", CCB, "J3")}

    def test_the_first_header_counts_even_if_a_later_one_is_better(self) -> None:
        office = ccb(STATEMENT.strip().replace("Xã |", "Địa bàn |"), ROW, STATEMENT.strip(), TOTAL)
        assert balances(office.reading()) == [50]

    def test_notes_and_signatures_below(self) -> None:
        office = ccb(
            STATEMENT.strip(), ROW, TOTAL, "", "Ghi chú: số liệu chưa kiểm toán",
            " | | | An Dương, ngày 5 tháng 4 năm 2024", "NGƯỜI LẬP | | | KIỂM SOÁT | | | GIÁM ĐỐC",
            "Tổng số hộ: 4",
        )  # fmt: skip
        assert office.found() == set()

    def test_units_and_line_breaks_in_headers(self) -> None:
        header = (
            STATEMENT.strip().replace("Dư nợ |", "DƯ  NỢ (triệu đồng) |").replace("Nợ khoanh", "nợ khoanh*")
        )
        table = Table.of(f"{header}\n{ROW}\n{TOTAL}").put({"E1": "Dư nợ\nđầu năm"})
        assert tiny().sheet(CCB, table).found() == set()

    def test_decomposed_headers(self) -> None:
        table = Table.of(unicodedata.normalize("NFD", f"{STATEMENT}{ROW}\n{TOTAL}"))
        assert tiny().sheet(CCB, table).found() == set()


class TestHeaders:
    """Renamed, missing and doubled headers."""

    def test_a_near_miss_is_suggested_at_its_cell(self) -> None:
        office = tiny().put(CCB, I1="Dư nợ (hội)", E1="Dư nợ đầu kỳ")
        report = office.report()
        assert places(report) == {("S-HEADER", CCB, "E1")}
        assert report.findings[0].details["found"] == "Dư nợ đầu kỳ"

    def test_a_near_miss_in_the_second_line(self) -> None:
        office = ccb(
            "Mã xã | Xã | Số tổ | Số khách hàng | Dư nợ đầu năm | Doanh số | | Xóa nợ | Dư nợ | Nợ quá hạn | Nợ khoanh | Tiền gửi tổ viên",
            " | | | | | cho vay | thu lợ",
            ROW, TOTAL,
        )  # fmt: skip
        assert office.found() == {("S-HEADER", CCB, "G2")}

    @pytest.mark.parametrize(
        "headers",
        [
            {"C1": "Tổng số tổ", "D1": "Số hộ còn dư nợ", "F1": "DS cho vay", "G1": "DS thu nợ"},
            {"B1": "Tên xã", "I1": "Tổng dư nợ", "J1": "NQH", "K1": "Khoanh", "L1": "TGTK"},
            {"I1": "Dư nợ đến 31/03/2024", "L1": "Số dư TK"},
            {"E1": "Dư nợ 31/12/2023", "I1": "Dư nợ đến 31/3/2024"},
            {"I1": "DƯ NỢ ĐẾN 31.03.24", "J1": "Trong đó: NQH"},
        ],
    )
    def test_usual_other_spellings_are_the_columns(self, headers: dict[str, str]) -> None:
        assert tiny().put(CCB, **headers).found() == set()

    def test_two_headers_of_one_meaning_are_not_chosen_between(self) -> None:
        assert ("S-DOUBLE", CCB, "I1") in tiny().put(CCB, E1="Dư nợ 31/12/2023").found()

    def test_an_unknown_header_in_the_usual_place_is_renamed_not_added(self) -> None:
        report = tiny().put(CCB, L1="Cột L").report()
        assert places(report) == {("S-HEADER", CCB, "L1")}
        assert report.findings[0].details["header"] == "Tiền gửi tổ viên"

    def test_a_missing_column_is_not_taken_for_noughts(self) -> None:
        order: list[int | None] = [column for column in range(12) if column != 8]
        office = tiny().sheet(CCB, tiny().sheets[CCB].with_columns(order))
        report = office.report()
        assert places(report) == {("S-COLUMN", CCB, "A1")}
        assert report.outcomes["failed"] == 0
        assert (
            report.outcomes["not_evaluated"] == tiny().report().outcomes["not_evaluated"]
        )  # other rows and columns are still compared

    def test_without_its_key_the_table_is_not_compared(self) -> None:
        report = tiny().put(CCB, A1="Đơn vị").report()
        assert places(report) == {("S-COLUMN", CCB, "B1")}
        assert report.outcomes["failed"] == 0

    def test_a_column_that_stands_twice_counts_as_unknown(self) -> None:
        report = tiny().put(CCB, M1="Dư nợ", M2=999, M3=999).report()
        assert places(report) == {("S-DOUBLE", CCB, "M1")}
        assert report.outcomes["failed"] == 0

    def test_a_name_that_stands_twice_does_no_harm(self) -> None:
        assert tiny().put(CCB, M1="Xã", M2="Lê Thiện").found() == set()

    def test_two_groups_with_the_same_columns(self) -> None:
        office = ccb(
            "Mã xã | Xã | Số tổ | Số khách hàng | Đầu năm | | | Trong kỳ | | | Cuối kỳ | | | Tiền gửi tổ viên",
            " | | | | Dư nợ | Nợ quá hạn | Nợ khoanh | Doanh số cho vay | Doanh số thu nợ | Xóa nợ "
            "| Dư nợ | Nợ quá hạn | Nợ khoanh",
            "'11584 | Lê Thiện | 1 | 4 | 48 | 0 | 0 | 4 | 2 | 0 | 50 | 0 | 0 | 0",
            "Tổng cộng | | 1 | 4 | 48 | 0 | 0 | 4 | 2 | 0 | 50 | 0 | 0 | 0",
        )
        report = office.report()
        assert places(report) == {("S-DOUBLE", CCB, "L2"), ("S-DOUBLE", CCB, "M2")}
        columns = office.reading().tables["veterans"].columns
        assert (columns["opening"], columns["balance"]) == (4, 10)
        assert "overdue" not in columns
        assert report.outcomes["failed"] == 0

    def test_a_header_that_a_line_below_turns_into_something_else(self) -> None:
        office = ccb(STATEMENT.strip(), " | | | | | | | | Trong hạn", ROW, TOTAL)
        assert office.found() == {("S-COLUMN", CCB, "I2")}

    def test_no_header_at_all(self) -> None:
        assert ccb("Mã | Tên", ROW, TOTAL).found() == {("S-TABLE", CCB, None)}
        assert tiny().sheet(CCB, "").found() == {("S-TABLE", CCB, None)}


class TestTotals:
    """What ends a table."""

    @pytest.mark.parametrize(
        "label",
        ["Cộng", "Tổng số", "TỔNG CỘNG:", " Tổng  cộng ", "T Ổ N G  C Ộ N G", "Tổng cộng (I+II)",
         "Tổng cộng toàn huyện", unicodedata.normalize("NFD", "Tổng cộng")],
    )  # fmt: skip
    @pytest.mark.parametrize("cell", ["A3", "B3"])
    def test_labels(self, label: str, cell: str) -> None:
        office = tiny().put(CCB, A3=None).put(CCB, **{cell: label})
        assert office.found() == set()

    def test_a_label_beyond_the_numbers(self) -> None:
        order: list[int | None] = [*range(2, 12), 0, 1]
        assert tiny().sheet(CCB, tiny().sheets[CCB].with_columns(order)).found() == set()

    def test_no_total_row(self) -> None:
        office = ccb(STATEMENT.strip(), ROW, "", "NGƯỜI LẬP | | | | GIÁM ĐỐC")
        report = office.report()
        assert places(report) == {("S-NO-TOTAL", CCB, "A2")}
        assert balances(office.reading()) == [50]

    def test_without_total_row_text_numbers_at_the_end_count(self) -> None:
        office = ccb(
            STATEMENT.strip(), "'11584 | Lê Thiện | '1 | '4 | '48 | '4 | '2 | '0 | '50 | '0 | '0 | '0"
        )
        assert {code for code, _, _ in office.found()} == {"S-NO-TOTAL", "V-TEXTNUM"}

    def test_subtotals_within_the_table(self) -> None:
        office = tiny().sheet(
            "Nguồn vốn",
            """
            Mã nguồn | Nguồn vốn | Kế hoạch năm | Đầu năm | Hiện tại
             | I. Nguồn vốn trung ương
            '101 | Trung ương cân đối | 400 | 350 | 370
             | Cộng | 400 | 350 | 370
             | II. Nguồn vốn địa phương
            '201 | Ngân sách thành phố | 60 | 50 | 50
             | Cộng nhóm II | 60 | 50 | 50
            Tổng cộng | | 460 | 400 | 420
            """,
        )
        assert office.found() == set()
        assert office.report().figures["TH_NguonVon"] == 420

    def test_a_page_total_before_the_total(self) -> None:
        assert ccb(STATEMENT.strip(), ROW, TOTAL.replace("Tổng cộng", "Cộng"), TOTAL).found() == set()

    def test_two_total_rows_that_contradict(self) -> None:
        found = ccb(STATEMENT.strip(), ROW, TOTAL, TOTAL.replace("50", "51")).found()
        assert found == {("R01", CCB, "I4")}

    def test_rows_below_the_total(self) -> None:
        row = "'11581 | An Dương | 1 | 3 | 9 | 0 | 0 | 0 | 9 | 0 | 0 | 0"
        office = ccb(STATEMENT.strip(), ROW, TOTAL, "", row, "11611 | Lê Lợi | '1", "15 | không phải")
        report = office.report()
        assert places(report) == {("S-AFTER-TOTAL", CCB, "A5"), ("S-AFTER-TOTAL", CCB, "A6")}
        assert balances(office.reading()) == [50]

    def test_a_total_left_empty(self) -> None:
        assert tiny().put(CCB, I3=None).found() == {("V-REQUIRED", CCB, "I3")}

    def test_an_empty_table(self) -> None:
        zero = "Tổng cộng | | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0"
        office = ccb(STATEMENT.strip(), *[""] * 30, zero)
        assert office.found() == {("S-EMPTY", CCB, "C1")}  # groups and ledger have numbers of it
        assert office.reading().tables["veterans"].rows == []

    def test_prepared_rows_without_numbers(self) -> None:
        extra = "'11611 | Lê Lợi"
        assert ccb(STATEMENT.strip(), ROW, extra, "'11587 | Đại Bản", TOTAL).found() == set()
        groups = tiny().sheets["Tổ TK&VV"].with_row(6, "0000005 | Vũ Thị Hà | '11584 | Lê Thiện | '12")
        found = tiny().sheet("Tổ TK&VV", groups).found()
        assert {code for code, _, _ in found} <= {"R05", "R16"}  # one group more than the others state

    def test_a_row_of_small_consecutive_numbers_is_data(self) -> None:
        office = tiny().put("Trực tiếp", A2="01", B2=None, C2=2, D2=3)
        assert office.reading().tables["direct"].rows == [1]


class TestSheets:
    """Sheets missing, renamed, cased and composed otherwise, hidden."""

    def test_a_missing_sheet(self) -> None:
        report = tiny().without(CCB).report()
        assert places(report) == {("S-MISSING", CCB, None)}
        assert report.outcomes["failed"] == 0

    def test_a_renamed_sheet(self) -> None:
        report = tiny().renamed(CCB, "Hội CCB 2024").report()
        assert places(report) == {("S-RENAMED", CCB, None)}

    @pytest.mark.parametrize(
        "name", ["HỘI CCB", "Hội  CCB ", unicodedata.normalize("NFD", CCB)], ids=["case", "spaces", "NFD"]
    )
    def test_another_spelling_of_the_same_name(self, name: str) -> None:
        assert tiny().renamed(CCB, name).found() == set()

    def test_of_two_spellings_the_right_one_counts(self) -> None:
        office = tiny().sheet("HỘI CCB", "Mã xã")
        assert office.found() == set()


def test_rows_with_the_banks_own_codes_are_rows_before_they_have_numbers() -> None:
    reading = (
        tiny()
        .sheet(
            "Sổ ngân hàng",
            """
        Mã xã   | Xã         | Mã ĐVUT | Số tổ | Số khách hàng | Dư nợ | Nợ quá hạn | Nợ khoanh | Tiền gửi tổ viên
        '990011 | Xã Thử Một | '11     |       |               |       |            |           |
        '99001  | Xã Thử Một | '12     |       |               |       |            |           |
        Tổng cộng |          |         | 0     | 0             | 0     | 0          | 0         | 0
    """,
        )
        .reading()
    )
    assert list(reading.tables["ledger"].rows) == [1, 2]


def test_merged_hidden_and_filtered(tmp_path: Path) -> None:
    path = tiny().save(tmp_path / "plain.xlsx")
    assert places(reconcile(path)) == set()
    office = tiny().sheet(CCB, tiny().sheets[CCB].moved(rows=3))
    path = tmp_path / "filtered.xlsx"
    book = xlsxwriter.Workbook(path)
    for name, table in office.sheets.items():
        sheet = book.add_worksheet(name)
        for (row, column), value in table.cells.items():
            if hasattr(value, "year"):
                sheet.write_datetime(row, column, value, book.add_format({"num_format": "d/m/yyyy"}))
            else:
                sheet.write(row, column, value) if not isinstance(value, str) else sheet.write_string(
                    row, column, value
                )
        if name == CCB:
            sheet.merge_range("A1:L1", "HỘI CỰU CHIẾN BINH")
            sheet.merge_range("A6:B6", "Tổng cộng")
        if table.cells:
            sheet.autofilter(0, 0, 5, 5)
            sheet.set_row(4, None, None, {"hidden": True})
    book.close()
    assert places(reconcile(path)) == set()
