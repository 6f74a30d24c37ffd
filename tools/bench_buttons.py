"""Measure a press of **Kiểm tra** from the click's process to the findings: `make bench-buttons`.

LibreOffice holds the golden workbook with its buttons open; the process that a macro starts runs in the
environment of a user (the installed wheel, no development packages). Three figures, the runs interleaved:

- the whole process, from its start to its end, beside `python -c "import xlwings, pandera.polars"`;
- its own work, from the call of `buttons.check` with everything imported to the message box;
- the same after a balance was mistyped, which is explained and written into `Kiểm tra`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sheetcredit.excel.new_workbook import give_buttons
from tests.uno_engine.session import OpenBook, Session, started
from tests.uno_engine.transport import FIRST, PIPE, RESULT

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "buttons.md"
SEED = ROOT / "seeds" / "an-duong-2024q1.xlsx"
PYTHON = ROOT / ".venv-run" / "bin" / "python"
MISTYPED, BALANCE, MISTAKE = ("Tổ TK&VV", "H10"), 2094.759, 2904.759
COMMAND = "import sheetcredit.buttons; sheetcredit.buttons.check()"
LIST_MODULES = """
import sys
from pathlib import Path
import sheetcredit.buttons as buttons
press, before = buttons.check, set(sys.modules)
def check():
    press()
    Path({listed!r}).write_text(" ".join(sorted(sys.modules.keys() - before)))
buttons.check = check
"""
IMPORT_FIRST = """
from contextlib import suppress
from importlib import import_module
for name in {names!r}:
    with suppress(ImportError):
        import_module(name)
"""
OWN_WORK, WHOLE = 0.200, 1.6
PAGE_TEXT = """# The buttons / Các nút bấm

`make bench-buttons` writes this page. The golden workbook (250 groups, 16 communes) is open in LibreOffice
{office}; each run is what one press of **Kiểm tra** starts: a Python process that reads the open sheets,
checks everything, writes `Kiểm tra` and shows the message. Ours is the installed wheel without development
packages, on Python {python}, {cores} cores. {rounds} rounds, interleaved; the middle value counts.

| | seconds | fastest | beside | target |
|---|---|---|---|---|
| `python -c "import xlwings, pandera.polars"` | {base:.3f} | {base_best:.3f} | 1.00 × | |
| the whole process, from start to end | {whole:.3f} | {best:.3f} | {ratio:.2f} × | at most {limit:.1f} × |
| its own work, with everything imported | {own:.3f} | {own_best:.3f} | | at most {own_limit:.3f} s |
| the same after a balance was mistyped | {wrong:.3f} | {wrong_best:.3f} | | |

Its own work begins when the process is connected to LibreOffice and has imported all that the press imports.
The test engine asks as Excel is asked, a question a call (the values of a sheet, its formulas, what sheets
and names there are), and a macro of its own inside LibreOffice answers (`tests/uno_engine/answers.py`).
Where no finding has changed nothing is written; each press of the last line explains the break of a balance
that was mistyped ({cell}) and writes its findings.

The whole process counts up to the closed message box: the test engine's bridge to LibreOffice takes another
0.12 s or so to come apart, which has no counterpart in Excel and is left out.

Excel itself was not measured: it is not on the machine that makes this page. There the same process starts
through `cmd.exe`, and talks to Excel over COM instead of to LibreOffice over UNO.
"""


def settings(folder: Path, session: Session) -> dict[str, str]:
    """The surroundings of a pressed button's process."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return kept | {
        PIPE: session.pipe, RESULT: str(folder / "pressed.json"), "PYTHONPATH": str(ROOT),
        "SHEETCREDIT_HOME": str(folder / "home"),
    }  # fmt: skip


def timed(command: list[str], surroundings: dict[str, str]) -> float:
    """Seconds of a whole process."""
    start = time.perf_counter()
    subprocess.run(command, check=True, env=surroundings, cwd=ROOT, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def press(book: OpenBook, folder: Path, surroundings: dict[str, str], first: str) -> tuple[float, float]:
    """Seconds of the whole process, and of its work alone."""
    (folder / FIRST).write_text(first, encoding="utf-8")
    command = [str(PYTHON), "-B", "-m", "tests.uno_engine.transport", COMMAND, f"--wb={book.path.name}"]
    whole = timed([*command, "--from_xl=1"], surroundings)
    said = json.loads((folder / "pressed.json").read_text(encoding="utf-8"))
    if said["code"] or len(said["alerts"]) != 1:
        raise SystemExit(f"The button failed: {said}")
    return whole, said["took"]


@contextmanager
def mistyped(book: OpenBook) -> Iterator[None]:
    """With a wrong balance of one group."""
    book.type(*MISTYPED, MISTAKE)
    try:
        yield
    finally:
        book.type(*MISTYPED, BALANCE)


def imports_of(book: OpenBook, folder: Path, surroundings: dict[str, str]) -> str:
    """Code that imports whatever a press imports."""
    listed = folder / "modules.txt"
    press(book, folder, surroundings, LIST_MODULES.format(listed=str(listed)))
    names = listed.read_text(encoding="utf-8").split()
    if "sheetcredit.report" not in names:
        raise SystemExit("The press imported nothing")
    return IMPORT_FIRST.format(names=names)


def version_of_office(program: str) -> str:
    """LibreOffice's version."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()
    return said[1]


def main() -> int:
    """Measure, write the page; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    program = shutil.which("soffice")
    if program is None:
        raise SystemExit("LibreOffice is missing: make office")
    base_command = [str(PYTHON), "-c", "import xlwings, pandera.polars"]
    base: list[float] = []
    whole: list[float] = []
    own: list[float] = []
    wrong: list[float] = []
    with tempfile.TemporaryDirectory(prefix="sheetcredit-") as name:
        folder = Path(name)
        seed = Path(shutil.copy(SEED, folder))
        workbook = give_buttons(seed)
        seed.unlink()
        with started(program, folder) as session, session.opened(workbook) as book:
            surroundings = settings(folder, session)
            imported_first = imports_of(book, folder, surroundings)
            with mistyped(book):
                all_imported_first = imports_of(book, folder, surroundings)
            for turn in range(-2, rounds):
                with mistyped(book):
                    mistaken = press(book, folder, surroundings, all_imported_first)[1]
                press(book, folder, surroundings, "")  # the findings of it go
                taken = (
                    timed(base_command, surroundings),
                    press(book, folder, surroundings, "")[0],
                    press(book, folder, surroundings, imported_first)[1],
                    mistaken,
                )
                if turn >= 0:
                    for values, seconds in zip((base, whole, own, wrong), taken, strict=True):
                        values.append(seconds)
                print(f"\r  round {max(turn + 1, 0)}/{rounds}", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
    middle = statistics.median
    ratio = middle(map(float.__truediv__, whole, base))
    page = PAGE_TEXT.format(
        office=version_of_office(program), python=platform.python_version(), cores=os.cpu_count(),
        rounds=rounds, wrong=middle(wrong), cell=", ".join(MISTYPED),
        base=middle(base), whole=middle(whole), ratio=ratio, own=middle(own), limit=WHOLE, own_limit=OWN_WORK,
        base_best=min(base), best=min(whole), own_best=min(own), wrong_best=min(wrong),
    )  # fmt: skip
    PAGE.write_text(page, encoding="utf-8", newline="\n")
    print(page)
    return int(ratio > WHOLE or middle(own) > OWN_WORK)


if __name__ == "__main__":
    sys.exit(main())
