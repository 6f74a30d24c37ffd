"""An office's quarter on Windows: every command, its words, its exit code and its files as on Linux."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.seeds_of import GOLDEN, MISTAKEN, SEEDS
from tests.windows.installed import Installed, Twins, twins

# In this order, in one folder: what a command writes is there for the next.
JOURNEY: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("--version",), ()),
    (("--help",), ()),
    ((), ()),
    (("khong",), ()),
    (("run", "--xyz"), ()),
    (("run", "khong-co.xlsx"), ()),
    (("validate", "good.xlsx"), ()),
    (("validate", "bad.xlsx"), ()),
    (("validate", "bad.xlsx", "--lang", "en"), ()),
    (("validate", "good.xlsx", "--fingerprint"), ()),
    (("reconcile", "bad.xlsx"), ()),
    (("reconcile", "bad.xlsx", "--json"), ()),
    (("reconcile", "bad.xlsx", "-q"), ()),
    (("run", "good.xlsx", "-o", "good-out.xlsx"), ("good-out.xlsx", "good.xlsx")),
    (("run", "bad.xlsx", "-o", "ra/bad-out.xlsx", "--lang", "en"), ()),
    (("run", "bad.xlsx", "-o", "bad-out.xlsx", "--lang", "en"), ("bad-out.xlsx",)),
    (("run", "good.xlsx", "-o", "json.xlsx", "--json"), ("json.xlsx",)),
    (("run", "good.xlsx", "bad.xlsx", "-o", "nhiều"), ("nhiều/good.xlsx", "nhiều/bad.xlsx")),
    (("run", "báo cáo quý.xlsx"), ("báo cáo quý.xlsx",)),
    (("run", "báo cáo quý.xlsx"), ("báo cáo quý.xlsx",)),
    (("fill", "fill.xlsx"), ("fill.xlsx",)),
    (("fill", "bad.xlsx", "-o", "fill-out.xlsx"), ("fill-out.xlsx",)),
    (("fix", "fix.xlsx"), ("fix.xlsx",)),
    (("fix", "fix.xlsx", "--apply"), ()),
    (("fix", "bad.xlsx", "--json"), ()),
    (("bulletin", "báo cáo quý.xlsx"), ()),
    (("bulletin", "báo cáo quý.xlsx", "-o", "tin.md"), ("tin.md",)),
    (("bulletin", "báo cáo quý.xlsx", "-o", "tin.docx"), ()),
    (("bulletin", "báo cáo quý.xlsx", "--verify", "tin.docx"), ()),
    (("bulletin", "báo cáo quý.xlsx", "--verify", "tin.txt"), ()),
    (("bulletin", "báo cáo quý.xlsx", "--verify", "tin.txt", "--json"), ()),
    (("bulletin", "bad.xlsx", "-o", "x.docx"), ()),
    (("new", "moi.xlsx", "--office", "0312", "--period", "2024Q1"), ("moi.xlsx",)),
    (("new", "moi.xlsm", "--office", "0312", "--period", "2024Q1"), ("moi.xlsm",)),
    (("new", "moi.xlsm", "--office", "0312", "--period", "2024Q1"), ()),
    (("new", "nut.xlsm", "--from", "good.xlsx"), ("nut.xlsm",)),
    (("new", "hoi.xlsx", "--association", "11", "--office", "0312", "--period", "2024Q1"), ("hoi.xlsx",)),
    (("new", "khong-co/a.xlsx", "--office", "0312", "--period", "2024Q1"), ()),
    (("validate", "moi.xlsm", "--fingerprint"), ()),
    (("key", "show"), ()),
)

# Imports every module of the program, and whatever they import in their functions.
EVERYTHING = """
import ast, importlib, importlib.util, pathlib, sys
package = pathlib.Path(importlib.util.find_spec("sheetcredit").origin).parent
optional, missing = {"distributed", "fsspec", "resource"}, set()
for path in package.rglob("*.py"):
    name = ".".join(["sheetcredit", *path.relative_to(package).with_suffix("").parts]).removesuffix(".__init__")
    names = {name} - {"sheetcredit.__main__"}
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module)
    for name in names:
        if name.split(".")[0] not in optional:
            try:
                importlib.import_module(name)
            except ImportError as problem:
                missing.add(f"{path.name}: {problem}")
print(len(sys.modules), *sorted(missing), sep=chr(10))
"""


@pytest.fixture(scope="module")
def desk(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Twins:
    desk = twins(installed, tmp_path_factory.mktemp("linux"), "van-phong")
    for name, source in {
        "good.xlsx": GOLDEN, "bad.xlsx": MISTAKEN, "báo cáo quý.xlsx": GOLDEN, "fill.xlsx": GOLDEN,
        "fix.xlsx": MISTAKEN, "tin.txt": SEEDS / "bulletins" / "an-duong-2024q1.txt",
    }.items():  # fmt: skip
        desk.put(name, Path(source))
    return desk


@pytest.mark.parametrize(("arguments", "files"), JOURNEY, ids=[" ".join(line[0]) or "-" for line in JOURNEY])
def test_as_on_linux(desk: Twins, arguments: tuple[str, ...], files: tuple[str, ...]) -> None:
    desk.same(*arguments, files=files)


def test_a_mail_says_the_same(desk: Twins) -> None:
    """All but its date, the seal's time, and the .pdf that takes the LibreOffice of the one machine."""
    given = ("send", "good-out.xlsx", "--dry-run", "--to", "a@b.vn")
    linux, windows = desk.on_linux(*given), desk.on_windows(*given)
    assert (windows.code, linux.code, windows.told) == (0, 0, linux.told)
    figures = [done.text.split("Số liệu chính")[1].split("Tệp kèm theo")[0] for done in (linux, windows)]
    assert figures[0] == figures[1]


def test_a_mail_without_a_server(desk: Twins) -> None:
    given = ("send", "good-out.xlsx", "--to", "a@b.vn")
    linux, windows = desk.on_linux(*given), desk.on_windows(*given)
    assert windows.code == linux.code == 2
    told = [re.sub(r"\(\S*settings\.toml\)", "", done.told) for done in (linux, windows)]
    assert told[0] == told[1] and "[mail]" in told[0]


def test_nothing_needed_is_left_out(installed: Installed) -> None:
    """The setup packs fewer files than the packages have: all that the program imports is there."""
    script = installed.wine.drive / "everything.py"
    script.write_text(EVERYTHING, encoding="utf-8")
    done = installed.wine.run(installed.python, script)
    loaded, *missing = done.text.splitlines()
    assert done.code == 0 and int(loaded) > 500, done
    assert missing == []
