"""Workbooks as they are met: no cell of the user is written over, nothing right is called wrong."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sheetcredit import run
from sheetcredit.filling import filled_cells, storable
from sheetcredit.model.errors import CannotWrite
from sheetcredit.model.grid import column_letters
from sheetcredit.model.legacy_fonts import converted_from_legacy, to_tcvn3, to_vni
from sheetcredit.model.text import fold
from sheetcredit.repair.fix import fix
from sheetcredit.report import check_readings
from sheetcredit.rulebook import our_rulebook
from sheetcredit.template.reading import understand
from sheetcredit.workbooks import read_office
from sheetcredit.xlsx.address import column_number
from sheetcredit.xlsx.patch import patch_cells
from tests.seeds_of import GOLDEN, MISTAKEN, copy_of, digest
from tests.tables import tiny

FARMERS, GROUPS, LEDGER = "Hội Nông dân", "Tổ TK&VV", "Sổ ngân hàng"
RULES = our_rulebook()
READING = read_office(MISTAKEN, RULES)
(REPORT,) = check_readings([READING], RULES)


def with_name(path: Path, name: str, target: str) -> Path:
    """The workbook with a defined name pointing elsewhere."""
    whole = {}
    with ZipFile(path) as package:
        for part in package.namelist():
            whole[part] = package.read(part)
    text = whole["xl/workbook.xml"].decode()
    start = text.index(">", text.index(f'name="{name}"')) + 1
    whole["xl/workbook.xml"] = (text[:start] + target + text[text.index("<", start) :]).encode()
    with ZipFile(path, "w") as package:
        for part, content in whole.items():
            package.writestr(part, content)
    return path


class TestWrittenNowhereElse:
    @pytest.mark.parametrize(
        ("name", "target"),
        [
            ("TH_DuNo", "'Hội Nông dân'!$I$13"), ("DC_Bang", "'Sổ ngân hàng'!$A$8"),
            ("TH_DuNo", "'Tổng hợp'!$B$18"), ("TH_DuNo", "'Tổng hợp'!$XFD$1048576"),
            ("TH_DuNo", "'Tổng hợp'!$D$11"), ("KT_TomTat", "'Thông tin'!$C$7"),
            ("KT_Bang", "'Tổng hợp'!$A$8"), ("TH_DaLap", "'Tổ TK&amp;VV'!$A$10"),
        ],
    )  # fmt: skip
    def test_a_name_that_leads_astray_writes_nothing(self, name: str, target: str, tmp_path: Path) -> None:
        path = with_name(copy_of(GOLDEN, tmp_path), name, target)
        before = digest(path)
        with pytest.raises(CannotWrite) as caught:
            run(path)
        assert (caught.value.code, caught.value.details["name"]) == ("E-NAME-ASTRAY", name)
        assert digest(path) == before

    @settings(max_examples=60, deadline=None)
    @given(st.data())
    def test_whatever_the_names_say(self, data: st.DataObject) -> None:
        book = READING.book
        places = st.tuples(st.sampled_from(sorted(book.grids)), st.integers(0, 60), st.integers(0, 20))
        own = [name for name in book.names if name.split("_")[0] in ("TH", "KT", "DC")]
        moved = data.draw(st.dictionaries(st.sampled_from(own), places, min_size=1, max_size=3))
        reading = replace(READING, book=replace(book, names={**book.names, **moved}))
        try:
            edits = filled_cells(RULES.office, reading, REPORT)
        except CannotWrite as refused:
            assert refused.code in ("E-NAME-ASTRAY", "E-TOOL-HEADERS", "E-NO-NAME")
            return
        assert edits.keys() <= {"Tổng hợp", "Đối chiếu", "Kiểm tra"}
        headline = RULES.office.sheet("findings").headline_name
        for sheet, cells in edits.items():
            for cell in cells:
                letters = cell.rstrip("0123456789")
                row, column = int(cell[len(letters) :]) - 1, column_number(letters) - 1
                in_table = sheet != "Tổng hợp" and row >= 7
                text = book.grids[sheet].value(row, column)
                free = (
                    not isinstance(text, str)
                    or text.startswith("{")
                    or (sheet, row, column) == book.names[str(headline)]
                )
                assert in_table or free, (sheet, cell, text)

    def test_a_sheet_that_is_no_table_any_more_is_left_alone(self, tmp_path: Path) -> None:
        path = copy_of(MISTAKEN, tmp_path)
        run(path)
        rows = len(read_office(path, RULES).book.grids["Kiểm tra"].rows)
        letters = [column_letters(place) for place in range(len(RULES.office.sheet("findings").columns))]
        notes = {f"{letter}{row}": None for letter in letters for row in range(8, rows + 1)}
        patch_cells(path, {"Kiểm tra": notes | {"B9": "việc của tôi", "C10": "gọi điện cho hội"}})
        patch_cells(path, {"Kiểm tra": {"I8": "Ghi chú", "K8": "1"}})
        before = digest(path)
        with pytest.raises(CannotWrite) as caught:
            run(path)
        assert (caught.value.code, caught.value.details["row"]) == ("E-TOOL-HEADERS", 8)
        assert digest(path) == before


class TestWhateverWasTyped:
    """Any finding, number and text can be written."""

    def test_an_amount_typed_in_dong(self, tmp_path: Path) -> None:
        path = copy_of(GOLDEN, tmp_path)
        patch_cells(path, {GROUPS: {"H171": 1267064054}})
        report = run(path)
        assert report.fix_first[0].suspect.cell == "H171"
        assert "H171" in str(read_office(path, RULES).book.grid("Kiểm tra"))

    def test_a_text_as_long_as_a_cell(self, tmp_path: Path) -> None:
        path = copy_of(GOLDEN, tmp_path)
        patch_cells(path, {"Hội CCB": {"I10": "1" * 32_767}})
        report = run(path)
        (finding,) = (one for one in report.findings if one.code == "V-TYPE")
        assert (finding.sheet, finding.cell) == ("Hội CCB", "I10")
        assert len(finding.message()) < 1000

    @given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20))
    def test_a_number_as_a_cell_holds_it(self, number: Decimal) -> None:
        kept = storable(number)
        assert isinstance(kept, Decimal)
        assert len(kept.normalize().as_tuple().digits) <= 15
        assert abs(kept - number) <= abs(number) * Decimal("1e-14")

    @given(st.text(max_size=200))
    def test_a_text_as_a_cell_holds_it(self, text: str) -> None:
        kept = storable(text)
        assert isinstance(kept, str) and len(kept) == len(text)
        assert not any(character < " " and character not in "\t\n" for character in kept)

    def test_endless_combining_marks_cost_no_time(self) -> None:
        text = "e" + "\u0302\u0323" * 60_000
        assert fold(text) == text


class TestReadAsMeant:
    @pytest.mark.parametrize("label", ["Toàn huyện", "Toàn đơn vị", "Chung", ""])
    def test_a_total_by_any_name(self, label: str) -> None:
        office = tiny().put("Hội CCB", A3=label) if label else tiny().put("Hội CCB", A3=None)
        assert office.found() == set()

    def test_a_label_does_not_make_a_total_of_numbers_that_are_none(self) -> None:
        office = tiny().put("Hội CCB", A3="Toàn huyện", I3=51)
        assert office.found() != set()

    def test_merged_codes(self) -> None:
        reading = read_office(GOLDEN, RULES)
        grid = reading.book.grids[LEDGER]
        table = reading.tables["ledger"]
        rows = [list(row) for row in grid.rows]
        areas = []
        for column in ("commune", "commune_name"):
            place, first = table.columns[column], table.rows[0]
            last = max(row for row in table.rows if rows[row][place] == rows[first][place])
            areas.append((first, place, last, place))
            for row in range(first + 1, last + 1):
                rows[row][place] = ""
        merged = replace(grid, rows=rows, merged=tuple(areas))
        book = replace(reading.book, grids={**reading.book.grids, LEDGER: merged})
        assert check_readings([understand(book, RULES.office)], RULES)[0].findings == ()

    def test_a_year_mistyped_is_one_finding(self, tmp_path: Path) -> None:
        path = copy_of(GOLDEN, tmp_path)
        patch_cells(path, {"Thông tin": {"C11": "31/03/2025"}})
        assert [(f.code, f.cell) for f in run(path).findings if f.severity != "note"] == [("R12", "C11")]

    @pytest.mark.parametrize("code", [to_tcvn3, to_vni, lambda text: text.replace("đ", "ð")])
    def test_headers_in_another_code(self, code: object, tmp_path: Path) -> None:
        path = copy_of(GOLDEN, tmp_path)
        sheet = RULES.office.sheet("ledger")
        headers = {f"{column_letters(n)}8": c.header.lower() for n, c in enumerate(sheet.columns)}
        patch_cells(path, {LEDGER: {cell: code(text) for cell, text in headers.items()}})  # type: ignore[operator]
        assert run(path).findings == ()
        assert {repair.cell[1:] for repair in fix(path).repairs} == {"8"}
        fix(path, apply=True)
        assert fix(path).repairs == () and run(path).findings == ()

    @pytest.mark.parametrize(
        "text", ["Lê Thanh Lôc", "Lôc", "Lê Văn Nghịệp", "Nguyễn Thi Hoà", "Trần Vắn Lọi"]
    )
    def test_a_slip_in_unicode_is_no_legacy_font(self, text: str) -> None:
        assert converted_from_legacy(text) is None

    @pytest.mark.parametrize("name", ["Nguyễn Văn Hùng", "Trần Thị Lộc", "Lê Đức Thọ", "Phạm Hữu Nghiệp"])
    def test_a_name_in_a_legacy_font_is_still_known(self, name: str) -> None:
        for code in (to_tcvn3, to_vni):
            converted = converted_from_legacy(code(name))
            assert converted is not None and converted.text == name
