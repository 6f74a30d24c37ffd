"""`make mutants`: which places of the code it changes, how it draws a sample, and how a mutant is tried."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

from tools.mutants import (
    PACKAGE,
    ROOT,
    SETTINGS,
    Copy,
    Equivalent,
    Mutant,
    Outcome,
    Settings,
    State,
    all_mutants,
    drawn,
    files_of,
    imported,
    load_settings,
    mutants_of,
    report_of,
    share,
    sources,
    try_all,
    worth_running,
)


def changes(source: str) -> set[str]:
    return {f"{one.old} → {one.new}" for one in mutants_of("a.py", source.encode())}


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("x = a < b", {"a < b → a <= b", "a < b → a >= b"}),
        ("x = a == b", {"a == b → a != b"}),
        ("x = a not in b", {"a not in b → a in b"}),
        ("x = a is None", {"a is None → a is not None"}),
        ("x = 1 < a <= b", {"1 < a <= b → 1 <= a <= b", "1 < a <= b → 1 >= a <= b", "1 < a <= b → 1 < a < b",
                            "1 < a <= b → 1 < a > b", "1 → 2"}),
        ("x = a and b and c", {"a and b and c → a or b or c"}),
        ("x = not a", {"not a → a"}),
        ("if a(): pass", {"a() → not a()"}),
        ("if not a: pass", {"not a → a"}),
        ("while a: pass", {"a → not a"}),
        ("x = [b for b in c if b.d]", {"b.d → not b.d"}),
        ("x = b if c else d", {"c → not c"}),
        ("x = True", {"True → False"}),
        ("x = 400", {"400 → 401"}),
        ("def f(a=2): pass", {"2 → 3"}),
    ],
)  # fmt: skip
def test_what_is_changed(source: str, wanted: set[str]) -> None:
    assert changes(source) == wanted


@pytest.mark.parametrize(
    "source",
    [
        '"""A text."""',
        "x: Literal[1]",
        "def f(a: Literal[1]) -> Literal[True]: pass",
        "if TYPE_CHECKING:\n    x = 1",
        'x = f"{a:>{3}}{b == c}"',
        "zip(a, b, strict=True)",
        "@dataclass(frozen=True, slots=True)\nclass A: pass",
        "x = None",
    ],
)
def test_what_is_left_alone(source: str) -> None:
    assert changes(source) == set()


def test_a_mutant_is_the_source_with_one_change() -> None:
    source = 'tên = "số"  # đồng\nif tên and (a\n        or b): x = -5\n'.encode()
    applied = {one.words: one.applied(source).decode() for one in mutants_of("a.py", source)}
    assert applied == {
        f"{PACKAGE}/a.py:2  tên and (a or b)  →  tên or (a or b)":
            'tên = "số"  # đồng\nif (tên or (a or b)): x = -5\n',
        f"{PACKAGE}/a.py:2  tên and (a or b)  →  not (tên and (a or b))":
            'tên = "số"  # đồng\nif (not (tên and (a or b))): x = -5\n',
        f"{PACKAGE}/a.py:2  a or b  →  a and b": 'tên = "số"  # đồng\nif tên and ((a and b)): x = -5\n',
        f"{PACKAGE}/a.py:3  5  →  6": 'tên = "số"  # đồng\nif tên and (a\n        or b): x = -6\n',
    }  # fmt: skip


def test_every_mutant_of_the_package_is_python() -> None:
    modules = sources(ROOT)
    mutants = all_mutants(modules)
    assert len(mutants) > 5000
    for mutant in drawn(mutants, 400, 1):
        before, after = modules[mutant.file], mutant.applied(modules[mutant.file])
        assert ast.dump(ast.parse(before)) != ast.dump(ast.parse(after)), mutant.words


def test_the_sample_stays_when_other_lines_change() -> None:
    body = "".join(f"def f{n}(a): return a < {n}\n" for n in range(60))
    first = drawn(mutants_of("a.py", body.encode()), 12, 7)
    moved = drawn(mutants_of("a.py", f"import os\n\n{body}".encode()), 12, 7)
    assert [(one.line, one.new) for one in moved] == [(one.line, one.new) for one in first]
    assert [one.number for one in moved] == [one.number + 2 for one in first]
    assert drawn(mutants_of("a.py", body.encode()), 12, 8) != first


def test_imports() -> None:
    assert imported(b"from sheetcredit.xlsx import patch, read\nimport msgspec.yaml") == {
        "sheetcredit.xlsx", "sheetcredit.xlsx.patch", "sheetcredit.xlsx.read", "msgspec.yaml",
    }  # fmt: skip


def test_the_settings_name_what_is_there() -> None:
    settings = load_settings(ROOT)
    modules = sources(ROOT)
    rooms = {Path(file).parts[0].removesuffix(".py") for file in modules}
    assert settings.tests.keys() <= rooms
    assert [
        place for places in settings.tests.values() for place in places if not (ROOT / place).exists()
    ] == []
    mutants = all_mutants(modules)
    stale = [
        one for one in settings.equivalent
        if not any(mutant.known(Settings({}, (one,))) for mutant in mutants)
    ]  # fmt: skip
    assert stale == [], f"take these out of {SETTINGS}, or write them as the code now is"


SOURCE = """
def small(number):
    return number < 10


def unseen(number):
    return number == 5


def big(number):
    return number > 10
"""
TESTS = """
from sheetcredit.room.sums import small

def test_small():
    assert small(9) and not small(10)
"""
OTHERS = """
import subprocess
import sys

CODE = "from sheetcredit.room.sums import {}; assert {}"

def test_it():
    subprocess.run([sys.executable, "-c", CODE.format("big", "not big(10)")], check=True)
"""
ENDLESS = """
def test_endless():
    while True:
        pass
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A working tree of one room, whose `unseen` no test looks at."""
    root = tmp_path / "project"
    files = {
        "src/sheetcredit/__init__.py": "", "src/sheetcredit/room/__init__.py": "",
        "src/sheetcredit/room/sums.py": SOURCE, "tests/__init__.py": "", "tests/room/__init__.py": "",
        "tests/room/test_sums.py": TESTS, "tests/room/test_other.py": OTHERS,
    }  # fmt: skip
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    return root


def test_mutants_are_tried_in_a_copy(project: Path) -> None:
    mutants = all_mutants(sources(project))
    never = Equivalent("room/sums.py", "return number == 5", "5", "6", "never called")
    settings = Settings({}, (never,))
    outcomes = list(try_all(mutants, settings, 2, project))
    states = {f"{one.mutant.old} → {one.mutant.new}": one.state for one in outcomes}
    in_big = states.pop("10 → 11")  # two of them: the one in `small` is killed, that in `big` lives
    assert in_big in ("killed", "lives")
    assert states == {
        "number < 10 → number <= 10": "killed", "number < 10 → number >= 10": "killed",
        "number == 5 → number != 5": "lives", "5 → 6": "equivalent",
        "number > 10 → number >= 10": "killed", "number > 10 → number <= 10": "killed",
    }  # fmt: skip
    assert (project / "src/sheetcredit/room/sums.py").read_text("utf-8") == SOURCE
    told = report_of(outcomes, settings)
    assert "number == 5  →  number != 5" in told and "never called" in told
    assert "| room | 8 | 5 | 2 | 1 |" in told and "71.4 %" in told


def test_tests_that_go_on_for_ever_are_stopped(project: Path, tmp_path: Path) -> None:
    (project / "tests/room/test_other.py").write_text(ENDLESS, encoding="utf-8")
    copy = Copy(tmp_path / "copy", project)
    assert copy.run(["tests/room/test_other.py"], 1) is None
    mutant = next(one for one in all_mutants(sources(project)) if one.old == "5")
    assert copy.tried(mutant, ["tests/room/test_other.py"], 1) == "timeout"
    assert (copy.tree / PACKAGE / mutant.file).read_text("utf-8") == SOURCE


def test_tests_that_fail_by_themselves_are_told(project: Path) -> None:
    (project / "tests/room/test_other.py").write_text("def test_it():\n    assert 0\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="without any mutant"):
        list(try_all(all_mutants(sources(project)), Settings(), 1, project))


def test_only_tests_that_may_notice_run(project: Path, tmp_path: Path) -> None:
    copy = Copy(tmp_path / "copy", project)
    seen = {name: copy.unchanged(f"tests/room/{name}") for name in ("test_other.py", "test_sums.py")}
    assert [seen[name].processes for name in seen] == [True, False]
    called = {line for file, line in seen["test_sums.py"].functions if file == "room/sums.py" and line > 1}
    assert called == {2}
    small, *_, unseen, _, _ = [one for one in all_mutants(sources(project)) if one.old.startswith("number")]
    assert worth_running(small, seen) == ["test_sums.py", "test_other.py"]
    assert worth_running(unseen, seen) == ["test_other.py"]


def test_the_tests_of_a_room(project: Path) -> None:
    room = ["tests/room/test_other.py", "tests/room/test_sums.py"]
    assert files_of(project, "room", Settings()) == room
    (project / "tests/test_alone.py").write_text("import sheetcredit.room.sums\n", encoding="utf-8")
    assert files_of(project, "alone", Settings()) == ["tests/test_alone.py"]
    assert files_of(project, "room", Settings({"room": ("tests/test_alone.py",)})) == [
        *room,
        "tests/test_alone.py",
    ]
    (project / "tests/room/test_sums.py").rename(project / "tests/test_sums.py")
    (project / "tests/room/test_other.py").unlink()
    assert files_of(project, "room", Settings()) == ["tests/test_alone.py", "tests/test_sums.py"]


def test_a_mutant_that_no_test_looks_for_lives(project: Path) -> None:
    (project / "src/sheetcredit/alone.py").write_text("x = 1\n", encoding="utf-8")
    alone = [one for one in all_mutants(sources(project)) if one.room == "alone"]
    assert [one.state for one in try_all(alone, Settings(), 1, project)] == ["lives"]


def test_the_share_counts_what_changes_something() -> None:
    mutant = Mutant("a.py", 1, 0, "", "", "", 0, 0, "")
    assert share([]) == 1
    states: tuple[State, ...] = ("killed", "timeout", "timeout", "lives", "equivalent")
    assert share(Outcome(mutant, state) for state in states) == 0.75
