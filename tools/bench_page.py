"""Measure how fast `tinh-hinh.html` opens in Chromium: `make bench-page` writes the table of docs/page.md.

The times are the browser's own, from the start of the navigation; every opening is of a fresh profile.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser

from sheetcredit.page.write import MOST_BYTES, rendered
from tests.browser import chromium
from tests.page.large_page import page
from tools.bench_report import write_between

DOC = Path(__file__).resolve().parent.parent / "docs" / "page.md"
BEGIN, END = "<!-- measured: make bench-page -->", "<!-- end of what was measured -->"
ROUNDS, MOST_MS = 9, 1000
SIZES = ((20, 300), (120, 3_000), (648, 20_000))
"""Offices and findings: a branch, a large branch, the nation."""
_TIMES = """() => {
  const [way] = performance.getEntriesByType("navigation");
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  return {paint: paint ? paint.startTime : NaN, load: way.loadEventEnd};
}"""


@dataclass(frozen=True, slots=True)
class Opening:
    """Milliseconds until something is painted, until it is loaded; of the main thread until all is unpacked,
    and then for drawing the first chart; the elements of the document."""

    paint: float
    load: float
    main: float
    chart: float
    elements: float


def opening(browser: Browser, path: Path) -> Opening:
    """One page opened in a fresh context, then its charts looked at."""
    context = browser.new_context(offline=True)
    there = context.new_page()
    tools = context.new_cdp_session(there)
    tools.send("Performance.enable")

    def busy() -> float:
        metrics: Mapping[str, float] = {
            one["name"]: one["value"] for one in tools.send("Performance.getMetrics")["metrics"]
        }
        return metrics["TaskDuration"] * 1000

    there.goto(path.as_uri())
    there.wait_for_selector("[aria-busy]", state="detached")
    there.wait_for_timeout(200)
    main, times = busy(), there.evaluate(_TIMES)
    elements = there.evaluate("document.querySelectorAll('*').length")
    if there.locator("#chart-balance").count():
        there.locator("#chart-balance").scroll_into_view_if_needed()
        there.wait_for_selector("#chart-balance svg")
    chart = busy() - main
    context.close()
    return Opening(times["paint"], times["load"], main, chart, elements)


def middle(seen: list[Opening]) -> Opening:
    """The median of each measure."""
    return Opening(*(statistics.median(getattr(one, name) for one in seen) for name in Opening.__slots__))


EMPTY = "<!doctype html><meta charset='utf-8'><title>-</title><p>-"


def main() -> int:
    """Measure pages of all sizes, taking turns, and write the table."""
    with TemporaryDirectory() as folder, chromium() as browser:
        paths = {"an empty page": Path(folder) / "empty.html"}
        paths["an empty page"].write_text(EMPTY, encoding="utf-8")
        for offices, findings in SIZES:
            path = paths[f"{offices} offices, {findings} findings"] = Path(folder) / f"{offices}.html"
            path.write_bytes(rendered(page(findings, offices=offices)))
        seen: dict[str, list[Opening]] = {name: [] for name in paths}
        for turn in range(ROUNDS + 1):
            for name, path in paths.items():
                one = opening(browser, path)
                if turn:  # the first opening warms the browser itself
                    seen[name].append(one)
        version = browser.version.partition(".")[0]
        bytes_of = {name: path.stat().st_size for name, path in paths.items()}
    lines = [
        f"{platform.machine()}, {os.cpu_count()} processors, Chromium {version}, headless; "
        f"{ROUNDS} openings each, taking turns, the middle.",
        "",
        "| page | kB | elements | first paint, ms | loaded, ms | main thread, ms | first chart, ms |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    missed = []
    for name, openings in seen.items():
        one = middle(openings)
        kilobytes = bytes_of[name] / 1000
        times = " | ".join(f"{value:.0f}" for value in (one.paint, one.load, one.main, one.chart))
        lines.append(f"| {name} | {kilobytes:.0f} | {one.elements:.0f} | {times} |")
        if one.load > MOST_MS or bytes_of[name] > MOST_BYTES:
            missed.append(name)
    text = "\n".join(lines)
    print(text)
    write_between(DOC, (BEGIN, END), text)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
