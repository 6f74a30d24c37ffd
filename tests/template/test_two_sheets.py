"""Two sheets whose names are the same to people."""

from __future__ import annotations

import unicodedata

import pytest

from tests.tables import tiny

FUNDING = "Nguồn vốn"
DRAFT = """
    Mã nguồn  | Nguồn vốn   | Kế hoạch năm | Đầu năm | Hiện tại
    '101      | Trung ương  | 6000         | 5000    | 15400
    Tổng cộng |             | 6000         | 5000    | 15400
"""
NAMES = ["NGUỒN VỐN", "Nguồn vốn ", unicodedata.normalize("NFD", FUNDING), " nguồn  vốn"]


@pytest.mark.parametrize("name", NAMES)
def test_the_exact_name_counts(name: str) -> None:
    report = tiny().sheet(name, DRAFT).report()
    assert [(f.code, f.severity, f.sheet) for f in report.findings] == [("S-NAMESAKE", "note", FUNDING)]
    assert report.figures["TH_NguonVon"] == tiny().report().figures["TH_NguonVon"]


@pytest.mark.parametrize("name", NAMES[1:])
def test_without_an_exact_name_none_counts(name: str) -> None:
    office = tiny()
    both = office.without(FUNDING).sheet(NAMES[0], office.sheets[FUNDING]).sheet(name, DRAFT)
    report = both.report()
    assert [(f.code, f.severity, f.sheet) for f in report.findings] == [("S-TWICE", "error", FUNDING)]
    assert report.figures["TH_NguonVon"] is None


@pytest.mark.parametrize("name", NAMES)
def test_one_sheet_of_another_form_is_ours(name: str) -> None:
    office = tiny()
    assert office.without(FUNDING).sheet(name, office.sheets[FUNDING]).found() == set()
