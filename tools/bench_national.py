"""Measure a whole national quarter and write the tables of `docs/national.md`.

The nation is made by `tools.national` in FOLDER (build/national unless given) if it is not there yet; what is
timed runs in processes of its own (the command, and `tools.national_job`), sides taking turns. `--quick`
measures a tenth.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

import duckdb

from sheetcredit.page.write import NAME
from sheetcredit.template.definition import load_office
from tools.bench_report import Target, write_between
from tools.national import Nation, corrupt, make_nation
from tools.national_job import workbooks

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "national.md"
OURS = ROOT / ".venv-run" / "bin" / "python"
USUAL = ROOT / ".venv-bench" / "bin" / "python"
BEGIN, END = "<!-- measured: make bench-national -->", "<!-- end of what was measured -->"
WORKERS = 2
SIZES = (20, 81, 162, 324, 648, 1_296, 2_592)
SAMPLE = 12
PR_SET_CHILD_SUBREAPER = 36
EVERY = 0.02  # seconds between two looks at the memory


@dataclass(frozen=True)
class Run:
    """A process with all its children: seconds by the clock, of processor time, and peak MiB together."""

    wall: float
    cpu: float
    peak: float


@dataclass(frozen=True)
class Job:
    """A command line, run where nothing is kept from before; `{new}` in it stands for an empty folder."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ends: Collection[int] = (0,)


def job(*arguments: str | Path, python: Path = OURS) -> Job:
    """One of `tools.national_job`."""
    return Job([str(python), "-m", "tools.national_job", *map(str, arguments)])


def consolidation(folder: Path) -> Job:
    """The command as people type it, over all offices at once; they have the machine's processors."""
    command = [str(OURS.with_name("sheetcredit")), "consolidate", str(folder), "-o", "{new}/toan-quoc.xlsx"]
    catalogues = {"SHEETCREDIT_CATALOGUES": str(folder / "catalogues")}
    return Job(command, catalogues, (0, 1))  # planted mistakes block some offices


def run(job: Job, watched: bool = False) -> tuple[Run, str]:
    """A job, seen from outside, and its output; its memory only when it is `watched`, which slows it down.

    What it started is counted even if it did not wait for that.
    """
    adopt()
    with TemporaryDirectory(dir=ROOT / "build") as new, TemporaryFile("w+", encoding="utf-8") as said:
        command = [part.replace("{new}", new) for part in job.command]
        environment = {**os.environ, "SHEETCREDIT_HOME": new, **job.environment}
        mine, before, start = children(os.getpid()), used(), time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, stdout=said, env=environment)  # a pipe would fill up
        peak = 0.0
        while True:
            done, status = os.waitpid(process.pid, os.WNOHANG if watched else 0)
            if done:
                break
            peak = max(peak, sum(map(proportional, family(process.pid))))
            time.sleep(EVERY)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        output = said.read()
        while left := children(os.getpid()) - mine:  # what it left behind ends now
            for pid in left:
                os.waitpid(pid, 0)
        books = [Path(part) for part in command if part.endswith(".xlsx")]
        made = [*books, *(book.with_name(NAME) for book in books if "consolidate" in command)]
        unwritten = [path for path in made if not path.is_file()]
    if process.returncode not in job.ends or unwritten:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return Run(wall, used() - before, peak / 1024), output


def adopt() -> None:
    """Processes whose parent is gone become this one's children, so that they can be waited for."""
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise SystemExit("processor time of grandchildren cannot be measured here")


def used() -> float:
    """Seconds of processor time of all processes that were waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    found = [pid]
    for one in found:
        found += sorted(children(one))
    return found


def children(pid: int) -> set[int]:
    """What a process started, or adopted; nothing once it has ended."""
    found: set[int] = set()
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found.update(map(int, (task / "children").read_text().split()))
    return found


def proportional(pid: int) -> float:
    """KiB of memory, what is shared counted in parts."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return sum(float(line.split()[1]) for line in lines if line.startswith("Pss:"))


def taking_turns(
    jobs: Mapping[str, Job], rounds: int, each_turn: Callable[[], None] = lambda: None
) -> dict[str, Run]:
    """The middle of several rounds, and the most memory seen in one more."""
    runs: dict[str, list[Run]] = {name: [] for name in jobs}
    for turn in range(rounds):
        for name, job in jobs.items():
            runs[name].append(run(job)[0])
            print(f"  {turn + 1}/{rounds} {name}: {runs[name][-1]}", file=sys.stderr, flush=True)
        each_turn()
    return {
        name: Run(
            statistics.median(one.wall for one in seen),
            statistics.median(one.cpu for one in seen),
            run(jobs[name], watched=True)[0].peak,
        )
        for name, seen in runs.items()
    }


# What was found


def told(folder: Path) -> dict[str, Any]:
    """What our job tells of a folder."""
    out = folder.with_suffix(".json")
    run(job("gather", folder, "--workers", str(WORKERS), "--out", out))
    said: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return said


def planted_found(folder: Path, files: dict[str, Any]) -> tuple[int, int, list[str]]:
    """How many mistakes are named in the right file and cell, of how many; the misses."""
    planted = json.loads((folder / "planted.json").read_text(encoding="utf-8"))
    misses = [f"{one['file']} ({one['kind']})" for one in planted if not _named(one, files[one["file"]])]
    return len(planted) - len(misses), len(planted), misses


def _named(planted: dict[str, Any], file: dict[str, Any]) -> bool:
    if planted["cause"] is None:
        return any(cell in file["cells"] for cell in planted["cells"])
    wanted = " / ".join(planted["keys"])
    return any(
        (cause, sheet) == (planted["cause"], planted["sheet"]) and (not wanted or place == wanted)
        for cause, sheet, place in file["causes"]
    )


def false_alarms(folder: Path, files: dict[str, Any]) -> list[str]:
    """Files in which something is found though nothing was planted."""
    planted = {one["file"] for one in json.loads((folder / "planted.json").read_text(encoding="utf-8"))}
    return [
        name for name, file in files.items() if name not in planted and (file["findings"] or file["error"])
    ]


def totals_by_duckdb(folder: Path) -> dict[str, dict[str, int]]:
    """The same sums as `national_job.totals`, reckoned by DuckDB from what the generator typed."""
    sums: dict[str, dict[str, int]] = {}
    with duckdb.connect() as database:
        for sheet in load_office().tables():
            name = sheet.frame or sheet.id
            measures = [column.name for column in sheet.columns if column.type in ("amount", "count")]
            wanted = ", ".join(["count(*)", *(f'sum("{measure}")' for measure in measures)])
            row = database.execute(f"SELECT {wanted} FROM '{folder}/data/{name}.parquet'").fetchone()
            assert row is not None
            sums[name] = dict(zip(("rows", *measures), map(int, row), strict=True))
    return sums


def with_corrupt(folder: Path, percent: int, seed: int) -> tuple[Path, set[str]]:
    """The same nation with so many files spoilt; which."""
    spoilt = folder.with_name(f"{folder.name}-corrupt")
    shutil.rmtree(spoilt, ignore_errors=True)
    linked(folder, spoilt, workbooks(folder))
    return spoilt, {one["file"] for one in corrupt(spoilt, percent, seed)}


def linked(source: Path, target: Path, files: Iterable[Path]) -> None:
    """Files of one folder in another one, without copying them; the catalogues too."""
    for file in files:
        place = target / file.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        os.link(file, place)
    shutil.copytree(source / "catalogues", target / "catalogues", dirs_exist_ok=True)


def of_size(folder: Path, offices: int) -> Path:
    """A folder with so many workbooks: the first of the nation, or all of it for one quarter and another."""
    target = folder.with_name(f"{folder.name}-{offices}")
    shutil.rmtree(target, ignore_errors=True)
    files = workbooks(folder)
    for quarter in range(-(-offices // len(files))):
        linked(folder, target / f"quarter-{quarter + 1}", files[: offices - quarter * len(files)])
    return target


# The page


def measure(folder: Path, nation: Nation, rounds: int, sizes: Sequence[int]) -> tuple[str, list[Target]]:
    count = str(WORKERS)
    jobs = {
        "python-calamine alone": job("calamine", folder, "--workers", count),
        "sheetcredit consolidate, the workbook and the page written": consolidation(folder),
        "sheetcredit, read and checked only": job("gather", folder, "--workers", count),
    }
    sample = [file for file in workbooks(folder) if file.name not in planted_names(folder)][:SAMPLE]
    scripts: list[float] = []  # seconds a workbook, one figure a round
    script_job = job("usual", *sample, python=USUAL)
    runs = taking_turns(jobs, rounds, lambda: scripts.append(float(run(script_job)[1])))
    calamine, ours, gathering = runs.values()
    only = gathering.cpu / calamine.cpu
    script = statistics.median(scripts)
    usual = script * nation.offices
    said = told(folder)
    right, planted, misses = planted_found(folder, said["files"])
    alarms = false_alarms(folder, said["files"])
    same = said["totals"] == totals_by_duckdb(folder)
    spoilt, wanted = with_corrupt(folder, 5, nation.seed)
    broken = told(spoilt)["files"]
    reported = {name for name, file in broken.items() if file["error"]}
    rest = {name: file for name, file in broken.items() if name not in wanted}
    untouched = all(file == said["files"][name] for name, file in rest.items())
    unlike = 0 if untouched and reported == wanted else 1
    targets = [
        Target("seconds by the clock: python-calamine's, times", ours.wall / calamine.wall, "≤", 3),
        Target("seconds of processor time: python-calamine's times", ours.cpu / calamine.cpu, "≤", 3),
        Target("read and checked only: python-calamine's processor time, times", only, "≤", 3),
        Target("peak memory of all processes together, MiB", ours.peak, "≤", 1000),
        Target("times faster than the usual script (extrapolated)", usual / ours.wall, "≥", 25),
        Target(f"planted mistakes named in the right file and cell, of {planted}", right, "≥", planted),
        Target("files in which something is found though nothing was planted", len(alarms), "≤", 0),
        Target("sums that differ from DuckDB's", 0 if same else 1, "≤", 0),
        Target(f"corrupt files reported, of {len(wanted)}", len(reported & wanted), "≥", len(wanted)),
        Target("other files told differently beside corrupt ones", unlike, "≤", 0),
    ]  # fmt: skip
    lines = [
        f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}; "
        f"seed {nation.seed}; {nation.offices} offices, {nation.communes} communes, {nation.groups} groups; "
        f"{rounds} rounds, the middle.",
        "",
        "| what | seconds by the clock | of processor time | peak MiB, all processes |",
        "|---|--:|--:|--:|",
        *(f"| {name} | {one.wall:.2f} | {one.cpu:.2f} | {one.peak:.0f} |" for name, one in runs.items()),
        f"| the usual script, one process: {len(sample)} workbooks at {script:.2f} s | {usual:.0f} | | |",
        "",
        "| what | measured | target | |",
        "|---|--:|--:|---|",
        *(
            f"| {t.name} | {t.value:.2f} | {t.sense} {t.bound:g} | {'met' if t.met else '**missed**'} |"
            for t in targets
        ),
    ]
    lines += [f"\nNot named: {', '.join(misses)}."] if misses else []
    lines += [
        "",
        "Read and checked, by number of workbooks:",
        "",
        "| workbooks | seconds by the clock | of processor time | ms of processor time each | peak MiB |",
    ]
    lines += ["|--:|--:|--:|--:|--:|"]
    for size in sizes:
        place = of_size(folder, size)
        one = taking_turns({str(size): job("gather", place, "--workers", count)}, 1)[str(size)]
        lines.append(
            f"| {size} | {one.wall:.2f} | {one.cpu:.2f} | {one.cpu * 1000 / size:.1f} | {one.peak:.0f} |"
        )
        shutil.rmtree(place)
    shutil.rmtree(spoilt)
    return "\n".join(lines), targets


def planted_names(folder: Path) -> set[str]:
    """Names of the workbooks with a mistake."""
    planted = json.loads((folder / "planted.json").read_text(encoding="utf-8"))
    return {Path(one["file"]).name for one in planted}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build" / "national")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="a tenth of the nation; the page is not written")
    given = parser.parse_args(arguments)
    nation = Nation(offices=65, branches=4, communes=1_000, groups=16_600) if given.quick else Nation()
    folder = given.folder.with_name(f"{given.folder.name}-quick") if given.quick else given.folder
    if len(workbooks(folder)) != nation.offices:
        print("  making the nation", file=sys.stderr)
        make_nation(folder, nation, WORKERS)
    sizes = [size for size in SIZES if size <= 4 * nation.offices]
    text, targets = measure(folder, nation, given.rounds, sizes)
    print(text)
    if not given.quick:
        write_between(PAGE, (BEGIN, END), text)
    return 0 if all(target.met for target in targets) else 1


if __name__ == "__main__":
    sys.exit(main())
