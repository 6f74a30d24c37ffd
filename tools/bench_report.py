"""The table of `docs/benchmarks.md`, between two markers, and on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

BEGIN = "<!-- begin: written by make bench -->"
END = "<!-- end: written by make bench -->"
PAGE = f"""# Benchmarks

`make bench` measures sheetcredit beside the usual script for such a job, one with pandas, openpyxl and
pandera (`tools/bench_baseline.py`), on the golden workbook `seeds/an-duong-2024q1.xlsx`.

- All numbers of the tables come from one run. The sides take turns, so that whatever else the machine does
  hits all of them alike; two rounds are thrown away, and the middle value counts.
- Before anything is timed, both sides must give the same figures and find no fault with the workbook.
- The script does the same checks (types, signs, decimals, code lists, keys, total rows, roll-forward,
  associations = groups = ledger, programmes = associations + direct lending, ratings, group sizes, levels,
  plan, period) and writes the same sheets. It knows one layout of the workbook, does not look for likely
  causes, and saves through openpyxl, which does not keep the rest of the file as it was.
- sheetcredit is the installed wheel in an environment without development packages. The script has an
  environment of its own, because the mere presence of pandas slows the start of pandera. Packages have
  their bytecode compiled on both sides, as pip leaves them.

{BEGIN}
{END}
"""


@dataclass(frozen=True)
class Measure:
    """Seconds of one side: fastest, middle, slowest; peak memory in MiB."""

    name: str
    least: float
    median: float
    most: float
    peak: float


@dataclass(frozen=True)
class Target:
    """What was promised, and what was measured."""

    name: str
    value: float
    sense: str
    bound: float

    @property
    def met(self) -> bool:
        """Whether the measured value keeps the promise."""
        return self.value <= self.bound if self.sense == "≤" else self.value >= self.bound


def tables(measures: Sequence[Measure], targets: Sequence[Target], note: str) -> str:
    """Both tables as Markdown."""
    lines = [
        note,
        "",
        "| what | min, ms | median, ms | max, ms | peak memory, MiB |",
        "|---|--:|--:|--:|--:|",
    ]
    for m in measures:
        times = " | ".join(f"{seconds * 1000:.0f}" for seconds in (m.least, m.median, m.most))
        lines.append(f"| {m.name} | {times} | {m.peak:.0f} |")
    lines += ["", "| ratio of the medians | measured | target | |", "|---|--:|--:|---|"]
    for t in targets:
        lines.append(
            f"| {t.name} | {t.value:.2f} | {t.sense} {t.bound:g} | {'met' if t.met else '**missed**'} |"
        )
    return "\n".join(lines)


def write_page(path: Path, measures: Sequence[Measure], targets: Sequence[Target], note: str) -> None:
    """Replace what is between the markers; make the page where there is none."""
    text = tables(measures, targets, note)
    print(text)
    write_between(path, (BEGIN, END), text, PAGE)


def write_between(path: Path, markers: tuple[str, str], text: str, page: str = "") -> None:
    """Replace what is between the markers of a file; of `page` where there is no file yet.

    Raises:
        SystemExit: a marker is gone.
    """
    begin, end = markers
    page = path.read_text(encoding="utf-8") if path.exists() else page
    before, _, rest = page.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise SystemExit(f"{path.name} has lost its markers {begin} and {end}")
    path.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")
