from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from openpyxl import load_workbook

from seeds.build import build_golden, build_mistakes
from seeds.generate import golden_office, to_content
from seeds.mistakes import Mistake, cell_of, name_of_column, read_mistakes, same, type_in
from sheetcredit.build.workbook import Content
from sheetcredit.model.finding import severity_of
from sheetcredit.rules.rules import load_rules

SHEETS = {"Hội Nông dân": "11", "Hội Phụ nữ": "12", "Hội CCB": "13", "Đoàn TN": "14"}
BY_GROUP = ("groups", "customers", "balance", "overdue", "frozen", "deposits")
MISTAKES = read_mistakes()


@pytest.fixture(scope="module")
def golden() -> Content:
    return to_content(golden_office())


@pytest.fixture(scope="module")
def wrong(golden: Content) -> Content:
    return type_in(golden, MISTAKES)


@pytest.fixture(scope="module")
def workbooks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("workbooks")
    return build_golden(folder / "golden.xlsx"), build_mistakes(folder / "wrong.xlsx")


def test_there_are_twelve_each_with_its_story() -> None:
    assert [mistake.id for mistake in MISTAKES] == list(range(1, 13))
    assert all(mistake.story.endswith(".") and mistake.expect for mistake in MISTAKES)


def test_expected_codes_are_known() -> None:
    rules = {rule.id for rule in load_rules()}
    for code in {code for mistake in MISTAKES for code in mistake.expect}:
        assert code in rules or severity_of(code)


def _touched(mistake: Mistake, golden: Content) -> set[tuple[str, str, str]]:
    """The commune × association × measure that a mistake disturbs."""
    row = next(
        (
            row
            for row in golden.tables.get(mistake.definition.id, ())
            if mistake.key and all(row[name] == value for name, value in mistake.key.items())
        ),
        None,
    )
    if row is None:
        return {(mistake.sheet, "", mistake.column_name)}
    association = str(row.get("association") or SHEETS.get(mistake.sheet, ""))
    communes = {str(row["commune"])} | ({str(mistake.after)} if mistake.kind == "moved" else set())
    measures = BY_GROUP if mistake.kind in ("moved", "repeated") else (mistake.column_name,)
    return {(commune, association, measure) for commune in communes for measure in measures}


def test_no_two_hide_one_another(golden: Content) -> None:
    touched = Counter(place for mistake in MISTAKES for place in _touched(mistake, golden))
    assert [place for place, times in touched.items() if times > 1] == []


def test_only_the_said_cells_differ(golden: Content, wrong: Content) -> None:
    changed: list[tuple[str, str]] = []
    for sheet, rows in golden.tables.items():
        typed = list(wrong.tables[sheet])
        if sheet == "groups":
            repeated = [row for place, row in enumerate(typed) if place and row == typed[place - 1]]
            assert [row["group"] for row in repeated] == ["0018575"]
            typed.remove(repeated[0])
        for row, after in zip(rows, typed, strict=True):
            changed += [(sheet, name) for name in row if not same(row[name], after[name])]
    expected = [
        (mistake.definition.id, name)
        for mistake in MISTAKES
        if mistake.kind not in ("total", "repeated") and mistake.definition.kind == "table"
        for name in (
            mistake.column_name,
            *(name_of_column(mistake.definition, header) for header in mistake.also),
        )
    ]
    assert sorted(changed) == sorted(expected)
    assert {name for name in golden.info if golden.info[name] != wrong.info[name]} == {"as_of"}


def test_a_mistake_that_no_longer_fits_is_refused(wrong: Content) -> None:
    with pytest.raises(ValueError, match="mistake 1"):
        type_in(wrong, MISTAKES)


def test_each_stands_in_its_cell(wrong: Content, workbooks: tuple[Path, Path]) -> None:
    book = load_workbook(workbooks[1], data_only=True)
    for mistake in MISTAKES:
        value = book[mistake.sheet][cell_of(mistake, wrong)].value
        if hasattr(value, "date"):
            value = value.date()
        assert same(value, mistake.after), mistake.id


def test_each_cell_of_a_changed_value_held_the_value_before(
    golden: Content, workbooks: tuple[Path, Path]
) -> None:
    book = load_workbook(workbooks[0], data_only=True)
    for mistake in MISTAKES:
        if mistake.kind in ("value", "text", "moved", "total") and mistake.definition.kind == "table":
            value = book[mistake.sheet][cell_of(mistake, golden)].value
            assert same(value, mistake.before), mistake.id


def test_the_short_total(workbooks: tuple[Path, Path]) -> None:
    formulas = load_workbook(workbooks[1])["Đoàn TN"]
    assert formulas["I26"].value == "=SUM(I10:I24)"
    assert formulas["H26"].value == "=SUM(H10:H25)"
    values = load_workbook(workbooks[1], data_only=True)["Đoàn TN"]
    rows = [int(str(values.cell(row, 9).value)) for row in range(10, 26)]
    assert values["I26"].value == sum(rows[:-1])


def test_totals_follow_what_was_typed(workbooks: tuple[Path, Path]) -> None:
    """As a spreadsheet program adds: texts count nothing, a repeated row counts twice."""
    formulas = load_workbook(workbooks[1])
    values = load_workbook(workbooks[1], data_only=True)
    checked = 0
    for sheet in formulas:
        for line in sheet.iter_rows():
            for cell in line:
                if isinstance(cell.value, str) and cell.value.startswith("=SUM(") and ":" in cell.value:
                    area = values[sheet.title][cell.value[5:-1]]
                    added = sum(c.value for (c,) in area if isinstance(c.value, (int, float)))
                    assert values[sheet.title][cell.coordinate].value == pytest.approx(added, abs=5e-7)
                    checked += 1
    assert checked > 60
