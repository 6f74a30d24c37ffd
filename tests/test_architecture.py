"""The rooms of the package: who may import whom, and a few limits that keep it readable."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from types import ModuleType

import pytest

import sheetcredit

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "sheetcredit"
MODULES = sorted(PACKAGE.rglob("*.py"))

# A room (a folder, or a module beside them) may import from rooms of earlier lines only.
LAYERS = (
    ("_version",),
    ("model", "windows"),
    ("folders",),
    ("xlsx", "settings", "log"),
    ("catalogue",),
    ("template",),
    ("seal", "rules", "build"),
    ("rulebook",),
    ("explain", "figures", "workbooks"),
    ("workplan",),
    ("checks",),
    ("outcome",),
    ("filling",),
    ("report", "repair"),
    ("next_period",),
    ("imports",),
    ("intake",),
    ("archive",),
    ("pool", "mail"),
    ("associations", "consolidate"),
    ("bulletin", "page", "papers"),
    ("sending",),
    ("excel",),
    ("screen",),
    ("buttons", "cli"),
    ("__main__",),
)
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
DOORS = ("buttons", "cli/*")


def name_of(path: Path) -> str:
    """`sheetcredit.model.money` for its file."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(("sheetcredit", *parts)).removesuffix(".__init__")


NAMES = {name_of(path): path for path in MODULES}


def room_of(name: str) -> str:
    """The room of a module; the package itself has none."""
    return name.split(".")[1] if "." in name else ""


def imported(tree: ast.AST) -> Iterator[str]:
    """The modules named by the imports anywhere in a tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, "imports are absolute"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in NAMES else node.module


def when_loaded(tree: ast.Module) -> Iterator[str]:
    """The modules imported when a module is loaded: not within functions, not for the type checker only."""
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imported(node)


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@pytest.mark.parametrize("name", [name for name in NAMES if "." in name])
def test_rooms_import_one_way(name: str) -> None:
    room = room_of(name)
    assert room in LEVEL, f"{room} is new: give it its place in LAYERS and in docs/architecture.md"
    others = {room_of(other) for other in imported(tree_of(NAMES[name])) if other.startswith("sheetcredit.")}
    assert {other for other in others - {room} if LEVEL[other] >= LEVEL[room]} == set()


def test_modules_do_not_need_each_other_to_load() -> None:
    needs = {name: set(when_loaded(tree_of(path))) & NAMES.keys() - {name} for name, path in NAMES.items()}
    needs.pop("sheetcredit")  # it loads what is asked for, later
    TopologicalSorter(needs).prepare()  # raises CycleError


def test_few_imports_are_within_functions_and_each_says_why() -> None:
    found = [
        path.read_text(encoding="utf-8").splitlines()[node.lineno - 1]
        for path in MODULES
        for node in {
            node
            for function in ast.walk(tree_of(path))
            if isinstance(function, ast.FunctionDef)
            for node in ast.walk(function)
            if isinstance(node, ast.Import | ast.ImportFrom)
        }
    ]
    assert [line for line in found if "# noqa: PLC0415 - " not in line] == []
    assert len(found) <= 40


def test_no_two_public_classes_have_one_name() -> None:
    names = Counter(
        node.name
        for path in MODULES
        for node in tree_of(path).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("door", DOORS)
def test_front_doors_hold_no_rule(door: str) -> None:
    modules = {module for path in PACKAGE.glob(f"{door}.py") for module in imported(tree_of(path))}
    assert {
        module for module in modules if room_of(module) in ("checks", "rules", "explain", "figures")
    } == set()
    assert {module for module in modules if module.split(".")[0] in ("polars", "pandera")} == set()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_is_free_of_what_we_do_without(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    modules = set(imported(ast.parse(text)))
    assert {module.split(".")[0] for module in modules} & {"pandas", "numpy", "openpyxl"} == set()
    assert not any(module.startswith("xlwings.pro") for module in modules)
    assert "xlwings.pro" not in text


def test_pandas_is_no_dependency() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pins = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
    assert not any("pandas" in need for need in settings["project"]["dependencies"])
    assert not any(line.startswith(("pandas==", "numpy==", "openpyxl==")) for line in pins.splitlines())


def test_the_public_names_are_those_that_can_be_imported() -> None:
    declared = sheetcredit.__all__
    assert declared == sorted(declared, key=str)
    assert len(set(declared)) == len(declared)
    assert all(getattr(sheetcredit, name) is not None for name in declared)
    found = {name for name in dir(sheetcredit) if not name.startswith("_")}
    modules = {name for name in found if isinstance(getattr(sheetcredit, name), ModuleType)}
    helpers = {"TYPE_CHECKING", "annotations", "import_module"}
    assert found - modules - helpers == set(declared) - {"__version__"}


def test_the_type_checker_sees_the_public_names() -> None:
    told = {
        alias.asname or alias.name
        for node in ast.walk(tree_of(PACKAGE / "__init__.py"))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sheetcredit")
        for alias in node.names
    }
    assert told == set(sheetcredit.__all__)


@pytest.mark.parametrize("start", ["import sheetcredit", "import sheetcredit.cli.main"])
def test_starting_loads_nothing_heavy(start: str) -> None:
    heavy = "polars, pandera, rich.console, xlwings, yaml, xlsxwriter"
    code = f"{start}; import sys; print(*({{'{heavy}'}} & set(sys.modules)))".replace(", ", "','")
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == []
