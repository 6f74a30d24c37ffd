"""`make demo-branch`: twelve invented offices of one branch report; their page and consolidated workbook.

Eleven reports come, one of them late and three with mistakes; the twelfth office is missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from sheetcredit.model.text import word
from sheetcredit.page.write import NAME
from tools.national import Nation, make_nation

ROOT = Path(__file__).resolve().parent.parent
OUT, BOOK = ROOT / "out" / "branch", "chi-nhanh.xlsx"
TWELVE = Nation(offices=12, branches=1, communes=60, groups=480, mistaken=25)
IN_TIME, LATE = datetime(2024, 4, 5, 2, tzinfo=UTC), datetime(2024, 4, 15, 2, tzinfo=UTC)


def make_branch(folder: Path) -> Path:
    """The reports of a branch as they came, in a folder `branch-…`; beside it its catalogues."""
    shutil.rmtree(folder, ignore_errors=True)
    make_nation(folder, TWELVE, workers=1)
    (reports,) = folder.glob("branch-*")
    *came, missing = sorted(reports.glob("*.xlsx"))
    missing.unlink()
    for path in came:
        when = (LATE if path == came[1] else IN_TIME).timestamp()
        os.utime(path, (when, when))
    return reports


def main() -> int:
    """Make the offices, consolidate them, and say where the page is; 0 when it is there."""
    reports = make_branch(OUT)
    command = [sys.executable, "-m", "sheetcredit", "consolidate", str(reports), "-o", str(OUT / BOOK)]
    environment = {**os.environ, "SHEETCREDIT_CATALOGUES": str(OUT / "catalogues")}
    ended = subprocess.run(command, env=environment, check=False).returncode
    page = OUT / NAME
    print()
    print(word("demo-branch-where", page=page))
    return 0 if ended in (0, 1) and page.exists() else 1


if __name__ == "__main__":
    sys.exit(main())
