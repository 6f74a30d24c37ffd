"""`make bench-windows`: how large the Windows program is and how soon it starts, into docs/windows.md.

Under Wine, from the program's folder. The sides take turns, and the middle value counts. The ratio says more
than the seconds, as Wine loads a large DLL in another time than Windows does.
"""

from __future__ import annotations

import shutil
import statistics
import time
from pathlib import Path

from tools.windows.installer import PORTABLE, PROGRAM, SETUP
from tools.windows.pieces import BUILD, ROOT, Missing
from tools.windows.wine import Wine, new_windows

PAGE = ROOT / "docs" / "windows.md"
BOOK = ROOT / "seeds" / "an-duong-2024q1.xlsx"
ROUNDS = 7
LARGEST, SLOWEST = 60_000_000, 1.5


def seconds(wine: Wine, *command: str | Path) -> float:
    """How long a program of Windows takes, from its start to its end."""
    start = time.perf_counter()
    done = wine.run(*command, cwd=wine.drive)
    if done.code != 0:
        raise Missing(f"{command} failed: {done}")
    return time.perf_counter() - start


def main() -> int:
    """Measure and write the page; 1 where a bound is not kept."""
    wine = new_windows(BUILD / "prefix-bench")
    shutil.copy(BOOK, wine.drive / "book.xlsx")
    python, program = PROGRAM / "python" / "python.exe", PROGRAM / "sheetcredit.exe"
    library: list[float] = []
    whole: list[float] = []
    with wine.awake():
        for number in range(ROUNDS + 1):
            one = seconds(wine, python, "-c", "import polars")
            other = seconds(wine, program, "validate", "book.xlsx", "-q")
            if number:  # the first round fills caches
                library.append(one)
                whole.append(other)
    ratio = statistics.median(whole) / statistics.median(library)
    size = SETUP.stat().st_size
    unpacked = sum(path.stat().st_size for path in PROGRAM.rglob("*") if path.is_file())
    PAGE.write_text(
        f"""# The program for Windows, measured

Written by `make bench-windows` under Wine on Linux ({ROUNDS} rounds, middle values). Wine is not Windows: the
ratio of two starts says more than the seconds.

| what | measured | bound |
|---|--:|--:|
| `sheetcredit-setup.exe`, bytes | {size:,} | {LARGEST:,} |
| `sheetcredit-portable.zip`, bytes | {PORTABLE.stat().st_size:,} | |
| installed, bytes | {unpacked:,} | |
| `python -c "import polars"`, s | {statistics.median(library):.2f} | |
| `sheetcredit validate` of the golden workbook, start to end, s | {statistics.median(whole):.2f} | |
| ratio of the two | {ratio:.2f} | {SLOWEST} |
""",
        encoding="utf-8",
    )
    print(PAGE.read_text(encoding="utf-8"))
    return int(size > LARGEST or ratio > SLOWEST)


if __name__ == "__main__":
    raise SystemExit(main())
