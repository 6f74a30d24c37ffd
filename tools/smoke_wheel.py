"""Try the built wheel as a user gets it: a fresh environment, no development package, another folder.

`python -m tools.smoke_wheel dist` fails at the first thing that does not hold.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "seeds" / "an-duong-2024q1.xlsx"
# The published balance of the golden office, in its unit.
GOLDEN_BALANCE = 438_213
WHEEL_NEEDS = ("sheetcredit/py.typed", "sheetcredit/schemas/", "sheetcredit/templates/office.xlsx",
               "sheetcredit/templates/vba/SheetcreditButtons.bas")  # fmt: skip
# With these on board a missing dependency could go unnoticed.
DEVELOPMENT_ONLY = ("pytest", "openpyxl", "mypy", "hypothesis", "hatchling", "pandas")


def call(command: list[str | Path], folder: Path) -> str:
    """Run a command in `folder` without the checkout's environment, and return what it prints."""
    environment = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        shown = " ".join(str(part) for part in command)
        raise SystemExit(f"FAILED ({done.returncode}): {shown}\n{done.stdout}{done.stderr}")
    return done.stdout


def expect(condition: bool, what: str) -> None:
    """Stop unless `condition` holds; print what was looked at."""
    if not condition:
        raise SystemExit(f"FAILED: {what}")
    print(f"  ok  {what}")


def look_inside(wheel: Path) -> None:
    """The wheel carries its data files, and nothing from outside the package."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    for need in WHEEL_NEEDS:
        expect(any(name.startswith(need) for name in names), f"the wheel has {need}")
    strangers = {name.split("/")[0] for name in names if not name.split("/")[0].endswith(".dist-info")}
    expect(strangers == {"sheetcredit"}, "the wheel installs one package only")


def install(wheel: Path, folder: Path) -> tuple[Path, Path]:
    """Make the environment; return its Python and its `sheetcredit`."""
    venv.create(folder / "env", with_pip=True)
    scripts = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / ("python.exe" if os.name == "nt" else "python")
    pip: list[str | Path] = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    pins = ROOT / "requirements" / "run.txt"
    call([*pip, "--require-hashes", "--only-binary", ":all:", "-r", pins], folder)
    call([*pip, "--no-deps", "--no-index", wheel], folder)
    call([python, "-m", "pip", "check"], folder)
    return python, scripts / ("sheetcredit.exe" if os.name == "nt" else "sheetcredit")


def try_commands(python: Path, sheetcredit: Path, folder: Path) -> None:
    """Call the installed command as a user would, away from the checkout."""
    present = call([python, "-m", "pip", "list", "--format", "freeze"], folder).lower()
    unwanted = [name for name in DEVELOPMENT_ONLY if f"\n{name}==" in f"\n{present}"]
    expect(not unwanted, f"no development package in the environment {unwanted or ''}".rstrip())
    where = call([python, "-c", "import sheetcredit; print(sheetcredit.__file__)"], folder)
    expect(Path(where.strip()).is_relative_to(folder), "the installed package is used, not the checkout")

    version = call([sheetcredit, "--version"], folder).strip()
    expect(bool(version), f"sheetcredit --version: {version}")
    expect("reconcile" in call([sheetcredit, "--help"], folder), "sheetcredit --help lists the commands")
    call([sheetcredit, "doctor"], folder)
    expect(True, "sheetcredit doctor")

    new = folder / "mới.xlsx"
    call([sheetcredit, "new", new, "--no-buttons"], folder)
    expect(zipfile.is_zipfile(new), "sheetcredit new makes a workbook")

    before = GOLDEN.read_bytes()
    filled = folder / "filled.xlsx"
    report = json.loads(call([sheetcredit, "run", GOLDEN, "-o", filled, "--json"], folder))
    figures = report["files"][0]["figures"]
    expect(figures["TH_DuNo"] == GOLDEN_BALANCE, "sheetcredit run gives the published balance")
    expect(zipfile.is_zipfile(filled), "sheetcredit run writes the filled workbook")
    expect(GOLDEN.read_bytes() == before, "sheetcredit run -o leaves its input as it was")


def main() -> None:
    """Find the one wheel of the folder and try it."""
    wheels = sorted(Path(sys.argv[1]).resolve().glob("sheetcredit-*.whl"))
    if len(wheels) != 1:
        raise SystemExit(f"Expected one wheel in {sys.argv[1]}, found {len(wheels)}")
    print(f"Trying {wheels[0].name}")
    look_inside(wheels[0])
    with tempfile.TemporaryDirectory(prefix="sheetcredit-wheel-") as name:
        folder = Path(name).resolve()
        python, sheetcredit = install(wheels[0], folder)
        try_commands(python, sheetcredit, folder)
    print("The wheel works.")


if __name__ == "__main__":
    main()
