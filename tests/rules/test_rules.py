"""Each rule across sheets: one example that fails, at the right cell, and what it needs to be evaluated."""

from __future__ import annotations

from typing import Any

import pytest

from sheetcredit.model.grid import Grid
from tests.tiny_office import changed, check, check_all, findings_of, found, grid_of, office_book, rows_of

HND = "Hội Nông dân"
TO = "Tổ TK&VV"
SO = "Sổ ngân hàng"
CT = "Chương trình"
Overrides = dict[str, Grid]

FAILING: list[tuple[str, Overrides, tuple[str, ...]]] = [
    ("R01", {"funding": changed("funding", E4=7401.0)}, ("Nguồn vốn", "E4")),
    ("R01", {"farmers": changed("farmers", C4=4.0)}, (HND, "C4")),
    ("R02", {"farmers": changed("farmers", F2=337.0, F4=437.0)}, (HND, "F2")),
    ("R03", {"groups": changed("groups", J3=600.0)}, (TO, "J3")),
    ("R04", {"programmes": changed("programmes", E2=537.0, F2=337.0, E4=807.0, F4=476.0)}, (CT, "E2", "F2")),
    ("R05", {"farmers": changed("farmers", D2=44.0, D4=79.0)}, (HND, "D2")),
    ("R06", {"farmers": changed("farmers", D2=44.0, D4=79.0)}, (HND, "D2")),
    ("R07", {"ledger": changed("ledger", H8=2e6, H9=25e6)}, (SO, "H8")),
    ("R08", {"direct": changed("direct", C2=500.0)}, ("Trực tiếp", "C2")),
    ("R09", {"groups": changed("groups", M3="Tốt")}, (TO, "M3")),
    ("R10", {"groups": changed("groups", F5=61.0, F9=216.0)}, (TO, "F5")),
    ("R11", {"funding": changed("funding", E2=5000.0, E4=7000.0)}, ("Nguồn vốn", "E2")),
    ("R12", {"info": changed("info", B4="01/04/2024")}, ("Thông tin", "B4")),
    ("R13", {"programmes": changed("programmes", C2=50000.0)}, (CT, "C2")),
    ("R15", {"funding": changed("funding", A2="999")}, ("Nguồn vốn", "A2")),
    ("R16", {"groups": changed("groups", G4=36.0, G9=180.0)}, (TO, "G4")),
    ("R17", {"ledger": changed("ledger", I7=1e6, I9=2e6)}, (SO, "I7")),
    ("R18", {"groups": changed("groups", F2=24.0, F9=199.0)}, (TO, "F2")),
]


@pytest.mark.parametrize(("rule", "overrides", "place"), FAILING, ids=lambda value: str(value)[:12])
def test_a_rule_that_fails(rule: str, overrides: Overrides, place: tuple[str, ...]) -> None:
    places = {(sheet, cell) for code, sheet, cell in findings_of(**overrides) if code == rule}
    assert places == {(place[0], cell) for cell in place[1:]}


@pytest.mark.parametrize(
    ("rule", "overrides"),
    [
        ("R09", {"groups": changed("groups", M3="Tốt")}),
        ("R13", {"programmes": changed("programmes", C2=50000.0, C4=53000.0)}),
        ("R10", {"groups": changed("groups", F5=61.0, F9=216.0)}),
        ("R12", {"info": changed("info", B4="01/04/2024")}),
    ],
)
def test_a_slip_that_concerns_one_rule_breaks_no_other(rule: str, overrides: Overrides) -> None:
    assert {code for code, _, _ in findings_of(**overrides)} == {rule}


NEEDS = {
    "funding": {"R11"},
    "programmes": {"R04", "R08", "R11", "R13", "R17", "R37"},
    "farmers": set[str](),
    "direct": {"R04", "R07", "R08", "R29"},
    "groups": {"R05", "R09", "R10", "R16", "R18"},
    "ledger": {"R06", "R07", "R16", "R17", "R29", "R37"},
}


@pytest.mark.parametrize("sheet_id", NEEDS)
def test_what_needs_a_missing_sheet_is_not_evaluated(sheet_id: str) -> None:
    overrides: dict[str, Any] = {sheet_id: None}
    book = office_book(**overrides)
    report = check(book)
    assert {code for code, _, _ in found(report)} == {"S-MISSING"}
    lacking = NEEDS[sheet_id] | ({"R04"} if sheet_id == "farmers" else set()) | {"R30"}  # no source 302
    assert report.outcomes["not_evaluated"] == len(lacking)
    assert report.outcomes["passed"] == 27 - len(lacking)
    assert report.outcomes["failed"] == 0


@pytest.mark.parametrize(("rule", "overrides", "place"), FAILING, ids=lambda value: str(value)[:12])
def test_a_failing_rule_is_silent_without_another_sheet_it_needs(
    rule: str, overrides: Overrides, place: tuple[str, ...]
) -> None:
    for sheet_id, rules in NEEDS.items():
        if rule in rules and sheet_id not in overrides:
            assert rule not in {code for code, _, _ in findings_of(**overrides, **{sheet_id: None})}


def test_rounding_is_an_interval() -> None:
    # The groups add up to 1 500,4 and the association states 1 500; 1 501 is 0,6 away.
    assert findings_of() == set()
    codes = {code for code, _, _ in findings_of(farmers=changed("farmers", I2=1501.0, E2=1401.0))}
    assert {"R05", "R06"} <= codes


def test_a_group_under_another_commune_is_told_at_both() -> None:
    grid = changed("groups", C3="11584", D3="Xã Lê Thiện")
    assert {code for code, _, _ in findings_of(groups=grid)} == {"R05", "R16"}


def test_a_unit_that_the_statement_lacks() -> None:
    rows = rows_of("women")
    places = findings_of(women=grid_of("women", [rows[0], rows[1], rows[3]]))
    assert {code for code, _, _ in places} >= {"R01", "R05", "R06"}


def test_a_lost_key_hides_no_sheet_that_has_all_its_keys() -> None:
    # The farmers' unknown commune excuses the farmers' sums, not the women's missing row.
    rows = rows_of("women")
    women = grid_of("women", [rows[0], rows[1], rows[3]])
    places = findings_of(farmers=changed("farmers", A2="11999"), women=women)
    assert {code for code, sheet, _ in places if sheet == HND} == {"R15"}
    assert {code for code, sheet, _ in places if sheet == "Hội Phụ nữ"} >= {"R05", "R06"}


def test_stacked_books_give_the_findings_of_each_alone() -> None:
    given: list[dict[str, Any]] = [dict(overrides) for _, overrides, _ in FAILING]
    books = [office_book(path=f"{place:02d}.xlsx", **overrides) for place, overrides in enumerate(given)]
    books.append(office_book(path="fine.xlsx"))
    books.append(office_book(path="without.xlsx", ledger=None))
    books.append(office_book(path="text.xlsx", farmers=changed("farmers", I2="1,500", A3="11999")))
    books.append(office_book(path="unit.xlsx", info=changed("info", B5="tỷ đồng")))
    together = check_all(*books)
    alone = [check(book) for book in books]
    assert [found(report) for report in together] == [found(report) for report in alone]
    assert [[f.key for f in report.findings] for report in together] == [
        [f.key for f in report.findings] for report in alone
    ]
    assert [report.outcomes for report in together] == [report.outcomes for report in alone]
    assert [report.figures for report in together] == [report.figures for report in alone]
