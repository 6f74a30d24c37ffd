"""`make demo`: the main job on the golden workbook, as an accountant sees it, then the same with mistakes."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from sheetcredit.cli.main import main as sheetcredit
from sheetcredit.model.text import word

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "out"


def _show(title: str, seed: str, filled: str) -> int:
    columns = shutil.get_terminal_size().columns
    print(f"\n\033[1m{title}\033[0m\n{'─' * min(columns, 100)}" if sys.stdout.isatty() else f"\n{title}\n")
    sys.stdout.flush()
    return sheetcredit(["run", str(ROOT / "seeds" / seed), "-o", str(OUT / filled)])


def main() -> int:
    """Run both seeds; the golden one must be clean and the other must not."""
    OUT.mkdir(exist_ok=True)
    mistaken = _show(word("demo-mistakes"), "an-duong-2024q1-loi.xlsx", "an-duong-2024q1-loi.xlsx")
    golden = _show(word("demo-golden"), "an-duong-2024q1.xlsx", "an-duong-2024q1.xlsx")
    print()
    print(word("demo-where", golden=OUT / "an-duong-2024q1.xlsx", mistakes=OUT / "an-duong-2024q1-loi.xlsx"))
    return 0 if (golden, mistaken) == (0, 1) else 1


if __name__ == "__main__":
    sys.exit(main())
