"""Periods side by side: one report an office and day, whatever was archived."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from sheetcredit.archive.history import archived_reports
from sheetcredit.archive.partitions import Partition
from sheetcredit.model.errors import BadUsage, CannotRead
from sheetcredit.model.period import PeriodKind, parse_period

HELD = {
    ("03", "0312"): ["2024Q4", "2025", "2025Q4", "2025-12", "2026-01", "2026-03", "2026Q1", "2026-04"],
    ("03", "0313"): ["2025Q4", "2026-03"],
    ("04", "0401"): ["2026Q1"],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """By branch and office, these periods; the balance is 100 and the place in the list."""
    by_place: dict[Partition, list[dict[str, object]]] = {}
    for (branch, office), periods in HELD.items():
        for number, period in enumerate(periods):
            by_place.setdefault(Partition(parse_period(period), branch), []).append(
                {"office": office, "submission": f"s{number}", "dong": 100 + number}
            )
    for place, rows in by_place.items():
        reports = [
            {
                **row, "office_name": f"PGD {row['office']}", "unit": 1, "unit_name": "đồng", "received": None,
                "as_of": place.period.last_day, "blocks": False, "findings": 0, "layout": "{}",
            }
            for row in rows
        ]  # fmt: skip
        figures = [row | {"figure": name, "kind": "amount", "value": Decimal(1), "unit": 1}
                   for row in rows for name in ("TH_DuNo", "TH_NoKhoanh")]  # fmt: skip
        ledger = [row | {"commune": "11617", "balance": row["dong"]} for row in rows]
        for table, held in (("submissions", reports), ("figures", figures), ("ledger", ledger)):
            file = place.file(tmp_path, table)
            file.parent.mkdir(parents=True)
            pl.DataFrame(held).write_parquet(file)
    return tmp_path


@pytest.mark.parametrize(
    ("every", "standing"),
    [
        ("month", ["2024Q4", "2025", "2026-01", "2026Q1", "2026-04"]),
        ("quarter", ["2024Q4", "2025Q4", "2026Q1"]),
        ("year", ["2024Q4", "2025"]),
    ],
)
def test_one_report_a_day(folder: Path, every: PeriodKind, standing: list[str]) -> None:
    found = archived_reports(folder, office="0312", every=every)
    assert found.frame["period"].to_list() == standing == list(map(str, found.periods))
    figures = found.figures(["TH_DuNo"])
    own = HELD["03", "0312"]
    assert {row["period"]: row["dong"] - 100 for row in figures.iter_rows(named=True)} == {
        period: own.index(period) for period in standing
    }
    others = dict(found.frame.select("period", "same_day").rows())
    if every == "month":
        assert (others["2026Q1"], others["2025"], others["2026-01"]) == ("2026-03", "2025Q4, 2025-12", "")


def test_a_branch_and_the_nation(folder: Path) -> None:
    branch = archived_reports(folder, branch="03", every="quarter")
    # An office without the quarter is there with its last month.
    assert branch.frame.filter(pl.col("ends") == date(2026, 3, 31)).select("office", "period").rows() == [
        ("0312", "2026Q1"),
        ("0313", "2026-03"),
    ]
    nation = archived_reports(folder, every="quarter")
    whole = nation.figures(["TH_DuNo"]).group_by("ends").agg(pl.col("dong").sum(), pl.len()).sort("ends")
    assert whole.rows() == [
        (date(2024, 12, 31), 100, 1), (date(2025, 12, 31), 102 + 100, 2), (date(2026, 3, 31), 106 + 101 + 100, 3),
    ]  # fmt: skip
    assert len(nation.figures()) == 2 * len(nation.frame)
    ledger = nation.collected(nation.rows("ledger", ("commune", "balance", "added_later")))
    assert ledger["balance"].sum() == whole["dong"].sum() and ledger["added_later"].null_count() == len(
        ledger
    )
    assert nation.latest(1).frame["period"].unique().sort().to_list() == ["2026-03", "2026Q1"]
    assert nation.collected(nation.rows("groups", ("group",))).columns[-1] == "group"


def test_what_cannot_be_answered(folder: Path) -> None:
    with pytest.raises(BadUsage):
        archived_reports(folder / "nowhere")
    assert archived_reports(folder, branch="99").frame.is_empty()
    assert archived_reports(folder, branch="99").figures().is_empty()
    place = Partition(parse_period("2026Q1"), "03")
    place.file(folder, "figures").write_bytes(b"no parquet")
    with pytest.raises(CannotRead):
        archived_reports(folder).figures()
