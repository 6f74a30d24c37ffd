"""An office's quarters side by side, through the front door."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from seeds.generate import golden_office, make_office, to_content
from sheetcredit.archive.write import append
from sheetcredit.build.workbook import build_workbook
from sheetcredit.cli.main import main
from sheetcredit.model.period import parse_period
from sheetcredit.pool.gather import gather
from sheetcredit.rulebook import our_rulebook
from tests.consolidate.nation import Came


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden office, and an invented quarter before it in another unit."""
    folder = tmp_path_factory.mktemp("archive")
    golden = build_workbook(folder / "golden.xlsx", to_content(golden_office()))
    before = make_office(3, code="0312", communes=3, groups=20, period="2023Q4")
    other = build_workbook(folder / "before.xlsx", to_content(before))
    gathered = gather([Came(golden), Came(other)], our_rulebook(), workers=1)
    assert len(append(gathered, folder / "archive").added) == 2
    return folder / "archive"


def test_quarters_side_by_side(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "0312", "--archive", str(archive)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "0312" in lines[0]
    [header] = [line for line in lines if "2024Q1" in line]
    assert header.split()[-2:] == ["2023Q4", "2024Q1"]
    assert any(line.rstrip().endswith(" 438.213") for line in lines)
    assert any(line.rstrip().endswith(" 99,82 %") for line in lines)


def test_machine_form(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "0312", "--archive", str(archive), "--json", "--last", "1"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["version"], told["office"]) == (1, "0312")
    [quarter] = told["quarters"]
    assert quarter["period"] == "2024Q1"
    assert quarter["figures"]["TH_DuNo"] == 438213
    assert quarter["figures"]["TH_HND_TyTrong"] == 0.337


@pytest.mark.parametrize("place", ["", "nowhere"])
def test_what_cannot_be_told(archive: Path, place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "9", "--archive", str(archive / place)]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert ("0312" in told) == (place == "")


def test_periods_side_by_side_in_a_workbook(archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "cac-ky.xlsx"
    assert main(["history", "0312", "--archive", str(archive), "-o", str(out)]) == 0
    book = load_workbook(out)
    assert book.sheetnames == ["Các kỳ", "Theo xã", "Theo tổ"]
    page = book["Các kỳ"]
    assert [page.cell(3, place).value for place in (2, 3)] == ["2023Q4", "2024Q1"]
    held = {page.cell(row, 1).value: page.cell(row, 3).value for row in range(4, page.max_row + 1)}
    assert held["Tổng dư nợ"] == 438213 and len(page._charts) == 2  # type: ignore[attr-defined]
    owed = [row[-1] for row in book["Theo xã"].iter_rows(min_row=4, values_only=True) if row[-1]]
    assert sum(map(Decimal, map(repr, owed)), Decimal(0)).quantize(Decimal(1)) == 438213
    groups = list(book["Theo tổ"].iter_rows(min_row=4, values_only=True))
    assert len([row for row in groups if row[-1] is not None]) == 250
    assert main(["history", "0312", "--archive", str(archive), "-o", str(out)]) == 2


@pytest.fixture(scope="module")
def branch(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """Two offices of a branch: one has sent a month and its quarter, the other the month alone; the tables."""
    folder = tmp_path_factory.mktemp("branch")
    offices = [golden_office(), make_office(3, code="0313", communes=3, groups=20, period="2024Q1")]
    contents = [to_content(one) for one in offices]
    came = []
    for number, content in enumerate(contents):
        for period in ("2023-12", "2024-03", "2024Q1")[: 3 - number]:
            told = {**content.info, "period": period, "as_of": parse_period(period).last_day}
            told["branch"] = contents[0].info["branch"]
            book = build_workbook(folder / f"{number}-{period}.xlsx", replace(content, info=told))
            came.append(Came(book))
    accepted = append(gather(came, our_rulebook(), workers=1), folder / "archive")
    assert len(accepted.added) == 5
    return folder / "archive", [dict(content.tables) for content in contents]


def test_a_branch_counts_nothing_twice(
    branch: tuple[Path, list[dict[str, Any]]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, tables = branch
    assert main(["history", "03", "--archive", str(folder), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    first, last = told["quarters"]
    assert (told["branch"], first["period"], first["offices"], last["offices"]) == ("03", "2023-12", 2, 2)
    assert {last["period"], *last["same_day"]} == {"2024-03", "2024Q1"}
    # The sum of what was typed, in đồng, printed once: not the sum of printed figures.
    owed = sum((Decimal(str(row["balance"])) for own in tables for row in own["programmes"]), Decimal(0))
    assert last["figures"]["TH_DuNo"] == int(owed.quantize(Decimal(1), ROUND_HALF_UP))
    lent = {row["programme"] for own in tables for row in own["programmes"] if row["balance"]}
    assert last["figures"]["TH_SoChuongTrinh"] == len(lent)
    assert last["figures"]["TH_To_Tot"] == sum(
        row["rating"] == "Tốt" for own in tables for row in own["groups"]
    )
    assert main(["history", "0312", "--archive", str(folder), "--json"]) == 0
    office = json.loads(capsys.readouterr().out)["quarters"]
    assert [one["period"] for one in office] == ["2023-12", "2024Q1"]
    assert main(["history", "0312", "--archive", str(folder), "--every", "quarter"]) == 0
    shown = capsys.readouterr().out
    assert "2024Q1 đứng thay 2024-03" in shown and "2023-12" in shown


def test_the_way_down_from_a_branch(branch: tuple[Path, list[dict[str, Any]]], tmp_path: Path) -> None:
    folder, tables = branch
    out = tmp_path / "chi-nhanh.xlsx"
    assert main(["history", "03", "--archive", str(folder), "-o", str(out)]) == 0
    book = load_workbook(out)
    assert book.sheetnames == ["Các kỳ", "Theo PGD", "Theo xã", "Theo tổ"]
    assert len(book["Các kỳ"]._charts) == 2  # type: ignore[attr-defined]
    offices, communes, groups = (list(book[tab].iter_rows(min_row=4)) for tab in book.sheetnames[1:])
    assert [row[0].value for row in offices] == ["0312", "0313"]
    assert len(groups) == sum(len(own["groups"]) for own in tables)
    for rows, keys, below, tab in ((offices, 1, communes, "Theo xã"), (communes, 2, groups, "Theo tổ")):
        for row in rows:
            leads = row[keys - 1].hyperlink
            assert leads is not None and leads.location is not None
            place, _, cell = leads.location.replace("'", "").partition("!A")
            codes = [one.value for one in row[:keys]]
            at = int(cell) - 4
            assert place == tab and [one.value for one in below[at][:keys]] == codes
            assert at == 0 or [one.value for one in below[at - 1][:keys]] != codes  # the first of its own
    booked = [row for own in tables for row in own["ledger"]]
    whole, direct = (
        sum((Decimal(str(row["balance"])) for row in booked if row["association"] in kind), Decimal(0))
        / 10**6
        for kind in (("11", "12", "13", "14", "99"), ("99",))
    )
    for rows, expected in ((offices, whole), (communes, whole), (groups, whole - direct)):
        owed = sum((Decimal(repr(row[-1].value or 0)) for row in rows), Decimal(0))
        assert abs(owed - expected) < Decimal("0.001")
