"""The golden workbook through the real command line: every published figure, and nothing else changed."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from openpyxl import Workbook, load_workbook
from openxml_audit import OpenXmlValidator  # type: ignore[import-untyped]

from tests.libreoffice import LibreOffice
from tests.seeds_of import GOLDEN, PUBLISHED, UNPUBLISHED, digest

# openpyxl says so of conditional formats that look at other sheets; they are not what is read here.
pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported")

FILE_KEYS = ["path", "office", "period", "outcomes", "findings", "fix_first", "figures"]
WRITTEN_SHEETS = {"Tổng hợp", "Đối chiếu", "Kiểm tra"}


class Ran(NamedTuple):
    code: int
    out: str
    err: str
    target: Path
    source_before: str


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """`sheetcredit` as a user starts it."""
    return subprocess.run(
        [sys.executable, "-m", "sheetcredit", *map(str, arguments)],
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    target = tmp_path_factory.mktemp("golden") / "out.xlsx"
    before = digest(GOLDEN)
    done = command("run", GOLDEN, "-o", target, "--json")
    return Ran(done.returncode, done.stdout, done.stderr, target, before)


@pytest.fixture(scope="module")
def said(ran: Ran) -> dict[str, Any]:
    parsed = json.loads(ran.out)
    assert list(parsed) == ["version", "files"] and parsed["version"] == 1
    (file,) = parsed["files"]
    assert isinstance(file, dict)
    return file


@pytest.fixture(scope="module")
def filled(ran: Ran) -> Workbook:
    return load_workbook(ran.target, data_only=True)


def test_it_succeeds_and_says_nothing_else(ran: Ran) -> None:
    assert (ran.code, ran.err) == (0, "")
    assert digest(GOLDEN) == ran.source_before


def test_the_machine_form_is_the_contract(said: dict[str, Any]) -> None:
    assert [key for key in said if key in FILE_KEYS] == FILE_KEYS
    assert set(said) - set(FILE_KEYS) <= {"previous", "periods_back", "notices"}
    assert (said["path"], said["office"], said["period"]) == (str(GOLDEN), "0312", "2024Q1")
    assert list(said["outcomes"]) == ["passed", "failed", "explained", "not_evaluated"]
    assert said["outcomes"]["failed"] == said["outcomes"]["not_evaluated"] == 0
    assert said["outcomes"]["passed"] >= 17
    assert said["fix_first"] == []
    assert {finding["severity"] for finding in said["findings"]} <= {"note"}


def test_every_published_figure(said: dict[str, Any]) -> None:
    assert {name: said["figures"][name] for name in PUBLISHED} == PUBLISHED
    assert set(said["figures"]) == set(PUBLISHED) | UNPUBLISHED
    assert all(isinstance(said["figures"][name], int | float) for name in UNPUBLISHED)


def test_every_figure_stands_behind_its_name(said: dict[str, Any], filled: Workbook) -> None:
    for name, value in said["figures"].items():
        (place,) = filled.defined_names[name].destinations
        sheet, cell = place
        assert (name, filled[sheet][cell.replace("$", "")].value) == (name, value)
        assert sheet == "Tổng hợp"


def test_the_three_sides_are_all_equal(filled: Workbook) -> None:
    rows = list(filled["Đối chiếu"].iter_rows(min_row=1, values_only=True))
    header = next(number for number, row in enumerate(rows) if row[0] == "Mã xã")
    state = rows[header].index("Kết quả")
    states = [row[state] for row in rows[header + 1 :] if row[0]]
    assert len(states) == 16 * 4
    assert set(states) <= {"Khớp", "Khớp (làm tròn)"}


def test_no_other_part_changes(ran: Ran) -> None:
    with zipfile.ZipFile(GOLDEN) as before, zipfile.ZipFile(ran.target) as after:
        names = before.namelist()
        assert [name for name in names if name != "xl/calcChain.xml"] == [
            name for name in after.namelist() if name != "xl/calcChain.xml"
        ]
        changed = {name for name in after.namelist() if before.read(name) != after.read(name)}
    book = load_workbook(GOLDEN, read_only=True)
    parts = {f"xl/worksheets/sheet{number}.xml" for number, _ in enumerate(book.sheetnames, start=1)}
    ours = {
        f"xl/worksheets/sheet{number}.xml"
        for number, name in enumerate(book.sheetnames, start=1)
        if name in WRITTEN_SHEETS
    }
    book.close()
    assert parts <= set(names)
    assert {*ours} & changed
    assert changed <= {*ours, "xl/workbook.xml", "xl/calcChain.xml"}


def test_excel_would_open_it(ran: Ran) -> None:
    assert list(OpenXmlValidator().validate(str(ran.target)).errors) == []


def test_libreoffice_shows_the_same_after_a_hard_recalculation(
    ran: Ran, filled: Workbook, libreoffice: LibreOffice
) -> None:
    formulas = load_workbook(ran.target)
    shown = load_workbook(libreoffice.save_as(ran.target, "xlsx"), data_only=True)
    compared = 0
    for sheet in filled:
        for row in sheet.iter_rows():
            for cell in row:
                theirs = shown[sheet.title][cell.coordinate].value
                place = (sheet.title, cell.coordinate)
                if isinstance(theirs, str) and theirs.startswith("#"):
                    assert (place, theirs) == (place, cell.value)
                if cell.value in (None, ""):  # empty, or a formula that depends on what was written
                    written = formulas[sheet.title][cell.coordinate].value
                    assert theirs in (None, "") or str(written).startswith("="), place
                    continue
                if isinstance(cell.value, float) or isinstance(theirs, float):
                    assert (place, theirs) == (place, pytest.approx(cell.value, abs=1e-9, rel=1e-12))
                else:
                    assert (place, theirs) == (place, cell.value)
                compared += 1
    assert compared > 4000


def test_a_second_run_changes_nothing(ran: Ran, said: dict[str, Any], tmp_path: Path) -> None:
    again = tmp_path / "again.xlsx"
    done = command("run", ran.target, "-o", again, "--json")
    assert done.returncode == 0
    (file,) = json.loads(done.stdout)["files"]
    assert {**file, "path": said["path"]} == said
    assert digest(again) == digest(ran.target)
