"""Every cell against its schema: each quirk of real files by its code, at its cell, and nothing else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from sheetcredit.checks.schema import validate_frames
from sheetcredit.model.grid import CellValue, Formula
from sheetcredit.report import reconcile, validate
from sheetcredit.rulebook import our_rulebook
from sheetcredit.template.frames import stack_as_typed
from tests.tables import Table, Workbook, places, reports, tiny, tiny_in

CCB, GROUPS, LEDGER, DIRECT = "Hội CCB", "Tổ TK&VV", "Sổ ngân hàng", "Trực tiếp"
OFFICE = our_rulebook().office


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "code"),
    [
        (CCB, "I2", "'50", "V-TEXTNUM"),
        (CCB, "I2", "' 50\u00a0", "V-TEXTNUM"),
        (LEDGER, "G2", "'110.000.000", "V-TEXTNUM"),
        (LEDGER, "G2", "'110 000 000", "V-TEXTNUM"),
        (LEDGER, "G2", "'110,000,000", "V-TEXTNUM"),
        (GROUPS, "H5", "'30,25", "V-TEXTNUM"),
        (CCB, "I2", "'1,234", "V-TYPE"),
        (CCB, "I2", "'1.23", "V-TYPE"),
        (CCB, "I2", "'năm mươi", "V-TYPE"),
        (CCB, "I2", date(1900, 2, 19), None),
        (CCB, "C2", True, "V-TYPE"),
        (CCB, "I2", "#REF!", "V-ERROR"),
        (CCB, "I2", 1e13, "V-TYPE"),
        (CCB, "D2", 4.5, "V-WHOLE"),
        (GROUPS, "F3", 12.0001, "V-WHOLE"),
        (GROUPS, "A2", 1, "V-CODE"),
        (GROUPS, "A2", "'0000001 ", None),
        (CCB, "A2", 11584, None),
        (CCB, "A2", "'115 84", None),
        (CCB, "A2", "'1157800", "V-CODE-FORM"),
        (GROUPS, "E2", "'H1", "V-CODE-FORM"),
        (GROUPS, "M2", "Xuất sắc", "V-CHOICE"),
        (GROUPS, "M2", "TỐT", None),
        (GROUPS, "M2", None, "V-REQUIRED"),
        (GROUPS, "L2", None, "V-REQUIRED"),
        (GROUPS, "L2", 101, "V-RANGE"),
        (GROUPS, "A2", None, "V-REQUIRED"),
        (GROUPS, "C2", None, "V-REQUIRED"),
        (CCB, "A2", None, "V-REQUIRED"),
        (CCB, "H2", None, None),
        (CCB, "H2", "'-", None),
        (CCB, "K2", "'  ", None),
        (GROUPS, "B2", "NguyÔn ThÞ Lan", None),
    ],
)
def test_one_cell(sheet: str, cell: str, value: CellValue, code: str | None) -> None:
    """What is found is found at the cell; a value that cannot be used breaks no rule."""
    report = tiny().put(sheet, **{cell: value}).report()
    assert places(report) == ({(code, sheet, cell)} if code else set())
    assert report.outcomes["failed"] == 0


def test_a_number_as_text_is_used() -> None:
    report = tiny().put(LEDGER, G2="'110.000.000").report()
    assert report.figures["TH_HND"] == 110
    assert report.findings[0].details["number"] == 110_000_000


def test_the_total_row_leaves_text_out_as_a_spreadsheet_does() -> None:
    assert tiny().put(CCB, I2="'50", I3=0).found() == {("V-TEXTNUM", CCB, "I2")}


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "figures"),
    [
        (LEDGER, "G2", "'1,234", {"TH_HND", "TH_UyThac", "TH_HND_TyTrong"}),
        (LEDGER, "G4", "#N/A", {"TH_TrucTiep"}),
        ("Chương trình", "H2", True, {"TH_DuNo", "TH_DuNo_HTKH", "TH_UyThac_TyTrong"}),
        ("Nguồn vốn", "E3", "'1.23", {"TH_NguonVon", "TH_NguonVon_TyLeTang"}),
        (LEDGER, "E2", 1.5, {"TH_SoTo"}),
    ],
)
def test_no_figure_rather_than_a_wrong_one(
    sheet: str, cell: str, value: CellValue, figures: set[str]
) -> None:
    found = tiny().put(sheet, **{cell: value}).report().figures
    assert {name for name in figures if found[name] is not None} == set()
    assert found["TH_NoQuaHan"] == 1


def test_negative_amounts() -> None:
    found = tiny().put(CCB, L2=-1, L3=-1).found()
    assert ("V-RANGE", CCB, "L2") in found


class TestDecimals:
    """Parts of a đồng are told, the noise of floats is not."""

    @pytest.mark.parametrize("value", [30.2500001, 30.24999996, 30.2500005])
    def test_a_part_of_a_dong(self, value: float) -> None:
        found = tiny().put(GROUPS, H5=value).found()
        assert ("V-DECIMALS", GROUPS, "H5") in found
        assert found <= {("V-DECIMALS", GROUPS, "H5"), ("R16", GROUPS, "H5"), ("R01", GROUPS, "H6")}

    def test_half_a_dong_in_the_ledger(self) -> None:
        assert ("V-DECIMALS", LEDGER, "G3") in tiny().put(LEDGER, G3=30_250_000.5).found()

    @pytest.mark.parametrize("value", [0.1 + 0.2 + 29.95, 30.25 + 3e-12, 30.249999999999996])
    def test_noise(self, value: float) -> None:
        assert tiny().put(GROUPS, H5=value).found() == set()

    @pytest.mark.parametrize(("unit", "dong"), [("đồng", 1), ("nghìn đồng", 10**3), ("tỷ đồng", 10**9)])
    def test_in_other_units(self, unit: str, dong: int) -> None:
        office = tiny_in(unit, dong)
        assert office.found() == set()
        assert ("V-DECIMALS", GROUPS, "H5") in office.put(GROUPS, H5=30_250_000.3 / dong).found()


class TestRows:
    """Rows that repeat, lack their key, or were only prepared."""

    def test_a_repeated_row(self) -> None:
        row = "0000002 | Mai | '11584 | Lê Thiện | '12 | 12 | 6 | 210.5 | 0 | 1 | 3 | 92.5 | Tốt"
        office = tiny().sheet(GROUPS, tiny().sheets[GROUPS].with_row(6, row))
        report = office.report()
        assert {p for p in places(report) if p[0].startswith("V")} == {("V-UNIQUE", GROUPS, "A6")}
        assert report.findings[0].details == {"first": 3}
        assert {code for code, _, _ in places(report)} <= {"V-UNIQUE", "R01"}

    def test_each_repetition_is_told(self) -> None:
        row = "'11584 | Lê Thiện | '13 | CCB | 0 | 0 | 0 | 0 | 0 | 0"
        table = tiny().sheets[LEDGER].with_row(7, row).with_row(8, row)
        found = tiny().sheet(LEDGER, table).found()
        assert found == {("V-UNIQUE", LEDGER, "A7"), ("V-UNIQUE", LEDGER, "A8")}

    def test_a_row_that_lost_its_zeros_repeats_too(self) -> None:
        row = "2 | Mai | '11584 | Lê Thiện | '12 | 12 | 6 | 210.5 | 0 | 1 | 3 | 92.5 | Tốt"
        found = tiny().sheet(GROUPS, tiny().sheets[GROUPS].with_row(6, row)).found()
        assert {("V-UNIQUE", GROUPS, "A6"), ("V-CODE", GROUPS, "A6")} <= found

    def test_the_same_name_of_two_leaders_is_fine(self) -> None:
        assert tiny().put(GROUPS, B3="Nguyễn Thị Lan").found() == set()

    def test_the_same_code_on_two_sheets_is_fine(self) -> None:
        assert tiny().sheets["Hội Phụ nữ"].cells[1, 0] == tiny().sheets[CCB].cells[1, 0]

    def test_blank_rows_between(self) -> None:
        table = tiny().sheets[GROUPS].with_row(4, "").with_row(4, "")
        assert tiny().sheet(GROUPS, table).found() == set()

    def test_one_finding_a_cell(self) -> None:
        report = tiny().put(GROUPS, L2="'9,999", M2="Xuất sắc", C2="'x", A3="'y").report()
        assert places(report) == {
            ("V-TYPE", GROUPS, "L2"), ("V-CHOICE", GROUPS, "M2"), ("V-CODE-FORM", GROUPS, "C2"),
            ("V-CODE-FORM", GROUPS, "A3"),
        }  # fmt: skip

    def test_all_findings_at_once(self) -> None:
        office = tiny()
        expected = set()
        for name in ("Hội Nông dân", "Hội Phụ nữ", CCB, "Đoàn TN"):
            office = office.put(name, D2=1.5, I2="#N/A", L2="'1")
            expected |= {("V-WHOLE", name, "D2"), ("V-ERROR", name, "I2"), ("V-TEXTNUM", name, "L2")}
        found = office.put("Thông tin", B4="Q1").found()
        assert found - expected == {("V-FORM", "Thông tin", "B4")} | {
            place for place in found if place[0].startswith("R")
        }
        assert expected <= found


class TestMoreThanOne:
    """Several workbooks at once give exactly what each gives alone."""

    def offices(self) -> list[Workbook]:
        later = tiny_in("đồng", 1).put("Thông tin", B4="2024Q2", B5="2024-06-30").put(CCB, I2=1, D2="'4")
        other = tiny_in("tỷ đồng", 10**9).put("Thông tin", B1="'9999").put(GROUPS, A2=1, L4=120)
        gone = tiny().put("Thông tin", B4="2025Q3", B5="2025-09-30").without(DIRECT)
        return [
            tiny().at("a.xlsx"), later.at("b.xlsx"), other.at("c.xlsx"), gone.at("d.xlsx"),
            tiny().put(LEDGER, A2=None, G3="#REF!").at("e.xlsx"),
        ]  # fmt: skip

    def test_together_as_alone(self) -> None:
        together = reports(*self.offices())
        for report, office in zip(together, self.offices(), strict=True):
            alone = office.report()
            assert report.findings == alone.findings
            assert report.outcomes == alone.outcomes
            assert report.figures == alone.figures
        assert [bool(report.findings) for report in together] == [False, True, True, True, True]

    def test_codes_are_judged_on_the_day_of_each(self) -> None:
        """A commune that is gone by its date is told in that workbook only."""
        reports_of = reports(*self.offices())
        assert {code for code, _, _ in places(reports_of[3])} >= {"R15"}
        assert "R15" not in {code for code, _, _ in places(reports_of[1])}


class TestFiles:
    """The same from a real file."""

    def test_errors_formulas_dates_and_hidden_values(self, tmp_path: Path) -> None:
        office = tiny().put(CCB, I2="#REF!", I3=Formula("SUM(I2:I2)", "#REF!"), D2=date(1900, 1, 4), L2=True)
        path = office.save(tmp_path / "a.xlsx")
        expected = {
            ("V-ERROR", CCB, "I2"), ("V-ERROR", CCB, "I3"), ("V-TYPE", CCB, "L2"),
        }  # fmt: skip
        assert places(reconcile(path)) == places(validate(path)) == expected == office.found()

    def test_the_tiny_office(self, tmp_path: Path) -> None:
        assert reconcile(tiny().save(tmp_path / "a.xlsx")).findings == ()


def test_an_engine_that_fails_is_not_silence() -> None:
    reading = tiny().reading()
    frames = stack_as_typed(reading.blocks)
    frames["funding"] = frames["funding"].drop("plan").with_columns(plan=pl.lit("x"))
    with pytest.raises((RuntimeError, pl.exceptions.PolarsError)):
        validate_frames(OFFICE, frames, {reading.file: reading})


def test_an_empty_frame() -> None:
    empty = Table({place: v for place, v in tiny().sheets[DIRECT].cells.items() if place[0] != 1})
    found = tiny().sheet(DIRECT, empty).found()
    assert ("S-EMPTY", DIRECT, "C1") in found  # the ledger has direct lending: the sheet was left out
    assert {code for code, _, _ in found} <= {"S-EMPTY", "R01"}
