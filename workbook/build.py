"""Build `workbook/office.xlsx`, the blank template, from the definitions in `schemas/`.

python workbook/build.py            write it
python workbook/build.py --check    say whether the file here is the one the definitions give
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import BadZipFile, ZipFile

from sheetcredit.template.build import build_workbook

TEMPLATE = Path(__file__).resolve().parent / "office.xlsx"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the template, or check it; 0 when all is well, 1 when it is out of date."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    if not parser.parse_args(arguments).check:
        build_workbook(TEMPLATE)
        print(f"{TEMPLATE.name}: written")
        return 0
    differing = differences(TEMPLATE)
    if differing:
        print(f"{TEMPLATE.name} is out of date ({', '.join(differing)}): run `python workbook/build.py`")
        return 1
    print(f"{TEMPLATE.name}: up to date")
    return 0


def differences(template: Path) -> list[str]:
    """The parts of the package that differ from what the definitions give, compared byte by byte.

    Their compressed form is left out of it: that depends on the machine's zlib, not on us.
    """
    with TemporaryDirectory() as folder:
        fresh = _parts(build_workbook(Path(folder) / template.name))
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
