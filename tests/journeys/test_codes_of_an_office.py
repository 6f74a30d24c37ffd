"""One office under both of its codes; a divided commune is asked about until its groups are put."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import copy

import pytest

from sheetcredit.catalogue.catalogue import load_catalogues
from sheetcredit.catalogue.own_offices import OwnOffice, keep, own_file
from sheetcredit.cli.main import main
from sheetcredit.model.period import parse_period
from sheetcredit.report import reconcile, run
from sheetcredit.xlsx.patch import patch_cells
from tests.checks.periods import golden_tables, merged, quarter_before, write
from tests.seeds_of import GOLDEN

POS = "003112"


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("SHEETCREDIT_SETTINGS", str(tmp_path / "cai-dat" / "settings.toml"))
    load_catalogues.cache_clear()
    yield tmp_path
    load_catalogues.cache_clear()


def with_pos(target: Path) -> Path:
    keep(OwnOffice(code="0312", pos=POS), own_file())
    load_catalogues.cache_clear()
    return patch_cells(GOLDEN, {"Thông tin": {"C7": POS}}, target)


def test_the_same_office_by_its_pos_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = with_pos(tmp_path / "pos.xlsx")
    before = write(tmp_path / "truoc.xlsx", quarter_before(golden_tables()), "2023Q3")
    assert run(book).previous == before
    folder = tmp_path / "nop"
    folder.mkdir()
    copy(book, folder), copy(GOLDEN, folder / "ma-tk.xlsx")
    expected = tmp_path / "ds.csv"
    expected.write_text("code,name\n0312,An Dương\n", "utf-8")
    args = ["--expected", str(expected)]
    capsys.readouterr()
    assert main(["status", str(folder), *args]) == 0
    told = capsys.readouterr().out
    assert "0312" in told and POS not in told
    kho = tmp_path / "kho"
    assert main(
        ["consolidate", str(folder), "-o", str(tmp_path / "cn.xlsx"), *args, "--archive", str(kho)]
    ) in (0, 1)
    capsys.readouterr()
    assert main(["history", "0312", "--archive", str(kho)]) == 0
    assert main(["history", POS, "--archive", str(kho)]) == 0
    assert capsys.readouterr().out.count("449.141") == 2


def test_a_divided_commune_is_asked_about_until_its_groups_are_put(tmp_path: Path) -> None:
    catalogues, then, now = load_catalogues(), parse_period("2025Q2"), parse_period("2025Q3")

    def new_code(commune: str, number: int) -> str:
        became = catalogues.became("0312", commune, then.last_day, now.last_day) or (commune,)
        return became[number % len(became)]

    before = golden_tables()
    write(tmp_path / "q2.xlsx", before, "2025Q2")
    book = write(tmp_path / "q3.xlsx", merged(before, new_code, {}), "2025Q3")
    asked = {f.details["commune"]: f for f in reconcile(book).findings if f.code == "H-DIVIDED"}
    assert "11581" in asked and asked["11581"].severity == "query" and asked["11581"].cell == "C8"
    groups = {
        str(row["group"]): new_code(str(row["commune"]), number)
        for number, row in enumerate(before["groups"])
    }
    keep(OwnOffice(code="0312", groups=groups), own_file())
    load_catalogues.cache_clear()
    assert "H-DIVIDED" not in {f.code for f in reconcile(book).findings}
