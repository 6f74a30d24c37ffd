"""Measure what an archive of ten years answers: `make bench-history` writes the table of docs/archive.md.

The archive is invented: forty quarters of all offices of the nation, with every figure of `Tổng hợp`. Every
question is asked in a process that has imported what it needs and read nothing yet; beside it, taking turns,
polars reads one column of the same files and does nothing with it.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random

import polars as pl

from sheetcredit.archive.partitions import Partition
from sheetcredit.model.period import Period
from sheetcredit.template.definition import load_office
from tools.bench_report import write_between

ROOT = Path(__file__).resolve().parent.parent
DOC = ROOT / "docs" / "archive.md"
BEGIN, END = "<!-- measured: make bench-history -->", "<!-- end of what was measured -->"
OFFICES, BRANCHES, QUARTERS, ROUNDS = 648, 34, 40, 7
FIRST_YEAR = 2016
MOST_SECONDS = 1.0

_QUESTIONS: Mapping[str, str] = {
    "one column of the figures, by polars alone": """
files = sorted(folder.glob("figures/*/*/data.parquet"))
started = perf_counter()
answer = pl.scan_parquet(files).select(pl.col("dong").sum()).collect()
""",
    "the trends of the page: all offices, forty quarters": """
started = perf_counter()
answer = archived_reports(folder, every="quarter").figures(("TH_DuNo", "TH_NoQuaHan"))
""",
    "one branch, every figure": """
started = perf_counter()
answer = archived_reports(folder, branch="chi-nhanh-07", every="quarter").figures()
""",
    "one office, every figure": """
started = perf_counter()
answer = archived_reports(folder, office="0312", every="quarter").figures()
""",
}  # fmt: skip
_ASKED = """
import sys
from pathlib import Path
from time import perf_counter
import polars as pl
from sheetcredit.archive.history import archived_reports
folder = Path(sys.argv[1])
{question}
print(perf_counter() - started, len(answer))
"""


def make_archive(folder: Path) -> None:
    """Forty quarters of all offices: submissions and figures, as `archive.write` lays them out."""
    chance = Random(2024)
    figures = load_office().sheet("summary").figures
    kinds = {one.name: "amount" if one.amount else "count" if one.count else "ratio" for one in figures}
    levels = {f"{number:04}": chance.randrange(200_000, 900_000) for number in range(1, OFFICES + 1)}
    for quarter in range(QUARTERS):
        period = Period(FIRST_YEAR + quarter // 4, quarter % 4 + 1)
        for branch in range(BRANCHES):
            offices = list(levels)[branch::BRANCHES]
            for office in offices:
                levels[office] = levels[office] * chance.randrange(995, 1_040) // 1_000
            place = Partition(period, f"chi-nhanh-{branch + 1:02}")
            _write(place.file(folder, "submissions"), list(_reports(offices, period)), None)
            rows = [
                _figure(office, period, name, kind, levels[office], chance)
                for office in offices
                for name, kind in kinds.items()
            ]
            _write(place.file(folder, "figures"), rows, {"value": pl.Decimal(38, 6)})


def _reports(offices: list[str], period: Period) -> Iterator[dict[str, object]]:
    for office in offices:
        yield {
            "office": office, "submission": f"{office}{period}", "office_name": f"PGD NHCSXH huyện {office}",
            "unit": 1_000_000, "unit_name": "triệu đồng", "as_of": period.last_day,
            "received": datetime(2024, 4, 5, tzinfo=UTC), "blocks": False, "findings": 0,
            "info": "{}", "layout": "{}" * 200,
        }  # fmt: skip


def _figure(
    office: str, period: Period, name: str, kind: str, level: int, chance: Random
) -> dict[str, object]:
    value = chance.randrange(1_000_000) if kind == "ratio" else level * chance.randrange(1, 1_000) // 1_000
    amount = kind == "amount"
    return {
        "office": office, "submission": f"{office}{period}", "figure": name, "kind": kind,
        "value": Decimal(value) / (1_000_000 if kind == "ratio" else 1),
        "dong": value * 1_000_000 if amount else None, "unit": 1_000_000 if amount else 1,
    }  # fmt: skip


def _write(file: Path, rows: list[dict[str, object]], types: Mapping[str, pl.DataType] | None) -> None:
    file.parent.mkdir(parents=True)
    pl.DataFrame(rows, schema_overrides=types).write_parquet(file)


def asked(folder: Path, question: str) -> tuple[float, int]:
    """Seconds that a question takes in a process of its own, and the rows of the answer."""
    script = _ASKED.replace("{question}", question)
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)], check=True, capture_output=True, text=True
    )
    seconds, rows = done.stdout.split()
    return float(seconds), int(rows)


def main() -> int:
    """Ask every question in turn and write the table."""
    folder = ROOT / "build" / "archive-of-ten-years"
    if not (folder / "submissions").is_dir():
        print("  making the archive", file=sys.stderr)
        make_archive(folder)
    seen: dict[str, list[float]] = {name: [] for name in _QUESTIONS}
    rows = {}
    for _ in range(ROUNDS):
        for name, question in _QUESTIONS.items():
            seconds, rows[name] = asked(folder, question)
            seen[name].append(seconds)
    files = len(list(folder.glob("figures/*/*/*")))
    lines = [
        f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}; "
        f"{OFFICES} offices in {BRANCHES} branches, {QUARTERS} quarters, {files} files of figures; "
        f"{ROUNDS} rounds taking turns, the middle; the target is {MOST_SECONDS:.0f} s.",
        "",
        "| asked | rows of the answer | ms |",
        "|---|--:|--:|",
        *(
            f"| {name} | {rows[name]} | {statistics.median(times) * 1000:.0f} |"
            for name, times in seen.items()
        ),
    ]
    text = "\n".join(lines)
    print(text)
    write_between(DOC, (BEGIN, END), text)
    return 0 if all(statistics.median(times) <= MOST_SECONDS for times in seen.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
