from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from unittest.mock import patch

import pytest

from sheetcredit.explain.breaks import find_breaks
from sheetcredit.model.grid import Formula
from sheetcredit.outcome import Report
from sheetcredit.report import check_readings
from sheetcredit.template.definition import load_office
from sheetcredit.template.reading import understand
from tests.mutation.books import Row, Typed, make_book
from tests.mutation.offices import rulebook
from tests.mutation.tables import after, golden, report_on, row_of, tab, way_out


def test_three_sides_single_out_a_cell_of_a_statement() -> None:
    typed = golden()
    row = row_of(typed, "women", commune="11620")
    row["deposits"] = int(str(row["deposits"])) * 1000
    report = report_on(typed)
    assert way_out(report) == [(*typed.place("women", row, "deposits"), "over-1000")]
    assert {finding.code for finding in report.findings} >= {"R05", "R06"}


def test_a_balance_left_from_the_opening_column() -> None:
    typed = golden()
    row = row_of(typed, "farmers", commune="11593")
    row["balance"] = row["opening"]
    assert way_out(report_on(typed)) == [(*typed.place("farmers", row, "balance"), "opening-left")]


def test_a_total_that_misses_a_row_names_it() -> None:
    typed = golden()
    typed.short_totals["youth", "balance"] = "last"
    report = report_on(typed)
    assert way_out(report) == [(*typed.place("youth", None, "balance"), "total-range")]
    assert report.fix_first[0].suspect.details["rows"] == str(9 + len(typed.tables["youth"]))


@pytest.mark.parametrize(
    ("hidden", "cause", "rows"),
    [
        ([3], "total-filtered-rows", "13"),
        ([0, 15], "total-filtered-rows", "10, 25"),
        (range(12), "total-filtered", None),
    ],
)
def test_a_total_that_leaves_out_what_a_filter_hides(
    hidden: Sequence[int], cause: str, rows: str | None
) -> None:
    report = with_total(golden(), "SUBTOTAL(9,I10:I25)", hidden)
    assert [finding.code for finding in report.findings] == ["R01"]
    assert way_out(report) == [("Hội Nông dân", "I26", cause)]
    assert report.fix_first[0].suspect.details.get("rows") == rows
    assert report.fix_first[0].suspect.suggestion == 147_187_000_000


def test_a_total_that_could_be_filtered_but_misses_a_row() -> None:
    report = with_total(golden(), "SUBTOTAL(109,I10:I24)", [15])
    assert way_out(report) == [("Hội Nông dân", "I26", "total-range")]


def with_total(typed: Typed, formula: str, hidden: Sequence[int]) -> Report:
    """The report when the farmers' total balance has this formula and lacks the rows of these places."""
    rows = typed.tables["farmers"]
    shown = sum(int(str(row["balance"])) for place, row in enumerate(rows) if place not in hidden)
    typed.typed_totals["farmers", "balance"] = shown
    book = make_book(typed, "typed.xlsx")
    grid = book.grids["Hội Nông dân"]
    formulas = {**grid.formulas, (25, 8): Formula(formula, str(shown))}
    book = replace(book, grids={**book.grids, "Hội Nông dân": replace(grid, formulas=formulas)})
    return check_readings([understand(book, load_office())], rulebook())[0]


def test_a_total_typed_over() -> None:
    typed = golden()
    typed.typed_totals["programmes", "plan"] = 448_998
    assert way_out(report_on(typed)) == [(*typed.place("programmes", None, "plan"), "total-typed")]


def test_a_group_left_out_is_told_with_its_numbers() -> None:
    typed = golden()
    lost = row_of(typed, "groups", group="0018381")
    typed.tables["groups"] = [row for row in typed.tables["groups"] if row is not lost]
    report = report_on(typed)
    assert [cause for _, _, cause in way_out(report)] == ["row-missing"]
    details = report.fix_first[0].suspect.details
    assert details["place"] == f"{lost['commune']} / {lost['association']}"
    assert f"Số khách hàng {lost['customers']}" in str(details["numbers"])


def test_rows_left_out_of_any_list_are_told() -> None:
    for sheet, at in (("women", 3), ("ledger", 5), ("programmes", 2), ("direct", 0)):
        typed = golden()
        del typed.tables[sheet][at]
        report = report_on(typed)
        assert [(tab_name, cause) for tab_name, _, cause in way_out(report)] == [(tab(sheet), "row-missing")]


def test_the_missing_programme_is_named_where_the_office_is_known() -> None:
    typed = golden()
    lost = typed.tables["programmes"].pop(4)
    assert report_on(typed).fix_first[0].suspect.details["place"] == f"{lost['programme']} / 99"


def test_a_group_that_stands_there_twice_under_another_code() -> None:
    typed = golden()
    row = row_of(typed, "groups", group="0018381")
    copy = {**row, "group": "0099999"}
    typed.tables["groups"].append(copy)
    report = report_on(typed)
    assert way_out(report) == [(*typed.place("groups", copy, "group"), "row-repeated")]


def _shift(typed: Typed, sheet: str, columns: tuple[str, ...], first: int, last: int) -> list[Row]:
    rows = typed.tables[sheet]
    for column in columns:
        for place in range(last, first, -1):
            rows[place][column] = rows[place - 1][column]
    return rows


def test_a_block_pasted_one_row_too_low_is_one_correction() -> None:
    typed = golden()
    rows = _shift(typed, "farmers", ("customers", "opening"), 3, 8)
    report = report_on(typed)
    assert way_out(report) == [(*typed.place("farmers", rows[4], "customers"), "shifted-down")]
    clears = report.fix_first[0].clears
    assert clears == len([finding for finding in report.findings if finding.suspects])


def test_a_block_pasted_one_row_too_high_with_an_empty_end() -> None:
    typed = golden()
    rows = typed.tables["ledger"]
    for place in range(5, 9):
        rows[place]["deposits"] = rows[place + 1]["deposits"]
    rows[9]["deposits"] = None
    report = report_on(typed)
    assert way_out(report) == [(*typed.place("ledger", rows[5], "deposits"), "shifted-up")]


def test_what_the_numbers_cannot_tell_apart_is_said() -> None:
    typed = golden()
    row = row_of(typed, "programmes", programme="01")
    row["frozen"] = Decimal(str(row["frozen"])) + Decimal("1.234567")
    report = report_on(typed)
    finding = next(finding for finding in report.findings if finding.code == "R17")
    assert finding.suspects[0].alike > 1
    assert len(finding.suspects) > 1
    assert "không phân biệt được" in finding.suspects[0].cause_text("vi")
    assert "cannot tell" in finding.suspects[0].cause_text("en")


def test_two_mistakes_that_meet_in_one_tie() -> None:
    typed = golden()
    stated = row_of(typed, "farmers", commune="11593")
    booked = row_of(typed, "ledger", commune="11593", association="11")
    stated["customers"] = int(str(stated["customers"])) * 10
    booked["balance"] = -int(str(booked["balance"]))
    stated["balance"] = int(str(stated["balance"])) * 1000
    named = {(sheet, cell) for sheet, cell, _ in way_out(report_on(typed))}
    assert named == {
        typed.place("farmers", stated, "customers"),
        typed.place("farmers", stated, "balance"),
        typed.place("ledger", booked, "balance"),
    }


def test_the_way_out_leaves_nothing_broken_and_has_nothing_needless() -> None:
    def change(typed: Typed) -> None:
        row_of(typed, "farmers", commune="11593")["balance"] = 7803
        row_of(typed, "groups", group="0018381")["commune"] = "11611"
        typed.short_totals["youth", "balance"] = "last"

    report = after(change)
    assert len(report.fix_first) == 3
    assert sum(fix.clears for fix in report.fix_first) == sum(bool(f.suspects) for f in report.findings)
    assert [fix.clears for fix in report.fix_first] == sorted(
        (f.clears for f in report.fix_first), reverse=True
    )


def test_a_previous_period_s_figure_is_told_when_one_is_given() -> None:
    typed = golden()
    row = row_of(typed, "farmers", commune="11593")
    row["deposits"] = 77
    with patch("sheetcredit.checks.batch.find_breaks", wraps=find_breaks) as spied:
        report_on(typed)
    args, kwargs = spied.call_args
    breaks = find_breaks(*args, **{**kwargs, "previous": lambda cell: 77_000_000})
    assert breaks.fix_first[0].suspect.cause == "previous-left"


def test_an_office_without_breaks_has_no_way_out_to_look_for() -> None:
    with patch("sheetcredit.checks.batch.find_breaks", wraps=find_breaks) as asked:
        assert report_on(golden()).fix_first == ()
    asked.assert_not_called()


def test_a_few_rows_that_add_up_to_a_gap_are_named() -> None:
    typed = golden()
    place = {"commune": "11593", "association": "11"}
    listed = [row for row in typed.tables["groups"] if row.items() >= place.items()]
    assert len(listed) > 3
    both = sum(Decimal(str(row["deposits"])) for row in listed[1:3])
    booked = row_of(typed, "ledger", **place)
    booked["deposits"] = int(str(booked["deposits"])) - int(both * 1_000_000)
    stated = row_of(typed, "farmers", commune="11593")
    stated["deposits"] = int(str(stated["deposits"])) - int(both)
    finding = next(finding for finding in report_on(typed).findings if finding.code == "R16")
    named = next(suspect for suspect in finding.suspects if suspect.cause == "subset")
    rows = [
        int("".join(filter(str.isdigit, typed.place("groups", row, "deposits")[1]))) for row in listed[1:3]
    ]
    assert named.details["rows"] == ", ".join(map(str, rows))
