"""Change the code in one place at a time and see whether the tests of its room notice: `make mutants`.

A mutant is one changed comparison, condition, boolean or number in a module of `src/sheetcredit`. A sample
of them is drawn from a seed. Each is written into a copy of the working tree, never into the tree itself,
and the tests of its room run there until the first one fails. Which files of tests call the changed function
is known from a run without mutants: no others need to run, but for those that start processes of ours. A
mutant that no test notices *lives*. The living ones are printed and written to build/mutants.txt; those that
change nothing anybody could see are named, with the reason, in tools/mutants.yaml.

The sample depends on the text of the code, not on line numbers: an edit elsewhere leaves it as it was.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import importlib.util
import os
import queue
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Literal

import msgspec

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "src/sheetcredit"
SETTINGS = "tools/mutants.yaml"
OUT = Path("build/mutants.txt")
COUNT, SEED, JOBS, ASKED = 200, 15, 2, 92
PATIENCE, LEAST_SECONDS, BY_THE_CLOCK, MEMORY = 4, 60, 10, 6 << 30
"""A mutant may take so many times the processor time that the unchanged room took, and at least so many
seconds; by the clock ten times that, as other things run beside it; and so many bytes."""

State = Literal["killed", "timeout", "lives", "equivalent"]
TESTS_FAILED, INTERRUPTED, NO_TESTS = 1, 2, 5
# Within pytest: failing examples need not be made small. Where it is asked for, it writes down which of our
# functions were called and which of our modules loaded, and whether other processes of ours were started.
PLUGIN = """
import json, os, sys, threading
from hypothesis import Phase, settings

SEEN = os.environ.pop("MUTANTS_SEEN", "")
ROOT = os.path.join(os.getcwd(), "src", "sheetcredit") + os.sep
codes, started = {}, []

def called(frame, event, argument):
    if event == "call":
        codes[id(frame.f_code)] = frame.f_code

def watch(event, arguments):
    if event in ("os.fork", "os.forkpty", "os.posix_spawn"):
        started.append(event)
    elif event == "subprocess.Popen" and "soffice" not in str(arguments[:2]):
        started.append(event)

def pytest_configure():
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile("mutants", deadline=None, database=None, derandomize=True, phases=phases)
    settings.load_profile("mutants")

def pytest_sessionfinish():
    sys.setprofile(None)
    if not SEEN:
        return
    started.extend(name for name in sys.modules if name.startswith("multiprocessing.popen_"))
    files = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
    functions = [(code.co_filename, code.co_firstlineno) for code in list(codes.values())]
    with open(SEEN, "w", encoding="utf-8") as out:
        json.dump({
            "functions": [[file[len(ROOT):], line] for file, line in functions if file.startswith(ROOT)],
            "modules": [file[len(ROOT):] for file in files if file.startswith(ROOT)],
            "processes": bool(started),
        }, out)

if SEEN:
    sys.addaudithook(watch)
    threading.setprofile(called)
    sys.setprofile(called)
"""


class Equivalent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mutant that changes nothing anybody could see, and why. `line` is its stripped line in the source."""

    file: str
    line: str
    old: str
    new: str
    reason: str


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What tools/mutants.yaml says: tests of a room besides `tests/ROOM`, and known equivalents."""

    tests: dict[str, tuple[str, ...]] = {}
    equivalent: tuple[Equivalent, ...] = ()


@dataclass(frozen=True)
class Mutant:
    """One change: the bytes from `start` to `end` of a file become `text`.

    `file` is below src/sheetcredit, `line` the whole line in the source, `old` and `new` what changes in it,
    `function` the first line of the function around it (0 where there is none).
    """

    file: str
    number: int
    function: int
    line: str
    old: str
    new: str
    start: int
    end: int
    text: str

    @property
    def room(self) -> str:
        """The folder its module is in; a module beside the folders is a room of its own."""
        return Path(self.file).parts[0].removesuffix(".py")

    @property
    def words(self) -> str:
        """As it is listed."""
        return f"{PACKAGE}/{self.file}:{self.number}  {self.old}  →  {self.new}"

    def known(self, settings: Settings) -> Equivalent | None:
        """The entry that says it changes nothing."""
        for one in settings.equivalent:
            if (one.file, one.line, one.old, one.new) == (self.file, self.line, self.old, self.new):
                return one
        return None

    def applied(self, source: bytes) -> bytes:
        """The module's bytes with the change."""
        return source[: self.start] + self.text.encode() + source[self.end :]


# Finding the places

_COMPARISONS: Mapping[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt), ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
}  # fmt: skip
# What these say is held by the type checker, or fails at once where it can fail at all.
_UNSEEN_KEYWORDS = frozenset({"strict", "frozen", "slots", "kw_only", "order", "forbid_unknown_fields"})


def mutants_of(file: str, source: bytes) -> list[Mutant]:
    """All mutants of one module."""
    finder = _Finder(file, source)
    finder.visit(ast.parse(source))
    return finder.found


class _Finder(ast.NodeVisitor):
    """Collects the mutants of a module from the top down."""

    def __init__(self, file: str, source: bytes) -> None:
        self.file, self.source = file, source
        self.lines = source.splitlines(keepends=True)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))
        self.function = 0
        self.found: list[Mutant] = []

    def _add(self, node: ast.expr, new: ast.expr, *, whole: bool = True) -> None:
        """A mutant that puts `new` in the place of `node`; parts of a bigger one need no brackets."""
        start = self.starts[node.lineno - 1] + node.col_offset
        end = self.starts[(node.end_lineno or 1) - 1] + (node.end_col_offset or 0)
        said = ast.unparse(new)
        self.found.append(
            Mutant(
                self.file, node.lineno, self.function, self.lines[node.lineno - 1].decode().strip(),
                ast.unparse(node), said, start, end, f"({said})" if whole else said,
            )
        )  # fmt: skip

    def visit_Compare(self, node: ast.Compare) -> None:
        for place, operator in enumerate(node.ops):
            for other in _COMPARISONS[type(operator)]:
                ops = [*node.ops[:place], other(), *node.ops[place + 1 :]]
                self._add(node, ast.Compare(node.left, ops, node.comparators))
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        self._add(node, ast.BoolOp(other, node.values))
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            self._add(node, node.operand)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self._add(node, ast.Constant(not node.value), whole=False)
        elif isinstance(node.value, int | float):
            self._add(node, ast.Constant(node.value + 1), whole=False)

    def _condition(self, test: ast.expr) -> None:
        """`not` before a condition; comparisons and negations have mutants of their own."""
        if not isinstance(test, ast.Compare | ast.UnaryOp | ast.Constant):
            self._add(test, ast.UnaryOp(ast.Not(), test))

    def visit_If(self, node: ast.If) -> None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return
        self._condition(node.test)
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        self._condition(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._condition(node.test)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self._condition(test)
        self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg not in _UNSEEN_KEYWORDS:
            self.generic_visit(node)

    # What has no mutants: types, and f-strings, whose inner places Python 3.11 does not tell.

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value:
            self.visit(node.value)

    def visit_arg(self, node: ast.arg) -> None:
        pass

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for part in (*node.decorator_list, node.args):
            self.visit(part)
        around = self.function
        self.function = min([node.lineno, *(each.lineno for each in node.decorator_list)])
        for statement in node.body:
            self.visit(statement)
        self.function = around

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        pass


def sources(root: Path) -> dict[str, bytes]:
    """The modules below src/sheetcredit, by path."""
    package = root / PACKAGE
    return {path.relative_to(package).as_posix(): path.read_bytes() for path in sorted(package.rglob("*.py"))}


def all_mutants(modules: Mapping[str, bytes]) -> list[Mutant]:
    """The mutants of all modules."""
    return [mutant for file, source in modules.items() for mutant in mutants_of(file, source)]


def drawn(mutants: Iterable[Mutant], count: int, seed: int) -> list[Mutant]:
    """So many of them, the same for a seed as long as their own lines stay; in the order of the files."""
    seen: Counter[tuple[str, ...]] = Counter()
    ranked = []
    for mutant in mutants:
        text = (mutant.file, mutant.line, mutant.old, mutant.new)
        seen[text] += 1
        rank = hashlib.sha256("\x1f".join((str(seed), str(seen[text]), *text)).encode()).digest()
        ranked.append((rank, mutant))
    chosen = [mutant for _, mutant in sorted(ranked, key=lambda pair: pair[0])[:count]]
    return sorted(chosen, key=lambda mutant: (mutant.file, mutant.start))


def load_settings(root: Path) -> Settings:
    """What tools/mutants.yaml says."""
    return msgspec.yaml.decode((root / SETTINGS).read_bytes(), type=Settings)


# The tests of a room


def files_of(root: Path, room: str, settings: Settings) -> list[str]:
    """The test files of a room: tests/ROOM or tests/test_<room>.py, and what the settings add.

    Where there are none of these: the files anywhere in tests that import from the room.
    """
    places = [f"tests/{room}", f"tests/test_{room}.py", *settings.tests.get(room, ())]
    found: list[str] = []
    for place in map(root.joinpath, places):
        files = sorted(place.rglob("test_*.py")) if place.is_dir() else [place] if place.is_file() else []
        found += [path.relative_to(root).as_posix() for path in files]
    if not found:
        module = module_name(f"{room}.py")
        paths = sorted((root / "tests").rglob("test_*.py"))
        found = [
            path.relative_to(root).as_posix()
            for path in paths
            if any(f"{name}.".startswith(f"{module}.") for name in imported(path.read_bytes()))
        ]
    return list(dict.fromkeys(found))


def imported(test: bytes) -> set[str]:
    """The names that a test file imports: `sheetcredit.checks.cells` for a module and for what is in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(test)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def module_name(file: str) -> str:
    """`sheetcredit.checks.cells` for `checks/cells.py`."""
    return ".".join(("sheetcredit", *Path(file).with_suffix("").parts)).removesuffix(".__init__")


class Seen(msgspec.Struct, frozen=True):
    """What a file of tests did without any mutant: the functions it called, by file and first line."""

    functions: frozenset[tuple[str, int]]
    modules: frozenset[str]
    processes: bool
    seconds: float = 0.0

    def reaches(self, mutant: Mutant) -> bool:
        """Whether it ran the code that the mutant changes, in its own process."""
        if mutant.function == 0:
            return mutant.file in self.modules
        return (mutant.file, mutant.function) in self.functions


def worth_running(mutant: Mutant, seen: Mapping[str, Seen]) -> list[str]:
    """The test files that may notice: those that run the changed code, then those that start processes.

    Of either kind the quick ones come first.
    """
    files = [file for file, one in seen.items() if one.reaches(mutant) or one.processes]
    return sorted(files, key=lambda file: (not seen[file].reaches(mutant), seen[file].seconds))


# Running them in copies of the tree


class Copy:
    """A copy of the working tree in which one mutant is tried after another."""

    def __init__(self, folder: Path, source: Path) -> None:
        self.tree = folder / "tree"
        self._folder = folder
        folder.mkdir()
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=source, check=True, capture_output=True,
        ).stdout  # fmt: skip
        for name in filter(None, listed.decode().split("\0")):
            if (source / name).is_file():
                (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source / name, self.tree / name)
        (folder / "for_mutants.py").write_text(PLUGIN, encoding="utf-8")

    def run(self, tests: Sequence[str], limit: float | None = None, seen: Path | None = None) -> int | None:
        """pytest's exit code; None when it took more than `limit` seconds of processor time."""
        command = [
            sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
            "-p", "for_mutants", f"--basetemp={self._folder / 'tmp'}", *tests,
        ]  # fmt: skip
        paths = (str(self.tree / "src"), str(self.tree), str(self._folder))
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        if seen is not None:
            environment["MUTANTS_SEEN"] = str(seen)
        with (self._folder / "said.txt").open("wb") as said:
            process = subprocess.Popen(
                command, cwd=self.tree, env=environment, stdin=subprocess.DEVNULL, stdout=said,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
            resource.prlimit(process.pid, resource.RLIMIT_DATA, (MEMORY, MEMORY))
            if limit is not None:
                resource.prlimit(process.pid, resource.RLIMIT_CPU, (ceil(limit), ceil(limit) + 1))
            try:
                code = process.wait(None if limit is None else BY_THE_CLOCK * limit)
                return None if code in (-signal.SIGXCPU, -signal.SIGKILL) else code
            except subprocess.TimeoutExpired:
                return None
            finally:  # whatever it started goes with it, also on Ctrl+C
                _kill_group(process)

    def said(self) -> str:
        """The end of what the last run printed."""
        return (self._folder / "said.txt").read_text(encoding="utf-8", errors="replace")[-2000:]

    def unchanged(self, test: str) -> Seen:
        """What a test file does without any mutant. Alone: what another file has cached would hide calls.

        Raises:
            SystemExit: it fails as it is.
        """
        report, started = self._folder / "seen.json", time.monotonic()
        if self.run([test], None, report) not in (0, NO_TESTS):
            raise SystemExit(f"{test} fails without any mutant:\n{self.said()}")
        seen = msgspec.json.decode(report.read_bytes(), type=Seen)
        return msgspec.structs.replace(seen, seconds=time.monotonic() - started)

    def tried(self, mutant: Mutant, tests: Sequence[str], limit: float) -> State:
        """Whether the tests notice the mutant."""
        if not tests:
            return "lives"
        path = self.tree / PACKAGE / mutant.file
        before, stat = path.read_bytes(), path.stat()
        path.write_bytes(mutant.applied(before))
        later = stat.st_mtime_ns + 10**10  # bytecode is held against the time in whole seconds and the size
        os.utime(path, ns=(later, later))
        try:
            code = self.run(tests, limit)
        finally:
            path.write_bytes(before)
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
            Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)
        if code is None:
            return "timeout"
        if code in (0, TESTS_FAILED, INTERRUPTED):  # interrupted: the module could not even be imported
            return "killed" if code else "lives"
        if code < 0 or code > NO_TESTS:  # the mutant brought Python down, or left by itself
            return "killed"
        raise SystemExit(f"pytest ended with {code}:\n{self.said()}")


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant."""

    mutant: Mutant
    state: State


def try_all(sample: Sequence[Mutant], settings: Settings, jobs: int, root: Path = ROOT) -> Iterator[Outcome]:
    """What became of each mutant, in the order in which they end; first the unchanged tests run."""
    rooms: dict[str, list[Mutant]] = {}
    for mutant in sample:
        if mutant.known(settings):
            yield Outcome(mutant, "equivalent")
        else:
            rooms.setdefault(mutant.room, []).append(mutant)
    tests = {room: files_of(root, room, settings) for room in rooms}
    with tempfile.TemporaryDirectory(prefix="mutants-") as name, ThreadPoolExecutor(jobs) as pool:
        copies: queue.Queue[Copy] = queue.Queue()
        for number in range(jobs):
            copies.put(Copy(Path(name) / str(number), root))

        def unchanged(test: str) -> Seen:
            with _taken(copies) as copy:
                return copy.unchanged(test)

        def attempt(mutant: Mutant, seen: Mapping[str, Seen]) -> Outcome:
            files = worth_running(mutant, seen)
            limit = max(LEAST_SECONDS, PATIENCE * sum(seen[file].seconds for file in files))
            with _taken(copies) as copy:
                return Outcome(mutant, copy.tried(mutant, files, limit))

        try:
            known = {test: pool.submit(unchanged, test) for files in tests.values() for test in files}
            waiting = []
            for room, mutants in rooms.items():
                seen = {test: known[test].result() for test in tests[room]}
                waiting += [pool.submit(attempt, mutant, seen) for mutant in mutants]
            for one in as_completed(waiting):
                yield one.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


@contextmanager
def _taken(copies: queue.Queue[Copy]) -> Iterator[Copy]:
    """A copy that nobody else uses meanwhile."""
    copy = copies.get()
    try:
        yield copy
    finally:
        copies.put(copy)


# What is told


def report_of(outcomes: Sequence[Outcome], settings: Settings) -> str:
    """The living mutants, those that change nothing with the reason, and the shares by room."""
    by_place = sorted(outcomes, key=lambda outcome: (outcome.mutant.file, outcome.mutant.start))
    lines = ["living:"]
    lines += [f"  {outcome.mutant.words}" for outcome in by_place if outcome.state == "lives"]
    lines.append("change nothing:")
    for outcome in by_place:
        known = outcome.mutant.known(settings)
        if known:
            lines.append(f"  {outcome.mutant.words}\n      {known.reason}")
    tallies: dict[str, Counter[State]] = {}
    for outcome in by_place:
        tallies.setdefault(outcome.mutant.room, Counter())[outcome.state] += 1
    lines += ["", "| room | mutants | killed | live | change nothing |", "|---|--:|--:|--:|--:|"]
    for room, tally in sorted(tallies.items()):
        killed = tally["killed"] + tally["timeout"]
        lines.append(f"| {room} | {tally.total()} | {killed} | {tally['lives']} | {tally['equivalent']} |")
    killed, changing = _killed(outcomes)
    lines += ["", f"killed {killed} of {changing} that change something: {100 * share(outcomes):.1f} %"]
    return "\n".join(lines) + "\n"


def _killed(outcomes: Iterable[Outcome]) -> tuple[int, int]:
    states = Counter(outcome.state for outcome in outcomes)
    killed = states["killed"] + states["timeout"]
    return killed, killed + states["lives"]


def share(outcomes: Iterable[Outcome]) -> float:
    """The part killed of those that change something; 1 where there are none."""
    killed, changing = _killed(outcomes)
    return killed / changing if changing else 1.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw, try, tell; 1 when less than the asked share is killed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-n", "--count", type=int, default=COUNT, help=f"how many ({COUNT})")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--room", nargs="+", default=[], help="of these rooms only")
    parser.add_argument("--file", nargs="+", default=[], help="of these modules only: checks/cells.py")
    parser.add_argument("--jobs", type=int, default=JOBS)
    parser.add_argument(
        "--asked", type=float, default=ASKED, help=f"least share killed, in percent ({ASKED})"
    )
    parser.add_argument("--list", action="store_true", help="only list the sample")
    given = parser.parse_args(arguments)
    modules = sources(ROOT)
    rooms = {Path(file).parts[0].removesuffix(".py") for file in modules}
    if unknown := {*given.room} - rooms | {*given.file} - modules.keys():
        parser.error(f"no such room or module: {', '.join(sorted(unknown))}")
    mutants = [
        mutant
        for mutant in all_mutants(modules)
        if (not given.room or mutant.room in given.room) and (not given.file or mutant.file in given.file)
    ]
    sample = drawn(mutants, given.count, given.seed)
    if given.list:
        print("\n".join(mutant.words for mutant in sample))
        return 0
    settings = load_settings(ROOT)
    print(f"{len(sample)} of {len(mutants)} mutants, seed {given.seed}", file=sys.stderr)
    outcomes: list[Outcome] = []
    for outcome in try_all(sample, settings, given.jobs):
        outcomes.append(outcome)
        if outcome.state != "killed":
            print(f"\r{outcome.state}: {outcome.mutant.words}", file=sys.stderr)
        killed, changing = _killed(outcomes)
        print(
            f"\r{len(outcomes)}/{len(sample)}, killed {killed} of {changing} ",
            end="",
            file=sys.stderr,
            flush=True,
        )
    print(file=sys.stderr)
    text = report_of(outcomes, settings)
    (ROOT / OUT).parent.mkdir(exist_ok=True)
    (ROOT / OUT).write_text(text, encoding="utf-8")
    print(text, end="")
    return 1 if 100 * share(outcomes) < given.asked else 0


if __name__ == "__main__":
    sys.exit(main())
