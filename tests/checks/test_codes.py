"""Codes in force on the day of the workbook, and names beside them."""

from __future__ import annotations

import unicodedata

import pytest

from sheetcredit.catalogue.names import plain_name
from tests.mutation import tables
from tests.tables import places, tiny

CCB, GROUPS, LEDGER = "Hội CCB", "Tổ TK&VV", "Sổ ngân hàng"


@pytest.mark.parametrize(
    ("sheet", "cell", "code"),
    [
        (CCB, "A2", "'11579"), (CCB, "A2", "'99999"), (GROUPS, "C3", "'11500"), (LEDGER, "A2", "'11574"),
        ("Chương trình", "A2", "'98"), ("Nguồn vốn", "A2", "'999"), ("Trực tiếp", "A2", "'77"),
        (LEDGER, "C3", "'15"), (GROUPS, "E2", "'99"),
    ],
)  # fmt: skip
def test_a_code_that_is_not_in_force(sheet: str, cell: str, code: str) -> None:
    """It is told once; sums that may lack its row are not reported as breaks of their own."""
    report = tiny().put(sheet, **{cell: code}).report()
    assert places(report) == {("R15", sheet, cell)}
    assert report.findings[0].value == code.removeprefix("'")


def test_the_nearest_code_is_suggested() -> None:
    (finding,) = tiny().put(CCB, A2="'11580").report().findings
    assert "11581" in str(finding.details["near"]) or "11584" in str(finding.details["near"])


def test_a_commune_that_is_gone_by_the_date() -> None:
    """It is told what it became: three communes of now for the town, one for Lê Thiện."""
    report = tiny().put("Thông tin", B4="2026Q3", B5="2026-09-30").report()
    asked = {f.value: str(f.details["near"]) for f in report.findings if f.code == "R15"}
    assert asked.keys() == {"11584"}  # 11581 is a code of today, of phường An Dương
    assert "01/01/2025" in asked["11584"] or "01/07/2025" in asked["11584"]


def test_an_office_whose_communes_nobody_listed_is_not_judged() -> None:
    office = (
        tiny()
        .put("Thông tin", B1="'9999")
        .put(CCB, A2="'00001")
        .put(LEDGER, A6="'00001")
        .put(GROUPS, C4="'00001")
    )
    assert office.found() == {("R15", "Thông tin", "B1")}


@pytest.mark.parametrize(
    "name",
    ["Lê Thiện", "Xã Lê Thiện", "XÃ LÊ THIỆN", "xã  Lê Thiện", "X. Lê Thiện", unicodedata.normalize("NFD", "Lê Thiện"),
     "Lª ThiÖn", "Le Thien", "Lê Thiên", None],
)  # fmt: skip
def test_other_spellings_of_the_right_name(name: str | None) -> None:
    assert tiny().put(CCB, B2=name).found() == set()


def test_titles() -> None:
    for name in (
        "An Dương",
        "TT An Dương",
        "TT. An Dương",
        "Thị trấn An Dương",
        "P. An Dương",
        "Phường An Dương",
    ):
        assert plain_name(name) == "an dương"
    assert plain_name("An Hoà") == plain_name("An Hòa") == plain_name("Xã An Hòa")
    assert plain_name("Xá Thị") == "xá thị"
    assert plain_name("Phú Xuân") == "phú xuân"


@pytest.mark.parametrize(("sheet", "cell"), [(CCB, "B2"), (GROUPS, "D3"), (LEDGER, "B5")])
def test_the_name_of_another_commune(sheet: str, cell: str) -> None:
    office = tiny().put(sheet, **{cell: "Xã Bắc Sơn"})
    column = cell[0]
    key = f"{chr(ord(column) - 1)}{cell[1:]}"
    assert office.found() == {("V-NAME", sheet, key)}


def test_a_name_in_a_legacy_font_is_understood() -> None:
    report = tiny().put(CCB, B2="X· B¾c S¬n").report()
    assert places(report, notes=True) == {("V-FONT", CCB, "B2"), ("V-NAME", CCB, "A2")}


def test_keys_do_not_depend_on_the_row() -> None:
    office = tiny().put(GROUPS, D3="Bắc Sơn", C4="'99999")
    moved = office.sheet(GROUPS, office.sheets[GROUPS].moved(rows=3))
    assert [f.key for f in office.report().findings] == [f.key for f in moved.report().findings]


@pytest.mark.parametrize("name", ["PGD NHCSXH huyện Kiến Thụy", "PGD Lê Chân", "NHCSXH quận LÊ CHÂN"])
def test_the_name_of_a_neighbour_beside_an_offices_code(name: str) -> None:
    report = tables.after(lambda typed: typed.info.update(office_name=name))
    assert [(f.code, f.severity, f.column) for f in report.findings] == [("V-OFFICE", "query", "Tên PGD")]


@pytest.mark.parametrize(
    "name", ["PGD An Dương", "NHCSXH huyện an dương (gần Kiến Thụy)", "Phòng giao dịch số 3", "PGD Ba Đình"]
)
def test_other_ways_to_write_an_offices_own_name(name: str) -> None:
    """A place of another branch says nothing: it may be a street."""
    assert tables.after(lambda typed: typed.info.update(office_name=name)).findings == ()
