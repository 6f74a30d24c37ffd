"""Files that others have open, may not be written, or lie where Windows is particular about names."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.seeds_of import GOLDEN, copy_of
from tests.windows.helpers import READ, READ_WRITE, SCAN, beside, held
from tests.windows.installed import Installed

Fresh = Callable[[str], Path]


@pytest.fixture
def folder(installed: Installed, request: pytest.FixtureRequest) -> Path:
    name = str(request.node.name).split("[", maxsplit=1)[0].removeprefix("test_")
    folder = installed.wine.drive / "held" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def book(folder: Path) -> Path:
    return copy_of(GOLDEN, folder, "báo cáo.xlsx")


def code_of(told: str) -> str:
    return told.strip().splitlines()[-1] if told.strip() else ""


def litter(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*sheetcredit*"))


def test_open_in_excel(installed: Installed, folder: Path, book: Path) -> None:
    """Excel shares what it has open with readers only: checked, not written, and said so."""
    before = book.read_bytes()
    with held(installed, book, READ_WRITE, 1):
        assert installed.sheetcredit("validate", book.name, "-q", cwd=folder).code == 0
        done = installed.sheetcredit("run", book.name, "--lang", "en", cwd=folder)
        assert done.code == 2 and done.told.count("\n") == 1
        assert "is open" in done.told
        assert installed.sheetcredit("run", book.name, "-o", "khác.xlsx", "-q", cwd=folder).code == 0
    assert book.read_bytes() == before
    assert litter(folder) == []


def test_open_to_itself(installed: Installed, folder: Path, book: Path) -> None:
    with held(installed, book, READ_WRITE, 0):
        done = installed.sheetcredit("validate", book.name, "--lang", "en", cwd=folder)
    assert done.code == 2 and "is open" in done.told and "permission" not in done.told


def test_target_open_in_a_reader(installed: Installed, folder: Path, book: Path) -> None:
    target = Path(shutil.copy(GOLDEN, folder / "ra.xlsx"))
    with held(installed, target, READ, 3):
        done = installed.sheetcredit("run", book.name, "-o", target.name, "--lang", "en", cwd=folder)
    assert done.code == 2 and "is open" in done.told
    assert litter(folder) == []


@pytest.mark.parametrize("runs", [2])
def test_read_only_source_leaves_nothing_behind(
    installed: Installed, folder: Path, book: Path, runs: int
) -> None:
    """A file marked read-only: written nowhere, told as what it is, and no temporary file stays."""
    book.chmod(stat.S_IREAD)
    before = book.read_bytes()
    for _ in range(runs):
        done = installed.sheetcredit("run", book.name, "--lang", "en", cwd=folder)
        assert done.code == 2 and "read-only" in done.told
        assert litter(folder) == []
    assert book.read_bytes() == before


def test_scanner(installed: Installed, folder: Path, book: Path) -> None:
    """A scanner opens every new file for 0.15 s, again and again: 50 of 50 writes right, nothing left."""
    script = folder.parent / "fifty.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\nfrom sheetcredit import patch_cells\n"
        "book = Path(sys.argv[1])\n"
        "for number in range(50):\n"
        "    patch_cells(book, {'Thông tin': {'B40': number + 1}})\n"
        "print('right')\n",
        encoding="utf-8",
    )
    with beside(installed, SCAN, installed.wine.path(folder), cwd=folder) as scanner:
        done = installed.wine.run(installed.python, script, book, cwd=folder)
        said, _ = scanner.communicate()
    assert done.code == 0 and done.text == "right\n", done
    assert int(said) >= 50  # it really was in the way
    assert litter(folder) == []
    assert [path.name for path in folder.iterdir()] == [book.name]


LONG = "thư mục dài " * 8


def test_long_path(installed: Installed, folder: Path, book: Path) -> None:
    """Paths over 225 characters are read and written."""
    deep = folder / LONG.strip() / LONG.strip() / "quý một"
    deep.mkdir(parents=True)
    deeper = Path(shutil.copy(book, deep / book.name))
    path = installed.wine.path(deeper)
    assert len(path) > 225
    before = deeper.read_bytes()
    assert installed.sheetcredit("run", path, "-q", cwd=folder).code == 0
    assert deeper.read_bytes() != before
    assert litter(folder) == []


def test_star_is_expanded(installed: Installed, folder: Path, book: Path) -> None:
    """The shells of Windows leave `*.xlsx` to the program."""
    shutil.copy(book, folder / "khác.xlsx")
    done = installed.sheetcredit("validate", "*.xlsx", cwd=folder)
    assert done.code == 0
    assert book.name in done.text and "khác.xlsx" in done.text
    done = installed.sheetcredit("validate", "x*.xlsx", "--lang", "en", cwd=folder)
    assert done.code == 2 and "x*.xlsx" in done.told and done.told.count("\n") == 1


@pytest.mark.parametrize(
    "name",
    ["C:{}", "{}", "./{}", "C:/held/{folder}/{}", "C:\\held\\{folder}\\{}", "\\\\?\\C:\\held\\{folder}\\{}"],
)
def test_ways_to_name_a_file(installed: Installed, folder: Path, book: Path, name: str) -> None:
    given = name.replace("{folder}", folder.name).replace("{}", book.name)
    assert installed.sheetcredit("validate", given, "-q", cwd=folder).code == 0


@pytest.mark.parametrize(
    "name", ["CON", "a:b?.xlsx", "a|b.xlsx", "x" * 300 + ".xlsx", "\\\\may-chu\\chung\\a.xlsx"]
)
def test_names_that_cannot_be(installed: Installed, folder: Path, book: Path, name: str) -> None:
    """One line and exit code 2, reading and writing; nothing is made."""
    for arguments in (("validate", name), ("run", book.name, "-o", name)):
        done = installed.sheetcredit(*arguments, "--lang", "en", cwd=folder)
        assert done.code == 2 and done.told.count("\n") == 1, done
        assert "Traceback" not in done.told and "unforeseen" not in done.told.lower()
    assert [path.name for path in folder.iterdir()] == [book.name]


def test_without_a_profile(installed: Installed, folder: Path, book: Path) -> None:
    """A service account has no USERPROFILE: the job is done, or told in one line."""
    script = folder.parent / "no_profile.py"
    script.write_text(
        "import os, subprocess, sys\n"
        "own = {k: v for k, v in os.environ.items() if k not in ('USERPROFILE', 'HOMEDRIVE', 'HOMEPATH', 'APPDATA', 'LOCALAPPDATA')}\n"
        "sys.exit(subprocess.run(sys.argv[1:], env=own, stdin=subprocess.DEVNULL).returncode)\n",
        encoding="utf-8",
    )
    for arguments, codes in (
        (("validate", book.name, "-q"), {0}),
        (("key", "show"), {0, 2}),
        (("doctor",), {0, 2}),
    ):
        done = installed.wine.run(
            installed.python, script, installed.wine.path(installed.program), *arguments, cwd=folder
        )
        assert done.code in codes, done
        assert "Traceback" not in done.told and "E-INTERNAL" not in done.told
