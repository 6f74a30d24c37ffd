"""Beside the previous period the same one of the year before: on `Tổng hợp`, in the bulletin and in its check."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from openpyxl import load_workbook

from sheetcredit.cli.main import main
from sheetcredit.rulebook import our_rulebook
from sheetcredit.seal.content import snapshot
from sheetcredit.template.definition import load_office
from tests.checks.cells import read
from tests.checks.next_quarters import next_quarter
from tests.checks.periods import Tables, golden_tables, write

SUMMARY = load_office().sheet("summary")
NAMES = [figure.name for figure in SUMMARY.year_before_figures]


def figures_in(book: Path) -> dict[str, object]:
    names = read(book).book
    return {name: names.named(name) for name in NAMES if name in names.names}


THEN = golden_tables()
NOW = next_quarter(THEN, new_year=False)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A report of 2024Q1, and beside it that of 2023-03."""
    write(tmp_path / "nam-truoc.xlsx", THEN, "2023-03")
    return write(tmp_path / "q1.xlsx", NOW, "2024Q1")


def total(tables: Tables, name: str, column: str) -> Decimal:
    """A column in triệu, worked out from what was typed."""
    rows = [row for row in tables[name] if name != "ledger" or row["association"] != "99"]
    return sum((Decimal(str(row[column])) for row in rows), Decimal(0)) / (10**6 if name == "ledger" else 1)


def grown(name: str, column: str) -> int:
    return round(total(NOW, name, column) - total(THEN, name, column))


def test_the_figures_are_filled_where_last_year_is_at_hand(book: Path) -> None:
    assert main(["run", str(book), "--quiet"]) == 0
    held = figures_in(book)
    assert held["TH_CK_DuNo_Tang"] == grown("programmes", "balance")
    assert held["TH_CK_DuNo"] == 438_213
    assert held["TH_CK_NguonVon_Tang"] == grown("funding", "current")
    assert held["TH_CK_UyThac_Tang"] == grown("ledger", "balance")
    assert held["TH_CK_NoQuaHan_Tang"] == grown("programmes", "overdue")
    assert held["TH_CK_DuNo_TyLeTang"] == pytest.approx(
        grown("programmes", "balance") / 438_213,
        abs=5e-5,
    )
    (book.parent / "nam-truoc.xlsx").unlink()
    assert main(["run", str(book), "--quiet"]) == 0
    assert set(figures_in(book).values()) == {None}


def test_no_seal_and_no_figure_of_a_report_hangs_on_another_workbook(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (book.parent / "rieng").mkdir()
    alone = Path(copy(book, book.parent / "rieng" / book.name))
    assert main(["run", str(alone), "--quiet"]) == 0
    assert main(["run", str(book), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["files"][0]
    assert not set(NAMES) & told["figures"].keys()
    office = our_rulebook().office
    assert figures_in(book) != figures_in(alone)
    assert snapshot(read(book), office) == snapshot(read(alone), office)


def test_a_workbook_without_the_cells_goes_on(book: Path) -> None:
    open_book = load_workbook(book)
    for name in NAMES:
        del open_book.defined_names[name]
    open_book.save(book)
    assert main(["run", str(book), "--quiet"]) == 0
    assert figures_in(book) == {} and read(book).book.named("TH_DuNo") == 438_213 + grown(
        "programmes", "balance"
    )


def verified(book: Path, text: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    main(["bulletin", str(book), "--verify", str(text), "--json"])
    told: dict[str, Any] = json.loads(capsys.readouterr().out)["files"][0]
    return told


def found_in(book: Path, text: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [one["code"] for one in verified(book, text, capsys)["findings"]]


def claims_of(book: Path, text: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    claims: list[dict[str, Any]] = verified(book, text, capsys)["claims"]
    return claims


def test_the_bulletin_says_it_and_its_check_reads_it(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = book.parent / "ban-tin.md"
    assert main(["bulletin", str(book), "-o", str(text)]) == 0
    written = text.read_text(encoding="utf-8")
    [sentence] = [line for line in written.splitlines() if line.startswith("So với cùng kỳ")]
    number = str(grown("programmes", "balance"))
    assert f"tổng dư nợ tăng {number}[" in sentence
    capsys.readouterr()
    assert found_in(book, text, capsys) == []
    read_as = {claim["label"]: claim["against"] for claim in claims_of(book, text, capsys) if claim["label"]}
    assert {label: bool(against) for label, against in read_as.items()} == {
        "balance.change_other": True, "balance.growth_other": True,
    }  # fmt: skip
    for wrong in (
        sentence.replace(f"tăng {number}[", "tăng 54.321["),
        sentence.replace("tổng dư nợ tăng", "tổng dư nợ giảm"),
    ):
        text.write_text(written.replace(sentence, wrong), encoding="utf-8")
        assert found_in(book, text, capsys) != [], wrong
    (book.parent / "nam-truoc.xlsx").unlink()
    assert main(["bulletin", str(book), "-o", str(book.parent / "khac.md")]) == 0
    assert "So với cùng kỳ" not in (book.parent / "khac.md").read_text(encoding="utf-8")
