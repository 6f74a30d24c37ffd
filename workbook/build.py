"""Build the blank templates of this folder from the definitions in `schemas/`.

python workbook/build.py            write them
python workbook/build.py --check    say whether the files here are those that the definitions give
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import BadZipFile, ZipFile

from sheetcredit.build.workbook import build_workbook
from sheetcredit.template.definition import load_association, load_branch

HERE = Path(__file__).resolve().parent
TEMPLATE = HERE / "office.xlsx"
STATEMENT = HERE / "association.xlsx"
BRANCH = HERE / "branch.xlsx"


def _build_statement(path: Path) -> Path:
    return build_workbook(path, None, load_association(), "association")


def _build_branch(path: Path) -> Path:
    return build_workbook(path, None, load_branch(), "branch")


BUILT: Mapping[Path, Callable[[Path], Path]] = {
    TEMPLATE: build_workbook,
    STATEMENT: _build_statement,
    BRANCH: _build_branch,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the templates, or check them; 0 when all is well, 1 when one is out of date."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    if not parser.parse_args(arguments).check:
        for template, build in BUILT.items():
            build(template)
            print(f"{template.name}: written")
        return 0
    stale = False
    for template, build in BUILT.items():
        differing = differences(template, build)
        stale = stale or bool(differing)
        if differing:
            listed = ", ".join(differing)
            print(f"{template.name} is out of date ({listed}): run `python workbook/build.py`")
        else:
            print(f"{template.name}: up to date")
    return 1 if stale else 0


def differences(template: Path, build: Callable[[Path], Path] = build_workbook) -> list[str]:
    """The parts of the package that differ from what the definitions give, compared byte by byte.

    Their compressed form is left out of it: that depends on the machine's zlib, not on us.
    """
    with TemporaryDirectory() as folder:
        fresh = _parts(build(Path(folder) / template.name))
    try:
        present = _parts(template)
    except FileNotFoundError:
        return ["missing"]
    except BadZipFile:
        return ["not a workbook"]
    if list(present) != list(fresh):
        return sorted(set(present) ^ set(fresh)) or ["order of the parts"]
    return [name for name, content in fresh.items() if present[name] != content]


def _parts(path: Path) -> dict[str, bytes]:
    with ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


if __name__ == "__main__":
    sys.exit(main())
