"""Measure reading the bank's exports: `make bench-import` writes the table of docs/imports.md.

A loan statement of a real office has 27,000 rows and 175 columns. Reading its figures is held beside what
python-calamine needs to bring the file into Python, and the folder of all exports of an office beside the
same of each file. Every measurement is a process of its own, the middle of several.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import xlsxwriter  # type: ignore[import-untyped]

from tests.exports_generator.files import write_exports
from tests.exports_generator.headers import HSTD
from tools.pages.imports import write

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "imports.md"
FOLDER = ROOT / "build" / "import"
ROWS, RUNS, MOST_MIB = 27_000, 5, 500
_AMOUNTS = ("nợ", "lãi", "giải ngân", "gốc", "đảo", "mức", "số dư", "cqh", "xóa")

CALAMINE = """
import sys
from python_calamine import CalamineWorkbook
for path in sys.argv[1:]:
    book = CalamineWorkbook.from_path(path)
    rows = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
"""
OURS = """
import sys
from pathlib import Path
from sheetcredit.imports.read import read_exports
from sheetcredit.rulebook import our_rulebook
exports = read_exports([Path(name) for name in sys.argv[1:]], our_rulebook())
assert exports.figures
assert {one.code for one in exports.findings} <= {"I-NO-DAY"}, exports.findings
"""
# Run by a process that has little in memory itself: what a child took counts from the size of its parent.
MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""


class Used(NamedTuple):
    """What a process took: seconds of processor time, start of Python included, and MiB at its most."""

    seconds: float
    mib: float


def main() -> int:
    """Make the files where they are not there yet, measure, and write the table."""
    statement = _statement(FOLDER / f"statement-{ROWS}.xlsx")
    office = FOLDER / "office"
    if not office.is_dir():
        write_exports(office)
    files = sorted(office.iterdir())
    workbooks = [path for path in files if path.suffix.lower() == ".xlsx"]
    measured = {
        "the statement, python-calamine": _middle(CALAMINE, [statement]),
        "the statement, its figures": _middle(OURS, [statement]),
        "an office's 20 workbooks, python-calamine": _middle(CALAMINE, workbooks),
        "an office's 21 exports, their figures": _middle(OURS, files),
    }
    size = f"{statement.stat().st_size / 1e6:.0f} MB"
    rows = [f"| {name} | {used.seconds:.1f} s | {used.mib:.0f} MiB |" for name, used in measured.items()]
    text = "\n".join((
        f"A loan statement of {ROWS:,} rows × {len(HSTD)} columns ({size} .xlsx), and the exports of a small",
        "office; processor time with the start of Python,",
        f"the middle of {RUNS} runs each. `make bench-import` measures again.",
        "", "| read | time | most memory |", "|---|---|---|", *rows,
    ))  # fmt: skip
    PAGE.write_text(write(text), encoding="utf-8")
    print(text)
    plain, ours = measured["the statement, python-calamine"], measured["the statement, its figures"]
    return 0 if ours.seconds <= plain.seconds and ours.mib <= MOST_MIB else 1


def _middle(program: str, files: Sequence[Path]) -> Used:
    runs = [_run(program, files) for _ in range(RUNS)]
    return Used(statistics.median(one.seconds for one in runs), max(one.mib for one in runs))


def _run(program: str, files: Sequence[Path]) -> Used:
    command = [sys.executable, "-c", MEASURE, sys.executable, "-c", program, *map(str, files)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, mib = done.stdout.split()
    return Used(float(seconds), float(mib))


def _statement(path: Path) -> Path:
    """A statement of invented loans, with as many different texts as a real one."""
    if path.is_file():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    chance = random.Random(27)
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False}) as book:
        page = book.add_worksheet("BCQUERY")
        page.write_string(1, 1, "31 - Tạo hồ sơ tín dụng chi tiết theo kỳ số liệu")
        for column, header in enumerate(HSTD, start=1):
            page.write_string(4, column, header)
        for number in range(ROWS):
            for column, header in enumerate(HSTD, start=1):
                value = _value(header, number, chance)
                if isinstance(value, str):
                    page.write_string(5 + number, column, value)
                else:
                    page.write_number(5 + number, column, value)
    return path


def _value(header: str, number: int, chance: random.Random) -> str | float:
    group, loan = number // 60, f"66009901{number:08d}"
    codes = {
        "Mã CN": "009900", "Mã PGD": "009901", "Tên PGD": "PGD Thử Nghiệm",
        "Mã xã": f"9900{11 + group % 9}", "Tên xã": f"Xã Thử {group % 9}",
        "Mã KH": f"99{number:08d}", "Mã tổ": f"{12000 + group:07d}", "Tên tổ": f"Tổ trưởng {group}",
        "Mã ĐVUT": str(11 + group % 4), "Số khế ước": loan, "Tình trạng món vay": "OPEN",
        "Nguồn vốn": "1", "Mã chương trình": chance.choice(("01", "02", "03", "06", "09", "19")),
        "Ngày số liệu": "31/03/2026",
    }  # fmt: skip
    if header in codes:
        return codes[header]
    if header in ("Tên KH", "Địa chỉ", "Số CMND", "Số điện thoại", "Tên vợ/chồng"):
        return f"{header} {number:08d}"
    if header.startswith("Ngày"):
        return f"{chance.randrange(1, 29):02d}/{chance.randrange(1, 13):02d}/20{chance.randrange(15, 27)}"
    if header == "Tổng dư nợ":
        return float(chance.randrange(20_000_000, 100_000_000, 1000))
    if any(word in header.lower() for word in _AMOUNTS):
        return float(chance.randrange(0, 9_000_000, 1000)) if chance.random() < 0.4 else 0.0
    return f"{header[:8]} {chance.randrange(50)}"


if __name__ == "__main__":
    sys.exit(main())
