"""Measure `patch_cells` beside openpyxl and beside a plain copy: `make bench-patch` writes docs/patching.md.

200 numbers go into a workbook of some 10 MB with formulas as XlsxWriter or as Excel writes them. The copy
takes every part through `zipfile`. Then one cell goes into a form with 70,000 formulas, none of them shared.
What counts is processor time, the runs taken in turn, so that whatever else the machine does hits all alike.
"""

from __future__ import annotations

import re
import statistics
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import openpyxl
import xlsxwriter  # type: ignore[import-untyped]

from sheetcredit import patch_cells

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "patching.md"
EDITS: Mapping[str, Mapping[str, int | str]] = {"Sổ": {f"B{row}": row for row in range(2, 202)}}
ROUNDS = 5
FASTER, OF_THE_COPY = 20, 3
FORM, FORM_ROWS, FORM_FILLED, FORM_ROUNDS, FORM_FASTER = "Awards", 10_000, 500, 3, 5
FORM_NAMES = {
    "Amounts": "Awards!$F$2:$F${last}", "Clusters": "Awards!$G$2:$G${last}", "Keys": "Awards!$V$2:$V${last}",
    "StateClusters": "Awards!$W$2:$W${last}", "OtherClusters": "Awards!$X$2:$X${last}",
    "ProgrammeNames": "Programmes!$A$2:$A$2001", "ProgrammeKeys": "Programmes!$B$2:$B$2001",
}  # fmt: skip
COMPUTED = "AJKVWXY"
STATE, OTHER, NONE = "STATE CLUSTER", "OTHER CLUSTER", "N/A"
HEAD = f"""# Patching

What 200 numbers in a large workbook of three sheets take, written by `make bench-patch`. openpyxl loads
and saves; the copy unpacks and packs every part with `zipfile` and changes nothing. Seconds of processor
time, the runs taken in turn ({ROUNDS} of ours and of the copy, the middle one; one of openpyxl). Asked for:
at least {FASTER} times faster than openpyxl, at most {OF_THE_COPY} times the copy. What is promised of the
other bytes of the file: [fidelity](fidelity.md).

| workbook | formulas | patch_cells | openpyxl | times faster | copy | of the copy |
|---:|---|---:|---:|---:|---:|---:|
"""
FORM_HEAD = f"""
One cell in a form of the kind that public offices hand out, such as the workbook of federal awards in the
United States: {FORM_ROWS:,} rows of 25 columns, {FORM_FILLED} of them filled in, each with seven formulas
(`IF`, `SUMIFS`, `INDEX` over defined names) written out in every cell, so that none is shared.
{FORM_ROUNDS} runs of either side, the middle one; asked for: at least {FORM_FASTER} times faster than
openpyxl.

| workbook | formulas | the cell | patch_cells | openpyxl | times faster |
|---:|---:|---|---:|---:|---:|
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


class Award(NamedTuple):
    """What is typed into a row of the form, columns B to I."""

    agency: str
    extension: str
    identification: str
    programme: str
    amount: int
    cluster: str
    state: str
    other: str

    @property
    def key(self) -> str:
        """What its programme is known by."""
        return f"{self.agency}.{self.extension}"

    @property
    def group(self) -> tuple[str, str]:
        """What is added up together with it."""
        return self.cluster, {STATE: self.state.upper(), OTHER: self.other.upper()}.get(self.cluster, "")


def award(number: int) -> Award:
    """An award made up from its number."""
    cluster = ("RESEARCH", NONE, STATE, OTHER, "HIGHWAYS")[number % 5]
    return Award(
        f"{10 + number % 7}", f"{100 + number % 13}", f"{number:06}", f"Programme {number}",
        (number * 7919 + 104_729) % 300_000 + 1, cluster,
        f"State {number % 3}" if cluster == STATE else "", f"Other {number % 2}" if cluster == OTHER else "",
    )  # fmt: skip


def programme(number: int) -> tuple[str, str]:
    """Name and key of a programme in the list that the form looks them up in."""
    return f"Programme of list {number}", f"{10 + number // 100}.{100 + number % 100}"


def formulas(row: int) -> tuple[str, ...]:
    """What the columns of `COMPUTED` hold in a row."""
    return (
        f'=IF(B{row}<>"","AWARD-"&TEXT(ROW()-1,"0000"),"")',
        f"=SUMIFS(Amounts,Keys,V{row})",
        f'=IF(G{row}="{OTHER}",SUMIFS(Amounts,OtherClusters,X{row}),'
        f'IF(AND(OR(G{row}="{NONE}",G{row}=""),H{row}=""),0,'
        f'IF(G{row}="{STATE}",SUMIFS(Amounts,StateClusters,W{row}),SUMIFS(Amounts,Clusters,G{row}))))',
        f'=IF(OR(B{row}="",C{row}=""),"",B{row}&"."&C{row})',
        f"=UPPER(TRIM(H{row}))",
        f"=UPPER(TRIM(I{row}))",
        f'=IF(V{row}<>"",IFERROR(INDEX(ProgrammeNames,MATCH(V{row},ProgrammeKeys,0)),""),"")',
    )


def build_form(path: Path, rows: int = FORM_ROWS, filled: int = FORM_FILLED) -> None:
    """A form with seven formulas a row, the first rows filled in; its cached values are the true ones."""
    book = xlsxwriter.Workbook(str(path))
    sheet, lookup = book.add_worksheet(FORM), book.add_worksheet("Programmes")
    for name, area in FORM_NAMES.items():
        book.define_name(name, f"={area.format(last=rows + 1)}")
    names = {key: name for name, key in map(programme, range(2_000))}
    lookup.write_row(0, 0, ("Programme", "Number"))
    for row, (key, name) in enumerate(names.items(), 1):
        lookup.write_row(row, 0, (name, key))
    unlocked = book.add_format({"locked": False, "border": 1})
    sheet.write_row(0, 0, [f"Column {number}" for number in range(1, 26)])
    awards = [award(number) for number in range(filled)]
    programmes: Counter[str] = Counter()
    clusters: Counter[tuple[str, str]] = Counter()
    for one in awards:
        programmes[one.key] += one.amount
        clusters[one.group] += one.amount
    for row in range(1, rows + 1):
        typed: Sequence[object] = awards[row - 1] if row <= filled else [""] * 8
        for column, value in zip((*range(1, 9), *range(11, 21)), (*typed, *[""] * 10), strict=True):
            sheet.write(row, column, value, unlocked)
        values: Sequence[object] = ("", 0, 0, "", "", "", "")
        if row <= filled:
            one = awards[row - 1]
            cluster, named = 0 if one.cluster == NONE else clusters[one.group], names.get(one.key, "")
            total, state, other = programmes[one.key], one.state.upper(), one.other.upper()
            values = (f"AWARD-{row:04}", total, cluster, one.key, state, other, named)
        for letter, formula, value in zip(COMPUTED, formulas(row + 1), values, strict=True):
            sheet.write_formula(f"{letter}{row + 1}", formula, None, value)
    book.close()


def by_openpyxl(source: Path, out: Path, edits: Mapping[str, Mapping[str, int | str]] = EDITS) -> None:
    """What the usual script does."""
    book = openpyxl.load_workbook(source)
    for sheet, cells in edits.items():
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


def measure_form(
    source: Path, out: Path, edits: Mapping[str, Mapping[str, int | str]]
) -> tuple[float, float]:
    """Seconds of ours and of openpyxl for one write into the form."""
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(FORM_ROUNDS):
        ours.append(seconds(lambda: patch_cells(source, edits, out)))
        theirs.append(seconds(lambda: by_openpyxl(source, out, edits)))
    return statistics.median(ours), statistics.median(theirs)


def form_table(folder: Path) -> tuple[str, int]:
    """The lines of the form's table, and how many of them miss the bound."""
    source = folder / "form.xlsx"
    build_form(source)
    text, missed = FORM_HEAD, 0
    writes: tuple[tuple[str, Mapping[str, int | str]], ...] = (
        ("an amount that `SUMIFS` in every row look at", {"F2": 1_234_567}),
        ("a note that no formula reads", {"P2": "seen"}),
    )
    for words, cells in writes:
        ours, theirs = measure_form(source, folder / "b.xlsx", {FORM: cells})
        missed += theirs < FORM_FASTER * ours
        text += (
            f"| {source.stat().st_size / 1e6:.1f} MB | {FORM_ROWS * 7:,} | {words} "
            f"| {ours:.2f} s | {theirs:.2f} s | {theirs / ours:.1f} |\n"
        )
    return text, missed


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
        lines, more = form_table(Path(name))
    text, missed = text + lines, missed + more
    PAGE.write_text(text, encoding="utf-8")
    print(text)
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
