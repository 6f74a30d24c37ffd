"""Measure what each hostile file costs: `make bench-hostile` writes docs/hostile.md.

Each file goes through `sheetcredit run` in a process of its own; time and memory are those of that process,
beside those of a run that only starts and is told that there is no such file.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sheetcredit.xlsx.limits import FileLimits
from tests.xlsx.hostile import HARMLESS, HOSTILE, WITHIN

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "hostile.md"
PROGRAM = Path(sys.executable).with_name("sheetcredit")
MAX_SECONDS, MAX_MIB = 2.0, 300

EVERY = 8
"""So many files are measured between two plain starts."""

HEAD = """# Hostile files

What each hostile file of `tests/xlsx/hostile.py` costs, written by `make bench-hostile`: `sheetcredit
run` in a process of its own, start included. At most 2 seconds of processor time and 300 MiB, exit 2, one
line with a remedy. *Of a start*: processor time as a multiple of a run that only starts and is told that
there is no such file, the middle one of such runs between the others: what is above 1 is the file's own cost.
Seconds by the clock are what they were on a machine that had other work too.

## Limits

A workbook that asks for more is refused. Each limit can be set by an environment variable, a whole number.

| variable | default |
|---|---|
"""


TAIL = """The harmless ones only look hostile and are reported on like
any other workbook (exit 0), so they cost what a whole run does: a stated size of a sheet is not believed, a
zip file within the file is never opened, deep nesting outside the table of cells is skipped, and a text that
is longer than a formula may be is not followed.

A workbook that stays within the limits is read, however large, and costs in proportion (no bound but the
limits themselves):
"""


class Cost(NamedTuple):
    """What one run took."""

    exit: int
    seconds: float
    """From start to end; a busy machine adds to it."""
    cpu: float
    """Processor time, user and system: what the bound is about."""
    mib: float
    lines: int


def measure(path: Path, folder: Path) -> Cost:
    """Run the main job on a file and take its time and its largest memory."""
    command = [str(PROGRAM), "run", str(path), "-o", str(folder / "out.xlsx"), "-q"]
    started = time.perf_counter()
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    lines = (folder / "said").read_bytes().count(b"\n")
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(process.returncode, seconds, cpu, usage.ru_maxrss / 1024, lines)


def main(words: Sequence[str] = ()) -> int:
    """Measure every file; 1 if one costs too much or is not refused as it should be.

    With `words`, only the kinds that contain one of them, and no page is written.
    """
    text = HEAD
    for name, value in FileLimits()._asdict().items():
        text += f"| `SHEETCREDIT_LIMIT_{name.upper()}` | {value:,} |\n"
    text += "\n## Files\n\n| file | size | exit | seconds | of processor | of a start | MiB |\n"
    text += "|---|---:|---:|---:|---:|---:|---:|\n"
    bad: list[str] = []
    rows: list[tuple[str, int, Cost]] = []
    starts: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {kind: (one.make, one.suffix, 2) for kind, one in HOSTILE.items()}
        files |= {f"{kind} (harmless)": (make, ".xlsx", 0) for kind, make in HARMLESS.items()}
        files = {kind: one for kind, one in files.items() if _asked(kind, words)}
        for number, (kind, (make, suffix, expected)) in enumerate(files.items()):
            if number % EVERY == 0:
                starts.append(measure(folder / "no.xlsx", folder).cpu)
            path = folder / f"file{suffix}"
            path.write_bytes(make())
            cost = measure(path, folder)
            rows.append((kind, path.stat().st_size, cost))
            wrong = cost.exit != expected or (expected == 2 and cost.lines != 1)
            if wrong or cost.cpu > MAX_SECONDS or cost.mib > MAX_MIB:
                bad.append(f"{kind}: {cost}")
        within = []
        for kind, make in WITHIN.items() if not words else ():
            path = folder / "file.xlsx"
            path.write_bytes(make())
            within.append((kind, path.stat().st_size, measure(path, folder)))
    if words:
        print("\n".join(bad) or "\n".join(f"{kind}: {cost}" for kind, _, cost in rows))
        return 1 if bad else 0
    start = statistics.median(starts)
    for kind, size, cost in rows:
        text += f"| {kind} | {size:,} | {cost.exit} | {cost.seconds:.2f} | {cost.cpu:.2f} "
        text += f"| {cost.cpu / start:.2f} | {cost.mib:.0f} |\n"
    text += f"\nA start takes {start:.2f} s of processor time. {TAIL}"
    text += "\n| within the limits | size | of processor | MiB |\n|---|---:|---:|---:|\n"
    for kind, size, cost in within:
        text += f"| {kind} | {size:,} | {cost.cpu:.2f} | {cost.mib:.0f} |\n"
    PAGE.write_text(text, encoding="utf-8")
    print("\n".join(bad) or f"{PAGE.relative_to(ROOT)} written: all within the bounds")
    return 1 if bad else 0


def _asked(kind: str, words: Sequence[str]) -> bool:
    return not words or any(word in kind for word in words)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
