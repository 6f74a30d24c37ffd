"""From the bank's own files to the workbook, and from there to a sealed report with its draft, nothing typed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sheetcredit import patch_cells, reconcile
from sheetcredit.catalogue.catalogue import load_catalogues
from sheetcredit.cli.main import main
from sheetcredit.rulebook import our_rulebook
from sheetcredit.workbooks import read_office
from sheetcredit.xlsx.read import read_book
from tests.exports_generator.files import write_exports
from tests.exports_generator.loan_book import SEED
from tests.seeds_of import digest

KNOWN = {
    "disbursement_month": "roll_over",
    "collection_month": "len31_collection",
    "deposits": "len31_deposits",
}
"""What differs between the bank's own reports, and why."""


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SHEETCREDIT_HOME", str(tmp_path / "own"))
    load_catalogues.cache_clear()
    yield
    load_catalogues.cache_clear()


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    write_exports(tmp_path / "xuat")
    return tmp_path / "xuat"


def codes(path: Path) -> Counter[str]:
    return Counter(finding.code for finding in reconcile(path).findings)


def causes(path: Path) -> dict[str, str]:
    found = [one for one in reconcile(path).findings if one.code in ("I-KNOWN", "I-DIFFER")]
    keys = [one.key.split("|") for one in found]
    return {measure: cause for _, _, measure, cause in keys}


def numbers(path: Path, sheet: str) -> dict[tuple[str, ...], dict[str, Any]]:
    """The rows of a table by key, as the workbook holds them: amounts in đồng."""
    reading = read_office(path, our_rulebook())
    block = next(one for one in reading.blocks if one.sheet.id == sheet and not one.frame.endswith(".total"))
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    for index in range(len(block.rows)):
        row = {name: values[index] for name, values in block.columns.items()}
        for column in block.sheet.columns:
            if column.type == "amount" and row[column.name] is not None:
                row[column.name] = round(float(row[column.name]) * block.unit)  # type: ignore[arg-type]
        rows[tuple(str(row[name]) for name in block.sheet.key)] = row
    return rows


@pytest.mark.parametrize("seed", [SEED, *range(1, 11)])
def test_every_figure_arrives_and_only_the_three_known_differences_are_told(
    seed: int, tmp_path: Path
) -> None:
    truth = write_exports(tmp_path / "xuat", seed)
    book = tmp_path / "bao-cao.xlsx"
    assert main(["import", str(tmp_path / "xuat"), str(book), "--apply", "--quiet"]) == 0
    for sheet, key in (
        ("ledger", ("commune", "association")),
        ("programmes", ("programme",)),
        ("groups", ("group",)),
    ):
        held = numbers(book, sheet)
        assert set(held) == {tuple(row[name] for name in key) for row in truth[sheet]}
        for row in truth[sheet]:
            there = held[tuple(row[name] for name in key)]
            assert {name: there[name] for name in row if name in there} == {
                name: value for name, value in row.items() if name in there
            }
    assert causes(book) == KNOWN
    assert codes(book) == Counter({"I-KNOWN": 3, "I-PROPOSED": 4})
    confirmed = ["--apply", "--quiet", "--confirmed", "Biên bản ngày 05/04/2026"]
    assert main(["import", str(tmp_path / "xuat"), str(book), *confirmed]) == 0
    assert codes(book) == Counter({"I-KNOWN": 3})


def test_the_preview_writes_nothing_and_says_what_each_file_is(
    exports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = tmp_path / "bao-cao.xlsx"
    assert main(["import", str(exports), str(book), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert not book.exists() and not (tmp_path / "own").exists()
    assert (told["new"], told["applied"], told["as_of"], told["office"]) == (
        True,
        False,
        "2026-03-31",
        "009901",
    )
    kinds = {Path(one["path"]).name: one["kind"] for one in told["sources"]}
    assert len(kinds) == 21 and kinds["009901_HSTD_mau31_31032026.xlsx"] == "hstd"
    assert {one["measure"]: one["cause"] for one in told["differences"] if one["compared"]} == KNOWN
    change = next(one for one in told["changes"] if one["column"] == "balance")
    assert change["old"] is None and change["source"] and change["rows"]


def test_from_a_folder_of_exports_to_a_sealed_report_with_its_draft(exports: Path, tmp_path: Path) -> None:
    book, draft = tmp_path / "bao-cao.xlsx", tmp_path / "thu.eml"
    assert main(["import", str(exports), str(book), "--apply", "--quiet"]) == 0
    assert main(["run", str(book), "--quiet"]) == 1  # the associations have confirmed nothing yet
    confirmed = ["--confirmed", "Các hội ký ngày 05/04/2026"]
    assert main(["import", str(exports), str(book), "--apply", "--quiet", *confirmed]) == 0
    assert main(["run", str(book), "--quiet"]) == 0
    assert (
        main(["send", str(book), "--to", "tinh@example.vn", "--draft", str(draft), "--no-pdf", "--quiet"])
        == 0
    )
    assert read_office(book, our_rulebook()).info.values["seal"] and draft.stat().st_size > 10_000


def test_the_second_import_finds_nothing_to_do(exports: Path, tmp_path: Path) -> None:
    book = tmp_path / "bao-cao.xlsx"
    assert main(["import", str(exports), str(book), "--apply", "--quiet"]) == 0
    before = digest(book)
    assert main(["import", str(exports), str(book), "--quiet"]) == 0
    assert digest(book) == before


def test_what_was_typed_is_shown_and_journalled_before_it_goes(
    exports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = tmp_path / "bao-cao.xlsx"
    main(["import", str(exports), str(book), "--apply", "--quiet"])
    patch_cells(book, {"Sổ ngân hàng": {"G10": 1234}})
    capsys.readouterr()
    assert main(["import", str(exports), str(book)]) == 1
    told = capsys.readouterr().out
    assert "G10 Dư nợ (990011 11): 1.234 → 3.736.176.000" in told
    assert read_book(book).grids["Sổ ngân hàng"].value(9, 6) == 1234
    assert main(["import", str(exports), str(book), "--apply", "--quiet"]) == 0
    last = [row for row in read_book(book).grids["Nhật ký"].rows if row[2] == "G10"][-1]
    assert (last[1], last[3], last[4]) == ("Sổ ngân hàng", "1.234", "3.736.176.000")


def test_a_new_workbook_with_buttons_and_one_that_is_no_export(exports: Path, tmp_path: Path) -> None:
    (tmp_path / "khac").mkdir()
    other = tmp_path / "khac" / "thu.xlsx"
    assert main(["new", str(other), "--office", "0312", "--period", "2024Q1"]) == 0
    assert main(["import", str(other), str(tmp_path / "x.xlsx"), "--apply", "--quiet"]) == 2
    assert not (tmp_path / "x.xlsx").exists()
    book = tmp_path / "bao-cao.xlsm"
    assert main(["import", str(exports), str(book), "--apply", "--quiet"]) == 0
    assert b"vbaProject.bin" in book.read_bytes() and codes(book)["I-KNOWN"] == 3


def test_a_workbook_of_another_quarter_is_refused_in_one_line(
    exports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = tmp_path / "bao-cao.xlsx"
    main(["import", str(exports), str(book), "--apply", "--quiet"])
    assert main(["next", str(book), str(tmp_path / "sau.xlsx")]) == 0
    capsys.readouterr()
    assert main(["import", str(exports), str(tmp_path / "sau.xlsx"), "--apply"]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "30/06/2026" in line and "31/03/2026" in line
