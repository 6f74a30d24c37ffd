"""Measure `patch_cells` beside openpyxl and beside a plain copy: `make bench-patch` writes docs/patching.md.

200 numbers go into a workbook of some 10 MB with formulas as XlsxWriter or as Excel writes them. The copy
takes every part through `zipfile`. What counts is processor time, the runs taken in turn, so that whatever
else the machine does hits all alike.
"""

from __future__ import annotations

import re
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import openpyxl
import xlsxwriter  # type: ignore[import-untyped]

from sheetcredit.xlsx.patch import patch_cells

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "patching.md"
EDITS = {"Sổ": {f"B{row}": row for row in range(2, 202)}}
ROUNDS = 5
FASTER, OF_THE_COPY = 20, 3
HEAD = f"""# Patching

What 200 numbers in a large workbook of three sheets take, written by `make bench-patch`. openpyxl loads
and saves; the copy unpacks and packs every part with `zipfile` and changes nothing. Seconds of processor
time, the runs taken in turn ({ROUNDS} of ours and of the copy, the middle one; one of openpyxl). Asked for:
at least {FASTER} times faster than openpyxl, at most {OF_THE_COPY} times the copy. What is promised of the
other bytes of the file: [fidelity](fidelity.md).

| workbook | formulas | patch_cells | openpyxl | times faster | copy | of the copy |
|---:|---|---:|---:|---:|---:|---:|
"""


class Kind(NamedTuple):
    """One workbook: how many formulas on its first sheet, and whether they are shared as Excel does it."""

    formulas: int
    shared: bool = False

    @property
    def words(self) -> str:
        """As the table names it."""
        return f"{self.formulas:,}{' shared' if self.shared else ''}"


KINDS = (Kind(1_000), Kind(100_000), Kind(100_000, shared=True))


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


def share(path: Path) -> None:
    """Turn each column of formulas into one shared formula, as Excel stores what was filled down."""
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}

    def shared(match: re.Match[bytes]) -> bytes:
        column, row, value = match[1], match[2], match[4]
        number = b"0" if column == b"J" else b"1"
        formula = b'<f t="shared" si="%b"/>' % number
        if row == b"1":
            formula = b'<f t="shared" ref="%b1:%b50000" si="%b">%b</f>' % (column, column, number, match[3])
        return b'<c r="%b%b">%b%b</c>' % (column, row, formula, value)

    cell = re.compile(rb'<c r="([JK])([0-9]+)"><f>([^<]*)</f>(<v>[^<]*</v>)</c>')
    parts["xl/worksheets/sheet1.xml"] = cell.sub(shared, parts["xl/worksheets/sheet1.xml"])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


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


def seconds(action: Callable[[], object]) -> float:
    """Processor time of one run, the system's part included."""
    started = time.process_time()
    action()
    return time.process_time() - started


def measure(kind: Kind, folder: Path) -> tuple[float, float, float, float]:
    """Of one workbook: its size in MB, and the seconds of ours, of the copy and of openpyxl."""
    source, out = folder / "a.xlsx", folder / "b.xlsx"
    build(source, kind.formulas)
    if kind.shared:
        share(source)
    ours: list[float] = []
    copied: list[float] = []
    for _ in range(ROUNDS):
        ours.append(seconds(lambda: patch_cells(source, EDITS, out)))
        copied.append(seconds(lambda: by_copy(source, out)))
    theirs = seconds(lambda: by_openpyxl(source, out))
    return source.stat().st_size / 1e6, statistics.median(ours), statistics.median(copied), theirs


def main() -> int:
    """Measure all workbooks; 1 when a bound is missed."""
    text, missed = HEAD, 0
    with tempfile.TemporaryDirectory() as name:
        for kind in KINDS:
            size, ours, copied, theirs = measure(kind, Path(name))
            missed += theirs < FASTER * ours or ours > OF_THE_COPY * copied
            text += (
                f"| {size:.1f} MB | {kind.words} | {ours:.2f} s | {theirs:.1f} s | {theirs / ours:.0f} "
                f"| {copied:.2f} s | {ours / copied:.2f} |\n"
            )
    PAGE.write_text(text, encoding="utf-8")
    print(text)
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
