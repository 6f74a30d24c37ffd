"""Statements merged into the office workbook: what is written where, what is left alone, what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path

import pytest

from seeds.content import Row
from sheetcredit.associations.merge import Form, Merged, fit_list, merge_statements
from sheetcredit.intake.candidates import Candidate, are_statements
from sheetcredit.model.errors import BadUsage, CannotWrite
from sheetcredit.rulebook import our_rulebook
from sheetcredit.template.reading import understand
from sheetcredit.xlsx.read import read_book
from tests.associations.tiny_statement import GROUPS, LIST, SHEETS, save_all, tiny_office, tiny_statement
from tests.consolidate.handed_in import arrived, office_without_statements, statement
from tests.seeds_of import GOLDEN, copy_of, digest
from tests.tables import place_of, tiny


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """The office before its associations report: their sheets hold the communes, no group is listed."""
    return office_without_statements(tmp_path / "pgd.xlsx")


def cells(path: Path, sheet: str, *addresses: str) -> list[object]:
    grid = read_book(path).grids[sheet]
    return [grid.value(*place_of(address)) for address in addresses]


def states(merged: Merged) -> dict[str, str]:
    return {fate.statement.origin: fate.error.code if fate.error else fate.state for fate in merged.fates}


def test_known_rows_by_code_and_new_ones_in_blank_rows(tmp_path: Path, office: Path) -> None:
    def moved(listed: list[Row], groups: list[Row]) -> None:
        listed.reverse()
        groups.reverse()

    merged = merge_statements(arrived(statement(tmp_path, "13", moved)), office)
    (fate,) = merged.fates
    assert fate.listed is not None and fate.groups is not None
    assert (fate.listed.rows, fate.listed.added, len(fate.groups.added)) == (16, (), 41)
    golden = read_book(GOLDEN).grids["Hội CCB"].rows
    assert read_book(office).grids["Hội CCB"].rows[9:25] == golden[9:25]
    assert merged.missing == ("11", "12", "14")


def test_nothing_else_is_touched(tmp_path: Path, office: Path) -> None:
    before = read_book(office)
    merge_statements(arrived(statement(tmp_path, "11")), office, tmp_path / "out.xlsx")
    after = read_book(tmp_path / "out.xlsx")
    written = {"Hội Nông dân", GROUPS, "Tổng hợp", "Đối chiếu", "Kiểm tra"}
    same = {name for name in before.grids if before.grids[name].rows == after.grids[name].rows}
    assert set(before.grids) - same <= written and {"Sổ ngân hàng", "Hội Phụ nữ", "Danh mục"} <= same


def test_again_changes_nothing(tmp_path: Path, office: Path) -> None:
    files = arrived(*[statement(tmp_path, code) for code in SHEETS])
    merge_statements(files, office)
    first = digest(office)
    again = merge_statements(files, office)
    assert digest(office) == first and not any(f.listed and f.listed.cells for f in again.fates)


def test_what_a_statement_no_longer_has_is_emptied_and_told(tmp_path: Path, office: Path) -> None:
    merge_statements(arrived(statement(tmp_path, "14")), office)

    def without_first(listed: list[Row], groups: list[Row]) -> None:
        gone = listed.pop(0)["commune"]
        groups[:] = [group for group in groups if group["commune"] != gone]

    merged = merge_statements(arrived(statement(tmp_path, "14", without_first)), office)
    (fate,) = merged.fates
    assert fate.listed and fate.groups and fate.listed.emptied == ("11581",)
    assert cells(office, "Đoàn TN", "A10", "B10", "C10", "I10", "L10") == [
        "11581",
        "Thị trấn An Dương",
        None,
        None,
        None,
    ]
    assert len(fate.groups.unmentioned) > 0  # the office's list of groups is its own: told, not emptied
    assert cells(office, GROUPS, "A10") != [None]


def test_a_finer_number_of_the_bank_stays(tmp_path: Path, office: Path) -> None:
    merge_statements(arrived(statement(tmp_path, "13")), office)
    exact = cells(office, GROUPS, "H10", "H11")

    def rounded(listed: list[Row], groups: list[Row]) -> None:
        groups[0]["balance"] = round(float(str(groups[0]["balance"])))
        groups[1]["balance"] = float(str(groups[1]["balance"])) + 5

    merged = merge_statements(arrived(statement(tmp_path, "13", rounded)), office, force=True)
    now = cells(office, GROUPS, "H10", "H11")
    assert isinstance(exact[1], float) and now == [exact[0], pytest.approx(exact[1] + 5)]
    assert merged.fates[0].groups and merged.fates[0].groups.cells == 1


def test_an_office_that_is_new(tmp_path: Path) -> None:
    out = tmp_path / "mới.xlsx"
    merged = merge_statements(arrived(*[statement(tmp_path, code) for code in SHEETS]), None, out)
    assert merged.out == out and merged.report is not None and merged.report.office == "0312"
    assert {f.sheet for f in merged.report.findings if f.code == "S-EMPTY"} == {
        "Nguồn vốn",
        "Chương trình",
        "Sổ ngân hàng",
    }
    # The statements are in order by themselves, and nothing is held against sheets that are still empty.
    assert not {f.sheet for f in merged.report.findings} & {*SHEETS.values(), GROUPS}
    golden = read_book(GOLDEN).grids["Hội Nông dân"].rows
    # The communes of a new workbook stand in the order of their codes.
    assert read_book(out).grids["Hội Nông dân"].rows[9:25] == sorted(golden[9:25], key=itemgetter(0))


def test_an_office_that_no_catalogue_knows(tmp_path: Path) -> None:
    book = (
        tiny_statement("11")
        .put("Thông tin", B3="'7777", B4="PGD mới")
        .put(LIST, A2="'31415")
        .put(GROUPS, C2="'31415")
    )
    merged = merge_statements(
        arrived(book.save(tmp_path / "a.xlsx")), None, tmp_path / "out.xlsx", force=True
    )
    assert states(merged) == {"a.xlsx": "merged"} and merged.report is not None
    assert (merged.report.office, merged.report.office_name) == ("7777", "PGD mới")
    assert cells(tmp_path / "out.xlsx", "Hội Nông dân", "A10", "B10", "I10") == ["31415", "An Dương", 110]


def test_what_blocks_is_not_merged_unless_asked(tmp_path: Path, office: Path) -> None:
    def wrong(listed: list[Row], groups: list[Row]) -> None:
        listed[2]["balance"] = int(str(listed[2]["balance"])) + 900

    files = arrived(statement(tmp_path, "11", wrong), statement(tmp_path, "12"))
    merged = merge_statements(files, office, tmp_path / "out.xlsx")
    assert states(merged) == {"hội-11.xlsx": "blocked", "hội-12.xlsx": "merged"} and merged.blocks
    report = merged.fates[0].statement.report
    assert report is not None and {(f.code, f.cell) for f in report.findings} == {
        ("R02", "I12"),
        ("R05", "I12"),
    }
    assert cells(tmp_path / "out.xlsx", "Hội Nông dân", "I12") == [None]
    merged = merge_statements(files, office, tmp_path / "out2.xlsx", force=True)
    assert set(states(merged).values()) == {"merged"}
    assert cells(tmp_path / "out2.xlsx", "Hội Nông dân", "I12") != [None]


def test_another_office_period_or_unit_is_refused(tmp_path: Path, office: Path) -> None:
    other = statement(tmp_path, "11", name="khác.xlsx", period="2024Q2", as_of="2024-06-30")
    files = arrived(other, statement(tmp_path, "12"), statement(tmp_path, "13", unit="đô la"))
    merged = merge_statements(files, office, force=True)
    assert states(merged) == {
        "khác.xlsx": "E-MERGE-OTHER",
        "hội-12.xlsx": "merged",
        "hội-13.xlsx": "E-MERGE-UNIT",
    }
    assert merged.failures == 2 and "2024Q2" in str(merged.fates[0].error)


def test_several_offices_make_no_new_workbook(tmp_path: Path) -> None:
    one = tiny_statement("11").save(tmp_path / "a.xlsx")
    other = tiny_statement("12").put("Thông tin", B5="2024Q2", B6="2024-06-30").save(tmp_path / "b.xlsx")
    with pytest.raises(BadUsage) as caught:
        merge_statements(arrived(one, other), None, tmp_path / "out.xlsx")
    assert caught.value.code == "E-MERGE-MIXED" and not (tmp_path / "out.xlsx").exists()


@pytest.mark.parametrize(("unit", "dong"), [("đồng", 1), ("nghìn đồng", 1000), ("tỷ đồng", 10**9)])
def test_amounts_in_another_unit_are_turned_exactly(
    unit: str, dong: int, tmp_path: Path, office: Path
) -> None:
    def turned(listed: list[Row], groups: list[Row]) -> None:
        for row in (*listed, *groups):
            for name in (
                "opening",
                "disbursement",
                "collection",
                "write_off",
                "balance",
                "overdue",
                "frozen",
                "deposits",
            ):
                if name in row:
                    whole = round(float(str(row[name])) * 1_000_000)
                    row[name] = whole / dong if whole % dong else whole // dong

    files = arrived(statement(tmp_path, "13", turned, unit=unit))
    merged = merge_statements(files, office, force=True)
    assert states(merged) == {"hội-13.xlsx": "merged"}
    golden, now = read_book(GOLDEN), read_book(office)
    assert now.grids["Hội CCB"].rows[9:25] == golden.grids["Hội CCB"].rows[9:25]
    own = {row[0]: row for row in golden.grids[GROUPS].rows[9:259] if row[4] == "13"}
    assert {row[0]: row for row in now.grids[GROUPS].rows[9:50]} == own


def test_too_few_rows_are_told_and_nothing_is_written(tmp_path: Path) -> None:
    office = office_without_statements(tmp_path / "pgd.xlsx", spare=30)
    before = digest(office)
    with pytest.raises(CannotWrite) as caught:
        merge_statements(arrived(statement(tmp_path, "13")), office)
    assert caught.value.code == "E-MERGE-ROWS" and digest(office) == before
    assert {caught.value.details[name] for name in ("blank", "needed", "more")} == {30, 41, 11}


def test_the_latest_valid_version_of_each_association(tmp_path: Path, office: Path) -> None:
    def wrong(listed: list[Row], groups: list[Row]) -> None:
        listed[0]["balance"] = 1

    def older(listed: list[Row], groups: list[Row]) -> None:
        groups[0]["leader"] = "Cũ"

    paths = [
        statement(tmp_path, "11", older, "1.xlsx"), statement(tmp_path, "11", None, "2.xlsx"),
        statement(tmp_path, "11", wrong, "3.xlsx"), statement(tmp_path, "11", None, "4.xlsx"),
    ]  # fmt: skip
    start = datetime(2024, 4, 1, tzinfo=UTC)
    files = [Candidate(path, path.name, start + timedelta(days=day)) for day, path in enumerate(paths)]
    merged = merge_statements(reversed(files), office)
    assert states(merged) == {
        "1.xlsx": "older",
        "2.xlsx": "merged",
        "3.xlsx": "blocked",
        "4.xlsx": "duplicate",
    }


def test_a_group_in_two_statements(tmp_path: Path, office: Path) -> None:
    book = tiny_statement("12").put(GROUPS, A2="0000001")
    files = arrived(tiny_statement("11").save(tmp_path / "a.xlsx"), book.save(tmp_path / "b.xlsx"))
    merged = merge_statements(files, office)
    assert states(merged) == {"a.xlsx": "blocked", "b.xlsx": "blocked"} and merged.out is None
    for fate, other in zip(merged.fates, ("b.xlsx", "a.xlsx"), strict=True):
        assert fate.statement.report is not None
        (finding,) = fate.statement.report.findings
        assert (finding.code, finding.cell, finding.details["file"], finding.details["at"]) == (
            "M-TWICE",
            "A2",
            other,
            "A2",
        )
    merged = merge_statements(files, office, force=True)
    assert [fate.groups.rows for fate in merged.fates if fate.groups] == [1, 0]  # the first one keeps it


def test_a_right_statement_hears_nothing_of_a_wrong_one(tmp_path: Path, office: Path) -> None:
    wrong = tiny_statement("12").put(GROUPS, A2="0000001", M2="Yếu")
    files = arrived(tiny_statement("11").save(tmp_path / "a.xlsx"), wrong.save(tmp_path / "b.xlsx"))
    merged = merge_statements(files, office)
    assert states(merged) == {"a.xlsx": "merged", "b.xlsx": "blocked"}
    report = merged.fates[1].statement.report
    assert report is not None and {finding.code for finding in report.findings} == {"R09", "M-TWICE"}


def test_a_list_of_groups_that_is_empty_leaves_the_office_its_own(tmp_path: Path) -> None:
    office = copy_of(GOLDEN, tmp_path)
    before = read_book(office).grids[GROUPS].rows
    path = statement(tmp_path, "11", lambda listed, groups: groups.clear())
    merged = merge_statements(arrived(path), office)
    assert states(merged) == {"hội-11.xlsx": "merged"} and merged.fates[0].groups is None
    assert read_book(office).grids[GROUPS].rows == before and not merged.blocks


def test_a_sheet_of_the_office_that_cannot_be_recognised(tmp_path: Path) -> None:
    broken = tiny_office().without("Hội CCB").save(tmp_path / "pgd.xlsx")
    files = arrived(tiny_statement("13").save(tmp_path / "a.xlsx"))
    merged = merge_statements(files, broken, tmp_path / "out.xlsx")
    assert states(merged) == {"a.xlsx": "E-MERGE-SHEET"} and not (tmp_path / "out.xlsx").exists()


def test_an_office_workbook_that_cannot_be_filled_is_not_touched(tmp_path: Path) -> None:
    bare = tiny_office().save(tmp_path / "pgd.xlsx")  # without the names behind Tổng hợp
    before = digest(bare)
    with pytest.raises(CannotWrite) as caught:
        merge_statements(arrived(tiny_statement("13").save(tmp_path / "a.xlsx")), bare)
    assert caught.value.code == "E-NO-NAME" and digest(bare) == before


def test_nothing_to_merge(tmp_path: Path) -> None:
    with pytest.raises(BadUsage):
        merge_statements([], None, tmp_path / "out.xlsx")
    (tmp_path / "x.xlsx").write_bytes(b"x")
    merged = merge_statements(arrived(tmp_path / "x.xlsx", GOLDEN), None, tmp_path / "out.xlsx")
    assert states(merged) == {"x.xlsx": "E-NOT-WORKBOOK", GOLDEN.name: "E-NOT-STATEMENT"}
    assert merged.out is None and merged.blocks and merged.missing == tuple(SHEETS)


def test_what_arrived_is_statements(tmp_path: Path) -> None:
    files = arrived(*save_all(tmp_path).values())
    (tmp_path / "x.xlsx").write_bytes(b"x")
    broken = arrived(tmp_path / "x.xlsx")
    assert are_statements(files) and are_statements([*files, *broken])
    assert (
        not are_statements([*files, *arrived(GOLDEN)])
        and not are_statements(broken)
        and not are_statements([])
    )


def test_a_number_kept_as_text_in_the_office_is_put_right(tmp_path: Path) -> None:
    office = tiny().put("Hội CCB", I2="'50", J2="'không")
    form = Form.of(understand(office.book(), our_rulebook().office), "veterans")
    incoming = Form.of(understand(tiny().book(), our_rulebook().office), "veterans")
    assert form is not None and incoming is not None
    fit_list(form, incoming.block)
    assert form.edits == {"I2": 50, "J2": 0}
