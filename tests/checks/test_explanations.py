"""`Giải trình` over re-runs: kept with its finding, void when the numbers change, never lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sheetcredit.checks.explanations import UserExplanation, explained
from sheetcredit.model.finding import Finding, digest_of
from sheetcredit.outcome import Report
from sheetcredit.report import run
from sheetcredit.screen.json_form import as_json
from tests.checks.cells import cell_of, explain, findings_table, golden_copy, put, swap_rows, table_of

GROUPS, PROGRAMMES = "Tổ TK&VV", "Chương trình"
TEXT = "Kế hoạch giao bổ sung ngày 25/3"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return golden_copy(tmp_path / "bao-cao.xlsx")


def codes_of(path: Path) -> list[str]:
    table = table_of(path, GROUPS)
    return [table.grid.text(row, table.columns["group"]) for row in table.rows]


def only(report: Report, code: str) -> Finding:
    found = [finding for finding in report.findings if finding.code == code]
    assert len(found) == 1
    return found[0]


@pytest.fixture
def programme(book: Path) -> str:
    """A programme far from its plan: a query of the bounds."""
    put(book, PROGRAMMES, "19", plan=900_000)
    return "19"


def test_a_text_explains_its_query_and_stays_over_re_runs(book: Path, programme: str) -> None:
    first = only(run(book), "R13")
    cell = cell_of(book, PROGRAMMES, programme, "plan")
    assert (first.sheet, first.cell, first.status, first.blocks) == (PROGRAMMES, cell, "open", True)
    explain(book, "R13", cell, TEXT)
    for _ in range(3):
        report = run(book)
        found = only(report, "R13")
        assert (found.cell, found.status, found.explanation, found.blocks) == (cell, "explained", TEXT, False)
        assert report.outcomes["explained"] == 1
        assert {f.code for f in report.findings if f.blocks} <= {
            "V-STALE"
        }  # Excel has not added the total yet


def test_a_text_follows_its_row(book: Path, programme: str) -> None:
    run(book)
    explain(book, "R13", cell_of(book, PROGRAMMES, programme, "plan"), TEXT)
    swap_rows(book, PROGRAMMES, programme, "04")
    found = only(run(book), "R13")
    assert found.cell == cell_of(book, PROGRAMMES, programme, "plan")
    assert (found.status, found.explanation) == ("explained", TEXT)


def test_a_text_is_void_once_the_numbers_change_until_it_is_written_anew(book: Path, programme: str) -> None:
    run(book)
    cell = cell_of(book, PROGRAMMES, programme, "plan")
    explain(book, "R13", cell, TEXT)
    run(book)
    put(book, PROGRAMMES, programme, plan=800_000)
    for _ in range(2):  # running again does not explain anything
        found = only(run(book), "R13")
        assert (found.cell, found.status, found.explanation, found.blocks) == (cell, "void", TEXT, True)
    assert "số liệu đã đổi từ khi giải trình" in found.message()
    assert found.remedy("en").startswith("Explain the new numbers")
    explain(book, "R13", cell, "Đã có tờ trình mới")
    found = only(run(book), "R13")
    assert (found.status, found.explanation) == ("explained", "Đã có tờ trình mới")
    assert only(run(book), "R13").status == "explained"


def test_a_text_holds_again_when_its_numbers_return(book: Path, programme: str) -> None:
    run(book)
    explain(book, "R13", cell_of(book, PROGRAMMES, programme, "plan"), TEXT)
    for plan, status in (
        (900_000, "explained"),
        (800_000, "void"),
        (810_000, "void"),
        (900_000, "explained"),
        (900_000, "explained"),
    ):
        put(book, PROGRAMMES, programme, plan=plan)
        assert only(run(book), "R13").status == status, plan


def test_a_text_survives_its_finding(book: Path, programme: str) -> None:
    run(book)
    cell = cell_of(book, PROGRAMMES, programme, "plan")
    explain(book, "R13", cell, TEXT)
    put(book, PROGRAMMES, programme, plan=45_000)
    for _ in range(2):
        report = run(book)
        assert not [finding for finding in report.findings if finding.code == "R13"]
        assert [orphan.text for orphan in report.orphans] == [TEXT]
        _, rows = findings_table(book)
        assert [(row["explanation"], row["status"]) for row in rows if row["code"] == "R13"] == [
            (TEXT, "Không còn lỗi")
        ]
    put(book, PROGRAMMES, programme, plan=900_000)
    assert (only(run(book), "R13").status, only(run(book), "R13").explanation) == ("explained", TEXT)


def test_a_text_beside_an_error_is_kept_and_does_not_unblock(book: Path) -> None:
    code = codes_of(book)[3]
    put(book, GROUPS, code, rating="Yếu")
    run(book)
    cell = cell_of(book, GROUPS, code, "rating")
    explain(book, "R09", cell, "sẽ sửa sau")
    for _ in range(2):
        found = only(run(book), "R09")
        assert (found.cell, found.status, found.explanation, found.blocks) == (
            cell,
            "open",
            "sẽ sửa sau",
            True,
        )


def test_a_query_of_validation_is_void_too_and_follows_its_row(book: Path) -> None:
    table = table_of(book, GROUPS)
    names = {table.grid.text(row, table.columns["commune_name"]) for row in table.rows}
    code = codes_of(book)[7]
    own = table.grid.text(table.rows[7], table.columns["commune_name"])
    others = sorted(names - {own})
    put(book, GROUPS, code, commune_name=others[0])
    run(book)
    cell = cell_of(book, GROUPS, code, "commune")
    explain(book, "V-NAME", cell, TEXT)
    swap_rows(book, GROUPS, code, codes_of(book)[30])
    found = only(run(book), "V-NAME")
    assert (found.cell, found.status) == (cell_of(book, GROUPS, code, "commune"), "explained")
    put(book, GROUPS, code, commune_name=others[1])
    found = only(run(book), "V-NAME")
    assert (found.cell, found.status, found.explanation) == (
        cell_of(book, GROUPS, code, "commune"), "void", TEXT,
    )  # fmt: skip


def test_a_text_that_is_taken_away_opens_the_query(book: Path, programme: str) -> None:
    run(book)
    cell = cell_of(book, PROGRAMMES, programme, "plan")
    explain(book, "R13", cell, TEXT)
    run(book)
    explain(book, "R13", cell, None)
    assert only(run(book), "R13").status == "open"


def test_the_machine_form_tells_status_and_text(book: Path, programme: str) -> None:
    run(book)
    explain(book, "R13", cell_of(book, PROGRAMMES, programme, "plan"), TEXT)
    told = json.loads(as_json([run(book)], "vi"))["files"][0]["findings"]
    assert [(f["status"], f["explanation"]) for f in told if f["code"] == "R13"] == [("explained", TEXT)]


def finding(key: str, value: int) -> Finding:
    return Finding(file="f", code="R13", severity="query", sheet="s", value=value, key=key)


def test_one_text_never_explains_two_findings() -> None:
    text = UserExplanation("k", digest_of(1, None), TEXT, "", "R13")
    found = explained([finding("k", 1), finding("k", 1)], {"k": text})
    assert [f.status for f in found] == ["explained", "open"]
    assert [f.key for f in found] == ["k", "k#2"]


def test_what_a_stranger_wrote_into_the_digest_is_void_not_a_failure() -> None:
    for digest in ("", ">", ":", "a>b", "a>b:c:d", "?"):
        found = explained([finding("k", 1)], {"k": UserExplanation("k", digest, TEXT, "", "R13")})
        assert found[0].status == "void"


def test_what_is_explained_is_no_longer_counted_as_open(book: Path, programme: str) -> None:
    before = run(book).counts()
    explain(book, "R13", cell_of(book, PROGRAMMES, programme, "plan"), TEXT)
    after = run(book).counts()
    assert (after["query"], after["explained"]) == (before["query"] - 1, before["explained"] + 1)
    assert (after["error"], after["note"]) == (before["error"], before["note"])
    run(book)  # the headline that counts explained ones is known as the tool's own
    assert only(run(book), "R13").status == "explained"
