"""Measure the speed beside the usual script and write the table of `docs/benchmarks.md`.

Every comparison is made in one run with the runs interleaved (A B C, A B C, …), so that whatever else the
machine does hits all sides alike; the middle value counts. Ours is the installed wheel in an environment
without development packages, as a user has it; the usual script has an environment of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.bench_report import Measure, Target, write_page

ROOT = Path(__file__).resolve().parent.parent
SEED = ROOT / "seeds" / "an-duong-2024q1.xlsx"
OURS = ROOT / ".venv-run" / "bin"
USUAL = ROOT / ".venv-bench" / "bin" / "python"
# One run's answer, in the way our worker is driven; the usual script's own `serve` does the same.
WORKER = """
import sys, time, sheetcredit
for _ in sys.stdin:
    start = time.perf_counter()
    sheetcredit.run(sys.argv[1], out=sys.argv[2])
    print(time.perf_counter() - start, flush=True)
"""
# A figure is a number of đồng or a rounded ratio: this only lets through the last bits of a division.
SAME_FIGURE = 1e-9


def environment() -> dict[str, str]:
    """Child processes must not see the checkout or another environment."""
    return {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}


def timed(command: Sequence[str]) -> tuple[float, float]:
    """Whole process: seconds and peak MiB."""
    start = time.perf_counter()
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        # Read to the end first: a process with a full pipe would never end.
        complaint = process.stderr.read().decode() if process.stderr else ""
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}\n{complaint}")
    return seconds, usage.ru_maxrss / 1024


class Worker:
    """A long-lived process that does one warm run for each line it is sent."""

    def __init__(self, command: Sequence[str]) -> None:
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def once(self) -> tuple[float, float]:
        """Seconds of one run, measured inside the process; the peak memory is known at the end."""
        if self.process.stdin is None or self.process.stdout is None:
            raise SystemExit("The worker has no pipes")
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit("A worker ended early; its message is above")
        return float(answer), 0.0

    def finish(self) -> float:
        """End the worker; return its peak MiB."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        return usage.ru_maxrss / 1024


@dataclass
class Runs:
    """What was seen of one side."""

    seconds: list[float] = field(default_factory=list)
    peak: float = 0.0

    def measure(self, name: str) -> Measure:
        """The three numbers that are shown."""
        return Measure(name, min(self.seconds), statistics.median(self.seconds), max(self.seconds), self.peak)


def interleave(sides: Mapping[str, Callable[[], tuple[float, float]]], rounds: int) -> dict[str, Runs]:
    """Run every side in turn, `rounds` times, after two rounds that do not count."""
    runs = {name: Runs() for name in sides}
    for turn in range(-2, rounds):
        for name, side in sides.items():
            seconds, peak = side()
            if turn >= 0:
                runs[name].seconds.append(seconds)
                runs[name].peak = max(runs[name].peak, peak)
        print(f"\r  round {max(turn + 1, 0)}/{rounds}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return runs


def same_answer(folder: Path) -> int:
    """Both sides must find the same figures and nothing wrong; returns how many figures agree."""
    ours = subprocess.run(
        [OURS / "sheetcredit", "run", SEED, "-o", folder / "ours.xlsx", "--json"],
        cwd=ROOT, env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    usual = subprocess.run(
        [USUAL, "-m", "tools.bench_baseline", "run", SEED, folder / "usual.xlsx"],
        cwd=ROOT, env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    file = json.loads(ours.stdout)["files"][0]
    script = json.loads(usual.stdout)
    mine: dict[str, float] = file["figures"]
    theirs: dict[str, float] = script["figures"]
    if script["findings"]:
        raise SystemExit(f"The usual script finds fault with the golden workbook: {script['findings'][:5]}")
    blocking = [finding for finding in file["findings"] if finding["severity"] == "error"]
    if blocking:
        raise SystemExit(f"sheetcredit finds fault with the golden workbook: {blocking[:5]}")
    if mine.keys() != theirs.keys():
        raise SystemExit(f"Figures of one side only: {sorted(mine.keys() ^ theirs.keys())}")
    apart = [name for name in mine if abs(mine[name] - theirs[name]) > SAME_FIGURE * max(1, abs(mine[name]))]
    if apart:
        raise SystemExit(f"The two sides differ in {', '.join(f'{n} {mine[n]} {theirs[n]}' for n in apart)}")
    return len(mine)


def main() -> None:
    """Measure, print, write the page; fail when a target is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=15, help="rounds that count (default 15)")
    rounds = parser.parse_args().rounds
    python = str(OURS / "python")
    # The installed packages come with bytecode; the script gets the same favour.
    subprocess.run([USUAL, "-m", "compileall", "-q", "tools"], cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory(prefix="sheetcredit-bench-") as name:
        folder = Path(name)
        figures = same_answer(folder)
        usual = [str(USUAL), "-m", "tools.bench_baseline"]
        out = str(folder / "warm.xlsx")
        print("Whole processes", file=sys.stderr)
        whole = interleave(
            {
                "validate": lambda: timed([str(OURS / "sheetcredit"), "validate", str(SEED)]),
                "import": lambda: timed([python, "-c", "import pandera.polars"]),
                "script": lambda: timed([*usual, "validate", str(SEED)]),
                "help": lambda: timed([str(OURS / "sheetcredit"), "--help"]),
            },
            rounds,
        )
        print("Warm runs in one process", file=sys.stderr)
        workers = {
            "run": Worker([python, "-c", WORKER, str(SEED), out]),
            "script": Worker([*usual, "serve", str(SEED), str(folder / "warm-usual.xlsx")]),
        }
        warm = interleave({name: worker.once for name, worker in workers.items()}, rounds)
        for side, worker in workers.items():
            warm[side].peak = worker.finish()

    validate = whole["validate"].measure("`sheetcredit validate`, whole process")
    floor = whole["import"].measure('`python -c "import pandera.polars"`, whole process')
    script = whole["script"].measure("the usual script, validation only, whole process")
    shown = whole["help"].measure("`sheetcredit --help`, whole process")
    run = warm["run"].measure("`sheetcredit.run(…)`, warm, in process")
    full = warm["script"].measure("the usual script, everything, warm, in process")
    targets = [
        Target("validate ÷ bare import", validate.median / floor.median, "≤", 1.5),
        Target("usual script ÷ validate", script.median / validate.median, "≥", 2.0),
        Target("warm run, ms", run.median * 1000, "≤", 90.0),
        Target("usual script ÷ warm run", full.median / run.median, "≥", 5.0),
        Target("help, s", shown.median, "≤", 0.15),
    ]
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    write_page(
        ROOT / "docs" / "benchmarks.md",
        [validate, floor, script, shown, run, full],
        targets,
        f"{machine}; {rounds} interleaved rounds; both sides agree on {figures} figures.",
    )
    if not all(target.met for target in targets):
        raise SystemExit("A target is missed.")


if __name__ == "__main__":
    main()
