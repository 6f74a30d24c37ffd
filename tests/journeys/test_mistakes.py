"""The workbook with mistakes: each found on its cell, nothing else; put right in place, it is clean."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from seeds.content import to_content
from seeds.generate import golden_office
from seeds.mistakes import cell_of, name_of_column, read_mistakes, type_in
from sheetcredit.cli.main import main
from sheetcredit.model.grid import address, column_letters
from sheetcredit.model.text import word
from sheetcredit.outcome import Report
from sheetcredit.report import reconcile, run
from sheetcredit.rulebook import our_rulebook
from sheetcredit.workbooks import read_office
from sheetcredit.xlsx.cells import EditValue
from sheetcredit.xlsx.patch import patch_cells
from tests.seeds_of import GOLDEN, MISTAKEN, copy_of, digest

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported")

MISTAKES = read_mistakes()
Place = tuple[str | None, str | None]


@pytest.fixture(scope="module")
def places() -> Mapping[int, Place]:
    """The sheet and cell of each mistake, from the definitions and the key of its row."""
    wrong = type_in(to_content(golden_office()), MISTAKES)
    return {mistake.id: (mistake.sheet, cell_of(mistake, wrong)) for mistake in MISTAKES}


@pytest.fixture(scope="module")
def report() -> Report:
    return reconcile(MISTAKEN)


def found_by_place(report: Report) -> dict[Place, set[str]]:
    """Codes of what blocks, by sheet and cell."""
    found: dict[Place, set[str]] = defaultdict(set)
    for finding in report.findings:
        if finding.severity != "note":
            found[finding.sheet, finding.cell].add(finding.code)
    return found


@pytest.mark.parametrize("mistake", MISTAKES, ids=[f"{m.id}-{m.kind}" for m in MISTAKES])
def test_each_is_found_on_its_cell(mistake: Any, report: Report, places: Mapping[int, Place]) -> None:
    place = places[mistake.id]
    assert (place, found_by_place(report)[place]) == (place, set(mistake.expect))


def test_nothing_else_is_reported(report: Report, places: Mapping[int, Place]) -> None:
    assert set(found_by_place(report)) == set(places.values())
    notes = {(f.code, f.sheet, f.cell) for f in report.findings if f.severity == "note"}
    assert notes <= {(f.code, f.sheet, f.cell) for f in reconcile(GOLDEN).findings}


def test_a_cause_names_the_cell_and_the_number_that_stood_there(
    report: Report, places: Mapping[int, Place]
) -> None:
    suggested: dict[Place, object] = {
        (suspect.sheet, suspect.cell): suspect.suggestion
        for finding in report.findings
        for suspect in finding.suspects[:1]
    }
    assert suggested[places[1]] == 7_830_000_000
    assert suggested[places[7]] == 242_000_000
    assert suggested[places[10]] == 43_329_000
    assert suggested[places[11]] == 3_041_646_208
    assert {(fix.suspect.sheet, fix.suspect.cell) for fix in report.fix_first} <= set(places.values())


def test_the_shortest_way_out_begins_with_what_clears_most(report: Report) -> None:
    clears = [fix.clears for fix in report.fix_first]
    assert clears == sorted(clears, reverse=True) and clears[0] > 1


def rows_of(path: Path, sheet_id: str) -> list[dict[str, Any]]:
    """The rows of a sheet that the tool fills, by English column name, with `at` their Excel row."""
    sheet = our_rulebook().office.sheet(sheet_id)
    names = {column.header: column.name for column in sheet.columns}
    lines = list(load_workbook(path)[sheet.sheet].iter_rows(values_only=True))
    header = next(n for n, line in enumerate(lines) if sheet.columns[0].header in line)
    columns = {place: names[str(text)] for place, text in enumerate(lines[header]) if text in names}
    return [
        {name: line[place] for place, name in columns.items()} | {"at": at}
        for at, line in enumerate(lines[header + 1 :], start=header + 2)
        if any(line[place] is not None for place, name in columns.items() if name != "link")
    ]


def named(path: Path, name: str) -> Any:
    book = load_workbook(path)
    ((sheet, cell),) = book.defined_names[name].destinations
    return book[sheet][cell.replace("$", "")].value


def test_the_findings_are_written_one_a_row(tmp_path: Path) -> None:
    path = copy_of(MISTAKEN, tmp_path)
    report = run(path)
    rows = rows_of(path, "findings")[: len(report.findings)]
    assert [
        (row["number"], row["severity"], row["code"], row["sheet"], row["cell"], row["status"])
        for row in rows
    ] == [
        (number, word(f"severity-{f.severity}"), f.code, f.sheet, f.cell, word("status-open"))
        for number, f in enumerate(report.findings, start=1)
    ]
    # What follows from another finding says so in place of a remedy of its own.
    numbers = {f.key: number for number, f in enumerate(report.findings, start=1)}
    assert any(f.follows for f in report.findings)
    for row, f in zip(rows, report.findings, strict=True):
        if f.follows:
            assert f" {numbers[f.follows]} " in row["remedy"]
        else:
            assert row["remedy"] == f.remedy()
    assert [row["address"] for row in rows] == [f"{f.sheet}!{f.cell}" for f in report.findings]
    assert [row["key"] for row in rows] == [f.key for f in report.findings]
    own = [(row, f) for row, f in zip(rows, report.findings, strict=True) if not f.follows]
    assert own and all(row["message"].startswith(f.sentence()) for row, f in own)
    assert all(str(row["link"]).startswith("=") for row in rows)
    headline = named(path, "KT_TomTat")
    first = report.fix_first[0]
    assert f"{first.suspect.sheet}!{first.suspect.cell}" in headline and str(first.clears) in headline
    states = {row["state"] for row in rows_of(path, "comparison")}
    assert word("state-differs") in states


def corrections() -> dict[str, dict[str, EditValue]]:
    """What the accountant types over the mistakes."""
    wrong = type_in(to_content(golden_office()), MISTAKES)
    edits: dict[str, dict[str, EditValue]] = defaultdict(dict)
    for mistake in MISTAKES:
        cell = cell_of(mistake, wrong)
        if mistake.kind == "repeated":  # the second row is emptied
            row = int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
            for place in range(len(mistake.definition.columns)):
                edits[mistake.sheet][address(row - 1, place)] = None
            continue
        edits[mistake.sheet][cell] = mistake.before  # type: ignore[assignment]
        for header in mistake.also:
            names = [column.name for column in mistake.definition.columns]
            place = names.index(name_of_column(mistake.definition, header))
            row = int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
            edits[mistake.sheet][address(row - 1, place)] = "Xã Lê Thiện"
    return edits


def test_put_right_in_place_it_is_clean(tmp_path: Path) -> None:
    path = copy_of(MISTAKEN, tmp_path)
    assert main(["run", str(path), "-q"]) == 1
    written = rows_of(path, "findings")
    kept = written[2]
    explanation = column_letters(
        next(
            place
            for place, column in enumerate(our_rulebook().office.sheet("findings").columns)
            if column.name == "explanation"
        )
    )
    patch_cells(path, {"Kiểm tra": {f"{explanation}{kept['at']}": "đã hỏi lại hội"}})
    patch_cells(path, corrections())
    assert main(["run", str(path), "-q"]) == 0
    rows = [row for row in rows_of(path, "findings") if row["severity"] != word("severity-note")]
    assert [(row["explanation"], row["status"], row["key"]) for row in rows] == [
        ("đã hỏi lại hội", word("status-gone"), kept["key"])
    ]
    assert {row["state"] for row in rows_of(path, "comparison")} <= {
        word("state-equal"),
        word("state-rounding"),
    }
    report = reconcile(path)
    assert report.figures == reconcile(GOLDEN).figures
    assert [finding.code for finding in report.findings if finding.blocks] == []
    before = digest(path)
    assert main(["run", str(path), "-q"]) == 0
    assert digest(path) == before


def test_a_query_is_explained_and_void_when_its_numbers_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = copy_of(GOLDEN, tmp_path)
    table = read_office(path, our_rulebook()).table_named("Chương trình")
    assert table is not None
    plan = table.cell(table.rows[0], "plan")
    patch_cells(path, {"Chương trình": {plan: 900_000}})

    def ran() -> tuple[int, list[tuple[str, str, str | None, str | None]]]:
        code = main(["run", str(path), "--json"])
        (file,) = json.loads(capsys.readouterr().out)["files"]
        return code, [
            (f["code"], f["status"], f["cell"], f["explanation"])
            for f in file["findings"]
            if f["severity"] == "query"
        ]

    assert ran() == (1, [("R13", "open", plan, None)])
    row = next(row for row in rows_of(path, "findings") if row["code"] == "R13")
    place = [column.name for column in our_rulebook().office.sheet("findings").columns].index("explanation")
    patch_cells(path, {"Kiểm tra": {address(row["at"] - 1, place): "giao bổ sung quý II"}})
    for _ in range(2):
        assert ran() == (0, [("R13", "explained", plan, "giao bổ sung quý II")])
    patch_cells(path, {"Chương trình": {plan: 800_000}})
    for _ in range(2):
        assert ran() == (1, [("R13", "void", plan, "giao bổ sung quý II")])
