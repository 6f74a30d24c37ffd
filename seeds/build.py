"""Build the seed workbooks from their figures: `python seeds/build.py [--check]`.

With `--check` nothing is written: it says which workbook no longer is what its figures give.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

HERE = Path(__file__).resolve().parent
if not __package__:  # run as a script: only this folder is on the path, not the one above
    sys.path[0] = str(HERE.parent)

from seeds.content import to_content  # noqa: E402
from seeds.generate import golden_office  # noqa: E402
from seeds.mistakes import Mistake, cell_of, read_mistakes, type_in  # noqa: E402
from seeds.repack import shorten_total  # noqa: E402
from sheetcredit.build.workbook import Content, build_workbook  # noqa: E402

GOLDEN_NAME = "an-duong-2024q1.xlsx"
MISTAKES_NAME = "an-duong-2024q1-loi.xlsx"


def build_golden(path: Path) -> Path:
    """The golden case: everything ties."""
    return build_workbook(path, to_content(golden_office()))


def build_mistakes(path: Path) -> Path:
    """The golden case with the planted mistakes; totals follow what was typed, as in Excel."""
    mistakes = read_mistakes()
    content = type_in(to_content(golden_office()), mistakes)
    build_workbook(path, content)
    for mistake in mistakes:
        if mistake.kind == "total":
            _leave_out_last_row(path, mistake, content)
    return path


def _leave_out_last_row(path: Path, mistake: Mistake, content: Content) -> None:
    if not isinstance(mistake.before, int) or not isinstance(mistake.after, int):
        raise ValueError(f"mistake {mistake.id}: a total before and after must be whole numbers")
    shorten_total(path, mistake.sheet, cell_of(mistake, content), mistake.before, mistake.after)


WORKBOOKS = {GOLDEN_NAME: build_golden, MISTAKES_NAME: build_mistakes}


def stale_parts(kept: Path, fresh: Path) -> list[str]:
    """What differs between two workbooks, part by part.

    Contents are compared and not the compressed bytes, which depend on the machine's zlib.
    """
    if kept.read_bytes() == fresh.read_bytes():
        return []
    with ZipFile(kept) as one, ZipFile(fresh) as other:
        if one.namelist() != other.namelist():
            return ["the list of parts"]
        return [name for name in one.namelist() if one.read(name) != other.read(name)]


def check(folder: Path = HERE) -> list[str]:
    """One line a workbook that is missing or no longer what its figures give."""
    complaints = []
    with TemporaryDirectory() as scratch:
        for name, build in WORKBOOKS.items():
            kept, fresh = folder / name, build(Path(scratch) / name)
            if not kept.exists():
                complaints.append(f"seeds/{name} is missing: run `make seeds`")
            elif stale := stale_parts(kept, fresh):
                complaints.append(f"seeds/{name} is stale in {', '.join(stale)}: run `make seeds`")
    return complaints


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 when stale")
    if parser.parse_args(arguments).check:
        complaints = check()
        print("\n".join(complaints), file=sys.stderr, end="\n" if complaints else "")
        return 1 if complaints else 0
    for name, build in WORKBOOKS.items():
        build(HERE / name)
        print(f"seeds/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
