"""Measure `patch_cells` beside openpyxl and beside a plain copy: `make bench-patch` writes docs/patching.md.

200 numbers go into a workbook of some 10 MB, once with 1,000 formulas and once with 100,000. The copy only
moves the packed parts into a new file with `zipfile`, unpacking and packing the sheet that is written to.
"""

from __future__ import annotations

import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import xlsxwriter  # type: ignore[import-untyped]

from sheetcredit.workbook.patch import patch_cells

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "patching.md"
EDITS = {"Sổ": {f"B{row}": row for row in range(2, 202)}}
ROUNDS = 5


def build(path: Path, formulas: int) -> None:
    """A workbook of three large sheets, the formulas on the first."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": False})
    for number, name in enumerate(("Sổ", "Hai", "Ba")):
        sheet = book.add_worksheet(name)
        for row in range(50_000):
            value = (row * 7919 + number * 104729) % 9973 / 7
            for column in range(9):
                sheet.write_number(row, column, value * (column + 1) + row)
            if number == 0 and row < formulas // 2:
                sheet.write_formula(row, 9, f"=SUM(A{row + 1}:I{row + 1})", None, value)
                sheet.write_formula(row, 10, f"=IF(C{row + 1}>0,D{row + 1}/C{row + 1},0)", None, value)
    book.close()


def by_openpyxl(source: Path, out: Path) -> None:
    """What the usual script does."""
    book = openpyxl.load_workbook(source)
    for sheet, cells in EDITS.items():
        for cell, value in cells.items():
            book[sheet][cell] = value
    book.save(out)


def by_copy(source: Path, out: Path) -> None:
    """Every part through `zipfile`, unpacked and packed again."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info, old.read(info))


def seconds(action: Callable[[], object], rounds: int) -> float:
    """The median time of some rounds."""
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        action()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def main() -> int:
    """Measure both workbooks; 1 when the bounds are missed."""
    text = (
        "# Patching\n\nWhat 200 cells into a large workbook take, written by `make bench-patch`. openpyxl\n"
        "loads and saves; the copy unpacks and packs every part with `zipfile` and changes\n"
        "nothing.\n\n"
        "| workbook | formulas | patch_cells | openpyxl | times faster | copy | of the copy |\n"
        "|---:|---:|---:|---:|---:|---:|---:|\n"
    )
    missed = 0
    with tempfile.TemporaryDirectory() as name:
        source, out = Path(name) / "a.xlsx", Path(name) / "b.xlsx"
        for formulas in (1_000, 100_000):
            build(source, formulas)
            ours = seconds(lambda: patch_cells(source, EDITS, out), ROUNDS)
            copied = seconds(lambda: by_copy(source, out), ROUNDS)
            theirs = seconds(lambda: by_openpyxl(source, out), 1)
            missed += theirs < 20 * ours or ours > 3 * copied
            size = source.stat().st_size / 1e6
            text += (
                f"| {size:.1f} MB | {formulas:,} | {ours:.2f} s | {theirs:.1f} s | {theirs / ours:.0f} "
                f"| {copied:.2f} s | {ours / copied:.2f} |\n"
            )
    PAGE.write_text(text, encoding="utf-8")
    print(text)
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
